"""Every fault, played against this library: the promise, row by row."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from typing import Any, Final

import pytest
from attrs import evolve

from sdk.testing.faults import FAULTS, GROUPS, Fault, hold, scripted
from sdk.testing.faults.loading import Loading

# What is not held, and why: each turns red when it comes to be held.
NOT_HELD: Final[Mapping[str, str]] = {
    "drift_update": "a row that moves while the list is read hides another, and no total shows it",
}

SEVERAL: Final = 4


def marks_of(name: str, not_held: Mapping[str, str]) -> list[Any]:
    """Return the mark of a fault that is not held."""
    return [pytest.mark.xfail(reason=not_held[name], strict=True)] if name in not_held else []


def cases(*, several: bool) -> list[Any]:
    """Return the faults with their marks; with *several* requests in flight only those that are read directly."""
    found = []
    for fault in FAULTS:
        if several and fault.in_pipeline:
            continue
        marks = [pytest.mark.slow] if fault.slow or several else []
        marks += marks_of(fault.name, NOT_HELD)
        found.append(pytest.param(fault, id=f"{fault.group}-{fault.name}", marks=marks))
    return found


@pytest.mark.parametrize("fault", cases(several=False))
def test_a_fault(fault: Fault, on, request, capfd):
    """It ends with exactly the true rows, or fails where that is right; and keeps its bounds and its secret."""
    reading = Loading(request.getfixturevalue("dlt_home")) if fault.in_pipeline else None

    outcome = hold(scripted(fault), fault, on=on, reading=reading)

    assert outcome.held, str(outcome)
    assert not any("s3cret" in text for text in capfd.readouterr())


@pytest.mark.usefixtures("on_threads")
@pytest.mark.parametrize("fault", cases(several=True))
def test_a_fault_with_several_requests_in_flight(fault: Fault, on):
    """The same holds when pages are asked for ahead."""
    outcome = hold(scripted(fault, in_flight=SEVERAL), fault, on=on)

    assert outcome.held, str(outcome)


# As above, in a table.
NOT_HELD_IN_TABLES: Final[Mapping[str, str]] = {}

VALUES: Final = [fault for fault in FAULTS if fault.group == "data" and fault.must != "raise" and not fault.in_pipeline]


@pytest.mark.slow
@pytest.mark.parametrize(
    "fault", [pytest.param(fault, id=fault.name, marks=marks_of(fault.name, NOT_HELD_IN_TABLES)) for fault in VALUES]
)
def test_a_value_in_a_table(fault: Fault, on, dlt_home):
    """What is read exactly stands in the table exactly."""
    outcome = hold(scripted(fault), evolve(fault, in_pipeline=True), on=on, reading=Loading(dlt_home))

    assert outcome.held, str(outcome)


def test_the_list_of_faults():
    """Each has a name of its own, every group has some, and there are as many as were counted."""
    names = [fault.name for fault in FAULTS]

    assert len(names) == len(set(names))
    assert set(GROUPS) == {fault.group for fault in FAULTS}
    assert set(NOT_HELD) <= set(names)
    assert Counter(fault.must for fault in FAULTS).keys() == {"all rows", "raise", "all rows or raise"}
