"""What reality does to every API sooner or later costs no row."""

from __future__ import annotations

from collections.abc import Iterator

from sdk.testing.cassette_files import CassetteError
from sdk.testing.mutations import judge, mutations
from sdk.testing.suite.findings import Finding
from sdk.testing.suite.subject import Subject


def holds(subject: Subject, resource: str) -> Iterator[Finding]:
    """Played with answers that went wrong, each record arrives or the run ends in an error."""
    recording = subject.recording(resource)
    if recording.unasked or recording.unrecorded:
        return  # what the connector asks now is not what was recorded
    try:
        found = mutations(recording)
    except CassetteError as error:
        yield Finding("unplayable", resource, str(error))
        return
    for mutation in found:
        lost = judge(mutation, recording)
        if lost is not None:
            yield Finding(f"mutation:{mutation.code}", resource, lost)
