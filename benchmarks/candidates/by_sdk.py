"""Ours: `sdk.load` in a plain dlt pipeline, or extraction alone."""

from __future__ import annotations

import os
from collections.abc import Callable
from functools import partial

os.environ["RUNTIME__DLTHUB_TELEMETRY"] = "false"

import dlt
import duckdb  # noqa: F401 - imported before the clock starts, for everybody
import pyarrow as pa  # noqa: F401 - as above

import sdk
from benchmarks.candidates.job import Job, Rows, Sink, in_duckdb, perform
from sdk.extraction import Extraction
from sdk.opening import open_connector


class Declared:
    """The connector as an author declares it who knows the API's rate."""

    def __init__(self, allowed: float) -> None:
        self.allowed = allowed

    @sdk.hookimpl
    def sdk_declare_connector(self) -> sdk.Connector:
        """Declare the rate too."""
        from sdk_plugin_bench import declared

        return declared(sdk.RateLimit(int(self.allowed), 1.0))


def load(job: Job) -> Callable[[], Rows]:
    """Load into DuckDB as a user would."""
    plugins = [Declared(job.allowed)] if job.option == "declared" else []
    source = sdk.load("bench", base_url=job.url, in_flight=job.in_flight, resources=job.tables, plugins=plugins)
    pipeline = dlt.pipeline("bench", destination=dlt.destinations.duckdb("bench.duckdb"), dataset_name="data")
    pipeline.run(source)
    return partial(in_duckdb, "bench.duckdb", "data", job.tables)


def read(job: Job) -> Callable[[], Rows]:
    """Read as `sdk.read` does, several resources together."""
    opened = open_connector("bench", {"base_url": job.url, "in_flight": job.in_flight, "start_date": None})
    extraction = Extraction(opened.reader(), job.tables, run_start=opened.clock(), in_flight=opened.connector.in_flight)
    sink = Sink()
    streams = {table: extraction.batches(table) for table in job.tables}
    while streams:
        for table, batches in list(streams.items()):
            try:
                sink.take(table, next(batches) or ())
            except StopIteration:
                del streams[table]
    return sink.rows


if __name__ == "__main__":
    perform(lambda job: read(job) if job.option == "read" else load(job))
