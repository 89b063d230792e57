"""Compare two versions of a plugin, each in a process of its own."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Final

from packaging.utils import canonicalize_name

from sdk.errors import PluginError
from sdk.redaction import one_line
from sdk.testing.compat.comparison import differences
from sdk.testing.compat.difference import Difference
from sdk.testing.compat.facts import ConnectorFacts, Facts, Job, broken
from sdk.testing.compat.kinds import Kind
from sdk.testing.compat.report import Report
from sdk.testing.compat.versions import NoVersionError, PluginVersion, lay_out

_SECONDS: Final = 600


class NoSamplesError(PluginError):
    """There is nothing to play."""


def compare(  # noqa: PLR0913 - two versions, what is played, and how it counts
    old: str,
    new: str,
    cassettes: Path,
    folder: Path,
    *,
    connectors: Sequence[str] = (),
    allow_unrecorded: bool = False,
) -> Report:
    """Return what differs between two versions of a plugin.

    Args:
        old: The older one: a folder with a pyproject.toml, a wheel, or a requirement such as
            `sdk-plugin-planets==0.1.0`.
        new: The newer one.
        cassettes: The folder with the recorded samples, `<connector>/<resource>.yaml` in it.
        folder: An empty folder to work in.
        connectors: Names of the connectors to compare, where a plugin offers several; default: all.
        allow_unrecorded: What the samples hold no answer for counts for nothing, instead of as what breaks.

    Raises:
        NoVersionError: One is no version of a plugin, or they offer no connector of the same name.
        NoSamplesError: No resource has a recorded sample.
        PluginError: One cannot be installed, or the older one is broken.
    """
    places = (folder / "old", folder / "new")
    was, now = (lay_out(given, place / "home") for given, place in zip((old, new), places, strict=True))
    wanted = _wanted(was, now, connectors)
    jobs = [_job(one, wanted, cassettes, place) for one, place in zip((was, now), places, strict=True)]
    with ThreadPoolExecutor(len(jobs)) as pool:
        before, after = pool.map(_describe, jobs)
    for name, facts in before.items():
        if facts["failure"]:
            raise PluginError(f"{was}, the older one, cannot be compared with: {name}: {facts['failure']}")
    _check_samples(before, after, cassettes)
    found = [*_renamed(was, now), *differences(before, after)]
    found.sort(key=lambda one: -one.level)
    return Report(was, now, tuple(found), _compared(before, after, found), allow_unrecorded)


def _wanted(old: PluginVersion, new: PluginVersion, connectors: Sequence[str]) -> list[str]:
    if not set(old.connectors) & set(new.connectors):
        raise NoVersionError(
            f"{old} offers {' and '.join(old.connectors)}, and {new} offers {' and '.join(new.connectors)}; give two "
            "versions of one plugin"
        )
    for name in connectors:
        if name not in {*old.connectors, *new.connectors}:
            raise NoVersionError(f"neither {old} nor {new} offers {name!r}; they offer {', '.join(old.connectors)}")
    return [name for name in dict.fromkeys((*old.connectors, *new.connectors)) if not connectors or name in connectors]


def _job(version: PluginVersion, connectors: Sequence[str], cassettes: Path, place: Path) -> Job:
    return {
        "home": str(version.home),
        "paths": [str(path) for path in version.paths],
        "distribution": version.distribution,
        "connectors": [name for name in connectors if name in version.connectors],
        "cassettes": str(cassettes.resolve()),
        "answer": str(place / "facts.json"),
    }


def _describe(job: Job) -> Facts:
    """Return what the process of one version says; when it says nothing, each of its connectors is broken."""
    answer = Path(job["answer"])
    place = answer.parent
    order = place / "job.json"
    order.write_text(json.dumps(job), encoding="utf-8")
    # Not from the folder that we are in, whose modules and dlt settings are no part of any version.
    command = [sys.executable, "-P", "-m", "sdk.testing.compat", str(order)]
    quiet = {"RUNTIME__DLTHUB_TELEMETRY": "false", "RUNTIME__LOG_LEVEL": "CRITICAL"}
    try:
        done = subprocess.run(  # noqa: S603 - this Python, and a file that was just written
            command,
            cwd=place,
            env={**os.environ, **quiet, "DLT_DATA_DIR": str(place / "dlt")},
            capture_output=True,
            text=True,
            errors="replace",
            stdin=subprocess.DEVNULL,
            timeout=_SECONDS,
            check=False,
        )
    except subprocess.TimeoutExpired:
        return _all_broken(job, f"it was not read within {_SECONDS} s")
    if not answer.is_file():
        said = [line.strip() for line in done.stderr.splitlines() if line.strip()]
        return _all_broken(job, one_line(f"its process ended with {done.returncode}: {said[-1] if said else ''}", 300))
    facts: Facts = json.loads(answer.read_text(encoding="utf-8"))
    return facts


def _all_broken(job: Job, failure: str) -> Facts:
    return {name: broken(failure) for name in job["connectors"]}


def _check_samples(old: Facts, new: Facts, cassettes: Path) -> None:
    for name, facts in old.items():
        if name in new and not new[name]["failure"] and not _recorded(facts) and not _recorded(new[name]):
            raise NoSamplesError(f"{cassettes} holds no sample of {name!r}; record them with sdk record {name}")


def _recorded(facts: ConnectorFacts) -> bool:
    return any(table["recorded"] for table in facts["tables"].values())


def _renamed(old: PluginVersion, new: PluginVersion) -> list[Difference]:
    if canonicalize_name(old.distribution) == canonicalize_name(new.distribution):
        return []
    return [Difference(Kind.DISTRIBUTION_RENAMED, "", old.distribution, new.distribution)]


def _compared(old: Facts, new: Facts, found: Sequence[Difference]) -> dict[str, int]:
    """Return how many rows of the older version were compared, by the resource's place."""
    unknown = {one.place for one in found if one.kind is Kind.NOT_COMPARED}
    return {
        place: sum(len(run["rows"]) for run in played["runs"])
        for connector, facts in old.items()
        for name, table in facts["tables"].items()
        if (played := table["played"]) is not None
        and name in new.get(connector, broken(""))["tables"]
        and (place := f"{connector}.{name}") not in unknown
    }
