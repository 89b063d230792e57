"""Rows whose values dlt keeps: what it would change without a word stands beside its column, all else is left to it.

The tables are dlt's, and so are the types. dlt forces a value into the type of its column where that can be done at
all, which is right for "1.50" in a column of numbers and wrong for the ninth digit of a second. Nearly every record
has nothing of the kind, so it is looked at once, by the types of its values, and handed on as it is.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from decimal import Decimal
from typing import Any, Final, get_args

from attrs import define, field
from dlt.common.json import PUA_START
from dlt.common.normalizers.json import helpers

from sdk.batches import FieldNames
from sdk.columns import MISFIT, Column, DataType
from sdk.dialects.sameness import is_same
from sdk.errors import ReadError
from sdk.fitting import Fitting, Path
from sdk.inferring import Layout, as_dlt_would
from sdk.messages import Record
from sdk.repairing import Repairs

# What dlt calls a field without a name.
_NAMELESS: Final = "_empty"
# What comes at or after it may be one of dlt's marks.
_MARKS: Final = chr(PUA_START)

_EXACT_IN_DOUBLE: Final = 2**53
# "2025-01-01T00:00:00.123456", up to which no digit is beyond.
_SHORT: Final = 26


class _Kind:
    """What is expected of a field beside a type: a text of JSON's, or one that is an instant."""


class _Instant(_Kind):
    pass


class _Json(_Kind):
    pass


_KINDS: Final[Mapping[str, type]] = {"text": str, "bigint": int, "double": float, "bool": bool, "timestamp": _Instant}


@define
class _Plan:
    """What is known of the objects at one place.

    Attributes:
        kinds: What each field holds, where dlt keeps that as it is.
        below: What is known of the objects in its fields.
    """

    kinds: dict[str, type] = field(factory=dict)
    below: dict[str, _Plan] = field(factory=dict)


class DltLayout(Layout):
    """dlt's layout, fields without a name among them."""

    def _identifier(self, key: str) -> str:
        return helpers.normalize_identifier(self.schema, self.schema.naming, key) if key.strip() else _NAMELESS


@define
class Keeping(Fitting):
    """Keep the values of the rows of a dictionary's resource.

    Attributes:
        typed: The types that the dictionary declares, by the names of their columns.
    """

    typed: Mapping[str, str] = field(factory=dict, kw_only=True)
    _plan: _Plan = field(factory=_Plan, init=False)

    def rows(self, records: Sequence[Any]) -> list[Any]:
        """Return *records* as rows.

        Raises:
            ReadError: Two values would share a column, or what is nested is nested too deeply.
        """
        try:
            return [
                record if type(record) is not dict or self._is_plain(self._plan, record) else self._kept(record)
                for record in records
            ]
        except RecursionError as error:
            raise ReadError("a record is nested too deeply for a row") from error

    def _is_plain(self, plan: _Plan, record: Record) -> bool:
        """Return whether dlt keeps all of *record*, as far as that is known."""
        kinds, nul = plan.kinds, self.repairs.nul_in
        for name, value in record.items():
            kind, known = type(value), kinds.get(name)
            if kind is str:
                if value >= _MARKS or (nul and "\x00" in value):
                    return False
                if known is not str and (known is not _Instant or len(value) > _SHORT or value[10:11] != "T"):
                    return False
            elif kind is dict or kind is list:
                if not (
                    _is_clean(value, nul) if known is _Json else known is kind and self._is_flat(plan, name, value)
                ):
                    return False
            elif known is not kind and not (
                (value is None and known is not None)
                or (known is float and kind is int and -_EXACT_IN_DOUBLE <= value <= _EXACT_IN_DOUBLE)
            ):
                return False
        return True

    def _is_flat(self, plan: _Plan, name: str, value: Any) -> bool:
        """Return whether dlt keeps all of *value*, an object that becomes columns or a list that becomes a table."""
        below = plan.below[name]
        if type(value) is dict:
            return self._is_plain(below, value)
        return all(self._is_plain(below, one if type(one) is dict else {"value": one}) for one in value)

    def _kept(self, record: Record) -> Record:
        self.repairs.record = ", ".join(repr(record[name]) for name in self.keys if name in record)
        made = self._row(self._table((self.table,)), self.layout.depth, record)
        self._learn(self._plan, self._table((self.table,)), (), self.layout.depth, made)
        return made

    def _learn(self, plan: _Plan, table: Any, path: Path, level: int, record: Record) -> None:
        """Take in what the fields of *record* hold, where no other field has to do with their columns."""
        for name, value in record.items():
            place = (*path, name)
            column = self.layout.column(place)
            if "__v_" in column or len(table.names.fields_of(column)) > 1:
                continue
            if not isinstance(value, dict | list):
                known = table.columns.get(column)
                kind = type(value) if known is None else _KINDS.get(known.data_type, type(value))
                is_text_of_json = known is not None and known.data_type == "json"
                if not is_text_of_json and (value is not None or name not in plan.kinds):
                    plan.kinds[name] = kind
            elif not self._nests(table, place, level):
                plan.kinds[name] = _Json
            else:
                plan.kinds[name] = type(value)
                below = plan.below.setdefault(name, _Plan())
                if isinstance(value, dict):
                    self._learn(below, table, place, level - 1, value)
                else:
                    child = self._table(self.layout.table(table.idents, place))
                    for one in value:
                        if not isinstance(one, list):
                            self._learn(below, child, (), level - 1, one if isinstance(one, dict) else {"value": one})

    def _table(self, idents: Path) -> Any:
        is_new = idents not in self._tables
        found = super()._table(idents)
        if is_new and len(idents) == 1:
            known = get_args(DataType)
            given: Any = self.typed
            found.columns.update({name: Column(name, one) if one in known else None for name, one in given.items()})
        return found

    def _nests(self, table: Any, place: Path, level: int) -> bool:
        if len(table.idents) == 1 and self.typed.get(self.layout.column(place)) == "json":
            return False
        return super()._nests(table, place, level)

    def _value(self, table: Any, place: Path, value: Any) -> tuple[str, Any]:
        # Digits that no number holds are text from here on.
        return super()._value(table, place, exact(value))

    def _fitted(self, column: Column, value: Any) -> Any:
        """Return *value* where dlt's normaliser makes the same of it, otherwise `MISFIT`."""
        by_dlt = as_dlt_would(column.data_type, value, self.layout.schema)
        if by_dlt is MISFIT:
            return MISFIT
        return value if is_same(column, value, by_dlt, declared=column.name in self.typed) else MISFIT

    def _is_left_to_dlt(self, column: Column, value: Any) -> bool:
        if super()._is_left_to_dlt(column, value):
            return True
        # dlt may make a column of instants of a variant that it calls text.
        is_misfit = as_dlt_would(column.data_type, value, self.layout.schema) is MISFIT
        return (
            is_misfit
            and isinstance(value, str)
            and is_same(Column(column.name, "timestamp"), value, None, declared=False)
        )


@define
class Repairing:
    """Keep what can be kept of rows whose table is not known before dlt has looked at each.

    Attributes:
        names: Watches their columns.
        repairs: Replaces what they lose.
        keys: The fields of the key that have a type to fit: none.
    """

    names: FieldNames
    repairs: Repairs
    keys: frozenset[str] = frozenset()

    def rows(self, records: Sequence[Any]) -> list[Any]:
        """Return *records* as rows.

        Raises:
            ReadError: Two values would share a column.
        """
        self.names.check([one for one in records if isinstance(one, dict)])
        return [self._row(one) if isinstance(one, dict) else one for one in records]

    def news(self) -> dict[str, Any]:
        """Return no hints: nobody knows for which table."""
        return {}

    def _row(self, record: Record) -> Record:
        return {name: self.repairs.value(name, exact(value)) for name, value in record.items()}


def exact(value: Any) -> Any:
    """Return *value* with each number that neither 64 bits nor a double hold as text: dlt's own type rounds it."""
    kind = type(value)
    if kind is dict:
        return {name: exact(one) for name, one in value.items()} if _holds(value.values()) else value
    if kind is list:
        return [exact(one) for one in value] if _holds(value) else value
    return f"{value:f}" if kind is Decimal else value


def _holds(values: Any) -> bool:
    """Return whether there is anything in *values* to look at."""
    return any(type(one) in {dict, list, Decimal} for one in values)


def _is_clean(value: Any, nul: str) -> bool:
    """Return whether what stays JSON is kept as it is."""
    kind = type(value)
    if kind is str:
        return not (value >= _MARKS or (nul and "\x00" in value))
    if kind is dict:
        return all(_is_clean(one, nul) and not (nul and "\x00" in name) for name, one in value.items())
    if kind is list:
        return all(_is_clean(one, nul) for one in value)
    return kind is not Decimal
