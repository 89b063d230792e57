"""Speak HTTP/1.1: read requests off a connection, write replies in one piece.

The standard library's handler parses the headers of every request into an e-mail message, which takes several times
as long as answering. Tests and demos run the simulator in the process that they measure, so it should cost little:
a caller repeats the same header block on a kept-alive connection, and a block already seen is not parsed again.
"""

from __future__ import annotations

import socketserver
from collections.abc import Callable, Mapping
from http import HTTPStatus
from io import BufferedIOBase
from socket import SHUT_RDWR, socket
from typing import Any, TypeAlias
from urllib.parse import parse_qsl, urlsplit

import orjson
from attrs import frozen

from sdk.testing.simulator.messages import Pairs, Reply

_LONGEST_BLOCK = 65_536
_BLOCKS_KEPT = 256


@frozen
class Incoming:
    """Hold one request as it came off the wire."""

    method: str
    path: str
    query: Pairs
    headers: Mapping[str, str]
    body: bytes = b""
    version: str = "HTTP/1.1"

    @property
    def closes(self) -> bool:
        """Return whether the connection ends after the answer: when asked to, and in HTTP/1.0 unless asked not to."""
        wish = self.headers.get("connection", "").lower()
        return wish == "close" or (self.version == "HTTP/1.0" and wish != "keep-alive")


Answering: TypeAlias = Callable[[Incoming, str], Reply]
"""What answers a request, given the address at which the server was reached."""


class MalformedRequestError(ValueError):
    """Report a request that is not HTTP/1.1 as this server speaks it; the connection is closed."""


class HeaderBlocks:
    """Parse header blocks, and remember the last ones seen."""

    def __init__(self) -> None:
        self._parsed: dict[bytes, Mapping[str, str]] = {}

    def parse(self, block: bytes) -> Mapping[str, str]:
        """Return the headers of a block, their names in lower case."""
        headers = self._parsed.get(block)
        if headers is None:
            lines = (line.partition(":") for line in block.decode("latin-1").split("\r\n") if line)
            headers = {name.strip().lower(): value.strip() for name, _, value in lines}
            if len(self._parsed) >= _BLOCKS_KEPT:
                self._parsed.clear()
            self._parsed[block] = headers
        return headers


def read_request(stream: BufferedIOBase, blocks: HeaderBlocks) -> Incoming | None:
    """Return the next request of a connection; `None` when the caller has closed it."""
    first = stream.readline(_LONGEST_BLOCK)
    if not first.strip():
        return None
    try:
        method, target, version = first.decode("latin-1").split()
    except ValueError:
        raise MalformedRequestError("request line") from None
    headers = blocks.parse(_read_block(stream))
    if "transfer-encoding" in headers:
        raise MalformedRequestError("chunked request body")
    length = headers.get("content-length", "0")
    if not length.isdecimal():
        raise MalformedRequestError("content length")
    parts = urlsplit(target)
    query = tuple(parse_qsl(parts.query, keep_blank_values=True))
    return Incoming(method, parts.path, query, headers, stream.read(int(length)), version)


def _read_block(stream: BufferedIOBase) -> bytes:
    lines: list[bytes] = []
    length = 0
    while (line := stream.readline(_LONGEST_BLOCK)) not in (b"\r\n", b"\n", b""):
        lines.append(line)
        length += len(line)
        if length > _LONGEST_BLOCK:
            raise MalformedRequestError("header block too long")
    return b"".join(lines)


def encode(reply: Reply) -> bytes:
    """Return status line, headers and body as one piece, so that no packet waits for another."""
    raw = isinstance(reply.body, bytes)
    body = reply.body if raw else orjson.dumps(reply.body)
    headers = {
        "Content-Type": "text/html; charset=utf-8" if raw else "application/json; charset=utf-8",
        "Content-Length": str(len(body)),
        **reply.headers,
    }
    phrase = HTTPStatus(reply.status).phrase
    lines = "".join(f"{name}: {value}\r\n" for name, value in headers.items())
    return f"HTTP/1.1 {reply.status} {phrase}\r\n{lines}\r\n".encode("latin-1") + body


class _Connection(socketserver.StreamRequestHandler):
    disable_nagle_algorithm = True
    server: Listener

    def handle(self) -> None:
        try:
            while incoming := read_request(self.rfile, self.server.blocks):
                self.request.sendall(encode(self.server.answering(incoming, self.server.origin)))
                if incoming.closes:
                    break
        except MalformedRequestError as error:
            headers = {"Connection": "close"}
            self.request.sendall(encode(Reply(400, {"message": f"malformed request: {error}"}, headers)))
        except (ConnectionError, TimeoutError):
            return


class Listener(socketserver.ThreadingTCPServer):
    """Accept connections on loopback, at a port the system picks, one daemon thread each."""

    allow_reuse_address = True
    daemon_threads = True
    block_on_close = False
    request_queue_size = 128

    def __init__(self, answering: Answering) -> None:
        self.answering = answering
        self.blocks = HeaderBlocks()
        self._open: set[socket] = set()
        super().__init__(("127.0.0.1", 0), _Connection)

    @property
    def origin(self) -> str:
        """Return scheme, host and port."""
        return f"http://127.0.0.1:{self.server_address[1]}"

    def process_request(self, request: Any, client_address: Any) -> None:
        """Note the connection, so that it can be ended, and serve it in a thread."""
        self._open.add(request)
        super().process_request(request, client_address)

    def shutdown_request(self, request: Any) -> None:
        """Forget and close a connection."""
        self._open.discard(request)
        super().shutdown_request(request)

    def close_connections(self) -> None:
        """End the connections that callers keep alive; their threads see the end and close them."""
        for connection in list(self._open):
            try:
                connection.shutdown(SHUT_RDWR)
            except OSError:
                continue
