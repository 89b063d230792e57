"""Hold a plugin's connector against faults: its own simulator answers, and the fault stands in between."""

from __future__ import annotations

import http.client
import json
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import datetime
from typing import Any, Final
from urllib.parse import urlsplit

from attrs import evolve
from requests.structures import CaseInsensitiveDict

from sdk.opening import Opened, open_connector
from sdk.records import Records
from sdk.resource import Resource
from sdk.testing.account import NOW, simulator_of
from sdk.testing.faults.fault import Fault
from sdk.testing.faults.holding import Ground, Subject
from sdk.testing.faults.stage import Stage, honestly
from sdk.testing.faults.wire import Answer, Asked
from sdk.testing.simulator import SimulatorServer, serve

_PAGE: Final = 3
_TIMEOUT: Final = 30.0
# What the connection between the reader and us says of itself.
_OF_THE_WAY: Final = frozenset({"connection", "content-length", "keep-alive", "transfer-encoding", "date", "server"})


@contextmanager
def simulated(
    connector: str, resource: str | None = None, *, on: Ground, in_flight: int = 1, **facts: Any
) -> Iterator[Subject]:
    """Serve the connector's simulator until the block ends, and yield what is to be held against faults.

    Args:
        connector: Name of the connector.
        resource: The resource to read; default: the first that has no parent.
        on: Where faults will be played.
        in_flight: How many requests may be under way at a time.
        facts: What the account is like, as `sdk.testing.simulator.serve` takes it.
    """
    with serve(simulator_of(connector), **{"now": NOW, **facts}) as server:
        yield _subject(connector, resource, server, on, in_flight)


def _subject(connector: str, resource: str | None, server: SimulatorServer, on: Ground, in_flight: int) -> Subject:
    secrets = {name: value for name, value in server.settings.items() if name != "base_url"}

    def opened(base_url: str, secret: str, clock: Callable[[], datetime]) -> Opened:
        del secret, clock  # they are the simulator's
        settings: dict[str, Any] = {
            "base_url": base_url,
            "start_date": None,
            "overrides": [],
            "in_flight": in_flight,
            **secrets,
        }
        return open_connector(connector, settings, clock=lambda: server.now)

    def honest(stage: Stage, asked: Asked) -> Answer:
        return _forwarded(server.base_url, stage.here, asked)

    declared = opened(server.base_url, "", lambda: server.now).connector
    name = resource or next(one.name for one in declared.tables if not one.parents)
    subject = Subject(opened, name, honest, (), secrets=tuple(secrets.values()), declared=declared.resource(name))
    return undisturbed(subject, on)


def undisturbed(subject: Subject, on: Ground) -> Subject:
    """Return *subject* with the rows that it reads when nothing is wrong, and the page on which faults fall."""
    name = on.name()
    stage = Stage(f"{on.here.url}/{name}", "", "", subject.honest)
    on.here.mount(name, lambda asked: stage.take(asked, honestly))
    try:
        opened = subject.opened(stage.here, "", lambda: NOW)
        truth = list(Records(opened, subject.resource))
    finally:
        on.here.unmount(name)
    return evolve(subject, truth=truth, page=min(_PAGE, len({one.question for one in stage.asked})))


def _forwarded(base_url: str, here: str, asked: Asked) -> Answer:
    """Return what the simulator answers, its addresses replaced by ours."""
    parts = urlsplit(base_url)
    connection = http.client.HTTPConnection(parts.netloc, timeout=_TIMEOUT)
    try:
        headers = {**asked.headers, "Host": parts.netloc, "Accept-Encoding": "identity"}
        connection.request(asked.method, parts.path + asked.target, asked.body or None, headers)
        response = connection.getresponse()
        content = response.read()
    finally:
        connection.close()
    moved = {name: value.replace(base_url, here) for name, value in response.headers.items()}
    kept = CaseInsensitiveDict({name: value for name, value in moved.items() if name.lower() not in _OF_THE_WAY})
    # In JSON a slash may be escaped.
    for old, new in ((base_url, here), (json.dumps(base_url)[1:-1].replace("/", "\\/"), here.replace("/", "\\/"))):
        content = content.replace(old.encode(), new.encode())
    return Answer(content, response.status, dict(kept))


def fits(fault: Fault, subject: Subject) -> bool:
    """Return whether it makes sense to hold *subject* against *fault*.

    Faults that need to know how an API pages are played on the kit's own; and a status that the declaration says is
    no failure is none.
    """
    return subject.declared is None or fits_resource(fault, subject.declared)


def fits_resource(fault: Fault, declared: Resource) -> bool:
    """Return whether *fault* makes sense for what is *declared*; see `fits`."""
    means = declared.skip_statuses | declared.empty_statuses
    capped = declared.cut_off is not None or (declared.window is not None and declared.window.cap is not None)
    bare = declared.single and not declared.data_selector and fault.name.startswith("s200_")
    return fault.fits_any and fault.status not in means and not bare and not (capped and fault.status != 200)  # noqa: PLR2004 - the status of pages
