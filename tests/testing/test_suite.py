"""The suite as an author sees it: two lines, and what pytest says of them."""

from __future__ import annotations

from pathlib import Path

import pytest

from sdk.testing import Finding, check_connector
from sdk.testing.suite import checking, conformance
from sdk.testing.suite.subject import Subject

pytest_plugins = ["pytester"]

_PLUGIN_MODULE = """
from sdk import Connector, Resource, Secret, BearerTokenAuth, SinglePagePaginator, columns, hookimpl


@hookimpl
def sdk_declare_connector():
    return Connector(
        "mini",
        description="What is small",
        auth=BearerTokenAuth(Secret("api_key", description="the key")),
        paginator=SinglePagePaginator(),
        resources=[
            Resource("ants", data_selector="data", columns=columns(bigint="id", text="name")),
            Resource("bees", data_selector="data", columns=columns(bigint="id", text="nmae")),
        ],
    )
"""

_SIMULATOR = """
from sdk.testing.simulator import Endpoint, HeaderKey, Listed, Row, Simulator, Table


def make(seeding):
    return (Row({"id": at, "name": f"number {at}"}) for at in range(seeding.size))


SIMULATOR = Simulator(
    name="mini",
    auth=HeaderKey(prefix="Bearer "),
    tables=tuple(Table(name, make, size=3, updated=None) for name in ("ants", "bees")),
    endpoints=tuple(Endpoint(name=name, path=f"/{name}", shape=Listed("data")) for name in ("ants", "bees")),
)
"""

_METADATA = """Metadata-Version: 2.1
Name: sdk-plugin-mini
Version: 1.0
Requires-Dist: connector-sdk<0.2
Description-Content-Type: text/markdown

`base_url`, `api_key`, `start_date`: 2 tables.
"""

_SUITE = """
from sdk.testing import ConnectorSuite


class TestMini(ConnectorSuite):
    connector = "mini"
"""


@pytest.fixture
def author(pytester: pytest.Pytester) -> pytest.Pytester:
    """Return the project of an author whose connector has one misspelt column."""
    info = pytester.mkdir("sdk_plugin_mini-1.0.dist-info")
    (info / "METADATA").write_text(_METADATA)
    points = "[sdk.connectors]\nmini = sdk_plugin_mini\n[sdk.simulators]\nmini = mini_simulator:SIMULATOR\n"
    (info / "entry_points.txt").write_text(points)
    pytester.makepyfile(sdk_plugin_mini=_PLUGIN_MODULE, mini_simulator=_SIMULATOR, test_mini=_SUITE)
    pytester.makeini(
        "[pytest]\naddopts = --strict-markers --import-mode=importlib\nfilterwarnings = error\npythonpath = .\n"
    )
    pytester.syspathinsert()
    return pytester


def _run(author: pytest.Pytester, *arguments: str) -> pytest.RunResult:
    return author.runpytest_subprocess("-q", "--deselect=test_mini.py::TestMini::test_mutations", *arguments)


def test_one_bad_resource(author: pytest.Pytester) -> None:
    """It fails its own test only; the failure is one line that says what would do."""
    result = _run(author)
    outcomes = result.parseoutcomes()

    result.stdout.fnmatch_lines(
        [
            "mini [[]unknown-column:bees] column 'nmae' is declared and none of 3 records has it; did you mean 'name'?",
            "FAILED test_mini.py::TestMini::test_columns_are_present[[]bees]*",
        ]
    )
    assert (outcomes["failed"], outcomes.get("errors", 0), outcomes.get("skipped", 0)) == (1, 0, 0)


def test_accepted(author: pytest.Pytester) -> None:
    """What is accepted is shown with its reason, by resource or for all."""
    author.makepyfile(test_mini=_SUITE + '    accepted = {"unknown-column:bees": "it comes with the next version"}\n')
    named = _run(author)
    author.makepyfile(test_mini=_SUITE + '    accepted = {"unknown-column": "it comes with the next version"}\n')
    for_all = _run(author)

    for result in (named, for_all):
        assert result.ret == 0
        result.stdout.fnmatch_lines(
            ["*= accepted findings =*", "mini unknown-column (bees): it comes with the next version"]
        )


def test_accepted_in_vain(author: pytest.Pytester) -> None:
    """What does not occur any more has to go."""
    accepted = '    accepted = {"unknown-column:bees": "soon", "misfit:ants": "once"}\n'
    author.makepyfile(test_mini=_SUITE + accepted)
    result = _run(author)

    assert result.parseoutcomes()["failed"] == 1
    result.stdout.fnmatch_lines(["'misfit:ants' is accepted and not found any more; remove it"])


def test_broken_declaration(author: pytest.Pytester) -> None:
    """It fails one test, and no other can say anything."""
    author.makepyfile(sdk_plugin_mini=_PLUGIN_MODULE.replace('"ants"', '"Ants"'))
    result = _run(author)

    assert result.parseoutcomes()["failed"] == 1
    result.stdout.fnmatch_lines(
        ["mini [[]broken-declaration] connector 'mini': resource 'Ants': its name is not snake_case"]
    )


def test_no_connector_named(author: pytest.Pytester) -> None:
    """A class that forgot to name its connector is told so."""
    author.makepyfile(test_mini=_SUITE.replace('connector = "mini"', "pass"))

    _run(author).stdout.fnmatch_lines(['*TestMini names no connector; write connector = "its name" in the class*'])


def test_the_installed_readme(author: pytest.Pytester) -> None:
    """The author's own README counts before the one that was installed."""
    project = author.path
    assert "readme-table" not in {one.code for one in check_connector("mini", project / "cassettes")}

    (project / "pyproject.toml").write_text('[project]\nname = "sdk-plugin-mini"\n')
    (project / "README.md").write_text("`base_url`, `api_key`, `start_date`: `ants`\n")

    found = [one for one in check_connector("mini", project / "cassettes") if one.code == "readme-table"]
    said = 'the README mentions neither the tables bees nor how many there are; give each its row, or write "2 tables"'
    assert found == [Finding("readme-table", "", said)]


def test_each_check_has_its_test() -> None:
    """Each check is run by exactly one test of the suite; beside them stand faults and what is accepted."""
    names = {
        name
        for test in vars(conformance.ConnectorSuite).values()
        if callable(test) and test.__name__.startswith("test_")
        for name in test.__code__.co_names
    }
    tests = [test for name, test in vars(conformance.ConnectorSuite).items() if name.startswith("test_")]

    assert {check.__name__ for check in (*checking.OF_CONNECTOR, *checking.OF_RESOURCE)} <= names
    assert len(tests) == len(checking.OF_CONNECTOR) + len(checking.OF_RESOURCE) + 2
    assert all(test.__doc__ for test in tests)


def test_recorded_once(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """A resource is read once, however many checks look at it."""
    subject = Subject("tickets", tmp_path / "cassettes", {"sizes": {"vendors": 2}})

    assert subject.recording("vendors") is subject.recording("vendors")
