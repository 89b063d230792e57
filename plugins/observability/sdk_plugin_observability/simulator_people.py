"""Make the rows of people and of what they respond to: users, teams, incidents."""

from __future__ import annotations

from collections.abc import Iterator
from random import Random

from sdk.testing.simulator import Record, Row, Seeding, ages, chance, every, lacking, large_id, maybe, pick
from sdk_plugin_observability.simulator_making import micros, some_uuid, uneven, zulu_micros
from sdk_plugin_observability.simulator_pages import ROLES

_NAMES = ("Ana Souza", "Jörg Weiß", "Aiko 山田", "Łukasz Żak", "Maeve O'Connor", "Omar الفاسي")
_TITLES = (
    "Checkout slow 🐌",
    "Datenbank nicht erreichbar",
    "支払いエラー",
    'Cache "cold" after deploy',
    "Пропали логи",
)
_STATES = ("active", "stable", "resolved")
_ORGANISATION = "00000000-0000-4000-a000-000000000001"


def users(seeding: Seeding) -> Iterator[Row]:
    """Make users, the disabled and the invited among them."""
    random = seeding.random
    for index, (created, updated) in enumerate(ages(seeding, 900)):
        number, disabled = some_uuid(random), every(9, index)
        status = "Disabled" if disabled else "Pending" if every(8, index) else "Active"
        attributes: Record = {
            "uuid": number,
            "name": maybe(random, pick(random, _NAMES), 0.1),
            "handle": f"person{index}@example.com",
            "email": f"person{index}@example.com",
            "title": maybe(random, "Ingénieure", 0.6),
            "icon": f"https://avatars.example.com/{index}?s=48",
            "status": status,
            "verified": status == "Active",
            "disabled": disabled,
            "service_account": every(20, index),
            "mfa_enabled": chance(random, 0.7),
            "allowed_login_methods": ["saml"] if index % 5 == 0 else [],
            "created_at": micros(uneven(created, index)),
            "modified_at": micros(uneven(updated, index)),
            "last_login_time": micros(uneven(updated, index)) if status == "Active" else None,
        }
        roles = [{"type": "roles", "id": pick(random, ROLES)}] if index % 6 else []
        relations = {"roles": {"data": roles}, "org": {"data": {"type": "orgs", "id": _ORGANISATION}}}
        attributes = lacking(random, attributes, ("uuid", "mfa_enabled", "last_login_time"), 0.2)
        yield Row({"type": "users", "id": number, "attributes": attributes, "relationships": relations})


def teams(seeding: Seeding) -> Iterator[Row]:
    """Make teams, as the newer path lists them."""
    random = seeding.random
    for index, (created, updated) in enumerate(ages(seeding, 700)):
        number = some_uuid(random)
        attributes: Record = {
            "name": f"Équipe {index}",
            "handle": f"team-{index}",
            "description": maybe(random, "On call, größtenteils", 0.5),
            "summary": maybe(random, "123", 0.6),
            "avatar": maybe(random, "🦊", 0.5),
            "banner": maybe(random, index % 9, 0.5),
            "link_count": index % 4,
            "user_count": index % 30,
            "is_managed": every(10, index),
            "hidden_modules": [],
            "visible_modules": ["runbooks"] if index % 3 == 0 else [],
            "created_at": micros(uneven(created, index)),
            "modified_at": micros(uneven(updated, index)),
        }
        attributes = lacking(random, attributes, ("avatar", "banner", "hidden_modules", "visible_modules"), 0.3)
        links = {"team_links": {"links": {"related": f"/api/v2/team/{number}/links"}}}
        yield Row({"type": "team", "id": number, "attributes": attributes, "relationships": links})


def incident_teams(seeding: Seeding) -> Iterator[Row]:
    """Make the teams of incidents, as the older path lists them."""
    random = seeding.random
    for index, (created, updated) in enumerate(ages(seeding, 700)):
        attributes = {
            "name": f"Bereitschaft {index}",
            "created": micros(uneven(created, index)),
            "modified": micros(uneven(updated, index)),
        }
        yield Row(
            {
                "type": "teams",
                "id": some_uuid(random),
                "attributes": attributes,
                "relationships": {"created_by": _user(random), "last_modified_by": _user(random)},
            }
        )


def _user(random: Random) -> Record:
    return {"data": {"type": "users", "id": some_uuid(random)}}


def incidents(seeding: Seeding) -> Iterator[Row]:
    """Make incidents; one in seven writes its moments with an offset instead of a Z."""
    random = seeding.random
    for index, (created, updated) in enumerate(ages(seeding, 300)):
        attributes = _incident(random, index) | _times(random, index, created, updated)
        attributes = lacking(random, attributes, ("creation_idempotency_key", "declared_by_uuid"), 0.1)
        relations = {
            "created_by_user": _user(random),
            "commander_user": {"data": None},
            "integrations": {"data": []},
            "responders": {"data": []},
        }
        row = {"type": "incidents", "id": some_uuid(random), "attributes": attributes, "relationships": relations}
        yield Row(row)


def _incident(random: Random, index: int) -> Record:
    severity = pick(random, ("SEV-1", "SEV-2", "SEV-3", "UNKNOWN"))
    state = pick(random, _STATES)
    hurt = chance(random, 0.4)
    return {
        "public_id": large_id(index) if every(50, index) else index + 1,
        "title": f"{pick(random, _TITLES)} {index}",
        "state": state,
        "severity": severity,
        "visibility": maybe(random, "organization"),
        "incident_type_uuid": "00000000-0000-4000-b000-000000000001",
        "created_by_uuid": some_uuid(random),
        "last_modified_by_uuid": some_uuid(random),
        "declared_by_uuid": some_uuid(random),
        "customer_impacted": hurt,
        "customer_impact_scope": "Käufe in der EU" if hurt else None,
        "case_id": maybe(random, large_id(7_000 + index), 0.7),
        "is_test": every(25, index),
        "fields": {
            "severity": {"type": "dropdown", "value": severity},
            "state": {"type": "dropdown", "value": state},
            "root_cause": {"type": "textbox", "value": None},
            "services": {"type": "autocomplete", "value": ["web"] if index % 3 == 0 else None},
        },
        "notification_handles": maybe(random, [{"handle": "@oncall", "display_name": "On call"}], 0.6),
        "non_datadog_creator": None,
        "field_analytics": None,
        "creation_idempotency_key": maybe(random, f"key-{index}", 0.8),
    }


def _times(random: Random, index: int, created: float, updated: float) -> Record:
    write = micros if every(7, index) else zulu_micros
    begun, changed = uneven(created, index), uneven(updated, index)
    over = chance(random, 0.5)
    return {
        "created": write(begun),
        "modified": write(max(begun, changed)),
        "detected": maybe(random, write(begun - 300), 0.1),
        "declared": write(begun),
        "resolved": write(max(begun, changed)) if over else None,
        "archived": None,
        "customer_impact_start": maybe(random, write(begun - 600), 0.6),
        "customer_impact_end": None,
        "customer_impact_duration": int(updated - created) if over else 0,
        "time_to_detect": int(random.random() * 900),
        "time_to_internal_response": int(random.random() * 900),
        "time_to_repair": 0,
        "time_to_resolve": int(updated - created) if over else 0,
    }
