"""What an answer or a setting holds is data: it fills one place, evaluates nothing and controls no terminal."""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any, Final
from urllib.parse import unquote

import pytest
from click.testing import CliRunner

import sdk
from sdk import APIKeyAuth, NextLinkPaginator, Resource, RetryPolicy, Secret, Setting
from sdk.cli import cli
from sdk.errors import ReadError, SettingError
from sdk.redaction import one_line

BASE: Final = {"start_date": "2026-01-01", "overrides": [], "in_flight": 1, "share_limits": False, "trust_env": False}

# What a terminal obeys, or a reader of logs takes for a new line; what turns text around, and what nobody sees.
HOSTILE: Final = (
    "\x1b[2J\x1b[31m",
    "\x1b]0;title\x07",
    "\x1b]8;;http://evil.test\x07",
    "\x9b31m",
    "\r\nERROR forged line",
    "\x00",
    "\x08",
    "\u2028",
    "\u202egnp.exe",
    "\u2066",
    "\u200b",
    "\ufeff",
    "\U000e0041",
)
ALL_HOSTILE: Final = "".join(HOSTILE)
FORBIDDEN: Final = frozenset(
    map(chr, (*range(10), *range(11, 32), *range(127, 160), 0x2028, 0x202E, 0x2066, 0x200B, 0xFEFF, 0xE0041))
)


def controls(text: str) -> set[str]:
    """Return the characters of *text* that no terminal may get; line breaks are for its own lines."""
    return set(text) & FORBIDDEN


EXPRESSIONS: Final = (
    "{incremental.__init__.__globals__[logger].logging.os.environ[MY_SECRET]}",
    "{x:>999999999}",
    "{resources.things.id!r}",
    "{resources.things.id.__class__}",
    "{{resources.things.id}}",
    "{0.__class__}",
    "%(id)s",
    "${HOME}",
    "{{ config }}",
    "{% for x in y %}",
    "$(id)",
    "`id`",
)


@pytest.fixture
def children(tiny_api, acme) -> Callable[[Any], list[str]]:
    """Return a function that reads the parts of a thing with some id, and returns what was asked for them."""

    def read(number: Any) -> list[str]:
        acme(
            "things",
            Resource("parts", path="/things/{things.id}/parts", params={"of": "{things.id}"}, data_selector="data"),
        )
        tiny_api.says("/things", {"data": [{"id": number}], "next": None})
        list(sdk.read("acme", "parts", **BASE))
        return [one.target for one in tiny_api.asked[1:]]

    return read


def config(url: str, **endpoint: Any) -> dict[str, Any]:
    """Return a dictionary of things and their parts."""
    page = {"data_selector": "data", "paginator": "single_page"}
    return {
        "client": {"base_url": url, "headers": endpoint.pop("headers", {})},
        "resources": [
            {"name": "things", "endpoint": {"path": "things", **page}},
            {"name": "parts", "endpoint": {"path": "things/{resources.things.id}/parts", **page, **endpoint}},
        ],
    }


@pytest.mark.parametrize("value", [*EXPRESSIONS, "../../admin", "a/b", "q?x=1", "h#f", "%2e%2e", "..;", "a\r\nb", "ü"])
def test_a_parents_value_stays_one_segment(value, children, tiny_api):
    """Whatever it looks like, it is encoded, and comes to the API as it was."""
    with pytest.raises(ReadError, match="answered 404"):
        children(value)

    [asked] = tiny_api.asked[1:]
    path, inside, last = asked.path.rpartition("/parts")
    assert (inside, last, path.count("/")) == ("/parts", "", 2)
    assert unquote(path.rpartition("/")[2]) == value
    assert asked.query == {"of": value}


@pytest.mark.parametrize("value", ["", ".", "..", None, True, ["a"], {"a": 1}])
def test_a_parents_value_that_fills_no_segment(value, children, tiny_api):
    """It is an error: the request would list something else."""
    with pytest.raises(ReadError):
        children(value)

    assert tiny_api.targets == ["/things"]


@pytest.mark.parametrize("value", ["", ".", "..", "../../admin", "a/../b", "..;/admin", "a/.;x/b", "//evil.test", None])
def test_a_parents_value_that_would_leave_the_path_of_a_dictionary(value, tiny_api):
    """There a slash is two segments, as with dlt; but none that leads up, or away."""
    tiny_api.says("/things", {"data": [{"id": value}]})

    with pytest.raises(Exception, match=r"would leave the path|fills no place"):
        list(sdk.from_config(config(tiny_api.url)).with_resources("parts"))

    assert tiny_api.targets == ["/things"]


@pytest.mark.parametrize("value", [one for one in EXPRESSIONS if "{" in one])
@pytest.mark.parametrize("place", ["path", "params", "headers", "json"])
def test_a_dictionary_evaluates_nothing(value, place, tiny_api, monkeypatch):
    """What reaches into a value is a mistake of the dictionary, named when it is read; or it is plain text."""
    monkeypatch.setenv("MY_SECRET", "hunter2-of-the-environment")
    given: Any = {"path": f"things/{value}", "params": {"q": value}, "headers": {"X-Q": value}, "json": {"q": value}}
    tiny_api.says("/things", {"data": [{"id": 7}]})

    said = ""

    try:
        list(sdk.from_config(config(tiny_api.url, **{place: given[place]})).with_resources("parts"))
    except Exception as error:  # noqa: BLE001 - each kind of mistake has its own
        said = str(error)

    sent = said + "".join(f"{one.target} {dict(one.headers)} {one.body.decode()}" for one in tiny_api.asked)
    assert "hunter2" not in sent
    assert "<class" not in sent
    assert len(sent) < 10_000


@pytest.mark.parametrize("value", EXPRESSIONS)
def test_a_dictionary_evaluates_no_data(value, tiny_api):
    """A parent's value that looks like a place stays what it is."""
    tiny_api.says("/things", {"data": [{"id": value}]})

    with pytest.raises(Exception, match="404"):
        list(sdk.from_config(config(tiny_api.url, params={"q": "{resources.things.id}"})).with_resources("parts"))

    assert tiny_api.asked[1].query == {"q": value}
    assert unquote(tiny_api.asked[1].path) == f"/things/{value}/parts"


@pytest.mark.parametrize("value", ["a\r\nX-Admin: 1", "a\nb", "a\x00b", "a\rb", "“smart”"])
def test_a_header_takes_no_line_break(value, tiny_api, acme, no_waiting):
    """A setting or a parent's value adds no header of its own; the error does not repeat it."""
    tiny_api.says("/things", {"data": [{"id": value}], "next": None})
    acme(Resource("things", data_selector="data", headers={"X-Mine": Setting("mine")}), retry=RetryPolicy(attempts=1))

    with pytest.raises(sdk.SDKError) as caught:
        list(sdk.read("acme", "things", mine=value, **BASE))
    with pytest.raises(Exception, match=r"cannot be (built|sent)"):
        list(_parts_with_header(tiny_api.url))

    assert value not in str(caught.value)
    assert not any("X-Admin" in one.headers or "X-Mine" in one.headers for one in tiny_api.asked)


def _parts_with_header(url: str) -> Any:
    made = config(url)
    made["resources"][1]["endpoint"]["headers"] = {"X-Mine": "{resources.things.id}"}
    return sdk.from_config(made).with_resources("parts")


@pytest.mark.parametrize("value", HOSTILE)
def test_one_line_shows_nothing_that_is_obeyed(value):
    """Each of them becomes a space."""
    shown = one_line(f"a{value}b")

    assert controls(shown) == set()
    assert "\n" not in shown


def test_text_of_all_scripts_stays():
    """Joiners belong to words and to signs made of several; only what is unseen and turns text around goes."""
    for text in ("नमस्ते क्‍ष", "👩‍👩‍👧 ok", "می‌خواهم", "naïve “quoted” …", "עברית"):
        assert one_line(text) == text


def test_a_reason_phrase_a_code_and_a_key_that_are_hostile(tiny_api, acme, no_waiting, caplog):
    """The error is one line, whatever the server put into its answer."""
    acme("things", retry=RetryPolicy(attempts=1))
    body = json.dumps({"code": ALL_HOSTILE, ALL_HOSTILE: 1}).encode()
    reason = ALL_HOSTILE.replace("\r\n", " ").encode()
    head = b"HTTP/1.1 418 " + reason + b"\r\nContent-Type: text/html; charset=\x1b[31m\r\n"
    head += b"Content-Length: %d\r\n\r\n" % len(body)
    for raw in (head + body, head.replace(b"418", b"200") + body):
        tiny_api.says("/things", tiny_api.reply(raw=raw))
        with pytest.raises(ReadError) as caught:
            list(sdk.read("acme", "things", **BASE))
        assert controls(str(caught.value)) == set()
        assert "\n" not in str(caught.value)
    assert controls(caplog.text) == set()


def test_a_preview_of_hostile_records(tiny_api, acme, dlt_home, monkeypatch):
    """Names of fields, values and reasons of skips reach the terminal without what it would obey."""
    acme(
        Resource("things", data_selector="data"),
        Resource("parts", path="/things/{things.id}/parts", data_selector="data", skip_statuses=404),
        auth=APIKeyAuth("X-Api-Key", Secret("api_key")),
        paginator=NextLinkPaginator(),
    )
    monkeypatch.setenv("SOURCES__ACME__API_KEY", "hunter2-of-previews")
    record = {"id": f"a{ALL_HOSTILE}", f"name{ALL_HOSTILE}": ALL_HOSTILE, "nested": {ALL_HOSTILE: [ALL_HOSTILE]}}
    tiny_api.says("/things", {"data": [record], "next": None})

    shown = {
        what: CliRunner().invoke(cli, ["preview", what]).output
        for what in ("acme.things", "acme.parts", f"acme.{ALL_HOSTILE}")
    }

    for text in shown.values():
        assert text
        assert controls(text) == set()
        assert "forged line" not in [line.strip() for line in text.splitlines()]
    assert "answered 404" in shown["acme.parts"]


def test_a_setting_that_is_hostile(acme, dlt_home):
    """What somebody typed or pasted is shown without it, too."""
    acme("things", base_url=Setting("base_url"))

    for value in (f"https://{ALL_HOSTILE}.example", f"https://api.example.com/{ALL_HOSTILE}?x"):
        with pytest.raises(SettingError) as caught:
            list(sdk.read("acme", "things", base_url=value, **BASE))
        assert controls(str(caught.value)) == set()
