"""The least that it can take: threads that fetch, orjson, Arrow and DuckDB; no retries, no checks, no state."""

from __future__ import annotations

from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from functools import partial
from itertools import islice
from typing import Any

import duckdb
import orjson
import pyarrow as pa
import urllib3

from benchmarks.candidates.job import PARENT, Done, Job, Sink, in_duckdb, perform

_NESTED = ("tags", "custom_fields")
_TIMES = ("due_by", "created_at", "updated_at")
_INTEGERS = ("id", "status", "priority", "requester_id", "responder_id", "group_id", "source")
_TEXTS = ("subject", "description", "type", "category")
_TICKET = pa.schema(
    [
        *((name, pa.int64()) for name in _INTEGERS),
        *((name, pa.string()) for name in (*_TEXTS, *_TIMES, *_NESTED)),
        ("spam", pa.bool_()),
        ("deleted", pa.bool_()),
        ("score", pa.float64()),
    ]
)
_GROUP = pa.schema([("id", pa.int64()), ("name", pa.string())])
_CHILD = pa.schema([*_GROUP, ("_groups_id", pa.int64())])

# Pages that become one Arrow table.
_TOGETHER = 50


class Fetcher:
    """Fetches what can be asked for at the same time, in threads."""

    def __init__(self, job: Job) -> None:
        self.job = job
        self.pool = urllib3.PoolManager(maxsize=job.in_flight)
        self.threads = ThreadPoolExecutor(job.in_flight)

    def one(self, path: str) -> Any:
        """Return the body of an answer."""
        answer = self.pool.request("GET", self.job.url + path)
        if answer.status != 200:  # noqa: PLR2004 - success
            raise RuntimeError(f"{path} answered {answer.status}")
        return orjson.loads(answer.data)

    def tickets(self) -> Iterator[list[dict[str, Any]]]:
        """Yield the pages: from the first one on it is known how many there are."""
        path = f"/tickets?per_page={self.job.page_size}&page="
        first = self.one(f"{path}1")
        yield first["tickets"]
        pages = -(-first["total"] // self.job.page_size)
        for body in self.threads.map(self.one, (f"{path}{page}" for page in range(2, pages + 1))):
            yield body["tickets"]

    def tables(self) -> Iterator[tuple[str, list[dict[str, Any]]]]:
        """Yield the records of each page with the name of their table."""
        if "tickets" in self.job.tables:
            yield from (("tickets", records) for records in self.tickets())
        if PARENT in self.job.tables:
            groups = self.one(f"/{PARENT}")[PARENT]
            yield PARENT, groups
            asked = [(kind, group["id"]) for kind in self.job.children for group in groups]
            yield from self.threads.map(self._child, asked)

    def _child(self, asked: tuple[str, int]) -> tuple[str, list[dict[str, Any]]]:
        kind, group = asked
        return kind, [{**one, "_groups_id": group} for one in self.one(f"/{PARENT}/{group}/{kind}")[kind]]


def load(job: Job) -> Done:
    """Insert Arrow tables into staging tables, and merge each at once."""
    connection = duckdb.connect("bench.duckdb")
    connection.execute("create schema data; create schema staging")
    for name, columns in _definitions().items():
        connection.execute(f"create table data.{name} ({columns}); create table staging.{name} ({columns})")
    for name, records in _gathered(Fetcher(job).tables()):
        table = _arrow(name, records)
        connection.register("arrived", table)
        connection.execute(f"insert into staging.{name} by name select * from arrived")  # noqa: S608 - names of ours
    for name in job.tables:
        key = "(id, _groups_id)" if name in job.children else "id"
        again = f"delete from data.{name} where {key} in (select {key} from staging.{name})"  # noqa: S608 - as above
        insert = f"insert into data.{name} select * from staging.{name}"  # noqa: S608 - as above
        connection.execute(f"begin; {again}; {insert}; commit")
    connection.close()
    return Done(partial(in_duckdb, "bench.duckdb", "data", job.tables))


def read(job: Job) -> Done:
    """Fetch and parse."""
    sink = Sink()
    for name, records in Fetcher(job).tables():
        sink.take(name, records)
    return Done(sink.rows)


def _gathered(pages: Iterator[tuple[str, list[dict[str, Any]]]]) -> Iterator[tuple[str, list[dict[str, Any]]]]:
    while some := list(islice(pages, _TOGETHER)):
        by_table: dict[str, list[dict[str, Any]]] = {}
        for name, records in some:
            by_table.setdefault(name, []).extend(records)
        yield from by_table.items()


def _arrow(name: str, records: list[dict[str, Any]]) -> pa.Table:
    if name != "tickets":
        return pa.Table.from_pylist(records, schema=_GROUP if name == PARENT else _CHILD)
    for one in records:
        for nested in _NESTED:
            one[nested] = orjson.dumps(one[nested]).decode()
    return pa.Table.from_pylist(records, schema=_TICKET)


def _definitions() -> dict[str, str]:
    integers, texts = [f"{name} bigint" for name in _INTEGERS], [f"{name} varchar" for name in _TEXTS]
    times, nested = [f"{name} timestamptz" for name in _TIMES], [f"{name} json" for name in _NESTED]
    ticket = ", ".join([*integers, *texts, *times, *nested, "spam boolean", "deleted boolean", "score double"])
    child = "id bigint, name varchar, _groups_id bigint"
    return {"tickets": ticket, PARENT: "id bigint, name varchar", "members": child, "rules": child}


if __name__ == "__main__":
    perform(lambda job: read(job) if job.option == "read" else load(job))
