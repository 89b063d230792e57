"""Compare the rows that two versions make of the same answers: what a table holds after the first run, and the second.

A table is compared and not what was handed on: a row that came twice and is merged is one row.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping, Sequence
from typing import TypeAlias

from attrs import field, frozen

from sdk.testing.compat.difference import Difference, Differences, some
from sdk.testing.compat.facts import Row, Run, TableFacts
from sdk.testing.compat.kinds import Kind

Identity: TypeAlias = tuple[str, ...]
Table: TypeAlias = Mapping[Identity, Sequence[Row]]

_WHEN = ("", " after the second run")


def row_differences(old: TableFacts, new: TableFacts, columns: Sequence[str]) -> Differences:
    """Yield what differs between the rows of a table; *columns* are those that both have, with one type."""
    assert old["played"] is not None
    assert new["played"] is not None
    have = old["played"]["columns"].keys() & new["played"]["columns"].keys()
    key = [name for name in old["key"] if name in have]
    if len(key) < len(old["key"]):
        # Nothing tells which row is which; how many there are is seen all the same.
        key, columns = [], ()
    sides = [_tables(one["played"]["runs"], one) for one in (old, new) if one["played"] is not None]
    for when, was, now in zip(_WHEN, *sides, strict=True):
        found = list(_Comparison.of(key, columns, was, now).differences(when))
        yield from found
        if found:
            return  # what the first run got wrong, the second has too


def _tables(runs: Sequence[Run], facts: TableFacts) -> list[list[Row]]:
    """Return the rows that a table holds after each of two runs."""
    tables: list[list[Row]] = []
    held: list[Row] = []
    for number in range(len(_WHEN)):
        came = runs[number]["rows"] if number < len(runs) else []
        held = came if facts["write_disposition"] == "replace" else [*held, *came]
        if facts["write_disposition"] == "merge" and facts["key"]:
            held = list({tuple(row.get(name, "") for name in facts["key"]): row for row in held}.values())
        tables.append(held)
    return tables


@frozen
class _Comparison:
    key: Sequence[str]
    columns: Sequence[str]
    was: Table
    now: Table
    lost: list[str] = field(factory=list)
    new: list[str] = field(factory=list)
    changed: dict[str, list[tuple[str, str, str]]] = field(factory=lambda: defaultdict(list))

    @classmethod
    def of(cls, key: Sequence[str], columns: Sequence[str], was: Sequence[Row], now: Sequence[Row]) -> _Comparison:
        by = key or sorted(columns)
        made = cls(key, columns, _grouped(was, by), _grouped(now, by))
        for identity in {**made.was, **made.now}:
            made._compare(identity)
        return made

    def differences(self, when: str) -> Differences:
        """Yield what was found."""
        counts = [sum(map(len, table.values())) for table in (self.was, self.now)]
        was, now = (f"{_rows(count)}{when}" for count in counts)
        if self.lost:
            yield Difference(Kind.ROWS_LOST, "", was, f"{now}, without {self._some(self.lost)}")
        if self.new:
            yield Difference(Kind.ROWS_NEW, "", was, f"{now}, with {self._some(self.new)}")
        for column, found in sorted(self.changed.items()):
            name, old, new = found[0]
            where = f" in {name}" if name else ""
            yield Difference(Kind.VALUES_CHANGED, column, f"{old}{where}", f"{new}; so in {_rows(len(found))}{when}")

    def _compare(self, identity: Identity) -> None:
        was, now = (sorted(table.get(identity, ()), key=_sorted_row) for table in (self.was, self.now))
        name = self._name(identity)
        self.lost.extend([name] * (len(was) - len(now)))
        self.new.extend([name] * (len(now) - len(was)))
        for old, new in zip(was, now, strict=False):
            for column in self.columns:
                if old.get(column) != new.get(column):
                    self.changed[column].append((name, old.get(column, "null"), new.get(column, "null")))

    def _name(self, identity: Identity) -> str:
        return " ".join(f"{name}={value}" for name, value in zip(self.key, identity, strict=False))

    def _some(self, names: Sequence[str]) -> str:
        # Without a key a row is named by all that it holds, which is too much.
        return some(names) if self.key else f"{len(names):,} that no key names"


def _rows(count: int) -> str:
    return f"{count:,} row{'' if count == 1 else 's'}"


def _grouped(rows: Sequence[Row], by: Sequence[str]) -> Table:
    found: defaultdict[Identity, list[Row]] = defaultdict(list)
    for row in rows:
        # Without the quotes: 7 and "7" are one key, whose type has changed.
        found[tuple(row.get(name, "").strip('"') for name in by)].append(row)
    return found


def _sorted_row(row: Row) -> list[tuple[str, str]]:
    return sorted(row.items())
