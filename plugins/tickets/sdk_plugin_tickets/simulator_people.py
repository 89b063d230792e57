"""Make the rows of who is there and where: requesters, agents, locations."""

from __future__ import annotations

from collections.abc import Iterator
from random import Random

from sdk.testing.simulator import Record, Row, Seeding, ages, chance, every, lacking, maybe, pick, some_id, zulu

_FIRST = ("Ana", "Jörg", "Aiko", "Łukasz", "Maeve", "عمر", "Zoë", "Ivan")
_LAST = ("Souza", "Weiß", "山田", "Żak", "O'Connor", None, "Ngũgĩ", "Петров")
_TITLES = ("Analyst", "Geschäftsführerin", "Team lead", None)
_ZONES = ("Berlin", "Kolkata", "Eastern Time (US & Canada)")
_CITIES = ("Köln", "São Paulo", "東京", "Łódź", "New York", "Reykjavík")

_AGENT_EVERY = 9


def _person(random: Random, index: int, age: tuple[float, float]) -> Record:
    """Return the fields that requesters and agents share; phones are texts, though documented as numbers."""
    return {
        "first_name": pick(random, _FIRST),
        "last_name": pick(random, _LAST),
        "job_title": pick(random, _TITLES),
        "work_phone_number": maybe(random, f"0{index:08d}", 0.4),
        "mobile_phone_number": maybe(random, f"+1 555 {index:07d}", 0.6),
        "address": maybe(random, f"{pick(random, _CITIES)}\nRoom {index}", 0.7),
        "time_zone": pick(random, _ZONES),
        "time_format": pick(random, ("12h", "24h", None)),
        "language": pick(random, ("en", "de", "ja")),
        "background_information": None,
        "reporting_manager_id": maybe(random, 1, 0.4),
        "location_id": maybe(random, int(random.random() * 10) + 1, 0.3),
        "active": chance(random, 0.9),
        "has_logged_in": chance(random, 0.7),
        "can_see_all_tickets_from_associated_departments": chance(random, 0.1),
        "department_ids": [19_000_000_001] if index % 2 else [],
        "custom_fields": {"badge": maybe(random, f"B{index}", 0.5)},
        "created_at": zulu(age[0]),
        "updated_at": zulu(age[1]),
    }


def requesters(seeding: Seeding) -> Iterator[Row]:
    """Make requesters; one in nine is an agent too, whom a plain list does not show."""
    random = seeding.random
    for index, age in enumerate(ages(seeding, 1000)):
        record = _person(random, index, age) | {
            "id": some_id(index, large_every=37),
            "primary_email": maybe(random, f"person{index}@example.com", 0.1),
            "secondary_emails": [f"p{index}@example.org"] if index % 6 == 0 else [],
            "external_id": maybe(random, f"hr-{index}", 0.5),
            "is_agent": every(_AGENT_EVERY, index),
        }
        yield Row(lacking(random, record, ("external_id", "secondary_emails")))


def agents(seeding: Seeding) -> Iterator[Row]:
    """Make agents, some of them occasional, some without any login."""
    random = seeding.random
    for index, age in enumerate(ages(seeding, 1000)):
        record = _person(random, index, age) | {
            "id": some_id(index, 2_000, 29),
            "email": f"agent{index}@example.com",
            "scoreboard_level_id": maybe(random, index % 5 + 1),
            "occasional": chance(random, 0.2),
            "member_of": [27_000_000_001] if index % 3 else [],
            "observer_of": [],
            "member_of_pending_approval": [],
            "observer_of_pending_approval": [],
            "roles": [{"role_id": 9_007_199_254_740_995, "assignment_scope": "entire_helpdesk", "groups": []}],
            "workspace_ids": [2, 3] if index % 2 else [2],
            "last_login_at": maybe(random, zulu(age[1]), 0.3),
            "last_active_at": maybe(random, zulu(age[1]), 0.3),
        }
        yield Row(lacking(random, record, ("workspace_ids", "last_active_at")))


def locations(seeding: Seeding) -> Iterator[Row]:
    """Make locations, most of them within the first one."""
    random = seeding.random
    for index, age in enumerate(ages(seeding, 1500)):
        city = pick(random, _CITIES)
        record: Record = {
            "id": some_id(index, 1, 11),
            "workspace_id": None,
            "parent_location_id": 1 if index else None,
            "primary_contact_id": maybe(random, index + 1, 0.5),
            "name": f"{city} {index}",
            "email": None,
            "phone": maybe(random, "+49 221 1", 0.5),
            "contact_name": maybe(random, pick(random, _FIRST), 0.5),
            "primary": None if index % 4 else True,
            "address": {"line1": "", "line2": None, "city": city, "state": None, "country": None, "zipcode": "0042"},
            "created_at": zulu(age[0]),
            "updated_at": zulu(age[1]),
        }
        yield Row(lacking(random, record, ("primary",)))
