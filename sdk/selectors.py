"""Find the records in a page.

What is not found is an error and never "no rows": an API that answers 200 with an error body, or that renamed its
list, must not look like one that has nothing. An empty list, or a null where the list stands, is an empty page.
"""

from __future__ import annotations

import re
from typing import Any

from attrs import frozen

from sdk.errors import SelectionError
from sdk.jsonpath import MISSING, find
from sdk.messages import Record

_SHOWN_KEYS = 12

# Wildcard, descent, filter, slice.
_SEVERAL = re.compile(r"\*|\.\.|\?|:")


@frozen
class Selector:
    """Follow a `data_selector` into the body, and lift nested attributes.

    Attributes:
        data_selector: Dotted path or JSONPath to the records; empty when the body itself is the list.
        single: One object is meant, not a list.
        lift: Name of an object in each record whose fields become the record's own (`attributes` in JSON:API).
    """

    data_selector: str = ""
    single: bool = False
    lift: str = ""

    def finds(self, body: Any) -> bool:
        """Return whether there is anything at the place of the records, whatever it is."""
        return find(self.data_selector, body) is not MISSING

    def select(self, body: Any) -> list[Record]:
        """Return the records in *body*.

        Raises:
            SelectionError: The selector matches nothing, or something that is not records.
        """
        found = find(self.data_selector, body)
        if found is MISSING:
            raise SelectionError(f"data_selector {self.data_selector!r} not found in the body; {describe(body)}")
        records = self._as_list(found, body)
        for position, record in enumerate(records):
            if not isinstance(record, dict):
                raise SelectionError(
                    f"record {position + 1} of {len(records)} is {_kind(record)} where an object was expected"
                )
        return [lifted(record, self.lift) for record in records] if self.lift else records

    def _as_list(self, found: Any, body: Any) -> list[Any]:
        if found is None and self.data_selector:
            return []
        if self.single:
            if isinstance(found, dict):
                return [found]
            raise SelectionError(f"{self._place()} is {_kind(found)} where one object was expected")
        if not isinstance(found, list):
            hint = f"; {describe(body)}" if isinstance(body, dict) else ""
            raise SelectionError(f"{self._place()} is {_kind(found)} where a list was expected{hint}")
        # A path that goes several ways finds several lists (`groups[*].items`): their records are one page. A null
        # is one of the lists, unless the path names each record itself (`items[*]`).
        lists = list if self.data_selector.endswith(("*", "*]")) else list | None
        if _SEVERAL.search(self.data_selector) and all(isinstance(one, lists) for one in found):
            return [record for one in found for record in one or ()]
        return found

    def _place(self) -> str:
        return f"what data_selector {self.data_selector!r} finds" if self.data_selector else "the body"


def lifted(record: Record, name: str) -> Record:
    """Return *record* with the fields of its object *name* as its own; a record without that object stays whole.

    A lifted field that the record already has keeps both values: it arrives as `<name>_<field>`, so that an
    attribute called `id` never replaces the record's key.

    Raises:
        SelectionError: Two fields would still share a name.
    """
    inner = record.get(name)
    if not isinstance(inner, dict):
        return record
    outer = {key: value for key, value in record.items() if key != name}
    for key, value in inner.items():
        free = key if key not in outer else f"{name}_{key}"
        if free in outer:
            raise SelectionError(f"lifting {name!r} would give two fields the name {free!r}")
        outer[free] = value
    return outer


def describe(body: Any) -> str:
    """Return what a body is made of, for an error: its keys or its kind, never a value."""
    if not isinstance(body, dict):
        return f"it is {_kind(body)}"
    if not body:
        return "it has no keys"
    keys = ", ".join(repr(key) for key in list(body)[:_SHOWN_KEYS])
    return f"its keys are {keys}{', …' if len(body) > _SHOWN_KEYS else ''}"


def _kind(value: Any) -> str:
    if value is None:
        return "null"
    names = {dict: "an object", list: "a list", str: "text", bool: "a boolean"}
    return names.get(type(value), "a number")
