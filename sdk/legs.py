"""Legs: the load packages in which a run commits what it has read so far."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterable, Iterator
from datetime import datetime

from attrs import define, evolve, field

from sdk.checkpoints import Checkpoint
from sdk.courses import Batch
from sdk.extraction import Extraction
from sdk.failures import Failure
from sdk.reports import RunReport


@define
class Leg:
    """One load package of a run: it begins where the one before it ended, and ends when it is large or old enough.

    Attributes:
        of: What the run reads, see `Checkpoint.of`.
        base_url: Left out of what is kept.
        run_start: The start of the run.
        records: After how many records it ends.
        seconds: After how many seconds it ends.
        checkpoint: Where it begins, `None` for the very beginning; then where it ended.
        is_continued: An earlier run that was interrupted had begun what is read here.
        failures: What could not be read.
        lasting: What of it no later leg asks for again, as of single parents' children; the next run does.
        is_paused: It ended before everything was read, because it was time to commit.
        is_stopped: It ended because no request makes sense any more.
        report: Returns the report of the run as it stands when this leg was read, by the id of its load package.
        has_restarted: Something that was begun before could not be gone on with.
    """

    of: str
    base_url: str
    run_start: datetime
    records: int
    seconds: float
    checkpoint: Checkpoint | None = None
    is_continued: bool = False
    failures: list[Failure] = field(factory=list)
    lasting: list[Failure] = field(factory=list)
    is_paused: bool = False
    is_stopped: bool = False
    report: Callable[[Leg, str], RunReport] | None = None
    has_restarted: bool = False
    _extraction: Extraction | None = None
    _taken: int = 0
    _begun: float = 0.0

    def begin(self, extraction: Extraction) -> None:
        """Watch *extraction*."""
        self._extraction, self._taken, self._begun = extraction, 0, time.monotonic()

    def counted(self, batches: Iterable[Batch | None]) -> Iterator[Batch | None]:
        """Yield *batches*, and let the extraction pause when it is time to commit."""
        for batch in batches:
            yield batch
            self._taken += len(batch or ())
            due = self._taken >= self.records or time.monotonic() - self._begun >= self.seconds
            if due and self._extraction is not None and not self._extraction.is_paused:
                self._extraction.pause()

    def end(self) -> Checkpoint | None:
        """Return where the extraction stands, now that everybody has taken what was read."""
        assert self._extraction is not None
        had_ended = self.checkpoint is not None and self.checkpoint.ended
        self.checkpoint = self._extraction.checkpoint(self.of)
        self.failures = list(self._extraction.isolation.failures)
        self.lasting = list(self._extraction.isolation.lasting)
        self.has_restarted = self._extraction.has_restarted
        self.is_stopped = self._extraction.isolation.is_stopped
        self.is_paused = self._extraction.is_paused and self.checkpoint is not None
        if self.checkpoint is not None:
            self.checkpoint = evolve(self.checkpoint, ended=had_ended or not self.is_paused)
        return self.checkpoint

    def lost(self) -> dict[str, Failure]:
        """Return the resources that can only be loaded whole and could not be read, with what broke them."""
        return {} if self._extraction is None else self._extraction.isolation.lost()
