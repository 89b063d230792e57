"""Settings that are credentials, though they are not declared as such."""

from __future__ import annotations

import re
from collections.abc import Generator, Iterator, Mapping
from typing import TYPE_CHECKING, Any, Final
from urllib.parse import unquote_plus, urlsplit

import attrs
from attrs import define, field

from sdk.connector import Connector
from sdk.hookspecs import hookimpl
from sdk.placeholders import Secret, Setting, placeholders
from sdk.testing.encodings import from_base64

if TYPE_CHECKING:
    from requests import PreparedRequest

SECRET_NAME: Final = re.compile(
    r"(?i)(^|[_-])(secret|token|password|passwd|credentials?)$|(api|access|private|app\w*)[_-]?key$|^(proxy-)?authorization$"
)
"""Names of settings, headers and parameters that hold secrets."""

_SECRET_FIELD: Final = re.compile(r"(?i)(^|_)(secret|token|password|key)$")
_LONG: Final = 4


def plain_credentials(connector: Connector) -> tuple[Setting, ...]:
    """Return the settings that a declaration sends as credentials, or as a part of some, and that are no `Secret`.

    What an auth scheme takes beside a secret, such as a user's name, is none.
    """
    found: dict[str, Setting] = {}
    auths = [connector.auth, *(one.auth for one in connector.resources)]
    sent = [connector.headers, *(named for one in connector.resources for named in (one.headers, one.params))]
    for auth in auths:
        for setting in _in_auth(auth):
            found.setdefault(setting.name, setting)
    for named in sent:
        for name, value in named.items():
            if SECRET_NAME.search(name):
                for setting in _plain(value):
                    found.setdefault(setting.name, setting)
    return tuple(found.values())


def _in_auth(auth: Any) -> Iterator[Setting]:
    if isinstance(auth, list | tuple):
        for one in auth:
            yield from _in_auth(one)
    elif isinstance(auth, Mapping):
        yield from _in_auth(list(auth.values()))
    elif attrs.has(type(auth)) and not isinstance(auth, Setting):
        own = {one.name: getattr(auth, one.name) for one in attrs.fields(type(auth))}
        is_bare = not any(isinstance(one, Secret) for one in placeholders(auth))
        for name, value in own.items():
            if is_bare or (_SECRET_FIELD.search(name) and isinstance(value, Setting)):
                yield from _plain(value)
            else:
                yield from _in_auth(value)


def _plain(value: Any) -> Iterator[Setting]:
    return (one for one in placeholders([value]) if one.kind == "text" and not isinstance(one, Secret))


@define(eq=False)
class Carried:
    """A plugin that notes which settings are sent as credentials: by what authentication adds to a request.

    Attributes:
        settings: The settings that are no secrets, with their values.
        secrets: The secrets' values.
        found: The names of those that were sent so.
    """

    settings: Mapping[str, Any] = field(repr=False)
    secrets: tuple[str, ...] = field(repr=False)
    found: set[str] = field(factory=set)

    @hookimpl(wrapper=True)
    def sdk_authenticate(self, request: PreparedRequest) -> Generator[None, PreparedRequest, PreparedRequest]:
        """Compare the request with and without its credentials."""
        before = set(_texts(request))
        request = yield
        # What stands beside a secret says who asks; what stands alone is the credential.
        for text in set(_texts(request)) - before:
            forms = (text, *(from_base64(word) for word in text.split()))
            if not any(secret in one for secret in self.secrets for one in forms):
                self.found.update(name for name, value in self._texts() if any(value in one for one in forms))
        return request

    def _texts(self) -> Iterator[tuple[str, str]]:
        for name, value in self.settings.items():
            if isinstance(value, str) and len(value) >= _LONG:
                yield name, value


def _texts(request: PreparedRequest) -> Iterator[str]:
    """Yield what a request carries: each header's value, and each part of the query."""
    yield from (value if isinstance(value, str) else value.decode("latin-1") for value in request.headers.values())
    yield from map(unquote_plus, urlsplit(request.url or "").query.split("&"))
