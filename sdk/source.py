"""A connector as a dlt source, which behaves like any other.

dlt opens the iterator of every selected resource before it takes the first item of any. So the resources that are
opened together are read together: the first item that somebody takes starts one extraction for all of them, and
each parent is read once, whatever the user selected and in whatever order dlt pulls.
"""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator, Sequence
from datetime import datetime
from typing import Any, Final, Literal, TypeAlias, cast, get_args

import dlt
from attrs import define, field, frozen
from dlt.common.configuration.container import Container
from dlt.common.storages.load_package import LoadPackageStateInjectableContext
from dlt.extract import DltResource, DltSource
from dlt.extract.state import get_current_pipe

from sdk.batches import hints, table_columns
from sdk.connector import Connector
from sdk.cursors import State
from sdk.delivery import ArrowTables, Rows, arrow_tables, delivered, gathered, is_limited, plain_rows, takes_tables
from sdk.errors import SettingError
from sdk.extraction import Extraction
from sdk.histories import run_items
from sdk.legs import Leg
from sdk.opening import Opened, open_connector
from sdk.plans import note_run
from sdk.resource import Resource
from sdk.skips import Skip
from sdk.skips_table import skip_items
from sdk.tally import Tallies

Batches: TypeAlias = Literal["arrow", "rows"]

CHECKPOINT: Final = "checkpoint"
"""Where a source's state keeps what an interrupted run had left."""


def load(  # noqa: PLR0913 - each names one thing that a source may differ in
    name: str,
    *,
    resources: Sequence[str] | None = None,
    plugins: Sequence[object] = (),
    clock: Callable[[], datetime] | None = None,
    batches: Batches = "arrow",
    max_table_nesting: int = 0,
    **settings: Any,
) -> DltSource:
    """Return a dlt source that reads the connector *name*.

    Settings that are not passed come from dlt's configuration, under `sources.<name>`. Hand the source to
    `dlt.pipeline(...).run(...)`; `with_resources`, `add_limit` and all else work as on any source. In a pipeline an
    incremental resource continues where its last successful run ended; outside of one everything is read.

    Args:
        name: The connector's name.
        resources: Names of the resources to select; default: all.
        plugins: Objects with hook implementations, asked before all others, for this source only.
        clock: Returns the start of a run; default: the time of day.
        batches: `arrow` hands dlt Arrow tables, except where steps were added to a resource; `rows` always records.
        max_table_nesting: How deep nested lists become tables of their own, dlt's child tables; 0 keeps them as JSON.
        **settings: The connector's settings and secrets.

    Raises:
        PluginError: The connector is unknown, doubled or broken.
        SettingError: A setting is missing or of the wrong kind, or there is no such resource.

    .. versionadded:: 0.1
    """
    opened = open_connector(name, settings, extra_plugins=plugins, clock=clock)
    return source_of(opened, resources, batches=batches, max_table_nesting=max_table_nesting)


@define
class Watch:
    """What a display or a report sees of an extraction while it goes on.

    Attributes:
        tallies: Rows, requests and waits of each resource.
        skips: What was skipped, once a resource is complete.
    """

    tallies: Tallies = field(factory=Tallies)
    skips: list[Skip] = field(factory=list)


def source_of(  # noqa: PLR0913 - as `load`
    opened: Opened,
    resources: Sequence[str] | None = None,
    watch: Watch | None = None,
    *,
    batches: Batches = "arrow",
    max_table_nesting: int = 0,
    leg: Leg | None = None,
) -> DltSource:
    """Return the dlt source of an opened connector, see `load`; with *leg* it is read as a part of a run.

    Raises:
        SettingError: There is no such resource, or no such kind of batches.
    """
    connector = opened.connector
    chosen = opened.names(resources)
    if batches not in get_args(Batches):
        raise SettingError(f"batches is {batches!r}; give one of {', '.join(get_args(Batches))}")
    # Child tables are made from rows, by dlt.
    together = _Together(opened, watch or Watch(), "rows" if max_table_nesting else batches, leg)

    @dlt.source(name=connector.name, section=connector.name, max_table_nesting=max_table_nesting)
    def source() -> Iterator[DltResource]:
        for resource in connector.tables:
            yield dlt.resource(
                # dlt's hints know functions and lists only; any iterable works.
                cast(Any, _Rows(together, resource.name)),
                name=resource.name,
                primary_key=resource.key,
                write_disposition=resource.write_disposition,
                columns=cast(Any, hints(connector, resource, nested=max_table_nesting > 0)),
            )

    made: DltSource = source()
    return made if resources is None else made.with_resources(*chosen)


@define
class _Round:
    """The resources that were opened together, and their extraction once it has begun."""

    names: list[str] = field(factory=list)
    extraction: Extraction | None = None
    over: int = 0


@define
class _Together:
    """Finds out which resources are read together."""

    opened: Opened
    watch: Watch
    batches: Batches
    leg: Leg | None = None
    # dlt opens the iterators of one extraction in one thread, before it takes an item.
    _open: threading.local = field(factory=threading.local)

    def join(self, name: str) -> _Round:
        """Return the round in which *name* takes part: the open one, unless it has begun or holds *name* already."""
        current: _Round | None = getattr(self._open, "round", None)
        if current is None or current.extraction is not None or name in current.names:
            current = _Round()
            self._open.round = current
        current.names.append(name)
        return current

    def begin(self, current: _Round) -> Extraction:
        """Return the extraction of a round; whoever comes first starts it."""
        if current.extraction is None:
            states: dict[str, State] = {}
            if load_id() is not None:
                states = {name: dlt.current.resource_state(name) for name in current.names}
            leg = self.leg
            current.extraction = Extraction(
                self.opened.reader(self.watch.tallies),
                current.names,
                run_start=self.opened.clock() if leg is None else leg.run_start,
                since=self.opened.since,
                states=states,
                in_flight=self.opened.connector.in_flight,
                checkpoint=None if leg is None else leg.checkpoint,
                max_skips=self.opened.max_skips,
                isolates=leg is not None,
            )
            if leg is not None:
                leg.begin(current.extraction)
        return current.extraction

    def leave(self, current: _Round, package: str) -> Iterator[Any]:
        """Note that a resource of a round is over; the last one keeps where the reading stands, with its rows.

        With it goes the report of the run so far.
        """
        current.over += 1
        if self.leg is not None and current.over == len(current.names):
            state = dlt.current.source_state()
            state.pop(CHECKPOINT, None)
            kept = self.leg.end()
            if kept is not None:
                state[CHECKPOINT] = kept.to_dict(self.leg.base_url)
            if self.leg.report is not None:
                yield from run_items(self.leg.report(self.leg, package))


@frozen
class _Rows:
    """What a resource hands dlt: each iterator is one extraction's."""

    together: _Together
    name: str

    def __iter__(self) -> Iterator[Any]:
        current = self.together.join(self.name)
        return self._items(current)

    def _items(self, current: _Round) -> Iterator[Any]:
        extraction = self.together.begin(current)
        connector = self.together.opened.connector
        resource = connector.resource(self.name)
        package = load_id()
        batches = extraction.batches(self.name)
        if package is None:
            yield from batches
            return
        delivery, leg = self._delivery(connector, resource, package), self.together.leg
        if leg is not None:
            batches = leg.counted(batches)
        yield from delivered(batches if is_limited(get_current_pipe()) else gathered(batches), delivery)
        # A key without a declared type makes no table by itself; there the first row does.
        if not delivery.delivered and set(resource.key) <= table_columns(connector, resource).keys():
            # The table is there although it has no rows yet, with its typed columns.
            yield dlt.mark.materialize_table_schema()
        if leg is None or extraction.is_complete(self.name):
            if leg is None or not leg.is_continued:
                state = dlt.current.resource_state(self.name)
                note_run(state, self.together.watch.tallies, resource, continues=extraction.continues(self.name))
            skipped, repaid = extraction.settled(self.name)
            self.together.watch.skips.extend(skipped)
            yield from skip_items(connector.name, extraction.run_start, skipped, repaid)
        yield from self.together.leave(current, package)

    def _delivery(self, connector: Connector, resource: Resource, package: str) -> Rows | ArrowTables:
        if self.together.batches == "arrow" and takes_tables(get_current_pipe()):
            return arrow_tables(connector, resource, package)
        parquet = dlt.mark.make_hints(file_format="parquet") if _prefers_parquet() else None
        return plain_rows(connector, resource, parquet)


def load_id() -> str | None:
    """Return the id of the load package that is being extracted; `None` outside of a pipeline's extraction.

    An active pipeline is no sign: a person who iterates a resource may well have one.
    """
    container = Container()
    if LoadPackageStateInjectableContext not in container:
        return None
    return str(container[LoadPackageStateInjectableContext].load_id)


def _prefers_parquet() -> bool:
    """Return whether the destination would get INSERT statements and takes Parquet, which loads several times faster.

    DuckDB and its relatives only: other databases take Parquet through drivers that may not be there.
    """
    target = dlt.current.pipeline().destination
    return target is not None and target.destination_type.rpartition(".")[2] in {"duckdb", "motherduck"}
