"""Doubt a total: what an API says there is in all, against what came.

A total that is too low ends a list early, and one that falls while the list is read says that rows went away, which
moves others to pages that were read already. Both cost rows without a word, and both show: by a full page where the
total ends, and by the totals of two pages. What is doubted here is asked for; it is never taken for an error.
"""

from __future__ import annotations

from hashlib import blake2b
from typing import TYPE_CHECKING, Any, Final

import orjson

from sdk.errors import ReadError
from sdk.paginators.hints import total_of

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from sdk.messages import Page, Record, Request
    from sdk.paginators.ends import EndRule
    from sdk.paginators.paginator import Paginator

# What a paginator remembers in a request's state.
SEEN: Final = "seen"
TOTAL: Final = "total"
RETURNS: Final = "returns"
EMPTY: Final = "empty_pages"
# Asked past the total: the digest of the page before, since some APIs answer with their last page for ever.
BEYOND: Final = "beyond"

_RETURNS_AT_MOST: Final = 20
# After pages without records of which the total says that they are not the last: as many more are asked for.
_EMPTY_AT_MOST: Final = 3

# How APIs say that there is no such page, asked for one past their total.
_NO_SUCH_PAGE: Final = frozenset({400, 404, 416, 422})


def no_such_page(request: Request) -> frozenset[int]:
    """Return the statuses by which an API ends a list when *request* asks for more than its total says there is."""
    return _NO_SUCH_PAGE if BEYOND in request.state else frozenset()


def said(end: EndRule, page: Page) -> int | None:
    """Return how many records *page* says there are in all: by the end rule, or under a usual name."""
    found = end.announced(page)
    return found.count if found is not None and found.of == "records" else total_of(page)


def announced(paginator: Paginator, page: Page) -> int | None:
    """Return how many records *page* says there are in all, for a comparison with what came.

    By what *paginator* goes by, or else under a usual name. What is not there is not judged here: going on does that.
    """
    try:
        found = paginator.announced(page)
    except ReadError:
        return None
    if found is not None:
        return found.count if found.of == "records" else None
    return total_of(page)


def fallen(end: EndRule, page: Page) -> int:
    """Return by how many records the total is lower than what the page before said.

    Raises:
        ReadError: It fell too often for a list that can be read so.
    """
    instead = "a cursor or in windows, or declare end=EmptyPage() if the total is an estimate"
    return fallen_to(said(end, page), page, instead=instead)


def fallen_to(now: int | None, page: Page, *, instead: str) -> int:
    """Return by how many records *now*, the total that *page* says, is lower than what the page before said.

    Args:
        now: The total, `None` where the page says none.
        page: The page.
        instead: By what a list whose total falls for ever is to be read.

    Raises:
        ReadError: It fell too often for a list that can be read so.
    """
    before = page.request.state.get(TOTAL)
    if before is None or now is None or now >= before:
        return 0
    if int(page.request.state.get(RETURNS, 0)) >= _RETURNS_AT_MOST:
        raise ReadError(
            f"the total fell {_RETURNS_AT_MOST} times while the list was read, so rows may be passed over; read it by "
            f"{instead}"
        )
    return int(before - now)


def is_doubtful(end: EndRule, page: Page, records: Sequence[Record], *, seen: int, full: bool) -> bool:
    """Return whether the list may go on although its total is reached: the page is full, or more came than there is."""
    total = end.announced(page)
    if total is None or total.of != "records" or not records:
        return False
    return (full or seen > total.count) and page.request.state.get(BEYOND) != digest(records)


def unmet(end: EndRule, page: Page, records: Sequence[Record], seen: int) -> int | None:
    """Return the total if more must follow by it than were *seen*, although the list ends here by its rule.

    Only so many empty pages are asked for, since a total may count what is never shown. A total that is not declared
    is held against an empty page alone.
    """
    state = page.request.state
    if records and (end.announced(page) is None or state.get(BEYOND) == digest(records)):
        return None
    total = state.get(TOTAL) if BEYOND in state else said(end, page)
    more = total is not None and seen < total and int(state.get(EMPTY, 0)) < _EMPTY_AT_MOST
    return total if more else None


def remembered(end: EndRule, page: Page) -> Mapping[str, Any]:
    """Return what the next request remembers of *page*'s total.

    Once it fell, the lowest counts: some APIs count what is left from each page on, and would send a reader back for
    ever.
    """
    total, state = said(end, page), page.request.state
    if total is None:
        return {}
    return {TOTAL: min(total, state.get(TOTAL, total)) if RETURNS in state else total}


def digest(records: Sequence[Record]) -> str:
    """Return what tells a page from another."""
    try:
        content = orjson.dumps(list(records), default=str)
    except TypeError:
        content = repr(records).encode(errors="surrogatepass")
    return blake2b(content, digest_size=16).hexdigest()
