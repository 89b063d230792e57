"""`sdk serve`."""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import TypeAlias

from click.testing import Result

Run: TypeAlias = Callable[..., Result]


def test_serve(run: Run) -> None:
    """The address, the settings to paste and the command to type are shown; then it stops."""
    result = run("serve", "tickets", "--seconds", "0")

    assert result.exit_code == 0
    assert re.search(r"export SOURCES__TICKETS__BASE_URL=http://127\.0\.0\.1:\d+/api/v2\n", result.stdout)
    assert re.search(r"export SOURCES__TICKETS__API_KEY=\S+\n", result.stdout)
    assert "sdk run tickets\n" in result.stdout
    assert result.stdout.endswith("stopped after 0 requests\n")


def test_rate_limit(run: Run) -> None:
    """The vendor's limits can be switched on."""
    assert run("serve", "tickets", "--rate-limit", "--seconds", "0").exit_code == 0


def test_no_simulator(run: Run, install: Callable[..., None]) -> None:
    """A connector without a simulator is wrong usage, in one line."""
    install("acme-lonely", "lonely")

    result = run("serve", "lonely")

    assert (2, "", 1) == (result.exit_code, result.stdout, result.stderr.count("\n"))
