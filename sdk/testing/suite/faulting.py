"""Faults of APIs, networks and machines, played between a connector and what stands in for its API."""

from __future__ import annotations

from contextlib import ExitStack
from typing import TYPE_CHECKING, Any, Final

from attrs import define, field

from sdk.errors import SDKError
from sdk.testing.cassette_files import read
from sdk.testing.faults import FAULTS, Fault, Ground, Outcome, ground, hold, recorded, simulated
from sdk.testing.faults import Subject as Held
from sdk.testing.faults.simulating import fits_resource
from sdk.testing.suite.findings import NoRecordingError

if TYPE_CHECKING:
    from sdk.testing.suite.subject import Subject

# What would help, by the group of the fault: where in a declaration the mistake that shows so is made.
_HELP: Final = {
    "transport": "look for a hook or a session of your own that sends requests past core",
    "status": "look at skip_statuses, empty_statuses and retry: a status that fails must not mean that nothing is here",
    "auth": "raise in an auth scheme of your own when there is no token, and show it nowhere",
    "pagination": "end the list by what a page says, and not by what it lacks",
    "hosts": "send requests to base_url alone: take links with take='query', or leave them to core",
    "drift": "read the list by a cursor or in windows",
    "data": "leave values as they are in map and in sdk_select_records",
    "incremental": "declare an overlap as long as rows take to become visible",
    "children": "declare skip_statuses for what may be gone, and the parent's key in the child's",
}


def faults_of(subject: Subject, resource: str) -> list[Fault]:
    """Return the faults that make sense for a resource, by its declaration alone."""
    declared = subject.declared.resource(resource)
    return [one for one in FAULTS if fits_resource(one, declared)]


def first_list(subject: Subject) -> tuple[str, ...]:
    """Return the resource that faults are played on where nobody says so: the first that has no parent."""
    try:
        return tuple(one.name for one in subject.declared.tables if not one.parents)[:1]
    except SDKError:
        return ()


@define
class Faulting:
    """The ground for all faults of a session, and each resource on it, read once as it should be.

    Attributes:
        leaving: Ends what was begun.
    """

    leaving: ExitStack = field(factory=ExitStack)
    _ground: Ground | None = field(default=None, init=False)
    _held: dict[tuple[str, str], Held | Exception] = field(factory=dict, init=False)

    def outcome(self, subject: Subject, resource: str, fault: Fault) -> Outcome:
        """Return what came of *fault*.

        Raises:
            NoRecordingError: There is neither a simulator nor a cassette.
            SDKError: The resource cannot be read when nothing is wrong.
        """
        place = subject.name, resource
        if place not in self._held:
            self._held[place] = self._begun(subject, resource)
        held = self._held[place]
        if isinstance(held, Exception):
            raise held
        assert self._ground is not None
        return hold(held, fault, on=self._ground)

    def _begun(self, subject: Subject, resource: str) -> Held | Exception:
        if self._ground is None:
            self._ground = self.leaving.enter_context(ground())
        try:
            if subject.simulator is not None:
                facts: dict[str, Any] = {"on": self._ground, **subject.simulated}
                return self.leaving.enter_context(simulated(subject.name, resource, **facts))
            path = subject.cassette(resource)
            if not path.is_file():
                return NoRecordingError(
                    f"no cassette {subject.name}/{path.name} and no simulator; "
                    f"record one: sdk record {subject.name} --resource {resource}"
                )
            return self.leaving.enter_context(recorded(subject.name, resource, read(path), on=self._ground))
        except Exception as error:  # noqa: BLE001 - kept, so that each fault is told the same
            return error


def told(outcome: Outcome, resource: str) -> str:
    """Return what happened, what the connector did and what would help, a line each."""
    fault, failure = outcome.fault, outcome.failure
    ended = (
        f"failed with {type(failure).__name__}: {failure}" if failure is not None else f"{len(outcome.rows)} records"
    )
    wanted: dict[str, str] = {
        "all rows": "every record, as there is a way to get it",
        "raise": "an error, as records would be missing",
        "all rows or raise": "every record, or an error",
    }
    return "\n".join(
        (
            f"{resource}: {fault.group}/{fault.name}",
            f"  what happened: {fault.what}",
            f"  what was read: {ended}, by {outcome.requests} requests",
            f"  what is wrong: {'; '.join(outcome.problems)}",
            f"  what is right: {wanted[fault.must]}",
            f"  what may help: {_HELP[fault.group]}",
        )
    )
