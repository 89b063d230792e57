"""What a reading says on its way: what it asks, what came, and how far it is."""

from __future__ import annotations

from collections.abc import Generator, Mapping, Sequence
from typing import Any, TypeAlias

from attrs import define, evolve, field, frozen

from sdk.messages import Page, Partition, Position, Record, Request
from sdk.resource import Resource
from sdk.skips import Skip

Key: TypeAlias = tuple[Any, ...]


Batch: TypeAlias = list[Record]


@frozen
class Ask:
    """A question: the page that a reading needs next.

    Attributes:
        resource: The resource being read.
        request: What to ask.
        also: Statuses beside success that come back as a page.
        ahead: The requests that will follow, where they can be foreseen.
    """

    resource: Resource
    request: Request
    also: frozenset[int]
    ahead: Sequence[Request] = ()


Steps: TypeAlias = Generator[Ask | Batch | Skip, Page | None, None]


@define
class Course:
    """How far the reading of a partition has come.

    Attributes:
        pieces: What is left of it, the piece under way first.
        request: The request for the next page of that piece, once pages of it were handed on.
        anchors: Which of the requests before it may not come again, see `ProgressGuard`.
        earliest: The smallest cursor in it, where that is needed to cut it.
        arrivals: How much of it was announced and came.
        moved: Whether any page came.
    """

    pieces: list[Partition]
    request: Request | None = None
    anchors: tuple[str, ...] = ()
    earliest: Any = None
    arrivals: Mapping[str, int | None] = field(factory=dict)
    moved: bool = False

    def left(self) -> list[Partition]:
        """Return what is left to be read, as it can be read later."""
        if not self.pieces:
            return []
        first, *others = self.pieces
        if self.request is not None:
            first = evolve(first, position=Position(self.request, self.anchors, self.earliest, self.arrivals))
        return [first, *others]
