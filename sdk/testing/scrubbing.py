"""Take out of a recording what must not be stored, and refuse what is left.

Three steps, none of which relies on the one before: only named headers are kept; every announced secret is replaced,
wherever it stands; and the finished text is searched once more, for live secrets and for what looks like one.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterable, Iterator, Mapping
from functools import cache
from typing import Any, Final
from urllib.parse import quote, unquote_plus, urlsplit

from attrs import evolve, field, frozen
from vcr.request import Request  # type: ignore[import-untyped]

from sdk.redaction import HIDDEN, conceal
from sdk.testing.blanking import Blanked
from sdk.testing.cassette_files import Contents
from sdk.testing.encodings import forms, from_base64
from sdk.testing.exchanges import MADE_UP, Exchanges, hidden, name_of
from sdk.testing.fakes import Fakes
from sdk.testing.leaks import leaks, located
from sdk.testing.personal import PersonalData

__all__ = ["CREDENTIALS", "LeakError", "Scrubber", "leaks", "readable"]

CREDENTIALS: Final = "credentials"
"""The header of a stored request that says where which secret was sent: `authorization=api_key`."""

_REQUEST_HEADERS: Final = frozenset({"accept", "content-type", CREDENTIALS})
_RESPONSE_HEADERS: Final = re.compile(
    r"(?i)content-type|date|link|location|retry-after|(x-)?ratelimit-.*|x-(next|prev|total|page|per-page|cursor)[a-z-]*"
)


def _names(value: Iterable[str]) -> tuple[str, ...]:
    return tuple(value)


class LeakError(ValueError):
    """Report a recording that still holds what must not be stored; it was not written."""


@frozen
class Scrubber:
    """Turn what was sent and answered into what may be stored.

    Attributes:
        secrets: The secrets in force, by the name of their setting.
        origin: Scheme, host and port that were recorded; empty when playing.
        stored_origin: What stands in its place.
        personal: Finds personal data and puts fakes in its place; `None` where there is none, as in a simulator.
        blank: Fields of answers to blank, as dotted names that pass through lists: `data.session_url`.
    """

    secrets: Mapping[str, str] = field(repr=False)
    origin: str = ""
    stored_origin: str = ""
    personal: PersonalData | None = None
    blank: tuple[str, ...] = field(default=(), converter=_names)

    _exchanges: Exchanges = field(factory=Exchanges, init=False, repr=False, eq=False)
    _blanked: Blanked = field(init=False, repr=False, eq=False)

    def __attrs_post_init__(self) -> None:
        object.__setattr__(self, "_blanked", Blanked(self.blank, Fakes(self.secrets), self._exchanges))
        for secret in self.secrets.values():
            conceal(secret)

    @property
    def unmatched(self) -> tuple[str, ...]:
        """The fields of `blank` that no answer had so far: a misspelt name blanks nothing."""
        return self._blanked.unmatched

    def nearest(self, field: str) -> tuple[str, ...]:
        """Return the fields of answers whose names come nearest to *field*, of `blank`."""
        return self._blanked.nearest(field)

    def request(self, request: Request) -> Request:
        """Return *request* as it is stored; the same for one that is stored already.

        Raises:
            LeakError: Its body is no text, so that nobody could tell what is in it.
        """
        headers = {name: _text(value) for name, value in request.headers.items()}
        body = None if request.body_bytes is None else _decoded(request.body_bytes)
        carried = headers.get(CREDENTIALS) or ", ".join(self._carried(request.uri, body or "", headers))
        kept = {name: self._clean(value) for name, value in sorted(headers.items()) if name.lower() in _REQUEST_HEADERS}
        uri = self._clean(request.uri)
        if self.personal:
            self.personal.asked(request.uri, body or "")
            uri = self.personal.uri(uri)
        if body:
            body = self._clean(body)
            body = self.personal.body(body) if self.personal else body
        return Request(request.method, uri, body, {**kept, **({CREDENTIALS: carried} if carried else {})})

    def response(self, response: Mapping[str, Any]) -> dict[str, Any]:
        """Return *response* as it is stored; the same for one that is stored already.

        Raises:
            LeakError: Its body is no text, so that nobody could tell what is in it.
        """
        text = _decoded(response["body"]["string"] or b"")
        # Who plays announces what it plays; only while recording is an announced text that nobody set a token.
        given = iter(self.secrets.values()) if self.origin else None
        text = self._clean(self._blanked.body(self._exchanges.learn(text, given)))
        headers = {
            name: [self._clean(_text(value)) for value in values]
            for name, values in sorted(response["headers"].items(), key=lambda item: str(item[0]).lower())
            if _RESPONSE_HEADERS.fullmatch(name)
        }
        if self.personal:
            text = self.personal.answered(text)
            headers = {name: list(map(self.personal.text, values)) for name, values in headers.items()}
        return {
            "status": dict(response["status"]),
            "headers": headers,
            "body": {"string": readable(text).encode()},
        }

    def opening(self, opening: Mapping[str, Any]) -> dict[str, Any]:
        """Return *opening*, one of `Contents.openings`, as it is stored: also its settings may name a person.

        Call it before the first request is sent, so that what the settings name is known in all of them.
        """
        if not self.personal:
            return dict(opening)
        settings = opening.get("settings", {})
        self.personal.learn(settings)
        told = {**opening, "settings": self.personal.data(settings)}
        if "base_path" in opening:
            told["base_path"] = self.personal.uri(opening["base_path"])
        return told

    def settled(self, contents: Contents) -> Contents:
        """Return *contents* once more as they are stored: with what was learnt only after they were recorded.

        A token that an answer brought was announced only after it, and a name that another resource taught may stand
        in a text of this one. So everything is recorded first, then settled, then checked and written.
        """
        exchanges = zip(contents.requests, contents.responses, strict=True)
        settled = [(self.request(request), self.response(response)) for request, response in exchanges]
        return evolve(
            contents,
            openings=[self.opening(one) for one in contents.openings],
            requests=[request for request, _ in settled],
            responses=[response for _, response in settled],
        )

    def check(self, text: str) -> None:
        """Raise what is left in *text*, the finished cassette, that must not be stored.

        Raises:
            LeakError: There is something; its line, kind and place are named, never itself.
        """
        found = located(text, self.secrets)
        left = [str(one) for one in found]
        host = urlsplit(self.origin).netloc
        if host and host in text:
            left.append(f"line {text.count(chr(10), 0, text.index(host)) + 1}: the address that was recorded")
        if not left:
            return
        paths = list(dict.fromkeys(one.place.path for one in found if one.place.path))
        blank = (
            f"blank it with {' '.join(f'--blank {one}' for one in paths)}" if paths else "leave it out of the answer"
        )
        advice = f"; declare it as a Secret of the connector, or {blank} when recording" if found else ""
        raise LeakError(f"the cassette is not written, since it holds {'; '.join(left)}{advice}")

    def _clean(self, text: str) -> str:
        if self.origin:
            text = text.replace(self.origin, self.stored_origin)
            text = text.replace(quote(self.origin, safe=""), quote(self.stored_origin, safe=""))
        text = hidden(self._exchanges.replaced(text))
        for form in _nested(frozenset(self.secrets.values())):
            text = text.replace(form, HIDDEN) if form in text else text
        return text

    def _carried(self, uri: str, body: str, headers: Mapping[str, str]) -> Iterator[str]:
        places = {**headers, "query": urlsplit(uri).query, "body": body}
        held = [*sorted(self.secrets.items()), *self._exchanges.tokens()]
        for name, value in held:
            for place, text in sorted(places.items()):
                if _holds(text, value):
                    yield f"{place}={name}"
        for place, text in sorted(places.items()):
            for one in MADE_UP.finditer(text):
                yield f"{place}={name_of(one)}"


def readable(text: str) -> str:
    """Return a JSON body with one value on each line; any other body as it is."""
    try:
        pretty = json.dumps(json.loads(text), ensure_ascii=False, indent=1)
        pretty.encode()
        # What a parser loses (a double key, 1E400) may be what a test is about.
        return pretty if _literally(pretty) == _literally(text) else text
    except (ValueError, RecursionError):
        return text


def _literally(text: str) -> Any:
    """Return JSON with its numbers as they are written and every key in its place."""
    return json.loads(text, parse_float=str, parse_int=str, parse_constant=str, object_pairs_hook=tuple)


def _text(value: Any) -> str:
    if isinstance(value, list | tuple):
        return ", ".join(map(_text, value))
    return value.decode("latin-1") if isinstance(value, bytes) else str(value)


def _decoded(body: bytes | str) -> str:
    try:
        return body if isinstance(body, str) else body.decode()
    except UnicodeDecodeError:
        raise LeakError("a body that is no UTF-8 text cannot be searched for secrets") from None


def _holds(text: str, secret: str) -> bool:
    """Return whether *text* holds *secret*, as it is, URL-encoded, or in the Base64 of HTTP Basic."""
    plain = (text, unquote_plus(text), *(from_base64(word) for word in text.split()))
    # The parts of Basic may be form-encoded themselves.
    return any(secret in one or secret in unquote_plus(one) for one in plain)


@cache
def _nested(secrets: frozenset[str]) -> tuple[str, ...]:
    """Return the forms of all secrets, the longest first, or one would leave half of another."""
    made = {form for secret in secrets if secret.strip() for form in forms(secret)}
    return tuple(sorted(made, key=len, reverse=True))
