"""A resource can be read: there is a recording, it is asked as it was recorded, and records come."""

from __future__ import annotations

import json
from collections.abc import Iterator

from sdk.errors import SDKError
from sdk.testing.cassette_files import CassetteError, slug
from sdk.testing.recordings import Recording
from sdk.testing.simulator import FailedSimulatorError
from sdk.testing.suite.findings import Finding, NoRecordingError
from sdk.testing.suite.lists import objects
from sdk.testing.suite.subject import Subject
from sdk.testing.unrecorded import text


def recorded(subject: Subject, resource: str) -> Iterator[Finding]:
    """There is a recording, or a simulator to record from, and it can be read."""
    try:
        subject.recording(resource)
    except NoRecordingError as error:
        yield Finding("no-recording", resource, str(error))
    except FailedSimulatorError as error:
        yield Finding("simulator-fails", resource, str(error))
    except CassetteError as error:
        again = f"record it anew: sdk record {subject.name} -r {resource}"
        yield Finding("unreadable-recording", resource, f"{error}; {again}")
    except SDKError as error:
        yield Finding("reading-fails", resource, f"reading fails: {error}")
    except Exception as error:  # noqa: BLE001 - whatever a plugin raises, its author must be told where
        yield Finding("reading-crashes", resource, f"reading it raises {type(error).__name__}: {error}")


def strays(subject: Subject) -> Iterator[Finding]:
    """Each cassette is that of a resource, or of a test that the author wrote."""
    known = {subject.cassette(one).name for one in subject.resources}
    folder = subject.folder / slug(subject.name)
    lacking = [one for one in subject.resources if not subject.cassette(one).is_file()]
    instead = f"remove it, and record what took its place: sdk record {subject.name} -r {' or '.join(lacking)}"
    for path in sorted(folder.glob("*.yaml")):
        if path.name not in known and not path.name.startswith("test"):
            yield Finding(
                "stray-recording",
                "",
                f"{folder.name}/{path.name} is the recording of no resource that there is, so nothing plays it; "
                f"{instead if lacking else 'remove it'}",
            )


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
    lost = _rows(recording)
    for request in recording.unasked:
        rows = lost.get(request, 0)
        what = f"its {rows} rows are not asked for any more; check paging, path and parameters, and only"
        said = f"{request} was recorded, and {what} {again}" if rows else f"{request} was recorded and is not asked for"
        yield Finding("unasked", resource, said if rows else f"{said}; {again}")
    for problem in recording.unrecorded:
        rows = sum(lost.get(request, 0) for request in dict.fromkeys(recording.unasked))
        instead = f"{rows} rows that were recorded are not asked for any more: " if rows else ""
        yield Finding("unrecorded", resource, f"{instead}a request has no recorded answer: {problem}")


def _rows(recording: Recording) -> dict[str, int]:
    """Return how many objects the longest list of each recorded answer holds, by the request as text."""
    found: dict[str, int] = {}
    for request, response in zip(recording.contents.requests, recording.contents.responses, strict=True):
        try:
            body = json.loads(response["body"]["string"] or b"null")
        except ValueError:
            continue
        rows = max((len(held) for _, held in objects(body)), default=0)
        found[text(request)] = max(rows, found.get(text(request), 0))
    return found
