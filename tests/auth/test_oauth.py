"""OAuth 2.0 for programs."""

from __future__ import annotations

import logging
import traceback
from base64 import b64encode
from collections.abc import Callable
from typing import Any

import attrs
import pytest
from requests import PreparedRequest

from sdk.auth import OAuth2ClientCredentials, OAuth2RefreshToken, Refreshable
from sdk.auth.oauth import _seconds
from sdk.errors import DeclarationError, ReadError, ResponseError, SettingError
from sdk.placeholders import Secret, Setting, fill, placeholders
from sdk.redaction import redact

SECRET = "q7 secret/&"

Server = Any
Prepare = Callable[..., PreparedRequest]


def client(server: Server, **changes: Any) -> OAuth2ClientCredentials:
    """Return client credentials for *server*."""
    return OAuth2ClientCredentials(server.url, "the client", SECRET, **changes)


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


@pytest.mark.parametrize(
    ("changes", "authorization", "form"),
    [
        ({}, "Basic " + b64encode(b"the+client:q7+secret%2F%26").decode(), {}),
        ({"send_as": "post"}, None, {"client_id": "the client", "client_secret": SECRET}),
        (
            {"scope": "a b", "access_token_request_data": {"audience": "x", "flag": True, "none": None}},
            "Basic " + b64encode(b"the+client:q7+secret%2F%26").decode(),
            {"scope": "a b", "audience": "x", "flag": "true"},
        ),
    ],
)
def test_token_request(server: Server, prepared: Prepare, changes: Any, authorization: str, form: Any) -> None:
    """Id and secret go in a form-encoded Basic header, or in the body; never in both."""
    request = client(server, **changes)(prepared())

    assert "Bearer token-1" == request.headers["Authorization"]
    assert [("/oauth/token", authorization, {"grant_type": "client_credentials", **form})] == [
        (asked.path, asked.authorization, asked.form) for asked in server.asked
    ]


def test_public_client(server: Server, prepared: Prepare) -> None:
    """A client without a secret is named in the body, whatever `send_as` says."""
    OAuth2RefreshToken(server.url, "the client", "", "q7-refresh-0")(prepared())

    assert [(None, {"grant_type": "refresh_token", "refresh_token": "q7-refresh-0", "client_id": "the client"})] == [
        (asked.authorization, asked.form) for asked in server.asked
    ]


@pytest.mark.parametrize(
    ("stated", "serves_for"),
    [
        ({"expires_in": 100}, 90),
        ({"expires_in": "100"}, 90),
        ({"expires_in": "1e2"}, 90),
        ({}, 7140),
        ({"expires_in": None}, 7140),
        ({"expires_in": "soon"}, 7140),
        ({"expires_in": 0}, 7140),
    ],
)
def test_refreshed_ahead_of_expiry(server: Server, clock: Any, prepared: Prepare, stated: Any, serves_for: int) -> None:
    """A token serves until a margin before it expires; what the server does not say is assumed."""
    server.says({"access_token": "q7-first", **stated}, {"access_token": "q7-second"})
    auth = client(server, default_token_expiration=7200)
    seen = []
    for moment in (0, serves_for - 1, serves_for):
        clock.now = 1000.0 + moment
        seen.append(auth(prepared()).headers["Authorization"])

    assert ["Bearer q7-first", "Bearer q7-first", "Bearer q7-second"] == seen


def test_twenty_threads_one_token(server: Server, clock: Any, prepared: Prepare, together: Any) -> None:
    """Twenty threads that find the token expired cause one token request, and all use its token."""
    auth = client(server)
    auth(prepared())
    clock.now += 3600

    assert {"Bearer token-2"} == set(together(20, lambda: auth(prepared()).headers["Authorization"]))
    assert 2 == len(server.asked)


def test_twenty_refused_requests_one_refresh(server: Server, prepared: Prepare, together: Any) -> None:
    """A token that is refused before its time is replaced once, however many requests carried it."""
    auth = client(server)
    stale = [auth(prepared()) for _ in range(20)]
    answers = together(20, lambda: auth.refresh(stale.pop()))

    assert isinstance(auth, Refreshable)
    assert [True] * 20 == answers
    assert (2, "Bearer token-2") == (len(server.asked), auth(prepared()).headers["Authorization"])


def test_no_reason_to_try_again(server: Server, prepared: Prepare) -> None:
    """A request that carried no token, or a server that gives the refused one again, gets no second try."""
    server.says({"access_token": "q7-same"})
    auth = client(server)
    stale = auth(prepared())

    assert [False, False] == [auth.refresh(prepared()), auth.refresh(stale)]


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


@pytest.mark.parametrize(
    ("body", "text"),
    [
        ({"token": "q7"}, "answered 200, without an access token at 'access_token'; its keys are 'token'"),
        (
            {"ok": False, "error": "invalid_auth"},
            (
                "answered 200 with error 'invalid_auth', without an access token at 'access_token'; "
                "its keys are 'ok', 'error'"
            ),
        ),
        ({"access_token": ""}, "answered 200, without an access token at 'access_token'; its keys are 'access_token'"),
        (
            {"access_token": "q7-a\r\nX: y"},
            "answered 200, with an access token that no header can carry; its keys are 'access_token'",
        ),
        (b"", "answered 200, without an access token at 'access_token'; the answer is no JSON object"),
    ],
)
def test_answers_without_a_token(server: Server, prepared: Prepare, body: Any, text: str) -> None:
    """A success without a token is a failure that says what was there."""
    server.says(body)

    with pytest.raises(ResponseError) as caught:
        client(server)(prepared())

    assert (f"token endpoint {server.url} {text}", 200) == (str(caught.value), caught.value.status)


def test_token_elsewhere(server: Server, prepared: Prepare) -> None:
    """The token is taken from where the declaration says it is."""
    server.says({"data": {"token": "q7-inner"}})

    assert "Bearer q7-inner" == client(server, access_token_path="data.token")(prepared()).headers["Authorization"]


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


def test_repr() -> None:
    """What is no secret shows, the URL without its query."""
    auth = OAuth2ClientCredentials("https://h/token?k=q7", "c", Secret("s"), access_token_request_data={"a": "b"})

    assert (
        "OAuth2ClientCredentials(access_token_url='https://h/token', client_id='***', scope=None, "
        "access_token_request_data={'a': '***'}, send_as='basic', default_token_expiration=3600, "
        "access_token_path='access_token', safety_margin=60, "
        f"client_secret={Secret('s')!r})" == repr(auth)
    )


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


@pytest.mark.parametrize(
    ("stated", "seconds"),
    [(60, 60.0), ("3599.5", 3599.5), (True, None), ("inf", None), (10**400, None), ([], None), (-5, None)],
)
def test_lifetimes(stated: Any, seconds: float | None) -> None:
    """A lifetime that cannot be one counts as not stated."""
    assert seconds == _seconds(stated)
