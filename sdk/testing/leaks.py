"""Search a finished cassette for what must not be stored: live secrets in any encoding, and what looks like one."""

from __future__ import annotations

import math
import re
from collections import Counter
from collections.abc import Iterator, Mapping
from typing import Final

from attrs import frozen

from sdk.redaction import HIDDEN
from sdk.testing.encodings import decodings, forms
from sdk.testing.exchanges import MADE_UP, hidden
from sdk.testing.places import Place, Places

# A value that is already hidden, made up, or that holds nothing, is no leak.
_EMPTY: Final = rf"(?!{re.escape(HIDDEN)}|null\b|undefined\b|made-up-|blanked-)"
_VALUE: Final = rf"{_EMPTY}[^\s\"'&,}}\]<>\\]{{6,}}"
_NAMES: Final = (
    r"(?:access_?token|refresh_?token|id_?token|client_?secret|api_?key|app(?:lication)?_?key|passw(?:or)?d|pwd"
    r"|passphrase|authorization|private_?key|secret_?key|signing_?secret|webhook_?secret|shared_?secret"
    r"|aws_?secret_?access_?key)"
)
# Names that also stand for harmless things: their values count when they look random.
_VAGUE: Final = (
    r"(?:[\w-]*(?:secret|credentials?)|(?:(?!next|prev|page|cursor|continuation|sync|delta|scroll|resume|skip|start|end"
    r"|after|before|public|push)[\w-])*?token|auth|(?:php)?sess(?:ion)?_?(?:id|key|token)?|j?session_?id|sid|jwt|cookies?"
    r"|set-cookie|signature|sig|x-amz-signature|x-goog-signature|access_?key|csrf\w*|bearer|otp_?secret|pin_?code)"
)
_QUOTE: Final = r"(?:\\*[\"'])"

_SHAPES: Final[Mapping[str, re.Pattern[str]]] = {
    "an authorization header": re.compile(rf"(?i)\b(?:bearer|basic|token token=)\s+{_VALUE}"),
    "a field named like a secret": re.compile(rf"(?i){_QUOTE}{_NAMES}{_QUOTE}\s*:\s*{_QUOTE}{_VALUE}"),
    "a parameter named like a secret": re.compile(rf"(?i)(?:[?&]|\\u0026|&amp;){_NAMES}={_VALUE}"),
    "credentials in a URL": re.compile(r"(?i)\b[a-z][a-z+]{1,20}://[^/\s:@\"']{1,200}:[^/\s@\"']{1,200}@"),
    "a JSON web token": re.compile(r"\beyJ[\w-]{8,}\.[\w-]{8,}\.[\w-]*"),
    "a private key": re.compile(r"-----BEGIN [A-Z ]*PRIVATE KEY"),
    "a cookie": re.compile(rf"(?i)\bset-cookie\b[\"']?\s*[:=]\s*[\"'\[]*[\w.-]+={_EMPTY}[^\s;\"']{{6,}}"),
    "a vendor's key": re.compile(
        r"\b(?:gh[pousr]_\w{20,}|github_pat_\w{20,}|gl(?:pat|ptt|dt|rt|soat)-[\w-]{16,}|xox[abeoprs]-[\w-]{10,}"
        r"|xapp-\d-[\w-]{20,}|(?:AKIA|ASIA)[0-9A-Z]{16}\b|AIza[\w-]{30,}|ya29\.[\w-]{20,}|GOCSPX-[\w-]{20,}"
        r"|(?:sk|pk|rk)_(?:live|test)_\w{10,}|whsec_[\w+/=]{16,}|sk-[\w-]{20,}|SG\.[\w-]{16,}\.[\w-]{16,}"
        r"|npm_[A-Za-z0-9]{30,}|pypi-AgE[\w-]{30,}|shp(?:at|ca|pa|ss)_[0-9a-fA-F]{20,}|do[oprt]_v1_[0-9a-f]{40,}"
        r"|lin_(?:api|oauth)_\w{20,}|ntn_\w{30,}|secret_[A-Za-z0-9]{40,}|ATATT[\w=-]{20,}|ATCTT[\w=-]{20,}"
        r"|hf_[A-Za-z]{30,}|hv[sbr]\.[\w-]{20,}|glsa_\w{20,}|glc_[\w=+/]{20,}|NRAK-[A-Z0-9]{20,}|PMAK-[\w-]{30,}"
        r"|sntry[su]_[\w=+/-]{20,}|nfp_\w{30,}|pat-(?:na|eu)\d-[\w-]{20,}|dapi[0-9a-f]{32}|EAAC[A-Za-z0-9]{30,}"
        r"|sq0[a-z]{3}-[\w-]{20,}|key-[0-9a-f]{32}\b|[0-9a-f]{32}-us\d{1,2}\b|\d{8,10}:AA[\w-]{33})"
        r"|hooks\.slack\.com/(?:services|workflows)/T\w+/\w+/\w+|AccountKey=[\w+/=]{40,}"
    ),
}
_RANDOM: Final[Mapping[str, re.Pattern[str]]] = {
    "a field named like a secret": re.compile(rf"(?i){_QUOTE}{_VAGUE}{_QUOTE}\s*:\s*{_QUOTE}({_VALUE})"),
    "a parameter named like a secret": re.compile(rf"(?i)(?:[?&]|\\u0026|&amp;)(?:{_VAGUE}|key)=({_VALUE})"),
}

_LONG: Final = 16
_BITS: Final = 3.0
_FOUND_BY_CHANCE: Final = 6


@frozen
class Leak:
    """Something in a cassette that must not be stored; never itself.

    Attributes:
        kind: What it is: `a JSON web token`.
        line: Line of the file.
        place: Where that is in what was recorded, as far as it can be told.
    """

    kind: str
    line: int
    place: Place

    def __str__(self) -> str:
        return f"line {self.line}: {self.kind}{f' at {self.place}' if str(self.place) else ''}"


def located(text: str, secrets: Mapping[str, str]) -> list[Leak]:
    """Return what in *text*, a cassette, must not be stored, in the order of its lines, one of a kind in each line."""
    found = {(text.count("\n", 0, at) + 1, kind): at for kind, at in sorted(leaks(text, secrets), reverse=True)}
    # Asked only then: it reads the whole file once more.
    places = Places(text) if found else None
    return [Leak(kind, line, places.of(at)) for (line, kind), at in sorted(found.items()) if places]


def leaks(text: str, secrets: Mapping[str, str]) -> Iterator[tuple[str, int]]:
    """Yield what in *text* must not be stored, and where: live secrets, and what looks like one."""
    known = set()
    for setting, at in _live(text, secrets):
        known.add(text.count("\n", 0, at))
        yield f"the secret {setting!r}", at
    shown = hidden(text)
    if shown != text:
        # Some other announced secret.
        at = next((at for at, (a, b) in enumerate(zip(text, shown, strict=False)) if a != b), 0)
        if text.count("\n", 0, at) not in known:
            yield "an announced secret", at
    for what, shape in _SHAPES.items():
        for match in shape.finditer(text):
            if HIDDEN not in match[0] and not MADE_UP.search(match[0]):
                yield what, match.start()
    for what, shape in _RANDOM.items():
        for match in shape.finditer(text):
            if _is_random(match[1]):
                yield what, match.start()


def _live(text: str, secrets: Mapping[str, str]) -> Iterator[tuple[str, int]]:
    """Yield the settings whose secrets are in *text*: as such, as they are usually encoded, or when it is decoded."""
    wanted = {name: secret for name, secret in secrets.items() if secret.strip()}
    for setting, secret in wanted.items():
        if places := [at for form in forms(secret) if (at := text.find(form)) >= 0]:
            yield setting, min(places)
    decoded = {name: secret for name, secret in wanted.items() if len(secret) >= _FOUND_BY_CHANCE}
    if not decoded:
        return
    for at, line in _lines(text):
        for plain, start in decodings(line):
            for setting, secret in decoded.items():
                if secret in plain or secret.encode().decode("latin-1") in plain:
                    yield setting, at + start


def _lines(text: str) -> Iterator[tuple[int, str]]:
    at = 0
    for line in text.splitlines(keepends=True):
        yield at, line
        at += len(line)


def _is_random(value: str) -> bool:
    """Return whether *value* looks like chosen by chance: long, of several sorts of characters, none of them often."""
    if len(value) < _LONG or re.fullmatch(r"[A-Za-z_-]+|[\d.:T+Z-]+|https?:.*", value):
        return False
    shares = [count / len(value) for count in Counter(value).values()]
    return -sum(share * math.log2(share) for share in shares) >= _BITS
