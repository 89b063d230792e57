"""`sdk run`: load a connector into a destination."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

import click
import orjson

from sdk.cli import screen
from sdk.cli.commands import Command
from sdk.cli.destinations import callable_here, check_destination, first_rows, place, refuse_credentials
from sdk.cli.failures import SKIPPED, WrongUsageError
from sdk.cli.interrupting import interruptible
from sdk.cli.previews import show_rows
from sdk.cli.progress import View, progress
from sdk.cli.quiet import quieten
from sdk.cli.settings_given import set_option, settings_of
from sdk.cli.summaries import show_report

if TYPE_CHECKING:
    import dlt

    from sdk.incomplete import IncompleteError
    from sdk.opening import Opened
    from sdk.reports import RunReport

_STOPPED = "stopped: nothing more is read, and the next run goes on from the last commit"
_ROWS_OF_A_DEMO = 5
_DOCUMENTS = (".json", ".toml", ".yaml", ".yml", ".py")


_EXAMPLES = """
sdk run tickets --demo
sdk run tickets --to duckdb:///data.duckdb --start-date 2024-01-31
sdk run tickets --resource problems --resource changes
sdk run api.yaml
"""


@click.command(cls=Command, epilog=_EXAMPLES)
@click.argument("name")
@click.option("--to", metavar="URL", help="Where to load, such as duckdb:///data.duckdb. Default: NAME.duckdb here.")
@click.option("--resource", "-r", "resources", multiple=True, metavar="NAME", help="Load this one; default: all.")
@click.option("--demo", is_flag=True, help="Load from the connector's simulator: no account, no settings.")
@click.option("--start-date", metavar="DATE", help="Read from this date on, such as 2024-01-31.")
@click.option(
    "--max-table-nesting",
    type=click.IntRange(0),
    help="Make tables of nested lists, so deep. Default: JSON; of a FILE as deep as they are.",
)
@click.option("--commit-records", metavar="N", type=click.IntRange(1), help="Commit after N records. Default: 100000.")
@click.option(
    "--commit-minutes",
    metavar="N",
    type=click.FloatRange(0, min_open=True),
    help="Commit after N minutes. Default: 5.",
)
@click.option("--strict", is_flag=True, help="Exit with 3 when something was skipped.")
@click.option("--json", "as_json", is_flag=True, help="Print the report as JSON.")
@set_option
def run(  # noqa: PLR0913, PLR0917 - one argument for each option
    name: str,
    to: str | None,
    resources: Sequence[str],
    demo: bool,  # noqa: FBT001 - click passes flags so
    start_date: str | None,
    max_table_nesting: int | None,
    commit_records: int | None,
    commit_minutes: float | None,
    strict: bool,  # noqa: FBT001
    as_json: bool,  # noqa: FBT001
    given: Sequence[str],
) -> int:
    """Load connector NAME into DuckDB, or wherever dlt loads to; or an API that a FILE declares.

    FILE is a dlt dictionary: .json, .toml or .yaml, or FILE.py:NAME; see sdk lint.

    The next run begins where the last complete one ended, and goes on with one that was interrupted. What the account
    cannot show is skipped, listed at the end, kept in the table _sdk_skips, and asked again on the next run; anything
    else that is missing fails the run, once all else is loaded.
    """
    refuse_credentials(to)
    given_commits = {"commit_records": commit_records, "commit_minutes": commit_minutes}
    commits: dict[str, Any] = {option: value for option, value in given_commits.items() if value is not None}
    if name.lower().endswith(_DOCUMENTS) or ".py:" in name.lower():
        if demo or start_date or given:
            raise WrongUsageError(
                "a file has no settings and no demo: --demo, --start-date and --set are for connectors"
            )
        from sdk.cli.linting import run_file

        return run_file(
            name, to, resources, max_table_nesting=max_table_nesting, strict=strict, as_json=as_json, **commits
        )
    keywords = settings_of(name, given, start_date)
    quieten()
    with _prepared(name, to, keywords, resources, demo=demo) as (opened, pipeline):
        names = opened.names(resources or None)
        check_destination(pipeline)
        report, missing = _load(opened, pipeline, names, max_table_nesting=max_table_nesting or 0, **commits)
    if as_json:
        click.echo(orjson.dumps(report.to_dict(), default=str, option=orjson.OPT_INDENT_2).decode())
    else:
        _show(opened, report, pipeline, demo=demo)
    if missing is not None:
        raise missing
    return SKIPPED if strict and report.skips else 0


@contextmanager
def _prepared(
    name: str, to: str | None, keywords: Mapping[str, Any], resources: Sequence[str], *, demo: bool
) -> Iterator[tuple[Opened, dlt.Pipeline]]:
    """Yield the connector and the pipeline to load it with."""
    if demo:
        from sdk.cli.demo import demo_pipeline, demonstrated

        with demonstrated(name, keywords, resources) as opened:
            yield opened, demo_pipeline(name, to)
        return
    from sdk.opening import open_connector
    from sdk.pipelines import pipeline_to

    opened = open_connector(name, keywords)
    yield opened, pipeline_to(name, to)


def _load(
    opened: Opened, pipeline: dlt.Pipeline, names: Sequence[str], **how: Any
) -> tuple[RunReport, IncompleteError | None]:
    """Load, and return what happened; with it the error, when something is missing and all else is there."""
    from sdk.incomplete import IncompleteError
    from sdk.runs import run_opened
    from sdk.source import Watch

    watch = Watch()
    try:
        with progress(View(opened.connector, names, watch.tallies, place(pipeline))):
            report: RunReport = interruptible(
                lambda: run_opened(opened, pipeline=pipeline, resources=names, watch=watch, **how), _STOPPED
            )
    except IncompleteError as missing:
        return missing.report, missing
    return report, None


def _show(opened: Opened, report: RunReport, pipeline: dlt.Pipeline, *, demo: bool) -> None:
    out = screen.stdout()
    table = _telling_table(opened, report)
    if demo and report.rows:
        rows = first_rows(pipeline, table, _ROWS_OF_A_DEMO)
        screen.heading(out, f"{report.dataset}.{table}", f"the first {screen.plural(len(rows), 'row')}")
        show_rows(out, rows)
    show_report(out, report, pipeline, table)
    if demo:
        out.print(f"with your own account: {callable_here('sdk')} describe {report.connector} says what to set")


def _telling_table(opened: Opened, report: RunReport) -> str:
    """Return the table to look at: of those that got rows, the one with the most columns."""
    names = [one.resource for one in report.resources if one.rows] or [one.resource for one in report.resources]
    return max(names, key=lambda name: len(opened.connector.resource(name).columns))
