"""The encodings in which one text travels inside another, made and undone."""

from __future__ import annotations

import base64
import binascii
import html
import json
import re
from collections.abc import Iterator
from typing import Final
from urllib.parse import quote, quote_plus, unquote, unquote_plus

_BASE64: Final = re.compile(r"[A-Za-z0-9+/_-]{8,}={0,2}")
_HEX: Final = re.compile(r"[0-9A-Fa-f]{12,}")
_ESCAPED: Final = re.compile(r"\\u00([0-7][0-9A-Fa-f])|\\x([0-7][0-9A-Fa-f])")

# What is shorter is found by chance.
_TELLING: Final = 6
_LONG: Final = 8


def forms(text: str) -> set[str]:
    """Return the ways in which *text* is written that `sdk.redaction` does not know: nested ones, hex and HTML."""
    raw = text.encode()
    found = {text}
    for once in (quote(text, safe=""), quote(text), quote_plus(text)):
        found |= {once, quote(once, safe=""), _lower(once), quote(_lower(once), safe=""), _lower(quote(once, safe=""))}
    escaped = {json.dumps(text)[1:-1], json.dumps(text, ensure_ascii=False)[1:-1]}
    found |= escaped | {json.dumps(one, ensure_ascii=plain)[1:-1] for one in escaped for plain in (True, False)}
    found |= {html.escape(text), html.escape(text).replace("&#x27;", "&#39;"), html.escape(text, quote=False)}
    if len(text) >= _TELLING:
        found |= {raw.hex(), raw.hex().upper()}
    if len(text) >= _LONG:
        encoded = base64.b64encode(raw)
        # Base64 of Base64, as in a header that was put into a JSON web token.
        found |= {
            base64.b64encode(encoded.rstrip(b"=")).decode().rstrip("=")[:-2],
            encoded.decode().replace("=", "%3D"),
        }
    return {one for one in found if one.strip()}


def decodings(text: str) -> Iterator[tuple[str, int]]:
    """Yield *text* as each decoder reads it, and parts of it that are Base64 or hex, with the place of the part."""
    seen = {text}
    for decode in (unquote, unquote_plus, html.unescape, _unescaped):
        once = decode(text)
        for again in (once, decode(once)):
            if again not in seen:
                seen.add(again)
                yield again, 0
    for match in _BASE64.finditer(text):
        for start in range(4):
            if decoded := _from_base64(match[0][start:]):
                yield decoded, match.start()
    for match in _HEX.finditer(text):
        for start in range(2):
            run = match[0][start:]
            yield bytes.fromhex(run[: len(run) // 2 * 2]).decode("latin-1"), match.start()


def from_base64(word: str) -> str:
    """Return the text that *word* is the Base64 of; nothing where it is none."""
    try:
        return base64.b64decode(word, validate=True).decode()
    except (binascii.Error, UnicodeDecodeError, ValueError):
        return ""


def _from_base64(run: str) -> str:
    run = run.rstrip("=").replace("-", "+").replace("_", "/")
    # One character by itself holds no byte.
    run = run[: len(run) - 1] if len(run) % 4 == 1 else run
    return base64.b64decode(run + "=" * (-len(run) % 4)).decode("latin-1")


def _unescaped(text: str) -> str:
    return _ESCAPED.sub(lambda match: chr(int(match[1] or match[2], 16)), text).replace("\\/", "/").replace('\\"', '"')


def _lower(quoted: str) -> str:
    return re.sub("%[0-9A-F]{2}", lambda match: match[0].lower(), quoted)
