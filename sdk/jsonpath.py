"""Find values in decoded JSON by a dotted path or a JSONPath.

A dotted path (`meta.page.after`, `data[0].id`, `items[*].tags`, `['@odata.nextLink']`) is followed here, fast.
What needs more (filters, slices, descent) is handed to jsonpath-ng, the library that dlt uses, so that a
`data_selector` means here what it means there.
"""

from __future__ import annotations

import re
from functools import lru_cache
from typing import Any, Final, Protocol

from attrs import frozen

_STEP = re.compile(
    r"""
        (?:\.|^)(?:(?P<name>[^.\[\]$*?(){}'"|&,`+~\s]+)|(?P<every>\*))
      | \.?\[\s*(?:(?P<index>-?\d+)|(?P<all>\*)|'(?P<single>[^']*)'|"(?P<double>[^"]*)")\s*\]
    """,
    re.VERBOSE,
)


class _Missing:
    """The type of `MISSING`: nothing was found, which is something else than a null."""

    def __repr__(self) -> str:
        return "MISSING"

    def __bool__(self) -> bool:
        return False

    def __reduce__(self) -> str:
        # Copied or pickled it stays the one object that callers compare with.
        return "MISSING"


MISSING: Final = _Missing()


class _Every:
    """The step `[*]`: each element of a list, each value of an object."""


_EVERY: Final = _Every()


class Path(Protocol):
    """A compiled path."""

    def find(self, body: Any) -> Any:
        """Return the value at the path, a list of values for a path with wildcards, or `MISSING`."""


@frozen
class _Dotted:
    steps: tuple[str | int | _Every, ...]

    def find(self, body: Any) -> Any:
        found, many = [body], False
        for step in self.steps:
            if isinstance(step, _Every):
                # The part before the wildcard must be there: an empty list or a null is an answer, an absent one not.
                if not many and not isinstance(found[0], list | dict | None):
                    return MISSING
                found, many = [value for one in found for value in _values(one)], True
                continue
            asked, found = found, [value for one in found if (value := _step(one, step)) is not MISSING]
            # A field that every element lacks was renamed; with no elements there is nothing to say.
            if asked and not found:
                return MISSING
        return found if many else found[0]


@frozen
class _General:
    expression: Any

    def find(self, body: Any) -> Any:
        found = [match.value for match in self.expression.find(body)]
        return found if found or _let_none_through(self.expression, body) else MISSING


@lru_cache(maxsize=1024)
def compile_path(path: str) -> Path:
    """Return the compiled form of *path*; `""` and `$` are the body itself.

    Raises:
        ValueError: *path* is neither a dotted path nor a JSONPath.
    """
    rest = path.strip()
    steps: list[str | int | _Every] = []
    position = 1 if rest.startswith("$") else 0
    while position < len(rest):
        match = _STEP.match(rest, position)
        if match is None:
            return _general(path)
        steps.append(_as_step(match))
        position = match.end()
    return _Dotted(tuple(steps))


def find(path: str, body: Any) -> Any:
    """Return what *path* finds in *body*, or `MISSING`."""
    return compile_path(path).find(body)


def _as_step(match: re.Match[str]) -> str | int | _Every:
    if match["name"] is not None:
        return match["name"]
    if match["index"] is not None:
        return int(match["index"])
    if match["single"] is not None or match["double"] is not None:
        return str(match["single"] if match["single"] is not None else match["double"])
    return _EVERY


def _values(value: Any) -> list[Any]:
    if isinstance(value, list):
        return value
    return list(value.values()) if isinstance(value, dict) else []


def _step(value: Any, step: str | int) -> Any:
    if isinstance(value, dict):
        return value.get(step, MISSING) if isinstance(step, str) else MISSING
    if isinstance(value, list) and isinstance(step, int) and -len(value) <= step < len(value):
        return value[step]
    return MISSING


def _let_none_through(expression: Any, body: Any) -> bool:
    """Return whether nothing found is an answer: the list is there, and its filter or slice kept nothing of it."""
    from jsonpath_ng import Child, Slice
    from jsonpath_ng.ext.filter import Filter

    if not isinstance(expression, Child):
        return False
    if before := [match.value for match in expression.left.find(body)]:
        return isinstance(expression.right, Filter | Slice) and isinstance(before[0], list | dict | None)
    return _let_none_through(expression.left, body)


def _general(path: str) -> Path:
    # jsonpath-ng builds a parser when imported (60 ms), which most connectors never need.
    from jsonpath_ng.exceptions import JSONPathError
    from jsonpath_ng.ext.parser import parse

    try:
        return _General(parse(path))
    except (JSONPathError, AttributeError) as error:
        # AttributeError is how its lexer reports some unbalanced brackets.
        raise ValueError(f"{path!r} is neither a dotted path nor a JSONPath") from error
