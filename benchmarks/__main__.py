"""`python -m benchmarks`: measure all candidates on all workloads, in turn."""

from __future__ import annotations

import sys
from pathlib import Path

import click

from benchmarks import report
from benchmarks.candidate import CANDIDATES
from benchmarks.session import Session
from benchmarks.summary import Results
from benchmarks.workloads import workloads


@click.command(context_settings={"help_option_names": ["-h", "--help"]})
@click.option("--quick", is_flag=True, help="Small sizes and one round: shows that everything works, and no more.")
@click.option("--only", multiple=True, metavar="WORKLOAD", help="Measure this workload; may be repeated.")
@click.option("--candidates", multiple=True, metavar="NAME", help="Measure this candidate; may be repeated.")
@click.option("--rounds", type=click.IntRange(1), help="How often each candidate runs; default 3, with --quick 1.")
@click.option("--limit", type=float, default=600.0, show_default=True, help="Seconds after which a run is ended.")
@click.option("--json", "file", type=click.Path(path_type=Path, dir_okay=False), help="Write everything to this file.")
def main(  # noqa: PLR0913 - one for each option
    *,
    quick: bool,
    only: tuple[str, ...],
    candidates: tuple[str, ...],
    rounds: int | None,
    limit: float,
    file: Path | None,
) -> None:
    """Measure every workload with every candidate, in turn: A B C, A B C.

    The exit code says nothing of time. It is 1 when ours lost rows, doubled any, or failed.
    """
    known = workloads(quick=quick)
    _known("workload", only, [one.name for one in known])
    _known("candidate", candidates, list(CANDIDATES))
    chosen = [one for one in known if not only or one.name in only]
    out, results = report.console(), Results()
    session = Session(out, rounds or (1 if quick else 3), limit)
    for workload in chosen:
        names = [name for name in workload.candidates if not candidates or name in candidates]
        if not names:
            continue
        summaries = session.measured(workload, names)
        results.found[workload.name] = summaries
        report.show(out, workload, summaries)
    if quick:
        out.print("sizes this small show only that everything works: no figure here means anything")
    else:
        report.show_goals(out, results, chosen)
    if file is not None:
        report.write(file, results, chosen, quick=quick)
    ours = [one for found in results.found.values() for one in found.values() if one.candidate.is_ours]
    sys.exit(0 if all(one.is_ranked for one in ours) else 1)


def _known(what: str, given: tuple[str, ...], names: list[str]) -> None:
    for name in given:
        if name not in names:
            raise click.UsageError(f"no {what} {name!r}; there are {', '.join(names)}")


if __name__ == "__main__":
    main()
