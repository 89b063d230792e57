"""`sdk check`."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable
from typing import TypeAlias

import pytest
from click.testing import Result

from sdk.cli.checking import Checker, Finding
from sdk.opening import open_connector
from sdk.testing.simulator import Reply, SimulatorServer

Run: TypeAlias = Callable[..., Result]


def findings(server: SimulatorServer, *names: str, **settings: str) -> list[Finding]:
    opened = open_connector("tickets", {**server.settings, **settings})
    wanted = opened.names(names or None)
    checker = Checker(opened, wanted)
    try:
        return [checker.finding(name) for name in wanted]
    finally:
        checker.close()


def test_all_readable(run: Run, configured: SimulatorServer) -> None:
    """An account that shows everything passes, and the next command is named."""
    result = run("check", "tickets")

    assert result.exit_code == 0
    assert "14 readable" in result.stdout
    assert "next: sdk run tickets" in result.stdout
    assert configured.settings["api_key"] not in result.output


def test_one_request_each(server: SimulatorServer) -> None:
    """Each resource is asked once, a parent too, whatever its children ask."""
    findings(server)

    asked = Counter(request.path.rpartition("/")[2] for request in server.requests)
    assert set(asked.values()) == {1}
    assert len(server.requests) == 15  # and the hidden workspaces


def test_only_the_wanted(server: SimulatorServer) -> None:
    """One resource is one request."""
    [found] = findings(server, "agents")

    assert found.state == "readable"
    assert len(server.requests) == 1


def test_gated(run: Run, configured: SimulatorServer) -> None:
    """What a run would skip is gated, with status and reason, and no failure."""
    configured.gate("vendors")

    result = run("check", "tickets", "--resource", "vendors")

    assert result.exit_code == 0
    assert "gated" in result.stdout
    assert "403, require_feature" in result.stdout


def test_forbidden(run: Run, configured: SimulatorServer) -> None:
    """What a run would fail on for lack of permission is forbidden, a failure."""
    configured.gate("tickets")

    result = run("check", "tickets", "--resource", "tickets")

    assert result.exit_code == 1
    assert "forbidden" in result.stdout


def test_child_of_an_unreadable_parent(server: SimulatorServer) -> None:
    """A child whose parent cannot be read is not asked when the parent is shown, and carries its error when not."""
    server.gate("tickets", reply=lambda _call: Reply(418, {"code": "teapot"}))

    [_, shown] = findings(server, "tickets", "requested_items")
    [alone] = findings(server, "requested_items")

    assert shown == Finding("requested_items", "not asked", "its parent tickets is not readable")
    assert alone.state == "error"
    assert alone.detail.startswith("its parent tickets: answered 418 (teapot)")


def test_no_parent_records(server: SimulatorServer) -> None:
    """A child of a parent without records is not asked, which is no failure."""
    for row in server.truth("tickets"):
        server.delete("tickets", row["id"])

    [found] = findings(server, "requested_items")

    assert found.state == "not asked"


def test_wrong_credentials(server: SimulatorServer) -> None:
    """Refused credentials are said once, and the account is left alone."""
    found = findings(server, api_key="a-wrong-key")

    assert Counter(one.state for one in found) == {"error": 1, "not asked": 13}
    assert len(server.requests) == 1
    assert "401" in found[0].detail


def test_wrong_credentials_shown(run: Run, configured: SimulatorServer, monkeypatch: pytest.MonkeyPatch) -> None:
    """Refused credentials are exit code 1."""
    monkeypatch.setenv("SOURCES__TICKETS__API_KEY", "a-wrong-key")

    result = run("check", "tickets")

    assert result.exit_code == 1
    assert "check the secret 'api_key'" in result.stdout
    assert "a-wrong-key" not in result.output
    assert len(configured.requests) == 1


def test_unreachable(server: SimulatorServer) -> None:
    """A host that does not answer is tried once."""
    server.stop()

    found = findings(server)

    assert Counter(one.state for one in found) == {"error": 1, "not asked": 13}
    assert "cannot reach" in found[0].detail


def test_missing_settings(run: Run) -> None:
    """Settings that are missing are named with every place to set them, and exit code 1."""
    result = run("check", "tickets")

    assert (1, "") == (result.exit_code, result.stdout)
    assert result.stderr.count("\n") == 1
    assert "SOURCES__TICKETS__BASE_URL" in result.stderr
    assert "SOURCES__TICKETS__API_KEY" in result.stderr


def test_given(server: SimulatorServer) -> None:
    """Values given in the settings stand in for a parent, which is not asked."""
    [found] = findings(server, "software", workspaces="2")

    assert found.state == "readable"
    assert [request.path.rpartition("/")[2] for request in server.requests] == ["applications"]


@pytest.mark.parametrize(
    ("setting", "said"),
    [
        ("base_url=https://user:sesame@example.com", "it holds credentials"),
        ("base_url=example.com/api", "its scheme is not http or https"),
        ("start_date=31.12.2024", "give an ISO date or timestamp"),
        ("trashed_assets=perhaps", "give true or false"),
        ("bogus=1", "has no setting 'bogus'"),
    ],
)
def test_malformed_setting(run: Run, configured: SimulatorServer, setting: str, said: str) -> None:
    """A setting that cannot be used is wrong usage, in one line that does not repeat a password."""
    result = run("check", "tickets", "--set", setting)

    assert (2, "", 1) == (result.exit_code, result.stdout, result.stderr.count("\n"))
    assert said in result.stderr
    assert "sesame" not in result.stderr
    assert configured.requests == []


def test_secret_on_the_command_line(run: Run) -> None:
    """A secret is refused on the command line, and not repeated."""
    result = run("check", "tickets", "--set", "api_key=open-sesame")

    assert result.exit_code == 2
    assert "open-sesame" not in result.output
    assert "set SOURCES__TICKETS__API_KEY" in result.stderr


def test_not_a_pair(run: Run) -> None:
    """What is no NAME=VALUE is refused, and not repeated: it may be a secret."""
    result = run("check", "tickets", "--set", "open-sesame")

    assert result.exit_code == 2
    assert "open-sesame" not in result.output
