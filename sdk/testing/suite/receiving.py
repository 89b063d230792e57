"""What an API answers arrives: every object of a list as a record, every field of an object in its record."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from copy import deepcopy
from typing import Any

from sdk.errors import SelectionError
from sdk.messages import Record
from sdk.resource import Resource
from sdk.selectors import lifted
from sdk.testing.suite.findings import Finding
from sdk.testing.suite.lists import as_text, asked, pages_of
from sdk.testing.suite.subject import Arrival, Subject

_SHOWN = 5


def whole_lists(subject: Subject, resource: str) -> Iterator[Finding]:
    """Of a list from which some objects are selected, all are."""
    for declared, arrival in _arrivals(subject, resource):
        for place, held, pairs in _sources(declared, arrival):
            if len(pairs) < held:
                yield Finding(
                    "fewer-records",
                    resource,
                    f"{len(pairs)} of {held} objects at {place!r} were selected from {asked(arrival.request)}; "
                    "let data_selector name the whole list, and drop none of it in sdk_select_records",
                )
                return


def kept(subject: Subject, resource: str) -> Iterator[Finding]:
    """A filter drops records knowingly."""
    dropped, total = 0, 0
    for declared, arrival in _arrivals(subject, resource):
        if declared.filter is not None and declared.table == resource:
            total += len(arrival.records)
            dropped += sum(1 for one in arrival.records if not declared.filter(deepcopy(one)))
    if dropped:
        yield Finding(
            "filtered-records",
            resource,
            f"filter drops {dropped} of {total} records; leave it out, or accept this with the reason",
        )


def fields(subject: Subject, resource: str) -> Iterator[Finding]:
    """A record has all fields that the API sent, whatever a map or a hook makes of it."""
    removed: Counter[str] = Counter()
    total = 0
    for declared, arrival in _arrivals(subject, resource):
        if declared.table != resource:
            continue
        pairs = [pair for _, _, found in _sources(declared, arrival) for pair in found]
        for raw, record in pairs or zip(arrival.records, arrival.records, strict=True):
            if declared.filter is not None and not declared.filter(deepcopy(record)):
                continue
            handed = declared.map(deepcopy(record)) if declared.map is not None else record
            total += 1
            removed.update(_removed({**raw, **record}, handed))
    if removed:
        names = ", ".join(repr(name) for name, _ in removed.most_common(_SHOWN))
        more = " and more" if len(removed) > _SHOWN else ""
        yield Finding(
            "removed-fields",
            resource,
            f"map or a hook removes {names}{more} from {max(removed.values())} of {total} records; hand on what the "
            "API sends",
        )


def _arrivals(subject: Subject, resource: str) -> Iterator[tuple[Resource, Arrival]]:
    """Yield the pages of the first run as they came, those of parents with a table of their own left out."""
    arrived: dict[Any, Arrival] = {}
    played = subject.played(resource)
    for one in played.arrived:
        arrived.setdefault((one.resource, one.request.identity), one)
    for page in pages_of(played.recording.first, subject.declared):
        found = arrived.get((page.resource, page.page.request.identity))
        if found is not None:
            yield subject.declared.resource(page.resource), found


def _sources(declared: Resource, arrival: Arrival) -> Iterator[tuple[str, int, list[tuple[Record, Record]]]]:
    """Yield each list of objects that records were made of: where it is, how long, and who was made of whom."""
    made: dict[str, list[Record]] = {}
    for record in arrival.records:
        made.setdefault(_identity(declared, record), []).append(record)
    waiting: list[tuple[str, Any]] = [("", arrival.body)]
    while waiting:
        path, value = waiting.pop(0)
        if isinstance(value, dict):
            waiting.extend((f"{path}.{name}" if path else str(name), one) for name, one in value.items())
        elif isinstance(value, list):
            pairs = list(_pairs(declared, value, made))
            if pairs:
                # What lies within a record is no source of others, however alike it looks.
                yield path or "the body itself", len(value), pairs
            else:
                waiting.extend((f"{path}[]", one) for one in value)


def _pairs(
    declared: Resource, held: Sequence[Any], made: Mapping[str, Sequence[Record]]
) -> Iterator[tuple[Record, Record]]:
    """Yield each object of a list with the record that was made of it."""
    for one in held:
        for form in _forms(declared, one) if isinstance(one, dict) else ():
            found = [record for record in made.get(_identity(declared, form), ()) if _is_source(form, record)]
            if found:
                yield form, found[0]
                break


def _is_source(raw: Record, record: Record) -> bool:
    """Return whether a record was made of *raw*, and not of another kind of object that counts alike."""
    same = sum(1 for name in raw if name in record and as_text(raw[name]) == as_text(record[name]))
    return 2 * same > max(len(raw), len(record))


def _forms(declared: Resource, one: Record) -> list[Record]:
    """Return what an object may be selected as: itself, or lifted."""
    if not declared.lift:
        return [one]
    try:
        return [lifted(one, declared.lift), one]
    except SelectionError:
        return [one]


def _identity(declared: Resource, record: Record) -> str:
    """Return what tells whether two are the same: the key, and all of a record that lacks it."""
    key = [record.get(name) for name in declared.primary_key]
    return as_text(key if key and None not in key else record)


def _removed(record: Record, handed: Record) -> Iterator[str]:
    """Yield the fields that held something and are not handed on, under no other name either."""
    renamed = {as_text(value) for name, value in handed.items() if name not in record}
    for name, value in record.items():
        if name not in handed and value not in (None, "", [], {}) and as_text(value) not in renamed:
            yield name
