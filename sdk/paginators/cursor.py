"""Lists where each answer holds the token of the next page."""

from __future__ import annotations

from typing import TYPE_CHECKING, ClassVar

from attrs import field, frozen, validators

from sdk.checks import is_text
from sdk.paginators.checks import exactly_one, is_body_path, is_path
from sdk.paginators.ends import EndRule, MissingToken, NullToken, Progress
from sdk.paginators.following import follow_cursor
from sdk.paginators.paginator import Paginator, is_end
from sdk.paginators.slots import Slot
from sdk.paginators.tokens import body_token, header_token

if TYPE_CHECKING:
    from collections.abc import Sequence

    from sdk.messages import EndAnswer, Page, Record
    from sdk.paginators.ends import Need


@frozen
class CursorPaginator(Paginator):
    """Send the token found in the body as a parameter of the next request, until it comes back null.

    A token that is not there at all is an error unless `end` allows it: it is what a renamed key looks like. An
    empty page is not the end either, since many APIs filter after cutting; but the same token again with no records
    is, because some repeat it on an empty last page.

    Attributes:
        cursor_path: Where the token is in the body.
        cursor_param: The query parameter to send it in, as text, or
        cursor_body_path: the dotted path in the JSON body to send it at, as it came.
        end: When the list is over; `MissingToken()` for APIs that leave the token out on the last page.
    """

    offers: ClassVar[frozenset[Need]] = frozenset({"token"})

    cursor_path: str = field(validator=is_path)
    cursor_param: str | None = field(default=None, kw_only=True, validator=validators.optional(is_text))
    cursor_body_path: str | None = field(default=None, kw_only=True, validator=validators.optional(is_body_path))
    end: EndRule = field(default=NullToken(), kw_only=True, validator=is_end)

    def __attrs_post_init__(self) -> None:
        exactly_one(self, "cursor_param", "cursor_body_path")
        super().__attrs_post_init__()

    def next_request(self, page: Page, records: Sequence[Record]) -> EndAnswer:
        """Return the request with the body's token, or `LAST_PAGE`."""
        token = body_token(self.cursor_path, page, "cursor_path")
        slot = Slot(self.cursor_param, self.cursor_body_path)
        return follow_cursor(page, records, self.end, Progress(token=token, limit=self.page_size), slot)


@frozen
class HeaderCursorPaginator(Paginator):
    """Send the token found in a response header as a parameter of the next request, until the header stays away.

    Attributes:
        cursor_key: The response header, compared without case.
        cursor_param: The query parameter to send the token in, or
        cursor_body_path: the dotted path in the JSON body.
        end: When the list is over; a header that is not there is the usual sign.
    """

    offers: ClassVar[frozenset[Need]] = frozenset({"token"})

    cursor_key: str = field(validator=is_text)
    cursor_param: str | None = field(default=None, kw_only=True, validator=validators.optional(is_text))
    cursor_body_path: str | None = field(default=None, kw_only=True, validator=validators.optional(is_body_path))
    end: EndRule = field(default=MissingToken(), kw_only=True, validator=is_end)

    def __attrs_post_init__(self) -> None:
        exactly_one(self, "cursor_param", "cursor_body_path")
        super().__attrs_post_init__()

    def next_request(self, page: Page, records: Sequence[Record]) -> EndAnswer:
        """Return the request with the header's token, or `LAST_PAGE`."""
        token = header_token(self.cursor_key, page)
        slot = Slot(self.cursor_param, self.cursor_body_path)
        return follow_cursor(page, records, self.end, Progress(token=token, limit=self.page_size), slot)
