"""Make the rows of the work itself: stories, their comments, their history."""

from __future__ import annotations

from collections.abc import Iterator
from random import Random

from sdk.testing.simulator import Record, Row, Seeding, ages, chance, every, maybe, pick, some_id, zulu, zulu_millis
from sdk.testing.simulator.times import instant
from sdk_plugin_stories.simulator_making import (
    DAY,
    NAMES,
    TITLES,
    keys,
    mentions,
    moments,
    named,
    numbers,
    some_uuid,
)

_EPICS = 0.55
_ITERATIONS = 0.5
_GROUPS = 0.6


def stories(seeding: Seeding) -> Iterator[Row]:
    """Make stories; about one in eleven is in no epic, no iteration and no group."""
    random = seeding.random
    epics, iterations = numbers(seeding, "epics"), numbers(seeding, "iterations")
    groups, members = keys(seeding, "groups"), keys(seeding, "members")
    labels = [row.record for row in seeding.rows("labels")]
    for index, (created, updated) in enumerate(ages(seeding, 400)):
        label = [pick(random, labels)] if index % 4 == 0 else []
        done = pick(random, ("unstarted", "started", "done"))
        record = _story(random, index) | {
            "epic_id": maybe(random, pick(random, epics), 1 - _EPICS),
            "iteration_id": maybe(random, pick(random, iterations), 1 - _ITERATIONS),
            "group_id": maybe(random, pick(random, groups), 1 - _GROUPS),
            "requested_by_id": pick(random, members),
            "owner_ids": [pick(random, members)] if index % 3 else [],
            "follower_ids": [pick(random, members)],
            "labels": label,
            "label_ids": [each["id"] for each in label],
            "started": done != "unstarted",
            "completed": done == "done",
            "created_at": zulu(created),
            "updated_at": maybe(random, zulu(updated), 0.08),
            "moved_at": maybe(random, zulu(updated), 0.3),
            "deadline": maybe(random, zulu(updated + 20 * DAY), 0.8),
            **mentions(pick(random, members) if index % 6 == 0 else None),
        }
        record |= moments(random, "started_at", zulu(created + 60) if record["started"] else None)
        record |= moments(random, "completed_at", zulu(updated) if record["completed"] else None)
        yield Row(record)


def _story(random: Random, index: int) -> Record:
    number = some_id(index, 20_001, 71)
    return named("story", number) | {
        "id": number,
        "name": f"{pick(random, TITLES)} {index}",
        "description": f"Als *Gast* möchte ich … ({index})",
        "story_type": pick(random, ("feature", "bug", "chore")),
        "workflow_id": 500_000_100,
        "workflow_state_id": 5_000_001_000 + index % 3,
        "project_id": None,
        "parent_story_id": maybe(random, 20_001, 0.95),
        "estimate": maybe(random, index % 9, 0.3),
        "position": index * 4_096,
        "num_tasks_completed": index % 3,
        "lead_time": maybe(random, index * 60, 0.5),
        "cycle_time": maybe(random, index * 30, 0.5),
        "external_id": None,
        "story_template_id": None,
        "formatted_vcs_branch_name": maybe(random, f"sc-{number}/größer", 0.5),
        "archived": every(12, index),
        "blocked": chance(random, 0.1),
        "blocker": chance(random, 0.1),
        "task_ids": [number * 2] if index % 5 == 0 else [],
        "file_ids": [],
        "linked_file_ids": [],
        "comment_ids": [],
        "external_links": ["https://example.com/ä?b=c&d"] if index % 7 == 0 else [],
        "previous_iteration_ids": [],
        "sub_task_story_ids": [],
        "custom_fields": [],
        "story_links": [],
        "stats": {"num_related_documents": index % 2},
        "synced_item": None,
    }


def _begun(story: Row) -> float:
    return instant(story.record["created_at"]) or 0.0


def story_comments(seeding: Seeding) -> Iterator[Row]:
    """Make comments of every other story; a deleted one has no text and no author."""
    random = seeding.random
    members = keys(seeding, "members")
    count = 0
    for story in seeding.rows("stories")[::2]:
        before: int | None = None
        for position in range(1 + int(random.random() * 2)):
            number, deleted = some_id(count, 400_001, 83), every(15, count)
            moment = _begun(story) + 60 * (position + 1)
            record = {
                "id": number,
                "story_id": story.record["id"],
                "parent_id": before,
                "position": position,
                "text": None if deleted else f"{pick(random, NAMES)}: erledigt ✅",
                "author_id": None if deleted else pick(random, members),
                "external_id": None,
                "deleted": deleted,
                "linked_to_slack": False,
                "blocker": every(9, count),
                "unblocks_parent": False,
                "reactions": [{"emoji": ":+1:", "permission_ids": [members[0]]}] if count % 5 == 0 else [],
                "created_at": zulu(moment),
                "updated_at": maybe(random, zulu(moment + 30), 0.4),
                **mentions(),
            }
            yield Row(record | _page_of("story-comment", number))
            before = number
            count += 1


def _page_of(kind: str, number: int) -> Record:
    return {"entity_type": kind, "app_url": f"https://app.stories.example/acme/{kind}/{number}"}


def story_history(seeding: Seeding) -> Iterator[Row]:
    """Make one to three entries for each story; none says to which story it belongs, and some times have fractions."""
    random = seeding.random
    members = keys(seeding, "members")
    for story in seeding.rows("stories"):
        for step in range(1 + int(random.random() * 3)):
            moment = _begun(story) + step * 30 + random.random()
            member = maybe(random, pick(random, members), 0.2)
            number = story.record["id"]
            record: Record = {
                "id": some_uuid(random),
                "changed_at": zulu_millis(moment) if chance(random, 0.5) else zulu(moment),
                "version": "v1",
                "primary_id": pick(random, (number, number, str(number))),
                "actions": [{"id": number, "entity_type": "story", "action": "update" if step else "create"}],
                "references": [{"id": 500_000_101, "entity_type": "workflow-state", "name": "Fertig"}],
                "actor_name": pick(random, NAMES) if member else None,
                "member_id": member,
                "external_id": None,
                "webhook_id": None,
                "automation_id": None if member else some_uuid(random),
            }
            if step == 0:
                del record["references"]
            yield Row(record, {"story_id": number})
