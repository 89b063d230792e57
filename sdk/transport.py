"""The wire: a session that takes nothing from its surroundings, bodies within bounds, faults in plain words."""

from __future__ import annotations

import logging
import time
from collections.abc import Mapping
from importlib.metadata import PackageNotFoundError, version
from typing import Final

import requests
import urllib3
from requests.adapters import HTTPAdapter

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


class TooMuchError(Exception):
    """A body passed a bound."""


def session() -> requests.Session:
    """Return a session that reads no proxies, certificates or `.netrc` from its surroundings, and never retries.

    Retries are the client's, one policy; requests' own would multiply with them.
    """
    _LOGS_TARGETS.addFilter(_REDACTING)
    made = requests.Session()
    made.trust_env = False
    adapter = HTTPAdapter(pool_connections=4, pool_maxsize=_CONNECTIONS, max_retries=0)
    made.mount("https://", adapter)
    made.mount("http://", adapter)
    return made


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


def _cause(error: requests.RequestException) -> BaseException | None:
    inner = error.args[0] if error.args else None
    return getattr(inner, "reason", None) or (inner if isinstance(inner, BaseException) else None)
