"""`sdk compat`."""

from __future__ import annotations

import json
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any, TypeAlias

import pytest
from click.testing import Result

from sdk.testing.cassette_files import path_of
from sdk.testing.openings import Access
from sdk.testing.recordings import record

Run: TypeAlias = Callable[..., Result]

MODULE = """
from sdk import Connector, NextLinkPaginator, Resource, columns, hookimpl


@hookimpl
def sdk_declare_connector():
    return Connector(
        "acme",
        paginator=NextLinkPaginator(),
        resources=[
            Resource("planets", data_selector="data", columns=columns(bigint="id")),
            Resource("moons", data_selector="data"),
        ],
    )
"""


def plugin(folder: Path, number: str, *changes: tuple[str, str]) -> None:
    """Write a version of the plugin."""
    folder.mkdir()
    (folder / "pyproject.toml").write_text(
        f'[project]\nname = "sdk-plugin-acme"\nversion = "{number}"\n\n'
        '[project.entry-points."sdk.connectors"]\nacme = "sdk_plugin_acme"\n'
    )
    source = MODULE
    for before, after in changes:
        assert before in source
        source = source.replace(before, after)
    (folder / "sdk_plugin_acme.py").write_text(source)


@pytest.fixture
def versions(folder: Path, tiny_api: Any, installed: Any) -> Path:
    """Write version 0.1.0 of a plugin and a breaking 0.1.1, with samples beside the new one."""
    plugin(folder / "old", "0.1.0")
    plugin(folder / "new", "0.1.1", ('bigint="id"', 'text="id"'), ('Resource("moons"', 'Resource("moons", path="/m"'))
    tiny_api.lists("/planets", [{"id": 1}, {"id": 2}])
    tiny_api.lists("/moons", [{"id": 3}])
    namespace: dict[str, Any] = {}
    exec(MODULE, namespace)  # noqa: S102 - the module that is written to the folder too
    installed(namespace["sdk_declare_connector"]())
    settings = {"base_url": tiny_api.url}
    scrubber = Access.of("acme", {**settings, "start_date": "2024-01-01"}).scrubber()
    for name in ("planets", "moons"):
        record("acme", name, settings, path_of(folder / "new" / "cassettes", "acme", name), scrubber)
    return folder


def test_a_version_that_says_too_little(run: Run, versions: Path) -> None:
    """Each difference is a line, what could not be compared is said below, and the exit code is 1."""
    result = run("compat", "old", "new")

    assert (result.exit_code, result.stderr) == (1, "")
    lines = [" ".join(line.split()) for line in result.stdout.splitlines() if line.strip()]
    assert lines[:2] == ["sdk-plugin-acme 0.1.0 → 0.1.1 1 sample, 4 rows", "class where what was is"]
    assert lines[3:5] == ["major planets type changed: id bigint text", "not compared: acme.moons"]
    assert lines[5].startswith("moons.yaml holds no answer to GET /m; nearest is GET /moons")
    assert lines[-1] == "major: the next version is 0.2.0, and 0.1.1 is not enough"


@pytest.mark.parametrize(
    ("change", "what", "mend"),
    [
        (('"acme",\n', '"acme"\n'), "broken (connector) connector broken works", "acme"),
        (
            ('"planets", data_selector="data"', '"planets", data_selector="rows"'),
            "broken planets reading",
            "acme.planets",
        ),
    ],
)
def test_a_version_that_is_broken(run: Run, versions: Path, change: Any, what: str, mend: str) -> None:
    """A syntax error, or a list that cannot be read any more, fails whatever the number; none is advised."""
    plugin(versions / "next", "9.0.0", change)

    result = run("compat", "old", "next", "--cassettes", "new/cassettes")

    lines = [" ".join(line.split()) for line in result.stdout.splitlines() if line.strip()]
    assert (result.exit_code, result.stderr) == (1, "")
    assert lines[3].startswith(what)
    assert lines[-1] == f"broken: no version number makes up for it; mend {mend} first"


def test_as_json(run: Run, versions: Path) -> None:
    """The whole is there for programs, and the exit code is 0 when the number says enough."""
    plugin(versions / "next", "0.1.1", ('"acme",\n', '"acme",\n        description="Planets",\n'))

    result = run("compat", "old", "next", "--cassettes", "new/cassettes", "--json")

    assert result.exit_code == 0
    assert json.loads(result.stdout) == {
        "old": {"given": "old", "distribution": "sdk-plugin-acme", "version": "0.1.0"},
        "new": {"given": "next", "distribution": "sdk-plugin-acme", "version": "0.1.1"},
        "class": "patch",
        "next_version": "0.1.1",
        "enough": True,
        "rows_compared": {"acme.planets": 4, "acme.moons": 2},
        "differences": [
            {
                "class": "patch",
                "kind": "description changed",
                "connector": "acme",
                "resource": "",
                "what": "",
                "was": "",
                "is": "Planets",
            }
        ],
    }


@pytest.mark.parametrize(
    ("args", "said"),
    [
        (("old", "new"), "there are no recorded samples; make them with sdk record, or say --cassettes DIR"),
        (("old", "nowhere/at", "--cassettes", "."), "'nowhere/at' is no plugin: give a folder with a pyproject.toml"),
        (("old", "new", "--cassettes", "."), "holds no sample of 'acme'; record them with sdk record acme"),
        (("old", "new", "--cassettes", "nowhere"), "Directory 'nowhere' does not exist"),
        (("old",), "missing argument 'NEW'"),
    ],
)
def test_wrong_usage(run: Run, folder: Path, args: tuple[str, ...], said: str) -> None:
    """One line that says what would do, and exit code 2."""
    plugin(folder / "old", "0.1.0")
    plugin(folder / "new", "0.1.1")

    result = run("compat", *args)

    assert (result.exit_code, result.stdout, result.stderr.count("\n")) == (2, "", 1)
    assert said in result.stderr


def test_without_what_plays(run: Run, monkeypatch: pytest.MonkeyPatch) -> None:
    """What is missing is no fault of a version, and it is said what to install."""
    monkeypatch.setitem(sys.modules, "vcr", None)

    result = run("compat", "old", "new")

    assert (result.exit_code, result.stdout) == (2, "")
    assert "pip install 'connector-sdk[testing]'" in result.stderr
