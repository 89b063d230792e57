"""Settings: keyword, then dlt's providers, then the default; and errors that say what to do and no secret."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
from dlt.common.configuration.container import Container
from dlt.common.configuration.specs.pluggable_run_context import PluggableRunContext

from sdk import redaction
from sdk.errors import MissingSettingError, SettingError
from sdk.placeholders import Secret, Setting
from sdk.redaction import redact
from sdk.settings import environment_name, places, resolve

KEY = Secret("api_key")
BASE_URL = Setting("base_url")
START_DATE = Setting("start_date", kind="timestamp", default=None)

Write = Callable[[str, str], None]


@pytest.fixture(autouse=True)
def write(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Write]:
    """Work in an empty dlt project; write its files."""
    (tmp_path / ".dlt").mkdir()
    (tmp_path / "home").mkdir()
    monkeypatch.setenv("DLT_DATA_DIR", str(tmp_path / "home"))
    context = Container()[PluggableRunContext]

    def put(file: str, text: str) -> None:
        (tmp_path / ".dlt" / file).write_text(text)
        context.reload()

    with monkeypatch.context() as inside:
        inside.chdir(tmp_path)
        context.reload()
        yield put
    context.reload()


@pytest.fixture(autouse=True)
def _forget(monkeypatch: pytest.MonkeyPatch) -> None:
    """Keep secrets such as "true" from being hidden in what other tests print."""
    monkeypatch.setattr(redaction, "_forms", set())
    monkeypatch.setattr(redaction, "_pattern", None)


def value(setting: Setting, **keywords: Any) -> Any:
    """Return what one setting resolves to."""
    return resolve("planets", [setting], keywords)[setting.name]


def test_each_place_gives_way_to_the_one_before(write: Write, monkeypatch: pytest.MonkeyPatch):
    """Keyword before environment before file before default."""
    region = Setting("region", default="default")

    assert value(region) == "default"
    write("config.toml", 'sources.planets.region = "file"')
    assert value(region) == "file"
    monkeypatch.setenv("SOURCES__PLANETS__REGION", "environment")
    assert value(region) == "environment"
    assert value(region, region="keyword") == "keyword"


def test_a_secret_resolves_in_the_same_order(write: Write, monkeypatch: pytest.MonkeyPatch):
    """From `secrets.toml`, then the environment, then the keyword."""
    write("secrets.toml", 'sources.planets.api_key = "from-the-file"')
    assert value(KEY) == "from-the-file"
    monkeypatch.setenv("SOURCES__PLANETS__API_KEY", "from-the-environment")
    assert value(KEY) == "from-the-environment"
    assert value(KEY, api_key="from-the-keyword") == "from-the-keyword"


def test_a_keyword_of_none_is_as_good_as_none(monkeypatch: pytest.MonkeyPatch):
    """A caller hands on an optional argument as it came."""
    monkeypatch.setenv("SOURCES__PLANETS__BASE_URL", "https://api.example.com")

    assert value(BASE_URL, base_url=None) == "https://api.example.com"
    assert value(START_DATE, start_date=None) is None


def test_one_connector_does_not_read_the_settings_of_another(monkeypatch: pytest.MonkeyPatch):
    """A key goes only where it was meant for."""
    monkeypatch.setenv("SOURCES__MOONS__API_KEY", "of-the-moons")

    with pytest.raises(MissingSettingError):
        value(KEY)


def test_all_that_is_missing_is_named_with_every_place():
    """One run, one error, and after it everything is set."""
    with pytest.raises(MissingSettingError) as caught:
        resolve("planets", [BASE_URL, KEY, START_DATE], {})

    assert str(caught.value) == (
        "connector 'planets' needs the setting 'base_url': "
        'pass sdk.load("planets", base_url="..."), set SOURCES__PLANETS__BASE_URL, '
        "or sources.planets.base_url in .dlt/config.toml; "
        "and the secret 'api_key': "
        'pass sdk.load("planets", api_key="..."), set SOURCES__PLANETS__API_KEY, '
        "or sources.planets.api_key in .dlt/secrets.toml"
    )
    assert isinstance(caught.value, LookupError)


def test_what_dlt_writes_into_a_new_project_is_no_value(write: Write):
    """`<configure me>` stands where a value belongs."""
    write("secrets.toml", 'sources.planets.api_key = "<configure me>"')

    with pytest.raises(MissingSettingError):
        value(KEY)


def test_the_places_are_named_as_dlt_reads_them():
    """For an error and for `sdk describe`."""
    assert environment_name("planets", "api_key") == "SOURCES__PLANETS__API_KEY"
    assert places("planets", KEY).endswith("sources.planets.api_key in .dlt/secrets.toml")
    assert places("planets", BASE_URL).endswith("sources.planets.base_url in .dlt/config.toml")


@pytest.mark.parametrize("key", ["123456789", "007", "1e5", "true", "null", "[1,2]", '{"a": 1}', "1_000", "0x10"])
def test_a_secret_stays_the_text_that_it_is(key: str, monkeypatch: pytest.MonkeyPatch):
    """Dlt would read digits as a number and lose the zeros in front."""
    monkeypatch.setenv("SOURCES__PLANETS__API_KEY", key)

    assert value(KEY) == key


def test_a_secret_of_digits_in_a_file_becomes_text(write: Write):
    """Without quotes TOML makes it a number."""
    write("secrets.toml", "sources.planets.api_key = 123456789")

    assert value(KEY) == "123456789"


def test_a_secret_loses_the_blanks_that_came_along():
    """As when it is read from a file, with its line's end; from then on it is hidden, too."""
    assert value(KEY, api_key=" hunter2-settings\n") == "hunter2-settings"
    assert redact("Authorization: Bearer hunter2-settings") == "Authorization: Bearer ***"


@pytest.mark.parametrize("bad", ["", "  ", 12345678, b"bytes-settings", ["list-settings"]])
def test_a_secret_that_is_none_is_refused_without_being_shown(bad: Any):
    """Its value stands in no message, whatever it is."""
    with pytest.raises(SettingError) as caught:
        value(KEY, api_key=bad)

    assert str(caught.value) == "connector 'planets': secret 'api_key' is empty or no text"


def test_no_error_shows_a_secret():
    """Not even one about another setting that holds it."""
    with pytest.raises(SettingError) as caught:
        resolve("planets", [KEY, START_DATE], {"api_key": "hunter3-settings", "start_date": "hunter3-settings"})

    assert "hunter3" not in str(caught.value)


@pytest.mark.parametrize(
    ("kind", "given", "resolved"),
    [
        ("text", "emea", "emea"),
        ("text", " emea ", "emea"),
        ("text", 7, "7"),
        ("int", 7, 7),
        ("int", " 7 ", 7),
        ("int", "-7", -7),
        ("number", 0.5, 0.5),
        ("number", 1, 1.0),
        ("number", " 0.25 ", 0.25),
        ("bool", True, True),
        ("bool", "True", True),
        ("bool", "yes", True),
        ("bool", "on", True),
        ("bool", 1, True),
        ("bool", "off", False),
        ("bool", "No", False),
        ("bool", 0, False),
        ("timestamp", "2024-01-31", datetime(2024, 1, 31, tzinfo=UTC)),
        ("timestamp", "2024-01-31T12:00:00+02:00", datetime(2024, 1, 31, 10, tzinfo=UTC)),
        ("timestamp", datetime(2024, 1, 31, tzinfo=UTC), datetime(2024, 1, 31, tzinfo=UTC)),
        ("list", "a, b,,c ", ["a", "b", "c"]),
        ("list", ["a", 2], ["a", "2"]),
        ("list", ("007",), ["007"]),
        ("list", 7, ["7"]),
        ("list", [], []),
    ],
)
def test_a_value_becomes_its_kind(kind: Any, given: object, resolved: object):
    """However somebody writes it in Python."""
    found = value(Setting("x", kind=kind), x=given)

    assert (type(found), found) == (type(resolved), resolved)


@pytest.mark.parametrize(
    ("kind", "given", "resolved"),
    [
        ("text", "007", "007"),
        ("text", "1e5", "1e5"),
        ("int", "7", 7),
        ("number", "0.5", 0.5),
        ("bool", "true", True),
        ("bool", "0", False),
        ("timestamp", "2024-01-31", datetime(2024, 1, 31, tzinfo=UTC)),
        ("list", "7", ["7"]),
        ("list", "007", ["007"]),
        ("list", "007,008", ["007", "008"]),
        ("list", "a, b", ["a", "b"]),
        ("list", '["a", "b"]', ["a", "b"]),
        ("list", "", []),
    ],
)
def test_the_environment_holds_text_of_every_kind(
    kind: Any, given: str, resolved: object, monkeypatch: pytest.MonkeyPatch
):
    """Ids keep their zeros; a list is separated by commas, or JSON."""
    monkeypatch.setenv("SOURCES__PLANETS__X", given)

    assert value(Setting("x", kind=kind)) == resolved


@pytest.mark.parametrize(
    ("kind", "written", "resolved"),
    [
        ("text", '"emea"', "emea"),
        ("text", "7", "7"),
        ("int", "7", 7),
        ("number", "0.5", 0.5),
        ("bool", "true", True),
        ("bool", '"off"', False),
        ("timestamp", "2024-01-31", datetime(2024, 1, 31, tzinfo=UTC)),
        ("timestamp", "2024-01-31T12:00:00Z", datetime(2024, 1, 31, 12, tzinfo=UTC)),
        ("timestamp", '"2024-01-31"', datetime(2024, 1, 31, tzinfo=UTC)),
        ("list", '["a", "b"]', ["a", "b"]),
        ("list", "[1, 2]", ["1", "2"]),
        ("list", '"a, b"', ["a", "b"]),
        ("list", "[]", []),
    ],
)
def test_a_file_holds_values_of_every_kind(kind: Any, written: str, resolved: object, write: Write):
    """In TOML's own types or as text."""
    write("config.toml", f"sources.planets.x = {written}")

    assert value(Setting("x", kind=kind)) == resolved


@pytest.mark.parametrize(
    ("kind", "given", "expected"),
    [
        ("text", "", "give a text"),
        ("text", ["a"], "give a text"),
        ("int", "7.5", "give a whole number"),
        ("int", 7.5, "give a whole number"),
        ("int", True, "give a whole number"),
        ("int", "many", "give a whole number"),
        ("number", "half", "give a number, such as 0.5"),
        ("number", True, "give a number, such as 0.5"),
        ("number", "nan", "give a number, such as 0.5"),
        ("bool", "maybe", "give true or false"),
        ("bool", 2, "give true or false"),
        ("timestamp", "yesterday", "give an ISO date or timestamp, such as 2024-01-31 or 2024-01-31T12:00:00Z"),
        ("timestamp", "31.01.2024", "give an ISO date or timestamp, such as 2024-01-31 or 2024-01-31T12:00:00Z"),
        ("timestamp", "2024-02-30", "give an ISO date or timestamp, such as 2024-01-31 or 2024-01-31T12:00:00Z"),
        ("timestamp", 20240131, "give an ISO date or timestamp, such as 2024-01-31 or 2024-01-31T12:00:00Z"),
        ("list", 1.5, "give a list, or texts separated by commas"),
        ("list", True, "give a list, or texts separated by commas"),
    ],
)
def test_a_value_of_another_kind_says_what_to_give(kind: Any, given: object, expected: str):
    """Before anything is read."""
    with pytest.raises(SettingError) as caught:
        value(Setting("x", kind=kind), x=given)

    assert str(caught.value) == f"connector 'planets': setting 'x' is {given!r}; {expected}"


def test_a_setting_with_choices_takes_one_of_them():
    """The others are named."""
    setting = Setting("version", default="v2", choices=("v1", "v2"))

    assert (value(setting), value(setting, version="v1")) == ("v2", "v1")
    with pytest.raises(SettingError, match=r"^connector 'planets': setting 'version' is 'v3'; give one of v1, v2$"):
        value(setting, version="v3")


def test_a_list_with_choices_takes_several_of_them():
    """Each of its values is one of the choices."""
    setting = Setting("modes", kind="list", default=[], choices=("real", "test"))

    assert value(setting, modes="real,test") == ["real", "test"]
    with pytest.raises(SettingError, match=r"give one of real, test$"):
        value(setting, modes=["real", "tutorial"])


@pytest.mark.parametrize(
    ("name", "hint"),
    [
        ("api_kye", "did you mean 'api_key'?"),
        ("startdate", "did you mean 'start_date'?"),
        ("workers", "its settings are base_url, api_key, start_date"),
    ],
)
def test_an_unknown_keyword_is_answered_with_the_nearest(name: str, hint: str):
    """A misspelt `start_date` would load everything, without a word."""
    with pytest.raises(SettingError) as caught:
        resolve("planets", [BASE_URL, KEY, START_DATE], {name: "x"})

    assert str(caught.value) == f"connector 'planets' has no setting {name!r}; {hint}"


def test_a_default_is_taken_as_it_is():
    """A declaration's own value is of the right kind already."""
    assert value(Setting("x", kind="list", default=None)) is None
    assert value(Setting("y", kind="list", default=[])) == []
