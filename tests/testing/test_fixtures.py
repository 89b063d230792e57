"""The fixtures for a connector's tests, used as somebody outside of this repository uses them."""

from __future__ import annotations

from pathlib import Path

import pytest

pytest_plugins = ["pytester"]

_CONFTEST = "from sdk.testing.fixtures import *"

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


@pytest.fixture
def author(pytester: pytest.Pytester) -> pytest.Pytester:
    """Return the project of an author who tests the tickets connector."""
    pytester.makeini('[pytest]\naddopts = "--strict-markers"\nfilterwarnings = error\n'.replace('"', ""))
    pytester.makeconftest(_CONFTEST)
    pytester.makepyfile(test_tickets=_TESTS)
    return pytester


def _cassettes(author: pytest.Pytester) -> list[str]:
    return sorted(str(one.relative_to(author.path / "cassettes")) for one in Path(author.path).rglob("*.yaml"))


def test_recorded_and_played(author: pytest.Pytester) -> None:
    """Nothing is played that was not recorded; what passed is kept, what failed is not, and no name is shared."""
    first = author.runpytest_subprocess("-k", "test_read")
    recorded = author.runpytest_subprocess("--record")
    kept = _cassettes(author)
    played = author.runpytest_subprocess("-k", "test_read or test_marked")

    first.assert_outcomes(errors=1)
    first.stdout.fnmatch_lines(["*no cassette tickets/test_read.yaml; record it anew with `pytest --record`"])
    recorded.assert_outcomes(passed=3, failed=1, errors=1)
    recorded.stdout.fnmatch_lines(["*would share the cassette test_shared-a.yaml; rename one"])
    assert ["tickets/test_marked.yaml", "tickets/test_read.yaml", "tickets/test_shared-a.yaml"] == kept
    played.assert_outcomes(passed=2, deselected=3)


def test_unfinished(author: pytest.Pytester) -> None:
    """A test that asks for less than was recorded fails when it ends."""
    author.runpytest_subprocess("--record", "-k", "test_read").assert_outcomes(passed=1, deselected=4)
    author.makepyfile(test_tickets=_TESTS.replace('== list(account.read("vendors"))', "!= []"))
    result = author.runpytest_subprocess("-k", "test_read")

    result.assert_outcomes(passed=1, errors=1, deselected=4)
    result.stdout.fnmatch_lines(["*test_read.yaml holds 1 requests that were not sent; the first: GET *"])
