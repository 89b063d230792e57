"""Make the rows of an account's set-up: teams, users, services, priorities."""

from __future__ import annotations

from base64 import b32encode
from collections.abc import Iterator
from typing import Any

from sdk.testing.simulator import Record, Row, Seeding, ages, chance, every, lacking, maybe, pick
from sdk_plugin_incidents.simulator_calls import in_account_zone, in_utc

_API, _WEB = "https://api.example.com", "https://acme.example.com"
_SPREAD = 0x9E3779B1
_TEAMS = ("Platform", "Zahlungen", "Søk", "インフラ", "Customer support", "Data")
_SERVICES = ("Checkout", "Suche", "Login API", "Réseau", "支払い", "Batch jobs")
_NAMES = ("Ana Souza", "Jörg Weiß", "Aiko 山田", "Łukasz Żak", "Maeve O'Connor", "Omar الفاسي")
_ROLES = ("admin", "limited_user", "observer", "owner", "read_only_user", "restricted_access", "user")
_COLORS = ("purple", "green", "dark-slate-grey", "red")
_ZONES = ("America/New_York", "Europe/Berlin", "Asia/Tokyo", "UTC")
_PRIORITIES = (("P1", "Sofort, all hands"), ("P2", ""), ("P3", "During business hours"), ("P4", ""), ("P5", "Egal"))


def short_id(table: str, index: int) -> str:
    """Return the id of a row of the set-up: a letter and seven more, another one for each index."""
    number = (index * _SPREAD + sum(map(ord, table))) % 2**32
    return "P" + b32encode(number.to_bytes(4, "big")).decode()[:7]


def thing(kind: str, plural: str, key: str, summary: str | None) -> Record:
    """Return the fields that every object has."""
    where = f"/{plural}/{key}"
    return {"id": key, "type": kind, "summary": summary, "self": _API + where, "html_url": _WEB + where}


def reference(record: Record, kind: str = "") -> Record:
    """Return what other objects hold of a record."""
    names = ("id", "summary", "self", "html_url")
    return {name: record[name] for name in names} | {"type": f"{kind or record['type']}_reference"}


def records(seeding: Seeding, table: str) -> list[Record]:
    """Return the records of another table."""
    return [row.record for row in seeding.rows(table)]


def teams(seeding: Seeding) -> Iterator[Row]:
    """Make teams, some of them within the first one."""
    random, first = seeding.random, None
    for index in range(seeding.size):
        name = f"{pick(random, _TEAMS)} {index}"
        record = thing("team", "teams", short_id("teams", index), name) | {
            "name": name,
            "description": maybe(random, "Wer nachts gerufen wird", 0.4),
            "default_role": pick(random, ("manager", "none")),
            "parent": first if first and every(4, index) else None,
        }
        first = first or reference(record)
        yield Row(record)


def users(seeding: Seeding) -> Iterator[Row]:
    """Make users; what only recordings show is missing from some."""
    random, all_teams = seeding.random, records(seeding, "teams")
    for index in range(seeding.size):
        key, name = short_id("users", index), pick(random, _NAMES)
        own_teams = [reference(pick(random, all_teams))] if all_teams and index % 3 else []
        record = thing("user", "users", key, name) | {
            "name": name,
            "email": f"person{index}@example.com",
            "time_zone": pick(random, _ZONES),
            "color": pick(random, _COLORS),
            "role": pick(random, _ROLES),
            "avatar_url": f"https://avatars.example.com/{key}.png?d=mm&r=PG",
            "description": maybe(random, "On call every third week ☎", 0.6),
            "job_title": maybe(random, "Ingénieure", 0.5),
            "invitation_sent": chance(random, 0.2),
            "billed": chance(random, 0.9),
            "created_via_sso": chance(random, 0.3),
            "teams": own_teams,
            "contact_methods": [_detail(key, "contact_methods", "email_contact_method", "Default")],
            "notification_rules": [_detail(key, "notification_rules", "assignment_notification_rule", "0 minutes")],
            "coordinated_incidents": [],
        }
        marks = {"team_ids": [team["id"] for team in own_teams]}
        yield Row(lacking(random, record, ("billed", "created_via_sso", "coordinated_incidents"), 0.1), marks)


def _detail(user: str, plural: str, kind: str, summary: str) -> Record:
    where = f"{_API}/users/{user}/{plural}/P{user[:5]}X"
    return {"id": f"P{user[:5]}X", "type": f"{kind}_reference", "summary": summary, "self": where, "html_url": None}


def services(seeding: Seeding) -> Iterator[Row]:
    """Make services; their times are written in the account's zone, a few with six digits after the point."""
    random, all_teams = seeding.random, records(seeding, "teams")
    for index, (created, updated) in enumerate(ages(seeding, 1500)):
        name = f"{pick(random, _SERVICES)} {index}"
        own_teams = [reference(pick(random, all_teams))] if all_teams and index % 2 else []
        record = thing("service", "services", short_id("services", index), name) | {
            "name": name,
            "description": maybe(random, "Läuft in zwei Regionen"),
            "created_at": in_account_zone(created + (0.123457 if every(9, index) else 0)),
            "updated_at": in_account_zone(updated),
            "last_incident_timestamp": maybe(random, in_utc(updated), 0.3),
            "teams": own_teams,
        }
        record |= _service_rules(index, maybe(random, 14_400, 0.3), maybe(random, 1_800, 0.4))
        yield Row(
            lacking(random, record, ("updated_at", "auto_pause_notifications_parameters"), 0.1),
            {"team_ids": [team["id"] for team in own_teams]},
        )


def _service_rules(index: int, resolve_after: int | None, wake_after: int | None) -> dict[str, Any]:
    """Return how a service groups, escalates and closes its alerts."""
    grouped = ("time", "intelligent", None)[index % 3]
    return {
        "auto_resolve_timeout": resolve_after,
        "acknowledgement_timeout": wake_after,
        "status": ("active", "active", "warning", "critical", "maintenance", "disabled")[index % 6],
        "escalation_policy": escalation_policy(index),
        "response_play": None,
        "integrations": [],
        "incident_urgency_rule": {"type": "constant", "urgency": "high"},
        "support_hours": {"type": "fixed_time_per_day", "time_zone": "America/Lima", "days_of_week": [1, 2]}
        if every(5, index)
        else None,
        "scheduled_actions": [],
        "addons": [],
        "alert_creation": "create_alerts_and_incidents",
        "alert_grouping": grouped,
        "alert_grouping_timeout": 120 if grouped == "time" else None,
        "alert_grouping_parameters": {"type": grouped, "config": {"timeout": 2} if grouped == "time" else None},
        "auto_pause_notifications_parameters": {"enabled": index % 4 == 0, "timeout": 300},
    }


def escalation_policy(index: int) -> Record:
    """Return the reference to an escalation policy."""
    number = index % 7
    key = short_id("escalation_policies", number)
    return reference(thing("escalation_policy", "escalation_policies", key, f"Eskalation {number}"))


def priorities(seeding: Seeding) -> Iterator[Row]:
    """Make priorities; a description may be empty."""
    for index, (name, description) in enumerate(_PRIORITIES[: seeding.size]):
        record = thing("priority", "priorities", short_id("priorities", index), name)
        yield Row(record | {"self": None, "html_url": None, "name": name, "description": description})


def embedded_priority(record: Record, order: int) -> Record:
    """Return a priority as an incident holds it, which says more than the list of priorities."""
    stamp = "2023-04-05T06:07:08Z"
    more = {"account_id": "PACC0UN", "color": "a8171c", "order": 2**33 + order, "schema_version": 0}
    return record | more | {"created_at": stamp, "updated_at": stamp}
