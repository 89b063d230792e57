"""What pytest offers to the tests of a connector; installed with `connector-sdk[testing]`, nothing to import.

The connector is named by the attribute `connector` of the test's class, or else by its file (`test_tickets.py`).
Nothing here takes effect in a test that does not ask for it:

| fixture | what |
|---|---|
| `account` | the account that a connector's test reads, from the test's cassette |
| `cassette` | the cassette of the test: what was asked and answered |
| `connector` | the declared connector, its settings still open |
| `fixed_clock` | a clock that stands, for `clock=` of `sdk.load`, `sdk.read` and `sdk.run` |
| `no_waiting` | waits of retries and of the pace take no time; it is the list of them, in seconds |
| `one_request_in_flight` | requests are sent one after the other, in the order of the declaration |
| `simulate` | a function that serves the connector's simulator, for what no cassette should hold |
| `simulator` | the connector's simulator, served |
| `warehouse` | an empty DuckDB file to load into |

A fixture of the same name in a `conftest.py` or a test file takes the place of one of these, as everywhere in pytest.

The cassette is named by the test and lies at `cassettes/tickets/<test name>.yaml` below pytest's root folder. It is
played; `pytest --record` records it from the connector's simulator. `@pytest.mark.simulated(...)` says what that
account is like, in the words of `sdk.testing.simulator.serve`; on a module (`pytestmark`) it counts for all of its
tests::

    @pytest.mark.simulated(sizes={"tickets": 4}, gates=["releases"])
    def test_requested_items(account):
        \"\"\"Each item carries the id of the ticket it was requested on.\"\"\"
        assert list(account.read("requested_items")) == account.truth("requested_items")
"""

from __future__ import annotations

import os
from collections.abc import Callable, Generator, Iterator
from contextlib import ExitStack
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

import pytest

# This module is imported in every pytest run of an environment that holds this library, whoever's tests they are.
# So nothing of ours is imported before a fixture is asked for.
if TYPE_CHECKING:
    from sdk.connector import Connector
    from sdk.testing.account import Account
    from sdk.testing.cassettes import Cassette
    from sdk.testing.simulator import SimulatorServer
    from sdk.testing.warehouse import Warehouse

ACCEPTED: Final = pytest.StashKey[dict[tuple[str, str, str], set[str]]]()
"""What the suites of this run found and accept: connector, code and reason, and the resources it was found in."""

_FAILED: Final = pytest.StashKey[bool]()
_TAKEN: Final = pytest.StashKey[dict[Path, str]]()
_DLT: Final = frozenset({"account", "warehouse"})


def pytest_addoption(parser: pytest.Parser) -> None:
    """Add `--record` and `--faults`."""
    group = parser.getgroup("connector-sdk", "connectors")
    group.addoption("--record", action="store_true", help="record the cassettes anew, from the simulators")
    group.addoption("--faults", action="store_true", help="play the faults of APIs and networks against connectors")


def pytest_configure(config: pytest.Config) -> None:
    """Add the marks `simulated` and `faults`."""
    config.addinivalue_line("markers", "simulated(**facts): what the account is like while a cassette is recorded")
    config.addinivalue_line("markers", "faults: plays a fault against a connector; left out unless --faults is given")


def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    """Leave out what plays faults unless `--faults` is given; nobody counts it as left out."""
    if not config.getoption("--faults"):
        items[:] = [one for one in items if one.get_closest_marker("faults") is None]


def pytest_collection_finish(session: pytest.Session) -> None:
    """Keep dlt from reporting home what is tested, where a test of this run loads."""
    # Before anything starts dlt, which asks once in a process; its report would be a request without an answer.
    if any(not _DLT.isdisjoint(getattr(item, "fixturenames", ())) for item in session.items):
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


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter, config: pytest.Config) -> None:
    """Show what the suites found and accept, each with its reason."""
    accepted = config.stash.get(ACCEPTED, {})
    if accepted:
        terminalreporter.section("accepted findings")
        for (connector, code, reason), resources in sorted(accepted.items()):
            where = f" ({', '.join(sorted(resources))})" if any(resources) else ""
            terminalreporter.line(f"{connector} {code}{where}: {reason}")


@pytest.fixture
def account(request: pytest.FixtureRequest, no_waiting: list[float]) -> Iterator[Account]:
    """Return the account that the test reads, from its cassette; see `sdk.testing.account.Account`."""
    from sdk.testing.account import Account, recorded_server, scrubber_of
    from sdk.testing.cassettes import playing, recording

    name = connector_name(request)
    path = _cassette_path(request, name)
    with ExitStack() as stack:
        server: SimulatorServer | None = None
        if request.config.getoption("--record", default=False):
            server = stack.enter_context(recorded_server(name, no_waiting, _facts(request)))
            tape = stack.enter_context(recording(path, scrubber_of(name, server)))
        else:
            tape = stack.enter_context(playing(path))
        yield Account(name, tape, no_waiting, server)
        tape.keep = not request.node.stash.get(_FAILED, True)
        if tape.keep:
            tape.check()


@pytest.fixture
def cassette(account: Account) -> Cassette:
    """Return the cassette of the test, as it is played or recorded; see `sdk.testing.cassettes.Cassette`."""
    return account.cassette


@pytest.fixture
def connector(request: pytest.FixtureRequest) -> Connector:
    """Return the declared connector of the test's class or file, its settings still open."""
    from sdk import plugins

    declared, _ = plugins.declare(connector_name(request))
    return declared


@pytest.fixture
def fixed_clock() -> Callable[[], datetime]:
    """Return a clock that stands at the moment at which simulated accounts are recorded."""
    from sdk.testing.account import NOW

    return lambda: NOW


@pytest.fixture
def no_waiting() -> Iterator[list[float]]:
    """Let the waits of retries and of the pace take no time, and return the list of them, in seconds."""
    from sdk.testing.undisturbed import without_waiting

    with without_waiting() as waits:
        yield waits


@pytest.fixture
def one_request_in_flight(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> None:
    """Let requests be sent one after the other, by the setting that the test's connector has for it."""
    from sdk.settings import environment_name

    monkeypatch.setenv(environment_name(connector_name(request), "in_flight"), "1")


@pytest.fixture
def simulate(request: pytest.FixtureRequest) -> Iterator[Callable[..., SimulatorServer]]:
    """Return a function that serves the connector's simulator until the test ends, for what no cassette should hold.

    It takes what `sdk.testing.simulator.serve` takes; the clock stands at `sdk.testing.account.NOW` unless told
    otherwise.
    """
    from sdk.testing.account import NOW, simulator_of
    from sdk.testing.simulator import serve

    described = simulator_of(connector_name(request))
    with ExitStack() as stack:
        yield lambda **facts: stack.enter_context(serve(described, **{"now": NOW, **facts}))


@pytest.fixture
def simulator(request: pytest.FixtureRequest, simulate: Callable[..., SimulatorServer]) -> SimulatorServer:
    """Return the connector's simulator, served until the test ends with what `@pytest.mark.simulated` says."""
    return simulate(**_facts(request))


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


def connector_name(request: pytest.FixtureRequest) -> str:
    """Return the name of the connector that a test is about: of its class, or else of its file."""
    named = getattr(request.cls, "connector", None)
    return named if isinstance(named, str) else request.path.stem.removeprefix("test_")


def _cassette_path(request: pytest.FixtureRequest, connector: str) -> Path:
    """Return the path of the test's cassette, which no other test may have."""
    from sdk.testing.cassettes import CassetteError, path_of

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
