"""What dlt makes of fields that nobody declared: their types, the names of their columns, and tables of nested ones."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from functools import cache
from typing import Any, Final, get_args

from dlt.common.data_types import coerce_value
from dlt.common.normalizers.json import helpers
from dlt.common.schema import Schema
from dlt.common.schema.utils import autodetect_sc_type

from sdk.columns import MISFIT, Column, DataType

_KNOWN: Final = frozenset(get_args(DataType))
# What a new schema of dlt's detects.
_DETECTIONS: Final = ("iso_timestamp",)


def inference(schema: Schema, table: str) -> Callable[[str, Any], DataType]:
    """Return a function that tells a field's type from its name and its first value, by the rules of *schema*.

    A column that *table* has already keeps its type. So a field has the same type whether it arrives as a row, which
    dlt's normaliser looks at, or in an Arrow table, which it does not. A text in which dlt would see a time that it
    cannot hold (nine digits of a second) is text.
    """
    types = schema.data_item_normalizer
    guess = guessing(schema, table)

    def infer(name: str, value: Any) -> DataType:
        found: Any = guess(name, value)
        if found == "timestamp" and isinstance(value, str) and Column(name, "timestamp").fit(value) is MISFIT:
            column = schema.tables.get(table, {}).get("columns", {}).get(schema.naming.normalize_path(name), {})
            found = column.get("data_type", "text")
        if found not in _KNOWN:
            found = types.py_type_to_sc_type(type(value))
        return found if found in _KNOWN else "text"

    return infer


def guessing(schema: Schema, table: str) -> Callable[[str, Any], str]:
    """Return a function that tells which type dlt gives a column from its name and its first value."""
    types = schema.data_item_normalizer
    detections: Any = schema.settings.get("detections") or _DETECTIONS

    def guess(name: str, value: Any) -> str:
        column = schema.naming.normalize_path(name)
        found: Any = schema.tables.get(table, {}).get("columns", {}).get(column, {}).get("data_type")
        found = found or schema.get_preferred_type(column) or autodetect_sc_type(detections, type(value), value)
        return str(found or types.py_type_to_sc_type(type(value)))

    return guess


def as_dlt_would(data_type: DataType, value: Any, schema: Schema) -> Any:
    """Return *value* as dlt's normaliser puts it into a column of *data_type*, or `MISFIT` for its variant."""
    try:
        return coerce_value(data_type, schema.data_item_normalizer.py_type_to_sc_type(type(value)), value)
    except (ValueError, SyntaxError):
        return MISFIT


def earlier_columns(schema: Schema, table: str) -> Mapping[str, bool]:
    """Return the columns that *table* has already, and whether each is a variant."""
    columns = schema.tables.get(table, {}).get("columns", {})
    return {name: bool(facts.get("variant")) for name, facts in columns.items() if "data_type" in facts}


class Layout:
    """Where dlt's normaliser puts what stands in a row: the names of columns and child tables, and how deep it looks.

    Args:
        schema: The schema of what is being loaded.
        depth: How deep objects become columns, and lists tables.
    """

    def __init__(self, schema: Schema, depth: int) -> None:
        self.schema = schema
        self.depth = depth
        self.column = cache(self._column)
        self.table = cache(self._table)
        self.name = cache(self._name)

    def _column(self, path: tuple[str, ...]) -> str:
        """Return the name of the column of the field at *path*; none where a key has nothing to make a name of."""
        return self._name(tuple(map(self._identifier, path)))

    def _table(self, parents: tuple[str, ...], path: tuple[str, ...]) -> tuple[str, ...]:
        """Return the names that lead to the child table of the list at *path*, below those of its *parents*."""
        *outer, last = path
        table = helpers.normalize_table_identifier(self.schema, self.schema.naming, last) if last.strip() else ""
        return (*parents, *map(self._identifier, outer), table)

    def _name(self, parts: tuple[str, ...]) -> str:
        """Return the name that *parts* lead to; none where one of them is empty."""
        return self.schema.naming.shorten_fragments(*parts) if all(parts) else ""

    def _identifier(self, key: str) -> str:
        return helpers.normalize_identifier(self.schema, self.schema.naming, key) if key.strip() else ""

    def stays(self, table: str, column: str, level: int) -> bool:
        """Return whether an object or a list stays JSON, so many levels above the depth."""
        return helpers.is_nested_type(self.schema, table, column, level)
