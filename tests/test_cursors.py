"""Where the next run begins: kept for each thing asked, for each resource that uses it."""

from __future__ import annotations

import json
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from sdk import Incremental, NumberWindow, Resource, TimeWindow
from sdk.cursors import Cursors, HighWater

RUN_START = datetime(2026, 1, 10, 12, tzinfo=UTC)
ALL = "GET /things"

BY_TIME = Resource(
    "things", window=TimeWindow(start_param="since"), incremental=Incremental("at", overlap=timedelta(hours=1))
)
BY_NUMBER = Resource(
    "things", window=NumberWindow(start_param="after"), incremental=Incremental("id", kind="number", overlap=0)
)
WITHOUT = Resource("things", window=TimeWindow(start_param="since"))


def day(number: int) -> datetime:
    """Return midnight of a day in January 2026."""
    return datetime(2026, 1, number, tzinfo=UTC)


def stored(state: dict[str, Any]) -> dict[str, Any]:
    """Return *state* as it comes back from a file."""
    found: dict[str, Any] = json.loads(json.dumps(state))
    return found


def test_the_first_run_begins_at_the_start_date():
    """Without one it begins at the very beginning; numbers know no date."""
    for resource in (BY_TIME, WITHOUT):
        assert Cursors({}).start(resource, ALL) is None
        assert Cursors({}, day(5)).start(resource, ALL) == day(5)
    assert Cursors({}, day(5)).start(BY_NUMBER, ALL) is None


def test_the_next_run_begins_at_the_cursor_less_the_overlap():
    """For the thing that was asked, and for no other."""
    state: dict[str, Any] = {}
    Cursors(state).move(BY_TIME, ALL, day(5), RUN_START)
    cursors = Cursors(stored(state))

    assert cursors.start(BY_TIME, ALL) == day(5) - timedelta(hours=1)
    assert cursors.start(BY_TIME, f"{ALL}?kind=a") is None
    assert cursors.start(Resource("others", incremental=BY_TIME.incremental, window=BY_TIME.window), ALL) is None


def test_a_revisit_is_a_wider_overlap():
    """The wider of the two counts."""
    state: dict[str, Any] = {}
    Cursors(state).move(BY_TIME, ALL, day(5), RUN_START)
    cursors = Cursors(stored(state))

    assert cursors.start(BY_TIME, ALL, timedelta(days=2)) == day(3)
    assert cursors.start(BY_TIME, ALL, timedelta(minutes=1)) == day(5) - timedelta(hours=1)


def test_a_cursor_moves_forwards_only():
    """A run that saw older records alone keeps what was kept; one without records too."""
    state: dict[str, Any] = {}
    for cursor in (day(5), day(3), None):
        Cursors(state).move(BY_TIME, ALL, cursor, RUN_START)

    assert stored(state) == {
        "cursors": {"things": {ALL: {"cursor": "2026-01-05T00:00:00.000000Z", "since": None}}},
    }


def test_a_cursor_stays_behind_the_start_of_the_run():
    """A record from the future moves it to now, not there."""
    state: dict[str, Any] = {}
    Cursors(state).move(BY_TIME, ALL, datetime(2099, 1, 1, tzinfo=UTC), RUN_START)

    assert Cursors(stored(state)).start(BY_TIME, ALL) == RUN_START - timedelta(hours=1)


@pytest.mark.parametrize(
    ("before", "now", "begin"),
    [
        (None, None, day(7)),
        (None, day(2), day(7)),
        (day(2), day(2), day(7)),
        (day(2), day(3), day(7)),
        (day(2), day(9), day(9)),
        (day(2), day(1), day(1)),
        (day(2), None, None),
    ],
)
def test_a_start_date_that_changed(before, now, begin):
    """An earlier one reads what lies before; a later one bounds what is asked."""
    exact = Resource("things", window=BY_TIME.window, incremental=Incremental("at", overlap=timedelta(0)))
    state: dict[str, Any] = {}
    Cursors(state, before).move(exact, ALL, day(7), RUN_START)

    assert Cursors(stored(state), now).start(exact, ALL) == begin


def test_after_an_earlier_start_date_the_cursor_counts_again():
    """It was read from there now; an old cursor that did not count is replaced, even by a smaller one."""
    state: dict[str, Any] = {}
    Cursors(state, day(5)).move(BY_TIME, ALL, day(7), RUN_START)
    Cursors(state, day(1)).move(BY_TIME, ALL, day(6), RUN_START)

    assert Cursors(stored(state), day(1)).start(BY_TIME, ALL) == day(6) - timedelta(hours=1)


@pytest.mark.parametrize("number", [10, 2**64 + 1, 0, -5])
def test_numbers_are_exact(number):
    """Also beyond 64 bits; their start is the number itself."""
    state: dict[str, Any] = {}
    Cursors(state).move(BY_NUMBER, ALL, number, RUN_START)

    assert Cursors(stored(state)).start(BY_NUMBER, ALL) == number


def test_without_a_cursor_nothing_is_kept():
    """A resource that is read whole has none."""
    state: dict[str, Any] = {}
    Cursors(state).move(WITHOUT, ALL, day(5), RUN_START)

    assert state == {}


def test_a_state_that_makes_no_sense():
    """A cursor that cannot be read is none: everything is read again, nothing is lost."""
    state = {"cursors": {"things": {ALL: {"cursor": "long ago", "since": None}}}}

    assert Cursors(state).start(BY_TIME, ALL) is None


def test_the_last_complete_run():
    """It counts for parts, whose list need not reach further back; an earlier start date undoes it."""
    state: dict[str, Any] = {}
    assert Cursors(state).completed is None
    Cursors(state, day(2)).complete(RUN_START)
    state = stored(state)

    assert Cursors(state, day(2)).completed == RUN_START
    assert Cursors(state, day(1)).completed is None
    assert Cursors(state, day(2)).start(BY_TIME, ALL, as_part=True) == RUN_START - timedelta(hours=1)
    assert Cursors(state, day(2)).start(BY_TIME, ALL) == day(2)


def test_the_high_water_mark():
    """The largest cursor of each scope; a record without one, or with one that cannot be read, moves nothing."""
    mark = HighWater(BY_TIME.incremental)
    mark.note("a", [{"at": "2026-01-05T08:00:00+02:00"}, {"at": "2026-01-05T07:00:00Z"}, {"at": None}, {}])
    mark.note("a", [{"at": "2026-01-01"}, {"at": "never"}])
    mark.note("b", [{"id": 1}])
    mark.note("c", [])

    assert mark.seen == {"a": datetime(2026, 1, 5, 7, tzinfo=UTC)}


def test_without_an_incremental_there_is_no_mark():
    """Records are not looked at."""
    mark = HighWater(None)
    mark.note("a", [{"at": "2026-01-05"}])

    assert mark.seen == {}
