"""A run that is killed at any moment loses nothing, doubles nothing, and stands in no later run's way."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

PAGES = [[10 * page + one for one in range(1, 4)] for page in range(1, 6)]
THINGS = [thing for page in PAGES for thing in page]
WHOLE = {"things": THINGS, "parts": [[thing, part] for thing in THINGS for part in (1, 2)]}

# A few moments of each kind.
SAMPLE = 60


@pytest.fixture
def killed(tiny_api: Any, tmp_path: Path) -> Any:
    """Return a function that kills a run at every *step*th event, and returns what came of it."""

    def answer(asked: Any) -> Any:
        number = int(asked.query["page"])
        return {"data": [{"id": thing} for thing in PAGES[number - 1]], "more": number < len(PAGES)}

    tiny_api.answer("/things", answer)
    for thing in THINGS:
        tiny_api.lists(f"/things/{thing}/parts", [{"id": 1}, {"id": 2}])

    def sweep(**facts: Any) -> Any:
        given = {"base_url": tiny_api.url, "folder": str(tmp_path / "swept"), **facts}
        command = [sys.executable, "-W", "ignore", str(Path(__file__).with_name("sweep.py")), json.dumps(given)]
        surroundings = {**os.environ, "RUNTIME__DLTHUB_TELEMETRY": "false", "DLT_DATA_DIR": str(tmp_path / "dlt")}
        done = subprocess.run(  # noqa: S603 - our own command
            command, cwd=tmp_path, env=surroundings, capture_output=True, text=True, check=False, timeout=7200
        )
        assert done.returncode == 0, done.stderr
        return json.loads(done.stdout)

    return sweep


CASES = [
    pytest.param(by, disposition, lose, id=f"{by}, {disposition}, folder {'lost' if lose else 'kept'}")
    for by in ("connector", "dictionary")
    for disposition in ("merge", "replace")
    for lose in (False, True)
]


def judge(found: Any, step: int) -> None:
    """Fail when anything was lost, doubled or stuck; or when kills ended long before the runs do."""
    assert (found["code"], found["tables"]) == (0, WHOLE)
    right = {"killed": -signal.SIGKILL, "again": 0, "tables": WHOLE}
    wrong = {event: one for event, one in found["points"].items() if one != right}
    assert not wrong
    assert max(map(int, found["points"])) > 0.9 * found["events"] - step


@pytest.mark.parametrize(("by", "disposition", "lose"), CASES)
def test_a_sample_of_moments(killed, by, disposition, lose):
    """Every so many events, in all of a run's steps."""
    found = killed(by=by, disposition=disposition, lose=lose, begin=17, step=SAMPLE)
    assert len(found["points"]) > 2
    judge(found, SAMPLE)


@pytest.mark.slow
@pytest.mark.parametrize(("by", "disposition", "lose"), CASES)
def test_every_moment(killed, by, disposition, lose):
    """Before each and every event."""
    judge(killed(by=by, disposition=disposition, lose=lose, begin=1, step=1), step=1)
