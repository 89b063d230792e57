"""One server for all that hypothesis draws, waits that take no time, and how many examples there are."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from types import SimpleNamespace

import pytest
from attrs import define, field

from sdk.testing.faults.wire import FaultServer, fault_server
from tests.postgres import cluster

__all__ = ["cluster"]


@define
class Passing:
    """A clock that goes on by what is waited for, and by nothing else."""

    seconds: float = 0.0
    _lock: threading.Lock = field(factory=threading.Lock)

    def wait(self, seconds: float) -> None:
        """Let *seconds* go by; waits that begin together end together."""
        with self._lock:
            self.seconds += max(seconds, 0.0)


@pytest.fixture(scope="module")
def server() -> Iterator[FaultServer]:
    """Return the server that stands for every API of this module."""
    with fault_server() as made:
        yield made


@pytest.fixture(scope="module")
def waits() -> Iterator[Passing]:
    """Let waits take no time, for all examples of this module."""
    passing = Passing()
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr("sdk.attempt.sleep", passing.wait)
        patch.setattr("sdk.client.time", SimpleNamespace(monotonic=lambda: passing.seconds))
        # This server answers at once; with several in flight there shall be several all the same.
        patch.setattr("sdk.scheduler._WAIT_ONCE", float("-inf"))
        yield passing
