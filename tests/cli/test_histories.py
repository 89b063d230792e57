"""`sdk runs`: what the last runs did, from this machine or from the destination."""

from __future__ import annotations

import json
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import dlt
import pytest
from attrs import evolve

from sdk.failures import Failure
from sdk.histories import read_reports, reports_folder, run_items, write_report
from sdk.reports import ResourceReport, RunReport, Versions
from sdk.tally import Gap

STARTED = datetime(2026, 1, 10, 12, tzinfo=UTC)
THINGS = ResourceReport("things", loaded=True, rows=1200, pages=12, requests=13, retries=0, waited=0.0, skips=0)


def report(hour: int = 0, **facts: Any) -> RunReport:
    """Return the report of a run that began some hours past noon."""
    known = {
        "connector": "acme",
        "pipeline": "acme",
        "dataset": "acme_data",
        "destination": "duckdb:///acme.duckdb",
        "started": STARTED + timedelta(hours=hour),
        "seconds": 3.25,
        "resources": (evolve(THINGS, seconds=2.5), evolve(THINGS, resource="parts", rows=0)),
        "load_ids": ("1.1",),
        "versions": Versions("fake-acme", "1.0", "0.1.0", "1.31.0", "3.11.9"),
    }
    return RunReport(**{**known, **facts})


BROKEN = Failure("parts", "GET /parts", "acme.parts: GET /parts answered 500; run again later")


@pytest.fixture
def kept(folder: Path):
    """Return a function that keeps reports as runs on this machine do."""

    def keep(*reports: RunReport) -> tuple[RunReport, ...]:
        for one in reports:
            write_report(one, reports_folder(folder / "dlt" / "pipelines" / one.pipeline))
        return reports

    return keep


def lines(text: str) -> list[list[str]]:
    """Return the words of each line that has any."""
    return [line.split() for line in text.splitlines() if line.strip()]


def letters(one: RunReport) -> str:
    """Return how a run is called on the screen."""
    return one.run_id.rpartition("-")[2]


def test_the_last_runs(run, kept):
    """The newest first, with what each did; what none had any of has no column."""
    first, second = kept(report(0), report(1))

    result = run("runs", "acme")

    assert lines(result.stdout) == [
        ["acme", "the", "last", "2", "runs,", "the", "newest", "first"],
        ["run", "started", "(UTC)", "status", "rows", "requests", "took"],
        ["─" * len(lines(result.stdout)[2][0])],
        [letters(second), "2026-01-10", "13:00", "complete", "1,200", "26", "3.2", "s"],
        [letters(first), "2026-01-10", "12:00", "complete", "1,200", "26", "3.2", "s"],
        ["next:", "sdk", "runs", "acme", letters(second)],
    ]


def test_what_went_wrong_has_its_columns(run, kept):
    """Repeats, waits, skips and gaps; below the table what is missing."""
    bad = evolve(THINGS, retries=2, waited=75.5, skips=3, gaps=12, gap_lists=1)
    [failed] = kept(report(resources=(bad,), failures=(BROKEN, Failure("", "", "no space left"))))

    found = lines(run("runs", "acme").stdout)

    assert " ".join(found[1]) == "run started (UTC) status rows requests retries waited skipped gaps took"
    assert found[3][3:] == ["incomplete", "1,200", "13", "2", "76", "s", "3", "12", "3.2", "s"]
    assert found[4:6] == [["missing:"], [letters(failed), "parts,", "the", "run"]]


def test_a_narrow_terminal_keeps_what_tells_most(run, kept, monkeypatch):
    """Repeats, waits and requests go first: none of them is a row that is not there."""
    monkeypatch.setenv("COLUMNS", "80")
    kept(report(resources=(evolve(THINGS, retries=2, waited=75.5, skips=3, gaps=12, gap_lists=1),)))

    found = lines(run("runs", "acme").stdout)

    assert found[1] == ["run", "started", "(UTC)", "status", "rows", "skipped", "gaps", "took"]


def test_only_the_last(run, kept):
    """As many as one asks for, and without a name those of all connectors."""
    kept(*(report(hour) for hour in range(3)))
    [other] = kept(report(9, connector="other", pipeline="other"))

    assert [one[0] for one in lines(run("runs", "acme", "--last", "1").stdout)][0:2] == ["acme", "run"]
    found = lines(run("runs", "--last", "2").stdout)
    assert found[0][:2] == ["all", "connectors"]
    assert [one[3] for one in found[3:]] == ["other", "acme"]
    assert found[3][0] == letters(other)


@pytest.mark.parametrize("named", ["letters", "all of it"])
def test_one_run(run, kept, named):
    """Resource by resource, with what is missing and why, and what it was made with."""
    gap = evolve(THINGS, gaps=3, gap_lists=1, gap_examples=(Gap("GET /things", 1203, 1200),), seconds=2.5)
    parts = evolve(THINGS, resource="parts", rows=0, complete=False)
    made = report(resources=(gap, parts), failures=(BROKEN,), continued=STARTED - timedelta(hours=1))
    kept(made, report(1))

    text = run("runs", "acme", letters(made) if named == "letters" else made.run_id).stdout

    found = lines(text)
    assert found[0] == ["acme", made.run_id, "incomplete"]
    assert found[3:6] == [
        ["things", "1,200", "13", "0", "0", "0", "3", "2.5", "s"],
        ["parts", "(incomplete)", "0", "13", "0", "0", "0", "0", "0"],
        ["all", "1,200", "26", "0", "0", "0", "3", "3.2", "s"],
    ]
    words = " ".join(text.split())
    assert "things 3 that the API announced did not come, in 1 list, such as GET /things announced" in words
    assert "parts acme.parts: GET /parts answered 500; run again later" in words
    assert "2026-01-10 12:00:00 UTC, 3.2 s, 1 commit, into duckdb:///acme.duckdb" in words
    assert "it continued the run of 2026-01-10 11:00:00 UTC" in words
    assert "fake-acme 1.0, connector-sdk 0.1.0, dlt 1.31.0, Python 3.11.9" in words


def test_reports_as_json(run, kept):
    """Of all, the newest first, or of one: what the files hold."""
    first, second = kept(report(0), report(1, failures=(BROKEN,)))

    assert json.loads(run("runs", "acme", "--json").stdout) == [second.to_dict(), first.to_dict()]
    assert json.loads(run("runs", "acme", letters(first), "--json").stdout) == first.to_dict()


def test_a_real_run(tiny_api, acme, run, folder):
    """What `sdk run` did is what `sdk runs` shows."""
    acme("things")
    tiny_api.says("/things", {"data": [{"id": 1}], "next": None, "total": 3})

    ended = run("run", "acme")
    [made] = read_reports(reports_folder(folder / "dlt" / "pipelines" / "acme"))

    assert "things 2 that the API announced did not come" in " ".join(ended.stdout.split())
    assert json.loads(run("runs", "acme", made.run_id, "--json").stdout)["resources"][0]["gaps"] == 2


@pytest.fixture
def in_table(folder: Path):
    """Return a function that loads the rows of reports into a DuckDB file, by another machine's pipeline."""

    def load(*reports: RunReport, file: str = "acme.duckdb", **facts: Any) -> None:
        pipeline = dlt.pipeline(
            "elsewhere",
            destination=dlt.destinations.duckdb(str(folder / file)),
            dataset_name="acme_data",
            pipelines_dir=str(folder / "elsewhere"),
        )

        def things():
            yield [{"id": 1}]
            for one in reports:
                yield from run_items(one)

        pipeline.run(dlt.resource(things, name="things", **facts))

    return load


@pytest.mark.parametrize("args", [(), ("--to", "duckdb:///acme.duckdb")], ids=["the default", "said"])
def test_a_machine_that_knows_nothing_asks_the_destination(run, in_table, args):
    """The table holds what its rows can."""
    made = report(failures=(BROKEN,))
    in_table(made, report(1))

    found = json.loads(run("runs", "acme", *args, "--json").stdout)

    assert [one["started"] for one in found] == ["2026-01-10T13:00:00+00:00", "2026-01-10T12:00:00+00:00"]
    assert [one["rows"] for one in found[1]["resources"]] == [0, 1200]
    assert [(one["resource"], one["error"]) for one in found[1]["failures"]] == [("parts", BROKEN.error)]
    assert [one["status"] for one in found] == ["complete", "incomplete"]


def test_a_destination_is_asked_before_this_machine_when_it_is_named(run, kept, in_table):
    """There are the runs of every machine."""
    kept(report(5))
    in_table(report(1))

    found = json.loads(run("runs", "acme", "--to", "duckdb:///acme.duckdb", "--json").stdout)

    assert [one["started"] for one in found] == ["2026-01-10T13:00:00+00:00"]


@pytest.mark.parametrize(
    "args", [(), ("acme",), ("acme", "--to", "duckdb:///nowhere.duckdb")], ids=["all", "one", "elsewhere"]
)
def test_no_run_yet(run, folder, args):
    """It says what makes the first, and leaves nothing behind that was not there."""
    result = run("runs", *args)

    assert result.exit_code == 0
    assert result.stdout.startswith("no run is known here; sdk run")
    assert not list(folder.rglob("*.duckdb"))
    assert json.loads(run("runs", *args, "--json").stdout) == []


def test_a_destination_without_the_table(run, in_table):
    """Whoever loads with a pipeline of their own has no reports there."""
    in_table()

    result = run("runs", "acme", "--to", "duckdb:///acme.duckdb")

    assert (result.exit_code, result.stdout[:20]) == (0, "no run is known here")


@pytest.mark.parametrize(
    ("args", "said"),
    [
        (("acme", "nope"), "sdk: no run 'nope' of 'acme' is known; sdk runs acme lists those that are"),
        (("--to", "duckdb:///x.duckdb"), "sdk: --to holds the runs of many connectors: say which"),
        (("acme", "--to", "postgres://ann:s3cret@db/x"), "sdk: --to holds a password, which is never taken"),
        (("acme", "--to", "nothing"), "sdk: no destination 'nothing'; give one that dlt knows"),
    ],
)
def test_what_was_typed_wrong(run, kept, args, said):
    """Is one line, and never shows a password."""
    kept(report())

    result = run("runs", *args)

    assert result.exit_code == 2
    assert result.stderr.startswith(said)
    assert "s3cret" not in result.output
