"""`sdk describe`."""

from __future__ import annotations

from collections.abc import Callable
from typing import TypeAlias

import pytest
from click.testing import Result

from sdk import plugins

Run: TypeAlias = Callable[..., Result]


def test_connector(run: Run) -> None:
    """Every resource and every setting stands there, and nothing needs to be set for it."""
    connector, _ = plugins.declare("tickets")

    shown = run("describe", "tickets").stdout

    assert all(resource.name in shown for resource in connector.tables)
    assert all(f"SOURCES__TICKETS__{setting.name.upper()}" in shown for setting in connector.declared_settings)
    assert "workspaces  " in shown


def test_narrow(run: Run, monkeypatch: pytest.MonkeyPatch) -> None:
    """On 80 columns no name is cut or broken."""
    monkeypatch.setenv("COLUMNS", "80")

    shown = run("describe", "tickets").stdout

    assert "satisfaction_survey_responses " in shown
    assert any(line.endswith(" cols") for line in shown.splitlines())
    assert max(len(line) for line in shown.splitlines()) <= 80


def test_incremental(run: Run) -> None:
    """It says which resources continue where the last run ended, and which follow their parent."""
    shown = run("describe", "tickets").stdout

    assert "new by updated_at" in shown
    assert "of changed tickets" in shown
    assert "everything" in shown


def test_resource(run: Run) -> None:
    """A resource is shown with its path, its key and each column's type."""
    shown = run("describe", "tickets", "requested_items").stdout

    assert "GET /tickets/{tickets.id}/requested_items" in shown
    assert ["_tickets_id", "from", "the", "parent"] in [line.split() for line in shown.splitlines()]
    assert ["custom_fields", "json"] in [line.split() for line in shown.splitlines()]


def test_unknown_resource(run: Run) -> None:
    """An unknown resource is wrong usage, with the nearest name."""
    result = run("describe", "tickets", "problms")

    assert result.exit_code == 2
    assert result.stdout == ""
    assert "'problems'" in result.stderr
