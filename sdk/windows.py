"""Stretches of time or numbers that a resource is read in, and the cursor that says where the next run begins.

A window is how an interval is *asked for* (parameters, format, widest step); `Incremental` is where the next
interval *begins* (the largest cursor seen, less an overlap). A resource may have the first alone: many APIs list
only the last month unless told otherwise.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from datetime import datetime, timedelta
from decimal import Decimal
from typing import Any, Literal, Protocol, TypeAlias, get_args, runtime_checkable

from attrs import field, frozen

from sdk.caps import Cap
from sdk.checks import one_of
from sdk.instants import EPOCH, INSTANT_FORMATS, InstantFormat, format_instant, parse_instant
from sdk.jsonpath import MISSING, find
from sdk.kinds import checked
from sdk.messages import Interval, Record, Request
from sdk.paths import Template

CursorKind: TypeAlias = Literal["timestamp", "epoch_s", "epoch_ms", "number"]


@runtime_checkable
class Window(Protocol):
    """How an interval is asked for."""

    @property
    def cap(self) -> Cap | None:
        """How the API says that an interval holds too much."""

    def start(self, since: Any) -> Any:
        """Return where to begin: *since*, or the window's own beginning when it is `None`."""

    def intervals(self, start: Any, end: Any) -> Iterator[Interval]:
        """Yield the intervals between *start* and *end*, oldest first, none wider than the API allows."""

    def narrow(self, request: Request, interval: Interval) -> Request:
        """Return *request* for *interval* alone."""

    def split(self, interval: Interval, earliest: Any) -> list[Interval]:
        """Return narrower intervals that make up *interval*, or none when it cannot be cut further.

        *earliest* is the smallest cursor seen in it, where an open beginning is cut off.
        """


def _beginning(value: Any) -> datetime | Template:
    if isinstance(value, Template) or (isinstance(value, str) and "{" in value):
        return value if isinstance(value, Template) else Template(value)
    found = parse_instant(value)
    if found is None:
        raise ValueError(f"{value!r} is no date or timestamp")
    return found


@frozen(kw_only=True, field_transformer=checked)
class TimeWindow:
    """Ask for a stretch of time.

    Both ends are fixed when the run starts, so rows that change while pages are read do not move the list.

    Attributes:
        start_param: Query parameter of the beginning; always sent, which defeats a vendor's default window.
        end_param: Query parameter of the end, when the API has one.
        style: How instants are written.
        step: The widest interval that the API answers in full; longer stretches are read in several.
        initial_value: Where "everything" begins when neither a cursor nor `start_date` says it. A place
            `{resource.field}` takes it from that resource's record, which makes the resource a parent, and begins a day
            earlier: borders may be left out, and what belongs to a record may be stamped a moment before it.
        open_params: Parameters that ask for everything up to now in one list, oldest first, when no beginning is
            known; sent in place of the ends. Where that is too much, the first record says where to begin.
        cap: How the API says that an interval holds too much; it is then cut in two.
        shortest: Intervals are not cut below this; default: a second, or a day where only dates are sent.
    """

    start_param: str
    end_param: str | None = None
    style: InstantFormat = field(default="iso", validator=one_of(INSTANT_FORMATS))
    step: timedelta | None = None
    initial_value: datetime | Template = field(default=EPOCH, converter=_beginning)
    open_params: Mapping[str, Any] = field(factory=dict)
    cap: Cap | None = None
    shortest: timedelta = field()

    @shortest.default
    def _shortest(self) -> timedelta:
        return timedelta(days=1) if self.style == "date" else timedelta(seconds=1)

    def __attrs_post_init__(self) -> None:
        if self.end_param is None and (self.step or self.cap):
            raise ValueError("a window with a step or a cap needs an end_param")
        if self.step is not None and self.step <= timedelta(0):
            raise ValueError(f"step must be longer than nothing, not {self.step}")

    def start(self, since: datetime | None) -> datetime | None:
        """Return *since*, or `initial_value`; `None` for an open beginning."""
        if since is not None:
            return since
        return None if self.open_params or isinstance(self.initial_value, Template) else self.initial_value

    def intervals(self, start: datetime | None, end: datetime) -> Iterator[Interval]:
        """Yield intervals of at most `step`, oldest first; neighbours share their border, for inclusive APIs."""
        if start is None:
            yield Interval(None, end)
            return
        if self.end_param is None:
            yield Interval(start, None)
            return
        step = self.step or max(end - start, self.shortest)
        while True:
            border = min(start + step, end)
            yield Interval(start, border)
            if border >= end:
                return
            start = border

    def narrow(self, request: Request, interval: Interval) -> Request:
        """Return *request* with the interval's ends as parameters, or with `open_params` when it has no beginning."""
        if interval.start is None:
            return request.with_params(self.open_params)
        params = {self.start_param: format_instant(interval.start, self.style)}
        if self.end_param is not None:
            params[self.end_param] = format_instant(interval.end, self.style)
        return request.with_params(params)

    def split(self, interval: Interval, earliest: datetime | None) -> list[Interval]:
        """Return the two halves, or the steps from *earliest* on when the beginning was open.

        Borders are whole seconds, so that no format cuts them off.
        """
        if interval.end is None:
            return []
        if interval.start is None:
            # A moment earlier, for APIs that leave the border itself out.
            begin = None if earliest is None else earliest.replace(microsecond=0) - self.shortest
            return [] if begin is None else list(self.intervals(begin, interval.end))
        if interval.end - interval.start < 2 * self.shortest:
            return []
        middle = (interval.start + (interval.end - interval.start) / 2).replace(microsecond=0)
        if not interval.start < middle < interval.end:
            return []
        return [Interval(interval.start, middle), Interval(middle, interval.end)]


@frozen(kw_only=True, field_transformer=checked)
class NumberWindow:
    """Ask for records from a number on (`since_id`)."""

    start_param: str
    initial_value: int = 0
    cap: Cap | None = field(default=None, init=False)

    def start(self, since: Any) -> Any:
        """Return *since*, or `initial_value`."""
        return self.initial_value if since is None else since

    def intervals(self, start: Any, end: Any) -> Iterator[Interval]:
        """Yield the one interval, open at the end."""
        del end
        yield Interval(start, None)

    def narrow(self, request: Request, interval: Interval) -> Request:
        """Return *request* with the number as its parameter."""
        return request.with_params({self.start_param: interval.start})

    def split(self, interval: Interval, earliest: Any) -> list[Interval]:
        """Return none: an interval that is open at the end cannot be cut."""
        del interval, earliest
        return []


@frozen(field_transformer=checked)
class Incremental:
    """Continue where the last run ended: from the largest cursor seen, less an overlap.

    The cursor moves only when the whole resource is in, and a timestamp never past the start of the run: one record
    dated 2099 must not end all later reading.

    Attributes:
        cursor_path: The field of a record that grows when the record changes.
        kind: `timestamp` (text in any format), `epoch_s`, `epoch_ms` or `number`.
        overlap: How far before the cursor the next run begins. At least the time that a row may take to become
            visible, and the precision that the start parameter cuts off.
    """

    cursor_path: str
    kind: CursorKind = field(default="timestamp", kw_only=True, validator=one_of(get_args(CursorKind)))
    overlap: Any = field(default=timedelta(minutes=5), kw_only=True)

    def __attrs_post_init__(self) -> None:
        if self.kind != "number" and not isinstance(self.overlap, timedelta):
            raise ValueError(f"the overlap of a {self.kind} cursor is a timedelta, not {self.overlap!r}")

    def cursor(self, record: Record) -> Any:
        """Return the record's cursor as a comparable value, or `None` when it has none."""
        found = find(self.cursor_path, record)
        return None if found is MISSING else self.parse(found)

    def parse(self, value: Any) -> Any:
        """Return *value* as a comparable cursor: an aware `datetime`, or a number."""
        if self.kind == "number":
            return _number(value)
        return parse_instant(value, {"epoch_s": "s", "epoch_ms": "ms"}.get(self.kind))  # type: ignore[arg-type]

    def dump(self, cursor: Any) -> str:
        """Return *cursor* as text for the state."""
        return str(cursor) if self.kind == "number" else format_instant(cursor, "iso_us")

    def restore(self, text: str | None) -> Any:
        """Return the cursor that `dump` wrote."""
        if text is None:
            return None
        return _number(text) if self.kind == "number" else parse_instant(text)

    def capped(self, cursor: Any, run_start: datetime) -> Any:
        """Return *cursor*, but no timestamp past the start of the run."""
        return min(cursor, run_start) if isinstance(cursor, datetime) else cursor

    def back(self, cursor: Any, overlap: Any) -> Any:
        """Return where to begin so that *overlap* before *cursor* is read again."""
        if isinstance(cursor, datetime):
            # Before 1970 there is no overlap: a vendor's "year 1" leaves no room for one.
            return cursor - overlap if cursor - EPOCH > overlap else min(cursor, EPOCH)
        return cursor - overlap if isinstance(overlap, int | Decimal) else cursor


def _number(value: Any) -> int | Decimal | None:
    if isinstance(value, bool) or not isinstance(value, int | float | str | Decimal):
        return None
    try:
        number = Decimal(str(value))
    except ArithmeticError:
        return None
    if not number.is_finite():
        return None
    return int(number) if number == number.to_integral_value() else number
