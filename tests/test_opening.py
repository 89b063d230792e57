"""Opening a connector: its plugin, its settings, its overrides, and a base URL that can be used."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime
from importlib.metadata import EntryPoint
from pathlib import Path
from types import ModuleType

import pytest
from dlt.common.configuration.container import Container
from dlt.common.configuration.specs.pluggable_run_context import PluggableRunContext

from sdk import opening, plugins
from sdk.auth import BearerTokenAuth
from sdk.connector import Connector
from sdk.errors import MissingSettingError, SettingError, UnknownConnectorError
from sdk.hookspecs import hookimpl
from sdk.opening import open_connector
from sdk.placeholders import Secret, Setting
from sdk.plugins import Installed
from sdk.redaction import SecretValue
from sdk.resource import Resource
from sdk.tally import Tallies

SETTINGS = {"base_url": "https://api.example.com", "api_key": "hunter2-opening"}


@pytest.fixture(autouse=True)
def installation(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[list[str]]:
    """Install the connector `planets` and two overrides; return what is imported."""
    modules = {("planets", plugins.CONNECTORS): planets()}
    modules |= {(name, plugins.OVERRIDES): ModuleType(name) for name in ("masking", "vault")}
    imported: list[str] = []

    def installed(group: str = plugins.CONNECTORS) -> tuple[Installed, ...]:
        return tuple(
            Installed(name, f"acme-{name}", "1.0", EntryPoint(name, name, group))
            for name, within in modules
            if within == group
        )

    def load_entry(plugin: Installed) -> object:
        imported.append(plugin.name)
        return modules[plugin.name, plugin.entry_point.group]

    monkeypatch.setattr(plugins, "installed", installed)
    monkeypatch.setattr(plugins, "load_entry", load_entry)
    context = Container()[PluggableRunContext]
    with monkeypatch.context() as inside:
        inside.chdir(tmp_path)
        context.reload()
        yield imported
    context.reload()


def planets() -> ModuleType:
    """Return the plugin of a connector with a secret, a setting of its own and a hidden resource."""

    @hookimpl
    def sdk_declare_connector() -> Connector:
        return Connector(
            "planets",
            auth=BearerTokenAuth(token=Secret("api_key")),
            resources=[
                Resource("planets", params={"region": Setting("region", default="emea")}),
                Resource("moons", path="/planets/{planets.id}/moons"),
                Resource("orbits", hidden=True),
            ],
        )

    module = ModuleType("sdk_plugin_planets")
    vars(module)["sdk_declare_connector"] = sdk_declare_connector
    return module


def registered(opened: opening.Opened) -> list[str]:
    """Return the names of the plugins, in the order of registration."""
    return [name for name, _ in opened.hooks.manager.list_name_plugin()]


def test_settings_are_filled_in():
    """The connector that is read has no open place; secrets are hidden in it."""
    opened = open_connector("planets", {**SETTINGS, "start_date": "2024-01-31"})

    assert opened.connector.base_url == "https://api.example.com"
    assert opened.connector.auth == BearerTokenAuth(token=SecretValue("hunter2-opening", "api_key"))
    assert opened.connector.resource("planets").params == {"region": "emea"}
    assert opened.since == datetime(2024, 1, 31, tzinfo=UTC)
    assert opened.connector.declared_settings == ()


def test_without_a_start_date_everything_is_read():
    """There is no date that all APIs would take for the beginning."""
    assert open_connector("planets", SETTINGS).since is None


def test_overrides_are_switched_on_by_the_setting_alone(installation: list[str], monkeypatch: pytest.MonkeyPatch):
    """That one is installed changes nothing; its name in the configuration does."""
    assert registered(open_connector("planets", SETTINGS)) == ["core", "sdk_plugin_planets"]
    assert installation == ["planets"]

    monkeypatch.setenv("SOURCES__PLANETS__OVERRIDES", "vault")

    assert registered(open_connector("planets", SETTINGS)) == ["core", "sdk_plugin_planets", "vault"]


def test_plugins_are_registered_from_core_to_the_caller():
    """The caller's are asked first, then the overrides from the last named to the first, then the connector's."""
    opened = open_connector(
        "planets", {**SETTINGS, "overrides": ["masking", "vault"]}, extra_plugins=[ModuleType("mine")]
    )

    assert registered(opened) == ["core", "sdk_plugin_planets", "masking", "vault", "mine"]


def test_an_override_that_is_not_installed_is_an_error():
    """Masking that is configured and missing must not go by in silence."""
    with pytest.raises(UnknownConnectorError, match=r"^no override 'maskin' is installed; did you mean 'masking'\?$"):
        open_connector("planets", {**SETTINGS, "overrides": ["maskin"]})


def test_an_unknown_connector_is_an_error():
    """Before any setting is looked up."""
    with pytest.raises(UnknownConnectorError, match="did you mean 'planets'"):
        open_connector("planet", {})


def test_what_is_missing_is_an_error():
    """All of it at once."""
    with pytest.raises(MissingSettingError, match=r"'base_url'.*'api_key'"):
        open_connector("planets", {})


def test_a_misspelt_keyword_is_an_error():
    """`start_dat` would load everything."""
    with pytest.raises(SettingError, match=r"has no setting 'start_dat'; did you mean 'start_date'\?$"):
        open_connector("planets", {**SETTINGS, "start_dat": "2024-01-01"})


@pytest.mark.parametrize(
    "base_url", ["api.example.com", "ftp://api.example.com", "https://u:p@api.example.com", "https://"]
)
def test_a_base_url_that_cannot_be_used_fails_at_once(base_url: str):
    """Not when the first row is taken."""
    with pytest.raises(SettingError, match=r"^base_url cannot be used: "):
        open_connector("planets", {**SETTINGS, "base_url": base_url})


@pytest.mark.parametrize(
    ("wanted", "names"),
    [
        (None, ["planets", "moons"]),
        ("moons", ["moons"]),
        (["moons", "planets"], ["planets", "moons"]),
        (("moons", "moons"), ["moons"]),
        ([], []),
    ],
)
def test_resources_are_chosen_by_name(wanted: object, names: list[str]):
    """In the order of the declaration, each once; by default all that become tables."""
    assert open_connector("planets", SETTINGS).names(wanted) == names  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("wanted", "message"),
    [
        ("planet", "connector 'planets' has no resource 'planet'; did you mean 'planets'?"),
        ("orbits", "connector 'planets' has no resource 'orbits'; its resources are planets, moons"),
    ],
)
def test_a_resource_that_is_none_is_answered_with_the_nearest(wanted: str, message: str):
    """A hidden one is no table, and cannot be asked for."""
    with pytest.raises(SettingError) as caught:
        open_connector("planets", SETTINGS).names([wanted])

    assert str(caught.value) == message


def test_the_clock_is_the_callers_or_the_time_of_day():
    """What a run takes for its start."""
    then = datetime(2024, 2, 29, tzinfo=UTC)

    assert open_connector("planets", SETTINGS, clock=lambda: then).clock() == then
    assert open_connector("planets", SETTINGS).clock is opening.now
    assert opening.now().tzinfo is UTC


def test_each_reader_has_a_client_of_its_own():
    """Two reads at once share neither connections nor counts, unless the caller says where to count."""
    opened = open_connector("planets", SETTINGS)
    tallies = Tallies()
    readers = [opened.reader(tallies), opened.reader(), opened.reader()]

    assert len({id(reader.client) for reader in readers}) == 3
    assert readers[0].tallies is tallies
    assert readers[1].tallies is not readers[2].tallies
    for reader in readers:
        reader.client.close()


def test_the_share_of_skips_is_one():
    """Half of a child's parents unless it is said otherwise; more than all of them makes no sense."""
    assert open_connector("planets", SETTINGS).max_skips == 0.5
    assert open_connector("planets", {**SETTINGS, "max_skips": "0.9"}).max_skips == 0.9

    with pytest.raises(SettingError, match=r"^connector 'planets': max_skips is 90; give a share between 0 and 1$"):
        open_connector("planets", {**SETTINGS, "max_skips": 90})
