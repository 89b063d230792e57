"""Ours: `sdk.load` in a plain dlt pipeline, or extraction alone."""

from __future__ import annotations

import os
from functools import partial

os.environ["RUNTIME__DLTHUB_TELEMETRY"] = "false"

import dlt
import duckdb  # noqa: F401 - imported before the clock starts, for everybody
import pyarrow as pa  # noqa: F401 - as above

import sdk
from benchmarks.candidates.job import Done, Job, Sink, in_duckdb, perform
from benchmarks.candidates.stages import Stages
from sdk.extraction import Extraction
from sdk.opening import open_connector
from sdk.source import load as sdk_load


class Declared:
    """The connector as an author declares it who knows the API's rate."""

    def __init__(self, allowed: float) -> None:
        self.allowed = allowed

    @sdk.hookimpl
    def sdk_declare_connector(self) -> sdk.Connector:
        """Declare the rate too."""
        from sdk_plugin_bench import declared

        return declared(sdk.RateLimit(int(self.allowed), 1.0))


def load(job: Job) -> Done:
    """Load into DuckDB as a user would."""
    plugins = [Declared(job.allowed)] if job.option == "declared" else []
    source = sdk_load("bench", base_url=job.url, in_flight=job.in_flight, resources=job.tables, plugins=plugins)
    stages = Stages()
    target = dlt.destinations.duckdb("bench.duckdb")
    pipeline = dlt.pipeline("bench", destination=target, dataset_name="data", progress=stages)
    pipeline.run(source)
    return Done(partial(in_duckdb, "bench.duckdb", "data", job.tables), stages.found)


def run(job: Job) -> Done:
    """Load as the command does, which commits as it goes and bounds DuckDB's memory."""
    sdk.run("bench", to="duckdb:///bench.duckdb", base_url=job.url, in_flight=job.in_flight, resources=job.tables)
    return Done(partial(in_duckdb, "bench.duckdb", "bench_data", job.tables))


def read(job: Job) -> Done:
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
    return Done(sink.rows)


if __name__ == "__main__":
    perform(lambda job: {"read": read, "run": run}.get(job.option, load)(job))
