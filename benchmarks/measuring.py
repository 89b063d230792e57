"""Run a candidate once, in a fresh process and a fresh folder, and see what it took."""

from __future__ import annotations

import dataclasses
import json
import os
import subprocess
import tempfile
import threading
import time
from pathlib import Path
from typing import Any, Final

from attrs import define, field

from benchmarks.candidate import Candidate
from benchmarks.candidates.job import Job
from benchmarks.distributions import PLUGIN
from benchmarks.serving import Server
from benchmarks.workloads import Workload

_ROOT: Final = Path(__file__).parents[1]
_SHOWN: Final = 160


@define
class Run:
    """One run of a candidate.

    Attributes:
        seconds: From the work's first step to its last: without the process's start and its imports.
        process: All of the process.
        cpu: Seconds of processor, of the work alone.
        peak: Most memory that the process held, in MB.
        rows: For each table how many rows arrived, and how many different ones.
        lost: Rows that did not arrive.
        doubled: Rows that arrived more than once.
        served: What the server saw.
        stages: Of each of dlt's stages the seconds, and the most memory in MB that was held until its end.
        notes: What else there is to tell.
        problem: Why it came to no end.
    """

    seconds: float = 0.0
    process: float = 0.0
    cpu: float = 0.0
    peak: float = 0.0
    rows: dict[str, Any] = field(factory=dict)
    lost: int = 0
    doubled: int = 0
    served: dict[str, Any] = field(factory=dict)
    stages: dict[str, Any] = field(factory=dict)
    notes: dict[str, Any] = field(factory=dict)
    problem: str = ""

    @property
    def is_complete(self) -> bool:
        """Whether it ended well, with each row once."""
        return not (self.problem or self.lost or self.doubled)


def measure(  # noqa: PLR0913 - each is a fact of its own
    candidate: Candidate, workload: Workload, server: Server | None, *, python: Path, installed: Path, limit: float
) -> Run:
    """Run *candidate* once.

    Args:
        candidate: Who.
        workload: What.
        server: What it asks; `None` for a start, which asks nobody.
        python: The interpreter of its environment.
        installed: The folder with the metadata of plugins.
        limit: Seconds after which it is ended.
    """
    with tempfile.TemporaryDirectory(prefix="bench-") as name:
        folder = Path(name)
        option = str(workload.units) if candidate.kind == "server" else candidate.option
        url = server.url if server is not None else ""
        job = Job(url, workload.tables, workload.in_flight, workload.page_size, workload.rate, option)
        (folder / "job.json").write_text(json.dumps(dataclasses.asdict(job)))
        if server is not None:
            server.reset()
        run = _process(candidate, folder, python, installed, limit)
        if server is not None:
            run.served = server.stats()
        if candidate.kind in {"load", "read"} and not run.problem:
            _compare(run, workload.expected)
    return run


def _process(candidate: Candidate, folder: Path, python: Path, installed: Path, limit: float) -> Run:
    command = [str(python), "-m", f"benchmarks.candidates.{candidate.module}"]
    begun = time.perf_counter()
    with (
        (folder / "log").open("wb") as log,
        subprocess.Popen(
            command, cwd=folder, env=_environ(folder, installed), stdin=subprocess.DEVNULL, stdout=log, stderr=log
        ) as process,
    ):
        ending = threading.Timer(limit, process.kill)
        ending.start()
        # Not `process.wait`: only this tells what the process used.
        _, status, used = os.wait4(process.pid, 0)
        process.returncode = os.waitstatus_to_exitcode(status)
        ending.cancel()
    run = Run(process=time.perf_counter() - begun, peak=used.ru_maxrss / 1024)
    result = folder / "result.json"
    if process.returncode or not result.is_file():
        run.problem = f"not within {limit:g} s" if run.process >= limit else _last_line(folder / "log")
        return run
    for key, value in json.loads(result.read_text()).items():
        setattr(run, key, value)
    return run


def _environ(folder: Path, installed: Path) -> dict[str, str]:
    """Return an environment in which nobody finds what a user or an earlier run has configured."""
    return {
        "PATH": os.environ.get("PATH", os.defpath),
        "LANG": "C.UTF-8",
        "HOME": str(folder),
        "TMPDIR": str(folder),
        "DLT_DATA_DIR": str(folder / "dlt"),
        "PYTHONPATH": os.pathsep.join(map(str, (_ROOT, PLUGIN, installed))),
    }


def _last_line(log: Path) -> str:
    lines = [line for line in log.read_text(errors="replace").splitlines() if line.strip()]
    return (lines[-1].strip() if lines else "ended without a word")[:_SHOWN]


def _compare(run: Run, expected: dict[str, int]) -> None:
    for table, rows in expected.items():
        count, different = run.rows.get(table, (0, 0))
        run.lost += max(rows - different, 0)
        run.doubled += count - different
