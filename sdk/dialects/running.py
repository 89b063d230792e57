"""Load what a dictionary declares into a destination, in parts that add up, and report what happened."""

from __future__ import annotations

import time
from collections.abc import Iterator, Mapping, Sequence
from copy import deepcopy
from datetime import UTC, datetime
from typing import Any, Final

import dlt
from attrs import define, evolve, field
from dlt.extract import DltSource, Incremental

from sdk.commits import COMMIT_MINUTES, COMMIT_RECORDS, RECENT, check_commits
from sdk.dialects.cutting import Cut
from sdk.dialects.entry import ConfigSource, from_config
from sdk.dialects.groups import Group, broken, digest, groups_of, incrementals
from sdk.errors import ReadError, SettingError
from sdk.failures import Failure
from sdk.histories import RUNS, load_reported, run_rows
from sdk.incomplete import IncompleteError, missing_rows
from sdk.instants import format_instant, parse_instant
from sdk.isolation import meets_everybody
from sdk.pipelines import loaded, pipeline_to, recovered, replaced
from sdk.reports import RunReport, run_id
from sdk.source import load_id
from sdk.telemetry import run_span

KEPT: Final = "dictionary_checkpoint"
"""Where a source's state keeps what an interrupted run had left."""

_VERSION: Final = 1


def run_config(  # noqa: PLR0913 - each names one thing that a run may differ in
    config: Mapping[str, Any],
    name: str = "rest_api",
    *,
    pipeline: dlt.Pipeline | None = None,
    to: str | None = None,
    resources: Sequence[str] | None = None,
    in_flight: int = 8,
    max_table_nesting: int | None = None,
    plugins: Sequence[object] = (),
    commit_records: int = COMMIT_RECORDS,
    commit_minutes: float = COMMIT_MINUTES,
) -> RunReport:
    """Load what the dictionary *config* declares, and return what happened.

    Tables, rows and state are those of `pipeline.run(from_config(config))`. But a run commits as it goes: after every
    *commit_records* records or *commit_minutes* minutes each list without a parent is left after a page, and what was
    read is loaded with where the reading stands. Whatever interrupts it, the next run of the same dictionary loads what
    had been extracted and goes on from there; what was read to its end less than a day ago it then asks for news only
    where there is a cursor. Cursors move when their list is complete, not before.

    What must be whole is never split: `replace` and `scd2`, keys by which rows of one load take the place of others,
    schema contracts, `parallelized` resources, cursors with a function of their own, and resources that are dlt's own.

    What cannot be read costs only its list and what hangs on it. The rest is loaded, and then the run fails with what
    is missing, for which the next run asks again.

    Args:
        config: The dictionary, see `from_config`.
        name: Name of the source and of the pipeline.
        pipeline: The dlt pipeline to use; default: one named after the source.
        to: Where to load without a pipeline of your own, such as `duckdb:///data.duckdb`; default: the file
            `<name>.duckdb` in the current folder.
        resources: Names of the resources to load; default: all.
        in_flight: How many requests may be under way at a time.
        max_table_nesting: How deep nested data become tables of their own; default: as deep as they are.
        plugins: Objects with hook implementations, asked before all others.
        commit_records: After how many records what was read is committed.
        commit_minutes: After how many minutes.

    Raises:
        ConfigError: With every mistake in *config*, each with its path.
        IncompleteError: Something could not be read; all else is loaded. Its `report` says what is missing.
        SDKError: The run failed; nothing was committed since the last commit.

    .. versionadded:: 0.1
    """
    source = from_config(config, name, in_flight=in_flight, max_table_nesting=max_table_nesting, plugins=plugins)
    return run_source(
        source,
        name,
        pipeline or pipeline_to(name, to),
        resources=resources,
        commit_records=commit_records,
        commit_minutes=commit_minutes,
    )


def run_source(  # noqa: PLR0913 - as `run_config`
    source: ConfigSource,
    name: str,
    pipeline: dlt.Pipeline,
    *,
    resources: Sequence[str] | None = None,
    commit_records: int = COMMIT_RECORDS,
    commit_minutes: float = COMMIT_MINUTES,
) -> RunReport:
    """Load *source*, which a dictionary declares; see `run_config`."""
    check_commits(commit_records, commit_minutes)
    unknown = [one for one in resources or () if one not in source.resources]
    if unknown:
        known = ", ".join(source.resources)
        raise SettingError(f"{name} has no resource {unknown[0]!r}; its resources are {known}")
    if pipeline.refresh:
        raise SettingError(
            f"the pipeline has refresh={pipeline.refresh!r}, and each commit would drop what the one before loaded; "
            "leave it out, or load with pipeline.run(sdk.from_config(...))"
        )
    chosen: Any = source.with_resources(*resources) if resources else source
    one = _Run(chosen, name, pipeline, commit_records, commit_minutes * 60)
    report = one.reported()
    if one.failures:
        raise IncompleteError(missing_rows(name, list(one.failures.values())), report)
    return report


@define
class _Run:
    """A run under way.

    Attributes:
        left: The groups that are not complete, with where each goes on; `None` for its beginning.
        failures: What is missing, by group.
        best: How far the cursors of these groups have come, by resource.
        continued: The start of the run that this one goes on with.
        had_ended: That run had come to its end, and what it lacked is read now.
    """

    source: ConfigSource
    name: str
    pipeline: dlt.Pipeline
    records: int
    seconds: float
    groups: dict[str, Group] = field(init=False)
    cursors: dict[str, Incremental[Any]] = field(init=False)
    of: str = field(init=False)
    started: datetime = field(factory=lambda: datetime.now(UTC))
    begun: float = field(factory=time.monotonic)
    run_id: str = field(init=False)
    left: dict[str, Any] = field(factory=dict)
    failures: dict[str, Failure] = field(factory=dict)
    best: dict[str, Any] = field(factory=dict)
    load_ids: list[str] = field(factory=list)
    continued: datetime | None = None
    had_ended: bool = False

    def __attrs_post_init__(self) -> None:
        self.groups, self.cursors = groups_of(self.source), incrementals(self.source)
        self.of, self.run_id = digest(self.source), run_id(self.started)

    def reported(self) -> RunReport:
        """Load everything, and leave the report of it, also when it fails."""
        cutting = self.source.laying.cutting
        cutting.run = self.run_id
        try:
            with run_span(self.name, self.run_id, self.source.laying.tallies):
                return load_reported(self.pipeline.working_dir, self.load, self.report)
        finally:
            cutting.run, cutting.cuts = "", {}

    def load(self) -> None:
        """Load everything: first what an earlier run left, then what is new.

        What was left and cannot be read now either is asked for once more with all else, from its beginning: it must
        not keep anything from being read.
        """
        was_loading = recovered(self.pipeline)
        names = list(self.groups)
        kept = self._kept()
        if kept is not None:
            begun, self.continued = self.started, parse_instant(kept["begun"])
            begun = self.continued or begun
            self.left = {name: at for name, at in kept["left"].items() if name in self.groups}
            self.best, self.had_ended = deepcopy(kept["cursors"]), kept.get("ended", False)
            self._read(begun)
            if not self.failures and self.started - begun <= RECENT:
                # A run that had ended is over: from it only what it lacked is taken.
                over = set(self.groups) - set(kept["left"]) if self.had_ended else set[str]()
                # What must be whole may have been loaded twice, into a table that was emptied once.
                names = [
                    name
                    for name, one in self.groups.items()
                    if one.asks_for_news or name in over or (was_loading and not one.divisible)
                ]
            self.failures.clear()
            self.had_ended = False
        if names:
            self.left, self.best = dict.fromkeys(names), {}
            commits = len(self.load_ids)
            first = self._read(self.started)
            if first is not None and len(self.load_ids) == commits:
                raise first
        if not self.failures and self._is_whole(names):
            replaced(self.pipeline)

    def _is_whole(self, names: Sequence[str]) -> bool:
        """Return whether the groups *names* hold all that replaces a table of the dictionary's."""
        indivisible = {one.name for one in self.groups.values() if not one.divisible}
        return indivisible <= set(names) and len(self.source.selected_resources) == len(self.source.resources)

    def _kept(self) -> dict[str, Any] | None:
        """Return where an interrupted run of the same dictionary stood."""
        state: Any = self.pipeline.state
        found = state.get("sources", {}).get(self.source.name, {}).get(KEPT)
        is_known = isinstance(found, dict) and found.get("version") == _VERSION and found.get("of") == self.of
        return found if is_known else None

    def _read(self, begun: datetime) -> ReadError | None:
        """Load what is left, commit after commit; return what broke first."""
        first: ReadError | None = None
        while going := [self.groups[name] for name in self.left if name not in self.failures]:
            tallies = self.source.laying.tallies
            rows = {name: tally.rows for name, tally in tallies.items()}
            cuts = {
                one.name: Cut(one.members, self.left[one.name], divisible=one.divisible)
                for one in going
                if one.name in self.source.laying.reads
            }
            self.source.laying.cutting.begin(cuts, self.records, self.seconds)
            part: Any = self.source.with_resources(*(name for one in going for name in one.names))
            try:
                info = loaded(self.pipeline, [part, self._closing(going, cuts, begun)])
            except ReadError as error:
                lost = broken(self.groups, error)
                if lost is None or meets_everybody(error):
                    self._end(begun)
                    raise
                # A part of it would pass for the whole. The rest is read again, without it.
                first = first or error
                called = {own: name for name, own in self.source.laying.names.items()}
                self.failures[lost.name] = Failure.of(error, called.get(error.resource or "", ""))
                for name, tally in tallies.items():
                    tally.rows = rows.get(name, 0)
                continue
            self.load_ids.extend(info.loads_ids)
        if self.failures:
            self._end(begun)
        return first

    def _end(self, begun: datetime) -> None:
        """Note with what is kept that the run was not interrupted: it came to its end, and could not read all."""
        kept = self._kept()
        if kept is not None and not kept.get("ended"):
            self.had_ended = True
            self.load_ids.extend(loaded(self.pipeline, self._closing([], {}, begun)).loads_ids)

    def _closing(self, going: Sequence[Group], cuts: Mapping[str, Cut], begun: datetime) -> DltSource:
        """Return a source that ends a load package: dlt extracts it when all pipes of the one before it are empty."""

        def close() -> Iterator[Any]:
            state = dlt.current.source_state()
            for one in going:
                cut = cuts.get(one.name)
                if cut is not None and cut.left is not None:
                    self.left[one.name] = cut.left
                else:
                    del self.left[one.name]
                if cut is not None:
                    cut.settle(self.cursors, self.best)
            state.pop(KEPT, None)
            if self.left:
                state[KEPT] = {
                    "version": _VERSION,
                    "of": self.of,
                    "begun": format_instant(begun, "iso_us"),
                    "left": deepcopy(self.left),
                    "cursors": deepcopy(self.best),
                    "ended": self.had_ended or self.left.keys() <= self.failures.keys(),
                }
            report = evolve(self.report(), load_ids=(*self.load_ids, str(load_id())))
            yield run_rows(evolve(report, status="incomplete") if self.left else report)

        columns: Any = dict(RUNS.columns)
        made = dlt.resource(close, name=RUNS.name, write_disposition="merge", primary_key=RUNS.key, columns=columns)()
        return DltSource(self.source.schema, self.source.section, [made])

    def report(self, more: Sequence[Failure] = ()) -> RunReport:
        """Return what happened so far, with *more* failures than are noted."""
        # What was not read to its end is left for the next part, or the next run.
        missing = {name for group in self.left for name in self.groups[group].members}
        made = self.source.run_report(
            connector=self.name,
            pipeline=self.pipeline,
            started=self.started,
            seconds=time.monotonic() - self.begun,
            load_ids=tuple(self.load_ids),
            failures=tuple(dict.fromkeys((*self.failures.values(), *more))),
            continued=self.continued,
            run_id=self.run_id,
        )
        return evolve(
            made, resources=tuple(evolve(one, complete=one.resource not in missing) for one in made.resources)
        )
