"""Who answers each hook for one resource: found from pluggy's own callers, in the order in which they are asked."""

from __future__ import annotations

import inspect
from collections.abc import Iterator, Mapping
from typing import Any, Final, Literal, TypeAlias

import pluggy
from attrs import field, frozen

from sdk.connector import Connector
from sdk.plugins import Hooks, Installed
from sdk.resource import Resource

Role: TypeAlias = Literal["core", "connector", "override", "caller"]

HOOKS: Final = (
    "sdk_declare_connector",
    "sdk_expand_path",
    "sdk_authenticate",
    "sdk_select_records",
    "sdk_paginate",
)


@frozen
class Owner:
    """Who offers a plugin.

    Attributes:
        role: `core`, the `connector`'s module, an `override` that the configuration switched on, or an object of the
            `caller`'s.
        name: The plugin's name.
        distribution: The distribution that it came with; empty for the caller's.
        version: Its version.
    """

    role: Role
    name: str
    distribution: str = ""
    version: str = ""

    @classmethod
    def of(cls, role: Role, plugin: Installed) -> Owner:
        """Return the owner of an installed plugin."""
        return cls(role, plugin.name, plugin.distribution, plugin.version)

    def __str__(self) -> str:
        name = self.name if self.role == "core" else f"{self.role} {self.name}"
        return f"{name} ({self.distribution} {self.version})" if self.distribution and self.role != "core" else name


@frozen
class Answer:
    """One implementation of a hook.

    Attributes:
        owner: Who offers it.
        wraps: It acts around the answer of those that come after it, and may change it.
        file: Where it stands.
        line: The line of its first decorator.
    """

    owner: Owner
    wraps: bool
    file: str
    line: int


@frozen
class Step:
    """One hook, and who is asked.

    Attributes:
        hook: Its name.
        answers: In the order in which they are asked: wrappers from the outside in, then one after the other until
            one says something else than `None`.
        why: What decides in the end, in words; for a hook that is never asked, why it is not.
        is_asked: Whether reading this resource asks the hook.
    """

    hook: str
    answers: tuple[Answer, ...]
    why: str
    is_asked: bool = field(default=True)

    @property
    def wrappers(self) -> tuple[Answer, ...]:
        """Those that act around the answer, the outermost first."""
        return tuple(one for one in self.answers if one.wraps)

    @property
    def first(self) -> Answer | None:
        """Who is asked for the answer first."""
        return next((one for one in self.answers if not one.wraps), None)


def steps(hooks: Hooks, owners: Mapping[int, Owner], connector: Connector, resource: Resource) -> Iterator[Step]:
    """Yield each hook in the order in which a read asks it; *owners* are those of the plugins, by `id`."""
    for hook in HOOKS:
        caller = getattr(hooks.manager.hook, hook)
        # pluggy keeps them from the last asked to the first, wrappers after the others.
        answers = tuple(_answer(one, owners) for one in reversed(caller.get_hookimpls()))
        is_asked = hook != "sdk_expand_path" or bool(resource.parents)
        why = _why(hook, answers, connector, resource) if is_asked else "never asked: no place names a parent"
        yield Step(hook, answers, why, is_asked)


def _answer(implementation: pluggy.HookImpl, owners: Mapping[int, Owner]) -> Answer:
    owner = owners.get(id(implementation.plugin)) or Owner("caller", _name(implementation.plugin))
    written = inspect.unwrap(implementation.function)
    code = getattr(written, "__code__", None)
    wraps = implementation.wrapper or implementation.hookwrapper
    return Answer(owner, wraps, code.co_filename if code else "", code.co_firstlineno if code else 0)


def _short(owner: Owner) -> str:
    return "core" if owner.role == "core" else f"{owner.role} {owner.name}"


def _name(plugin: Any) -> str:
    return str(getattr(plugin, "__name__", type(plugin).__name__))


def _why(hook: str, answers: tuple[Answer, ...], connector: Connector, resource: Resource) -> str:
    asked = [one for one in answers if not one.wraps]
    if not asked:
        return "nobody answers"
    first = asked[0]
    if first.owner.role == "core":
        return f"core answers: {_declared(hook, connector, resource)}"
    if len(asked) == 1:
        return f"{_short(first.owner)} answers"
    others = ", then ".join(_short(one.owner) for one in asked[1:])
    text = f"{_short(first.owner)} answers; where it says None, {others}"
    return f"{text}: {_declared(hook, connector, resource)}" if asked[-1].owner.role == "core" else text


def _declared(hook: str, connector: Connector, resource: Resource) -> str:
    """Return what core's answer goes by."""
    if hook == "sdk_expand_path":
        return f"the path, filled from {' or '.join(resource.parents)}"
    if hook == "sdk_authenticate":
        auth = connector.auth_of(resource)
        return f"{type(auth).__name__} of the {_whose(resource.auth)}" if auth is not None else "no credentials"
    if hook == "sdk_select_records":
        return f"data_selector {resource.data_selector!r}" if resource.data_selector else "the body is the list"
    return f"{type(connector.paginator_of(resource)).__name__} of the {_whose(resource.paginator)}"


def _whose(own: object) -> str:
    return "connector" if own is None else "resource"
