"""`sdk preview`."""

from __future__ import annotations

import io
from collections.abc import Callable
from typing import TYPE_CHECKING, Any, TypeAlias

import pytest
from click.testing import Result
from rich.console import Console

from sdk.cli.previews import show_rows

if TYPE_CHECKING:
    from sdk.testing.simulator import SimulatorServer

Run: TypeAlias = Callable[..., Result]


def shown(records: list[dict[str, Any]], width: int = 80) -> str:
    file = io.StringIO()
    show_rows(Console(file=file, width=width, markup=False, emoji=False, highlight=False), records)
    return file.getvalue()


def test_preview(run: Run, configured: SimulatorServer) -> None:
    """The first records are shown, with no more requests than it takes."""
    result = run("preview", "tickets.agents", "--rows", "3")

    assert result.exit_code == 0
    assert "tickets.agents  3 records" in result.stdout
    assert "more columns: " in result.stdout
    assert len(configured.requests) == 1


def test_skip(run: Run, configured: SimulatorServer) -> None:
    """A resource that is off says so."""
    configured.gate("vendors")

    result = run("preview", "tickets.vendors")

    assert "no rows" not in result.stdout
    assert "skipped: GET /vendors answered 403" in result.stdout


@pytest.mark.parametrize("what", ["tickets.nope", "tickets.workspaces"])
def test_unknown_resource(run: Run, configured: SimulatorServer, what: str) -> None:
    """An unknown or hidden resource is wrong usage; nothing is asked."""
    result = run("preview", what)

    assert (2, "", 1) == (result.exit_code, result.stdout, result.stderr.count("\n"))
    assert configured.requests == []


def test_wrong_credentials(run: Run, configured: SimulatorServer, monkeypatch: pytest.MonkeyPatch) -> None:
    """Refused credentials are one line and no table."""
    monkeypatch.setenv("SOURCES__TICKETS__API_KEY", "a-wrong-key")

    result = run("preview", "tickets.agents")

    assert (1, "", 1) == (result.exit_code, result.stdout, result.stderr.count("\n"))
    assert "check the secret 'api_key'" in result.stderr
    assert configured.requests[0].status == 401


def test_fits() -> None:
    """No line is wider than the terminal, and what is not shown is named."""
    text = shown([{f"field_{number}": "x" * 20 for number in range(10)}], width=60)

    assert max(len(line) for line in text.splitlines()) <= 60
    assert "field_0" in text
    assert "8 more columns: field_2" in text


def test_long_values() -> None:
    """A long value is cut."""
    text = shown([{"text": "word " * 100}])

    assert "…" in text
    assert max(len(line) for line in text.splitlines()) <= 42


def test_control_characters() -> None:
    """Escape sequences and line breaks of a server never reach the terminal, in names and values."""
    text = shown([{"a\x1b[2J": "b\x1b]0;title\x07c\r\nd\x9b1m"}])

    assert not {"\x1b", "\x07", "\r", "\x9b"} & set(text)


def test_no_markup() -> None:
    """Brackets are brackets."""
    text = shown([{"[bold]": "[red]x[/red] :smile:"}])

    assert "[bold]" in text
    assert "[red]x[/red] :smile:" in text


def test_values() -> None:
    """Objects and lists are shown as JSON, nulls as nothing, large numbers to the last digit."""
    text = shown([{"object": {"a": [1, "é"]}, "null": None, "large": 2**70, "true": True}])

    assert '{"a": [1, "é"]}' in text
    assert "1180591620717411303424" in text
    assert "None" not in text
    assert "true" in text


def test_empty_columns_last() -> None:
    """What is empty in every record gives its place to what is not, references to other tables after that."""
    text = shown([{"empty": None, "owner_id": 7, "name": "a"}])

    assert text.index("name") < text.index("owner_id") < text.index("empty")
