"""The runs of a candidate, as one line: medians, and whatever went wrong."""

from __future__ import annotations

from collections.abc import Sequence
from statistics import median
from typing import Any

from attrs import asdict, field, frozen

from benchmarks.candidate import Candidate
from benchmarks.measuring import Run


@frozen(kw_only=True)
class Summary:
    """What a candidate's runs of one workload come to.

    Attributes:
        candidate: Who.
        runs: Each run.
        reason: Why there are none.
    """

    candidate: Candidate
    runs: Sequence[Run] = ()
    reason: str = ""

    def median(self, name: str) -> float:
        """Return the median of a figure over the runs that came to an end."""
        return median(getattr(run, name) for run in self._ended)

    def served(self, name: str) -> float:
        """Return the median of what the server saw."""
        return median(run.served.get(name, 0) for run in self._ended)

    @property
    def rate(self) -> float:
        """How many requests a second were answered and not refused."""
        return median(
            (run.served["requests"] - run.served["refused"]) / run.served["seconds"]
            if run.served.get("seconds")
            else 0.0
            for run in self._ended
        )

    @property
    def refused(self) -> float:
        """The share of the requests that was refused."""
        return self.served("refused") / max(self.served("requests"), 1)

    @property
    def is_ranked(self) -> bool:
        """Whether every run ended well: what loses rows may well be quick."""
        return bool(self.runs) and all(run.is_complete for run in self.runs)

    @property
    def has_figures(self) -> bool:
        """Whether any run came to an end."""
        return bool(self._ended)

    @property
    def rows(self) -> int:
        """How many different rows arrived in the worst run."""
        return min((sum(different for _, different in run.rows.values()) for run in self._ended), default=0)

    @property
    def trouble(self) -> str:
        """What went wrong, in all runs."""
        found = []
        failed = [run.problem for run in self.runs if run.problem]
        if failed:
            share = f"{len(failed)} of {len(self.runs)} " if len(failed) < len(self.runs) else ""
            found.append(f"{share}failed: {failed[0]}")
        most = {name: max((getattr(run, name) for run in self.runs), default=0) for name in ("lost", "doubled")}
        found += [f"{count:,} rows {name.upper()}" for name, count in most.items() if count]
        return "; ".join(found)

    def to_dict(self) -> dict[str, Any]:
        """Return it as JSON data."""
        data: dict[str, Any] = {"candidate": self.candidate.name, "kind": self.candidate.kind}
        if self.reason:
            return {**data, "not_measured": self.reason}
        if self.has_figures:
            figures = {name: round(self.median(name), 4) for name in ("seconds", "process", "cpu", "peak")}
            counts = {name: self.served(name) for name in ("requests", "refused", "at_once")}
            data |= {**figures, **counts, "rate": round(self.rate, 2), "rows": self.rows}
        return {**data, "ranked": self.is_ranked, "runs": [asdict(run) for run in self.runs]}

    @property
    def _ended(self) -> list[Run]:
        return [run for run in self.runs if not run.problem]


@frozen
class Results:
    """All summaries, by workload and candidate."""

    found: dict[str, dict[str, Summary]] = field(factory=dict)

    def of(self, workload: str, candidate: str) -> Summary | None:
        """Return the summary of a candidate that is ranked; `None` when there is none."""
        summary = self.found.get(workload, {}).get(candidate)
        return summary if summary is not None and summary.is_ranked else None
