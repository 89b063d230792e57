"""How long each of dlt's stages takes, and how much memory the process had held at its end."""

from __future__ import annotations

import resource
import time

from dlt.common.runtime.collector import NullCollector


class Stages(NullCollector):
    """Takes part as a display of progress that shows nothing."""

    def __init__(self) -> None:
        self.stage, self.begun = "", 0.0
        self.found: dict[str, tuple[float, float]] = {}

    def _start(self, step: str) -> None:
        self.stage, self.begun = step.partition(" ")[0].lower(), time.perf_counter()

    def _stop(self) -> None:
        seconds, _ = self.found.get(self.stage, (0.0, 0.0))
        peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
        self.found[self.stage] = seconds + time.perf_counter() - self.begun, peak
