"""Read one declared endpoint, for itself or for the records of its parents."""

from __future__ import annotations

import logging
import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import closing
from functools import partial
from http import HTTPStatus
from typing import Any, Final

from attrs import define, evolve, field, frozen
from dlt.common.configuration.container import Container
from dlt.common.storages.load_package import LoadPackageStateInjectableContext
from dlt.extract import Incremental
from dlt.extract.incremental import IncrementalResourceWrapper
from dlt.extract.items_transform import MapItem, YieldMapItem
from dlt.extract.state import get_current_pipe

from sdk.courses import Batch
from sdk.dialects.asking import WHOLE, Asking, Cursor, cursor_values
from sdk.dialects.cutting import Cut, Cutting
from sdk.dialects.documents import Declared
from sdk.dialects.leniency import SizedPaginator, WatchfulPaginator
from sdk.dialects.pool import Pool
from sdk.dialects.pulling import Piece, Pull
from sdk.dialects.repairs import Extra
from sdk.dialects.reports import Note, Report
from sdk.dialects.rows import Rows, restored
from sdk.dialects.selecting import Selecting
from sdk.dialects.tabling import is_plain, rows_of
from sdk.errors import ReadError, ResponseError, SelectionError
from sdk.messages import Partition, Record, Request
from sdk.reader import Reader
from sdk.resource import Resource
from sdk.source import load_id

# Answers that the request's own words may be the reason for.
_REFUSED: Final = frozenset({400, 401, 402, 403, 404, 405, 406, 410, 422})


@frozen
class _Of:
    """Whose the records are: what of the parent they carry, and what makes it another than all others."""

    stamp: Mapping[str, Any]
    owner: bytes


@define(eq=False)
class Reads:
    """Reads one declared endpoint.

    Attributes:
        declared: The endpoint.
        resource: What the reader knows of it.
        asking: Makes its requests.
        reader: Reads partitions.
        pool: The threads of its source.
        report: Takes notes.
        convert: What is done to the cursor's values before they are sent.
        extra: What dlt's words cannot say.
        key: The field by which records are merged, where it should be looked for.
        cutting: Says when a list is left.
        selecting: Finds its records.
    """

    declared: Declared
    resource: Resource
    asking: Asking
    reader: Reader
    pool: Pool
    report: Report
    cutting: Cutting
    selecting: Selecting
    convert: Callable[..., Any] | None = None
    extra: Extra = field(factory=Extra)
    key: str | None = None
    _watched: tuple[str, Rows] | None = field(default=None, init=False)
    _is_plain: bool = field(default=True, init=False)

    def whole(self, cursor: Cursor | None = None) -> Iterator[Batch]:
        """Yield the pages of an endpoint without a parent."""
        yield from self._pages([None], cursor)
        self.reader.tallies.of(self.resource.name).done = True

    def top(self) -> Iterator[Batch]:
        """Yield the pages of an endpoint without a parent that belong into one load package."""
        cut = self.cutting.cuts.get(self.declared.name) if self.cutting.run else None
        if cut is None:
            yield from self.whole()
            return
        cut.enter()
        yield from self._pages([None], None, cut)
        self.reader.tallies.of(self.resource.name).done = cut.left is None

    def children(self, parents: Any, cursor: Cursor | None = None) -> Iterator[Batch]:
        """Yield the pages that belong to some records of the parent."""
        records = [restored(one) if type(one) is dict else one for one in _as_records(parents)]
        tally = self.reader.tallies.of(self.resource.name)
        tally.add(parents=len(records))
        yield from self._pages(records, cursor)
        tally.add(parents_done=len(records))

    def of_all(self, parents: Sequence[Reads], by_name: Mapping[str, Reads]) -> Iterator[Batch]:
        """Yield the pages that belong to the records of several parents, each record once."""
        seen: set[bytes] = set()
        for parent in parents:
            for records in parent.from_the_top(by_name):
                fresh = []
                for record in records:
                    asked = Partition(self.resource.name, self.asking.request(Cursor(), record)).digest
                    if asked not in seen:
                        seen.add(asked)
                        fresh.append(record)
                yield from self.children(fresh)

    def from_the_top(self, by_name: Mapping[str, Reads]) -> Iterator[Batch]:
        """Yield all pages of the endpoint, its parents read for it alone."""
        if self.declared.parent is None:
            yield from self.whole(Cursor())
            return
        for parents in by_name[self.declared.parent].from_the_top(by_name):
            yield from self.children(parents, Cursor())

    def _pages(
        self, parents: Sequence[Record | None], cursor: Cursor | None, cut: Cut | None = None
    ) -> Iterator[Batch]:
        begun = cursor or self._cursor()
        pieces = (self._piece(begun, parent, cut) for parent in parents)
        second_chance = partial(self._second_chance, cut)
        pull = Pull(self.pool, self.reader, pieces, self._ignored, self.extra.passed_over, second_chance)
        tally = self.reader.tallies.of(self.resource.name)
        rows = self._rows()
        try:
            with closing(pull.pages()) as pages:
                for of, records in pages:
                    tally.add(rows=len(records))
                    self._check_key(records)
                    yield self._finished(records, of, rows)
                    if cut is not None and self._leaves(cut, pull):
                        return
        except ResponseError as error:
            if self.extra.told.hint and error.status in _REFUSED:
                error.args = (f"{error.args[0]}; {self.extra.told.hint}",)
            raise

    def _leaves(self, cut: Cut, pull: Pull[_Of]) -> bool:
        """Return whether the list is left here, to be gone on with in another load package."""
        if not (cut.divisible and self.cutting.is_due):
            return False
        left, proven = pull.rest(), self.resource.name in self.selecting.proven
        if left is not None and cut.leave(left, self.reader.client.base_url, proven=proven):
            return True
        pull.resume()
        return False

    def _check_key(self, records: Batch) -> None:
        """Raise when no record has the key: dlt says so after all is read, and keeps what it cannot load.

        Raises:
            SelectionError: The key is in none of *records*, and nobody may put it there later.
        """
        # A key that is nested in a record is found by dlt alone.
        if self.key is None or "__" in self.key or LoadPackageStateInjectableContext not in Container():
            return
        if (
            not records
            or any(_bare(self.key) in map(_bare, one) for one in records if isinstance(one, dict))
            or _is_changed()
        ):
            return
        hint = f"; {self.extra.told.hint}" if self.extra.told.hint else ""
        place = f"{self.reader.connector.name}.{self.declared.name}"
        raise SelectionError(
            f"{place}: none of {len(records)} records has {self.key!r}, which is the primary key of the dictionary; "
            f"declare the resource's own primary_key{hint}"
        )

    def _piece(self, cursor: Cursor, parent: Record | None, cut: Cut | None) -> Piece[_Of]:
        try:
            stamp = self.asking.stamp(parent) if parent is not None else {}
            partition = Partition(self.resource.name, self._prepared(self.asking.request(cursor, parent)))
            if cut is not None and cut.begin is not None:
                partition = cut.started(partition, self.reader.client.base_url)
                if cut.begin["proven"]:
                    self.selecting.proven.add(self.resource.name)
            return Piece(partition, _Of(stamp, partition.digest if parent is not None else b""))
        except ReadError as error:
            raise self.located(error) from None

    def _finished(self, records: Batch, of: _Of, rows: Rows | None) -> Any:
        """Return *records* as they are handed on: stamped, and in a pipeline as rows."""
        if of.stamp and not all(isinstance(one, dict) for one in records):
            place = f"{self.reader.connector.name}.{self.declared.name}"
            raise SelectionError(f"{place}: its records are no objects, so include_from_parent has no place in them")
        if rows is None:
            return [{**one, **of.stamp} for one in records] if of.stamp else records
        try:
            return rows.of(records, of.stamp, of.owner)
        except ReadError as error:
            raise self.located(error) from None

    def located(self, error: ReadError) -> Exception:
        """Return *error* with the endpoint's name."""
        return error.located(self.reader.connector.name, self.declared.name, None)

    def _rows(self) -> Rows | None:
        """Return what watches the rows, where they become a table and nobody's steps change them before."""
        self._is_plain = is_plain()
        return self._made_rows() if self._is_plain else None

    def finishing(self) -> Rows | None:
        """Return what makes the rows where steps of a user's stand before that."""
        return None if self._is_plain else self._made_rows()

    def _made_rows(self) -> Rows | None:
        # What a run commits in parts is watched as one.
        package = load_id() and (self.cutting.run or load_id())
        if package is None:
            return None
        if self._watched is not None and self._watched[0] == package:
            return self._watched[1]
        made = rows_of(self.declared, self.reader.connector.name, self.report)
        self._watched = package, made
        return made

    def _cursor(self) -> Cursor:
        """Return the cursor as the pipe that is asked holds it: a user may have replaced what was declared."""
        steps = getattr(get_current_pipe(), "steps", ())
        wrapper = next((one for one in steps if isinstance(one, IncrementalResourceWrapper | Incremental)), None)
        bound = wrapper.incremental if isinstance(wrapper, IncrementalResourceWrapper) else wrapper
        if bound is None:
            return Cursor()
        start, end = cursor_params(self.declared)
        return Cursor(cursor_values(bound, self.convert), start, end)

    def _second_chance(self, cut: Cut | None, error: ReadError, partition: Partition) -> Partition | None:
        if partition.position is not None:
            return None if cut is None else cut.anew(partition, error)
        if not isinstance(error, ResponseError):
            return None
        request = partition.request
        for one in self._watching():
            instead = one.second_chance(error.status, request)
            if instead is not None:
                return evolve(partition, request=instead)
        if error.status != HTTPStatus.NOT_FOUND or WHOLE not in request.state:
            return None
        # A slash in a value: `org/repo` names two segments, and an id that happens to hold one is a single one. Last,
        # and begun anew: what was tried for the other URL says nothing about this one.
        return evolve(partition, request=self._prepared(evolve(request, url=request.state[WHOLE], state={})))

    def _prepared(self, request: Request) -> Request:
        """Return *request* as other lists of the endpoint have taught to ask."""
        for one in self._watching():
            request = one.prepared(request)
        return request

    def _watching(self) -> Iterator[WatchfulPaginator | SizedPaginator]:
        """Yield the paginators that learn from answers, the outermost first."""
        paginator: Any = self.resource.paginator
        while paginator is not None:
            if isinstance(paginator, WatchfulPaginator | SizedPaginator):
                yield paginator
            paginator = getattr(paginator, "inner", None)

    def _ignored(self, piece: Piece[Any], error: ResponseError | None) -> None:
        request = self.reader.client.relative(piece.partition.request)
        where = f"{self.declared.where}.endpoint"
        if error is None:
            note = Note(f"{where}.response_actions", "ignored", request, "its list ends here, as declared")
        else:
            found = f"{request} answered {error.status}, whatever was repeated"
            where = f"{where}.error_handler" if self.extra.retry is not None else where
            note = Note(where, "ignored", found, "it was passed over: nothing of it is there")
        self.report.passes_over(self.declared.name, note, logging.INFO if error is None else logging.WARNING)


def _bare(name: str) -> str:
    return re.sub(r"[\W_]", "", name).lower()


def _is_changed() -> bool:
    """Return whether the user's own steps change the records of the pipe that is asked."""
    return any(isinstance(one, MapItem | YieldMapItem) for one in getattr(get_current_pipe(), "steps", ()))


def cursor_params(one: Declared) -> tuple[str | None, str | None]:
    """Return the parameters for where the cursor begins and ends."""
    for name, value in one.endpoint["params"].items():
        if isinstance(value, Incremental) or (isinstance(value, Mapping) and value.get("type") == "incremental"):
            return name, None
    given = one.endpoint.get("incremental") or {}
    return given.get("start_param"), given.get("end_param")


def _as_records(parents: Any) -> list[Any]:
    """Return what a parent handed on as records: pages, a single record, or a table."""
    if isinstance(parents, Mapping):
        return [parents]
    if hasattr(parents, "to_pylist"):
        return list(parents.to_pylist())
    return list(parents) if isinstance(parents, list | tuple) else [parents]
