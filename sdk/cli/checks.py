"""`sdk check`: can this be read, before a run finds out."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from typing import TYPE_CHECKING

import click

from sdk.cli import screen
from sdk.cli.commands import Command
from sdk.cli.failures import FAILED
from sdk.cli.quiet import quieten
from sdk.cli.settings_given import set_option, settings_of
from sdk.placeholders import secret_names

if TYPE_CHECKING:
    from sdk.cli.checking import Finding
    from sdk.opening import Opened

_STYLES = {
    "readable": screen.GOOD,
    "gated": screen.WARN,
    "forbidden": screen.BAD,
    "error": screen.BAD,
    "not asked": screen.QUIET,
}


_EXAMPLES = """
sdk check tickets
sdk check tickets --resource problems
"""


@click.command(cls=Command, epilog=_EXAMPLES)
@click.argument("name")
@click.option("--resource", "-r", "resources", multiple=True, metavar="NAME", help="Check this one; default: all.")
@set_option
def check(name: str, resources: Sequence[str], given: Sequence[str]) -> int:
    """Check whether connector NAME can be read.

    Settings first, then one small request for each resource. It is readable, gated (a run skips it, visibly),
    forbidden or in error (a run fails on it). The exit code is 1 when a run would fail.
    """
    from sdk.opening import open_connector

    keywords = settings_of(name, given)
    quieten()
    opened = open_connector(name, keywords)
    findings = _ask(opened, opened.names(resources or None))
    return _show(opened, findings)


def _ask(opened: Opened, names: Sequence[str]) -> list[Finding]:
    from sdk.cli.checking import Checker

    checker = Checker(opened, names)
    found: list[Finding] = []
    with screen.stderr().status("") as status:
        try:
            for place, name in enumerate(names, 1):
                status.update(screen.cell(f"asking {opened.connector.name}.{name} ({place} of {len(names)})"))
                found.append(checker.finding(name))
        finally:
            checker.close()
    return found


def _show(opened: Opened, findings: Sequence[Finding]) -> int:
    from sdk.cli.checking import FAILURES, is_locked_out

    out = screen.stdout()
    name = opened.connector.name
    screen.heading(out, name, f"settings complete, at {opened.connector.base_url}")
    table = screen.table("resource", "", "what was found")
    unasked: dict[str, list[str]] = {}
    for one in findings:
        if one.state == "not asked":
            unasked.setdefault(one.detail, []).append(one.resource)
        else:
            state = screen.cell(one.state, _STYLES[one.state])
            table.add_row(screen.cell(one.resource, screen.NAME), state, screen.cell(one.detail))
    if table.row_count:
        screen.show(out, table)
    for why, names in unasked.items():
        screen.show(out, screen.cell(f"not asked, because {why}: {', '.join(names)}", screen.QUIET))
    states: Counter[str] = Counter(one.state for one in findings)
    out.print(f"\n{', '.join(f'{states[state]} {state}' for state in _STYLES if states[state])}")
    if is_locked_out(findings):
        suspects = " and ".join((*map(repr, secret_names(opened.connector)), "base_url"))
        screen.show(out, screen.cell(f"all that was asked is forbidden; check {suspects}", screen.BAD))
        return FAILED
    if any(one.state in FAILURES for one in findings):
        return FAILED
    out.print(f"next: sdk run {name}")
    return 0
