"""Find telephone numbers in texts, and make some that are nobody's.

`phonenumbers` (Google's rules of all countries) knows where an international number ends and which of its writings
are the same. A number without a country is found by how it is written: `(030) 123-4567`, `0171 1234567`,
`415-555-2671`.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from typing import Final

import phonenumbers

_SHAPE: Final = re.compile(r"\+?[\d\s()./\u00a0\u2010-\u2015-]{4,40}(?:(?:x|ext\.?|#)\s?\d{1,6})?", re.IGNORECASE)
_DIGITS: Final = range(4, 21)

_NATIONAL: Final = re.compile(
    r"(?<![\w.:/+=-])(?:"
    r"\(0?\d{2,4}\)[ -]?\d{3,4}[ -]?\d{2,5}"
    r"|0[1-9]\d{1,3}[ /-]\d{3,8}(?:[ -]\d{2,4})?"
    r"|[2-9]\d{2}([-.])\d{3}\1\d{4}"
    r")(?![\w:/-]|\.\d)"
)

# Where a number ends may depend on its digits, and those of a fake are others: until nothing changes any more.
_ROUNDS: Final = 5

# 555-0100 to 555-0199 are kept for films and examples.
_RESERVED: Final = "55501"
_LOCAL: Final = len(_RESERVED) + 2


def is_phone(text: str) -> bool:
    """Return whether *text*, the value of a field that is named so, looks like a number to call."""
    return bool(_SHAPE.fullmatch(text.strip())) and len(re.findall(r"\d", text)) in _DIGITS


def find(text: str) -> Iterator[tuple[int, int]]:
    """Yield where numbers begin and end in *text*."""
    if "+" in text:
        for one in phonenumbers.PhoneNumberMatcher(text, None, phonenumbers.Leniency.POSSIBLE):
            yield one.start, one.end
    for match in _NATIONAL.finditer(text):
        yield match.span()


def replaced(text: str, fake: Callable[[str], str]) -> str:
    """Return *text* with each number that it holds replaced by its fake."""
    for _ in range(_ROUNDS):
        before, text = text, _replaced_once(text, fake)
        if text == before:
            break
    return text


def _replaced_once(text: str, fake: Callable[[str], str]) -> str:
    done, parts = 0, []
    for start, end in sorted(find(text)):
        if start >= done:
            parts += [text[done:start], fake(text[start:end])]
            done = end
    return "".join(parts) + text[done:]


def faked(number: str, hashed: Callable[[str], int]) -> str:
    """Return a number written like *number*, with its country and its leading zero, and otherwise made of *hashed*."""
    digits = re.sub(r"\D", "", number)
    if len(digits) < _DIGITS.start or _is_fake(digits):
        return number
    normal, kept = _normal(number, digits)
    bits, made = hashed(normal), ""
    bits, last = divmod(bits, 100)
    for _ in range(len(digits) - _LOCAL):
        bits, one = divmod(bits, 9)
        made = str(one + 1) + made
    made = (made + f"{_RESERVED}{last:02}")[-len(digits) :]
    if len(digits) - len(kept) >= _LOCAL:
        made = kept + made[len(kept) :]
    shown = iter(made)
    return re.sub(r"\d", lambda _: next(shown), number)


def _is_fake(digits: str) -> bool:
    reserved = _RESERVED[-min(len(digits) - 2, len(_RESERVED)) :]
    return digits[:-2].endswith(reserved)


def _normal(number: str, digits: str) -> tuple[str, str]:
    """Return the same text for each writing of a number, and the digits that its fake keeps."""
    if number.strip().startswith("+"):
        try:
            parsed = phonenumbers.parse(number)
        except phonenumbers.NumberParseException:
            return digits, ""
        country = str(parsed.country_code)
        trunk = "0" if digits.startswith(f"{country}0") else ""
        return phonenumbers.format_number(parsed, phonenumbers.PhoneNumberFormat.E164), country + trunk
    return digits, "0" if digits.startswith("0") else ""
