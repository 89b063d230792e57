"""What the benchmarks count is right; what they time is nobody's fact."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

import pytest

from benchmarks.candidate import CANDIDATES
from benchmarks.measuring import Run
from benchmarks.summary import Results, Summary
from benchmarks.workloads import workloads

ROOT = Path(__file__).parents[1]


def test_one_command_measures_ours_and_dlt_side_by_side(tmp_path):
    """Both load every row once; dlt asks for one page more, to see that it is empty."""
    file = tmp_path / "found.json"
    command = [sys.executable, "-m", "benchmarks", "--quick", "--only", "load", "--json", str(file)]
    command += ["--candidates", "sdk", "--candidates", "dlt"]
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=False)  # noqa: S603 - our own command
    assert (done.returncode, done.stderr) == (0, "")
    [workload] = json.loads(file.read_text())["workloads"]
    found = {
        one["candidate"]: (one["ranked"], one["requests"], one["refused"], one["runs"][0]["rows"])
        for one in workload["candidates"]
    }
    rows = {"tickets": [1000, 1000]}
    assert found == {"sdk": (True, 11, 0, rows), "dlt": (True, 11, 0, rows)}


@pytest.mark.parametrize("trouble", [{"lost": 1}, {"doubled": 1}, {"problem": "ended"}])
def test_whoever_loses_rows_is_not_ranked(trouble):
    """One bad run is enough, however quick it was."""
    summary = Summary(candidate=CANDIDATES["sdk"], runs=[Run(seconds=2.0), Run(seconds=1.0, **trouble)])
    assert not summary.is_ranked
    assert summary.trouble
    assert Results({"load": {"sdk": summary}}).of("load", "sdk") is None


def test_each_workload_names_known_candidates_and_what_it_takes():
    """The ideal is what latency and rate alone would take."""
    found = {one.name: one for one in workloads(quick=False)}
    assert {name for one in found.values() for name in one.candidates} <= CANDIDATES.keys()
    assert {name: (one.requests, one.ideal) for name, one in found.items() if one.tables} == {
        "load": (500, None),
        "extract": (500, None),
        "children": (2001, pytest.approx(5.0025)),
        "pages": (200, pytest.approx(1.25)),
        "rate": (1001, pytest.approx(20.02)),
        "memory": (1000, None),
        "memory-5x": (5000, None),
    }
