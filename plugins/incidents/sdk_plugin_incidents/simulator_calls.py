"""Read what only the incident API's calls say: spans of creation times, name matches, the zone to write times in."""

from __future__ import annotations

from calendar import monthrange
from collections.abc import Callable
from datetime import UTC, datetime, tzinfo
from typing import Any, Final
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from attrs import field, frozen

from sdk.testing.simulator import Call, InvalidParameterError, Record, Row, instant

ACCOUNT_ZONE: Final = ZoneInfo("America/New_York")
_LONGEST_MONTHS = 6


def in_utc(seconds: float) -> str:
    """Write a moment as `2025-01-31T14:30:00Z`, with six digits after the point if it has a fraction."""
    return _written(datetime.fromtimestamp(seconds, UTC))


def in_account_zone(seconds: float) -> str:
    """Write a moment as `2025-01-31T09:30:00-05:00`."""
    return _written(datetime.fromtimestamp(seconds, ACCOUNT_ZONE))


def _written(moment: datetime) -> str:
    text = moment.isoformat()
    return text.replace("+00:00", "Z") if moment.tzinfo is not ACCOUNT_ZONE else text


def _moment(call: Call, name: str) -> datetime | None:
    """Return a time parameter; without an offset it is read in the account's zone."""
    text = call.first(name)
    if text is None:
        return None
    try:
        moment = datetime.fromisoformat(text)
    except ValueError:
        raise InvalidParameterError(name, "it is not a valid ISO 8601 time") from None
    return moment if moment.tzinfo else moment.replace(tzinfo=ACCOUNT_ZONE)


def _later(moment: datetime, months: int) -> datetime:
    """Return the moment some calendar months later, or earlier; the 31st becomes the month's last day."""
    year, month = divmod(moment.year * 12 + moment.month - 1 + months, 12)
    return moment.replace(year=year, month=month + 1, day=min(moment.day, monthrange(year, month + 1)[1]))


def _between(since: datetime | None, until: datetime | None) -> Callable[[Row], bool]:
    earliest = since.timestamp() if since else float("-inf")
    end = until.timestamp() if until else float("inf")
    return lambda row: earliest <= (instant(row.value("created_at")) or 0.0) < end


def _ends(call: Call) -> tuple[datetime | None, datetime | None]:
    since, until = _moment(call, "since"), _moment(call, "until")
    if since and until and until < since:
        raise InvalidParameterError("until", "it is before since")
    return since, until


@frozen
class CreatedSpan:
    """Keep what was created at or after `since` and before `until`; an end that was not sent is open."""

    params: tuple[str, ...] = field(default=("since", "until"), init=False)

    def test(self, call: Call) -> Callable[[Row], bool] | None:
        """Return the test for the ends sent."""
        since, until = _ends(call)
        return _between(since, until) if since or until else None


@frozen
class CreatedMonths:
    """Keep what was created in a span that is one month long unless both ends were sent.

    With one end it is the month from that end, without any the last month. A span of more than six months is empty,
    which no status tells. `date_range=all` switches all of this off.
    """

    params: tuple[str, ...] = field(default=("since", "until", "date_range"), init=False)

    def test(self, call: Call) -> Callable[[Row], bool] | None:
        """Return the test for the span, its missing end filled in."""
        if call.first("date_range") not in (None, "all"):
            raise InvalidParameterError("date_range", "it should be all")
        if call.first("date_range"):
            return None
        since, until = _ends(call)
        if since is None:
            since = _later(until or call.now, -1)
            return _between(since, until)
        until = until or _later(since, 1)
        if until > _later(since, _LONGEST_MONTHS):
            return lambda _row: False
        return _between(since, until)


@frozen
class Named:
    """Keep what has the text of `query` in its name, whatever the case."""

    params: tuple[str, ...] = field(default=("query",), init=False)

    def test(self, call: Call) -> Callable[[Row], bool] | None:
        """Return the test for the text sent."""
        text = call.first("query")
        return (lambda row: text.lower() in row.value("name").lower()) if text else None


@frozen
class Zoned:
    """Write the times of a record in the zone that `time_zone` names; without it they stay as they are."""

    params: tuple[str, ...] = field(default=("time_zone",), init=False)

    def show(self, call: Call) -> Callable[[Record], Record] | None:
        """Return the function that writes the times anew."""
        name = call.first("time_zone")
        if name is None:
            return None
        try:
            zone: tzinfo = UTC if name in {"UTC", "Etc/UTC"} else ZoneInfo(name)
        except (ZoneInfoNotFoundError, ValueError):
            raise InvalidParameterError("time_zone", "it is not a time zone") from None
        return lambda record: {key: _in_zone(key, value, zone) for key, value in record.items()}


def _in_zone(name: str, value: Any, zone: tzinfo) -> Any:
    if isinstance(value, dict):
        return {key: _in_zone(key, inner, zone) for key, inner in value.items()}
    if isinstance(value, list):
        return [_in_zone(name, inner, zone) for inner in value]
    if isinstance(value, str) and (name in {"at", "last_incident_timestamp"} or name.endswith("_at")):
        return _written(datetime.fromisoformat(value).astimezone(zone))
    return value
