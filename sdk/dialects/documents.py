"""A dictionary as its declared endpoints: defaults merged in, parents found, every mistake told together."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from copy import copy
from graphlib import CycleError, TopologicalSorter
from itertools import chain
from pathlib import PurePosixPath
from typing import Any, Final, TypeAlias

import dlt
from attrs import field, frozen
from dlt.common.exceptions import DictValidationException, DltException
from dlt.common.schema.utils import merge_columns
from dlt.extract import DltResource, Incremental
from dlt.extract.utils import ensure_table_schema_columns

from sdk.dialects.places import Place, located, places
from sdk.dialects.vocabulary import joined, name_of, nearest, problems
from sdk.errors import DeclarationError

Endpoint: TypeAlias = Mapping[str, Any]

_LAST_PLACE: Final = re.compile(r"\{([a-zA-Z0-9.\-_]+)\}")
_FILLED: Final = ("path", "params", "json", "data", "headers")


class ConfigError(DeclarationError, DictValidationException):
    """A dictionary has mistakes; `problems` holds every one of them, each with its path in the document.

    It is dlt's error, too, so that who caught that one goes on catching it.
    """

    def __init__(self, where: str, found: list[str]) -> None:
        self.msg, self.path = "; ".join(found), "."
        self.expected_type = self.field = self.value = self.nested_exceptions = None  # type: ignore[assignment]
        DeclarationError.__init__(self, where, found)

    def __str__(self) -> str:
        return str(self.args[0])


class CycleConfigError(ConfigError, CycleError):
    """The resources of a dictionary are one another's parents; it is the error of `graphlib`, too, which dlt raises."""


@frozen
class Declared:
    """One resource of a dictionary, its defaults merged in.

    Attributes:
        name: Its name.
        where: Its path in the document.
        endpoint: What it asks.
        hints: What dlt is told of it.
        steps: Its processing steps, in order.
        include_from_parent: Fields of the parent to stamp.
        resolved: The parent's field for each `resolve` parameter.
        bound: The parameters that stand in the path and not in the query.
        parent: Name of its parent.
        single: One object is meant, by its path.
        parent_as: What its parents' records are called in what is stamped; default: the parent's name.
    """

    name: str
    where: str
    endpoint: Endpoint
    hints: Mapping[str, Any]
    steps: tuple[Mapping[str, Any], ...] = ()
    include_from_parent: tuple[str, ...] = ()
    resolved: Mapping[str, Place] = field(factory=dict)
    bound: Mapping[str, Any] = field(factory=dict)
    parent: str | None = None
    single: bool = False
    parent_as: str | None = None


def declared(config: Any, where: str = "the dictionary", *, two_bodies: bool = False) -> list[Declared | DltResource]:
    """Return the resources of *config*, each parent before its children.

    Args:
        config: The dictionary.
        where: What errors call it.
        two_bodies: Let an endpoint have `json` and `data`; it is an error when it is asked, and not before.

    Raises:
        ConfigError: With every mistake found.
    """
    mistakes = problems(config)
    if mistakes:
        raise ConfigError(where, mistakes)
    made: dict[str, Declared | DltResource] = {}
    for number, one in enumerate(config["resources"]):
        path = joined("resources", number)
        if isinstance(one, DltResource):
            made[one.name] = one
            continue
        resource, faults = _one(one, config.get("resource_defaults") or {}, path)
        mistakes += faults
        mistakes += _refused(resource)
        if not two_bodies:
            mistakes += bodies(resource)
        made[resource.name] = resource
    mistakes += [*_parents(made), *_addresses(config, made)]
    if mistakes:
        raise ConfigError(where, mistakes)
    graph = {name: [one.parent] if isinstance(one, Declared) and one.parent else [] for name, one in made.items()}
    try:
        return [made[name] for name in TopologicalSorter(graph).static_order()]
    except CycleError as error:
        raise CycleConfigError(where, [_cycle(error.args[1], made)]) from None


def bodies(resource: Declared) -> Iterator[str]:
    """Yield the mistake that *resource* sends two bodies."""
    if resource.endpoint.get("json") and resource.endpoint.get("data"):
        yield f"{joined(resource.where, 'endpoint')}: json and data are both given; a request has one body"


def _refused(resource: Declared) -> Iterator[str]:
    """Yield what dlt has against the hints of *resource* taken together."""
    hints: Any = {key: one for key, one in resource.hints.items() if key != "parallelized"}
    try:
        dlt.resource([], **hints)
    except (DltException, TypeError, ValueError) as error:
        yield f"{resource.where}: {str(error).rstrip('.')}"


def _one(given: Any, defaults: Mapping[str, Any], path: str) -> tuple[Declared, list[str]]:
    resource = {"name": given} if isinstance(given, str) else _copied(given)
    endpoint = resource.get("endpoint") or {}
    endpoint = {"path": endpoint} if isinstance(endpoint, str) else endpoint
    if endpoint.get("path") is None:
        endpoint["path"] = resource["name"]
    merged = _merged(_copied(defaults), {**resource, "endpoint": endpoint})
    asked = merged.pop("endpoint")
    name = merged["name"]
    single = _LAST_PLACE.search(PurePosixPath(asked["path"]).name) is not None
    mistakes = list(_bound(asked, joined(path, "endpoint")))
    resolved = {
        key: Place("parent", one["field"], one["resource"])
        for key, one in asked["params"].items()
        if isinstance(one, Mapping) and one.get("type") == "resolve"
    }
    in_path = {place.name for place in places(asked["path"]) if place.kind == "param"}
    bound = {key: one for key, one in asked["params"].items() if key in in_path and key not in resolved}
    asked["params"] = {key: one for key, one in asked["params"].items() if key not in {*resolved, *bound}}
    mistakes += _contexts(asked, joined(path, "endpoint"))
    steps = tuple(merged.pop("processing_steps", None) or ())
    included = tuple(merged.pop("include_from_parent", None) or ())
    parents = dict.fromkeys(
        place.resource for place in (*resolved.values(), *_parent_places(asked)) if place.kind == "parent"
    )
    if len(parents) > 1:
        mistakes.append(f"{joined(path, 'endpoint')}: names several parents, {', '.join(parents)}; a child has one")
    parent = next(iter(parents), None)
    if parent is None and included:
        mistakes.append(f"{joined(path, 'include_from_parent')}: nothing in the endpoint names a parent")
    return Declared(name, path, asked, merged, steps, included, resolved, bound, parent, single), mistakes


def _merged(defaults: dict[str, Any], resource: dict[str, Any]) -> dict[str, Any]:
    """Return *resource* with what *defaults* say and it does not: `params` and `json` key by key, columns by hints."""
    above, own = defaults.get("endpoint") or {}, resource["endpoint"]
    above = {"path": above} if isinstance(above, str) else above
    endpoint = {**above, **own}
    for key in ("json", "params"):
        if above.get(key) and own.get(key) is not None:
            endpoint[key] = {**above[key], **own[key]}
    endpoint["params"] = dict(endpoint.get("params") or {})
    columns, more = defaults.get("columns"), resource.get("columns")
    if columns and more and isinstance(columns, list | dict) and isinstance(more, list | dict):
        # As dlt merges them, so that a column's hints add up.
        resource["columns"] = merge_columns(
            copy(ensure_table_schema_columns(columns)), ensure_table_schema_columns(more)
        )
    return {**defaults, **resource, "endpoint": endpoint}


def _bound(endpoint: dict[str, Any], path: str) -> Iterator[str]:
    """Write parameters that the path names into it, and yield what cannot be written there."""
    params: dict[str, Any] = endpoint["params"]
    unbound = [key for key, one in params.items() if isinstance(one, Mapping) and one.get("type") == "resolve"]
    where = joined(path, "path")
    named = [place.name for place in places(endpoint["path"]) if place.kind == "param"]
    for name in dict.fromkeys(named):
        if name not in params:
            yield (
                f"{where}: {endpoint['path']!r} names the parameter {name!r}, which is not in endpoint.params; "
                f"{nearest(name, params) if params else 'nothing is'}, "
                "or name the parent's field {resources.<name>.<field>}"
            )
            continue
        value = params[name]
        if isinstance(value, Incremental) or (isinstance(value, Mapping) and value.get("type") != "resolve"):
            yield f"{where}: parameter {name!r} is incremental; a path takes {{incremental.start_value}}"
        elif isinstance(value, Mapping):
            unbound.remove(name)
    for name in unbound:
        yield (
            f"{joined(path, 'params')}.{name}: its value is resolved, and the path does not name {{{name}}}; "
            f"in a parameter write {{resources.{params[name]['resource']}.{params[name]['field']}}}"
        )


def _contexts(endpoint: Endpoint, path: str) -> Iterator[str]:
    """Yield each place outside of its context."""
    for key in _FILLED:
        for where, place in located(_texts(endpoint, key), joined(path, key)):
            if place.kind == "cursor" and not endpoint.get("incremental"):
                yield f"{where}: {place} needs endpoint.incremental, which is not there"
            if place.kind == "param" and key != "path":
                hint = "write the braces twice for braces that are meant"
                yield f"{where}: {place} is none that there are here; {{resources.<name>.<field>}} is, or {hint}"


def _parent_places(endpoint: Endpoint) -> Iterator[Place]:
    for key in _FILLED:
        yield from (place for place in places(_texts(endpoint, key)) if place.kind == "parent")


def _texts(endpoint: Endpoint, key: str) -> Any:
    """Return what stands at *key*, without the cursor among the parameters, whose values are no texts to fill."""
    held = endpoint.get(key)
    if key != "params" or not isinstance(held, Mapping):
        return held
    return {name: one for name, one in held.items() if not isinstance(one, Mapping)}


def _parents(made: Mapping[str, Declared | DltResource]) -> Iterator[str]:
    for one in made.values():
        if isinstance(one, Declared) and one.parent is not None and one.parent not in made:
            yield f"{_naming(one)}: names the parent {one.parent!r}, which is no resource; {nearest(one.parent, made)}"


def _naming(one: Declared) -> str:
    """Return where *one* names its parent."""
    endpoint = joined(one.where, "endpoint")
    named = (f"{joined(endpoint, 'params')}.{key}.resource" for key in one.resolved)
    written = (
        where
        for key in _FILLED
        for where, place in located(_texts(one.endpoint, key), joined(endpoint, key))
        if place.kind == "parent"
    )
    return next(chain(named, written), endpoint)


def _cycle(names: Sequence[str], made: Mapping[str, Declared | DltResource]) -> str:
    """Return the mistake that the resources *names* lead to one another."""
    first = made[names[0]]
    where = _naming(first) if isinstance(first, Declared) else "resources"
    if len(set(names)) == 1:
        return f"{where}: {names[0]!r} names itself for its parent"
    return f"{where}: {', '.join(names)} are one another's parents"


def _addresses(config: Mapping[str, Any], made: Mapping[str, Declared | DltResource]) -> Iterator[str]:
    if config["client"]["base_url"]:
        return
    for one in made.values():
        if isinstance(one, Declared) and "://" not in one.endpoint["path"].partition("{")[0]:
            yield "client.base_url: found an empty text; allowed is an address such as https://api.example.com"
            return


def _copied(value: Any) -> Any:
    """Return *value* with its mappings copied, and what they hold as it is."""
    # dlt's credentials are mappings as well, and no part of the document's structure.
    return {key: _copied(one) for key, one in value.items()} if isinstance(value, dict) else value


__all__ = ["ConfigError", "Declared", "declared", "name_of"]
