"""Feeds: each resource of an extraction as a stream of pages, connected to its parents, children and parts."""

from __future__ import annotations

from collections import deque
from collections.abc import Generator, Iterator
from hashlib import blake2b
from typing import Any

from attrs import define, field

from sdk.cursors import HighWater
from sdk.messages import Partition, Record
from sdk.reader import Batch
from sdk.resource import Resource
from sdk.skips import Skip


@define(eq=False)
class Feed:
    """The pages of one resource, as far as they were read.

    Attributes:
        resource: The resource.
        wanted: Somebody takes its records.
        parents: The feeds whose records name what to read here.
        children: The feeds that this one's records name something for.
        parts: Further ways to read this resource, read after its own list.
        main: The feed that this one is a part of.
        pages: Pages that were read and not taken yet.
        partitions: What is to be read next.
        steps: The reading, which does one page for each `next`.
        failure: What broke the reading.
        complete: Everything was read.
        ended: Nothing more is read, for whatever reason.
    """

    resource: Resource
    wanted: bool
    parents: list[Feed] = field(factory=list)
    children: list[Feed] = field(factory=list)
    parts: list[Feed] = field(factory=list)
    main: Feed | None = None
    pages: deque[Batch] = field(factory=deque)
    partitions: deque[Partition] = field(factory=deque)
    _known: set[bytes] = field(factory=set)
    _handed: set[bytes] = field(factory=set)
    skips: list[Skip] = field(factory=list)
    high_water: HighWater = field(init=False)
    steps: Generator[None] | None = None
    failure: BaseException | None = None
    complete: bool = False
    ended: bool = False

    def __attrs_post_init__(self) -> None:
        self.high_water = HighWater(self.resource.incremental)

    def take(self, partition: Partition) -> bool:
        """Keep *partition* to be read, unless another parent named it before; return whether it is new."""
        if partition.digest in self._known:
            return False
        self._known.add(partition.digest)
        self.partitions.append(partition)
        return True

    @property
    def is_fed(self) -> bool:
        """Whether any partition was ever named here."""
        return bool(self._known)

    def fresh(self, records: list[Record]) -> list[Record]:
        """Return *records* without those that came another way already; only a resource with parts can tell."""
        if not self.parts:
            return records
        new = []
        for record in records:
            digest = _digest([record.get(name) for name in self.resource.primary_key])
            if digest not in self._handed:
                self._handed.add(digest)
                new.append(record)
        return new

    def has_handed(self, partition: Partition) -> bool:
        """Return whether the one record that *partition* of a part asks for came already."""
        return len(partition.stamp) == 1 and _digest(list(partition.stamp.values())) in self._handed

    def below(self) -> Iterator[Feed]:
        """Yield this feed and all that are fed by it."""
        yield self
        for fed in (*self.children, *([self.main] if self.main is not None else [])):
            yield from fed.below()

    def above(self) -> Iterator[Feed]:
        """Yield this feed and all that feed it."""
        yield self
        for feeding in (*self.parents, *self.parts):
            yield from feeding.above()


def _digest(key: list[Any]) -> bytes:
    # As text: a key that a path carries is the same one that a record holds as a number.
    return blake2b(repr([str(value) for value in key]).encode(), digest_size=16).digest()
