"""Make the rows of what is watched and shown: monitors, downtimes, objectives, tests, dashboards."""

from __future__ import annotations

from collections.abc import Iterator
from random import Random

from sdk.testing.simulator import Record, Row, Seeding, ages, chance, every, lacking, large_id, maybe, pick, some_id
from sdk_plugin_observability.simulator_making import micros, some_uuid, uneven

_DAY = 86_400
_ORGANISATION = 1_234_567
_PERSON = {"name": "Jörg Weiß", "handle": "joerg@example.com", "email": "joerg@example.com"}
_THINGS = ("Checkout latency", "Fehlerquote größer als 1 %", "ディスク使用率", 'Queue "mail" grows', "Диск почти полон")


def _key(random: Random) -> str:
    """Return an id of the form `abc-def-ghi`."""
    letters = [chr(97 + int(random.random() * 26)) for _ in range(9)]
    return "-".join("".join(letters[start : start + 3]) for start in (0, 3, 6))


def dashboards(seeding: Seeding) -> Iterator[Row]:
    """Make dashboards; the ready-made ones are never listed, the deleted ones only on demand."""
    random = seeding.random
    for index, (created, updated) in enumerate(ages(seeding, 800)):
        key, deleted = f"{_key(random)}-{index}", every(13, index)
        record = {
            "id": key,
            "title": f"{pick(random, _THINGS)} {index}",
            "description": maybe(random, "## Übersicht\n* p95\n* p99", 0.5),
            "author_handle": f"person{index % 30}@example.com",
            "layout_type": pick(random, ("ordered", "free")),
            "url": f"/dashboard/{key}/board-{index}",
            "is_read_only": every(6, index),
            "created_at": micros(uneven(created, index)),
            "modified_at": micros(uneven(updated, index)),
            "deleted_at": micros(uneven(updated, index)) if deleted else None,
        }
        yield Row(lacking(random, record, ("deleted_at",), 0.1), {"preset": every(17, index), "deleted": deleted})


def monitors(seeding: Seeding) -> Iterator[Row]:
    """Make monitors in the order of their ids, the last few above 2^53."""
    random = seeding.random
    for index, (created, updated) in enumerate(ages(seeding, 800)):
        begun, changed = uneven(created, index), max(uneven(created, index), uneven(updated, index))
        newest = index >= seeding.size - max(1, seeding.size // 30)
        record = _monitor(random, index) | {
            "id": large_id(index) if newest else 100_000 + 3 * index,
            "created": micros(begun),
            "created_at": int(begun * 1000),
            "modified": micros(changed),
            "overall_state_modified": maybe(random, micros(changed), 0.1),
            "deleted": None,
        }
        yield Row(lacking(random, record, ("draft_status", "assets", "matching_downtimes"), 0.1))


def _monitor(random: Random, index: int) -> Record:
    critical = pick(random, (90, 0.5, 1e3))
    return {
        "org_id": _ORGANISATION,
        "name": f"{pick(random, _THINGS)} {index}",
        "type": pick(random, ("metric alert", "query alert", "log alert")),
        "query": f"avg(last_5m):avg:system.load.1{{env:prod}} > {critical}",
        "message": "Bitte prüfen @oncall",
        "overall_state": pick(random, ("OK", "Alert", "No Data")),
        "draft_status": "published",
        "multi": every(3, index),
        "priority": maybe(random, index % 5 + 1, 0.5),
        "tags": ["team:web"] if index % 4 else [],
        "options": {"thresholds": {"critical": critical, "warning": maybe(random, 50.0)}, "notify_no_data": False},
        "creator": {"id": large_id(3), **_PERSON},
        "restricted_roles": maybe(random, ["00000000-0000-4000-8000-000000000001"], 0.9),
        "matching_downtimes": [],
        "state": {"groups": {}},
        "assets": [],
    }


def downtimes(seeding: Seeding) -> Iterator[Row]:
    """Make downtimes as the old path sends them, all moments in epoch seconds."""
    random = seeding.random
    watched = [row.record["id"] for row in seeding.rows("monitors")]
    for index, (created, updated) in enumerate(ages(seeding, 600)):
        active, canceled = chance(random, 0.6), chance(random, 0.2)
        weekly = {"type": "weeks", "period": 1, "week_days": ["Mon", "Fri"], "until_occurrences": None}
        yield Row(
            {
                "id": some_id(index, 1_500_000_000, 41),
                "monitor_id": maybe(random, pick(random, watched), 0.5),
                "org_id": _ORGANISATION,
                "start": int(created),
                "end": maybe(random, int(created) + 2 * _DAY, 0.4),
                "canceled": int(updated) if canceled else None,
                "created": int(created),
                "modified": int(updated),
                "message": maybe(random, "Wartung 🛠", 0.5),
                "active": active and not canceled,
                "disabled": canceled,
                "recurrence": maybe(random, weekly | {"until_date": int(created) + 90 * _DAY}, 0.8),
                "active_child": None,
                "timezone": pick(random, ("UTC", "Europe/Berlin", "Asia/Tokyo")),
                "parent_id": None,
                "child_id": None,
                "creator_id": 2_320_499 + index % 5,
                "updater_id": maybe(random, 2_320_499, 0.7),
                "downtime_type": pick(random, (0, 1, 2)),
                "status": "canceled" if canceled else "active" if active else "ended",
                "monitor_tags": ["*"],
                "mute_first_recovery_notification": every(8, index),
                "notify_end_types": ["expired"],
                "notify_end_states": ["alert", "no data", "warn"],
                "uuid": some_uuid(random),
                "scope": [f"host:host-{index % 17:02d}"],
                "creator": {"id": 2_320_499 + index % 5, **_PERSON},
            }
        )


def downtimes_v2(seeding: Seeding) -> Iterator[Row]:
    """Make downtimes as the new path sends them, with ids and moments of another kind."""
    random = seeding.random
    for index, (created, updated) in enumerate(ages(seeding, 600)):
        begun = micros(uneven(created, index))
        attributes = {
            "canceled": maybe(random, micros(uneven(updated, index)), 0.8),
            "created": begun,
            "modified": micros(uneven(updated, index)),
            "display_timezone": maybe(random, "Europe/Berlin", 0.3),
            "message": maybe(random, "Wartung 🛠", 0.5),
            "scope": f"host:host-{index % 17:02d} AND env:prod",
            "status": pick(random, ("active", "scheduled", "ended", "canceled")),
            "monitor_identifier": {"monitor_tags": ["*"]} if index % 3 else {"monitor_id": 100_000 + 3 * index},
            "schedule": {"start": begun, "end": None},
            "notify_end_states": ["alert", "warn"],
            "notify_end_types": ["canceled", "expired"],
            "mute_first_recovery_notification": every(8, index),
        }
        relations = {"created_by": {"data": {"type": "users", "id": some_uuid(random)}}}
        row = {"type": "downtime", "id": some_uuid(random), "attributes": attributes, "relationships": relations}
        yield Row(row)


def objectives(seeding: Seeding) -> Iterator[Row]:
    """Make service level objectives; their thresholds come as whole numbers and as fractions."""
    random = seeding.random
    for index, (created, updated) in enumerate(ages(seeding, 700)):
        target, warning = pick(random, ((95, 98), (95.0, 98.0), (99.9, None), (99, 99.95)))
        kind = pick(random, ("metric", "monitor", "time_slice"))
        record = {
            "id": f"{random.getrandbits(128):032x}",
            "name": f"{pick(random, _THINGS)} {index}",
            "description": maybe(random, "Ziel für Q3: “vier Neunen”", 0.4),
            "type": kind,
            "type_id": {"monitor": 0, "metric": 1, "time_slice": 2}[kind],
            "timeframe": pick(random, ("7d", "30d", "90d")),
            "tags": ["env:prod"] if index % 2 else [],
            "monitor_tags": [],
            "monitor_ids": [100_000 + 3 * index, large_id(index)] if kind == "monitor" else [],
            "groups": ["env:prod,az:eu"] if every(5, index) else [],
            "thresholds": [{"timeframe": "7d", "target": target, "target_display": f"{target}.", "warning": warning}],
            "target_threshold": target,
            "warning_threshold": warning,
            "query": {"numerator": "sum:hits{code:2xx}", "denominator": "sum:hits{*}"} if kind == "metric" else None,
            "sli_specification": {"time_slice": {"comparator": ">", "threshold": 5}} if kind == "time_slice" else None,
            "creator": {**_PERSON, "name": maybe(random, "Jörg Weiß")},
            "created_at": int(created),
            "modified_at": int(updated),
        }
        if kind != "monitor":
            del record["monitor_ids"], record["groups"]
        yield Row(lacking(random, record, ("sli_specification", "query"), 0.2), {"deleted": every(19, index)})


def synthetic_tests(seeding: Seeding) -> Iterator[Row]:
    """Make synthetic tests, known by a `public_id` and by nothing else."""
    random = seeding.random
    for index, (created, updated) in enumerate(ages(seeding, 500)):
        kind = pick(random, ("api", "browser"))
        record = {
            "public_id": f"{_key(random)}-{index}",
            "name": f"{pick(random, _THINGS)} {index}",
            "status": pick(random, ("live", "paused")),
            "type": kind,
            "subtype": pick(random, ("http", "ssl", "multi")) if kind == "api" else None,
            "message": "" if index % 2 else "Bitte prüfen @oncall",
            "monitor_id": some_id(index, 700_000, 31),
            "config": {"assertions": [{"operator": "is", "target": 200, "type": "statusCode"}], "variables": []},
            "options": {"tick_every": 60, "min_failure_duration": pick(random, (0, 2.5))},
            "locations": ["aws:eu-central-1"],
            "tags": ["größe:klein"] if index % 3 == 0 else [],
            "creator": _PERSON,
            "created_at": micros(uneven(created, index)),
            "modified_at": micros(uneven(updated, index)),
        }
        yield Row(lacking(random, record, ("subtype", "tags")))
