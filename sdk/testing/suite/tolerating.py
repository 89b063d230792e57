"""What a declaration takes for no fault is none, and what a repeat would cure is repeated."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta
from typing import Final

from sdk.resource import Resource
from sdk.testing.suite.findings import Finding
from sdk.testing.suite.lists import as_text
from sdk.testing.suite.subject import Subject

_NOT_SIGNED_IN: Final = 401
_TOO_MANY: Final = 429
_NOT_FOUND: Final = 404
_FAILED: Final = 500


def statuses(subject: Subject, resource: str) -> Iterator[Finding]:
    """No bad key, no limit and no failure of the server counts as "nothing here"."""
    for declared in _read_for(subject, resource):
        for name, what in (("skip_statuses", "skipped"), ("empty_statuses", "taken for an empty list")):
            careless = [
                status
                for status in sorted(getattr(declared, name))
                if status in {_NOT_SIGNED_IN, _TOO_MANY} or status >= _FAILED
            ]
            if careless:
                listed = ", ".join(map(str, careless))
                yield Finding(
                    "careless-status",
                    resource,
                    f"{name} of {declared.name!r} holds {listed}: a bad key, a limit or a failure of the server would "
                    f"be {what}, and rows with it; leave {'it' if len(careless) == 1 else 'them'} out",
                )


def repeats(subject: Subject) -> Iterator[Finding]:
    """What fails for a moment is asked again."""
    declared = subject.declared
    owners = [("the connector", declared.retry), *((f"resource {one.name!r}", one.retry) for one in declared.resources)]
    for owner, retry in owners:
        if retry is not None and (retry.attempts == 1 or not retry.statuses):
            fact = "attempts=1" if retry.attempts == 1 else "statuses=()"
            yield Finding(
                "no-retries",
                "",
                f"the retry policy of {owner} repeats nothing ({fact}), so one answer that fails for a moment ends the "
                "run; leave it out: the default repeats what a repeat can cure",
            )


def overlaps(subject: Subject, resource: str) -> Iterator[Finding]:
    """A run begins no later than the one before it ended."""
    incremental = subject.declared.resource(resource).incremental
    if incremental is None:
        return
    overlap = incremental.overlap
    if overlap < (timedelta(0) if isinstance(overlap, timedelta) else 0):
        yield Finding(
            "negative-overlap",
            resource,
            f"the overlap is {overlap}, so each run begins after the newest record of the run before; what changed in "
            "between would be missed; declare none below zero",
        )


def appends(subject: Subject, resource: str) -> Iterator[Finding]:
    """What is appended comes once."""
    declared = subject.declared.resource(resource)
    if declared.write_disposition != "append":
        return
    recording = subject.recording(resource)

    def places(run: int) -> set[str]:
        records = (recording.first, recording.second)[run].records
        return {as_text([one.get(name) for name in declared.key] if declared.key else one) for one in records}

    before, after = places(0), places(1)
    again = before & after
    if again:
        yield Finding(
            "append-repeats",
            resource,
            f"the second run brings {len(again)} of {len(after)} records again, and write_disposition='append' keeps "
            "both; declare 'merge' with a primary_key, or 'replace'",
        )


def comes(subject: Subject, resource: str) -> Iterator[Finding]:
    """A recording that holds nothing but "not found" shows a wrong path as well as an empty account."""
    declared = subject.declared.resource(resource)
    first = subject.recording(resource).first
    if declared.parents or first.records or first.failure is not None or not first.skips:
        return
    if _NOT_FOUND in declared.skip_statuses and all(one.status == _NOT_FOUND for one in first.skips):
        yield Finding(
            "only-skips",
            resource,
            f"the recording holds nothing but a 404 for {declared.path!r}, which skip_statuses hides; check the path, "
            "and record it from an account that has some",
        )


def _read_for(subject: Subject, resource: str) -> list[Resource]:
    """Return a resource, its parts, and the hidden ones above them."""
    connector = subject.declared
    found = [connector.resource(resource), *connector.parts_of(connector.resource(resource))]
    for one in found:
        above = (connector.resource(name) for name in one.parents)
        found.extend(parent for parent in above if parent.hidden and parent not in found)
    return found
