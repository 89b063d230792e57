"""Explain a resource: who answers each step of reading it, what is in force, and who said so.

Nothing is asked of the API, and nothing needs to be set. `sdk explain` shows it; from Python one sees one's own plugins
in it, too::

    from sdk.explanations import explain

    explain("tickets", "problems", plugins=[mine]).step("sdk_paginate").answers
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from importlib.metadata import version
from typing import Any

from attrs import asdict, evolve, frozen

from sdk import defaults, plugins
from sdk.connector import Connector
from sdk.explanations.answers import Answer, Owner, Step, steps
from sdk.explanations.facts import Fact, facts
from sdk.opening import no_resource, overrides_of
from sdk.placeholders import Setting, placeholders
from sdk.plugins import Hooks
from sdk.resource import Resource


@frozen
class Explanation:
    """How one resource is read.

    Attributes:
        connector: Name of the connector.
        resource: Name of the resource.
        overrides: The overrides that are switched on, in the order in which they were named.
        steps: The hooks, and who answers each.
        facts: What is in force.
        settings: The settings and secrets that matter for it.
    """

    connector: str
    resource: str
    overrides: tuple[Owner, ...]
    steps: tuple[Step, ...]
    facts: tuple[Fact, ...]
    settings: tuple[Setting, ...]

    def step(self, hook: str) -> Step:
        """Return the step of one hook."""
        return next(one for one in self.steps if one.hook == hook)

    def fact(self, name: str) -> Fact:
        """Return the first fact of that name."""
        return next(one for one in self.facts if one.name == name)

    def to_dict(self) -> dict[str, Any]:
        """Return the explanation as plain JSON data, without its settings: where they are set is another question."""
        return {
            "connector": self.connector,
            "resource": self.resource,
            "overrides": [asdict(one) for one in self.overrides],
            "steps": [asdict(one) for one in self.steps],
            "facts": [asdict(one) for one in self.facts],
        }


@frozen
class Explained:
    """A connector as a load would read it, its places still open.

    Attributes:
        connector: The declaration, as overrides left it.
        plain: The declaration as its author made it.
        hooks: The hooks of such a load.
        overrides: The overrides that are switched on.
        owners: Who offers each plugin, by the plugin's `id`.
    """

    connector: Connector
    plain: Connector
    hooks: Hooks
    overrides: tuple[Owner, ...]
    owners: Mapping[int, Owner]

    def resource(self, name: str) -> Explanation:
        """Return the explanation of one resource; one that is hidden or a part is explained, too.

        Raises:
            SettingError: There is no such resource.
        """
        if name not in {one.name for one in self.connector.resources}:
            raise no_resource(self.connector, name)
        resource = self.connector.resource(name)
        return Explanation(
            connector=self.connector.name,
            resource=name,
            overrides=self.overrides,
            steps=tuple(steps(self.hooks, self.owners, self.connector, resource)),
            facts=tuple(self._facts(resource)),
            settings=tuple(_settings(self.connector, resource)),
        )

    def _facts(self, resource: Resource) -> Iterable[Fact]:
        found = facts(self.connector, resource)
        if self.connector == self.plain or resource.name not in {one.name for one in self.plain.resources}:
            return found
        before = set(facts(self.plain, self.plain.resource(resource.name)))
        return (one if one in before else evolve(one, origin="override") for one in found)


def explained(name: str, *, plugins: Sequence[object] = (), overrides: Sequence[str] | None = None) -> Explained:
    """Return the connector *name* as a load would read it, ready to be explained.

    Args:
        name: The connector's name.
        plugins: Objects with hook implementations, as `sdk.load` takes them.
        overrides: Names of overrides, as `sdk.load` takes them; default: those that the configuration switches on.

    Raises:
        PluginError: The connector or an override is unknown, doubled or broken.
    """
    return _explained(name, plugins, overrides)


def explain(
    name: str, resource: str, *, plugins: Sequence[object] = (), overrides: Sequence[str] | None = None
) -> Explanation:
    """Return how one resource of a connector is read; see `explained` for the arguments.

    Raises:
        PluginError: The connector or an override is unknown, doubled or broken.
        SettingError: There is no such resource.
    """
    return _explained(name, plugins, overrides).resource(resource)


def _explained(name: str, given: Sequence[object], overrides: Sequence[str] | None) -> Explained:
    own = plugins.find(name)
    found = overrides_of(name, overrides)
    modules = [plugins.load_entry(one) for one in found]
    connector, hooks = plugins.declare(name, (*modules, *given))
    plain = connector if not modules and not given else plugins.declare(name)[0]
    owners = {
        id(defaults): Owner("core", "core", "connector-sdk", version("connector-sdk")),
        id(plugins.load_entry(own)): Owner.of("connector", own),
        **{id(module): Owner.of("override", one) for module, one in zip(modules, found, strict=True)},
    }
    return Explained(connector, plain, hooks, tuple(Owner.of("override", one) for one in found), owners)


def _settings(connector: Connector, resource: Resource) -> Iterable[Setting]:
    """Return the settings that reading *resource* takes: its own, those above it, and those of all resources."""
    read = {resource.name: resource}
    waiting = [resource]
    while waiting:
        one = waiting.pop()
        for name in (*one.parents, *(part.name for part in connector.parts_of(one))):
            if name not in read:
                read[name] = connector.resource(name)
                waiting.append(read[name])
    values = [
        connector.base_url,
        connector.headers,
        connector.rate_limit,
        connector.settings,
        *(connector.auth_of(one) for one in read.values()),
        *(connector.paginator_of(one) for one in read.values()),
        *read.values(),
    ]
    if any(one.window is not None for one in read.values()):
        values.append(connector.start_date)
    return {setting.name: setting for setting in placeholders(values)}.values()


__all__ = ["Answer", "Explained", "Explanation", "Fact", "Owner", "Step", "explain", "explained"]
