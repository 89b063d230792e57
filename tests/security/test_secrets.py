"""Secrets that are awkward: short, alike, in pieces, in other scripts; and where a link repeats one."""

from __future__ import annotations

import html
import json
from base64 import b64encode
from typing import Any, Final
from urllib.parse import quote

import pytest
import requests
from requests.auth import AuthBase

import sdk
from sdk import APIKeyAuth, AuthFrom, BearerTokenAuth, Resource, RetryPolicy, Secret, hookimpl
from sdk.client import Client
from sdk.messages import Page, Request
from sdk.redaction import cleanse, conceal, holds_secret, is_secret, redact

BASE: Final = {"start_date": "2026-01-01", "overrides": [], "in_flight": 1, "share_limits": False, "trust_env": False}
KEY: Final = "s3cr/et+Zq~8x=K9"

AWKWARD: Final = (
    "a.c*(x|y)[0]$^\\",
    "k%41%2F%252e",
    "12345678901234567890",
    "abcd",
    "'\"\\'\"",
    "it's-a-key",
    "***x***",
    "{0}{x!r}%s%(a)s",
    "~" * 40,
    "-----BEGIN-KEY-----",
)


@pytest.mark.parametrize("secret", AWKWARD)
def test_awkward_secrets_are_hidden_in_every_form(secret, outputs, tiny_api, acme, no_waiting):
    """Sent as they are, echoed in each way, and nowhere afterwards."""
    acme("things", auth=BearerTokenAuth(Secret("api_key")), retry=RetryPolicy(attempts=1))
    tiny_api.says("/things", tiny_api.reply({"code": secret, "error": secret}, 418))

    with pytest.raises(sdk.ReadError) as caught:
        list(sdk.read("acme", "things", api_key=secret, **BASE))

    outputs.raised(caught.value)
    raw = secret.encode()
    told = [secret, quote(secret, safe=""), quote(quote(secret, safe=""), safe=""), raw.hex(), html.escape(secret)]
    told += [json.dumps(secret), repr({"'": '"', "k": secret}), b64encode(raw).decode(), repr(f"'\"{secret}")]
    for text in told:
        outputs.add("redacted", redact(f"<{text}>"))
    assert tiny_api.asked[0].headers["Authorization"] == f"Bearer {secret}"
    assert outputs.found(secret) == []


@pytest.mark.parametrize("order", [1, -1])
def test_secrets_that_begin_alike(order):
    """The longest that stands there is hidden whole, in each encoding."""
    for secret in ["key-of-1", "key-of-1-and-2", "key-of-1-and-2-and-3"][::order]:
        conceal(secret)

    for form in (str, lambda text: text.encode().hex(), lambda text: quote(text, safe=""), lambda text: f"x{text}"):
        assert redact(form("key-of-1-and-2-and-3")).replace("x", "") == "***"


@pytest.mark.parametrize("secret", ["a", "7", "X1", "ab", "abc"])
def test_a_short_secret_takes_no_message_with_it(secret):
    """It is hidden where it stands by itself; inside of words and numbers it is a coincidence."""
    conceal(secret)
    text = "acme.things: GET /tabs/171 answered 418 (abacus7); X11 abcd babc"

    assert redact(text) == text
    assert redact(f"pin={secret}&page=2 '{secret}' {secret}") == "pin=***&page=2 '***' ***"


def test_a_secret_of_digits_stays_out_of_numbers_of_json():
    """A key of digits is echoed as a number by APIs that take it for one."""
    conceal("12345678901234567890")

    assert redact('{"key": 12345678901234567890}') == '{"key": ***}'


@pytest.fixture
def stored(monkeypatch) -> list[str]:
    """Return what each request looks like that is asked, as a checkpoint would hold it."""
    seen: list[str] = []
    fetch = Client.fetch

    def noting(self: Any, resource: Any, request: Request, *args: Any) -> Page:
        page = fetch(self, resource, request, *args)
        seen.append(f"{json.dumps(request.to_dict())} {request} {request!r} {request.identity} {page!r}")
        return page

    monkeypatch.setattr(Client, "fetch", noting)
    return seen


@pytest.mark.parametrize("location", ["query", "header"])
@pytest.mark.parametrize("where", ["link", "relative", "header", "query"])
def test_a_next_link_that_repeats_the_key(  # noqa: PLR0913, PLR0917 - each is a place to look at
    location, where, stored, outputs, tiny_api, acme
):
    """The key is taken out of the next request, so no checkpoint holds it, and is sent with it all the same."""
    paginators = {"header": sdk.HeaderLinkPaginator(), "query": sdk.NextLinkPaginator(take="query")}
    acme(
        Resource("things", data_selector="data", params={"of": "a b"}),
        auth=APIKeyAuth("sig", Secret("api_key"), location=location),
        paginator=paginators.get(where, sdk.NextLinkPaginator()),
    )

    def answer(asked: Any) -> Any:
        page = int(asked.query.get("page", "1"))
        again = f"page={page + 1}&sig={quote(KEY, safe='')}&of=a%20b&token={quote(KEY)}"
        link = f"?{again}" if where == "relative" else f"{tiny_api.url}/things?{again}"
        more = page < 3
        headers = {"Link": f'<{link}>; rel="next"'} if more and where == "header" else {}
        return tiny_api.reply({"data": [{"id": page}], "next": link if more else None}, 200, headers)

    tiny_api.answer("/things", answer)

    assert list(sdk.read("acme", "things", api_key=KEY, **BASE)) == [{"id": 1}, {"id": 2}, {"id": 3}]

    for number, text in enumerate(stored):
        outputs.add(f"request {number}", text)
    assert len(stored) == 3
    assert outputs.found(KEY) == []
    place = (lambda one: one.query["sig"]) if location == "query" else (lambda one: one.headers["sig"])
    assert [place(one) for one in tiny_api.asked] == [KEY] * 3
    assert [one.query["of"] for one in tiny_api.asked] == ["a b"] * 3


def test_what_an_author_put_into_the_parameters_stays():
    """There nobody would add it again; it is not the credentials'."""
    conceal(KEY)
    asked = Request("https://api.example.com/x", params={"sig": KEY})
    link = Request(f"https://api.example.com/x?page=2&sig={quote(KEY, safe='')}")

    assert link.without_credentials(asked) == link
    assert link.without_credentials(Request(asked.url)).url == "https://api.example.com/x?page=2"


def test_a_link_without_a_secret_keeps_its_spelling():
    """Parsing and joining again would send something else: an API may have signed it."""
    conceal(KEY)
    link = Request("https://api.example.com/x?b=%7e&a=1+2&&c&sig=abc%3D", params=[("a", "2")])

    assert link.without_credentials(Request("https://api.example.com/x")) is link


@pytest.mark.parametrize(
    ("text", "alone", "holds"),
    [
        (KEY, True, True),
        (f"Bearer {KEY}", True, True),
        (f"Token token={KEY}", True, True),
        (f"session={KEY}; other={KEY}", True, True),
        (f"page-2-{KEY}-x", False, True),
        ("2", False, False),
        ("", False, False),
    ],
)
def test_what_is_nothing_but_a_secret(text, alone, holds):
    """A token of pages that merely holds one is needed to go on; but it must not be stored."""
    conceal(KEY)

    assert (is_secret(text), holds_secret(text)) == (alone, holds)


class FailedError(Exception):
    """An exception of somebody else's, with more in it than its text."""


def test_an_exception_of_a_hook_is_cleansed():
    """Its type, its place and what is harmless in it stay; the request in it does not, nor what led to it."""
    conceal(KEY)
    prepared = requests.Request("GET", "https://api.example.com/", headers={"X-Api-Key": KEY}).prepare()
    harmless = {"status": 3}
    error = FailedError(f"'\"{prepared.headers}", prepared, harmless, 7)
    error.request = prepared  # type: ignore[attr-defined]
    error.add_note(f"sent {KEY}")

    with pytest.raises(FailedError) as caught:
        raise error from KeyError(f"no {KEY}")
    cleanse(caught.value)

    assert error.args[1:] == ("<PreparedRequest [GET]>", harmless, 7)
    assert error.args[2] is harmless
    assert vars(error) == {"request": "<PreparedRequest [GET]>", "__notes__": ["sent ***"]}
    assert str(error.__cause__) == "'no ***'"
    assert not holds_secret(f"{error} {error.args}")
    assert error.__traceback__ is not None


class Bare(AuthBase):
    """A scheme of another package, which checks nothing."""

    def __init__(self, key: str) -> None:
        self.key = key

    def __call__(self, r: Any) -> Any:
        """Return the request with the key in it."""
        r.headers["X-Key"] = self.key
        return r


@pytest.mark.parametrize("key", ["hunter2-of-\u201cquotes\u201d", "hunter2-of-\x00-nothing"])
def test_a_key_that_cannot_be_sent(key, outputs, tiny_api, acme):
    """The error that the library raises holds the whole header; ours is not chained to it, not even unseen."""
    acme("things", auth=AuthFrom(Bare, Secret("api_key")))

    with pytest.raises(sdk.ReadError, match=r"cannot be (sent|built): ") as caught:
        list(sdk.read("acme", "things", api_key=key, **BASE))

    outputs.raised(caught.value)
    assert (caught.value.__cause__, caught.value.__context__) == (None, None)
    assert outputs.found(key) == []
    assert tiny_api.asked == []


class Telling:
    """A plugin that looks at a page and fails with it."""

    @hookimpl
    def sdk_paginate(self, page: Page) -> None:
        """Fail with all that a page holds."""
        raise FailedError(f"{page} {page.url} {page.request}")


def test_a_page_shows_no_key_in_its_url(tiny_api, acme, outputs):
    """Plugins and paginators see where a page came from; a key in the query is no part of that."""
    acme("things", auth=APIKeyAuth("sig", Secret("api_key"), location="query"))
    tiny_api.says("/things", {"data": [{"id": 1}], "next": None})

    with pytest.raises(FailedError) as caught:
        list(sdk.read("acme", "things", plugins=[Telling()], api_key=KEY, **BASE))

    outputs.raised(caught.value)
    assert f"{tiny_api.url}/things" in str(caught.value)
    assert outputs.found(KEY) == []
