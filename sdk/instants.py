"""Points in time: read them in any vendor's format, write them in the one that a parameter wants.

Everything in between is an aware `datetime` in UTC. Timestamps are never compared as text: `…T08:00:00+02:00`
is earlier than `…T07:00:00Z`.
"""

from __future__ import annotations

import re
from datetime import UTC, date, datetime, timedelta
from email.utils import parsedate_to_datetime
from typing import Any, Literal, TypeAlias, get_args

InstantFormat: TypeAlias = Literal["iso", "iso_ms", "iso_us", "date", "epoch_s", "epoch_ms"]
INSTANT_FORMATS: tuple[str, ...] = get_args(InstantFormat)

EPOCH = datetime(1970, 1, 1, tzinfo=UTC)

# `fromisoformat` alone would take "20240101" and "2024-W01", which are more likely numbers and labels.
_ISO = re.compile(
    r"\d{4}-\d\d-\d\d(?:[T ]\d\d:\d\d(?::\d\d(?:[.,]\d+)?)?\s*(?:Z|UTC|[+-]\d\d(?::?\d\d)?)?)?", re.IGNORECASE
)
# With no zone but these: the standard library takes one that it does not know (CEST) for UTC, hours off.
_HTTP_DATE = re.compile(r"[A-Z][a-z]{2}, \d{1,2} [A-Z][a-z]{2} \d{4} \d\d:\d\d:\d\d(?: (?:GMT|UTC?|[+-]\d{4}))?")


def parse_instant(value: Any, unit: Literal["s", "ms"] | None = None) -> datetime | None:
    """Return the instant that *value* states, or `None` when it states none.

    Takes ISO 8601 dates and timestamps (any offset, any number of fraction digits, a missing zone is UTC), HTTP
    dates, `datetime` and `date` objects, and with *unit* numbers since the epoch (also as text).
    """
    if isinstance(value, date) and not isinstance(value, datetime):
        return datetime(value.year, value.month, value.day, tzinfo=UTC)
    try:
        if isinstance(value, datetime):
            return _in_utc(value)
        if unit is not None and not isinstance(value, bool):
            return _from_epoch(value, unit)
        return _from_text(value) if isinstance(value, str) else None
    except (ValueError, OverflowError):
        return None


def format_instant(instant: datetime, style: InstantFormat) -> str:
    """Return *instant* as the text that a request parameter wants; what the style cannot hold is cut off."""
    instant = _in_utc(instant)
    # Not `strftime`, which writes the year 1 as "1": APIs that mean "never" by it exist.
    plain = instant.replace(tzinfo=None)
    match style:
        case "iso":
            return plain.isoformat(timespec="seconds") + "Z"
        case "iso_ms":
            return plain.isoformat(timespec="milliseconds") + "Z"
        case "iso_us":
            return plain.isoformat(timespec="microseconds") + "Z"
        case "date":
            return plain.date().isoformat()
        case "epoch_s":
            return str((instant - EPOCH) // timedelta(seconds=1))
        case "epoch_ms":
            return str((instant - EPOCH) // timedelta(milliseconds=1))


def _from_epoch(value: Any, unit: Literal["s", "ms"]) -> datetime | None:
    if isinstance(value, str):
        if not re.fullmatch(r"-?\d+(\.\d+)?", value):
            return _from_text(value)
        value = float(value) if "." in value else int(value)
    if not isinstance(value, int | float):
        return None
    return EPOCH + (timedelta(seconds=value) if unit == "s" else timedelta(milliseconds=value))


def _from_text(value: str) -> datetime | None:
    text = value.strip()
    if _ISO.fullmatch(text):
        text = re.sub(r"\s*UTC$", "+00:00", text.replace(",", "."), flags=re.IGNORECASE)
        text = re.sub(r"\s+(?=[+-]|Z$)", "", text, flags=re.IGNORECASE)
        return _in_utc(datetime.fromisoformat(text.upper()))
    if _HTTP_DATE.fullmatch(text):
        # Some servers write UTC where the standard (RFC 9110, 5.6.7) says GMT.
        return _in_utc(parsedate_to_datetime(text.replace("UTC", "GMT")))
    return None


def _in_utc(instant: datetime) -> datetime:
    return instant.replace(tzinfo=UTC) if instant.utcoffset() is None else instant.astimezone(UTC)
