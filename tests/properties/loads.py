"""How the workplace is loaded, by a connector or a dictionary, and what stands in the destination then.

As a program it loads once, and is killed on the way.
"""

from __future__ import annotations

import json
import os
import shutil
import signal
import sys
from collections.abc import Collection
from contextlib import closing
from datetime import datetime
from pathlib import Path
from typing import Any, Final

import dlt
import duckdb
from attrs import frozen

import sdk
from sdk import scheduler
from tests.properties.workplace import TABLES

_KEYS: Final = {"tasks": "_projects_id, id", "notes": "_tasks_code, id", "comments": "_tickets_id, id"}


def install(folder: Path) -> Path:
    """Install the connector below *folder*, as pip would; return what has to be on the path."""
    site = folder / "site-packages"
    info = site / "sdk_plugin_workplace-1.0.dist-info"
    info.mkdir(parents=True)
    (info / "METADATA").write_text("Metadata-Version: 2.1\nName: sdk-plugin-workplace\nVersion: 1.0\n")
    (info / "entry_points.txt").write_text("[sdk.connectors]\nworkplace = sdk_plugin_workplace\n")
    shutil.copy(Path(__file__).with_name("declared.py"), site / "sdk_plugin_workplace.py")
    return site


@frozen
class Place:
    """Where the workplace is loaded to.

    Attributes:
        folder: Where pipelines keep what they know.
        target: A DuckDB file, or the address of a PostgreSQL database.
        door: What says how the API is read: `connector` or `dictionary`.
    """

    folder: Path
    target: str
    door: str

    def load(self, base_url: str, now: str, in_flight: int) -> sdk.RunReport:
        """Run once; several in flight are several although the server answers at once."""
        scheduler._WAIT_ONCE = float("-inf")
        into = dlt.destinations.postgres if self.target.startswith("postgresql:") else dlt.destinations.duckdb
        pipeline = dlt.pipeline(
            "workplace",
            pipelines_dir=str(self.folder / "pipelines"),
            destination=into(self.target),
            dataset_name="data",
        )
        if self.door == "dictionary":
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

    def loaded(self, twice: Collection[str] = ()) -> dict[str, dict[Any, int]]:
        """Return the version of each row that was loaded, by table and key; one that stands *twice* fails elsewhere."""
        found: dict[str, dict[Any, int]] = {name: {} for name in TABLES}
        for name in self._tables() & found.keys():
            rows = self._rows(f"SELECT {_KEYS.get(name, 'id')}, version FROM data.{name}")
            found[name] = {row[:-1] if name in _KEYS else row[0]: row[-1] for row in rows}
            assert len(found[name]) == len(rows) or name in twice, f"a key twice in {name}"
        return found

    def skipped(self) -> set[int]:
        """Return the projects whose tasks are said to be missing."""
        if "_sdk_skips" not in self._tables():
            return set()
        rows = self._rows("SELECT parent_key FROM data._sdk_skips WHERE resource = 'tasks'")
        # PostgreSQL's driver parses JSON.
        return {(key if isinstance(key, dict) else json.loads(key))["_projects_id"] for (key,) in rows}

    def _tables(self) -> set[str]:
        query = "SELECT table_name FROM information_schema.tables WHERE table_schema = 'data'"
        return {name for (name,) in self._rows(query)}

    def _rows(self, query: str) -> list[tuple[Any, ...]]:
        if not self.target.startswith("postgresql:"):
            with duckdb.connect(self.target, read_only=True) as connection:
                return connection.execute(query).fetchall()
        import psycopg2

        with closing(psycopg2.connect(self.target)) as connection, connection.cursor() as cursor:
            cursor.execute(query)
            return list(cursor.fetchall())


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
    place = Place(Path(sys.argv[1]), sys.argv[2], sys.argv[3])
    os.chdir(place.folder)
    sys.path.insert(0, str(place.folder / "site-packages"))
    _die_at(int(sys.argv[7]), str(place.folder / "pipelines"))
    # What fails says so and is no kill; however far it came, whoever started it wants it killed.
    place.load(sys.argv[4], sys.argv[5], int(sys.argv[6]))
    os.kill(os.getpid(), signal.SIGKILL)
