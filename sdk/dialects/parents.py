"""Parents that only the path names: `/categories/{category_id}/milestones` belongs to whoever lists `/categories`."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from typing import Any, Final

from sdk.dialects.reports import Note, Report
from sdk.dialects.vocabulary import joined, name_of

_FOREIGN_PLACE: Final = re.compile(
    r"\{\{\s*(?:stream_partition|stream_slice|partition)\s*[.\[]\s*['\"]?(\w+)['\"]?\s*\]?\s*\}\}"
)
_BARE_PLACE: Final = re.compile(r"(?<!\{)\{(\w+)\}(?!\})")


def parent(
    resource: dict[str, Any], resources: Sequence[Any], path: str, report: Report, config: Mapping[str, Any]
) -> dict[str, Any]:
    """Name the parent that only the path names, and return what goes into the `Extra`."""
    endpoint = resource["endpoint"]
    text = endpoint.get("path")
    if not isinstance(text, str):
        return {}
    place = _FOREIGN_PLACE.search(text) or _unbound(text, endpoint)
    if place is None:
        return {}
    segments = _segments(text[: place.start()])
    parents = list(_candidates(segments, resource, resources))
    if not parents:
        return {}
    defaults = config.get("resource_defaults") or {}
    keyed = next((one for one in resources if name_of(one) == parents[0] and isinstance(one, dict)), {})
    key = keyed.get("primary_key") or defaults.get("primary_key")
    key = key if isinstance(key, str) else "id"
    endpoint["path"] = f"{text[: place.start()]}{{resources.{parents[0]}.{key}}}{text[place.end() :]}"
    several = len(parents) > 1
    taken = f"{key!r} of {', '.join(parents)} was taken"
    why = "their paths end alike, and the same value is asked once" if several else "that is where the path leads"
    report.note(Note(joined(path, "path"), "repaired", f"{place[0]!r} and no parent named", taken, why))
    own = defaults.get("primary_key")
    if not resource.get("include_from_parent") and "primary_key" not in resource:
        resource["include_from_parent"] = [key]
        column = f"_{segments[-1] if several else parents[0]}_{key}"
        if own:
            resource["primary_key"] = [column, *([own] if isinstance(own, str) else own)]
            report.note(_kept_apart(path.removesuffix(".endpoint"), own, column))
    # A parent that is gone when its children are asked for is no reason to fail; nor is one that has none.
    gone = {"gone": frozenset({404})}
    return {"parents": tuple(parents), "parent_as": segments[-1], **gone} if several else gone


def unnamed(endpoint: Mapping[str, Any], path: str) -> Iterator[str]:
    """Yield each place of another tool whose parent was not found: with dlt its braces would be sent as they are."""
    for key in ("path", "params", "json", "data", "headers"):
        for where, text in _texts(endpoint.get(key), joined(path, key)):
            if (place := _FOREIGN_PLACE.search(text)) is not None:
                yield f"{where}: {place[0]!r} names no parent; write {{resources.<name>.<field>}}"


def _texts(value: Any, path: str) -> Iterator[tuple[str, str]]:
    if isinstance(value, str):
        yield path, value
    elif isinstance(value, Mapping):
        for key, one in value.items():
            yield from _texts(one, joined(path, key))
    elif isinstance(value, list | tuple):
        for number, one in enumerate(value):
            yield from _texts(one, joined(path, number))


def _unbound(text: str, endpoint: Mapping[str, Any]) -> re.Match[str] | None:
    params = endpoint.get("params")
    known = params if isinstance(params, Mapping) else {}
    return next((one for one in _BARE_PLACE.finditer(text) if one[1] not in known), None)


def _segments(path: str) -> list[str]:
    return [one for one in path.split("/") if one]


def _candidates(segments: list[str], resource: Any, resources: Sequence[Any]) -> Iterator[str]:
    """Yield the resources that list what stands before the place: under the same path, or else whose paths end so."""
    if not segments:
        return
    paths = {name_of(one): _segments(_path_of(one)) for one in resources if one is not resource}
    exact = [name for name, steps in paths.items() if name is not None and steps == segments]
    alike = [name for name, steps in paths.items() if name is not None and steps[-1:] == segments[-1:]]
    yield from exact[:1] or alike


def _path_of(resource: Any) -> str:
    if isinstance(resource, str):
        return resource
    endpoint = resource.get("endpoint") if isinstance(resource, dict) else None
    path = endpoint.get("path") if isinstance(endpoint, dict) else None
    return path if isinstance(path, str) else name_of(resource) or ""


def _kept_apart(where: str, own: Any, column: str) -> Note:
    taken = f"the parent's key {column!r} was made a part of the primary key"
    return Note(
        where, "repaired", f"a child with the default key {own!r}", taken, "ids may repeat from parent to parent"
    )
