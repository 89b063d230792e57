"""What earlier runs did: a JSON file for each beside the pipeline's state, and rows of the table `_sdk_runs`.

The rows travel with a run's own load packages, so they are there when its data is. The file is written after each run,
one that failed too, and needs no destination.
"""

from __future__ import annotations

import logging
import os
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import suppress
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, Final

import orjson
from attrs import evolve

from sdk.failures import Failure
from sdk.instants import parse_instant
from sdk.redaction import one_line
from sdk.reports import ResourceReport, RunReport, Versions
from sdk.side_tables import SideTable

_logger: Final = logging.getLogger(__name__)

_KEPT: Final = 100
_FOLDER: Final = "sdk_runs"

_TYPES: Final[Mapping[str, str]] = {
    name: data_type
    for data_type, names in (
        ("text", "run_id connector resource status"),
        ("timestamp", "started continued"),
        ("bool", "loaded complete"),
        ("bigint", "rows pages requests retries"),
        ("double", "waited"),
        ("bigint", "skips gaps gap_lists surplus"),
        ("double", "seconds run_seconds"),
        ("bigint", "commits"),
        ("text", "failure doubt distribution connector_version sdk_version dlt_version python_version"),
    )
    for name in names.split()
}
# Columns that are a resource's own, under the name that its report has for them.
_COUNTED: Final = tuple(one.name for one in ResourceReport.__attrs_attrs__ if one.name in _TYPES)

RUNS: Final = SideTable(
    "_sdk_runs", ("run_id", "resource"), {name: {"data_type": data_type} for name, data_type in _TYPES.items()}
)
"""The table with one row for each run and resource."""


def run_rows(report: RunReport) -> list[dict[str, Any]]:
    """Return the rows of `_sdk_runs` for a run: one for each resource, with what is known of it so far."""
    made = report.versions
    failures: dict[str, list[str]] = {}
    for failure in report.failures:
        failures.setdefault(failure.resource, []).append(failure.error)
    common = {
        "run_id": report.run_id,
        "connector": report.connector,
        "status": report.status,
        "started": report.started,
        "continued": report.continued,
        "run_seconds": report.seconds,
        "commits": report.commits,
        "distribution": made.distribution,
        "connector_version": made.connector,
        "sdk_version": made.sdk,
        "dlt_version": made.dlt,
        "python_version": made.python,
    }
    return [
        {
            **common,
            **{name: getattr(one, name) for name in _COUNTED},
            "failure": one_line("; ".join(failures[one.resource])) if one.resource in failures else None,
            "doubt": one_line(one.doubt) or None,
        }
        for one in report.resources
    ]


def run_items(report: RunReport) -> Iterator[Any]:
    """Yield what a resource hands dlt, while a pipeline extracts, for the rows of *report* to be loaded with it.

    Of a run that commits several times, hand them on each time: the latest rows of a run take the place of its older
    ones.
    """
    yield from RUNS.items(run_rows(report))


def reports_in_rows(rows: Sequence[Mapping[str, Any]]) -> list[RunReport]:
    """Return the runs that rows of `_sdk_runs` tell of, the newest last; what has no column there is empty.

    A table has no order, so the resources of a run are in that of their names.
    """
    found: dict[str, list[Mapping[str, Any]]] = {}
    for row in sorted(rows, key=lambda one: str(one["resource"])):
        found.setdefault(row["run_id"], []).append(row)
    return [_from_rows(found[name]) for name in sorted(found)]


def _from_rows(rows: Sequence[Mapping[str, Any]]) -> RunReport:
    run = rows[0]
    versions = ("distribution", "connector_version", "sdk_version", "dlt_version", "python_version")
    return RunReport(
        connector=run["connector"],
        pipeline="",
        dataset="",
        destination="",
        started=parse_instant(run["started"]) or datetime.fromtimestamp(0, UTC),
        seconds=run["run_seconds"] or 0.0,
        resources=tuple(ResourceReport(**{name: row[name] for name in _COUNTED}) for row in rows),
        load_ids=("",) * (run["commits"] or 0),
        failures=tuple(Failure(row["resource"], "", row["failure"]) for row in rows if row.get("failure")),
        continued=parse_instant(run["continued"]) if run["continued"] else None,
        versions=Versions(*(run[name] or "" for name in versions)),
        run_id=run["run_id"],
        status=run["status"],
    )


def reports_folder(working_dir: str | Path) -> Path:
    """Return where the reports of the pipeline that works in *working_dir* are."""
    return Path(working_dir) / _FOLDER


def write_report(report: RunReport, folder: Path) -> Path:
    """Write *report* as a JSON file into *folder*, whole or not at all, and return its path; the newest 100 stay."""
    folder.mkdir(parents=True, exist_ok=True)
    path = folder / f"{report.run_id}.json"
    part = path.with_suffix(f".{os.getpid()}.part")
    part.write_bytes(orjson.dumps(report.to_dict(), option=orjson.OPT_INDENT_2))
    part.replace(path)
    for old in sorted(folder.glob("*.json"))[:-_KEPT]:
        old.unlink(missing_ok=True)
    return path


def keep_report(working_dir: str | Path, report: RunReport) -> None:
    """Leave *report* with the pipeline that works in *working_dir*; where that fails, it is said and no more."""
    try:
        write_report(report, reports_folder(working_dir))
    except OSError as error:
        # What was loaded is loaded.
        _logger.warning("the report of run %s could not be kept: %s", report.run_id, type(error).__name__)


def load_reported(
    working_dir: str | Path, load: Callable[[], None], report: Callable[[Sequence[Failure]], RunReport]
) -> RunReport:
    """Call *load*, leave the *report* of it with the pipeline, also when it fails, and return it.

    Args:
        working_dir: Where the pipeline works.
        load: Loads everything.
        report: Returns what happened so far, with failures that it does not know yet.
    """
    try:
        load()
    except BaseException as error:
        keep_report(working_dir, evolve(report([Failure.of(error)]), status="failed"))
        raise
    made = report(())
    keep_report(working_dir, made)
    return made


def read_reports(folder: Path) -> list[RunReport]:
    """Return the reports in *folder*, the newest last; a file that holds none is passed over."""
    found = []
    for path in sorted(folder.glob("*.json")):
        with suppress(OSError, ValueError):
            found.append(RunReport.from_dict(orjson.loads(path.read_bytes())))
    return found
