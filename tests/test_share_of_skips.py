"""How many of a child's parents may be skipped before that is an error."""

from __future__ import annotations

from typing import Any

import pytest
from dlt.pipeline.exceptions import PipelineStepFailed

import sdk
from sdk import Resource
from sdk.errors import ReadError
from sdk.incomplete import IncompleteError
from sdk.skips import Skip, SkipLog, check_share

BASE = "https://api.example.com/v2"


def skips(number: int, status: int = 404, resource: str = "parts", first: int = 0) -> list[Skip]:
    """Return the skips of *number* parents."""
    reason = "not found: gone, or switched off in the account" if status == 404 else "gone"
    return [
        Skip(resource, f'{{"_things_id": {one}}}', f"GET /things/{one}/parts", status, reason)
        for one in range(first, first + number)
    ]


@pytest.mark.parametrize(
    ("skipped", "parents", "share"),
    [
        pytest.param(skips(15), 30, 0.5, id="just the share"),
        pytest.param(skips(19), 19, 0.5, id="few parents"),
        pytest.param(skips(30, 403), 30, 0.5, id="a module that is off"),
        pytest.param(skips(30, 402), 30, 0.5, id="a module that is not paid for"),
        pytest.param(skips(30), 30, 1.0, id="any share is right"),
        pytest.param(skips(30, resource="others"), 30, 0.5, id="another resource"),
        pytest.param([Skip("parts", "", "GET /parts", 404, "gone")] * 30, 30, 0.5, id="no parents at all"),
        pytest.param(skips(10) * 3, 30, 0.5, id="a parent that is skipped in each of three windows"),
        pytest.param([], 30, 0.0, id="none"),
    ],
)
def test_some_may_be_gone(skipped, parents, share):
    """What was skipped for a reason that is known, or of little, is no error."""
    check_share("acme", "parts", skipped, parents, share)


@pytest.mark.parametrize(
    ("skipped", "parents", "share", "said"),
    [
        (skips(16), 30, 0.5, "16 of 30 parents were skipped, all with 404"),
        (skips(20), 20, 0.5, "20 of 20 parents were skipped, all with 404"),
        (skips(1200), 2000, 0.5, "1,200 of 2,000 parents were skipped, all with 404"),
        (skips(12) + skips(5, 410, first=12), 30, 0.5, "17 of 30 parents were skipped, most with 404"),
        (skips(16) + skips(14, 403, first=16), 30, 0.5, "16 of 30 parents were skipped, all with 404"),
        (skips(1), 30, 0.0, "1 of 30 parents were skipped, all with 404"),
    ],
)
def test_most_of_them_are_hardly_gone(skipped, parents, share, said):
    """The message says how many of how many, with which answer, and what would do."""
    with pytest.raises(ReadError) as caught:
        check_share("acme", "parts", skipped, parents, share)

    assert str(caught.value) == (
        f"acme.parts: {said} (not found: gone, or switched off in the account); check base_url, the path and the "
        f"rights of the key, or set max_skips above {share:g} if so many may be missing"
    )
    assert (caught.value.resource, caught.value.request) == ("parts", "GET /things/0/parts")


def test_what_an_earlier_run_skipped_is_nothing_new():
    """It is asked again by every run, so it would soon be most of what a run asks."""
    state: dict[str, Any] = {"skips": {one.place: {} for one in skips(25)}}
    log = SkipLog(state, BASE)

    assert log.new(skips(26)) == skips(1, first=25)
    assert SkipLog({}, BASE).new(skips(2)) == skips(2)


@pytest.fixture
def children(tiny_api: Any, acme: Any) -> Any:
    """Return a function that lays out thirty things, so many of which are without parts."""

    def lay_out(missing: int) -> None:
        acme(
            Resource("things", data_selector="data"),
            Resource("parts", path="/things/{things.id}/parts", data_selector="data", skip_statuses=[404]),
        )
        tiny_api.lists("/things", [{"id": one} for one in range(30)])
        for thing in range(30):
            gone = tiny_api.reply({"code": "gone"}, 404)
            tiny_api.says(f"/things/{thing}/parts", gone if thing < missing else {"data": [{"id": 1}], "next": None})

    return lay_out


def test_a_reading_of_which_most_is_skipped_fails(children):
    """Whoever reads without a pipeline is told, too."""
    children(16)
    with pytest.raises(ReadError, match="16 of 30 parents were skipped"):
        list(sdk.read("acme", "parts"))
    assert len(list(sdk.read("acme", "parts", max_skips=0.6))) == 14


def test_a_pipeline_of_ones_own_fails(children, pipeline):
    """Nothing is loaded."""
    children(16)
    loading = pipeline()
    with pytest.raises(PipelineStepFailed, match="16 of 30 parents were skipped"):
        loading.pipeline.run(sdk.load("acme"))
    assert loading.tables() == []


@pytest.mark.parametrize("missing", [15, 16])
def test_commits_do_not_hide_the_share(children, pipeline, missing):
    """It counts over all of a run; what came is loaded, and the run says what is missing."""
    children(missing)
    loading, said = pipeline(), ""
    try:
        report = sdk.run("acme", pipeline=loading.pipeline, commit_records=5, in_flight=1)
    except IncompleteError as error:
        report, said = error.report, str(error)

    assert ("16 of 30 parents were skipped" in said) == (missing == 16)
    assert len(report.load_ids) > 2
    assert len(loading.rows("parts", "_things_id")) == 30 - missing
    assert len(loading.rows("_sdk_skips", "request")) == missing


def test_those_that_are_gone_stay_gone(children, pipeline):
    """What was skipped before is asked again by every run, and is no news."""
    children(15)
    loading = pipeline()
    for _ in range(2):
        sdk.run("acme", pipeline=loading.pipeline)
    assert len(loading.rows("parts", "_things_id")) == 15
