"""Check a caller's credentials the way a vendor does.

A scheme names the settings whose values it expects, so that `server.settings` can hand out a valid set,
and the headers and parameters that carry them, so that the request log can leave them out.
"""

from __future__ import annotations

import base64
import binascii
from collections.abc import Mapping
from typing import Protocol

from attrs import field, frozen

from sdk.testing.simulator.messages import Call


class AuthScheme(Protocol):
    """Tell whether a call carries the right credentials."""

    @property
    def settings(self) -> tuple[str, ...]:
        """Return the names of the settings that hold the expected secrets."""

    @property
    def headers(self) -> tuple[str, ...]:
        """Return the headers that carry a credential, in lower case."""

    @property
    def params(self) -> tuple[str, ...]:
        """Return the query parameters that carry a credential."""

    def admits(self, call: Call, secrets: Mapping[str, str]) -> bool:
        """Return whether the call carries the credentials in *secrets*."""


@frozen
class NoAuth:
    """Admit everybody."""

    settings: tuple[str, ...] = field(default=(), init=False)
    headers: tuple[str, ...] = field(default=(), init=False)
    params: tuple[str, ...] = field(default=(), init=False)

    def admits(self, call: Call, secrets: Mapping[str, str]) -> bool:  # noqa: ARG002 - the scheme's signature
        """Return true."""
        return True


@frozen
class HeaderKey:
    """Expect a key in a header, after a prefix such as `Bearer ` when the vendor wants one."""

    header: str = "Authorization"
    prefix: str = ""
    setting: str = "api_key"
    params: tuple[str, ...] = field(default=(), init=False)

    @property
    def settings(self) -> tuple[str, ...]:
        """Return the one setting."""
        return (self.setting,)

    @property
    def headers(self) -> tuple[str, ...]:
        """Return the one header."""
        return (self.header.lower(),)

    def admits(self, call: Call, secrets: Mapping[str, str]) -> bool:
        """Return whether the header holds exactly prefix and key."""
        return call.headers.get(self.header.lower()) == self.prefix + secrets[self.setting]


@frozen
class BasicUser:
    """Expect HTTP Basic with the key as the user name; the password is ignored, as key-as-user vendors do."""

    setting: str = "api_key"
    params: tuple[str, ...] = field(default=(), init=False)
    headers: tuple[str, ...] = field(default=("authorization",), init=False)

    @property
    def settings(self) -> tuple[str, ...]:
        """Return the one setting."""
        return (self.setting,)

    def admits(self, call: Call, secrets: Mapping[str, str]) -> bool:
        """Return whether the decoded user name is the key."""
        scheme, _, encoded = call.headers.get("authorization", "").partition(" ")
        try:
            user, colon, _ = base64.b64decode(encoded, validate=True).decode().partition(":")
        except (binascii.Error, UnicodeDecodeError):
            return False
        return scheme.lower() == "basic" and bool(colon) and user == secrets[self.setting]


@frozen
class BasicPair:
    """Expect HTTP Basic with a user name and a password."""

    username: str = "username"
    password: str = "password"  # noqa: S105 - the setting's name
    params: tuple[str, ...] = field(default=(), init=False)
    headers: tuple[str, ...] = field(default=("authorization",), init=False)

    @property
    def settings(self) -> tuple[str, ...]:
        """Return the two settings."""
        return (self.username, self.password)

    def admits(self, call: Call, secrets: Mapping[str, str]) -> bool:
        """Return whether the header holds exactly this pair."""
        pair = f"{secrets[self.username]}:{secrets[self.password]}"
        return call.headers.get("authorization") == f"Basic {base64.b64encode(pair.encode()).decode()}"


@frozen
class QueryKey:
    """Expect a key in a query parameter."""

    param: str
    setting: str = "api_key"
    headers: tuple[str, ...] = field(default=(), init=False)

    @property
    def settings(self) -> tuple[str, ...]:
        """Return the one setting."""
        return (self.setting,)

    @property
    def params(self) -> tuple[str, ...]:
        """Return the one parameter."""
        return (self.param,)

    def admits(self, call: Call, secrets: Mapping[str, str]) -> bool:
        """Return whether the parameter is the key."""
        return call.first(self.param) == secrets[self.setting]


def _parts(parts: tuple[AuthScheme, ...], attribute: str) -> tuple[str, ...]:
    return tuple(name for part in parts for name in getattr(part, attribute))


@frozen(init=False)
class _Several:
    """Hold several credentials, and know what all of them use."""

    parts: tuple[AuthScheme, ...]

    def __init__(self, *parts: AuthScheme) -> None:
        self.__attrs_init__(parts)

    @property
    def settings(self) -> tuple[str, ...]:
        """Return the settings of all parts, each once."""
        return tuple(dict.fromkeys(_parts(self.parts, "settings")))

    @property
    def headers(self) -> tuple[str, ...]:
        """Return the headers of all parts."""
        return _parts(self.parts, "headers")

    @property
    def params(self) -> tuple[str, ...]:
        """Return the parameters of all parts."""
        return _parts(self.parts, "params")


@frozen(init=False)
class AllOf(_Several):
    """Expect several credentials at once, such as two key headers."""

    def admits(self, call: Call, secrets: Mapping[str, str]) -> bool:
        """Return whether every part admits the call."""
        return all(part.admits(call, secrets) for part in self.parts)


@frozen(init=False)
class AnyOf(_Several):
    """Expect one of several credentials, such as one key after either of two scheme words."""

    def admits(self, call: Call, secrets: Mapping[str, str]) -> bool:
        """Return whether one part admits the call."""
        return any(part.admits(call, secrets) for part in self.parts)


@frozen
class RequiredHeader:
    """Refuse a call whose header names none of the allowed values.

    Several values in one header are taken apart at the comma and lose their weights (`;q=0.5`), other
    parameters stay, since a vendor may put its version there. A call without the header passes unless
    `required`: for `Accept` no header means anything will do (RFC 9110, 12.5.1).
    """

    header: str
    allowed: tuple[str, ...]
    status: int = 406
    required: bool = False

    def admits(self, call: Call) -> bool:
        """Return whether one of the header's values is allowed."""
        sent = call.headers.get(self.header.lower())
        if sent is None:
            return not self.required
        values = (value.split(";q=")[0].strip().lower() for value in sent.split(","))
        return any(value in self.allowed for value in values)
