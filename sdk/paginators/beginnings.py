"""Whether a list of numbered pages begins where it was asked to, where nobody has said so.

An API that counts from 1 answers page 0 with nothing, which looks like an empty list, or with page 1, which doubles it.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from sdk.errors import PaginationLoopError, SelectionError
from sdk.messages import LAST_PAGE
from sdk.paginators.hints import total_of
from sdk.paginators.totals import digest

if TYPE_CHECKING:
    from collections.abc import Sequence

    from sdk.messages import EndAnswer, Page, Record, Request

_FIRST: Final = "first_page"
_NOTHING: Final = ""


def checked(page: Page, records: Sequence[Record], base: int, number: int) -> None:
    """Raise where page *number*, the one after the first, shows that lists do not begin with page *base*.

    Raises:
        SelectionError: The first page was empty, and this one is not.
        PaginationLoopError: It is the first page again.
    """
    first = page.request.state.get(_FIRST)
    if first is None or number != base + 1 or not records:
        return
    if first == _NOTHING:
        raise SelectionError(
            f"page {base} is empty and page {number} is not, so the API counts from {number}: "
            f"declare base_page={number}, and no base_unsaid"
        )
    if first == digest(records):
        raise PaginationLoopError(
            f"page {number} repeats page {base}: declare base_page={number} if the API counts from there, "
            "SinglePagePaginator() if it knows no pages, and no base_unsaid"
        )


def remembered(page: Page, records: Sequence[Record], answer: EndAnswer, following: Request) -> EndAnswer:
    """Return *answer* to a first page such that the next page is looked at.

    Args:
        page: The first page.
        records: Its records.
        answer: What follows it.
        following: The request for the page after it, which is also asked for where this one is empty.
    """
    if records:
        return answer if answer is LAST_PAGE else answer.with_state(**{_FIRST: digest(records)})
    if answer is LAST_PAGE and total_of(page) == 0:
        return answer
    return (following if answer is LAST_PAGE else answer).with_state(**{_FIRST: _NOTHING})
