"""The declared pace: no period holds more requests than it allows, and a server's word holds everybody."""

from __future__ import annotations

import threading
from collections.abc import Iterable

import pytest
from attrs import define
from hypothesis import given
from hypothesis import strategies as st

from sdk.limits import Pace, RateLimit


@define
class Clock:
    """Time that passes when it is told to."""

    time: float = 1000.0

    def __call__(self) -> float:
        """Return the time."""
        return self.time


def turns(limit: RateLimit, pauses: Iterable[int]) -> list[float]:
    """Return when each request may go, with a pause before each is asked for."""
    clock = Clock()
    pace = Pace(limit, clock)
    found = []
    for pause in pauses:
        clock.time += pause
        found.append(clock.time + pace.take())
    return found


def test_turns_are_free_until_the_period_is_full():
    """Two at once, the third when the first is a minute old."""
    pace = Pace(RateLimit(2, 60), Clock())

    assert [pace.take() for _ in range(5)] == [0, 0, 60, 60, 120]


def test_a_turn_that_is_old_enough_frees_its_place():
    """What lies a period back does not count."""
    clock = Clock()
    pace = Pace(RateLimit(1, 60), clock)

    assert pace.take() == 0
    clock.time += 45
    assert pace.take() == 15
    clock.time += 200
    assert pace.take() == 0


@given(st.integers(1, 5), st.integers(1, 100), st.lists(st.integers(0, 150), max_size=40))
def test_no_period_holds_more_than_it_allows(requests: int, period: int, pauses: list[int]):
    """Of any `requests + 1` turns in a row, the last comes at least a period after the first."""
    found = turns(RateLimit(requests, period), pauses)

    assert found == sorted(found)
    assert all(later - earlier >= period for earlier, later in zip(found, found[requests:], strict=False))


@given(st.integers(1, 5), st.integers(1, 100), st.lists(st.integers(0, 150), min_size=1, max_size=40))
def test_nobody_waits_longer_than_needed(requests: int, period: int, pauses: list[int]):
    """Each turn comes at once, or exactly when a place becomes free."""
    found = turns(RateLimit(requests, period), pauses)
    now = 1000
    for position, turn in enumerate(found):
        now += pauses[position]
        free = found[position - requests] + period if position >= requests else 0
        assert turn == max(now, free)


def test_a_server_holds_everybody():
    """After one refusal nobody passes until the wait is over, and a shorter word does not shorten it."""
    clock = Clock()
    pace = Pace(None, clock)

    pace.hold(30)
    pace.hold(10)
    assert (pace.take(), pace.take()) == (30, 30)
    clock.time += 20
    assert pace.take() == 10
    clock.time += 20
    assert pace.take() == 0


def test_after_a_hold_the_pace_still_counts():
    """Those who waited do not all go at once."""
    pace = Pace(RateLimit(1, 60), Clock())

    pace.hold(30)

    assert [pace.take() for _ in range(3)] == [30, 90, 150]


def test_without_a_limit_nobody_waits():
    """Most APIs announce theirs in headers."""
    assert [Pace(None, Clock()).take() for _ in range(3)] == [0, 0, 0]


def test_threads_share_one_pace():
    """Eight threads together take no more turns in a period than one would."""
    pace = Pace(RateLimit(10, 60), Clock())
    taken: list[float] = []
    threads = [threading.Thread(target=lambda: taken.extend(pace.take() for _ in range(5))) for _ in range(8)]

    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()

    assert sorted(taken) == [0] * 10 + [60] * 10 + [120] * 10 + [180] * 10


@pytest.mark.parametrize(("requests", "period"), [(0, 60), (-1, 60), (1, 0), (1, -1)])
def test_a_limit_that_lets_nobody_pass_is_refused(requests: int, period: float):
    """It is a mistake of the declaration, not a wait for ever."""
    with pytest.raises(ValueError, match=r"must be"):
        RateLimit(requests, period)
