"""Compare what is known of two versions of a plugin."""

from __future__ import annotations

from collections.abc import Iterator

from sdk.testing.compat.difference import Difference, Differences
from sdk.testing.compat.facts import ConnectorFacts, Facts, Played, TableFacts
from sdk.testing.compat.kinds import Kind
from sdk.testing.compat.rows import row_differences
from sdk.testing.compat.runs import failure_differences, failure_of, request_differences, skip_differences
from sdk.testing.compat.settings import setting_differences


def differences(old: Facts, new: Facts) -> Differences:
    """Yield what differs between two versions, connector by connector."""
    for name in {**old, **new}:
        if name not in new:
            yield Difference(Kind.CONNECTOR_GONE, connector=name)
        elif failure := new[name]["failure"]:
            yield Difference(Kind.CONNECTOR_BROKEN, "", "works" if name in old else "", failure, connector=name)
        elif name not in old:
            yield Difference(Kind.CONNECTOR_NEW, connector=name)
        else:
            yield from (one.of(name) for one in _connector(old[name], new[name]))


def _connector(old: ConnectorFacts, new: ConnectorFacts) -> Differences:
    if old["description"] != new["description"]:
        yield Difference(Kind.DESCRIPTION_CHANGED, "", old["description"], new["description"])
    yield from setting_differences(old["settings"], new["settings"])
    tables = {**old["tables"], **new["tables"]}
    for name in tables:
        if name not in new["tables"]:
            yield Difference(Kind.TABLE_GONE, "", "", _where_it_went(name, old, new), name)
        elif name not in old["tables"]:
            yield Difference(Kind.TABLE_NEW, resource=name)
        else:
            yield from (one.of("", name) for one in _table(old["tables"][name], new["tables"][name]))


def _where_it_went(name: str, old: ConnectorFacts, new: ConnectorFacts) -> str:
    if name in new["hidden"]:
        return "hidden"
    facts = old["tables"][name]
    alike = [
        other
        for other, its in new["tables"].items()
        if other not in old["tables"] and (its["columns"], its["key"]) == (facts["columns"], facts["key"])
    ]
    return f"renamed to {alike[0]}?" if facts["columns"] and len(alike) == 1 else ""


def _table(old: TableFacts, new: TableFacts) -> Differences:
    if old["key"] != new["key"]:
        yield Difference(Kind.KEY_CHANGED, "", ", ".join(old["key"]), ", ".join(new["key"]))
    if old["write_disposition"] != new["write_disposition"]:
        yield Difference(Kind.DISPOSITION_CHANGED, "", old["write_disposition"], new["write_disposition"])
    if old["description"] != new["description"]:
        yield Difference(Kind.DESCRIPTION_CHANGED, "", old["description"], new["description"])
    was, now = _unheard(old), _unheard(new)
    if was or now or old["played"] is None or new["played"] is None:
        yield Difference(Kind.NOT_COMPARED, "", was, now)
        yield from _types(old["columns"], new["columns"])
    else:
        yield from _played(old, new, old["played"], new["played"])


def _unheard(facts: TableFacts) -> str:
    """Return why a version says nothing about the rows; empty when it does."""
    played = facts["played"]
    if played is None:
        return facts["unplayed"]
    return played["unrecorded"][0] if played["unrecorded"] else ""


def _played(old: TableFacts, new: TableFacts, was: Played, now: Played) -> Differences:
    yield from failure_differences(was, now)
    if failure_of(now):
        # Rows and columns that did not come are a consequence.
        yield from _types(old["columns"], new["columns"])
        return
    if not failure_of(was):
        yield from _columns(was["columns"], now["columns"])
        yield from skip_differences(was, now)
    else:
        yield from _types(old["columns"], new["columns"])
    same = [name for name, kind in was["columns"].items() if now["columns"].get(name) == kind]
    yield from row_differences(old, new, same)
    yield from request_differences(was, now)


def _columns(old: dict[str, str], new: dict[str, str]) -> Iterator[Difference]:
    for name in {**old, **new}:
        if name not in new:
            yield Difference(Kind.COLUMN_GONE, name, old[name], "")
        elif name not in old:
            yield Difference(Kind.COLUMN_NEW, name, "", new[name])
    yield from _types(old, new)


def _types(old: dict[str, str], new: dict[str, str]) -> Iterator[Difference]:
    for name, kind in old.items():
        if name in new and new[name] != kind:
            yield Difference(Kind.TYPE_CHANGED, name, kind, new[name])
