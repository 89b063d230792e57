"""Make rows: the few things that every description's makers need.

The dice come from the table's `Seeding`. What is here is quick, since a maker may be asked for 50,000 rows.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from random import Random
from typing import TypeVar

from sdk.testing.simulator.description import Seeding
from sdk.testing.simulator.messages import Record

T = TypeVar("T")

_FIRST_ODD_ABOVE_FLOAT = 2**53 + 1
_DAY_SECONDS = 86_400


def large_id(number: int) -> int:
    """Return an id above 2^53 that no float can hold, another one for each number."""
    return _FIRST_ODD_ABOVE_FLOAT + 2 * number


def some_id(index: int, start: int = 1, large_every: int = 97) -> int:
    """Return the id of the row at an index: counting from *start*, but in one of *large_every* above 2^53."""
    return large_id(start + index) if index % large_every == large_every - 1 else start + index


def pick(random: Random, values: Sequence[T]) -> T:
    """Return one of some values."""
    return values[int(random.random() * len(values))]


def chance(random: Random, probability: float) -> bool:
    """Return true with a probability."""
    return random.random() < probability


def every(number: int, index: int) -> bool:
    """Return whether a row is the last of *number* rows: every eleventh, and not the first."""
    return index % number == number - 1


def maybe(random: Random, value: T, null: float = 0.2) -> T | None:
    """Return a value, or null with a probability."""
    return None if random.random() < null else value


def lacking(random: Random, record: Record, names: Iterable[str], probability: float = 0.03) -> Record:
    """Take documented keys out of a record with a probability, as recorded rows do; return the record."""
    if random.random() < probability:
        for name in names:
            record.pop(name, None)
    return record


def ages(seeding: Seeding, days: float) -> Iterator[tuple[float, float]]:
    """Yield for each row of a table when it was created and when last changed, the oldest row first.

    Creations are spread evenly over the last days; a change lies anywhere between creation and now.
    """
    end = int(seeding.now.timestamp())
    span = days * _DAY_SECONDS
    for index in range(seeding.size):
        created = end - int(span * (seeding.size - index) / seeding.size)
        yield created, created + int((end - created) * seeding.random.random() ** 3)
