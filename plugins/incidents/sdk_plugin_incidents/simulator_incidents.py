"""Make incidents and the log of what happened to them, and write that log when a test changes an incident."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from hashlib import blake2b
from random import Random
from typing import Any, Final

from sdk.testing.simulator import Record, Row, Seeding, ages, every, lacking, maybe, pick
from sdk_plugin_incidents.simulator_account import (
    embedded_priority,
    escalation_policy,
    records,
    reference,
    thing,
)
from sdk_plugin_incidents.simulator_calls import in_account_zone, in_utc

OVERVIEW: Final = frozenset({"trigger", "assign", "escalate", "acknowledge", "unacknowledge", "resolve", "snooze"})

_FIRST_NUMBER = 2**31 - 60
_DAYS = 500
_TITLES = (
    "Checkout latency above 2 s",
    "Plattenplatz auf db-3 knapp",
    "支払いサービスが応答しません",
    "Certificat expiré 🔒",
    'Queue "mail" is growing',
)
_RARE = (
    "escalate",
    "snooze",
    "delegate",
    "urgency_change",
    "unacknowledge",
    "repeat_escalation_path",
    "exhaust_escalation_path",
    "reach_trigger_limit",
    "reach_ack_limit",
    "field_value_change",
    "custom_field_value_change",
)
_STATUS_AFTER = {"trigger": "triggered", "acknowledge": "acknowledged", "resolve": "resolved"}
_DONE = {"resolve": "Resolved", "acknowledge": "Acknowledged", "trigger": "Triggered", "annotate": "Note added"}
Timeline = list[tuple[str, float]]


def long_id(letter: str, *parts: object) -> str:
    """Return an id made from what it stands for: the same parts give the same id."""
    return letter + blake2b("/".join(map(str, parts)).encode(), digest_size=7).hexdigest().upper()


def incidents(seeding: Seeding) -> Iterator[Row]:
    """Make incidents of the last 500 days; one in seven begins in the second of the one before.

    An incident's last change is its last log entry's time, some of them long after its creation. What happened
    is in the mark `timeline`, from which the log is made.
    """
    random, previous = seeding.random, 0.0
    services, users = seeding.rows("services"), records(seeding, "users")
    priorities = records(seeding, "priorities")
    for index, (begun, updated) in enumerate(ages(seeding, _DAYS)):
        created = previous if previous and every(7, index) else begun + (0.204817 if every(13, index) else 0.0)
        previous = created
        status = pick(random, ("resolved",) * 8 + ("acknowledged", "triggered"))
        timeline = _timeline(index, status, created, max(updated, created))
        service, user, rank = pick(random, services), pick(random, users), int(random.random() * 9)
        priority = embedded_priority(priorities[rank], rank) if rank < len(priorities) else None
        record = _about(random, index, seeding.size) | _state(timeline, status, user, service.record)
        record |= {
            "first_trigger_log_entry": first_entry(record),
            "priority": priority,
            "teams": service.record["teams"],
            "escalation_policy": escalation_policy(index),
        }
        marks = {"timeline": timeline, "team_ids": service.marks["team_ids"], "user_ids": [user["id"]]}
        yield Row(lacking(random, record, ("incident_type", "alert_grouping", "subscriber_requests")), marks)


def _timeline(index: int, status: str, created: float, updated: float) -> Timeline:
    kinds = ["trigger", "assign", "notify"]
    kinds += ["acknowledge"] if status != "triggered" else []
    kinds[3:3] = [_RARE[index // 3 % len(_RARE)]] if index % 3 == 0 else []
    kinds += ["resolve"] if status == "resolved" else []
    kinds += ["annotate"] if every(5, index) else []
    step = (updated - created) / (len(kinds) - 1)
    times = [created, *(float(int(created + step * position)) for position in range(1, len(kinds)))]
    return [(kind, max(time, created)) for kind, time in zip(kinds, times, strict=True)]


def _about(random: Random, index: int, size: int) -> Record:
    """Return what an incident is called and what it holds that never changes."""
    key = long_id("Q", size, index)
    title = f"{pick(random, _TITLES)} #{index}"
    number = _FIRST_NUMBER + index
    return thing("incident", "incidents", key, maybe(random, f"[#{number}] {title}", 0.02)) | {
        "incident_number": number,
        "title": title,
        "description": title,
        "incident_key": maybe(random, f"key-{index:06d}", 0.2),
        "assigned_via": pick(random, ("escalation_policy", "direct_assignment")),
        "alert_counts": {"all": index % 4, "triggered": 0, "resolved": index % 4},
        "is_mergeable": index % 6 != 0,
        "incident_type": {"name": "major_incident" if every(17, index) else "incident_default"},
        "alert_grouping": {"grouping_type": "advanced", "started_at": None, "ended_at": None}
        if every(6, index)
        else None,
        "basic_alert_grouping": None,
        "resolve_reason": None,
        "incidents_responders": [],
        "responder_requests": [],
        "subscriber_requests": [],
        "urgency": pick(random, ("high", "high", "low")),
        "conference_bridge": {"conference_number": "+1 555 0100,,1234#", "conference_url": None},
        "body": {"type": "incident_body", "details": {"free": f"{index % 9}%", "host": "db-3"}},
    }


def _state(timeline: Timeline, status: str, user: Record, service: Record) -> Record:
    """Return where an incident stands at the end of its timeline."""
    happened = dict(timeline)
    turned = max(time for kind, time in timeline if kind in _STATUS_AFTER)
    assignee = reference(user)
    is_open = status != "resolved"
    assignments = [{"at": in_utc(happened["assign"]), "assignee": assignee}] if is_open else []
    acknowledged = in_utc(happened["acknowledge"]) if status == "acknowledged" else None
    return {
        "created_at": in_utc(timeline[0][1]),
        "updated_at": in_utc(timeline[-1][1]),
        "status": status,
        "service": reference(service),
        "assignments": assignments,
        "last_status_change_at": in_utc(turned),
        "resolved_at": None if is_open else in_utc(happened["resolve"]),
        "pending_actions": [{"type": "escalate", "at": in_utc(turned + 1800)}] if status == "triggered" else [],
        "acknowledgements": [{"at": acknowledged, "acknowledger": assignee}] if acknowledged else [],
        "last_status_change_by": reference(service) if status == "triggered" else assignee,
    }


def first_entry(incident: Record) -> Record:
    """Return the reference to the log entry with which an incident began."""
    return reference(_entry_thing("trigger", incident, 0))


def log_entries(seeding: Seeding) -> Iterator[Row]:
    """Make the log, incident by incident, so that the whole of it is in no order of time."""
    for row in seeding.rows("incidents"):
        for step, (kind, at) in enumerate(row.value("timeline")):
            yield _entry(row, kind, step, at)


def traces(before: Row | None, after: Row, at: float) -> Iterable[tuple[str, Row]]:
    """Tell which log entry a change of an incident leaves."""
    if before is None:
        yield "incident_logs", _entry(after, "trigger", 0, at)
    elif before.record != after.record:
        yield "incident_logs", _entry(after, _kind_of_change(before.record, after.record), repr((before, after)), at)


def _kind_of_change(before: Record, after: Record) -> str:
    if before["status"] != after["status"]:
        back = {"triggered": "unacknowledge", "acknowledged": "acknowledge", "resolved": "resolve"}
        return back.get(after["status"], "field_value_change")
    return "urgency_change" if before["urgency"] != after["urgency"] else "field_value_change"


def _entry_thing(kind: str, incident: Record, step: object) -> Record:
    record = thing(f"{kind}_log_entry", "log_entries", long_id("R", incident["id"], step), _DONE.get(kind, kind))
    return record | {"html_url": f"{incident['html_url']}/log_entries/{record['id']}"}


def _entry(incident: Row, kind: str, step: object, at: float) -> Row:
    """Return a log entry; each kind has a few fields of its own."""
    facts, people = incident.record, [each["assignee"] for each in incident.record["assignments"]]
    record = _entry_thing(kind, facts, step) | {
        "created_at": in_account_zone(at),
        "channel": {"type": "note", "summary": "Rebooted, läuft wieder"} if kind == "annotate" else _channel(kind),
        "agent": facts["service"] if kind == "trigger" else facts["last_status_change_by"],
        "note": "Rebooted, läuft wieder" if kind == "annotate" else None,
        "contexts": [],
        "service": facts["service"],
        "incident": reference(facts, "incident"),
        "teams": facts["teams"],
    }
    return Row(record | _own_fields(kind, people), {"team_ids": incident.value("team_ids"), "kind": kind})


def _channel(kind: str) -> Record:
    if kind == "trigger":
        return {"type": "api", "details": {"disk free": "1%", "pct": 99.5}, "cef_details": {"severity": "critical"}}
    return {"type": "website"} if kind in OVERVIEW else {"type": "timeout"}


def _own_fields(kind: str, people: list[Record]) -> dict[str, Any]:
    if kind in {"assign", "delegate", "escalate"}:
        return {"assignees": people}
    if kind in {"field_value_change", "custom_field_value_change"}:
        return {"changeset": [{"field": {"name": "priority"}, "old_value": None, "new_value": "P2"}]}
    own: dict[str, dict[str, Any]] = {
        "trigger": {"event_details": {"description": "Plattenplatz knapp"}},
        "acknowledge": {"acknowledgement_timeout": 1800},
        "notify": {"user": people[0] if people else None},
        "snooze": {"changed_actions": [{"type": "unacknowledge", "at": "2030-01-02T03:04:05Z"}]},
    }
    return own.get(kind, {})
