"""What a dictionary may hold, and every mistake in one that holds something else.

The words are dlt's (`dlt.sources.rest_api.typing`), read from dlt where it says them itself: names of types that were
registered, and the options of their classes.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final

from dlt.extract import DltResource, Incremental
from dlt.sources.rest_api import typing as dlt_typing

from sdk.dialects.places import parsed
from sdk.dialects.schemes import is_auth, is_paginator
from sdk.dialects.values import (
    Check,
    Problems,
    fault,
    found,
    is_anything,
    is_callable,
    is_flag,
    is_jsonpath,
    is_mapping,
    is_number,
    is_session,
    is_text,
    is_texts,
    joined,
    keyed,
    nearest,
    one_of,
    optional,
)

_METHODS: Final = ("GET", "POST")


def problems(config: Any) -> list[str]:
    """Return every mistake in *config*, each with its path in the document."""
    return list(_document(config, ""))


_CURSOR_KEYS: Final[Mapping[str, Check]] = {
    "cursor_path": is_text,
    "initial_value": is_anything,
    "end_value": is_anything,
    "last_value_func": is_anything,
    "primary_key": is_anything,
    "row_order": optional(one_of("asc", "desc")),
    "allow_external_schedulers": optional(is_flag),
    "lag": is_anything,
    "on_cursor_value_missing": optional(one_of("raise", "include", "exclude")),
    "range_start": optional(one_of("open", "closed")),
    "range_end": optional(one_of("open", "closed")),
    "convert": optional(is_callable),
    "transform": optional(is_callable),
}


def _incremental(value: Any, path: str) -> Problems:
    if isinstance(value, Incremental):
        yield f"{path}: found an instance; give a mapping here, an instance belongs in params"
        return
    checks = {**_CURSOR_KEYS, "start_param": optional(is_text), "end_param": optional(is_text)}
    yield from keyed(value, path, checks, ["cursor_path"])


def _params(value: Any, path: str) -> Problems:
    if not isinstance(value, Mapping):
        yield fault(path, value, "a mapping")
        return
    cursors = []
    for name, one in value.items():
        where = joined(path, name)
        if isinstance(one, Incremental):
            cursors.append(name)
            if one.end_value is not None:
                yield f"{where}: end_value is for the endpoint's own 'incremental'"
        elif isinstance(one, Mapping):
            kind = one.get("type")
            if kind == "resolve":
                yield from keyed(
                    one, where, {"type": is_text, "resource": is_text, "field": is_text}, ["resource", "field"]
                )
            elif kind == "incremental":
                cursors.append(name)
                yield from keyed(one, where, {"type": is_text, **_CURSOR_KEYS}, ["cursor_path"])
                if one.get("end_value") is not None or one.get("end_param") is not None:
                    yield f"{where}: end_value and end_param are for the endpoint's own 'incremental'"
            else:
                yield from one_of("resolve", "incremental")(kind, joined(where, "type"))
        else:
            yield from _fillable(one, where)
    if len(cursors) > 1:
        yield f"{path}: {' and '.join(map(repr, cursors))} are both incremental; an endpoint has one cursor"


def _fillable(value: Any, path: str) -> Problems:
    """Yield the mistakes of the places in *value*."""
    if isinstance(value, str):
        try:
            parsed(value)
        except ValueError as error:
            yield f"{path}: {error}"
    elif isinstance(value, Mapping):
        for key, one in value.items():
            yield from _fillable(key, path)
            yield from _fillable(one, joined(path, key))
    elif isinstance(value, list | tuple):
        for number, one in enumerate(value):
            yield from _fillable(one, joined(path, number))


def _body(value: Any, path: str) -> Problems:
    if not isinstance(value, Mapping):
        yield fault(path, value, "a mapping")
    yield from _fillable(value, path)


def _headers(value: Any, path: str) -> Problems:
    yield from is_mapping(value, path)
    yield from _fillable(value, path)


def _method(value: Any, path: str) -> Problems:
    word = value.upper() if isinstance(value, str) else value
    yield from one_of(*_METHODS)(word, path)


def _path(value: Any, path: str) -> Problems:
    yield from is_text(value, path)
    yield from _fillable(value, path)


def _response_actions(value: Any, path: str) -> Problems:
    if not isinstance(value, list | tuple):
        yield fault(path, value, "a list")
        return
    for number, one in enumerate(value):
        if not callable(one):
            checks = {"status_code": optional(_status), "content": optional(is_text), "action": _action}
            yield from keyed(one, joined(path, number), checks, ["action"])


def _status(value: Any, path: str) -> Problems:
    if isinstance(value, bool) or not isinstance(value, int | str):
        yield fault(path, value, "a status, such as 404")


def _action(value: Any, path: str) -> Problems:
    several = isinstance(value, list | tuple) and all(callable(one) for one in value)
    if not (callable(value) or several):
        yield from one_of("ignore")(value, path)


_ENDPOINT: Final[Mapping[str, Check]] = {
    "path": optional(_path),
    "method": optional(_method),
    "params": optional(_params),
    "json": optional(_body),
    "data": optional(_fillable),
    "paginator": optional(is_paginator),
    "data_selector": optional(is_jsonpath),
    "response_actions": optional(_response_actions),
    "incremental": optional(_incremental),
    "auth": optional(is_auth),
    "headers": optional(_headers),
}


def _endpoint(value: Any, path: str) -> Problems:
    if isinstance(value, str):
        yield from _path(value, path)
        return
    yield from keyed(value, path, _ENDPOINT)


def _steps(value: Any, path: str) -> Problems:
    if not isinstance(value, list | tuple):
        yield fault(path, value, "a list")
        return
    for number, one in enumerate(value):
        checks = {"filter": optional(is_callable), "map": optional(is_callable), "yield_map": optional(is_callable)}
        yield from keyed(one, joined(path, number), checks)


def _hints() -> dict[str, Check]:
    keys: dict[str, Check] = {}
    for kind in dlt_typing.ResourceBase.__mro__ if hasattr(dlt_typing.ResourceBase, "__mro__") else ():
        keys |= dict.fromkeys(getattr(kind, "__annotations__", {}), is_anything)
    keys |= dict.fromkeys(dlt_typing.ResourceBase.__annotations__, is_anything)
    return keys


_RESOURCE: Final[Mapping[str, Check]] = {
    **_hints(),
    "max_table_nesting": optional(is_number),
    "selected": optional(is_flag),
    "parallelized": optional(is_flag),
    "processing_steps": optional(_steps),
    "include_from_parent": optional(is_texts),
    "endpoint": optional(_endpoint),
}


def _resource(value: Any, path: str) -> Problems:
    if isinstance(value, str | DltResource):
        return
    checks = {**_RESOURCE, "name": _name}
    yield from keyed(value, path, checks, ["name"])


def _name(value: Any, path: str) -> Problems:
    if not isinstance(value, str) or not value:
        yield fault(path, value, "a text")


def _resources(value: Any, path: str) -> Problems:
    if not isinstance(value, list | tuple):
        yield fault(path, value, "a list")
        return
    for number, one in enumerate(value):
        yield from _resource(one, joined(path, number))
    names = [name_of(one) for one in value]
    for number, name in enumerate(names):
        if name is not None and name in names[:number]:
            yield f"{joined(path, number)}: a resource {name!r} is there already, at {joined(path, names.index(name))}"


def name_of(resource: Any) -> str | None:
    """Return the name of a resource as it stands in a document."""
    if isinstance(resource, str):
        return resource
    name = resource.get("name") if isinstance(resource, Mapping) else getattr(resource, "name", None)
    return name if isinstance(name, str) else None


def _client(value: Any, path: str) -> Problems:
    checks: Mapping[str, Check] = {
        "base_url": is_text,
        "headers": optional(is_mapping),
        "auth": optional(is_auth),
        "paginator": optional(is_paginator),
        "session": optional(is_session),
    }
    yield from keyed(value, path, checks, ["base_url"])


def _defaults(value: Any, path: str) -> Problems:
    yield from keyed(value, path, _RESOURCE)


def _document(value: Any, path: str) -> Problems:
    checks: Mapping[str, Check] = {
        "client": _client,
        "resources": _resources,
        "resource_defaults": optional(_defaults),
    }
    yield from keyed(value, path, checks, ["client", "resources"])


__all__ = ["found", "joined", "name_of", "nearest", "problems"]
