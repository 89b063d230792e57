"""What a connector reads is what its simulator holds, and both know the same secrets."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Sequence
from typing import Any

from sdk.errors import SDKError
from sdk.messages import Record
from sdk.records import read
from sdk.resource import Resource
from sdk.selectors import lifted
from sdk.testing.openings import Movable
from sdk.testing.simulator import FailedSimulatorError, SimulatorError
from sdk.testing.suite.findings import Finding
from sdk.testing.suite.lists import as_text
from sdk.testing.suite.subject import Subject


def agrees(subject: Subject) -> Iterator[Finding]:
    """The simulator expects the secrets that the connector declares."""
    simulator = subject.simulator
    if simulator is None:
        return
    declared, expected = {one.name for one in subject.secrets}, set(simulator.auth.settings)
    if declared != expected:
        yield Finding(
            "simulator-secrets",
            "",
            f"the connector declares the secrets {_listed(declared)} and its simulator expects {_listed(expected)}; "
            "make them the same",
        )


def true(subject: Subject, resource: str) -> Iterator[Finding]:
    """Reading all of a resource from the simulator gives every record that it holds, and no other."""
    if subject.simulator is None:
        return
    declared = subject.declared.resource(resource)
    try:
        truth, records = _read(subject, resource)
    except FailedSimulatorError as error:
        yield Finding("simulator-fails", resource, str(error))
    except SimulatorError as error:
        yield Finding("not-simulated", resource, f"{error}; describe it, named as the resource is")
    except SDKError as error:
        yield Finding("reading-fails", resource, f"reading all of it from the simulator fails: {error}")
    else:
        held = [lifted(one, declared.lift) if declared.lift else one for one in truth]
        yield from _differences(declared, records, held)


def _read(subject: Subject, resource: str) -> tuple[list[Record], list[Record]]:
    """Return what the simulator holds of a resource, and what is read of it."""
    with subject.served() as (server, settings):
        try:
            truth = server.truth(resource, **subject.asked.get(resource, {}))
        except SDKError:
            raise
        except Exception as error:
            raise FailedSimulatorError.of(subject.name, error) from error
        return truth, list(read(subject.name, resource, plugins=[Movable()], **settings()))


def _differences(declared: Resource, records: Sequence[Record], truth: Sequence[Record]) -> Iterator[Finding]:
    resource = declared.name

    def place(record: Record) -> str:
        return as_text([record.get(name) for name in declared.key] if declared.key else record)

    came, held = {place(one): one for one in records}, {place(one): one for one in truth}
    missing, invented = held.keys() - came.keys(), came.keys() - held.keys()
    if missing:
        text = f"{len(missing)} of {len(truth)} records that the simulator holds were not read"
        yield Finding("missing-records", resource, f"{text}; check paging, windows and parameters")
    if invented:
        text = f"{len(invented)} of {len(records)} records that were read are none of the simulator's"
        yield Finding("invented-records", resource, f"{text}; check the key, the selector and the simulator")
    if declared.map is not None:
        return  # it makes of a record what it likes
    changed = Counter(name for one in came.keys() & held.keys() for name in _different(came[one], held[one]))
    if changed:
        fields = ", ".join(repr(name) for name, _ in changed.most_common(5))
        yield Finding(
            "different-records",
            resource,
            f"records differ from what the simulator holds in {fields}; if the connector asks for that with a "
            f'parameter, say so in the suite: asked = {{"{resource}": {{"parameter": "value"}}}}',
        )


def _different(one: Record, other: Record) -> Iterator[str]:
    for name in {*one, *other}:
        if as_text(one.get(name, ...)) != as_text(other.get(name, ...)):
            yield name


def _listed(names: set[str]) -> Any:
    return ", ".join(map(repr, sorted(names))) or "none"
