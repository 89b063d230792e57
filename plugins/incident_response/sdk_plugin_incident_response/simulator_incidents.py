"""Make the rows of what happens: incidents, their updates, actions and follow-ups."""

from __future__ import annotations

from collections.abc import Iterator
from random import Random
from typing import Any

from sdk.testing.simulator import Record, Row, Seeding, every, instant, lacking, maybe, pick
from sdk_plugin_incident_response.simulator_making import MODES, creator, dated, person, records, reference, stamp, ulid

_DAYS = 400
_NAMES = (
    "Checkout down in EU",
    "Suche liefert nichts",
    "支払いが遅い",
    "Certificat expiré 🔒",
    'Mail "bounces", again',
)
_MODE_DICE = ("standard",) * 7 + ("retrospective", "test", "tutorial")


def incidents(seeding: Seeding) -> Iterator[Row]:
    """Make incidents of the last 400 days in all modes, one in eleven private."""
    random = seeding.random
    statuses, severities = records(seeding, "incident_statuses"), records(seeding, "severities")
    users, roles = records(seeding, "users"), records(seeding, "incident_roles")
    for index, record, created, updated in dated(seeding, _DAYS):
        status = pick(random, statuses)
        severity = maybe(random, reference(pick(random, severities), "name", "rank", "description"), 0.2)
        lead = {"role": reference(roles[0], "name", "role_type"), "assignee": person(pick(random, users))}
        embedded = {
            "incident_status": reference(status, "name", "category", "rank"),
            "severity": severity,
            "incident_type": {"id": "01H8", "name": "Default", "is_default": True} if index % 5 else None,
            "creator": creator(random, users),
            "incident_role_assignments": [lead] if index % 3 else [],
        }
        incident = record | embedded | _about(random, index, record["id"]) | _measured(random, index, created, updated)
        yield Row(lacking(random, incident, ("call_url", "slack_channel_name", "postmortem_document_ids")))


def _about(random: Random, index: int, key: str) -> Record:
    return {
        "reference": f"INC-{index + 1}",
        "name": f"{pick(random, _NAMES)} {index}",
        "summary": maybe(random, "Zahlungen schlugen fehl.\nWir prüfen.", 0.3),
        "mode": MODES[index] if index < len(MODES) else pick(random, _MODE_DICE),
        "visibility": "private" if every(11, index) else "public",
        "permalink": f"https://app.example.com/incidents/{index + 1}",
        "call_url": maybe(random, f"https://meet.example.com/{index}", 0.6),
        "slack_team_id": "T0000001",
        "slack_channel_id": f"C{key[-8:]}",
        "slack_channel_name": maybe(random, f"inc-{index}-störung", 0.1),
        "postmortem_document_url": maybe(random, f"https://docs.example.com/{index}", 0.7),
        "postmortem_document_ids": [],
        "external_issue_reference": {"provider": "jira", "issue_name": f"OPS-{index}"} if index % 4 == 0 else None,
        "has_debrief": index % 3 == 0,
        "custom_field_entries": [{"custom_field": {"id": "01H9", "name": "Betroffen"}, "values": []}],
    }


def _measured(random: Random, index: int, created: float, updated: float) -> Record:
    """Return what was measured; the same number comes whole in one record and with a fraction in the next."""
    spent: list[Any] = [pick(random, (0, 12.25, 31.5, 7)) for _ in range(3)]
    if index % 4 == 0:
        spent = [0, 0, 0]
    return {
        "incident_timestamp_values": [
            {
                "incident_timestamp": {"id": "01HA", "name": "Reported at", "rank": 1},
                "value": {"value": stamp(random, created)},
            }
        ],
        "duration_metrics": [
            {"duration_metric": {"id": "01HB", "name": "Lead time"}, "value_seconds": int(updated - created)}
        ],
        "workload_minutes_working": spent[0],
        "workload_minutes_sleeping": spent[1],
        "workload_minutes_late": spent[2],
        "workload_minutes_total": sum(spent),
    }


def updates(seeding: Seeding) -> Iterator[Row]:
    """Make one to four updates for each incident, which are never changed afterwards."""
    random = seeding.random
    statuses, severities = records(seeding, "incident_statuses"), records(seeding, "severities")
    users = records(seeding, "users")
    rows = seeding.rows("incidents")
    for index, row in enumerate(rows):
        created, updated = (instant(row.record[name]) or 0.0 for name in ("created_at", "updated_at"))
        for step in range(index % 4 + 1):
            at = created + (updated - created) * step / 4
            yield Row(
                {
                    "id": ulid(random, at),
                    "incident_id": row.record["id"],
                    "message": maybe(random, "Wir rollen zurück ⏪", 0.3),
                    "merged_into_incident_id": rows[0].record["id"] if every(29, index) and step else None,
                    "new_incident_status": reference(pick(random, statuses), "name", "category", "rank"),
                    "new_severity": maybe(random, reference(pick(random, severities), "name", "rank"), 0.5),
                    "updater": creator(random, users),
                    "created_at": stamp(random, at),
                }
            )


def _tasks(seeding: Seeding) -> Iterator[tuple[int, Record, str]]:
    """Yield what actions and follow-ups have in common, with the mode of the incident: one in nine is of a stream.

    A stream is no incident of the list; what belongs to one names an id that no list of incidents has.
    """
    random, rows, users = seeding.random, seeding.rows("incidents"), records(seeding, "users")
    for index, record, created, updated in dated(seeding, _DAYS):
        row = pick(random, rows)
        stream = every(9, index)
        status = pick(random, ("outstanding", "outstanding", "completed", "completed", "deleted", "not_doing"))
        task = record | {
            "incident_id": ulid(random, created) if stream else row.record["id"],
            "status": status,
            "assignee": person(pick(random, users)) if index % 3 else None,
            "creator": creator(random, users),
            "completed_at": stamp(random, updated) if status == "completed" else None,
        }
        yield index, task, "stream" if stream else row.record["mode"]


def actions(seeding: Seeding) -> Iterator[Row]:
    """Make actions; deleted ones stay, with that status."""
    for index, task, mode in _tasks(seeding):
        yield Row(task | {"description": f"Kunden informieren, Schritt {index}"}, {"incident_mode": mode})


def follow_ups(seeding: Seeding) -> Iterator[Row]:
    """Make follow-ups; deleted ones stay, with that status."""
    random = seeding.random
    for index, task, mode in _tasks(seeding):
        team = {"id": f"01HT{index % 3}", "name": f"Team {index % 3}"} if index % 4 else None
        more = {
            "title": f"Überwachung ergänzen {index}",
            "description": maybe(random, "See the timeline", 0.4),
            "labels": ["größe"] if every(5, index) else [],
            "priority": maybe(random, {"id": "01HC", "name": "Urgent", "rank": 2}, 0.5),
            "assignee_team": team,
            "external_issue_reference": maybe(random, {"provider": "linear", "issue_name": f"ENG-{index}"}, 0.6),
        }
        marks = {"incident_mode": mode, "assignee_team_id": team["id"] if team else None}
        yield Row(lacking(random, task | more, ("labels", "priority")), marks)
