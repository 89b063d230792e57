"""The requests of a declared endpoint: its places filled with the parent's fields and the cursor's values."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from decimal import Decimal
from functools import lru_cache
from typing import Any, Final
from urllib.parse import quote, urlsplit

from attrs import field, frozen
from dlt.common import jsonpath
from dlt.extract import Incremental

from sdk.dialects.documents import ConfigError, Declared, bodies
from sdk.dialects.foreign import sent
from sdk.dialects.places import CURSOR_VALUES, Place, filled, parsed
from sdk.errors import ExpansionError
from sdk.messages import Record, Request

# What RFC 3986 lets stand in a path as it is. A slash stays, too, as in dlt: `org/repo` names two segments.
_IN_PATH: Final = "/:@!$&'()*+,;=~"
_IN_SEGMENT: Final = _IN_PATH.replace("/", "")
_IN_QUERY: Final = "/:@"

WHOLE: Final = "whole"
"""Under which a request remembers its URL with each value as one segment of the path, where that is another."""

_compiled = lru_cache(maxsize=1024)(jsonpath.compile_path)


@frozen
class Cursor:
    """The values of an incremental cursor, as one run of a resource sees them.

    Attributes:
        values: By their names; converted.
        start_param: The parameter for where to begin.
        end_param: The parameter for where to end.
    """

    values: Mapping[str, Any] = field(factory=lambda: dict.fromkeys(CURSOR_VALUES))
    start_param: str | None = None
    end_param: str | None = None

    @property
    def params(self) -> dict[str, Any]:
        """The parameters that carry it."""
        given = {self.start_param: self.values["start_value"], self.end_param: self.values["end_value"]}
        return {name: value for name, value in given.items() if name is not None}


def cursor_values(bound: Incremental[Any], convert: Callable[..., Any] | None) -> dict[str, Any]:
    """Return what a text may name of *bound*. Its last value is where the run began, however far the run has come."""
    found = {
        "initial_value": bound.initial_value,
        "start_value": bound.start_value,
        "last_value": bound.start_value,
        "end_value": bound.end_value,
    }
    converted = {name: value if value is None or convert is None else convert(value) for name, value in found.items()}
    return {**converted, "lag": bound.lag, "cursor_path": bound.cursor_path}


@frozen
class Asking:
    """Make the requests of one endpoint.

    Attributes:
        declared: The endpoint.
        base_url: What its path is below.
    """

    declared: Declared
    base_url: str

    def request(self, cursor: Cursor, parent: Record | None = None) -> Request:
        """Return the request for the first page.

        Raises:
            ConfigError: It would have two bodies.
            ExpansionError: The parent's record lacks a value that the request needs.
        """
        asked = self.declared.endpoint
        if two := list(bodies(self.declared)):
            dlts = "in dlt's words: Cannot use both 'json' and 'data' parameters simultaneously"
            raise ConfigError("the dictionary", [*two, dlts])

        def text(place: Place) -> Any:
            return _said(place, self._value(place, cursor, parent))

        def value(place: Place) -> Any:
            return self._value(place, cursor, parent)

        query = {key: one for key, one in asked["params"].items() if not _is_cursor(one)}
        params = {**filled(query, text), **cursor.params}
        headers = filled(asked.get("headers") or {}, text)
        url, whole = self._url(cursor, parent), self._url(cursor, parent, in_path=_IN_SEGMENT)
        return Request(
            url,
            str(asked.get("method") or "GET").upper(),
            sent(params),
            {str(name): str(one) for name, one in headers.items() if one is not None},
            json=filled(asked.get("json"), value, typed=True),
            data=filled(asked.get("data"), text),
            state={WHOLE: whole} if whole != url else {},
        )

    def stamp(self, parent: Record) -> dict[str, Any]:
        """Return the fields of *parent* that its children carry.

        Raises:
            ExpansionError: It lacks one.
        """
        found = {}
        for name in self.declared.include_from_parent:
            if name not in parent:
                owner = self.declared.parent
                raise ExpansionError(
                    f"include_from_parent: a record of {owner} has no {name!r}; its keys are {_keys(parent)}"
                )
            found[f"_{self.declared.parent_as or self.declared.parent}_{name}"] = parent[name]
        return found

    def _value(self, place: Place, cursor: Cursor, parent: Record | None) -> Any:
        if place.kind == "cursor":
            return cursor.values[place.name]
        if place.kind == "param":
            place = self.declared.resolved[place.name]
        assert parent is not None, "what names a parent is asked for its records"
        values = jsonpath.find_values(_compiled(place.name), parent)
        if not values:
            raise ExpansionError(f"a record of {place.resource} has no {place.name!r}; its keys are {_keys(parent)}")
        return values[0]

    def _url(self, cursor: Cursor, parent: Record | None, in_path: str = _IN_PATH) -> str:
        path = "".join(self._filled_path(cursor, parent, in_path))
        if urlsplit(path).scheme in {"http", "https"}:
            return path
        base = self.base_url
        if not path or not base:
            return path or base
        return f"{base.rstrip('/')}/{path.lstrip('/')}"

    def _filled_path(self, cursor: Cursor, parent: Record | None, in_path: str) -> Iterator[str]:
        in_query, first = False, True
        for part in parsed(self.declared.endpoint["path"]):
            if isinstance(part, str):
                in_query = in_query or "?" in part
                yield part
            elif part.kind == "param" and part.name in self.declared.bound:
                yield str(self.declared.bound[part.name])
            else:
                found = str(_said(part, self._value(part, cursor, parent)))
                is_url = first and urlsplit(found).scheme in {"http", "https"}
                yield found if is_url else _encoded(found, part, _IN_QUERY if in_query else in_path)
            first = False


def _encoded(value: str, place: Place, safe: str) -> str:
    if safe == _IN_QUERY:
        return quote(value, safe=safe)
    # What stands after a semicolon is no part of a segment's name for some servers: `..;x` is two dots to them.
    names = [segment.partition(";")[0] for segment in value.split("/")]
    if not value or "." in names or ".." in names or "//" in value:
        raise ExpansionError(f"{place} is a value that would leave the path")
    return quote(value, safe=safe)


def _said(place: Place, value: Any) -> Any:
    """Return *value* as a text says it.

    Raises:
        ExpansionError: It is a parent's, and null: the request would mean something else.
    """
    if place.kind == "cursor":
        return value
    if value is None or isinstance(value, dict | list):
        what = "null" if value is None else "an object" if isinstance(value, dict) else "a list"
        raise ExpansionError(f"{place} is {what}, which fills no place")
    return f"{value:f}" if isinstance(value, Decimal) else value


def _is_cursor(value: Any) -> bool:
    return isinstance(value, Incremental) or (isinstance(value, Mapping) and value.get("type") == "incremental")


def _keys(record: Any) -> str:
    return ", ".join(map(repr, list(record)[:12])) if isinstance(record, Mapping) else "none"
