"""The threads that the resources of a dictionary share."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from contextlib import contextmanager

from attrs import define, field

from sdk.scheduler import Scheduler


@define(eq=False)
class Pool:
    """The threads that the resources of a source share, while at least one of them is read.

    Attributes:
        in_flight: How many requests may be under way at a time.
        slow: An answer took so long that reading ahead is worth it.
    """

    in_flight: int
    _scheduler: Scheduler | None = field(default=None, init=False)
    slow: bool = field(default=False, init=False)
    _users: int = field(default=0, init=False)
    _lock: threading.Lock = field(factory=threading.Lock, init=False)

    @property
    def scheduler(self) -> Scheduler:
        """What sends the requests; ask for it while somebody takes part."""
        assert self._scheduler is not None
        return self._scheduler

    @contextmanager
    def joined(self) -> Iterator[Scheduler]:
        """Yield the scheduler; the last one who leaves ends its threads."""
        with self._lock:
            scheduler = self._scheduler = self._scheduler or Scheduler(self.in_flight)
            self._users += 1
        try:
            yield scheduler
        finally:
            with self._lock:
                self._users -= 1
                if not self._users:
                    scheduler.stop()
                    self._scheduler = None
