"""A DuckDB file that a connector's test loads into, and what stands in it."""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

import dlt
import duckdb
from attrs import field, frozen

from sdk.instants import parse_instant

if TYPE_CHECKING:
    from dlt.common.pipeline import LoadInfo

_TIMESTAMP: Final = "TIMESTAMP WITH TIME ZONE"


@frozen
class Warehouse:
    """A dlt pipeline into a DuckDB file in *folder*, with dlt's default settings.

    Rows are read back as records: JSON parsed, timestamps in UTC, dlt's own columns and tables left out.
    """

    folder: Path
    pipeline: dlt.Pipeline = field(init=False)

    def __attrs_post_init__(self) -> None:
        pipeline = dlt.pipeline(
            "tested",
            pipelines_dir=str(self.folder / "pipelines"),
            destination=dlt.destinations.duckdb(self._file),
            dataset_name="loaded",
        )
        object.__setattr__(self, "pipeline", pipeline)

    @property
    def _file(self) -> str:
        return str(self.folder / "tested.duckdb")

    def run(self, source: Any) -> LoadInfo:
        """Load a source as any user would."""
        return self.pipeline.run(source)

    def tables(self) -> list[str]:
        """Return the names of the tables that are there, sorted."""
        found = self._select(
            "SELECT table_name FROM information_schema.tables "
            "WHERE table_schema = 'loaded' AND table_name NOT LIKE '\\_dlt\\_%' ESCAPE '\\' ORDER BY 1"
        )
        return [name for (name,) in found]

    def types(self, table: str) -> dict[str, str]:
        """Return the types of a table's columns, as DuckDB has them."""
        return dict(
            self._select(
                "SELECT column_name, data_type FROM information_schema.columns WHERE table_schema = 'loaded' "
                "AND table_name = ? AND column_name NOT LIKE '\\_dlt\\_%' ESCAPE '\\' ORDER BY ordinal_position",
                table,
            )
        )

    def rows(self, table: str) -> list[dict[str, Any]]:
        """Return the rows of a table, nulls included, in the order of `_ordered`."""
        types = self.types(table)
        names = ", ".join(f'"{name}"' for name in types)
        found = self._select(f'SELECT {names} FROM loaded."{table}"')  # noqa: S608 - names that the database gave
        return _ordered(
            {name: _read_back(value, types[name]) for name, value in zip(types, row, strict=True)} for row in found
        )

    def as_rows(self, table: str, records: Iterable[Mapping[str, Any]]) -> list[dict[str, Any]]:
        """Return *records* as `rows` must show them: what a record lacks is null, a moment is the same in any zone."""
        types = self.types(table)
        return _ordered(
            {**dict.fromkeys(types), **{name: _sent(value, types.get(name)) for name, value in record.items()}}
            for record in records
        )

    def _select(self, query: str, *parameters: Any) -> list[Any]:
        # By itself: dlt's client resolves its configuration anew for each query, which takes ten times as long.
        with duckdb.connect(self._file) as connection:
            return connection.execute(query, parameters).fetchall()


def type_of(values: Iterable[Any]) -> str | None:
    """Return the DuckDB type that suits an API's *values*, from what they look like; `None` when all are null."""
    kinds = {_kind(value) for value in values if value is not None}
    if kinds == {"BIGINT", "DOUBLE"}:
        return "DOUBLE"
    return kinds.pop() if len(kinds) == 1 else "VARCHAR" if kinds else None


def _kind(value: Any) -> str:
    if isinstance(value, str):
        return _TIMESTAMP if "T" in value and parse_instant(value) is not None else "VARCHAR"
    if isinstance(value, dict | list):
        return "JSON"
    return {bool: "BOOLEAN", int: "BIGINT", float: "DOUBLE"}[type(value)]


def _read_back(value: Any, kind: str) -> Any:
    if kind == "JSON" and isinstance(value, str):
        return json.loads(value)
    return value.astimezone(UTC) if isinstance(value, datetime) else value


def _sent(value: Any, kind: str | None) -> Any:
    return parse_instant(value) if kind == _TIMESTAMP and value is not None else value


def _ordered(rows: Iterable[dict[str, Any]]) -> list[dict[str, Any]]:
    """Return rows in an order of their own: by their values, parents' keys and ids first."""
    return sorted(rows, key=lambda row: json.dumps([row.get("id"), sorted(row.items(), key=_first)], default=str))


def _first(item: tuple[str, Any]) -> tuple[bool, str]:
    return not item[0].startswith("_"), item[0]
