"""A second run continues where the first one ended."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import datetime, timedelta
from itertools import islice
from typing import Any, Final

from sdk.instants import format_instant, parse_instant
from sdk.messages import Record
from sdk.resource import Resource
from sdk.testing.sampling import Sample, SampledPage
from sdk.testing.suite.findings import Finding
from sdk.testing.suite.lists import asked, lists
from sdk.testing.suite.subject import Subject
from sdk.windows import Incremental

# An API that compares days compares them in its own zone.
_A_DAY: Final = timedelta(days=1)


def continues(subject: Subject, resource: str) -> Iterator[Finding]:
    """The second run of an incremental resource asks for what is new, and gets no more."""
    declared = subject.declared.resource(resource)
    recording = subject.recording(resource)
    if declared.incremental is None or not recording.first.records:
        return
    path = declared.incremental.cursor_path
    if not _cursors(declared.incremental, recording.first.records):
        yield Finding(
            "not-incremental",
            resource,
            f"none of {len(recording.first.records)} records has a cursor at {path!r}, so each run reads everything; "
            "declare the field that grows when a record changes",
        )
        return
    if recording.failure is not None:
        return  # what is not there says nothing
    first, second = _own(recording.first), _own(recording.second)
    if not second:
        yield Finding("not-incremental", resource, "the second run does not ask for the list at all")
    elif _same(first[0], second[0]):
        yield Finding(
            "not-incremental",
            resource,
            f"the second run asks what the first one asked, {asked(second[0].page.request)}; "
            "check window and cursor_path",
        )
    else:
        yield from islice(_begins(declared, declared.incremental, first, second), 1)
        yield from islice(_honoured(declared, declared.incremental, second), 1)


def _begins(
    declared: Resource, incremental: Incremental, first: Sequence[SampledPage], second: Sequence[SampledPage]
) -> Iterator[Finding]:
    """Yield each list of the second run that begins too late for what the first run saw of the same list."""
    before, after = lists(first), lists(second)
    for scope in dict.fromkeys(_scope(declared, one[0]) for one in after):
        starts = [_start(declared, incremental, one[0]) for one in after if _scope(declared, one[0]) == scope]
        seen = [
            record for pages in before if _scope(declared, pages[0]) == scope for one in pages for record in one.records
        ]
        cursors = _cursors(incremental, seen)
        if not cursors or None in starts:
            continue
        start, latest = min(starts), incremental.back(max(cursors), incremental.overlap)
        if start > latest:
            yield Finding(
                "skips-changes",
                declared.name,
                f"the second run begins at {_shown(start)}, after {_shown(latest)}: the newest record of the first run "
                "less the overlap; what changed in between would be missed",
            )


def _honoured(declared: Resource, incremental: Incremental, second: Sequence[SampledPage]) -> Iterator[Finding]:
    """Yield each page of the second run that holds what it did not ask for."""
    for one in second:
        start = _start(declared, incremental, one)
        cursors = _cursors(incremental, one.records)
        earliest = start - _A_DAY if isinstance(start, datetime) else start
        older = [cursor for cursor in cursors if earliest is not None and cursor < earliest]
        if older:
            yield Finding(
                "not-incremental",
                declared.name,
                f"the second run asks from {_shown(start)} on and gets {len(older)} of {len(cursors)} records from "
                f"before it: the API does not know {_param(declared)!r}, or compares another field than "
                f"{incremental.cursor_path!r}",
            )


def _own(run: Sample) -> list[SampledPage]:
    return [one for one in run.pages if one.resource == run.resource]


def _same(one: SampledPage, other: SampledPage) -> bool:
    return one.page.request.identity == other.page.request.identity


def _scope(declared: Resource, one: SampledPage) -> Any:
    """Return which list a first page is of, whatever stretch of it was asked for."""
    page = {_param(declared), getattr(declared.window, "end_param", None), *getattr(declared.window, "open_params", ())}
    method, url, params, body = one.page.request.identity
    return method, url, frozenset(pair for pair in params if pair[0] not in page), body


def _param(declared: Resource) -> str:
    return str(getattr(declared.window, "start_param", ""))


def _start(declared: Resource, incremental: Incremental, one: SampledPage) -> Any:
    """Return from where on a page asks, `None` when it does not say."""
    text = one.page.request.param(_param(declared))
    if text is None or incremental.kind == "number":
        return incremental.parse(text)
    style = getattr(declared.window, "style", "iso")
    return parse_instant(text, {"epoch_s": "s", "epoch_ms": "ms"}.get(style))  # type: ignore[arg-type] # no other unit


def _cursors(incremental: Incremental, records: Sequence[Record]) -> list[Any]:
    return [found for record in records if (found := incremental.cursor(record)) is not None]


def _shown(value: Any) -> str:
    return format_instant(value, "iso_ms") if isinstance(value, datetime) else str(value)
