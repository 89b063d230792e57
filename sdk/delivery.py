"""What a resource hands dlt while a pipeline extracts it: Arrow tables, or rows where somebody needs rows.

dlt writes Arrow tables to Parquet as they are, which takes a tenth of the time of looking at each row. Steps that a
user added (`add_map`, a transformer) expect records, so there rows are handed on; dlt can do with both in one table,
because Arrow tables carry the columns that dlt gives rows.
"""

from __future__ import annotations

import logging
from collections.abc import Iterable, Iterator, Mapping
from functools import cache
from typing import Any, Final, cast

import dlt
import pyarrow as pa
from attrs import define, field
from dlt.common.configuration.resolve import resolve_configuration
from dlt.common.normalizers.json import helpers
from dlt.common.normalizers.utils import generate_dlt_ids
from dlt.common.schema.utils import dlt_id_column, dlt_load_id_column
from dlt.extract.items_transform import LimitItem
from dlt.normalize.configuration import ItemsNormalizerConfiguration

from sdk.batches import FieldNames, misfit_key, shapes_of, table_columns
from sdk.columns import DataType
from sdk.connector import Connector
from sdk.courses import Batch
from sdk.errors import ReadError
from sdk.fitting import Fitting
from sdk.inferring import Layout, earlier_columns, inference
from sdk.repairing import Repairs, holds_no_nul, suits_csv, way
from sdk.resource import Resource
from sdk.tables import Tables

# Records in one Arrow table: enough to make the costs of each table small, few enough to fit into any memory.
_TABLE_SIZE: Final = 4000

_LOAD_ID: Final = "_dlt_load_id"
_ROW_ID: Final = "_dlt_id"


def takes_tables(pipe: Any) -> bool:
    """Return whether what goes into *pipe* arrives as it is: no step of a user's stands in it."""
    return all(isinstance(step, LimitItem) for step in pipe.steps[1:])


def is_limited(pipe: Any) -> bool:
    """Return whether somebody counts the items (`add_limit`), who then means pages."""
    return any(isinstance(step, LimitItem) for step in pipe.steps)


def gathered(batches: Iterable[Batch | None], size: int = _TABLE_SIZE) -> Iterator[Batch | None]:
    """Yield the records of *batches* in lists of *size*, the last one shorter; `None` passes at once."""
    held: Batch = []
    for batch in batches:
        if batch is None:
            yield None
            continue
        held.extend(batch)
        while len(held) >= size:
            yield held[:size]
            held = held[size:]
    if held:
        yield held


@define
class Rows:
    """Hand on rows.

    Attributes:
        fitting: Fits them.
        hints: What dlt is told with the first of them.
    """

    connector: Connector
    resource: Resource
    fitting: Fitting
    hints: Any = None
    delivered: bool = False

    @property
    def repairs(self) -> Repairs:
        """What was replaced."""
        return self.fitting.repairs

    def item(self, batch: Batch) -> Any:
        """Return what is handed on for *batch*."""
        found = self.fitting.rows(batch)
        for name in self.resource.key:
            misfits = sum(1 for row in found if row.get(name) is None)
            if misfits:
                raise misfit_key(self.connector, self.resource, name, misfits, len(batch))
        news = self.fitting.news()
        # With the first page and not before it: `add_limit` counts what is yielded.
        told: dict[str, Any] = {} if self.delivered or self.hints is None else dict(self.hints)
        self.delivered = True
        if news:
            told |= dlt.mark.make_hints(**news)
        return dlt.mark.with_hints(found, cast(Any, told)) if told else found


@define
class ArrowTables:
    """Hand on Arrow tables, with the columns that dlt gives rows.

    Attributes:
        load_id: dlt's id of what is being loaded.
        tables: Makes the tables.
        repairs: Replaces what the destination does not hold.
        adds: Which of dlt's own columns its configuration does not add by itself.
        is_csv: dlt makes CSV files of them, while they suit that.
    """

    connector: Connector
    resource: Resource
    names: FieldNames
    load_id: str
    tables: Tables
    repairs: Repairs
    adds: frozenset[str]
    is_csv: bool = False
    delivered: bool = False
    _told: set[str] = field(factory=set)

    def item(self, batch: Batch) -> Any:
        """Return what is handed on for *batch*."""
        shapes = shapes_of(batch)
        self.names.check(shapes)
        table = self._keyed(self.tables.table(batch, shapes), len(batch))
        types = self.tables.types(table.column_names)
        for name in types.keys() & self.tables.variants.keys():
            self.names.set_aside(self.tables.variants[name], name)
        table = self.repairs.table(table, frozenset(name for name, data_type in types.items() if data_type == "json"))
        told = self._news(types)
        first, self.delivered = not self.delivered, True
        if first:
            own = {_LOAD_ID: dlt_load_id_column(), _ROW_ID: dlt_id_column()}
            told |= {name: hint for name, hint in own.items() if name in self.adds}
        facts: dict[str, Any] = {"columns": told} if told else {}
        if self.is_csv and not suits_csv(table):
            self.is_csv = False
            facts["file_format"] = "preferred"
        table = self._with_own_columns(table)
        return dlt.mark.with_hints(table, dlt.mark.make_hints(**facts)) if facts else table

    def _news(self, types: Mapping[str, DataType]) -> dict[str, Any]:
        """Return hints for the columns that came up since the last time, where Arrow does not say it all."""
        told: dict[str, Any] = {}
        for name in types.keys() - self._told:
            if name in self.tables.variants:
                told[name] = {"name": name, "data_type": types[name], "variant": True}
            elif types[name] == "json":  # Arrow has no type for it that dlt knows
                told[name] = {"name": name, "data_type": "json"}
        self._told.update(types)
        return told

    def _keyed(self, table: pa.Table, size: int) -> pa.Table:
        for name in self.resource.key:
            at = table.schema.get_field_index(name)
            misfits = size if at < 0 else table.column(at).null_count
            if misfits:
                raise misfit_key(self.connector, self.resource, name, misfits, size)
            table = table.set_column(at, table.schema.field(at).with_nullable(nullable=False), table.column(at))
        return table

    def _with_own_columns(self, table: pa.Table) -> pa.Table:
        size = table.num_rows
        if _LOAD_ID in self.adds:
            column = pa.repeat(pa.scalar(self.load_id, pa.string()), size)
            table = table.append_column(pa.field(_LOAD_ID, pa.string(), nullable=False), column)
        if _ROW_ID in self.adds:
            column = pa.array(generate_dlt_ids(size), pa.string())
            table = table.append_column(pa.field(_ROW_ID, pa.string(), nullable=False), column)
        return table


def arrow_tables(connector: Connector, resource: Resource, load_id: str) -> ArrowTables:
    """Return what hands on the tables of *resource* in the pipeline that is being extracted."""
    _silence()
    schema = dlt.current.source_schema()
    # As dlt names the columns of Arrow tables: `a__b` stays, where a table's name would become `a_b`.
    named = cache(schema.naming.normalize_path)
    table = schema.naming.normalize_identifier(resource.name)
    return ArrowTables(
        connector,
        resource,
        FieldNames(named, earlier_columns(schema, table)),
        load_id,
        Tables(table_columns(connector, resource), inference(schema, table), named),
        Repairs(holds_no_nul(*(on_its_way := way("arrow")))),
        _added(),
        is_csv=on_its_way[1] == "csv",
    )


def plain_rows(connector: Connector, resource: Resource, hints: Any) -> Rows:
    """Return what hands on the rows of *resource* in the pipeline that is being extracted."""
    schema = dlt.current.source_schema()
    table = schema.naming.normalize_identifier(resource.name)
    normalizer: Any = schema.data_item_normalizer
    depth = helpers.get_table_nesting_level(schema, table, normalizer.max_nesting) or 0
    kind, file_format = way("object")
    repairs = Repairs(holds_no_nul(kind, (hints or {}).get("file_format") or file_format), marks=True)
    declared = table_columns(connector, resource)
    fitting = Fitting(table, declared, Layout(schema, depth), repairs, frozenset(resource.key))
    return Rows(connector, resource, fitting, hints)


def delivered(batches: Iterable[Batch | None], to: Rows | ArrowTables) -> Iterator[Any]:
    """Yield what is handed on for *batches*; an empty one is nothing, and `None` lets other resources go first.

    Raises:
        ReadError: What came cannot become a table without losing something.
    """
    for batch in batches:
        if batch is None:
            yield None
        elif batch:
            try:
                item = to.item(batch)
            except ReadError as error:
                raise error.located(to.connector.name, to.resource.name, None) from None
            to.repairs.say(f"{to.connector.name}.{to.resource.name}")
            yield item
    if isinstance(to, ArrowTables):
        # Arrow keeps what it was given back; the destination needs it now.
        pa.default_memory_pool().release_unused()


def _added() -> frozenset[str]:
    """Return the columns of dlt's own that its configuration leaves out of Arrow tables."""
    config = resolve_configuration(ItemsNormalizerConfiguration(), sections=("normalize", "parquet_normalizer"))
    already = {_LOAD_ID: config.add_dlt_load_id, _ROW_ID: config.add_dlt_id}
    return frozenset(name for name, is_added in already.items() if not is_added)


class _HintsDiffer(logging.Filter):
    """Drop dlt's warning that a hint says JSON where Arrow says text: that is how JSON is handed to it."""

    def filter(self, record: logging.LogRecord) -> bool:
        return "several column hints were different" not in record.getMessage()


_HINTS_DIFFER: Final = _HintsDiffer()


def _silence() -> None:
    logging.getLogger("dlt").addFilter(_HINTS_DIFFER)
