"""Load a connector into a destination, and report what happened."""

from __future__ import annotations

import math
import sys
import time
from collections.abc import Callable, Sequence
from datetime import datetime
from hashlib import blake2b
from typing import Any

import dlt
from attrs import define, evolve, field

from sdk.checkpoints import Checkpoint
from sdk.commits import COMMIT_MINUTES, COMMIT_RECORDS, RECENT, check_commits
from sdk.connector import Connector
from sdk.errors import ReadError
from sdk.failures import Failure
from sdk.histories import load_reported
from sdk.incomplete import IncompleteError, missing_rows
from sdk.legs import Leg
from sdk.opening import Opened, open_connector
from sdk.pipelines import loaded, pipeline_to, recovered, replaced, shown
from sdk.placeholders import reveal
from sdk.reports import RunReport, Versions, resource_report, run_id
from sdk.resource import Resource
from sdk.skips import SkipLog
from sdk.source import CHECKPOINT, Watch, source_of
from sdk.telemetry import run_span


def run(  # noqa: PLR0913 - each names one thing that a run may differ in
    name: str,
    *,
    pipeline: dlt.Pipeline | None = None,
    to: str | None = None,
    resources: Sequence[str] | None = None,
    plugins: Sequence[object] = (),
    clock: Callable[[], datetime] | None = None,
    watch: Watch | None = None,
    max_table_nesting: int = 0,
    commit_records: int = COMMIT_RECORDS,
    commit_minutes: float = COMMIT_MINUTES,
    **settings: Any,
) -> RunReport:
    """Load the connector *name*, and return what happened.

    A run commits as it goes: after every *commit_records* records or *commit_minutes* minutes, with where the reading
    stands. So whatever interrupts it, the next run loads what had been extracted and goes on from there; of resources
    that were read to their end less than a day ago it then asks for news only where they have a cursor. `replace`
    resources are never split.

    What cannot be read costs only itself: one parent's children, or one resource and what depends on it. The rest is
    loaded, and then the run fails with a list of what is missing, for which the next run asks again.

    Args:
        name: The connector's name.
        pipeline: The dlt pipeline to use; default: one named after the connector.
        to: Where to load without a pipeline of your own, such as `duckdb:///data.duckdb`; default: the file
            `<name>.duckdb` in the current folder.
        resources: Names of the resources to load; default: all.
        plugins: Objects with hook implementations, asked before all others.
        clock: Returns the start of the run; default: the time of day.
        watch: Counts rows, requests and waits while the run goes on, for a display.
        max_table_nesting: How deep nested lists become tables of their own; 0 keeps them as JSON.
        commit_records: After how many records what was read is committed.
        commit_minutes: After how many minutes.
        **settings: The connector's settings and secrets.

    Raises:
        IncompleteError: Something could not be read; all else is loaded. Its `report` says what is missing.
        SDKError: The run failed; nothing was committed since the last commit.

    .. versionadded:: 0.1
    """
    opened = open_connector(name, settings, extra_plugins=plugins, clock=clock)
    return run_opened(
        opened,
        pipeline=pipeline,
        to=to,
        resources=resources,
        watch=watch,
        max_table_nesting=max_table_nesting,
        commit_records=commit_records,
        commit_minutes=commit_minutes,
    )


def run_opened(  # noqa: PLR0913 - as `run`
    opened: Opened,
    *,
    pipeline: dlt.Pipeline | None = None,
    to: str | None = None,
    resources: Sequence[str] | None = None,
    watch: Watch | None = None,
    max_table_nesting: int = 0,
    commit_records: int = COMMIT_RECORDS,
    commit_minutes: float = COMMIT_MINUTES,
) -> RunReport:
    """Load an opened connector; see `run`."""
    names = opened.names(resources)
    check_commits(commit_records, commit_minutes)
    pipeline = pipeline or pipeline_to(opened.connector.name, to)
    refresh = pipeline.refresh
    one = _Run(
        opened,
        names,
        pipeline,
        watch or Watch(),
        max_table_nesting,
        commit_records,
        commit_minutes * 60,
    )
    try:
        report = one.reported()
    finally:
        pipeline.refresh = refresh
    if one.failures:
        raise IncompleteError(missing_rows(opened.connector.name, one.failures), report)
    return report


@define
class _Run:
    """A run under way.

    Attributes:
        failures: What is missing.
        continued: The start of the run that this one goes on with.
    """

    opened: Opened
    names: list[str]
    pipeline: dlt.Pipeline
    watch: Watch
    max_table_nesting: int
    records: int
    seconds: float
    started: datetime = field(init=False)
    begun: float = field(factory=time.monotonic)
    load_ids: list[str] = field(factory=list)
    failures: list[Failure] = field(factory=list)
    continued: datetime | None = None
    leg: Leg | None = None
    run_id: str = field(init=False)

    def __attrs_post_init__(self) -> None:
        self.started = self.opened.clock()
        self.run_id = run_id(self.started)

    def reported(self) -> RunReport:
        """Load everything, and leave the report of it, also when it fails."""
        with run_span(self.opened.connector.name, self.run_id, self.watch.tallies):
            return load_reported(self.pipeline.working_dir, self.load, self.report)

    def load(self) -> None:
        """Load everything: first what an earlier run left, then what is new.

        What was left and cannot be read now either is asked for once more with all else, from its beginning: it must
        not keep anything from being read.
        """
        was_loading = recovered(self.pipeline)
        # What goes on from there would be dropped.
        names, kept = self.names, None if self.pipeline.refresh else self._kept()
        if kept is not None:
            self.continued = kept.begun
            over = self._read(list(kept.left), kept.begun, kept)
            if not over:
                return
            if not self.failures:
                names = self._behind(kept, was_loading=was_loading)
            self.failures.clear()
        if names:
            self._read(names, self.started, None)
        if not self.failures and self._replacing <= set(names):
            replaced(self.pipeline)

    @property
    def _replacing(self) -> set[str]:
        """The connector's resources that replace their tables."""
        return {one.name for one in self.opened.connector.tables if one.write_disposition == "replace"}

    @property
    def _state(self) -> dict[str, Any]:
        """What the connector keeps."""
        state: Any = self.pipeline.state
        found: dict[str, Any] = state.get("sources", {}).get(self.opened.connector.name, {})
        return found

    @property
    def _unpaid(self) -> set[str]:
        """The resources of which children of some parents could not be read; asked for again when the list is read."""
        kept = self._state.get("resources", {})
        return {name for name in self.names if SkipLog(kept.get(name, {}), self._base_url).has_failed}

    def _kept(self) -> Checkpoint | None:
        """Return where an interrupted run of the same resources stood."""
        found = Checkpoint.from_dict(self._state.get(CHECKPOINT), self._base_url)
        return found if found is not None and found.of == self._of else None

    def _behind(self, kept: Checkpoint, *, was_loading: bool) -> list[str]:
        """Return the resources to read anew after what was *kept* was brought to its end.

        Those that ask for news only do so at little cost. A list that is read whole was read whole, as if the run had
        taken so long; unless that was long ago, or it *was_loading* what replaces a table when it was interrupted. Of a
        run that had ended only what it lacked is gone on with; all else is read as in any run.
        """
        if self.started - kept.begun > RECENT:
            return self.names
        connector = self.opened.connector
        again = self._unpaid | (self._replacing if was_loading else set[str]())
        if kept.ended:
            again |= set(self.names) - set(kept.left)
        return [name for name in self.names if name in again or _asks_for_news(connector, connector.resource(name))]

    def _read(self, names: list[str], run_start: datetime, checkpoint: Checkpoint | None) -> bool:
        """Load *names*, commit after commit; return whether going on makes sense: nobody told us to go away."""
        continued = checkpoint is not None
        while True:
            leg = Leg(self._of, self._base_url, run_start, self.records, self.seconds, checkpoint, continued)
            leg.report, self.leg = self._so_far, leg
            source = source_of(self.opened, names, self.watch, max_table_nesting=self.max_table_nesting, leg=leg)
            rows = {name: tally.rows for name, tally in self.watch.tallies.items()}
            try:
                self.load_ids.extend(loaded(self.pipeline, source).loads_ids)
                # Once for a run: each commit would drop what the one before loaded.
                self.pipeline.refresh = None
            except ReadError:
                lost = leg.lost()
                names = [name for name in names if name not in lost]
                if not lost or not names:
                    raise
                # A part of these would replace the whole. The rest is read again, without them.
                self.failures.extend(lost.values())
                for name, tally in self.watch.tallies.items():
                    tally.rows = rows.get(name, 0)
                continue
            if leg.has_restarted:
                # Where it stands means nothing to this API: in parts it would never come to its end.
                self.records, self.seconds = sys.maxsize, math.inf
            checkpoint = leg.checkpoint
            if leg.is_paused and checkpoint is not None:
                self.failures.extend(leg.lasting)
                names = list(checkpoint.left)
                continue
            self.failures.extend(leg.failures)
            return not leg.is_stopped

    @property
    def _base_url(self) -> str:
        return str(reveal(self.opened.connector.base_url)).strip().rstrip("/")

    @property
    def _of(self) -> str:
        """What is being read: with another account, other resources or another declaration nothing can go on."""
        connector = self.opened.connector
        declared = [(one.name, one.path, one.method, one.key) for one in connector.resources]
        what = (connector.name, self._base_url, self.opened.since, sorted(self.names), declared)
        return blake2b(repr(what).encode(), digest_size=16).hexdigest()

    def _so_far(self, leg: Leg, package: str) -> RunReport:
        """Return what happened until *leg* was read, for the rows that are loaded with it in *package*."""
        made = evolve(self.report(leg.failures), load_ids=(*self.load_ids, package))
        return made if leg.checkpoint is None else evolve(made, status="incomplete")

    def report(self, more: Sequence[Failure] = ()) -> RunReport:
        """Return what happened, with *more* failures than are noted."""
        failures = tuple(dict.fromkeys((*self.failures, *more)))
        # What stands in a checkpoint is left for the next leg, or the next run.
        kept = self.leg.checkpoint if self.leg is not None else None
        missing = {one.resource for one in failures} | set(() if kept is None else kept.left)
        return RunReport(
            connector=self.opened.connector.name,
            pipeline=self.pipeline.pipeline_name,
            dataset=self.pipeline.dataset_name or "",
            destination=shown(self.pipeline),
            started=self.started,
            seconds=time.monotonic() - self.begun,
            resources=tuple(
                resource_report(one, self.watch.tallies.of(one), loaded=one in self.names, complete=one not in missing)
                for one in _reported(self.names, self.watch)
            ),
            skips=tuple(one for one in self.watch.skips if not one.is_failure),
            load_ids=tuple(self.load_ids),
            continued=self.continued,
            failures=failures,
            versions=Versions.of(self.opened.connector.name),
            run_id=self.run_id,
        )


def _asks_for_news(connector: Connector, resource: Resource) -> bool:
    """Return whether reading *resource* again asks for what changed only, in it or in one of its parents."""
    return resource.incremental is not None or any(
        _asks_for_news(connector, connector.resource(parent)) for parent in resource.parents
    )


def _reported(names: Sequence[str], watch: Watch) -> list[str]:
    """Return the resources to report: the wanted ones, and the parents that were read for them."""
    return [*names, *(name for name, tally in watch.tallies.items() if name not in names and tally.requests)]
