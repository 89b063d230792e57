"""Give out access tokens, and check them: OAuth 2.0's grant for clients (RFC 6749, section 4.4).

A vendor with such tokens has three parts here: `IssuedToken` as its scheme, `token_endpoint` among its endpoints, and
`ACCESS_TOKENS` among its tables. Its `addresses` then tell the connector where the endpoint is.
"""

from __future__ import annotations

import base64
import binascii
from collections.abc import Iterator, Mapping
from typing import Final
from urllib.parse import parse_qsl, unquote_plus

from attrs import field, frozen

from sdk.testing.simulator.description import Endpoint, Seeding, Table
from sdk.testing.simulator.messages import Call, InvalidParameterError, Pairs, Row
from sdk.testing.simulator.shapes import SingleObject

_TOKEN: Final = "simulated-access-token"  # noqa: S105 - valid nowhere but on loopback
_GRANT: Final = "client_credentials"


@frozen
class IssuedToken:
    """Expect the access token that the token endpoint gives out, as a bearer token."""

    client_id: str = "client_id"
    client_secret: str = "client_secret"  # noqa: S105 - the setting's name
    headers: tuple[str, ...] = field(default=("authorization",), init=False)
    params: tuple[str, ...] = field(default=(), init=False)

    @property
    def settings(self) -> tuple[str, ...]:
        """Return the settings that a token is given out for."""
        return (self.client_id, self.client_secret)

    def admits(self, call: Call, secrets: Mapping[str, str]) -> bool:  # noqa: ARG002 - the scheme's signature
        """Return whether the token is the one given out."""
        return call.headers.get("authorization") == f"Bearer {_TOKEN}"


@frozen
class ClientPair(IssuedToken):
    """Expect a client's id and secret, form-encoded in a Basic header or as fields of the form."""

    def admits(self, call: Call, secrets: Mapping[str, str]) -> bool:
        """Return whether both are right."""
        expected = (secrets[self.client_id], secrets[self.client_secret])
        form = dict(_form(call.body))
        return expected in {_basic(call), (form.get("client_id", ""), form.get("client_secret", ""))}


def token_endpoint(path: str = "/oauth/token") -> Endpoint:
    """Return the endpoint that gives out access tokens."""
    return Endpoint(
        name=ACCESS_TOKENS.name,
        path=path,
        method="POST",
        shape=SingleObject(),
        reads=_granted,
        also=("grant_type", "scope", "client_id", "client_secret"),
        auth=ClientPair(),
    )


def _tokens(_seeding: Seeding) -> Iterator[Row]:
    yield Row({"access_token": _TOKEN, "token_type": "Bearer", "expires_in": 3600})


ACCESS_TOKENS: Final = Table(
    "access_tokens", _tokens, size=1, scales=False, key="access_token", created=None, updated=None
)
"""The one token that a simulated vendor gives out, however often it is asked."""


def _granted(body: bytes) -> Pairs:
    form = _form(body)
    if ("grant_type", _GRANT) not in form:
        raise InvalidParameterError("grant_type", f"it should be {_GRANT}")
    return form


def _form(body: bytes) -> Pairs:
    return tuple(parse_qsl(body.decode("utf-8", errors="replace"), keep_blank_values=True))


def _basic(call: Call) -> tuple[str, str]:
    scheme, _, encoded = call.headers.get("authorization", "").partition(" ")
    try:
        client, _, secret = base64.b64decode(encoded, validate=True).decode().partition(":")
    except (binascii.Error, UnicodeDecodeError):
        return "", ""
    return (unquote_plus(client), unquote_plus(secret)) if scheme.lower() == "basic" else ("", "")
