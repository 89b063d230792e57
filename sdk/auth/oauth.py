"""Access tokens that run out: OAuth 2.0 (RFC 6749) for programs."""

from __future__ import annotations

import abc
import logging
import math
from base64 import b64encode
from collections.abc import Mapping
from typing import TYPE_CHECKING, Any, Final, Literal, TypeAlias, get_args
from urllib.parse import quote_plus, urlsplit

from attrs import field, frozen
from requests.auth import AuthBase

from sdk.auth import tokens
from sdk.auth.endpoint import Answer, ask, shown_url
from sdk.auth.fields import Place, as_key, given_field, is_sendable, revealed, shown, text_field, trimmed
from sdk.auth.tokens import Token, TokenCell
from sdk.errors import DeclarationError
from sdk.jsonpath import compile_path, find
from sdk.kinds import checked
from sdk.messages import as_params
from sdk.placeholders import Setting, Text, reveal
from sdk.redaction import SecretValue, conceal

if TYPE_CHECKING:
    from requests import PreparedRequest

SendAs: TypeAlias = Literal["basic", "post"]

_ALSO_SECRET: Final = ("refresh_token", "id_token")

_logger = logging.getLogger(__name__)


def _as_fields(data: Mapping[str, Any] | None) -> Mapping[str, Any]:
    return {} if data is None else data


def _shown_url(url: Text) -> str:
    return repr(shown_url(url) if isinstance(url, str) else url)


@frozen(field_transformer=checked)
class TokenAuth(AuthBase, abc.ABC):
    """What the grants have in common: a token is fetched when it is first needed, and again ahead of its expiry."""

    access_token_url: Text = field(converter=trimmed, repr=_shown_url)
    client_id: Text = field(converter=trimmed, validator=given_field, repr=shown)
    client_secret: Place = field(converter=as_key, validator=text_field, repr=shown)
    scope: Text | None = field(default=None, kw_only=True)
    access_token_request_data: Mapping[str, Any] = field(
        default=None, converter=_as_fields, kw_only=True, repr=shown, hash=False
    )
    send_as: SendAs = field(default="basic", kw_only=True)
    default_token_expiration: float = field(default=3600, kw_only=True)
    access_token_path: str = field(default="access_token", kw_only=True)
    safety_margin: float = field(default=60, kw_only=True)
    _cell: TokenCell = field(factory=TokenCell, init=False, eq=False, repr=False)

    def __attrs_post_init__(self) -> None:
        if problems := self._problems():
            raise DeclarationError(type(self).__name__, problems)
        if isinstance(self.client_secret, SecretValue) and not isinstance(self.client_id, Setting):
            conceal(self._pair())

    def __call__(self, r: PreparedRequest) -> PreparedRequest:
        """Return the request with a token that is fresh."""
        r.headers["Authorization"] = self._cell.token(self._fetch).header
        return r

    def refresh(self, stale: PreparedRequest) -> bool:
        """Fetch another token when *stale* carried the current one; see `Refreshable`.

        Raises:
            ReadError: The server gives none.
        """
        header = stale.headers.get("Authorization")
        # Without the header somebody took it away, and would again.
        return header is not None and self._cell.replace(header, self._fetch)

    @abc.abstractmethod
    def _fetch(self) -> Token:
        """Return a new token; called by one thread at a time."""

    def ask_for(self, grant: Mapping[str, str]) -> tuple[Token, Answer]:
        """Return the token that the endpoint gives for *grant*, and its whole answer."""
        since = tokens.clock()
        answer = ask(reveal(self.access_token_url), self._form(grant), self._authorization())
        for name in _ALSO_SECRET:
            if isinstance(found := find(name, answer.body), str):
                conceal(found)
        value = find(self.access_token_path, answer.body)
        if not isinstance(value, str) or not value:
            raise answer.error(f"without an access token at {self.access_token_path!r}")
        secret = SecretValue(value)
        if not is_sendable(value):
            raise answer.error("with an access token that no header can carry")
        lifetime = _seconds(find("expires_in", answer.body)) or self.default_token_expiration
        return Token.lasting(secret, lifetime, since=since, margin=self.safety_margin), answer

    def _form(self, grant: Mapping[str, str]) -> tuple[tuple[str, str], ...]:
        form: dict[str, Any] = {**grant, "scope": reveal(self.scope) if self.scope else None}
        if self._authorization() is None:
            form |= {"client_id": reveal(self.client_id), "client_secret": reveal(self.client_secret) or None}
        return as_params({**form, **revealed(self.access_token_request_data)})

    def _authorization(self) -> str | None:
        # A client without a secret has nothing to prove, and is only named (RFC 6749, 3.2.1).
        if self.send_as == "post" or not reveal(self.client_secret):
            return None
        return f"Basic {b64encode(self._pair().encode()).decode()}"

    def _pair(self) -> str:
        # Unlike in other Basic authentication the parts are form-encoded first (RFC 6749, 2.3.1).
        return f"{quote_plus(reveal(self.client_id))}:{quote_plus(reveal(self.client_secret))}"

    def _problems(self) -> list[str]:
        problems = [] if isinstance(self.access_token_url, Setting) else _url_problems(reveal(self.access_token_url))
        if self.send_as not in get_args(SendAs):
            problems.append(f"send_as {self.send_as!r} is neither 'basic' nor 'post'")
        if not self.default_token_expiration > 0:
            problems.append("default_token_expiration must be more than 0 seconds")
        if not self.safety_margin >= 0:
            problems.append("safety_margin must not be negative")
        try:
            compile_path(self.access_token_path)
        except ValueError as error:
            problems.append(f"access_token_path {error}")
        return problems


@frozen
class OAuth2ClientCredentials(TokenAuth):
    """Get access tokens for the client itself, without a user (RFC 6749, section 4.4).

    Attributes:
        access_token_url: The token endpoint. It is asked without redirects, `.netrc` and, unless `trust_env` is
            set, proxies.
        client_id: The client's id.
        client_secret: The client's secret.
        scope: The scopes asked for, separated by spaces.
        access_token_request_data: More fields for the token request (`audience`), which win over those made here.
        send_as: `basic` sends id and secret in a header, form-encoded as the standard has it; `post` in the body,
            as dlt does.
        default_token_expiration: Seconds that a token lives when the server does not say.
        access_token_path: Where in the answer the token is.
        safety_margin: Seconds before its expiry when a token is replaced, a tenth of its lifetime at most.
    """

    client_secret: Place = field(converter=as_key, validator=given_field, repr=shown)

    def _fetch(self) -> Token:
        return self.ask_for({"grant_type": "client_credentials"})[0]


def _url_problems(url: str) -> list[str]:
    try:
        parts = urlsplit(url)
    except ValueError:
        return ["access_token_url is no URL"]
    if parts.scheme not in {"http", "https"} or not parts.hostname:
        return [f"access_token_url {shown_url(url)!r} is no http(s) URL"]
    if "@" in parts.netloc:
        return ["access_token_url holds a user name or password; use client_id and client_secret"]
    return []


def _seconds(value: Any) -> float | None:
    """Return the lifetime that *value* states, a number or numeric text; `None` when it states none that can be."""
    if isinstance(value, bool) or not isinstance(value, int | float | str):
        return None
    try:
        seconds = float(value)
    except (ValueError, OverflowError):
        return None
    return seconds if math.isfinite(seconds) and seconds > 0 else None
