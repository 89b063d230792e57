"""`sdk list`: what is installed, from metadata alone."""

from __future__ import annotations

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
    # Imported here: `sdk --help` need not know how versions are compared.
    from sdk.diagnoses.offers import found_in_metadata

    table = screen.table("connector", "distribution", "version")
    broken: dict[tuple[str, str], list[str]] = {}
    for finding in found_in_metadata(found):
        if finding.is_broken:
            broken.setdefault((finding.distribution, finding.name), []).append(screen.cell(finding.brief).plain)
    for one in found:
        version = screen.cell(one.version)
        # What is wrong with a distribution is wrong with each of its plugins.
        for brief in (*broken.get((one.distribution, one.name), ()), *broken.get((one.distribution, ""), ())):
            version.append(f"  {brief}", style=screen.WARN)
        table.add_row(screen.cell(one.name, screen.NAME), screen.cell(one.distribution), version)
    screen.show(out, table)
    out.print("\nnext: sdk doctor" if broken else f"\nnext: sdk describe {found[0].name}")
