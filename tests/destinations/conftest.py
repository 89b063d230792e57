"""Three real destinations: a DuckDB file, a PostgreSQL cluster that is thrown away, and Parquet files in a folder."""

from __future__ import annotations

import json
import os
import pwd
import shutil
import signal
import socket
import subprocess
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import suppress
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, Final
from uuid import uuid4

import dlt
import pytest
from attrs import define, frozen
from dlt.common.configuration.container import Container
from dlt.common.pipeline import PipelineContext

KINDS: Final = ("duckdb", "postgres", "filesystem")

_USER: Final = "loader"
_OTHERS: Final = ("postgres", "nobody")
_SECONDS: Final = 20


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


@frozen
class Cluster:
    """A PostgreSQL server on loopback."""

    port: int

    def database(self) -> str:
        """Return the address of a new database."""
        import psycopg2

        name = f"db_{uuid4().hex}"
        connection = psycopg2.connect(host="127.0.0.1", port=self.port, user=_USER, dbname="postgres")
        try:
            connection.autocommit = True
            with connection.cursor() as cursor:
                cursor.execute(f'CREATE DATABASE "{name}"')
        finally:
            connection.close()
        return f"postgresql://{_USER}:trusted@127.0.0.1:{self.port}/{name}"


@pytest.fixture(scope="session")
def cluster() -> Iterator[Cluster]:
    """Return a PostgreSQL cluster of its own, which ends with the tests."""
    pytest.importorskip("psycopg2", reason="psycopg2-binary is not installed")
    initdb, postgres = _binary("initdb"), _binary("postgres")
    folder = Path(tempfile.mkdtemp(prefix="postgres-"))
    user = _owner(folder)
    try:
        data = folder / "data"
        made = [initdb, "-D", str(data), "-U", _USER, "-A", "trust", "-E", "UTF8", "--no-locale", "--no-sync"]
        subprocess.run(made, check=True, capture_output=True, cwd=folder, timeout=60, **user)  # noqa: S603 - PostgreSQL's own program
        port = _free_port()
        settings = {"listen_addresses": "127.0.0.1", "port": port, "unix_socket_directories": folder, "fsync": "off"}
        given = [part for name, value in settings.items() for part in ("-c", f"{name}={value}")]
        with (folder / "log").open("wb") as log:
            server = subprocess.Popen(  # noqa: S603 - as above
                [*_ends_with_us(), postgres, "-D", str(data), *given], stdout=log, stderr=log, cwd=folder, **user
            )
        try:
            _wait_for(server, port, folder / "log")
            yield Cluster(port)
        finally:
            server.send_signal(signal.SIGINT)  # PostgreSQL's fast shutdown
            server.wait(_SECONDS)
    finally:
        shutil.rmtree(folder, ignore_errors=True)


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


def _binary(name: str) -> str:
    """Return the path of one of PostgreSQL's programs; Debian keeps most of them out of the way."""
    found = shutil.which(name) or next(
        (str(one) for one in sorted(Path("/usr/lib/postgresql").glob(f"*/bin/{name}"), reverse=True)), None
    )
    if found is None:
        pytest.skip(f"PostgreSQL is not installed: there is no {name}")
    return found


def _owner(folder: Path) -> dict[str, Any]:
    """Return as whom PostgreSQL runs, which refuses root, and give that user the folder."""
    if os.geteuid() != 0:
        return {}
    for name in _OTHERS:
        with suppress(KeyError):
            user = pwd.getpwnam(name)
            os.chown(folder, user.pw_uid, user.pw_gid)
            return {"user": user.pw_uid, "group": user.pw_gid, "extra_groups": []}
    pytest.skip(f"PostgreSQL does not run as root, and there is no user {' or '.join(_OTHERS)}")


def _ends_with_us() -> list[str]:
    """Return the command that has a server end when its parent does, however that ends."""
    found = shutil.which("setpriv")
    return [found, "--pdeathsig", "INT"] if found else []


def _free_port() -> int:
    with socket.socket() as one:
        one.bind(("127.0.0.1", 0))
        return int(one.getsockname()[1])


def _wait_for(server: subprocess.Popen[bytes], port: int, log: Path) -> None:
    import psycopg2

    end = time.monotonic() + _SECONDS
    while True:
        try:
            psycopg2.connect(host="127.0.0.1", port=port, user=_USER, dbname="postgres").close()
        except psycopg2.OperationalError:
            if server.poll() is not None or time.monotonic() > end:
                pytest.fail(f"PostgreSQL does not start: {log.read_text()[-500:]}")
            time.sleep(0.05)
        else:
            return
