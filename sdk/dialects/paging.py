"""dlt's paginators as frozen values: the same requests, nothing kept between pages, and pages foreseen by a total."""

from __future__ import annotations

from collections.abc import Sequence
from functools import partial
from typing import Any, Final

from attrs import frozen

from sdk.errors import SelectionError
from sdk.jsonpath import MISSING, find
from sdk.messages import LAST_PAGE, EndAnswer, Page, Request
from sdk.paginators.ends import Announced
from sdk.paginators.hints import flagged_more, total_of
from sdk.paginators.page_number import LARGEST
from sdk.paginators.paginator import NumberedRequests, Paginator
from sdk.paginators.slots import Slot
from sdk.paginators.totals import BEYOND, EMPTY, RETURNS, TOTAL, digest, fallen_to
from sdk.paginators.wording import kind, surroundings

# Under which a request says that it begins elsewhere.
BEGIN: Final = "begin"

MORE: Final = "more"
"""Under which a request remembers that by the page before it there are records left."""

# After an empty page of which the total says that it is not the last: as many more are asked for.
_EMPTY_AT_MOST: Final = 3

_TRUE: Final = frozenset({"yes", "true", "t", "y", "1"})
_FALSE: Final = frozenset({"no", "false", "f", "n", "0"})


def has_more(path: str, page: Page) -> bool:
    """Return the flag at *path* of a page.

    Raises:
        SelectionError: It is not there, or no flag.
    """
    value = _only(find(path, page.body))
    if isinstance(value, bool):
        return value
    if isinstance(value, str) and value.lower() in _TRUE | _FALSE:
        return value.lower() in _TRUE
    raise SelectionError(f"has_more_path {path!r} is {kind(value)}, not true or false; {surroundings(path, page.body)}")


@frozen
class Known:
    """What is known of a list after one of its pages.

    Attributes:
        total: How many records there are in all, by the answer.
        seen: How many the pages so far address.
        largest: How many records the largest page held.
    """

    total: int | None
    seen: int
    largest: int

    def state(self, page: Page) -> dict[str, Any]:
        """Return what the next request remembers of it."""
        more = flagged_more(page) or (self.total is not None and self.seen < self.total)
        before = page.request.state.get(TOTAL, self.total)
        total = self.total if self.total is None or RETURNS not in page.request.state else min(self.total, before)
        return {LARGEST: self.largest, TOTAL: total, MORE: more, EMPTY: 0}


@frozen(kw_only=True)
class CountingPaginator(Paginator):
    """Count up in a parameter, page numbers or offsets, until dlt would stop.

    Attributes:
        param: The query parameter for the number, or
        body_path: the dotted path in the JSON body.
        start: The first number.
        base: What the API calls the first number.
        step: How far to go from page to page; with an offset, the page size.
        size_param: The query parameter for the page size of an offset, or
        size_body_path: the dotted path in the JSON body.
        total_path: Where the body says how much there is, in the unit of the number.
        total_needed: A body without it is an error, unless it is empty.
        maximum: Stop when this number is reached.
        stop_after_empty_page: Stop after a page without records.
        has_more_path: Where the body says whether more follows.
        by_offset: The number passes over records. It advances by those that came: a server that lowers the page size
            would otherwise have rows skipped.
    """

    param: str | None
    body_path: str | None = None
    start: int = 0
    base: int = 0
    step: int = 1
    size_param: str | None = None
    size_body_path: str | None = None
    total_path: str | None = None
    total_needed: bool = True
    maximum: int | None = None
    stop_after_empty_page: bool = True
    has_more_path: str | None = None
    by_offset: bool = False

    def first_request(self, request: Request) -> Request:
        """Return *request* for the first number."""
        return self._numbered(request, int(request.state.get(BEGIN, self.start)))

    def next_request(self, page: Page, records: Sequence[Any]) -> EndAnswer:
        """Return the request for the next number, or `LAST_PAGE`.

        Raises:
            SelectionError: A total or a flag that was declared is not there.
        """
        asked = self._slot.number(page.request)
        known = self._counted(page, records, asked)
        if self.stop_after_empty_page and not records:
            return self._after_none(page, asked, known)
        if gone := fallen_to(known.total, page, instead="a cursor, or in parts"):
            return self._again(page, records, asked, gone)
        number = asked + self._advance(records)
        total = self._total(page)
        over = total is not None and number >= total + self.base
        if self.has_more_path is not None:
            over = not has_more(self.has_more_path, page) or over
        if self._is_beyond(number):
            return LAST_PAGE
        following = self._numbered(page.request, number).with_state(**known.state(page))
        if not over:
            return following
        # More came than there is in all: only asking tells where the list ends.
        wrong = self.by_offset and self.has_more_path is None and known.seen > (total or 0)
        last = not wrong or page.request.state.get(BEYOND) == digest(records)
        return LAST_PAGE if last else following.with_state(**{BEYOND: digest(records)})

    def announced(self, page: Page) -> Announced | None:
        """Return the total, where it was declared; a name that dlt looks under unless told otherwise promises none."""
        total = self._total(page) if self.total_needed else None
        return None if total is None else Announced(total, "records" if self.by_offset else "pages")

    def stops_at(self, page: Page) -> bool:
        """Return whether *page* is the last that the maximum allows, or by the flag that is declared."""
        if self.has_more_path is not None and not has_more(self.has_more_path, page):
            return True
        return self.maximum is not None and self._is_beyond(self._slot.number(page.request) + self.step)

    def remaining_requests(self, page: Page, records: Sequence[Any]) -> Sequence[Request] | None:
        """Return the requests up to the total, when there is one."""
        if self.has_more_path is not None or not records or (self.by_offset and len(records) != self.step):
            return None
        total = self._total(page)
        if total is None:
            return None
        last = total + self.base if self.maximum is None else min(total + self.base, self.maximum)
        first = self._slot.number(page.request) + self.step
        return NumberedRequests(range(first, last, self.step), partial(self._numbered, page.request))

    @property
    def _slot(self) -> Slot:
        return Slot(self.param, self.body_path)

    def _counted(self, page: Page, records: Sequence[Any], number: int) -> Known:
        """Return what the answers so far say of how much there is, in records."""
        declared = self._total(page) if self.by_offset else None
        total = total_of(page) if declared is None else declared
        largest = max(len(records), int(page.request.state.get(LARGEST, 0)))
        begun = number - self.base
        return Known(total, begun + len(records) if self.by_offset else (begun + 1) * largest, largest)

    def _after_none(self, page: Page, number: int, known: Known) -> EndAnswer:
        """Return the request after an empty page, which is none to end with where by the total more follows."""
        empty = int(page.request.state.get(EMPTY, 0))
        more = known.total is not None and known.seen < known.total
        if not more or empty >= _EMPTY_AT_MOST or BEYOND in page.request.state or self._is_beyond(number + self.step):
            return LAST_PAGE
        following = self._numbered(page.request, number + self.step)
        return following.with_state(**{**known.state(page), EMPTY: empty + 1})

    def _again(self, page: Page, records: Sequence[Any], number: int, gone: int) -> Request:
        """Return the request for the pages that others moved to: rows went away, by the total."""
        back = gone if self.by_offset else -(-gone // (len(records) or 1))
        begin = max(self.start, number - back)
        returns = int(page.request.state.get(RETURNS, 0)) + 1
        known = self._counted(page, records, number)
        return self._numbered(page.request, begin).with_state(**known.state(page), **{RETURNS: returns})

    def _is_beyond(self, number: int) -> bool:
        return self.maximum is not None and number >= self.maximum

    def _advance(self, records: Sequence[Any]) -> int:
        return len(records) if self.by_offset and 0 < len(records) < self.step else self.step

    def _numbered(self, request: Request, number: int) -> Request:
        request = self._slot.put(request, number)
        # In dlt's order: an API before which somebody put a cache may mind.
        return Slot(self.size_param, self.size_body_path).put(request, self.step) if self.by_offset else request

    def _total(self, page: Page) -> int | None:
        if self.total_path is None:
            return None
        value = _only(find(self.total_path, page.body))
        if (value is MISSING or value is None) and not self.total_needed:
            return None
        try:
            total = int(value)  # as dlt: text of digits counts, too
        except (TypeError, ValueError):
            total = -1
        if total < 0:
            around = surroundings(self.total_path, page.body)
            raise SelectionError(f"total_path {self.total_path!r} is {kind(value)}, not a count; {around}")
        return total


def _only(found: Any) -> Any:
    # A path that could find several finds a list of them.
    return found[0] if isinstance(found, list) and len(found) == 1 else found
