"""All checks, in the order in which their findings make sense, without pytest."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any, Final, TypeAlias

from sdk.testing.suite import (
    answering,
    belonging,
    concealing,
    continuing,
    counting,
    declaring,
    ending,
    fitting,
    identifying,
    mutating,
    publishing,
    receiving,
    simulating,
    tolerating,
)
from sdk.testing.suite.findings import Finding
from sdk.testing.suite.subject import Subject

OfConnector: TypeAlias = Callable[[Subject], Iterator[Finding]]
OfResource: TypeAlias = Callable[[Subject, str], Iterator[Finding]]

OF_CONNECTOR: Final[tuple[OfConnector, ...]] = (
    declaring.declares,
    declaring.settings,
    tolerating.repeats,
    concealing.declared,
    publishing.names,
    publishing.imports,
    publishing.readme,
    simulating.agrees,
    answering.strays,
)
OF_RESOURCE: Final[tuple[OfResource, ...]] = (
    answering.recorded,
    answering.reads,
    answering.yields,
    answering.asks,
    identifying.filled,
    identifying.unique,
    identifying.stable,
    identifying.parents,
    fitting.present,
    fitting.fits,
    fitting.tight,
    receiving.whole_lists,
    receiving.kept,
    receiving.fields,
    counting.passes_over_nothing,
    ending.to_the_end,
    ending.beside,
    ending.selects,
    ending.advances,
    continuing.continues,
    tolerating.overlaps,
    tolerating.appends,
    tolerating.statuses,
    tolerating.comes,
    belonging.belongs,
    concealing.sent,
    concealing.hidden,
    simulating.true,
    mutating.holds,
)


def check_connector(
    name: str,
    folder: Path,
    *,
    simulated: Mapping[str, Any] | None = None,
    asked: Mapping[str, Mapping[str, Any]] | None = None,
) -> list[Finding]:
    """Return what is not as it should be with the connector *name*; what `ConnectorSuite` says, without pytest.

    Args:
        name: The connector's name.
        folder: The folder of the cassettes.
        simulated: What the simulated account is like, in the words of `sdk.testing.simulator.serve`.
        asked: Parameters that the connector sends on purpose and that change its records, by resource.
    """
    return list(findings(Subject(name, folder, simulated or {}, asked or {})))


def findings(subject: Subject, of_resources: Sequence[OfResource] = OF_RESOURCE) -> Iterator[Finding]:
    """Yield what all checks find in *subject*, of its resources those of *of_resources*.

    One that does not even declare is held to nothing else.
    """
    yield from of_connector(declaring.declares, subject)
    if is_broken(subject):
        return
    for check in OF_CONNECTOR[1:]:
        yield from of_connector(check, subject)
    for resource in subject.resources:
        for each in of_resources:
            if each is answering.recorded or not is_unreadable(subject, resource):
                yield from of_resource(each, subject, resource)


def of_connector(check: OfConnector, subject: Subject) -> tuple[Finding, ...]:
    """Return what *check* finds; it looks once."""
    return subject.once((check, ""), lambda: tuple(check(subject)))


def of_resource(check: OfResource, subject: Subject, resource: str) -> tuple[Finding, ...]:
    """Return what *check* finds in a resource; it looks once."""
    return subject.once((check, resource), lambda: tuple(check(subject, resource)))


def is_broken(subject: Subject) -> bool:
    """Return whether there is no declaration to look at, which `declaring.declares` reports."""
    return not subject.resources


def is_unreadable(subject: Subject, resource: str) -> bool:
    """Return whether there is no recording of *resource* to look at, which `answering.recorded` reports."""
    try:
        subject.recording(resource)
    except Exception:  # noqa: BLE001 - whatever it is
        return True
    return False
