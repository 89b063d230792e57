"""What watches the rows of a dictionary's resource while a pipeline extracts it: its hints as dlt itself has them."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any, ClassVar, Final

import dlt
from dlt.common.configuration.container import Container
from dlt.extract import DltResource, Incremental
from dlt.extract.exceptions import DataItemRequiredForDynamicTableHints
from dlt.extract.incremental import IncrementalResourceWrapper
from dlt.extract.items import DataItemWithMeta
from dlt.extract.items_transform import ItemTransform, LimitItem
from dlt.extract.pipe import ForkPipe
from dlt.extract.source import SourceInjectableContext
from dlt.extract.state import get_current_pipe

from sdk.batches import FieldNames
from sdk.dialects.documents import Declared
from sdk.dialects.keeping import DltLayout, Keeping, Repairing
from sdk.dialects.keys import Keyed, Keys, keyed
from sdk.dialects.places import places
from sdk.dialects.reports import Note, Report
from sdk.dialects.rows import Rows
from sdk.errors import ReadError
from sdk.repairing import Repairs, holds_no_nul, way

# dlt's own.
_DEEPEST: Final = 1000


def is_plain() -> bool:
    """Return whether what the pipe that is asked hands on becomes rows as it is: no step of a user's stands in it."""
    steps = getattr(get_current_pipe(), "steps", ())[1:]
    # A fork hands the same on to the children.
    return all(
        isinstance(one, IncrementalResourceWrapper | Incremental | LimitItem | ForkPipe | Finishing) for one in steps
    )


class Finishing(ItemTransform[Any, Any]):
    """Make rows of what the steps of a user's hand on; it stays behind them, whenever they are added.

    Args:
        rows: Returns what makes the rows, or `None` where they are made already, or none are.
        located: Returns an error with the resource's name.
    """

    # After dlt's cursors and limits, and before what hands on to children.
    placement_affinity: ClassVar[float] = 1.5

    def __init__(self, rows: Callable[[], Rows | None], located: Callable[[ReadError], Exception]) -> None:
        super().__init__(lambda item: item)
        self.rows, self.located = rows, located

    def __call__(self, item: Any, meta: Any = None) -> Any:
        """Return the rows for *item*, a page or a record."""
        # What is said of an item names its table.
        rows = self.rows() if isinstance(item, dict | list) and meta is None else None
        if rows is None:
            return item
        try:
            made = rows.finished(item if isinstance(item, list) else [item])
        except ReadError as error:
            raise self.located(error) from None
        return made if isinstance(item, list) or isinstance(made, DataItemWithMeta) else made[0]


def rows_of(one: Declared, connector: str, report: Report) -> Rows:
    """Return what watches the rows of *one* in the pipeline that is being extracted."""
    live = _live(one.name)
    hints = dict(one.hints)
    if live is not None:
        hints["write_disposition"] = live.write_disposition
    kind, file_format = way("object")
    repairs = Repairs(holds_no_nul(kind, hints.get("file_format") or file_format), marks=True)
    parent = one.parent_as or one.parent
    included = [f"_{parent}_{name}" for name in one.include_from_parent]
    key = keyed(hints, included)
    schema = dlt.current.source_schema()
    normalize = schema.naming.normalize_identifier
    table = _table(live)
    keeping: Keeping | Repairing
    if table is None:
        keeping = Repairing(FieldNames(normalize), repairs)
    else:
        normalizer: Any = schema.data_item_normalizer
        nesting = [hints.get("max_table_nesting"), normalizer.max_nesting, _DEEPEST]
        depth = next(one for one in nesting if one is not None)
        columns: Mapping[str, Any] = table["columns"]
        typed = {
            schema.naming.normalize_path(name): one["data_type"] for name, one in columns.items() if "data_type" in one
        }
        keeping = Keeping(
            normalize(table["name"]),
            {},
            DltLayout(schema, depth),
            repairs,
            frozenset(key.names if key is not None else ()),
            typed=typed,
        )
    keys = Keys(key, normalize, *_telling(one, key, report)) if key is not None else None
    return Rows(keeping, keys, f"{connector}.{one.name}", hints.get("nested_hints") or {})


def _live(name: str) -> DltResource | None:
    """Return the resource as the pipeline has it: a user may have given it other hints than the dictionary."""
    container = Container()
    if SourceInjectableContext not in container:
        return None
    found: DltResource | None = container[SourceInjectableContext].source.resources.get(name)
    return found


def _table(live: DltResource | None) -> Any:
    """Return the table of *live*, or `None` where each record says which it is, or a model says what it holds."""
    if live is None or live.validator is not None:
        return None
    try:
        return live.compute_table_schema()
    except DataItemRequiredForDynamicTableHints:
        return None


def _telling(one: Declared, key: Keyed, report: Report) -> Any:
    """Return what would tell the children of two parents apart, and what takes a note of those that are the same."""
    own = next(iter(_asked(one)), "id")
    parent = one.parent_as or one.parent
    stamped = [f"_{parent}_{own}", *key.names]
    instead = f"include_from_parent: [{own!r}] and primary_key: {stamped!r}"

    told: list[str] = []

    def tell(differing: Sequence[str], same: str) -> None:
        if told:
            return
        told.append(same)
        found = f"several parents show one record, which differs in {', '.join(map(repr, differing))}"
        why = f"it is the same by {same!r}; {instead} keeps each"
        report.note(Note(f"{one.where}.primary_key", "guessed", found, "one row was made of it, as dlt merges", why))

    return instead, tell


def _asked(one: Declared) -> Sequence[str]:
    """Return the parent's fields that the requests name."""
    named = [place.name for place in one.resolved.values()]
    written = [
        place for key in ("path", "params", "json", "data", "headers") for place in places(one.endpoint.get(key))
    ]
    return [*named, *(place.name for place in written if place.kind == "parent")]
