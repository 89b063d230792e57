"""The limiter: declared limits, what the server says is left, and the rate that it allows without saying so."""

from __future__ import annotations

import math
import threading
from collections import deque
from collections.abc import Iterable

import pytest
from attrs import define, field
from hypothesis import given
from hypothesis import strategies as st

from sdk.limiter import Limiter, limiter_of
from sdk.limits import RateLimit
from sdk.quotas import Quota


@define
class Clock:
    """Time that passes when it is told to."""

    time: float = 1000.0

    def __call__(self) -> float:
        """Return the time."""
        return self.time


def take(limiter: Limiter, clock: Clock, *limits: RateLimit, resource: str = "things", paced: bool = True) -> float:
    """Wait for a turn; return when it came."""
    while wait := limiter.take(resource, limits, paced=paced):
        clock.time += wait
    limiter.answered(resource)
    return clock.time


def turns(limit: RateLimit, pauses: Iterable[int]) -> list[float]:
    """Return when each request may go, with a pause before each."""
    clock = Clock()
    limiter = Limiter(clock)
    found = []
    for pause in pauses:
        clock.time += pause
        found.append(take(limiter, clock, limit))
    return found


def test_turns_are_free_until_the_period_is_full():
    """Two at once, the third when the first is a minute old, and a moment more for what arrives late."""
    clock = Clock()
    limiter = Limiter(clock)

    found = [take(limiter, clock, RateLimit(2, 60)) for _ in range(5)]

    assert found == pytest.approx([1000, 1000, 1060.1, 1060.1, 1120.2])


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
    ready = 1000.0
    for position, turn in enumerate(found):
        ready = (found[position - 1] if position else 1000.0) + pauses[position]
        free = found[position - requests] + period + min(0.05 * period, 0.1) if position >= requests else 0
        assert turn == pytest.approx(max(ready, free))


def test_limits_of_one_kind_of_endpoint_count_beside_the_whole():
    """Each resource by the limits that it declares; equal ones are one, unless their names differ."""
    clock = Clock()
    limiter = Limiter(clock)
    whole, search, export = RateLimit(3, 60), RateLimit(1, 60, name="search"), RateLimit(1, 60, name="export")

    assert take(limiter, clock, whole, search) == 1000
    assert take(limiter, clock, whole, export) == 1000
    assert take(limiter, clock, whole) == 1000
    assert take(limiter, clock, whole, search) == pytest.approx(1060.1)


def test_what_the_server_says_is_left_is_kept():
    """The last of a quota is used, and the next waits until it is full again."""
    clock = Clock()
    limiter = Limiter(clock)
    limiter.take("things")
    limiter.answered("things", Quota("", remaining=2, reset=30))

    assert [take(limiter, clock) for _ in range(3)] == [1000, 1000, 1030]


def test_what_is_under_way_is_taken_off():
    """The server may not have counted it when it said what is left."""
    clock = Clock()
    limiter = Limiter(clock)
    for _ in range(3):
        limiter.take("things")
    limiter.answered("things", Quota("", remaining=3, reset=30))

    assert [limiter.take("things") for _ in range(2)] == [0, 30]


def test_quotas_of_several_names_are_kept_apart():
    """Each resource waits for its own."""
    clock = Clock()
    limiter = Limiter(clock)
    for resource, left in (("logs", 0), ("users", 50)):
        limiter.take(resource)
        limiter.answered(resource, Quota(resource, remaining=left, reset=30))

    assert limiter.take("users") == 0
    assert limiter.take("logs") == 30


def test_a_refusal_holds_everybody():
    """Until the wait is over; a shorter word does not shorten it."""
    clock = Clock()
    limiter = Limiter(clock)
    take(limiter, clock)
    limiter.refused(20, sent=clock.time)
    limiter.refused(5, sent=clock.time)

    assert take(limiter, clock) == 1020


def test_nobody_knocks_together_after_a_pause():
    """Twenty threads that waited go one after the other."""
    clock = Clock()
    limiter = Limiter(clock)
    take(limiter, clock)
    limiter.refused(20, sent=clock.time)

    found = [take(limiter, clock) for _ in range(20)]

    assert found[0] == 1020
    assert len(set(found)) == 20


def test_one_that_sends_one_by_one_has_no_pace_put_on_it():
    """It knocks once at a time anyway."""
    clock = Clock()
    limiter = Limiter(clock)
    take(limiter, clock)
    limiter.refused(20, sent=clock.time)

    assert [take(limiter, clock, paced=False) for _ in range(3)] == [1020, 1020, 1020]


def test_refusals_of_one_that_sends_one_by_one_leave_a_pace():
    """However many there were: what it sent between them is a pace that others may have."""
    clock = Clock()
    limiter = Limiter(clock)
    for _ in range(1000):
        limiter.refused(2.0, take(limiter, clock, paced=False))
    take(limiter, clock)
    before = clock.time

    assert take(limiter, clock) - before <= 5


def test_a_pause_says_nothing_of_what_is_allowed():
    """Neither does the pace rise in it, however long it is, nor does it count as time in which little was sent."""
    clock = Clock()
    limiter = Limiter(clock)
    limiter.refused(1.0, take(limiter, clock))
    take(limiter, clock)
    clock.time += 36_000
    for _ in range(5):
        clock.time += 0.1
        sent = take(limiter, clock)
    limiter.refused(1.0, sent)
    before = clock.time

    assert take(limiter, clock) - before == pytest.approx(1)
    assert take(limiter, clock) - before <= 3


@define
class Server:
    """Allows so many requests in any second, and names the wait to whoever comes too early."""

    clock: Clock
    rate: int
    latency: float = 0.005
    whole_seconds: bool = False
    passed: deque[float] = field(factory=deque)
    refused: int = 0

    def answer(self) -> float | None:
        """Return `None`, or after how many seconds to come back."""
        now = self.clock.time
        while self.passed and now - self.passed[0] >= 1:
            self.passed.popleft()
        if len(self.passed) < self.rate:
            self.passed.append(now)
            return None
        self.refused += 1
        wait = self.passed[0] + 1 - now
        return math.ceil(wait) if self.whole_seconds else wait


@pytest.mark.parametrize("whole_seconds", [False, True])
@pytest.mark.parametrize("rate", [5, 50, 400])
def test_the_rate_is_found(rate: int, *, whole_seconds: bool):
    """Of a server that says nothing before it refuses: most of what it allows, and few refusals."""
    clock = Clock()
    limiter, server = Limiter(clock), Server(clock, rate, whole_seconds=whole_seconds)
    answered = 0
    while answered < max(1000, 20 * rate):
        while wait := limiter.take("things"):
            clock.time += wait
        sent = clock.time
        wait = server.answer()
        limiter.answered("things")
        if wait is None:
            answered += 1
        else:
            limiter.refused(wait, sent)
        # As many in flight as the server's latency allows.
        clock.time += server.latency / 8

    assert answered / (clock.time - 1000) > 0.85 * rate
    assert server.refused / (answered + server.refused) < 0.03


def test_one_limiter_for_a_host_and_a_credential():
    """Whoever reads with these shares it while it is in use."""
    first = limiter_of(("host", "key"), lambda: Limiter(Clock()))

    assert limiter_of(("host", "key"), lambda: Limiter(Clock())) is first
    assert limiter_of(("host", "other"), lambda: Limiter(Clock())) is not first


def test_turns_are_handed_out_one_by_one_to_threads():
    """No two threads take the same place."""
    limiter = Limiter(Clock())
    limit = RateLimit(50, 60)
    got: list[float] = []

    def ask() -> None:
        got.extend(limiter.take("things", (limit,)) for _ in range(25))

    threads = [threading.Thread(target=ask) for _ in range(4)]
    for one in threads:
        one.start()
    for one in threads:
        one.join(30)

    assert sorted(got) == pytest.approx([0.0] * 50 + [60.1] * 50)
