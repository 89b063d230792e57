"""A child's record says whose child it is."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any
from urllib.parse import urlsplit

from sdk.connector import Connector
from sdk.errors import ReadError
from sdk.jsonpath import MISSING, find
from sdk.messages import Record, Request
from sdk.resource import Resource
from sdk.testing.sampling import Sample, SampledPage
from sdk.testing.suite.findings import Finding
from sdk.testing.suite.subject import Subject


def belongs(subject: Subject, resource: str) -> Iterator[Finding]:
    """Each child carries its parent's key."""
    declared = subject.declared.resource(resource)
    first = subject.recording(resource).first
    if not declared.asked_places or not first.records:
        return
    stamps = list(dict.fromkeys(name for parent in declared.parents for name in declared.stamps(parent)))
    for name in stamps:
        # A resource that is also read without its parent has no key to stamp there.
        lacking = sum(1 for record in first.records if record.get(name) is None)
        if lacking and not declared.optional_parent:
            yield Finding(
                "no-parent-key",
                resource,
                f"{lacking} of {len(first.records)} records have no {name!r}, the key of their parent; "
                "check that the parent's records have it",
            )
    if not stamps and not _says_itself(declared, subject.declared, first):
        names = " and ".join(declared.parents)
        yield Finding(
            "no-parent-key",
            resource,
            f"nothing in a record says which of {names} it belongs to; leave include_from_parent to its default, "
            f'or name the field: include_from_parent=["id"]',
        )


def _says_itself(declared: Resource, connector: Connector, first: Sample) -> bool:
    """Return whether some field of the records holds what their parent was asked by, in each of them."""
    families = list(_families(declared, connector, first))
    fields: set[str] | None = None
    for page, key in families:
        for record in page.records:
            found = {name for name, value in _fields(record) if str(value) == key}
            fields = found if fields is None else fields & found
    if not families:
        # A hook of the author's own decides what is asked: what it asks by cannot be told from here.
        return True
    return fields is None or bool(fields - set(declared.primary_key))


def _families(declared: Resource, connector: Connector, first: Sample) -> Iterator[tuple[SampledPage, str]]:
    """Yield each page with the key of the parent that it was asked for."""
    asked: dict[Any, str] = {}
    for parent in declared.parents:
        for record in _parents(connector.resource(parent), first):
            request = _place(declared, parent, record)
            keys = [one.field for _, choices in declared.asked_places for one in choices if one.resource == parent]
            key = find(keys[0], record) if keys else MISSING
            if request is not None and key is not MISSING:
                asked[request] = str(key)
    for one in first.pages:
        if one.resource == declared.name:
            place = _asked(declared, one.page.request)
            key = next(
                (key for (path, params), key in asked.items() if place[0].endswith(path) and place[1] == params), None
            )
            if key is not None:
                yield one, key


def _parents(parent: Resource, first: Sample) -> list[Record]:
    return [record for one in first.pages if one.resource == parent.name for record in one.records]


def _place(declared: Resource, parent: str, record: Record) -> tuple[str, tuple[tuple[str, str], ...]] | None:
    """Return the path and the parameters that *record*'s children are asked by."""
    try:
        path = declared.template.fill(parent, record)
        params = {name: one.fill(parent, record, encode=False) for name, one in declared.param_templates.items()}
    except ReadError:
        return None
    return path, tuple(sorted((name, str(value)) for name, value in params.items()))


def _asked(declared: Resource, request: Request) -> tuple[str, tuple[tuple[str, str], ...]]:
    params = {name: request.param(name) or "" for name in declared.param_templates}
    return urlsplit(request.url).path, tuple(sorted(params.items()))


def _fields(record: Mapping[str, Any]) -> Iterator[tuple[str, Any]]:
    """Yield the fields of a record, and those of the objects in it."""
    for name, value in record.items():
        if isinstance(value, Mapping):
            yield from ((f"{name}.{inner}", one) for inner, one in value.items() if not isinstance(one, Mapping | list))
        elif not isinstance(value, list):
            yield name, value
