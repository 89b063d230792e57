"""What of a source is loaded together: a list without a parent, and all that hangs on it.

Such a group is read in parts only where parts add up to the whole. In doubt they do not: a table that is replaced would
hold the last part alone, and so would one whose rows are retired by what a load lacks.
"""

from __future__ import annotations

from collections.abc import Mapping
from decimal import Decimal
from hashlib import blake2b
from typing import Any, Final

from attrs import evolve, frozen
from dlt.extract import DltResource, Incremental
from dlt.extract.exceptions import PipeException
from dlt.extract.incremental import IncrementalResourceWrapper
from dlt.extract.items_transform import FilterItem, MapItem, ValidateItem, YieldMapItem
from dlt.extract.pipe import Pipe

from sdk.dialects.entry import ConfigSource
from sdk.dialects.reads import Reads
from sdk.dialects.tabling import Finishing
from sdk.errors import ReadError
from sdk.redaction import holds_secret

# Steps that see one record at a time, the cursor's, and what makes rows.
_STEPS: Final = (FilterItem, MapItem, YieldMapItem, ValidateItem, Incremental, IncrementalResourceWrapper, Finishing)

# Hints by which rows of one load take the place of others.
_ORDERED: Final = frozenset({"merge_key", "dedup_sort", "hard_delete"})
_RETIRING: Final = "scd2"


@frozen
class Group:
    """Resources that are loaded together.

    Attributes:
        name: Its list without a parent; the first of several.
        names: The resources that are loaded.
        members: All that are read for them; their cursors move together.
        tables: Where the rows go.
        divisible: It may be loaded in parts.
        asks_for_news: Reading it again asks for what changed only.
    """

    name: str
    names: tuple[str, ...]
    members: tuple[str, ...]
    tables: frozenset[str]
    divisible: bool
    asks_for_news: bool


def groups_of(source: ConfigSource) -> dict[str, Group]:
    """Return the groups of the resources that *source* has selected, by name."""
    members: dict[str, list[DltResource]] = {}
    for resource in source.resources.values():
        members.setdefault(_top(resource), []).append(resource)
    selected = source.selected_resources
    found: list[Group] = []
    for top, resources in members.items():
        wanted = [one for one in resources if one.name in selected]
        if wanted:
            found = _united(found, _group(top, wanted, resources, source.laying.reads))
    return {one.name: one for one in found}


def incrementals(source: ConfigSource) -> dict[str, Incremental[Any]]:
    """Return the cursors of *source* that dlt keeps from run to run, by resource."""
    found: dict[str, Incremental[Any]] = {}
    for name, resource in source.resources.items():
        held: Any = resource.incremental
        cursor = held.incremental if isinstance(held, IncrementalResourceWrapper) else held
        if cursor is not None and cursor.end_value is None:
            found[name] = cursor
    return found


def digest(source: ConfigSource) -> str:
    """Return what makes two dictionaries the same to whoever goes on with a reading, whatever their secrets are."""
    declared = [one.declared for one in source.laying.reads.values()]
    said = [
        (one.name, one.parent, _plain(one.endpoint), _plain(one.hints), one.include_from_parent, len(one.steps))
        for one in declared
    ]
    bases = sorted({one.reader.client.base_url for one in source.laying.reads.values()})
    what = (source.name, bases, sorted(source.selected_resources), said)
    return blake2b(repr(what).encode(), digest_size=16).hexdigest()


def broken(groups: Mapping[str, Group], error: ReadError) -> Group | None:
    """Return which of *groups* has the pipe in which *error* came up."""
    cause: BaseException | None = error.__cause__
    while cause is not None and not isinstance(cause, PipeException):
        cause = getattr(cause, "exception", None) or cause.__cause__
    name = getattr(cause, "pipe_name", None)
    return next((one for one in groups.values() if name in one.members), None)


def _top(resource: DltResource) -> str:
    pipe: Any = resource._pipe  # noqa: SLF001 - dlt shows a resource's parents nowhere else
    while pipe.parent is not None:
        pipe = pipe.parent
    return str(pipe.name)


def _group(top: str, wanted: list[DltResource], resources: list[DltResource], reads: Mapping[str, Reads]) -> Group:
    tables = [_table(one) for one in wanted]
    divisible = (
        _is_ours(reads.get(top))
        and all(table is not None and _adds_up(table) for table in tables)
        and all(_is_plain(one) for one in resources)
    )
    names = {str(table["name"]) if table is not None else one.name for one, table in zip(wanted, tables, strict=True)}
    return Group(
        top,
        tuple(one.name for one in wanted),
        tuple(one.name for one in resources),
        frozenset(names),
        divisible,
        any(one.incremental is not None for one in resources),
    )


def _united(groups: list[Group], new: Group) -> list[Group]:
    """Return *groups* with *new*: those that write one table are one, unless each may be loaded in parts."""
    apart, made = [], new
    for one in groups:
        if one.tables & made.tables and not (one.divisible and made.divisible):
            made = evolve(
                one,
                names=one.names + made.names,
                members=one.members + made.members,
                tables=one.tables | made.tables,
                divisible=False,
                asks_for_news=one.asks_for_news or made.asks_for_news,
            )
        else:
            apart.append(one)
    return [*apart, made]


def _is_ours(reads: Reads | None) -> bool:
    """Return whether we read the list, and in the thread that asks for it."""
    return reads is not None and len(reads.extra.parents) <= 1 and not reads.declared.hints.get("parallelized")


def _table(resource: DltResource) -> Mapping[str, Any] | None:
    """Return the table of *resource* as its hints declare it, `None` where only its rows tell."""
    hints: Any = resource._hints  # noqa: SLF001 - as above
    natural = {"incremental", "validator", "original_columns"}
    if hints.get("nested_hints") or any(callable(one) for name, one in hints.items() if name not in natural):
        return None
    return resource.compute_table_schema()


def _adds_up(table: Mapping[str, Any]) -> bool:
    """Return whether loading the rows of *table* part by part comes to the same as loading them at once."""
    columns = table.get("columns") or {}
    ordered = any(_ORDERED & {name for name, said in one.items() if said} for one in columns.values())
    return (
        table.get("write_disposition", "append") in {"append", "merge"}
        and table.get("x-merge-strategy") != _RETIRING
        # All rows of one load that share a key are kept, and those of the load before are not.
        and not table.get("x-stage-data-deduplicated")
        and not ordered
        # What a contract forbids it allows in the first load of a table.
        and not table.get("schema_contract")
    )


def _is_plain(resource: DltResource) -> bool:
    """Return whether the steps of *resource* see one record at a time, and its cursors can be compared."""
    pipe: Pipe = resource._pipe  # noqa: SLF001 - as above
    held: Any = resource.incremental
    cursor = held.incremental if isinstance(held, IncrementalResourceWrapper) else held
    steps = [one for one in pipe.steps if one is not pipe.gen]
    return all(isinstance(one, _STEPS) for one in steps) and (cursor is None or cursor.last_value_func in {max, min})


def _plain(value: Any) -> Any:
    """Return *value* as it shows the same in every process, and shows no secret."""
    if isinstance(value, Incremental):
        return _plain([value.cursor_path, value.initial_value, value.end_value, value.lag])
    if isinstance(value, Mapping):
        return {
            str(name): sorted(map(str, one)) if name == "headers" and isinstance(one, Mapping) else _plain(one)
            for name, one in value.items()
            if name != "auth"
        }
    if isinstance(value, list | tuple):
        return [_plain(one) for one in value]
    if isinstance(value, str):
        return "" if holds_secret(value) else value
    return repr(value) if value is None or isinstance(value, bool | int | float | Decimal) else _named(value)


def _named(value: Any) -> str:
    """Return what an object of the user's is; its own text may hold anything, even where it lies in memory."""
    said = value.isoformat() if hasattr(value, "isoformat") else getattr(value, "__qualname__", "")
    return f"{type(value).__module__}.{type(value).__qualname__} {said}"
