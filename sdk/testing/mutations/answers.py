"""Change what an API answers: the answers of a cassette, and what stands in their bodies."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator, Sequence
from copy import deepcopy
from typing import Any, TypeAlias, cast

from attrs import evolve

from sdk.errors import ReadError
from sdk.messages import Record
from sdk.resource import Resource
from sdk.selectors import Selector
from sdk.testing.cassette_files import Contents
from sdk.testing.mutations.playing import Answer, Question, body_of, question

Place: TypeAlias = tuple[str | int, ...]
"""The way to a value in a body: keys and positions."""


def replaced(contents: Contents, asked: Question, *answers: Answer) -> Contents:
    """Return *contents* with *answers*, in turn, as the only ones to a question; none takes the question out."""
    requests, responses = [], []
    is_new = True
    for request, response in zip(contents.requests, contents.responses, strict=True):
        if question(request) != asked:
            requests.append(request)
            responses.append(response)
        elif is_new:
            requests.extend([request] * len(answers))
            responses.extend(answers)
            is_new = False
    return evolve(contents, requests=requests, responses=responses)


def answer(status: int, body: Any = None, content_type: str = "application/json", **headers: str) -> Answer:
    """Return an answer made up; a body that is no bytes is sent as JSON, and `retry_after` as `Retry-After`."""
    content = body if isinstance(body, bytes) else json.dumps(body).encode()
    named = {name.replace("_", "-"): [value] for name, value in headers.items()}
    return {
        "status": {"code": status, "message": ""},
        "headers": {"content-type": [content_type], **named},
        "body": {"string": content},
    }


def with_body(one: Answer, body: Any) -> Answer:
    """Return an answer with another body, as JSON."""
    content = json.dumps(body, ensure_ascii=False).encode()
    return {**one, "body": {"string": content}}


def with_headers(one: Answer, **headers: str | None) -> Answer:
    """Return an answer with headers set, or taken out where they are `None`."""
    named = {name.replace("_", "-").lower(): value for name, value in headers.items()}
    kept = {name: values for name, values in one["headers"].items() if name.lower() not in named}
    return {**one, "headers": {**kept, **{name: [value] for name, value in named.items() if value is not None}}}


def header(one: Answer, name: str) -> str:
    """Return a header of an answer, empty when it has none."""
    return ", ".join(value for key, values in one["headers"].items() if key.lower() == name.lower() for value in values)


def body(one: Answer) -> Any:
    """Return the body of an answer as JSON data of its own, `None` when it is none."""
    try:
        return json.loads(body_of(one))
    except ValueError:
        return None


def changed(one: Answer, change: Callable[[Any], None]) -> Answer:
    """Return an answer whose body *change* changed in place."""
    data = body(one)
    change(data)
    return with_body(one, data)


def raw_records(resource: Resource, data: Any, selected: Sequence[Record]) -> list[Record]:
    """Return the objects in a body that *selected* were made of, those very objects; none when that is not clear.

    Where the declaration's selector does not find them, because a hook does, a list as long and with the same keys
    is looked for.
    """
    try:
        found = Selector(resource.data_selector or "", resource.single).select(data)
    except ReadError:
        found = []
    for candidate in (found, *_lists(data)):
        if selected and len(candidate) == len(selected):
            pairs = zip(candidate, selected, strict=True)
            if all(isinstance(raw, dict) and _is_same(raw, one, resource.primary_key) for raw, one in pairs):
                return list(candidate)
    return []


def homes(data: Any, records: Sequence[Record]) -> list[list[Any]]:
    """Return the lists of a body that hold *records*, one for each, in order; none when one is in no list."""
    found = [next((one for one in _lists(data) if any(item is record for item in one)), None) for record in records]
    return [] if None in found else [one for one in found if one is not None]


def take_out(data: Any, records: Sequence[Record]) -> None:
    """Take *records* out of the lists of a body that hold them."""
    for home, record in zip(homes(data, records), records, strict=True):
        home[:] = [one for one in home if one is not record]


def leaves(data: Any, besides: Sequence[Any] = (), place: Place = ()) -> Iterator[tuple[Place, Any]]:
    """Yield each value of a body that holds no other, and its place, leaving out what is in *besides*."""
    if any(data is one for one in besides):
        return
    if not isinstance(data, dict | list):
        yield place, data
        return
    for key, value in data.items() if isinstance(data, dict) else enumerate(data):
        yield from leaves(value, besides, (*place, key))


def at(data: Any, place: Place) -> Any:
    """Return what stands at a place, `None` when nothing does."""
    step: Any
    for step in place:
        try:
            data = data[step]
        except (KeyError, IndexError, TypeError):
            return None
    return data


def put(data: Any, place: Place, value: Any) -> None:
    """Put *value* at a place of a body; objects on the way that are not there are made."""
    for length in range(1, len(place)):
        if isinstance(place[length], str) and at(data, place[:length]) is None:
            put(data, place[:length], {})
    inside = at(data, place[:-1])
    if isinstance(inside, dict | list):
        cast(Any, inside)[place[-1]] = value


def rename(data: Any, place: Place, name: str | None) -> None:
    """Give the value at a place of a body another key, or take it out when *name* is `None`."""
    inside = at(data, place[:-1])
    if isinstance(inside, dict) and place[-1] in inside:
        entries = [(name if key == place[-1] else key, value) for key, value in inside.items()]
        inside.clear()
        inside.update({key: value for key, value in entries if key is not None})


def place_of(data: Any, wanted: Any, place: Place = ()) -> Place | None:
    """Return where the very object *wanted* stands in a body."""
    if data is wanted:
        return place
    if isinstance(data, dict | list):
        for key, value in data.items() if isinstance(data, dict) else enumerate(data):
            found = place_of(value, wanted, (*place, key))
            if found is not None:
                return found
    return None


def field_home(record: Record, name: str, lift: str | None) -> Record | None:
    """Return the object in which a raw record holds a field: itself, or the one that is lifted."""
    inner = record.get(lift) if lift else None
    return next((one for one in (record, inner) if isinstance(one, dict) and name in one), None)


def copied(record: Record) -> Record:
    """Return a record of its own."""
    return deepcopy(record)


def _lists(data: Any) -> Iterator[list[Any]]:
    if isinstance(data, list):
        yield data
    for value in data.values() if isinstance(data, dict) else data if isinstance(data, list) else ():
        yield from _lists(value)


def _is_same(raw: Record, selected: Record, key: Sequence[str]) -> bool:
    """Return whether a record was made of *raw*: what both have is the same, whatever a hook has added."""
    inner = [raw, *(one for one in raw.values() if isinstance(one, dict))]
    names = [name for name in key if name in selected] or [
        name for name in selected if any(name in one for one in inner)
    ]
    return bool(names) and all(any(str(one.get(name)) == str(selected[name]) for one in inner) for name in names)
