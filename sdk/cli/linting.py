"""`sdk lint FILE`, and `sdk run FILE`: an API that a dictionary declares, without a plugin."""

from __future__ import annotations

import logging
from collections.abc import Mapping, Sequence
from types import SimpleNamespace
from typing import TYPE_CHECKING, Any, Final, cast

import click
import orjson
from attrs import field, frozen

from sdk.cli import screen
from sdk.cli.commands import Command
from sdk.cli.destinations import check_destination, place
from sdk.cli.failures import FAILED, SKIPPED, WrongUsageError
from sdk.cli.interrupting import interruptible
from sdk.cli.progress import View, progress
from sdk.cli.quiet import quieten
from sdk.cli.summaries import show_report

if TYPE_CHECKING:
    import dlt

    from sdk.dialects import ConfigSource, Report
    from sdk.incomplete import IncompleteError
    from sdk.reports import RunReport
    from sdk.tally import Tally

_EXAMPLES = """
sdk lint api.yaml
sdk lint pipeline.py:config --json
"""

_STOPPED: Final = "stopped: nothing more is read, and the next run goes on from the last commit"


@click.command(cls=Command, epilog=_EXAMPLES)
@click.argument("file")
@click.option("--json", "as_json", is_flag=True, help="Print mistakes and repairs as JSON.")
def lint(file: str, as_json: bool) -> int:  # noqa: FBT001 - click passes flags so
    """Check the dictionary in FILE: every mistake, every repair, and what would be better.

    FILE is a .json, .toml or .yaml file, or FILE.py:NAME. Nothing is sent, and no secret is needed.
    """
    quieten()
    from sdk.dialects.checking import checked
    from sdk.dialects.files import read

    _, config = read(file, without_secrets=True)
    mistakes, report = checked(config)
    if as_json:
        click.echo(orjson.dumps(_as_json(mistakes, report), option=orjson.OPT_INDENT_2).decode())
    else:
        _show(mistakes, report)
    return FAILED if mistakes else 0


def _as_json(mistakes: Sequence[str], report: Report) -> dict[str, Any]:
    return {"mistakes": list(mistakes), "notes": _notes(report)}


def _notes(report: Report) -> list[dict[str, str]]:
    return [
        {"path": one.path, "sort": one.sort, "found": one.found, "taken": one.taken, "why": one.why} for one in report
    ]


def _show(mistakes: Sequence[str], report: Report) -> None:
    out = screen.stdout()
    for line in mistakes:
        out.print(screen.cell(line, screen.WARN), soft_wrap=True)
    for line in report.lines():
        out.print(screen.cell(line), soft_wrap=True)
    repairs = sum(1 for note in report if note.sort == "repaired")
    out.print(f"{screen.plural(len(mistakes), 'mistake')}, {screen.plural(repairs, 'repair')}")


def run_file(  # noqa: PLR0913 - one argument for each option
    file: str,
    to: str | None,
    resources: Sequence[str],
    *,
    max_table_nesting: int | None = None,
    strict: bool = False,
    as_json: bool = False,
    **commits: Any,
) -> int:
    """Load what the dictionary in *file* declares, and return the exit code.

    Raises:
        IncompleteError: Something could not be read; all else is loaded and shown.
    """
    quieten()
    from sdk.dialects import from_config
    from sdk.dialects.files import read
    from sdk.pipelines import pipeline_to

    # What is noted is shown at the end.
    logging.getLogger("sdk.dialects").setLevel(logging.ERROR)
    name, config = read(file)
    source = from_config(config, name, max_table_nesting=max_table_nesting)
    unknown = [one for one in resources if one not in source.resources]
    if unknown:
        raise WrongUsageError(f"{file} has no resource {unknown[0]!r}; its resources are {', '.join(source.resources)}")
    chosen: Any = source.with_resources(*resources) if resources else source
    pipeline = pipeline_to(name, to)
    check_destination(pipeline)
    report, missing = _load(chosen, pipeline, name, **commits)
    passed_over = [note for note in source.report if note.sort == "ignored"]
    if as_json:
        data = {**report.to_dict(), "notes": _notes(source.report)}
        click.echo(orjson.dumps(data, default=str, option=orjson.OPT_INDENT_2).decode())
    else:
        out = screen.stdout()
        table = max(report.resources, key=lambda one: one.rows, default=None)
        show_report(out, report, pipeline, table.resource if table is not None else next(iter(chosen.resources)))
        for line in source.report.lines():
            out.print(screen.cell(line, screen.QUIET), soft_wrap=True)
    if missing is not None:
        raise missing
    return SKIPPED if strict and passed_over else 0


@frozen
class _SourceView(View):
    """What there is to see of the load of a dictionary, whose resources may be called as no connector's are."""

    called: Mapping[str, str] = field(factory=dict)

    @classmethod
    def of(cls, source: ConfigSource, names: Sequence[str], name: str, place: str) -> _SourceView:
        """Return the view of *source*; the display asks of a connector only what it is called."""
        named = cast(Any, SimpleNamespace(name=name))
        return cls(named, names, source.laying.tallies, place, source.laying.names)

    def tally(self, name: str) -> Tally:
        """Return the counters of a resource."""
        return self.tallies.of(self.called[name])

    def parents(self, name: str) -> str:
        """Return how far a child is; empty when it has no parents."""
        tally = self.tally(name)
        return f"{tally.parents_done:,} of {tally.parents:,} parents" if tally.parents else ""


def _load(
    source: ConfigSource, pipeline: dlt.Pipeline, name: str, **commits: Any
) -> tuple[RunReport, IncompleteError | None]:
    """Load, and return what happened; with it the error, when something is missing and all else is there."""
    from sdk.dialects.running import run_source
    from sdk.incomplete import IncompleteError

    names = [one for one in source.laying.names if one in source.selected_resources]
    view = _SourceView.of(source, names, name, place(pipeline))

    def load() -> RunReport:
        made = run_source(source, name, pipeline, **commits)
        # A child is in when its parent's last page is, which only dlt knows before.
        for one in names:
            view.tally(one).done = True
        return made

    try:
        with progress(view):
            report: RunReport = interruptible(load, _STOPPED)
    except IncompleteError as missing:
        return missing.report, missing
    return report, None
