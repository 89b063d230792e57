"""`sdk explain`."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import TypeAlias

import pytest
from click.testing import Result

Run: TypeAlias = Callable[..., Result]

OVERRIDE = """
from sdk import hookimpl

@hookimpl(wrapper=True)
def sdk_select_records():
    return (yield)

@hookimpl
def sdk_authenticate(request):
    return None
"""


@pytest.fixture
def override(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Install the override `mine`."""
    site = tmp_path / "overrides"
    info = site / "acme_mine-2.0.dist-info"
    info.mkdir(parents=True)
    (info / "METADATA").write_text("Metadata-Version: 2.1\nName: acme-mine\nVersion: 2.0\n")
    (info / "entry_points.txt").write_text("[sdk.overrides]\nmine = acme_mine_override\n")
    (site / "acme_mine_override.py").write_text(OVERRIDE)
    monkeypatch.syspath_prepend(str(site))


def test_all_resources(run: Run) -> None:
    """One line each: who answers, how it pages, its parents, what a run reads."""
    shown = run("explain", "tickets").stdout

    lines = {line.split()[0]: " ".join(line.split()) for line in shown.splitlines() if line.strip()}
    assert lines["workspaces"] == "workspaces core HeaderLink everything"
    assert lines["requested_items"] == (
        "requested_items connector tickets: expand_path HeaderLink tickets of changed tickets"
    )
    assert "no override is switched on" in shown


def test_one_resource(run: Run) -> None:
    """Nothing is set, and all the same it is explained; both ways to name it are good."""
    shown = run("explain", "tickets", "requested_items")

    assert shown.exit_code == 0
    assert "connector tickets answers; where it says None, core" in " ".join(shown.stdout.split())
    assert "sdk_plugin_tickets/__init__.py:" in shown.stdout
    assert "sdk/defaults.py:" in shown.stdout
    assert "not set, and required" in shown.stdout
    assert run("explain", "tickets.requested_items").stdout == shown.stdout


def test_an_override_that_is_switched_on(run: Run, override: None, monkeypatch: pytest.MonkeyPatch) -> None:
    """It is named with its distribution, in its place among those that are asked; installed alone it is not."""
    assert "mine" not in run("explain", "tickets", "agents").stdout
    monkeypatch.setenv("SOURCES__TICKETS__OVERRIDES", '["mine"]')

    found = json.loads(run("explain", "tickets", "agents", "--json").stdout)

    assert found["overrides"] == [
        {"role": "override", "name": "mine", "distribution": "acme-mine", "version": "2.0"},
    ]
    steps = {step["hook"]: step for step in found["steps"]}
    assert [(one["owner"]["name"], one["wraps"]) for one in steps["sdk_select_records"]["answers"]] == [
        ("mine", True),
        ("core", False),
    ]
    assert steps["sdk_authenticate"]["why"] == (
        "override mine answers; where it says None, core: HttpBasicAuth of the connector"
    )
    assert "override mine: authenticate" in run("explain", "tickets").stdout


def test_where_settings_are_set(run: Run, folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Each place is named, values are shown unless they are secret, and secrets never."""
    monkeypatch.setenv("SOURCES__TICKETS__API_KEY", "hunter2-explained")
    (folder / ".dlt").mkdir()
    (folder / ".dlt" / "config.toml").write_text(
        '[sources.tickets]\nbase_url = "https://me:hunter2-url@example.com/api/v2"\nworkspaces = [2, 3]\n'
    )
    _reload()

    text, machine = (run("explain", "tickets", "tickets", *more).stdout for more in ((), ("--json",)))

    settings = {one["name"]: one for one in json.loads(machine)["settings"]}
    assert settings["api_key"] == {
        "name": "api_key",
        "kind": "secret",
        "required": True,
        "is_set": True,
        "place": "the environment: SOURCES__TICKETS__API_KEY",
    }
    assert settings["base_url"]["value"] == "https://example.com/api/v2"
    assert settings["base_url"]["place"] == "config.toml: sources.tickets.base_url"
    assert (settings["workspaces"]["value"], settings["hidden_tickets"]["is_set"]) == ("2, 3", False)
    assert "hunter2" not in text + machine
    assert "set in config.toml: sources.tickets.base_url" in text


def test_a_secret_in_a_file(run: Run, folder: Path) -> None:
    """The file is named, and nothing of what it holds."""
    (folder / ".dlt").mkdir()
    (folder / ".dlt" / "secrets.toml").write_text('[sources.tickets]\napi_key = "hunter2-in-a-file"\n')
    _reload()

    shown = run("explain", "tickets", "agents").stdout

    assert "set in secrets.toml: sources.tickets.api_key" in shown
    assert "hunter2" not in shown


def _reload() -> None:
    from dlt.common.configuration.container import Container
    from dlt.common.configuration.specs.pluggable_run_context import PluggableRunContext

    Container()[PluggableRunContext].reload()


def test_json_of_all(run: Run) -> None:
    """A row for each resource, hidden ones too."""
    found = json.loads(run("explain", "tickets", "--json").stdout)

    assert found["overrides"] == []
    assert found["resources"][0] == {
        "resource": "workspaces",
        "answered_by": ["core"],
        "paginator": "HeaderLinkPaginator",
        "parents": [],
        "incremental": False,
        "reads": "everything",
    }


@pytest.mark.parametrize("width", [80, 100])
def test_narrow(run: Run, monkeypatch: pytest.MonkeyPatch, width: int) -> None:
    """No line is longer than the screen."""
    monkeypatch.setenv("COLUMNS", str(width))

    for arguments in (("tickets",), ("tickets", "requested_items"), ("observability", "logs")):
        shown = run("explain", *arguments).stdout
        assert max(len(line) for line in shown.splitlines()) <= width


def test_unknown(run: Run) -> None:
    """Wrong usage, with the nearest name."""
    result = run("explain", "tickets", "problms")

    assert result.exit_code == 2
    assert "did you mean 'problems'?" in result.stderr
    assert run("explain", "ticket").exit_code == 2
