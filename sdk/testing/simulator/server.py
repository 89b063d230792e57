"""Run a simulated vendor on loopback.

The server is a context manager, its threads are daemons, and it ends by itself after its lifetime: a test that dies
leaves nothing behind.
"""

from __future__ import annotations

import hashlib
import threading
import time
from collections.abc import Callable, Collection, Iterable, Mapping
from datetime import UTC, datetime, timedelta
from types import TracebackType
from typing import Any, Self, TypeAlias

from sdk.testing.simulator.clock import Clock
from sdk.testing.simulator.data import Data
from sdk.testing.simulator.description import Simulator
from sdk.testing.simulator.failing import FailedSimulatorError
from sdk.testing.simulator.limits import Limiter, RateLimit
from sdk.testing.simulator.log import RequestLog
from sdk.testing.simulator.messages import Call, LoggedRequest, Record, Reply, ReplyMaker, SimulatorError
from sdk.testing.simulator.vendor import Vendor
from sdk.testing.simulator.wire import Incoming, Listener

GateArgument: TypeAlias = Mapping[str, Iterable[object] | None] | Collection[str]
"""Resources to switch off: their names, or a mapping from name to parents' keys (`None`: for all parents)."""

_STOP_POLL_SECONDS = 0.02
# No status that a reader asks again after: a mistake heals by no repeat.
_FAILED = 501


class SimulatorServer:
    """Stand in for a vendor: answer over HTTP, keep a log, change the data under a reader's feet.

    Made by `serve`. Everything here may be called from the test's thread while requests are answered. A description
    whose own functions fail answers 501, which nobody repeats, and leaving the `with` statement raises what went wrong.
    """

    def __init__(self, vendor: Vendor, clock: Clock, *, latency: float, lifetime: float | None) -> None:
        self._vendor = vendor
        self._clock = clock
        self._latency = latency
        self._lifetime = lifetime
        self._log = RequestLog(vendor.simulator.auth, vendor.secrets)
        self._listener: Listener | None = None
        self._failures: list[Exception] = []
        self._stopped = threading.Event()
        self._stopping = threading.Lock()
        self._timer: threading.Timer | None = None

    @property
    def base_url(self) -> str:
        """Return the address as the connector wants it, such as `http://127.0.0.1:39211/api/v2`."""
        if self._listener is None:
            raise SimulatorError("the server has no address before it is started: use it in a with statement")
        return self._listener.origin + self._vendor.simulator.base_path

    @property
    def settings(self) -> dict[str, str]:
        """Return what `sdk.load` takes by keyword to read this server: `base_url`, addresses and the secrets."""
        addresses = {name: self.base_url + path for name, path in self._vendor.simulator.addresses.items()}
        return {"base_url": self.base_url, **addresses, **self._vendor.secrets}

    @property
    def secrets(self) -> dict[str, str]:
        """Return those of the settings that are secret."""
        return dict(self._vendor.secrets)

    @property
    def requests(self) -> list[LoggedRequest]:
        """Return the requests answered so far, in the order of their answers."""
        return self._log.entries()

    @property
    def now(self) -> datetime:
        """Return the vendor's clock."""
        return self._clock()

    def start(self) -> Self:
        """Begin to answer."""
        self._listener = Listener(self._answer)
        threading.Thread(target=self._listener.serve_forever, args=(_STOP_POLL_SECONDS,), daemon=True).start()
        if self._lifetime is not None:
            self._timer = threading.Timer(self._lifetime, self.stop)
            self._timer.daemon = True
            self._timer.start()
        return self

    def stop(self) -> None:
        """Stop answering and end all connections; stopping twice does no harm."""
        with self._stopping:
            if self._listener is None or self._stopped.is_set():
                return
            if self._timer:
                self._timer.cancel()
            self._listener.shutdown()
            self._listener.close_connections()
            self._listener.server_close()
            self._stopped.set()

    def wait(self, timeout: float | None = None) -> bool:
        """Block until the server has stopped or *timeout* seconds are over; return whether it has stopped.

        For a command that serves until it is interrupted: the interrupt ends the waiting, the context manager the
        server.
        """
        return self._stopped.wait(timeout)

    def __enter__(self) -> Self:
        return self.start()

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.stop()
        # What it did to its reader is only the consequence; but who interrupts is heard.
        if self._failures and (error is None or isinstance(error, Exception)):
            first = self._failures[0]
            raise FailedSimulatorError.of(self._vendor.simulator.name, first) from first

    def truth(
        self, resource: str, *, parents: Iterable[object] | None = None, **options: str | bool | Collection[str]
    ) -> list[Record]:
        """Return the exact records that a complete reader of a resource ends up with, each once.

        *options* are query parameters of the API (`include="type_fields"`, `include_agents=True`) and have the effect
        that they have there. A child's record carries its parent's key under one extra name, `_<table>_<key>` unless
        the description says otherwise (`_tickets_id`); a child that belongs to two parents is there twice. What is
        switched off is left out.

        Args:
            resource: The resource's name.
            parents: For a child, the parents to look under; by default all that a complete reader comes across.
            options: Query parameters to ask with, beside those that a complete reading takes.
        """
        asked = {name: _parameter(value) for name, value in options.items()}
        return self._vendor.truth(resource, asked, parents)

    def add(
        self, resource: str, fields: Mapping[str, Any] | None = None, *, parent: object = None, **marks: Any
    ) -> Record:
        """Add a record like the last one of its table, with a new key, created now; return it.

        *marks* are facts that the vendor knows but does not send (`trashed=True`). A child needs its *parent*'s key.
        """
        endpoint = self._vendor.simulator.endpoint(resource)
        link: dict[str, Any] = {}
        if endpoint.parent and parent is not None:
            row = self._vendor.data.row(endpoint.parent.table, parent, endpoint.parent.key)
            link = {endpoint.parent.link: row.value(endpoint.parent.key) if row else parent}
        return self._vendor.data.add(endpoint.table, fields or {}, {**link, **marks}, self.now.timestamp())

    def update(self, resource: str, key: object, fields: Mapping[str, Any] | None = None, **marks: Any) -> Record:
        """Change fields and marks of a record, and its time of change unless *fields* holds it; return the record."""
        table = self._vendor.simulator.endpoint(resource).table
        return self._vendor.data.update(table, key, fields or {}, marks, self.now.timestamp())

    def delete(self, resource: str, key: object) -> None:
        """Remove a record for good, without a trace."""
        self._vendor.data.delete(self._vendor.simulator.endpoint(resource).table, key)

    def gate(self, resource: str, parents: Iterable[object] | None = None, reply: ReplyMaker | None = None) -> None:
        """Switch a resource off, wholly or for some parents; *reply* replaces the answer of the description."""
        self._vendor.gates.close(self._vendor.simulator.endpoint(resource).gated_as, parents, reply)

    def ungate(self, resource: str) -> None:
        """Switch a resource on again."""
        self._vendor.gates.open(self._vendor.simulator.endpoint(resource).gated_as)

    def advance(self, by: timedelta) -> None:
        """Move the vendor's clock, so that a later change is later than an earlier one."""
        self._clock.advance(by)

    def _answer(self, incoming: Incoming, origin: str) -> Reply:
        if self._latency:
            time.sleep(self._latency)
        sent = (incoming.method, incoming.path, incoming.query, incoming.headers, incoming.body)
        call = Call(*sent, now=self.now, origin=origin)
        try:
            reply = self._vendor.answer(call)
        except Exception as error:  # noqa: BLE001 - a description may fail in any way; leaving the server raises it
            self._failures.append(error)
            reply = Reply(_FAILED, {"code": "the_simulator_fails"})
        self._log.add(call, reply.status)
        return reply


def serve(  # noqa: PLR0913 - each is one thing a test may want different
    simulator: Simulator,
    *,
    seed: int = 7,
    scale: float = 1.0,
    sizes: Mapping[str, int] | None = None,
    now: datetime | Callable[[], datetime] | None = None,
    latency: float = 0.0,
    rate_limit: RateLimit | None = None,
    timer: Callable[[], float] = time.monotonic,
    gates: GateArgument = (),
    secrets: Mapping[str, str] | None = None,
    lifetime: float | None = 3600.0,
) -> SimulatorServer:
    """Return a server for a description, with fresh data; it runs inside `with`, or from `start` to `stop`.

    The same seed, scale, sizes and clock give the same data.

    Args:
        simulator: The description.
        seed: What the dice begin with.
        scale: How many times the described sizes; 1 is a small and pleasant account.
        sizes: The exact number of rows for some tables.
        now: The vendor's clock: a moment at which it stands still, or a function; by default the moment of the start.
        latency: Seconds to sleep before each answer.
        rate_limit: The limits in force, `simulator.rate_limit` or a variant of it; by default none.
        timer: Returns the seconds in which the limits' periods are counted.
        gates: Resources that are off at the start.
        secrets: The credentials that are accepted, by setting; by default made up.
        lifetime: Seconds after which the server stops by itself; `None` for never.
    """
    clock = Clock.of(now if now is not None else datetime.now(UTC).replace(microsecond=0))
    accepted = {name: _made_up_secret(simulator.name, name, seed) for name in simulator.auth.settings}
    data = Data(simulator, seed, scale, sizes or {}, clock())
    limiter = Limiter(rate_limit, timer) if rate_limit else None
    vendor = Vendor(simulator, data, {**accepted, **(secrets or {})}, limiter, clock)
    server = SimulatorServer(vendor, clock, latency=latency, lifetime=lifetime)
    for resource in gates:
        server.gate(resource, gates[resource] if isinstance(gates, Mapping) else None)
    return server


def _parameter(value: str | bool | Collection[str]) -> str | tuple[str, ...]:  # noqa: FBT001 - a parameter may be a flag
    if isinstance(value, bool):
        return "true" if value else "false"
    return value if isinstance(value, str) else tuple(value)


def _made_up_secret(simulator: str, setting: str, seed: int) -> str:
    digest = hashlib.sha256(f"{simulator}/{setting}/{seed}".encode()).hexdigest()
    return f"simulated-{digest[:24]}"
