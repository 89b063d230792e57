"""Cassettes: what is recorded holds no secret and no port, and what is played is what is asked."""

from __future__ import annotations

import base64
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest
import requests
import yaml

from sdk import transport
from sdk.redaction import conceal
from sdk.testing.cassettes import (
    Cassette,
    CassetteError,
    LeakError,
    UnrecordedRequestError,
    made_up_secret,
    path_of,
    playing,
    recording,
    stored_origin,
)
from sdk.testing.scrubbing import Scrubber

SECRETS = {"api_key": made_up_secret("acme", "api_key")}
KEY = SECRETS["api_key"]
HERE = stored_origin("acme")


def ask(url: str, key: str = KEY, **facts: Any) -> requests.Response:
    """Send a request as the client does, its key in a header."""
    headers = {**transport.HEADERS, "Authorization": f"Bearer {key}", **facts.pop("headers", {})}
    with transport.session() as session:
        prepared = requests.Request(facts.pop("method", "GET"), url, headers=headers, **facts).prepare()
        response = session.send(prepared, stream=True, timeout=5)
        response._content = transport.body(response, 10_000, 5.0)
        return response


@pytest.fixture
def path(tmp_path: Path) -> Path:
    """Return where a cassette of the connector `acme` would lie."""
    return path_of(tmp_path, "acme", "test_it")


@pytest.fixture
def record(tiny_api: Any, path: Path) -> Callable[[], Any]:
    """Return a context manager that records from the tiny API."""
    return lambda: recording(path, Scrubber(SECRETS, tiny_api.url, HERE))


@contextmanager
def played(path: Path) -> Iterator[Cassette]:
    """Play a cassette, which must be played to its end."""
    with playing(path) as cassette:
        yield cassette
        cassette.check()


def test_played_as_recorded(tiny_api: Any, record: Any, path: Path) -> None:
    """What was answered once is answered again: status, body, and the headers that matter, in turn."""
    tiny_api.says(
        "/a",
        tiny_api.reply({"code": "slow"}, 429, {"Retry-After": "3"}),
        tiny_api.reply([1, "ü"], 200, {"Link": '</a?page=2>; rel="next"'}),
    )
    with record():
        first = [ask(f"{tiny_api.url}/a?x=1&x=2") for _ in range(2)]
    tiny_api.forget()
    with played(path) as cassette:
        again = [ask(f"{HERE}/a?x=1&x=2") for _ in range(2)]

    assert [429, 200] == [one.status_code for one in first] == [one.status_code for one in again]
    assert [{"code": "slow"}, [1, "ü"]] == [one.json() for one in first] == [one.json() for one in again]
    assert ["3", None] == [one.headers.get("retry-after") for one in again]
    assert '</a?page=2>; rel="next"' == again[1].headers["Link"]
    assert [f"{HERE}/a?x=1&x=2"] * 2 == [one.uri for one in cassette.requests]
    assert [] == tiny_api.asked


def test_no_port(tiny_api: Any, record: Any, path: Path) -> None:
    """The address that was recorded is nowhere: a stored one stands in links, bodies and encoded parameters."""
    quoted = tiny_api.url.replace(":", "%3A").replace("/", "%2F")
    body = {"next": f"{tiny_api.url}/a?page=2", "back": f"/login?to={quoted}"}
    tiny_api.says("/a", tiny_api.reply(body, 200, {"Link": f'<{tiny_api.url}/a?page=2>; rel="next"'}))
    with record():
        ask(f"{tiny_api.url}/a?back={quoted}")
    with played(path):
        again = ask(f"{HERE}/a?back=https%3A%2F%2Facme.test")

    assert {"next": f"{HERE}/a?page=2", "back": "/login?to=https%3A%2F%2Facme.test"} == again.json()
    assert f"{HERE}/a?page=2" == again.links["next"]["url"]
    assert "127.0.0.1" not in path.read_text()


def test_no_secret(tiny_api: Any, record: Any, path: Path) -> None:
    """No secret is stored, in no encoding, wherever it was sent or sent back; which one was sent where is."""
    basic = base64.b64encode(f"{KEY}:X".encode()).decode()
    cookie = {"Set-Cookie": "session=abcdef", "X-Echo": KEY, "X-RateLimit-Remaining": "9", "Via": "a proxy"}
    tiny_api.answer("/a", lambda asked: tiny_api.reply({"echo": asked.target, "key": [KEY, basic]}, 200, cookie))
    with record():
        ask(f"{tiny_api.url}/a?sig={KEY}", headers={"Cookie": "session=abcdef", "X-Basic": f"Basic {basic}"})
    text = path.read_text()
    [stored] = yaml.safe_load(text)["interactions"]

    assert not [form for form in (KEY, basic[:20], "abcdef", "Bearer") if form in text]
    assert stored["request"] == {
        "method": "GET",
        "uri": f"{HERE}/a?sig=***",
        "headers": {
            "Accept": ["application/json"],
            "credentials": ["Authorization=api_key, X-Basic=api_key, query=api_key"],
        },
        "body": None,
    }
    # By its clock a later run decides where to begin.
    assert stored["response"]["headers"].pop("Date")
    assert {"Content-Type": ["application/json"], "X-RateLimit-Remaining": ["9"]} == stored["response"]["headers"]
    with played(path):
        again = ask(f"{HERE}/a?sig={KEY}", headers={"X-Basic": f"Basic {basic}"}).json()
    # What is left of the Base64 is the password's, not the key's.
    assert {"echo": "/a?sig=***", "key": ["***", "***Olg="]} == again


def test_token_that_a_response_brings(tiny_api: Any, record: Any, path: Path) -> None:
    """A token that becomes known only by the answer is taken out of that answer too."""
    token = "granted-for-one-hour-3141"
    tiny_api.says("/token", {"granted": token})
    with record():
        conceal(ask(f"{tiny_api.url}/token").json()["granted"])

    assert token not in path.read_text()


@pytest.mark.parametrize(
    "planted",
    [
        {"client_secret": "6dTgZ0uYxQ"},
        {"note": "send Authorization: Bearer 6dTgZ0uYxQ"},
        {"next": "/a?api_key=6dTgZ0uYxQ"},
        {"next": "https://me:6dTgZ0uYxQ@acme.test/"},
        {"note": "eyJhbGciOiJIUzI1NiJ9.eyJzdWIiOiIxIn0.c2lnbmF0dXJl"},
        {"note": "-----BEGIN RSA PRIVATE KEY-----"},
        {"note": "AKIAABCDEFGHIJKLMNOP"},
    ],
)
def test_secret_shapes(tiny_api: Any, record: Any, path: Path, planted: dict[str, str]) -> None:
    """What looks like a secret is not written, though nobody announced it; the refusal does not show it."""
    tiny_api.says("/a", planted)
    with (
        pytest.raises(LeakError, match=r"is not written, since it holds line [0-9]+: ") as caught,
        record(),
    ):
        ask(f"{tiny_api.url}/a")

    assert not path.exists()
    assert not [value for value in planted.values() if value[-10:] in str(caught.value)]


def test_body_that_cannot_be_searched(tiny_api: Any, record: Any, path: Path) -> None:
    """A body that is no text is refused."""
    tiny_api.says("/a", tiny_api.reply(b"\xff\xfe\x00"))
    with pytest.raises(LeakError, match="no UTF-8 text"), record():
        ask(f"{tiny_api.url}/a")

    assert not path.exists()


@pytest.fixture
def recorded(tiny_api: Any, record: Any, path: Path) -> Path:
    """Record three requests, one of them with a body."""
    for name in ("/a", "/b"):
        tiny_api.says(name, {"here": name})
    with record():
        ask(f"{tiny_api.url}/a?page=1&empty=")
        ask(f"{tiny_api.url}/a?page=2&empty=")
        ask(f"{tiny_api.url}/b", method="POST", json={"since": 1})
    return path


@pytest.mark.parametrize(
    ("target", "facts", "message"),
    [
        (
            "/a?page=3&empty=",
            {},
            "holds no answer to GET /a?page=3&empty=; nearest is GET /a?page=1&empty=: page is '3', recorded '1'",
        ),
        (
            "/a?page=1",
            {},
            "holds no answer to GET /a?page=1; nearest is GET /a?page=1&empty=: empty is absent, recorded ''",
        ),
        (
            "/b",
            {"method": "POST", "json": {"since": 2}},
            "holds no answer to POST /b; nearest is POST /b: the body differs",
        ),
        (
            "/a?page=1&empty=",
            {"key": "somebody-else"},
            "nearest is GET /a?page=1&empty=: credentials sent are none that are right, recorded Authorization=api_key",
        ),
        ("/c", {}, "holds no answer to GET /c; nearest is GET /a?page=1&empty=: path is '/c', recorded '/a'"),
    ],
    ids=["parameter", "empty parameter", "body", "wrong credential", "path"],
)
def test_unrecorded(recorded: Path, target: str, facts: dict[str, Any], message: str) -> None:
    """A request that was not recorded fails, also for its body or its key; the message says what is different."""
    with pytest.raises(UnrecordedRequestError) as caught, playing(recorded):
        ask(f"{HERE}{target}", **facts)

    assert message in str(caught.value)
    assert str(caught.value).startswith("test_it.yaml ")
    assert str(caught.value).endswith("; record it anew with `pytest --record` if it is meant")


def test_asked_once_more(recorded: Path) -> None:
    """An answer is played once: who asks in a circle does not get it again."""
    with playing(recorded):
        ask(f"{HERE}/a?page=1&empty=")
        with pytest.raises(UnrecordedRequestError) as caught:
            ask(f"{HERE}/a?page=1&empty=")

    assert "holds no further answer to GET /a?page=1&empty=: asked 2 times, recorded 1" in str(caught.value)


def test_not_played_to_the_end(recorded: Path) -> None:
    """A cassette that holds what nobody asked for fails: a reader that stops too early cannot pass."""
    with playing(recorded) as cassette:
        ask(f"{HERE}/a?page=1&empty=")
        with pytest.raises(CassetteError) as caught:
            cassette.check()

    first = f"GET {HERE}/a?page=2&empty="
    assert f"test_it.yaml holds 2 requests that were not sent; the first: {first}" == str(caught.value)
    assert not cassette.all_played


def test_swallowed_failure(recorded: Path) -> None:
    """An unrecorded request fails the test also where somebody caught its error."""
    with playing(recorded) as cassette:
        with pytest.raises(UnrecordedRequestError):
            ask(f"{HERE}/c")
        with pytest.raises(CassetteError, match="holds no answer to GET /c"):
            cassette.check()


def test_settings_and_clock(record: Any, path: Path) -> None:
    """The start of a run is played as it was recorded; other settings than those recorded fail."""
    with record() as cassette:
        cassette.opening({"workspaces": (1, 2)}, lambda: {"clock": "2025-06-01T12:00:00Z"})
    with played(path) as cassette:
        opening = cassette.opening({"workspaces": [1, 2]}, lambda: {"clock": "tomorrow"})
        with pytest.raises(CassetteError, match="opens the connector more often than"):
            cassette.opening({}, dict)
    with playing(path) as cassette, pytest.raises(CassetteError, match="recorded with the settings"):
        cassette.opening({"workspaces": [3]}, dict)

    assert "2025-06-01T12:00:00Z" == opening["clock"]


def test_truth(record: Any, path: Path) -> None:
    """What the account held is stored exactly, and given for the same question only."""
    records = [{"id": 2**63, "name": "Büro\u2028 12:30", "none": None, "price": 1e-7, "on": "no", "day": "2024-01-01"}]
    with record() as cassette:
        cassette.truth("tickets", lambda: records)
    with played(path) as cassette:
        assert records == cassette.truth("tickets", list)
    with playing(path) as cassette, pytest.raises(CassetteError, match="holds the truth of tickets, not agents"):
        cassette.truth("agents", list)


def test_same_text(tiny_api: Any, record: Any, path: Path) -> None:
    """Recorded again, nothing has changed: there is no date, no port and no order of chance in a cassette."""
    tiny_api.says("/a", tiny_api.reply({"b": [1.50, "x\ny", "🐌"], "a": {}}, 200, {"X-Request-Id": "1"}))
    texts = []
    for _ in range(2):
        with record():
            ask(f"{tiny_api.url}/a")
        texts.append(path.read_text(encoding="utf-8"))
        tiny_api.says("/a", tiny_api.reply({"b": [1.50, "x\ny", "🐌"], "a": {}}, 200, {"X-Request-Id": "2"}))

    assert texts[0] == texts[1]


def test_not_kept(tiny_api: Any, record: Any, path: Path) -> None:
    """What a failed test recorded is not written, and neither is what an exception ended."""
    with record() as cassette:
        ask(f"{tiny_api.url}/a")
        cassette.keep = False
    with pytest.raises(ZeroDivisionError), record():
        raise ZeroDivisionError

    assert not path.exists()


def test_no_cassette(path: Path) -> None:
    """A test that was never recorded says how to record it."""
    with pytest.raises(CassetteError) as caught, playing(path):
        pass

    assert "no cassette acme/test_it.yaml; record it anew with `pytest --record`" == str(caught.value)
