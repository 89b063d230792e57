"""`sdk compat`: what users of one version of a plugin meet in another, and which version number says so."""

from __future__ import annotations

import json
from collections.abc import Sequence
from importlib.util import find_spec
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import TYPE_CHECKING, Any

import click
from rich.console import Console

from sdk.cli import screen
from sdk.cli.commands import Command
from sdk.cli.failures import FAILED, WrongUsageError

if TYPE_CHECKING:
    from sdk.testing.compat import Difference, Report

_UNKNOWN = "unknown"
_BROKEN = "broken"
_STYLES = {"broken": screen.BAD, "major": screen.BAD, "minor": screen.WARN, "patch": screen.QUIET}

_EXAMPLES = """
sdk compat sdk-plugin-planets==0.1.0 .
sdk compat ../planets-0.1 . --cassettes cassettes
sdk compat old.whl new.whl --json
"""


@click.command(cls=Command, epilog=_EXAMPLES)
@click.argument("old")
@click.argument("new")
@click.option(
    "--cassettes",
    type=click.Path(exists=True, file_okay=False, path_type=Path),
    help="The folder of the recorded samples. Default: cassettes in NEW, or in this folder.",
)
@click.option("--connector", "-c", "connectors", multiple=True, metavar="NAME", help="Compare this one; default: all.")
@click.option("--allow-unrecorded", is_flag=True, help="Pass over what the samples hold no answer for.")
@click.option("--json", "as_json", is_flag=True, help="Print the whole report as JSON.")
def compat(  # noqa: PLR0913, PLR0917 - each is a parameter of the command
    old: str,
    new: str,
    cassettes: Path | None,
    connectors: Sequence[str],
    allow_unrecorded: bool,  # noqa: FBT001 - click passes it so
    as_json: bool,  # noqa: FBT001 - as above
) -> int:
    """Compare two versions of a plugin, OLD and NEW, by the samples that `sdk record` made.

    Each is a folder with a pyproject.toml, a wheel, or a requirement such as sdk-plugin-planets==0.1.0. What differs
    is major, minor or patch. The exit code is 0 when the number of NEW says so, and 1 when it does not, or when NEW is
    broken: no number makes up for what cannot be imported, or fails to read what OLD reads.
    """
    if find_spec("vcr") is None:
        # What is missing there would look like a mistake of both versions.
        raise WrongUsageError(
            "comparing needs vcrpy, which is not installed; try: pip install 'connector-sdk[testing]'"
        )
    from sdk.testing.compat import NoSamplesError, NoVersionError, compare

    found = cassettes or _cassettes(new)
    try:
        with TemporaryDirectory(prefix="sdk-compat-") as folder, screen.stderr().status("playing both versions"):
            report = compare(old, new, found, Path(folder), connectors=connectors, allow_unrecorded=allow_unrecorded)
    except (NoVersionError, NoSamplesError) as error:
        raise WrongUsageError(str(error)) from error
    if as_json:
        click.echo(json.dumps(report.to_dict(), ensure_ascii=False, indent=2))
    else:
        _show(screen.stdout(), report)
    return 0 if report.is_enough else FAILED


def _cassettes(new: str) -> Path:
    beside = Path(new) / "cassettes"
    found = beside if beside.is_dir() else Path("cassettes")
    if not found.is_dir():
        raise WrongUsageError("there are no recorded samples; make them with sdk record, or say --cassettes DIR")
    return found


def _show(out: Console, report: Report) -> None:
    old, new = report.old, report.new
    rows = sum(report.compared.values())
    tables = screen.plural(len(report.compared), "sample")
    screen.heading(out, f"{old.distribution} {old.number} → {new.number}", f"{tables}, {screen.plural(rows, 'row')}")
    seen = [one for one in report.differences if str(one.level) != _UNKNOWN]
    if seen:
        screen.show(out, _table(seen, len(report.connectors) > 1))
    _show_unknown(out, report)
    out.print(f"\n{_verdict(report)}", style=screen.GOOD if report.is_enough else screen.BAD)


def _show_unknown(out: Console, report: Report) -> None:
    """Show what could not be compared: the reasons are long, and one may hold for many."""
    reasons: dict[str, list[str]] = {}
    for one in report.differences:
        if str(one.level) == _UNKNOWN:
            reasons.setdefault(_reason(one), []).append(one.place)
    for reason, places in reasons.items():
        out.print()
        out.print(screen.cell(f"not compared: {', '.join(places)}", screen.WARN))
        out.print(screen.cell(reason))


def _reason(one: Difference) -> str:
    if one.was and one.now and one.was != one.now:
        return f"the old version: {one.was}; the new version: {one.now}"
    return one.now or f"the old version: {one.was}"


def _table(differences: Sequence[Difference], several: bool) -> Any:  # noqa: FBT001 - one way or the other
    table = screen.table("class", "where", "what", "was", "is")
    for one in differences:
        what = screen.cell(one.kind)
        if one.what:
            what.append(": ").append(screen.cell(one.what, screen.NAME))
        level = str(one.level)
        where = one.place if several else one.resource or "(connector)"
        table.add_row(
            screen.cell(level, _STYLES[level]), screen.cell(where), what, screen.cell(one.was), screen.cell(one.now)
        )
    return table


def _verdict(report: Report) -> str:
    number = report.new.number
    if report.is_broken:
        places = dict.fromkeys(one.place for one in report.differences if str(one.level) == _BROKEN)
        return f"broken: no version number makes up for it; mend {', '.join(places)} first"
    enough = "enough" if report.is_enough else "not enough"
    levels = {str(one.level) for one in report.differences}
    if not levels - ({_UNKNOWN} if report.allow_unrecorded else set()):
        return f"nothing {'that was compared ' if levels else ''}differs, and {number} is {enough}"
    until = "" if str(report.level) in levels else ", until what was not compared is recorded"
    return f"{report.level}{until}: the next version is {report.next_version}, and {number} is {enough}"
