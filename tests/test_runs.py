"""Loading with `sdk.run`: what it reports, what it finishes first, and how it fails."""

from __future__ import annotations

import json
from typing import Any

import dlt
import duckdb
import pytest

import sdk
from sdk import LoadError, Resource, RunReport, SettingError, columns
from sdk.failures import Failure
from sdk.incomplete import IncompleteError
from sdk.pipelines import destination
from sdk.reports import ResourceReport
from sdk.source import Watch

PARTS = Resource(
    "parts",
    path="/things/{things.id}/parts",
    data_selector="data",
    columns=columns(bigint="id"),
    skip_statuses=[403],
)
THINGS = Resource("things", data_selector="data", columns=columns(bigint="id"))


def test_a_report(tiny_api, acme, dlt_home, clock, no_waiting):
    """Rows, pages, requests, repeats, waits and skips of each resource; where the data is; what was left out."""
    acme(THINGS, PARTS)
    tiny_api.lists("/things", [{"id": 1}, {"id": 2}], [{"id": 3}])
    tiny_api.says("/things/1/parts", tiny_api.reply(None, 503), {"data": [{"id": 10}], "next": None})
    tiny_api.says("/things/2/parts", tiny_api.reply({"code": "off"}, 403))
    tiny_api.lists("/things/3/parts", [])

    report = sdk.run("acme", clock=clock)

    assert report.resources == (
        ResourceReport("things", loaded=True, rows=3, pages=2, requests=2, retries=0, waited=0.0, skips=0),
        ResourceReport("parts", loaded=True, rows=1, pages=2, requests=4, retries=1, waited=1.0, skips=1),
    )
    assert report.rows == 4
    assert [(one.resource, one.request, one.status) for one in report.skips] == [("parts", "GET /things/2/parts", 403)]
    assert (report.connector, report.pipeline, report.dataset) == ("acme", "acme", "acme_data")
    assert report.started == clock()
    assert report.seconds > 0
    assert len(report.load_ids) == 1
    assert "acme.duckdb" in report.destination
    assert (dlt_home / "acme.duckdb").exists()


def test_a_report_as_json(tiny_api, acme, dlt_home, clock):
    """Plain data, for a file or another program."""
    acme(THINGS, PARTS)
    tiny_api.lists("/things", [{"id": 1}])
    tiny_api.says("/things/1/parts", tiny_api.reply(None, 403))

    data = json.loads(json.dumps(sdk.run("acme", clock=clock).to_dict()))

    assert data["started"] == "2026-01-10T12:00:00+00:00"
    assert data["resources"][0].pop("seconds") > 0
    assert data["resources"][0] == {
        "resource": "things",
        "loaded": True,
        "rows": 1,
        "pages": 1,
        "requests": 1,
        "retries": 0,
        "waited": 0.0,
        "skips": 0,
        "gaps": 0,
        "gap_lists": 0,
        "gap_examples": [],
        "surplus": 0,
        "complete": True,
    }
    assert data["skips"] == [
        {
            "resource": "parts",
            "parent_key": '{"_things_id": 1}',
            "request": "GET /things/1/parts",
            "status": 403,
            "reason": "forbidden: no permission, or not in the account's plan",
            "first_seen": "2026-01-10T12:00:00.000000Z",
        }
    ]


def test_a_pipeline_of_ones_own(tiny_api, acme, pipeline):
    """It decides where the data goes; chosen resources only, and the parents that were read for them are reported."""
    acme(THINGS, PARTS)
    tiny_api.lists("/things", [{"id": 1}])
    tiny_api.lists("/things/1/parts", [{"id": 10}])
    loading = pipeline()

    report = sdk.run("acme", pipeline=loading.pipeline, resources=["parts"])

    assert loading.tables() == ["_sdk_runs", "parts"]
    found = [(one.resource, one.loaded, one.rows) for one in report.resources]
    assert found == [("parts", True, 1), ("things", False, 0)]
    assert (report.pipeline, report.dataset) == ("loading", "data")


def test_a_watch_sees_the_run(tiny_api, acme, dlt_home):
    """A display hands in what it looks at while the run goes on."""
    acme(THINGS)
    tiny_api.lists("/things", [{"id": 1}])
    watch = Watch()

    sdk.run("acme", watch=watch)

    tally = watch.tallies.of("things")
    assert (tally.rows, tally.in_flight, tally.done) == (1, 0, True)


def test_what_an_interrupted_run_left_is_loaded_first(tiny_api, acme, pipeline):
    """A package that was extracted and not loaded is finished, and then the API is asked for what is new."""
    acme(THINGS)
    loading = pipeline()
    tiny_api.lists("/things", [{"id": 1}])
    sdk.run("acme", pipeline=loading.pipeline)
    tiny_api.lists("/things", [{"id": 2}])
    loading.pipeline.extract(sdk.load("acme"))
    assert loading.pipeline.has_pending_data
    tiny_api.lists("/things", [{"id": 3}])

    report = sdk.run("acme", pipeline=loading.pipeline)

    assert loading.rows("things", "id") == [1, 2, 3]
    assert report.rows == 1
    assert not loading.pipeline.has_pending_data


def test_what_an_interrupted_first_run_left_is_read_again(tiny_api, acme, pipeline):
    """Without a dataset dlt forgets what it knew, the package as well as the cursors: no row is missing."""
    window = sdk.TimeWindow(start_param="since")
    acme(Resource("things", data_selector="data", window=window, incremental=sdk.Incremental("at")))
    tiny_api.lists("/things", [{"id": 1, "at": "2026-01-05T00:00:00Z"}])
    loading = pipeline()
    loading.pipeline.extract(sdk.load("acme"))

    sdk.run("acme", pipeline=loading.pipeline)

    assert loading.rows("things", "id") == [1]
    assert [one.query["since"] for one in tiny_api.asked] == ["1970-01-01T00:00:00Z"] * 2


def test_a_failed_run(tiny_api, acme, pipeline, no_waiting):
    """What broke costs only itself; the error is our own, one line, and says what is missing; the next run has it."""
    acme(THINGS, PARTS)
    tiny_api.lists("/things", [{"id": 1}])
    tiny_api.says("/things/1/parts", tiny_api.reply({"code": "down"}, 500))
    loading = pipeline()

    with pytest.raises(IncompleteError) as caught:
        sdk.run("acme", pipeline=loading.pipeline)

    error = "acme.parts: GET /things/1/parts answered 500 (down); the API fails; run again later"
    assert caught.value.report.failures == (Failure("parts", "GET /things/1/parts", error),)
    assert str(caught.value) == (
        f"acme: rows are missing in parts: {error}; all else is loaded, and the next run asks for what is missing"
    )
    assert loading.rows("things", "id") == [1]
    tiny_api.lists("/things/1/parts", [{"id": 10}])
    sdk.run("acme", pipeline=loading.pipeline)
    assert loading.rows("parts", "_things_id", "id") == [(1, 10)]


def test_a_destination_that_cannot_be_opened(tiny_api, acme, dlt_home):
    """One line that says where, and what the destination's own error was."""
    acme(THINGS)
    tiny_api.lists("/things", [{"id": 1}])
    (dlt_home / "text.duckdb").write_text("this is no database, whatever its name says\n" * 100)

    with pytest.raises(LoadError) as caught:
        sdk.run("acme", to="duckdb:///text.duckdb")

    text = str(caught.value)
    assert text.startswith("cannot load into ")
    assert "text.duckdb" in text
    assert "\n" not in text
    assert len(text) < 600


def test_a_destination_that_does_not_exist(acme, dlt_home):
    """It is found out before anything is read."""
    acme(THINGS)

    with pytest.raises(SettingError) as caught:
        sdk.run("acme", to="duckbd:///data.duckdb")

    assert str(caught.value) == "no destination 'duckbd'; give one that dlt knows, such as duckdb:///data.duckdb"


@pytest.mark.parametrize(("to", "file"), [("duckdb:///data.duckdb", "data.duckdb"), ("duckdb:///a/b.db", "a/b.db")])
def test_a_file_to_load_into(tiny_api, acme, dlt_home, to, file):
    """Three slashes before a path that begins in the current folder, as in SQLAlchemy."""
    acme(THINGS)
    tiny_api.lists("/things", [{"id": 1}])
    (dlt_home / "a").mkdir()

    sdk.run("acme", to=to)

    assert (dlt_home / file).exists()


def test_an_absolute_file(tmp_path, dlt_home):
    """Four slashes before a path that begins at the root."""
    file = tmp_path / "data.duckdb"

    made = dlt.pipeline("absolute", destination=destination(f"duckdb:///{file}"), dataset_name="data")

    assert made.destination_client().config.credentials.database == str(file)  # type: ignore[attr-defined]


def test_how_the_database_is_opened(tmp_path, dlt_home):
    """With one thread, or the memory that a load takes would depend on the machine's processors."""
    target = destination(f"duckdb:///{tmp_path / 'made.duckdb'}")

    with dlt.pipeline("made", destination=target).sql_client() as client:
        [found] = client.execute_sql("select current_setting('threads'), current_setting('memory_limit')")

    assert found == (1, "381.4 MiB")


def test_secrets_are_in_no_report(tiny_api, acme, dlt_home):
    """A report is shown, stored and sent."""
    acme(THINGS, auth=sdk.APIKeyAuth(api_key=sdk.Secret("api_key"), name="sig", location="query"))
    tiny_api.lists("/things", [{"id": 1}])

    report: Any = sdk.run("acme", api_key="hunter2-report")

    assert isinstance(report, RunReport)
    assert tiny_api.asked[0].query["sig"] == "hunter2-report"
    assert "hunter2-report" not in json.dumps(report.to_dict()) + repr(report)


def test_nested_lists_as_tables(tiny_api, acme, dlt_home):
    """When they are asked for: dlt's own child tables, keyed to their rows, instead of JSON."""
    acme(Resource("things", data_selector="data", columns=columns(bigint="id", json="tags")))
    tiny_api.lists("/things", [{"id": 1, "tags": [{"name": "a"}, {"name": "b"}]}, {"id": 2, "tags": []}])

    sdk.run("acme", max_table_nesting=1)

    with duckdb.connect(str(dlt_home / "acme.duckdb")) as connection:
        found = connection.execute(
            "SELECT id, name FROM acme_data.things JOIN acme_data.things__tags t ON t._dlt_parent_id = things._dlt_id "
            "ORDER BY ALL"
        ).fetchall()
        described = connection.execute("DESCRIBE acme_data.things").fetchall()
    assert found == [(1, "a"), (1, "b")]
    assert "tags" not in {name for name, *_ in described}
