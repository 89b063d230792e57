"""What a resource hands dlt while a pipeline extracts it: Arrow tables, or rows where somebody needs rows.

dlt writes Arrow tables to Parquet as they are, which takes a tenth of the time of looking at each row. Steps that a
user added (`add_map`, a transformer) expect records, so there rows are handed on; dlt can do with both in one table,
because Arrow tables carry the columns that dlt gives rows.
"""

from __future__ import annotations

import logging
from collections.abc import Iterable, Iterator
from typing import Any, Final

import dlt
import pyarrow as pa
from attrs import define, field
from dlt.common.configuration.resolve import resolve_configuration
from dlt.common.normalizers.utils import generate_dlt_ids
from dlt.common.schema.utils import dlt_id_column, dlt_load_id_column
from dlt.extract.items_transform import LimitItem
from dlt.normalize.configuration import ItemsNormalizerConfiguration

from sdk.batches import FieldNames, misfit_key, rows, table_columns
from sdk.connector import Connector
from sdk.errors import ReadError
from sdk.inferring import inference
from sdk.reader import Batch
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
        hints: What dlt is told with the first of them.
    """

    connector: Connector
    resource: Resource
    names: FieldNames
    hints: Any = None
    delivered: bool = False

    def item(self, batch: Batch) -> Any:
        """Return what is handed on for *batch*."""
        found = rows(self.connector, self.resource, batch)
        self.names.check(found)
        # With the first page and not before it: `add_limit` counts what is yielded.
        first, self.delivered = not self.delivered, True
        return dlt.mark.with_hints(found, self.hints) if first and self.hints is not None else found


@define
class ArrowTables:
    """Hand on Arrow tables, with the columns that dlt gives rows.

    Attributes:
        load_id: dlt's id of what is being loaded.
        tables: Makes the tables.
        adds: Which of dlt's own columns its configuration does not add by itself.
    """

    connector: Connector
    resource: Resource
    names: FieldNames
    load_id: str
    tables: Tables
    adds: frozenset[str]
    delivered: bool = False
    _told: set[str] = field(factory=set)

    def item(self, batch: Batch) -> Any:
        """Return what is handed on for *batch*."""
        self.names.check(batch)
        table = self._keyed(self.tables.table(batch), len(batch))
        first, self.delivered = not self.delivered, True
        types = self.tables.types(name for name in table.column_names if name not in self._told)
        self._told.update(table.column_names)
        # Arrow has no type for JSON that dlt knows.
        told: dict[str, Any] = {
            name: {"name": name, "data_type": "json"} for name, data_type in types.items() if data_type == "json"
        }
        if first:
            own = {_LOAD_ID: dlt_load_id_column(), _ROW_ID: dlt_id_column()}
            told |= {name: hint for name, hint in own.items() if name in self.adds}
        table = self._with_own_columns(table)
        return dlt.mark.with_hints(table, dlt.mark.make_hints(columns=told)) if told else table

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
    normalize = schema.naming.normalize_identifier
    tables = Tables(table_columns(connector, resource), inference(schema, normalize(resource.name)), normalize)
    return ArrowTables(connector, resource, FieldNames(normalize), load_id, tables, _added())


def plain_rows(connector: Connector, resource: Resource, hints: Any) -> Rows:
    """Return what hands on the rows of *resource* in the pipeline that is being extracted."""
    return Rows(connector, resource, FieldNames(dlt.current.source_schema().naming.normalize_identifier), hints)


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
            yield item


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
