"""Count requests against quotas and refuse what is too much."""

from __future__ import annotations

import math
import threading
import time
from collections.abc import Callable, Mapping

from attrs import define, evolve, field, frozen

from sdk.testing.simulator.messages import Call, Reply


@frozen
class Quota:
    """Allow so many requests in a period of seconds, counted from the first request of each period.

    The periods of an `aligned` quota follow one another like the minutes of a clock, whenever the first request comes.
    """

    requests: int
    period: float = 60.0
    aligned: bool = False

    def end(self, now: float) -> float:
        """Return when the period ends that a request opens now."""
        return (now // self.period + 1) * self.period if self.aligned else now + self.period


@frozen
class Usage:
    """Say where a caller stands with the quota that binds it most closely.

    `wait` is the time in seconds until that quota's period ends; `cost` is what this request used; `period` is how
    long the whole period is.
    """

    name: str
    total: int
    remaining: int
    cost: int
    wait: float
    refused: bool = False
    period: float = 60.0

    @property
    def whole_wait(self) -> int:
        """Return the wait in whole seconds, rounded up so that who waits so long has waited enough."""
        return math.ceil(self.wait)


def _plain_refusal(usage: Usage) -> Reply:
    return Reply(429, {"message": "too many requests"}, {"Retry-After": str(usage.whole_wait)})


@frozen
class RateLimit:
    """Describe a vendor's limits: one quota for the account, others for classes of endpoints.

    A request counts against both, also when it is answered with an error. `headers` writes what goes on every
    answer, `reply` the 429. `cost` is what a call uses up, one unless the vendor says otherwise.
    """

    account: Quota | None = None
    classes: Mapping[str, Quota] = field(factory=dict)
    headers: Callable[[Usage], Mapping[str, str]] = lambda _usage: {}
    reply: Callable[[Usage], Reply] = _plain_refusal
    cost: Callable[[Call], int] = lambda _call: 1

    def scaled(self, *, requests: int | None = None, period: float | None = None) -> RateLimit:
        """Return the same limits with other numbers in every quota, for tests that want a 429 soon."""

        def change(quota: Quota) -> Quota:
            return evolve(
                quota,
                requests=quota.requests if requests is None else requests,
                period=quota.period if period is None else period,
            )

        classes = {name: change(quota) for name, quota in self.classes.items()}
        return evolve(self, account=change(self.account) if self.account else None, classes=classes)


@define
class _Period:
    ends: float
    used: int = 0


@define
class Limiter:
    """Keep the count of a running server; safe to call from many threads."""

    limit: RateLimit
    timer: Callable[[], float] = time.monotonic
    _periods: dict[str, _Period] = field(factory=dict)
    _lock: threading.Lock = field(factory=threading.Lock)

    def spend(self, limit_class: str | None, call: Call) -> Usage | None:
        """Count a call and return where it leaves the caller; a refused call uses nothing up."""
        quotas = self._quotas(limit_class)
        if not quotas:
            return None
        with self._lock:
            now, cost = self.timer(), self.limit.cost(call)
            for name, quota in quotas.items():
                self._refresh(name, quota, now)
            exceeded = [n for n, quota in quotas.items() if self._periods[n].used + cost > quota.requests]
            if not exceeded:
                for name in quotas:
                    self._periods[name].used += cost
            shown = exceeded[0] if exceeded else min(quotas, key=lambda n: quotas[n].requests)
            usage = self._usage(shown, quotas[shown], now, cost)
            return evolve(usage, cost=0, refused=True) if exceeded else usage

    def _quotas(self, limit_class: str | None) -> dict[str, Quota]:
        quotas = {"account": self.limit.account} if self.limit.account else {}
        if limit_class is not None and limit_class in self.limit.classes:
            quotas[limit_class] = self.limit.classes[limit_class]
        return quotas

    def _refresh(self, name: str, quota: Quota, now: float) -> None:
        period = self._periods.get(name)
        if period is None or now >= period.ends:
            self._periods[name] = _Period(quota.end(now))

    def _usage(self, name: str, quota: Quota, now: float, cost: int) -> Usage:
        period = self._periods[name]
        left = max(0, quota.requests - period.used)
        return Usage(name, quota.requests, left, cost, period.ends - now, period=quota.period)
