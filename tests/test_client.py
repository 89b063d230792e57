"""One request until it has an answer that counts: what is repeated, what is refused, and what the error says."""

from __future__ import annotations

import gzip
import logging
import traceback
import zlib
from collections.abc import Callable
from datetime import timedelta
from email.utils import format_datetime
from pathlib import Path
from typing import Any

import pytest
import requests
from hypothesis import given
from hypothesis import strategies as st
from requests import PreparedRequest
from requests.auth import AuthBase

from sdk import (
    APIKeyAuth,
    BearerTokenAuth,
    HttpBasicAuth,
    MultiAuth,
    OAuth2ClientCredentials,
    RateLimit,
    Resource,
    RetryPolicy,
    Secret,
    hookimpl,
)
from sdk.client import Bounds, Client
from sdk.connector import Connector
from sdk.errors import RateLimitError, ResponseError, SDKError, SelectionError
from sdk.exchange import Exchange
from sdk.messages import Page, Request
from sdk.placeholders import fill
from sdk.plugins import Hooks
from sdk.tally import Tally

SECRET = "s3cr3t/of+the=client"
PAGE = {"data": []}
QUERY_KEY = APIKeyAuth(api_key=Secret("api_key"), name="sig", location="query")
HEADER_KEY = APIKeyAuth(api_key=Secret("api_key"), name="X-Api-Key")
AUTHS = [
    QUERY_KEY,
    HEADER_KEY,
    BearerTokenAuth(token=Secret("api_key")),
    HttpBasicAuth(username="ann", password=Secret("api_key")),
    MultiAuth(HEADER_KEY, QUERY_KEY),
]
AUTH_IDS = ["query", "header", "bearer", "basic", "both"]
THINGS = Resource("things")
FOUND = Resource("things", data_selector="data")


@pytest.fixture
def client(tiny_api, clock) -> Callable[..., Client]:
    """Return a function that builds a client of the tiny API."""

    def build(*plugins: object, bounds: Bounds | None = None, **facts: Any) -> Client:
        connector = Connector("acme", **{"base_url": tiny_api.url, "resources": [THINGS], **facts})
        connector = fill(connector, {"api_key": SECRET, "start_date": None})
        return Client(connector, Hooks.of(*plugins), bounds=bounds or Bounds(), clock=clock)

    return build


def ask(client: Client, path: str = "/things", **facts: Any) -> Page:
    """Fetch *path* as a page of `things`."""
    resource = client.connector.resource("things")
    also = facts.pop("also", frozenset())
    return client.fetch(resource, Request(client.url(path), **facts), also)


@given(st.lists(st.tuples(st.text(), st.text()), max_size=5), st.sampled_from(["", "?of=1", "#end"]))
def test_the_query(pairs, own):
    """It is written as requests writes pairs, whatever they hold and whatever the URL has of its own."""
    asked = Request(f"https://api.example.com/things{own}", params=pairs)
    with_client = Client(Connector("acme", base_url="https://api.example.com", resources=[THINGS]), Hooks.of())
    exchange = Exchange(with_client, THINGS, asked, frozenset(), Tally())

    _, sent = exchange._prepare(asked.method, asked.url, asked.params)

    assert sent == requests.Request("GET", asked.url, params=pairs).prepare().url


def tally(client: Client) -> tuple[int, int]:
    """Return how many requests were sent, and how many of them were repeats."""
    found = client.tallies.of("things")
    return found.requests, found.retries


def everything(error: BaseException | None) -> str:
    """Return all that is printed of an error: texts, causes, contexts and notes."""
    return "".join(traceback.format_exception(error)) if error is not None else ""


# --- what is asked


def test_a_page(tiny_api, client):
    """The body, the headers without case, and where it came from."""
    tiny_api.says("/v2/things", tiny_api.reply({"data": [1]}, headers={"X-Total": "1"}))
    one = client(base_url=f"{tiny_api.url}/v2/", headers={"X-Client": "tests"})

    page = ask(one, params={"a": "b c"})

    assert (page.status, page.body, page.headers["x-total"]) == (200, {"data": [1]}, "1")
    assert page.url == f"{tiny_api.url}/v2/things?a=b+c"
    [asked] = tiny_api.asked
    assert asked.target == "/v2/things?a=b+c"
    assert asked.headers["accept"] == "application/json"
    assert asked.headers["x-client"] == "tests"
    assert asked.headers["user-agent"].startswith("connector-sdk/")
    assert tally(one) == (1, 0)


def test_a_post(tiny_api, client):
    """A search with a body is repeated like a list: it changes nothing."""
    tiny_api.says("/search", tiny_api.reply({}, 503), PAGE)

    page = ask(client(retry=RetryPolicy(initial=0)), "/search", method="POST", json={"q": "é"})

    assert page.body == PAGE
    assert [(one.method, one.body) for one in tiny_api.asked] == [("POST", b'{"q": "\\u00e9"}')] * 2


def test_the_netrc_and_the_proxies_of_the_surroundings_are_not_used(
    tiny_api, foreign_api, client, tmp_path, monkeypatch
):
    """A password that lies about on the machine goes nowhere, and nobody is asked to pass the request on."""
    netrc = tmp_path / "netrc"
    netrc.write_text("machine 127.0.0.1 login ann password hunter2\n")
    monkeypatch.setenv("NETRC", str(netrc))
    for name in ("HTTP_PROXY", "http_proxy", "ALL_PROXY"):
        monkeypatch.setenv(name, foreign_api.url)
    monkeypatch.delenv("NO_PROXY", raising=False)
    monkeypatch.delenv("no_proxy", raising=False)
    tiny_api.says("/things", PAGE)

    ask(client())

    [asked] = tiny_api.asked
    assert "authorization" not in asked.headers
    assert foreign_api.asked == []


# --- what is repeated


@pytest.mark.parametrize("status", [408, 425, 429, 500, 502, 503, 504, 507, 520, 521, 522, 523, 524, 529, 530, 599])
def test_what_a_repeat_may_cure_is_repeated(tiny_api, client, no_waiting, status):
    """The answer that counts is the last; the wait grows."""
    tiny_api.says("/things", tiny_api.reply(None, status), tiny_api.reply("<html>", status), PAGE)
    one = client()

    assert ask(one).body == PAGE

    assert no_waiting == [1.0, 2.0]
    assert tally(one) == (3, 2)
    assert one.tallies.of("things").waited == 3.0


@pytest.mark.parametrize("status", [204, 206, 304, 400, 401, 402, 403, 404, 405, 409, 410, 422, 501, 505])
def test_what_a_repeat_cannot_cure_is_an_error_at_once(tiny_api, client, no_waiting, status):
    """Neither a refusal nor half a page nor an empty answer is a page."""
    tiny_api.says("/things", tiny_api.reply(PAGE, status))

    with pytest.raises(ResponseError) as caught:
        ask(client())

    assert (caught.value.status, len(tiny_api.asked), no_waiting) == (status, 1, [])
    assert str(caught.value).startswith(f"acme.things: GET /things answered {status}; ")


def test_attempts_are_bounded(tiny_api, client, no_waiting):
    """After the last one the error says what was answered."""
    tiny_api.says("/things", tiny_api.reply({"code": "down"}, 500))

    with pytest.raises(ResponseError) as caught:
        ask(client())

    assert str(caught.value) == "acme.things: GET /things answered 500 (down); the API fails; run again later"
    assert (len(tiny_api.asked), no_waiting) == (5, [1.0, 2.0, 4.0, 8.0])


def test_a_resource_has_a_policy_of_its_own(tiny_api, client, no_waiting):
    """What is said of a resource stands above what is said of the connector."""
    patient = RetryPolicy(attempts=2, statuses=[404], initial=7)
    tiny_api.says("/things", tiny_api.reply(None, 404))

    with pytest.raises(ResponseError, match="answered 404"):
        ask(client(resources=[Resource("things", retry=patient)], retry=RetryPolicy(attempts=9)))

    assert (len(tiny_api.asked), no_waiting) == (2, [7.0])


@pytest.mark.parametrize(
    ("body", "kind"),
    [
        (b"", "application/json"),
        (b'{"data": [', "application/json"),
        (b"<html>sign in</html>", "text/html"),
        (b'{"data": NaN}', "application/json"),
        (b'"\xff"', "application/json"),
        (b"[]", "application/json; charset=klingon"),
    ],
    ids=["empty", "cut", "html", "nan", "bad utf-8", "unknown charset"],
)
def test_a_body_that_is_no_json(tiny_api, client, no_waiting, body, kind):
    """It is asked for again, and then an error that shows nothing of it."""
    broken = tiny_api.reply(body, headers={"Content-Type": kind})
    tiny_api.says("/things", broken, PAGE)
    assert ask(client()).body == PAGE
    assert no_waiting == [1.0]

    tiny_api.says("/things", broken)
    with pytest.raises(ResponseError) as caught:
        ask(client())

    assert str(caught.value) == (
        f"acme.things: GET /things answered 200 with a body of {len(body)} bytes with content type {kind!r} "
        "that is no JSON"
        + ("; check base_url, and whether a page to sign in stands there" if kind == "text/html" else "")
    )
    assert (caught.value.status, len(tiny_api.asked)) == (200, 7)


@pytest.mark.parametrize(
    ("body", "kind"),
    [
        (b'\xef\xbb\xbf{"name": "\xc3\xbc"}', "application/json"),
        (b'{"name": "\xfc"}', "application/json; charset=ISO-8859-1"),
        ('{"name": "ü"}'.encode("utf-16"), 'application/json; charset="UTF-16"'),
        (b'{"name": "\xc3\xbc"}', "text/plain"),
    ],
    ids=["byte-order mark", "latin-1", "utf-16", "another content type"],
)
def test_bodies_in_other_dress(tiny_api, client, body, kind):
    """A declared charset is honoured; JSON is JSON whatever the server calls it."""
    tiny_api.says("/things", tiny_api.reply(body, headers={"Content-Type": kind}))

    assert ask(client()).body == {"name": "ü"}


HEAD = b"HTTP/1.1 200 OK\r\nConnection: close\r\nContent-Type: application/json\r\n"
BROKEN = {
    "hangs up": b"",
    "cut in the head": HEAD,
    "cut body": HEAD + b'Content-Length: 100\r\n\r\n{"data": []}',
    "cut json": HEAD + b'Content-Length: 100\r\n\r\n{"data": [',
    "cut chunk": HEAD + b'Transfer-Encoding: chunked\r\n\r\n20\r\n{"data": []}',
    "no last chunk": HEAD + b'Transfer-Encoding: chunked\r\n\r\nc\r\n{"data": []}\r\n',
    "no http": b"SSH-2.0-OpenSSH_9.2\r\n",
    "broken gzip": HEAD + b"Content-Encoding: gzip\r\nContent-Length: 4\r\n\r\nnope",
    "cut gzip": HEAD
    + b"Content-Encoding: gzip\r\nContent-Length: 20\r\n\r\n"
    + gzip.compress(b'{"data": []}' * 9)[:20],
}


@pytest.mark.parametrize("raw", BROKEN.values(), ids=BROKEN)
def test_an_answer_that_breaks_off(tiny_api, client, no_waiting, raw):
    """What came is not what was announced: the page is asked for again, and then it is an error."""
    tiny_api.says("/things", tiny_api.reply(raw=raw), PAGE)
    assert ask(client()).body == PAGE

    tiny_api.says("/things", tiny_api.reply(raw=raw))
    with pytest.raises(ResponseError, match=r"^acme\.things: GET /things ") as caught:
        ask(client(retry=RetryPolicy(attempts=2)))

    assert len(tiny_api.asked) == 4
    assert no_waiting == [1.0, 1.0]
    assert caught.value.__cause__ is None


@pytest.mark.parametrize(
    ("encoding", "compress"), [("gzip", gzip.compress), ("deflate", zlib.compress)], ids=["gzip", "deflate"]
)
def test_compressed_bodies(tiny_api, client, encoding, compress):
    """They are asked for and unpacked."""
    body = compress(b'{"data": [1, 2]}')
    tiny_api.says("/things", tiny_api.reply(body, headers={"Content-Encoding": encoding}))

    assert ask(client()).body == {"data": [1, 2]}
    assert encoding in tiny_api.asked[0].headers["accept-encoding"]


def test_a_body_that_is_too_large(tiny_api, client, no_waiting):
    """Counted after decompression, so that a bomb goes off nowhere; a repeat would not make it smaller."""
    bomb = gzip.compress(b" " * 3_000_000)
    tiny_api.says("/things", tiny_api.reply(bomb, headers={"Content-Encoding": "gzip"}))

    with pytest.raises(ResponseError) as caught:
        ask(client(bounds=Bounds(size=1_000_000)))

    assert str(caught.value) == (
        "acme.things: GET /things answered with more than 1000000 bytes; ask for smaller pages"
    )
    assert len(tiny_api.asked) == 1


def test_connection_refused(client, no_waiting):
    """The error says what to check, and holds neither URL nor key."""
    one = client(base_url="http://127.0.0.1:1/v2", auth=QUERY_KEY)

    with pytest.raises(ResponseError) as caught:
        ask(one)

    assert str(caught.value) == (
        "acme.things: GET /things cannot reach http://127.0.0.1:1: the connection was refused; "
        "check base_url and the network"
    )
    assert (caught.value.status, tally(one)) == (None, (5, 4))
    assert "s3cr3t" not in everything(caught.value)


# --- waits that the server names


def test_retry_after_seconds(tiny_api, client, no_waiting):
    """What the server says is what is waited: whole seconds and fractions."""
    tiny_api.says(
        "/things",
        tiny_api.reply(None, 429, {"Retry-After": "7"}),
        tiny_api.reply(None, 429, {"Retry-After": "0.25"}),
        PAGE,
    )
    one = client()

    assert ask(one).body == PAGE

    assert no_waiting == [7.0, 0.25]
    assert one.tallies.of("things").waited == 7.25


def test_retry_after_a_date(tiny_api, client, clock, no_waiting):
    """A date is a wait from now on; one that is over names none, and the policy's own wait counts."""
    ahead = format_datetime(clock() + timedelta(seconds=90), usegmt=True)
    over = format_datetime(clock() - timedelta(seconds=90), usegmt=True)
    tiny_api.says(
        "/things",
        tiny_api.reply(None, 503, {"Retry-After": ahead}),
        tiny_api.reply(None, 429, {"Retry-After": over}),
        PAGE,
    )

    assert ask(client()).body == PAGE

    assert [one for one in no_waiting if one] == [90.0, 2.0]


@pytest.mark.parametrize("value", ["soon", "-5", "0", "nan", "inf", ""])
def test_a_wait_that_makes_no_sense(tiny_api, client, no_waiting, value):
    """It is not obeyed, and it is no reason to knock at once: the wait grows as without it."""
    tiny_api.says("/things", tiny_api.reply(None, 429, {"Retry-After": value}), PAGE)

    assert ask(client()).body == PAGE

    assert no_waiting == [1.0]


def test_a_reset_header(tiny_api, client, clock, no_waiting):
    """Seconds left, or a point in time; `Retry-After` counts before it."""
    at = str(int(clock().timestamp()) + 30)
    tiny_api.says(
        "/things",
        tiny_api.reply(None, 429, {"X-RateLimit-Reset": "12"}),
        tiny_api.reply(None, 429, {"X-RateLimit-Reset": at}),
        tiny_api.reply(None, 429, {"X-RateLimit-Reset": at, "Retry-After": "3"}),
        PAGE,
    )

    assert ask(client()).body == PAGE

    assert no_waiting == [12.0, 30.0, 3.0]


def test_a_wait_in_the_body(tiny_api, client, no_waiting):
    """For APIs that name it there."""
    tiny_api.says("/things", tiny_api.reply({"error": {"retry_in": 4}}, 429), PAGE)

    assert ask(client(retry=RetryPolicy(retry_after_path="error.retry_in"))).body == PAGE

    assert no_waiting == [4.0]


def test_a_wait_that_is_too_long(tiny_api, client, no_waiting):
    """Nobody waits, nobody knocks again: the error says when to come back."""
    tiny_api.says("/things", tiny_api.reply(None, 429, {"Retry-After": "86400"}))

    with pytest.raises(RateLimitError) as caught:
        ask(client())

    assert str(caught.value) == (
        "acme.things: GET /things answered 429: the API asks to wait 86400 s, more than the 900 s allowed; "
        "run again after 2026-01-11T12:00:00Z"
    )
    assert (len(tiny_api.asked), no_waiting) == (1, [])


@pytest.mark.parametrize("headers", [{"Retry-After": "5"}, {"X-RateLimit-Remaining": "0", "X-RateLimit-Reset": "5"}])
def test_a_forbidden_that_names_a_wait_is_a_rate_limit(tiny_api, client, no_waiting, headers):
    """Even where 403 is declared to mean something else: obeyed, and asked again."""
    tiny_api.says("/things", tiny_api.reply(None, 403, headers), PAGE)

    assert ask(client(), also=frozenset({403})).body == PAGE

    assert no_waiting == [5.0]


def test_refusals_are_no_attempts(tiny_api, client, no_waiting):
    """Obeying costs time only: more of them than attempts are allowed, and attempts are left afterwards."""
    refusal, fault = tiny_api.reply(None, 429, {"Retry-After": "1"}), tiny_api.reply(None, 500)
    tiny_api.says("/things", fault, *[refusal] * 10, fault, PAGE)

    assert ask(client(retry=RetryPolicy(attempts=3))).body == PAGE


def test_refusals_are_bounded(tiny_api, client, no_waiting):
    """A limit that never lifts ends the run."""
    tiny_api.says("/things", tiny_api.reply(None, 429, {"Retry-After": "1"}))

    with pytest.raises(RateLimitError) as caught:
        ask(client(retry=RetryPolicy(refusals=4)))

    assert str(caught.value) == (
        "acme.things: GET /things answered 429 4 times: the rate limit leaves no room; "
        "lower what else uses this credential, or run again later"
    )
    assert (len(tiny_api.asked), no_waiting) == (4, [1.0, 1.0, 1.0])


def test_a_declared_pace_is_kept(tiny_api, client, no_waiting):
    """Two requests in ten seconds: the third waits for its turn, for all resources together."""
    tiny_api.says("/things", PAGE)
    one = client(rate_limit=RateLimit(2, period=10))

    for _ in range(5):
        ask(one)

    assert no_waiting == pytest.approx([10.1, 10.1])
    assert one.tallies.of("things").retries == 0


# --- where requests go


def test_redirects_within_the_origin_are_followed(tiny_api, client):
    """With the credentials, and with the query that the redirect names; the page knows where it came from."""
    tiny_api.says("/things", tiny_api.reply(None, 301, {"Location": "/v2/things?a=1"}))
    tiny_api.says("/v2/things", tiny_api.reply(None, 307, {"Location": f"{tiny_api.url}/v3/things"}))
    tiny_api.says("/v3/things", PAGE)

    page = ask(client(auth=HEADER_KEY), params={"page": 2})

    assert page.body == PAGE
    assert page.url == f"{tiny_api.url}/v3/things"
    assert tiny_api.targets == ["/things?page=2", "/v2/things?a=1", "/v3/things"]
    assert {one.headers["x-api-key"] for one in tiny_api.asked} == {SECRET}


def test_five_redirects_are_enough(tiny_api, client):
    """One more is a circle."""
    for number in range(6):
        tiny_api.says(f"/{number}", tiny_api.reply(None, 302, {"Location": f"/{number + 1}"}))
    tiny_api.says("/6", PAGE)
    assert ask(client(), "/1").body == PAGE
    tiny_api.forget()

    with pytest.raises(ResponseError, match=r"^acme\.things: GET /0 was redirected more than 5 times$"):
        ask(client(), "/0")

    assert len(tiny_api.asked) == 6


def test_a_redirect_and_then_a_fault(tiny_api, client, no_waiting):
    """Repeats do not multiply with redirects."""
    tiny_api.says("/things", tiny_api.reply(None, 302, {"Location": "/moved"}))
    tiny_api.says("/moved", tiny_api.reply(None, 500))

    with pytest.raises(ResponseError, match="answered 500"):
        ask(client())

    assert len(tiny_api.asked) == 2 * 5


@pytest.mark.parametrize("auth", AUTHS, ids=AUTH_IDS)
@pytest.mark.parametrize("status", [301, 302, 303, 307, 308])
@pytest.mark.usefixtures("no_waiting")
def test_a_redirect_elsewhere_is_refused(tiny_api, foreign_api, client, auth, status):
    """Another port is another server: it sees no request, with no kind of credential."""
    foreign_api.says("/things", PAGE)
    tiny_api.says("/things", tiny_api.reply(None, status, {"Location": f"{foreign_api.url}/things"}))

    with pytest.raises(ResponseError) as caught:
        ask(client(auth=auth))

    assert str(caught.value) == (
        f"acme.things: GET /things leads to http://127.0.0.1, but credentials and rows stay at {tiny_api.url}; "
        "if the API moved, change base_url"
    )
    assert (foreign_api.asked, len(tiny_api.asked)) == ([], 1)


@pytest.mark.parametrize(
    "target",
    [
        "https://127.0.0.1/things",
        "//localhost/things",
        "http://ann:pw@{host}/things",
        "http://{host}@evil.example.com/",
        "ftp://{host}/things",
        "file:///etc/passwd",
        "http://[::1]/things",
        "http://2130706433/things",
    ],
)
def test_other_ways_to_lead_elsewhere(tiny_api, client, no_waiting, target):
    """Another scheme, host, user or spelling of the address is not the declared origin."""
    host = tiny_api.url.removeprefix("http://")
    tiny_api.says("/things", tiny_api.reply(None, 302, {"Location": target.format(host=host)}))

    with pytest.raises(ResponseError, match=r"GET /things leads to .*, but credentials and rows stay at http://127"):
        ask(client())

    assert len(tiny_api.asked) == 1


def test_a_next_link_elsewhere_is_refused(foreign_api, client, no_waiting):
    """A link in a body is data: it does not say where the credential goes."""
    foreign_api.says("/things", PAGE)

    with pytest.raises(ResponseError, match=r"leads to http://127\.0\.0\.1, but credentials and rows stay at"):
        ask(client(auth=HEADER_KEY), f"{foreign_api.url}/things")

    assert foreign_api.asked == []


@pytest.mark.parametrize("status", [301, 302, 303])
def test_a_redirect_that_drops_the_body(tiny_api, client, status):
    """A search that became a plain list would answer with everything, or with nothing."""
    tiny_api.says("/things", tiny_api.reply(None, status, {"Location": "/moved"}))

    with pytest.raises(ResponseError, match=rf"POST /things answered {status}, which would drop the body$"):
        ask(client(), method="POST", json={"q": 1})


def test_a_redirect_that_keeps_the_body(tiny_api, client):
    """307 and 308 send it again."""
    tiny_api.says("/things", tiny_api.reply(None, 308, {"Location": "/moved"}))
    tiny_api.says("/moved", PAGE)

    ask(client(), method="POST", json={"q": 1})

    assert [(one.method, one.path, one.body) for one in tiny_api.asked] == [
        ("POST", "/things", b'{"q": 1}'),
        ("POST", "/moved", b'{"q": 1}'),
    ]


def test_a_redirect_without_a_target(tiny_api, client):
    """It is an error of its own, not a page."""
    tiny_api.says("/things", tiny_api.reply(None, 302))

    with pytest.raises(ResponseError, match=r"^acme\.things: GET /things answered 302 without saying where to$"):
        ask(client())


# --- credentials


class Counting(AuthBase):
    """Sign each request anew, as a scheme with a timestamp would."""

    def __init__(self) -> None:
        self.signed = 0

    def __call__(self, r: PreparedRequest) -> PreparedRequest:
        """Return the request with the next signature."""
        self.signed += 1
        r.headers["X-Signature"] = str(self.signed)
        return r


def test_credentials_are_applied_to_every_attempt(tiny_api, client, no_waiting):
    """A signature ages: a repeat and a redirect get one of their own."""
    tiny_api.says("/things", tiny_api.reply(None, 500), tiny_api.reply(None, 302, {"Location": "/moved"}))
    tiny_api.says("/moved", PAGE)

    ask(client(auth=Counting()))

    assert [one.headers["x-signature"] for one in tiny_api.asked] == ["1", "2", "3"]


def test_a_hook_authenticates(tiny_api, client):
    """Its answer is what is sent, in place of the declared credentials."""

    class Vault:
        @hookimpl
        def sdk_authenticate(self, request: PreparedRequest) -> PreparedRequest:
            """Sign with what the vault gives."""
            request.headers["Authorization"] = "Vault 1"
            return request

    tiny_api.says("/things", PAGE)

    ask(client(Vault(), auth=HEADER_KEY))

    assert tiny_api.asked[0].headers["authorization"] == "Vault 1"
    assert "x-api-key" not in tiny_api.asked[0].headers


def oauth(api: Any) -> OAuth2ClientCredentials:
    """Return the scheme that fetches its tokens from *api*."""
    return OAuth2ClientCredentials(f"{api.url}/token", client_id="ann", client_secret=Secret("api_key"))


def test_a_refused_token_is_replaced_once(tiny_api, client, no_waiting):
    """A token that ended early costs one more request, without a wait."""
    tokens = iter(range(1, 100))
    tiny_api.answer("/token", lambda _: tiny_api.reply({"access_token": f"token-{next(tokens)}"}))
    good = {"Bearer token-2", "Bearer token-3"}
    tiny_api.answer(
        "/things",
        lambda asked: tiny_api.reply(PAGE if asked.headers["authorization"] in good else None,
                                     200 if asked.headers["authorization"] in good else 401),
    )  # fmt: skip

    assert ask(client(auth=oauth(tiny_api))).body == PAGE

    assert tiny_api.targets == ["/token", "/things", "/token", "/things"]
    assert no_waiting == []


def test_a_token_that_stays_refused(tiny_api, client, no_waiting):
    """A second refusal is an answer: it names the secret to check."""
    tokens = iter(range(1, 100))
    tiny_api.answer("/token", lambda _: tiny_api.reply({"access_token": f"token-{next(tokens)}"}))
    tiny_api.says("/things", tiny_api.reply(None, 401))

    with pytest.raises(ResponseError) as caught:
        ask(client(auth=oauth(tiny_api)))

    assert str(caught.value) == "acme.things: GET /things answered 401; check the secret 'api_key'"
    assert tiny_api.targets == ["/token", "/things", "/token", "/things"]


def test_a_token_that_cannot_be_replaced(tiny_api, client, no_waiting):
    """The error of the token endpoint carries the place where it was needed."""
    tiny_api.says("/token", {"access_token": "token-1"}, tiny_api.reply({"error": "invalid_client"}, 400))
    tiny_api.says("/things", tiny_api.reply(None, 401))

    with pytest.raises(SDKError, match=r"^acme\.things: token endpoint .*/token answered 400 .*'invalid_client'"):
        ask(client(auth=oauth(tiny_api)))


# --- what an error says


def test_errors_name_their_place(tiny_api, client):
    """Connector, resource, request and status, in the text and as attributes."""
    tiny_api.says("/things/1", tiny_api.reply({"error": {"code": "module_off"}}, 403))

    with pytest.raises(ResponseError) as caught:
        ask(client(), "/things/1", params={"page": 2})

    error = caught.value
    assert str(error) == (
        "acme.things: GET /things/1?page=2 answered 403 (module_off); "
        "the credentials lack permission for it, or the account's plan does not include it"
    )
    assert (error.connector, error.resource, error.request, error.status) == (
        "acme",
        "things",
        "GET /things/1?page=2",
        403,
    )


def test_an_error_repeats_no_free_text(tiny_api, client):
    """What a server writes may hold a record or an escape sequence: only a short code is taken."""
    forged = "\x1b[31mok\n2026-01-01 INFO all good"
    tiny_api.says("/things", tiny_api.reply({"code": forged, "message": "Ann <ann@example.com>"}, 400))

    with pytest.raises(ResponseError) as caught:
        ask(client())

    assert str(caught.value) == "acme.things: GET /things answered 400; the API does not accept this request"


@pytest.mark.parametrize("auth", AUTHS, ids=AUTH_IDS)
@pytest.mark.parametrize("fault", ["echo", "echo as code", "redirect", "no json", "hangs up", "too long a wait"])
@pytest.mark.usefixtures("no_waiting")
def test_secrets_are_in_no_error_and_no_log(tiny_api, client, caplog, auth, fault):
    """However the request fails, with every log at DEBUG, and though the server says back what it got."""
    caplog.set_level(logging.DEBUG)

    def echo(asked: Any) -> Any:
        sent = f"{asked.target} {asked.headers.get('authorization')} {asked.headers.get('x-api-key')}"
        return {
            "echo": tiny_api.reply({"error": sent, "message": SECRET}, 400),
            "echo as code": tiny_api.reply({"code": asked.query.get("sig") or SECRET}, 401, {"X-Echo": SECRET}),
            "redirect": tiny_api.reply(None, 302, {"Location": f"http://evil.example.com/{asked.target}"}),
            "no json": tiny_api.reply(sent.encode()),
            "hangs up": tiny_api.hangs_up,
            "too long a wait": tiny_api.reply(None, 429, {"Retry-After": "9999"}),
        }[fault]

    tiny_api.answer("/things", echo)

    with pytest.raises(SDKError) as caught:
        ask(client(auth=auth))

    printed = everything(caught.value) + repr(caught.value) + repr(vars(caught.value)) + caplog.text
    assert "GET /things" in printed
    for form in ("s3cr3t", "czNjcjN0", "YW5uOnMzY3IzdC9vZit0aGU9Y2xpZW50"):
        assert form not in printed


def test_a_secret_in_the_base_url_is_refused(tiny_api, client):
    """It would stand in every message; the credentials' place is a secret."""
    with pytest.raises(SDKError) as caught:
        client(base_url="https://ann:hunter2@api.example.com")

    assert str(caught.value) == (
        "base_url cannot be used: it holds credentials, which belong in the connector's secrets; "
        "give it as https://host/path"
    )


def test_what_a_caller_wants_as_a_page(tiny_api, client, no_waiting):
    """Its status decides nothing then; the body is there when it is JSON."""
    tiny_api.says("/things", tiny_api.reply({"code": "off"}, 404), tiny_api.reply(b"<html>", 404))
    one = client()

    assert ask(one, also=frozenset({404})).body == {"code": "off"}
    assert ask(one, also=frozenset({404})).body is None
    assert isinstance(one.refused(THINGS, Page(Request(f"{one.base_url}/things"), 404)), ResponseError)


def test_a_key_that_no_header_can_carry(tiny_api, client):
    """The error shows neither the header nor its value."""
    tiny_api.says("/things", PAGE)

    class Broken(AuthBase):
        def __call__(self, r: PreparedRequest) -> PreparedRequest:
            raise UnicodeEncodeError("latin-1", f"{SECRET}{r.url}", 0, 1, "nope")

    with pytest.raises(ResponseError) as caught:
        ask(client(auth=Broken()))

    assert str(caught.value) == "acme.things: GET /things cannot be built: UnicodeEncodeError"
    assert "s3cr3t" not in everything(caught.value)


def test_nothing_is_written(tiny_api, client, tmp_path, monkeypatch):
    """Fetching leaves no file behind."""
    monkeypatch.chdir(tmp_path)
    tiny_api.says("/things", PAGE)

    ask(client(auth=HEADER_KEY))

    assert list(Path().iterdir()) == []


@pytest.mark.parametrize(
    "body",
    [
        {"data": [], "errors": [{"code": "timeout", "detail": "hunter2"}]},
        {"data": [{"id": 1}], "error": "shard 3 did not answer"},
        {"data": [], "error": True},
    ],
)
def test_an_error_inside_a_good_answer(tiny_api, client, no_waiting, body):
    """It may heal; if it does not, it fails the page, whose records are not all there."""
    tiny_api.says("/things", body, PAGE)
    assert ask(client()).body == PAGE

    tiny_api.says("/things", body)
    with pytest.raises(
        ResponseError, match=r"GET /things answered 200, but its body names an error at 'errors?'"
    ) as caught:
        ask(client())
    assert "hunter2" not in str(caught.value)


@pytest.mark.parametrize("nothing", [None, False, "", [], {}, 0])
def test_no_error_inside_a_good_answer(tiny_api, client, nothing):
    """Many APIs always send the key."""
    body = {"data": [{"id": 1}], "error": nothing, "errors": nothing}
    tiny_api.says("/things", body)

    assert ask(client()).body == body


@pytest.mark.parametrize("target", ["http://[::1/things", "http://127.0.0.1:99999/things", "//[x]/"])
def test_a_redirect_to_what_is_no_url(tiny_api, client, target):
    """It is refused like any other that leads elsewhere."""
    tiny_api.says("/things", tiny_api.reply(status=302, headers={"Location": target}))

    with pytest.raises(ResponseError, match=r"^acme\.things: GET /things (answered 302 with a place that is|leads to)"):
        ask(client(resources=[FOUND]))


def test_the_body_of_a_redirect_is_not_read(tiny_api, client):
    """However long it says that it is."""
    moved = b"HTTP/1.1 302 Found\r\nLocation: /other\r\nContent-Length: 999999999\r\n\r\nabc"
    tiny_api.says("/things", tiny_api.reply(raw=moved))
    tiny_api.says("/other", {"data": [{"id": 1}]})

    assert ask(client(resources=[FOUND])).body == {"data": [{"id": 1}]}


def test_an_answer_without_records_is_asked_for_again(tiny_api, acme, no_waiting):
    """A server that is overloaded may say so under a good status; before any page, it is the selector that is wrong."""
    resource: Any = Resource("things", data_selector="data")
    client = Client(acme(resource), Hooks.of())
    request = Request(client.url("/things"))
    tiny_api.says("/things", {"message": "overloaded"})
    assert client.fetch(resource, request).body == {"message": "overloaded"}
    assert len(tiny_api.asked) == 1

    client.tallies.of("things").add(pages=1)
    tiny_api.says("/things", {"message": "overloaded"}, {"data": []})
    assert client.fetch(resource, request).body == {"data": []}
    assert len(no_waiting) == 1

    tiny_api.says("/things", {"message": "overloaded"})
    with pytest.raises(SelectionError, match=r"^acme\.things: data_selector 'data' not found"):
        client.fetch(resource, request)
    assert len(tiny_api.asked) == 1 + 2 + 5


def test_records_that_a_plugin_finds_are_its_own_business(tiny_api, acme):
    """Nothing is asked again where core does not select."""

    class Selects:
        @hookimpl
        def sdk_select_records(self) -> list[Any]:
            return []

    resource: Any = Resource("things", data_selector="data")
    client = Client(acme(resource), Hooks.of(Selects()))
    tiny_api.says("/things", {"message": "fine"})

    assert client.fetch(resource, Request(client.url("/things"))).body == {"message": "fine"}


def test_a_body_with_half_a_character(tiny_api, client, caplog):
    """It is read, with U+FFFD in its place, and a warning says how often and where."""
    tiny_api.says("/things", tiny_api.reply(b'{"data": [{"id": 1, "name": "a\\ud83d"}]}'))

    assert ask(client(resources=[FOUND])).body == {"data": [{"id": 1, "name": "a\ufffd"}]}
    assert [one.getMessage() for one in caplog.records if one.name == "sdk.attempt"] == [
        "acme.things: GET /things: 1 halves of surrogate pairs, which are no characters, became U+FFFD"
    ]


def test_a_body_with_two_values_under_one_key(tiny_api, client):
    """Nobody can say which one is meant, and another attempt would not either."""
    tiny_api.says("/things", tiny_api.reply(b'{"data": [{"id": 1, "id": 2}]}'))

    with pytest.raises(ResponseError, match=r"GET /things answered 200, but the key 'id' stands twice in one object"):
        ask(client(resources=[FOUND]))
    assert len(tiny_api.asked) == 1
