"""One difference between two versions of a plugin."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import TypeAlias

from attrs import evolve, frozen

from sdk.testing.compat.kinds import Kind, Level


@frozen
class Difference:
    """One difference.

    Attributes:
        kind: Its kind, and with it its class.
        what: The column or setting; empty where the kind says it all.
        was: What the old version does.
        now: What the new version does.
        resource: Name of the resource; empty where it is the connector as a whole.
        connector: Name of the connector; empty where it is the distribution.
    """

    kind: Kind
    what: str = ""
    was: str = ""
    now: str = ""
    resource: str = ""
    connector: str = ""

    @property
    def level(self) -> Level:
        """Its class."""
        return self.kind.level

    @property
    def place(self) -> str:
        """Where it is, such as `planets.moons`."""
        return ".".join(part for part in (self.connector, self.resource) if part)

    def of(self, connector: str, resource: str = "") -> Difference:
        """Return the difference with its place filled in."""
        return evolve(self, connector=connector, resource=resource or self.resource)


Differences: TypeAlias = Iterator[Difference]

_NAMED = 3


def some(names: Sequence[str]) -> str:
    """Return a few of many names."""
    more = len(names) - _NAMED
    return ", ".join(names[:_NAMED]) + (f" and {more:,} more" if more > 0 else "")
