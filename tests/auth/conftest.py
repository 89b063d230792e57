"""A token server on loopback, a clock that stands, and waits that take no time."""

from __future__ import annotations

import json
import threading
from collections.abc import Callable, Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any
from urllib.parse import parse_qsl

import pytest
from attrs import define, field, frozen
from requests import PreparedRequest, Request

from sdk import redaction
from sdk.auth import endpoint, tokens


@frozen
class Asked:
    """A request that the token server got."""

    path: str
    authorization: str | None
    form: dict[str, str]


@frozen
class Reply:
    """What the token server answers."""

    body: Any
    status: int = 200
    headers: dict[str, str] = field(factory=dict)

    @property
    def content(self) -> bytes:
        """The body as it is sent."""
        return self.body if isinstance(self.body, bytes) else json.dumps(self.body).encode()


class Server(ThreadingHTTPServer):
    """A server that ends together with what it has under way."""

    daemon_threads = False


@define
class TokenServer:
    """Give out `token-1`, `token-2`, … unless *answer* says otherwise, and remember what was asked."""

    url: str = ""
    asked: list[Asked] = field(factory=list)
    answer: Callable[[Asked, int], Reply | None] = lambda _asked, count: Reply({"access_token": f"token-{count}"})
    lock: Any = field(factory=threading.Lock)

    def says(self, *replies: Any) -> None:
        """Answer with each of *replies* in turn, and with the last for ever; `None` hangs up."""
        ready = [reply if isinstance(reply, Reply | None) else Reply(reply) for reply in replies]
        self.answer = lambda _asked, count: ready[min(count, len(ready)) - 1]

    @staticmethod
    def reply(body: Any, status: int = 200, headers: dict[str, str] | None = None) -> Reply:
        """Return an answer, for `says` or `answer`."""
        return Reply(body, status, headers or {})

    def take(self, asked: Asked) -> Reply | None:
        """Remember the request and return the answer to it."""
        with self.lock:
            self.asked.append(asked)
            return self.answer(asked, len(self.asked))


@pytest.fixture
def server() -> Iterator[TokenServer]:
    """Return a token server that runs until the test ends."""
    state = TokenServer()

    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            form = self.rfile.read(int(self.headers["Content-Length"])).decode()
            reply = state.take(
                Asked(self.path, self.headers["Authorization"], dict(parse_qsl(form, keep_blank_values=True)))
            )
            if reply is None:
                return
            self.send_response(reply.status)
            for name, value in {"Content-Length": str(len(reply.content)), **reply.headers}.items():
                self.send_header(name, value)
            self.end_headers()
            self.wfile.write(reply.content)

        def log_message(self, *_: object) -> None:
            pass

    with Server(("127.0.0.1", 0), Handler) as http:
        thread = threading.Thread(target=http.serve_forever, kwargs={"poll_interval": 0.01})
        thread.start()
        state.url = f"http://127.0.0.1:{http.server_port}/oauth/token"
        try:
            yield state
        finally:
            http.shutdown()
            thread.join()


@define
class Clock:
    """A clock that moves when told to."""

    now: float = 1000.0

    def __call__(self) -> float:
        """Return the time."""
        return self.now


@pytest.fixture
def clock(monkeypatch: pytest.MonkeyPatch) -> Clock:
    """Return the clock by which tokens age in this test."""
    made = Clock()
    monkeypatch.setattr(tokens, "clock", made)
    return made


@pytest.fixture(autouse=True)
def slept(monkeypatch: pytest.MonkeyPatch) -> list[float]:
    """Return the waits between token requests, none of which is waited for."""
    waits: list[float] = []
    monkeypatch.setattr(endpoint, "sleep", waits.append)
    return waits


@pytest.fixture(autouse=True)
def _nothing_announced(monkeypatch: pytest.MonkeyPatch) -> None:
    """Forget, before and after, which values are secret: elsewhere `key` is just a word."""
    monkeypatch.setattr(redaction, "_forms", set())
    monkeypatch.setattr(redaction, "_pattern", None)


@pytest.fixture
def prepared() -> Callable[..., PreparedRequest]:
    """Return a function that makes a prepared request."""

    def make(url: str = "https://api.example.com/items", **headers: str) -> PreparedRequest:
        return Request("GET", url, headers=headers).prepare()

    return make


@pytest.fixture
def sent(prepared: Callable[..., PreparedRequest]) -> Callable[..., dict[str, str]]:
    """Return a function that returns the headers that a scheme sends."""
    return lambda auth, **headers: dict(auth(prepared(**headers)).headers)


def in_threads(count: int, work: Callable[[], Any]) -> list[Any]:
    """Return what *work* returned or raised in each of *count* threads that began together."""
    barrier, results = threading.Barrier(count), []

    def run() -> None:
        barrier.wait(timeout=30)
        try:
            results.append(work())
        except Exception as error:  # noqa: BLE001 - the test looks at it
            results.append(error)

    threads = [threading.Thread(target=run) for _ in range(count)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(timeout=60)
    return results


@pytest.fixture
def together() -> Callable[[int, Callable[[], Any]], list[Any]]:
    """Return `in_threads`."""
    return in_threads


class WatchedLock:
    """A lock that lets its holder wait until a number of threads have come for it."""

    def __init__(self) -> None:
        self.lock = threading.Lock()
        self.changed = threading.Condition()
        self.came = 0

    def __enter__(self) -> None:
        with self.changed:
            self.came += 1
            self.changed.notify_all()
        self.lock.acquire()

    def __exit__(self, *_: object) -> None:
        self.lock.release()

    def wait_for(self, count: int) -> None:
        """Wait until *count* threads have come."""
        with self.changed:
            assert self.changed.wait_for(lambda: self.came == count, timeout=30)


@pytest.fixture
def lock() -> WatchedLock:
    """Return a watched lock, to be put in place of a real one."""
    return WatchedLock()
