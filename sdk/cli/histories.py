"""`sdk runs`: what the last runs did."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import suppress
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

import click
from rich.console import Console
from rich.table import Table
from rich.text import Text

from sdk.cli import screen
from sdk.cli.commands import Command
from sdk.cli.destinations import check_destination, duckdb_file, place, refuse_credentials
from sdk.cli.failures import WrongUsageError
from sdk.cli.quiet import quieten
from sdk.cli.summaries import show_lacks, show_resources

if TYPE_CHECKING:
    import dlt

    from sdk.reports import RunReport

_STYLES: Final = {"complete": screen.GOOD, "incomplete": screen.WARN, "failed": screen.BAD}
_ALWAYS: Final = ("rows", "requests", "took")
_FIRST_TO_GO: Final = ("retries", "waited", "requests", "took")
_INDENT: Final = 2

_EXAMPLES = """
sdk runs
sdk runs tickets --last 3
sdk runs tickets kqjzrw
sdk runs tickets --to duckdb:///data.duckdb
"""


@click.command(cls=Command, epilog=_EXAMPLES)
@click.argument("name", required=False)
@click.argument("run", required=False)
@click.option("--to", metavar="URL", help="Read the table _sdk_runs there. Default: what this machine keeps.")
@click.option("--last", default=10, type=click.IntRange(1), help="How many runs, the newest first. Default: 10.")
@click.option("--json", "as_json", is_flag=True, help="Print the reports as JSON.")
def runs(
    name: str | None,
    run: str | None,
    to: str | None,
    last: int,
    as_json: bool,  # noqa: FBT001 - click passes it so
) -> None:
    """Show the last runs of connector NAME, or of all; with RUN, one of them resource by resource.

    Each run leaves a report on the machine where it ran, the newest 100 of a pipeline stay, and rows in the table
    _sdk_runs beside its data. RUN is the name that the list shows.
    """
    refuse_credentials(to)
    if to is not None and name is None:
        raise WrongUsageError("--to holds the runs of many connectors: say which, as in sdk runs NAME --to URL")
    quieten()
    found = sorted(_reports(name, to), key=lambda one: one.run_id, reverse=True)
    if run is not None:
        one = _chosen(found, str(name), run)
        click.echo(json.dumps(one.to_dict(), indent=2)) if as_json else _show_one(one)
    elif as_json:
        click.echo(json.dumps([one.to_dict() for one in found[:last]], indent=2))
    else:
        _show_all(found[:last], name)


def _reports(name: str | None, to: str | None) -> Iterator[RunReport]:
    """Yield the reports that this machine keeps, or else those in the destination."""
    from dlt.common.pipeline import get_dlt_pipelines_dir

    from sdk.histories import read_reports, reports_folder

    pipelines = Path(get_dlt_pipelines_dir())
    if to is None:
        folders = [pipelines / name] if name is not None else sorted(pipelines.glob("*"))
        here = [report for folder in folders for report in read_reports(reports_folder(folder))]
        yield from here
        if here or name is None or not Path(f"{name}.duckdb").exists():
            return
    yield from _in_destination(str(name), to)


def _in_destination(name: str, to: str | None) -> Iterator[RunReport]:
    from dlt.common.exceptions import DltException
    from dlt.destinations.exceptions import DatabaseUndefinedRelation

    from sdk.errors import LoadError
    from sdk.histories import reports_in_rows
    from sdk.pipelines import pipeline_to

    pipeline = pipeline_to(name, to)
    file = duckdb_file(pipeline)
    if file is not None and not file.exists():
        return  # opening it would make one
    check_destination(pipeline)
    try:
        if pipeline.first_run:
            pipeline.sync_destination()
        with suppress(DatabaseUndefinedRelation):
            yield from reports_in_rows(_rows(pipeline))
    except DltException as error:
        raise LoadError(f"cannot read the runs in {place(pipeline)}: {type(error).__name__}") from error


def _rows(pipeline: dlt.Pipeline) -> list[dict[str, Any]]:
    from sdk.histories import RUNS

    with pipeline.sql_client() as client:
        columns = ", ".join(map(client.escape_column_name, RUNS.columns))
        table = client.make_qualified_table_name(RUNS.name)
        with client.execute_query(f"SELECT {columns} FROM {table}") as cursor:  # noqa: S608 - the names are ours
            return [dict(zip(RUNS.columns, row, strict=True)) for row in cursor.fetchall()]


def _chosen(found: Sequence[RunReport], name: str, run: str) -> RunReport:
    """Return the run that is called *run*: by all of its name, or by its letters."""
    matches = [one for one in found if run in {one.run_id, _letters(one)}]
    if not matches:
        raise WrongUsageError(f"no run {run!r} of {name!r} is known; sdk runs {name} lists those that are")
    return matches[0]


def _letters(report: RunReport) -> str:
    return report.run_id.rpartition("-")[2]


def _show_all(found: Sequence[RunReport], name: str | None) -> None:
    out = screen.stdout()
    if not found:
        what = f"sdk run {name}" if name is not None else "sdk run NAME"
        out.print(screen.cell(f"no run is known here; {what} makes the first, and --to looks elsewhere", screen.QUIET))
        return
    newest = "the last run" if len(found) == 1 else f"the last {len(found)} runs, the newest first"
    screen.heading(out, name or "all connectors", newest)
    # What no run had any of needs no column, and in a narrow terminal the least telling ones go.
    numbers = [one for one in _NUMBERS if one in _ALWAYS or any(_NUMBERS[one](each) for each in found)]
    for dropped in ("", *_FIRST_TO_GO):
        numbers = [one for one in numbers if one != dropped]
        table = _table(found, numbers, named=name is None)
        if out.measure(table).maximum <= out.width - _INDENT:
            break
    screen.show(out, table)
    _show_missing(out, found)
    if name is not None:
        out.print()
        out.print(screen.cell(f"next: sdk runs {name} {_letters(found[0])}", screen.QUIET))


def _table(found: Sequence[RunReport], numbers: Sequence[str], *, named: bool) -> Table:
    names = ["name"] if named else []
    table = screen.table("run", "started (UTC)", *names, "status", *numbers, numbers=numbers)
    for column in table.columns:
        column.no_wrap = True
    for one in found:
        table.add_row(
            screen.cell(_letters(one), screen.NAME),
            screen.cell(f"{one.started:%Y-%m-%d %H:%M}"),
            *([screen.cell(one.pipeline or one.connector)] if named else []),
            screen.cell(one.status, _STYLES[one.status]),
            *(_shown(number, _NUMBERS[number](one)) for number in numbers),
        )
    return table


def _sum(name: str) -> Callable[[RunReport], float]:
    return lambda report: sum(getattr(one, name) for one in report.resources)


# What is shown of a run, in this order.
_NUMBERS: Final[Mapping[str, Callable[[RunReport], float]]] = {
    "rows": _sum("rows"),
    "requests": _sum("requests"),
    "retries": _sum("retries"),
    "waited": _sum("waited"),
    "skipped": _sum("skips"),
    "gaps": _sum("gaps"),
    "took": lambda report: report.seconds,
}


def _shown(name: str, number: float) -> Text:
    if name in {"waited", "took"}:
        return screen.seconds(number)
    return screen.warned(int(number)) if name in {"skipped", "gaps"} else screen.count(int(number))


def _show_missing(out: Console, found: Sequence[RunReport]) -> None:
    """Show what the runs lack: the resources that failed."""
    lacking = [(one, dict.fromkeys(each.resource or "the run" for each in one.failures)) for one in found]
    if any(names for _, names in lacking):
        out.print("\nmissing:", style=screen.BAD)
        table = screen.table("run", "resources")
        table.show_header = False
        for one, names in lacking:
            if names:
                table.add_row(screen.cell(_letters(one), screen.NAME), screen.cell(", ".join(names)))
        screen.show(out, table)


def _show_one(report: RunReport) -> None:
    out = screen.stdout()
    screen.heading(out, f"{report.connector} {report.run_id}", report.status)
    show_resources(out, report, durations=True)
    show_lacks(out, report)
    out.print()
    for line in _about(report):
        out.print(screen.cell(line), soft_wrap=True)


def _about(report: RunReport) -> Iterator[str]:
    where = f", into {report.destination}" if report.destination else ""
    yield (
        f"{report.started:%Y-%m-%d %H:%M:%S} UTC, {screen.duration(report.seconds)}, "
        f"{screen.plural(report.commits, 'commit')}{where}"
    )
    if report.continued is not None:
        yield f"it continued the run of {report.continued:%Y-%m-%d %H:%M:%S} UTC"
    made = report.versions
    parts = [(made.distribution, made.connector), ("connector-sdk", made.sdk), ("dlt", made.dlt)]
    yield ", ".join(f"{what} {version}" for what, version in (*parts, ("Python", made.python)) if what and version)
