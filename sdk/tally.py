"""Count what a read does, for the progress display and the report."""

from __future__ import annotations

import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager

from attrs import define, field


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
    _lock: threading.Lock = field(factory=threading.Lock, repr=False, eq=False)

    def add(self, **amounts: float) -> None:
        """Add to counters, safely from several threads."""
        with self._lock:
            for name, amount in amounts.items():
                setattr(self, name, getattr(self, name) + amount)

    @contextmanager
    def flying(self) -> Iterator[None]:
        """Count a request as under way."""
        self.add(requests=1, in_flight=1)
        begun = time.monotonic()
        try:
            yield
        finally:
            self.add(in_flight=-1, spent=time.monotonic() - begun)

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
