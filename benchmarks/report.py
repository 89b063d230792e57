"""Show what was measured: a table for each workload, the goals, and everything as JSON."""

from __future__ import annotations

import json
import platform
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from attrs import asdict
from rich.console import Console
from rich.table import Table
from rich.text import Text

from benchmarks.candidate import OURS
from benchmarks.goals import Goal, goals
from benchmarks.summary import Results, Summary
from benchmarks.workloads import Workload

_LEAST_WIDTH = 215
# Stages that take less are not shown.
_WORTH = 0.1


def console() -> Console:
    """Return where to show; a pipe gets lines that are long enough."""
    out = Console(highlight=False)
    return out if out.is_terminal else Console(highlight=False, width=_LEAST_WIDTH)


def show(out: Console, workload: Workload, summaries: dict[str, Summary]) -> None:
    """Show a workload's table."""
    table = Table(title=_title(workload), title_justify="left", box=None, pad_edge=False)
    table.add_column("candidate", no_wrap=True)
    served = bool(workload.tables)
    for name in ("seconds", "x ours", *(("x ideal",) if workload.ideal else ()), "process", "cpu", "peak MB"):
        table.add_column(name, justify="right", no_wrap=True)
    for name in ("requests", "refused", "at once", "answers/s", "rows") if served else ():
        table.add_column(name, justify="right", no_wrap=True)
    table.add_column("")
    for summary in summaries.values():
        table.add_row(Text(summary.candidate.title), *_cells(workload, summary, summaries))
    out.print(table)
    for name, why in workload.left_out.items():
        out.print(f"not measured: {name}: {why}")
    out.print()


def show_goals(out: Console, results: Results, chosen: Sequence[Workload]) -> None:
    """Show what was to be reached, and what was."""
    table = Table(title="what it must reach", title_justify="left", box=None, pad_edge=False)
    for name in ("workload", "figure"):
        table.add_column(name)
    for name in ("bound", "reached", ""):
        table.add_column(name, justify="right")
    for goal in goals(results, chosen):
        reached = "-" if goal.reached is None else f"{goal.reached:.2f}"
        bound = f"{'at least' if goal.is_least else 'at most'} {goal.bound:g}"
        table.add_row(goal.workload, goal.text, bound, reached, _word(goal))
    if table.rows:
        out.print(table)


def write(file: Path, results: Results, chosen: Sequence[Workload], *, quick: bool) -> None:
    """Write everything as JSON."""
    told = {
        "quick": quick,
        "python": platform.python_version(),
        "machine": platform.machine(),
        "workloads": [_workload(one, results.found.get(one.name, {})) for one in chosen],
        "goals": [{**asdict(goal), "is_met": goal.is_met} for goal in goals(results, chosen)],
    }
    file.write_text(json.dumps(told, indent=2) + "\n")


def _workload(workload: Workload, summaries: dict[str, Summary]) -> dict[str, Any]:
    facts = {"ideal": workload.ideal, "least_requests": workload.requests, "expected_rows": workload.expected}
    return {**asdict(workload), **facts, "candidates": [one.to_dict() for one in summaries.values()]}


def _title(workload: Workload) -> str:
    ideal = f"; the ideal is {workload.ideal:.2f} s" if workload.ideal else ""
    least = f"; {workload.requests:,} requests at least" if workload.tables else ""
    return f"{workload.name}: {workload.title}{least}{ideal}"


def _cells(workload: Workload, summary: Summary, summaries: dict[str, Summary]) -> list[str]:
    width = 5 + (workload.ideal is not None) + 5 * bool(workload.tables)
    if summary.reason:
        return [*[""] * width, f"not measured: {summary.reason}"]
    if not summary.has_figures:
        return [*[""] * width, summary.trouble]
    seconds = summary.median("seconds")
    cells = [f"{seconds:.3f}" if seconds < 1 else f"{seconds:.2f}", _against_ours(summary, summaries)]
    if workload.ideal:
        cells.append(f"{seconds / workload.ideal:.2f}" if summary.is_ranked else "")
    cells += [f"{summary.median('process'):.2f}", f"{summary.median('cpu'):.2f}", f"{summary.median('peak'):,.0f}"]
    if workload.tables:
        refused = f"{summary.refused:.1%}" if summary.served("refused") else "0"
        cells += [
            f"{summary.served('requests'):,.0f}",
            refused,
            f"{summary.served('at_once'):.0f}" if workload.latency else "",
        ]
        cells += [f"{summary.rate:,.0f}", f"{summary.rows:,}" if summary.candidate.kind != "server" else ""]
    return [*cells, summary.trouble or _notes(summary)]


def _against_ours(summary: Summary, summaries: dict[str, Summary]) -> str:
    ours = summaries.get(OURS.get(summary.candidate.kind, ""))
    if not summary.is_ranked or ours is None or not ours.is_ranked:
        return ""
    return f"{summary.median('seconds') / ours.median('seconds'):.2f}"


def _notes(summary: Summary) -> str:
    last = summary.runs[-1]
    stages = [
        f"{name} {seconds:.2f} s {peak:,.0f} MB" for name, (seconds, peak) in last.stages.items() if seconds >= _WORTH
    ]
    return ", ".join([*stages, *(f"{name} {value}" for name, value in last.notes.items() if value != "")])


def _word(goal: Goal) -> Text:
    if goal.is_met is None:
        return Text("not measured", style="dim")
    return Text("reached", style="green") if goal.is_met else Text("missed", style="red")
