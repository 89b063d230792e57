"""Keys, tokens, user names and passwords."""

from __future__ import annotations

from base64 import b64decode, b64encode
from collections.abc import Callable
from typing import Any

import attrs
import pytest
from requests import PreparedRequest

from sdk.auth import APIKeyAuth, BearerTokenAuth, HttpBasicAuth
from sdk.errors import DeclarationError, SettingError
from sdk.placeholders import Secret, Setting, fill, placeholders, secret_names
from sdk.redaction import SecretValue, redact

KEY = "q7-key-of-the-tests"

Prepare = Callable[..., PreparedRequest]
Sent = Callable[..., dict[str, str]]


@pytest.mark.parametrize(
    ("auth", "headers"),
    [
        (APIKeyAuth("X-Key", KEY), {"X-Key": KEY}),
        (APIKeyAuth("Authorization", KEY, prefix="Token token="), {"Authorization": f"Token token={KEY}"}),
        (APIKeyAuth("Authorization", f"Bearer {KEY}", prefix="Token token="), {"Authorization": f"Bearer {KEY}"}),
        (
            APIKeyAuth("Authorization", f"Token token={KEY}", prefix="Token token="),
            {"Authorization": f"Token token={KEY}"},
        ),
        (APIKeyAuth("session", KEY, "cookie"), {"Cookie": f"session={KEY}"}),
        (BearerTokenAuth(KEY), {"Authorization": f"Bearer {KEY}"}),
        (HttpBasicAuth("key", "X"), {"Authorization": "Basic a2V5Olg="}),
        (HttpBasicAuth("key", ""), {"Authorization": "Basic a2V5Og=="}),
    ],
)
def test_headers(auth: Any, headers: dict[str, str], sent: Sent) -> None:
    """Each scheme writes its one header; a key that holds a scheme word is not prefixed again."""
    assert headers == sent(auth)


def test_header_replaces_an_older_value(sent: Sent) -> None:
    """Header names compare without case, so the key never goes out twice."""
    assert {"x-key": KEY} == {
        name.lower(): value for name, value in sent(APIKeyAuth("x-key", KEY), **{"X-Key": "old"}).items()
    }


def test_basic_is_utf8(sent: Sent) -> None:
    """Letters beyond ASCII are sent in UTF-8 (RFC 7617), where requests' own class would send Latin-1."""
    header = sent(HttpBasicAuth("jürgen", "pässwörd-€"))["Authorization"]

    assert "jürgen:pässwörd-€" == b64decode(header.removeprefix("Basic ")).decode()


@pytest.mark.parametrize(
    ("url", "expected"),
    [
        ("https://h/p", "https://h/p?k%5B%5D=a%2Bb%2Fc%3D%26d"),
        ("https://h/p?x=%7e%2f&x=1&&y", "https://h/p?x=%7e%2f&x=1&&y&k%5B%5D=a%2Bb%2Fc%3D%26d"),
        ("https://h/p?k[]=old&x=a+b&k%5b%5D=older#part", "https://h/p?x=a+b&k%5B%5D=a%2Bb%2Fc%3D%26d#part"),
    ],
)
@pytest.mark.parametrize("location", ["query", "param"])
def test_query(url: str, expected: str, location: Any) -> None:
    """The key replaces older values of its name, is encoded once, and leaves the rest byte for byte."""
    request = PreparedRequest()
    request.url = url

    assert expected == APIKeyAuth("k[]", "a+b/c=&d", location)(request).url


def test_query_key_again(prepared: Prepare) -> None:
    """A request that is authenticated again, for its second attempt, is the same request."""
    auth = APIKeyAuth("key", KEY, "query")

    assert f"https://api.example.com/items?key={KEY}" == auth(auth(prepared())).url


def test_cookies_are_kept(sent: Sent) -> None:
    """Other cookies stay as they are, an older one of the name goes."""
    auth = APIKeyAuth("session", KEY, "cookie")

    assert {"Cookie": f'a="1 2"; b=; session={KEY}'} == sent(auth, Cookie='a="1 2"; session=old; b=')


@pytest.mark.parametrize(
    ("make", "message"),
    [
        (
            lambda: APIKeyAuth("X Key", KEY, "body", prefix="Tok\n"),  # type: ignore[arg-type]
            (
                "APIKeyAuth: location 'body' is none of 'header', 'query', 'param', 'cookie'; "
                "name 'X Key' cannot name a body; prefix is for a key in a header only; "
                "prefix holds characters that no header can carry"
            ),
        ),
        (lambda: APIKeyAuth("", KEY, "query"), "APIKeyAuth: name '' cannot name a query"),
    ],
)
def test_mistakes_in_a_declaration(make: Callable[[], Any], message: str) -> None:
    """All mistakes are reported together, when the value is built."""
    with pytest.raises(DeclarationError) as caught:
        make()

    assert message == str(caught.value)


@pytest.mark.parametrize(
    ("make", "message"),
    [
        (lambda: BearerTokenAuth("  \n"), "BearerTokenAuth.token is empty"),
        (lambda: BearerTokenAuth(5), "BearerTokenAuth.token must be text, not int"),  # type: ignore[arg-type]
        (
            lambda: BearerTokenAuth(SecretValue("“q7-quoted”", "api_key")),
            (
                "BearerTokenAuth.token (secret 'api_key') holds characters that no header can carry; "
                "copy it again, without its quotes"
            ),
        ),
        (lambda: APIKeyAuth("c", "a;b-7", "cookie"), "APIKeyAuth.api_key holds a character that no cookie can carry"),
        (lambda: HttpBasicAuth("", KEY), "HttpBasicAuth.username is empty"),
        (lambda: HttpBasicAuth("a:b", KEY), "HttpBasicAuth.username holds a colon, which would end the user name"),
        (
            lambda: HttpBasicAuth("user", SecretValue("q7-\nline", "password")),
            (
                "HttpBasicAuth.password (secret 'password') holds a line break or another control character; "
                "was it copied whole?"
            ),
        ),
    ],
)
def test_mistakes_in_a_setting(make: Callable[[], Any], message: str) -> None:
    """A value that cannot be sent is refused at once, by the setting's name where there is one."""
    with pytest.raises(SettingError) as caught:
        make()

    assert message == str(caught.value)


def test_white_space_around_a_key(sent: Sent) -> None:
    """The line break at the end of a secret file is no part of the key, which still knows its setting."""
    auth = fill(BearerTokenAuth(Secret("token")), {"token": " q7-from-a-file\n"})
    basic = fill(HttpBasicAuth(Secret("user"), Secret("pass")), {"user": "user\n", "pass": "a b \r\n"})

    assert {"Authorization": "Bearer q7-from-a-file"} == sent(auth)
    assert {"Authorization": "Basic " + b64encode(b"user:a b ").decode()} == sent(basic)
    assert ("token",) == secret_names(auth)
    assert "***" == redact("q7-from-a-file")


@pytest.mark.parametrize(
    "declared",
    [
        APIKeyAuth("X-Key", Secret("key")),
        APIKeyAuth("X-Key", Secret("key"), "query"),
        BearerTokenAuth(Secret("key")),
        HttpBasicAuth(Secret("key"), "X"),
        HttpBasicAuth(Setting("key"), Secret("key")),
    ],
)
def test_filling(declared: Any, prepared: Prepare) -> None:
    """A declaration is a value with open places; filled it equals the one built with the secret, and shows none."""
    filled = fill(declared, {"key": "q7-filled"})

    assert {"key"} == {one.name for one in placeholders(declared)}
    assert [] == list(placeholders(filled))
    assert "q7-filled" not in repr(filled)
    assert filled == attrs.evolve(filled)
    with pytest.raises(TypeError, match="setting 'key' has no value yet"):
        declared(prepared())
    filled(prepared())


@pytest.mark.parametrize(
    ("auth", "text"),
    [
        (APIKeyAuth("k", KEY), "APIKeyAuth(name='k', api_key=SecretValue('***'), location='header', prefix='')"),
        (BearerTokenAuth(KEY), "BearerTokenAuth(token=SecretValue('***'))"),
        (HttpBasicAuth("user", KEY), "HttpBasicAuth(username='***', password=SecretValue('***'))"),
        (HttpBasicAuth(KEY, "X"), "HttpBasicAuth(username=SecretValue('***'), password='***')"),
    ],
)
def test_repr(auth: Any, text: str) -> None:
    """No secret shows, also none that was given as plain text."""
    assert text == repr(auth)


def test_dummy_password() -> None:
    """The constant beside a secret user name is no secret, or messages would lose every X; the pair is one."""
    fill(HttpBasicAuth(Secret("key"), "api_token_7"), {"key": "q7-user-key"})
    HttpBasicAuth("q7-plain-key", "X7")

    assert "api_token_7 X7 *** ***" == redact("api_token_7 X7 q7-user-key q7-plain-key")
    assert "*** ***" == redact("q7-plain-key:X7 cTctcGxhaW4ta2V5Olg3")


def test_plain_password() -> None:
    """A password beside a plain user name is hidden, alone and in the encoded pair; the user name is not."""
    HttpBasicAuth("somebody", "q7-pass")

    assert "somebody *** *** ***" == redact("somebody q7-pass somebody:q7-pass c29tZWJvZHk6cTctcGFzcw==")


def test_key_behind_a_scheme_word() -> None:
    """A server that echoes the bare key gives nothing away."""
    APIKeyAuth("Authorization", "Token token=q7-bare")

    assert "no such key: ***" == redact("no such key: q7-bare")
