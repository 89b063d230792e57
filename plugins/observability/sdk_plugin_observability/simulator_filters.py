"""Say which rows the event searches and the list of metrics show."""

from __future__ import annotations

import re
from collections.abc import Callable
from datetime import timedelta

from attrs import evolve, field, frozen

from sdk.testing.simulator import Call, InvalidParameterError, Row, Window
from sdk.testing.simulator.cuts import number_of

RowTest = Callable[[Row], bool]

_RELATIVE = re.compile(r"now(?:-(\d+)([smhd]))?")
_UNITS = {"s": 1, "m": 60, "h": 3600, "d": 86_400}
_LONGEST_METRIC_WINDOW = 2_592_000


@frozen
class EventWindow:
    """Keep the events of a window: the last 15 minutes unless both ends are sent, and never beyond the retention.

    One end alone makes a window of 15 minutes from there. An end is a timestamp, epoch milliseconds, or counts back
    from now (`now-15m`).
    """

    retention: timedelta
    window: Window = field(init=False)
    params: tuple[str, ...] = field(default=("filter[from]", "filter[to]"), init=False)

    def __attrs_post_init__(self) -> None:
        window = Window(
            "filter[from]",
            "filter[to]",
            field="attributes.timestamp",
            span=timedelta(minutes=15),
            reach=self.retention,
        )
        object.__setattr__(self, "window", window)

    def test(self, call: Call) -> RowTest | None:
        """Return the test for the window."""
        query = tuple((name, _absolute(call, value) if name in self.params else value) for name, value in call.query)
        return self.window.test(evolve(call, query=query))


def _absolute(call: Call, text: str) -> str:
    match = _RELATIVE.fullmatch(text)
    if not match:
        return text
    back = int(match[1] or 0) * _UNITS[match[2] or "s"]
    return str(int((call.now.timestamp() - back) * 1000))


@frozen
class EventQuery:
    """Keep the events that hold every word of a query; `service:web` looks at one attribute, `*` keeps all."""

    params: tuple[str, ...] = field(default=("filter[query]",), init=False)

    def test(self, call: Call) -> RowTest | None:
        """Return the test that the words make."""
        words = [word for word in (call.first("filter[query]") or "*").split() if word != "*"]
        return (lambda row: all(_holds(row, word) for word in words)) if words else None


def _holds(row: Row, word: str) -> bool:
    name, colon, value = word.partition(":")
    if colon:
        return str(row.value(f"attributes.{name}")) == value
    return word.lower() in str(row.value("attributes.message")).lower()


@frozen
class Indexes:
    """Keep the events of the indexes named, separated by commas; without names, or with `*`, those of all."""

    params: tuple[str, ...] = field(default=("filter[indexes]",), init=False)

    def test(self, call: Call) -> RowTest | None:
        """Return the test for the indexes named."""
        names = {name for value in call.every("filter[indexes]") for name in value.split(",")}
        return (lambda row: row.value("index") in names) if names and "*" not in names else None


@frozen
class ReportedWithin:
    """Keep the metrics that reported in the last seconds: an hour unless asked otherwise, 30 days at most."""

    param: str = "window[seconds]"

    @property
    def params(self) -> tuple[str, ...]:
        """Return the one parameter."""
        return (self.param,)

    def test(self, call: Call) -> RowTest | None:
        """Return the test for the time asked."""
        seconds = number_of(call, self.param, 3600, least=1)
        if seconds > _LONGEST_METRIC_WINDOW:
            raise InvalidParameterError(self.param, f"it should be at most {_LONGEST_METRIC_WINDOW}")
        earliest = call.now.timestamp() - seconds
        return lambda row: bool(row.value("reported") >= earliest)
