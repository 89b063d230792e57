"""Lists in every style of paging, while rows come, go and move and requests fail: all rows, or an error."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from typing import Any, Final

import pytest
from attrs import define, evolve, field
from hypothesis import event, example, given, settings
from hypothesis import strategies as st

from sdk.paginators import (
    CursorPaginator,
    EmptyPage,
    EndRule,
    HasMore,
    HeaderLinkPaginator,
    LastRecordPaginator,
    MissingToken,
    NextLinkPaginator,
    NullToken,
    OffsetPaginator,
    PageNumberPaginator,
    Paginator,
    ShortPage,
    Total,
    TotalHeader,
)
from sdk.resource import Resource
from sdk.testing.faults.wire import Answer, Asked, FaultServer
from tests.properties.listing import COUNTED, Change, Listing, Meanwhile, Rows, Style, ranked, required
from tests.properties.serving import ATTEMPTS, TROUBLES, Ward, mounted, opened, read

ENDS: Final[Mapping[str, EndRule]] = {
    "empty": EmptyPage(),
    "short": ShortPage(),
    "total": Total("total"),
    "total header": TotalHeader("X-Total"),
    "pages": Total("pages", of="pages"),
    "more": HasMore("has_more"),
    "more text": HasMore("has_more"),
    "null": NullToken(),
    "empty text": NullToken(),
    "full": NullToken(),
    "same": NullToken(),
    "missing": MissingToken(),
}

ENDS_OF: Final[Mapping[Style, tuple[str, ...]]] = {
    "page": ("empty", "short", "total", "total header", "pages", "more", "more text"),
    "offset": ("empty", "short", "total", "total header", "more", "more text"),
    "cursor": ("null", "empty text", "full", "same", "missing"),
    "link": ("null", "empty text", "full", "missing"),
    "header": ("missing", "full"),
    "last": ("empty", "short", "more"),
}

# As many pages without a row, or with the same ones, may be asked for where the API says that more follows.
EMPTIES: Final = 24


def paginator(listing: Listing) -> Paginator:
    """Return what somebody declares who read the API's documentation."""
    size: dict[str, Any] = {} if listing.limit is None else {"limit": listing.limit, "limit_param": "limit"}
    end = ENDS[listing.ends]
    match listing.style:
        case "page":
            return PageNumberPaginator(base_page=listing.base, end=end, **size)
        case "offset":
            return OffsetPaginator(end=end, **size)
        case "cursor":
            return CursorPaginator("next", cursor_param="after", end=end, **size)
        case "link":
            return NextLinkPaginator(end=end, **size)
        case "header":
            return HeaderLinkPaginator(**size)
        case "last":
            return LastRecordPaginator("rank", cursor_param="after", end=end, **size)


# One here and there, or so many in a row that a page of them is empty.
some_hidden = st.just(frozenset[int]()) | st.frozensets(st.integers(1, 24), max_size=8)
some_hidden |= st.builds(
    lambda first, many: frozenset(range(first, first + many)), st.integers(1, 15), st.integers(1, 9)
)
changes = st.builds(
    Change,
    st.integers(2, 6),
    st.sampled_from(["insert", "delete", "move"]),
    st.sampled_from([0.0, 0.1, 0.3, 0.7, 1.0]),
    st.booleans(),
)


@st.composite
def listings(draw: st.DrawFn, *, drift: bool) -> Listing:
    """Return any list, as long as it is what its documentation says."""
    # Long lists are as likely as short ones, or little would change while they are read.
    length = draw(st.sampled_from([0, 1, 5, 9, 14, 19, 24]))
    rows = ranked(range(1, length + 1), draw(st.frozensets(st.integers(1, 24), max_size=2)))
    style: Style = draw(st.sampled_from(list(ENDS_OF)))
    ends = draw(st.sampled_from(ENDS_OF[style]))
    limit = draw(st.integers(1, 7)) if ends == "short" else draw(st.none() | st.integers(1, 7))
    # A short page is an end only where the size is kept and nothing is filtered out.
    hidden = frozenset[int]() if ends == "short" else draw(some_hidden)
    return Listing(
        rows=rows,
        style=style,
        ends=ends,
        base=draw(st.integers(0, 1)),
        limit=limit,
        most=100 if ends == "short" else draw(st.sampled_from([2, 5, 100])),
        hidden=hidden,
        totals=draw(st.sampled_from(["all", "shown"] if ends == "total" else ["all", "shown", None])),
        past=draw(st.sampled_from(["empty", "404", "again"])),
        by_rank=draw(st.booleans()),
        link=draw(st.sampled_from(["absolute", "path", "query"])),
        changes=tuple(sorted(draw(st.lists(changes, min_size=1, max_size=3)), key=lambda one: one.before))
        if drift
        else (),
    )


troubles = st.lists(st.lists(st.sampled_from(sorted(TROUBLES)), max_size=ATTEMPTS - 1), min_size=1, max_size=5)


def is_plain(listing: Listing) -> bool:
    """Return whether nothing about *listing* gives a reader a reason to give up."""
    filtered = listing.hidden & {one["id"] for one in listing.rows}
    ranks = [one["rank"] for one in listing.rows]
    tied = len(set(ranks)) < len(ranks) and (listing.style == "last" or listing.by_rank)
    ends_past = listing.style in COUNTED and listing.ends in {"empty", "short"} and listing.past != "empty"
    return not (listing.changes or filtered or tied or ends_past)


def is_obscure(listing: Listing) -> bool:
    """Return whether a total of what is shown ends pages that are cut from more, while rows move between them.

    After some pages without records nobody can tell which rows are hidden and which gone; the report counts them.
    """
    return bool(listing.hidden and listing.changes) and listing.ends == "total" and listing.totals == "shown"


@define
class Api:
    """Serves a list, and changes it before the pages at which its changes fall."""

    listing: Listing
    states: list[Rows]
    left: list[Change]
    url: str = ""
    answered: set[str] = field(factory=set)
    sent: Counter[int] = field(factory=Counter)

    def __call__(self, asked: Asked) -> Answer:
        """Answer one request."""
        self.answered.add(asked.target)
        while self.left and self.left[0].before <= len(self.answered):
            self.states.append(self.left.pop(0).applied(self.states[-1]))
        answer = self.listing.answer(self.states[-1], asked.query, self.url)
        if answer.status == 200:
            self.sent.update(one["id"] for one in answer.body["rows"])
        return answer


def enough(listing: Listing, meanwhile: Meanwhile) -> int:
    """Return how many requests are enough for all pages; after a change pages may be asked for again."""
    filtered = bool(listing.hidden & meanwhile.ever)
    # By offset a page begins where the one before it ended, and overlaps it where rows were filtered out.
    pages = len(meanwhile.ever) if filtered else -(-len(meanwhile.ever) // listing.size)
    # Once it has gone back, a reader takes as long to see that a last page is repeated for ever.
    doubtful = filtered or (listing.past == "again" and listing.changes)
    return pages * (1 + 2 * len(listing.changes)) + (EMPTIES if doubtful else 4)


def check(server: FaultServer, listing: Listing, in_flight: int, troubles: Any, broken: int | None = None) -> None:
    """Read *listing* once, and compare with what an honest reader can reach."""
    api = Api(listing, [listing.rows], list(listing.changes))
    ward = Ward(api, troubles, broken)
    with mounted(server, ward) as base_url:
        api.url = f"{base_url}/rows"
        resource = Resource("rows", data_selector="rows", paginator=paginator(listing))
        came = read(opened(base_url, resource, in_flight=in_flight), "rows")

    meanwhile = Meanwhile(tuple(api.states))
    loaded = Counter(one["id"] for one in came.records)
    event(f"{listing.style}: {'an error' if came.failure else 'all rows'}")
    assert ward.asked.total() <= enough(listing, meanwhile) + ward.played + ward.in_vain
    assert loaded.keys() <= meanwhile.ever - listing.hidden
    assert loaded <= api.sent
    if came.failure is None:
        assert not ward.in_vain, "a question without an answer, and no error"
        lost = required(listing, meanwhile, ahead=in_flight > 1) - loaded.keys()
        assert not lost or (is_obscure(listing) and came.gaps), "rows are missing without a word"
    elif is_plain(listing):
        assert ward.in_vain, came.failure
    if is_plain(listing) and listing.past != "again":
        assert loaded.total() == len(loaded), "a key twice"


@st.composite
def told(draw: st.DrawFn) -> Listing:
    """Return a list of which a total tells the one change that there is."""
    found = draw(listings(drift=False))
    change = draw(changes.filter(lambda one: one.what != "move"))
    style = draw(st.sampled_from(["page", "offset"]))
    ends = found.ends if found.ends in ENDS_OF[style] else "total"
    return evolve(found, style=style, ends=ends, totals="all", hidden=frozenset(), changes=(change,))


in_flights = st.sampled_from([1, 8])
# Nine rows of which nobody is shown anything, in pages of one; somebody adds a row among them.
OBSCURE: Final = Listing(
    rows=ranked(range(1, 15)),
    style="page",
    ends="total",
    base=0,
    limit=1,
    hidden=frozenset(range(1, 10)),
    totals="shown",
    changes=(Change(2, "insert", 0.1),),
)
FEW: Final = settings(max_examples=100, deadline=None)
MANY: Final = settings(max_examples=1000, deadline=None, derandomize=False)


def stands_still(server, waits, listing, troubles, in_flight):
    """Every row that is shown comes, and a list that is as documented never fails."""
    check(server, listing, in_flight, troubles)


def changes_meanwhile(server, waits, listing, troubles, in_flight):
    """Whatever was there all the time and can be reached comes."""
    check(server, listing, in_flight, troubles)


def lacks_a_page(server, waits, listing, troubles, lacking):
    """Whoever asks for a page that never comes fails."""
    in_flight, broken = lacking
    check(server, listing, in_flight, troubles, broken % len(troubles))


_still = given(listings(drift=False), troubles, in_flights)
_drifting = given(listings(drift=True), troubles, in_flights)
_told = given(told(), troubles, in_flights)
_lacking = given(listings(drift=False), troubles, st.tuples(in_flights, st.integers(0, 4)))

test_a_list_that_stands_still = FEW(_still(stands_still))
test_a_list_that_changes_meanwhile = FEW(example(OBSCURE, [[]], 1)(_drifting(changes_meanwhile)))
test_a_list_whose_total_tells_what_changes = FEW(_told(changes_meanwhile))
test_a_page_that_never_comes = FEW(_lacking(lacks_a_page))

test_many_lists_that_stand_still = pytest.mark.slow(MANY(_still(stands_still)))
test_many_lists_that_change_meanwhile = pytest.mark.slow(MANY(_drifting(changes_meanwhile)))
test_many_lists_whose_totals_tell_what_changes = pytest.mark.slow(MANY(_told(changes_meanwhile)))
test_many_pages_that_never_come = pytest.mark.slow(MANY(_lacking(lacks_a_page)))
