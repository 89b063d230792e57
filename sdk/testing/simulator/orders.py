"""Decide in which order a list comes.

Ties are always broken by the position in the table, so that paging through an unchanged table is stable.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Protocol, TypeAlias

from attrs import field, frozen

from sdk.testing.simulator.messages import Call, InvalidParameterError, Row, Rows
from sdk.testing.simulator.times import instant

By: TypeAlias = tuple[str, bool]
"""A field and whether it descends."""


class Order(Protocol):
    """Turn a call into the field to sort by."""

    @property
    def params(self) -> tuple[str, ...]:
        """Return the query parameters that the order reads."""

    def by(self, call: Call) -> By | tuple[By, ...] | None:
        """Return field and direction, or several, the most important one first; `None` for the table's order."""


@frozen
class AsStored:
    """Keep the order of the table."""

    params: tuple[str, ...] = field(default=(), init=False)

    def by(self, call: Call) -> By | None:  # noqa: ARG002 - the order's signature
        """Return `None`."""
        return None


@frozen
class OrderBy:
    """Sort by a field that one parameter names, in a direction that another names (`asc`, `desc`).

    Either parameter may be `None` where the vendor has none.
    """

    default: str = "created_at"
    descending: bool = True
    fields: tuple[str, ...] = ("created_at", "updated_at")
    by_param: str | None = "order_by"
    direction_param: str | None = "order_type"

    @property
    def params(self) -> tuple[str, ...]:
        """Return the parameters that exist."""
        return tuple(name for name in (self.by_param, self.direction_param) if name)

    def by(self, call: Call) -> By | None:
        """Return what was asked, else the default; what cannot be sorted by is refused."""
        name = self._asked(call, self.by_param, self.fields) or self.default
        direction = self._asked(call, self.direction_param, ("asc", "desc"))
        return name, self.descending if direction is None else direction == "desc"

    @staticmethod
    def _asked(call: Call, param: str | None, allowed: tuple[str, ...]) -> str | None:
        value = call.first(param) if param else None
        if param and value is not None and value not in allowed:
            raise InvalidParameterError(param, f"it should be one of {','.join(allowed)}")
        return value


@frozen
class NamedOrders:
    """Sort by the order whose name a parameter gives, such as `created_at:asc` or `-timestamp`."""

    param: str
    orders: Mapping[str, By]
    default: By | None = None

    @property
    def params(self) -> tuple[str, ...]:
        """Return the one parameter."""
        return (self.param,)

    def by(self, call: Call) -> By | None:
        """Return the named order, else the default; an unknown name is refused."""
        name = call.first(self.param)
        if name is None:
            return self.default
        if name not in self.orders:
            raise InvalidParameterError(self.param, f"it should be one of {','.join(self.orders)}")
        return self.orders[name]


@frozen
class SortList:
    """Sort by up to `most` fields that one parameter lists with their directions (`created_at:asc,urgency:desc`)."""

    fields: tuple[str, ...]
    param: str = "sort_by"
    most: int = 2
    default: tuple[By, ...] = ()

    @property
    def params(self) -> tuple[str, ...]:
        """Return the one parameter."""
        return (self.param,)

    def by(self, call: Call) -> tuple[By, ...]:
        """Return the fields listed, else the default; what cannot be sorted by is refused."""
        text = call.first(self.param)
        if text is None:
            return self.default
        listed = [part.partition(":") for part in text.split(",")]
        if len(listed) > self.most:
            raise InvalidParameterError(self.param, f"it should name at most {self.most} fields")
        if any(name not in self.fields or direction not in ("", "asc", "desc") for name, _, direction in listed):
            raise InvalidParameterError(self.param, f"it should be one of {','.join(self.fields)}, then :asc or :desc")
        return tuple((name, direction == "desc") for name, _, direction in listed)


def in_order(rows: Rows, by: By | tuple[By, ...] | None) -> list[Row]:
    """Return the rows sorted; times are compared as moments, whatever their format, and nulls come first."""
    found = list(rows)
    for name, descending in reversed(_several(by)):
        found.sort(key=lambda row, name=name: _rank(row.value(name)), reverse=descending)  # type: ignore[misc]
    return found


def _several(by: By | tuple[By, ...] | None) -> tuple[By, ...]:
    if not by:
        return ()
    return (by,) if isinstance(by[0], str) else by


def _rank(value: Any) -> tuple[int, float, str]:
    if value is None:
        return (0, 0.0, "")
    moment = instant(value)
    return (1, moment, "") if moment is not None else (2, 0.0, str(value))
