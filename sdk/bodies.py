"""Decode a response body into JSON data without changing a single value.

orjson is strict (no NaN, no trailing garbage) and fast, but reads an integer beyond 64 bits as a float, which
would merge two ids into one. Bodies that hold such a run of digits take the slower road through `json`.
"""

from __future__ import annotations

import json
import math
import re
from decimal import Decimal
from typing import Any, NoReturn

import orjson

_LONG_NUMBER = re.compile(rb"(\d{18})\d+")
# Finding a run of one byte takes a twentieth of the time of the expression above.
_DIGITS_ALIKE = bytes.maketrans(b"123456789", b"000000000")
_LONG_RUN = b"0" * 19
_INT64 = range(-(2**63), 2**63)
_LONGEST_INT64 = len(str(-(2**63)))


def decode(content: bytes, charset: str | None = None) -> Any:
    """Return the JSON data in *content*.

    Integers beyond 64 bits arrive as `Decimal`, exactly. A byte-order mark is ignored; *charset*, taken from the
    response's content type, is honoured when it is not UTF-8.

    Raises:
        ValueError: *content* is not one JSON document.
    """
    if charset and charset.lower().replace("-", "") not in {"utf8", "usascii", "ascii"}:
        try:
            content = content.decode(charset).encode()
        except LookupError as error:
            raise ValueError(f"unknown charset {charset!r}") from error
    content = content.removeprefix(b"\xef\xbb\xbf")
    if _LONG_RUN not in content.translate(_DIGITS_ALIKE):
        return orjson.loads(content)
    # What orjson refuses (depth, lone surrogates, bytes that are no UTF-8) stays refused: the same document, with
    # numbers that it can hold.
    orjson.loads(_LONG_NUMBER.sub(rb"\1", content))
    try:
        return json.loads(content.decode(), parse_int=_exact_int, parse_float=_finite, parse_constant=_refuse)
    except RecursionError as error:
        raise ValueError("the body is nested too deeply") from error


def _exact_int(digits: str) -> int | Decimal:
    # Decimal first: int() of thousands of digits is quadratic, and refused by the interpreter past 4300.
    number = Decimal(digits)
    if len(digits) > _LONGEST_INT64:
        return number
    whole = int(digits)
    return whole if whole in _INT64 else number


def _finite(digits: str) -> float:
    number = float(digits)
    if math.isinf(number):
        raise ValueError("a number too large for a double")
    return number


def _refuse(name: str) -> NoReturn:
    raise ValueError(f"{name} is not JSON")
