"""`pytest --faults` as an author sees it: one test for each fault, and what a failure says."""

from __future__ import annotations

from pathlib import Path

import pytest

from sdk.testing.account import recorded_server, scrubber_of
from sdk.testing.cassette_files import read
from sdk.testing.faults import FAULTS, faults_for, ground, hold, recorded
from sdk.testing.recordings import record
from sdk.testing.undisturbed import without_waiting

pytest_plugins = ["pytester"]

# A connector whose list ends where a page is no list: a page of HTML, an error, nothing at all.
_PLUGIN_MODULE = """
from sdk import BearerTokenAuth, Connector, PageNumberPaginator, Resource, Secret, hookimpl


@hookimpl
def sdk_select_records(resource, page):
    return page.body.get("data") or []


@hookimpl
def sdk_declare_connector():
    return Connector(
        "mini",
        description="What is small",
        auth=BearerTokenAuth(Secret("api_key", description="the key")),
        paginator=PageNumberPaginator(limit_param="per_page", limit=2),
        resources=[Resource("ants", data_selector="data"), Resource("bees", data_selector="data")],
    )
"""

_SIMULATOR = """
from sdk.testing.simulator import Endpoint, HeaderKey, Listed, PageNumber, PageSize, Row, Simulator, Table


def make(seeding):
    return (Row({"id": at, "name": f"number {at}"}) for at in range(seeding.size))


SIMULATOR = Simulator(
    name="mini",
    auth=HeaderKey(prefix="Bearer "),
    tables=tuple(Table(name, make, size=7, updated=None) for name in ("ants", "bees")),
    endpoints=tuple(
        Endpoint(name=name, path=f"/{name}", shape=Listed("data"), pages=PageNumber(size=PageSize("per_page")))
        for name in ("ants", "bees")
    ),
)
"""

_SUITE = """
from sdk.testing import ConnectorSuite


class TestMini(ConnectorSuite):
    connector = "mini"
    faulted = ("bees",)
    accepted = {ACCEPTED}
"""


@pytest.fixture
def author(pytester: pytest.Pytester) -> pytest.Pytester:
    """Return the project of an author whose connector takes every body for a page."""
    info = pytester.mkdir("sdk_plugin_mini-1.0.dist-info")
    (info / "METADATA").write_text("Metadata-Version: 2.1\nName: sdk-plugin-mini\nVersion: 1.0\n")
    points = "[sdk.connectors]\nmini = sdk_plugin_mini\n[sdk.simulators]\nmini = mini_simulator:SIMULATOR\n"
    (info / "entry_points.txt").write_text(points)
    pytester.makepyfile(sdk_plugin_mini=_PLUGIN_MODULE, mini_simulator=_SIMULATOR)
    pytester.makepyfile(test_mini=_SUITE.replace("ACCEPTED", ""))
    pytester.makeini(
        "[pytest]\naddopts = --strict-markers --import-mode=importlib\nfilterwarnings = error\npythonpath = .\n"
    )
    pytester.syspathinsert()
    return pytester


def test_without_the_option_there_are_none(author: pytest.Pytester):
    """And nothing is said of them."""
    result = author.runpytest_subprocess("--collect-only", "-q", "-k", "test_faults")

    result.assert_outcomes()
    result.stdout.no_fnmatch_line("*test_faults*")


def test_what_a_failure_says(author: pytest.Pytester):
    """What happened, what was read, what is wrong and what may help, for each fault by itself."""
    result = author.runpytest_subprocess(
        "--faults", "-k", "test_faults and (s503_seconds or s200_error_mid or s200_text)"
    )

    result.assert_outcomes(passed=2, failed=1)
    result.stdout.fnmatch_lines(
        [
            "mini bees: status/s200_text",
            "  what happened: a text where an object belongs",
            "  what was read: failed with AttributeError: 'str' object has no attribute 'get', by * requests",
            "  what is wrong: it fails with AttributeError, which is no error of ours: *",
            "  what is right: an error, as records would be missing",
            "  what may help: look at skip_statuses, *",
        ]
    )


def test_what_is_accepted(author: pytest.Pytester):
    """It passes and is shown with its reason; once it is held, it is to be removed."""
    accepted = '"fault:s200_text:bees": "it says so", "fault:s503_seconds": "it does not"'
    author.makepyfile(test_mini=_SUITE.replace("ACCEPTED", accepted))

    result = author.runpytest_subprocess("--faults", "-k", "test_faults and (s503_seconds or s200_text)")

    result.assert_outcomes(passed=1, failed=1)
    result.stdout.fnmatch_lines(
        [
            "'fault:s503_seconds' is accepted and not found any more; remove it",
            "mini fault:s200_text (bees): it says so",
        ]
    )


def test_a_recording_stands_in_for_the_api(tmp_path: Path):
    """Where there is no simulator: faults fall within the sample, whose records are the truth."""
    path = tmp_path / "tickets" / "agents.yaml"
    with without_waiting() as waits, recorded_server("tickets", waits, {}) as server:
        scrubber = scrubber_of("tickets", server)
        made = record("tickets", "agents", server.settings, path, scrubber, clock=lambda: server.now)

    with ground() as on, recorded("tickets", "agents", read(path), on=on) as subject:
        fitting = {one.name: one for one in faults_for(subject)}
        outcomes = [hold(subject, fitting[name], on=on) for name in ("reset_mid_once", "s500_always", "s429_seconds")]

    assert list(subject.truth) == made.first.records
    assert 100 < len(fitting) < len(FAULTS)
    assert [(one.fault.name, one.problems, one.failure is None) for one in outcomes] == [
        ("reset_mid_once", (), True),
        ("s500_always", (), False),
        ("s429_seconds", (), True),
    ]
