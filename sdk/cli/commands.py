"""What a command of `sdk` is: one whose help ends with examples to copy, and whose failure is one line."""

from __future__ import annotations

import sys
from collections.abc import Sequence
from typing import Any

import click

from sdk.cli.failures import report


class _Exemplary(click.Command):
    """Show the epilog as it was written, one example a line."""

    def format_epilog(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:  # noqa: ARG002 - click's signature
        """Write the examples."""
        if self.epilog:
            with formatter.section("Examples"):
                formatter.write("".join(f"  {line.strip()}\n" for line in self.epilog.strip().splitlines()))


class Command(_Exemplary):
    """A command; it returns its exit code, or `None` for 0."""


class Commands(_Exemplary, click.Group):
    """The group of all commands. Nothing that they raise reaches the user as a traceback."""

    def list_commands(self, ctx: click.Context) -> list[str]:  # noqa: ARG002 - click's signature
        """Return the names in the order in which one needs them."""
        return list(self.commands)

    def main(  # type: ignore[override] # click overloads it on standalone_mode
        self, args: Sequence[str] | None = None, prog_name: str | None = None, **options: Any
    ) -> Any:
        """Run a command, and exit the process."""
        options["standalone_mode"] = False
        try:
            code = super().main(args, prog_name, **options)
        except Exception as error:  # noqa: BLE001 - whatever it is, the user gets one line
            code = report(error)
        sys.exit(code if isinstance(code, int) else 0)
