"""Make the rows of what an organisation has set up, from catalog types to schedules."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final

from sdk.testing.simulator import Record, Row, Seeding, every, lacking, maybe, pick, zulu
from sdk_plugin_incident_response.simulator_making import dated, full_name, person, records, stamp, ulid

CATEGORIES: Final = ("triage", "live", "learning", "paused", "closed", "declined", "canceled", "merged")
CATALOG_SUCCESSOR_FIELDS: Final = (
    "engine_resource_type",
    "use_name_as_identifier",
    "is_team_type",
    "owning_team_ids",
)

_SEVERITIES = ("Minor", "Größer", "Critical", "重大")
_STATUSES = ("Triage", "Investigating", "Documenting", "Paused", "Closed", "Declined", "Canceled", "Merged", "Fixing")
_THINGS = ("Service", "Team", "Kunde", "機能", "Environment", "Runbook")
_TIMES = ("Reported at", "Accepted at", "Fixed at", "Resolved at", "Closed at", "Impact started at")


def _years(seeding: Seeding) -> float:
    return 900 + seeding.size


def severities(seeding: Seeding) -> Iterator[Row]:
    """Make severities."""
    for index, record, *_ in dated(seeding, _years(seeding)):
        name = _SEVERITIES[index % len(_SEVERITIES)]
        yield Row(record | {"name": name, "description": "Impact über alle Kunden", "rank": index + 1})


def statuses(seeding: Seeding) -> Iterator[Row]:
    """Make incident statuses, at least one of each category."""
    for index, record, *_ in dated(seeding, _years(seeding)):
        name, category = _STATUSES[index % len(_STATUSES)], CATEGORIES[index % len(CATEGORIES)]
        yield Row(record | {"name": name, "description": "", "category": category, "rank": 10 * (index + 1)})


def roles(seeding: Seeding) -> Iterator[Row]:
    """Make incident roles."""
    for index, record, *_ in dated(seeding, _years(seeding)):
        kind = ("lead", "reporter", "custom")[min(index, 2)]
        more = {"name": f"{kind.title()} {index}", "shortform": f"{kind}{index}", "role_type": kind}
        yield Row(record | more | {"description": "Coordinates", "instructions": "Take point — läuft"})


def timestamps(seeding: Seeding) -> Iterator[Row]:
    """Make incident timestamps, which have nothing but a name and a rank."""
    for index, record, *_ in dated(seeding, _years(seeding)):
        yield Row({"id": record["id"], "name": f"{_TIMES[index % len(_TIMES)]}", "rank": index + 1})


def custom_fields(seeding: Seeding) -> Iterator[Row]:
    """Make custom fields, some of them filled from a catalog type."""
    kinds = ("single_select", "multi_select", "text", "link", "numeric")
    types = records(seeding, "catalog_types")
    for index, record, *_ in dated(seeding, _years(seeding)):
        kind = kinds[index % len(kinds)]
        catalog = types[index % len(types)]["id"] if types and kind.endswith("select") else None
        yield Row(
            record
            | {
                "name": f"Betroffene {_THINGS[index % len(_THINGS)]}",
                "description": "Which are affected?",
                "field_type": kind,
                "catalog_type_id": catalog,
                "group_by_catalog_attribute_id": None,
                "helptext_catalog_attribute_id": None,
                "filter_by": {"catalog_attribute_id": "01H0", "custom_field_id": "01H1"} if catalog else None,
                "fixed_filter": None,
            }
        )


def catalog_types(seeding: Seeding) -> Iterator[Row]:
    """Make catalog types as the successor lists them."""
    random = seeding.random
    for index, record, _created, updated in dated(seeding, _years(seeding)):
        name, synced = f"{_THINGS[index % len(_THINGS)]} {index}", every(3, index)
        yield Row(
            record
            | {
                "name": name,
                "description": "Aus dem Repository",
                "type_name": f'Custom["Thing{index}"]',
                "icon": pick(random, ("bolt", "box", "users")),
                "color": pick(random, ("yellow", "violet", "slate")),
                "registry_type": "PagerService" if synced else None,
                "dynamic_resource_parameter": None,
                "source_repo_url": maybe(random, "https://git.example.com/catalog", 0.5),
                "ranked": index % 2 == 0,
                "is_editable": not synced,
                "estimated_count": None if every(4, index) else 3 * index,
                "schema": {"version": index + 1, "attributes": [{"id": "01H2", "name": "Owner", "array": False}]},
                "categories": ["service"] if index % 2 else [],
                "annotations": {"example.com/origin": "catalog"} if index % 2 else {},
                "required_integrations": ["pager"] if synced else [],
                "last_synced_at": stamp(random, updated) if synced else None,
                "engine_resource_type": f"CatalogEntry{index}",
                "use_name_as_identifier": index % 5 == 0,
                "is_team_type": every(6, index),
                "owning_team_ids": [],
            }
        )


def workflows(seeding: Seeding) -> Iterator[Row]:
    """Make workflows in the slim form of a list; their only mark of change is a version."""
    random = seeding.random
    for index, record, created, _updated in dated(seeding, _years(seeding)):
        yield Row(
            {
                "id": record["id"],
                "name": f"Ansage {index}",
                "folder": maybe(random, "Customer support", 0.5),
                "shortform": maybe(random, f"wf{index}", 0.5),
                "state": pick(random, ("active", "draft", "disabled")),
                "private_incident_scope": "none",
                "runs_on_incidents": pick(random, ("newly_created", "newly_created_and_active")),
                "trigger": {"name": "incident.updated", "label": "When an incident is updated"},
                "steps": [{"id": "01H3", "name": "slack.announce", "label": "Ansage", "for_each": None}],
                "condition_groups": [{"conditions": []}] if index % 2 else [],
                "expressions": [],
                "once_for": [{"key": "incident", "label": "Incident"}],
                "delay": {"conditions_apply_over_delay": False, "for_seconds": 60} if index % 3 else None,
                "runs_on_incident_modes": ["standard"],
                "owning_team_ids": [],
                "version": index % 7 + 1,
                "include_private_incidents": index % 2 == 0,
                "include_private_escalations": False,
                "continue_on_step_error": index % 4 == 0,
                "runs_from": stamp(random, created) if index % 3 else None,
            }
        )


def users(seeding: Seeding) -> Iterator[Row]:
    """Make users; one in six is deactivated or has not been active yet, and no plain list shows it."""
    random = seeding.random
    for index, record, *_ in dated(seeding, _years(seeding)):
        role = ("viewer", "responder", "administrator", "owner")[index % 4]
        user = {
            "id": record["id"],
            "name": full_name(random),
            "email": maybe(random, f"person{index}@example.com", 0.1),
            "slack_user_id": maybe(random, f"U{index:08d}", 0.3),
            "role": role,
            "is_active": not every(6, index),
            "base_role": {"id": f"01H4{index % 4}", "name": role.title(), "slug": role},
            "custom_roles": [{"id": "01H5", "name": "Security", "slug": "security"}] if every(9, index) else [],
            "seats": ["response", "on_call"] if index % 2 else [],
        }
        yield Row(lacking(random, user, ("email", "slack_user_id")))


def schedules(seeding: Seeding) -> Iterator[Row]:
    """Make schedules with the shifts of now and of next."""
    random, people = seeding.random, records(seeding, "users")
    for index, record, _created, updated in dated(seeding, _years(seeding)):
        current, following = (_shift(pick(random, people), updated + 86_400 * day) for day in (0, 1))
        yield Row(
            record
            | {
                "name": f"Bereitschaft {index}",
                "timezone": pick(random, ("Europe/London", "Asia/Tokyo", "UTC")),
                "permalink": f"https://app.example.com/on-call/schedules/{record['id']}",
                "config": {"rotations": [{"id": "01H6", "name": "Rota", "layers": [{"id": "01H7"}]}]},
                "current_shifts": [current] if index % 4 else [],
                "next_shifts": [following],
                "holidays_public_config": {"country_codes": ["DE"]} if index % 3 else None,
                "annotations": {},
                "team_ids": [ulid(random, updated)] if index % 2 else [],
            }
        )


def _shift(user: Record, start: float) -> Record:
    times = {"start_at": zulu(start), "end_at": zulu(start + 86_400)}
    return {**times, "rotation_id": "01H6", "layer_id": "01H7", "user": person(user)}
