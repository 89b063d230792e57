"""The type that dlt gives a field that nobody declared."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, Final, get_args

from dlt.common.schema import Schema
from dlt.common.schema.utils import autodetect_sc_type

from sdk.columns import DataType

_KNOWN: Final = frozenset(get_args(DataType))
# What a new schema of dlt's detects.
_DETECTIONS: Final = ("iso_timestamp",)


def inference(schema: Schema, table: str) -> Callable[[str, Any], DataType]:
    """Return a function that tells a field's type from its name and its first value, by the rules of *schema*.

    A column that *table* has already keeps its type. So a field has the same type whether it arrives as a row, which
    dlt's normaliser looks at, or in an Arrow table, which it does not.
    """
    types = schema.data_item_normalizer
    detections: Any = schema.settings.get("detections") or _DETECTIONS

    def infer(name: str, value: Any) -> DataType:
        column = schema.naming.normalize_identifier(name)
        found: Any = schema.tables.get(table, {}).get("columns", {}).get(column, {}).get("data_type")
        if found not in _KNOWN:
            found = schema.get_preferred_type(column) or autodetect_sc_type(detections, type(value), value)
        if found not in _KNOWN:
            found = types.py_type_to_sc_type(type(value))
        return found if found in _KNOWN else "text"

    return infer
