"""Put the records of a page into a body."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any, Protocol

from attrs import field, frozen

from sdk.testing.simulator.messages import Record


class Shape(Protocol):
    """Turn the records of a page, and what the page style says about it, into a body.

    `single` shapes show one object, and a call that finds none is answered as an unknown path is.
    """

    @property
    def single(self) -> bool:
        """Return whether the body is one object."""

    def body(self, records: list[Record], about: Mapping[str, Any]) -> Any:
        """Return the body."""


@frozen
class Listed:
    """Send the list under a key, what the page style says beside it."""

    key: str
    single: bool = field(default=False, init=False)

    def body(self, records: list[Record], about: Mapping[str, Any]) -> Any:
        """Return the object."""
        return {self.key: records, **about}


@frozen
class BareList:
    """Send the list itself; there is no room for anything about the page."""

    single: bool = field(default=False, init=False)

    def body(self, records: list[Record], about: Mapping[str, Any]) -> Any:  # noqa: ARG002 - the shape's signature
        """Return the list."""
        return records


@frozen
class SingleObject:
    """Send one object, under a key or, without one, by itself."""

    key: str | None = None
    single: bool = field(default=True, init=False)

    def body(self, records: list[Record], about: Mapping[str, Any]) -> Any:  # noqa: ARG002 - the shape's signature
        """Return the first record."""
        return {self.key: records[0]} if self.key else records[0]


@frozen
class Enveloped:
    """Send what a function makes of records and page: for envelopes that a key cannot describe."""

    make: Callable[[list[Record], Mapping[str, Any]], Any]
    single: bool = field(default=False, init=False)

    def body(self, records: list[Record], about: Mapping[str, Any]) -> Any:
        """Return what the function makes."""
        return self.make(records, about)
