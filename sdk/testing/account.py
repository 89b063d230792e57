"""The account that a connector's tests read: simulated while a cassette is recorded, remembered while it is played."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any, Final
from urllib.parse import unquote, urlsplit

from attrs import define, field

from sdk import plugins
from sdk.instants import format_instant, parse_instant
from sdk.records import Records, read
from sdk.testing.cassettes import Cassette, made_up_secret, stored_origin
from sdk.testing.scrubbing import Scrubber
from sdk.testing.simulator import Simulator, SimulatorServer, serve

if TYPE_CHECKING:
    from dlt.extract import DltSource

NOW: Final = datetime(2025, 6, 1, 12, tzinfo=UTC)
"""When a simulated account is recorded, unless a test says otherwise: the same each time, so that a cassette is too."""


def simulator_of(connector: str) -> Simulator:
    """Return the simulator that the connector's distribution offers.

    Raises:
        PluginError: There is none, or it cannot be imported.
    """
    found: Simulator = plugins.load_entry(plugins.find(connector, plugins.SIMULATORS, "simulator of a connector"))
    return found


def recorded_server(connector: str, waits: list[float], facts: Mapping[str, Any]) -> SimulatorServer:
    """Return the server to record from; the periods of its rate limit go by as the connector waits."""
    simulator = simulator_of(connector)
    secrets = {name: made_up_secret(connector, name) for name in simulator.auth.settings}
    return serve(simulator, **{"now": NOW, "secrets": secrets, "timer": lambda: sum(waits), **facts})


def scrubber_of(connector: str, server: SimulatorServer) -> Scrubber:
    """Return what makes the recording of a server independent of its port."""
    parts = urlsplit(server.base_url)
    return Scrubber(server.secrets, f"{parts.scheme}://{parts.netloc}", stored_origin(connector))


@define
class Account:
    """An account at the connector's API, as a test sees it; recording and playing run the same test.

    Attributes:
        connector: Name of the connector.
        cassette: What is played or recorded.
        waits: Seconds that the connector wanted to wait, none of which passed.
    """

    connector: str
    cassette: Cassette
    waits: list[float] = field(factory=list)
    _server: SimulatorServer | None = None
    _asked: int = 0

    def settings(self, **settings: Any) -> dict[str, Any]:
        """Return what `sdk.load`, `sdk.read` and `sdk.run` take to read this account: call it once for each.

        *settings* come on top; a secret among them replaces the right one.
        """
        path = urlsplit(self._server.base_url).path if self._server else ""
        shown = {name: value for name, value in settings.items() if name not in self.cassette.secrets}
        opening = self.cassette.opening(
            shown, lambda: {"clock": format_instant(self._now(), "iso_us"), "base_path": path}
        )
        moment = parse_instant(opening["clock"])
        origin = self._server.base_url if self._server else stored_origin(self.connector) + opening["base_path"]
        # One request in flight: what is asked then depends on the account alone.
        given = {"base_url": origin, "in_flight": 1, **self.cassette.secrets, **settings}
        return {**given, "clock": lambda: moment}

    def source(self, *resources: str, **settings: Any) -> DltSource:
        """Return `sdk.load(...)` of this account, all resources unless some are named."""
        from sdk.source import load

        return load(self.connector, resources=resources or None, **self.settings(**settings))

    def read(self, resource: str, **settings: Any) -> Records:
        """Return `sdk.read(...)` of this account."""
        return read(self.connector, resource, **self.settings(**settings))

    def truth(self, resource: str, **options: Any) -> list[dict[str, Any]]:
        """Return the exact records that a complete reader ends up with, as `SimulatorServer.truth` says them."""
        asked = "".join(f", {name}={value!r}" for name, value in sorted(options.items()))
        server = self._server
        return self.cassette.truth(f"{resource}{asked}", lambda: server.truth(resource, **options) if server else [])

    def meanwhile(self, change: Callable[[SimulatorServer], object]) -> None:
        """Change the account between two runs; when playing, the answers have changed already."""
        if self._server:
            change(self._server)

    def asked(self) -> list[str]:
        """Return the requests since the last call: path below the base URL and query, decoded; POST says so."""
        requests = self.cassette.requests
        new, self._asked = requests[self._asked :], len(requests)
        return [self._text(one) for one in new]

    def _text(self, request: Any) -> str:
        parts = urlsplit(request.uri)
        base_path = self.cassette.contents.openings[0]["base_path"]
        method = "" if request.method == "GET" else f"{request.method} "
        query = f"?{unquote(parts.query)}" if parts.query else ""
        return f"{method}{parts.path.removeprefix(base_path)}{query}"

    def _now(self) -> datetime:
        assert self._server is not None, "the clock is told when recording"
        return self._server.now
