"""The wire: bodies within bounds, and faults in words that hold neither URL nor secret."""

from __future__ import annotations

import socket
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from types import SimpleNamespace
from typing import Any

import pytest
import requests
import urllib3
from urllib3.exceptions import ConnectTimeoutError, NameResolutionError, NewConnectionError, ProtocolError

from sdk import RetryPolicy, transport
from sdk.client import Bounds, Client
from sdk.errors import ResponseError
from sdk.messages import Request
from sdk.origin import Origin
from sdk.plugins import Hooks

HERE = Origin.of("https://api.example.com")


class Raw:
    """A response whose pieces come one by one."""

    def __init__(self, *pieces: bytes) -> None:
        self.pieces = iter(pieces)
        self.taken = 0

    def read1(self, amount: int, *, decode_content: bool) -> bytes:
        """Return the next piece."""
        assert amount > 0
        assert decode_content
        self.taken += 1
        return next(self.pieces, b"")


def body(raw: Raw, size: int = 100, seconds: float = 10) -> bytes:
    """Return the body of an answer."""
    return transport.body(SimpleNamespace(raw=raw), size, seconds)  # type: ignore[arg-type]


@pytest.fixture
def ticking(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """Let each look at the clock take three seconds."""
    seconds = iter(range(0, 10_000, 3))
    with monkeypatch.context() as inside:
        inside.setattr("sdk.transport.time", SimpleNamespace(monotonic=lambda: next(seconds)))
        yield


def test_a_body_in_pieces():
    """All of them, in order."""
    assert body(Raw(b"ab", b"c", b"def")) == b"abcdef"
    assert body(Raw()) == b""


def test_a_body_up_to_its_bound():
    """Exactly so many bytes are allowed, and no more are taken than needed to know."""
    assert body(Raw(b"x" * 60, b"x" * 40)) == b"x" * 100

    endless = Raw(*[b"x" * 60] * 1000)
    with pytest.raises(transport.TooMuchError, match=r"^answered with more than 100 bytes; ask for smaller pages$"):
        body(endless)
    assert endless.taken == 2


@pytest.mark.usefixtures("ticking")
def test_a_server_that_drips():
    """Each piece is in time and the whole is not: the bound is for the whole."""
    dripping = Raw(*[b"x"] * 50)

    with pytest.raises(transport.TooMuchError, match=r"^took longer than 10 s to answer; ask for smaller pages$"):
        body(dripping)

    assert dripping.taken == 4


def test_a_session_takes_nothing_from_its_surroundings():
    """No proxies, no `.netrc`, no retries of its own, and certificates are checked."""
    made = transport.session()

    assert (made.trust_env, made.verify, made.auth, dict(made.cookies)) == (False, True, None, {})
    for url in ("https://api.example.com", "http://api.example.com"):
        assert made.get_adapter(url).max_retries.total == 0  # type: ignore[attr-defined]


@pytest.mark.parametrize(
    ("value", "charset"),
    [
        ("application/json", None),
        ("application/json; charset=utf-8", "utf-8"),
        ('application/json;version=2; Charset="ISO-8859-1"', "ISO-8859-1"),
        ("application/json; charset=", None),
        ("application/json; charset='latin1'", "latin1"),
        ("", None),
    ],
)
def test_the_charset_of_a_content_type(value, charset):
    """As it is named, without quotes."""
    assert transport.charset({"content-type": value}) == charset


POOL = urllib3.HTTPSConnectionPool("api.example.com")
WITH_KEY = "/things?sig=hunter2"


def retried(reason: Exception) -> urllib3.exceptions.MaxRetryError:
    """Return what urllib3 makes of *reason*: its text holds the URL."""
    return urllib3.exceptions.MaxRetryError(POOL, WITH_KEY, reason)


@pytest.mark.parametrize(
    ("error", "text"),
    [
        (
            requests.exceptions.SSLError(retried(urllib3.exceptions.SSLError("self-signed"))),
            "cannot reach https://api.example.com: its certificate cannot be verified",
        ),
        (
            requests.exceptions.ConnectTimeout(retried(ConnectTimeoutError(POOL, WITH_KEY))),
            "cannot reach https://api.example.com: no connection in time; check base_url and the network",
        ),
        (
            requests.exceptions.ReadTimeout(WITH_KEY),
            "got no answer from https://api.example.com in time",
        ),
        (
            requests.exceptions.ConnectionError(
                retried(NameResolutionError("api.example.com", POOL, OSError()))  # type: ignore[arg-type]
            ),
            "cannot reach https://api.example.com: the name does not resolve; check base_url",
        ),
        (
            requests.exceptions.ConnectionError(retried(NewConnectionError(POOL, WITH_KEY))),  # type: ignore[arg-type]
            "cannot reach https://api.example.com: the connection was refused; check base_url and the network",
        ),
        (
            requests.exceptions.ConnectionError(ProtocolError(WITH_KEY, ConnectionResetError())),
            "lost the connection to https://api.example.com: ProtocolError",
        ),
        (
            requests.exceptions.ChunkedEncodingError(WITH_KEY),
            "lost the connection to https://api.example.com: ChunkedEncodingError",
        ),
    ],
    ids=["certificate", "no connection", "no answer", "no name", "refused", "lost", "broken off"],
)
def test_faults_in_plain_words(error, text):
    """Where, and what to check; the texts of the libraries hold the key in the query."""
    assert transport.fault(error, HERE) == text


def test_a_server_that_stalls(tiny_api, acme, no_waiting):
    """Nothing comes, for ever: the read bound ends it, a repeat is made, and the error says so."""
    gate = threading.Event()
    tiny_api.says("/things", tiny_api.reply({}, until=gate))
    client = Client(acme("things", retry=RetryPolicy(attempts=2)), Hooks.of(), bounds=Bounds(read=0.05))
    resource: Any = client.connector.resource("things")

    with pytest.raises(ResponseError) as caught:
        client.fetch(resource, Request(client.url("/things")))
    gate.set()

    assert str(caught.value) == f"acme.things: GET /things got no answer from {tiny_api.url} in time"
    assert client.tallies.of("things").requests == 2


@pytest.mark.parametrize(
    "begins",
    [b"", b"HTTP/1.1 200 OK\r\nContent-Length: 9999\r\n\r\n", b"HTTP/1.1 100 Continue\r\n\r\nHTTP/1.1 200 OK\r\n"],
    ids=["head", "body", "headers"],
)
def test_a_server_that_drips_head_or_body(acme, begins, no_waiting):
    """Each byte is in time and the whole is not: the bound is for head and body, and ends it at the first attempt."""
    with dripping(begins) as url:
        client = Client(acme("things", base_url=url), Hooks.of(), bounds=Bounds(read=5.0, page=0.2))

        with pytest.raises(ResponseError, match=r"GET /things took longer than 0 s to answer; ask for smaller pages$"):
            client.fetch(client.connector.resource("things"), Request(client.url("/things")))

    assert client.tallies.of("things").requests == 1


def test_an_answer_that_ends_with_the_connection(tiny_api, acme):
    """It is read to its end although the connection is over before."""
    content = b'{"data": [' + b" " * 200_000 + b"]}"
    tiny_api.says("/things", tiny_api.reply(raw=b"HTTP/1.1 200 OK\r\nConnection: close\r\n\r\n" + content))
    client = Client(acme("things"), Hooks.of())

    page = client.fetch(client.connector.resource("things"), Request(client.url("/things")))

    assert page.body == {"data": []}


@contextmanager
def dripping(begins: bytes) -> Iterator[str]:
    """Serve one connection: *begins*, and then a byte at a time for as long as somebody listens."""
    with socket.create_server(("127.0.0.1", 0)) as server:

        def serve() -> None:
            connection, _ = server.accept()
            with connection, suppress(OSError):
                connection.recv(9999)
                connection.sendall(begins)
                for _ in range(1000):
                    connection.sendall(b"x")
                    time.sleep(0.01)

        thread = threading.Thread(target=serve, daemon=True)
        thread.start()
        yield f"http://127.0.0.1:{server.getsockname()[1]}"
        thread.join(20)
