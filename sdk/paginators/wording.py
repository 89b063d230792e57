"""Say in an error what an answer looks like: keys, kinds and counts, never a value."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from decimal import Decimal
from typing import Any

from sdk.jsonpath import MISSING, find

MOST_NAMES = 20


def names(keys: Iterable[Any]) -> str:
    """Return *keys* as a quoted list, cut off where it would fill the screen."""
    found = [repr(str(key)) for key in keys]
    more = len(found) - MOST_NAMES
    return ", ".join(found[:MOST_NAMES]) + (f" and {more} more" if more > 0 else "")


def kind(value: Any) -> str:
    """Return what sort of JSON value *value* is, with its keys when it is an object."""
    if isinstance(value, Mapping):
        return f"an object with the keys {names(value)}" if value else "an object without keys"
    if isinstance(value, list):
        return f"a list of {len(value)}"
    if value is None or value is MISSING:
        return "null" if value is None else "absent"
    words = ((bool, "a boolean"), (str, "text" if value else "an empty text"), (int | float | Decimal, "a number"))
    return next((word for types, word in words if isinstance(value, types)), f"a {type(value).__name__}")


def surroundings(path: str, body: Any, whole: str = "the body") -> str:
    """Return what is in *body*, called *whole*, where *path* stops leading on: the end of a "not found" error."""
    # A path with brackets cannot be cut at its dots; then the body itself has to do.
    steps = path.split(".") if "[" not in path else [path]
    for length in range(len(steps) - 1, 0, -1):
        inside = ".".join(steps[:length])
        if (value := find(inside, body)) is not MISSING:
            return f"{inside!r} is {kind(value)}"
    return f"{whole} is {kind(body)}"
