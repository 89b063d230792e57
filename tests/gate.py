"""Hold requests back until enough of them wait."""

from __future__ import annotations

import threading

from attrs import define, field


@define
class Gate:
    """Holds answers back until as many requests wait as were expected; counts how many wait at a time."""

    expected: int
    most: int = 0
    _waiting: int = 0
    _lock: threading.Lock = field(factory=threading.Lock)
    _enough: threading.Event = field(factory=threading.Event)

    def __call__(self) -> None:
        """Wait for the others."""
        with self._lock:
            self._waiting += 1
            self.most = max(self.most, self._waiting)
            if self._waiting >= self.expected:
                self._enough.set()
        self._enough.wait(10)
        with self._lock:
            self._waiting -= 1
