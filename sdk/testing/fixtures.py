"""Pytest fixtures for the tests of a connector; import them in the `conftest.py` beside these tests.

The connector is named by the test's file (`test_tickets.py`), the cassette by the test: it lies at
`cassettes/tickets/<test name>.yaml`. It is played; `pytest --record` records it from the connector's simulator.
`@pytest.mark.simulated(...)` says what that account is like, in the words of `sdk.testing.simulator.serve`; on a
module (`pytestmark`) it counts for all of its tests::

    @pytest.mark.simulated(sizes={"tickets": 4}, gates=["releases"])
    def test_requested_items(account):
        \"\"\"Each item carries the id of the ticket it was requested on.\"\"\"
        assert list(account.read("requested_items")) == account.truth("requested_items")
"""

from __future__ import annotations

import os
from collections.abc import Callable, Generator, Iterator
from contextlib import ExitStack
from pathlib import Path
from types import SimpleNamespace
from typing import TYPE_CHECKING, Any

import pytest

from sdk.testing.account import NOW, Account, recorded_server, scrubber_of, simulator_of
from sdk.testing.cassettes import CassetteError, path_of, playing, recording
from sdk.testing.simulator import SimulatorServer, serve

if TYPE_CHECKING:
    from sdk.testing.warehouse import Warehouse

__all__ = [
    "account",
    "pytest_addoption",
    "pytest_configure",
    "pytest_runtest_makereport",
    "simulate",
    "warehouse",
]

_FAILED = pytest.StashKey[bool]()
_TAKEN = pytest.StashKey[dict[Path, str]]()


def pytest_addoption(parser: pytest.Parser) -> None:
    """Add `--record`."""
    parser.addoption("--record", action="store_true", help="record the cassettes anew, from the simulators")


def pytest_configure(config: pytest.Config) -> None:
    """Add the mark `simulated`, and keep dlt from reporting home what is tested."""
    config.addinivalue_line("markers", "simulated(**facts): what the account is like while a cassette is recorded")
    # Before anything starts dlt, which asks once in a process; its report would be a request without an answer.
    os.environ.setdefault("RUNTIME__DLTHUB_TELEMETRY", "false")


@pytest.hookimpl(wrapper=True)
def pytest_runtest_makereport(
    item: pytest.Item, call: pytest.CallInfo[None]
) -> Generator[None, pytest.TestReport, pytest.TestReport]:
    """Note which test failed: its recording is not kept, and its cassette not expected to be played to the end."""
    report = yield
    if call.when == "call":
        item.stash[_FAILED] = not report.passed
    return report


@pytest.fixture
def account(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> Iterator[Account]:
    """Return the account that the test reads, from its cassette; see `sdk.testing.account.Account`."""
    connector = _connector(request)
    path = _cassette_path(request, connector)
    waits = _no_waiting(monkeypatch)
    with ExitStack() as stack:
        server: SimulatorServer | None = None
        if request.config.getoption("--record", default=False):
            server = stack.enter_context(recorded_server(connector, waits, _facts(request)))
            cassette = stack.enter_context(recording(path, scrubber_of(connector, server)))
        else:
            cassette = stack.enter_context(playing(path))
        yield Account(connector, cassette, waits, server)
        cassette.keep = not request.node.stash.get(_FAILED, True)
        if cassette.keep:
            cassette.check()


@pytest.fixture
def warehouse(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Warehouse]:
    """Return an empty DuckDB file to load into, with nothing of dlt's configuration around it."""
    from dlt.common.configuration.container import Container
    from dlt.common.configuration.specs.pluggable_run_context import PluggableRunContext
    from dlt.common.pipeline import PipelineContext

    from sdk.testing.warehouse import Warehouse

    container = Container()
    with monkeypatch.context() as inside:
        inside.chdir(tmp_path)
        inside.setenv("DLT_DATA_DIR", str(tmp_path / "dlt"))
        container[PluggableRunContext].reload()
        yield Warehouse(tmp_path)
        container[PipelineContext].clear()
    container[PluggableRunContext].reload()


@pytest.fixture
def simulate(request: pytest.FixtureRequest) -> Iterator[Callable[..., SimulatorServer]]:
    """Return a function that serves the connector's simulator until the test ends, for what no cassette should hold.

    It takes what `sdk.testing.simulator.serve` takes; the clock stands at `NOW` unless told otherwise.
    """
    simulator = simulator_of(_connector(request))
    with ExitStack() as stack:
        yield lambda **facts: stack.enter_context(serve(simulator, **{"now": NOW, **facts}))


def _connector(request: pytest.FixtureRequest) -> str:
    return request.path.stem.removeprefix("test_")


def _cassette_path(request: pytest.FixtureRequest, connector: str) -> Path:
    """Return the path of the test's cassette, which no other test may have."""
    path = path_of(request.config.rootpath / "cassettes", connector, request.node.name)
    taken = request.config.stash.setdefault(_TAKEN, {})
    owner = taken.setdefault(path, request.node.nodeid)
    if owner != request.node.nodeid:
        raise CassetteError(f"{request.node.nodeid} and {owner} would share the cassette {path.name}; rename one")
    return path


def _facts(request: pytest.FixtureRequest) -> dict[str, Any]:
    """Return what the marks say, the module's first; of `sizes` each counts by itself."""
    facts: dict[str, Any] = {}
    for mark in reversed(list(request.node.iter_markers("simulated"))):
        sizes = {**facts.get("sizes", {}), **mark.kwargs.get("sizes", {})}
        facts = {**facts, **mark.kwargs, "sizes": sizes}
    return facts


def _no_waiting(monkeypatch: pytest.MonkeyPatch) -> list[float]:
    """Let waits take no time, and return the list of them."""
    waits: list[float] = []
    monkeypatch.setattr("sdk.attempt.sleep", waits.append)
    monkeypatch.setattr("sdk.auth.endpoint.sleep", waits.append)
    # The pace's clock goes on by what was waited, or a wait would be found to be still ahead.
    monkeypatch.setattr("sdk.client.time", SimpleNamespace(monotonic=lambda: sum(waits)))
    return waits
