"""A cursor that is compared as what it means: instants as instants, numbers as numbers, and none beyond the run itself.

dlt compares what records hold. As texts 14:00 in one zone is later than 13:30 in another whatever the zones are, 9 is
more than 10, and one record dated 2099 ends all later reading; rows are then passed over without a word. Its state and
its rules are kept: only which of two values is the later one is answered here, and what tells a record that is merged
from one that was loaded before.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from typing import Any, Final, cast

from attrs import define, field
from dlt.common.time import detect_datetime_format
from dlt.extract import Incremental

from sdk.instants import format_instant, parse_instant

_NOTHING: Final = object()
# Clocks differ, and a time without a zone may be one of any.
_MARGIN: Final = timedelta(days=1)
_DATE: Final = len("2025-01-01")


@define(eq=False)
class Latest:
    """Return the later one of a record's value and another, in the place of `max`.

    Attributes:
        horizon: Until when a record may be dated for its date to count; `None` counts all.
    """

    horizon: datetime | None
    _alone: Any = field(default=_NOTHING, init=False)

    # dlt shows it.
    __name__ = "max"

    def __call__(self, values: Any) -> Any:
        """Return the later one of *values*; of equal ones the first, which is the record's."""
        first, *others = values
        if not others:
            self._alone = first
            return first
        other = others[0]
        # dlt asks of a value by itself between asking whether it moves the cursor and whether the record is new.
        asks_for_record = self._alone is first
        self._alone = _NOTHING
        if self._is_beyond(first) != self._is_beyond(other):
            if self._is_beyond(first):
                return first if asks_for_record else other
            return first
        return other if _is_before(first, other) else first

    def _is_beyond(self, value: Any) -> bool:
        if self.horizon is None or not isinstance(value, str):
            return False
        if value[:_DATE] <= self.horizon.isoformat()[:_DATE]:
            return False
        instant = parse_instant(value)
        return instant is not None and instant > self.horizon


class LatestIncremental(Incremental[Any]):
    """dlt's cursor, with `Latest` for its `max`.

    Attributes:
        merged: Its rows are merged, so that those that come again are harmless.
    """

    merged: bool = False

    def set_deduplication_key(self, value: Any, from_hints: bool) -> None:  # noqa: FBT001 - as dlt calls it
        """Take the key by which rows at the cursor are known that were loaded before.

        dlt takes the resource's, and passes over a record that was changed twice within one second, or on one day where
        the cursor is a date. What is merged is known by all that it holds, as dlt does it where there is no key.
        """
        if not (self.merged and from_hints):
            super().set_deduplication_key(value, from_hints)

    def __call__(self, rows: Any, meta: Any = None) -> Any:
        """Return what is new of *rows*, and move on."""
        # For this only: by its `max` dlt knows what a lag means.
        self.last_value_func = self.latest()
        try:
            return super().__call__(rows, meta)
        finally:
            self.last_value_func = max
            self._spell()

    def _spell(self) -> None:
        """Write the cursor so that dlt can take the lag off it."""
        found = self._cached_state["last_value"]
        if self.lag and isinstance(found, str) and detect_datetime_format(found) is None:
            instant = parse_instant(found)
            if instant is not None:
                self._cached_state["last_value"] = format_instant(instant, "iso")

    def _make_or_get_transformer(self, cls: Any) -> Any:
        latest: Any = self.last_value_func
        self.last_value_func = max
        made = super()._make_or_get_transformer(cls)
        made.last_value_func = self.last_value_func = latest
        return made

    def latest(self) -> Latest:
        """Return what compares its values."""
        bounded = self.merged and self.end_value is None
        return Latest(datetime.now(UTC) + _MARGIN if bounded else None)


def typed(incremental: Incremental[Any], *, merged: bool) -> Incremental[Any]:
    """Return a copy of *incremental* that compares by meaning; of what is *merged*, no date in the future counts."""
    made = incremental.copy()
    if type(made) is Incremental and made.last_value_func is max:
        made.__class__ = LatestIncremental
        cast(LatestIncremental, made).merged = merged
    return made


def furthest(incremental: Incremental[Any], one: Mapping[str, Any], other: Mapping[str, Any]) -> dict[str, Any]:
    """Return what dlt would keep of a cursor if two readings that began at the same value had been one.

    Args:
        incremental: The cursor; it compares by `max` or `min`.
        one: What dlt kept after the first.
        other: What it kept after the second.
    """
    ours, theirs = one["last_value"], other["last_value"]
    if ours is None or theirs is None:
        return dict(other if ours is None else one)
    latest: Any = incremental.last_value_func
    if isinstance(incremental, LatestIncremental):
        latest = incremental.latest()
    first, second = latest((ours, theirs)), latest((theirs, ours))
    if first == ours and second == theirs:
        # As late as each other, however they are written: dlt knows the rows at this value by their hashes.
        hashes = dict.fromkeys((*one["unique_hashes"], *other["unique_hashes"]))
        return {**one, "unique_hashes": list(hashes)}
    return dict(one if first == ours else other)


def _is_before(first: Any, other: Any) -> bool:
    if not (isinstance(first, str) and isinstance(other, str)):
        return bool(first < other)
    if len(first) == len(other) and (first[-1:] == other[-1:] == "Z" or (first.isdecimal() and other.isdecimal())):
        return first < other
    numbers = _number(first), _number(other)
    if None not in numbers:
        return cast(float, numbers[0]) < cast(float, numbers[1])
    instants = parse_instant(first), parse_instant(other)
    if None not in instants:
        return cast(datetime, instants[0]) < cast(datetime, instants[1])
    return first < other


def _number(text: str) -> int | None:
    return int(text) if text.isdecimal() and text.isascii() else None
