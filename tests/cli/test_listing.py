"""`sdk list`."""

from __future__ import annotations

from collections.abc import Callable
from typing import TypeAlias

import pytest
from click.testing import Result

from sdk import plugins

Run: TypeAlias = Callable[..., Result]


def test_list(run: Run) -> None:
    """Each connector stands there with its distribution and version."""
    result = run("list")

    line = next(line for line in result.stdout.splitlines() if line.split()[:1] == ["tickets"])
    assert line.split()[1] == "sdk-plugin-tickets"
    assert result.exit_code == 0


def test_broken_plugin(run: Run, install: Callable[..., None]) -> None:
    """A plugin that cannot be imported is listed like any other: nobody imports it."""
    install("sdk-plugin-broken", "broken", "broken_module", "raise RuntimeError('imported')")

    result = run("list")

    assert "sdk-plugin-broken" in result.stdout


def test_claimed_twice(run: Run, install: Callable[..., None]) -> None:
    """A name that two distributions claim is shown as such."""
    install("acme-tickets", "tickets")

    result = run("list")

    lines = [line for line in result.stdout.splitlines() if line.split()[:1] == ["tickets"]]
    assert len(lines) == 2
    assert all("claimed by several: uninstall all but one" in line for line in lines)


def test_none(run: Run, monkeypatch: pytest.MonkeyPatch) -> None:
    """Without any connector the command says how to get one."""
    monkeypatch.setattr(plugins, "installed", lambda: ())

    result = run("list")

    assert result.stdout == "no connector is installed; try: pip install sdk-plugin-tickets\n"
