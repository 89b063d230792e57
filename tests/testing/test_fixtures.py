"""The pytest plugin, used as somebody outside of this repository uses it."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

pytest_plugins = ["pytester"]

_TESTS = """
import pytest

pytestmark = pytest.mark.simulated(sizes={"vendors": 2, "products": 1})


def test_read(account):
    assert account.truth("vendors") == list(account.read("vendors"))
    assert 2 == len(account.truth("vendors"))


@pytest.mark.simulated(sizes={"vendors": 5}, gates=["products"])
def test_marked(account, warehouse):
    warehouse.run(account.source("vendors", "products"))
    assert [5, 0] == [len(warehouse.rows(name)) for name in ("vendors", "products")]
    assert "products" in [row["resource"] for row in warehouse.rows("_sdk_skips")]


@pytest.mark.parametrize("name", ["A", "a"])
def test_shared(account, name):
    list(account.read("vendors"))


def test_failing(account):
    list(account.read("vendors"))
    assert False, "on purpose"
"""

_ASKING = """
import sdk


def test_connector(connector):
    assert "tickets" == connector.name


class TestOther:
    connector = "stories"

    def test_named(self, connector):
        assert "stories" == connector.name


def test_simulator(simulator, fixed_clock, one_request_in_flight):
    settings = {**simulator.settings, "clock": fixed_clock, "overrides": []}
    assert simulator.now == fixed_clock()
    assert simulator.truth("vendors") == list(sdk.read("tickets", "vendors", **settings))


def test_no_waiting(no_waiting):
    from sdk import attempt

    attempt.sleep(3600)
    assert [3600] == no_waiting


def test_cassette(account, cassette):
    list(account.read("vendors"))
    assert ["GET"] == [one.method for one in cassette.requests]
"""

_STRANGERS = """
import os
import sys


def test_mine(connector):
    assert "my own" == connector
    assert not {"dlt", "vcr", "pyarrow"} & set(sys.modules)
    assert "RUNTIME__DLTHUB_TELEMETRY" not in os.environ
"""


@pytest.fixture
def author(pytester: pytest.Pytester) -> pytest.Pytester:
    """Return the project of an author who tests the tickets connector."""
    pytester.makeini('[pytest]\naddopts = "--strict-markers"\nfilterwarnings = error\n'.replace('"', ""))
    pytester.makepyfile(test_tickets=_TESTS)
    return pytester


def _run(author: pytest.Pytester, *arguments: str) -> pytest.RunResult:
    return author.runpytest_subprocess(*arguments)


def _cassettes(author: pytest.Pytester) -> list[str]:
    return sorted(str(one.relative_to(author.path / "cassettes")) for one in Path(author.path).rglob("*.yaml"))


def test_recorded_and_played(author: pytest.Pytester) -> None:
    """Nothing is played that was not recorded; what passed is kept, what failed is not, and no name is shared."""
    first = _run(author, "-k", "test_read")
    recorded = _run(author, "--record")
    kept = _cassettes(author)
    played = _run(author, "-k", "test_read or test_marked")

    first.assert_outcomes(errors=1)
    first.stdout.fnmatch_lines(["*no cassette tickets/test_read.yaml; record it anew with `pytest --record`"])
    recorded.assert_outcomes(passed=3, failed=1, errors=1)
    recorded.stdout.fnmatch_lines(["*would share the cassette test_shared-a.yaml; rename one"])
    assert ["tickets/test_marked.yaml", "tickets/test_read.yaml", "tickets/test_shared-a.yaml"] == kept
    played.assert_outcomes(passed=2, deselected=3)


def test_unfinished(author: pytest.Pytester) -> None:
    """A test that asks for less than was recorded fails when it ends."""
    _run(author, "--record", "-k", "test_read").assert_outcomes(passed=1, deselected=4)
    author.makepyfile(test_tickets=_TESTS.replace('== list(account.read("vendors"))', "!= []"))
    result = _run(author, "-k", "test_read")

    result.assert_outcomes(passed=1, errors=1, deselected=4)
    result.stdout.fnmatch_lines(["*test_read.yaml holds 1 requests that were not sent; the first: GET *"])


def test_fixtures(author: pytest.Pytester) -> None:
    """The connector is that of the class or the file; its simulator is served, and no wait takes time."""
    author.makepyfile(test_tickets=_ASKING)

    _run(author, "--record").assert_outcomes(passed=5)
    _run(author).assert_outcomes(passed=5)


def test_strangers(author: pytest.Pytester, monkeypatch: pytest.MonkeyPatch) -> None:
    """Whoever tests something else notices nothing: own fixtures count, nothing heavy is imported, nothing is set."""
    monkeypatch.delenv("RUNTIME__DLTHUB_TELEMETRY", raising=False)
    author.makepyfile(test_tickets=_STRANGERS)
    author.makeconftest('import pytest\n\n\n@pytest.fixture\ndef connector():\n    return "my own"\n')

    _run(author).assert_outcomes(passed=1)


def test_quick_to_import() -> None:
    """Importing the plugin imports what `import sdk` imports, and pytest."""
    heavy = "import sys, sdk.testing.pytest_plugin; print(sorted({'dlt', 'vcr', 'pyarrow', 'yaml'} & set(sys.modules)))"
    shown = subprocess.run(  # noqa: S603 - this very Python
        [sys.executable, "-c", heavy], capture_output=True, text=True, check=True
    )

    assert shown.stdout == "[]\n"
