"""The command `sdk`.

Each command stands in a module of its own and imports what is heavy when it is called: `sdk --help` and `sdk list`
import neither dlt nor pyarrow nor any plugin.
"""

from __future__ import annotations

import click

from sdk.cli.checks import check
from sdk.cli.commands import Commands
from sdk.cli.comparing import compat
from sdk.cli.creating import new
from sdk.cli.descriptions import describe
from sdk.cli.doctoring import doctor
from sdk.cli.explaining import explain
from sdk.cli.histories import runs
from sdk.cli.interrupting import leave
from sdk.cli.linting import lint
from sdk.cli.listing import list_
from sdk.cli.loading import run
from sdk.cli.planning import plan
from sdk.cli.previews import preview
from sdk.cli.recording import record
from sdk.cli.serving import serve

_EXAMPLES = """
sdk run tickets --demo      without an account
sdk describe tickets        what it reads, and what to set
sdk check tickets           can all of it be read
sdk run tickets             load it, and continue there the next time
"""
_CONTEXT = {"help_option_names": ["-h", "--help"], "max_content_width": 100}


@click.group("sdk", cls=Commands, epilog=_EXAMPLES, context_settings=_CONTEXT)
@click.version_option(package_name="connector-sdk", prog_name="sdk", message="%(prog)s %(version)s")
def cli() -> None:
    """Read APIs completely and fast, through connectors that are installed as plugins.

    Exit codes: 0 complete, 1 failed, 2 wrong usage, 3 complete but for what was skipped (with --strict).
    """


for _command in (list_, describe, explain, check, preview, run, runs, plan, lint, serve, record, doctor, new, compat):
    cli.add_command(_command)


def main() -> None:
    """Run the command."""
    try:
        cli(prog_name="sdk")
    except SystemExit as done:
        leave(done.code)
        raise


__all__ = ["cli", "main"]
