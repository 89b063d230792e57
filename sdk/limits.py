"""Keep a declared pace, for APIs that refuse without having said anything before."""

from __future__ import annotations

import threading
from collections import deque
from collections.abc import Callable

from attrs import Attribute, define, field, frozen, validators

from sdk.placeholders import Setting


def _at_least_one(_: object, attribute: Attribute[int | Setting], value: int | Setting) -> None:
    if isinstance(value, int) and value < 1:
        raise ValueError(f"{attribute.name} must be at least 1, not {value}")


@frozen
class RateLimit:
    """Declare how many requests the API takes in how many seconds."""

    requests: int | Setting = field(validator=_at_least_one)
    period: float = field(default=60.0, validator=validators.gt(0))


@define
class Pace:
    """Hand out turns so that no period of a `RateLimit` holds more requests than it allows.

    One pace is shared by all threads that read with the same credential.
    """

    limit: RateLimit | None
    now: Callable[[], float]
    _turns: deque[float] = field(factory=deque, init=False)
    _held_until: float = field(default=0.0, init=False)
    _lock: threading.Lock = field(factory=threading.Lock, init=False)

    def take(self) -> float:
        """Take the next turn; return how many seconds to wait before using it."""
        with self._lock:
            now = self.now()
            turn = max(now, self._held_until)
            if self.limit is not None:
                assert isinstance(self.limit.requests, int), "a setting that was not filled in"
                if len(self._turns) >= self.limit.requests:
                    turn = max(turn, self._turns[0] + self.limit.period)
                self._turns.append(turn)
                while len(self._turns) > self.limit.requests:
                    self._turns.popleft()
            return turn - now

    def hold(self, seconds: float) -> None:
        """Let nobody pass for *seconds*: the server said so to one of us."""
        with self._lock:
            self._held_until = max(self._held_until, self.now() + seconds)
