"""`sdk lint FILE`, and `sdk run FILE`: an API that a dictionary declares, without a plugin."""

from __future__ import annotations

import logging
import time
from collections.abc import Sequence
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

import click
import orjson

from sdk.cli import screen
from sdk.cli.commands import Command
from sdk.cli.destinations import check_destination
from sdk.cli.failures import FAILED, WrongUsageError
from sdk.cli.quiet import quieten
from sdk.cli.summaries import show_report

if TYPE_CHECKING:
    import dlt

    from sdk.dialects import ConfigSource, Report
    from sdk.reports import RunReport

_EXAMPLES = """
sdk lint api.yaml
sdk lint pipeline.py:config --json
"""


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
    notes = [
        {"path": one.path, "sort": one.sort, "found": one.found, "taken": one.taken, "why": one.why} for one in report
    ]
    return {"mistakes": list(mistakes), "notes": notes}


def _show(mistakes: Sequence[str], report: Report) -> None:
    out = screen.stdout()
    for line in mistakes:
        out.print(screen.cell(line, screen.WARN), soft_wrap=True)
    for line in report.lines():
        out.print(screen.cell(line), soft_wrap=True)
    repairs = sum(1 for note in report if note.sort == "repaired")
    out.print(f"{screen.plural(len(mistakes), 'mistake')}, {screen.plural(repairs, 'repair')}")


def run_file(file: str, to: str | None, resources: Sequence[str], *, as_json: bool) -> int:
    """Load what the dictionary in *file* declares, and return the exit code."""
    quieten()
    from sdk.dialects import from_config
    from sdk.dialects.files import read
    from sdk.pipelines import pipeline_to

    # What is noted is shown at the end.
    logging.getLogger("sdk.dialects").setLevel(logging.ERROR)
    name, config = read(file)
    source = from_config(config, name)
    unknown = [one for one in resources if one not in source.resources]
    if unknown:
        raise WrongUsageError(f"{file} has no resource {unknown[0]!r}; its resources are {', '.join(source.resources)}")
    chosen: Any = source.with_resources(*resources) if resources else source
    pipeline = pipeline_to(name, to)
    check_destination(pipeline)
    report = _load(chosen, pipeline, name)
    if as_json:
        data = {**report.to_dict(), "notes": [str(one) for one in source.report]}
        click.echo(orjson.dumps(data, default=str, option=orjson.OPT_INDENT_2).decode())
    else:
        out = screen.stdout()
        table = max(report.resources, key=lambda one: one.rows).resource
        show_report(out, report, pipeline, table)
        for line in source.report.lines():
            out.print(screen.cell(line, screen.QUIET), soft_wrap=True)
    return 0


def _load(source: ConfigSource, pipeline: dlt.Pipeline, name: str) -> RunReport:
    from sdk.histories import reports_folder, write_report
    from sdk.pipelines import loaded

    begun, started = time.monotonic(), datetime.now(UTC)
    info = loaded(pipeline, source)
    report = source.run_report(
        connector=name,
        pipeline=pipeline,
        started=started,
        seconds=time.monotonic() - begun,
        load_ids=tuple(info.loads_ids),
    )
    write_report(report, reports_folder(pipeline.working_dir))
    return report
