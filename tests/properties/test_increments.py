"""Run after run: whatever changes between, in whatever form its time is written, the table has it in the end."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from datetime import UTC, datetime, timedelta, timezone
from typing import Any, Final, Literal

import pytest
from attrs import define, field, frozen
from hypothesis import event, given, settings
from hypothesis import strategies as st

from sdk.cursors import State
from sdk.instants import INSTANT_FORMATS, InstantFormat
from sdk.messages import Record
from sdk.paginators import NextLinkPaginator
from sdk.resource import Resource
from sdk.testing.faults.wire import Answer, Asked, FaultServer
from sdk.windows import Incremental, NumberWindow, TimeWindow
from tests.properties.serving import NOW, Came, mounted, opened, read_on

SECOND: Final = timedelta(seconds=1)
PAGE: Final = 3
# Beyond what a double holds exactly, as the numbers of some APIs are.
FIRST_NUMBER: Final = 2**60


@frozen(kw_only=True)
class Feed:
    """How an API tells what changed.

    Attributes:
        kind: What a record's cursor is, and
        as_text: whether numbers are written as text.
        fraction: Digits of a second that timestamps have.
        style: How the API wants instants.
        with_end: Whether it takes an end too.
        inclusive: Whether the beginning itself is given, and
        end_inclusive: the end.
        lag: How long a change takes to be seen, or how many numbers later.
        overlap: What is declared of it.
        order: In which order it lists.
    """

    kind: Literal["timestamp", "epoch_s", "epoch_ms", "number"]
    as_text: bool
    fraction: int
    style: InstantFormat
    with_end: bool
    inclusive: bool
    end_inclusive: bool
    lag: int
    overlap: int
    order: Literal["oldest", "newest", "by key"]

    def resource(self) -> Resource:
        """Return what is declared."""
        incremental, window = (
            (Incremental("at", kind="number", overlap=self.overlap), NumberWindow(start_param="since"))
            if self.kind == "number"
            else (
                Incremental("at", kind=self.kind, overlap=timedelta(seconds=self.overlap)),
                TimeWindow(start_param="since", end_param="until" if self.with_end else None, style=self.style),
            )
        )
        return Resource(
            "rows", data_selector="rows", paginator=NextLinkPaginator(), window=window, incremental=incremental
        )

    def stored(self, instant: datetime) -> datetime:
        """Return *instant* as exactly as the API keeps it."""
        digits = {"epoch_s": 0, "epoch_ms": 3}.get(self.kind, self.fraction)
        step = 10 ** (6 - digits)
        return instant.replace(microsecond=instant.microsecond // step * step)

    def written(self, at: Any, zone: int | None) -> Any:
        """Return a cursor as it stands in a record; a *zone* is hours before or behind UTC, `None` is unsaid."""
        if self.kind == "number":
            return str(at) if self.as_text else at
        if self.kind != "timestamp":
            scale = 1 if self.kind == "epoch_s" else 1000
            number = round((at - datetime(1970, 1, 1, tzinfo=UTC)).total_seconds() * scale)
            return str(number) if self.as_text else number
        there = at.astimezone(timezone(timedelta(hours=zone or 0))).replace(tzinfo=None)
        text = there.isoformat(timespec={0: "seconds", 3: "milliseconds", 6: "microseconds"}[self.fraction])
        return text + ("" if zone is None else "Z" if zone == 0 else f"{zone:+03d}:00")

    def read(self, text: str) -> Any:
        """Return what a parameter says."""
        match "number" if self.kind == "number" else self.style:
            case "number":
                return int(text)
            case "epoch_s":
                return datetime.fromtimestamp(int(text), UTC)
            case "epoch_ms":
                return datetime(1970, 1, 1, tzinfo=UTC) + timedelta(milliseconds=int(text))
            case _:
                found = datetime.fromisoformat(text)
                return found if found.tzinfo else found.replace(tzinfo=UTC)


@define
class Account:
    """The rows of an API that somebody works in, and what a pipeline made of them.

    Attributes:
        live: The rows that are there: cursor, version, and from when on they are seen.
        gone: Versions of rows that were deleted.
        table: What was loaded, by key.
    """

    feed: Feed
    now: datetime = NOW
    number: int = FIRST_NUMBER
    versions: int = 0
    zone: int | None = 0
    since: datetime | None = None
    live: dict[int, tuple[Any, int, Any]] = field(factory=dict)
    past: set[tuple[int, int]] = field(factory=set)
    table: dict[int, Record] = field(factory=dict)
    state: State = field(factory=dict)
    broken: bool = False
    url: str = ""

    def touch(self, key: int, ahead: timedelta = timedelta(0), *, late: bool = False) -> None:
        """Add the row *key*, or change it; its time may be *ahead* of now, or it shows as *late* as may be."""
        self.number += 1
        self.versions += 1
        version = self.versions
        lag = self.feed.lag if late else 0
        at: Any = self.number if self.feed.kind == "number" else self.feed.stored(self.now + ahead)
        seen: Any = self.number + lag if self.feed.kind == "number" else self.now + timedelta(seconds=lag)
        self.live[key] = (at, version, seen)
        self.past.add((key, version))

    def is_seen(self, key: int) -> bool:
        """Return whether a row shows already."""
        seen = self.live[key][2]
        return bool(seen <= (self.number if self.feed.kind == "number" else self.now))

    def __call__(self, asked: Asked) -> Answer:
        """Answer one request."""
        place = int(asked.query.get("after", 0))
        if self.broken and place:
            return Answer({"message": "down"}, 500)
        found = [key for key in self.live if self.is_seen(key) and self.is_asked_for(key, asked.query)]
        found.sort(key=lambda key: (self.live[key][0], key), reverse=self.feed.order == "newest")
        if self.feed.order == "by key":
            found.sort()
        rows = [self.record(key) for key in found[place : place + PAGE]]
        more = place + PAGE < len(found) or self.broken
        query = "".join(f"&{name}={value}" for name, value in asked.query.items() if name != "after")
        return Answer({"rows": rows, "next": f"?after={place + PAGE}{query}" if more else None})

    def is_asked_for(self, key: int, query: Mapping[str, str]) -> bool:
        """Return whether a row lies between the ends of *query*."""
        at, feed = self.live[key][0], self.feed
        since = feed.read(query["since"])
        begun = at >= since if feed.inclusive else at > since
        if "until" not in query:
            return bool(begun)
        until = feed.read(query["until"])
        return bool(begun and (at <= until if feed.end_inclusive else at < until))

    def record(self, key: int) -> Record:
        """Return a row as it is sent."""
        at, version, _ = self.live[key]
        return {"id": key, "version": version, "at": self.feed.written(at, self.zone)}

    def run(self, base_url: str) -> Came:
        """Load what is new; what fails leaves no trace, as in a pipeline."""
        state = json.loads(json.dumps(self.state))
        came = read_on(opened(base_url, self.feed.resource(), now=self.now), "rows", state, self.since)
        if came.failure is None:
            self.state = state
            self.table |= {one["id"]: one for one in came.records}
        return came

    def missing(self) -> list[int]:
        """Return the keys of the rows that had to be loaded by now and were not."""
        until = None
        if self.feed.with_end and self.feed.kind != "number":
            # What the API takes the end for that is now.
            until = self.feed.read(format_of(self.now, self.feed.style))
        return [
            key
            for key, (at, version, _) in self.live.items()
            if self.is_seen(key)
            and (self.since is None or self.feed.kind == "number" or at > self.since)
            and (until is None or at < until)
            and self.table.get(key, {}).get("version") != version
        ]


def format_of(instant: datetime, style: InstantFormat) -> str:
    """Return *instant* as a documentation would show it."""
    seconds = instant.timestamp()
    match style:
        case "date":
            return f"{instant:%Y-%m-%d}"
        case "epoch_s":
            return str(int(seconds))
        case "epoch_ms":
            return str(int(seconds * 1000))
        case _:
            return f"{instant:%Y-%m-%dT%H:%M:%S}Z"


@st.composite
def feeds(draw: st.DrawFn) -> Feed:
    """Return any feed whose declared overlap is as long as its documentation says."""
    lag = draw(st.sampled_from([0, 0, 2, 200]))
    inclusive = draw(st.booleans())
    least = lag if inclusive and lag == 0 else lag + 1
    return Feed(
        kind=draw(st.sampled_from(["timestamp", "epoch_s", "epoch_ms", "number"])),
        as_text=draw(st.booleans()),
        fraction=draw(st.sampled_from([0, 3, 6])),
        style=draw(st.sampled_from(INSTANT_FORMATS)),
        with_end=draw(st.booleans()),
        inclusive=inclusive,
        end_inclusive=draw(st.booleans()),
        lag=lag,
        overlap=draw(st.sampled_from([least, least + 300])),
        order=draw(st.sampled_from(["oldest", "newest", "by key"])),
    )


keys = st.integers(1, 9)
moments = st.sampled_from([timedelta(microseconds=7), SECOND, timedelta(seconds=150), timedelta(days=2)])
Step = Callable[[Account, str], None]


def _touch(key: int, *, late: bool) -> Step:
    return lambda account, _: account.touch(key, late=late)


def _ahead(key: int) -> Step:
    return lambda account, _: account.touch(key, timedelta(days=400))


def _delete(key: int) -> Step:
    return lambda account, _: account.live.pop(key, None)


def _advance(by: timedelta) -> Step:
    def step(account: Account, _: str) -> None:
        account.now += by

    return step


def _zone(hours: int | None) -> Step:
    def step(account: Account, _: str) -> None:
        account.zone = hours

    return step


def _begin(days: int | None) -> Step:
    def step(account: Account, _: str) -> None:
        account.since = None if days is None else NOW - timedelta(days=days)

    return step


def _run(account: Account, base_url: str) -> None:
    failure = account.run(base_url).failure
    assert failure is None, failure
    assert account.missing() == []


def _fail(account: Account, base_url: str) -> None:
    account.broken = True
    assert account.run(base_url).failure is not None
    account.broken = False


touches = st.builds(_touch, keys, late=st.booleans())
advances = st.builds(_advance, moments)
others = st.one_of(
    st.builds(_ahead, keys),
    st.builds(_delete, keys),
    st.builds(_zone, st.sampled_from([None, 0, 2, -11])),
    st.builds(_begin, st.sampled_from([None, 1, 30])),
)
# Most rounds change something: what hypothesis draws freely is nothing, most of the time.
changes = st.lists(touches | advances, min_size=1, max_size=5)
rounds = st.tuples(changes, st.lists(others, max_size=1), st.sampled_from([_run, _run, _run, _fail]))


def loads_what_changes(
    server: FaultServer, waits: object, feed: Feed, rounds: list[tuple[list[Step], list[Step], Step]]
) -> None:
    """After every run the table has each row that shows, in its last version, and nothing that never was."""
    account = Account(feed)
    with mounted(server, account) as base_url:
        for changes, others, run in (*rounds, ([_begin(None)], [_advance(timedelta(days=3))], _run)):
            for step in (*changes, *others, run):
                step(account, base_url)

    event(feed.kind)
    assert {(one["id"], one["version"]) for one in account.table.values()} <= account.past


FEW: Final = settings(max_examples=100, deadline=None)
MANY: Final = settings(max_examples=1000, deadline=None, derandomize=False)
_drawn = given(feeds(), st.lists(rounds, min_size=2, max_size=6))

test_runs_load_what_changes = FEW(_drawn(loads_what_changes))
test_many_runs_load_what_changes = pytest.mark.slow(MANY(_drawn(loads_what_changes)))
