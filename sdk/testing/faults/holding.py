"""Hold a connector, or the kit's own, against a fault, and say what came of it."""

from __future__ import annotations

import itertools
import secrets
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from datetime import datetime, timedelta
from functools import partial
from typing import Final, cast

from attrs import define, field, frozen

from sdk.errors import SDKError
from sdk.messages import Record
from sdk.opening import Opened
from sdk.plugins import Hooks
from sdk.redaction import SecretValue
from sdk.resource import Resource
from sdk.testing.faults.api import BEGIN
from sdk.testing.faults.fault import Fault, Outcome
from sdk.testing.faults.overhearing import Overheard, chain, overhearing, shows, texts
from sdk.testing.faults.readings import BoundedOpened, Direct, Reading, same
from sdk.testing.faults.stage import Stage
from sdk.testing.faults.wire import Answer, Asked, FaultServer, fault_server

# Of waits that the server did not ask for; and what a bomb may take before it is found.
_LONGEST_WAIT: Final = 3600.0
_MOST_MEMORY: Final = 128.0
_CONTROL: Final = frozenset(map(chr, (*range(32), *range(127, 160))))

# One for all: each that is announced makes every message slower to look through.
_SECRET: Final = f"s3cret+of/{secrets.token_hex(8)}="

# What another host answers: a page that any of the scripted APIs might have sent.
_FOREIGN: Final = Answer({"items": [{"id": 666, "name": "foreign"}], "next": None, "total": 1, "has_more": False})


@define
class Ground:
    """Two hosts on loopback: the API's, and one where nothing may arrive."""

    here: FaultServer
    there: FaultServer
    _names: Iterator[int] = field(factory=lambda: itertools.count(1))

    @property
    def strays(self) -> int:
        """How many requests came that no stage asked for: at the other host, or in another protocol."""
        return len(self.there.strays) + sum(1 for one in self.here.strays if one.startswith("no HTTP"))

    def name(self) -> str:
        """Return a name for a stage that no other has."""
        return f"s{next(self._names)}"


@contextmanager
def ground() -> Iterator[Ground]:
    """Serve two hosts until the block ends; faults that are played one after another may share them."""
    with fault_server() as here, fault_server() as there:
        yield Ground(here, there)


@frozen
class Subject:
    """What is held against a fault.

    Attributes:
        opened: Returns the connector, opened at a base URL with a secret.
        resource: The resource that is read.
        honest: What its API answers.
        truth: The rows of an undisturbed reading.
        page: On which page a fault falls.
        secrets: The secrets, where they are not ours to choose.
        declared: What is declared of the resource, where it is not the fault's own.
        errors: What it may fail with.
    """

    opened: Callable[[str, str, Callable[[], datetime]], Opened]
    resource: str
    honest: Callable[[Stage, Asked], Answer]
    truth: Sequence[Record]
    page: int = 3
    secrets: tuple[str, ...] = field(default=(), repr=False)
    declared: Resource | None = field(default=None, repr=False)
    errors: tuple[type[BaseException], ...] = (SDKError,)


def scripted(fault: Fault, in_flight: int = 1) -> Subject:
    """Return the kit's own connector, for the API that *fault* is played on."""
    api = fault.api

    def opened(base_url: str, secret: str, clock: Callable[[], datetime]) -> Opened:
        connector = api.declared(base_url)
        known = {one.name for one in connector.declared_settings}
        values = {"base_url": base_url, "api_key": SecretValue(secret), "start_date": None, "in_flight": in_flight}
        return Opened(connector.filled({name: values[name] for name in known}), Hooks.of(), clock)

    def honest(stage: Stage, asked: Asked) -> Answer:
        return api.answer(asked, stage.rows, stage.here, stage.secret)

    return Subject(opened, api.read, honest, fault.rows)


def hold(subject: Subject, fault: Fault, *, on: Ground, reading: Reading | None = None) -> Outcome:
    """Play *fault* while *subject* is read, and return what came of it.

    Args:
        subject: What is read: `scripted` is the kit's own connector, `simulated` any that has a simulator.
        fault: The fault.
        on: Where it is played, see `ground`.
        reading: How it is read; default: as `sdk.read` does.
    """
    reading = reading or Direct()
    name = on.name()
    stage = Stage(
        here=f"{on.here.url}/{name}",
        there=f"{on.there.url}/{name}",
        secret=subject.secrets[0] if subject.secrets else _SECRET,
        honest=subject.honest,
        page=subject.page,
        rows=[dict(one) for one in fault.api.rows],
    )
    foreign: list[Asked] = []
    on.here.mount(name, partial(stage.take, play=fault.play))
    on.there.mount(name, partial(_foreign, foreign))
    strays = on.strays
    try:
        with overhearing(lambda: stage.time) as heard:
            failures = [_run(stage, subject, fault, reading, number) for number in range(1, fault.runs + 1)]
    finally:
        on.here.unmount(name)
        on.there.unmount(name)
    judged = _Judged(stage, subject, fault, reading, heard, failures)
    problems = [*judged.ends(), *judged.bounds(), *judged.leaks(), *judged.messages()]
    if foreign or on.strays > strays or judged.has_left(on.here.port):
        problems.append("something was sent to another host")
    return Outcome(fault, judged.rows, failures[-1], len(stage.asked), sum(heard.waits), tuple(problems))


def _foreign(log: list[Asked], asked: Asked) -> Answer:
    log.append(asked)
    return _FOREIGN


def _run(stage: Stage, subject: Subject, fault: Fault, reading: Reading, number: int) -> BaseException | None:
    stage.run = number
    if number > 1 and fault.between is not None:
        fault.between(stage)
    moment = BEGIN + timedelta(days=1, hours=number)
    opened = BoundedOpened(opened=subject.opened(stage.here, stage.secret, lambda: moment), bounds=fault.bounds)
    try:
        reading.run(cast(Opened, opened), subject.resource)
    except Exception as failure:  # noqa: BLE001 - whatever it is, it is what came of the fault
        return failure
    return None


@define
class _Judged:
    """What is said of the end of it."""

    stage: Stage
    subject: Subject
    fault: Fault
    reading: Reading
    heard: Overheard
    failures: Sequence[BaseException | None]
    rows: list[Record] = field(init=False)

    def __attrs_post_init__(self) -> None:
        self.rows = self.reading.rows(self.subject.resource)

    def ends(self) -> Iterator[str]:
        """Yield what is wrong with how it ended."""
        fault = self.fault
        for number, failure in enumerate(self.failures[:-1], start=1):
            if failure is not None and number not in fault.failing:
                yield f"run {number} fails with {type(failure).__name__}"
        failure = self.failures[-1]
        if failure is not None:
            if fault.must == "all rows":
                yield f"it fails, where all rows could be had: {_last(failure)}"
            if not any(isinstance(one, self.subject.errors) for one in chain(failure)):
                yield f"it fails with {type(failure).__name__}, which is no error of ours: {_last(failure)}"
            return
        if fault.must == "raise":
            yield f"it ends well, with {len(self.rows)} rows"
            return
        yield from self._rows()
        if self.reading.skips != fault.skips:
            yield f"it shows {self.reading.skips} skips, not {fault.skips}"

    def _rows(self) -> Iterator[str]:
        fault, name = self.fault, self.subject.resource
        in_table = fault.loaded if fault.loaded is not None and fault.in_pipeline else self.subject.truth
        expected = self.reading.as_rows(name, in_table)
        optional = self.reading.as_rows(name, fault.optional)
        missing = [one for one in expected if not any(same(one, row) for row in self.rows)]
        foreign = [one for one in self.rows if not any(same(one, row) for row in (*expected, *optional))]
        if missing:
            yield f"{len(missing)} of {len(expected)} rows are missing, such as {missing[0]}"
        if foreign:
            yield f"{len(foreign)} rows are not the API's, such as {foreign[0]}"
        if not missing and not foreign and len(self.rows) > len(expected) + len(optional):
            yield f"{len(self.rows) - len(expected)} rows stand there twice"

    def bounds(self) -> Iterator[str]:
        """Yield which bounds were passed."""
        asked, waited = len(self.stage.asked), sum(self.heard.waits)
        if asked > self.fault.requests:
            yield f"it asks {asked} times, and {self.fault.requests} are enough"
        if waited > max(_LONGEST_WAIT, 2 * self.fault.waits):
            yield f"it waits {waited:.0f} s"
        if waited < self.fault.waits and self.failures[-1] is None:
            yield f"it waits {waited:.0f} s, and was asked to wait {self.fault.waits:.0f}"
        if self.heard.memory > _MOST_MEMORY and not self.fault.in_pipeline:
            yield f"it takes {self.heard.memory:.0f} MB"

    def leaks(self) -> Iterator[str]:
        """Yield where the secret shows."""
        ours = self.subject.secrets or (self.stage.secret,)
        told = [text for failure in self.failures if failure for text in texts(failure)]
        places = {"the error": told, "the log": self.heard.logs, "what is left behind": self.reading.traces()}
        for place, found in places.items():
            if any(shows(secret, text) for text in found for secret in ours):
                yield f"the secret shows in {place}"

    def messages(self) -> Iterator[str]:
        """Yield what is wrong with the errors' texts."""
        ours = [one for failure in self.failures if failure for one in chain(failure) if isinstance(one, SDKError)]
        if any(_CONTROL & set(str(one)) for one in ours):
            yield "the error holds control characters"
        if any(_CONTROL & set(text) - {"\n", "\t"} for text in self.heard.logs):
            yield "the log holds control characters"

    def has_left(self, port: int) -> bool:
        """Return whether our server was asked under a name that is not the API's."""
        return any(one.headers.get("Host") != f"127.0.0.1:{port}" for one in self.stage.asked)


def _last(failure: BaseException) -> str:
    ours = [one for one in chain(failure) if isinstance(one, SDKError)]
    return str(ours[0] if ours else failure)[:300]
