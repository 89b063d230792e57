"""Lists that go on after the last record seen."""

from __future__ import annotations

from typing import TYPE_CHECKING, ClassVar

from attrs import field, frozen, validators

from sdk.checks import is_text
from sdk.errors import PaginationLoopError
from sdk.jsonpath import find
from sdk.messages import LAST_PAGE
from sdk.paginators.checks import exactly_one, is_body_path, is_path
from sdk.paginators.ends import EmptyPage, EndRule, Progress
from sdk.paginators.following import sendable
from sdk.paginators.paginator import Paginator, is_end
from sdk.paginators.slots import Slot
from sdk.paginators.tokens import Token
from sdk.paginators.wording import surroundings

if TYPE_CHECKING:
    from collections.abc import Sequence

    from sdk.messages import EndAnswer, Page, Record
    from sdk.paginators.ends import Need


@frozen
class LastRecordPaginator(Paginator):
    """Send a field of the last record as a parameter of the next request, until a page comes back empty.

    Also called keyset paging: `after=<last id>`. The list must be sorted by that field, and its values must differ,
    or the records that share a value across a page's edge are lost.

    Attributes:
        record_path: Where the field is in the record.
        cursor_param: The query parameter to send it in, as text, or
        cursor_body_path: the dotted path in the JSON body to send it at, as it came.
        end: When the list is over.
    """

    offers: ClassVar[frozenset[Need]] = frozenset()

    record_path: str = field(validator=is_path)
    cursor_param: str | None = field(default=None, kw_only=True, validator=validators.optional(is_text))
    cursor_body_path: str | None = field(default=None, kw_only=True, validator=validators.optional(is_body_path))
    end: EndRule = field(default=EmptyPage(), kw_only=True, validator=is_end)

    def __attrs_post_init__(self) -> None:
        exactly_one(self, "cursor_param", "cursor_body_path")
        super().__attrs_post_init__()

    def next_request(self, page: Page, records: Sequence[Record]) -> EndAnswer:
        """Return the request for what follows the last of *records*, or `LAST_PAGE`.

        Raises:
            SelectionError: The last record lacks the field.
            PaginationLoopError: The page is empty and not the end, so there is no last record.
        """
        if self.end.reached(page, records, Progress(limit=self.page_size)):
            return LAST_PAGE
        if not records:
            raise PaginationLoopError(
                f"the page is empty, yet by end={self.end} more follow; there is no last record to go on from, "
                "declare `| EmptyPage()` if this is the end"
            )
        token = Token(
            find(self.record_path, records[-1]),
            f"record_path {self.record_path!r} of the last record",
            surroundings(self.record_path, records[-1], "the record"),
        )
        return Slot(self.cursor_param, self.cursor_body_path).put(page.request, sendable(token.require()))
