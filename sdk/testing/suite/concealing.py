"""A secret is sent where it is declared to be, once, and is nowhere else."""

from __future__ import annotations

import base64
import binascii
import re
from collections.abc import Iterator, Mapping
from typing import Any, Final
from urllib.parse import unquote_plus, urlsplit

import attrs

from sdk.auth import APIKeyAuth
from sdk.connector import Connector
from sdk.placeholders import Setting
from sdk.redaction import SecretValue
from sdk.resource import Resource
from sdk.testing.cassettes import made_up_secret
from sdk.testing.scrubbing import leaks
from sdk.testing.suite.findings import Finding
from sdk.testing.suite.lists import as_text
from sdk.testing.suite.subject import Sent, Subject

_QUERY: Final = frozenset({"query", "param"})
# This one depends on what else the process holds secret.
_ELSEWHERE: Final = "an announced secret"
_SECRET_LENGTH: Final = 8
_SENT: Final = frozenset({"headers", "params", "json"})
# What carries a key is named so; texts are right in headers and parameters otherwise.
_SECRET_NAME: Final = re.compile(r"(?i)^(proxy-)?authorization$|^cookie$|(^|[-_])(api[-_]?key|token|secret|password)$")


def declared(subject: Subject) -> Iterator[Finding]:
    """No key of an account stands in the declaration, where everyone who installs the plugin gets it."""
    for place in dict.fromkeys(_literals(subject.declared)):
        yield Finding(
            "hard-coded-secret",
            "",
            f"{place} holds a literal text, which everyone who installs the plugin gets; declare a Secret in its "
            "place, and take that key out of use if it is a real one",
        )


def sent(subject: Subject, resource: str) -> Iterator[Finding]:
    """Each request carries a secret in one place, and in its URL only where that is declared."""
    found: dict[tuple[str, str], Finding] = {}
    in_query = _declared_in_query(subject.declared)
    for setting, secret in _secrets(subject).items():
        for one in subject.played(resource).sent:
            places = list(_places(one, secret))
            if any(place == "path" or (place == "query" and setting not in in_query) for place in places):
                text = (
                    f"the secret {setting!r} is sent in the URL, which proxies and servers log; send it in a header, "
                    f'or declare APIKeyAuth(..., location="query") if the API takes it nowhere else'
                )
                found.setdefault((setting, "url"), Finding("secret-in-url", resource, text))
            if len(places) > 1:
                text = (
                    f"the secret {setting!r} is sent {len(places)} times in one request: in {' and in '.join(places)}"
                )
                found.setdefault((setting, "twice"), Finding("secret-sent-twice", resource, f"{text}; once is enough"))
    yield from found.values()


def hidden(subject: Subject, resource: str) -> Iterator[Finding]:
    """No record, no state, no skip and no cassette holds a secret."""
    played = subject.played(resource)
    runs = (played.recording.first, played.recording.second)
    kept = {
        "records": [run.records for run in runs],
        "state": [run.state for run in runs],
        "skips": [
            attrs.asdict(skip, filter=lambda field, _: field.name != "partition") for run in runs for skip in run.skips
        ],
    }
    for setting, secret in _secrets(subject).items():
        for what, value in kept.items():
            if secret in as_text(value):
                yield Finding(
                    f"secret-in-{what}", resource, f"the secret {setting!r} stands in the {what} that it reads"
                )
    known = (_secrets(subject), subject.live_secrets)
    for what in dict.fromkeys(what for some in known for what, _ in leaks(played.text, some) if what != _ELSEWHERE):
        yield Finding(
            "secret-in-cassette",
            resource,
            f"the cassette holds {what}; record it anew, and take that credential out of use if it is a real one",
        )


def _literals(value: Any, place: str = "the declaration") -> Iterator[str]:
    """Yield where a literal stands for a secret; a short one is none, such as the `X` that Basic takes for a password.

    Where a `Secret` belongs a literal is hidden at once, and known by that no setting gave it.
    """
    if isinstance(value, SecretValue):
        if not value.name and len(value.reveal()) >= _SECRET_LENGTH:
            yield place
    elif isinstance(value, Mapping):
        for one in value.values():
            yield from _literals(one, place)
    elif isinstance(value, list | tuple | set | frozenset):
        for one in value:
            yield from _literals(one, place)
    elif attrs.has(type(value)) and not isinstance(value, Setting):
        owner = f"resource {value.name!r}" if isinstance(value, Resource) else type(value).__name__
        for attribute in attrs.fields(type(value)):
            inner = getattr(value, attribute.name)
            if attribute.name in _SENT and isinstance(inner, Mapping):
                yield from (f"{name!r} in the {attribute.name} of {owner}" for name in _keys(inner))
            yield from _literals(inner, f"{attribute.name} of {owner}")


def _keys(sent_with: Mapping[Any, Any]) -> Iterator[Any]:
    """Yield the names of headers or parameters that carry a key, and a literal one."""
    for name, one in sent_with.items():
        if isinstance(one, str) and len(one) >= _SECRET_LENGTH and _SECRET_NAME.search(str(name)):
            yield name


def _secrets(subject: Subject) -> Mapping[str, str]:
    return {one.name: made_up_secret(subject.name, one.name) for one in subject.secrets}


def _places(one: Sent, secret: str) -> Iterator[str]:
    """Yield the places of a request that hold *secret*: its headers by name, its path, its query, its body."""
    parts = urlsplit(one.url)
    for name, text in one.headers.items():
        if _holds(text, secret):
            yield f"the header {name!r}"
    yield from (place for place in ("path", "query") if _holds(unquote_plus(getattr(parts, place)), secret))
    if _holds(one.body, secret):
        yield "the body"


def _holds(text: str, secret: str) -> bool:
    return secret in text or any(secret in _decoded(word) for word in text.split())


def _decoded(word: str) -> str:
    try:
        return base64.b64decode(word, validate=True).decode(errors="replace")
    except (binascii.Error, ValueError):
        return ""


def _declared_in_query(connector: Connector) -> set[str]:
    """Return the secrets that the declaration itself sends in a query parameter."""
    auths = [connector.auth, *(one.auth for one in connector.resources)]
    found = (one for auth in auths for one in _values(auth) if isinstance(one, APIKeyAuth) and one.location in _QUERY)
    return {one.api_key.name for one in found if isinstance(one.api_key, Setting)}


def _values(value: Any) -> Iterator[Any]:
    yield value
    if isinstance(value, list | tuple):
        for one in value:
            yield from _values(one)
    elif attrs.has(type(value)):
        for attribute in attrs.fields(type(value)):
            yield from _values(getattr(value, attribute.name))
