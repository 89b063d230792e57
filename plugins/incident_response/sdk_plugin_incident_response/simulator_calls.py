"""Read what only the incident-response API's calls say: days, moments and the mode of an incident."""

from __future__ import annotations

import re
from collections.abc import Callable
from datetime import UTC, datetime, timedelta

from attrs import field, frozen

from sdk.testing.simulator import Call, InvalidParameterError, Row, instant
from sdk_plugin_incident_response.simulator_making import MODES, SHOWN_MODES

_DAY = re.compile(r"\d{4}-\d{2}-\d{2}")
_TASK_MODES = (*MODES, "stream")


@frozen
class Dated:
    """Keep rows by a time: `[gte]`, `[lte]`, or both as `[date_range]=a~b`; both ends are included.

    A day as the last end is included to its midnight. With `whole_days` anything but a day is refused.
    """

    field: str
    whole_days: bool = True

    @property
    def params(self) -> tuple[str, ...]:
        """Return the parameters of all operators."""
        return tuple(f"{self.field}[{operator}]" for operator in ("gte", "lte", "date_range"))

    def test(self, call: Call) -> Callable[[Row], bool] | None:
        """Return the test for the ends sent."""
        first, last, both = (call.first(name) for name in self.params)
        if both is not None:
            if first is not None or last is not None:
                raise InvalidParameterError(self.params[2], "it cannot be combined with other operators")
            first, tilde, last = both.partition("~")
            if not tilde:
                raise InvalidParameterError(self.params[2], "it should be two dates with ~ between them")
        if first is None and last is None:
            return None
        earliest = self._moment(first).timestamp() if first is not None else float("-inf")
        latest = self._end(last) if last is not None else float("inf")
        return lambda row: earliest <= (instant(row.value(self.field)) or 0.0) <= latest

    def _moment(self, text: str) -> datetime:
        try:
            moment = datetime.fromisoformat(text)
        except ValueError:
            raise InvalidParameterError(self.field, "it is not a valid date") from None
        if self.whole_days and not _DAY.fullmatch(text):
            raise InvalidParameterError(self.field, "it should be a date such as 2024-12-02")
        return moment if moment.tzinfo else moment.replace(tzinfo=UTC)

    def _end(self, text: str) -> float:
        moment = self._moment(text)
        return (moment + timedelta(days=1, microseconds=-1) if _DAY.fullmatch(text) else moment).timestamp()


@frozen
class TaskMode:
    """Keep what belongs to incidents of one mode; without the parameter only two of the five modes are shown."""

    params: tuple[str, ...] = field(default=("incident_mode",), init=False)

    def test(self, call: Call) -> Callable[[Row], bool] | None:
        """Return the test for the mode asked; two at once are refused."""
        asked = call.every("incident_mode")
        if len(asked) > 1 or not set(asked) <= set(_TASK_MODES):
            raise InvalidParameterError("incident_mode", f"it should be one of {','.join(_TASK_MODES)}")
        wanted = asked or SHOWN_MODES
        return lambda row: row.value("incident_mode") in wanted


def every_task_mode(_seeding: object) -> list[dict[str, str]]:
    """Return the queries which together show the actions or follow-ups of all incidents."""
    return [{"incident_mode": mode} for mode in _TASK_MODES]
