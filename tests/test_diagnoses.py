"""Diagnoses: what is wrong with an installation is found, each with its place and something to do about it."""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterator
from importlib import invalidate_caches, metadata
from importlib.metadata import version
from pathlib import Path
from typing import Any

import pytest

from sdk.diagnoses import Diagnosis, Finding, diagnose
from sdk.errors import UnknownConnectorError

SOUND = """
from sdk import Connector, Resource, hookimpl

@hookimpl
def sdk_declare_connector():
    return Connector({name!r}, resources=[Resource("things")])
"""
REQUIRES = "connector-sdk>=0.1,<0.2"

Distribute = Callable[..., Path]


@pytest.fixture(autouse=True)
def _home(dlt_home: Path) -> None:
    """Let no configuration of anybody switch overrides on."""


@pytest.fixture
def distribute(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Distribute]:
    """Install a distribution with one plugin, sound unless it is told otherwise; return its folder of metadata."""
    site = tmp_path / "site"
    site.mkdir()
    monkeypatch.syspath_prepend(site)

    def add(  # noqa: PLR0913 - each is one way to be broken
        name: str,
        source: str | None = SOUND,
        *,
        distribution: str = "",
        group: str = "sdk.connectors",
        release: str = "1.0",
        requires: str = REQUIRES,
        value: str = "",
        within: Path | None = None,
    ) -> Path:
        distribution = distribution or f"sdk-plugin-{name}"
        module = f"fake_{distribution}".replace("-", "_")
        info = (within or site) / f"{distribution.replace('-', '_')}-{release}.dist-info"
        info.mkdir(parents=True)
        requirement = f"Requires-Dist: {requires}\n" if requires else ""
        (info / "METADATA").write_text(
            f"Metadata-Version: 2.1\nName: {distribution}\nVersion: {release}\n{requirement}"
        )
        (info / "entry_points.txt").write_text(f"[{group}]\n{name} = {value or module}\n")
        if source is not None:
            ((within or site) / f"{module}.py").write_text(source.format(name=name) if source is SOUND else source)
        invalidate_caches()
        return info

    yield add
    invalidate_caches()


def about(diagnosis: Diagnosis, distribution: str) -> list[tuple[str, str]]:
    """Return code and level of the findings about a distribution."""
    return [(one.code, one.level) for one in diagnosis.findings if one.distribution == distribution]


def only(diagnosis: Diagnosis, distribution: str) -> Finding:
    """Return the one finding about a distribution."""
    [found] = [one for one in diagnosis.findings if one.distribution == distribution]
    return found


def test_a_sound_plugin(distribute: Distribute):
    """Nothing is found, and versions are told."""
    distribute("planets")

    found = diagnose("planets")

    assert about(found, "sdk-plugin-planets") == []
    assert not found.is_broken
    assert found.versions["dlt"] == version("dlt")
    assert found.to_dict()["plugins"] == [
        {
            "group": "sdk.connectors",
            "name": "planets",
            "distribution": "sdk-plugin-planets",
            "version": "1.0",
            "is_broken": False,
        }
    ]


def test_the_plugins_of_this_repository_are_sound():
    """All of them, and their simulators."""
    found = diagnose()

    assert [one for one in found.findings if one.is_broken] == []
    assert {one.name for one in found.plugins} >= {"incidents", "observability", "stories", "tickets"}


@pytest.mark.parametrize(
    ("source", "code", "what", "advice"),
    [
        (
            "import sdk\nimport nobody_has_this\n",
            "import",
            "it cannot be imported: ModuleNotFoundError: No module named 'nobody_has_this'",
            "pip install nobody_has_this",
        ),
        (
            None,
            "import",
            "its module 'fake_sdk_plugin_planets' is not there: the entry point is wrong, or its files are gone",
            "pip install --force-reinstall sdk-plugin-planets",
        ),
        (
            "raise RuntimeError('no licence')",
            "import",
            "it cannot be imported: RuntimeError: no licence",
            "pip install --upgrade sdk-plugin-planets, or correct it there",
        ),
        (
            "import sys\nsys.exit('bye')",
            "import",
            "it cannot be imported: SystemExit: bye",
            "pip install --upgrade sdk-plugin-planets, or correct it there",
        ),
        (
            "import os\nos._exit(3)",
            "process",
            "it ended the process with exit code 3 while it was imported or asked what it declares",
            "pip uninstall sdk-plugin-planets, or take what it does there out of its module",
        ),
        (
            "import time, subprocess\nsubprocess.Popen(['sleep', '60'])\ntime.sleep(60)",
            "process",
            "it took more than 3 s while it was imported or asked what it declares",
            "pip uninstall sdk-plugin-planets, or take what it does there out of its module",
        ),
        (
            "def sdk_declare_connector(): ...",
            "hooks",
            (
                "plugin 'fake_sdk_plugin_planets': sdk_declare_connector is named like a hook but is not one; "
                "decorate it with @sdk.hookimpl"
            ),
            "correct it there, or pip install --upgrade sdk-plugin-planets",
        ),
        (
            "from sdk import hookimpl\n@hookimpl\ndef sdk_declare_conector(): ...",
            "hooks",
            (
                "plugin 'fake_sdk_plugin_planets': there is no hook 'sdk_declare_conector'; "
                "did you mean 'sdk_declare_connector'?"
            ),
            "correct it there, or pip install --upgrade sdk-plugin-planets",
        ),
        (
            SOUND.format(name="moons"),
            "hooks",
            "sdk-plugin-planets registers connector 'moons' under the name 'planets'; make them the same",
            "correct it there, or pip install --upgrade sdk-plugin-planets",
        ),
        (
            "from sdk import hookimpl\n@hookimpl\ndef sdk_declare_connector(): return 1 / 0",
            "hooks",
            (
                "'planets' from sdk-plugin-planets 1.0 fails to declare its connector "
                "(fake_sdk_plugin_planets.py:3): ZeroDivisionError: division by zero"
            ),
            "correct it there, or pip install --upgrade sdk-plugin-planets",
        ),
    ],
    ids=["dependency", "gone", "raises", "exits", "ends", "hangs", "undecorated", "unknown hook", "name", "declaring"],
)
def test_a_broken_connector(distribute: Distribute, source: str | None, code: str, what: str, advice: str):
    """Whatever it does, it is one finding, and its neighbours are examined all the same."""
    distribute("planets", source)
    distribute("moons")

    # Only the one that hangs is to meet the limit, however busy the machine is.
    found = diagnose("planets", seconds=3 if "sleep" in str(source) else 300)

    one = only(found, "sdk-plugin-planets")
    assert (one.code, one.level, one.what, one.advice) == (code, "broken", what, advice)
    assert one.where.startswith("sdk-plugin-planets 1.0, connector 'planets'")
    assert not diagnose("moons").is_broken


def test_where_an_import_fails(distribute: Distribute):
    """File and line of the plugin's own."""
    info = distribute("planets", "x = 1\ny = x / 0\n")

    where = only(diagnose("planets"), "sdk-plugin-planets").where

    assert where.endswith(f"{info.parent / 'fake_sdk_plugin_planets.py'}:2")


def test_a_neighbour_in_the_same_distribution_is_examined_after_one_that_ends_the_process(distribute: Distribute):
    """A process of its own for what is left."""
    info = distribute("planets", "import os\nos._exit(3)")
    (info / "entry_points.txt").write_text(
        "[sdk.connectors]\nplanets = fake_sdk_plugin_planets\n"
        "[sdk.overrides]\nplanets = fake_override\n[sdk.paginators]\nplanets = sdk:EmptyPage\n"
    )
    (info.parent / "fake_override.py").write_text("")

    found = diagnose("planets")

    codes = [(one.code, one.group) for one in found.findings if one.is_broken and one.name == "planets"]
    assert codes == [
        ("process", "sdk.connectors"),
        ("no hooks", "sdk.overrides"),
        ("misfit", "sdk.paginators"),
    ]


def test_every_mistake_of_a_declaration(distribute: Distribute):
    """Each is a finding of its own."""
    distribute(
        "planets",
        "from sdk import Connector, Resource, hookimpl\n@hookimpl\ndef sdk_declare_connector():\n"
        "    return Connector('planets', resources=[Resource('Things', path='things')])",
    )

    found = [one.what for one in diagnose("planets").findings if one.distribution == "sdk-plugin-planets"]

    assert found == [
        "its declaration has a mistake: resource 'Things': its name is not snake_case",
        "its declaration has a mistake: resource 'Things': path 'things' does not begin with '/'",
    ]


def test_two_distributions_of_one_name(distribute: Distribute):
    """Both are broken, and each names the other."""
    distribute("planets")
    distribute("planets", distribution="acme-planets")

    found = diagnose("planets")

    [ours] = [one for one in found.findings if one.code == "duplicate" and one.distribution == "sdk-plugin-planets"]
    assert ours.what == "claimed by several: connector 'planets' is offered by acme-planets, too"
    assert ours.advice == "pip uninstall acme-planets, or this one: uninstall all but one"
    assert about(found, "acme-planets") == [("duplicate", "broken"), ("misnamed", "hint")]


@pytest.mark.parametrize(
    ("requires", "code", "level", "what", "advice"),
    [
        (
            "connector-sdk>=7",
            "incompatible",
            "broken",
            f"it needs connector-sdk>=7, but {version('connector-sdk')} is installed",
            "pip install --upgrade sdk-plugin-planets",
        ),
        ("", "no requirement", "hint", "it does not say which connector-sdk it needs", None),
        ("connector-sdk ~ 1", "requirement", "hint", "requirement 'connector-sdk ~ 1' cannot be read", None),
        (
            f"{REQUIRES}\nRequires-Dist: nobody-has-this>=2",
            "requirement",
            "broken",
            "it needs nobody-has-this>=2, which is not installed",
            "pip install 'nobody-has-this>=2'",
        ),
        (
            f"{REQUIRES}\nRequires-Dist: attrs<1",
            "incompatible",
            "broken",
            f"it needs attrs<1, but {version('attrs')} is installed",
            "pip install 'attrs<1'",
        ),
    ],
    ids=["core", "nothing", "unreadable", "missing", "dependency"],
)
def test_requirements(  # noqa: PLR0913, PLR0917 - a row of the table
    distribute: Distribute, requires: str, code: str, level: str, what: str, advice: str | None
):
    """Held against what is installed."""
    distribute("planets", requires=requires)

    found = next(one for one in diagnose("planets").findings if one.distribution == "sdk-plugin-planets")

    assert (found.code, found.level, found.what) == (code, level, what)
    assert advice in {None, found.advice}


def test_requirements_of_an_extra_do_not_count(distribute: Distribute):
    """Nobody asked for it."""
    distribute("planets", requires=f"{REQUIRES}\nRequires-Dist: nobody-has-this; extra == 'more'")

    assert about(diagnose("planets"), "sdk-plugin-planets") == []


def test_names(distribute: Distribute):
    """An entry point must be snake_case; a distribution had better carry the connector's name."""
    distribute("Planets-2", distribution="sdk-plugin-planets")
    distribute("moons", distribution="acme-api")

    bad, odd = diagnose("Planets-2"), diagnose("moons")

    assert ("entry name", "broken") in about(bad, "sdk-plugin-planets")
    assert next(one for one in bad.findings if one.code == "entry name").advice == (
        "call it 'planets_2' in its pyproject.toml"
    )
    assert about(odd, "acme-api") == [("misnamed", "hint")]
    assert not odd.is_broken


def test_two_versions_of_a_distribution(distribute: Distribute, tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    """In one folder it is broken; in two the first one counts, which is worth a hint."""
    distribute("planets")
    elsewhere = tmp_path / "elsewhere"
    distribute("planets", None, release="2.0", within=elsewhere)
    monkeypatch.setattr(sys, "path", [*sys.path, str(elsewhere)])

    assert about(diagnose("planets"), "sdk-plugin-planets") == [("two versions", "hint")]

    distribute("planets", None, release="3.0")

    assert ("two versions", "broken") in about(diagnose("planets"), "sdk-plugin-planets")


def test_what_an_interrupted_uninstall_leaves(distribute: Distribute, tmp_path: Path):
    """Without its metadata, or under the name that pip gives it meanwhile."""
    info = distribute("planets")
    info.rename(info.parent / "~dk_plugin_planets-1.0.dist-info")
    bare = distribute("moons")
    (bare / "METADATA").unlink()
    invalidate_caches()

    found = [one for one in diagnose().findings if one.code == "leftover"]

    assert [(one.where, one.level) for one in found] == [
        (str(bare), "broken"),
        (str(info.parent / "~dk_plugin_planets-1.0.dist-info"), "broken"),
    ]
    assert found[0].advice == f"rm -r '{bare}', and install it again if wanted"


def test_a_simulator_without_a_connector(distribute: Distribute):
    """Its name is likely misspelt; and it must be a simulator."""
    distribute(
        "planet", "SIMULATOR = 7", distribution="acme-sim", group="sdk.simulators", value="fake_acme_sim:SIMULATOR"
    )
    distribute("planets")

    found = diagnose("planet")

    assert about(found, "acme-sim") == [("misfit", "broken"), ("simulator alone", "hint")]
    [alone] = [one for one in found.findings if one.code == "simulator alone"]
    assert "its connector may be 'planets'" in alone.advice


def test_a_group_that_nobody_asks(distribute: Distribute):
    """One letter, and nothing is ever found."""
    distribute("planets", group="sdk.connector")

    found = {one.code: one for one in diagnose().findings if one.distribution == "sdk-plugin-planets"}

    assert set(found) == {"unknown group", "nothing offered"}
    assert found["unknown group"].advice == "call the group 'sdk.connectors' in its pyproject.toml"


OVERRIDE = """
from sdk import Connector, Resource, hookimpl

@hookimpl
def {hook}({arguments}):
    return None
"""


def test_an_override_that_is_asked_before_the_connector(distribute: Distribute, monkeypatch: pytest.MonkeyPatch):
    """A hint, where it is switched on; and one that declares would replace every connector."""
    source = SOUND.format(name="planets") + "\n@hookimpl\ndef sdk_expand_path(): ...\n"
    distribute("planets", source)
    override = OVERRIDE.format(hook="sdk_expand_path", arguments="resource")
    distribute("steps", override, distribution="sdk-override-steps", group="sdk.overrides")
    assert about(diagnose("planets"), "sdk-plugin-planets") == []

    monkeypatch.setenv("SOURCES__PLANETS__OVERRIDES", "steps")

    found = only(diagnose("planets"), "sdk-plugin-planets")
    assert (found.code, found.level) == ("shadows", "hint")
    assert found.what == (
        "override steps is asked for sdk_expand_path before connector planets, which is heard only where it says None"
    )


def test_an_override_that_declares(distribute: Distribute):
    """Without being a wrapper it would be every connector that it is switched on for."""
    declares = OVERRIDE.format(hook="sdk_declare_connector", arguments="")
    distribute("mine", declares, distribution="sdk-override-mine", group="sdk.overrides")

    found = only(diagnose("mine"), "sdk-override-mine")

    assert (found.code, found.level, found.advice) == ("shadows", "hint", "write @hookimpl(wrapper=True) there")


def test_an_override_that_is_switched_on_and_not_there(distribute: Distribute, monkeypatch: pytest.MonkeyPatch):
    """Every load fails, so it is broken."""
    distribute("planets")
    monkeypatch.setenv("SOURCES__PLANETS__OVERRIDES", "nobody")

    found = diagnose("planets")

    [one] = [one for one in found.findings if one.code == "overrides"]
    assert one.what == "override 'nobody' is switched on for connector 'planets' and is not installed"
    assert one.where == "the setting sources.planets.overrides"
    assert found.to_dict()["plugins"][0]["is_broken"]


def test_dlt_outside_of_the_range(monkeypatch: pytest.MonkeyPatch):
    """Core's own requirements are held against what is installed, too."""
    real = metadata.version
    monkeypatch.setattr("sdk.diagnoses.requirements.version", lambda name: "0.4" if name == "dlt" else real(name))

    [found] = [one for one in diagnose("tickets").findings if one.distribution == "connector-sdk"]

    assert (found.code, found.level) == ("incompatible", "broken")
    assert "but 0.4 is installed" in found.what


def test_the_command_of_another_environment(tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    """What one types is not what was examined."""
    other = tmp_path / "sdk"
    other.write_text("#!/bin/sh\n")
    other.chmod(0o755)
    monkeypatch.setenv("PATH", str(tmp_path))

    [found] = [one for one in diagnose("tickets").findings if one.code == "command"]

    assert found.what == f"'sdk' on PATH is another program than that of this environment: {other}"
    assert found.advice.startswith(f"type {sys.executable} -m sdk, or put ")

    other.unlink()

    [found] = [one for one in diagnose("tickets").findings if one.code == "command"]
    assert (found.level, found.what) == ("hint", "there is no command 'sdk' on PATH")


def test_an_unknown_name():
    """With the nearest."""
    with pytest.raises(UnknownConnectorError, match=r"no plugin 'tickts' is installed; did you mean 'tickets'"):
        diagnose("tickts")


def test_a_secret_in_an_import_error_is_not_repeated_raw(distribute: Distribute):
    """One line, without control characters, whatever a plugin raises."""
    distribute("planets", "raise RuntimeError('one\\n\\x1b[31mtwo')")

    what: Any = only(diagnose("planets"), "sdk-plugin-planets").what

    assert what == "it cannot be imported: RuntimeError: one [31mtwo"
