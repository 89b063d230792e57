"""Make the rows of what people work on: tickets and what hangs on them, problems, changes, releases.

Fields and their types are the documented ones. As in recorded traffic a few ids are above 2^53, some rows lack
documented keys, planned dates have milliseconds and some releases are written in another zone.
"""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime
from random import Random
from typing import Any, Final

from sdk.testing.simulator import (
    Record,
    Row,
    Seeding,
    ages,
    chance,
    every,
    lacking,
    maybe,
    pick,
    some_id,
    with_offset,
    zulu,
    zulu_millis,
)

PRIMARY_WORKSPACE: Final = 2

_DAY = 86_400
_KOLKATA_MINUTES = 330
_REQUESTS = 0.35
_DELETED, _SPAM = 0.03, 0.02
_ESCALATED = 0.1
_CLOSED, _RESOLVED = 5, 4
_SURVEYED = 0.07

_WORKSPACES = ((PRIMARY_WORKSPACE, "IT"), (3, "Human Resources"), (5, "Büro & Gebäude"))
_WORKSPACE_DICE = (2, 2, 2, 3, 3, 5)
_SUBJECTS = (
    "Laptop does not start",
    "Drucker im 3. Stock meldet Papierstau",
    "VPN drops every few minutes",
    "新しいモニターの依頼",
    "Accès au dossier partagé refusé",
    'Mail to "all hands" bounces, code 5.7.1',
    "Нет звука в переговорной",
    "Wi-Fi slow 🐌 on floor 2",
    "Password reset",
    "New starter: desk, phone, badge",
)
_CATEGORIES = ("Hardware", "Software", "Network", "Access", "Office")
_SUB_CATEGORIES = ("Laptop", "Printer", "VPN", "Licence", "Furniture")
_NAMES = ("Ana Souza", "Jörg Weiß", "Aiko 山田", "Łukasz Żak", "Maeve O'Connor", "Omar الفاسي")


def workspaces(seeding: Seeding) -> Iterator[Row]:
    """Make the workspaces, the primary one first."""
    created = zulu(seeding.now.timestamp() - 900 * _DAY)
    for number, name in _WORKSPACES[: seeding.size]:
        primary = number == PRIMARY_WORKSPACE
        text = f"Everything about {name}"
        row = {"id": number, "name": name, "description": text, "primary": primary, "state": "active"}
        yield Row({**row, "created_at": created, "updated_at": created})


def tickets(seeding: Seeding) -> Iterator[Row]:
    """Make tickets of the last 400 days, so that a default list shows about one in fourteen."""
    random = seeding.random
    requesters = [row.record["id"] for row in seeding.rows("requesters")]
    agents = [row.record["id"] for row in seeding.rows("agents")]
    for index, (created, updated) in enumerate(ages(seeding, 400)):
        record = _subject(random, index) | _ticket_state(random, created, updated)
        record |= {
            "id": some_id(index),
            "requester_id": pick(random, requesters),
            "requested_for_id": pick(random, requesters),
            "responder_id": maybe(random, pick(random, agents), 0.3),
            "created_at": zulu(created),
            "updated_at": zulu(updated),
        }
        yield Row(lacking(random, record, ("phone", "fwd_emails", "item_category")))


def _subject(random: Random, index: int) -> Record:
    """Return what a ticket is about, who is told, and where it was sorted."""
    subject = pick(random, _SUBJECTS)
    asked = chance(random, _REQUESTS)
    return {
        "workspace_id": pick(random, _WORKSPACE_DICE),
        "subject": maybe(random, f"{subject} #{index}", 0.01),
        "description": f"<div>Hello,<br>{subject}.&nbsp;Since {index % 28 + 1} days.</div>",
        "description_text": f"Hello,\n{subject}.\u00a0Since {index % 28 + 1} days.",
        "type": "Service Request" if asked else "Incident",
        "category": maybe(random, pick(random, _CATEGORIES)),
        "sub_category": maybe(random, pick(random, _SUB_CATEGORIES), 0.4),
        "item_category": None,
        "email": maybe(random, f"person{index % 977}@example.com", 0.5),
        "name": maybe(random, pick(random, _NAMES), 0.5),
        "phone": maybe(random, f"+49 30 {index:07d}", 0.8),
        "cc_emails": [f"team{index % 7}@example.com"] if index % 4 == 0 else [],
        "fwd_emails": [],
        "reply_cc_emails": [f"team{index % 7}@example.com"] if index % 4 == 0 else [],
        "to_emails": None if index % 3 else ["help@example.com"],
        "tags": ["vip", "größe"] if index % 9 == 0 else [],
        "attachments": [],
        "custom_fields": _custom_fields(random, index),
    }


def _custom_fields(random: Random, index: int) -> Record:
    return {
        "cost_center": maybe(random, f"CC-{index % 40:03d}", 0.3),
        "affected_users": maybe(random, index % 120, 0.5),
        "rating": 4 if index % 2 else 4.5,
        "audit": {"hold": index % 50 == 0, "notes": ["naïve", "“quoted”"] if index % 25 == 0 else []},
    }


def _ticket_state(random: Random, created: float, updated: float) -> Record:
    """Return where a ticket stands: urgency, due times, and whether it was thrown away."""
    urgency = int(random.random() * 3) + 1
    status = pick(random, (2, 3, _RESOLVED, _CLOSED))
    fate = random.random()
    return {
        "group_id": maybe(random, 27_000_000_000 + urgency, 0.4),
        "department_id": maybe(random, 19_000_000_000 + urgency, 0.4),
        "email_config_id": None,
        "sla_policy_id": maybe(random, 9_007_199_254_740_993, 0.3),
        "priority": urgency,
        "urgency": urgency,
        "impact": maybe(random, urgency, 0.1),
        "status": status,
        "source": pick(random, (1, 2, 3)),
        "deleted": fate < _DELETED,
        "spam": _DELETED <= fate < _DELETED + _SPAM,
        "fr_escalated": fate > 1 - _ESCALATED,
        "is_escalated": fate > 1 - _ESCALATED / 3,
        "due_by": zulu(created + 3 * _DAY),
        "fr_due_by": zulu(created + _DAY),
        "closed_at": zulu(updated) if status == _CLOSED else None,
        "resolved_at": zulu(updated) if status >= _RESOLVED else None,
        "first_responded_at": None,
    }


def survey_responses(seeding: Seeding) -> Iterator[Row]:
    """Make an answer for few tickets; it does not say to which ticket it belongs.

    Real accounts have one for some 300 tickets; here it is one for 14, so that a small account has a few.
    """
    random = seeding.random
    answered = (row for row in seeding.rows("tickets") if chance(random, _SURVEYED))
    for index, ticket in enumerate(answered):
        moment = _epoch(ticket) + 2 * _DAY + 0.417
        rating = pick(random, (1, 2, 3))
        record = {
            "id": some_id(index, 71_000, 11),
            "overall_rating": rating,
            "overall_rating_text": ("Unhappy", "Neutral", "Happy")[rating - 1],
            "primary_question": "How did we do?",
            "questionnaire_responses": [
                {"question": {"question_text": "Was it quick?"}, "answers": [{"answer_text": "très vite ✓"}]}
            ],
            "score": {"acquired_score": rating, "total_score": 3},
            "created_at": zulu_millis(moment),
            "updated_at": zulu_millis(moment + 60),
        }
        yield Row(lacking(random, record, ("updated_at",), 0.3), {"ticket_id": ticket.record["id"]})


def requested_items(seeding: Seeding) -> Iterator[Row]:
    """Make one to three items for each service request; an item does not say to which ticket it belongs."""
    random = seeding.random
    number = 0
    for ticket in seeding.rows("tickets"):
        if ticket.record["type"] != "Service Request":
            continue
        moment = zulu(_epoch(ticket))
        for _ in range(int(random.random() * 3) + 1):
            record = _item(random, number) | {"created_at": moment, "updated_at": moment}
            number += 1
            yield Row(lacking(random, record, ("service_item_name", "attachments")), {"ticket_id": ticket.record["id"]})


def _item(random: Random, number: int) -> Record:
    return {
        "id": some_id(number, 500_000),
        "quantity": pick(random, (1, 1, 2, 5)),
        "stage": int(random.random() * 5) + 1,
        "loaned": chance(random, 0.1),
        "is_parent": chance(random, 0.2),
        "cost_per_request": pick(random, (0, 12.5, 1450.99, None)),
        "delivery_time": pick(random, (None, 24, 36.5)),
        "remarks": maybe(random, "für Büro 12", 0.6),
        "service_item_id": int(random.random() * 40) + 1,
        "service_item_name": pick(random, _SUB_CATEGORIES),
        "custom_fields": {"colour": pick(random, ("black", "weiß", None))},
        "attachments": [],
    }


def _epoch(ticket: Row) -> float:
    return datetime.fromisoformat(ticket.record["created_at"]).astimezone(UTC).timestamp()


def _work(random: Random, index: int, age: tuple[float, float], kinds: str) -> Record:
    """Return the fields that problems, changes and releases have in common."""
    subject = pick(random, _SUBJECTS)
    return {
        "id": some_id(index, large_every=31),
        "workspace_id": pick(random, _WORKSPACE_DICE),
        "agent_id": maybe(random, int(random.random() * 30) + 1),
        "group_id": maybe(random, 27_000_000_001),
        "department_id": maybe(random, 19_000_000_001, 0.5),
        "priority": int(random.random() * 4) + 1,
        "status": int(random.random() * 3) + 1,
        "subject": f"{kinds} {index}: {subject}",
        "description": f"<p>{subject}</p>",
        "category": maybe(random, pick(random, _CATEGORIES)),
        "sub_category": maybe(random, pick(random, _SUB_CATEGORIES), 0.5),
        "item_category": None,
        "assets": [],
        "custom_fields": {"reviewed": maybe(random, index % 2 == 0, 0.3)},
        "created_at": zulu(age[0]),
        "updated_at": zulu(age[1]),
    }


def problems(seeding: Seeding) -> Iterator[Row]:
    """Make problems of the last two years."""
    random = seeding.random
    for index, age in enumerate(ages(seeding, 700)):
        record = _work(random, index, age, "Problem") | {
            "requester_id": int(random.random() * 60) + 1,
            "impact": int(random.random() * 3) + 1,
            "associated_change": maybe(random, index + 1, 0.7),
            "description_text": "Observed again",
            "known_error": index % 5 == 0,
            "analysis_fields": {"root_cause": {"description": maybe(random, "Kabelbruch", 0.5), "attachments": []}},
            "due_by": zulu(age[0] + 14 * _DAY),
        }
        yield Row(lacking(random, record, ("associated_change", "analysis_fields")))


def changes(seeding: Seeding) -> Iterator[Row]:
    """Make changes of the last year and a half, a few of them deleted, which a list does not even say."""
    random = seeding.random
    for index, age in enumerate(ages(seeding, 550)):
        record = _work(random, index, age, "Change") | {
            "requester_id": int(random.random() * 60) + 1,
            "impact": int(random.random() * 3) + 1,
            "risk": int(random.random() * 4) + 1,
            "change_type": int(random.random() * 4) + 1,
            "approval_status": maybe(random, 4),
            "description_text": "Window agreed",
            "planned_start_date": zulu_millis(age[0] + 7 * _DAY + 0.123),
            "planned_end_date": zulu_millis(age[0] + 7 * _DAY + 3600),
            "maintenance_window": {"id": index % 3 + 1, "name": "Sunday night"} if index % 4 == 0 else {},
            "blackout_window": {},
            "impacted_services": [{"id": 44, "name": "E-mail"}] if index % 6 == 0 else [],
        }
        yield Row(lacking(random, record, ("impacted_services",)), {"deleted": every(13, index)})


def releases(seeding: Seeding) -> Iterator[Row]:
    """Make releases of the last year; one in seven is written with the offset of another zone."""
    random = seeding.random
    for index, age in enumerate(ages(seeding, 365)):
        start = age[0] + 10 * _DAY
        record = _work(random, index, age, "Release") | {
            "release_type": int(random.random() * 4) + 1,
            "planned_start_date": zulu_millis(start + 0.5),
            "planned_end_date": zulu_millis(start + _DAY),
            "work_start_date": maybe(random, zulu(start + 60), 0.5),
            "work_end_date": None,
            "associated_assets": [{"id": 12}] if index % 5 == 0 else [],
            "associated_changes": [],
            "planning_fields": {"build_plan": {"description": "Schritt für Schritt"}} if index % 3 else {},
        }
        yield Row(_abroad(record, age, start) if every(7, index) else record)


def _abroad(record: Record, age: tuple[float, float], start: float) -> Record:
    moments: dict[str, Any] = {"created_at": age[0], "updated_at": age[1], "planned_start_date": start}
    return record | {name: with_offset(moment, _KOLKATA_MINUTES) for name, moment in moments.items()}
