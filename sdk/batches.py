"""Turn pages of records into what dlt loads: rows of the declared types.

This is the one boundary between records and tables. What leaves here loads under dlt's default settings: a value
that does not fit its column is in its variant column, and a number that no integer column holds is text.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from typing import Any, Final, TypeAlias

from attrs import define, evolve, field

from sdk.columns import Column, fit_record
from sdk.connector import Connector
from sdk.errors import ReadError
from sdk.messages import Record
from sdk.resource import Resource

Name: TypeAlias = str | tuple[str, ...]
Shape: TypeAlias = tuple[str, ...]

_RENAME: Final = "rename it with map=... in the declaration"
_OF_DLT: Final = frozenset({"_dlt_id", "_dlt_load_id", "_dlt_parent_id", "_dlt_root_id", "_dlt_list_idx"})


def rows(connector: Connector, resource: Resource, records: list[Record]) -> list[dict[str, Any]]:
    """Return *records* as rows of the resource's table.

    Raises:
        ReadError: A key does not fit its declared type: a merge on it would lose or double rows.
    """
    declared = table_columns(connector, resource)
    found = [fit_record(record, declared) for record in records]
    for name in resource.key:
        misfits = sum(1 for row in found if row.get(name) is None)
        if misfits:
            raise misfit_key(connector, resource, name, misfits, len(records))
    return found


def misfit_key(connector: Connector, resource: Resource, name: str, misfits: int, of: int) -> ReadError:
    """Return the error for keys that do not fit their declared type: a merge on them would lose or double rows."""
    declared = table_columns(connector, resource)
    kind = declared[name].data_type if name in declared else "the table's key"
    return ReadError(
        f"{misfits} of {of} records of a page have a {name!r} that is no {kind}; declare another type for this column",
        connector=connector.name,
        resource=resource.name,
    )


def table_columns(connector: Connector, resource: Resource) -> dict[str, Column]:
    """Return the declared columns by name; what is stamped from a parent has the type that the parent declares."""
    found: dict[str, Column] = {}
    for name in resource.parents:
        above = table_columns(connector, connector.resource(name))
        for column, parent_field in resource.stamps(name).items():
            if parent_field in above:
                found.setdefault(column, evolve(above[parent_field], name=column))
    return found | resource.columns_by_name


def hints(connector: Connector, resource: Resource, *, nested: bool = False) -> dict[str, dict[str, Any]]:
    """Return dlt's column hints for the columns whose type is declared.

    With *nested* those of objects and lists are left out, which dlt then turns into columns and tables of their own.
    """
    return {
        column.name: {
            "name": column.name,
            "data_type": column.data_type,
            "nullable": column.name not in resource.key,
            **({"timezone": True} if column.data_type == "timestamp" else {}),
        }
        for column in table_columns(connector, resource).values()
        if not (nested and column.data_type == "json")
    }


def shapes_of(records: Iterable[Record]) -> list[Shape]:
    """Return the fields that *records* have, each combination once: most often all have the same, in one order."""
    return list(dict.fromkeys(map(tuple, records)))


@define
class FieldNames:
    """Watch that no two fields of a record share a column: dlt would keep the last value and lose the others.

    A field is named by its key, or by the keys on the way to it where nested objects become columns.

    Attributes:
        column: Returns the name of a field's column.
        earlier: The columns that the table has already, and whether each holds what did not fit another.
        kind: What it is that fields must not share.
    """

    column: Callable[[Any], str]
    earlier: Mapping[str, bool] = field(factory=dict)
    kind: str = "column"
    _fields: dict[str, list[Name]] = field(factory=dict, init=False)
    _seen: set[Name] = field(factory=set, init=False)
    _shared: list[list[Name]] = field(factory=list, init=False)
    _variants: dict[str, Name] = field(factory=dict, init=False)

    def check(self, found: Collection[Collection[Name]]) -> None:
        """Take in the fields that some records have.

        Raises:
            ReadError: Two fields of one record have the same column, or one has the name of a column of dlt's own, of
                a variant, or of none.
        """
        for names in found:
            if not self._seen.issuperset(names):
                self._learn(set(names) - self._seen)
        for fields in self._shared:
            for names in found:
                if len(both := [name for name in fields if name in names]) > 1:
                    raise ReadError(
                        f"fields {' and '.join(map(_shown, both))} of one record would share the {self.kind} "
                        f"{self.column(both[0])!r}; rename one with map=... in the declaration, or in a plugin's "
                        "sdk_select_records"
                    )

    def set_aside(self, name: Name, column: str) -> None:
        """Take in that *column* holds what does not fit the column of the field *name*.

        Raises:
            ReadError: It is the column of a field already, whose values could not be told from these.
        """
        self._variants.setdefault(column, name)
        if column in self._fields:
            raise ReadError(self._taken(self._fields[column][0], column, name))
        if not self.earlier.get(column, True):
            raise ReadError(
                f"what does not fit the column of field {_shown(name)} belongs into {column!r}, which an earlier run "
                f"filled from a field of that name; {_RENAME}"
            )

    def fields_of(self, column: str) -> Sequence[Name]:
        """Return the fields that were seen to belong into *column*."""
        return self._fields.get(column, [])

    def _learn(self, names: set[Name]) -> None:
        for name in sorted(names):
            column = self.column(name)
            if not column:
                raise ReadError(f"field {_shown(name)} has a name of which no {self.kind} can be made; {_RENAME}")
            if column in _OF_DLT:
                raise ReadError(f"field {_shown(name)} has the name of a column of dlt's own; {_RENAME}")
            if column in self._variants:
                raise ReadError(self._taken(name, column, self._variants[column]))
            if self.earlier.get(column):
                raise ReadError(
                    f"field {_shown(name)} has the name of the {self.kind} {column!r}, which holds what did not fit "
                    f"another field in an earlier run; {_RENAME}"
                )
            self._seen.add(name)
            self._fields.setdefault(column, []).append(name)
        self._shared = [fields for fields in self._fields.values() if len(fields) > 1]

    def _taken(self, name: Name, column: str, misfit: Name) -> str:
        return (
            f"field {_shown(name)} has the name of the {self.kind} {column!r}, which holds what does not fit field "
            f"{_shown(misfit)}; {_RENAME}"
        )


def _shown(name: Name) -> str:
    return repr(name if isinstance(name, str) else ".".join(name))
