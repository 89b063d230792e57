"""Texts with places in a dictionary: `{resources.posts.id}`, `{incremental.start_value}`, `{post_id}`.

They look like Python's format strings and are none: one expression knows every form, nothing is evaluated, and
what would reach into a value (`{a.__class__}`, `{a[0]}`, `{a!r}`) is a mistake when the dictionary is read.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Mapping
from functools import lru_cache
from typing import Any, Final, Literal, TypeAlias

from attrs import frozen

from sdk.dialects.values import joined

Kind: TypeAlias = Literal["parent", "cursor", "param"]

# What one names of an incremental cursor.
CURSOR_VALUES: Final = ("initial_value", "start_value", "last_value", "end_value", "lag", "cursor_path")

# Doubled braces stand for themselves.
_TOKEN: Final = re.compile(r"\{\{|\}\}|\{(?P<place>[^{}]*)\}|[{}]")

# A name with dots and brackets, as a JSONPath may have them; `!` and `:` are what format strings add to one.
_PARENT: Final = re.compile(r"resources\.(?P<resource>[^.{}\[\]!:\s]+)\.(?P<field>(?:[^{}\s!:\[\]]|\[[^{}\[\]]+\])+)")
_CURSOR: Final = re.compile(r"incremental\.(?P<value>\w+)")
# No API calls a field so; where a text were formatted, it would lead out of the value.
_ATTRIBUTE: Final = re.compile(r"(?:^|[.\[\s'\"])__\w+__(?:$|[.\]\s'\"!:])")
_PARAM: Final = re.compile(r"[A-Za-z_][\w-]*")


@frozen
class Place:
    """One place in a text.

    Attributes:
        kind: A field of the parent, a value of the cursor, or the parameter that is written into a path.
        name: The field, the value, the parameter.
        resource: The parent, for a field of one.
    """

    kind: Kind
    name: str
    resource: str = ""

    def __str__(self) -> str:
        owner = {"parent": f"resources.{self.resource}.", "cursor": "incremental."}
        return f"{{{owner.get(self.kind, '')}{self.name}}}"


Part: TypeAlias = str | Place
Lookup: TypeAlias = Callable[[Place], Any]


@lru_cache(maxsize=4096)
def parsed(text: str) -> tuple[Part, ...]:
    """Return *text* in its parts, doubled braces made single.

    Raises:
        ValueError: A place reads like none that there are, or a brace stands alone.
    """
    parts: list[Part] = []
    position = 0
    for match in _TOKEN.finditer(text):
        parts.append(text[position : match.start()])
        position = match.end()
        if match["place"] is not None:
            parts.append(_place(match["place"], text))
        elif len(match[0]) == 1:
            raise ValueError(f"a brace stands alone in {text!r}; write it twice for a brace that is meant")
        else:
            parts.append(match[0][0])
    parts.append(text[position:])
    return tuple(part for part in parts if part != "")


def _place(inside: str, text: str) -> Place:
    inside = inside.strip()
    if (found := _PARENT.fullmatch(inside)) is not None and not _ATTRIBUTE.search(found["field"]):
        return Place("parent", found["field"], found["resource"])
    if (found := _CURSOR.fullmatch(inside)) is not None and found["value"] in CURSOR_VALUES:
        return Place("cursor", found["value"])
    if _PARAM.fullmatch(inside):
        return Place("param", inside)
    names = ", ".join(f"{{incremental.{one}}}" for one in CURSOR_VALUES)
    raise ValueError(
        f"the place {{{inside}}} in {text!r} is none that there are: {{resources.<name>.<field>}}, {names}, "
        "or in a path the name of a parameter"
    )


def places(value: Any) -> Iterator[Place]:
    """Yield each place in *value*, however deep in lists and mappings, keys among them."""
    return (place for _, place in located(value, ""))


def located(value: Any, path: str) -> Iterator[tuple[str, Place]]:
    """Yield each place in *value*, which stands at *path* of the document, with where it stands itself."""
    if isinstance(value, str):
        yield from ((path, part) for part in parsed(value) if isinstance(part, Place))
    elif isinstance(value, Mapping):
        for key, one in value.items():
            yield from located(key, path)
            yield from located(one, joined(path, key))
    elif isinstance(value, list | tuple):
        for number, one in enumerate(value):
            yield from located(one, joined(path, number))


def filled(value: Any, lookup: Lookup, *, typed: bool = False) -> Any:
    """Return *value* with what *lookup* finds in its places.

    A text that is one place and nothing else becomes the value itself: always when *typed*, and where the value is
    null, which leaves a parameter out.
    """
    if isinstance(value, str):
        return _filled_text(value, lookup, typed=typed)
    if isinstance(value, Mapping):
        return {
            (_filled_text(key, lookup, typed=False) if isinstance(key, str) else key): filled(one, lookup, typed=typed)
            for key, one in value.items()
        }
    if isinstance(value, list | tuple):
        return [filled(one, lookup, typed=typed) for one in value]
    return value


def _filled_text(text: str, lookup: Lookup, *, typed: bool) -> Any:
    parts = parsed(text)
    if len(parts) == 1 and isinstance(parts[0], Place):
        found = lookup(parts[0])
        return found if typed or found is None else str(found)
    return "".join(part if isinstance(part, str) else str(lookup(part)) for part in parts)
