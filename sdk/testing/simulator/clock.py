"""Tell the simulated vendor's time."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import Self

from attrs import define


@define
class Clock:
    """Tell a time that stands still, or that a function tells; either can be moved on by hand."""

    _read: Callable[[], datetime]
    _ahead: timedelta = timedelta()

    @classmethod
    def of(cls, now: datetime | Callable[[], datetime]) -> Self:
        """Return a clock that stands at a moment, or asks a function; a moment without zone is UTC."""
        return cls(now) if callable(now) else cls(lambda: now)

    def __call__(self) -> datetime:
        """Return the time."""
        moment = self._read() + self._ahead
        return moment if moment.tzinfo else moment.replace(tzinfo=UTC)

    def advance(self, by: timedelta) -> None:
        """Move the time on."""
        self._ahead += by
