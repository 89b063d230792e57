"""Make the rows of people and of what they arrange: members, groups, workflows, labels, custom fields, files."""

from __future__ import annotations

from collections.abc import Iterator

from sdk.testing.simulator import Record, Row, Seeding, ages, every, maybe, pick, some_id, zulu
from sdk_plugin_stories.simulator_making import NAMES, keys, mentions, named, numbers, some_uuid

_FIRST_REPLACED = 10
_DONE_KINDS = ("unstarted", "started", "done")


def members(seeding: Seeding) -> Iterator[Row]:
    """Make members, the disabled among them; what is known of the person stands under `profile`."""
    random = seeding.random
    for index, (created, updated) in enumerate(ages(seeding, 900)):
        number, disabled = some_uuid(random), every(7, index)
        profile: Record = {
            "id": number,
            "name": pick(random, NAMES),
            "mention_name": f"person{index}",
            "email_address": f"person{index}@example.com",
            "deactivated": disabled,
            "is_owner": index == 0,
            "gravatar_hash": f"{index:032x}",
            "display_icon": None,
            "entity_type": "profile",
        }
        record: Record = {
            "id": number,
            "role": "admin" if index == 0 else pick(random, ("member", "observer")),
            "state": "disabled" if disabled else "full",
            "disabled": disabled,
            "created_without_invite": every(4, index),
            "profile": profile,
            "group_ids": [],
            "created_at": zulu(created),
            "updated_at": maybe(random, zulu(updated), 0.3),
        }
        optional = {"installation_id": some_uuid(random)} if every(9, index) else {}
        optional |= {"replaced_by": some_uuid(random)} if disabled and index > _FIRST_REPLACED else {}
        shared = named("member", number)
        del shared["app_url"]
        yield Row(record | shared | optional)


def member(seeding: Seeding) -> Iterator[Row]:
    """Make the owner of the token, who is the first member, in a shape that holds no moment."""
    owner = seeding.rows("members")[0].record
    yield Row(
        {
            "id": owner["id"],
            "name": owner["profile"]["name"],
            "mention_name": owner["profile"]["mention_name"],
            "role": owner["role"],
            "is_owner": True,
            "workspace2": {"url_slug": "acme", "name": "Äcme", "estimate_scale": [0, 1, 2, 4, 8]},
            "organization2": {"id": "00000000-0000-4000-8000-000000000001"},
        }
    )


def groups(seeding: Seeding) -> Iterator[Row]:
    """Make groups; all have the first workflow."""
    random = seeding.random
    people, flows = keys(seeding, "members"), numbers(seeding, "workflows")
    for index, (created, updated) in enumerate(ages(seeding, 800)):
        number = some_uuid(random)
        record = {
            "id": number,
            "name": f"Équipe {index}",
            "mention_name": f"team-{index}",
            "description": "" if index % 2 else "Alles rund ums Bezahlen",
            "color": maybe(random, "#0055aa"),
            "color_key": maybe(random, "blue"),
            "archived": every(5, index),
            "num_stories": index * 3,
            "num_stories_started": index,
            "num_stories_backlog": index,
            "num_epics_started": index % 2,
            "default_workflow_id": maybe(random, flows[0], 0.5),
            "member_ids": people[: index % 4],
            "workflow_ids": flows[:1],
            "display_icon": None,
            "created_at": zulu(created),
            "updated_at": zulu(updated),
        }
        recorded = {"card_aging_mode": "off", "card_aging_threshold_days": maybe(random, 5)} if index % 3 else {}
        yield Row(record | named("group", number) | recorded)


def workflows(seeding: Seeding) -> Iterator[Row]:
    """Make workflows; their project ids are written with a decimal point."""
    random = seeding.random
    for index, (created, updated) in enumerate(ages(seeding, 900)):
        number = 500_000_100 + index
        states = [_state(number * 10 + step, step, kind) for step, kind in enumerate(_DONE_KINDS)]
        yield Row(
            {
                "id": number,
                "name": f"Ablauf {index}",
                "description": "" if index % 2 else "Standard",
                "entity_type": "workflow",
                "default_state_id": states[0]["id"],
                "team_id": 900 + index,
                "auto_assign_owner": pick(random, (True, False)),
                "states": states,
                "project_ids": [12.0, 15.0] if index % 2 == 0 else [],
                "created_at": zulu(created),
                "updated_at": zulu(updated),
            }
        )


def _state(number: int, position: int, kind: str) -> Record:
    return {
        "id": number,
        "name": kind.title(),
        "type": kind,
        "position": position,
        "verb": None,
        "entity_type": "workflow-state",
        "color": None if position else "#dddddd",
    }


def epic_workflow(seeding: Seeding) -> Iterator[Row]:
    """Make the one workflow that all epics have."""
    moment = zulu(seeding.now.timestamp() - 80_000_000)
    states = [_state(500_000_000 + step, step, kind) for step, kind in enumerate(_DONE_KINDS)]
    yield Row(
        {
            "id": 499_999_999,
            "entity_type": "epic-workflow",
            "default_epic_state_id": states[0]["id"],
            "epic_states": states,
            "created_at": moment,
            "updated_at": moment,
        }
    )


def labels(seeding: Seeding) -> Iterator[Row]:
    """Make labels."""
    random = seeding.random
    for index, (created, updated) in enumerate(ages(seeding, 700)):
        number = some_id(index, 2_001, 17)
        record = {
            "id": number,
            "name": f"{pick(random, ('dringend', 'später', '重要', 'q3'))} {index}",
            "description": maybe(random, "Nur mit Grund", 0.7),
            "color": maybe(random, "#ff0000", 0.3),
            "external_id": None,
            "archived": every(10, index),
            "stats": {"num_stories_total": index % 20, "num_points_total": pick(random, (0, 4.5)), "num_epics": 1},
            "created_at": zulu(created),
            "updated_at": maybe(random, zulu(updated)),
        }
        yield Row(record | named("label", number))


def custom_fields(seeding: Seeding) -> Iterator[Row]:
    """Make custom fields, known by a text."""
    random = seeding.random
    for index, (created, updated) in enumerate(ages(seeding, 700)):
        values = [
            {"id": some_uuid(random), "value": text, "position": step, "enabled": True}
            for step, text in enumerate(("Größer", "Kleiner"))
        ]
        yield Row(
            {
                "id": some_uuid(random),
                "name": f"Feld {index}",
                "description": maybe(random, "", 0.5),
                "field_type": "enum",
                "canonical_name": maybe(random, "priority", 0.5),
                "icon_set_identifier": maybe(random, "shapes", 0.5),
                "entity_type": "custom-field",
                "position": index,
                "enabled": not every(4, index),
                "fixed_position": False,
                "values": values,
                "story_types": ["feature", "bug"] if index % 2 else [],
                "created_at": zulu(created),
                "updated_at": zulu(updated),
            }
        )


def files(seeding: Seeding) -> Iterator[Row]:
    """Make files, with stories or alone."""
    random = seeding.random
    people, stories = keys(seeding, "members"), numbers(seeding, "stories")
    for index, (created, updated) in enumerate(ages(seeding, 400)):
        number = some_id(index, 8_001, 23)
        record = {
            "id": number,
            "name": f"Entwurf {index}.png",
            "filename": f"entwurf-{index}.png",
            "content_type": "image/png",
            "description": maybe(random, "erster Versuch", 0.6),
            "url": maybe(random, f"https://media.stories.example/{number}.png", 0.1),
            "thumbnail_url": None,
            "external_id": None,
            "uploader_id": pick(random, people),
            "size": index * 1_024,
            "story_ids": [pick(random, stories)] if index % 3 else [],
            "created_at": zulu(created),
            "updated_at": maybe(random, zulu(updated), 0.5),
            **mentions(),
        }
        yield Row(record | {"entity_type": "uploaded-file"})
