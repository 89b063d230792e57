"""Credentials that stay the same for a whole run: keys, tokens, and user names with passwords."""

from __future__ import annotations

import re
from base64 import b64encode
from typing import TYPE_CHECKING, Final, Literal, TypeAlias, get_args
from urllib.parse import quote, unquote_plus

from attrs import field, frozen
from requests.auth import AuthBase

from sdk.auth.fields import (
    Place,
    as_key,
    as_secret,
    given_field,
    is_sendable,
    key_field,
    shown,
    text_field,
    trimmed,
    without_line_break,
)
from sdk.errors import DeclarationError, SettingError
from sdk.kinds import checked
from sdk.placeholders import Setting, Text, reveal
from sdk.redaction import SecretValue, conceal

if TYPE_CHECKING:
    from requests import PreparedRequest

KeyLocation: TypeAlias = Literal["header", "query", "param", "cookie"]

_NAME: Final = re.compile(r"[!#$%&'*+.^_`|~0-9A-Za-z-]+")  # RFC 9110, 5.6.2; also a cookie's name (RFC 6265, 4.1.1)
_SCHEME_WORD: Final = re.compile(r"[A-Za-z][\w.-]*\s+(?:\w+=)?(?P<key>\S.*)")
_NOT_IN_COOKIE: Final = re.compile(r'[\s",;\\]')

# A shorter one (`X`, `api`) stands for "no password", and hiding each `X` would make every message unreadable.
_SHORTEST_SECRET: Final = 4


@frozen(field_transformer=checked)
class APIKeyAuth(AuthBase):
    """Send a key in a header, a query parameter or a cookie.

    Attributes:
        name: Name of the header, parameter or cookie.
        api_key: The key.
        location: `header`, `query` (or `param`, as dlt also calls it) or `cookie`.
        prefix: Written before the key in a header (`Token token=`). A key that already begins with a scheme word
            (`Bearer abc`, `Token token=abc`) is sent as it is.
    """

    name: str
    api_key: Place = field(converter=as_key, validator=key_field, repr=shown)
    location: KeyLocation = "header"
    prefix: str = ""

    def __attrs_post_init__(self) -> None:
        if problems := self._problems():
            raise DeclarationError("APIKeyAuth", problems)
        if not isinstance(self.api_key, SecretValue):
            return
        key = self.api_key.reveal()
        if self.location == "cookie" and _NOT_IN_COOKIE.search(key):
            raise SettingError("APIKeyAuth.api_key holds a character that no cookie can carry")
        if found := _SCHEME_WORD.fullmatch(key):
            # A server may echo the key without the word that came before it.
            conceal(found["key"])

    def _problems(self) -> list[str]:
        problems = []
        if self.location not in get_args(KeyLocation):
            problems.append(f"location {self.location!r} is none of {', '.join(map(repr, get_args(KeyLocation)))}")
        if not self.name if self.location in {"query", "param"} else not _NAME.fullmatch(self.name):
            problems.append(f"name {self.name!r} cannot name a {self.location}")
        if self.prefix and self.location != "header":
            problems.append("prefix is for a key in a header only")
        if not is_sendable(self.prefix):
            problems.append("prefix holds characters that no header can carry")
        return problems

    def __call__(self, r: PreparedRequest) -> PreparedRequest:
        """Return the request with the key in place of an older value of its name."""
        key = reveal(self.api_key)
        if self.location == "header":
            r.headers[self.name] = key if _SCHEME_WORD.fullmatch(key) else self.prefix + key
        elif self.location == "cookie":
            r.headers["Cookie"] = _with_cookie(r.headers.get("Cookie", ""), self.name, key)
        else:
            r.url = _with_query(r.url or "", self.name, key)
        return r


@frozen
class BearerTokenAuth(AuthBase):
    """Send a token as `Authorization: Bearer <token>`.

    Attributes:
        token: The token.
    """

    token: Place = field(converter=as_key, validator=key_field, repr=shown)

    def __call__(self, r: PreparedRequest) -> PreparedRequest:
        """Return the request with the token."""
        r.headers["Authorization"] = f"Bearer {reveal(self.token)}"
        return r


@frozen
class HttpBasicAuth(AuthBase):
    """Send a user name and a password as `Authorization: Basic`, in UTF-8.

    Many APIs take a key for the user name and ignore the password. A password given as plain text is therefore
    taken for such a dummy, and not hidden wherever it occurs in a message, when it stands beside a secret user name
    or has fewer than four characters; a plain user name beside such a dummy is then the secret.

    Attributes:
        username: The user name.
        password: The password; may be empty.
    """

    username: Text = field(converter=trimmed, validator=given_field, repr=shown)
    password: Text = field(converter=without_line_break, validator=text_field, repr=shown)

    def __attrs_post_init__(self) -> None:
        self._hide()
        username = "" if isinstance(self.username, Setting) else reveal(self.username)
        if ":" in username:
            raise SettingError("HttpBasicAuth.username holds a colon, which would end the user name")
        if not (isinstance(self.username, Setting) or isinstance(self.password, Setting)):
            conceal(f"{username}:{reveal(self.password)}")

    def _hide(self) -> None:
        if not (isinstance(self.username, str) and isinstance(self.password, str)):
            return
        secret = "password" if len(self.password) >= _SHORTEST_SECRET else "username"
        if len(value := getattr(self, secret)) >= _SHORTEST_SECRET:
            object.__setattr__(self, secret, as_secret(value))

    def __call__(self, r: PreparedRequest) -> PreparedRequest:
        """Return the request with the pair."""
        pair = f"{reveal(self.username)}:{reveal(self.password)}"
        r.headers["Authorization"] = f"Basic {b64encode(pair.encode()).decode()}"
        return r


def _with_query(url: str, name: str, value: str) -> str:
    # By hand, because parsing and joining again would rewrite what other parameters look like.
    url, mark, fragment = url.partition("#")
    path, _, query = url.partition("?")
    pairs = query.split("&") if query else []
    kept = [pair for pair in pairs if unquote_plus(pair.partition("=")[0]) != name]
    own = f"{quote(name, safe='')}={quote(value, safe='')}"
    return f"{path}?{'&'.join([*kept, own])}{mark}{fragment}"


def _with_cookie(cookies: str, name: str, value: str) -> str:
    pairs = (pair.strip() for pair in cookies.split(";"))
    kept = [pair for pair in pairs if pair and pair.partition("=")[0].strip() != name]
    return "; ".join([*kept, f"{name}={value}"])
