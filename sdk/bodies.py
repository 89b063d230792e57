"""Decode a response body into JSON data without changing a single value.

orjson is strict (no NaN, no trailing garbage) and fast, but reads an integer beyond 64 bits as a float, which
would merge two ids into one, and of a key that stands twice keeps the last value without a word. Bodies that may hold
either take the slower road through `json`.
"""

from __future__ import annotations

import json
import math
import re
from decimal import Decimal
from typing import Any, Final, NoReturn

import orjson

_LONG_NUMBER: Final = re.compile(rb"(\d{18})\d+")
# Finding a run of one byte takes a twentieth of the time of the expression above.
_DIGITS_ALIKE: Final = bytes.maketrans(b"123456789", b"000000000")
_LONG_RUN: Final = b"0" * 19
_INT64: Final = range(-(2**63), 2**63)
_LONGEST_INT64: Final = len(str(-(2**63)))

# As many digits as it takes to tell each double from all others; with more, somebody means more than a double.
_DIGITS_OF_DOUBLE: Final = 17
_KEY: Final = b'":'

# An escaped backslash, a pair of surrogates, or half of one.
_SURROGATES: Final = re.compile(
    rb"\\\\|\\u[dD][89abAB][0-9a-fA-F]{2}\\u[dD][c-fC-F][0-9a-fA-F]{2}|(\\u[dD][89a-fA-F][0-9a-fA-F]{2})"
)


class TwoValuesError(ValueError):
    """A key stands twice in one object, with different values: no reader can say which one is meant."""


def decode(content: bytes, charset: str | None = None) -> Any:
    """Return the JSON data in *content*.

    Integers beyond 64 bits and fractions with more digits than a double holds arrive as `Decimal`, exactly. A
    byte-order mark is ignored; *charset*, taken from the response's content type, is honoured when it is not UTF-8.

    Raises:
        TwoValuesError: An object has one key twice, with different values.
        ValueError: *content* is not one JSON document.
    """
    if charset and charset.lower().replace("-", "") not in {"utf8", "usascii", "ascii"}:
        try:
            content = content.decode(charset).encode()
        except LookupError as error:
            raise ValueError(f"unknown charset {charset!r}") from error
    content = content.removeprefix(b"\xef\xbb\xbf")
    try:
        data = orjson.loads(content)
    except ValueError:
        if not _has_long_number(content):
            raise
        return _by_digits(content)
    again = _written(data)
    if again == content:
        return data  # what can be written again as it came was read as it is
    if _has_long_number(content):
        return _by_digits(content)
    if again is not None and again.count(_KEY) != content.count(_KEY):
        _exactly(content)
    return data


def mended(content: bytes) -> tuple[bytes, int]:
    r"""Return *content* with each half of a surrogate pair as U+FFFD, and how many there were.

    `\ud800` alone is no character, so no destination could store it, and strict parsers refuse the whole body for it.
    It is what is left of an emoji that somebody cut in two.
    """
    halves = 0

    def replaced(match: re.Match[bytes]) -> bytes:
        nonlocal halves
        halves += match[1] is not None
        return rb"\ufffd" if match[1] is not None else match[0]

    return _SURROGATES.sub(replaced, content), halves


def _written(data: Any) -> bytes | None:
    """Return *data* as JSON: much quicker than to look at it, and its length and its keys tell what got lost."""
    try:
        return orjson.dumps(data)
    except TypeError:
        return None  # it reads deeper than it writes


def _has_long_number(content: bytes) -> bool:
    return _LONG_RUN in content.translate(_DIGITS_ALIKE)


def _by_digits(content: bytes) -> Any:
    # What orjson refuses (depth, lone surrogates, bytes that are no UTF-8) stays refused: the same document, with
    # numbers that it can hold.
    orjson.loads(_LONG_NUMBER.sub(rb"\1", content))
    return _exactly(content)


def _exactly(content: bytes) -> Any:
    try:
        return json.loads(
            content.decode(),
            parse_int=_exact_int,
            parse_float=_exact_float,
            parse_constant=_refuse,
            object_pairs_hook=_object,
        )
    except RecursionError as error:
        raise ValueError("the body is nested too deeply") from error


def _object(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    found = dict(pairs)
    if len(found) != len(pairs):
        for name, value in pairs:
            if repr(found[name]) != repr(value):
                raise TwoValuesError(f"the key {name!r} stands twice in one object, with different values")
    return found


def _exact_int(digits: str) -> int | Decimal:
    # Decimal first: int() of thousands of digits is quadratic, and refused by the interpreter past 4300.
    number = Decimal(digits)
    if len(digits) > _LONGEST_INT64:
        return number
    whole = int(digits)
    return whole if whole in _INT64 else number


def _exact_float(digits: str) -> float | Decimal:
    number, exact = float(digits), Decimal(digits)
    if math.isinf(number):
        raise ValueError("a number too large for a double")
    size = len(exact.as_tuple().digits)
    # Some servers write a double with all of its digits, which no double needs and none loses.
    if size <= _DIGITS_OF_DOUBLE or exact in {Decimal(repr(number)), Decimal(f"{number:.{size - 1}e}")}:
        return number
    return exact


def _refuse(name: str) -> NoReturn:
    raise ValueError(f"{name} is not JSON")
