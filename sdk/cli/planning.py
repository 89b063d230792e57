"""`sdk plan`: how many requests and minutes the next run will take."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any

import click
from attrs import asdict

from sdk.cli import screen
from sdk.cli.commands import Command
from sdk.cli.quiet import quieten
from sdk.cli.settings_given import set_option, settings_of

if TYPE_CHECKING:
    from sdk.plans import ResourcePlan

_EXAMPLES = """
sdk plan tickets
sdk plan tickets --to duckdb:///data.duckdb --resource problems
"""


@click.command(cls=Command, epilog=_EXAMPLES)
@click.argument("name")
@click.option("--to", metavar="URL", help="The destination of the run. Default: the file NAME.duckdb.")
@click.option("--resource", "-r", "resources", multiple=True, help="Plan this resource only. Repeat it for more.")
@click.option("--json", "as_json", is_flag=True, help="Print the plan as JSON.")
@set_option
def plan(
    name: str,
    to: str | None,
    resources: Sequence[str],
    as_json: bool,  # noqa: FBT001 - click passes it so
    given: Sequence[str],
) -> int:
    """Predict requests and minutes of the next run of connector NAME, from the last one and the declared quota.

    Nothing is asked of the API. The exit code is 1 when the run cannot fit into the quota.
    """
    from sdk.opening import open_connector
    from sdk.plans import plan as planned

    keywords = settings_of(name, given)
    quieten()
    opened = open_connector(name, keywords)
    found = planned(opened.connector, _states(name, to), opened.names(list(resources) or None))
    if as_json:
        click.echo(json.dumps([asdict(one) for one in found], indent=2))
    else:
        _show(name, found)
    return 0 if all(one.fits for one in found) else 1


def _states(name: str, to: str | None) -> Mapping[str, Mapping[str, Any]]:
    """Return what the resources keep, in the pipeline's folder on this machine or else in the destination."""
    from sdk.pipelines import pipeline_to

    pipeline = pipeline_to(name, to)
    if pipeline.first_run:
        pipeline.sync_destination()
    source: Mapping[str, Any] = pipeline.state.get("sources", {}).get(name, {})
    states: Mapping[str, Mapping[str, Any]] = source.get("resources", {})
    return states


def _show(name: str, found: Sequence[ResourcePlan]) -> None:
    out = screen.stdout()
    known = [one for one in found if one.requests is not None]
    total = sum(one.requests or 0 for one in known)
    screen.heading(out, name, f"the next run: {screen.plural(total, 'request')}" if known else "no run yet")
    table = screen.table()
    for column in ("resource", "requests", "rows", "at least", "like the last run that read"):
        table.add_column(column, justify="right" if column in {"requests", "rows", "at least"} else "left")
    for one in found:
        seconds = "" if one.seconds is None else screen.duration(one.seconds)
        numbers = ["?" if value is None else f"{value:,}" for value in (one.requests, one.rows)]
        like = {"whole": "everything", "continuing": "what was new"}[one.like] if one.requests is not None else ""
        table.add_row(one.resource, *numbers, seconds, like)
    screen.show(out, table)
    for one in found:
        if not one.fits:
            wait = screen.duration(one.waits)
            text = f"{one.resource}: the quota asks for waits of {wait}, longer than accepted: the run would end there"
            out.print(screen.cell(f"\n{text}; read less with start_date, or raise retry.max_wait", screen.WARN))
    if len(known) < len(found):
        out.print(screen.cell("\n?: not read yet; sdk run tells the next plan", screen.QUIET))
