"""Make the rows that plan the work: categories, objectives, epics and their comments, iterations."""

from __future__ import annotations

from collections.abc import Iterator
from random import Random
from typing import Final

from sdk.testing.simulator import Record, Row, Seeding, ages, every, lacking, large_id, maybe, pick, some_id, zulu
from sdk_plugin_stories.simulator_making import DAY, NAMES, TITLES, keys, mentions, moments, named, numbers

STATES: Final = ("to do", "in progress", "done")


def categories(seeding: Seeding) -> Iterator[Row]:
    """Make categories."""
    random = seeding.random
    for index, (created, updated) in enumerate(ages(seeding, 900)):
        number = some_id(index, 11, 5)
        record = {
            "id": number,
            "name": f"{pick(random, ('Platform', 'Größe', '成長'))} {index}",
            "type": "milestone",
            "color": maybe(random, "#6515dd", 0.4),
            "external_id": None,
            "archived": every(6, index),
            "created_at": zulu(created),
            "updated_at": zulu(updated),
        }
        shared = named("category", number)
        del shared["app_url"]
        yield Row(record | shared)


def objectives(seeding: Seeding) -> Iterator[Row]:
    """Make objectives, which an older path calls milestones: in no category, in one, or in several."""
    random = seeding.random
    rows = [row.record for row in seeding.rows("categories")]
    for index, (created, updated) in enumerate(ages(seeding, 700)):
        number, state = some_id(index, 101, 9), pick(random, STATES)
        held = [rows[(index + step) % len(rows)] for step in range(min(index % 4, len(rows)))]
        record = {
            "id": number,
            "name": f"{pick(random, TITLES)} {index}",
            "description": "" if index % 3 else "Für alle, die *früh* aufstehen",
            "state": state,
            "position": index * 2,
            "archived": every(8, index),
            "started": state != "to do",
            "completed": state == "done",
            "categories": held,
            "key_result_ids": [],
            "stats": {"average_cycle_time": 86_400, "average_lead_time": None, "num_related_documents": index % 3},
            "created_at": zulu(created),
            "updated_at": zulu(updated),
        }
        record |= moments(random, "started_at", zulu(created + DAY) if record["started"] else None)
        record |= moments(random, "completed_at", zulu(updated) if record["completed"] else None)
        yield Row(record | named("milestone", number), {"category_ids": [category["id"] for category in held]})


def epics(seeding: Seeding) -> Iterator[Row]:
    """Make epics under no objective, one, or several; a few have no times, as rows of old accounts do."""
    random = seeding.random
    goals, members, groups = numbers(seeding, "objectives"), keys(seeding, "members"), keys(seeding, "groups")
    labels = [row.record for row in seeding.rows("labels")]
    for index, (created, updated) in enumerate(ages(seeding, 500)):
        state = pick(random, STATES)
        above = [goals[(index * 3 + step) % len(goals)] for step in range(min(index % 4, len(goals)))]
        label = [pick(random, labels)] if index % 3 == 0 else []
        record = _epic(random, index, state) | {
            "milestone_id": above[0] if above else None,
            "objective_ids": above,
            "requested_by_id": pick(random, members),
            "owner_ids": [pick(random, members)] if index % 2 else [],
            "follower_ids": [pick(random, members)],
            "group_id": maybe(random, pick(random, groups), 0.5),
            "group_ids": [pick(random, groups)] if index % 2 else [],
            "labels": label,
            "label_ids": [each["id"] for each in label],
            "created_at": None if every(23, index) else zulu(created),
            "updated_at": None if every(11, index) else zulu(updated),
            "deadline": maybe(random, zulu(updated + 30 * DAY), 0.6),
            "planned_start_date": maybe(random, zulu(created), 0.6),
        }
        record |= mentions(pick(random, members) if index % 5 == 0 else None)
        record |= moments(random, "started_at", zulu(created + DAY) if record["started"] else None)
        record |= moments(random, "completed_at", zulu(updated) if record["completed"] else None)
        yield Row(record)


def _epic(random: Random, index: int, state: str) -> Record:
    number = some_id(index, 1_001, 19)
    return named("epic", number) | {
        "id": number,
        "name": f"{pick(random, TITLES)} {index}",
        "description": f"Warum? Darum. → [{index}]",
        "state": state,
        "epic_state_id": 500_000_000 + STATES.index(state),
        "position": index * 1_000,
        "stories_without_projects": index % 7,
        "external_id": maybe(random, f"ext-{index}", 0.8),
        "productboard_id": None,
        "productboard_name": None,
        "productboard_url": None,
        "productboard_plugin_id": None,
        "archived": every(9, index),
        "started": state != "to do",
        "completed": state == "done",
        "project_ids": [],
        "associated_groups": None,
        "stats": {"num_points": pick(random, (0, 12, 3.5)), "num_stories_total": index % 12, "last_story_update": None},
        "comments": [{"id": 60_000 + index, "text": "schon gelesen?"}] if index % 4 == 1 else [],
        "health": {"status": "On Track", "text": "läuft"} if index % 4 == 0 else None,
    }


def epic_comments(seeding: Seeding) -> Iterator[Row]:
    """Make comments with their replies, and replies to those, inside; none says to which epic it belongs."""
    random = seeding.random
    members = keys(seeding, "members")
    count = 0
    for index, epic in enumerate(seeding.rows("epics")):
        for _ in range(index % 4):
            nested = []
            for reply in range(count % 3):
                deeper = [_comment(random, 9_000_000 + count, members, [])] if reply and every(2, count) else []
                nested.append(_comment(random, 5_000_000 + 10 * count + reply, members, deeper))
            yield Row(_comment(random, some_id(count, 70_001, 13), members, nested), {"epic_id": epic.record["id"]})
            count += 1


def _comment(random: Random, number: int, members: list[str], comments: list[Record]) -> Record:
    moment = 1_735_689_600 + number % 10_000_000
    deleted = every(10, number)
    return {
        "id": number,
        "entity_type": "epic-comment",
        "app_url": f"https://app.stories.example/acme/epic-comment/{number}",
        "text": "" if deleted else f"{pick(random, NAMES)}: sieht gut aus 👍 ({number})",
        "author_id": pick(random, members),
        "external_id": None,
        "deleted": deleted,
        "comments": comments,
        "created_at": zulu(moment),
        "updated_at": zulu(moment + 3_600),
        **mentions(),
    }


def iterations(seeding: Seeding) -> Iterator[Row]:
    """Make iterations of two weeks; their dates are days."""
    random = seeding.random
    groups, members = keys(seeding, "groups"), keys(seeding, "members")
    for index, (created, updated) in enumerate(ages(seeding, 14 * seeding.size)):
        number = large_id(index) if every(9, index) else 3_001 + index
        record = {
            "id": number,
            "name": f"Sprint {index}: {pick(random, TITLES)}",
            "status": pick(random, ("unstarted", "started", "done")),
            "start_date": zulu(created)[:10],
            "end_date": zulu(created + 13 * DAY)[:10],
            "labels": [],
            "label_ids": [],
            "group_ids": [pick(random, groups)] if index % 3 else [],
            "follower_ids": [pick(random, members)],
            "associated_groups": None if index % 2 else [],
            "stats": {
                "num_points": pick(random, (0, 8, 2.5)),
                "num_stories_done": index % 9,
                "average_cycle_time": None,
            },
            "created_at": zulu(created),
            "updated_at": zulu(updated),
            **mentions(),
        }
        yield Row(lacking(random, record | named("iteration", number), ("associated_groups",), 0.1))
