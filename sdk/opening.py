"""Open a connector: find its plugin, fill its settings, connect its client."""

from __future__ import annotations

import difflib
from collections.abc import Callable, Iterable, Mapping, Sequence
from datetime import UTC, datetime
from typing import Any

from attrs import frozen

from sdk import plugins
from sdk.client import Client
from sdk.connector import Connector
from sdk.errors import SettingError
from sdk.placeholders import Setting
from sdk.plugins import Hooks, Installed
from sdk.reader import Reader
from sdk.settings import resolve
from sdk.tally import Tallies

OVERRIDES = Setting(
    "overrides",
    kind="list",
    default=[],
    description="names of installed overrides to switch on, for every step that they answer",
)

SHARE_LIMITS = Setting(
    "share_limits",
    kind="bool",
    default=False,
    description="keep rate limits together with other processes of this machine that use the same credentials",
)

TRUST_ENV = Setting(
    "trust_env",
    kind="bool",
    default=False,
    description="take proxies and certificates from the environment (HTTPS_PROXY, NO_PROXY, REQUESTS_CA_BUNDLE)",
)

IN_FLIGHT = Setting(
    "in_flight",
    kind="int",
    default=None,
    description="how many requests may be under way at a time; default: what the connector suggests",
)

MAX_SKIPS = Setting(
    "max_skips",
    kind="number",
    default=0.5,
    description="the share of a child's parents that may be skipped, other than for a lack of permission, before it "
    "is an error; 1 accepts any",
)
GENERAL = (IN_FLIGHT, SHARE_LIMITS, TRUST_ENV, MAX_SKIPS, OVERRIDES)
"""What every connector may be told, whatever it declares."""


def now() -> datetime:
    """Return the time of day; the clock that a run reads once, at its start."""
    return datetime.now(UTC)


@frozen
class Opened:
    """A connector that is ready to be read.

    Attributes:
        connector: Its declaration, settings filled in.
        hooks: Its hooks, overrides and the caller's plugins among them.
        clock: Returns the start of a run.
        share_limits: Keep rate limits together with other processes.
        trust_env: Use the environment's proxies and certificates.
        max_skips: The share of a child's parents that may be skipped, see `sdk.skips.check_share`.
    """

    connector: Connector
    hooks: Hooks
    clock: Callable[[], datetime]
    share_limits: bool = False
    trust_env: bool = False
    max_skips: float = 0.5

    @property
    def since(self) -> datetime | None:
        """The `start_date`."""
        since: datetime | None = self.connector.start_date
        return since

    def reader(self, tallies: Tallies | None = None) -> Reader:
        """Return a reader with a client of its own."""
        counted = tallies if tallies is not None else Tallies()
        client = Client(self.connector, self.hooks, counted, share_limits=self.share_limits, trust_env=self.trust_env)
        return Reader(self.connector, self.hooks, client)

    def names(self, wanted: Iterable[str] | None) -> list[str]:
        """Return the names of the wanted resources, default all that become tables.

        Raises:
            SettingError: One of them does not exist.
        """
        tables = [resource.name for resource in self.connector.tables]
        if wanted is None:
            return tables
        chosen = [wanted] if isinstance(wanted, str) else list(wanted)
        for name in chosen:
            if name not in tables:
                raise no_resource(self.connector, name)
        return [name for name in tables if name in chosen]


def no_resource(connector: Connector, name: str) -> SettingError:
    """Return the error for a resource that *connector* does not have, with the nearest one that it has."""
    tables = [resource.name for resource in connector.tables]
    nearest = difflib.get_close_matches(name, tables, n=1, cutoff=0.5)
    hint = f"did you mean {nearest[0]!r}?" if nearest else f"its resources are {', '.join(tables)}"
    return SettingError(f"connector {connector.name!r} has no resource {name!r}; {hint}")


def overrides_of(name: str, chosen: Sequence[str] | None = None) -> list[Installed]:
    """Return the overrides that are switched on for the connector *name*: *chosen*, or what the configuration says.

    Raises:
        PluginError: One of them is unknown or doubled.
    """
    given = {} if chosen is None else {OVERRIDES.name: chosen}
    names = resolve(name, [OVERRIDES], given)[OVERRIDES.name]
    return [plugins.find(one, plugins.OVERRIDES, "override") for one in names]


def open_connector(
    name: str,
    settings: Mapping[str, Any],
    *,
    extra_plugins: Sequence[object] = (),
    clock: Callable[[], datetime] | None = None,
) -> Opened:
    """Return the connector *name*, ready to be read.

    Args:
        name: The connector's name.
        settings: Settings passed as keywords.
        extra_plugins: The caller's plugins, asked before all others.
        clock: Read once at the start of a run; default: the time of day.

    Raises:
        PluginError: The plugin is unknown, doubled or broken.
        SettingError: A setting is missing or of the wrong kind.
    """
    overrides = [plugins.load_entry(one) for one in overrides_of(name, settings.get("overrides"))]
    declared, hooks = plugins.declare(name, (*overrides, *extra_plugins))
    general = {setting.name for setting in GENERAL}
    own = {key: value for key, value in settings.items() if key not in general}
    values = resolve(name, declared.declared_settings, own)
    how = resolve(name, GENERAL, {key: settings[key] for key in settings.keys() & general})
    if not 0 <= how[MAX_SKIPS.name] <= 1:
        raise SettingError(f"connector {name!r}: max_skips is {how[MAX_SKIPS.name]:g}; give a share between 0 and 1")
    try:
        filled = declared.filled(values, how[IN_FLIGHT.name])
    except ValueError as error:
        # A value that checks itself when it is built, such as a rate limit of nothing.
        raise SettingError(f"connector {name!r}: a setting does not fit its place: {error}") from error
    Client(filled, hooks).close()  # a base_url that cannot be used fails here, before anything is read
    chosen = {setting.name: how[setting.name] for setting in (SHARE_LIMITS, TRUST_ENV, MAX_SKIPS)}
    return Opened(filled, hooks, clock or now, **chosen)
