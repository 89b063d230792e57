"""Count what a read does, for the progress display and the report."""

from __future__ import annotations

import threading
import time
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from typing import Any, Final

from attrs import define, field, frozen

from sdk.keys import texts_of
from sdk.redaction import one_line

# Of how many lists that came short the report says which.
_GAPS_SHOWN: Final = 10
# The keys that one list may hold in memory to tell which records came again.
_KEYS_KEPT: Final = 100_000


@frozen
class Gap:
    """A list that came short of what the API announced.

    Attributes:
        request: The request for its first page, without base URL and secrets.
        announced: How many records the API said there are.
        arrived: How many came, each once.
    """

    request: str = field(converter=one_line)
    announced: int
    arrived: int

    def __str__(self) -> str:
        return f"{self.request} announced {self.announced:,} and brought {self.arrived:,}"


@define
class Arrivals:
    """Compare what came of one list with what its pages announced.

    Of several totals the lowest counts for what is missing, and the highest for what is too much: a list may grow or
    shrink while it is read, and some APIs count what is left from each page on. A record that comes twice is one
    record: where rows move while a list is read by page numbers, one that comes again stands for one that was passed
    over.

    Attributes:
        key: The fields that tell records apart; without them all count.
        arrived: How many records came, each once.
        least: The lowest total that a page announced, `None` when none did.
        most: The highest.
    """

    key: tuple[str, ...] = ()
    arrived: int = 0
    least: int | None = None
    most: int | None = None
    _keys: set[int] = field(factory=set, init=False, repr=False)

    def take(self, total: int | None, records: Sequence[Mapping[str, Any]]) -> None:
        """Count the *records* of a page that says there are *total* in all.

        The total of an empty page counts only if it is the first: asked past its end, an API may say anything.
        """
        if total is not None and (records or self.least is None):
            self.least = total if self.least is None else min(self.least, total)
            self.most = total if self.most is None else max(self.most, total)
        # Without a total there is nothing to compare with, and keys would be kept for nothing.
        keyed = self.key and self.least is not None and len(self._keys) < _KEYS_KEPT
        self.arrived += self._new(records) if keyed else len(records)

    @property
    def missing(self) -> int:
        """How many records were announced and did not come."""
        return max((self.least or 0) - self.arrived, 0)

    @property
    def surplus(self) -> int:
        """How many records came beyond what was announced: the total cannot be trusted."""
        return 0 if self.most is None else max(self.arrived - self.most, 0)

    def to_dict(self) -> dict[str, int | None]:
        """Return the counts as JSON data, for a checkpoint; `Arrivals(key, **data)` goes on from there."""
        return {"arrived": self.arrived, "least": self.least, "most": self.most}

    def _new(self, records: Sequence[Mapping[str, Any]]) -> int:
        """Return how many of *records* did not come before; what lacks its key counts, since nobody knows which it is.

        Hashes of a text: a key may be a number in one answer and its digits in another, or no scalar at all.
        """
        keys, before = texts_of(self.key, records), len(self._keys)
        if keys is not None:
            self._keys.update(map(hash, keys))
            return len(self._keys) - before
        return sum(1 if texts_of(self.key, [one]) is None else self._new([one]) for one in records)


@define
class Tally:
    """What happened to one resource so far.

    Attributes:
        rows: Records handed on.
        pages: Pages read.
        requests: Requests sent, repeats included.
        retries: Requests sent again.
        spent: Seconds that requests were under way, of each by itself.
        waited: Seconds spent waiting because the API or the declared pace asked for it, or before a repeat.
        skips: Partitions skipped, visibly.
        parents: Parent records found so far, for a child.
        parents_done: Parent records whose children are in.
        in_flight: Requests under way now.
        waiting: Seconds of the wait under way now, 0 when there is none.
        done: Everything is in.
        gaps: Records that the API announced and that did not come.
        surplus: Records that came beyond what it announced.
        short: The first of the lists that came short.
        short_lists: How many they are.
    """

    rows: int = 0
    pages: int = 0
    requests: int = 0
    retries: int = 0
    spent: float = field(default=0.0, eq=False)
    waited: float = 0.0
    skips: int = 0
    parents: int = 0
    parents_done: int = 0
    in_flight: int = 0
    waiting: float = 0.0
    done: bool = False
    gaps: int = 0
    surplus: int = 0
    short: list[Gap] = field(factory=list)
    short_lists: int = 0
    _begun: float | None = field(default=None, init=False, eq=False)
    _ended: float = field(default=0.0, init=False, eq=False)
    _lock: threading.Lock = field(factory=threading.Lock, repr=False, eq=False)

    def add(self, **amounts: float) -> None:
        """Add to counters, safely from several threads."""
        with self._lock:
            for name, amount in amounts.items():
                setattr(self, name, getattr(self, name) + amount)

    def settle(self, arrivals: Arrivals, request: str) -> None:
        """Count what the list that began with *request* announced and did not bring."""
        missing, announced = arrivals.missing, arrivals.least
        self.add(gaps=missing, surplus=arrivals.surplus, short_lists=1 if missing else 0)
        if missing and announced is not None and len(self.short) < _GAPS_SHOWN:
            with self._lock:
                self.short.append(Gap(request, announced, arrivals.arrived))

    @property
    def seconds(self) -> float:
        """Seconds from the first request to the last answer, those of other resources in between included."""
        return 0.0 if self._begun is None else max(self._ended - self._begun, 0.0)

    @contextmanager
    def flying(self) -> Iterator[None]:
        """Count a request as under way."""
        begun = time.monotonic()
        self.add(requests=1, in_flight=1)
        with self._lock:
            self._begun = begun if self._begun is None else self._begun
        try:
            yield
        finally:
            ended = time.monotonic()
            self.add(in_flight=-1, spent=ended - begun)
            with self._lock:
                self._ended = max(self._ended, ended)

    @contextmanager
    def pausing(self, seconds: float) -> Iterator[None]:
        """Count a wait, and show it while it lasts."""
        self.add(waiting=seconds)
        try:
            yield
        finally:
            self.add(waiting=-seconds, waited=seconds)


@define
class Tallies:
    """The tally of each resource, made when it is first asked for."""

    _by_name: dict[str, Tally] = field(factory=dict)
    _lock: threading.Lock = field(factory=threading.Lock, repr=False, eq=False)

    def of(self, resource: str) -> Tally:
        """Return the tally of *resource*."""
        with self._lock:
            return self._by_name.setdefault(resource, Tally())

    def items(self) -> list[tuple[str, Tally]]:
        """Return the tallies so far, by resource."""
        with self._lock:
            return list(self._by_name.items())
