"""Answer over a real connection, in the manner that each answer names.

A cassette holds what was said; this says it. Everything happens on loopback and ends by itself: what has no end on a
real network ends here with the client, with the server, or at a bound.
"""

from __future__ import annotations

import json
import select
import socket
import struct
import threading
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from http import HTTPStatus
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any, Final, TypeAlias
from urllib.parse import parse_qsl, urlsplit

from attrs import define, evolve, field, frozen
from requests.structures import CaseInsensitiveDict

# No fault needs more, and a test that hangs must not.
LONGEST_SECONDS: Final = 20.0
# A linger of no seconds: closing then resets the connection.
_RESET: Final = struct.pack("ii", 1, 0)
_BODILESS: Final = frozenset({204, 304})


@frozen
class Asked:
    """A request as it arrived.

    Attributes:
        target: Path below the stage's base URL, and query, still encoded.
    """

    method: str
    target: str
    headers: CaseInsensitiveDict[str] = field(repr=False)
    body: bytes = field(default=b"", repr=False)

    @property
    def question(self) -> tuple[str, str, bytes]:
        """What makes two requests the same."""
        return self.method, self.target, self.body

    @property
    def path(self) -> str:
        """The path, still encoded."""
        return urlsplit(self.target).path

    @property
    def query(self) -> dict[str, str]:
        """The query parameters; of one that came several times the last."""
        return dict(parse_qsl(urlsplit(self.target).query, keep_blank_values=True))

    @property
    def form(self) -> dict[str, str]:
        """The fields of a form in the body."""
        return dict(parse_qsl(self.body.decode()))


@define
class Line:
    """The connection to one client, for as long as one answer takes."""

    _socket: socket.socket
    _closing: threading.Event
    keep: bool = True

    def send(self, content: bytes) -> bool:
        """Send *content*; return whether somebody still listens."""
        try:
            self._socket.sendall(content)
        except OSError:
            self.keep = False
            return False
        return not self._closing.is_set()

    def close(self) -> None:
        """End the connection after what was sent."""
        self.keep = False

    def reset(self) -> None:
        """Break the connection off: the client sees a reset."""
        self.keep = False
        self._socket.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, _RESET)

    def wait(self, seconds: float = LONGEST_SECONDS) -> bool:
        """Say nothing, until the client goes away; return whether it is still there."""
        end = time.monotonic() + seconds
        while time.monotonic() < end and not self._closing.is_set():
            if select.select([self._socket], [], [], 0.02)[0]:
                self.keep = False
                return False
        return not self._closing.is_set()


Manner: TypeAlias = Callable[[Line, "Answer"], None]


def whole(line: Line, answer: Answer) -> None:
    """Send the answer as it is."""
    line.send(answer.head() + answer.content)


@frozen
class Answer:
    """What is answered: *body* as JSON, or the very bytes; and in which manner it is sent."""

    body: Any = None
    status: int = 200
    headers: Mapping[str, str] = field(factory=dict)
    reason: str = ""
    manner: Manner = whole

    @property
    def content(self) -> bytes:
        """The body as it is sent."""
        if self.status in _BODILESS:
            return b""
        return self.body if isinstance(self.body, bytes) else json.dumps(self.body).encode()

    def head(self, **replaced: str | None) -> bytes:
        """Return the status line and the headers; *replaced* ones by name with `_` for `-`, `None` leaves one out."""
        given = {"Content-Type": "application/json", "Content-Length": str(len(self.content)), **self.headers}
        if self.status in _BODILESS:
            del given["Content-Length"]
        given.update({name.replace("_", "-"): value or "" for name, value in replaced.items()})
        left = {name.replace("_", "-") for name, value in replaced.items() if value is None}
        lines = [f"{name}: {value}" for name, value in given.items() if name not in left]
        reason = self.reason or HTTPStatus(self.status).phrase
        return "\r\n".join([f"HTTP/1.1 {self.status} {reason}", *lines, "", ""]).encode("latin-1")

    def sent(self, manner: Manner) -> Answer:
        """Return the same answer, sent in another manner."""
        return evolve(self, manner=manner)

    def saying(self, **fields: Any) -> Answer:
        """Return the answer with *fields* of its JSON object replaced; `...` takes one out."""
        body = {**self.body, **fields}
        return evolve(self, body={name: value for name, value in body.items() if value is not ...})


Take: TypeAlias = Callable[[Asked], Answer]


@define
class FaultServer:
    """A server on loopback that answers each stage's requests as that stage says.

    Stages stand side by side below `/<name>`, so that a late request of one is never taken for another's.

    Attributes:
        strays: What arrived that belongs to no stage: requests without one, and what is no HTTP.
    """

    _server: ThreadingHTTPServer
    _stages: dict[str, Take] = field(factory=dict)
    strays: list[str] = field(factory=list)
    _closing: threading.Event = field(factory=threading.Event)

    @property
    def port(self) -> int:
        """Where it listens."""
        return int(self._server.server_address[1])

    @property
    def url(self) -> str:
        """Its origin."""
        return f"http://127.0.0.1:{self.port}"

    def mount(self, name: str, take: Take) -> str:
        """Let *take* answer what is asked below `/<name>`; return the base URL."""
        self._stages[name] = take
        return f"{self.url}/{name}"

    def unmount(self, name: str) -> None:
        """Answer nothing more below `/<name>`."""
        self._stages.pop(name, None)

    def take(self, asked: Asked) -> Answer:
        """Return the answer to a request, whose target still names the stage."""
        name, _, rest = asked.target.lstrip("/").partition("/")
        stage = self._stages.get(name)
        if stage is None:
            self.strays.append(f"{asked.method} {asked.target}")
            return Answer({"error": "no such stage"}, 404)
        return stage(evolve(asked, target=f"/{rest}"))

    def close(self) -> None:
        """End, and everything that is still being sent with it."""
        self._closing.set()
        self._server.shutdown()
        self._server.server_close()

    def line(self, connection: socket.socket) -> Line:
        """Return the line of a connection."""
        return Line(connection, self._closing)


class _Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    disable_nagle_algorithm = True
    # Of a client that keeps a connection open and asks nothing more.
    timeout = LONGEST_SECONDS
    served: FaultServer

    def do_GET(self) -> None:
        length = int(self.headers.get("Content-Length") or 0)
        headers = CaseInsensitiveDict(self.headers.items())
        answer = self.served.take(Asked(self.command, self.path, headers, self.rfile.read(length)))
        line = self.served.line(self.connection)
        answer.manner(line, answer)
        self.close_connection = not line.keep

    do_POST = do_GET  # noqa: N815 - the standard library's name

    def send_error(self, code: int, message: str | None = None, explain: str | None = None) -> None:
        """Note that something came that is no HTTP, a TLS greeting for one."""
        del message, explain
        self.served.strays.append(f"no HTTP ({code})")
        self.close_connection = True

    def log_message(self, format: str, *args: Any) -> None:  # noqa: A002 - the standard library's name
        """Say nothing."""


class _Server(ThreadingHTTPServer):
    # Clients keep their connections open, so nothing waits for the threads.
    daemon_threads = True
    block_on_close = False
    request_queue_size = 64

    def handle_error(self, request: Any, client_address: Any) -> None:
        """Say nothing: that a client goes away is what many faults are about."""

    def shutdown_request(self, request: Any) -> None:
        """Close at once: the polite way would send what a reset is there to leave out."""
        self.close_request(request)


@contextmanager
def fault_server() -> Iterator[FaultServer]:
    """Serve on a free port of loopback until the block ends."""
    handler = type("Handler", (_Handler,), {})
    server = _Server(("127.0.0.1", 0), handler)
    served = FaultServer(server)
    handler.served = served  # type: ignore[attr-defined] # mypy does not see the class that `type` made
    thread = threading.Thread(target=server.serve_forever, args=(0.01,), name="fault server", daemon=True)
    thread.start()
    try:
        yield served
    finally:
        served.close()
        thread.join()
