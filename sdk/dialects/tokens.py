"""Lists where an answer holds the token or the link of the next page, read as dlt reads them, and doubted."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, Final

from attrs import define, evolve, field, frozen

from sdk.dialects.paging import MORE, has_more
from sdk.dialects.reports import Note, Tell
from sdk.errors import SelectionError
from sdk.jsonpath import MISSING, find
from sdk.messages import LAST_PAGE, EndAnswer, Page
from sdk.paginators.cursor import CursorPaginator
from sdk.paginators.ends import MissingToken, Progress
from sdk.paginators.following import follow_cursor
from sdk.paginators.hints import flagged_more, hints, total_of
from sdk.paginators.links import NextLinkPaginator
from sdk.paginators.page_number import LARGEST
from sdk.paginators.slots import Slot
from sdk.paginators.tokens import body_token
from sdk.paginators.totals import SEEN
from sdk.paginators.wording import surroundings
from sdk.selectors import describe

# Where the token or the link stood that led to a page.
_PLACE: Final = "place"


class Count(int):
    """A count that makes no question another one: requests are told apart by how their state shows."""

    def __repr__(self) -> str:
        return "a count"


@define
class Endings:
    """How the lists of one endpoint say that they are over, as far as they have shown it.

    Most lists end by leaving the key for the next page out, and where the size of a page divides the total the last
    page is as full as the others. So that alone is an end, and a note. It is an error where the endpoint is known to
    end its lists otherwise.

    Attributes:
        where: Where the document could say more.
        tell: Takes a note.
        left_out: One ended without the key on a page that was not full.
        empty: One ended with the key there, and nothing in it.
    """

    where: str
    tell: Tell
    left_out: bool = False
    empty: bool = False

    def check(self, page: Page, records: Sequence[Any], path: str, *, absent: bool) -> None:
        """Take in how a list ends.

        Args:
            page: Its last page, of which nothing says that more follows.
            records: The records of that.
            path: Where the key for the next page stands.
            absent: It is left out, and not empty.

        Raises:
            SelectionError: It is left out of a full page, where other lists have an empty one in the end.
        """
        state = page.request.state
        if not absent:
            self.empty = self.empty or bool(records)
            return
        if state.get(_PLACE) != path or len(records) < int(state.get(LARGEST, 0)):
            self.left_out = True
            return
        total, seen = total_of(page), state.get(SEEN)
        is_reached = total is not None and seen is not None and seen + len(records) >= total
        if self.left_out or is_reached or any(one.says == "over" for one in hints(page, records)):
            return
        if self.empty:
            raise SelectionError(
                f"{path!r} is left out of a full page, and other lists of the endpoint have an empty one in the end; "
                f"{describe(page.body)}; declare has_more_path, or give the paginator as an instance of dlt's if this "
                "is how the list ends"
            )
        found = f"{path!r} is left out of a full page, and nothing else says whether more follows"
        self.tell(
            Note(
                self.where,
                "guessed",
                found,
                "it was taken for the last one",
                "declare has_more_path if there is a flag",
            )
        )


@frozen
class TokenPaginator(CursorPaginator):
    """Send the token in the body back until it is gone, null, empty or false, as dlt's cursor paginator.

    A token that is gone while a flag in the body says that more follows is an error and not the end.

    Attributes:
        stop_after_empty_page: Stop after a page without records.
        has_more_path: Where the body says whether more follows.
        endings: How lists ended; a token that is left out of a full page is doubted then.
    """

    stop_after_empty_page: bool = False
    has_more_path: str | None = None
    endings: Endings | None = field(default=None, eq=False, repr=False)

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
        seen = seen_after(page, records, self.cursor_param)
        if token.absent or token.null or not token.value:
            if more or is_contradicted(page, records, seen, absent=token.absent):
                instead = f"; {token.instead}" if token.instead else ""
                raise SelectionError(f"the body says that more follows, but {token.place} is not there{instead}")
            if self.endings is not None:
                self.endings.check(page, records, self.cursor_path, absent=token.absent)
            return LAST_PAGE
        slot = Slot(self.cursor_param, self.cursor_body_path)
        answer = follow_cursor(page, records, self.end, Progress(token=token), slot)
        return answer if answer is LAST_PAGE else answer.with_state(**progress(page, records, seen, self.cursor_path))

    def stops_at(self, page: Page) -> bool:
        """Return whether the flag that is declared says so: no other one counts then."""
        return self.has_more_path is not None and not has_more(self.has_more_path, page)


@frozen(kw_only=True)
class FollowingPaginator(NextLinkPaginator):
    """Follow the link in the body until it is gone, null or empty, as dlt's paginator of links.

    A link that is gone while the body says that more follows is an error and not the end.

    Attributes:
        endings: How lists ended; a link that is left out of a full page is doubted then.
    """

    endings: Endings | None = field(default=None, eq=False, repr=False)

    def next_request(self, page: Page, records: Sequence[Any]) -> EndAnswer:
        """Return the request that the link asks for, or `LAST_PAGE`.

        Raises:
            SelectionError: The link is gone, and the answer says that more follows.
        """
        answer, seen = super().next_request(page, records), seen_after(page, records, None)
        if answer is not LAST_PAGE:
            return answer.with_state(**progress(page, records, seen, self.next_url_path))
        absent = find(self.next_url_path, page.body) is MISSING
        if is_contradicted(page, records, seen, absent=absent):
            around = surroundings(self.next_url_path, page.body)
            raise SelectionError(
                f"the body says that more follows, but there is no link at {self.next_url_path!r}; {around}"
            )
        if self.endings is not None:
            self.endings.check(page, records, self.next_url_path, absent=absent)
        return LAST_PAGE


def is_contradicted(page: Page, records: Sequence[Any], seen: int | None, *, absent: bool) -> bool:
    """Return whether *page*, which names no other, says in another way that more follows.

    Where the key is there and empty, that is the API's word; where it is *absent*, any other sign counts.
    """
    if not records:
        return False
    if flagged_more(page):
        return True
    total = total_of(page)
    beyond = total is not None and seen is not None and seen < total
    return absent and (beyond or any("next" in one.path.lower() for one in hints(page, records) if one.says != "over"))


def seen_after(page: Page, records: Sequence[Any], param: str | None) -> int | None:
    """Return how many records came so far, or `None` where the list was not begun at its beginning."""
    before = page.request.state.get(SEEN, 0)
    if SEEN not in page.request.state and param is not None and page.request.param(param) is not None:
        before = None
    return None if before is None else before + len(records)


def progress(page: Page, records: Sequence[Any], seen: int | None, path: str) -> dict[str, Any]:
    """Return what the request after *page*, made of what stands at *path*, remembers of the list.

    Args:
        page: The page.
        records: Its records.
        seen: What `seen_after` returns for it.
        path: Where the token or the link stood.
    """
    total = total_of(page)
    largest = max(len(records), int(page.request.state.get(LARGEST, 0)))
    return {
        _PLACE: path,
        SEEN: None if seen is None else Count(seen),
        LARGEST: Count(largest),
        MORE: flagged_more(page) or (total is not None and seen is not None and seen < total),
    }


def token_paginator(cursor_path: str, *, param: str | None, body_path: str | None, **facts: Any) -> TokenPaginator:
    """Return the paginator that sends the token at *cursor_path*."""
    made = TokenPaginator(cursor_path, cursor_param=param, cursor_body_path=body_path, end=MissingToken())
    return evolve(made, **facts)
