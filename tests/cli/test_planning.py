"""`sdk plan`: the next run's requests, rows and time."""

from __future__ import annotations

import json

import pytest

from sdk.limits import RateLimit
from sdk.retry import RetryPolicy


@pytest.fixture
def loaded(tiny_api, acme, run):
    """Return a function that loads `acme` once, with facts of its own."""

    def load(**facts):
        acme("things", "others", **facts)
        tiny_api.lists("/things", [{"id": 1}], [{"id": 2}], [{"id": 3}])
        tiny_api.lists("/others", [{"id": 1}])
        return run("run", "acme", "-r", "things")

    return load


def test_a_plan(loaded, run, tiny_api):
    """What was read before is told, what was not is a question mark; nothing is asked."""
    loaded()
    tiny_api.forget()

    result = run("plan", "acme", "--json")

    found = {one["resource"]: (one["requests"], one["rows"]) for one in json.loads(result.stdout)}
    assert found == {"things": (3, 3), "others": (None, None)}
    assert (result.exit_code, tiny_api.targets) == (0, [])
    assert "the next run: 3 requests" in run("plan", "acme").stdout


def test_a_run_that_cannot_fit(loaded, run, acme):
    """It says why, and what would do."""
    loaded()
    acme("things", rate_limit=RateLimit(2, 86_400), retry=RetryPolicy(max_wait=900))

    result = run("plan", "acme", "-r", "things")

    assert result.exit_code == 1
    assert "things: the quota asks for waits of" in " ".join(result.stdout.split())
