"""Rows for tables of our own, which travel with a resource's records and are committed with them."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

import dlt
from attrs import frozen
from dlt.extract.items import DataItemWithMeta, ResolvablePipeItem
from dlt.extract.pipe import ForkPipe
from dlt.extract.state import get_current_pipe


@frozen
class SideTable:
    """A table beside those of the resources, merged by its key.

    Attributes:
        name: Its name.
        key: The columns that make its primary key.
        columns: dlt's hints of each column.
    """

    name: str
    key: tuple[str, ...]
    columns: Mapping[str, Any]

    def items(self, rows: Sequence[Mapping[str, Any]]) -> Iterator[Any]:
        """Yield what a resource hands dlt for *rows*; nothing for none. Call it while a pipeline extracts."""
        if not rows:
            return
        # A table variant begins with its resource's hints: the first item takes them away, the second sets its own.
        bare = dlt.mark.make_hints(table_name=self.name, write_disposition="merge", columns={}, primary_key="")
        own = dlt.mark.make_hints(
            table_name=self.name, write_disposition="merge", columns=dict(self.columns), primary_key=self.key
        )
        yield _past_steps(dlt.mark.with_hints([], bare, create_table_variant=True))
        yield _past_steps(dlt.mark.with_hints(list(rows), own, create_table_variant=True))


def _past_steps(item: DataItemWithMeta) -> ResolvablePipeItem:
    """Return *item* at the end of the pipe that is asked: steps that a user added are for the resource's records."""
    pipe: Any = get_current_pipe()
    # What arrives at the end of a resource that only feeds transformers is taken by nobody; at theirs it is.
    while isinstance(fork := pipe[len(pipe) - 1], ForkPipe) and not fork.has_pipe(pipe):
        pipe = next(fork(item.data)).pipe
    return ResolvablePipeItem(item.data, len(pipe) - 1, pipe, item.meta)
