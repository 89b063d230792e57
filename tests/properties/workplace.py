"""An API in which somebody works: projects, tasks, notes, tickets, comments, labels, events."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import UTC, datetime, timedelta, timezone
from typing import Any, Final

from attrs import define, field

from sdk.testing.faults.wire import Answer, Asked

TABLES: Final = ("projects", "tasks", "notes", "tickets", "comments", "labels", "events")
PAGE: Final = 2

_TOP: Final = frozenset({"projects", "tickets", "labels", "events"})


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
