"""`sdk run`."""

from __future__ import annotations

import json
import os
import shlex
import signal
import subprocess
import sys
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import TYPE_CHECKING, TypeAlias

import duckdb
import pytest
from click.testing import Result
from sdk_plugin_tickets.simulator import SIMULATOR

from sdk.testing.simulator import serve

if TYPE_CHECKING:
    from sdk.testing.simulator import SimulatorServer

Run: TypeAlias = Callable[..., Result]


def count(file: Path, table: str) -> int:
    with duckdb.connect(str(file), read_only=True) as database:
        [[found]] = database.execute(f"SELECT count(*) FROM {table}").fetchall()
    return int(found)


def test_run(run: Run, configured: SimulatorServer, folder: Path) -> None:
    """The wanted resources are loaded, and the end says how many rows, where, and what to type next."""
    result = run("run", "tickets", "-r", "agents", "-r", "vendors")

    rows = len(configured.truth("agents"))
    assert result.exit_code == 0
    assert rows == count(folder / "tickets.duckdb", "tickets_data.agents")
    assert "in tickets.duckdb, dataset tickets_data" in result.stdout
    assert ["agents", str(rows), "1", "0", "0", "0"] in [line.split() for line in result.stdout.splitlines()]
    assert f"tickets.agents: {rows} rows, 1 request" in result.stderr


def test_next_command(run: Run, configured: SimulatorServer) -> None:
    """The command to type next works as it stands."""
    result = run("run", "tickets", "-r", "agents")
    line = next(line for line in result.stdout.splitlines() if line.startswith("next: "))
    path = f"{Path(sys.executable).parent}{os.pathsep}{os.environ['PATH']}"

    done = subprocess.run(  # noqa: S603 - the command under test
        shlex.split(line.removeprefix("next: ")),
        capture_output=True,
        text=True,
        check=False,
        env={**os.environ, "PATH": path},
    )

    assert (0, "") == (done.returncode, done.stderr)
    assert f"{min(5, len(configured.truth('agents')))} rows" in done.stdout


def test_to(run: Run, configured: SimulatorServer, folder: Path) -> None:
    """`--to` names the file."""
    result = run("run", "tickets", "-r", "agents", "--to", "duckdb:///data.duckdb")

    assert result.exit_code == 0
    assert len(configured.truth("agents")) == count(folder / "data.duckdb", "tickets_data.agents")


def test_start_date(run: Run, configured: SimulatorServer) -> None:
    """`--start-date` reaches the API."""
    result = run("run", "tickets", "-r", "problems", "--start-date", "2020-02-01")

    assert result.exit_code == 0
    asked = {request.value("updated_since") for request in configured.requests if request.path.endswith("/problems")}
    assert asked == {"2020-02-01T00:00:00Z"}


def test_skips(run: Run, configured: SimulatorServer, folder: Path) -> None:
    """What was skipped is listed with its reason, and the table that keeps it is named."""
    configured.gate("vendors")

    result = run("run", "tickets", "-r", "vendors", "-r", "agents")

    assert result.exit_code == 0
    assert "_sdk_skips" in result.stdout
    line = next(line for line in result.stdout.splitlines() if line.split()[:3] == ["vendors", "1", "time"])
    assert "403 require_feature" in line
    assert "GET /vendors" in line
    assert count(folder / "tickets.duckdb", "tickets_data._sdk_skips") == 1


def test_strict(run: Run, configured: SimulatorServer) -> None:
    """With --strict a skip is exit code 3, and a complete run is still 0."""
    complete = run("run", "tickets", "-r", "vendors", "--strict")
    configured.gate("vendors")
    skipped = run("run", "tickets", "-r", "vendors", "--strict")

    assert (0, 3) == (complete.exit_code, skipped.exit_code)


def test_json(run: Run, configured: SimulatorServer) -> None:
    """With --json the report is all that stands on stdout."""
    result = run("run", "tickets", "-r", "agents", "--json")

    report = json.loads(result.stdout)
    assert report["connector"] == "tickets"
    assert [one["resource"] for one in report["resources"]] == ["agents"]
    assert report["resources"][0]["rows"] == len(configured.truth("agents"))


def test_failure(run: Run, configured: SimulatorServer, monkeypatch: pytest.MonkeyPatch) -> None:
    """A run that fails is one line after the progress, exit code 1, and no table."""
    monkeypatch.setenv("SOURCES__TICKETS__API_KEY", "a-wrong-key")

    result = run("run", "tickets", "-r", "agents")

    assert (1, "") == (result.exit_code, result.stdout)
    assert result.stderr.splitlines()[-1].startswith("sdk: tickets.agents: ")
    assert "Traceback" not in result.stderr
    assert configured.requests[0].status == 401


@pytest.mark.parametrize(
    ("to", "code", "said"),
    [
        ("duckdb:///no/such/data.duckdb", 1, "there is no folder no/such"),
        ("duckdb:///junk.duckdb", 1, "it is no DuckDB file"),
        ("duckdb:///tickets_data.duckdb", 1, "give the file another name"),
        ("postgres", 1, "DESTINATION__POSTGRES__CREDENTIALS"),
        ("nope:///data", 2, "no destination 'nope'"),
        ("postgres://me:open-sesame@host/db", 2, "never taken from a command line"),
        ("motherduck:///data?token=open-sesame", 2, "never taken from a command line"),
    ],
)
def test_bad_destination(run: Run, configured: SimulatorServer, to: str, code: int, said: str) -> None:
    """A destination that cannot be used is one line, before anything is read."""
    Path("junk.duckdb").write_text("no database")

    result = run("run", "tickets", "--to", to)

    assert (code, "", 1) == (result.exit_code, result.stdout, result.stderr.count("\n"))
    assert said in result.stderr
    assert "open-sesame" not in result.stderr
    assert configured.requests == []


def test_unknown_resource(run: Run, configured: SimulatorServer) -> None:
    """An unknown resource is wrong usage, before anything is read."""
    result = run("run", "tickets", "--resource", "problms")

    assert (2, "", 1) == (result.exit_code, result.stdout, result.stderr.count("\n"))
    assert "'problems'" in result.stderr
    assert configured.requests == []


def test_demo(run: Run, folder: Path) -> None:
    """The demo needs no setting: it loads, shows rows, shows a skip, and is the same a second time."""
    first = run("run", "tickets", "--demo")
    rows = count(folder / "tickets_demo.duckdb", "tickets_demo_data.tickets")
    second = run("run", "tickets", "--demo")

    assert (0, 0) == (first.exit_code, second.exit_code)
    assert "tickets_demo_data.tickets  the first 5 rows" in first.stdout
    assert "_sdk_skips" in first.stdout
    assert "dataset tickets_demo_data" in first.stdout
    assert rows > 0
    assert rows == count(folder / "tickets_demo.duckdb", "tickets_demo_data.tickets")


def test_demo_ignores_the_environment(run: Run, monkeypatch: pytest.MonkeyPatch) -> None:
    """What is set for a real account does not reach the demo."""
    monkeypatch.setenv("SOURCES__TICKETS__BASE_URL", "https://example.com/real")
    monkeypatch.setenv("SOURCES__TICKETS__API_KEY", "a-real-key")
    monkeypatch.setenv("SOURCES__TICKETS__START_DATE", "2999-01-01")
    monkeypatch.setenv("SOURCES__TICKETS__WORKSPACES", "12345")
    monkeypatch.setenv("SOURCES__TICKETS__OVERRIDES", "no_such_override")

    result = run("run", "tickets", "--demo", "--json", "-r", "problems")

    assert result.exit_code == 0
    assert json.loads(result.stdout)["resources"][0]["rows"] > 0


def test_demo_with_settings(run: Run) -> None:
    """Settings on the command line count in the demo too, and unknown ones are refused."""
    yesterday = (datetime.now(UTC) - timedelta(days=1)).isoformat()
    everything = run("run", "tickets", "--demo", "--json", "-r", "problems")
    recent = run("run", "tickets", "--demo", "--json", "-r", "problems", "--start-date", yesterday)
    unknown = run("run", "tickets", "--demo", "--set", "bogus=1")

    assert json.loads(recent.stdout)["resources"][0]["rows"] < json.loads(everything.stdout)["resources"][0]["rows"]
    assert unknown.exit_code == 2


def test_no_noise(configured: SimulatorServer) -> None:
    """A real process writes the table to stdout, its own lines to stderr, and dlt writes nothing."""
    environment = {name: value for name, value in os.environ.items() if not name.startswith("RUNTIME__")}
    done = subprocess.run(
        [sys.executable, "-m", "sdk", "run", "tickets", "-r", "agents"],
        capture_output=True,
        text=True,
        check=False,
        env=environment,
    )

    assert done.returncode == 0
    assert all(": tickets.agents" in line or " tickets.agents" in line for line in done.stderr.splitlines())
    assert configured.requests


def test_interrupt() -> None:
    """Ctrl-C ends a run with one line and exit code 1, also while an answer is waited for."""
    with serve(SIMULATOR, latency=0.5) as server:
        settings = {f"SOURCES__TICKETS__{name.upper()}": value for name, value in server.settings.items()}
        with subprocess.Popen(
            [sys.executable, "-m", "sdk", "run", "tickets"],
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
            env={**os.environ, **settings},
        ) as process:
            assert process.stderr is not None
            assert "reading" in process.stderr.readline()
            process.send_signal(signal.SIGINT)
            out, err = process.communicate()

    lines = err.strip().splitlines()
    assert (1, "") == (process.returncode, out)
    assert lines[-1] == "sdk: stopped: nothing more is read, and the next run goes on from the last commit"
    assert "Traceback" not in err
    assert "nanobind" not in err
