"""The key of a record: there, of one record alone, and the same tomorrow."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from typing import Any, Final

from sdk.instants import parse_instant
from sdk.jsonpath import find
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
# Fields that name what a record is called, or which other one it belongs to.
_NAMES: Final = re.compile(r"(?i)(\w+_)?(name|label|title|subject|summary|description)")
_FOREIGN: Final = re.compile(r"(?i)[a-z0-9]_(id|uuid|guid|gid)$|(?-i:[a-z0-9]Id$)")


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
        yield from _named_after(declared, records)
        return
    for name in declared.primary_key:
        what = _changing(name, [record.get(name) for record in records]) or _foreign(declared, name, better)
        if what is not None and name != better:
            yield Finding(
                "unstable-key",
                resource,
                f"the key field {name!r} {what}, while {better!r} is there and tells all {len(records)} records "
                f"apart; declare primary_key={better!r}",
            )
            return


def parents(subject: Subject, resource: str) -> Iterator[Finding]:
    """The parent's part of a key is another one for each parent."""
    declared = subject.declared.resource(resource)
    if not declared.asked_places or declared.key == declared.primary_key:
        return
    pages = subject.recording(resource).first.pages
    for name in declared.parents:
        stamps = declared.stamps(name)
        asked: dict[str, set[str]] = {}
        parts = {name, *(one.name for one in subject.declared.parts_of(subject.declared.resource(name)))}
        for record in (record for one in pages if one.resource in parts for record in one.records):
            fields = [one.field for _, choices in declared.asked_places for one in choices if one.resource == name]
            place = as_text([find(one, record) for one in fields])
            asked.setdefault(as_text([find(one, record) for one in stamps.values()]), set()).add(place)
        shared = sum(len(places) for places in asked.values() if len(places) > 1)
        if shared and stamps:
            yield Finding(
                "shared-stamp",
                resource,
                f"{' and '.join(repr(one) for one in stamps.values())} of {name!r}, the parent's part of the key, is "
                f"the same for several of {shared} parents, whose records would replace each other; leave "
                "include_from_parent to its default, or name a field that is unique",
            )
            return


def _named_after(declared: Resource, records: Sequence[Record]) -> Iterator[Finding]:
    """Yield a key that is a name where nothing is called an id, but something else tells the records apart."""
    named = next((name for name in declared.primary_key if _NAMES.fullmatch(name)), None)
    if named is None or not records:
        return
    distinct = len({as_text(record) for record in records})
    for name in records[0]:
        is_foreign = _FOREIGN.search(name) is not None
        if is_foreign or name in declared.primary_key or not _IDENTIFYING.search(name):
            continue
        values = {_key((name,), record) for record in records}
        if all(isinstance(record.get(name), str | int) for record in records) and len(values) == distinct:
            yield Finding(
                "unstable-key",
                declared.name,
                f"the key field {named!r} may change, as names do, while {name!r} is there and tells all "
                f"{len(records)} records apart; declare primary_key={name!r}",
            )
            return


def _foreign(declared: Resource, name: str, better: str) -> str | None:
    """Return why a field that names something else is no key beside the record's own id."""
    singular = re.sub(r"s$", "", declared.name)
    own = {_bare(f"{singular}_id"), _bare(f"{singular.rpartition('_')[2]}_id")}
    is_foreign = _FOREIGN.search(name) is not None and _bare(name) not in own and _bare(better) in _IDS
    return "is the id of something else" if is_foreign and better not in declared.primary_key else None


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
