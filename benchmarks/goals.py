"""What we want to reach: ratios between figures of one session, so that they hold on any machine."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from statistics import median

from attrs import frozen

from benchmarks.summary import Results
from benchmarks.workloads import Workload


@frozen
class Goal:
    """One figure to reach.

    Attributes:
        workload: Where it is measured.
        text: What it is.
        bound: The least, or the most.
        is_least: Whether the bound is the least.
        reached: The figure; `None` when not everything that it needs was measured.
    """

    workload: str
    text: str
    bound: float
    is_least: bool
    reached: float | None

    @property
    def is_met(self) -> bool | None:
        """Whether it was reached; `None` when that was not measured."""
        if self.reached is None:
            return None
        return self.reached >= self.bound if self.is_least else self.reached <= self.bound


def goals(results: Results, chosen: Sequence[Workload]) -> Iterator[Goal]:
    """Yield the goals of the workloads that were chosen."""
    for workload in chosen:
        for text, bound, is_least, figure in _GOALS.get(workload.name, ()):
            try:
                reached = figure(results, workload)
            except _MissingError:
                reached = None
            yield Goal(workload.name, text, bound, is_least, reached)


class _MissingError(Exception):
    """A figure was not measured."""


_Figure = Callable[[Results, Workload], float]


def _median(results: Results, workload: str, candidate: str) -> float:
    summary = results.of(workload, candidate)
    if summary is None:
        raise _MissingError
    return summary.median("seconds")


def _ratio(above: str, below: str) -> _Figure:
    return lambda results, workload: _median(results, workload.name, above) / _median(results, workload.name, below)


def _of_ideal(candidate: str) -> _Figure:
    return lambda results, workload: _median(results, workload.name, candidate) / (workload.ideal or 1.0)


def _rate(candidate: str) -> _Figure:
    def reached(results: Results, workload: Workload) -> float:
        summary = results.of(workload.name, candidate)
        if summary is None:
            raise _MissingError
        return summary.rate / workload.rate

    return reached


def _refused(candidate: str) -> _Figure:
    def share(results: Results, workload: Workload) -> float:
        summary = results.of(workload.name, candidate)
        if summary is None:
            raise _MissingError
        return summary.refused

    return share


def _noted(candidate: str, note: str) -> _Figure:
    def count(results: Results, workload: Workload) -> float:
        summary = results.of(workload.name, candidate)
        if summary is None:
            raise _MissingError
        return float(max(run.notes[note] for run in summary.runs))

    return count


def _peak(results: Results, workload: str, stage: str) -> float:
    summary = results.of(workload, "sdk")
    if summary is None:
        raise _MissingError
    return median(run.stages[stage][1] for run in summary.runs)


def _growth(stage: str) -> _Figure:
    return lambda results, workload: _peak(results, workload.name, stage) / _peak(results, "memory", stage)


def _held(stage: str) -> _Figure:
    return lambda results, workload: _peak(results, workload.name, stage)


def _whole(results: Results, workload: str) -> float:
    summary = results.of(workload, "sdk-run")
    if summary is None:
        raise _MissingError
    return summary.median("peak")


def _grown(results: Results, workload: Workload) -> float:
    return _whole(results, workload.name) / _whole(results, "memory")


_GOALS: dict[str, tuple[tuple[str, float, bool, _Figure], ...]] = {
    "load": (
        ("dlt as it comes / sdk", 15, True, _ratio("dlt", "sdk")),
        ("dlt tuned / sdk", 3, True, _ratio("dlt-tuned", "sdk")),
        ("sdk / by hand", 2.5, False, _ratio("sdk", "hand")),
    ),
    "extract": (
        ("airbyte-cdk / sdk", 2, True, _ratio("airbyte", "sdk-read")),
        ("singer-sdk / sdk", 2, True, _ratio("singer", "sdk-read")),
    ),
    "children": (
        ("sdk, loaded / ideal", 1.35, False, _of_ideal("sdk")),
        ("sdk, read / ideal", 1.35, False, _of_ideal("sdk-read")),
    ),
    "pages": (
        ("sdk, loaded / ideal", 1.5, False, _of_ideal("sdk")),
        ("sdk, read / ideal", 1.5, False, _of_ideal("sdk-read")),
    ),
    "rate": tuple(
        goal
        for name, who in (("learned", "sdk"), ("declared", "sdk-declared"))
        for goal in (
            (f"share of the allowed rate, {name}", 0.85, True, _rate(who)),
            (f"share of refused requests, {name}", 0.03, False, _refused(who)),
        )
    ),
    "start": (("import sdk / import dlt", 0.3, False, _ratio("import-sdk", "import-dlt")),),
    "start-many": (
        ("plugin modules imported by sdk list", 0, False, _noted("list", "plugin modules")),
        ("plugin modules imported by sdk.load", 1, False, _noted("load-one", "plugin modules")),
    ),
    "memory-5x": (
        *(
            goal
            for stage, text in (("extract", "until extracted"), ("load", "until loaded"))
            for goal in (
                (f"peak, against a fifth of the records, {text}", 1.25, False, _growth(stage)),
                (f"peak in MB, {text}", 400, False, _held(stage)),
            )
        ),
        ("sdk.run: peak, against a fifth of the records", 1.25, False, _grown),
        ("sdk.run: peak in MB", 400, False, lambda results, workload: _whole(results, workload.name)),
    ),
}
