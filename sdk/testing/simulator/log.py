"""Keep what was asked of a simulated vendor, without credentials."""

from __future__ import annotations

from collections.abc import Mapping

from sdk.testing.simulator.auth import AuthScheme
from sdk.testing.simulator.messages import Call, LoggedRequest

_REDACTED = "REDACTED"
_ALWAYS_LEFT_OUT = frozenset({"authorization", "proxy-authorization", "cookie"})
_HEADERS_KEPT = 256


class RequestLog:
    """Hold the requests answered.

    Credentials are left out by name, the headers and parameters that the scheme reads, and by value: a wrong
    connector may send a secret where nobody expects it.
    """

    def __init__(self, auth: AuthScheme, secrets: Mapping[str, str]) -> None:
        self._names = _ALWAYS_LEFT_OUT.union(auth.headers)
        self._params = frozenset(auth.params)
        self._secrets = tuple(secret for secret in secrets.values() if secret)
        self._entries: list[LoggedRequest] = []
        self._cleaned: dict[int, tuple[Mapping[str, str], Mapping[str, str]]] = {}

    def add(self, call: Call, status: int) -> None:
        """Keep a call and the status that answered it."""
        query = tuple((name, self._clean(name, value)) for name, value in call.query)
        entry = LoggedRequest(call.method, self._without_secret(call.path), query, status, self._headers(call))
        self._entries.append(entry)

    def entries(self) -> list[LoggedRequest]:
        """Return what was kept so far."""
        return list(self._entries)

    def _clean(self, name: str, value: str) -> str:
        return _REDACTED if name in self._params else self._without_secret(value)

    def _without_secret(self, text: str) -> str:
        for secret in self._secrets:
            text = text.replace(secret, _REDACTED)
        return text

    def _headers(self, call: Call) -> Mapping[str, str]:
        """Return the headers to keep; callers repeat theirs, and 100,000 entries should share one mapping."""
        original, cleaned = self._cleaned.get(id(call.headers), ({}, {}))
        if original is not call.headers:
            kept = ((name, value) for name, value in call.headers.items() if name not in self._names)
            cleaned = {name: self._without_secret(value) for name, value in kept}
            if len(self._cleaned) >= _HEADERS_KEPT:
                self._cleaned.clear()
            self._cleaned[id(call.headers)] = (call.headers, cleaned)
        return cleaned
