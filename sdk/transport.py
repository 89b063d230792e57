"""The wire: a session that takes nothing from its surroundings, bodies within bounds, faults in plain words."""

from __future__ import annotations

import http.client
import io
import logging
import socket
import threading
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from importlib.metadata import PackageNotFoundError, version
from typing import Any, Final

import requests
import urllib3
from requests.adapters import HTTPAdapter
from urllib3.connectionpool import HTTPConnectionPool, HTTPSConnectionPool

from sdk import surroundings
from sdk.origin import Origin
from sdk.redaction import RedactingFilter

_CHUNK: Final = 1 << 16
_CONNECTIONS: Final = 32


def _version() -> str:
    try:
        return version("connector-sdk")
    except PackageNotFoundError:
        return "0"


HEADERS: Final[Mapping[str, str]] = {
    "Accept": "application/json",
    "Accept-Encoding": "gzip, deflate",
    "User-Agent": f"connector-sdk/{_version()}",
}

# urllib3 logs the target of each request at DEBUG, and with it a key in the query.
_LOGS_TARGETS: Final = logging.getLogger("urllib3.connectionpool")
_REDACTING: Final = RedactingFilter()
# Here, since sessions that callers bring and the one that asks for tokens write there, too.
_LOGS_TARGETS.addFilter(_REDACTING)


class TooMuchError(Exception):
    """A body passed a bound."""


class TooLateError(TimeoutError):
    """An answer was still coming when its time was up."""


class _Session(requests.Session):
    def send(self, request: requests.PreparedRequest, **options: Any) -> requests.Response:
        """Send *request*; where the surroundings are trusted, with their proxies and certificates."""
        if self.trust_env:
            options |= surroundings.of(self, str(request.url))
        return super().send(request, **options)

    def get_redirect_target(self, resp: requests.Response) -> str | None:
        """Return none: requests would look at where a redirect leads, and read its body to the end, even unasked."""
        del resp
        return None


def session(*, trust_env: bool = False) -> requests.Session:
    """Return a session that reads no proxies, certificates or `.netrc` from its surroundings, and never retries.

    Retries are the client's, one policy; requests' own would multiply with them.

    Args:
        trust_env: Read proxies and certificates all the same; never `.netrc`.
    """
    made = _Session()
    made.trust_env = trust_env
    adapter = _Adapter(pool_connections=4, pool_maxsize=_CONNECTIONS, max_retries=0)
    made.mount("https://", adapter)
    made.mount("http://", adapter)
    return made


_bounds: Final = threading.local()


@contextmanager
def within(seconds: float) -> Iterator[None]:
    """Let what this thread asks inside the block be answered within *seconds*, head and body together.

    A read's time-out begins anew with each byte: a server that sends one header a minute, or interim answers for
    ever, passes it. It counts from when the request was sent.
    """
    _bounds.seconds = seconds
    try:
        yield
    finally:
        _bounds.seconds = None


class _Wire(io.RawIOBase):
    """The incoming side of a connection, read against a deadline."""

    def __init__(self, sock: socket.socket, deadline: float) -> None:
        self._sock, self._deadline, self._patience = sock, deadline, sock.gettimeout()
        # Not the socket itself: it lives until the last of these is closed, also when the connection ends before.
        self._inner = sock.makefile("rb", buffering=0)

    def readable(self) -> bool:
        return True

    def readinto(self, buffer: Any) -> int | None:
        left = self._deadline - time.monotonic()
        if left <= 0:
            raise TooLateError
        if self._patience is not None and self._patience <= left:
            return self._inner.readinto(buffer)
        self._sock.settimeout(left if self._patience is None else min(self._patience, left))
        try:
            return self._inner.readinto(buffer)
        except TimeoutError:
            if time.monotonic() >= self._deadline:
                raise TooLateError from None
            raise
        finally:
            self._sock.settimeout(self._patience)

    def close(self) -> None:
        self._inner.close()
        super().close()


class _Source:
    """What an answer is read from: of a socket, it takes the file alone."""

    def __init__(self, sock: socket.socket, deadline: float) -> None:
        self._sock, self._deadline = sock, deadline

    def makefile(self, mode: str) -> io.BufferedReader:
        """Return the incoming side, which is all that somebody who reads asks for."""
        assert mode == "rb"
        return io.BufferedReader(_Wire(self._sock, self._deadline))


class _Answer(http.client.HTTPResponse):
    """An answer that is read against a deadline, from its first byte on."""

    def __init__(self, sock: socket.socket, *args: Any, **options: Any) -> None:
        seconds: float | None = getattr(_bounds, "seconds", None)
        source: Any = sock if seconds is None else _Source(sock, time.monotonic() + seconds)
        super().__init__(source, *args, **options)


class _PlainPool(HTTPConnectionPool):
    # Not a `ConnectionCls`, which is where recorders of traffic put theirs.
    def _new_conn(self) -> Any:
        return _with_deadline(super()._new_conn())


class _SecurePool(HTTPSConnectionPool):
    def _new_conn(self) -> Any:
        return _with_deadline(super()._new_conn())


def _with_deadline(connection: Any) -> Any:
    if isinstance(connection, http.client.HTTPConnection):
        connection.response_class = _Answer
    return connection


class _Adapter(HTTPAdapter):
    def init_poolmanager(self, *args: Any, **options: Any) -> None:
        super().init_poolmanager(*args, **options)
        self.poolmanager.pool_classes_by_scheme = {"http": _PlainPool, "https": _SecurePool}


def body(response: requests.Response, size: int, seconds: float) -> bytes:
    """Return the decompressed body, of at most *size* bytes and within *seconds*.

    Raises:
        TooMuchError: A bound was passed.
        urllib3.exceptions.HTTPError: The answer broke off.
    """
    begun = time.monotonic()
    parts: list[bytes] = []
    total = 0
    # read1 returns what is there; read would wait for a full chunk, and a dripping server would pass every check.
    while part := response.raw.read1(_CHUNK, decode_content=True):
        parts.append(part)
        total += len(part)
        if total > size:
            raise TooMuchError(f"answered with more than {size} bytes; ask for smaller pages")
        if time.monotonic() - begun > seconds:
            raise TooMuchError(f"took longer than {seconds:.0f} s to answer; ask for smaller pages")
    return b"".join(parts)


def charset(headers: Mapping[str, str]) -> str | None:
    """Return the charset that the content type names."""
    _, _, parameters = headers.get("content-type", "").partition(";")
    for parameter in parameters.split(";"):
        name, _, value = parameter.partition("=")
        if name.strip().lower() == "charset":
            return value.strip().strip("\"'") or None
    return None


def fault(error: requests.RequestException, origin: Origin) -> str:
    """Return what went wrong on the way, in words that hold neither URL nor secret."""
    cause = _cause(error)
    if isinstance(error, requests.exceptions.SSLError):
        return f"cannot reach {origin}: its certificate cannot be verified"
    if isinstance(error, requests.exceptions.ConnectTimeout):
        return f"cannot reach {origin}: no connection in time; check base_url and the network"
    if isinstance(error, requests.exceptions.Timeout):
        return f"got no answer from {origin} in time"
    if isinstance(cause, urllib3.exceptions.NameResolutionError):
        return f"cannot reach {origin}: the name does not resolve; check base_url"
    if isinstance(cause, urllib3.exceptions.NewConnectionError):
        return f"cannot reach {origin}: the connection was refused; check base_url and the network"
    return f"lost the connection to {origin}: {type(cause or error).__name__}"


def is_too_late(error: BaseException) -> bool:
    """Return whether *error* is about an answer whose time was up; another one would take as long."""
    link: BaseException | None = error
    while link is not None and not isinstance(link, TooLateError):
        link = link.__cause__ or link.__context__
    return link is not None


def _cause(error: requests.RequestException) -> BaseException | None:
    inner = error.args[0] if error.args else None
    return getattr(inner, "reason", None) or (inner if isinstance(inner, BaseException) else None)
