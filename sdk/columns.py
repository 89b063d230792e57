"""Declared columns: which type a field has, and how an API's value becomes one of that type.

Types are dlt's. A value that fits is converted without loss; one that does not is never forced and never dropped:
it goes to the field's variant column (`<field>__v_<type>`), where dlt itself puts such values.
"""

from __future__ import annotations

import math
import re
from collections.abc import Callable, Iterable, Mapping
from datetime import date, datetime, timedelta
from decimal import Decimal
from fractions import Fraction
from typing import Any, Final, Literal, TypeAlias, get_args

import orjson
from attrs import field, frozen

from sdk.checks import one_of
from sdk.instants import EPOCH, parse_instant

DataType: TypeAlias = Literal["text", "bigint", "double", "bool", "timestamp", "date", "json"]
Unit: TypeAlias = Literal["s", "ms"]

# The largest integers that a double holds exactly (IEEE 754).
_EXACT_IN_DOUBLE = 2**53
_INT64_MIN, _INT64_MAX = -(2**63), 2**63 - 1
# Not `\d`, which takes the digits of every script, and not "-0": a number would come back as another text.
_WHOLE_NUMBER = re.compile(r"0|-?[1-9][0-9]{0,18}")
# Digits of a second that a timestamp does not hold; zeros say nothing.
_BEYOND_MICROSECONDS = re.compile(r"[.,]\d{6}\d*[1-9]")
_NUMBER = re.compile(r"-?\d+(\.\d+)?")
_MICROSECONDS: Final[Mapping[Unit, int]] = {"s": 1_000_000, "ms": 1_000}


class _Misfit:
    """The type of `MISFIT`: the value cannot become the declared type without loss."""

    def __repr__(self) -> str:
        return "MISFIT"


MISFIT: Final = _Misfit()


@frozen
class Column:
    """Declare one field of a resource's records.

    Attributes:
        name: The API's own name of the field.
        data_type: dlt's type.
        unit: For a timestamp that the API sends as a number: seconds (`s`) or milliseconds (`ms`) since 1970.
    """

    name: str
    data_type: DataType = field(validator=one_of(get_args(DataType)))
    unit: Unit | None = None

    def fit(self, value: Any) -> Any:
        """Return *value* as this column's type, or `MISFIT`; a null fits everywhere."""
        if value is None:
            return None
        if self.data_type == "timestamp":
            return _timestamp(value, self.unit)
        return _FITS[self.data_type](value)


def columns(  # noqa: PLR0913 - one argument for each type is the table that an author copies from API docs
    *,
    text: str = "",
    bigint: str = "",
    double: str = "",
    bool: str = "",  # noqa: A002 - dlt's name of the type
    timestamp: str = "",
    epoch_s: str = "",
    epoch_ms: str = "",
    date: str = "",
    json: str = "",
) -> tuple[Column, ...]:
    """Return columns from lists of field names, one argument for each type, names separated by blanks.

    `epoch_s` and `epoch_ms` are timestamps that the API sends as numbers.

    Example:
        ``columns(bigint="id group_id", text="subject", timestamp="created_at updated_at", json="tags")``
    """
    named: tuple[tuple[str, DataType, Unit | None], ...] = (
        (bigint, "bigint", None),
        (text, "text", None),
        (double, "double", None),
        (bool, "bool", None),
        (timestamp, "timestamp", None),
        (epoch_s, "timestamp", "s"),
        (epoch_ms, "timestamp", "ms"),
        (date, "date", None),
        (json, "json", None),
    )
    return tuple(Column(name, data_type, unit) for names, data_type, unit in named for name in names.split())


def fit_record(record: Mapping[str, Any], declared: Mapping[str, Column]) -> dict[str, Any]:
    """Return *record* with each declared field as its column's type, and misfits under their variant's name.

    Undeclared fields stay as they are, except for numbers that no destination's integer holds.
    """
    row: dict[str, Any] = {}
    for name, value in record.items():
        column = declared.get(name)
        if column is None:
            fits = not isinstance(value, Decimal)
            found = value
        else:
            found = column.fit(value)
            fits = found is not MISFIT
        if fits:
            row[name] = found
        else:
            row.update([variant(name, value)])
    return row


def variant(name: str, value: Any) -> tuple[str, Any]:
    """Return the name of the variant column for a misfit of field *name*, and the value as it is stored there."""
    if isinstance(value, str):
        return f"{name}__v_text", value
    if isinstance(value, bool):
        return f"{name}__v_bool", value
    if isinstance(value, int) and _INT64_MIN <= value <= _INT64_MAX:
        return f"{name}__v_bigint", value
    if isinstance(value, float):
        return f"{name}__v_double", value
    if isinstance(value, dict | list):
        return f"{name}__v_json", value
    return f"{name}__v_text", str(value)


def by_name(declared: Iterable[Column]) -> dict[str, Column]:
    """Return the columns by their field's name."""
    return {column.name: column for column in declared}


def _text(value: Any) -> Any:
    if isinstance(value, str):
        return value
    if isinstance(value, Decimal | date):
        return str(value)
    if isinstance(value, float) and not math.isfinite(value):
        return MISFIT  # JSON has no word for it, and orjson would write `null`
    try:
        return orjson.dumps(value).decode()
    except TypeError:
        return MISFIT


def _bigint(value: Any) -> Any:
    if isinstance(value, bool):
        return MISFIT
    if isinstance(value, float):
        return int(value) if value.is_integer() and abs(value) <= _EXACT_IN_DOUBLE else MISFIT
    if isinstance(value, str):
        if not _WHOLE_NUMBER.fullmatch(value):
            return MISFIT
        value = int(value)
    return value if isinstance(value, int) and _INT64_MIN <= value <= _INT64_MAX else MISFIT


def _double(value: Any) -> Any:
    if isinstance(value, bool):
        return MISFIT
    if isinstance(value, int):
        return float(value) if abs(value) <= _EXACT_IN_DOUBLE else MISFIT
    return value if isinstance(value, float) and math.isfinite(value) else MISFIT


def _bool(value: Any) -> Any:
    return value if isinstance(value, bool) else MISFIT


def _timestamp(value: Any, unit: Unit | None) -> Any:
    if unit is not None and (type(value) in {int, float} or (isinstance(value, str) and _NUMBER.fullmatch(value))):
        return _epoch(value, unit)
    found = parse_instant(value, unit)
    if found is None or (isinstance(value, str) and _BEYOND_MICROSECONDS.search(value)):
        return MISFIT
    return found


def _epoch(value: float | str, unit: Unit) -> Any:
    try:
        exact = Fraction(str(value)) * _MICROSECONDS[unit]
        return EPOCH + timedelta(microseconds=int(exact)) if exact.denominator == 1 else MISFIT
    except (ValueError, OverflowError):
        return MISFIT


def _date(value: Any) -> Any:
    if isinstance(value, datetime):
        return MISFIT
    if isinstance(value, date):
        return value
    try:
        found = date.fromisoformat(value)
    except (TypeError, ValueError):
        return MISFIT
    # `fromisoformat` also takes "20240101" and "2024-W01-1", which are more likely numbers and labels.
    return found if found.isoformat() == value else MISFIT


def _json(value: Any) -> Any:
    return value if isinstance(value, dict | list) else MISFIT


_FITS: Mapping[str, Callable[[Any], Any]] = {
    "text": _text,
    "bigint": _bigint,
    "double": _double,
    "bool": _bool,
    "date": _date,
    "json": _json,
}
