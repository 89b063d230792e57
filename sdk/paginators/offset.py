"""Lists addressed by how many records to pass over."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING, ClassVar

from attrs import field, frozen, validators

from sdk.checks import is_text, whole_number
from sdk.errors import PaginationLoopError
from sdk.messages import LAST_PAGE
from sdk.paginators import totals
from sdk.paginators.checks import exactly_one, is_body_path
from sdk.paginators.ends import EmptyPage, EndRule, Progress
from sdk.paginators.paginator import NumberedRequests, Paginator, is_end
from sdk.paginators.slots import Slot
from sdk.paginators.totals import BEYOND, RETURNS

if TYPE_CHECKING:
    from collections.abc import Sequence

    from sdk.messages import EndAnswer, Page, Record, Request
    from sdk.paginators.ends import Need


@frozen
class OffsetPaginator(Paginator):
    """Pass over the records received so far until a page comes back empty, or as *end* says.

    The offset advances by the records *received*, never by the limit: a server that lowers the limit would otherwise
    have rows skipped. Where it filters after cutting, some rows come twice, which a primary key makes harmless.

    Attributes:
        offset: Where to begin.
        offset_param: The query parameter for the offset, or
        offset_body_path: the dotted path in the JSON body.
        limit_param: The query parameter for the limit, if there is a limit.
        end: When the list is over.
    """

    offers: ClassVar[frozenset[Need]] = frozenset({"records"})

    limit_param: str | None = field(kw_only=True, validator=validators.optional(is_text))
    offset: int = field(default=0, kw_only=True, validator=whole_number())
    offset_body_path: str | None = field(default=None, kw_only=True, validator=validators.optional(is_body_path))
    offset_param: str | None = field(kw_only=True, validator=validators.optional(is_text))
    end: EndRule = field(default=EmptyPage(), kw_only=True, validator=is_end)

    @limit_param.default
    def _default_limit_param(self) -> str | None:
        return "limit" if self.limit is not None and self.limit_body_path is None else None

    @offset_param.default
    def _default_offset_param(self) -> str | None:
        return "offset" if self.offset_body_path is None else None

    def __attrs_post_init__(self) -> None:
        exactly_one(self, "offset_param", "offset_body_path")
        super().__attrs_post_init__()

    def first_request(self, request: Request) -> Request:
        """Return *request* with the first offset."""
        return self._slot.put(super().first_request(request), self.offset)

    def next_request(self, page: Page, records: Sequence[Record]) -> EndAnswer:
        """Return the request with the offset moved on by *records*, or `LAST_PAGE`.

        Where the total falls, rows went away and others moved before the offset, which moves back as far. Where a
        total ends the list with a full page, more is asked for once, since the total may be wrong.

        Raises:
            PaginationLoopError: The page is empty and not the end, so there is no other offset to ask for.
        """
        begin = self._slot.number(page.request)
        offset = begin + len(records)
        if not records and BEYOND in page.request.state:
            return LAST_PAGE
        if gone := totals.fallen(self.end, page):
            returns = int(page.request.state.get(RETURNS, 0)) + 1
            back = max(self.offset, begin - gone)
            return self._moved(page, back).with_state(**{RETURNS: returns})
        if self.end.reached(page, records, Progress(limit=self.page_size, records=offset)):
            full = len(records) >= self.page_size if self.page_size is not None else begin > self.offset
            if totals.is_doubtful(self.end, page, records, seen=offset, full=full):
                return self._moved(page, offset).with_state(**{BEYOND: totals.digest(records)})
            return LAST_PAGE
        if not records:
            raise PaginationLoopError(
                f"the page at offset {offset} is empty, yet by end={self.end} more follow; "
                "the offset cannot advance, declare `| EmptyPage()` if this is the end"
            )
        return self._moved(page, offset)

    def _moved(self, page: Page, offset: int) -> Request:
        request, known = self._slot.put(page.request, offset), totals.remembered(self.end, page)
        return request.with_state(**known) if known else request

    def remaining_requests(self, page: Page, records: Sequence[Record]) -> Sequence[Request] | None:
        """Return the requests at every further offset, when the end rule knows a total.

        Where that ends with a full page, the one past it, too, by which the total is doubted.
        """
        announced = self.end.announced(page)
        if announced is None:
            return None
        start, size = self._slot.number(page.request), len(records)
        if start + size >= announced.count:
            return ()
        if size == 0 or size != (self.page_size or size):
            return None  # the server's page size is not ours, so only walking tells
        # The offset of the total itself is one of these only behind a full page.
        offsets = range(start + size, announced.count + (announced.of == "records"), size)
        return NumberedRequests(offsets, partial(self._foreseen, page.request, announced.count))

    def _foreseen(self, request: Request, total: int, offset: int) -> Request:
        made = self._slot.put(request, offset)
        return made.with_state(**{BEYOND: ""}) if offset >= total else made

    @property
    def _slot(self) -> Slot:
        return Slot(self.offset_param, self.offset_body_path)
