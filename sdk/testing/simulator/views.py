"""Decide which fields of a row an answer shows.

Some vendors send a field only when it is asked for; others send fewer fields in some kinds of list.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from typing import Protocol, TypeAlias

from attrs import field, frozen

from sdk.testing.simulator.messages import Call, InvalidParameterError, Record

Show: TypeAlias = Callable[[Record], Record]


class View(Protocol):
    """Turn a call into a function that takes a record to what is sent of it."""

    @property
    def params(self) -> tuple[str, ...]:
        """Return the query parameters that the view reads."""

    def show(self, call: Call) -> Show | None:
        """Return what to do with each record; `None` to send records as they are."""


def without(names: Iterable[str]) -> Show:
    """Return a function that leaves some fields out."""
    hidden = frozenset(names)
    return lambda record: {name: value for name, value in record.items() if name not in hidden}


@frozen
class Included:
    """Leave fields out unless a comma-separated parameter names their group (`include=type_fields`)."""

    groups: Mapping[str, tuple[str, ...]]
    param: str = "include"

    @property
    def params(self) -> tuple[str, ...]:
        """Return the one parameter."""
        return (self.param,)

    def show(self, call: Call) -> Show | None:
        """Return the function that leaves out the groups which were not named."""
        asked = {name for value in call.every(self.param) for name in value.split(",")}
        if not asked <= set(self.groups):
            raise InvalidParameterError(self.param, f"it should be one of {','.join(self.groups)}")
        hidden = [name for group, names in self.groups.items() if group not in asked for name in names]
        return without(hidden) if hidden else None


@frozen
class HiddenWhen:
    """Leave fields out while a parameter has a value: `None` stands for the parameter not sent."""

    fields: tuple[str, ...]
    param: str
    value: str | None

    @property
    def params(self) -> tuple[str, ...]:
        """Return the one parameter."""
        return (self.param,)

    def show(self, call: Call) -> Show | None:
        """Return the function that leaves the fields out, when the parameter has the value."""
        return without(self.fields) if call.first(self.param) == self.value else None


@frozen
class Reshaped:
    """Change records by a function of the call: for what the ready-made views do not cover."""

    change: Callable[[Call, Record], Record]
    params: tuple[str, ...] = field(default=())

    def show(self, call: Call) -> Show | None:
        """Return the function, bound to the call."""
        return lambda record: self.change(call, record)
