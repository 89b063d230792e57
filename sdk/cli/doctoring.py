"""`sdk doctor`: what is wrong with an installation, and what to do about it."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

import click
from rich.console import Console

from sdk.cli import screen
from sdk.cli.commands import Command
from sdk.cli.failures import FAILED
from sdk.cli.quiet import quieten
from sdk.plugins import CONNECTORS, Installed

if TYPE_CHECKING:
    from sdk.diagnoses import Diagnosis, Finding

_EXAMPLES = """
sdk doctor
sdk doctor tickets
sdk doctor --json
"""


@click.command(cls=Command, epilog=_EXAMPLES)
@click.argument("name", required=False)
@click.option(
    "--seconds",
    default=30.0,
    show_default=True,
    type=click.FloatRange(min=0.1),
    help="How long a distribution may take to be imported.",
)
@click.option("--json", "as_json", is_flag=True, help="Print it as JSON.")
def doctor(name: str | None, seconds: float, as_json: bool) -> int:  # noqa: FBT001 - click passes it so
    """Find broken, doubled, incompatible and misnamed plugins, and say what to do about each.

    With NAME, look at that plugin or distribution only. Each is imported in a process of its own. The exit code is 1
    when something is broken.
    """
    quieten()
    from sdk.diagnoses import diagnose

    with screen.stderr().status("examining what is installed"):
        found = diagnose(name, seconds=seconds)
    if as_json:
        click.echo(json.dumps(found.to_dict(), indent=2))
    else:
        _show(found)
    return FAILED if found.is_broken else 0


def _show(found: Diagnosis) -> None:
    out = screen.stdout()
    versions = ", ".join(f"{name} {version}" for name, version in found.versions.items())
    screen.heading(out, "sdk doctor", versions)
    if found.plugins:
        _plugins(out, found)
    for finding in found.findings:
        _finding(out, finding)
    broken = sum(one.is_broken for one in found.findings)
    hints = len(found.findings) - broken
    counted = [f"{broken or 'nothing'} broken", *([screen.plural(hints, "hint")] if hints else [])]
    out.print(f"\n{screen.plural(len(found.plugins), 'plugin')} examined: {', '.join(counted)}")
    connectors = [one.name for one in found.plugins if one.entry_point.group == CONNECTORS]
    if connectors and not found.is_broken:
        out.print(f"next: sdk explain {connectors[0]}")


def _plugins(out: Console, found: Diagnosis) -> None:
    from sdk.diagnoses import GROUPS

    table = screen.table("distribution", "version", "offers", "")
    by_distribution: dict[tuple[str, str], list[Installed]] = {}
    for one in found.plugins:
        by_distribution.setdefault((one.distribution, one.version), []).append(one)
    for (distribution, version), plugins in sorted(by_distribution.items()):
        findings = [finding for one in plugins for finding in found.of(one)]
        state, style = ("sound", screen.GOOD) if not findings else ("a hint", screen.WARN)
        if any(finding.is_broken for finding in findings):
            state, style = "broken", screen.BAD
        table.add_row(
            screen.cell(distribution, screen.NAME),
            screen.cell(version),
            screen.cell(", ".join(f"{GROUPS[one.entry_point.group]} {one.name}" for one in plugins)),
            screen.cell(state, style),
        )
    screen.show(out, table)


def _finding(out: Console, finding: Finding) -> None:
    text = screen.cell(f"{finding.level}: ", screen.BAD if finding.is_broken else screen.WARN)
    text.append(finding.what, style="default")
    text.append(f"\n  in {finding.where}", style=screen.QUIET)
    text.append(f"\n  do: {finding.advice}", style="default")
    screen.show(out, text)
