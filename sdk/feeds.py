"""Feeds: each resource of an extraction as a stream of pages, connected to its parents, children and parts."""

from __future__ import annotations

from collections import deque
from collections.abc import Iterator
from hashlib import blake2b
from typing import Any

from attrs import define, field

from sdk.cursors import HighWater
from sdk.messages import Partition, Record
from sdk.reader import Batch
from sdk.readings import Reading
from sdk.resource import Resource
from sdk.skips import Skip


@define(eq=False)
class Whole:
    """What one parent, or the resource itself, names to be read: in one piece, or in windows.

    Attributes:
        partition: All of it.
        pieces: The pieces that nobody has begun to read.
        reading: How many pieces are being read.
    """

    partition: Partition
    pieces: Iterator[Partition]
    reading: int = 0


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
        taken: How many pages were taken.
        partitions: What is to be read next.
        current: What is being cut into pieces, of which there may be more.
        readings: What is being read.
        resting: Readings that go on when there is room for what they bring.
        failure: What broke the reading.
        begun: The first partitions were named.
        listed: Its own list is read; its parts may begin.
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
    taken: int = 0
    partitions: deque[Partition] = field(factory=deque)
    current: Whole | None = None
    readings: dict[Reading, Whole] = field(factory=dict)
    resting: deque[Reading] = field(factory=deque)
    _known: set[bytes] = field(factory=set)
    _handed: set[bytes] = field(factory=set)
    skips: list[Skip] = field(factory=list)
    high_water: HighWater = field(init=False)
    failure: BaseException | None = None
    begun: bool = False
    listed: bool = False
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

    @property
    def is_waiting(self) -> bool:
        """Whether it is a part whose turn has not come: first its main list is read, then each part after the other.

        What one of them handed on, the next need not ask for.
        """
        if self.main is None:
            return False
        before = self.main.parts[: self.main.parts.index(self)]
        return not self.main.listed or not all(part.ended for part in before)

    @property
    def is_needed(self) -> bool:
        """Whether anybody still takes what is read here."""
        return not self.ended and any(one.wanted and not one.ended for one in self.below())

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

    def end(self) -> None:
        """Read nothing more."""
        self.ended = True
        for reading in self.readings:
            reading.close()
        self.readings.clear()
        self.resting.clear()
        self.partitions.clear()
        self.current = None


def _digest(key: list[Any]) -> bytes:
    # As text: a key that a path carries is the same one that a record holds as a number.
    return blake2b(repr([str(value) for value in key]).encode(), digest_size=16).digest()
