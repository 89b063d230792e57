"""Everything that is wrong with a connector's declaration, told at once."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from functools import partial
from itertools import chain
from typing import TYPE_CHECKING, Any, Final

import attrs

from sdk import kinds
from sdk.placeholders import Choice, Secret, Setting, placeholders, refusals
from sdk.resource import NAME, Resource, shape_problems

if TYPE_CHECKING:
    from sdk.connector import Connector

# What the functions that load and read take for themselves.
RESERVED: Final = frozenset(
    [
        "name",
        "resource",
        "resources",
        "plugins",
        "overrides",
        "in_flight",
        "share_limits",
        "trust_env",
        "clock",
        "pipeline",
        "to",
        "watch",
        "batches",
        "commit_minutes",
        "commit_records",
        "max_table_nesting",
    ]
)


def mistakes(connector: Connector) -> list[str]:
    """Return every mistake of *connector*, each once: what is of another kind first."""
    found = list(_strangers(connector))
    found.extend(one for one in _further(connector, is_strange=bool(found)) if one not in found)
    return found


def _unvalidated(connector: Connector) -> Iterator[str]:
    """Yield what values of the declaration would have refused, when it is built without validation to collect that."""
    if not attrs.validators.get_disabled():
        return
    attrs.validators.set_disabled(False)
    try:
        for resource in connector.resources:
            # Not of the resource itself: all that it refuses is of another kind.
            held = attrs.astuple(resource, recurse=False)
            yield from (f"resource {resource.name!r}: {problem}" for problem in refusals(held))
        own = (connector.auth, connector.paginator, connector.retry, connector.rate_limit, connector.settings)
        yield from refusals(own)
    finally:
        attrs.validators.set_disabled(True)


def _strangers(connector: Connector) -> Iterator[str]:
    """Yield what is of another type, and would end in an error of Python's further on."""
    yield from kinds.problems(connector)
    # Not everybody's types are checked.
    given: Any = connector.declared
    for declared in given if isinstance(given, tuple) else ():
        for one in _options(declared):
            if isinstance(one, Resource):
                yield from (f"resource {one.name!r}: {problem}" for problem in kinds.problems(one))
            elif isinstance(declared, Choice):
                yield f"the choice by {declared.setting.name!r} must be of Resources, not of a {type(one).__name__}"


def _options(declared: Resource | Choice) -> Iterable[Any]:
    return declared.options.values() if isinstance(declared, Choice) else (declared,)


def _further(connector: Connector, *, is_strange: bool) -> Iterator[str]:
    """Yield what else is wrong; what *is_strange* may be in the way of looking further, and is said already."""
    declared = connector.declared if isinstance(connector.declared, tuple) else ()
    each = (partial(_declared_problems, one) for one in declared)
    looks: tuple[Callable[[Connector], Iterator[str]], ...] = (_problems, *each, _cycles, _unvalidated)
    for look in looks:
        try:
            yield from look(connector)
        except (AttributeError, TypeError):
            if not is_strange:
                raise


def _problems(connector: Connector) -> Iterator[str]:
    if not NAME.fullmatch(connector.name):
        yield f"name {connector.name!r} is not snake_case"
    if not connector.resources:
        yield "it has no resources"
    names = [resource.name for resource in connector.resources]
    for name in sorted({name for name in names if names.count(name) > 1}):
        yield f"resource {name!r} is declared {names.count(name)} times"
    yield from _setting_problems(connector)


def _declared_problems(declared: Resource | Choice, connector: Connector) -> Iterator[str]:
    for resource in _options(declared):
        for problem in chain(shape_problems(resource), _parent_problems(resource, connector)):
            yield f"resource {resource.name!r}: {problem}"


def _setting_problems(connector: Connector) -> Iterator[str]:
    seen: dict[str, Setting] = {}
    for setting in placeholders(connector):
        if setting.name in RESERVED and setting.name not in seen:
            yield f"setting {setting.name!r} has a name that sdk.load, sdk.read and sdk.run take for themselves"
        other = seen.setdefault(setting.name, setting)
        if isinstance(other, Secret) != isinstance(setting, Secret):
            yield f"setting {setting.name!r} is declared both as a secret and as a plain setting"
        elif other.kind != setting.kind:
            yield f"setting {setting.name!r} is declared both as {other.kind} and as {setting.kind}"


def _parent_problems(resource: Resource, connector: Connector) -> Iterator[str]:
    try:
        parents = resource.parents
    except ValueError as error:
        yield str(error)
        return
    known = [one.name for one in connector.resources]
    for parent in parents:
        if parent not in known:
            yield f"path names parent {parent!r}, which is not one of its resources: {', '.join(known)}"
    if resource.part_of is not None and resource.part_of not in known:
        yield f"it is part_of {resource.part_of!r}, which is not one of its resources: {', '.join(known)}"
    yield from _several_parents(resource)
    if resource.optional_parent:
        yield from _optional_parent(resource, connector)
    if resource.conditional and any(_feeds(one, resource) for one in connector.resources):
        yield "conditional is for resources without children and parts: a list that did not change names none"
    if not parents and (resource.include_from_parent or resource.revisit):
        yield "include_from_parent and revisit are for children, and no place names a parent"
    if resource.revisit and not any(one.name in parents and one.incremental for one in connector.resources):
        yield "revisit needs a parent that is incremental"


def _feeds(fed: Resource, feeding: Resource) -> bool:
    try:
        return feeding.name in (*fed.parents, fed.part_of) or fed.name == feeding.part_of
    except ValueError:
        return False  # a malformed place is reported with its own resource


def _several_parents(resource: Resource) -> Iterator[str]:
    parents = resource.parents
    if len(parents) > 1 and resource.parent_as is None:
        yield f"it has several parents ({', '.join(parents)}) and needs parent_as, the name for their key's column"
        return
    for place, choices in resource.places:
        without = [parent for parent in parents if parent not in {one.resource for one in choices}]
        if without:
            yield f"{place} names no field of {', '.join(without)}; where there are several parents, name each"
    if len({tuple(resource.stamps(parent)) for parent in parents}) > 1:
        yield "its parents' fields would go to different columns; name the same ones in include_from_parent"


def _optional_parent(resource: Resource, connector: Connector) -> Iterator[str]:
    if not resource.param_templates or resource.template.places:
        yield "optional_parent is for places in parameters: a path cannot be filled without a parent"
    if resource.key != resource.primary_key:
        yield "optional_parent needs unique_key or include_from_parent=(): without a parent its key would be empty"
    if any(one.name in resource.parents and one.incremental for one in connector.resources):
        yield "optional_parent is for parents that are not incremental: with those, none changed is not that none are"


def _cycles(connector: Connector) -> Iterator[str]:
    try:
        parents = {
            resource.name: {*resource.parents, *(part.name for part in connector.parts_of(resource))}
            for resource in connector.resources
        }
    except ValueError:
        return  # a malformed place is reported by _parent_problems
    waiting = {name: above & parents.keys() for name, above in parents.items()}
    while ready := {name for name, above in waiting.items() if not above}:
        waiting = {name: above - ready for name, above in waiting.items() if name not in ready}
    if waiting:
        yield f"resources are one another's parents: {', '.join(sorted(waiting))}"
