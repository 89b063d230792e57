"""Find plugins by the name of their entry point, and ask their hooks.

To find one connector nobody else is imported: names, versions and distributions come from metadata alone. A broken
plugin therefore hurts only who asks for it.
"""

from __future__ import annotations

import difflib
import inspect
import os
import re
import sys
import traceback
from collections.abc import Iterable, Sequence
from contextlib import suppress
from importlib.metadata import Distribution, EntryPoint, entry_points
from typing import TYPE_CHECKING, Any

import attrs
import pluggy
from attrs import field, frozen

from sdk import defaults, hookspecs
from sdk.connector import Connector
from sdk.errors import (
    BrokenPluginError,
    DeclarationError,
    DuplicateConnectorError,
    PluginError,
    SDKError,
    UnknownConnectorError,
)

if TYPE_CHECKING:
    from requests import PreparedRequest

    from sdk.messages import EndAnswer, Page, Record
    from sdk.resource import Resource

CONNECTORS = "sdk.connectors"
OVERRIDES = "sdk.overrides"
SIMULATORS = "sdk.simulators"

_HOOKS = tuple(name for name in vars(hookspecs) if name.startswith("sdk_"))


@frozen
class Installed:
    """An installed plugin, as its metadata describes it."""

    name: str
    distribution: str
    version: str
    entry_point: EntryPoint = field(repr=False, eq=False)


def installed(group: str = CONNECTORS) -> tuple[Installed, ...]:
    """Return the plugins of an entry-point group, by name, without importing any."""
    found = {
        # A distribution that is on the path twice (an editable install inside its own folder) counts once.
        (point.name, _name(dist)): Installed(point.name, _name(dist), _version(dist), point)
        for point in entry_points(group=group)
        if (dist := point.dist) is not None
    }
    return tuple(found[key] for key in sorted(found))


def _name(dist: Distribution) -> str:
    # What an interrupted uninstall leaves behind has no metadata; it must not hide everybody else.
    return str(dist.metadata["Name"] or "a distribution without metadata")


def _version(dist: Distribution) -> str:
    return str(dist.metadata["Version"] or "of no version")


def connectors() -> list[str]:
    """Return the names of the installed connectors, from metadata alone."""
    return sorted({one.name for one in installed()})


def find(name: str, group: str = CONNECTORS, what: str = "connector") -> Installed:
    """Return the one plugin called *name*.

    Raises:
        UnknownConnectorError: There is none.
        DuplicateConnectorError: Several distributions offer it.
    """
    known = installed(group)
    matches = [one for one in known if one.name == name]
    if not matches:
        raise UnknownConnectorError(unknown(name, [one.name for one in known], what))
    if len(matches) > 1:
        owners = " and ".join(sorted(one.distribution for one in matches))
        raise DuplicateConnectorError(f"{what} {name!r} is provided by {owners}; uninstall one")
    return matches[0]


def load_entry(plugin: Installed) -> Any:
    """Import what *plugin*'s entry point names.

    Raises:
        BrokenPluginError: It cannot be imported.
    """
    try:
        return plugin.entry_point.load()
    except Exception as error:
        # Whatever a plugin raises while it is imported is that plugin's fault, an SDKError of its own included.
        raise BrokenPluginError(
            f"{plugin.name!r} from {plugin.distribution} {plugin.version} cannot be imported: "
            f"{type(error).__name__}: {error}"
        ) from error


def declare(name: str, plugins: Sequence[object] = ()) -> tuple[Connector, Hooks]:
    """Return the connector *name*, its places still open, and the hooks of one load.

    Args:
        name: The connector's name.
        plugins: The caller's own plugins, which are asked first.

    Raises:
        PluginError: It is unknown, doubled or broken.
    """
    plugin = find(name)
    module = load_entry(plugin)
    hooks = Hooks.of(module, *plugins)
    try:
        connector = hooks.declare_connector()
    except SDKError:
        raise
    except Exception as error:
        _raise_all_mistakes(hooks)
        raise BrokenPluginError(
            f"{name!r} from {plugin.distribution} {plugin.version} fails to declare its connector"
            f"{_place(error, module)}: {type(error).__name__}: {error}{_nearest_argument(error)}"
        ) from error
    if not isinstance(connector, Connector):
        raise BrokenPluginError(
            f"{name!r} from {plugin.distribution} declares {type(connector).__name__} where a Connector was expected"
        )
    if connector.name != name:
        raise BrokenPluginError(
            f"{plugin.distribution} registers connector {connector.name!r} under the name {name!r}; make them the same"
        )
    return connector, hooks


def _raise_all_mistakes(hooks: Hooks) -> None:
    """Raise every mistake of a declaration in which one value refused to be built, if they can be told.

    Built without validation the values stand, and the connector, which looks at all of them, names what is wrong.
    """
    mistakes: DeclarationError | None = None
    with attrs.validators.disabled(), suppress(Exception):
        try:
            hooks.declare_connector()
        except DeclarationError as error:
            mistakes = error
    if mistakes is not None:
        raise mistakes


def _place(error: BaseException, module: object) -> str:
    """Return the line of the plugin's own code in which *error* was raised."""
    file = getattr(module, "__file__", None)
    folder = os.path.dirname(file) if file else ""  # noqa: PTH120 - a traceback has plain text, too
    frames = [one for one in traceback.extract_tb(error.__traceback__) if folder and one.filename.startswith(folder)]
    return f" ({os.path.basename(frames[-1].filename)}:{frames[-1].lineno})" if frames else ""  # noqa: PTH119 - as above


_UNEXPECTED = re.compile(r"(?:(\w+)\.__init__|(\w+))\(\) got an unexpected keyword argument '(\w+)'")


def _nearest_argument(error: BaseException) -> str:
    """Return what an argument that nobody takes may have meant."""
    match = _UNEXPECTED.search(str(error))
    called = None if match is None else getattr(sys.modules["sdk"], match[1] or match[2], None)
    if match is None or called is None:
        return ""
    nearest = difflib.get_close_matches(match[3], inspect.signature(called).parameters, n=1)
    return f"; did you mean {nearest[0]!r}?" if nearest else ""


@frozen
class Hooks:
    """The hooks of one load, typed: one method for each, so that nobody else touches pluggy's relay."""

    manager: pluggy.PluginManager = field(repr=False)

    @classmethod
    def of(cls, *plugins: object) -> Hooks:
        """Return the hooks of core and *plugins*; the last is asked first.

        Raises:
            BrokenPluginError: A plugin implements a hook that does not exist, with arguments that it does not
                have, or forgot the decorator.
        """
        manager = pluggy.PluginManager(hookspecs.NAMESPACE)
        manager.add_hookspecs(hookspecs)
        manager.register(defaults, "core")
        for plugin in plugins:
            _register(manager, plugin)
        return cls(manager)

    def is_core_alone(self, hook: str) -> bool:
        """Return whether nobody but core answers *hook*."""
        implementations = getattr(self.manager.hook, hook).get_hookimpls()
        return [one.plugin for one in implementations] == [defaults]

    def declare_connector(self) -> Connector | None:
        """Ask `sdk_declare_connector`."""
        return self.manager.hook.sdk_declare_connector()  # type: ignore[no-any-return]

    def authenticate(self, connector: Connector, resource: Resource, request: PreparedRequest) -> PreparedRequest:
        """Ask `sdk_authenticate`."""
        hook = self.manager.hook.sdk_authenticate
        return hook(connector=connector, resource=resource, request=request)  # type: ignore[no-any-return]

    def expand_path(
        self, connector: Connector, resource: Resource, parent_resource: Resource, parent: Record
    ) -> list[str]:
        """Ask `sdk_expand_path`."""
        hook = self.manager.hook.sdk_expand_path
        return hook(  # type: ignore[no-any-return]
            connector=connector, resource=resource, parent_resource=parent_resource, parent=parent
        )

    def select_records(self, connector: Connector, resource: Resource, page: Page) -> list[Record]:
        """Ask `sdk_select_records`."""
        hook = self.manager.hook.sdk_select_records
        return hook(connector=connector, resource=resource, page=page)  # type: ignore[no-any-return]

    def paginate(self, connector: Connector, resource: Resource, page: Page, records: list[Record]) -> EndAnswer:
        """Ask `sdk_paginate`."""
        hook = self.manager.hook.sdk_paginate
        return hook(connector=connector, resource=resource, page=page, records=records)  # type: ignore[no-any-return]


def _register(manager: pluggy.PluginManager, plugin: object) -> None:
    name = getattr(plugin, "__name__", type(plugin).__name__)
    for forgotten in _forgotten(plugin):
        raise BrokenPluginError(
            f"plugin {name!r}: {forgotten} is named like a hook but is not one; decorate it with @sdk.hookimpl"
        )
    if manager.is_registered(plugin):
        raise BrokenPluginError(f"plugin {name!r} is given twice")
    try:
        manager.register(plugin)
    except (pluggy.PluginValidationError, ValueError) as error:
        raise BrokenPluginError(f"plugin {name!r}: {error}") from error
    for caller in manager.get_hookcallers(plugin) or ():
        if not caller.has_spec():
            nearest = difflib.get_close_matches(caller.name, _HOOKS, n=1, cutoff=0)
            raise BrokenPluginError(
                f"plugin {name!r}: there is no hook {caller.name!r}; did you mean {' or '.join(map(repr, nearest))}?"
            )


def _forgotten(plugin: object) -> Iterable[str]:
    for name in dir(plugin):
        if name.startswith("sdk_") and name != "sdk_plugin":
            value = getattr(plugin, name, None)
            if inspect.isroutine(value) and not hasattr(value, f"{hookspecs.NAMESPACE}_impl"):
                yield name


def unknown(name: str, known: list[str], what: str) -> str:
    """Return the message for a name that nobody has, with the nearest ones."""
    nearest = difflib.get_close_matches(name, known, n=3, cutoff=0.5)
    if nearest:
        return f"no {what} {name!r} is installed; did you mean {' or '.join(repr(one) for one in nearest)}?"
    if not known:
        return f"no {what} {name!r} is installed, nor any other; try: pip install sdk-plugin-{name.replace('_', '-')}"
    return f"no {what} {name!r} is installed; installed are {', '.join(known)}"


__all__ = [
    "CONNECTORS",
    "OVERRIDES",
    "SIMULATORS",
    "Hooks",
    "Installed",
    "PluginError",
    "connectors",
    "declare",
    "find",
    "installed",
    "load_entry",
]
