"""The key of a table, as a dictionary declares it: which records a merge would lose, and which are one and the same."""

from __future__ import annotations

import re
from array import array
from collections.abc import Callable, Mapping, Sequence
from typing import Any, Final, TypeAlias

from attrs import define, field, frozen

from sdk.errors import ReadError
from sdk.messages import Record

Value: TypeAlias = Any

_NESTED: Final = "__"
_ALIKE: Final = ({int}, {str})
_HALF: Final = 0xFFFFFFFF
_DIGITS: Final = re.compile(r"\d+", re.ASCII)


def disposition(hints: Mapping[str, Any]) -> Any:
    """Return the write disposition that *hints* declare, without its strategy; a function stays one."""
    given = hints.get("write_disposition")
    return given.get("disposition") if isinstance(given, Mapping) else given


def is_merged(hints: Mapping[str, Any]) -> bool:
    """Return whether a record that comes again replaces its row."""
    return bool(disposition(hints) == "merge")


@frozen
class Keyed:
    """The key of a table, as a dictionary declares it.

    Attributes:
        names: Its columns.
        merges: Of two records under one key only one is kept.
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
    given = hints.get("write_disposition")
    # Of a history (scd2) every version is a row.
    keeps_all = isinstance(given, Mapping) and given.get("strategy") == "scd2"
    return Keyed(names, merges=is_merged(hints) and not keeps_all, stamped=bool(set(names) & set(included)))


def _loosened(columns: Mapping[str, Any], names: Sequence[str]) -> bool:
    """Return whether the columns say that a key may be null, or which of two records counts."""
    hints = {name: one for name, one in columns.items() if isinstance(one, Mapping)}
    return any(one.get("dedup_sort") for one in hints.values()) or any(hints.get(n, {}).get("nullable") for n in names)


@define
class Keys:
    """Watch the keys of one resource's records.

    Attributes:
        key: The key.
        column: Returns the name of a field's column.
        instead: What would tell the records of two parents apart, as it is written in the dictionary.
        tell: Takes the fields in which records that are the same differ, and one in which they do not.
    """

    key: Keyed
    column: Callable[[str], str]
    instead: str = "the parent's key by include_from_parent and in primary_key"
    tell: Callable[[Sequence[str], str], None] = lambda _differing, _same: None
    _views: Views = field(init=False)

    def __attrs_post_init__(self) -> None:
        self._views = Views(self.key.names)

    def check(self, records: Sequence[Any], stamp: Mapping[str, Any], owner: bytes) -> None:
        """Take in a page of *records*.

        Args:
            records: The records.
            stamp: The parent's fields that each carries.
            owner: What makes their parent another than all others.

        Raises:
            ReadError: One has no key, or a merge would lose one of them.
        """
        found = self._plain(records, stamp) or [self._found(record, stamp) for record in records]
        if not self.key.merges:
            return
        if len(set(found)) < len(found):
            self._check_page(found, records)
        if owner and not self.key.stamped:
            views = self._views
            if not views.take(found, records, owner):
                raise self._shared("different records of two parents have", self.instead)
            if views.differing:
                self.tell(sorted(views.differing), views.identifying[0])

    def _check_page(self, found: Sequence[Value], records: Sequence[Any]) -> None:
        seen: dict[Value, str] = {}
        for one, record in zip(found, records, strict=True):
            if seen.setdefault(one, repr(record)) != repr(record):
                raise self._shared("two different records of one page have", "what tells them apart, such as a version")

    def _plain(self, records: Sequence[Any], stamp: Mapping[str, Any]) -> list[Value]:
        """Return the keys as they are where all are of one kind, which nobody could take for another; else nothing."""
        own = [name for name in self.key.names if stamp.get(name) is None]
        if len(own) != 1:
            return []
        try:
            found = [record[own[0]] for record in records]
        except (KeyError, TypeError, IndexError):
            return []
        return found if set(map(type, found)) in _ALIKE else []

    def _found(self, record: Any, stamp: Mapping[str, Any]) -> Value:
        """Return the values of a record's key, as a column holds them: the number 1, the text "1" and true alike."""
        row = (record if not stamp else {**record, **stamp}) if isinstance(record, dict) else {}
        values = [self._value(row, name) for name in self.key.names]
        if None in values:
            lacking = self.key.names[values.index(None)]
            raise ReadError(f"a record of a page has no {lacking!r}, which is the primary key")
        return tuple(str(int(one) if isinstance(one, bool) else one) for one in values)

    def _shared(self, who: str, instead: str) -> ReadError:
        names = " and ".join(map(repr, self.key.names))
        return ReadError(
            f"{who} the same {names}, which is the primary key; a merge would keep one of them: declare {instead}, "
            "or write_disposition 'append'"
        )

    def _value(self, record: Record, name: str) -> Any:
        if name in record:
            return record[name]
        column = self.column(name)
        return next((value for field_, value in record.items() if self.column(field_) == column), None)


@frozen
class _Shown:
    """A record as one parent shows it: its fields, and what stands in them, to be compared."""

    owner: bytes
    names: tuple[str, ...]
    marks: array[int]

    @property
    def fields(self) -> dict[str, int]:
        return dict(zip(self.names, self.marks, strict=True))


@define
class Views:
    """The records that several parents show, told from different records that have their keys from their parents only.

    A tag is shown by each post that has it, and may stand in another position there; the first comment on one post is
    not the first on another, though both have the number 1. Two records under one key are one and the same where they
    do not differ at all; or else where a field identifies them as the key does: it is the same in all records of one
    key, another one in each record of another key, and not made of the key itself.

    Attributes:
        names: The fields of the key.
        identifying: The fields that do; all of them may turn out not to.
        differing: The fields in which records under one key differ.
    """

    names: tuple[str, ...]
    differing: set[str] = field(factory=set, init=False)
    _shown: dict[Value, _Shown] = field(factory=dict, init=False)
    _shapes: dict[tuple[str, ...], tuple[str, ...]] = field(factory=dict, init=False)
    # By field: whose key has which value. Nobody looks before records differ.
    _holders: dict[str, dict[int, Value]] | None = field(default=None, init=False)
    _proven: set[str] = field(factory=set, init=False)

    @property
    def identifying(self) -> list[str]:
        """The fields that identify records as the key does, as far as it is known."""
        return [name for name, held in (self._holders or {}).items() if name in self._proven and len(held) > 1]

    def take(self, keys: Sequence[Value], records: Sequence[Any], owner: bytes) -> bool:
        """Take in records that *owner* shows, and return whether all that came so far can be told apart."""
        twice: list[tuple[Value, _Shown, _Shown, Any]] = []
        for value, record in zip(keys, records, strict=True):
            one = _canonical(value)
            shown = self._of(record, owner)
            other = self._shown.setdefault(one, shown)
            if other is shown:
                self._index(one, shown)
            elif other.owner != owner and (other.marks != shown.marks or other.names != shown.names):
                twice.append((one, other, shown, record))
        for one, other, shown, record in twice:
            self._compare(one, other.fields, shown.fields, record)
        return not self.differing or bool(self.identifying)

    def _of(self, record: Any, owner: bytes) -> _Shown:
        names = tuple(record)
        marks = array("I", [_mark(value) for value in record.values()])
        return _Shown(owner, self._shapes.setdefault(names, names), marks)

    def _index(self, one: Value, shown: _Shown) -> None:
        if not self._holders:
            return
        for name, mark in shown.fields.items():
            if name in self._holders and self._holders[name].setdefault(mark, one) != one:
                del self._holders[name]

    def _compare(self, one: Value, other: Mapping[str, int], shown: Mapping[str, int], record: Record) -> None:
        same = {name for name, mark in shown.items() if other.get(name) == mark and name not in self.names}
        self.differing |= ({*other, *shown} - same).difference(self.names)
        if self._holders is None:
            self._holders = {name: {} for name in sorted(same)}
            for key, known in self._shown.items():
                self._index(key, known)
        for name in self._holders.keys() - same:
            del self._holders[name]
        self._proven |= {name for name in same if not _is_made_of(one, record[name])}


def _canonical(value: Value) -> Value:
    """Return a key so that the number 1 and the text "1" of two pages are one."""
    return value if isinstance(value, tuple) else (str(value),)


def _mark(value: Any) -> int:
    try:
        return hash(value) & _HALF
    except TypeError:
        return hash(repr(value)) & _HALF


def _is_made_of(key: tuple[str, ...], value: Any) -> bool:
    """Return whether a field holds nothing but what the key says: the step 1 of every list is called "Step 1"."""
    text = str(value)
    words = set(_DIGITS.findall(text))
    return any(part in words if part.isdecimal() else part in text for part in key)
