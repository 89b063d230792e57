"""Three real destinations: a DuckDB file, a PostgreSQL cluster that is thrown away, and Parquet files in a folder."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, Final
from uuid import uuid4

import dlt
import pytest
from attrs import define
from dlt.common.configuration.container import Container
from dlt.common.pipeline import PipelineContext

from tests.postgres import cluster

__all__ = ["cluster"]

KINDS: Final = ("duckdb", "postgres", "filesystem")


@define
class Store:
    """A dlt pipeline into one destination, with dlt's default settings, and what stands there.

    Rows come back as records without nulls and without dlt's own columns: JSON parsed, moments in UTC.
    """

    kind: str
    pipeline: Any
    folder: Path

    def run(self, source: Any, **options: Any) -> Any:
        """Run the pipeline as any user would."""
        return self.pipeline.run(source, **options)

    def rows(self, table: str, *, own: bool = False) -> list[dict[str, Any]]:
        """Return the rows of a table by their ids, with dlt's *own* columns when asked."""
        types = {
            name: one["data_type"] for name, one in self.pipeline.default_schema.get_table(table)["columns"].items()
        }
        found = [
            {name: _as_sent(value, types[name]) for name, value in row.items() if value is not None}
            for row in self._read(table)
        ]
        if not own:
            found = [{name: value for name, value in row.items() if not name.startswith("_dlt_")} for row in found]
        return sorted(found, key=lambda row: (str(type(row.get("id"))), row.get("id", 0), str(sorted(row.items()))))

    def count(self, table: str) -> int:
        """Return how many rows a table has, whatever stands in them."""
        return len(self._read(table))

    def _read(self, table: str) -> list[dict[str, Any]]:
        """Return a table as the destination itself gives it back."""
        with self.pipeline.sql_client() as client, client.execute_query(f'SELECT * FROM "{table}"') as cursor:
            names = [column[0] for column in cursor.description]
            return [dict(zip(names, row, strict=True)) for row in cursor.fetchall()]


class Files(Store):
    """Parquet files in a folder: nothing is merged there, so what was loaded first stays."""

    def run(self, source: Any, **options: Any) -> Any:
        """Run the pipeline; rows would be lines of JSON otherwise."""
        return super().run(source, loader_file_format="parquet", **options)

    def _read(self, table: str) -> list[dict[str, Any]]:
        import pyarrow.parquet as pq

        found = []
        for path in sorted((self.folder / "data" / table).rglob("*.parquet")):
            found += pq.ParquetFile(path).read().to_pylist()
        return found


def _as_sent(value: Any, data_type: str) -> Any:
    if data_type == "json" and isinstance(value, str):
        return json.loads(value)
    return value.astimezone(UTC) if isinstance(value, datetime) else value


@pytest.fixture
def stores(request: pytest.FixtureRequest, dlt_home: Path) -> Iterator[Callable[[str], Store]]:
    """Return a function that makes an empty place in a destination."""

    def make(kind: str) -> Store:
        name = f"into_{kind}_{uuid4().hex[:8]}"
        folder = dlt_home / name
        folder.mkdir()
        if kind == "duckdb":
            target: Any = dlt.destinations.duckdb(str(folder / "there.duckdb"))
        elif kind == "postgres":
            target = dlt.destinations.postgres(request.getfixturevalue("cluster").database())
        else:
            target = dlt.destinations.filesystem(folder.as_uri())
        pipeline = dlt.pipeline(name, destination=target, dataset_name="data")
        return (Files if kind == "filesystem" else Store)(kind, pipeline, folder)

    yield make
    Container()[PipelineContext].clear()


@pytest.fixture(params=KINDS)
def store(stores: Callable[[str], Store], request: pytest.FixtureRequest) -> Store:
    """Return an empty place in each destination in turn."""
    return stores(request.param)
