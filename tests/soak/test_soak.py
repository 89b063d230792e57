"""An hour's worth of requests, with faults in one of twenty: every row comes, and nothing grows."""

from __future__ import annotations

import gc
import threading
import tracemalloc
from collections import Counter
from collections.abc import Iterable
from hashlib import blake2b
from pathlib import Path
from random import Random
from types import SimpleNamespace
from typing import Any, Final

import pytest
from attrs import define, field, frozen

from sdk.extraction import Extraction
from sdk.messages import Record
from sdk.opening import open_connector
from sdk.tally import Tallies
from sdk.testing.account import NOW, simulator_of
from sdk.testing.simulator import Reply, SimulatorServer, serve

# Children of one parent each, and lists of many pages.
WANTED: Final = ("tickets", "requested_items", "satisfaction_survey_responses", "software", "problems", "agents")
HOUR: Final = 3600.0
FAULTY: Final = 0.05
KINDS: Final = ("500", "503", "cut", "in HTML", "hangs up")
# As many faults in a row befall one question; a repeat then has an answer.
_IN_A_ROW: Final = 3


@define
class Passing:
    """A clock that goes on by what is waited for; waits that overlap pass together."""

    seconds: float = 0.0
    _lock: threading.Lock = field(factory=threading.Lock)

    def __call__(self) -> float:
        """Return the time."""
        return self.seconds

    def wait(self, seconds: float) -> None:
        """Wait without waiting."""
        end = self.seconds + seconds
        with self._lock:
            self.seconds = max(self.seconds, end)


@define
class Faults:
    """Answers one request of twenty with something that a repeat cures, by dice that repeat for a seed."""

    answer: Any
    dice: Random
    played: Counter[str] = field(factory=Counter)
    requests: int = 0
    _failing: Counter[Any] = field(factory=Counter)
    _lock: threading.Lock = field(factory=threading.Lock)

    def __call__(self, incoming: Any, origin: str) -> Reply:
        """Answer one request."""
        question = (incoming.path, incoming.query)
        with self._lock:
            self.requests += 1
            faulty = self.dice.random() < FAULTY and self._failing[question] < _IN_A_ROW
            kind = KINDS[self.played.total() % len(KINDS)] if faulty else ""
            if faulty:
                self.played[kind] += 1
                self._failing[question] += 1
            else:
                self._failing.pop(question, None)
        match kind:
            case "":
                return self.answer(incoming, origin)
            case "hangs up":
                raise ConnectionResetError
            case "cut":
                return Reply(200, b'{"tickets": [{"id": 1, "na', {"Content-Type": "application/json"})
            case "in HTML":
                return Reply(200, b"<html>we will be back soon</html>")
            case _:
                return Reply(int(kind), {"message": "not now"})


@frozen
class Sample:
    """What the process holds at one moment."""

    requests: int
    memory: int
    threads: int
    files: int

    @classmethod
    def now(cls, requests: int) -> Sample:
        """Return what it holds now."""
        gc.collect()
        files = Path("/proc/self/fd")
        return cls(
            requests,
            tracemalloc.get_traced_memory()[0],
            threading.active_count(),
            len([*files.iterdir()]) if files.exists() else 0,
        )


def fingerprint(records: Iterable[Record]) -> tuple[int, int]:
    """Return what tells a bag of records from another, whatever their order, and is no larger for more of them."""
    count = total = 0
    for one in records:
        content = repr(sorted(one.items())).encode()
        total = (total + int.from_bytes(blake2b(content, digest_size=16).digest())) % 2**128
        count += 1
    return count, total


def soak(
    server: SimulatorServer, faults: Faults, every: int
) -> tuple[dict[str, tuple[int, int]], list[Sample], Tallies]:
    """Read everything, a page of each resource in turn; return what came and what was held meanwhile."""
    settings = {**server.settings, "overrides": [], "start_date": None, "share_limits": False, "in_flight": 8}
    opened = open_connector("tickets", settings, clock=lambda: server.now)
    reader = opened.reader()
    extraction = Extraction(reader, WANTED, run_start=opened.clock(), in_flight=8)
    pulling = {name: extraction.batches(name) for name in WANTED}
    came = dict.fromkeys(WANTED, (0, 0))
    samples: list[Sample] = []
    while pulling:
        for name, batches in list(pulling.items()):
            batch = next(batches, ...)
            if batch is ...:
                del pulling[name]
                continue
            new = fingerprint(batch or ())
            came[name] = (came[name][0] + new[0], (came[name][1] + new[1]) % 2**128)
            if faults.requests >= every * (len(samples) + 1):
                samples.append(Sample.now(faults.requests))
    reader.client.close()
    return came, samples, reader.tallies


def check(monkeypatch: pytest.MonkeyPatch, scale: float, every: int) -> tuple[Faults, Passing]:
    """Read an account of that size, and look every so many requests."""
    passing = Passing()
    monkeypatch.setattr("sdk.attempt.sleep", passing.wait)
    monkeypatch.setattr("sdk.client.time", SimpleNamespace(monotonic=passing))
    simulator = simulator_of("tickets")
    server = serve(simulator, now=NOW, scale=scale, rate_limit=simulator.rate_limit, timer=passing)
    faults = Faults(server._answer, Random(8))  # noqa: S311 - dice that repeat, and no secret
    server._answer = faults  # type: ignore[method-assign, assignment]
    # What the simulator remembers of a reader grows, and is not what is measured.
    server._log = SimpleNamespace(add=lambda *_: None)  # type: ignore[assignment]
    with server:
        tracemalloc.start()
        try:
            came, samples, tallies = soak(server, faults, every)
        finally:
            tracemalloc.stop()
        truth = {name: fingerprint(server.truth(name)) for name in WANTED}

    assert came == truth
    begun = [one for one in samples if one.requests <= faults.requests / 10] or samples[:1]
    for one in samples[len(begun) :]:
        # A few bytes for each question that was asked: none is asked twice.
        assert one.memory <= max(early.memory for early in begun) + 2**22 + 400 * one.requests
        assert one.threads <= max(early.threads for early in begun) + 8
        assert one.files <= max(early.files for early in begun) + 16
    assert len(samples) >= 10
    assert sum(tally.retries for _, tally in tallies.items()) >= faults.played.total()
    return faults, passing


def test_minutes(monkeypatch):
    """Some minutes' worth."""
    faults, _ = check(monkeypatch, scale=1, every=25)

    assert faults.played.keys() == set(KINDS)


@pytest.mark.slow
def test_an_hour(monkeypatch):
    """An hour's worth, at the pace that the API allows."""
    faults, passing = check(monkeypatch, scale=70, every=500)

    assert passing.seconds >= HOUR
    assert faults.played.total() >= FAULTY * faults.requests * 0.8
