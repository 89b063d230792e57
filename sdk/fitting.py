"""Rows whose values arrive as they are, also where dlt makes columns and child tables of what is nested.

dlt's normaliser looks at each value of a row, and forces it into the type of its column where that can be done at all:
2 in a boolean column becomes true, the text "[]" in a JSON column a list, a large integer the nearest double. What
it would change goes into the variant column, as in an Arrow table; what it keeps is left to it.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping, Sequence
from decimal import Decimal
from typing import Any, Final, TypeAlias, get_args

import orjson
from attrs import define, field

from sdk.batches import FieldNames
from sdk.columns import MISFIT, Column, DataType, variant
from sdk.errors import ReadError
from sdk.inferring import Layout, as_dlt_would, earlier_columns, guessing, inference
from sdk.messages import Record
from sdk.repairing import Repairs

Path: TypeAlias = tuple[str, ...]

# What dlt reads as we do; it stays text, for steps that a user added.
_PLAIN_INSTANT: Final = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d{1,6})?(Z|[+-]\d\d:\d\d)", re.ASCII)
_ALREADY: Final[Mapping[type, DataType]] = {str: "text", float: "double", bool: "bool", dict: "json", list: "json"}


@define
class _Table:
    """What is known of one table, the resource's own or a child.

    Attributes:
        idents: The names that lead to it.
        columns: The types of its columns by their names; none for a type that only dlt knows.
        declared: The names of those that are declared.
        names: Watches its columns.
        lists: Watches its child tables.
        infer: Tells the type of a column from its first value.
        guess: Tells what dlt would take it for.
        news: Hints for the columns that dlt would give another type.
    """

    idents: Path
    columns: dict[str, Column | None]
    declared: frozenset[str]
    names: FieldNames
    lists: FieldNames
    infer: Callable[[str, Any], DataType]
    guess: Callable[[str, Any], str]
    news: dict[str, dict[str, Any]] = field(factory=dict)

    def column(self, name: str, value: Any) -> Column | None:
        """Return the column *name*, which begins with *value* unless it is known."""
        if name not in self.columns:
            guess = self.guess(name, value)
            self.columns[name] = Column(name, self.infer(name, value)) if guess in get_args(DataType) else None
            if guess == "timestamp" and (found := self.columns[name]) is not None and found.data_type == "text":
                self.news[name] = {"name": name, "data_type": "text"}
        return self.columns[name]


@define
class _Row:
    """What was seen of one row: its values, and its lists that become tables."""

    table: _Table
    level: int
    values: dict[Path, None] = field(factory=dict)
    lists: dict[Path, None] = field(factory=dict)

    def check(self) -> None:
        """Raise when two of them would share a column or a table."""
        self.table.names.check([self.values])
        if self.lists:
            self.table.lists.check([self.lists])


@define
class Fitting:
    """Fit the rows of one resource.

    Attributes:
        table: The name of its table.
        declared: The declared columns by field.
        layout: Where dlt puts what is nested.
        repairs: Replaces what rows lose.
        keys: The fields of its key: what does not fit them is put aside here, where it can be noticed.
    """

    table: str
    declared: Mapping[str, Column]
    layout: Layout
    repairs: Repairs
    keys: frozenset[str] = frozenset()
    _tables: dict[Path, _Table] = field(factory=dict, init=False)

    def rows(self, records: Sequence[Record]) -> list[Record]:
        """Return *records* as rows.

        Raises:
            ReadError: Two values would share a column, or what is nested is nested too deeply.
        """
        root = self._table((self.table,))
        try:
            found = [self._row(root, self.layout.depth, one) for one in records]
            # As dlt will write them; it would fail without a word on where.
            orjson.dumps(found, default=str, option=orjson.OPT_NON_STR_KEYS)
        except (TypeError, RecursionError) as error:
            raise _too_deep(records) from error
        return found

    def news(self) -> dict[str, Any]:
        """Return hints for the columns that came up since the last time and that dlt would give another type."""
        found: dict[str, Any] = {}
        nested: dict[Path, Any] = {}
        for table in self._tables.values():
            columns, table.news = table.news, {}
            if columns and len(table.idents) == 1:
                found["columns"] = columns
            elif columns:
                nested[table.idents[1:]] = {"columns": columns, "parent_table_name": self._parent(table)}
        return {**found, "nested_hints": nested} if nested else found

    def _parent(self, table: _Table) -> str:
        """Return the name of the table in which the list stands, however many objects lie between."""
        above = (one for one in self._tables if len(one) < len(table.idents) and table.idents[: len(one)] == one)
        return self.layout.name(max(above, key=len))

    def _table(self, idents: Path) -> _Table:
        if idents not in self._tables:
            layout, name = self.layout, self.layout.name(idents)
            declared = self.declared.values() if len(idents) == 1 else ()
            columns: dict[str, Column | None] = {layout.column((one.name,)): one for one in declared}
            self._tables[idents] = _Table(
                idents=idents,
                columns=columns,
                declared=frozenset(columns),
                names=FieldNames(layout.column, earlier_columns(layout.schema, name)),
                lists=FieldNames(lambda path: layout.name(layout.table(idents, path)), kind="table"),
                infer=inference(layout.schema, name),
                guess=guessing(layout.schema, name),
            )
        return self._tables[idents]

    def _row(self, table: _Table, level: int, record: Record) -> Record:
        row = _Row(table, level)
        made = self._object(row, (), level, record)
        row.check()
        return made

    def _object(self, row: _Row, path: Path, level: int, record: Record) -> Record:
        made: Record = {}
        for key, value in record.items():
            place = (*path, key)
            if not isinstance(value, dict | list) or not self._nests(row.table, place, level):
                row.values[place] = None
                name, made_of = self._value(row.table, place, value)
                made[name] = made_of
            elif isinstance(value, dict):
                made[key] = self._object(row, place, level - 1, value)
            else:
                row.lists[place] = None
                child = self._table(self.layout.table(row.table.idents, place))
                made[key] = [self._element(child, row.level - 1, one) for one in value]
        return made

    def _nests(self, table: _Table, place: Path, level: int) -> bool:
        """Return whether dlt makes columns or a table of the object or list at *place*."""
        column = self.layout.column(place)
        declared = table.columns[column] if column in table.declared else None
        if level <= 0 or (declared is not None and declared.data_type != "json"):
            return False
        return not self.layout.stays(self.layout.name(table.idents), column, level)

    def _element(self, table: _Table, level: int, value: Any) -> Any:
        """Return what stands in a list that becomes a table; dlt calls a list in it `list`, anything else `value`."""
        if isinstance(value, dict):
            return self._row(table, level, value)
        if isinstance(value, list):
            made = self._row(table, level - 1, {"list": value})
            return made.get("list", made)
        made = self._row(table, level, {"value": value})
        return made.get("value") if "value" in made else made

    def _value(self, table: _Table, place: Path, value: Any) -> tuple[str, Any]:
        """Return the key of a value that is no more taken apart, and what stands there."""
        key, name = place[-1], self.layout.column(place)
        if value is None or not name:
            return key, value
        value = self.repairs.value(name, value)
        # An integer that no destination holds is kept as text beside its column, and does not decide its type.
        column = table.columns.get(name) if isinstance(value, Decimal) else table.column(name, value)
        if column is None:
            if name in table.columns:
                return key, value
            return self._aside(table, place, value)
        if name in table.declared:
            fitted = column.fit(value)
        elif _ALREADY.get(type(value)) == column.data_type:
            return key, value
        else:
            fitted = self._fitted(column, value)
            if fitted is MISFIT and key not in self.keys and self._is_left_to_dlt(column, value):
                table.names.set_aside(place, self._variant(place, value)[1])
                return key, value
        return (key, fitted) if fitted is not MISFIT else self._aside(table, place, value)

    def _fitted(self, column: Column, value: Any) -> Any:
        """Return *value* as it fits an inferred column, untouched where dlt makes the same of it."""
        fitted = column.fit(value)
        if fitted is MISFIT or type(fitted) is type(value):
            return fitted
        if column.data_type == "timestamp" and isinstance(value, str) and _PLAIN_INSTANT.fullmatch(value):
            return value
        by_dlt = as_dlt_would(column.data_type, value, self.layout.schema)
        return value if by_dlt == fitted and type(by_dlt) is type(fitted) else fitted

    def _is_left_to_dlt(self, column: Column, value: Any) -> bool:
        """Return whether dlt puts *value* into the variant column too, under the same name and as it is."""
        if isinstance(value, Decimal) or as_dlt_would(column.data_type, value, self.layout.schema) is not MISFIT:
            return False
        name = variant(column.name, value)[0]
        return name.endswith(f"__v_{guessing(self.layout.schema, '')(name, value)}")

    def _variant(self, place: Path, value: Any) -> tuple[str, str, Any]:
        """Return the key under which a misfit stands, the name of its column, and the value as it is stored there."""
        name, stored = variant(self.layout.column(place[-1:]), value)
        return name, self.layout.column((*place[:-1], name)), stored

    def _aside(self, table: _Table, place: Path, value: Any) -> tuple[str, Any]:
        key, name, stored = self._variant(place, value)
        table.names.set_aside(place, name)
        if name not in table.columns:
            data_type: Any = key.rpartition("__v_")[2]
            table.columns[name] = Column(name, data_type)
            table.news[name] = {"name": name, "data_type": data_type, "variant": True}
        return key, stored


def _too_deep(records: Sequence[Record]) -> ReadError:
    for record in records:
        for name, value in record.items():
            try:
                orjson.dumps(value, default=str, option=orjson.OPT_NON_STR_KEYS)
            except TypeError:
                return ReadError(f"field {name!r} is nested too deeply for a row; batches='arrow' takes it")
    return ReadError("a record is nested too deeply for a row; batches='arrow' takes it")
