"""Paths with places for a parent's fields: `/tickets/{tickets.id}/requested_items`.

The grammar is closed: a place is `{<resource>.<field>}`, or several of them separated by `|` when any of several
resources can be the parent. Nothing is evaluated, and a value fills one path segment whatever it holds, so a parent
cannot lead its children elsewhere.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from decimal import Decimal
from typing import Any
from urllib.parse import quote

from attrs import field, frozen

from sdk.errors import ExpansionError
from sdk.jsonpath import MISSING, compile_path, find

_PLACE = re.compile(r"\{([^{}]*)\}")
# Outside of brackets neither `!` nor `:`, which Python's format strings would take for more than a name.
_REFERENCE = re.compile(r"\s*([A-Za-z_][A-Za-z0-9_]*)\.((?:[^{}|\s!:\[\]]|\[[^{}|\[\]]+\])+)\s*")


@frozen
class Reference:
    """A field of a parent: `tickets.id`."""

    resource: str
    field: str

    def value(self, parent: Mapping[str, Any]) -> str:
        """Return the field's value in *parent* as text, not yet encoded.

        Raises:
            ExpansionError: It is absent, null, empty or neither text nor a number.
        """
        found = find(self.field, parent)
        if found is MISSING or found is None or found == "":
            state = "absent" if found is MISSING else "null" if found is None else "empty"
            raise ExpansionError(f"a record of {self.resource} has no {self.field!r} for its children: it is {state}")
        if isinstance(found, bool) or not isinstance(found, str | int | Decimal):
            raise ExpansionError(f"{self.resource}.{self.field} is {type(found).__name__}, which fills no path")
        return f"{found:f}" if isinstance(found, Decimal) else str(found)


@frozen
class Template:
    """A text with places in it: a path, or the value of a parameter.

    Raises:
        ValueError: A place does not read `{resource.field}`.
    """

    text: str
    places: tuple[tuple[str, tuple[Reference, ...]], ...] = field(init=False)

    @places.default
    def _places(self) -> tuple[tuple[str, tuple[Reference, ...]], ...]:
        return tuple(_parse(self.text))

    def references(self) -> Iterator[Reference]:
        """Yield each parent's field that the text names."""
        for _, choices in self.places:
            yield from choices

    def fill(self, parent_resource: str, parent: Mapping[str, Any], *, encode: bool = True) -> str:
        """Return the text with the fields of *parent*, each percent-encoded as one path segment.

        Raises:
            ExpansionError: A field is missing, or is `.` or `..`, which would leave the path.
        """
        values = {}
        for place, choices in self.places:
            reference = next((one for one in choices if one.resource == parent_resource), None)
            if reference is None:
                raise ExpansionError(f"{place} names no field of {parent_resource}")
            value = reference.value(parent)
            if encode and value in {".", ".."}:
                raise ExpansionError(f"{reference.resource}.{reference.field} is {value!r}, which would leave the path")
            values[place] = quote(value, safe="") if encode else value
        # In one go, so that a value that looks like a place stays a value.
        return _PLACE.sub(lambda match: values[match[0]], self.text)


def _parse(text: str) -> Iterator[tuple[str, tuple[Reference, ...]]]:
    for match in _PLACE.finditer(text):
        references = []
        for choice in match[1].split("|"):
            found = _REFERENCE.fullmatch(choice)
            if found is None:
                raise ValueError(f"{match[0]!r} in {text!r} does not read {{resource.field}}")
            compile_path(found[2])
            references.append(Reference(found[1], found[2]))
        yield match[0], tuple(references)
    if re.search(r"[{}]", _PLACE.sub("", text)):
        raise ValueError(f"unbalanced braces in {text!r}")
