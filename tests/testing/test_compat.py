"""Two versions of a plugin play the same samples, and what differs is classed.

The versions are folders, wheels and requirements; each comparison starts one process for each of the two.
"""

from __future__ import annotations

import zipfile
from collections.abc import Callable
from pathlib import Path
from typing import Any, TypeAlias

import pytest
from attrs import evolve

from sdk.errors import PluginError
from sdk.testing.cassette_files import path_of
from sdk.testing.compat import NoSamplesError, NoVersionError, Report, compare
from sdk.testing.openings import Access
from sdk.testing.recordings import record

Differences: TypeAlias = list[tuple[str, str, str, str, str, str]]

OLD = """
from sdk import BearerTokenAuth, Connector, NextLinkPaginator, Resource, Secret, Setting, columns, hookimpl


@hookimpl
def sdk_declare_connector():
    return Connector(
        "acme",
        auth=BearerTokenAuth(Secret("api_key")),
        paginator=NextLinkPaginator(),
        settings=[Setting("region", default="eu")],
        resources=[
            Resource("planets", data_selector="data", columns=columns(bigint="id", text="name")),
            Resource("moons", path="/planets/{planets.id}/moons", data_selector="data", columns=columns(bigint="id")),
            Resource("stars", data_selector="data", columns=columns(bigint="id", text="name", double="size")),
        ],
    )
"""

METADATA = "Metadata-Version: 2.1\nName: sdk-plugin-acme\nVersion: {}\n"


@pytest.fixture
def version(tmp_path: Path) -> Callable[..., str]:
    """Return a function that writes a version of the plugin: `OLD`, with some of its text replaced."""

    def write(number: str, *changes: tuple[str, str], name: str = "sdk-plugin-acme") -> str:
        folder = tmp_path / f"{name}-{number}"
        folder.mkdir()
        (folder / "pyproject.toml").write_text(
            f'[project]\nname = "{name}"\nversion = "{number}"\n\n'
            '[project.entry-points."sdk.connectors"]\nacme = "sdk_plugin_acme"\n'
        )
        (folder / "sdk_plugin_acme.py").write_text(changed(*changes))
        return str(folder)

    return write


def changed(*changes: tuple[str, str]) -> str:
    """Return `OLD` with each of *changes*, none of which may miss."""
    source = OLD
    for before, after in changes:
        assert before in source
        source = source.replace(before, after)
    return source


def wheel(folder: Path, number: str) -> str:
    """Return a wheel of `OLD`."""
    path = folder / f"sdk_plugin_acme-{number}-py3-none-any.whl"
    info = f"sdk_plugin_acme-{number}.dist-info"
    with zipfile.ZipFile(path, "w") as archive:
        archive.writestr("sdk_plugin_acme.py", OLD)
        archive.writestr(f"{info}/METADATA", METADATA.format(number))
        archive.writestr(f"{info}/WHEEL", "Wheel-Version: 1.0\nRoot-Is-Purelib: true\nTag: py3-none-any\n")
        archive.writestr(f"{info}/entry_points.txt", "[sdk.connectors]\nacme = sdk_plugin_acme\n")
        archive.writestr(f"{info}/RECORD", "")
    return str(path)


@pytest.fixture
def samples(tmp_path: Path, tiny_api: Any, installed: Any) -> Path:
    """Record what `OLD` reads from the tiny API, and return the folder."""
    tiny_api.lists("/planets", [{"id": 1, "name": "Venus", "size": 6052}, {"id": 2, "name": "Mars", "size": 3390}])
    tiny_api.lists("/planets/1/moons")
    tiny_api.lists("/planets/2/moons", [{"id": 20, "name": "Phobos"}], [{"id": 21, "name": "Deimos"}])
    tiny_api.lists("/stars", [{"id": 5, "name": "Sun", "size": 695.7}])
    namespace: dict[str, Any] = {}
    exec(OLD, namespace)  # noqa: S102 - the module that is written to the folders too
    installed(namespace["sdk_declare_connector"]())
    settings = {"base_url": tiny_api.url, "api_key": "a-key-that-opens-the-account"}
    folder = tmp_path / "cassettes"
    for name in ("planets", "moons", "stars"):
        scrubber = Access.of("acme", {**settings, "region": "eu"}).scrubber()
        record("acme", name, {**settings, "region": "eu"}, path_of(folder, "acme", name), scrubber)
    return folder


@pytest.fixture
def compared(samples: Path, tmp_path: Path) -> Callable[..., Report]:
    """Return a function that compares two versions by the samples."""
    return lambda old, new, **options: compare(old, new, samples, tmp_path / "work", **options)


def found(report: Report) -> Differences:
    return [(str(one.level), str(one.kind), one.resource, one.what, one.was, one.now) for one in report.differences]


def test_what_breaks(version: Callable[..., str], compared: Callable[..., Report]) -> None:
    """Tables, columns, types, keys, rows, values, settings and secrets: each is said once, and by its cause."""
    new = version(
        "0.1.1",
        (
            'bigint="id", text="name")),\n            Resource("moons"',
            'text="id name")),\n            Resource("moons"',
        ),
        (
            'Resource("planets", data_selector="data",',
            'Resource("planets", data_selector="data", map=lambda one: {"id": one["id"], "name": one["name"].upper()},',
        ),
        (
            'moons", data_selector="data",',
            'moons", data_selector="data", unique_key=True, filter=lambda one: one["id"] != 20,',
        ),
        ('Resource("stars"', 'Resource("comets"'),
        ('"api_key"', '"token"'),
        ('Setting("region", default="eu")', 'Setting("zone", default="eu")'),
    )

    report = compared(version("0.1.0"), new)

    assert found(report) == [
        ("major", "secret renamed", "", "api_key", "api_key", "token"),
        ("major", "setting gone", "", "region", "text, default 'eu'", ""),
        ("major", "column gone", "planets", "size", "bigint", ""),
        ("major", "type changed", "planets", "id", "bigint", "text"),
        ("major", "values changed", "planets", "name", '"Venus" in id=1', '"VENUS"; so in 2 rows'),
        ("major", "key changed", "moons", "", "_planets_id, id", "id"),
        ("major", "type changed", "moons", "_planets_id", "bigint", "text"),
        ("major", "rows lost", "moons", "", "2 rows", "1 row, without _planets_id=2 id=20"),
        ("major", "table gone", "stars", "", "", "renamed to comets?"),
        ("minor", "setting new", "", "zone", "", "text, default 'eu'"),
        ("minor", "table new", "comets", "", "", ""),
    ]
    assert (str(report.level), str(report.next_version), report.is_enough) == ("major", "0.2.0", False)
    assert report.compared == {"acme.planets": 4, "acme.moons": 4}


def test_what_is_new(version: Callable[..., str], compared: Callable[..., Report]) -> None:
    """More columns and more rows from the same answers break nobody."""
    old = version(
        "1.0.0",
        ('moons", data_selector="data",', 'moons", data_selector="data", filter=lambda one: one["id"] != 20,'),
    )
    new = version(
        "1.1.0",
        ('columns(bigint="id", text="name")', 'columns(bigint="id", text="name color")'),
        ('Resource("stars", ', 'Resource("stars", description="The stars", '),
    )

    report = compared(old, new)

    assert found(report) == [
        ("minor", "column new", "planets", "color", "", "text"),
        ("minor", "rows new", "moons", "", "1 row", "2 rows, with _planets_id=2 id=20"),
        ("patch", "description changed", "stars", "", "", "The stars"),
    ]
    assert (str(report.level), str(report.next_version), report.is_enough) == ("minor", "1.1.0", True)


def test_what_only_asks_otherwise(version: Callable[..., str], compared: Callable[..., Report]) -> None:
    """Another header is a patch, and so are fewer pages of which nothing is missing."""
    old, new = (
        version("1.0.0"),
        version("1.0.1", ('Resource("stars",', 'Resource("stars", headers={"X-Trace": "1"},')),
    )

    report = compared(old, new)

    assert found(report) == [("patch", "requests changed", "stars", "header x-trace", "absent", "1")]
    assert (str(report.level), str(report.next_version), report.is_enough) == ("patch", "1.0.1", True)


def test_what_was_not_recorded(version: Callable[..., str], compared: Callable[..., Report]) -> None:
    """Rows of answers that nobody recorded are not known; that breaks until it is allowed."""
    new = version("1.0.1", ('Resource("stars",', 'Resource("stars", params={"kind": "g"},'))

    report = compared(version("1.0.0"), new)

    [(level, kind, resource, what, was, now)] = found(report)
    assert (level, kind, resource, what, was) == ("unknown", "not compared", "stars", "", "")
    assert now.startswith("stars.yaml holds no answer to GET /stars?kind=g; nearest is GET /stars")
    assert "sdk record acme -r stars" in now
    assert report.compared == {"acme.planets": 4, "acme.moons": 4}
    assert (str(report.level), str(report.next_version), report.is_enough) == ("major", "2.0.0", False)
    allowed = evolve(report, allow_unrecorded=True)
    assert (str(allowed.level), str(allowed.next_version), allowed.is_enough) == ("none", "1.0.0", True)


def test_what_cannot_be_read_any_more(version: Callable[..., str], compared: Callable[..., Report]) -> None:
    """Not by the reader, and not by dlt: the rows that did not come are the consequence."""
    new = version(
        "0.2.0",
        ('Resource("stars", data_selector="data"', 'Resource("stars", data_selector="items"'),
        ('Resource("planets", ', 'Resource("planets", map=lambda one: {**one, "tags": {1}}, '),
        name="acme-connector",
    )

    report = compared(version("0.1.0"), new)

    assert [one[:5] for one in found(report)] == [
        ("broken", "reading fails", "planets", "", "works"),
        ("broken", "reading fails", "stars", "", "works"),
        ("major", "distribution renamed", "", "", "sdk-plugin-acme"),
    ]
    assert "Type is not JSON serializable: set" in report.differences[0].now
    assert report.differences[1].now.startswith("acme.stars: data_selector 'items' not found in the body")
    assert (report.is_broken, report.next_version, report.is_enough) == (True, None, False)


def test_nothing_differs_between_a_wheel_and_what_pip_installs(tmp_path: Path, compared: Callable[..., Report]) -> None:
    """The same plugin is the same, however it is given; pip installs what is required, by itself."""
    made = wheel(tmp_path, "0.1.0")

    report = compared(made, f"sdk-plugin-acme @ {Path(made).as_uri()}")

    assert found(report) == []
    assert report.compared == {"acme.planets": 4, "acme.moons": 4, "acme.stars": 2}
    assert (str(report.new), str(report.level), report.is_enough) == ("sdk-plugin-acme 0.1.0", "none", True)


def test_a_new_version_that_is_broken(version: Callable[..., str], compared: Callable[..., Report]) -> None:
    """No number makes up for that, and one line says why; what it says while it is imported goes nowhere."""
    new = version("9.0.0", ("\n\n@hookimpl", '\nprint("{")\nimport not_there\n\n\n@hookimpl'))

    report = compared(version("0.1.0"), new)

    assert found(report) == [
        (
            "broken",
            "connector broken",
            "",
            "",
            "works",
            "'acme' from sdk-plugin-acme 9.0.0 cannot be imported: ModuleNotFoundError: No module named 'not_there'",
        )
    ]
    assert (report.is_broken, report.next_version, report.is_enough) == (True, None, False)
    assert (report.to_dict()["class"], report.to_dict()["next_version"]) == ("broken", None)


def test_an_old_version_that_is_broken(version: Callable[..., str], compared: Callable[..., Report]) -> None:
    """There is nothing to compare with."""
    old = version("0.1.0", ("\n\n@hookimpl", "\nimport sys\nsys.exit(3)\n\n\n@hookimpl"))

    with pytest.raises(PluginError, match=r"sdk-plugin-acme 0\.1\.0, the older one, .* acme: SystemExit: 3"):
        compared(old, version("0.2.0"))


def test_what_a_new_version_needs(version: Callable[..., str], compared: Callable[..., Report]) -> None:
    """A setting that no sample has a value of is one difference; nothing can be read without it."""
    new = version("0.2.0", ('Setting("region", default="eu")', 'Setting("region", default="eu"), Setting("team")'))

    report = compared(version("0.1.0"), new)

    reason = "it needs the setting 'team', and the cassette holds no value of it; record it anew with this version"
    assert found(report) == [
        ("major", "setting required", "", "team", "", "text, required"),
        *[("unknown", "not compared", name, "", "", reason) for name in ("planets", "moons", "stars")],
    ]


def test_no_samples(version: Callable[..., str], tmp_path: Path) -> None:
    """There is nothing to play, and it says what to do."""
    (tmp_path / "cassettes").mkdir()

    with pytest.raises(NoSamplesError, match=r"holds no sample of 'acme'; record them with sdk record acme"):
        compare(version("0.1.0"), version("0.2.0"), tmp_path / "cassettes", tmp_path / "work")


def test_two_plugins(version: Callable[..., str], tmp_path: Path) -> None:
    """What has no connector in common is no two versions."""
    other = Path(version("0.2.0", name="other"))
    project = other / "pyproject.toml"
    project.write_text(project.read_text().replace('acme = "', 'other = "'))

    with pytest.raises(NoVersionError, match=r"sdk-plugin-acme 0\.1\.0 offers acme, and other 0\.2\.0 offers other; "):
        compare(version("0.1.0"), str(other), tmp_path, tmp_path / "work")


def test_a_connector_that_neither_has(version: Callable[..., str], tmp_path: Path) -> None:
    """It is said before anything is read."""
    with pytest.raises(NoVersionError, match=r"neither .* offers 'amce'; they offer acme"):
        compare(version("0.1.0"), version("0.2.0"), tmp_path, tmp_path / "work", connectors=["amce"])
