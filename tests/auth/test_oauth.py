"""OAuth 2.0 for programs."""

from __future__ import annotations

from base64 import b64encode
from collections.abc import Callable
from typing import Any

import pytest
from requests import PreparedRequest

from sdk.auth import OAuth2ClientCredentials, Refreshable
from sdk.auth.oauth import _seconds
from sdk.errors import ResponseError
from sdk.placeholders import Secret

SECRET = "q7 secret/&"

Server = Any
Prepare = Callable[..., PreparedRequest]


def client(server: Server, **changes: Any) -> OAuth2ClientCredentials:
    """Return client credentials for *server*."""
    return OAuth2ClientCredentials(server.url, "the client", SECRET, **changes)


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
    ("stated", "seconds"),
    [(60, 60.0), ("3599.5", 3599.5), (True, None), ("inf", None), (10**400, None), ([], None), (-5, None)],
)
def test_lifetimes(stated: Any, seconds: float | None) -> None:
    """A lifetime that cannot be one counts as not stated."""
    assert seconds == _seconds(stated)
