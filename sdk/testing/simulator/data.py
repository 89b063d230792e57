"""Hold the rows of a running server: made when first asked for, changed by tests, read by many threads."""

from __future__ import annotations

import threading
from collections import Counter
from collections.abc import Callable, Iterable, Mapping
from datetime import datetime
from random import Random
from typing import Any

from attrs import define, field, frozen

from sdk.testing.simulator.description import Simulator, Table
from sdk.testing.simulator.messages import Record, Row, SimulatorError


@frozen
class TableSeeding:
    """What the maker of one table works with; see `Seeding`."""

    random: Random
    size: int
    now: datetime
    rows: Callable[[str], tuple[Row, ...]]


@define
class Data:
    """Hold the tables of one server.

    Rows are replaced, never changed in place, and `version` counts a table's changes: who took a list of rows keeps a
    consistent one, and what was derived from an older version can tell.
    """

    simulator: Simulator
    seed: int
    scale: float
    sizes: Mapping[str, int]
    made_at: datetime
    _rows: dict[str, list[Row]] = field(factory=dict)
    _versions: Counter[str] = field(factory=Counter)
    _by_key: dict[tuple[str, str], tuple[int, dict[str, Row]]] = field(factory=dict)
    _lock: threading.RLock = field(factory=threading.RLock)

    def __attrs_post_init__(self) -> None:
        unknown = set(self.sizes) - {table.name for table in self.simulator.tables}
        if unknown:
            raise SimulatorError(f"sizes names unknown tables: {', '.join(sorted(unknown))}")

    def rows(self, table: str) -> tuple[Row, ...]:
        """Return the rows of a table as they are now."""
        with self._lock:
            return tuple(self._live(table))

    def version(self, table: str) -> int:
        """Return how many times a table was changed."""
        return self._versions[table]

    def row(self, table: str, key: object, field_name: str = "id") -> Row | None:
        """Return the row with a key, compared as text since a path holds text; `None` when there is none."""
        with self._lock:
            version, index = self._by_key.get((table, field_name), (-1, {}))
            if version != self.version(table):
                index = {str(row.value(field_name)): row for row in self._live(table)}
                self._by_key[table, field_name] = (self.version(table), index)
            return index.get(str(key))

    def seeding(self, table: Table) -> TableSeeding:
        """Return what the maker of a table works with."""
        scaled = round(table.size * self.scale) if table.scales else table.size
        return TableSeeding(
            Random(f"{self.seed}/{table.name}"),
            self.sizes.get(table.name, max(1, scaled) if table.size else 0),
            self.made_at,
            self.rows,
        )

    def add(self, table_name: str, fields: Mapping[str, Any], marks: Mapping[str, Any], at: float) -> Record:
        """Add a row like the last one of its table, with a new key, the given fields and a new age."""
        table = self.table(table_name)
        with self._lock:
            self._make_all()
            rows = self._live(table_name)
            last = rows[-1] if rows else Row({})
            stamps = {name: table.written(at) for name in (table.created, table.updated) if name}
            fresh = {table.key: _next_key(table.key, rows), **stamps}
            record = _changed(last.record, {**fresh, **fields})
            added = Row(record, {**last.marks, **marks})
            self._replace(table_name, [*rows, added])
            self._trace(table, None, added, at)
        return dict(record)

    def update(
        self, table_name: str, key: object, fields: Mapping[str, Any], marks: Mapping[str, Any], at: float
    ) -> Record:
        """Change fields and marks of a row, and its time of change unless *fields* holds one."""
        table = self.table(table_name)
        with self._lock:
            self._make_all()
            position, row = self._find(table, key)
            touched = {table.updated: table.written(at)} if table.updated else {}
            changed = Row(_changed(row.record, {**touched, **fields}), {**row.marks, **marks})
            rows = self._live(table_name)
            self._replace(table_name, [*rows[:position], changed, *rows[position + 1 :]])
            self._trace(table, row, changed, at)
        return dict(changed.record)

    def delete(self, table_name: str, key: object) -> None:
        """Remove a row for good."""
        with self._lock:
            self._make_all()
            position, _ = self._find(self.table(table_name), key)
            rows = self._live(table_name)
            self._replace(table_name, [*rows[:position], *rows[position + 1 :]])

    def table(self, name: str) -> Table:
        """Return the description of a table."""
        for table in self.simulator.tables:
            if table.name == name:
                return table
        raise SimulatorError(f"simulator {self.simulator.name!r} has no table {name!r}")

    def _live(self, name: str) -> list[Row]:
        if name not in self._rows:
            table = self.table(name)
            self._rows[name] = list(table.make(self.seeding(table)))
        return self._rows[name]

    def _make_all(self) -> None:
        """Make every table: what is made from another must not depend on a change that came before it."""
        for table in self.simulator.tables:
            self._live(table.name)

    def _replace(self, name: str, rows: list[Row]) -> None:
        self._rows[name] = rows
        self._versions[name] += 1

    def _trace(self, table: Table, before: Row | None, after: Row, at: float) -> None:
        for name, row in table.traces(before, after, at):
            self._replace(name, [*self._live(name), row])

    def _find(self, table: Table, key: object) -> tuple[int, Row]:
        for position, row in enumerate(self._live(table.name)):
            if str(row.value(table.key)) == str(key):
                return position, row
        raise SimulatorError(f"table {table.name!r} has no row with {table.key} {key!r}")


def _changed(record: Record, changes: Mapping[str, Any]) -> Record:
    """Return a copy with some fields set; a dotted name (`attributes.modified`) sets a field of an inner object."""
    changed = dict(record)
    for path, value in changes.items():
        *outer, name = path.split(".")
        inner = changed
        for step in outer:
            inner[step] = dict(inner.get(step) or {})
            inner = inner[step]
        inner[name] = value
    return changed


def _next_key(name: str, rows: Iterable[Row]) -> object:
    """Return a key that no row has: one above the highest number, or a text that counts on."""
    keys = [row.record.get(name) for row in rows]
    numbers = [key for key in keys if isinstance(key, int)]
    return max(numbers, default=0) + 1 if numbers or not keys else f"added-{len(keys) + 1}"
