"""A resource can be read: there is a recording, it is asked as it was recorded, and records come."""

from __future__ import annotations

from collections.abc import Iterator

from sdk.errors import SDKError
from sdk.testing.suite.findings import Finding, NoRecordingError
from sdk.testing.suite.subject import Subject


def recorded(subject: Subject, resource: str) -> Iterator[Finding]:
    """There is a recording, or a simulator to record from, and it can be read."""
    try:
        subject.recording(resource)
    except NoRecordingError as error:
        yield Finding("no-recording", resource, str(error))
    except SDKError as error:
        yield Finding("reading-fails", resource, f"reading fails: {error}")
    except Exception as error:  # noqa: BLE001 - whatever a plugin raises, its author must be told where
        yield Finding("reading-crashes", resource, f"reading it raises {type(error).__name__}: {error}")


def reads(subject: Subject, resource: str) -> Iterator[Finding]:
    """Both runs of the recording are read without an error."""
    recording = subject.recording(resource)
    for which, run in (("first", recording.first), ("second", recording.second)):
        # What was asked otherwise than recorded is a finding of its own.
        if run.failure is not None and not recording.unrecorded:
            yield Finding("reading-fails", resource, f"the {which} run fails: {run.failure}")


def yields(subject: Subject, resource: str) -> Iterator[Finding]:
    """There is a record at least, or a skip that the declaration names."""
    recording = subject.recording(resource)
    first = recording.first
    if not first.records and not first.skips and first.failure is None:
        yield Finding(
            "no-records",
            resource,
            f"{len(first.pages)} pages were read and there is no record in them; record it from an account that has "
            "some, or check path and data_selector",
        )


def asks(subject: Subject, resource: str) -> Iterator[Finding]:
    """Every answer of the cassette is asked for, once, and nothing else is asked."""
    recording = subject.recording(resource)
    again = f"if that is meant, record it anew: sdk record {subject.name} --resource {resource}"
    for request in recording.unasked:
        yield Finding("unasked", resource, f"{request} was recorded and is not asked for; {again}")
    for problem in recording.unrecorded:
        yield Finding("unrecorded", resource, f"a request has no recorded answer: {problem}")
