"""Plugins: found by name from metadata alone, imported one at a time, and each one's faults its own."""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from types import ModuleType
from typing import Any

import pytest

import sdk
from sdk import plugins
from sdk.connector import Connector
from sdk.errors import BrokenPluginError, DeclarationError, DuplicateConnectorError, UnknownConnectorError
from sdk.hookspecs import hookimpl
from sdk.messages import LAST_PAGE, Page, Request
from sdk.plugins import Hooks
from sdk.resource import Resource

DECLARES = """
from sdk import Connector, Resource, hookimpl

@hookimpl
def sdk_declare_connector():
    return Connector({name!r}, resources=[Resource("things")])
"""

HOOKS = [
    "sdk_declare_connector",
    "sdk_authenticate",
    "sdk_expand_path",
    "sdk_select_records",
    "sdk_paginate",
]

Distribute = Callable[..., str]


@pytest.fixture
def distribute(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Distribute]:
    """Install a distribution whose one module declares a connector, or holds what is given."""
    monkeypatch.syspath_prepend(tmp_path)
    before = set(sys.modules)

    def add(name: str, source: str | None = None, *, distribution: str = "", group: str = plugins.CONNECTORS) -> str:
        distribution = distribution or f"sdk-plugin-{name}"
        module = f"fake_{distribution}".replace("-", "_")
        info = tmp_path / f"{distribution.replace('-', '_')}-1.0.dist-info"
        info.mkdir()
        (info / "METADATA").write_text(f"Metadata-Version: 2.1\nName: {distribution}\nVersion: 1.0\n")
        (info / "entry_points.txt").write_text(f"[{group}]\n{name} = {module}\n")
        (tmp_path / f"{module}.py").write_text(DECLARES.format(name=name) if source is None else source)
        return module

    yield add
    for module in set(sys.modules) - before:
        if module.startswith("fake_"):
            del sys.modules[module]


def plugin(name: str = "mine", **members: object) -> ModuleType:
    """Return a module with *members* in it."""
    module = ModuleType(name)
    vars(module).update(members)
    return module


def test_of_500_plugins_only_the_wanted_one_is_imported(distribute: Distribute):
    """Names, versions and distributions come from metadata; the other 499 never run."""
    modules = {name: distribute(name) for name in (f"fake{number}" for number in range(500))}

    assert set(modules) <= set(sdk.connectors())
    connector, _ = plugins.declare("fake321")

    assert (connector.name, [one.name for one in connector.tables]) == ("fake321", ["things"])
    assert [module for module in modules.values() if module in sys.modules] == [modules["fake321"]]


def test_what_is_installed_is_known_without_an_import(distribute: Distribute):
    """Name, distribution and version, as `sdk list` shows them."""
    module = distribute("planets", "raise SystemExit")

    [found] = [one for one in plugins.installed() if one.name == "planets"]

    assert (found.distribution, found.version, found.entry_point.value) == ("sdk-plugin-planets", "1.0", module)
    assert "planets" in sdk.connectors()
    assert module not in sys.modules


def test_connectors_are_listed_in_order_and_once(distribute: Distribute):
    """Two distributions of one name are one name here, and an error for whoever asks for it."""
    for distribution in ("zulu", "acme"):
        distribute("planets", distribution=distribution)
    distribute("moons")

    names = sdk.connectors()

    assert names == sorted(set(names))
    assert {"moons", "planets"} <= set(names)


def test_two_distributions_of_one_name_are_an_error(distribute: Distribute):
    """Neither wins silently, neither is imported, and both are named."""
    modules = [distribute("planets", distribution=one) for one in ("zulu-planets", "acme-planets")]

    with pytest.raises(DuplicateConnectorError) as caught:
        plugins.declare("planets")

    assert str(caught.value) == "connector 'planets' is provided by acme-planets and zulu-planets; uninstall one"
    assert not set(modules) & set(sys.modules)


def test_a_distribution_that_is_on_the_path_twice_counts_once(distribute: Distribute, tmp_path: Path, monkeypatch):
    """As an editable install is when it is used from its own folder."""
    distribute("planets")
    again = tmp_path / "again"
    again.mkdir()
    for one in tmp_path.glob("*.dist-info"):
        one.joinpath("METADATA").rename(tmp_path / "METADATA")
        copy = again / one.name
        copy.mkdir()
        for folder in (one, copy):
            (folder / "METADATA").write_text((tmp_path / "METADATA").read_text())
        (copy / "entry_points.txt").write_text((one / "entry_points.txt").read_text())
    monkeypatch.syspath_prepend(again)

    assert plugins.declare("planets")[0].name == "planets"


def test_an_unknown_name_is_answered_with_the_nearest(distribute: Distribute):
    """A slip of the keyboard costs one more try."""
    distribute("planets")
    distribute("planet_moons")

    with pytest.raises(UnknownConnectorError) as caught:
        plugins.find("planet")

    assert str(caught.value) == "no connector 'planet' is installed; did you mean 'planets' or 'planet_moons'?"
    assert isinstance(caught.value, LookupError)


@pytest.mark.parametrize(
    ("known", "message"),
    [
        (
            [],
            "no connector 'case_files' is installed, nor any other; try: pip install sdk-plugin-case-files",
        ),
        (["moons", "planets"], "no connector 'case_files' is installed; installed are moons, planets"),
    ],
)
def test_an_unknown_name_that_is_near_to_none_says_what_there_is(known: list[str], message: str):
    """An empty installation is told what to type."""
    assert plugins.unknown("case_files", known, "connector") == message


@pytest.mark.parametrize(
    ("source", "message"),
    [
        (
            "import no_such_module",
            (
                "'planets' from sdk-plugin-planets 1.0 cannot be imported: "
                "ModuleNotFoundError: No module named 'no_such_module'"
            ),
        ),
        ("1 / 0", "'planets' from sdk-plugin-planets 1.0 cannot be imported: ZeroDivisionError: division by zero"),
        ("def", "'planets' from sdk-plugin-planets 1.0 cannot be imported: SyntaxError: "),
        (
            "from sdk import Resource, hookimpl\n@hookimpl\ndef sdk_declare_connector(): return Resource('planets')",
            "'planets' from sdk-plugin-planets declares Resource where a Connector was expected",
        ),
        ("", "'planets' from sdk-plugin-planets declares NoneType where a Connector was expected"),
        (
            "from sdk import hookimpl\n@hookimpl\ndef sdk_declare_connector(): return {}['x']",
            "'planets' from sdk-plugin-planets 1.0 fails to declare its connector (fake_sdk_plugin_planets.py:3): Key",
        ),
        (
            DECLARES.format(name="moons"),
            "sdk-plugin-planets registers connector 'moons' under the name 'planets'; make them the same",
        ),
        (
            "def sdk_declare_connector(): return None",
            (
                "plugin 'fake_sdk_plugin_planets': sdk_declare_connector is named like a hook but is not one; "
                "decorate it with @sdk.hookimpl"
            ),
        ),
    ],
)
def test_a_broken_plugin_is_named(distribute: Distribute, source: str, message: str):
    """Whose fault it is, in which version, and what was found."""
    distribute("planets", source)

    with pytest.raises(BrokenPluginError) as caught:
        plugins.declare("planets")

    assert str(caught.value).startswith(message)


def test_a_broken_plugin_hurts_only_who_asks_for_it(distribute: Distribute):
    """Its neighbours are listed and loaded as ever."""
    distribute("planets", "raise RuntimeError('broken')")
    distribute("moons")

    assert {"moons", "planets"} <= set(sdk.connectors())
    assert plugins.declare("moons")[0].name == "moons"
    with pytest.raises(BrokenPluginError):
        plugins.declare("planets")


def test_a_mistaken_declaration_is_reported_as_such(distribute: Distribute):
    """The declaration's own error says what is wrong with it, better than any around it."""
    distribute("planets", DECLARES.format(name="planets").replace('"things"', '"Things"'))

    with pytest.raises(sdk.DeclarationError, match="resource 'Things': its name is not snake_case"):
        plugins.declare("planets")


def test_what_an_interrupted_uninstall_leaves_hides_nobody(distribute: Distribute, tmp_path: Path):
    """A distribution without metadata has no name; the others are listed all the same."""
    distribute("planets")
    distribute("moons")
    tmp_path.joinpath("sdk_plugin_moons-1.0.dist-info", "METADATA").unlink()

    assert {"moons", "planets"} <= set(sdk.connectors())
    assert plugins.declare("planets")[0].name == "planets"
    assert plugins.declare("moons")[0].name == "moons"


def test_groups_are_apart(distribute: Distribute):
    """An override is no connector."""
    distribute("masking", group=plugins.OVERRIDES)

    assert "masking" not in sdk.connectors()
    assert plugins.find("masking", plugins.OVERRIDES, "override").distribution == "sdk-plugin-masking"
    with pytest.raises(UnknownConnectorError, match=r"^no override 'maskin' is installed; did you mean 'masking'\?$"):
        plugins.find("maskin", plugins.OVERRIDES, "override")


@pytest.mark.parametrize("hook", HOOKS)
def test_a_hook_that_lost_its_decorator_is_reported(hook: str):
    """It would be ignored silently, and the step taken without it."""
    with pytest.raises(BrokenPluginError) as caught:
        Hooks.of(plugin(**{hook: lambda: None}))

    assert str(caught.value) == (
        f"plugin 'mine': {hook} is named like a hook but is not one; decorate it with @sdk.hookimpl"
    )


def test_a_method_that_lost_its_decorator_is_reported():
    """Objects are plugins as well as modules."""

    class Masking:
        """Forgets one of two."""

        @hookimpl
        def sdk_paginate(self) -> None:
            """Have no opinion."""

        def sdk_select_records(self) -> None:
            """Be no hook."""

    with pytest.raises(BrokenPluginError, match=r"^plugin 'Masking': sdk_select_records is named like a hook"):
        Hooks.of(Masking())


@pytest.mark.parametrize("hook", HOOKS)
def test_a_misspelt_hook_is_answered_with_the_nearest(hook: str):
    """One letter off is enough never to be called."""
    misspelt = hook[:-1]

    with pytest.raises(BrokenPluginError) as caught:
        Hooks.of(plugin(**{misspelt: hookimpl(lambda: None)}))

    assert str(caught.value) == f"plugin 'mine': there is no hook {misspelt!r}; did you mean {hook!r}?"


def test_a_hook_with_arguments_that_do_not_exist_is_reported():
    """Their names are the contract; the implementer's own signature is shown."""

    def sdk_paginate(conector: Connector) -> None:
        """Name an argument wrongly."""
        del conector

    with pytest.raises(BrokenPluginError) as caught:
        Hooks.of(plugin(sdk_paginate=hookimpl(sdk_paginate)))

    assert "sdk_paginate(conector" in str(caught.value)
    assert "Argument(s) {'conector'} are declared in the hookimpl" in str(caught.value)


def test_a_plugin_that_is_given_twice_is_reported():
    """Once switched on by name and once passed, say."""
    mine = plugin()

    with pytest.raises(BrokenPluginError, match=r"^plugin 'mine' is given twice$"):
        Hooks.of(mine, mine)


def test_a_hook_may_have_another_name():
    """Pluggy's `specname` says which hook a function implements."""
    hooks = Hooks.of(plugin(stop=hookimpl(specname="sdk_paginate")(lambda: LAST_PAGE)))

    assert ask(hooks) is LAST_PAGE


def ask(hooks: Hooks) -> Any:
    """Ask for the page that follows one."""
    resource = Resource("things")
    page = Page(Request("https://api.example.com/things"), body=[])
    return hooks.paginate(Connector("planets", resources=[resource]), resource, page, [])


def answering(answer: object, log: list[object], **options: Any) -> ModuleType:
    """Return a plugin that notes that it was asked."""

    def sdk_paginate() -> object:
        log.append(answer)
        return answer

    return plugin(str(answer), sdk_paginate=hookimpl(**options)(sdk_paginate))


def test_the_last_plugin_is_asked_first():
    """The first answer that is not `None` counts, and nobody after it is asked."""
    log: list[object] = []

    answer = ask(Hooks.of(answering("first", log), answering("second", log), plugin(sdk_paginate=no_opinion(log))))

    assert (answer, log) == ("second", ["none", "second"])


def no_opinion(log: list[object]) -> Any:
    """Return a hook that has no opinion."""

    @hookimpl
    def sdk_paginate() -> None:
        log.append("none")

    return sdk_paginate


def test_a_wrapper_stands_around_every_answer():
    """It acts before and after, and may change what comes."""

    @hookimpl(wrapper=True)
    def sdk_paginate() -> Any:
        log.append("before")
        answer = yield
        log.append("after")
        return f"{answer}, wrapped"

    log: list[object] = []

    answer = ask(Hooks.of(plugin(sdk_paginate=sdk_paginate), answering("answer", log)))

    assert (answer, log) == ("answer, wrapped", ["before", "answer", "after"])


def test_hooks_of_one_load_are_not_those_of_another():
    """An override leaks nowhere."""
    log: list[object] = []
    overridden, plain = Hooks.of(answering("mine", log)), Hooks.of()

    assert ask(overridden) == "mine"
    assert ask(plain) is LAST_PAGE
    assert log == ["mine"]


_MISTAKEN = """
from sdk import Connector, NextLinkPaginator, PageNumberPaginator, Resource, RateLimit, columns, hookimpl

@hookimpl
def sdk_declare_connector():
    return Connector(
        "mistaken",
        rate_limit=RateLimit(0),
        resources=[
            Resource("Planets", columns=columns(text="name", bigint="name")),
            Resource("moons", path="/planets/{plants.id}/moons", skip_statuses={"403"}),
            Resource("rings", paginator=PageNumberPaginator(limit=0, limit_param="n")),
        ],
    )
"""


def test_all_mistakes_of_a_declaration_are_told_at_once(distribute: Distribute):
    """Those of values inside it, too, which refuse by themselves to be built."""
    distribute("mistaken", _MISTAKEN)

    with pytest.raises(DeclarationError) as caught:
        plugins.declare("mistaken")

    assert len(caught.value.problems) >= 6
    for part in ("'Planets'", "'name' is declared 2 times", "'plants'", "'403'", "whole number", "requests"):
        assert part in str(caught.value)


def test_an_argument_that_nobody_takes(distribute: Distribute):
    """The line is named, and what may have been meant."""
    source = _MISTAKEN.replace("skip_statuses=", "skip_status=").replace("mistaken", "misspelt")
    distribute("misspelt", source.replace("RateLimit(0)", "RateLimit(5)"))

    with pytest.raises(BrokenPluginError) as caught:
        plugins.declare("misspelt")

    assert "fake_sdk_plugin_misspelt.py:11): TypeError" in str(caught.value)
    assert str(caught.value).endswith("did you mean 'skip_statuses'?")
