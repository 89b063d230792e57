"""The report of a run: what it counts, what it is called, and that it goes through JSON and back."""

from __future__ import annotations

import json
import re
from datetime import UTC, datetime, timedelta, timezone
from importlib.metadata import version
from typing import Any

import pytest
from attrs import evolve

import sdk
from sdk.errors import LoadError, ResponseError
from sdk.failures import Failure
from sdk.redaction import conceal
from sdk.reports import ResourceReport, RunReport, Versions, resource_report, run_id
from sdk.skips import Skip
from sdk.tally import Gap, Tally

STARTED = datetime(2026, 1, 10, 12, tzinfo=UTC)


def resource(name: str = "things", **facts: Any) -> ResourceReport:
    """Return the report of a resource."""
    counted = {"rows": 3, "pages": 2, "requests": 2, "retries": 0, "waited": 0.0, "skips": 0}
    return ResourceReport(name, loaded=True, **{**counted, **facts})


def report(**facts: Any) -> RunReport:
    """Return the report of a run."""
    known = {
        "connector": "acme",
        "pipeline": "acme",
        "dataset": "acme_data",
        "destination": "acme.duckdb",
        "started": STARTED,
        "seconds": 1.5,
        "resources": (resource(), resource("parts", rows=4, gaps=2, gap_lists=1)),
    }
    return RunReport(**{**known, **facts})


def test_a_run_has_a_name_of_its_own():
    """From its start, in UTC, and a few letters: two that start together differ, and names sort as runs do."""
    east = timezone(timedelta(hours=9))
    names = [run_id(STARTED.astimezone(east)), run_id(STARTED)]

    assert all(re.fullmatch(r"20260110T120000Z-[a-z]{6}", one) for one in names)
    assert names[0] != names[1]
    assert report().run_id != report().run_id
    assert max(names) < run_id(STARTED + timedelta(seconds=1))


@pytest.mark.parametrize(
    ("facts", "status"),
    [
        ({}, "complete"),
        ({"failures": (Failure("things", "GET /things", "broken"),)}, "incomplete"),
        ({"failures": (Failure("", "", "broken"),), "status": "failed"}, "failed"),
    ],
)
def test_a_status_follows_from_the_failures(facts, status):
    """Unless it is said."""
    assert report(**facts).status == status


def test_a_status_is_one_of_three():
    """Anything else is a mistake of the program."""
    with pytest.raises(ValueError, match="status cannot be"):
        report(status="green")


def test_sums():
    """Of rows and gaps over all resources; a commit is a load package."""
    made = report(load_ids=("1.1", "2.2"))

    assert (made.rows, made.gaps, made.commits) == (7, 2, 2)


def test_a_report_of_what_was_counted():
    """Rows of what was read for its children alone are not loaded."""
    tally = Tally(rows=3, pages=2, requests=4, retries=1, waited=1.23456, skips=1, gaps=7, surplus=2, short_lists=1)
    tally.short.append(Gap("GET /things", 10, 3))

    made = resource_report("things", tally, loaded=False, complete=False)

    assert made == ResourceReport(
        "things",
        loaded=False,
        rows=0,
        pages=2,
        requests=4,
        retries=1,
        waited=1.235,
        skips=1,
        gaps=7,
        gap_lists=1,
        gap_examples=(Gap("GET /things", 10, 3),),
        surplus=2,
        complete=False,
    )


@pytest.mark.parametrize(
    ("facts", "doubt"),
    [
        ({}, ""),
        (
            {"gaps": 7, "gap_lists": 1, "gap_examples": (Gap("GET /things", 10, 3),)},
            "7 that the API announced did not come, in 1 list, such as GET /things announced 10 and brought 3",
        ),
        ({"gaps": 7000, "gap_lists": 12}, "7,000 that the API announced did not come, in 12 lists"),
        ({"surplus": 3}, "3 more came than the API announced: its totals are too low"),
    ],
)
def test_what_is_not_known_is_said(facts, doubt):
    """In words, with an example where there is one."""
    assert resource(**facts).doubt == doubt


def test_a_report_goes_through_json_and_back():
    """All of it but the partitions of skips, which only the state needs."""
    made = report(
        resources=(resource(gaps=1, gap_lists=1, gap_examples=(Gap("GET /things", 4, 3),), seconds=0.5),),
        skips=(Skip("parts", '{"_things_id": 1}', "GET /things/1/parts", 404, "gone", "2026-01-10T12:00:00.000000Z"),),
        load_ids=("1.1",),
        failures=(Failure("parts", "GET /things/2/parts", "acme.parts: broken"),),
        continued=STARTED - timedelta(hours=1),
        versions=Versions("fake-acme", "1.0", "0.1.0", "1.31.0", "3.11.9"),
    )

    data = json.loads(json.dumps(made.to_dict()))

    assert RunReport.from_dict(data) == made
    assert (data["started"], data["continued"]) == ("2026-01-10T12:00:00+00:00", "2026-01-10T11:00:00+00:00")
    assert (data["status"], data["commits"]) == ("incomplete", 1)
    assert data["failures"] == [{"resource": "parts", "request": "GET /things/2/parts", "error": "acme.parts: broken"}]


@pytest.mark.parametrize("data", [{}, {"connector": "acme"}, {**report().to_dict(), "resources": [{"rows": 1}]}])
def test_what_is_no_report_is_refused(data):
    """By one kind of error, whatever is wrong with it."""
    with pytest.raises(ValueError, match="no report of a run"):
        RunReport.from_dict(data)


def test_a_report_holds_no_secret():
    """Not even one that became known after its texts were made."""
    made = report(
        destination="postgres://ann:s3cret-of-reports@db/data",
        skips=(Skip("parts", "", "GET /parts?sig=s3cret-of-reports", 404, "gone"),),
        failures=(Failure("parts", "GET /parts?sig=s3cret-of-reports", "s3cret-of-reports\x1b[31m is wrong"),),
    )
    conceal("s3cret-of-reports")

    text = json.dumps(made.to_dict())

    assert "s3cret" not in text
    assert "\\u001b" not in text


def test_failures_say_where():
    """An error of a read knows its resource and its request; another one is the run's, or of whom it is told."""
    read = ResponseError("GET /things answered 500", connector="acme", resource="things", request="GET /things")

    found = Failure("things", "GET /things", "acme.things: GET /things answered 500")
    assert Failure.of(read) == found
    assert Failure.of(read, "table") == evolve(found, resource="table")
    assert Failure.of(LoadError("no space left")) == Failure("", "", "no space left")
    assert Failure.of(KeyError("id"), "parts") == Failure("parts", "", "KeyError: 'id'")


def test_versions(acme):
    """Of the connector's distribution and of what it ran on; a dictionary has no distribution."""
    acme("things")

    made = Versions.of("acme")

    assert (made.distribution, made.connector, made.dlt) == ("fake-acme", "1.0", version("dlt"))
    assert made.sdk == version("connector-sdk")
    assert re.fullmatch(r"3\.\d+\.\d+\S*", made.python)
    assert Versions.of("nothing_like_it") == Versions.of() == Versions(sdk=made.sdk, dlt=made.dlt, python=made.python)


def test_the_report_of_a_run_with_a_gap(tiny_api, acme, dlt_home, clock):
    """What the API announced and did not bring stands in the report, and the run is complete all the same."""
    acme("things")
    tiny_api.says("/things", {"data": [{"id": 1}, {"id": 2}], "next": None, "total": 5})

    made = sdk.run("acme", clock=clock)

    [things] = made.resources
    assert (things.gaps, things.gap_examples) == (3, (Gap("GET /things", 5, 2),))
    assert (made.status, made.gaps, made.commits) == ("complete", 3, 1)
    assert made.run_id.startswith("20260110T120000Z-")
    assert (made.versions.distribution, made.versions.connector) == ("fake-acme", "1.0")
