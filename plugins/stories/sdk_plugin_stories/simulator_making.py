"""Write what the rows of this API have in common: ids, links, names."""

from __future__ import annotations

from random import Random
from typing import Final
from uuid import UUID

from sdk.testing.simulator import Record, Seeding, maybe

NAMES: Final = ("Ana Souza", "Jörg Weiß", "Aiko 山田", "Łukasz Żak", "Maeve O'Connor", "Omar الفاسي")
TITLES: Final = (
    "Search finds nothing",
    "Größere Schrift im Menü",
    "新しい支払い方法",
    'Say "please" once',
    "Экспорт в CSV",
    "Faster start 🚀",
    "Our first steps",
)
DAY: Final = 86_400


def some_uuid(random: Random) -> str:
    """Return an id of the next dice."""
    return str(UUID(int=random.getrandbits(128), version=4))


def named(kind: str, number: object) -> Record:
    """Return what every record says of itself: its kind, its page and its id in all accounts."""
    return {
        "entity_type": kind,
        "app_url": f"https://app.stories.example/acme/{kind}/{number}",
        "global_id": f"v2:{kind[0]}:acme:{number}",
    }


def mentions(member: str | None = None) -> Record:
    """Return whom a text mentions."""
    members = [member] if member else []
    return {"mention_ids": members, "member_mention_ids": members, "group_mention_ids": []}


def moments(random: Random, prefix: str, moment: str | None) -> Record:
    """Return a moment and what somebody set in its place."""
    overridden = maybe(random, moment, 0.9)
    return {prefix: moment, f"{prefix}_override": overridden}


def keys(seeding: Seeding, table: str) -> list[str]:
    """Return the text ids of a table."""
    return [str(row.record["id"]) for row in seeding.rows(table)]


def numbers(seeding: Seeding, table: str) -> list[int]:
    """Return the number ids of a table."""
    return [int(row.record["id"]) for row in seeding.rows(table)]
