"""Load a connector into a destination, and report what happened."""

from __future__ import annotations

import re
import time
from collections.abc import Callable, Sequence
from datetime import datetime
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import dlt
from dlt.common.exceptions import DltException
from dlt.common.pipeline import LoadInfo
from dlt.destinations.impl.duckdb.configuration import DuckDbCredentials

from sdk.errors import LoadError, SDKError, SettingError
from sdk.histories import reports_folder, write_report
from sdk.opening import Opened, open_connector
from sdk.redaction import one_line
from sdk.reports import ResourceReport, RunReport, Versions, resource_report
from sdk.source import Watch, source_of

# How much of another library's error is repeated.
_SHOWN_TEXT = 300
_DUCKDB_MEMORY = "150MB"


def run(  # noqa: PLR0913 - each names one thing that a run may differ in
    name: str,
    *,
    pipeline: dlt.Pipeline | None = None,
    to: str | None = None,
    resources: Sequence[str] | None = None,
    plugins: Sequence[object] = (),
    clock: Callable[[], datetime] | None = None,
    watch: Watch | None = None,
    max_table_nesting: int = 0,
    **settings: Any,
) -> RunReport:
    """Load the connector *name*, and return what happened.

    What an interrupted run had extracted is loaded first.

    Args:
        name: The connector's name.
        pipeline: The dlt pipeline to use; default: one named after the connector.
        to: Where to load without a pipeline of your own, such as `duckdb:///data.duckdb`; default: the file
            `<name>.duckdb` in the current folder.
        resources: Names of the resources to load; default: all.
        plugins: Objects with hook implementations, asked before all others.
        clock: Returns the start of the run; default: the time of day.
        watch: Counts rows, requests and waits while the run goes on, for a display.
        max_table_nesting: How deep nested lists become tables of their own; 0 keeps them as JSON.
        **settings: The connector's settings and secrets.

    Raises:
        SDKError: The run failed; nothing of it was committed, unless the message says otherwise.

    .. versionadded:: 0.1
    """
    opened = open_connector(name, settings, extra_plugins=plugins, clock=clock)
    return run_opened(
        opened, pipeline=pipeline, to=to, resources=resources, watch=watch, max_table_nesting=max_table_nesting
    )


def run_opened(  # noqa: PLR0913 - as `run`
    opened: Opened,
    *,
    pipeline: dlt.Pipeline | None = None,
    to: str | None = None,
    resources: Sequence[str] | None = None,
    watch: Watch | None = None,
    max_table_nesting: int = 0,
) -> RunReport:
    """Load an opened connector; see `run`."""
    watch = watch or Watch()
    names = opened.names(resources)
    pipeline = pipeline or pipeline_to(opened.connector.name, to)
    begun, started = time.monotonic(), opened.clock()
    source = source_of(opened, names, watch, max_table_nesting=max_table_nesting)
    info = loaded(pipeline, source)
    report = RunReport(
        connector=opened.connector.name,
        pipeline=pipeline.pipeline_name,
        dataset=pipeline.dataset_name or "",
        destination=shown(pipeline),
        started=started,
        seconds=time.monotonic() - begun,
        resources=tuple(_resource_report(one, watch, loaded=one in names) for one in _reported(names, watch)),
        skips=tuple(watch.skips),
        load_ids=tuple(info.loads_ids),
        versions=Versions.of(opened.connector.name),
    )
    write_report(report, reports_folder(pipeline.working_dir))
    return report


def loaded(pipeline: dlt.Pipeline, source: Any) -> LoadInfo:
    """Load *source*, and before it what an interrupted run had extracted.

    Raises:
        SDKError: It failed; the one error that explains it.
    """
    try:
        if pipeline.has_pending_data:
            pipeline.run()
        return pipeline.run(source)
    except (DltException, OSError) as error:
        raise _plain(error, pipeline) from error


def pipeline_to(name: str, to: str | None = None) -> dlt.Pipeline:
    """Return the pipeline *name* that loads into the dataset `<name>_data` of *to*, default the file `<name>.duckdb`.

    Not into a dataset called like the connector: DuckDB names a database after its file, and where both have one name
    no statement can tell them apart.

    Raises:
        SettingError: *to* names no destination that dlt knows.
    """
    # A bare "duckdb" means the same: dlt would take the file where a pipeline of this name first ran.
    target = destination(f"duckdb:///{name}.duckdb" if to in {None, "", "duckdb"} else str(to))
    return dlt.pipeline(pipeline_name=name, destination=target, dataset_name=f"{name}_data")


def destination(to: str) -> Any:
    """Return the dlt destination of a URL such as `duckdb:///data.duckdb`, or of a bare name such as `postgres`.

    A bare name takes its credentials from dlt's configuration, which is where secrets belong.

    Raises:
        SettingError: dlt knows no such destination.
    """
    scheme = to.partition(":")[0] if ":" in to else to
    kind = {"postgresql": "postgres", "file": "filesystem"}.get(scheme, scheme)
    try:
        if kind == "duckdb" and ":" in to:
            parts = urlsplit(to)
            # As in SQLAlchemy: three slashes before a relative path, four before an absolute one.
            path = parts.path.removeprefix("/") if not parts.netloc else f"{parts.netloc}{parts.path}"
            if not path:
                return dlt.destinations.duckdb(":memory:")
            # Absolute, or dlt would look for it where this pipeline first ran. DuckDB alone would take most of the
            # machine's memory to merge a large table; with a limit it takes its time and the disk instead.
            return dlt.destinations.duckdb(
                DuckDbCredentials(str(Path(path).absolute()), global_config={"memory_limit": _DUCKDB_MEMORY})
            )
        if kind == "filesystem":
            return dlt.destinations.filesystem(bucket_url=to) if ":" in to else dlt.destinations.filesystem()
        return dlt.destination(kind, **({"credentials": to} if ":" in to else {}))
    except (DltException, ImportError, ValueError) as error:
        hint = "give one that dlt knows, such as duckdb:///data.duckdb"
        raise SettingError(f"no destination {kind!r}; {hint}") from error


def _reported(names: Sequence[str], watch: Watch) -> list[str]:
    """Return the resources to report: the wanted ones, and the parents that were read for them."""
    return [*names, *(name for name, tally in watch.tallies.items() if name not in names and tally.requests)]


def _resource_report(name: str, watch: Watch, *, loaded: bool) -> ResourceReport:
    return resource_report(name, watch.tallies.of(name), loaded=loaded)


def _plain(error: BaseException, pipeline: dlt.Pipeline) -> SDKError:
    """Return the one error that explains *error*: our own from under dlt's wrapping, else the innermost."""
    inner: BaseException | None = error
    last = error
    while inner is not None:
        if isinstance(inner, SDKError):
            return inner
        last, inner = inner, getattr(inner, "exception", None) or inner.__cause__
    # The first sentence says what; dlt goes on with advice for whoever wrote the pipeline.
    text = re.split(r"(?<=[a-z)'\"]{2})\. ", " ".join(str(last).split()), maxsplit=1)[0]
    return LoadError(f"cannot load into {shown(pipeline)}: {type(last).__name__}: {text[:_SHOWN_TEXT]}")


def shown(pipeline: dlt.Pipeline) -> str:
    """Return where a pipeline loads to, without credentials."""
    target: Any = pipeline.destination  # None until somebody names one, whatever its type says
    if target is None:
        return "no destination"
    kind = str(target.destination_name)
    try:
        # dlt's configurations print their location, and leave the password out.
        return one_line(str(pipeline.destination_client().config)) or kind
    except (DltException, OSError):
        return kind
