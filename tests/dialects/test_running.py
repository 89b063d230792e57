"""A dictionary that is run commits as it goes, loads what one uncut load does, and goes on where it stood."""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any

import dlt
import pytest
from attrs import define, field
from dlt.sources.helpers.rest_client.paginators import PageNumberPaginator

import sdk
from sdk.dialects.running import KEPT
from sdk.histories import read_reports, reports_folder

PAGES = 6
EACH = 3
IDS = list(range(1, PAGES * EACH + 1))
PARTS = [(thing, part) for thing in IDS for part in (1, 2)]


@define
class Shop:
    """An API of things, on pages of three, each with two parts; and of other things without any.

    Attributes:
        things: The records.
        broken: What answers in the place of a page, by path and number.
    """

    tiny: Any
    things: list[dict[str, Any]] = field(factory=lambda: [{"id": one, "at": f"2024-01-{one:02}"} for one in IDS])
    broken: dict[tuple[str, int], Any] = field(factory=dict)

    def lay(self) -> None:
        """Lay out the lists."""
        for path in ("/things", "/others"):
            self.tiny.answer(path, self.page)
        for one in IDS:
            self.tiny.says(f"/things/{one}/parts", {"data": [{"id": 1}, {"id": 2}]})

    def page(self, asked: Any) -> Any:
        """Return the page that is asked for."""
        number = int(asked.query["page"])
        found = self.things[(number - 1) * EACH : number * EACH]
        whole = {"data": found, "more": number * EACH < len(self.things)}
        return self.broken.get((asked.path, number), whole)

    def config(self, *resources: Any, **things: Any) -> dict[str, Any]:
        """Return the dictionary of the things, as *things* say, and of *resources*."""
        return {"client": {"base_url": self.tiny.url}, "resources": [self.list("things", **things), *resources]}

    def list(self, name: str, **facts: Any) -> dict[str, Any]:
        """Return one of the paged lists; *facts* about its endpoint are among those of the resource."""
        paginator = {"type": "page_number", "base_page": 1, "total_path": None, "has_more_path": "more"}
        own = {key: facts.pop(key) for key in ("params", "incremental", "paginator") if key in facts}
        endpoint = {"path": name, "data_selector": "data", "paginator": paginator, **own}
        return {"name": name, "primary_key": "id", "write_disposition": "merge", "endpoint": endpoint, **facts}

    @property
    def parts(self) -> dict[str, Any]:
        """The parts of the things."""
        return {
            "name": "parts",
            "primary_key": ["_things_id", "id"],
            "write_disposition": "merge",
            "include_from_parent": ["id"],
            "endpoint": {
                "path": "things/{resources.things.id}/parts",
                "data_selector": "data",
                "paginator": "single_page",
            },
        }

    def pages(self, path: str = "/things") -> list[int]:
        """Return the numbers of the pages that were asked for, in order."""
        return [int(one.query["page"]) for one in self.tiny.asked if one.path == path]


@pytest.fixture
def shop(tiny_api: Any) -> Shop:
    """Return the API."""
    made = Shop(tiny_api)
    made.lay()
    return made


@pytest.fixture
def run(pipeline: Any) -> Callable[..., Any]:
    """Return a function that runs a dictionary, with a commit after each page, into the pipeline of the test."""

    def run(config: Any, *, into: str = "loading", **how: Any) -> Any:
        return sdk.run_config(config, "acme", pipeline=pipeline(into).pipeline, **{"commit_records": 1, **how})

    return run


def held(loaded: Any) -> dict[str, list[Any]]:
    """Return the rows of all tables but those that tell of runs."""
    tables = {one: loaded.columns(one) for one in loaded.tables() if not one.startswith("_sdk")}
    return {one: loaded.rows(one, *columns) for one, columns in tables.items() if columns}


def kept(loaded: Any) -> Any:
    """Return what the source's state keeps of an interrupted run."""
    return loaded.pipeline.state["sources"]["acme"].get(KEPT)


def cursor(loaded: Any) -> Any:
    """Return what dlt keeps of the cursor of the things; the order of hashes is none."""
    found = loaded.state()["things"]["incremental"]["at"]
    return {**found, "unique_hashes": sorted(found["unique_hashes"])}


PAGINATED = {
    "zero": ("data", {"type": "page_number", "base_page": 0, "total_path": "total"}),
    "one": ("data", {"type": "page_number", "base_page": 1, "total_path": "total"}),
    "bare": ("$", {"type": "page_number", "base_page": 1, "total_path": None}),
    "offset": ("items", {"type": "offset", "limit": 5, "total_path": "total"}),
    "cursor": ("list.posts", {"type": "cursor", "cursor_path": "cursors.next", "cursor_param": "cursor"}),
    "cursor_left_out": ("data", {"type": "cursor", "cursor_path": "cursors.next", "cursor_param": "cursor"}),
    "linked": ("results", {"type": "json_link", "next_url_path": "next"}),
    "relative": ("results", {"type": "json_link", "next_url_path": "paging.next"}),
    "header_link": ("$", {"type": "header_link"}),
    "header_cursor": ("$", {"type": "header_cursor", "cursor_key": "next", "cursor_param": "cursor"}),
}


@pytest.mark.parametrize(
    ("path", "detected"), [(one, False) for one in PAGINATED] + [("linked", True), ("header_link", True)]
)
def test_what_is_committed_is_not_asked_again(twice, run, pipeline, path, detected):
    """However a list is paged: one load's tables come of one load's requests, in a commit for each two pages.

    Unless pages were read ahead; here none are.
    """
    selector, paginator = PAGINATED[path]
    endpoint = {"path": path} if detected else {"path": path, "data_selector": selector, "paginator": paginator}
    resource = {"name": "posts", "primary_key": "id", "write_disposition": "merge", "endpoint": endpoint}
    config = {"client": {"base_url": twice.api.url}, "resources": [resource]}

    whole = twice.by("whole", sdk.from_config(config))
    twice.api.tiny.forget()
    report = run(config, commit_records=6, in_flight=1)

    assert twice.requests() == whole.requests
    assert held(pipeline()) == held(pipeline("whole"))
    assert report.commits == 3
    assert kept(pipeline()) is None


def test_a_commit_holds_pages_with_all_their_children(shop, run, pipeline):
    """What is there after a failure are parents with all of their parts, and the report says what is not."""
    shop.broken["/things", 4] = shop.tiny.reply({"why": "no"}, 400)

    with pytest.raises(sdk.IncompleteError, match=r"acme: rows are missing in things: .*page=4.* answered 400") as info:
        run(shop.config(shop.parts))

    loaded = pipeline()
    there = loaded.rows("things", "id")
    assert there == IDS[: len(there)]
    assert len(there) >= EACH
    assert loaded.rows("parts", "_things_id", "id") == [one for one in PARTS if one[0] in there]
    assert [one.complete for one in info.value.report.resources] == [False, False]


@pytest.mark.usefixtures("no_waiting")
def test_the_next_run_goes_on(shop, run, pipeline):
    """It asks for the page that broke and those behind it, and not again for a list that is read whole."""
    shop.broken["/things", 4] = shop.tiny.reply({"why": "no"}, 500)
    with pytest.raises(sdk.IncompleteError):
        run(shop.config())
    assert list(dict.fromkeys(shop.pages())) == [1, 2, 3, 4]

    shop.broken.clear()
    shop.tiny.forget()
    report = run(shop.config())

    assert shop.pages() == [4, 5, 6]
    assert held(pipeline()) == {"things": [(one["id"], one["at"]) for one in shop.things]}
    assert (report.continued is not None, kept(pipeline())) == (True, None)


def test_the_run_after_that_reads_all(shop, run):
    """As any run does."""
    run(shop.config())
    shop.tiny.forget()
    run(shop.config())

    assert shop.pages() == [1, 2, 3, 4, 5, 6]


def test_another_dictionary_begins_at_its_beginning(shop, run):
    """Where the one before stood means nothing to it."""
    shop.broken["/things", 4] = shop.tiny.reply({"why": "no"}, 400)
    with pytest.raises(sdk.IncompleteError):
        run(shop.config())
    shop.broken.clear()
    shop.tiny.forget()

    run(shop.config(params={"kind": "all"}))

    assert shop.pages() == [1, 2, 3, 4, 5, 6]


def test_a_page_that_the_api_has_forgotten_begins_the_list_anew(tiny_api, run, pipeline):
    """Once, and then to its end: tokens grow old."""
    known = {"first": 1}
    broken = [True]

    def answer(asked: Any) -> Any:
        token = asked.query.get("token")
        if token is not None and token not in known:
            return tiny_api.reply({"why": "old"}, 410)
        number = 1 if token is None else known[token]
        if number == 3 and broken[0]:
            return tiny_api.reply({"why": "no"}, 400)
        name = f"{len(known)}-{number}"
        known[name] = number + 1
        return {"data": [{"id": number}], "next": name if number < 5 else None}

    tiny_api.answer("/things", answer)
    paginator = {"type": "cursor", "cursor_path": "next", "cursor_param": "token"}
    things = {
        "name": "things",
        "primary_key": "id",
        "write_disposition": "merge",
        "endpoint": {"path": "things", "data_selector": "data", "paginator": paginator},
    }
    config = {"client": {"base_url": tiny_api.url}, "resources": [things]}
    with pytest.raises(sdk.IncompleteError):
        run(config)
    broken[0] = False
    known.clear()
    tiny_api.forget()

    run(config)

    assert len(tiny_api.asked) == 1 + 5  # the one that was refused, and all
    assert pipeline().rows("things", "id") == [1, 2, 3, 4, 5]


def test_two_lists_go_on_side_by_side(shop, run, pipeline):
    """What broke goes on from where it stood; that run is over, and the other is read as in any run."""
    shop.broken["/things", 5] = shop.tiny.reply({"why": "no"}, 400)
    config = shop.config(shop.list("others"))
    with pytest.raises(sdk.IncompleteError, match="rows are missing in things: "):
        run(config)
    assert pipeline().rows("others", "id") == IDS
    shop.broken.clear()
    shop.tiny.forget()

    run(config)

    assert (shop.pages(), shop.pages("/others")) == ([5, 6], [1, 2, 3, 4, 5, 6])
    assert pipeline().rows("things", "id") == IDS


def test_after_a_run_that_ended_what_it_had_read_whole_is_read_again(shop, run):
    """Also when it had been committed long before another list broke, or before nobody was let in any more."""
    single = {"path": "short", "data_selector": "data", "paginator": "single_page"}
    short = {"name": "short", "primary_key": "id", "write_disposition": "merge", "endpoint": single}
    shop.tiny.says("/short", {"data": [{"id": 1}]})
    config = shop.config(short)
    for status in (400, 401):
        shop.broken["/things", 5] = shop.tiny.reply({"why": "no"}, status)
        with pytest.raises(sdk.SDKError, match=f"answered {status}"):
            run(config, in_flight=1)
        shop.broken.clear()
        shop.tiny.forget()

        run(config, in_flight=1)

        assert (shop.pages(), len([one for one in shop.tiny.asked if one.path == "/short"])) == ([5, 6], 1)


def test_a_bad_list_costs_only_itself(shop, run, pipeline):
    """The other is there, with a report that says what is missing; nothing of the bad one is."""
    shop.broken["/things", 1] = shop.tiny.reply({"why": "no"}, 400)

    with pytest.raises(sdk.IncompleteError) as info:
        run(shop.config(shop.parts, shop.list("others")))

    assert [one.resource for one in info.value.report.failures] == ["things"]
    assert {one.resource: one.complete for one in info.value.report.resources} == {"things": False, "others": True}
    assert held(pipeline()) == {"others": [(one["id"], one["at"]) for one in shop.things]}


def test_a_bad_child_costs_its_parents_list(shop, run, pipeline):
    """A part of a list would pass for all of it."""
    shop.tiny.says("/things/1/parts", shop.tiny.reply({"why": "no"}, 400))

    with pytest.raises(sdk.IncompleteError, match="rows are missing in parts: "):
        run(shop.config(shop.parts, shop.list("others")))

    assert set(held(pipeline())) == {"others"}


def test_wrong_credentials_end_the_run(shop, run, pipeline):
    """Nothing else would fare better."""
    shop.broken["/others", 3] = shop.tiny.reply({"why": "no"}, 401)

    with pytest.raises(sdk.ResponseError, match="answered 401"):
        run(shop.config(shop.list("others")))

    assert pipeline().rows("others", "id") == IDS[: 2 * EACH]


def test_all_that_fails_is_the_error_itself(shop, run):
    """Where there is nothing that could be loaded without it."""
    shop.broken["/things", 1] = shop.tiny.reply({"why": "no"}, 400)

    with pytest.raises(sdk.ResponseError, match=r"things.* answered 400"):
        run(shop.config())


def test_what_is_replaced_is_read_at_once(shop, run, pipeline):
    """With its children, while the list beside it is committed page by page; and rows that are gone go."""
    config = shop.config(shop.parts, shop.list("others"), write_disposition="replace")

    first = run(config, commit_records=8)
    assert (pipeline().rows("things", "id"), first.commits > 1) == (IDS, True)
    shop.things = shop.things[: 4 * EACH]
    run(config, commit_records=8)

    assert pipeline().rows("things", "id") == IDS[: 4 * EACH]
    assert pipeline().rows("others", "id") == IDS


class _Own(PageNumberPaginator):
    """A paginator of the user's, which keeps what it knows in itself."""


@pytest.mark.parametrize(
    "facts",
    [
        {"write_disposition": "replace"},
        {"write_disposition": {"disposition": "merge", "strategy": "scd2"}},
        {"write_disposition": {"disposition": "merge", "strategy": "delete-insert", "deduplicated": True}},
        {"merge_key": "at"},
        {"columns": {"at": {"dedup_sort": "desc"}}},
        {"columns": {"gone": {"hard_delete": True}}},
        {"schema_contract": {"columns": "freeze"}},
        {"table_name": lambda row: f"things_{row['id'] % 2}"},
        {"parallelized": True},
        {"paginator": _Own(base_page=1, total_path=None)},
        {"incremental": {"cursor_path": "id", "initial_value": 0, "last_value_func": lambda values: max(values)}},  # noqa: PLW0108 - a function of the user's
    ],
    ids=lambda facts: f"{next(iter(facts))}-{next(iter(facts.values()))!r:.20}",
)
def test_what_parts_do_not_add_up_to_is_never_split(shop, run, pipeline, facts):
    """One commit, with all rows."""
    report = run(shop.config(**facts))

    assert (report.commits, report.rows) == (1, len(IDS))
    assert sum(len(rows) for rows in held(pipeline()).values()) == len(IDS)


@pytest.mark.parametrize(
    "facts",
    [
        {"write_disposition": "append"},
        {"write_disposition": {"disposition": "merge", "strategy": "upsert"}},
        {"columns": {"at": {"data_type": "text"}}},
        {"processing_steps": [{"filter": lambda row: row["id"] > 0}, {"map": lambda row: {**row, "more": 1}}]},
        {"paginator": {"type": "page_number", "base_page": 1, "total_path": None}},
    ],
    ids=lambda facts: next(iter(facts)),
)
def test_all_else_is_split(shop, run, pipeline, facts):
    """With all rows, each once."""
    report = run(shop.config(**facts), commit_records=8)

    assert report.commits > 1
    assert pipeline().rows("things", "id") == IDS


def test_what_is_replaced_is_read_again_after_an_interrupted_load(shop, run, pipeline, monkeypatch):
    """It may stand in its table twice: dlt empties the table once, and loads again what it had not put away."""
    config = shop.config(shop.list("others", write_disposition="replace"))
    run(config, in_flight=1)
    loading = pipeline().pipeline

    def interrupted(*_given: Any, **_named: Any) -> Any:
        raise KeyboardInterrupt

    with monkeypatch.context() as inside:
        inside.setattr(loading, "load", interrupted)
        with pytest.raises(KeyboardInterrupt):
            sdk.run_config(config, "acme", pipeline=loading, commit_records=1, in_flight=1)
    before = len(shop.pages("/others"))
    assert set(kept(pipeline())["left"]) == {"things"}

    run(config, in_flight=1)

    assert shop.pages("/others")[before:] == [1, 2, 3, 4, 5, 6]
    assert pipeline().rows("others", "id") == IDS


def test_lists_that_share_a_replaced_table_are_loaded_together(shop, run, pipeline):
    """Or the later one would take the earlier one's rows away."""
    other = shop.list("others", write_disposition="replace", table_name="things", primary_key=None)
    report = run(shop.config(other, write_disposition="replace", primary_key=None))

    assert (report.commits, pipeline().rows("things", "id")) == (1, sorted(IDS * 2))


def test_a_child_of_several_parents_is_read_at_once(shop, run, pipeline):
    """It reads them for itself, each record once, and is not left in between."""
    for path in ("/a/things", "/b/things"):
        shop.tiny.answer(path, shop.page)
    lists = [
        {**shop.list(name), "endpoint": {**shop.list(name)["endpoint"], "path": f"{name}/things"}} for name in "ab"
    ]
    parts = {"name": "parts", "write_disposition": "append"}
    parts["endpoint"] = {"path": "things/{thing_id}/parts", "data_selector": "data", "paginator": "single_page"}

    report = run({"client": {"base_url": shop.tiny.url}, "resources": [*lists, parts]}, commit_records=8)

    assert report.commits > 1
    assert pipeline().rows("parts", "_things_id", "id") == PARTS


def test_a_load_of_ones_own_is_not_touched_by_what_a_run_left(shop, run, pipeline):
    """It reads everything from where the cursor was, and ends as if there had been no run."""
    shuffled(shop)
    config = shop.config(incremental=AT)
    whole, loaded = pipeline("whole"), pipeline()
    whole.run(sdk.from_config(config, "acme"))
    shop.broken["/things", 5] = shop.tiny.reply({"why": "no"}, 400)
    with pytest.raises(sdk.IncompleteError):
        run(config)
    shop.broken.clear()

    loaded.run(sdk.from_config(config, "acme"))

    assert (held(loaded), cursor(loaded)) == (held(whole), cursor(whole))


def test_a_resource_of_dlts_own_is_loaded_once(shop, run, pipeline):
    """In the first commit, with what of the dictionary hangs on it."""
    asked = []

    @dlt.resource(name="own", primary_key="id", write_disposition="append")
    def own() -> Any:
        asked.append("own")
        yield [{"id": 1}, {"id": 2}]

    child = {**shop.parts, "name": "own_parts", "include_from_parent": [], "primary_key": None}
    child = {**child, "write_disposition": "append", "endpoint": {**child["endpoint"]}}
    child["endpoint"]["path"] = "things/{resources.own.id}/parts"

    report = run(shop.config(own(), child))

    assert (asked, report.commits) == (["own"], PAGES)
    assert pipeline().rows("own", "id") == [1, 2]
    assert pipeline().rows("own_parts", "id") == [1, 1, 2, 2]


def test_a_parent_that_is_not_selected_is_left_and_gone_on_with(shop, run, pipeline):
    """Its children are what is loaded."""
    report = run(shop.config(shop.parts), resources=["parts"])

    assert report.commits > 1
    assert pipeline().rows("parts", "_things_id", "id") == PARTS
    assert set(held(pipeline())) == {"parts"}


AT = {"cursor_path": "at", "initial_value": "2024-01-03", "start_param": "since"}


def shuffled(shop: Shop) -> None:
    """Let the latest things come on the second page and on the fifth, and those before the cursor anywhere."""
    order = [5, 1, 9, 18, 2, 7, 3, 4, 6, 8, 10, 11, 12, 17, 13, 14, 15, 16]
    shop.things = [{"id": one, "at": f"2024-01-{min(one, 17):02}"} for one in order]


@pytest.mark.parametrize("disposition", ["merge", "append"])
def test_a_cursor_ends_as_in_one_load(shop, run, pipeline, disposition):
    """Every part begins where the run did, and the furthest part counts, with all rows at its end."""
    shuffled(shop)
    config = shop.config(incremental=AT, write_disposition=disposition)
    whole = pipeline("whole")
    whole.run(sdk.from_config(config, "acme"))

    report = run(config, commit_records=6)

    loaded = pipeline()
    assert report.commits == PAGES // 2
    assert {one.query["since"] for one in shop.tiny.asked} == {"2024-01-03"}
    assert cursor(loaded) == cursor(whole)
    assert held(loaded) == held(whole)

    shop.things.append({"id": 19, "at": "2024-01-17"})
    shop.things[0]["at"] = "2024-01-20"
    whole.run(sdk.from_config(config, "acme"))
    run(config)
    assert cursor(loaded) == cursor(whole)
    assert held(loaded) == held(whole)


@pytest.mark.usefixtures("no_waiting")
def test_a_cursor_stays_where_it_was_while_its_list_is_not_over(shop, run, pipeline):
    """Or the parts that are missing would be passed over; it moves when the last of them is there."""
    shuffled(shop)
    config = shop.config(incremental=AT)
    loaded = pipeline()
    shop.things = [one for one in shop.things if one["at"] < "2024-01-08"]
    run(config)
    before = cursor(loaded)
    assert before["last_value"] == "2024-01-07"

    shuffled(shop)
    shop.broken["/things", 5] = shop.tiny.reply({"why": "no"}, 500)
    shop.tiny.forget()
    with pytest.raises(sdk.IncompleteError):
        run(config)
    assert cursor(loaded) == before
    assert list(dict.fromkeys(shop.pages())) == [1, 2, 3, 4, 5]

    shop.broken.clear()
    shop.tiny.forget()
    run(config)
    # What is new since then is asked for at once.
    assert shop.pages() == [5, 6, 1, 2, 3, 4, 5, 6]
    assert [one.query["since"] for one in shop.tiny.asked] == ["2024-01-07"] * 2 + ["2024-01-17"] * 6
    assert cursor(loaded)["last_value"] == "2024-01-17"
    assert loaded.rows("things", "id") == [one for one in IDS if one >= 3]


def test_a_childs_cursor_is_kept_back_too(shop, run, pipeline):
    """One that every parent's children move: the parts behind are compared with where the run began."""
    for one in IDS:
        records = [{"id": 1, "at": f"2024-02-{28 - one:02}"}, {"id": 2, "at": "2024-02-28"}]
        shop.tiny.says(f"/things/{one}/parts", {"data": records})
    parts = shop.parts
    parts["endpoint"]["incremental"] = {"cursor_path": "at", "initial_value": "2024-01-01"}
    config = shop.config(parts)
    whole = pipeline("whole")
    whole.run(sdk.from_config(config, "acme"))

    report = run(config)

    loaded = pipeline()
    assert report.commits > 1
    assert loaded.rows("parts", "_things_id", "id") == PARTS
    found, right = (one.state()["parts"]["incremental"]["at"] for one in (loaded, whole))
    assert (found["last_value"], set(found["unique_hashes"])) == (right["last_value"], set(right["unique_hashes"]))


def test_two_parents_records_of_one_key_are_told_across_commits(shop, run):
    """A merge would keep one of them, whichever commit it came in."""
    for one in IDS:
        shop.tiny.says(f"/things/{one}/parts", {"data": [{"id": one % 17, "of": one}]})
    parts = {**shop.parts, "primary_key": "id", "include_from_parent": []}

    with pytest.raises(sdk.IncompleteError, match="different records of two parents have the same 'id'"):
        run(shop.config(parts))


def test_no_secret_is_kept(shop, run, pipeline):
    """Neither of the dictionary nor of the API, and what goes on sends it all the same."""
    secret = "s3cret-of-the-account"
    config = shop.config(params={"api_key": secret, "kind": "all"})
    shop.broken["/things", 4] = shop.tiny.reply({"why": "no"}, 400)
    with pytest.raises(sdk.IncompleteError):
        run(config)
    state = json.dumps(pipeline().pipeline.state, default=str)
    assert KEPT in state
    assert secret not in state
    shop.broken.clear()
    shop.tiny.forget()

    run(config)

    assert [one.query for one in shop.tiny.asked] == [
        {"api_key": secret, "kind": "all", "page": str(page)} for page in (4, 5, 6)
    ]


def test_what_is_kept_is_whose_dictionary_it_is_whatever_its_secrets_are(shop, run):
    """A new key goes on where the old one stood."""
    shop.broken["/things", 4] = shop.tiny.reply({"why": "no"}, 400)
    with pytest.raises(sdk.IncompleteError):
        run(shop.config(params={"api_key": "the-old-key"}))
    shop.broken.clear()
    shop.tiny.forget()

    run(shop.config(params={"api_key": "another-key"}))

    assert [(one.query["page"], one.query["api_key"]) for one in shop.tiny.asked] == [
        (str(page), "another-key") for page in (4, 5, 6)
    ]


def test_what_is_left_and_broken_for_good_keeps_nothing_else_from_being_read(shop, run, pipeline):
    """It is asked for once more with all else, from its beginning, and told again."""
    shop.broken["/things", 4] = shop.tiny.reply({"why": "no"}, 400)
    config = shop.config(shop.list("others"))
    with pytest.raises(sdk.IncompleteError):
        run(config)
    shop.things[0]["at"] = "2024-02-01"

    with pytest.raises(sdk.IncompleteError) as info:
        run(config)

    assert [one.resource for one in info.value.report.failures] == ["things"]
    assert pipeline().rows("others", "id", "at")[0] == (1, "2024-02-01")
    assert kept(pipeline())["left"].keys() == {"things"}


def test_a_pipeline_that_drops_what_it_loaded_is_refused(shop, pipeline):
    """Each commit would drop the one before."""
    loaded = pipeline().pipeline
    loaded.refresh = "drop_data"

    with pytest.raises(sdk.SettingError, match="refresh='drop_data', and each commit would drop what the one before"):
        sdk.run_config(shop.config(), "acme", pipeline=loaded)


def test_the_report_counts_all_commits(shop, run, pipeline):
    """What is returned, the file beside the state, and the rows of `_sdk_runs`."""
    report = run(shop.config(shop.parts))

    loaded = pipeline()
    counted = {one.resource: (one.rows, one.requests, one.complete) for one in report.resources}
    assert counted == {"things": (len(IDS), PAGES, True), "parts": (len(PARTS), len(IDS), True)}
    assert read_reports(reports_folder(loaded.pipeline.working_dir)) == [report]
    names = ("run_id", "resource", "status", "rows", "commits")
    assert loaded.rows("_sdk_runs", *names) == [
        (report.run_id, "parts", "complete", len(PARTS), report.commits),
        (report.run_id, "things", "complete", len(IDS), report.commits),
    ]


@pytest.mark.parametrize(
    ("how", "words"),
    [
        ({"resources": ["thongs"]}, "acme has no resource 'thongs'; its resources are things"),
        ({"commit_records": 0}, "commit_records=0 and commit_minutes=5.0 must both be above 0"),
    ],
)
def test_what_cannot_be_run_is_an_error(shop, run, how, words):
    """Before anything is asked."""
    with pytest.raises(sdk.SettingError, match=words):
        run(shop.config(), **how)
    assert shop.tiny.asked == []
