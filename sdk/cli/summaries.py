"""Show what a run did: a table, what was left out, where the data is, and what to type next."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from rich.console import Console

from sdk.cli import screen
from sdk.cli.destinations import next_command, place
from sdk.redaction import one_line

if TYPE_CHECKING:
    import dlt

    from sdk.reports import RunReport
    from sdk.skips import Skip

_NUMBERS = ("rows", "requests", "retries", "waited", "skipped", "gaps")
_LONG_REQUEST = 60


def show_report(out: Console, report: RunReport, pipeline: dlt.Pipeline, table: str) -> None:
    """Show the whole end of a run; *table* is the one to look at next."""
    show_resources(out, report)
    show_lacks(out, report)
    rows, took = screen.plural(report.rows, "row"), screen.duration(report.seconds)
    out.print()
    out.print(screen.cell(f"{rows} in {took}, in {place(pipeline)}, dataset {report.dataset}", "bold"))
    out.print(screen.cell(f"next: {next_command(pipeline, table)}"), soft_wrap=True)


def show_lacks(out: Console, report: RunReport) -> None:
    """Show what is not there: what was skipped, what the API announced and did not bring, what failed."""
    if report.skips:
        show_skips(out, report.skips)
    doubts = [(one.resource, one.doubt) for one in report.resources if one.gaps]
    if doubts:
        out.print("\nannounced by the API, and not there:", style=screen.WARN)
        _show_pairs(out, doubts)
    if report.failures:
        out.print("\nmissing:", style=screen.BAD)
        _show_pairs(out, [(one.resource or "the run", one.error) for one in report.failures])


def _show_pairs(out: Console, pairs: Sequence[tuple[str, str]]) -> None:
    table = screen.table("resource", "why")
    table.show_header = False
    for name, why in pairs:
        table.add_row(screen.cell(name, screen.NAME), screen.cell(why))
    screen.show(out, table)


def show_resources(out: Console, report: RunReport, *, durations: bool = False) -> None:
    """Show rows, requests, retries, waits and skips of each resource, and their sums; gaps where there are any."""
    gaps = report.gaps > 0
    numbers = _NUMBERS[: None if gaps else -1] + (("took",) if durations else ())
    table = screen.table("resource", *numbers, numbers=numbers, footer=True)
    for one in report.resources:
        name = one.resource if one.loaded else f"{one.resource} (for its children)"
        table.add_row(
            screen.cell(name if one.complete else f"{name} (incomplete)", screen.NAME if one.complete else screen.BAD),
            screen.count(one.rows),
            screen.count(one.requests),
            screen.count(one.retries),
            screen.seconds(one.waited),
            screen.warned(one.skips),
            *([screen.warned(one.gaps)] if gaps else []),
            *([screen.seconds(one.seconds)] if durations else []),
        )
    sums = (
        screen.count(report.rows),
        screen.count(sum(one.requests for one in report.resources)),
        screen.count(sum(one.retries for one in report.resources)),
        screen.seconds(sum(one.waited for one in report.resources)),
        screen.count(sum(one.skips for one in report.resources) if durations else len(report.skips)),
        *([screen.count(report.gaps)] if gaps else []),
        *([screen.seconds(report.seconds)] if durations else []),
    )
    for column, text in zip(table.columns, (screen.cell("all"), *sums), strict=True):
        column.footer = text
    screen.show(out, table)


def show_skips(out: Console, skips: Sequence[Skip]) -> None:
    """Show what was left out on purpose, one line for each resource and reason."""
    groups: dict[tuple[str, int, str], list[Skip]] = {}
    for skip in skips:
        groups.setdefault((skip.resource, skip.status, skip.reason), []).append(skip)
    out.print("\nskipped, and asked again on the next run; each stands in the table _sdk_skips:", style=screen.WARN)
    table = screen.table("resource", "times", "answer", "such as", numbers=["times"])
    table.show_header = False
    for (resource, status, reason), group in groups.items():
        table.add_row(
            screen.cell(resource, screen.NAME),
            screen.cell(screen.plural(len(group), "time")),
            screen.cell(f"{status} {reason}"),
            screen.cell(one_line(group[0].request, limit=_LONG_REQUEST), screen.QUIET),
        )
    screen.show(out, table)
