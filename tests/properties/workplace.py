"""An API in which somebody works: projects, tasks, notes, tickets, comments, labels, events; loaded and killed.

A connector declares it, and a dictionary.
"""

from __future__ import annotations

import json
import os
import shutil
import signal
import sys
from collections.abc import Callable, Collection, Mapping
from datetime import UTC, datetime, timedelta, timezone
from pathlib import Path
from typing import Any, Final

import dlt
import duckdb
from attrs import define, field

import sdk
from sdk import scheduler
from sdk.testing.faults.wire import Answer, Asked

TABLES: Final = ("projects", "tasks", "notes", "tickets", "comments", "labels", "events")
PAGE: Final = 2

_TOP: Final = frozenset({"projects", "tickets", "labels", "events"})
_KEYS: Final = {"tasks": "_projects_id, id", "notes": "_tasks_code, id", "comments": "_tickets_id, id"}


@define
class Workplace:
    """What is there now, and what ever was: each row has a version that tells its states apart.

    Attributes:
        rows: The rows of each table by key; of those that belong to another it is the other's, and their own.
        ever: Key and version of all that ever was, by table.
        locked: The projects whose tasks nobody may see.
        hidden: The tickets whose comments nobody may see.
        archived: The tickets that are listed apart.
        down: The path that fails, if any.
        left: After as many answers somebody is called, who may end the run.
    """

    now: datetime = datetime(2026, 1, 10, 12, tzinfo=UTC)
    zone: int = 0
    versions: int = 0
    rows: dict[str, dict[Any, dict[str, Any]]] = field(factory=lambda: {name: {} for name in TABLES})
    ever: dict[str, set[Any]] = field(factory=lambda: {name: set() for name in TABLES})
    locked: set[int] = field(factory=set)
    hidden: set[int] = field(factory=set)
    archived: set[int] = field(factory=set)
    down: str = ""
    left: int = -1
    called: Callable[[], None] = lambda: None

    def put(self, table: str, key: Any) -> None:
        """Add a row, or change it."""
        self.versions += 1
        self.rows[table][key] = {"version": self.versions, "at": self.now}
        self.ever[table].add((key, self.versions))

    def drop(self, table: str, key: Any) -> None:
        """Delete a row with all that is its."""
        for below, rows in self.rows.items():
            self.rows[below] = {one: row for one, row in rows.items() if owner(below, one) != (table, key)}

    def visible(self) -> dict[str, dict[Any, int]]:
        """Return the version of each row that a reader may see, by table and key."""
        unseen = {("projects", one) for one in self.locked} | {("tickets", one) for one in self.hidden}
        return {
            table: {
                key: row["version"] for key, row in rows.items() if table in _TOP or owner(table, key) not in unseen
            }
            for table, rows in self.rows.items()
        }

    def __call__(self, asked: Asked) -> Answer:
        """Answer one request."""
        if self.left >= 0:
            self.left -= 1
            if self.left < 0:
                self.called()
        if self.down and asked.path == self.down:
            return Answer({"message": "down"}, 500)
        return self._answer(asked)

    def _answer(self, asked: Asked) -> Answer:
        match asked.path.strip("/").split("/"):
            case [("projects" | "labels") as table]:
                return self._numbered(asked.query, [{"id": key, **row} for key, row in self.rows[table].items()])
            case [("tickets" | "archive") as listed]:
                apart = self.archived if listed == "archive" else self.rows["tickets"].keys() - self.archived
                return self._since(asked.query, {key: row for key, row in self.rows["tickets"].items() if key in apart})
            case ["events"] if "since_id" in asked.query:
                since = int(asked.query["since_id"])
                return self._listed(
                    asked.query, [{"id": one, **row} for one, row in self.rows["events"].items() if one > since]
                )
            case ["events"]:
                return self._since(asked.query, self.rows["events"])
            case [above, key, below] if self._is_there(above, key):
                ids = {one[1]: row for one, row in self.rows[below].items() if str(one[0]) == key}
                return self._listed(asked.query, [{"id": one, "code": f"{key}-{one}", **ids[one]} for one in ids])
            case _:
                return Answer({"message": "no such path"}, 404)

    def _is_there(self, table: str, key: str) -> bool:
        """Return whether what belongs to a row may be seen."""
        match table:
            case "projects":
                return int(key) in self.rows[table].keys() - self.locked
            case "tickets":
                return int(key) in self.rows[table].keys() - self.hidden
            case _:
                return True

    def _since(self, query: Mapping[str, str], rows: dict[Any, dict[str, Any]]) -> Answer:
        since = datetime.fromisoformat(query["since"])
        return self._listed(query, [{"id": key, **row} for key, row in rows.items() if row["at"] >= since])

    def _listed(self, query: Mapping[str, str], rows: list[dict[str, Any]]) -> Answer:
        place = int(query.get("after", 0))
        following = str(place + PAGE) if place + PAGE < len(rows) else None
        return Answer({"rows": self._written(rows[place : place + PAGE]), "next": following})

    def _numbered(self, query: Mapping[str, str], rows: list[dict[str, Any]]) -> Answer:
        place = (int(query["page"]) - 1) * PAGE
        return Answer({"rows": self._written(rows[place : place + PAGE]), "total": len(rows)})

    def _written(self, rows: list[dict[str, Any]]) -> list[dict[str, Any]]:
        zone = timezone(timedelta(hours=self.zone))
        return [{**one, "at": one["at"].astimezone(zone).isoformat()} for one in rows]


def owner(table: str, key: Any) -> tuple[str, int]:
    """Return the table and key of the row at the top that the row *key* of *table* belongs to: itself, perhaps."""
    match table:
        case "tasks":
            return "projects", key[0]
        case "notes":
            return "projects", int(key[0].partition("-")[0])
        case "comments":
            return "tickets", key[0]
        case _:
            return table, key


def install(folder: Path) -> Path:
    """Install the connector below *folder*, as pip would; return what has to be on the path."""
    site = folder / "site-packages"
    info = site / "sdk_plugin_workplace-1.0.dist-info"
    info.mkdir(parents=True)
    (info / "METADATA").write_text("Metadata-Version: 2.1\nName: sdk-plugin-workplace\nVersion: 1.0\n")
    (info / "entry_points.txt").write_text("[sdk.connectors]\nworkplace = sdk_plugin_workplace\n")
    shutil.copy(Path(__file__).with_name("declared.py"), site / "sdk_plugin_workplace.py")
    return site


def load(folder: Path, door: str, base_url: str, now: str, in_flight: int) -> sdk.RunReport:
    """Run once, into the DuckDB file of *folder*; several in flight are several although the server answers at once.

    What says how the API is read is the *door*: `connector` or `dictionary`.
    """
    scheduler._WAIT_ONCE = float("-inf")
    target = dlt.destinations.duckdb(str(folder / "workplace.duckdb"))
    pipeline = dlt.pipeline(
        "workplace", pipelines_dir=str(folder / "pipelines"), destination=target, dataset_name="data"
    )
    if door == "dictionary":
        config = dictionary(base_url)
        return sdk.run_config(config, "workplace", pipeline=pipeline, in_flight=in_flight, commit_records=3)
    return sdk.run(
        "workplace",
        pipeline=pipeline,
        clock=lambda: datetime.fromisoformat(now),
        base_url=base_url,
        start_date=None,
        overrides=[],
        share_limits=False,
        in_flight=in_flight,
        commit_records=3,
    )


def dictionary(base_url: str) -> dict[str, Any]:
    """Return what a user of dlt would write for the API at *base_url*."""
    after = {"type": "cursor", "cursor_path": "next", "cursor_param": "after"}
    number = {"type": "page_number", "base_page": 1, "total_path": None, "stop_after_empty_page": True}
    since = {"cursor_path": "at", "start_param": "since", "initial_value": "2000-01-01T00:00:00+00:00"}
    tasks, notes = "projects/{resources.projects.id}/tasks", "tasks/{resources.tasks.code}/notes"
    locked = [{"status_code": 404, "action": "ignore"}]
    return {
        "client": {"base_url": base_url, "paginator": after},
        "resource_defaults": {
            "write_disposition": "merge",
            "primary_key": "id",
            # Waits take no time, in processes that are killed too.
            "endpoint": {"data_selector": "rows", "error_handler": {"max_retries": 2, "backoff_factor": 0}},
        },
        "resources": [
            {"name": "projects", "endpoint": {"path": "projects", "paginator": number}},
            {
                "name": "tasks",
                "primary_key": ["_projects_id", "id"],
                "include_from_parent": ["id"],
                "endpoint": {"path": tasks, "response_actions": locked},
            },
            {
                "name": "notes",
                "primary_key": ["_tasks_code", "id"],
                "include_from_parent": ["code"],
                "endpoint": {"path": notes},
            },
            {"name": "events", "write_disposition": "append", "endpoint": {"path": "events", "incremental": since}},
            {"name": "labels", "write_disposition": "replace", "endpoint": {"path": "labels", "paginator": number}},
            {"name": "tickets", "endpoint": {"path": "tickets", "incremental": since}},
            {
                "name": "comments",
                "primary_key": ["_tickets_id", "id"],
                "include_from_parent": ["id"],
                "endpoint": {"path": "tickets/{resources.tickets.id}/comments", "response_actions": locked},
            },
        ],
    }


def loaded(folder: Path, twice: Collection[str] = ()) -> dict[str, dict[Any, int]]:
    """Return the version of each row that was loaded, by table and key; one that stands *twice* fails elsewhere."""
    found: dict[str, dict[Any, int]] = {name: {} for name in TABLES}
    with duckdb.connect(str(folder / "workplace.duckdb"), read_only=True) as connection:
        query = "SELECT table_name FROM information_schema.tables WHERE table_schema = 'data'"
        there = {name for (name,) in connection.execute(query).fetchall()}
        for name in there & found.keys():
            rows = connection.execute(f"SELECT {_KEYS.get(name, 'id')}, version FROM data.{name}").fetchall()
            found[name] = {row[:-1] if name in _KEYS else row[0]: row[-1] for row in rows}
            assert len(found[name]) == len(rows) or name in twice, f"a key twice in {name}"
    return found


def skipped(folder: Path) -> set[int]:
    """Return the projects whose tasks are said to be missing."""
    with duckdb.connect(str(folder / "workplace.duckdb"), read_only=True) as connection:
        query = "SELECT table_name FROM information_schema.tables WHERE table_schema = 'data'"
        if ("_sdk_skips",) not in connection.execute(query).fetchall():
            return set()
        rows = connection.execute("SELECT parent_key FROM data._sdk_skips WHERE resource = 'tasks'").fetchall()
    return {json.loads(key)["_projects_id"] for (key,) in rows}


def _die_at(event: int, below: str) -> None:
    """End this process as a power cut would, just before the *event*th change of a file *below* a folder."""
    left = event

    def watch(name: str, given: tuple[Any, ...]) -> None:
        nonlocal left
        writes = name in {"os.rename", "os.remove", "os.mkdir"} or (
            name == "open" and isinstance(given[1], str) and given[1][0] in "wax"
        )
        if not writes or not str(given[0]).startswith(below):
            return
        if left <= 0:
            os.kill(os.getpid(), signal.SIGKILL)
        left -= 1

    sys.addaudithook(watch)


if __name__ == "__main__":
    place = Path(sys.argv[1])
    os.chdir(place)
    sys.path.insert(0, str(place / "site-packages"))
    _die_at(int(sys.argv[6]), str(place / "pipelines"))
    # What fails says so and is no kill; however far it came, whoever started it wants it killed.
    load(place, sys.argv[2], sys.argv[3], sys.argv[4], int(sys.argv[5]))
    os.kill(os.getpid(), signal.SIGKILL)
