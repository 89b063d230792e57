"""What is handed to dlt as rows: no two fields in one column, no two records under one key, no number rounded.

dlt makes a table of whatever it is given: of two fields that share a column it keeps one value, of two records that
share a key one record, and of a number's digits as many as the column holds. None of that shows in the table.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from decimal import Decimal
from typing import Any, Final

from attrs import define, field, frozen

from sdk.batches import FieldNames
from sdk.errors import ReadError
from sdk.messages import Record

_NESTED: Final = "__"


@frozen
class Keyed:
    """The key of a table, as a dictionary declares it.

    Attributes:
        names: Its columns.
        merges: Records are merged by it.
        stamped: A part of it is its parent's, so that it is unique across parents.
    """

    names: tuple[str, ...]
    merges: bool
    stamped: bool


def keyed(hints: Mapping[str, Any], included: Sequence[str]) -> Keyed | None:
    """Return the key that *hints* declare, or `None` where it is not known by its columns' names alone.

    Args:
        hints: What dlt is told of the resource.
        included: The columns that carry fields of the parent.
    """
    key, columns = hints.get("primary_key"), hints.get("columns")
    names = (key,) if isinstance(key, str) else tuple(key) if isinstance(key, list | tuple) else ()
    if not names or not all(isinstance(one, str) and _NESTED not in one.strip("_") for one in names):
        return None
    if columns is not None and not (isinstance(columns, Mapping) and not _loosened(columns, names)):
        return None
    disposition = hints.get("write_disposition")
    return Keyed(names, merges=disposition == "merge", stamped=bool(set(names) & set(included)))


def _loosened(columns: Mapping[str, Any], names: Sequence[str]) -> bool:
    """Return whether the columns say that a key may be null, or which of two records counts."""
    hints = {name: one for name, one in columns.items() if isinstance(one, Mapping)}
    return any(one.get("dedup_sort") for one in hints.values()) or any(hints.get(n, {}).get("nullable") for n in names)


@define
class Rows:
    """Watch the records of one resource, and return them as rows.

    Attributes:
        column: Returns the name of a field's column.
        key: The table's key, where it is known.
    """

    column: Callable[[str], str]
    key: Keyed | None
    _names: FieldNames = field(init=False)
    _owners: dict[tuple[str, ...], tuple[bytes, int]] = field(factory=dict, init=False)

    def __attrs_post_init__(self) -> None:
        self._names = FieldNames(self.column)

    def of(self, records: Sequence[Any], stamp: Mapping[str, Any], owner: bytes) -> list[Any]:
        """Return the rows for a page of *records*.

        Args:
            records: The records.
            stamp: The parent's fields that each carries.
            owner: What makes their parent another than all others.

        Raises:
            ReadError: A table would lose one of them, or a part of it.
        """
        objects = [one for one in records if isinstance(one, dict)]
        try:
            self._names.check(objects)
        except ReadError as error:
            raise ReadError(f"{str(error).partition('; rename')[0]}; rename one in a processing step") from None
        if self.key is not None:
            self._check_key(self.key, records, stamp, owner)
        return [exact({**one, **stamp} if stamp else one) for one in records]

    def _check_key(self, key: Keyed, records: Sequence[Any], stamp: Mapping[str, Any], owner: bytes) -> None:
        found = [self._found(key, record, stamp) for record in records]
        if not key.merges:
            return
        if len(set(found)) < len(found):
            seen: dict[tuple[str, ...], str] = {}
            if any(
                seen.setdefault(one, repr(record)) != repr(record) for one, record in zip(found, records, strict=True)
            ):
                raise self._shared(key, "two different records of one page have")
        if owner and not key.stamped:
            for one, record in zip(found, records, strict=True):
                content = hash(repr(record))
                other, held = self._owners.setdefault(one, (owner, content))
                if other != owner and held != content:
                    raise self._shared(key, "different records of two parents have")

    def _found(self, key: Keyed, record: Any, stamp: Mapping[str, Any]) -> tuple[str, ...]:
        """Return the values of a record's key, as a column holds them: the number 1, the text "1" and true alike."""
        row = (record if not stamp else {**record, **stamp}) if isinstance(record, dict) else {}
        values = [self._value(row, name) for name in key.names]
        if None in values:
            lacking = key.names[values.index(None)]
            raise ReadError(f"a record of a page has no {lacking!r}, which is the primary key")
        return tuple(str(int(one) if isinstance(one, bool) else one) for one in values)

    def _shared(self, key: Keyed, who: str) -> ReadError:
        names = " and ".join(map(repr, key.names))
        return ReadError(
            f"{who} the same {names}, which is the primary key; a merge would keep one of them: declare what tells "
            "them apart, such as the parent's key by include_from_parent, or write_disposition 'append'"
        )

    def _value(self, record: Record, name: str) -> Any:
        if name in record:
            return record[name]
        column = self.column(name)
        return next((value for field_, value in record.items() if self.column(field_) == column), None)


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
