"""Turn records into Arrow tables, a column at a time.

A column whose values are all of the type that they should have is converted at once; any other goes value by value
through `Column.fit`, so that both roads end in the same table. What does not fit is in its variant column, as in
`sdk.batches`. A field that nobody declared gets the type that dlt would give it, from the first value that is not null.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable, Mapping, Sequence
from decimal import Decimal
from operator import methodcaller
from typing import Any, Final

import orjson
import pyarrow as pa
import pyarrow.compute as pc
from attrs import define, field

from sdk.batches import Shape, shapes_of
from sdk.columns import MISFIT, Column, DataType, variant
from sdk.errors import ReadError
from sdk.messages import Record

_INSTANT: Final = pa.timestamp("us", "UTC")
_TYPES: Final[Mapping[str, pa.DataType]] = {
    "text": pa.string(),
    "bigint": pa.int64(),
    "double": pa.float64(),
    "bool": pa.bool_(),
    "timestamp": _INSTANT,
    "date": pa.date32(),
    # dlt's Parquet holds JSON as text.
    "json": pa.string(),
}
# What an API should send for these is what they hold.
_PLAIN: Final[Mapping[str, set[type]]] = {"text": {str}, "bigint": {int}, "bool": {bool}}
_NULL: Final = type(None)

# What a `datetime` holds, in microseconds since 1970: Arrow's years go further.
_EARLIEST: Final = -62_135_596_800_000_000
_LATEST: Final = 253_402_300_799_999_999
# "2024-01-31T12:00:00Z": Arrow takes shorter forms that `parse_instant` does not.
_SHORTEST_INSTANT: Final = 20

Infer = Callable[[str, Any], DataType]


@define
class Tables:
    """Make the Arrow tables of one resource.

    Attributes:
        columns: The declared columns by field, and those that were inferred since.
        infer: Returns the type of an undeclared field from its name and its first value.
        named: Returns the name of a field's column.
        variants: The columns of what did not fit, and the columns that it did not fit.
    """

    columns: dict[str, Column]
    infer: Infer
    named: Callable[[str], str]
    _declared: tuple[str, ...] = field(init=False)
    variants: dict[str, str] = field(factory=dict, init=False)

    def __attrs_post_init__(self) -> None:
        self._declared = tuple(self.columns)

    def table(self, records: Sequence[Record], shapes: Sequence[Shape] | None = None) -> pa.Table:
        """Return *records* as a table: the declared columns, then what else there is.

        Args:
            records: The records.
            shapes: Which fields they have, where somebody found that out already.
        """
        shapes = shapes_of(records) if shapes is None else shapes
        arrays: dict[str, pa.Array] = {}
        by_field = _by_field(records, shapes)
        for name, others in self._by_column(one for shape in shapes for one in shape).items():
            values = by_field(name)
            for other in others:
                # Some records call it so; none has both, or `FieldNames` had refused it.
                values = [record.get(other, value) for record, value in zip(records, values, strict=True)]
            column = self.columns.get(name) or self._inferred(name, values)
            if column is None:
                continue  # nulls only, of which no type can be told
            arrays[name], misfits = convert(column, values)
            if misfits:
                self._set_aside(arrays, name, misfits, len(records))
        return pa.table(arrays)

    def _by_column(self, fields: Iterable[str]) -> dict[str, list[str]]:
        """Return one field for each column, declared ones first, and the others that go to the same."""
        first: dict[str, str] = {}
        found: dict[str, list[str]] = {}
        for name in dict.fromkeys((*self._declared, *fields)):
            known = first.setdefault(self.named(name), name)
            found.setdefault(known, []).extend([name] if known != name else [])
        return found

    def types(self, names: Iterable[str]) -> dict[str, DataType]:
        """Return the types of some of the columns, variants among them."""
        found: dict[str, DataType] = {}
        for name in names:
            if name in self.columns:
                found[name] = self.columns[name].data_type
            elif name in self.variants:
                found[name] = _variant_type(name)
        return found

    def _inferred(self, name: str, values: Sequence[Any]) -> Column | None:
        kinds = {type(value) for value in values} - {_NULL}
        if not kinds:
            return None
        # An integer that no destination holds is kept as text beside its column, and does not decide its type.
        first = next((value for value in values if value is not None and not isinstance(value, Decimal)), 0)
        column = Column(name, self.infer(name, first))
        self.columns[name] = column
        return column

    def _set_aside(self, arrays: dict[str, pa.Array], name: str, misfits: Sequence[tuple[int, Any]], size: int) -> None:
        aside: dict[str, list[Any]] = {}
        for at, value in misfits:
            variant_name, stored = variant(self.named(name), value)
            aside.setdefault(variant_name, [None] * size)[at] = stored
        for variant_name, values in aside.items():
            self.variants[variant_name] = name
            arrays[variant_name], _ = convert(Column(variant_name, _variant_type(variant_name)), values)


def convert(column: Column, values: Sequence[Any]) -> tuple[pa.Array, Sequence[tuple[int, Any]]]:
    """Return *values* as an array of the column's type, and those that do not fit, with their places."""
    kinds = set(map(type, values))
    kinds.discard(_NULL)
    if not kinds:
        return pa.nulls(len(values), _TYPES[column.data_type]), ()
    try:
        array = _at_once(column, values, kinds)
    except (pa.ArrowException, OverflowError):
        array = None
    return (array, ()) if array is not None else _one_by_one(column, values)


def _at_once(column: Column, values: Sequence[Any], kinds: set[type]) -> pa.Array | None:
    """Return *values* as an array, when every one is just what the API should send."""
    data_type = column.data_type
    if kinds == _PLAIN.get(data_type):
        return pa.array(values, _TYPES[data_type])
    if data_type == "double" and kinds <= {float, int}:
        # Refuses integers that a double does not hold exactly.
        array = pa.array(values, pa.float64())
        return array if pc.all(pc.is_finite(array)).as_py() else None
    if data_type == "json" and kinds <= {dict, list}:
        return _documents(values)
    return _instants(column, values, kinds) if data_type == "timestamp" else None


def _documents(values: Sequence[Any]) -> pa.Array | None:
    try:
        # As text at once, although Arrow takes bytes: what orjson writes lies in a kilobyte until it is copied.
        written = [None if value is None else orjson.dumps(value, default=str).decode() for value in values]
    except TypeError:
        return None  # it reads deeper than it writes
    return pa.array(written, pa.string())


def _instants(column: Column, values: Sequence[Any], kinds: set[type]) -> pa.Array | None:
    if kinds == {str} and column.unit is None:
        texts = pa.array(values, pa.string())
        long_enough = pc.min(pc.utf8_length(texts)).as_py() >= _SHORTEST_INSTANT
        return _within_years(texts.cast(_INSTANT)) if long_enough else None
    if kinds == {int} and column.unit is not None:
        factor = 1_000_000 if column.unit == "s" else 1_000
        return _within_years(pc.multiply_checked(pa.array(values, pa.int64()), factor).cast(_INSTANT))
    return None


def _within_years(instants: pa.Array) -> pa.Array | None:
    ends = pc.min_max(instants.cast(pa.int64())).as_py()
    return instants if ends["min"] >= _EARLIEST and ends["max"] <= _LATEST else None


def _one_by_one(column: Column, values: Sequence[Any]) -> tuple[pa.Array, list[tuple[int, Any]]]:
    fitted = [column.fit(value) for value in values]
    misfits = [(at, values[at]) for at, value in enumerate(fitted) if value is MISFIT]
    for at, _ in misfits:
        fitted[at] = None
    if column.data_type == "json":
        fitted = [None if value is None else _json(column, value) for value in fitted]
    return pa.array(fitted, _TYPES[column.data_type]), misfits


def _json(column: Column, value: Any) -> str:
    # Integers beyond 64 bits are `Decimal`: as text, as dlt writes them.
    try:
        return orjson.dumps(value, default=str).decode()
    except TypeError:
        pass  # it reads deeper than it writes
    try:
        return json.dumps(value, default=str, ensure_ascii=False, separators=(",", ":"))
    except RecursionError:
        raise ReadError(f"field {column.name!r} is nested too deeply to be written") from None


def _variant_type(name: str) -> DataType:
    found: Any = name.rpartition("__v_")[2]  # `variant` ends names with a type
    return found  # type: ignore[no-any-return] # which is one of dlt's


def _by_field(records: Sequence[Record], shapes: Sequence[Shape]) -> Callable[[str], Sequence[Any]]:
    """Return what tells the values of a field; those of records that all have the same fields are turned at once."""
    if len(shapes) != 1:
        return lambda name: [record.get(name) for record in records]
    columns = dict(zip(shapes[0], zip(*map(methodcaller("values"), records), strict=True), strict=True))
    nothing = (None,) * len(records)
    return lambda name: columns.get(name, nothing)
