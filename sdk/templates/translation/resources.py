"""One resource of a dictionary as one of ours."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, Final

from attrs import define, field
from dlt.extract.utils import ensure_table_schema_columns

from sdk.dialects.documents import Declared
from sdk.dialects.places import Place, places
from sdk.dialects.repairs import Extra
from sdk.retry import RetryPolicy
from sdk.templates.translation.code import Call, Joined, Name, call
from sdk.templates.translation.credentials import credentials
from sdk.templates.translation.cursors import Cursor
from sdk.templates.translation.drafts import Notes, Settings, TableRow
from sdk.templates.translation.functions import Functions
from sdk.templates.translation.paging import paginator
from sdk.templates.translation.requests import Asked

_TYPES: Final = ("bigint", "text", "double", "bool", "timestamp", "date", "json")
_DISPOSITIONS: Final = ("merge", "append", "replace")

# dlt's words for a resource that say nothing here: our requests are parallel as it is.
_NEEDLESS: Final = frozenset({"name", "table_name", "parallelized", "selected"})
_HANDLED: Final = frozenset({"write_disposition", "primary_key", "columns", "max_table_nesting"})


@define
class Translating:
    """What the resources of a dictionary have in common.

    Attributes:
        client: What the dictionary says of its client.
        names: Each resource's name here, by its name there.
        extras: What dlt's words cannot say, by names there.
        parents: Names there of the resources that have children.
        keys: Their primary keys, by names there.
        settings: Takes settings.
        notes: Takes what has no equivalent.
        functions: Takes the steps' functions.
        unsaid: Takes the resources of which nobody says where their records are.
    """

    client: Mapping[str, Any]
    names: Mapping[str, str]
    extras: Mapping[str, Extra]
    parents: frozenset[str]
    keys: Mapping[str, tuple[str, ...]]
    settings: Settings
    notes: Notes
    functions: Functions
    unsaid: list[str] = field(factory=list)

    def resource(self, one: Declared) -> tuple[Call, TableRow | None]:
        """Return *one* as code, and as a row of the README unless it becomes no table.

        Raises:
            NoEquivalentError: It asks in a way that has no equivalent.
        """
        extra, name = self.extras.get(one.name, Extra()), self.names[one.name]
        cursor = Cursor.of(one)
        asked = Asked(one, self._places(one, extra), str(self.client["base_url"]), cursor, self.settings, self.notes)
        named = asked.arguments()
        if named["path"] == f"/{name}":
            del named["path"]
        disposition, key = self._keys(one)
        window, constant = cursor.values(asked.start_param, self.notes, merged=disposition == "merge")
        if constant:
            named["params"] = {**named.get("params", {}), **constant}
        named |= self._selection(one, name)
        named |= self._paging(one, extra)
        named |= self._key(one, extra, disposition, key)
        named |= window
        named |= self._answers(one, extra)
        named |= self._auth(one, asked.keys, name)
        named |= self._columns(one)
        named |= self.functions.steps(one.steps, name, f"{one.where}.processing_steps", self.notes)
        hidden = one.hints.get("selected") is False and one.name in self.parents
        self._hints(one, hidden=hidden)
        if hidden:
            named["hidden"] = True
        named["description"] = f"The {name.replace('_', ' ')} of the account"
        made = call("Resource", name, **named)
        if hidden:
            return made, None
        whole = ", ".join(f"`{part}`" for part in self._whole_key(named, one, extra)) or "none"
        by = f"`{cursor.bound.cursor_path}`" if cursor.bound and "incremental" in named else "no"
        return made, TableRow(name, whole, by)

    def _whole_key(self, named: Mapping[str, Any], one: Declared, extra: Extra) -> tuple[str, ...]:
        """Return the columns of the table's key."""
        own = named.get("primary_key", "id")
        own = (own,) if isinstance(own, str) else tuple(own)
        if one.parent is None or named.get("unique_key") or not own:
            return own
        owner = extra.parent_as or self.names[one.parent]
        return (*(f"_{owner}_{name.replace('.', '_')}" for name in self._identity(one)), *own)

    def _places(self, one: Declared, extra: Extra) -> dict[str, str]:
        if one.parent is None:
            return {}
        several = extra.parents if len(extra.parents) > 1 else (one.parent,)
        return {one.parent: "|".join(self.names[parent] for parent in several)}

    def _selection(self, one: Declared, name: str) -> dict[str, Any]:
        selector = one.endpoint.get("data_selector")
        text = None if selector is None else str(selector)
        if one.single:
            return {"single": True, **({"data_selector": text} if text not in {None, "", "$"} else {})}
        if text is None:
            self.unsaid.append(name)
            where = f"{one.where}.endpoint.data_selector"
            self.notes.add(where, "is not said, so the only list of an answer is taken; say where the records are")
        return {"data_selector": text} if text not in {None, "", "$"} else {}

    def _paging(self, one: Declared, extra: Extra) -> dict[str, Any]:
        own = one.endpoint.get("paginator")
        if own is None and one.single:
            return {"paginator": call("SinglePagePaginator")}
        made = paginator(own, f"{one.where}.endpoint.paginator", self.notes, extra) if own is not None else None
        return {"paginator": made} if made is not None else {}

    def _keys(self, one: Declared) -> tuple[str, tuple[str, ...]]:
        given, where = one.hints.get("write_disposition"), f"{one.where}.write_disposition"
        if isinstance(given, Mapping):
            strategy = given.get("strategy")
            if strategy not in {None, "delete-insert"}:
                self.notes.add(f"{where}.strategy", f"{strategy!r} has no equivalent: rows are replaced by their key")
            given = given.get("disposition")
        given = given or "append"
        if given not in _DISPOSITIONS:
            shown = repr(given) if isinstance(given, str) else "a function"
            self.notes.add(where, f"{shown} has no equivalent; 'append' was taken")
            given = "append"
        if callable(one.hints.get("primary_key")):
            self.notes.add(f"{one.where}.primary_key", "a function has no equivalent, so rows have no key")
        key = key_of(one)
        if given == "merge" and not key:
            self.notes.add(where, "merge without a primary_key adds rows, as with dlt; 'append' was taken")
            given = "append"
        return given, key

    def _key(self, one: Declared, extra: Extra, disposition: str, key: tuple[str, ...]) -> dict[str, Any]:
        named: dict[str, Any] = {}
        own = key
        if one.parent is not None:
            named, own = self._of_parent(one, extra, key)
        if own != ("id",):
            named["primary_key"] = own[0] if len(own) == 1 else list(own)
        if disposition != "merge":
            named["write_disposition"] = disposition
        return named

    def _of_parent(self, one: Declared, extra: Extra, key: tuple[str, ...]) -> tuple[dict[str, Any], tuple[str, ...]]:
        """Return how a child carries its parent's fields, and its own key."""
        owner = extra.parent_as or self.names[str(one.parent)]
        named: dict[str, Any] = {"parent_as": owner} if len(extra.parents) > 1 else {}
        asked = self._identity(one)
        if set(asked) < {place.name for place in _parent_places(one)}:
            named["include_from_parent"] = list(asked)
        included = tuple(dict.fromkeys((*asked, *one.include_from_parent)))
        stamps = {f"_{owner}_{name.replace('.', '_')}" for name in asked}
        if set(included) > set(asked):
            named |= {"include_from_parent": list(included), "unique_key": True}
            # With further fields of the parent the key has to be named whole: one of them may change.
            whole = (*sorted(stamps - set(key)), *key) if key else ()
            return named, whole
        own = tuple(part for part in key if part not in stamps)
        if key and own == key:
            where = f"{one.where}.primary_key"
            parts = " and ".join(sorted(stamps))
            self.notes.add(where, f"{parts} was made a part of it: ids may repeat from parent to parent")
        return named, own

    def _identity(self, one: Declared) -> tuple[str, ...]:
        """Return the parent's fields that tell whose child a record is: its key where the request names that."""
        asked = tuple(dict.fromkeys(place.name for place in _parent_places(one)))
        key = self.keys.get(str(one.parent), ())
        return tuple(name for name in asked if name in key) or asked

    def _answers(self, one: Declared, extra: Extra) -> dict[str, Any]:
        named: dict[str, Any] = {}
        empty = set()
        for number, given in enumerate(one.endpoint.get("response_actions") or ()):
            where = f"{one.where}.endpoint.response_actions[{number}]"
            is_plain = isinstance(given, Mapping) and given.get("action") == "ignore" and not given.get("content")
            if is_plain and given.get("status_code") is not None:
                empty.add(int(given["status_code"]))
            else:
                self.notes.add(where, "has no equivalent here; see answer_hooks, empty_statuses and skip_statuses")
        if empty:
            named["empty_statuses"] = empty
        if skipped := set(extra.passed_over) - empty:
            named["skip_statuses"] = skipped
        if extra.retry is not None:
            named["retry"] = _retry(extra.retry)
        return named

    def _auth(self, one: Declared, keys: Sequence[Call], name: str) -> dict[str, Any]:
        given = one.endpoint.get("auth")
        where = f"{one.where}.endpoint.auth"
        own = credentials(given, where, self.settings, self.notes, name) if given is not None else None
        if not keys:
            return {"auth": own} if own is not None else {}
        first = own or credentials(self.client.get("auth"), "client.auth", self.settings, self.notes)
        parts = [*([first] if first is not None else []), *keys]
        return {"auth": parts[0] if len(parts) == 1 else call("MultiAuth", *parts)}

    def _columns(self, one: Declared) -> dict[str, Any]:
        given = one.hints.get("columns")
        if not given:
            return {}
        where = f"{one.where}.columns"
        if callable(given) and not isinstance(given, type):
            self.notes.add(where, "a function has no equivalent, so the types are those of the records")
            return {}
        by_type: dict[str, list[str]] = {}
        for name, column in ensure_table_schema_columns(given).items():
            kind, more = column.get("data_type"), sorted(set(column) - {"name", "data_type"})
            more = [hint for hint in more if not (hint == "nullable" and column["nullable"])]
            if kind in _TYPES and " " not in name:
                by_type.setdefault(str(kind), []).append(name)
            elif kind is not None:
                self.notes.add(f"{where}.{name}", f"the type {kind!r} has no equivalent; the records tell its type")
            if more:
                self.notes.add(f"{where}.{name}", f"{', '.join(more)} has no equivalent")
        named = {kind: " ".join(by_type[kind]) for kind in _TYPES if kind in by_type}
        return {"columns": call("columns", **named)} if named else {}

    def _hints(self, one: Declared, *, hidden: bool) -> None:
        for key, value in one.hints.items():
            where = f"{one.where}.{key}"
            if key in _NEEDLESS | _HANDLED or value is None:
                continue
            self.notes.add(where, "has no equivalent in a declaration")
        if one.hints.get("max_table_nesting"):
            where = f"{one.where}.max_table_nesting"
            self.notes.add(where, "is said by whoever loads: max_table_nesting=, or --max-table-nesting")
        if one.hints.get("selected") is False and not hidden:
            self.notes.add(f"{one.where}.selected", "a resource that is not selected has no equivalent: it is loaded")
        if callable(one.hints.get("table_name")):
            self.notes.add(f"{one.where}.table_name", "a function has no equivalent: all rows go to one table")


def _retry(policy: RetryPolicy) -> Call:
    """Return *policy* as somebody would write it who knows what is repeated anyhow."""
    plain = RetryPolicy()
    more = set(policy.statuses - plain.statuses)
    statuses: Any = Joined((Name("RetryPolicy().statuses", frozenset({"RetryPolicy"})), more)) if more else None
    own = {name: getattr(policy, name) for name in ("attempts", "initial", "factor", "refusals")}
    differing = {name: value for name, value in own.items() if value != getattr(plain, name)}
    return call("RetryPolicy", statuses=statuses, **differing)


def _parent_places(one: Declared) -> list[Place]:
    found = [*one.resolved.values()]
    for key in ("path", "params"):
        found += [place for place in places(one.endpoint.get(key)) if place.kind == "parent"]
    return found


def key_of(one: Declared) -> tuple[str, ...]:
    """Return the primary key that the dictionary gives *one*."""
    key = one.hints.get("primary_key") or ()
    return (key,) if isinstance(key, str) else () if callable(key) else tuple(key)
