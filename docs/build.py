"""Build the documentation into `site/`; every warning is an error.

python docs/build.py            # build
python docs/build.py serve      # look at it on loopback while writing
"""

# ruff: noqa: INP001 - a script

from __future__ import annotations

import logging
import os
import sys
from pathlib import Path
from typing import Final

from zensical.main import cli

ROOT: Final = Path(__file__).parents[1]


class Warnings(logging.Handler):
    """Counts the warnings of whatever reads docstrings; the builder prints those and goes on."""

    def __init__(self) -> None:
        super().__init__(logging.WARNING)
        self.count = 0

    def emit(self, record: logging.LogRecord) -> None:
        """Count one."""
        del record
        self.count += 1


def main(arguments: list[str]) -> int:
    """Build or serve, and return the exit code."""
    os.chdir(ROOT)
    warnings = Warnings()
    logging.getLogger().addHandler(warnings)
    command = ["serve"] if arguments == ["serve"] else ["build", "--strict", "--clean"]
    try:
        cli(command, prog_name="build.py", standalone_mode=False)
    except RuntimeError as error:
        # What is wrong was printed; of what broke inside, only this says it.
        print(f"docs: {error}", file=sys.stderr)  # noqa: T201 - a command of its own
        return 1
    if warnings.count:
        print(f"docs: {warnings.count} warnings are errors", file=sys.stderr)  # noqa: T201 - as above
    return 1 if warnings.count else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
