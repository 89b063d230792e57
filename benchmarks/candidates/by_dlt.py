"""dlt's `rest_api_source`: as it comes, tuned by hand, or iterated without a pipeline."""

from __future__ import annotations

import os
from functools import partial
from typing import Any

os.environ["RUNTIME__DLTHUB_TELEMETRY"] = "false"

import dlt
import duckdb  # noqa: F401 - imported before the clock starts, for everybody
import pyarrow as pa  # noqa: F401 - as above
from dlt.sources.rest_api import rest_api_source

from benchmarks.candidates.job import PARENT, Done, Job, Sink, in_duckdb, perform
from benchmarks.candidates.stages import Stages


def config(job: Job) -> Any:
    """Return the API as dlt declares it."""
    tickets = {
        "path": "tickets",
        "data_selector": "tickets",
        "params": {"per_page": job.page_size},
        "paginator": {"type": "page_number", "base_page": 1, "page_param": "page", "total_path": None},
    }
    resources: list[dict[str, Any]] = []
    for table in job.tables:
        if table == "tickets":
            resources.append({"name": table, "endpoint": tickets})
        elif table == PARENT:
            endpoint = {"path": table, "data_selector": table, "paginator": "single_page"}
            resources.append({"name": table, "endpoint": endpoint})
        else:
            path = f"{PARENT}/{{resources.{PARENT}.id}}/{table}"
            endpoint = {"path": path, "data_selector": table, "paginator": "single_page"}
            resources.append({"name": table, "endpoint": endpoint, "include_from_parent": ["id"]})
    if job.option == "tuned":
        # On each resource: said for the source, one request at a time goes to each child table.
        resources = [{**resource, "parallelized": True} for resource in resources]
    return {
        "client": {"base_url": job.url},
        "resource_defaults": {"primary_key": "id", "write_disposition": "merge"},
        "resources": resources,
    }


def load(job: Job) -> Done:
    """Load into DuckDB."""
    stages = Stages()
    target = dlt.destinations.duckdb("bench.duckdb")
    pipeline = dlt.pipeline("bench", destination=target, dataset_name="data", progress=stages)
    if job.option == "tuned":
        os.environ["EXTRACT__WORKERS"] = os.environ["EXTRACT__MAX_PARALLEL_ITEMS"] = str(job.in_flight)
        source = rest_api_source(config(job), max_table_nesting=0)
        pipeline.run(source, loader_file_format="parquet")
    else:
        pipeline.run(rest_api_source(config(job)))
    return Done(partial(in_duckdb, "bench.duckdb", "data", job.tables), stages.found)


def read(job: Job) -> Done:
    """Iterate over the resources, without a pipeline."""
    source = rest_api_source(config(job))
    sink = Sink()
    for table in job.tables:
        sink.take(table, source.resources[table])
    return Done(sink.rows)


if __name__ == "__main__":
    perform(lambda job: read(job) if job.option == "read" else load(job))
