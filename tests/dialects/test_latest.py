"""Which of two values of a cursor is the later one."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

import pytest
from dlt.extract import Incremental

from sdk.dialects.latest import Latest, LatestIncremental, furthest, typed

HORIZON = datetime(2025, 6, 2, tzinfo=UTC)


@pytest.mark.parametrize(
    ("first", "other", "later"),
    [
        ("2025-06-01T12:00:00Z", "2025-06-01T11:00:00Z", "2025-06-01T12:00:00Z"),
        ("2025-06-01T14:00:00+02:00", "2025-06-01T13:30:00Z", "2025-06-01T13:30:00Z"),
        ("2025-06-01T14:00:00+02:00", "2025-06-01T12:00:00Z", "2025-06-01T14:00:00+02:00"),
        ("9", "10", "10"),
        ("2025-06-01", "2025-05-31T23:00:00Z", "2025-06-01"),
        ("b", "a", "b"),
        (1, 2, 2),
        (1.5, 1, 1.5),
    ],
)
def test_the_later_one(first: Any, other: Any, later: Any):
    """Instants and numbers as such, all else as dlt compares it; of equal ones the record's."""
    assert Latest(None)((first, other)) == later


def test_a_record_beyond_the_run():
    """It moves no cursor, and is no old one either, whichever of dlt's two questions is asked."""
    latest, record, cursor = Latest(HORIZON), "2099-01-01T00:00:00Z", "2025-06-01T00:00:00Z"

    assert latest((record, cursor)) == cursor
    assert latest((record,)) == record
    assert latest((record, cursor)) == record


def test_a_cursor_beyond_the_run():
    """One that was left by another reader gives way."""
    assert Latest(HORIZON)(("2025-06-01T00:00:00Z", "2099-01-01T00:00:00Z")) == "2025-06-01T00:00:00Z"


def test_what_is_compared_otherwise():
    """A user's own function stays, and so does `min`."""
    for function in (min, lambda values: values[0]):
        assert type(typed(Incremental("at", last_value_func=function), merged=True)) is Incremental
    assert type(typed(Incremental("at"), merged=True)) is LatestIncremental


def kept(value: Any, *hashes: str) -> dict[str, Any]:
    """Return what dlt keeps of a cursor that came to *value*."""
    return {"initial_value": None, "start_value": None, "last_value": value, "unique_hashes": list(hashes)}


@pytest.mark.parametrize(
    ("function", "one", "other", "right"),
    [
        (max, kept("9", "a"), kept("10", "b"), kept("10", "b")),
        (max, kept("10", "a"), kept("9", "b"), kept("10", "a")),
        (max, kept(3, "a", "b"), kept(3, "b", "c"), kept(3, "a", "b", "c")),
        (
            max,
            kept("2025-06-01T14:00:00+02:00", "a"),
            kept("2025-06-01T12:00:00Z", "b"),
            kept("2025-06-01T14:00:00+02:00", "a", "b"),
        ),
        (max, kept("2099-01-01", "a"), kept("2025-06-01", "b"), kept("2025-06-01", "b")),
        (max, kept(None), kept(1, "b"), kept(1, "b")),
        (max, kept(1, "a"), kept(None), kept(1, "a")),
        (min, kept(3, "a"), kept(2, "b"), kept(2, "b")),
        (min, kept(2, "a"), kept(2, "b"), kept(2, "a", "b")),
    ],
)
def test_the_furthest_of_two_readings(function, one, other, right):
    """With the hashes of all rows at its value: dlt passes over just these in the next run."""
    cursor = typed(Incremental("at", last_value_func=function), merged=True)

    assert furthest(cursor, one, other) == right
