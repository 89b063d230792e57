"""Refresh tokens, and where they are kept."""

from __future__ import annotations

import logging
import traceback
from base64 import b64encode
from collections.abc import Callable
from typing import Any

import attrs
import pytest
from requests import PreparedRequest

from sdk.auth import OAuth2ClientCredentials, OAuth2RefreshToken
from sdk.errors import DeclarationError, ReadError, ResponseError, SettingError
from sdk.placeholders import Secret, Setting, fill, placeholders
from sdk.redaction import redact

SECRET = "q7 secret/&"

Server = Any
Prepare = Callable[..., PreparedRequest]


def user(server: Server, store: Any = None, **changes: Any) -> OAuth2RefreshToken:
    """Return a refresh token for *server*."""
    return OAuth2RefreshToken(server.url, "the client", SECRET, "q7-refresh-0", store, **changes)


class Journal:
    """A token store that keeps what happened to it, in order."""

    def __init__(self, kept: str | None = None, *, broken: bool = False) -> None:
        self.kept = kept
        self.broken = broken
        self.events: list[Any] = []

    def load(self) -> str | None:
        """Return what is kept."""
        return self.kept

    def save(self, refresh_token: str) -> None:
        """Keep it, or fail."""
        if self.broken:
            raise OSError(f"disk full at {refresh_token}")
        self.events.append(refresh_token)
        self.kept = refresh_token


def rotating(server: Server) -> None:
    """Let *server* replace the refresh token with each use, and accept the newest only."""
    valid = ["q7-refresh-0"]

    def answer(asked: Any, count: int) -> Any:
        if asked.form["refresh_token"] != valid[-1]:
            return server.reply({"error": "invalid_grant"}, 400)
        valid.append(f"q7-refresh-{count}")
        return server.reply({"access_token": f"q7-access-{count}", "refresh_token": valid[-1], "expires_in": 100})

    server.answer = answer


def used(server: Server) -> list[str]:
    """Return the refresh tokens that *server* was shown."""
    return [asked.form["refresh_token"] for asked in server.asked]


def test_public_client(server: Server, prepared: Prepare) -> None:
    """A client without a secret is named in the body, whatever `send_as` says."""
    OAuth2RefreshToken(server.url, "the client", "", "q7-refresh-0")(prepared())

    assert [(None, {"grant_type": "refresh_token", "refresh_token": "q7-refresh-0", "client_id": "the client"})] == [
        (asked.authorization, asked.form) for asked in server.asked
    ]


def test_rotation(server: Server, clock: Any, prepared: Prepare) -> None:
    """A new refresh token is saved before the access token that came with it is used, and used next."""
    rotating(server)
    store = Journal()
    auth = user(server, store)
    for _ in range(3):
        store.events.append(auth(prepared()).headers["Authorization"])
        clock.now += 100

    assert ["q7-refresh-0", "q7-refresh-1", "q7-refresh-2"] == used(server)
    assert [
        *("q7-refresh-1", "Bearer q7-access-1"),
        *("q7-refresh-2", "Bearer q7-access-2"),
        *("q7-refresh-3", "Bearer q7-access-3"),
    ] == store.events


def test_stored_token_comes_first(server: Server, prepared: Prepare) -> None:
    """A later run begins with the token that the run before it saved."""
    user(server, Journal("q7-refresh-stored"))(prepared())

    assert ["q7-refresh-stored"] == used(server)


def test_signing_in_anew(server: Server, prepared: Prepare) -> None:
    """When the stored token is refused the declared one is tried: whoever signed in anew has changed that one."""
    rotating(server)
    store = Journal("q7-refresh-dead")
    user(server, store)(prepared())

    assert ["q7-refresh-dead", "q7-refresh-0"] == used(server)
    assert "q7-refresh-2" == store.kept


def test_another_process_was_quicker(server: Server, prepared: Prepare) -> None:
    """A token that another process has used meanwhile is looked up again before giving up."""
    rotating(server)
    store = Journal()
    user(server, store)(prepared())
    newest, looks = store.kept, iter(["q7-refresh-0"])
    store.load = lambda: next(looks, newest)  # type: ignore[method-assign]
    user(server, store)(prepared())

    assert ["q7-refresh-0", "q7-refresh-0", "q7-refresh-1"] == used(server)


def test_another_process_took_over(server: Server, clock: Any, prepared: Prepare) -> None:
    """Once a new token is saved the store alone is asked, so that what another process saved since then counts."""
    store = Journal()
    server.says({"access_token": "q7-a", "refresh_token": "q7-refresh-1", "expires_in": 100})
    auth = user(server, store)
    auth(prepared())
    store.kept = "q7-refresh-of-another"
    clock.now += 100
    auth(prepared())

    assert ["q7-refresh-0", "q7-refresh-of-another"] == used(server)


def test_every_token_is_refused(server: Server, prepared: Prepare) -> None:
    """When none is valid the error says what to do; each was tried once."""
    rotating(server)
    auth = attrs.evolve(user(server, Journal("q7-refresh-x")), refresh_token="q7-refresh-y")

    with pytest.raises(ResponseError) as caught:
        auth(prepared())

    assert (
        f"token endpoint {server.url} answered 400 with error 'invalid_grant'; its keys are 'error'; "
        "the refresh token is spent or revoked; sign in again and set the new one" == str(caught.value)
    )
    assert ["q7-refresh-x", "q7-refresh-y"] == used(server)


def test_failed_save(server: Server, prepared: Prepare) -> None:
    """A token that could not be saved is not used up: it is kept, used next, and its successor saved."""
    rotating(server)
    store = Journal(broken=True)
    auth = user(server, store)

    with pytest.raises(ReadError) as caught:
        auth(prepared())
    store.broken = False
    header = auth(prepared()).headers["Authorization"]

    assert "token_store could not save the refresh token: OSError in Journal" == str(caught.value)
    assert caught.value.__context__ is None or caught.value.__context__.__context__ is None
    assert ("Bearer q7-access-2", ["q7-refresh-2"]) == (header, store.events)
    assert ["q7-refresh-0", "q7-refresh-1"] == used(server)


def test_rotation_without_a_store(
    server: Server, clock: Any, prepared: Prepare, caplog: pytest.LogCaptureFixture
) -> None:
    """Without a store the newest token lives as long as the value, and one warning says so."""
    rotating(server)
    auth = user(server)
    for _ in range(3):
        auth(prepared())
        clock.now += 100

    assert ["q7-refresh-0", "q7-refresh-1", "q7-refresh-2"] == used(server)
    assert [
        (
            f"token endpoint {server.url} replaces the refresh token with each use and there is no token_store to keep "
            "it: the next run needs a new one"
        )
    ] == [record.getMessage() for record in caplog.records if record.levelno == logging.WARNING]


def test_filling(server: Server, prepared: Prepare) -> None:
    """Every place is filled, also in the extra data, and a changed copy starts without the old one's token."""
    declared = OAuth2RefreshToken(
        Setting("url"),
        Setting("client"),
        Secret("client_secret"),
        Secret("refresh"),
        scope=Setting("scope"),
        access_token_request_data={"pin": Secret("pin")},
        send_as="post",
    )
    settings = {"client": "c", "client_secret": "q7-cs", "refresh": "q7-r", "scope": "s", "pin": "q7-pin"}
    auth = fill(declared, {"url": server.url, **settings})
    auth(prepared())
    again = attrs.evolve(auth)

    assert {"url", *settings} == {one.name for one in placeholders(declared)}
    assert {
        "grant_type": "refresh_token",
        "refresh_token": "q7-r",
        "scope": "s",
        "client_id": "c",
        "client_secret": "q7-cs",
        "pin": "q7-pin",
    } == server.asked[0].form
    assert auth == again
    assert "Bearer token-2" == again(prepared()).headers["Authorization"]


def test_nothing_is_shown(server: Server, prepared: Prepare, caplog: pytest.LogCaptureFixture) -> None:
    """No secret that was given or received is in a repr, an error, its traceback, a log, or passes the redactor."""
    caplog.set_level(logging.DEBUG)
    issued = {"access_token": "q7-issued-a", "refresh_token": "q7-issued-r", "id_token": "q7-issued-i"}
    server.says(issued, {"error": "invalid_client", "error_description": f"q7-issued-r {SECRET}"})
    server_answers = server.answer
    server.answer = lambda asked, count: attrs.evolve(server_answers(asked, count), status=200 if count == 1 else 401)
    auth = user(server, access_token_request_data={"password": "q7-data"})
    stale = auth(prepared())

    with pytest.raises(ResponseError) as caught:
        auth.refresh(stale)

    text = "".join([repr(auth), str(auth), *traceback.format_exception(caught.value), caplog.text])
    secrets = [SECRET, "q7-refresh-0", "q7-data", "q7-issued-a", "q7-issued-r", "q7-issued-i", "q7+secret%2F%26"]
    assert [] == [secret for secret in secrets if secret in text]
    assert "*** *** ***" == redact("q7-issued-a q7-issued-r q7-issued-i")
    assert "***" == redact(b64encode(b"the+client:q7+secret%2F%26").decode())


@pytest.mark.parametrize(
    ("url", "changes", "problems"),
    [
        ("ftp://h/q7?q7", {}, ("access_token_url 'ftp://h/q7' is no http(s) URL",)),
        ("https://[q7", {}, ("access_token_url is no URL",)),
        (
            "https://u:q7@h/t",
            {
                "send_as": "body",
                "default_token_expiration": 0,
                "safety_margin": -1,
                "access_token_path": "a[",
                "token_store": object(),
            },
            (
                "access_token_url holds a user name or password; use client_id and client_secret",
                "send_as 'body' is neither 'basic' nor 'post'",
                "default_token_expiration must be more than 0 seconds",
                "safety_margin must not be negative",
                "access_token_path 'a[' is neither a dotted path nor a JSONPath",
                "token_store must have load() and save(), a object has not",
            ),
        ),
    ],
)
def test_mistakes_in_a_declaration(url: str, changes: Any, problems: tuple[str, ...]) -> None:
    """All mistakes are found together, when the value is built."""
    with pytest.raises(DeclarationError) as caught:
        OAuth2RefreshToken(url, "c", "q7-secret", "q7-refresh", **changes)

    assert problems == caught.value.problems


def test_mistakes_in_a_setting() -> None:
    """A client needs its secret to prove itself, and a user a refresh token."""
    with pytest.raises(SettingError, match=r"^OAuth2ClientCredentials\.client_secret is empty$"):
        OAuth2ClientCredentials("https://h/token", "c", "")
    with pytest.raises(SettingError, match=r"^OAuth2RefreshToken\.refresh_token is empty$"):
        OAuth2RefreshToken("https://h/token", "c", "", " ")
