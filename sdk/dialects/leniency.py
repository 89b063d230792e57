"""Paging as answers show it, where a dictionary leaves it open or says it otherwise: found, followed, and told."""

from __future__ import annotations

import logging
from collections.abc import Callable, Mapping, Sequence
from hashlib import blake2b
from typing import Any, Final, TypeAlias

import orjson
from attrs import define, field, frozen

from sdk.dialects.paging import BEGIN
from sdk.dialects.reports import Note, Tell
from sdk.dialects.wrapping import WrappingPaginator
from sdk.errors import PaginationLoopError
from sdk.messages import LAST_PAGE, EndAnswer, Page, Request
from sdk.paginators.hints import flagged_more, total_of

_UNPAGED: Final = "without_pages"
_SIZELESS: Final = "without_size"
FIRST: Final = "first_page"

# By these an API may say that it has no page 0.
_NO_SUCH_PAGE: Final = frozenset({400, 404, 416, 422})

_BAD_REQUEST: Final = frozenset({400, 422})

Raw: TypeAlias = Callable[[Page], list[Any]]


def digest(records: Sequence[Any]) -> str:
    """Return what makes the records of two pages the same."""
    return blake2b(orjson.dumps(list(records), default=str), digest_size=16).hexdigest()


def repeats_first(page: Page, records: Sequence[Any]) -> bool:
    """Return whether *records* are those of the first page again."""
    known = page.request.state.get(FIRST)
    return bool(records) and known is not None and known == digest(records)


@define
class Learned:
    """What the lists of one endpoint, or of one API, have shown so far.

    Lists are read at the same time, so what one shows says nothing about what another asked before: what a list was
    begun with stands in its requests.

    Attributes:
        base: The number of an endpoint's first page, once it is known.
        sizeless: The API's lists refuse a page size under the name that was guessed.
    """

    base: int | None = None
    sizeless: bool = False


@frozen
class WatchfulPaginator(WrappingPaginator):
    """Count pages of an API that nobody described: where it begins to count, and whether it counts at all.

    An empty first page 0 may mean that the API counts from 1, and a page that repeats the first one that it does, or
    that it knows no pages. What comes again is left out by the selection.

    Attributes:
        inner: Counts.
        param: The parameter for the number.
        base_unsaid: Nobody said that the first page is 0.
        lenient: A page that repeats the first one shows a list without pages.
        raw: Finds the records of a page, repeated ones too.
        learned: What other lists have shown.
        where: Where the document could say more.
        tell: Takes a note.
    """

    param: str
    base_unsaid: bool
    lenient: bool
    raw: Raw = field(eq=False, repr=False)
    learned: Learned = field(eq=False)
    where: str = field(eq=False)
    tell: Tell = field(eq=False, repr=False)

    def prepared(self, request: Request) -> Request:
        """Return *request* to begin where other lists of the endpoint began."""
        if not self.base_unsaid or self.learned.base is None:
            return request
        return request.with_state(**{BEGIN: self.learned.base, **request.state})

    def first_request(self, request: Request) -> Request:
        """Return the first request of *inner*."""
        return request if _UNPAGED in request.state else self.inner.first_request(request)

    def second_chance(self, status: int | None, request: Request) -> Request | None:
        """Return *request* to begin with page 1 where page 0 was refused with *status*, if that makes sense."""
        if not self.base_unsaid or status not in _NO_SUCH_PAGE or _UNPAGED in request.state:
            return None
        if BEGIN not in request.state:
            self._say(
                f"page 0 answered {status}", "page 1 was asked, too", "the API may count from 1: declare base_page"
            )
            return request.with_state(**{BEGIN: 1})
        if status not in _BAD_REQUEST:
            return None
        self._say(f"every page answered {status}", "it was asked for without a page", "it may have none")
        return request.with_state(**{_UNPAGED: True})

    def next_request(self, page: Page, records: Sequence[Any]) -> EndAnswer:
        """Return the request for the next page, or `LAST_PAGE`."""
        if _UNPAGED in page.request.state:
            return LAST_PAGE
        number = int(page.request.param(self.param) or 0)
        found = self.raw(page)
        if FIRST not in page.request.state:
            return self._after_first(page, records, found, number)
        unsure = number == 1 and self._unsure(page.request)
        if not repeats_first(page, found):
            if unsure and records:
                self.learned.base = 0
            return self.inner.next_request(page, records)
        if unsure:
            self.learned.base = 1
            self._say("page 1 repeats page 0", "it was left out", "the API counts from 1: declare base_page")
            return page.request.with_params({self.param: "2"})
        # As many records as somebody asked for are a page.
        full = str(len(found)) in {value for name, value in page.request.params if name != self.param}
        if full or flagged_more(page) or (total_of(page) or 0) > len(found):
            raise PaginationLoopError(
                f"page {number} repeats the first page, and the body says that there is more; "
                "the API ignores the page parameter: declare page_param"
            )
        self._say(f"page {number} repeats the first page", "the list was taken for one without pages")
        return LAST_PAGE

    def stops_at(self, page: Page) -> bool:
        """Return what *inner* says, where it counts."""
        return _UNPAGED not in page.request.state and self.inner.stops_at(page)

    def _unsure(self, request: Request) -> bool:
        """Return whether *request* counts from 0 on a guess."""
        return self.base_unsaid and BEGIN not in request.state and self.learned.base != 0

    def _after_first(self, page: Page, records: Sequence[Any], found: list[Any], number: int) -> EndAnswer:
        unsure = self._unsure(page.request)
        if unsure and number == 0 and not records and not _says_none(page):
            self._say("page 0 is empty", "page 1 was asked, too", "the API may count from 1: declare base_page")
            return page.request.with_params({self.param: "1"}).with_state(**{BEGIN: 1})
        if self.base_unsaid and page.request.state.get(BEGIN) == number == 1 and records:
            self.learned.base = 1
        answer = self.inner.next_request(page, records)
        if answer is LAST_PAGE or not records or not (unsure or self.lenient):
            return answer
        return answer.with_state(**{FIRST: digest(found)})

    def remaining_requests(self, page: Page, records: Sequence[Any]) -> Sequence[Request] | None:
        """Return what *inner* foresees, where it is known from which number the API counts."""
        return None if self._unsure(page.request) else self.inner.remaining_requests(page, records)

    def _say(self, found: str, taken: str, why: str = "") -> None:
        self.tell(Note(self.where, "guessed", found, taken, why), logging.WARNING)


def _says_none(page: Page) -> bool:
    body = page.body
    return isinstance(body, Mapping) and any(body.get(one) == 0 for one in ("total", "count", "total_count"))


@frozen
class SizedPaginator(WrappingPaginator):
    """Send a page size beside what *inner* sends.

    Attributes:
        inner: Pages.
        size_param: The parameter for the size.
        size: The size.
        guessed: Nobody said which parameter it is: an API that refuses it is asked without.
        learned: What other lists have shown.
        where: Where the document could say it.
        tell: Takes a note.
    """

    size_param: str
    size: int
    guessed: bool
    learned: Learned = field(eq=False)
    where: str = field(eq=False)
    tell: Tell = field(eq=False, repr=False)

    def prepared(self, request: Request) -> Request:
        """Return *request* without the size, where another list of the API refused it."""
        return request.with_state(**{_SIZELESS: True}) if self.guessed and self.learned.sizeless else request

    def first_request(self, request: Request) -> Request:
        """Return the first request of *inner*, with the size."""
        first = self.inner.first_request(request)
        return first if _SIZELESS in request.state else first.with_params({self.size_param: self.size})

    def second_chance(self, status: int | None, request: Request) -> Request | None:
        """Return *request* without the size where it was refused with *status*."""
        if not self.guessed or status not in _BAD_REQUEST or _SIZELESS in request.state:
            return None
        self.learned.sizeless = True
        self.tell(
            Note(self.where, "guessed", f"{self.size_param}={self.size} answered {status}", "it was left out"),
            logging.WARNING,
        )
        return request.with_state(**{_SIZELESS: True})
