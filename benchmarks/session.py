"""Measure the candidates of a workload in turn, A B C, A B C: whatever else the machine does meets all of them."""

from __future__ import annotations

import tempfile
from collections.abc import Iterable
from pathlib import Path
from typing import Final

from attrs import frozen
from rich.console import Console

from benchmarks.candidate import CANDIDATES
from benchmarks.distributions import install
from benchmarks.environments import NotMadeError, python_of
from benchmarks.measuring import Run, measure
from benchmarks.serving import Server, serving
from benchmarks.summary import Summary
from benchmarks.workloads import Workload

# Whoever takes longer than this is not asked again: its median would cost more than it tells.
_LONG: Final = 60.0


@frozen
class Session:
    """How everything is measured.

    Attributes:
        out: Where to show what is going on.
        rounds: How often each candidate runs.
        limit: Seconds after which a run is ended.
    """

    out: Console
    rounds: int
    limit: float

    def measured(self, workload: Workload, names: Iterable[str]) -> dict[str, Summary]:
        """Return what the candidates *names* took for *workload*, and why some took nothing."""
        pythons: dict[str, Path] = {}
        found: dict[str, Summary] = {}
        for name in names:
            found[name] = Summary(candidate=CANDIDATES[name])
            try:
                pythons[name] = python_of(CANDIDATES[name].environment)
            except NotMadeError as error:
                found[name] = Summary(candidate=CANDIDATES[name], reason=str(error))
        with tempfile.TemporaryDirectory(prefix="bench-installed-") as installed:
            install(Path(installed), workload.installed)
            if workload.tables:
                with serving(workload) as server:
                    runs = self._rounds(workload, pythons, server, Path(installed))
            else:
                runs = self._rounds(workload, pythons, None, Path(installed))
        return found | {name: Summary(candidate=CANDIDATES[name], runs=runs[name]) for name in pythons}

    def _rounds(
        self, workload: Workload, pythons: dict[str, Path], server: Server | None, installed: Path
    ) -> dict[str, list[Run]]:
        runs: dict[str, list[Run]] = {name: [] for name in pythons}
        for number in range(self.rounds):
            for name, python in pythons.items():
                if any(run.process > _LONG for run in runs[name]):
                    continue
                with self.out.status(f"{workload.name}: round {number + 1} of {self.rounds}, {name}"):
                    runs[name].append(
                        measure(
                            CANDIDATES[name], workload, server, python=python, installed=installed, limit=self.limit
                        )
                    )
        return runs
