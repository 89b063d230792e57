"""Lists in numbered pages."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING, ClassVar

from attrs import field, frozen, validators

from sdk.checks import is_flag, is_text, whole_number
from sdk.messages import LAST_PAGE
from sdk.paginators import beginnings, totals
from sdk.paginators.checks import exactly_one, is_body_path
from sdk.paginators.ends import EmptyPage, EndRule, Progress
from sdk.paginators.paginator import NumberedRequests, Paginator, is_end
from sdk.paginators.slots import Slot
from sdk.paginators.totals import BEYOND, EMPTY, RETURNS, SEEN

if TYPE_CHECKING:
    from collections.abc import Sequence

    from sdk.messages import EndAnswer, Page, Record, Request
    from sdk.paginators.ends import Need

# The most records seen in one page. Servers lower a limit without a word, so pages times limit may say too much;
# pages times this never does.
LARGEST = "largest_page"


@frozen
class PageNumberPaginator(Paginator):
    """Count pages up in a query parameter until a page comes back empty, or as *end* says.

    The first page must be declared where it is not 1: an API that counts from 0 would lose its first page, and one
    that counts from 1 answers page 0 with nothing, which looks like an empty list.

    Attributes:
        base_page: The number of the first page.
        base_unsaid: Nobody has looked whether that is so: the page after an empty first one is asked for, too, and an
            error if it holds something, or is the first one again.
        page_param: The query parameter for the number, or
        page_body_path: the dotted path in the JSON body.
        end: When the list is over.
    """

    offers: ClassVar[frozenset[Need]] = frozenset({"records", "pages"})

    base_page: int = field(default=1, kw_only=True, validator=whole_number())
    base_unsaid: bool = field(default=False, kw_only=True, validator=is_flag)
    page_body_path: str | None = field(default=None, kw_only=True, validator=validators.optional(is_body_path))
    page_param: str | None = field(kw_only=True, validator=validators.optional(is_text))
    end: EndRule = field(default=EmptyPage(), kw_only=True, validator=is_end)

    @page_param.default
    def _default_param(self) -> str | None:
        return "page" if self.page_body_path is None else None

    def __attrs_post_init__(self) -> None:
        exactly_one(self, "page_param", "page_body_path")
        super().__attrs_post_init__()

    def first_request(self, request: Request) -> Request:
        """Return *request* for the base page."""
        return self._slot.put(super().first_request(request), self.base_page)

    def next_request(self, page: Page, records: Sequence[Record]) -> EndAnswer:
        """Return the request with the number one higher, or `LAST_PAGE`.

        Where the total falls, rows went away and others moved to pages that were read: those are asked for again.
        Where a total ends the list with a full page, one more is asked for, since the total may be wrong; and where
        fewer records came than it says, as pages that are filtered after the list was cut are short, some more are.

        Raises:
            ReadError: The list does not begin with the base page, which nobody has looked at.
        """
        if not self.base_unsaid:
            return self._next_request(page, records)
        number = self._slot.number(page.request)
        beginnings.checked(page, records, self.base_page, number)
        answer = self._next_request(page, records)
        if number != self.base_page:
            return answer
        return beginnings.remembered(page, records, answer, self._after(page, records, number))

    def _next_request(self, page: Page, records: Sequence[Record]) -> EndAnswer:
        number, largest = self._slot.number(page.request), self._largest(page, records)
        pages = number - self.base_page + 1
        seen = int(page.request.state.get(SEEN, 0)) + len(records)
        if records or BEYOND not in page.request.state:
            if gone := totals.fallen(self.end, page):
                back = max(self.base_page, number - -(-gone // (largest or 1)))
                return self._again(page, records, back)
            progress = Progress(limit=self.page_size, records=pages * largest, pages=pages)
            if not self.end.reached(page, records, progress):
                return self._after(page, records, number)
            if totals.is_doubtful(self.end, page, records, seen=seen, full=self._is_full(pages, records, largest)):
                return self._after(page, records, number).with_state(**{BEYOND: totals.digest(records)})
        if (total := totals.unmet(self.end, page, records, seen)) is None:
            return LAST_PAGE
        request = self._after(page, records, number)
        empty = 1 if records else int(page.request.state.get(EMPTY, 0)) + 1
        past = {BEYOND: totals.digest(records)} if pages * largest >= total else {}
        return request.with_state(**{EMPTY: empty, **past})

    def remaining_requests(self, page: Page, records: Sequence[Record]) -> Sequence[Request] | None:
        """Return the requests for pages two to last, when the end rule knows a total.

        Where that fills the last page, the one past it, too, by which the total is doubted.
        """
        announced = None if self.base_unsaid else self.end.announced(page)
        if announced is None:
            return None
        pages, is_full = announced.count, False
        if announced.of == "records" and pages > len(records):
            if not records or len(records) != (self.page_size or len(records)):
                return None  # the server's page size is not ours, so only walking tells
            pages, is_full = -(-pages // len(records)), pages % len(records) == 0
        elif announced.of == "records":
            pages = 1
        end = self.base_page + pages
        numbers = range(self._slot.number(page.request) + 1, end + is_full)
        return NumberedRequests(numbers, partial(self._foreseen, page.request, self._largest(page, records), end))

    def _foreseen(self, request: Request, largest: int, end: int, number: int) -> Request:
        made = self._numbered(request, largest, number)
        return made.with_state(**{BEYOND: ""}) if number >= end else made

    @property
    def _slot(self) -> Slot:
        return Slot(self.page_param, self.page_body_path)

    def _largest(self, page: Page, records: Sequence[Record]) -> int:
        return max(len(records), int(page.request.state.get(LARGEST, 0)))

    def _is_full(self, pages: int, records: Sequence[Record], largest: int) -> bool:
        """Return whether a page holds as many records as pages do; of a single one, only its limit tells."""
        limit = self.page_size
        return len(records) >= limit if limit is not None and pages == 1 else pages > 1 and len(records) >= largest

    def _after(self, page: Page, records: Sequence[Record], number: int) -> Request:
        """Return the request for the page after *number*, which knows what came so far."""
        request = self._numbered(page.request, self._largest(page, records), number + 1)
        known = totals.remembered(self.end, page)
        if not known:
            return request
        seen = int(page.request.state.get(SEEN, 0)) + len(records)
        return request.with_state(**known, **{LARGEST: self._largest(page, records), SEEN: seen, EMPTY: 0})

    def _again(self, page: Page, records: Sequence[Record], number: int) -> Request:
        request = self._after(page, records, number - 1)
        # What comes again was counted already.
        seen, returns = int(page.request.state.get(SEEN, 0)), int(page.request.state.get(RETURNS, 0)) + 1
        return request.with_state(**{SEEN: seen, RETURNS: returns})

    def _numbered(self, request: Request, largest: int, number: int) -> Request:
        request = self._slot.put(request, number)
        return request.with_state(**{LARGEST: largest}) if "records" in self.end.needs else request
