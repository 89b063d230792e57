"""The key of a record: there, of one record alone, and the same tomorrow."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from typing import Any, Final

from sdk.instants import parse_instant
from sdk.messages import Record
from sdk.resource import Resource
from sdk.testing.suite.findings import Finding
from sdk.testing.suite.lists import as_text
from sdk.testing.suite.subject import Subject

# Fields that identify a record wherever they are, without case and punctuation.
_IDS: Final = ("id", "uuid", "guid", "gid")
# Fields that may well identify a record although it also has an id.
_IDENTIFYING: Final = re.compile(
    r"(?i)(^|[_.-])(id|uuid|guid|gid|key|code|number|identifier|urn|arn|sku|sha|hash)$|Id$"
)


def unique(subject: Subject, resource: str) -> Iterator[Finding]:
    """No two records have the same key, the parent's part of it included."""
    key = subject.declared.resource(resource).key
    kept: dict[str, Record] = {}
    lost: dict[str, Record] = {}
    for record in subject.recording(resource).first.records:
        place = _key(key, record)
        # The same record may come twice: at the border of two windows, or by two ways to it.
        if key and as_text(kept.setdefault(place, record)) != as_text(record):
            lost.setdefault(place, record)
    if lost:
        yield Finding(
            "duplicate-key",
            resource,
            f"{len(lost)} of {len(kept)} keys ({', '.join(key)}) belong to several records, of which a merge would "
            f"keep one, such as {next(iter(lost))}; {_advice(subject, resource)}",
        )


def filled(subject: Subject, resource: str) -> Iterator[Finding]:
    """Each record has every part of its key."""
    records = subject.recording(resource).first.records
    for name in subject.declared.resource(resource).key:
        missing = sum(1 for record in records if record.get(name) is None)
        if missing:
            yield Finding(
                "missing-key", resource, f"{missing} of {len(records)} records have no {name!r}, part of the key"
            )


def stable(subject: Subject, resource: str) -> Iterator[Finding]:
    """A record has the same key whenever it is read, and nothing that changes is part of it."""
    declared = subject.declared.resource(resource)
    records = subject.recording(resource).first.records
    keys = [_key(declared.key, one) for one in records]
    if (
        subject.makes_records(resource)
        and [_key(declared.key, one) for one in subject.again(resource).first.records] != keys
    ):
        yield Finding("unstable-key", resource, "reading the recording twice gives the same records other keys")
    better = _identifier(declared, records)
    if better is None:
        return
    for name in declared.primary_key:
        what = _changing(name, [record.get(name) for record in records])
        if what is not None and name != better:
            yield Finding(
                "unstable-key",
                resource,
                f"the key field {name!r} {what}, while {better!r} is there and tells all {len(records)} records "
                f"apart; declare primary_key={better!r}",
            )
            return


def _identifier(declared: Resource, records: Sequence[Record]) -> str | None:
    """Return the field that identifies each of *records* among its parent's, if there is one."""
    if not records:
        return None
    stamps = [one for one in declared.key if one not in declared.primary_key]
    own = re.sub(r"s$", "", declared.name) + "id"
    names = sorted((name for name in records[0] if _bare(name) in (*_IDS, own)), key=lambda one: one.lower() != "id")
    distinct = len({as_text(record) for record in records})
    for name in names:
        values = {_key((*stamps, name), record) for record in records}
        if all(isinstance(record.get(name), str | int) for record in records) and len(values) == distinct:
            return name
    return None


def _changing(name: str, values: Sequence[Any]) -> str | None:
    """Return why a key field is no good key, if it is not."""
    if all(isinstance(value, float) for value in values):
        return "is a number with a fraction"
    if all(isinstance(value, str) and parse_instant(value) is not None for value in values):
        return "is a time"
    if any(isinstance(value, bool | dict | list) for value in values):
        return "is no identifier"
    return None if _IDENTIFYING.search(name) else "may change, as names do"


def _bare(name: str) -> str:
    return re.sub(r"[\W_]", "", name).lower()


def _key(key: Sequence[str], record: Record) -> str:
    return ", ".join(f"{name}={record.get(name)!r}" for name in key)


def _advice(subject: Subject, resource: str) -> str:
    declared = subject.declared.resource(resource)
    better = _identifier(declared, subject.recording(resource).first.records)
    if better is not None and better not in declared.primary_key:
        return f"declare primary_key={better!r}"
    if declared.parents and declared.key == declared.primary_key:
        return "declare no unique_key and no include_from_parent=(), so that the parent's key is part of it"
    return "declare the fields that tell them apart as primary_key"
