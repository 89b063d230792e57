"""`--demo`, when the simulator that it loads from is wrong."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path
from typing import TypeAlias

import pytest
import sdk_plugin_tickets.simulator
from attrs import evolve
from click.testing import Result
from sdk_plugin_tickets.simulator import SIMULATOR

from sdk.testing.simulator import Row, Seeding

Run: TypeAlias = Callable[..., Result]


def make(seeding: Seeding) -> Iterator[Row]:
    """Make rows with a mistake, as an author does."""
    yield Row({"id": 1, "made_at": seeding.now + "Z"})  # type: ignore[operator] # the mistake


SAID = (
    "sdk: the simulator of 'tickets' fails: TypeError: unsupported operand type(s) for +: 'datetime.datetime' and "
    f"'str' (test_demo.py:{make.__code__.co_firstlineno + 2})\n"
)


@pytest.mark.parametrize(
    "command", [("run", "tickets", "-r", "problems"), ("record", "tickets", "-r", "problems"), ("run", "tickets")]
)
def test_a_simulator_that_fails(
    run: Run, folder: Path, monkeypatch: pytest.MonkeyPatch, command: tuple[str, ...]
) -> None:
    """The author's own line is said, and nothing of an API that failed; nothing is waited for, nor asked again."""
    tables = [evolve(one, make=make) if one.name == "problems" else one for one in SIMULATOR.tables]
    monkeypatch.setattr(sdk_plugin_tickets.simulator, "SIMULATOR", evolve(SIMULATOR, tables=tuple(tables)))
    monkeypatch.setattr("sdk.attempt.sleep", lambda seconds: pytest.fail(f"it waits {seconds} s"))

    result = run(*command, "--demo")

    assert (result.exit_code, result.stdout) == (1, "")
    # Progress comes before it.
    assert result.stderr.splitlines(keepends=True)[-1] == SAID
    assert "answered" not in result.stderr
    assert not (folder / "cassettes").exists()
