"""dlt's paginators as frozen values: the same requests, nothing kept between pages, and pages foreseen by a total."""

from __future__ import annotations

from collections.abc import Sequence
from functools import partial
from typing import Any, Final

from attrs import evolve, frozen

from sdk.errors import SelectionError
from sdk.jsonpath import MISSING, find
from sdk.messages import LAST_PAGE, EndAnswer, Page, Request
from sdk.paginators.cursor import CursorPaginator
from sdk.paginators.ends import Announced, MissingToken, Progress
from sdk.paginators.following import follow_cursor
from sdk.paginators.hints import flagged_more
from sdk.paginators.paginator import NumberedRequests, Paginator
from sdk.paginators.slots import Slot
from sdk.paginators.tokens import body_token
from sdk.paginators.wording import kind, surroundings

# Under which a request says that it begins elsewhere.
BEGIN: Final = "begin"

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
        if self.stop_after_empty_page and not records:
            return LAST_PAGE
        number = self._slot.number(page.request) + self._advance(records)
        total = self._total(page)
        over = (total is not None and number >= total + self.base) or self._is_beyond(number)
        if self.has_more_path is not None:
            over = not has_more(self.has_more_path, page) or over
        return LAST_PAGE if over else self._numbered(page.request, number)

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
            return int(value)  # as dlt: text of digits counts, too
        except (TypeError, ValueError):
            around = surroundings(self.total_path, page.body)
            raise SelectionError(f"total_path {self.total_path!r} is {kind(value)}, not a count; {around}") from None


@frozen
class TokenPaginator(CursorPaginator):
    """Send the token in the body back until it is gone, null, empty or false, as dlt's cursor paginator.

    A token that is gone while a flag in the body says that more follows is an error and not the end.

    Attributes:
        stop_after_empty_page: Stop after a page without records.
        has_more_path: Where the body says whether more follows.
    """

    stop_after_empty_page: bool = False
    has_more_path: str | None = None

    def next_request(self, page: Page, records: Sequence[Any]) -> EndAnswer:
        """Return the request with the token, or `LAST_PAGE`.

        Raises:
            SelectionError: The token is gone, and the answer says that more follows.
        """
        if self.stop_after_empty_page and not records:
            return LAST_PAGE
        more = None if self.has_more_path is None else has_more(self.has_more_path, page)
        if more is False:
            return LAST_PAGE
        token = body_token(self.cursor_path, page, "cursor_path")
        if token.absent or token.null or not token.value:
            if more or (records and flagged_more(page)):
                instead = f"; {token.instead}" if token.instead else ""
                raise SelectionError(f"the body says that more follows, but {token.place} is not there{instead}")
            return LAST_PAGE
        slot = Slot(self.cursor_param, self.cursor_body_path)
        return follow_cursor(page, records, self.end, Progress(token=token), slot)

    def stops_at(self, page: Page) -> bool:
        """Return whether the flag that is declared says so: no other one counts then."""
        return self.has_more_path is not None and not has_more(self.has_more_path, page)


def token_paginator(cursor_path: str, *, param: str | None, body_path: str | None, **facts: Any) -> TokenPaginator:
    """Return the paginator that sends the token at *cursor_path*."""
    made = TokenPaginator(cursor_path, cursor_param=param, cursor_body_path=body_path, end=MissingToken())
    return evolve(made, **facts)


def _only(found: Any) -> Any:
    # A path that could find several finds a list of them.
    return found[0] if isinstance(found, list) and len(found) == 1 else found
