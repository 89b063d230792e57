"""`sdk record`."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import TypeAlias

import pytest
from click.testing import Result
from sdk_plugin_tickets.simulator import SIMULATOR

from sdk.settings import environment_name
from sdk.testing.cassette_files import parse
from sdk.testing.recordings import play
from sdk.testing.simulator import Reply, SimulatorServer, serve

Run: TypeAlias = Callable[..., Result]

THREE = ("-r", "agents", "-r", "vendors", "-r", "locations")


def cassettes(folder: Path) -> list[str]:
    """Return the names of all files below *folder*."""
    return sorted(str(one.relative_to(folder)) for one in folder.rglob("*") if one.is_file())


def line_of(result: Result, name: str) -> str:
    """Return the line of a resource, its words one blank apart."""
    lines = [line.split() for line in result.stdout.splitlines()]
    return next(" ".join(line) for line in lines if line and line[0].rstrip(":") == name)


def test_from_an_account(run: Run, configured: SimulatorServer, folder: Path) -> None:
    """One cassette for each resource, which plays without the API; the next command is named."""
    result = run("record", "tickets", *THREE)

    assert (result.exit_code, result.stderr) == (0, "")
    assert cassettes(folder / "cassettes") == [f"tickets/{name}.yaml" for name in ("agents", "locations", "vendors")]
    assert "3 cassettes in cassettes/tickets" in result.stdout
    assert "next: pytest" in result.stdout
    key, host = configured.settings["api_key"], configured.base_url.split("/")[2]
    configured.stop()
    for path in (folder / "cassettes" / "tickets").iterdir():
        text = path.read_text(encoding="utf-8")
        played = play(parse(text), "tickets", path.stem)
        assert played.first.records
        assert played.failure is None
        assert key not in text
        assert host not in text


def test_persons_are_replaced(run: Run, configured: SimulatorServer, folder: Path) -> None:
    """Names, addresses and numbers of persons are no longer there, and counted; what is no person stays."""
    truth = configured.truth("requesters")

    result = run("record", "tickets", "-r", "requesters", "-r", "vendors")

    text = (folder / "cassettes" / "tickets" / "requesters.yaml").read_text(encoding="utf-8")
    assert not [one["primary_email"] for one in truth if str(one["primary_email"]) in text]
    assert "e-mail addresses" in line_of(result, "requesters")
    vendors = play(parse((folder / "cassettes/tickets/vendors.yaml").read_text(encoding="utf-8")), "tickets", "vendors")
    names = [(one["id"], one["name"]) for one in configured.truth("vendors")]
    assert [(one["id"], one["name"]) for one in vendors.first.records] == names


def test_demo(run: Run, folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """The simulator needs no account and asks for none; recorded again it gives the same cassettes."""
    monkeypatch.setenv(environment_name("tickets", "base_url"), "https://nobody.invalid")
    monkeypatch.setenv(environment_name("tickets", "api_key"), "a-real-key")

    first = run("record", "tickets", "--demo", *THREE, "--cassettes", "one")
    again = run("record", "tickets", "--demo", *THREE, "--cassettes", "two")

    assert (first.exit_code, again.exit_code) == (0, 0)
    assert cassettes(folder / "one") == [f"tickets/{name}.yaml" for name in ("agents", "locations", "vendors")]
    for name in cassettes(folder / "one"):
        assert (folder / "one" / name).read_bytes() == (folder / "two" / name).read_bytes()


def test_one_that_fails(run: Run, configured: SimulatorServer, folder: Path) -> None:
    """It is named with its reason and keeps the cassette that it has; the others are recorded, and the code is 1."""
    configured.gate("agents", reply=lambda _call: Reply(418, {"code": "teapot"}))
    old = folder / "cassettes" / "tickets" / "agents.yaml"
    old.parent.mkdir(parents=True)
    old.write_text("what was there", encoding="utf-8")

    result = run("record", "tickets", *THREE)

    assert result.exit_code == 1
    assert "not recorded; a cassette that was there is as it was" in result.stdout
    assert "tickets.agents: GET /agents?per_page=100 answered 418 (teapot)" in line_of(result, "agents")
    assert "2 cassettes in cassettes/tickets" in result.stdout
    assert old.read_text(encoding="utf-8") == "what was there"
    assert cassettes(folder / "cassettes") == [f"tickets/{name}.yaml" for name in ("agents", "locations", "vendors")]


def test_a_leak(run: Run, configured: SimulatorServer, folder: Path) -> None:
    """What looks like a secret is refused, with its place and how to blank it, and never shown."""
    [vendor, *_] = configured.truth("vendors")
    configured.update("vendors", vendor["id"], {"client_secret": "Xq3vB9zLk2mN7pTw"})

    refused = run("record", "tickets", *THREE)

    assert refused.exit_code == 1
    assert "the cassette is not written, since it holds" in line_of(refused, "vendors")
    assert "--blank vendors.client_secret" in refused.stdout
    assert "Xq3vB9zLk2mN7pTw" not in refused.output
    assert cassettes(folder / "cassettes") == ["tickets/agents.yaml", "tickets/locations.yaml"]

    blanked = run("record", "tickets", "-r", "vendors", "--blank", "vendors.client_secret")

    assert blanked.exit_code == 0
    assert "2 blanked texts" in line_of(blanked, "vendors")
    assert "Xq3vB9zLk2mN7pTw" not in (folder / "cassettes/tickets/vendors.yaml").read_text(encoding="utf-8")


def test_a_blanked_field_that_is_not_there(run: Run, configured: SimulatorServer, folder: Path) -> None:
    """A misspelt name blanks nothing: nothing is written, and the nearest names are said, never what is in them."""
    [vendor, *_] = configured.truth("vendors")
    configured.update("vendors", vendor["id"], {"plate": "XY-123-ZZ"})

    result = run("record", "tickets", "-r", "vendors", "-r", "agents", "--blank", "vendor.plates")

    assert (result.exit_code, cassettes(folder)) == (1, [])
    said = "--blank vendor.plates is in no answer, so nothing is written; nearest are vendors.plate, "
    assert [said in " ".join(line.split()) for line in result.stdout.splitlines() if "--blank" in line] == [True]
    assert "XY-123-ZZ" not in result.output


@pytest.mark.parametrize("field", ["plate", "vendors.plate", "vendors[*].plate", "$.vendors[].plate"])
def test_how_a_blanked_field_is_named(run: Run, configured: SimulatorServer, folder: Path, field: str) -> None:
    """By its name alone, wherever it stands, or by its path, with or without the lists that it passes through."""
    [vendor, *_] = configured.truth("vendors")
    configured.update("vendors", vendor["id"], {"plate": "XY-123-ZZ"})

    result = run("record", "tickets", "-r", "vendors", "--blank", field)

    assert result.exit_code == 0
    assert "2 blanked texts" in line_of(result, "vendors")
    assert "XY-123-ZZ" not in (folder / "cassettes/tickets/vendors.yaml").read_text(encoding="utf-8")


def test_what_is_skipped(run: Run, configured: SimulatorServer, folder: Path) -> None:
    """A recording of a module that is off says that it holds nothing else."""
    configured.gate("vendors")

    result = run("record", "tickets", "-r", "vendors")

    assert result.exit_code == 0
    assert "holds a skip only: 403, require_feature" in line_of(result, "vendors")
    assert cassettes(folder / "cassettes") == ["tickets/vendors.yaml"]


def test_how_much(run: Run, monkeypatch: pytest.MonkeyPatch) -> None:
    """Lists are cut after some pages, which is said, and few parents are followed."""
    with serve(SIMULATOR, scale=0.1, sizes={"vendors": 250}) as server:
        for name, value in server.settings.items():
            monkeypatch.setenv(environment_name("tickets", name), value)
        few = run("record", "tickets", "-r", "vendors", "-r", "requested_items", "--pages", "2", "--parents", "1")
        asked = [one.path for one in server.requests if one.path.endswith("requested_items")]
        all_ = run("record", "tickets", "-r", "vendors")

    requests, records = line_of(few, "vendors").split()[1:3]
    assert (requests, records) == ("4", "200")
    assert line_of(few, "vendors").endswith("cut, there is more: vendors")
    assert len(set(asked)) == 1
    assert "cut" not in line_of(all_, "vendors")


def test_wrong_credentials(
    run: Run, configured: SimulatorServer, monkeypatch: pytest.MonkeyPatch, folder: Path
) -> None:
    """Refused credentials are tried once, so that no account is locked."""
    monkeypatch.setenv(environment_name("tickets", "api_key"), "a-wrong-key")

    result = run("record", "tickets", *THREE)

    assert result.exit_code == 1
    assert len(configured.requests) == 1
    assert "  locations, vendors: not asked, since the credentials were refused\n" in result.stdout
    assert "a-wrong-key" not in result.output
    assert not (folder / "cassettes").exists()


def test_a_link_out_of_the_folder(run: Run, configured: SimulatorServer, folder: Path) -> None:
    """Nothing is written through it, and nothing asked."""
    (folder / "elsewhere").mkdir()
    (folder / "cassettes").mkdir()
    (folder / "cassettes" / "tickets").symlink_to(folder / "elsewhere")

    result = run("record", "tickets", *THREE)

    assert (result.exit_code, result.stdout) == (2, "")
    assert "leads out of cassettes" in result.stderr
    assert configured.requests == []
    assert cassettes(folder / "elsewhere") == []


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (("-r", "vendor"), "has no resource 'vendor'; did you mean 'vendors'?"),
        (("--set", "api_key=open-sesame"), "'api_key' is a secret"),
        (("--set", "base_url=https://me:open-sesame@acme.test"), "it holds credentials"),
        (("--set", "workspaces=https://me:open-sesame@acme.test"), "holds credentials"),
        (("--pages", "0"), "0 is not in the range"),
        (("--start-date", "soon"), "give an ISO date or timestamp"),
    ],
)
def test_wrong_usage(
    run: Run, configured: SimulatorServer, folder: Path, arguments: tuple[str, ...], said: str
) -> None:
    """One line says what is wrong, before anything is asked or written."""
    result = run("record", "tickets", *arguments)

    assert (result.exit_code, result.stdout, result.stderr.count("\n")) == (2, "", 1)
    assert said in result.stderr
    assert "open-sesame" not in result.output
    assert configured.requests == []
    assert cassettes(folder) == []


def test_missing_settings(run: Run) -> None:
    """Settings that are missing are named with every place to set them."""
    result = run("record", "tickets")

    assert (result.exit_code, result.stdout) == (1, "")
    assert "SOURCES__TICKETS__API_KEY" in result.stderr
