"""What a candidate's process is told, and what it tells; standard library only, since it runs in every environment."""

from __future__ import annotations

import json
import resource
import time
from collections import defaultdict
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, TypeAlias

PARENT = "groups"

# For each table how many rows came, and how many different ones.
Rows: TypeAlias = dict[str, tuple[int, int]]


@dataclass(frozen=True)
class Job:
    """One piece of work.

    Attributes:
        url: Where the API is.
        tables: What to read; `groups` before its children.
        in_flight: How many requests may be under way at a time, for whoever can have several.
        page_size: How many records to ask for at a time.
        allowed: How many requests the API takes a second; 0: as many as come.
        option: What tells two candidates of one script apart.
    """

    url: str
    tables: tuple[str, ...]
    in_flight: int
    page_size: int
    allowed: float = 0.0
    option: str = ""

    @classmethod
    def told(cls) -> Job:
        """Return the job in `job.json`."""
        told = json.loads(Path("job.json").read_text())
        return cls(**{**told, "tables": tuple(told["tables"])})

    @property
    def children(self) -> tuple[str, ...]:
        """The tables that are read once for each group."""
        return tuple(table for table in self.tables if table not in {"tickets", PARENT})


@dataclass(frozen=True)
class Done:
    """What a piece of work leaves.

    Attributes:
        rows: Tells the rows that arrived; asked when the clock was stopped.
        stages: Of each stage the seconds, and the most memory in MB that the process had held at its end.
    """

    rows: Callable[[], Rows]
    stages: dict[str, tuple[float, float]] = field(default_factory=dict)


@dataclass
class Sink:
    """Takes records and keeps none, only which ones came."""

    counts: dict[str, int] = field(default_factory=lambda: defaultdict(int))
    ids: dict[str, set[Any]] = field(default_factory=lambda: defaultdict(set))

    def take(self, table: str, records: Iterable[Mapping[str, Any]]) -> None:
        """Take records of *table*."""
        known = self.ids[table]
        for record in records:
            self.counts[table] += 1
            known.add(record["id"])

    def rows(self) -> Rows:
        """Return what came."""
        return {table: (count, len(self.ids[table])) for table, count in self.counts.items()}


def perform(work: Callable[[Job], Done]) -> None:
    """Do the job in `job.json` and write `result.json`."""
    job = Job.told()
    cpu, begun = _cpu(), time.perf_counter()
    done = work(job)
    seconds, cpu = time.perf_counter() - begun, _cpu() - cpu
    tell(seconds=seconds, cpu=cpu, rows=done.rows(), stages=done.stages)


def tell(**result: Any) -> None:
    """Write `result.json`."""
    Path("result.json").write_text(json.dumps(result))


def in_duckdb(file: str, dataset: str, tables: Iterable[str]) -> Rows:
    """Return the rows that stand in a DuckDB file."""
    import duckdb

    with duckdb.connect(file, read_only=True) as connection:
        counted = "select count(*), count(distinct id) from"
        return {table: connection.execute(f"{counted} {dataset}.{table}").fetchone() or (0, 0) for table in tables}


def _cpu() -> float:
    used = [resource.getrusage(who) for who in (resource.RUSAGE_SELF, resource.RUSAGE_CHILDREN)]
    return sum(one.ru_utime + one.ru_stime for one in used)
