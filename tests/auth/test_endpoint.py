"""One question to a token endpoint."""

from __future__ import annotations

import logging
import socket
from pathlib import Path
from typing import Any

import pytest

from sdk.auth import endpoint
from sdk.auth.endpoint import Answer, TokenError, ask, shown_url
from sdk.redaction import conceal

FORM = [("grant_type", "client_credentials"), ("client_secret", "q7-form-secret")]

# `tests.auth.conftest` cannot be imported in importlib mode, so its types are `Any` here.
Server = Any


def refusal(url: str) -> TokenError:
    """Return the error that asking *url* ends in."""
    with pytest.raises(TokenError) as caught:
        ask(url, FORM)
    return caught.value


def test_answer(server: Server) -> None:
    """The form goes out as one POST, and the answer comes back decoded."""
    server.says({"access_token": "q7-a", "n": 1})

    assert Answer(server.url, 200, {"access_token": "q7-a", "n": 1}) == ask(server.url + "?t=1", FORM, "Basic q7")
    assert [("/oauth/token?t=1", "Basic q7", dict(FORM))] == [(a.path, a.authorization, a.form) for a in server.asked]


@pytest.mark.parametrize("passing", [429, 500, 503, None])
def test_what_passes_is_repeated(server: Server, slept: list[float], passing: int | None) -> None:
    """Too many requests, a failing server and a lost connection are asked again, up to three times."""
    again = None if passing is None else server.reply({}, passing)
    server.says(again, again, again, {"access_token": "q7-a"})

    assert Answer(server.url, 200, {"access_token": "q7-a"}) == ask(server.url, FORM)
    assert [1.0, 2.0, 4.0] == slept


def test_what_does_not_pass(server: Server, slept: list[float]) -> None:
    """The fourth failure is the last."""
    server.says(server.reply({"message": "q7"}, 503))

    error = refusal(server.url)

    assert (f"token endpoint {server.url} answered 503; its keys are 'message'", 503) == (str(error), error.status)
    assert (4, [1.0, 2.0, 4.0]) == (len(server.asked), slept)


def test_a_wait_that_the_server_names(server: Server, slept: list[float]) -> None:
    """`Retry-After` is obeyed, within reason; a date there is not read."""
    server.says(
        server.reply({}, 429, {"Retry-After": "7"}),
        server.reply({}, 429, {"Retry-After": "86400"}),
        server.reply({}, 503, {"Retry-After": "Sat, 21 Nov 2026 04:00:00 GMT"}),
        {"access_token": "q7-a"},
    )
    ask(server.url, FORM)

    assert [7.0, 30.0, 4.0] == slept


@pytest.mark.parametrize(
    ("body", "status", "text", "code"),
    [
        (
            {"error": "invalid_client", "error_description": "q7-echo"},
            401,
            (
                "answered 401 with error 'invalid_client'; its keys are 'error', 'error_description'; "
                "check client_id, client_secret and send_as"
            ),
            "invalid_client",
        ),
        ({"error": "Key q7-echo unknown"}, 400, "answered 400; its keys are 'error'", ""),
        ({"error": {"q7": 1}, "q7 echo\n": 1}, 403, "answered 403; its keys are 'error' and 1 more", ""),
        (b"<html>q7-echo</html>", 404, "answered 404; the answer is no JSON object", ""),
        (["q7-echo"], 400, "answered 400; the answer is no JSON object", ""),
        (
            b"",
            302,
            (
                "answered 302, a redirect, which is not followed with credentials; check access_token_url; "
                "the answer is no JSON object"
            ),
            "",
        ),
        (b" " * 70000, 200, "answered with more than 65536 bytes", ""),
    ],
)
def test_refusals(server: Server, body: Any, status: int, text: str, code: str) -> None:
    """An error says where, the status, a short machine code and the keys, and nothing that the server wrote freely."""
    server.says(server.reply(body, status, {"Location": server.url}))

    error = refusal(server.url + "?q7=echo")

    assert f"token endpoint {server.url} {text}" == str(error)
    assert (code, f"POST {server.url}") == (error.code, error.request)
    assert 1 == len(server.asked)


def test_nobody_there(slept: list[float]) -> None:
    """When nobody answers, the error names its kind, and no trace of the URL's query or of the old error."""
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))  # bound and not listening: connections are refused
        url = f"http://127.0.0.1:{taken.getsockname()[1]}/token"
        error = refusal(f"{url}?key=q7-query")

    assert f"token endpoint {url} could not be asked: ConnectionError; check access_token_url and the network" == str(
        error
    )
    assert (None, None, None) == (error.__cause__, error.__context__, error.status)
    assert 3 == len(slept)


def test_a_dripping_server(server: Server, monkeypatch: pytest.MonkeyPatch) -> None:
    """An answer as a whole has its time, however steadily its bytes arrive."""
    monkeypatch.setattr(endpoint, "_ANSWER_SECONDS", -1.0)

    error = refusal(server.url)

    assert str(error).startswith(f"token endpoint {server.url} could not be asked: ReadTimeout")


def test_surroundings_are_ignored(server: Server, monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """Neither a proxy nor a `.netrc` of the machine gets at the credentials."""
    netrc = tmp_path / "netrc"
    netrc.write_text("machine 127.0.0.1 login other password q7-other\n")
    monkeypatch.setenv("NETRC", str(netrc))
    monkeypatch.setenv("HTTP_PROXY", "http://127.0.0.1:9")
    monkeypatch.setenv("NO_PROXY", "")
    ask(server.url, FORM)

    assert [None] == [asked.authorization for asked in server.asked]


def test_logs(server: Server, caplog: pytest.LogCaptureFixture) -> None:
    """At the finest level of logging no secret of the form is written down."""
    caplog.set_level(logging.DEBUG)
    conceal("q7-form-secret")
    ask(server.url, FORM, "Basic q7-authorization")

    assert "q7-form-secret" not in caplog.text
    assert "q7-authorization" not in caplog.text


def test_shown_url() -> None:
    """What may hold a secret is left out."""
    assert "https://h.example:8443/a/b" == shown_url("https://user:q7@h.example:8443/a/b?k=q7#q7")
