"""What a dictionary may hold, and every mistake in one that holds something else.

The words are dlt's (`dlt.sources.rest_api.typing`), read from dlt where it says them itself: names of types that were
registered, and the options of their classes.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any, Final

from dlt.extract import DltResource, Incremental

from sdk.dialects.hints import HINTS, or_function
from sdk.dialects.outcomes import is_error_handler, is_response_actions
from sdk.dialects.places import parsed
from sdk.dialects.schemes import is_auth, is_paginator
from sdk.dialects.values import (
    Check,
    Problems,
    fault,
    found,
    is_anything,
    is_callable,
    is_dlts_jsonpath,
    is_filled,
    is_flag,
    is_headers,
    is_jsonpath,
    is_name,
    is_seconds,
    is_sent_as_body,
    is_sent_as_json,
    is_sent_in_query,
    is_session,
    is_step,
    is_text,
    is_texts,
    joined,
    keyed,
    nearest,
    one_of,
    optional,
)
from sdk.errors import SettingError
from sdk.origin import Origin

_METHODS: Final = ("GET", "POST")

# What stands below these is not shown.
_SECRET: Final = re.compile(r"(?i)(authorization|cookie|key|token|secret|password|pwd)$")


def problems(config: Any) -> list[str]:
    """Return every mistake in *config*, each with its path in the document."""
    return list(_document(config, ""))


_CURSOR_KEYS: Final[Mapping[str, Check]] = {
    "cursor_path": is_dlts_jsonpath,
    "initial_value": is_anything,
    "end_value": is_anything,
    "last_value_func": or_function(one_of("min", "max")),
    "primary_key": is_anything,
    "row_order": optional(one_of("asc", "desc")),
    "allow_external_schedulers": optional(is_flag),
    "lag": optional(is_seconds),
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
    checks = {**_CURSOR_KEYS, "start_param": optional(is_filled), "end_param": optional(is_filled)}
    yield from keyed(value, path, checks, ["cursor_path"])
    if isinstance(value, Mapping) and value.get("end_value") is not None and value.get("initial_value") is None:
        yield f"{joined(path, 'initial_value')}: is missing; with end_value it says where to begin"


def _params(value: Any, path: str) -> Problems:
    if not isinstance(value, Mapping):
        yield fault(path, value, "a mapping")
        return
    for name, one in value.items():
        yield from _param(one, joined(path, name))
    cursors = [name for name, one in value.items() if _is_cursor(one)]
    if len(cursors) > 1:
        yield f"{path}: {' and '.join(map(repr, cursors))} are both incremental; an endpoint has one cursor"


def _is_cursor(value: Any) -> bool:
    return isinstance(value, Incremental) or (isinstance(value, Mapping) and value.get("type") == "incremental")


def _param(value: Any, path: str) -> Problems:
    if isinstance(value, Incremental):
        if value.end_value is not None:
            yield f"{path}: end_value is for the endpoint's own 'incremental'"
    elif not isinstance(value, Mapping):
        yield from is_sent_in_query(value, path)
        yield from _fillable(value, path)
    elif value.get("type") == "resolve":
        checks = {"type": is_text, "resource": is_name, "field": is_dlts_jsonpath}
        yield from keyed(value, path, checks, ["resource", "field"])
    elif value.get("type") == "incremental":
        yield from keyed(value, path, {"type": is_text, **_CURSOR_KEYS}, ["cursor_path"])
        if value.get("end_value") is not None or value.get("end_param") is not None:
            yield f"{path}: end_value and end_param are for the endpoint's own 'incremental'"
    elif "type" not in value:
        yield f"{joined(path, 'type')}: is missing; allowed are 'incremental', 'resolve'"
    else:
        yield from one_of("resolve", "incremental")(value["type"], joined(path, "type"))


def _fillable(value: Any, path: str) -> Problems:
    """Yield the mistakes of the places in *value*."""
    if isinstance(value, str):
        try:
            parsed(value)
        except ValueError as error:
            hidden = "holds a brace that begins no place; write it twice for a brace that is meant"
            yield f"{path}: {hidden if _SECRET.search(path) else error}"
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
        return
    yield from is_sent_as_json(value, path)
    yield from _fillable(value, path)


def _data(value: Any, path: str) -> Problems:
    yield from is_sent_as_body(value, path)
    yield from _fillable(value, path)


def _headers(value: Any, path: str) -> Problems:
    yield from is_headers(value, path)
    if isinstance(value, Mapping):
        yield from _fillable(value, path)


def _method(value: Any, path: str) -> Problems:
    word = value.upper() if isinstance(value, str) else value
    yield from one_of(*_METHODS)(word, path)


def _path(value: Any, path: str) -> Problems:
    yield from is_text(value, path)
    yield from _fillable(value, path)


_ENDPOINT: Final[Mapping[str, Check]] = {
    "path": optional(_path),
    "method": optional(_method),
    "params": optional(_params),
    "json": optional(_body),
    "data": optional(_data),
    "paginator": optional(is_paginator),
    "data_selector": optional(is_jsonpath),
    "response_actions": optional(is_response_actions),
    "incremental": optional(_incremental),
    "auth": optional(is_auth),
    "headers": optional(_headers),
}


def _endpoint(value: Any, path: str) -> Problems:
    if isinstance(value, str):
        yield from _path(value, path)
        return
    if isinstance(value, Mapping) and "error_handler" in value:
        yield from is_error_handler(value["error_handler"], joined(path, "error_handler"))
        value = {key: one for key, one in value.items() if key != "error_handler"}
    yield from keyed(value, path, _ENDPOINT)


def _steps(value: Any, path: str) -> Problems:
    if not isinstance(value, list | tuple):
        yield fault(path, value, "a list")
        return
    for number, one in enumerate(value):
        yield from keyed(one, joined(path, number), dict.fromkeys(("filter", "map", "yield_map"), optional(is_step)))


_RESOURCE: Final[Mapping[str, Check]] = {
    **HINTS,
    "processing_steps": optional(_steps),
    "include_from_parent": optional(is_texts),
    "endpoint": optional(_endpoint),
}


def _resource(value: Any, path: str) -> Problems:
    if isinstance(value, DltResource):
        return
    if isinstance(value, str):
        yield from is_name(value, path)
        yield from _fillable(value, path)
        return
    checks = {**_RESOURCE, "name": is_name}
    yield from keyed(value, path, checks, ["name"])
    if isinstance(value, Mapping) and not value.get("endpoint"):
        # Without an endpoint its name is the path.
        yield from _fillable(value.get("name"), joined(path, "name"))


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


def _base_url(value: Any, path: str) -> Problems:
    if not isinstance(value, str):
        yield fault(path, value, "a text")
    elif value:
        # None is needed where each path names its host itself.
        try:
            Origin.of(value)
        except SettingError as error:
            yield f"{path}: {str(error).removeprefix('base_url ')}"


def _client(value: Any, path: str) -> Problems:
    checks: Mapping[str, Check] = {
        "base_url": _base_url,
        "headers": optional(is_headers),
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
