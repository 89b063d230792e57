"""One list of an API, as a value: how it pages, ends, filters, and changes while it is read.

It is written from how APIs behave: what a reader makes of it is no concern of this module. `walked` says what an honest
reader can reach, whoever that is.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from math import inf
from typing import Any, Final, Literal, TypeAlias
from urllib.parse import urlencode, urlsplit

from attrs import field, frozen

from sdk.testing.faults.wire import Answer

Row: TypeAlias = dict[str, Any]
Rows: TypeAlias = tuple[Row, ...]
Style: TypeAlias = Literal["page", "offset", "cursor", "link", "header", "last"]

COUNTED: Final = frozenset({"page", "offset"})
_DEFAULT_SIZE: Final = 3


@frozen
class Change:
    """What somebody does to the list while it is read, just before the answer to the so manieth page."""

    before: int
    what: Literal["insert", "delete", "move"]
    # Where: of the list's length at that time.
    share: float
    to_end: bool = True

    def applied(self, rows: Rows) -> Rows:
        """Return the list after it; ranks say the order."""
        at = min(int(self.share * len(rows)), len(rows) - 1) if rows else 0
        if self.what == "insert" or not rows:
            low = rows[at - 1]["rank"] if rows and at else -1000.0
            high = rows[at]["rank"] if rows else 1000.0
            new = {"id": 10_000 + 100 * self.before + len(rows), "rank": (low + high) / 2}
            return (*rows[:at], new, *rows[at:])
        others = (*rows[:at], *rows[at + 1 :])
        if self.what == "delete":
            return others
        moved = {**rows[at], "rank": rows[-1]["rank"] + 1 if self.to_end else rows[0]["rank"] - 1, "moved": self.before}
        return (*others, moved) if self.to_end else (moved, *others)


@frozen
class Cut:
    """One page: where it begins in the list, its rows, and whether more follows."""

    start: int
    size: int
    all: Rows
    shown: Rows
    more: bool


@frozen(kw_only=True)
class Listing:
    """How one list is served.

    Attributes:
        rows: The rows at first, in the order of their `rank`.
        style: How pages are addressed.
        ends: How the API says that a page is the last.
        base: The number of the first page.
        limit: The size that the reader asks for, if it does.
        most: The size beyond which the server gives no more, without a word.
        hidden: Ids of rows that are filtered out after the list was cut into pages.
        totals: Whether bodies hold a total, and of which rows; `None` for none.
        past: What a counted page past the end is answered with.
        by_rank: A cursor holds the rank of the last row, and not its place.
        link: How links are written.
        changes: What happens meanwhile.
    """

    rows: Rows
    style: Style
    ends: str
    base: int = 1
    limit: int | None = None
    most: int = 100
    hidden: frozenset[int] = frozenset()
    totals: Literal["all", "shown"] | None = None
    past: Literal["empty", "404", "again"] = "empty"
    by_rank: bool = True
    link: Literal["absolute", "path", "query"] = "absolute"
    changes: tuple[Change, ...] = field(default=())

    @property
    def size(self) -> int:
        """How many rows a page is cut from."""
        return min(self.limit or _DEFAULT_SIZE, self.most)

    def answer(self, rows: Rows, query: Mapping[str, str], url: str) -> Answer:
        """Return what the API answers when *rows* are there."""
        cut = self.cut(rows, query)
        if cut is None:
            return Answer({"message": "no such page"}, 404)
        body: dict[str, Any] = {"rows": list(cut.shown)}
        if self.totals is not None:
            body["total"] = len(self.shown(rows) if self.totals == "shown" else rows)
        headers = {"X-Total": str(len(rows))} if self.ends == "total header" else {}
        if self.ends == "pages":
            body["pages"] = -(-len(rows) // self.size)
        if self.ends in {"more", "more text"}:
            body["has_more"] = cut.more if self.ends == "more" else str(cut.more).lower()
        body |= self._token(cut, query, url, headers)
        return Answer(body, headers=headers)

    def cut(self, rows: Rows, query: Mapping[str, str]) -> Cut | None:
        """Return the page that *query* asks for; `None` when there is none."""
        size = min(int(query.get("limit", _DEFAULT_SIZE)), self.most)
        start = self._start(rows, query, size)
        if start >= len(rows) > 0 and self.style in COUNTED and self.past != "empty":
            if self.past == "404":
                return None
            start = (len(rows) - 1) // size * size
        found = rows[start : start + size] if start >= 0 else ()
        return Cut(start, size, found, self.shown(found), start + size < len(rows))

    def shown(self, rows: Rows) -> Rows:
        """Return those of *rows* that are not filtered out."""
        return tuple(one for one in rows if one["id"] not in self.hidden)

    def _start(self, rows: Rows, query: Mapping[str, str], size: int) -> int:
        if self.style == "page":
            return (int(query["page"]) - self.base) * size
        if self.style == "offset":
            return int(query["offset"])
        if (after := query.get("after")) is None:
            return 0
        if self.style == "last" or self.by_rank:
            return sum(1 for one in rows if one["rank"] <= float(after))
        return int(after)

    def _token(self, cut: Cut, query: Mapping[str, str], url: str, headers: dict[str, str]) -> dict[str, Any]:
        """Return what the body says of the page after *cut*, and put the same into *headers* where it belongs."""
        if self.style not in {"cursor", "link", "header"}:
            return {}
        # Some name a further page whenever this one is full, and answer it with nothing.
        more = cut.more or (self.ends == "full" and len(cut.all) == cut.size)
        link = self._link(url, {**query, "after": self._after(cut)}) if more else None
        if self.style == "header":
            following = "" if link is None else f', <{link}>; rel="next"'
            headers["Link"] = f'<{url}>; rel="first"{following}'
            return {}
        if more:
            return {"next": self._after(cut) if self.style == "cursor" else link}
        same = self._after(cut) if cut.all else query.get("after")
        ended = {"same": same, "empty text": "", "missing": ...}.get(self.ends)
        return {} if ended is ... else {"next": ended}

    def _after(self, cut: Cut) -> str:
        return str(cut.all[-1]["rank"]) if self.by_rank else str(cut.start + cut.size)

    def _link(self, url: str, query: Mapping[str, str]) -> str:
        text = urlencode(query)
        if self.link == "query":
            return f"?{text}"
        return f"{url}?{text}" if self.link == "absolute" else f"{urlsplit(url).path}?{text}"


@frozen
class Meanwhile:
    """What became of a list while it was read.

    Attributes:
        states: The list at first, and after each change.
    """

    states: tuple[Rows, ...]

    @property
    def lasting(self) -> set[int]:
        """Ids of the rows that were there all the time."""
        return set[int].intersection(*({one["id"] for one in rows} for rows in self.states))

    @property
    def ever(self) -> set[int]:
        """Ids of the rows that were there at any time."""
        return {one["id"] for rows in self.states for one in rows}

    def steady(self, size: int) -> set[int]:
        """Ids of the rows that were on the same page of *size* all the time."""
        pages = [{one["id"]: place // size for place, one in enumerate(rows)} for rows in self.states]
        return {one for one in self.lasting if len({places[one] for places in pages}) == 1}


def walked(listing: Listing) -> list[Rows]:
    """Return the rows of each page that an honest reader asks for: it goes on from what came, whatever it wanted."""
    pages: list[Rows] = []
    rows, left = listing.rows, list(listing.changes)
    query: dict[str, str] = {} if listing.limit is None else {"limit": str(listing.limit)}
    place = listing.base if listing.style == "page" else 0
    while len(pages) <= 4 * len(listing.rows) + 8:
        while left and left[0].before <= len(pages) + 1:
            rows = left.pop(0).applied(rows)
        if listing.style in COUNTED:
            query |= {listing.style: str(place)}
        cut = listing.cut(rows, query)
        if cut is None:
            break
        pages.append(cut.shown)
        place += 1 if listing.style == "page" else len(cut.shown)
        stuck = not cut.shown and (listing.ends == "empty" or listing.style in {"offset", "last"})
        # A total of what is shown, and an offset that counts all: where they meet is the end, as far as one knows.
        stuck |= listing.style == "offset" and listing.totals == "shown" and place >= len(listing.shown(rows))
        if stuck or not cut.more:
            break
        if listing.style not in COUNTED:
            last = cut.shown if listing.style == "last" else cut.all
            by_rank = listing.by_rank or listing.style == "last"
            query["after"] = str(last[-1]["rank"] if by_rank else cut.start + cut.size)
    return pages


def required(listing: Listing, meanwhile: Meanwhile, *, ahead: bool) -> set[int]:
    """Return the ids of the rows that no excuse lets a reader lose.

    They were there all the time, are not filtered out, and are reached page after page. A total that falls or grows
    tells of one change, if it is one that it can show, and then nothing may be lost. Of several it tells enough for a
    reader to go back, and *ahead* of their turn pages come in any order: only a place that never changed is sure then.
    """
    there = meanwhile.lasting - listing.hidden
    reached = there & {one["id"] for page in walked(listing) for one in page}
    told = listing.style in COUNTED and listing.totals == "all"
    if told and len(listing.changes) == 1 and listing.changes[0].what != "move" and not listing.hidden:
        return there
    again = told and len(listing.changes) > 1
    if not listing.changes or not (again or (ahead and listing.style in COUNTED)):
        return reached
    # Offsets need not go on by whole pages.
    return reached & meanwhile.steady(listing.size if listing.style == "page" else 1)


def ranked(ids: Sequence[int], ties: frozenset[int] = frozenset()) -> Rows:
    """Return rows with *ids* in their order; those whose place is in *ties* share the rank of the one before."""
    rows: list[Row] = []
    rank = -inf
    for place, one in enumerate(ids):
        rank = rank if place in ties and rows else float(place)
        rows.append({"id": one, "rank": rank})
    return tuple(rows)
