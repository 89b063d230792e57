"""Where the reports of runs are kept: files beside the pipeline, and a table beside the data."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import dlt
import orjson
import pytest
from attrs import evolve

import sdk
from sdk.failures import Failure
from sdk.histories import (
    RUNS,
    read_reports,
    reports_folder,
    reports_in_rows,
    run_items,
    run_rows,
    write_report,
)
from sdk.incomplete import IncompleteError
from sdk.redaction import conceal
from sdk.reports import ResourceReport, RunReport, Versions
from sdk.tally import Gap

STARTED = datetime(2026, 1, 10, 12, tzinfo=UTC)
VERSIONS = Versions("sdk-plugin-acme", "1.0", "0.1.0", "1.31.0", "3.11.9")


def report(started: datetime = STARTED, **facts: Any) -> RunReport:
    """Return the report of a run."""
    things = ResourceReport(
        "things", loaded=True, rows=3, pages=2, requests=2, retries=0, waited=0.5, skips=0, seconds=1.25
    )
    known = {
        "connector": "acme",
        "pipeline": "acme",
        "dataset": "acme_data",
        "destination": "acme.duckdb",
        "started": started,
        "seconds": 1.5,
        "resources": (things, evolve(things, resource="parts", gaps=2, gap_lists=1, complete=False)),
        "load_ids": ("1.1",),
        "versions": VERSIONS,
    }
    return RunReport(**{**known, **facts})


def test_a_row_for_each_resource():
    """With what is the run's own repeated, so that a query needs no join."""
    made = report(failures=(Failure("parts", "GET /parts", "acme.parts: broken"),), run_id="a-run")

    rows = run_rows(made)

    assert [list(row) for row in rows] == [[*rows[0]]] * 2
    assert set(rows[0]) == set(RUNS.columns)
    assert rows[1] == {
        "run_id": "a-run",
        "connector": "acme",
        "resource": "parts",
        "status": "incomplete",
        "started": STARTED,
        "continued": None,
        "loaded": True,
        "complete": False,
        "rows": 3,
        "pages": 2,
        "requests": 2,
        "retries": 0,
        "waited": 0.5,
        "skips": 0,
        "gaps": 2,
        "gap_lists": 1,
        "surplus": 0,
        "seconds": 1.25,
        "run_seconds": 1.5,
        "commits": 1,
        "failure": "acme.parts: broken",
        "doubt": "2 that the API announced did not come, in 1 list",
        "distribution": "sdk-plugin-acme",
        "connector_version": "1.0",
        "sdk_version": "0.1.0",
        "dlt_version": "1.31.0",
        "python_version": "3.11.9",
    }


def test_rows_become_reports_again():
    """What the table holds is all there; the run's place and its skips are not in it."""
    earlier = report(STARTED - timedelta(days=1), continued=STARTED - timedelta(days=2))
    later = report(failures=(Failure("parts", "", "acme.parts: broken"),))

    found = reports_in_rows([*run_rows(later), *run_rows(earlier)])

    nowhere = {"pipeline": "", "dataset": "", "destination": "", "load_ids": ("",)}
    in_order = {"resources": tuple(reversed(earlier.resources))}
    assert found == [evolve(earlier, **nowhere, **in_order), evolve(later, **nowhere, **in_order)]


@pytest.fixture
def load(pipeline):
    """Return a function that loads rows of a resource and those of a report in one package."""
    loading = pipeline()

    def loaded(made: RunReport, *, resource_key: str = "id") -> Any:
        def things():
            yield [{"id": 1, "name": "a"}]
            yield from run_items(made)

        loading.run(dlt.resource(things, name="things", primary_key=resource_key, write_disposition="merge"))
        return loading

    return loaded


def test_the_rows_are_loaded_with_the_data(load):
    """In the same package, under types and a key of their own; the resource's table has none of it."""
    loading = load(report(run_id="a-run"))

    assert loading.tables() == ["_sdk_runs", "things"]
    assert loading.columns("things") == {"id": "BIGINT", "name": "VARCHAR"}
    types = {"text": "VARCHAR", "bigint": "BIGINT", "double": "DOUBLE", "bool": "BOOLEAN"}
    types["timestamp"] = "TIMESTAMP WITH TIME ZONE"
    assert loading.columns("_sdk_runs") == {name: types[hint["data_type"]] for name, hint in RUNS.columns.items()}
    assert loading.rows("_sdk_runs", "run_id", "resource", "rows") == [("a-run", "parts", 3), ("a-run", "things", 3)]
    [package] = {one for table in loading.tables() for one in loading.rows(table, "_dlt_load_id")}
    assert package


def test_the_latest_rows_of_a_run_count(load):
    """A run that commits several times says each time how far it came."""
    load(report(run_id="a-run", status="incomplete"))
    loading = load(report(run_id="a-run", load_ids=("1.1", "2.2")))

    found = loading.rows("_sdk_runs", "resource", "status", "commits")
    assert found == [("parts", "complete", 2), ("things", "complete", 2)]


def test_a_table_tells_what_was_written_into_it(load):
    """Read back it is the same, times in UTC included."""
    made = report(continued=STARTED - timedelta(days=1))
    loading = load(made)
    rows = loading.rows("_sdk_runs", *RUNS.columns)

    found = reports_in_rows([dict(zip(RUNS.columns, row, strict=True)) for row in rows])

    assert [one.resources for one in found] == [tuple(reversed(made.resources))]
    assert (found[0].started, found[0].continued, found[0].versions) == (made.started, made.continued, made.versions)


def test_a_file_for_each_run(tmp_path):
    """It holds the report, and is read back as it was."""
    made = report()

    path = write_report(made, reports_folder(tmp_path))

    assert path == tmp_path / "sdk_runs" / f"{made.run_id}.json"
    assert RunReport.from_dict(orjson.loads(path.read_bytes())) == made
    assert [one.name for one in path.parent.iterdir()] == [path.name]


def test_the_newest_hundred_stay(tmp_path):
    """Older files go, and nothing else in the folder does."""
    (tmp_path / "notes.txt").write_text("mine")
    made = [report(STARTED + timedelta(minutes=number)) for number in range(103)]

    for one in made:
        write_report(one, tmp_path)

    assert read_reports(tmp_path) == made[3:]
    assert (tmp_path / "notes.txt").exists()


def test_a_report_is_there_whole_or_not_at_all(tmp_path, monkeypatch):
    """A crash while it is written leaves what was there, and nothing that looks like a report."""
    made = report()
    write_report(made, tmp_path)

    def crash(self: Path, target: Path) -> None:
        raise KeyboardInterrupt

    monkeypatch.setattr(Path, "replace", crash)
    with pytest.raises(KeyboardInterrupt):
        write_report(evolve(made, status="failed"), tmp_path)

    assert read_reports(tmp_path) == [made]


def test_a_file_that_is_no_report_is_passed_over(tmp_path):
    """What is broken, or of another version, hides nobody else."""
    made = report()
    write_report(made, tmp_path)
    (tmp_path / "0.json").write_bytes(b'{"connector": "acme"')
    (tmp_path / "1.json").write_bytes(b"[]")
    (tmp_path / "2.json").mkdir()

    assert read_reports(tmp_path) == [made]
    assert read_reports(tmp_path / "nowhere") == []


def test_neither_file_nor_rows_hold_a_secret(tmp_path):
    """Whatever an error or a request carried, and whenever it became known."""
    gap = Gap("GET /things?sig=s3cret-of-histories", 4, 2)
    failure = Failure("things", "GET /things", "s3cret-of-histories is wrong")
    [things, _] = report().resources
    made = report(resources=(evolve(things, gaps=2, gap_lists=1, gap_examples=(gap,)),), failures=(failure,))
    conceal("s3cret-of-histories")

    path = write_report(made, tmp_path)

    assert "s3cret" not in path.read_text() + repr(run_rows(made))


def test_a_run_leaves_its_report(tiny_api, acme, pipeline, clock):
    """Beside what dlt keeps of the pipeline."""
    acme("things")
    tiny_api.lists("/things", [{"id": 1}])
    loading = pipeline()

    made = sdk.run("acme", pipeline=loading.pipeline, clock=clock)

    assert read_reports(reports_folder(loading.pipeline.working_dir)) == [made]


@pytest.fixture
def parts(tiny_api, acme):
    """Declare things with parts, of which one thing's cannot be read."""
    acme("things", sdk.Resource("parts", path="/things/{things.id}/parts", data_selector="data"))
    tiny_api.lists("/things", [{"id": 1}, {"id": 2}], [{"id": 3}])
    tiny_api.lists("/things/1/parts", [{"id": 10}])
    tiny_api.says("/things/2/parts", tiny_api.reply({"code": "down"}, 500))
    tiny_api.lists("/things/3/parts", [{"id": 30}])


def test_a_run_brings_its_rows(parts, tiny_api, pipeline, clock, no_waiting):
    """Committed with what was read: which resource is whole, and what another lacks."""
    loading = pipeline()
    with pytest.raises(IncompleteError) as caught:
        sdk.run("acme", pipeline=loading.pipeline, clock=clock)
    first = caught.value.report
    tiny_api.lists("/things/2/parts", [{"id": 20}])
    clock.advance(hours=1)

    second = sdk.run("acme", pipeline=loading.pipeline, clock=clock)

    error = "acme.parts: GET /things/2/parts answered 500 (down); the API fails; run again later"
    assert loading.rows("_sdk_runs", "run_id", "resource", "status", "complete", "rows", "failure") == [
        (first.run_id, "parts", "incomplete", False, 2, error),
        (first.run_id, "things", "incomplete", True, 3, None),
        (second.run_id, "parts", "complete", True, 3, None),
        (second.run_id, "things", "complete", True, 3, None),
    ]
    assert read_reports(reports_folder(loading.pipeline.working_dir)) == [first, second]
    assert (first.status, second.status) == ("incomplete", "complete")


def test_a_run_that_commits_several_times_has_one_row_for_each_resource(tiny_api, acme, pipeline):
    """The last commit's, which knows how it ended."""
    acme("things")
    tiny_api.lists("/things", *([{"id": number}] for number in range(6)))
    loading = pipeline()

    made = sdk.run("acme", pipeline=loading.pipeline, commit_records=2)

    assert made.commits > 1
    found = loading.rows("_sdk_runs", "resource", "status", "complete", "rows", "commits")
    assert found == [("things", "complete", True, 6, made.commits)]


def test_a_run_that_fails_leaves_its_report(tiny_api, acme, pipeline, no_waiting):
    """With what it did until then and why it ended."""
    acme("things")
    tiny_api.says("/things", tiny_api.reply(None, 401))
    loading = pipeline()

    with pytest.raises(sdk.ResponseError):
        sdk.run("acme", pipeline=loading.pipeline)

    [made] = read_reports(reports_folder(loading.pipeline.working_dir))
    assert made.status == "failed"
    assert [(one.request, one.error[:32]) for one in made.failures] == [
        ("GET /things", "acme.things: GET /things answere")
    ]
    assert [(one.rows, one.requests) for one in made.resources] == [(0, 1)]


def test_a_report_that_cannot_be_kept_fails_no_run(tiny_api, acme, pipeline, caplog):
    """What was loaded is loaded; the log says what is not there."""
    acme("things")
    tiny_api.lists("/things", [{"id": 1}])
    loading = pipeline()
    sdk.run("acme", pipeline=loading.pipeline)
    folder = reports_folder(loading.pipeline.working_dir)
    for one in folder.iterdir():
        one.unlink()
    folder.rmdir()
    folder.write_text("in the way")

    made = sdk.run("acme", pipeline=loading.pipeline)

    assert made.status == "complete"
    assert f"the report of run {made.run_id} could not be kept" in caplog.text
