"""The origin lock: a credential goes only to the declared origin, and rows come only from there.

Next links, `Link` headers, redirects and parents' values are data; none of them may change scheme, host or port.
"""

from __future__ import annotations

from urllib.parse import SplitResult, urlsplit

import idna
from attrs import frozen

from sdk.errors import SettingError

_DEFAULT_PORTS = {"http": 80, "https": 443}


@frozen
class Origin:
    """Scheme, host and port of a `base_url` (RFC 6454)."""

    scheme: str
    host: str
    port: int

    @classmethod
    def of(cls, base_url: str) -> Origin:
        """Return the origin of *base_url*.

        Raises:
            SettingError: It has no http(s) scheme, no host, a query, or credentials in it.
        """
        try:
            parts = urlsplit(base_url.strip())
            problem, origin = _problem(parts), _origin(parts)
        except ValueError:
            problem, origin = "it is no URL", None
        if problem or origin is None:
            raise SettingError(f"base_url cannot be used: {problem}; give it as https://host/path")
        return origin

    def allows(self, url: str) -> bool:
        """Return whether *url* stays within this origin and carries no credentials of its own."""
        if url.startswith(f"{self}/"):
            return True  # written as we write it, like nearly every one; looked at twice for each request
        try:
            parts = urlsplit(url)
            return parts.username is None and parts.password is None and _origin(parts) == self
        except ValueError:
            return False

    def __str__(self) -> str:
        port = "" if self.port == _DEFAULT_PORTS.get(self.scheme) else f":{self.port}"
        return f"{self.scheme}://{self.host}{port}"


def _problem(parts: SplitResult) -> str:
    if parts.scheme.lower() not in _DEFAULT_PORTS:
        return "its scheme is not http or https"
    if parts.username is not None or parts.password is not None:
        return "it holds credentials, which belong in the connector's secrets"
    if not parts.hostname:
        return "it names no host"
    if parts.query or parts.fragment:
        return "it has a query or a fragment"
    return ""


def _origin(parts: SplitResult) -> Origin | None:
    scheme, host = parts.scheme.lower(), parts.hostname
    if scheme not in _DEFAULT_PORTS or not host:
        return None
    return Origin(scheme, _as_asked(host.lower()), _DEFAULT_PORTS[scheme] if parts.port is None else parts.port)


def _as_asked(host: str) -> str:
    """Return the name that is looked up: one in another script has a spelling in ASCII, and both are the same host."""
    if host.isascii():
        return host
    try:
        return idna.encode(host, uts46=True).decode()
    except idna.IDNAError as error:
        raise ValueError("no host has this name") from error
