"""The declared columns are there, and hold what they are declared to hold."""

from __future__ import annotations

import difflib
import re
from collections.abc import Iterator, Sequence
from datetime import UTC, datetime
from typing import Any, Final

from sdk.columns import MISFIT, Column
from sdk.instants import parse_instant
from sdk.testing.suite.findings import Finding
from sdk.testing.suite.subject import Subject

# Before any API that answers in JSON; what lies before it was sent in seconds and taken for milliseconds.
_TOO_EARLY: Final = datetime(1971, 1, 1, tzinfo=UTC)
_MOMENT: Final = re.compile(r"\d{4}-\d\d-\d\d[T ]\d\d:")
# What fewer values are may be chance.
_TELLING: Final = 2


def present(subject: Subject, resource: str) -> Iterator[Finding]:
    """Each declared column is a field of some record."""
    records = subject.recording(resource).first.records
    fields = dict.fromkeys(name for record in records for name in record)
    if not records:
        return
    declared = subject.declared.resource(resource).columns_by_name
    free = [name for name in fields if name not in declared and not name.startswith("_")]
    for name in declared:
        if name not in fields:
            nearest = difflib.get_close_matches(name, free, n=1)
            hint = f"did you mean {nearest[0]!r}?" if nearest else "leave it out, or check how the API writes it"
            yield Finding(
                "unknown-column",
                resource,
                f"column {name!r} is declared and none of {len(records)} records has it; {hint}",
                name,
            )


def fits(subject: Subject, resource: str) -> Iterator[Finding]:
    """Each value of a declared column is of the declared type."""
    records = subject.recording(resource).first.records
    for column in subject.declared.resource(resource).columns:
        values = [value for record in records if (value := record.get(column.name)) is not None]
        found = [column.fit(value) for value in values]
        misfits = [value for value, fitted in zip(values, found, strict=True) if fitted is MISFIT]
        if misfits:
            yield Finding(
                "misfit",
                resource,
                f"column {column.name!r} is declared as {_declared(column)} and {len(misfits)} of {len(values)} values "
                f"are {_kinds(misfits)}; declare what the API sends",
                column.name,
            )
        elif column.unit == "ms" and found and all(one < _TOO_EARLY for one in found):
            yield Finding(
                "misfit",
                resource,
                f"column {column.name!r} is declared as epoch_ms and every value would lie in 1970; declare epoch_s",
                column.name,
            )


def tight(subject: Subject, resource: str) -> Iterator[Finding]:
    """No column is declared as less than what all of its values are."""
    records = subject.recording(resource).first.records
    for column in subject.declared.resource(resource).columns:
        values = [value for record in records if (value := record.get(column.name)) is not None]
        better = _tighter(column, values) if len(values) >= _TELLING else None
        if better is not None:
            yield Finding(
                "loose-type",
                resource,
                f"column {column.name!r} is declared as {_declared(column)} and all of its {len(values)} values are "
                f"{better[0]}; it could be declared as {better[1]}",
                column.name,
            )


def _tighter(column: Column, values: Sequence[Any]) -> tuple[str, str] | None:
    """Return what all *values* are, and the type for that, when the declared one holds less."""
    kinds = {type(value) for value in values}
    if column.data_type != "text":
        return None
    if kinds <= {dict, list}:
        return "objects or lists", "json"
    if kinds == {int}:
        return "whole numbers", "bigint"
    if kinds == {str} and all(_MOMENT.match(value) and parse_instant(value) is not None for value in values):
        return "times", "timestamp"
    return None


def _declared(column: Column) -> str:
    return f"epoch_{column.unit}" if column.unit else column.data_type


def _kinds(values: Sequence[Any]) -> str:
    return " and ".join(dict.fromkeys(_kind(value) for value in values))


def _kind(value: Any) -> str:
    named = {bool: "true or false", int: "whole numbers", float: "numbers", str: "text", dict: "objects", list: "lists"}
    return named.get(type(value), "numbers beyond 64 bits")
