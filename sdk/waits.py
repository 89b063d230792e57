"""How servers say how long to wait: seconds, dates, points in time, in the dialects of their headers."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Any, Final

from sdk.instants import parse_instant

RESET_HEADERS: Final = ("ratelimit-reset", "x-ratelimit-reset", "x-rate-limit-reset")
REMAINING_HEADERS: Final = ("ratelimit-remaining", "x-ratelimit-remaining", "x-rate-limit-remaining")

# Smaller numbers in a reset header are seconds to wait, larger ones a point in time (in seconds, then milliseconds).
_EPOCH_SECONDS: Final = 1_000_000_000
_EPOCH_MILLISECONDS: Final = 1_000_000_000_000


def header(headers: Mapping[str, str], names: tuple[str, ...]) -> str:
    """Return the first of the headers called *names* that there is, or an empty text."""
    return next((headers[name].strip() for name in names if name in headers), "")


def seconds_of(value: Any, now: datetime) -> float | None:
    """Return a `Retry-After`: seconds (a fraction too), or a date (RFC 9110 10.2.3)."""
    number = number_of(value)
    if number is not None:
        return number if number > 0 else None
    instant = parse_instant(value)
    if instant is None:
        return None
    return max((instant - now).total_seconds(), 0.0)


def reset_of(value: str, now: datetime) -> float | None:
    """Return the wait in a reset header: seconds left in some dialects, a point in time in others."""
    number = number_of(value)
    if number is None or number < 0:
        return None
    if number >= _EPOCH_MILLISECONDS:
        number /= 1000
    if number >= _EPOCH_SECONDS:
        return max(number - now.timestamp(), 0.0)
    return number


def number_of(value: Any) -> float | None:
    """Return *value* as a number, if it is one or the text of one."""
    if isinstance(value, bool) or not isinstance(value, int | float | str):
        return None
    try:
        number = float(value)
    except ValueError:
        return None
    return number if number == number and abs(number) != float("inf") else None  # noqa: PLR0124 - false for NaN only
