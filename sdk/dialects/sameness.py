"""What dlt makes of a value of another type than its column: whether it says the same.

Where the dictionary declares the type it wants the value as one; where the first value told it, another one that is
written otherwise ("007" after numbers) is one of another kind.
"""

from __future__ import annotations

import math
import re
from collections.abc import Callable, Mapping
from decimal import Decimal, InvalidOperation
from typing import Any, Final

from sdk.columns import Column
from sdk.instants import parse_instant

_INT64: Final = range(-(2**63), 2**63)
_BEYOND_MICROSECONDS: Final = re.compile(r"[.,]\d{6}\d*[1-9]", re.ASCII)
_DATED: Final = re.compile(r"\d{4}-?\d\d-?\d\d", re.ASCII)
_NUMBER: Final = re.compile(r"-?(0|[1-9]\d*)(\.\d+)?([eE][+-]?\d+)?", re.ASCII)
_TRUTH: Final = frozenset({"true", "false"})


def is_same(column: Column, value: Any, by_dlt: Any, *, declared: bool) -> bool:
    """Return whether *by_dlt*, what dlt makes of *value* for *column*, says the same.

    Args:
        column: The column.
        value: The value.
        by_dlt: What dlt makes of it.
        declared: The dictionary declares the type.
    """
    judge = _SAME.get(column.data_type)
    return True if judge is None else judge(value, by_dlt, declared=declared)


def _is_same_whole(value: Any, by_dlt: Any, *, declared: bool) -> bool:
    if by_dlt not in _INT64:
        return False
    return declared or not isinstance(value, str) or str(by_dlt) == value.strip()


def _is_same_double(value: Any, by_dlt: Any, *, declared: bool) -> bool:
    if not math.isfinite(by_dlt):
        return False
    if not isinstance(value, str):
        return bool(value == by_dlt)
    try:
        is_equal = Decimal(value.strip()) == Decimal(repr(by_dlt))
    except InvalidOperation:
        return False
    return is_equal and (declared or _NUMBER.fullmatch(value.strip()) is not None)


def _is_same_truth(value: Any, by_dlt: Any, *, declared: bool) -> bool:
    if isinstance(value, str):
        return declared or value.lower() in _TRUTH
    return bool(value == by_dlt)


def _is_same_instant(value: Any, by_dlt: Any, *, declared: bool) -> bool:  # noqa: ARG001 - one signature for all
    if not isinstance(value, str):
        return True
    # dlt takes a year, or what may be a zone, for an instant as well.
    is_one = declared or _DATED.match(value) is not None or parse_instant(value) is not None
    return is_one and not _BEYOND_MICROSECONDS.search(value)


def _is_same_json(value: Any, by_dlt: Any, *, declared: bool) -> bool:  # noqa: ARG001 - one signature for all
    return declared


_SAME: Final[Mapping[str, Callable[..., bool]]] = {
    "bigint": _is_same_whole,
    "double": _is_same_double,
    "bool": _is_same_truth,
    "timestamp": _is_same_instant,
    "json": _is_same_json,
}
