"""What arrives of a sample: the rows of a table, and the types that dlt gives its columns.

The types are dlt's own answer: the rows are extracted and normalised as in any load, into a folder that is thrown
away. So what is declared, what is inferred and what goes to a variant column is what a user's table would have.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping, Sequence
from hashlib import blake2b
from pathlib import Path
from typing import Any, Final, cast

import dlt
from attrs import frozen
from dlt.common.normalizers.naming.snake_case import NamingConvention
from dlt.extract import DltResource, DltSource

from sdk.batches import FieldNames, hints, rows
from sdk.connector import Connector
from sdk.messages import Record
from sdk.resource import Resource
from sdk.testing.compat.facts import Row

_LONGEST: Final = 60
_NAMING: Final = NamingConvention()


@frozen
class Arrived:
    """What arrived of a resource's sample.

    Attributes:
        connector: The connector, its settings filled in.
        resource: The resource.
        rows: The rows of all runs.
    """

    connector: Connector
    resource: Resource
    rows: Sequence[dict[str, Any]]

    @property
    def place(self) -> tuple[Connector, Resource]:
        """Whose rows these are."""
        return self.connector, self.resource


def fitted(connector: Connector, resource: Resource, records: list[Record]) -> list[dict[str, Any]]:
    """Return *records* as rows.

    Raises:
        ReadError: A key does not fit, or two fields share a column: a run would fail too.
    """
    found = rows(connector, resource, records)
    FieldNames(_NAMING.normalize_path).check(found)
    return found


def column(name: str) -> str:
    """Return the name of a field's column."""
    return str(_NAMING.normalize_path(name))


def shown(row: Mapping[str, Any]) -> Row:
    """Return a row with its values as text; nulls are left out, since a null and no value are one in a table."""
    return {column(name): _text(value) for name, value in row.items() if value is not None}


def _text(value: Any) -> str:
    text = json.dumps(value, default=str, ensure_ascii=False, sort_keys=True)
    if len(text) <= _LONGEST:
        return text
    # Enough to recognise it, and what tells it from all others.
    return f"{text[: _LONGEST // 2]}… ({blake2b(text.encode(), digest_size=6).hexdigest()})"


def types(arrived: Sequence[Arrived], folder: Path) -> dict[str, dict[str, str]]:
    """Return dlt's types of the columns of each table; what has no type yet, such as nulls alone, makes no column."""
    pipeline = dlt.pipeline("compared", pipelines_dir=str(folder), destination=dlt.destinations.dummy())
    tables: Mapping[str, Any] = {}
    # A key without a declared type makes no table by itself; there the first row does.
    if there := [one for one in arrived if one.rows or set(one.resource.key) <= hints(*one.place).keys()]:
        pipeline.extract(_source(there))
        pipeline.normalize()
        tables = pipeline.default_schema.tables
    return {one.resource.name: _types(tables.get(column(one.resource.name), {})) for one in arrived}


def declared_types(connector: Connector, resource: Resource) -> dict[str, str]:
    """Return dlt's types of the columns whose type is declared."""
    return {column(name): hint["data_type"] for name, hint in hints(connector, resource).items()}


def _source(arrived: Sequence[Arrived]) -> DltSource:
    @dlt.source(name="compared", max_table_nesting=0)
    def source() -> Iterator[DltResource]:
        for one in arrived:
            yield dlt.resource(
                list[Any](one.rows) or [dlt.mark.materialize_table_schema()],
                name=one.resource.name,
                primary_key=one.resource.key,
                write_disposition=one.resource.write_disposition,
                columns=cast(Any, hints(*one.place)),
            )

    made: DltSource = source()
    return made


def _types(table: Any) -> dict[str, str]:
    return {
        name: facts["data_type"]
        for name, facts in table.get("columns", {}).items()
        if "data_type" in facts and not name.startswith("_dlt_")
    }
