"""`sdk list`: what is installed, from metadata alone."""

from __future__ import annotations

from collections import Counter

import click

from sdk import plugins
from sdk.cli import screen
from sdk.cli.commands import Command

_EXAMPLES = """
sdk list
"""


@click.command("list", cls=Command, epilog=_EXAMPLES)
def list_() -> None:
    """List the installed connectors. No plugin is imported."""
    found = plugins.installed()
    out = screen.stdout()
    if not found:
        out.print("no connector is installed; try: pip install sdk-plugin-tickets")
        return
    claims = Counter(one.name for one in found)
    table = screen.table("connector", "distribution", "version")
    for one in found:
        twice = claims[one.name] > 1
        version = screen.cell(one.version)
        if twice:
            version.append("  claimed by several: uninstall all but one", style=screen.WARN)
        table.add_row(screen.cell(one.name, screen.NAME), screen.cell(one.distribution), version)
    screen.show(out, table)
    out.print(f"\nnext: sdk describe {found[0].name}")
