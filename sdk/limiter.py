"""One limiter for each host and credential: it says who may send when.

Everything that a process reads with one credential passes here, whatever connector or thread it comes from. The
limiter keeps the declared limits and obeys what the server says is left. Where the server says nothing until it
refuses, the limiter finds the rate itself: everybody waits as long as the server asks, then requests go out one by one
at less than the rate that was reached, which rises slowly and is cut a little at each further refusal (additive
increase, multiplicative decrease, as RFC 5681 has it for congestion).
"""

from __future__ import annotations

import threading
from collections import deque
from collections.abc import Callable
from typing import Any, Final
from weakref import WeakValueDictionary

from attrs import define, field

from sdk.limits import RateLimit
from sdk.quotas import Quota

# After a refusal: this much of the rate that was reached, then of the rate that was refused.
_FIRST_CUT: Final = 0.92
_CUT: Final = 0.9
# How much the rate rises in a second: quickly to where it was last refused, and slowly from there on.
_RISE: Final = 0.1
_SLOW_RISE: Final = 0.002
_NEAR: Final = 0.95
# With fewer requests before the first refusal than these, the rate that was reached says nothing: somebody else used
# the quota up. Then the pace begins here, in requests a second, and doubles every second.
_TELLING: Final = 20
_GENTLE: Final = 10.0
_DOUBLING: Final = 1.0
# No API allows more, so the rate need not rise beyond; and a pause as long as this shows nothing of what it allows.
_FASTEST: Final = 1e6
_PAUSE: Final = 60.0
# Requests do not take equally long to arrive, so a period of the server's may hold one more than one of ours.
_MARGIN: Final = 0.05
_LONGEST_MARGIN: Final = 0.1


@define
class Limiter:
    """Say when the next request may go.

    Attributes:
        now: Returns the time, in seconds.
    """

    now: Callable[[], float]
    _turns: dict[RateLimit, deque[float]] = field(factory=dict, init=False)
    # Of each quota what is left and until when; and which quota a resource counts against.
    _quotas: dict[str, tuple[float, float]] = field(factory=dict, init=False)
    _quota_of: dict[str, str] = field(factory=dict, init=False)
    _held_until: float = field(default=0.0, init=False)
    _rate: float | None = field(default=None, init=False)
    _doubles: bool = field(default=False, init=False)
    _ceiling: float | None = field(default=None, init=False)
    _next: float = field(default=0.0, init=False)
    _raised: float = field(default=0.0, init=False)
    # When counting began, and how many were sent since.
    _since: float | None = field(default=None, init=False)
    _sent: int = field(default=0, init=False)
    _last: float = field(default=0.0, init=False)
    _under_way: int = field(default=0, init=False)
    _lock: threading.Lock = field(factory=threading.Lock, init=False, repr=False, eq=False)

    def take(self, resource: str, limits: tuple[RateLimit, ...] = (), *, paced: bool = True) -> float:
        """Take a turn for *resource*; return 0, or the seconds after which to ask again.

        Nothing is promised to whoever waits: a refusal in the meantime holds everybody. Each turn that was taken is
        given back with `answered`. Without *paced* only limits and waits are kept: one that sends nothing until it
        has an answer keeps a pace of its own.
        """
        with self._lock:
            now = self.now()
            wait = self._at(resource, limits, now, paced=paced) - now
            if wait > 0:
                return wait
            self._count(resource, limits, now)
            return 0.0

    def answered(self, resource: str, quota: Quota | None = None) -> None:
        """Give back a turn: the server answered, and may have said what is left."""
        with self._lock:
            self._under_way -= 1
            if quota is not None:
                self._quota_of[resource] = quota.name
                # What is under way was perhaps not counted yet.
                self._quotas[quota.name] = (quota.remaining - self._under_way, self.now() + quota.reset)

    def refused(self, wait: float, sent: float, limits: tuple[RateLimit, ...] = ()) -> None:
        """Hold everybody for *wait* seconds and slow down: the server refused what was sent at the time *sent*.

        *limits* are those that are declared for it.
        """
        with self._lock:
            now = self.now()
            if sent < self._held_until:
                # Sent before the last refusal was known: the same event.
                self._held_until = max(self._held_until, now + wait)
                return
            self._slow_down(now - (now if self._since is None else self._since) + wait, limits)
            self._held_until = max(self._held_until, now + wait)
            self._next = self._raised = self._since = self._held_until
            self._sent = 0

    def _slow_down(self, span: float, limits: tuple[RateLimit, ...]) -> None:
        """Find a rate after a refusal; *span* are the seconds since counting began, with the wait to come."""
        reached = self._sent / span if span > 0 else 0.0
        if self._rate is None and self._sent < _TELLING:
            self._rate, self._doubles = _GENTLE, True
        elif self._rate is None:
            self._rate = _FIRST_CUT * reached
        else:
            # Where it doubled it went far beyond. Where nobody kept the pace, half of what was reached is left: each
            # refusal would otherwise take its part of a rate at which nothing is sent, until it is none.
            self._ceiling = reached if self._doubles else max(self._rate, reached / 2)
            self._rate, self._doubles = _CUT * self._ceiling, False
        # What is declared is known to be allowed, or nearly.
        declared = min((_size(one) / one.period for one in limits), default=0.0)
        self._rate = max(self._rate, _CUT * declared)

    def _rise(self, now: float) -> None:
        assert self._rate is not None
        near = self._ceiling is not None and self._rate >= _NEAR * self._ceiling
        each_second = _DOUBLING if self._doubles else _SLOW_RISE if near else _RISE
        self._rate = min(self._rate * (1 + each_second) ** max(now - self._raised, 0.0), _FASTEST)
        self._raised = now

    def _at(self, resource: str, limits: tuple[RateLimit, ...], now: float, *, paced: bool) -> float:
        """Return when the next request for *resource* may go."""
        at = max(self._held_until, self._next if paced and self._rate is not None else 0.0)
        for limit in limits:
            turns = self._turns.setdefault(limit, deque())
            if len(turns) >= _size(limit):
                at = max(at, turns[0] + limit.period + min(_MARGIN * limit.period, _LONGEST_MARGIN))
        left, full_at = self._quotas.get(self._quota_of.get(resource, ""), (1.0, 0.0))
        return max(at, full_at) if left < 1 and full_at > now else at

    def _count(self, resource: str, limits: tuple[RateLimit, ...], now: float) -> None:
        self._since = now if self._since is None else self._since
        pause = now - max(self._last, self._held_until, self._next, self._since)
        if pause > _PAUSE:
            self._since += pause
            self._raised += pause
        self._last = now
        self._sent += 1
        self._under_way += 1
        for limit in limits:
            turns = self._turns[limit]
            turns.append(now)
            while len(turns) > _size(limit):
                turns.popleft()
        name = self._quota_of.get(resource, "")
        left, full_at = self._quotas.pop(name, (0.0, 0.0))
        if full_at > now:
            self._quotas[name] = (left - 1, full_at)
        if self._rate is not None:
            self._rise(now)
            self._next = max(self._next, now) + 1 / self._rate


def _size(limit: RateLimit) -> int:
    assert isinstance(limit.requests, int), "a setting that was not filled in"
    return limit.requests


_limiters: WeakValueDictionary[Any, Limiter] = WeakValueDictionary()
_lock: Final = threading.Lock()


def limiter_of(key: Any, make: Callable[[], Limiter]) -> Limiter:
    """Return the limiter of *key*, a host and a credential: the same for all who read with these at a time."""
    with _lock:
        found = _limiters.get(key)
        if found is None:
            found = _limiters[key] = make()
        return found
