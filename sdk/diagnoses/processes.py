"""Examine plugins in processes of their own, so that one that hangs or exits takes nobody along."""

from __future__ import annotations

import contextlib
import json
import os
import signal
import subprocess
import sys
import tempfile
from collections.abc import Iterator, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from itertools import groupby
from pathlib import Path
from typing import Any, Final

from sdk.diagnoses.findings import Finding
from sdk.diagnoses.offers import offer
from sdk.plugins import CONNECTORS, Installed

_AT_ONCE: Final = 4


def examine(
    plugins: Sequence[Installed], seconds: float, overrides: Mapping[str, Sequence[str]] | None = None
) -> list[Finding]:
    """Return what is wrong with *plugins*.

    Args:
        plugins: What to examine.
        seconds: How long all of one distribution may take.
        overrides: The overrides that are switched on, by connector.
    """
    by_distribution = sorted(plugins, key=lambda one: one.distribution)
    each = [list(group) for _, group in groupby(by_distribution, key=lambda one: one.distribution)]
    with ThreadPoolExecutor(max_workers=_AT_ONCE) as pool:
        found = pool.map(lambda group: list(_examined(group, seconds, overrides or {})), each)
        return [finding for findings in found for finding in findings]


def _examined(
    plugins: Sequence[Installed], seconds: float, overrides: Mapping[str, Sequence[str]]
) -> Iterator[Finding]:
    left = dict(enumerate(plugins))
    while left:
        lines, ending = _process(left, seconds, overrides)
        for line in lines:
            if "end" in line:
                left.pop(line["end"])
                yield from (Finding(**one) for one in line["findings"])
        begun = [line["begin"] for line in lines if "begin" in line]
        stuck = [number for number in begun if number in left]
        if not left:
            return
        # Without a beginning the process itself did not start, and would not the next time.
        for number in stuck or list(left):
            yield _lost(left.pop(number), ending)


def _lost(plugin: Installed, ending: str) -> Finding:
    return Finding(
        "process",
        "broken",
        f"{ending} while it was imported or asked what it declares",
        offer(plugin),
        f"pip uninstall {plugin.distribution}, or take what it does there out of its module",
        distribution=plugin.distribution,
        name=plugin.name,
        group=plugin.entry_point.group,
    )


def _process(
    left: Mapping[int, Installed], seconds: float, overrides: Mapping[str, Sequence[str]]
) -> tuple[list[dict[str, Any]], str]:
    """Return what one process wrote, and how it ended."""
    wanted = [
        (number, (one.entry_point.group, one.name, one.distribution, _overrides(one, overrides)))
        for number, one in left.items()
    ]
    with tempfile.TemporaryDirectory() as folder:
        results = Path(folder) / "results"
        process = subprocess.Popen(  # noqa: S603 - our own module
            [sys.executable, "-P", "-m", "sdk.diagnoses.examination", str(results)],
            stdin=subprocess.PIPE,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
            # What this process can import, in the same order.
            env={**os.environ, "PYTHONPATH": os.pathsep.join(one for one in sys.path if one)},
            start_new_session=True,
        )
        ending = _wait(process, json.dumps(wanted).encode(), seconds)
        text = results.read_text() if results.exists() else ""
    return [json.loads(line) for line in text.splitlines() if line.endswith("}")], ending


def _overrides(plugin: Installed, overrides: Mapping[str, Sequence[str]]) -> list[str]:
    return list(overrides.get(plugin.name, ())) if plugin.entry_point.group == CONNECTORS else []


def _wait(process: subprocess.Popen[bytes], told: bytes, seconds: float) -> str:
    try:
        process.communicate(told, timeout=seconds)
    except subprocess.TimeoutExpired:
        return f"it took more than {seconds:g} s"
    finally:
        _end(process)
    return f"it ended the process with exit code {process.returncode}"


def _end(process: subprocess.Popen[bytes]) -> None:
    """End the process, and what it may have started."""
    if hasattr(os, "killpg"):
        with contextlib.suppress(ProcessLookupError):
            os.killpg(process.pid, signal.SIGKILL)
    elif process.poll() is None:
        process.kill()
    process.wait()
