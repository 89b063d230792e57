"""What the next run will cost, from the last one and the declared quota."""

from __future__ import annotations

from typing import Any

import pytest

import sdk
from sdk.connector import Connector
from sdk.limits import RateLimit
from sdk.plans import ResourcePlan, plan
from sdk.resource import Resource
from sdk.retry import RetryPolicy
from sdk.windows import Incremental, TimeWindow


def connector(**facts: Any) -> Connector:
    """Return a connector of one resource."""
    return Connector("acme", base_url="https://api.example.com", resources=[Resource("things")], **facts)


def state(requests: int, latency: float = 0.1, **more: Any) -> dict[str, Any]:
    """Return what a resource keeps after a run that read everything."""
    return {"things": {"runs": {"whole": {"requests": requests, "rows": 7, "latency": latency}}, **more}}


def test_nothing_is_known_before_the_first_run():
    """And nothing is asked."""
    assert plan(connector(), {}, ["things"]) == [ResourcePlan("things", None, None, None, "whole")]


def test_as_quickly_as_the_api_answers():
    """So many at a time as are in flight."""
    [found] = plan(connector(in_flight=5), state(100), ["things"])

    assert (found.requests, found.rows, found.seconds, found.like) == (100, 7, pytest.approx(2.0), "whole")


@pytest.mark.parametrize(
    ("requests", "seconds", "waits", "fits"),
    [(1, 0.02, 0.0, True), (10, 0.2, 0.0, True), (11, 60, 60, True), (25, 120, 60, True)],
)
def test_as_slowly_as_the_quota_asks(requests: int, seconds: float, waits: float, *, fits: bool):
    """Each full period is waited for."""
    [found] = plan(connector(in_flight=5, rate_limit=RateLimit(10, 60)), state(requests), ["things"])

    assert (found.seconds, found.waits, found.fits) == (pytest.approx(seconds), waits, fits)


def test_a_run_that_cannot_fit():
    """A quota for a day is no wait that anybody accepts."""
    daily = connector(rate_limit=RateLimit(1000, 86_400), retry=RetryPolicy(max_wait=900))

    assert [plan(daily, state(number), ["things"])[0].fits for number in (1000, 1001)] == [True, False]


def test_a_run_that_goes_on_is_like_the_last_that_did():
    """Until there was one it takes no more than everything."""
    done = {"completed": {"at": "2026-01-01T00:00:00Z"}}
    [first] = plan(connector(), state(100, **done), ["things"])
    runs = {
        "whole": {"requests": 100, "rows": 7, "latency": 0.1},
        "continuing": {"requests": 3, "rows": 1, "latency": 0},
    }
    [later] = plan(connector(), {"things": {"runs": runs, **done}}, ["things"])

    assert [(one.requests, one.like) for one in (first, later)] == [(100, "continuing"), (3, "continuing")]


def test_runs_leave_what_they_took(tiny_api, acme, pipeline):
    """The first, which reads everything, and those that go on, each by itself."""
    window = TimeWindow(start_param="since")
    acme(Resource("things", data_selector="data", window=window, incremental=Incremental("at")))
    tiny_api.lists("/things", [{"id": 1, "at": "2026-01-01T00:00:00Z"}], [{"id": 2, "at": "2026-01-02T00:00:00Z"}])
    loading = pipeline()
    loading.run(sdk.load("acme"))
    tiny_api.lists("/things", [{"id": 2, "at": "2026-01-02T00:00:00Z"}])
    loading.run(sdk.load("acme"))

    runs = loading.state()["things"]["runs"]

    assert {kind: (one["requests"], one["rows"]) for kind, one in runs.items()} == {
        "whole": (2, 2),
        "continuing": (1, 1),
    }
