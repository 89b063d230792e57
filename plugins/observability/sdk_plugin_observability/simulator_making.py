"""Write what all rows of this API have in common: ids and moments."""

from __future__ import annotations

from datetime import UTC, datetime
from random import Random
from uuid import UUID

_MILLION = 1_000_000


def some_uuid(random: Random) -> str:
    """Return an id of the next dice."""
    return str(UUID(int=random.getrandbits(128), version=4))


def micros(seconds: float) -> str:
    """Write a moment as `2025-01-31T09:30:00.250000+00:00`."""
    return _precise(seconds) + "+00:00"


def zulu_micros(seconds: float) -> str:
    """Write a moment as `2025-01-31T09:30:00.250000Z`."""
    return _precise(seconds) + "Z"


def _precise(seconds: float) -> str:
    whole = int(seconds)
    fraction = int((seconds - whole) * _MILLION)
    return f"{datetime.fromtimestamp(whole, UTC).isoformat()[:19]}.{fraction:06d}"


def uneven(seconds: float, index: int) -> float:
    """Return a moment a fraction of a second earlier, another one for each row."""
    return seconds - (index * 7_919 % 999_983 + 1) / _MILLION
