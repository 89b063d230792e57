"""A connector as the checks see it: its declaration, its distribution, and a recorded sample of each resource."""

from __future__ import annotations

import tempfile
from collections.abc import Callable, Iterator, Mapping
from contextlib import ExitStack, contextmanager, suppress
from copy import deepcopy
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

from attrs import define, evolve, field, frozen

from sdk import plugins
from sdk.connector import Connector
from sdk.errors import SDKError
from sdk.hookspecs import hookimpl
from sdk.placeholders import REQUIRED, Secret
from sdk.plugins import Hooks
from sdk.settings import resolve
from sdk.testing.account import recorded_server, scrubber_of, simulator_of
from sdk.testing.cassette_files import CassetteError, damage, path_of, read
from sdk.testing.cassettes import stored_origin
from sdk.testing.recordings import Recording, play, record
from sdk.testing.sampling import SampleSize
from sdk.testing.suite.findings import Finding, NoRecordingError
from sdk.testing.undisturbed import without_surroundings, without_waiting

if TYPE_CHECKING:
    from collections.abc import Generator

    from requests import PreparedRequest

    from sdk.messages import Page, Record, Request
    from sdk.resource import Resource
    from sdk.testing.simulator import Simulator, SimulatorServer

_TELLING: Final = 8


@frozen
class Sent:
    """A request as it was sent, credentials on it."""

    resource: str
    url: str
    headers: Mapping[str, str] = field(repr=False)
    body: str = field(repr=False)


@frozen
class Arrival:
    """A page as it came, and what was selected from it; whatever is done to a record later leaves both alone."""

    resource: str
    request: Request
    body: Any = field(repr=False)
    records: list[Record] = field(repr=False)


@frozen
class Played:
    """A recording of one resource, played.

    Attributes:
        text: The cassette as it is stored.
        recording: What the connector made of it.
        sent: What it sent for that.
        arrived: The pages that came.
    """

    text: str = field(repr=False)
    recording: Recording
    sent: list[Sent] = field(repr=False)
    arrived: list[Arrival] = field(repr=False)


@frozen
class _Watching:
    """A plugin that notes what is sent, and what comes."""

    sent: list[Sent] = field(factory=list)
    arrived: list[Arrival] = field(factory=list)

    @hookimpl(wrapper=True)
    def sdk_authenticate(self, resource: Resource) -> Generator[None, PreparedRequest, PreparedRequest]:
        """Note the request, and leave it as it is."""
        request = yield
        body = request.body.decode(errors="replace") if isinstance(request.body, bytes) else request.body or ""
        headers = {name: str(value) for name, value in request.headers.items()}
        self.sent.append(Sent(resource.name, request.url or "", headers, body))
        return request

    @hookimpl(wrapper=True)
    def sdk_select_records(self, resource: Resource, page: Page) -> Generator[None, list[Record], list[Record]]:
        """Note the page before anybody touches it, and what is selected from it."""
        body = deepcopy(page.body)
        records = yield
        self.arrived.append(Arrival(resource.name, page.request, body, deepcopy(records)))
        return records


@define(slots=False)
class Subject:
    """A connector that is held to what it promises.

    What is read is read once: a recording is played when the first check asks for it.

    Attributes:
        name: The connector's name.
        folder: The folder of the cassettes, `cassettes` beside the author's `pyproject.toml`.
        simulated: What the simulated account is like, in the words of `sdk.testing.simulator.serve`.
        asked: Query parameters that the connector sends on purpose and that change what its records hold, by
            resource: the simulator is asked for the truth with the same ones.
        size: How much of a resource is recorded from its simulator.
    """

    name: str
    folder: Path
    simulated: Mapping[str, Any] = field(factory=dict)
    asked: Mapping[str, Mapping[str, Any]] = field(factory=dict)
    size: SampleSize = field(factory=SampleSize)
    _played: dict[str, Played | Exception] = field(factory=dict)
    _found: dict[Any, tuple[Finding, ...]] = field(factory=dict)

    @cached_property
    def opened(self) -> tuple[Connector, Hooks]:
        """The declaration, its settings open, and its hooks.

        Raises:
            PluginError: It is not there, or broken.
            DeclarationError: It has mistakes.
        """
        return plugins.declare(self.name)

    @property
    def declared(self) -> Connector:
        """The declaration; raises as `opened` does."""
        return self.opened[0]

    def makes_records(self, resource: str) -> bool:
        """Return whether code of the author's makes the records of *resource*, and not the declaration alone."""
        selecting = self.opened[1].manager.hook.sdk_select_records.get_hookimpls()
        return self.declared.resource(resource).map is not None or len(selecting) > 1

    @property
    def resources(self) -> tuple[str, ...]:
        """The names of the resources that become tables; none when the connector does not even declare."""
        try:
            return tuple(one.name for one in self.declared.tables)
        except SDKError:
            return ()

    @property
    def secrets(self) -> tuple[Secret, ...]:
        """The secrets that it declares."""
        return tuple(one for one in self.declared.declared_settings if isinstance(one, Secret))

    @cached_property
    def live_secrets(self) -> Mapping[str, str]:
        """The secrets that the environment or `.dlt/secrets.toml` give, by setting; never to be shown.

        One that is absent is no matter: tests need none. A short one would be found by chance.
        """
        found: dict[str, str] = {}
        for secret in self.secrets:
            with suppress(SDKError):
                found.update(resolve(self.name, [evolve(secret, default=REQUIRED)], {}))
        return {name: value for name, value in found.items() if len(value) >= _TELLING}

    @cached_property
    def simulator(self) -> Simulator | None:
        """The simulator that its distribution offers, if it does."""
        if self.name not in {one.name for one in plugins.installed(plugins.SIMULATORS)}:
            return None
        return simulator_of(self.name)

    def once(self, what: Any, look: Callable[[], tuple[Finding, ...]]) -> tuple[Finding, ...]:
        """Return what *look* finds, which is called once for each *what*."""
        if what not in self._found:
            self._found[what] = look()
        return self._found[what]

    def cassette(self, resource: str) -> Path:
        """Return where the cassette of *resource* lies, or would lie."""
        return path_of(self.folder, self.name, resource)

    def recording(self, resource: str) -> Recording:
        """Return the recording of *resource*, as this connector plays it; from its simulator if there is no cassette.

        Raises:
            NoRecordingError: There is neither.
        """
        return self.played(resource).recording

    def played(self, resource: str) -> Played:
        """Return the recording of *resource*, and what was sent for it.

        Raises:
            NoRecordingError: There is neither a cassette nor a simulator.
        """
        if resource not in self._played:
            try:
                self._played[resource] = self._play(resource)
            except Exception as error:  # noqa: BLE001 - kept, so that each check that asks is told the same
                self._played[resource] = error
        found = self._played[resource]
        if isinstance(found, Exception):
            raise found
        return found

    def again(self, resource: str) -> Recording:
        """Return the same recording, played once more."""
        return play(self.recording(resource).contents, self.name, resource)

    @contextmanager
    def served(self) -> Iterator[tuple[SimulatorServer, Callable[..., Any]]]:
        """Serve the simulator; yield it, and a function that adds what reading it takes to some settings."""
        with ExitStack() as stack:
            stack.enter_context(without_surroundings())
            waits = stack.enter_context(without_waiting())
            server = stack.enter_context(recorded_server(self.name, waits, self.simulated))
            yield server, lambda **settings: {**server.settings, "clock": lambda: server.now, **settings}

    def _play(self, resource: str) -> Played:
        path = self.cassette(resource)
        if not path.is_file():
            return self._record(resource)
        contents, watching = read(path), _Watching()
        try:
            played = play(contents, self.name, resource, plugins=[watching])
        except CassetteError as error:
            raise CassetteError(f"{path.parent.name}/{path.name}: {error}") from None
        # An answer cut short may have been recorded, and healed; only what fails is looked into.
        if played.failure is not None and (problem := damage(contents)):
            raise CassetteError(f"{path.parent.name}/{path.name}: {problem}")
        return Played(path.read_text(encoding="utf-8"), played, watching.sent, watching.arrived)

    def _record(self, resource: str) -> Played:
        if self.simulator is None:
            raise NoRecordingError(
                f"no cassette {self.name}/{self.cassette(resource).name} and no simulator; "
                f"record one: sdk record {self.name} --resource {resource}"
            )
        watching, origin = _Watching(), stored_origin(self.name)
        with tempfile.TemporaryDirectory() as folder, self.served() as (server, _):
            path = path_of(Path(folder), self.name, resource)
            scrubber = scrubber_of(self.name, server)
            played = record(
                self.name,
                resource,
                server.settings,
                path,
                scrubber,
                size=self.size,
                clock=lambda: server.now,
                plugins=[watching],
            )
            # It was read twice: from the simulator, and from what was stored of that.
            return Played(
                path.read_text(encoding="utf-8"),
                played,
                [one for one in watching.sent if one.url.startswith(origin)],
                [one for one in watching.arrived if one.request.url.startswith(origin)],
            )
