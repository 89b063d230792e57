"""Search: epics by what people type (words, `state:done`, `created:2024-01-01..*`), stories by fields of a body."""

from __future__ import annotations

import re
from collections.abc import Callable
from datetime import UTC, date, datetime, timedelta
from typing import Final

from attrs import field as attrs_field
from attrs import frozen

from sdk.testing.simulator import Call, Cursor, Cut, Filter, InvalidParameterError, PageSize, Row, instant
from sdk.testing.simulator.filters import moment_of

_TERM = re.compile(r'([!-]?)(?:(\w+):)?("[^"]*"|\S+)')
_DATES = {"created": "created_at", "updated": "updated_at", "completed": "completed_at"}
_TOKEN = re.compile(r"[0-9a-f]+~(\d+)")
_NEVER = float("-inf")

RowTest = Callable[[Row], bool]


@frozen
class EpicQuery:
    """Keep the epics that every term of the required query matches; `!` before a term turns it round."""

    params: tuple[str, ...] = attrs_field(default=("query",), init=False)

    def test(self, call: Call) -> RowTest:
        """Return the test that the terms make."""
        query = (call.first("query") or "").strip()
        if not query:
            raise InvalidParameterError("query", "missing-required-key")
        terms = [_term(*match.groups()) for match in _TERM.finditer(query)]
        return lambda row: all(test(row) for test in terms)


def _term(negation: str, operator: str | None, quoted: str) -> RowTest:
    value = quoted.strip('"').lower()
    test = _operator(operator, value)
    return (lambda row: not test(row)) if negation else test


def _operator(operator: str | None, value: str) -> RowTest:
    if operator in _DATES:
        return _between(_DATES[operator], value)
    if operator == "state":
        return lambda row: bool(row.value("state") == value)
    if operator == "is":
        return lambda row: row.value(value) is True
    if operator == "id":
        return lambda row: str(row.value("id")) == value
    if operator in {None, "title"}:
        return lambda row: value in row.value("name").lower()
    raise InvalidParameterError("query", f"unknown operator {operator}")


def _between(name: str, value: str) -> RowTest:
    """Return the test for a day, or for the days `first..last`; a star is an open end, and both days belong."""
    first, _, last = value.partition("..")
    since = _day(first).timestamp() if first != "*" else _NEVER
    ends = last or first
    until = (_day(ends) + timedelta(days=1)).timestamp() if ends != "*" else float("inf")
    return lambda row: since <= (_moment(row, name) or _NEVER) < until and row.value(name) is not None


def _day(text: str) -> datetime:
    try:
        return datetime.combine(date.fromisoformat(text), datetime.min.time(), UTC)
    except ValueError:
        raise InvalidParameterError("query", f"{text} is no date") from None


def _moment(row: Row, name: str) -> float | None:
    return instant(row.value(name))


@frozen
class Until:
    """Keep rows whose time field is at or before the parameter; a row without the time is kept out."""

    param: str
    field: str

    @property
    def params(self) -> tuple[str, ...]:
        """Return the one parameter."""
        return (self.param,)

    def test(self, call: Call) -> RowTest | None:
        """Return the test for the moment sent."""
        until = moment_of(call, self.param)
        if until is None:
            return None
        return lambda row: (_moment(row, self.field) or float("inf")) <= until


@frozen
class NeedsFilter:
    """Find nothing unless at least one of some filters is used."""

    filters: tuple[Filter, ...]
    params: tuple[str, ...] = attrs_field(default=(), init=False)

    def test(self, call: Call) -> RowTest | None:
        """Return a test that nothing passes when there is no filter."""
        names = (name for part in self.filters for name in part.params)
        return None if any(call.first(name) is not None for name in names) else lambda _row: False


def seal(position: int) -> str:
    """Write a position as a token, such as `a8acc65~24`."""
    return f"{position * 2_654_435_761 % 2**28:07x}~{position}"


def unseal(token: str) -> int:
    """Read a token back; whatever was not handed out is no token."""
    match = _TOKEN.fullmatch(token)
    if match is None or seal(int(match[1])) != token:
        raise ValueError(token)
    return int(match[1])


def _next_path(cut: Cut) -> dict[str, object]:
    """Announce the next page as path and query, its token last, and count all that was found."""
    sent = {"page_size": str(cut.size), "next": cut.token} if cut.token else {}
    return {"next": cut.call.path_with(sent) if sent else None, "total": cut.total}


SEARCH_PAGES: Final = Cursor("next", PageSize("page_size", 25, 250), body=_next_path, seal=seal, unseal=unseal)
"""Pages of a search, before a description says how many results there may be."""
