"""Read and write the ways in which vendors write a moment."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta, timezone
from typing import Any

_LONGEST_SECONDS = 100_000_000_000
"""Numbers above this (the year 5138) are read as milliseconds."""


def instant(value: Any) -> float | None:
    """Return the epoch seconds of a moment in any of the vendors' formats; `None` when it is not one.

    A text without an offset is read as UTC; numbers are epoch seconds or milliseconds, told apart by size.
    """
    if isinstance(value, bool) or value is None:
        return None
    if isinstance(value, int | float):
        return value / 1000 if value > _LONGEST_SECONDS else float(value)
    try:
        moment = datetime.fromisoformat(value)
    except (TypeError, ValueError):
        return None
    return (moment if moment.tzinfo else moment.replace(tzinfo=UTC)).timestamp()


def zulu(seconds: float) -> str:
    """Write a moment as `2025-01-31T09:30:00Z`."""
    return datetime.fromtimestamp(int(seconds), UTC).isoformat()[:19] + "Z"


def zulu_millis(seconds: float) -> str:
    """Write a moment as `2025-01-31T09:30:00.250Z`."""
    whole = int(seconds)
    return f"{datetime.fromtimestamp(whole, UTC).isoformat()[:19]}.{int((seconds - whole) * 1000):03d}Z"


def with_offset(seconds: float, minutes: int) -> str:
    """Write a moment in a fixed zone: 330 minutes gives `2025-01-31T15:00:00+05:30`."""
    return datetime.fromtimestamp(int(seconds), timezone(timedelta(minutes=minutes))).isoformat()
