"""Python code for a declaration, laid out as its author would write it."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any, Final

from attrs import field, frozen

_WIDEST: Final = 120
_STEP: Final = "    "


@frozen
class Name:
    """Code that stands for itself: a name, or an expression that somebody wrote.

    Attributes:
        text: The code.
        imports: What must be imported for it from `sdk`.
    """

    text: str
    imports: frozenset[str] = frozenset()


@frozen
class Call:
    """The call of a class or function with arguments.

    Attributes:
        function: Its name.
        arguments: Positional arguments.
        named: Arguments by name.
        module: Where its name is imported from.
    """

    function: str
    arguments: tuple[Any, ...] = ()
    named: Mapping[str, Any] = field(factory=dict)
    module: str = "sdk"


@frozen
class Joined:
    """Several values joined by an operator, such as `Total("meta.pages") | EmptyPage()`."""

    values: tuple[Any, ...]
    operator: str = "|"


def call(function: str, *arguments: Any, module: str = "sdk", **named: Any) -> Call:
    """Return the call of *function*; arguments that are `None` are left out."""
    return Call(function, arguments, {name: one for name, one in named.items() if one is not None}, module)


def written(value: Any, indent: int = 0, taken: int = 0) -> str:
    """Return *value* as code: on one line where that fits, else with a line for each part.

    Args:
        value: A value of this module, or a plain one of Python.
        indent: How deep the line stands on which it begins.
        taken: How much of that line is taken, before and after it.
    """
    line = _plain(value)
    if len(line) + taken + indent * len(_STEP) <= _WIDEST and "\n" not in line:
        return line
    begin, parts, end = _parts(value)
    if not parts:
        return line
    inside = _STEP * (indent + 1)
    lines = (f"{inside}{name}{written(one, indent + 1, len(name) + 1)},\n" for name, one in parts)
    return f"{begin}\n{''.join(lines)}{_STEP * indent}{end}"


def imports(value: Any) -> dict[str, set[str]]:
    """Return the names that *value* needs, by the module that they are imported from."""
    found: dict[str, set[str]] = {}
    for module, name in _imported(value):
        found.setdefault(module, set()).add(name)
    return found


def _imported(value: Any) -> Iterator[tuple[str, str]]:
    if isinstance(value, Call):
        yield value.module, value.function
        for one in (*value.arguments, *value.named.values()):
            yield from _imported(one)
    elif isinstance(value, Name):
        yield from (("sdk", name) for name in value.imports)
    elif isinstance(value, Joined):
        for one in value.values:
            yield from _imported(one)
    elif isinstance(value, Mapping):
        for one in value.values():
            yield from _imported(one)
    elif isinstance(value, list | tuple | set | frozenset):
        for one in value:
            yield from _imported(one)


def _plain(value: Any) -> str:
    if isinstance(value, Name):
        return value.text
    if isinstance(value, Joined):
        return f" {value.operator} ".join(map(_plain, value.values))
    if isinstance(value, str):
        return _quoted(value)
    if not isinstance(value, Call | Mapping | list | tuple | set | frozenset):
        return repr(value)
    begin, parts, end = _parts(value)
    inside = ", ".join(f"{name}{_plain(one)}" for name, one in parts)
    alone = isinstance(value, tuple) and len(value) == 1
    return f"{begin}{inside}{',' if alone else ''}{end}"


def _parts(value: Any) -> tuple[str, list[tuple[str, Any]], str]:
    """Return how a value begins, its parts with what stands before each, and how it ends."""
    if isinstance(value, Call):
        named = [(f"{name}=", one) for name, one in value.named.items()]
        return f"{value.function}(", [*(("", one) for one in value.arguments), *named], ")"
    if isinstance(value, Mapping):
        return "{", [(f"{_plain(key)}: ", one) for key, one in value.items()], "}"
    brackets = {list: "[]", tuple: "()", set: "{}", frozenset: "{}"}
    pair = next((pair for kind, pair in brackets.items() if isinstance(value, kind)), "")
    if not pair:
        return "", [], ""
    ordered = sorted(value) if isinstance(value, set | frozenset) else value
    return pair[0], [("", one) for one in ordered], pair[1]


def _quoted(text: str) -> str:
    """Return *text* in double quotes where Python's own way would not be longer for it."""
    shown = repr(text)
    return f'"{shown[1:-1]}"' if shown[0] == "'" and '"' not in shown and "\\'" not in shown else shown
