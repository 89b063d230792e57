"""Commits in parts: what `sdk.run` commits on its way, and where the next run goes on after an interruption."""

from __future__ import annotations

import shutil
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

import sdk
from sdk import HasMore, PageNumberPaginator, Resource, columns
from sdk.failures import Failure
from sdk.incomplete import IncompleteError
from sdk.source import CHECKPOINT

PAGES = [[{"id": 10 * page + one} for one in range(1, 4)] for page in range(1, 6)]
EVERYTHING = [one["id"] for page in PAGES for one in page]
BY_NUMBER = PageNumberPaginator(end=HasMore("more"))
PARTS = Resource("parts", path="/things/{things.id}/parts", data_selector="data", columns=columns(bigint="id"))


class Interruption(BaseException):
    """Stands for whatever ends a process: nothing catches it."""


def numbered(pages: list[Any], broken: Any = None) -> Any:
    """Answer as an API that counts its pages does; *broken* may answer a number instead."""

    def answer(asked: Any) -> Any:
        number = int(asked.query["page"])
        if broken is not None and (reply := broken(number)) is not None:
            return reply
        return {"data": pages[number - 1], "more": number < len(pages)}

    return answer


@pytest.fixture
def things(acme: Any) -> Any:
    """Return a function that declares `acme` with a paged list of things, and other resources."""

    def declare(*others: Resource, **facts: Any) -> Any:
        given = {"data_selector": "data", "paginator": BY_NUMBER, "columns": columns(bigint="id"), **facts}
        return acme(Resource("things", **given), *others)

    return declare


def kept(loading: Any) -> Any:
    """Return the checkpoint in the pipeline's state."""
    return loading.pipeline.state["sources"]["acme"].get(CHECKPOINT)


def numbers(tiny_api: Any, path: str = "/things") -> list[int]:
    """Return the pages asked for, in order."""
    return [int(one.query["page"]) for one in tiny_api.asked if one.target.startswith(f"{path}?")]


def interrupt(monkeypatch: Any, loading: Any, after: int) -> None:
    """End the process, as it were, once *after* commits were made."""
    load, commits = loading.pipeline.run, []

    def run(*given: Any, **named: Any) -> Any:
        if len(commits) == after:
            raise Interruption
        info = load(*given, **named)
        commits.append(info)
        return info

    monkeypatch.setattr(loading.pipeline, "run", run)


@pytest.mark.usefixtures("on_threads")
@pytest.mark.parametrize("in_flight", [1, 8])
def test_a_run_commits_as_it_goes(tiny_api, things, pipeline, in_flight):
    """Each commit ends where the next begins: every row comes once; one by one, every page is asked for once.

    With several in flight, what is under way when it is time to commit is in the same commit.
    """
    things(write_disposition="append")
    tiny_api.answer("/things", numbered(PAGES))
    loading = pipeline()

    report = sdk.run("acme", pipeline=loading.pipeline, commit_records=6, in_flight=in_flight)

    assert loading.rows("things", "id") == EVERYTHING
    assert len(report.load_ids) in ({3} if in_flight == 1 else {2, 3})
    if in_flight == 1:
        assert numbers(tiny_api) == [1, 2, 3, 4, 5]
    assert kept(loading) is None


def test_a_run_commits_by_the_clock(tiny_api, things, pipeline):
    """As many commits as pages, when each is too late already."""
    things(write_disposition="append")
    tiny_api.answer("/things", numbered(PAGES))
    loading = pipeline()

    report = sdk.run("acme", pipeline=loading.pipeline, commit_minutes=1e-9, in_flight=1)

    assert loading.rows("things", "id") == EVERYTHING
    assert len(report.load_ids) == len(PAGES)
    assert numbers(tiny_api) == [1, 2, 3, 4, 5]


def test_the_next_run_goes_on(tiny_api, things, pipeline, monkeypatch, clock):
    """What was committed is not asked for again, and the report says which run it was."""
    things(write_disposition="append")
    tiny_api.answer("/things", numbered(PAGES))
    loading, again = pipeline(), pipeline()
    with monkeypatch.context() as inside:
        interrupt(inside, loading, after=1)
        with pytest.raises(Interruption):
            sdk.run("acme", pipeline=loading.pipeline, commit_records=6, in_flight=1, clock=clock)
    assert kept(again)["left"] == ["things"]
    assert loading.rows("things", "id") == EVERYTHING[:6]

    report = sdk.run("acme", pipeline=again.pipeline, in_flight=1, clock=lambda: clock() + timedelta(hours=2))

    assert again.rows("things", "id") == EVERYTHING
    assert numbers(tiny_api) == [1, 2, 3, 4, 5]
    assert (report.continued, report.started) == (clock(), clock() + timedelta(hours=2))
    assert kept(again) is None


@pytest.fixture
def half_deleted(tiny_api: Any, things: Any, pipeline: Any, tmp_path: Path) -> Any:
    """Return a function that loads *rows*, and once more until dlt has deleted just *gone* of what it extracted."""

    def load(rows: list[int], gone: str) -> Any:
        things(write_disposition="append")
        tiny_api.answer("/things", numbered([[{"id": one} for one in rows]]))
        sdk.run("acme", pipeline=pipeline().pipeline, in_flight=1)
        killed = pipeline().pipeline
        killed.extract(sdk.load("acme"))
        [load_id] = killed.list_extracted_load_packages()
        extracted = Path(killed.working_dir) / "normalize" / "extracted" / load_id
        copied = shutil.copytree(extracted, tmp_path / "copied")
        killed.normalize()
        assert not extracted.exists()
        shutil.copytree(copied, extracted)
        shutil.rmtree(extracted / gone) if (extracted / gone).is_dir() else (extracted / gone).unlink()
        return pipeline()

    return load


@pytest.mark.parametrize("rows", [EVERYTHING[:3], []])
@pytest.mark.parametrize("gone", ["schema.json", "new_jobs"])
def test_a_package_that_was_being_deleted_is_deleted(half_deleted, rows, gone):
    """What was extracted is deleted file by file, once it is normalized, and loaded once all the same."""
    loading = half_deleted(rows, gone)

    sdk.run("acme", pipeline=loading.pipeline, in_flight=1)

    assert loading.rows("things", "id") == sorted([*rows, *rows, *rows])
    assert not loading.pipeline.has_pending_data


def test_what_was_read_long_ago_is_read_again(tiny_api, things, pipeline, monkeypatch, clock):
    """A list that is read whole was read whole by the run that was brought to its end, unless that began days ago."""
    things()
    tiny_api.answer("/things", numbered(PAGES))
    loading, again = pipeline(), pipeline()
    with monkeypatch.context() as inside:
        interrupt(inside, loading, after=1)
        with pytest.raises(Interruption):
            sdk.run("acme", pipeline=loading.pipeline, commit_records=6, in_flight=1, clock=clock)

    sdk.run("acme", pipeline=again.pipeline, in_flight=1, clock=lambda: clock() + timedelta(hours=25))

    assert numbers(tiny_api) == [1, 2, 3, 4, 5, 1, 2, 3, 4, 5]


def test_news_are_asked_for_after_an_interrupted_run(tiny_api, things, pipeline, monkeypatch, clock):
    """Where a cursor makes that cheap: rows that came since the interrupted run began are there."""
    window = sdk.TimeWindow(start_param="since")
    things(window=window, incremental=sdk.Incremental("at"))
    at = "2026-01-05T00:00:00Z"
    pages = [[{**one, "at": at} for one in page] for page in PAGES]
    tiny_api.answer("/things", numbered(pages))
    loading, again = pipeline(), pipeline()
    with monkeypatch.context() as inside:
        interrupt(inside, loading, after=1)
        with pytest.raises(Interruption):
            sdk.run("acme", pipeline=loading.pipeline, commit_records=6, in_flight=1, clock=clock)
    asked = len(tiny_api.asked)
    tiny_api.answer("/things", numbered([*pages, [{"id": 99, "at": at}]]))
    sdk.run("acme", pipeline=again.pipeline, in_flight=1, clock=clock)

    assert again.rows("things", "id") == [*EVERYTHING, 99]
    since = [one.query["since"] for one in tiny_api.asked[asked:]]
    assert since == ["1970-01-01T00:00:00Z"] * 4 + ["2026-01-04T23:55:00Z"] * 6


@pytest.mark.usefixtures("on_threads")
@pytest.mark.parametrize("in_flight", [1, 8])
def test_children_go_on_too(tiny_api, things, pipeline, monkeypatch, in_flight):
    """Parents that were read are not read again, and each one's children come once."""
    things(
        Resource(
            "parts",
            path="/things/{things.id}/parts",
            data_selector="data",
            write_disposition="merge",
            columns=columns(bigint="id"),
        )
    )
    tiny_api.answer("/things", numbered(PAGES))
    for thing in EVERYTHING:
        tiny_api.lists(f"/things/{thing}/parts", [{"id": one} for one in range(4)])
    loading, again = pipeline(), pipeline()
    with monkeypatch.context() as inside:
        # With several in flight what is under way is in the same commit, and there may be no third.
        interrupt(inside, loading, after=2 if in_flight == 1 else 1)
        with pytest.raises(Interruption):
            sdk.run("acme", pipeline=loading.pipeline, commit_records=20, in_flight=in_flight)

    sdk.run("acme", pipeline=again.pipeline, commit_records=20, in_flight=in_flight)

    assert again.rows("things", "id") == EVERYTHING
    assert again.rows("parts", "_things_id", "id") == [(thing, one) for thing in EVERYTHING for one in range(4)]
    if in_flight == 1:
        assert sorted(tiny_api.targets) == sorted(set(tiny_api.targets))


@pytest.mark.parametrize("kills", [1, 2])
def test_what_replaces_is_read_again_after_an_interrupted_load(tiny_api, things, pipeline, monkeypatch, kills):
    """It may stand in its table twice: dlt empties the table once, and loads again what it had not put away.

    That is not forgotten when the run which goes on is interrupted, too.
    """
    things(PARTS, write_disposition="replace")
    tiny_api.answer("/things", numbered(PAGES))
    for thing in EVERYTHING:
        tiny_api.lists(f"/things/{thing}/parts", [{"id": 1}, {"id": 2}])
    sdk.run("acme", pipeline=pipeline().pipeline, in_flight=1)
    loading = pipeline()

    def interrupted(*_given: Any, **_named: Any) -> Any:
        raise Interruption

    with monkeypatch.context() as inside:
        inside.setattr(loading.pipeline, "load", interrupted)
        with pytest.raises(Interruption):
            sdk.run("acme", pipeline=loading.pipeline, commit_records=20, in_flight=1)
    for _ in range(kills - 1):
        going_on = pipeline()
        with monkeypatch.context() as inside:
            # After the package that was left is loaded, and one more.
            interrupt(inside, going_on, after=2)
            with pytest.raises(Interruption):
                sdk.run("acme", pipeline=going_on.pipeline, commit_records=8, in_flight=1)
    again, before = pipeline(), len(numbers(tiny_api))
    assert kept(again)["left"] == ["parts"]

    sdk.run("acme", pipeline=again.pipeline, in_flight=1)

    assert numbers(tiny_api)[before:] == [1, 2, 3, 4, 5]
    assert not list(Path(again.pipeline.working_dir).glob("sdk_loaded_again"))
    assert again.rows("things", "id") == EVERYTHING


def test_another_selection_begins_anew(tiny_api, things, pipeline, monkeypatch):
    """Where a run of other resources stood means nothing."""
    things(Resource("others", data_selector="data"))
    tiny_api.answer("/things", numbered(PAGES))
    tiny_api.lists("/others", [{"id": 1}])
    loading, again = pipeline(), pipeline()
    with monkeypatch.context() as inside:
        interrupt(inside, loading, after=1)
        with pytest.raises(Interruption):
            sdk.run("acme", pipeline=loading.pipeline, resources=["things"], commit_records=6, in_flight=1)

    report = sdk.run("acme", pipeline=again.pipeline, in_flight=1)

    assert again.rows("things", "id") == EVERYTHING
    assert numbers(tiny_api) == [1, 2, 1, 2, 3, 4, 5]
    assert report.continued is None


def test_what_replaces_is_never_split(tiny_api, things, pipeline):
    """A part of it would stand in the place of the whole."""
    things(Resource("others", data_selector="data", paginator=BY_NUMBER), write_disposition="replace")
    tiny_api.answer("/things", numbered(PAGES))
    tiny_api.answer("/others", numbered(PAGES))
    loading = pipeline()

    report = sdk.run("acme", pipeline=loading.pipeline, commit_records=1, in_flight=1)

    assert loading.rows("things", "id") == EVERYTHING
    assert loading.rows("others", "id") == EVERYTHING
    assert len(report.load_ids) > 1
    assert numbers(tiny_api) == [1, 2, 3, 4, 5]


def test_a_position_that_means_nothing_any_more(tiny_api, things, pipeline, monkeypatch):
    """Tokens grow old: what was begun is then read from its beginning, in the same run."""
    things()
    tiny_api.answer("/things", numbered(PAGES))
    loading, again = pipeline(), pipeline()
    with monkeypatch.context() as inside:
        interrupt(inside, loading, after=1)
        with pytest.raises(Interruption):
            sdk.run("acme", pipeline=loading.pipeline, commit_records=6, in_flight=1)
    asked: list[int] = []

    def expired(number: int) -> Any:
        asked.append(number)
        return tiny_api.reply({"code": "expired"}, 410) if len(asked) == 1 else None

    tiny_api.answer("/things", numbered(PAGES, expired))
    sdk.run("acme", pipeline=again.pipeline, in_flight=1)

    assert asked == [3, 1, 2, 3, 4, 5]
    assert again.rows("things", "id") == EVERYTHING


def test_positions_that_never_mean_anything(tiny_api, things, pipeline):
    """An API whose pages follow one another only within a connection, say: after one more attempt nothing is split."""
    things()
    last = [0]

    def expired(number: int) -> Any:
        fits, last[0] = number in {1, last[0] + 1}, number
        return None if fits else tiny_api.reply({"code": "expired"}, 410)

    def answer(asked: Any) -> Any:
        found = numbered(PAGES, expired)(asked)
        if asked.query["page"] == "3":
            last[0] = 99  # whatever was begun before is forgotten at the end of this page
        return found

    tiny_api.answer("/things", answer)
    loading = pipeline()

    with pytest.raises(IncompleteError):
        sdk.run("acme", pipeline=loading.pipeline, in_flight=1, commit_records=6)

    assert len(tiny_api.asked) < 20


def test_a_list_that_breaks_costs_only_itself(tiny_api, things, pipeline, no_waiting):
    """Other resources are whole, the pages before are loaded, the run fails; the next one goes on where it broke.

    That run is over, so the next one reads the others as any run does: what came to them meanwhile is there.
    """
    things(Resource("others", data_selector="data", paginator=BY_NUMBER))
    down = {"now": True}
    answer = numbered(PAGES, lambda number: tiny_api.reply(None, 500) if number == 3 and down["now"] else None)
    tiny_api.answer("/things", answer)
    tiny_api.answer("/others", numbered(PAGES))
    loading = pipeline()

    with pytest.raises(IncompleteError) as caught:
        sdk.run("acme", pipeline=loading.pipeline, in_flight=1)

    error = "acme.things: GET /things?page=3 answered 500; the API fails; run again later"
    assert caught.value.report.failures == (Failure("things", "GET /things?page=3", error),)
    assert loading.rows("things", "id") == EVERYTHING[:6]
    assert loading.rows("others", "id") == EVERYTHING
    down["now"] = False
    before = len(tiny_api.asked)
    tiny_api.answer("/others", numbered([*PAGES, [{"id": 99}]]))
    sdk.run("acme", pipeline=loading.pipeline, in_flight=1)
    assert loading.rows("things", "id") == EVERYTHING
    assert loading.rows("others", "id") == [*EVERYTHING, 99]
    asked = [one.target for one in tiny_api.asked[before:]]
    assert [one for one in asked if one.startswith("/things")] == [f"/things?page={page}" for page in (3, 4, 5)]
    assert [one for one in asked if one.startswith("/others")] == [f"/others?page={page}" for page in range(1, 7)]


@pytest.mark.usefixtures("no_waiting")
@pytest.mark.parametrize("interrupted", [False, True])
def test_a_bad_parent_before_a_commit_fails_the_run(tiny_api, things, pipeline, monkeypatch, interrupted):
    """However many commits follow, of which none asks for it again; nor does a run that goes on end well without it."""
    things(PARTS, Resource("others", data_selector="data", paginator=BY_NUMBER, columns=columns(bigint="id")))
    tiny_api.answer("/things", numbered(PAGES))
    tiny_api.answer("/others", numbered([[{"id": 3 * page + one} for one in range(3)] for page in range(30)]))
    for thing in EVERYTHING:
        tiny_api.lists(f"/things/{thing}/parts", [{"id": 1}])
    bad = f"/things/{EVERYTHING[0]}/parts"
    tiny_api.answer(bad, lambda _: tiny_api.reply(None, 500))
    loading = pipeline()
    if interrupted:
        with monkeypatch.context() as inside:
            interrupt(inside, loading, after=18)
            with pytest.raises(Interruption):
                sdk.run("acme", pipeline=loading.pipeline, in_flight=1, commit_records=4)
        assert kept(loading)["left"] == ["others"]

    with pytest.raises(IncompleteError, match=f"GET {bad} answered 500") as caught:
        sdk.run("acme", pipeline=loading.pipeline, in_flight=1, commit_records=4)

    assert len(caught.value.report.load_ids) > 2
    assert loading.rows("parts", "_things_id") == EVERYTHING[1:]
    assert loading.rows("others", "id") == list(range(90))
    tiny_api.lists(bad, [{"id": 1}])
    sdk.run("acme", pipeline=loading.pipeline, in_flight=1, commit_records=4)
    assert loading.rows("parts", "_things_id") == EVERYTHING


def fails_once(tiny_api: Any, loading: Any, down: dict[str, bool], in_flight: int) -> None:
    """Run while something is *down*, and when it is not; then all things are there, each with its part."""
    for thing in EVERYTHING:
        tiny_api.lists(f"/things/{thing}/parts", [{"id": 1}])
    with pytest.raises(IncompleteError):
        sdk.run("acme", pipeline=loading.pipeline, in_flight=in_flight)
    down["now"] = False

    report = sdk.run("acme", pipeline=loading.pipeline, in_flight=in_flight)

    assert loading.rows("things", "id") == EVERYTHING
    assert loading.rows("parts", "_things_id") == EVERYTHING
    assert report.status == "complete"


@pytest.mark.usefixtures("no_waiting")
@pytest.mark.parametrize("in_flight", [1, 8])
@pytest.mark.parametrize("broken", [1, 3])
def test_children_of_a_list_that_broke_are_read_when_it_is(tiny_api, things, pipeline, in_flight, broken):
    """All that a parent's list had named was read when it broke; what it names later is read, too."""
    things(PARTS)
    down = {"now": True}
    answer = numbered(PAGES, lambda number: tiny_api.reply(None, 500) if number == broken and down["now"] else None)
    tiny_api.answer("/things", answer)

    fails_once(tiny_api, pipeline(), down, in_flight)


@pytest.mark.usefixtures("no_waiting")
@pytest.mark.parametrize("in_flight", [1, 8])
def test_a_part_that_broke_and_its_children_are_read_when_it_is(tiny_api, things, pipeline, in_flight):
    """The main list is whole, and yet the resource is not: more of it comes another way, with children of its own."""
    trash = Resource("trash", data_selector="data", paginator=BY_NUMBER, columns=columns(bigint="id"), part_of="things")
    things(trash, PARTS)
    down = {"now": True}
    answer = numbered(PAGES[3:], lambda number: tiny_api.reply(None, 500) if number == 2 and down["now"] else None)
    tiny_api.answer("/things", numbered(PAGES[:3]))
    tiny_api.answer("/trash", answer)

    fails_once(tiny_api, pipeline(), down, in_flight)


def test_what_stays_broken_keeps_nothing_from_being_read(tiny_api, things, pipeline, no_waiting):
    """Every run reads what is new of all else."""
    things(Resource("others", data_selector="data", paginator=BY_NUMBER))
    tiny_api.answer("/things", numbered(PAGES, lambda number: tiny_api.reply(None, 500) if number == 3 else None))
    tiny_api.answer("/others", numbered(PAGES))
    loading = pipeline()
    for more in ([], [[{"id": 99}]]):
        tiny_api.answer("/others", numbered([*PAGES, *more]))
        with pytest.raises(IncompleteError):
            sdk.run("acme", pipeline=loading.pipeline, in_flight=1)

    assert loading.rows("others", "id") == [*EVERYTHING, 99]


def test_what_replaces_and_breaks_keeps_what_it_had(tiny_api, things, pipeline, no_waiting):
    """No part of it is loaded, and the others are whole."""
    things(Resource("others", data_selector="data", paginator=BY_NUMBER), write_disposition="replace")
    tiny_api.answer("/things", numbered(PAGES[:1]))
    tiny_api.answer("/others", numbered(PAGES))
    loading = pipeline()
    sdk.run("acme", pipeline=loading.pipeline, in_flight=1)
    tiny_api.answer("/things", numbered(PAGES, lambda number: tiny_api.reply(None, 500) if number == 3 else None))
    tiny_api.answer("/others", numbered([*PAGES, [{"id": 99}]]))

    with pytest.raises(IncompleteError) as caught:
        sdk.run("acme", pipeline=loading.pipeline, in_flight=1)

    assert [one.resource for one in caught.value.report.failures] == ["things"]
    assert loading.rows("things", "id") == EVERYTHING[:3]
    assert loading.rows("others", "id") == [*EVERYTHING, 99]
    assert {one.resource: one.rows for one in caught.value.report.resources} == {"things": 0, "others": 16}


@pytest.mark.parametrize("commit_records", [1, 250_000])
def test_one_bad_parent_costs_only_itself(tiny_api, acme, pipeline, no_waiting, commit_records):
    """Its children stand among the skips and are asked for by the next run; no skip that was meant, in no commit."""
    acme(
        Resource("things", data_selector="data", columns=columns(bigint="id")),
        PARTS,
    )
    tiny_api.lists("/things", [{"id": one} for one in (1, 2, 3)])
    for thing in (2, 3):
        tiny_api.lists(f"/things/{thing}/parts", [{"id": 10}])
    tiny_api.says("/things/1/parts", tiny_api.reply({"code": "down"}, 500))
    loading = pipeline()

    with pytest.raises(IncompleteError) as caught:
        sdk.run("acme", pipeline=loading.pipeline, commit_records=commit_records, in_flight=1)

    assert caught.value.report.skips == ()
    assert loading.rows("parts", "_things_id") == [2, 3]
    skipped = loading.rows("_sdk_skips", "resource", "request", "status", "reason")
    reason = "failed: GET /things/1/parts answered 500 (down); the API fails; run again later"
    assert skipped == [("parts", "GET /things/1/parts", 500, reason)]
    tiny_api.lists("/things/1/parts", [{"id": 10}])
    sdk.run("acme", pipeline=loading.pipeline)
    assert loading.rows("parts", "_things_id") == [1, 2, 3]
    assert loading.rows("_sdk_skips", "resource") == []


def test_a_parent_that_names_nothing_costs_only_itself(tiny_api, acme, pipeline):
    """A record without what the path needs; the run fails as long as that is so, and reads all else."""
    acme(
        Resource("things", data_selector="data", columns=columns(bigint="id", text="code")),
        Resource("parts", path="/things/{things.code}/parts", data_selector="data", include_from_parent=("code",)),
    )
    tiny_api.lists("/things", [{"id": 1, "code": "a"}, {"id": 2, "code": None}, {"id": 3, "code": "c"}])
    for code in "abc":
        tiny_api.lists(f"/things/{code}/parts", [{"id": 10}])
    loading = pipeline()

    for _ in range(2):
        with pytest.raises(IncompleteError) as caught:
            sdk.run("acme", pipeline=loading.pipeline)
        assert [one.resource for one in caught.value.report.failures] == ["parts"]
        assert loading.rows("parts", "_things_code") == ["a", "c"]

    tiny_api.lists("/things", [{"id": 1, "code": "a"}, {"id": 2, "code": "b"}, {"id": 3, "code": "c"}])
    sdk.run("acme", pipeline=loading.pipeline)
    assert loading.rows("parts", "_things_code") == ["a", "b", "c"]


def test_wrong_credentials_end_the_run(tiny_api, things, pipeline):
    """Nobody else would fare better: one request, and nothing is loaded."""
    things(Resource("others", data_selector="data"))
    for path in ("/things", "/others"):
        tiny_api.says(path, tiny_api.reply(None, 401))
    loading = pipeline()

    with pytest.raises(sdk.ResponseError):
        sdk.run("acme", pipeline=loading.pipeline)

    assert len(tiny_api.asked) == 1
    assert loading.tables() == []


def test_being_told_to_go_away_ends_the_run(tiny_api, things, pipeline, clock):
    """What came before is committed, and nothing more is asked, by the next run neither, until the time has come."""
    things()
    late = tiny_api.reply(None, 429, headers={"Retry-After": "86400"})
    tiny_api.answer("/things", numbered(PAGES, lambda number: late if number == 3 else None))
    loading = pipeline()

    with pytest.raises(IncompleteError, match="wait 86400 s"):
        sdk.run("acme", pipeline=loading.pipeline, in_flight=1, clock=clock)
    assert loading.rows("things", "id") == EVERYTHING[:6]
    with pytest.raises(sdk.RateLimitError, match="run again after"):
        sdk.run("acme", pipeline=loading.pipeline, in_flight=1, clock=clock)

    assert numbers(tiny_api) == [1, 2, 3]
    assert kept(loading)["left"] == ["things"]


@pytest.mark.parametrize("given", [{"commit_records": 0}, {"commit_minutes": 0}])
def test_commits_of_nothing(tiny_api, things, given):
    """A run that commits before it has read anything would never end."""
    things()
    with pytest.raises(sdk.SettingError, match="above 0"):
        sdk.run("acme", **given)


@pytest.mark.parametrize("refresh", ["drop_data", "drop_resources", "drop_sources"])
def test_a_pipeline_that_drops_what_was_there(tiny_api, things, pipeline, refresh):
    """It does so once, with the first commit of a run, and not again with each of them."""
    things()
    tiny_api.answer("/things", numbered([[{"id": 1}]]))
    loading = pipeline()
    sdk.run("acme", pipeline=loading.pipeline)
    tiny_api.answer("/things", numbered(PAGES))
    loading.pipeline.refresh = refresh

    report = sdk.run("acme", pipeline=loading.pipeline, commit_records=3, in_flight=1)

    assert report.commits > 1
    assert loading.rows("things", "id") == EVERYTHING
    assert loading.pipeline.refresh == refresh


def test_windows_go_on(tiny_api, acme, pipeline, monkeypatch):
    """Windows that were read are not read again."""
    window = sdk.TimeWindow(
        start_param="since", end_param="until", step=timedelta(days=1), initial_value=datetime(2026, 1, 1, tzinfo=UTC)
    )
    acme(
        Resource("things", data_selector="data", window=window, incremental=sdk.Incremental("at")),
    )

    def answer(asked: Any) -> Any:
        since = asked.query["since"]
        return {"data": [{"id": since[8:10], "at": since}], "next": None}

    tiny_api.answer("/things", answer)
    loading, again = pipeline(), pipeline()

    def noon() -> datetime:
        return datetime(2026, 1, 7, tzinfo=UTC)

    with monkeypatch.context() as inside:
        interrupt(inside, loading, after=1)
        with pytest.raises(Interruption):
            sdk.run("acme", pipeline=loading.pipeline, commit_records=3, in_flight=1, clock=noon)
    first = [one.query["since"][:10] for one in tiny_api.asked]
    assert first == [f"2026-01-0{day}" for day in (1, 2, 3)]

    sdk.run("acme", pipeline=again.pipeline, in_flight=1, clock=noon)

    assert again.rows("things", "id") == [f"0{day}" for day in range(1, 7)]
    second = [one.query["since"][:10] for one in tiny_api.asked[3:]]
    # Then what is new since then, with the overlap.
    assert second[:3] == [f"2026-01-0{day}" for day in (4, 5, 6)]
    assert second[3] == "2026-01-05"
