"""What a resource of a dictionary may tell dlt of its table: keys, dispositions, columns, contracts, formats."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final, get_args

from dlt.common.data_types import TDataType
from dlt.common.schema import typing as dlt_schema
from dlt.sources.rest_api import typing as dlt_typing

from sdk.dialects.values import (
    Check,
    Problems,
    fault,
    is_anything,
    is_count,
    is_filled,
    is_flag,
    is_mapping,
    is_text,
    joined,
    keyed,
    nearest,
    one_of,
    optional,
)

_STRATEGIES: Final = (*dlt_schema.MERGE_STRATEGIES, *dlt_schema.REPLACE_STRATEGIES)


def or_function(check: Check) -> Check:
    """Return *check*, which a function passes: dlt asks it for each record. A class is none."""

    def checked(value: Any, path: str) -> Problems:
        if not callable(value) or isinstance(value, type):
            yield from check(value, path)

    return optional(checked)


def _is_key(value: Any, path: str) -> Problems:
    if isinstance(value, list | tuple):
        for number, one in enumerate(value):
            yield from is_filled(one, joined(path, number))
    elif not isinstance(value, str) or not value:
        yield fault(path, value, "the name of a field, or a list of them")


def _disposition(value: Any, path: str) -> Problems:
    known = one_of(*dlt_schema.WRITE_DISPOSITIONS)
    if not isinstance(value, Mapping):
        yield from known(value, path)
        return
    if "disposition" not in value:
        yield f"{joined(path, 'disposition')}: is missing"
    else:
        yield from known(value["disposition"], joined(path, "disposition"))
    if "strategy" in value:
        yield from one_of(*_STRATEGIES)(value["strategy"], joined(path, "strategy"))


_COLUMN: Final[Mapping[str, Check]] = {
    **dict.fromkeys(dlt_schema.TColumnSchema.__annotations__, is_anything),
    **dict.fromkeys(dlt_schema.COLUMN_HINTS, optional(is_flag)),
    "name": optional(is_text),
    "data_type": optional(one_of(*get_args(TDataType))),
    "dedup_sort": optional(one_of("asc", "desc")),
    "precision": optional(is_count),
    "scale": optional(is_count),
}


def _columns(value: Any, path: str) -> Problems:
    if isinstance(value, Mapping):
        for name, one in value.items():
            yield from _column(one, joined(path, name))
    elif isinstance(value, list | tuple):
        for number, one in enumerate(value):
            where = joined(path, number)
            if isinstance(one, Mapping) and "name" not in one:
                yield f"{joined(where, 'name')}: is missing"
            yield from _column(one, where)
    elif not hasattr(value, "model_fields"):
        yield fault(path, value, "a mapping of columns, a list of them, or a model")


def _column(value: Any, path: str) -> Problems:
    if not isinstance(value, Mapping):
        yield from is_mapping(value, path)
        return
    for key, one in value.items():
        where = joined(path, key)
        if str(key).startswith("x-"):
            continue
        if key not in _COLUMN:
            yield f"{where}: is no key here; {nearest(key, _COLUMN)}"
        else:
            yield from _COLUMN[key](one, where)


def _contract(value: Any, path: str) -> Problems:
    modes = one_of(*get_args(dlt_schema.TSchemaEvolutionMode))
    if isinstance(value, Mapping):
        yield from keyed(value, path, dict.fromkeys(get_args(dlt_schema.TSchemaContractEntities), optional(modes)))
    else:
        yield from modes(value, path)


def _listed(value: Any, path: str) -> Problems:
    if not isinstance(value, list | tuple):
        yield fault(path, value, "a list")


def _known_to_dlt() -> dict[str, Check]:
    keys: dict[str, Check] = dict.fromkeys(dlt_typing.ResourceBase.__annotations__, is_anything)
    return keys


HINTS: Final[Mapping[str, Check]] = {
    **_known_to_dlt(),
    "table_name": or_function(is_text),
    "parent_table_name": or_function(is_text),
    "primary_key": or_function(_is_key),
    "merge_key": or_function(_is_key),
    "write_disposition": or_function(_disposition),
    "columns": or_function(_columns),
    "schema_contract": or_function(_contract),
    "table_format": or_function(one_of(*get_args(dlt_schema.TTableFormat))),
    "file_format": or_function(one_of(*get_args(dlt_schema.TFileFormat))),
    "references": or_function(_listed),
    "nested_hints": or_function(is_mapping),
    "max_table_nesting": optional(is_count),
    "selected": optional(is_flag),
    "parallelized": optional(is_flag),
}
