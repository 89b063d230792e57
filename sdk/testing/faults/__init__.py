"""Play what APIs, networks and machines really do to a reader, and judge what it makes of that.

A `Fault` is a small named value: what happens, and what a right reader does then. It is played on loopback, either on
an API of the kit's own, of which every row is known, or between a connector and its simulator::

    with ground() as on, simulated("tickets", on=on) as subject:
        for fault in faults_for(subject):
            outcome = hold(subject, fault, on=on)
            assert outcome.held, str(outcome)

An outcome is held when the reader ends with exactly the true rows, or fails where that is right; when its requests,
waits and memory keep within bounds; when nothing was sent to another host; and when the secret shows nowhere.

One question, one module: what goes wrong on the way (`transport`), in the answer (`statuses`), with credentials
(`credentials`), paging (`tokens`, `numbering`), hosts (`hosts`), data (`values`, `shapes`), time (`drift`,
`incremental`) and between parents and children (`children`).
"""

from typing import Final

from sdk.testing.faults import (
    children,
    credentials,
    drift,
    hosts,
    incremental,
    numbering,
    shapes,
    statuses,
    tokens,
    transport,
    values,
)
from sdk.testing.faults.fault import GROUPS, Fault, Outcome
from sdk.testing.faults.holding import Ground, Subject, ground, hold, scripted
from sdk.testing.faults.readings import Direct, Reading
from sdk.testing.faults.recorded import recorded
from sdk.testing.faults.simulating import fits, simulated

FAULTS: Final[tuple[Fault, ...]] = (
    *transport.FAULTS,
    *statuses.FAULTS,
    *credentials.FAULTS,
    *tokens.FAULTS,
    *numbering.FAULTS,
    *hosts.FAULTS,
    *drift.FAULTS,
    *values.FAULTS,
    *shapes.FAULTS,
    *incremental.FAULTS,
    *children.FAULTS,
)
"""Every fault there is."""


def faults_for(subject: Subject) -> list[Fault]:
    """Return the faults that make sense for what a connector declares."""
    return [fault for fault in FAULTS if fits(fault, subject)]


__all__ = [
    "FAULTS",
    "GROUPS",
    "Direct",
    "Fault",
    "Ground",
    "Outcome",
    "Reading",
    "Subject",
    "faults_for",
    "ground",
    "hold",
    "recorded",
    "scripted",
    "simulated",
]
