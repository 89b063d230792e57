"""Write ids and times as the incident-response API does, and the objects that many of its records embed."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime
from random import Random
from typing import Final

from sdk.testing.simulator import Record, Seeding, ages, pick

MODES: Final = ("standard", "retrospective", "test", "tutorial")
SHOWN_MODES: Final = ("standard", "retrospective")

_DIGITS = "0123456789ABCDEFGHJKMNPQRSTVWXYZ"
_TWO_DIGITS = [high + low for high in _DIGITS for low in _DIGITS]
_NAMES = ("Ana Souza", "Jörg Weiß", "Aiko 山田", "Łukasz Żak", "Maeve O'Connor", "Omar الفاسي")


def ulid(random: Random, seconds: float) -> str:
    """Return an id of 26 characters that begins with the time, so that later ones sort behind earlier ones."""
    number = (int(seconds * 1000) << 80) | random.getrandbits(80)
    pairs = (_TWO_DIGITS[number >> shift & 1023] for shift in range(120, -1, -10))
    return "".join(pairs)


def stamp(random: Random, seconds: float) -> str:
    """Write a moment with up to six digits after the point: `…57.801578Z`, `…22.72Z`, and sometimes none."""
    whole = datetime.fromtimestamp(int(seconds), UTC).isoformat()[:19]
    micros = pick(random, (int(random.random() * 1_000_000), int(random.random() * 1_000) * 1_000))
    fraction = f".{micros:06d}".rstrip("0") if micros else ""
    return f"{whole}{fraction}Z"


def dated(seeding: Seeding, days: float) -> Iterator[tuple[int, Record, float, float]]:
    """Yield for each row its index, its id and times, and both moments in seconds, the oldest row first."""
    random = seeding.random
    for index, (created, updated) in enumerate(ages(seeding, days)):
        times = sorted((stamp(random, created), stamp(random, updated)), key=datetime.fromisoformat)
        record = {"id": ulid(random, created), "created_at": times[0], "updated_at": times[1]}
        yield index, record, created, updated


def records(seeding: Seeding, table: str) -> list[Record]:
    """Return the records of another table."""
    return [row.record for row in seeding.rows(table)]


def reference(record: Record, *names: str) -> Record:
    """Return the named fields of a record, as other records embed them."""
    return {name: record.get(name) for name in ("id", *names)}


def person(user: Record) -> Record:
    """Return a user as other records embed one."""
    return reference(user, "name", "email", "slack_user_id", "role")


def creator(random: Random, users: list[Record]) -> Record:
    """Return who did something: a user, a key, a workflow or an alert."""
    others: tuple[Record, ...] = (
        {"api_key": {"id": "01H0APIKEY0000000000000000", "name": "terraform"}},
        {"workflow": {"id": "01H0W0RKF00000000000000000", "name": "Auto-announce"}},
        {"alert": {"id": "01H0A1ERT00000000000000000", "title": "Disk full"}},
    )
    return pick(random, others) if random.random() < 1 / 5 or not users else {"user": person(pick(random, users))}


def full_name(random: Random) -> str:
    """Return a person's name."""
    return pick(random, _NAMES)
