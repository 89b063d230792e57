"""Feeds: each resource of an extraction as a stream of pages, connected to its parents, children and parts."""

from __future__ import annotations

from collections import deque
from collections.abc import Iterator
from hashlib import blake2b
from typing import Any

from attrs import define, evolve, field

from sdk.checkpoints import FeedPoint
from sdk.courses import Batch
from sdk.cursors import HighWater
from sdk.messages import Interval, Partition, Record
from sdk.readings import Reading
from sdk.resource import Resource
from sdk.skips import Skip, skip_from_dict, skip_to_dict


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
        left: What was begun and given up, to be read by the next run.
        lacking: Why something of it could not even be named; empty when nothing is missing so.
        failure: What broke the reading for all who need it.
        failures: How many readings broke one after the other.
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
    _fed: int = 0
    skips: list[Skip] = field(factory=list)
    high_water: HighWater = field(init=False)
    left: list[Partition] = field(factory=list)
    lacking: str = ""
    failure: BaseException | None = None
    failures: int = 0
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
        return self.named > 0

    @property
    def named(self) -> int:
        """How many partitions parents have named here, in this run and the one that it goes on with."""
        return self._fed + len(self._known)

    @property
    def is_indivisible(self) -> bool:
        """Whether all of it must be loaded at once.

        A load of a part would replace the whole; and what is appended must come once, which only a list that is read
        from page to page can promise.
        """
        match self.resource.write_disposition:
            case "merge":
                return False
            case "append":
                window = self.resource.window
                return bool(self.parents or self.parts) or (window is not None and window.cap is not None)
            case _:
                return True

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

    def close(self, reading: Reading) -> Whole:
        """Take *reading* away, which is over for whatever reason; return what it was a piece of."""
        whole = self.readings.pop(reading)
        whole.reading -= 1
        reading.close()
        return whole

    def unread(self) -> list[Partition]:
        """Return what is left to be read here, as it can be read later."""
        found = [*self.left, *(one for reading in self.readings for one in reading.course.left()), *self.partitions]
        if self.current is not None and (piece := next(self.current.pieces, None)) is not None:
            whole, self.current = self.current.partition, None
            # Windows go on from the one that nobody has begun.
            found.append(piece if piece.interval is None else evolve(whole, interval=Interval(piece.interval.start)))
        return found

    def halt(self) -> None:
        """Read nothing more in this run, and keep what is left for the next."""
        self.left = self.unread()
        self.end()

    def point(self, base_url: str) -> FeedPoint:
        """Return where the reading stands."""
        incremental, seen = self.resource.incremental, self.high_water.seen
        return FeedPoint(
            # All that was named here may have been read, and more be named once a parent's list is whole.
            complete=all(one.complete for one in self.above()),
            begun=self.begun,
            listed=self.listed
            and not self.left
            and all(one.complete for parent in self.parents for one in parent.above()),
            fed=self.named,
            partitions=() if self.complete else self.unread(),
            cursors={} if incremental is None else {scope: incremental.dump(one) for scope, one in seen.items()},
            lacking=self.lacking,
            skips=[skip_to_dict(one, base_url) for one in self.skips],
        )

    def restore(self, point: FeedPoint, base_url: str) -> None:
        """Go on where the reading stood."""
        self.begun, self.listed = point.begun, point.listed
        self._fed = max(0, point.fed - len(point.partitions))
        self.complete = self.ended = point.complete
        for partition in point.partitions:
            self.take(partition)
        if (incremental := self.resource.incremental) is not None:
            self.high_water.seen = {scope: incremental.restore(text) for scope, text in point.cursors.items()}
        self.lacking = point.lacking
        self.skips = [skip_from_dict(one, base_url) for one in point.skips]

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
