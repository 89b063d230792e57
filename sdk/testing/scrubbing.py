"""Take out of a recording what must not be stored, and refuse what is left.

Three steps, none of which relies on the one before: only named headers are kept; every announced secret is replaced,
wherever it stands; and the finished text is searched once more, for live secrets and for what looks like one.
"""

from __future__ import annotations

import base64
import binascii
import json
import re
from collections.abc import Iterator, Mapping
from typing import Any, Final
from urllib.parse import quote, unquote_plus, urlsplit

from attrs import field, frozen
from vcr.request import Request  # type: ignore[import-untyped]

from sdk.redaction import HIDDEN, conceal, redact

CREDENTIALS: Final = "credentials"
"""The header of a stored request that says where which secret was sent: `authorization=api_key`."""

_REQUEST_HEADERS: Final = frozenset({"accept", "content-type", CREDENTIALS})
_RESPONSE_HEADERS: Final = re.compile(
    r"(?i)content-type|link|location|retry-after|(x-)?ratelimit-.*|x-(next|prev|total|page|per-page|cursor)[a-z-]*"
)

# A value that is already hidden, or that holds nothing, is no leak.
_VALUE = r"(?!\*\*\*|null\b|undefined\b)[^\s\"'&,}\]]{6,}"
_NAMES = r"(?:access_?token|refresh_?token|client_?secret|api_?key|app(?:lication)?_?key|passw(?:or)?d|authorization)"

_SHAPES: Final[Mapping[str, re.Pattern[str]]] = {
    "an authorization header": re.compile(rf"(?i)\b(?:bearer|basic|token token=)\s+{_VALUE}"),
    "a field named like a secret": re.compile(rf"(?i)[\"']{_NAMES}[\"']\s*:\s*[\"']{_VALUE}"),
    "a parameter named like a secret": re.compile(rf"(?i)[?&]{_NAMES}={_VALUE}"),
    "credentials in a URL": re.compile(r"(?i)\bhttps?://[^/\s:@\"']+:[^/\s@\"']+@"),
    "a JSON web token": re.compile(r"\beyJ[\w-]{8,}\.[\w-]{8,}\.[\w-]*"),
    "a private key": re.compile(r"-----BEGIN [A-Z ]*PRIVATE KEY"),
    "a vendor's key": re.compile(
        r"\b(?:gh[pousr]_\w{20,}|github_pat_\w{20,}|glpat-[\w-]{16,}|xox[abprs]-[\w-]{10,}|AKIA[0-9A-Z]{16}"
        r"|AIza[\w-]{30,}|(?:sk|pk|rk)_(?:live|test)_\w{10,}|sk-[\w-]{20,})"
    ),
}


class LeakError(ValueError):
    """Report a recording that still holds what must not be stored; it was not written."""


@frozen
class Scrubber:
    """Turn what was sent and answered into what may be stored.

    Attributes:
        secrets: The secrets in force, by the name of their setting.
        origin: Scheme, host and port that were recorded; empty when playing.
        stored_origin: What stands in its place.
    """

    secrets: Mapping[str, str] = field(repr=False)
    origin: str = ""
    stored_origin: str = ""

    def __attrs_post_init__(self) -> None:
        for secret in self.secrets.values():
            conceal(secret)

    def request(self, request: Request) -> Request:
        """Return *request* as it is stored; the same for one that is stored already."""
        headers = {name: _text(value) for name, value in request.headers.items()}
        carried = headers.get(CREDENTIALS) or ", ".join(self._carried(request, headers))
        kept = {name: self._clean(value) for name, value in sorted(headers.items()) if name.lower() in _REQUEST_HEADERS}
        body = request.body_bytes
        return Request(
            request.method,
            self._clean(request.uri),
            None if body is None else self._clean(body.decode()),
            {**kept, **({CREDENTIALS: carried} if carried else {})},
        )

    def response(self, response: Mapping[str, Any]) -> dict[str, Any]:
        """Return *response* as it is stored.

        Raises:
            LeakError: Its body is no text, so that nobody could tell what is in it.
        """
        try:
            text = (response["body"]["string"] or b"").decode()
        except UnicodeDecodeError:
            raise LeakError("a body that is no UTF-8 text cannot be searched for secrets") from None
        headers = {
            name: [self._clean(value) for value in values]
            for name, values in sorted(response["headers"].items(), key=lambda item: str(item[0]).lower())
            if _RESPONSE_HEADERS.fullmatch(name)
        }
        return {
            "status": dict(response["status"]),
            "headers": headers,
            "body": {"string": readable(self._clean(text)).encode()},
        }

    def check(self, text: str) -> None:
        """Raise what is left in *text*, the finished cassette, that must not be stored.

        Raises:
            LeakError: There is something; its line and kind are named, never itself.
        """
        left = [f"line {text.count(chr(10), 0, at) + 1}: {what}" for what, at in sorted(leaks(text, self.secrets))]
        host = urlsplit(self.origin).netloc
        if host and host in text:
            left.append(f"line {text.count(chr(10), 0, text.index(host)) + 1}: the address that was recorded")
        if left:
            raise LeakError("the cassette is not written, since it holds " + "; ".join(left))

    def _clean(self, text: str) -> str:
        if self.origin:
            text = text.replace(self.origin, self.stored_origin)
            text = text.replace(quote(self.origin, safe=""), quote(self.stored_origin, safe=""))
        return redact(text)

    def _carried(self, request: Request, headers: Mapping[str, str]) -> Iterator[str]:
        places = {**headers, "query": urlsplit(request.uri).query, "body": (request.body_bytes or b"").decode()}
        for setting, secret in sorted(self.secrets.items()):
            for place, text in sorted(places.items()):
                if _holds(text, secret):
                    yield f"{place}={setting}"


def leaks(text: str, secrets: Mapping[str, str]) -> Iterator[tuple[str, int]]:
    """Yield what in *text* must not be stored, and where: live secrets, and what looks like one."""
    for setting, secret in secrets.items():
        if (at := text.find(secret)) >= 0:
            yield f"the secret {setting!r}", at
    if redact(text) != text:
        # Some other announced secret, or one of these in another encoding.
        yield (
            "an announced secret",
            next(at for at, (a, b) in enumerate(zip(text, redact(text), strict=False)) if a != b),
        )
    for what, shape in _SHAPES.items():
        for match in shape.finditer(text):
            if HIDDEN not in match[0]:
                yield what, match.start()


def readable(text: str) -> str:
    """Return a JSON body with one value on each line; any other body as it is."""
    try:
        pretty = json.dumps(json.loads(text), ensure_ascii=False, indent=1)
        # What a parser loses (a double key, 1E400) may be what a test is about.
        return pretty if _literally(pretty) == _literally(text) else text
    except ValueError:
        return text


def _literally(text: str) -> Any:
    """Return JSON with its numbers as they are written and every key in its place."""
    return json.loads(text, parse_float=str, parse_int=str, parse_constant=str, object_pairs_hook=tuple)


def _text(value: Any) -> str:
    if isinstance(value, list | tuple):
        return ", ".join(map(_text, value))
    return value.decode("latin-1") if isinstance(value, bytes) else str(value)


def _holds(text: str, secret: str) -> bool:
    """Return whether *text* holds *secret*, as it is, URL-encoded, or in the Base64 of HTTP Basic."""
    return secret in text or secret in unquote_plus(text) or any(secret in _decoded(word) for word in text.split())


def _decoded(word: str) -> str:
    try:
        return base64.b64decode(word, validate=True).decode()
    except (binascii.Error, UnicodeDecodeError, ValueError):
        return ""
