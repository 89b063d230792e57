"""Reading one partition: what a page means, when it is skipped, and what an interval does that holds too much."""

from __future__ import annotations

import json
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from sdk import (
    CapStatus,
    CapTotal,
    CapValue,
    CursorPaginator,
    Each,
    EmptyPage,
    Incremental,
    PageNumberPaginator,
    Resource,
    SinglePagePaginator,
    TimeWindow,
    Total,
    hookimpl,
)
from sdk.client import Client
from sdk.connector import Connector
from sdk.errors import ExpansionError, PaginationLoopError, ReadError, ResponseError, SelectionError
from sdk.messages import LAST_PAGE, Interval, Partition
from sdk.paginators import NextLinkPaginator
from sdk.plugins import Hooks
from sdk.reader import Reader
from sdk.skips import Skip

START, END = datetime(2026, 1, 1, tzinfo=UTC), datetime(2026, 1, 9, tzinfo=UTC)

Read = Callable[..., list[Any]]


@pytest.fixture
def reader(tiny_api) -> Callable[..., Reader]:
    """Return a function that builds a reader of resources of the tiny API."""

    def build(*resources: Resource, plugins: tuple[object, ...] = (), **facts: Any) -> Reader:
        facts = {"base_url": tiny_api.url, "paginator": NextLinkPaginator(), **facts}
        connector, hooks = Connector("acme", resources=resources, **facts), Hooks.of(*plugins)
        return Reader(connector, hooks, Client(connector, hooks))

    return build


@pytest.fixture
def read(reader) -> Read:
    """Return a function that reads all of the one resource `things` and returns its batches."""

    def everything(*, plugins: tuple[object, ...] = (), **facts: Any) -> list[Any]:
        one = reader(things(**facts), plugins=plugins)
        return [
            batch for whole in one.partitioner.whole(one.connector.resource("things")) for batch in one.batches(whole)
        ]

    return everything


def things(**facts: Any) -> Resource:
    """Return the resource `things`, whose records are at `data`."""
    return Resource("things", **{"data_selector": "data", **facts})


def page(*found: Any, following: str | None = None) -> dict[str, Any]:
    """Return a page's body."""
    return {"data": list(found), "next": following}


# --- what a page means


def test_pages_one_by_one(tiny_api, reader):
    """A page is asked for when the one before it was taken."""
    tiny_api.lists("/things", [{"id": 1}], [], [{"id": 2}])
    one = reader(things())
    [whole] = one.partitioner.whole(one.connector.resource("things"))
    batches = one.batches(whole)
    assert tiny_api.targets == []

    assert next(batches) == [{"id": 1}]
    assert tiny_api.targets == ["/things"]

    assert list(batches) == [[], [{"id": 2}]]
    tally = one.tallies.of("things")
    assert (tally.pages, tally.requests, tally.retries, tally.skips) == (3, 3, 0, 0)


def test_a_selector_that_finds_nothing_is_an_error(tiny_api, read):
    """A renamed list must not look like an empty one; keys are named, values never."""
    tiny_api.says("/things", {"items": [{"id": "hunter2"}], "meta": {}})

    with pytest.raises(SelectionError) as caught:
        read()

    assert str(caught.value) == (
        "acme.things: data_selector 'data' not found in the body; its keys are 'items', 'meta'"
    )
    assert (caught.value.connector, caught.value.resource, caught.value.request) == ("acme", "things", "GET /things")


def test_an_error_in_a_successful_body(tiny_api, read):
    """200 with an error where the list should be, on a later page: not the end of the list."""
    tiny_api.says("/things", page({"id": 1}, following="/things?page=2"), {"message": "overloaded"})

    with pytest.raises(
        SelectionError, match=r"^acme\.things: data_selector 'data' not found .* are 'message'$"
    ) as caught:
        read()

    assert caught.value.request == "GET /things?page=2"


@pytest.mark.parametrize("selected", [[], None])
def test_an_empty_list_is_an_empty_page(tiny_api, read, selected):
    """The list is there and holds nothing, which some APIs write as null."""
    tiny_api.says("/things", {"data": selected, "next": None})

    assert read() == [[]]


@pytest.mark.parametrize(
    ("record", "problem"),
    [
        ({"name": "x"}, "1 of 2 records of a page have no 'id', which is the primary key"),
        ({"id": None}, "1 of 2 records of a page have no 'id', which is the primary key"),
        (None, "record 2 of 2 is null where an object was expected"),
        ("x", "record 2 of 2 is text where an object was expected"),
        ([{"id": 2}], "record 2 of 2 is a list where an object was expected"),
    ],
)
def test_what_is_no_record_is_an_error(tiny_api, read, record, problem):
    """A row that cannot be told from others, or that is none, stops the reading at its page."""
    tiny_api.says("/things", page({"id": 1}, record))

    with pytest.raises(ReadError) as caught:
        read()

    assert str(caught.value) == f"acme.things: {problem}"


def test_every_field_of_the_key_is_needed(tiny_api, read):
    """A key of two fields tells records apart only with both."""
    tiny_api.says("/things", page({"kind": "a", "number": 1}, {"kind": "a"}))

    with pytest.raises(ReadError, match=r"1 of 2 records of a page have no 'number', which is the primary key$"):
        read(primary_key=["kind", "number"])


def test_records_without_a_primary_key(tiny_api, read):
    """A list that declares none takes whatever comes."""
    tiny_api.says("/things", page({"x": 1}, {}))

    assert read(primary_key=(), write_disposition="replace") == [[{"x": 1}, {}]]


def test_filter_and_map(tiny_api, read):
    """Records are dropped and changed before they are handed on; paging sees them as they came."""
    tiny_api.says(
        "/things",
        page({"id": 1}, {"id": 2}, following="/things?page=2"),
        page({"id": 3}, following="/things?page=3"),
        page({"id": 4}),
    )

    found = read(filter=lambda one: one["id"] % 2 == 0, map=lambda one: {**one, "double": 2 * one["id"]})

    assert found == [[{"id": 2, "double": 4}], [], [{"id": 4, "double": 8}]]


def test_a_filter_does_not_end_the_list(tiny_api, read):
    """A page of which nothing is kept is not the empty page that ends it."""
    pages = {"1": [{"id": 1}], "2": [{"id": 2}], "3": [{"id": 3}], "4": []}
    tiny_api.answer("/things", lambda asked: tiny_api.reply({"data": pages[asked.query["page"]]}))

    found = read(filter=lambda one: one["id"] == 3, paginator=PageNumberPaginator(end=EmptyPage()))

    assert found == [[], [], [{"id": 3}], []]


def test_a_map_may_make_the_key(tiny_api, read):
    """The key is checked on what is handed on."""
    tiny_api.says("/things", page({"name": "a"}))

    assert read(map=lambda one: {"id": one["name"].upper()}) == [[{"id": "A"}]]


def test_lifted_attributes(tiny_api, read):
    """The fields of a JSON:API record's `attributes` are its own."""
    tiny_api.says("/things", page({"id": "1", "type": "thing", "attributes": {"name": "x", "type": "y"}}))

    assert read(lift="attributes") == [[{"id": "1", "type": "thing", "name": "x", "attributes_type": "y"}]]


def test_a_single_object(tiny_api, read):
    """A resource that is one object is one record, and never a list."""
    tiny_api.says("/things", {"data": {"id": 1}})
    assert read(single=True, paginator=SinglePagePaginator()) == [[{"id": 1}]]

    tiny_api.says("/things", page({"id": 1}))
    with pytest.raises(SelectionError, match="is a list where one object was expected"):
        read(single=True, paginator=SinglePagePaginator())


def test_params_headers_and_body(tiny_api, reader):
    """What a resource declares is sent with every page; a body goes along unchanged."""
    tiny_api.answer(
        "/things",
        lambda asked: tiny_api.reply(
            page({"id": 1}) | {"after": None if "after" in json.loads(asked.body) else "x"},
        ),
    )
    one = reader(
        things(
            method="POST",
            params={"sort": "id", "expand": ["a", "b"], "none": None},
            headers={"X-Version": "3"},
            json={"query": {"open": True}},
            paginator=CursorPaginator("after", cursor_body_path="after"),
        ),
        headers={"X-Client": "tests", "X-Version": "1"},
    )

    assert (
        len(
            [batch for whole in one.partitioner.whole(one.connector.resource("things")) for batch in one.batches(whole)]
        )
        == 2
    )
    assert [asked.target for asked in tiny_api.asked] == ["/things?sort=id&expand=a&expand=b"] * 2
    assert [json.loads(asked.body) for asked in tiny_api.asked] == [
        {"query": {"open": True}},
        {"query": {"open": True}, "after": "x"},
    ]
    assert {(one.method, one.headers["x-client"], one.headers["x-version"]) for one in tiny_api.asked} == {
        ("POST", "tests", "3")
    }


# --- what a parent's record names


def partitions(one: Reader, parent: dict[str, Any]) -> list[Partition]:
    """Return the partitions of `parts` for a record of `things`."""
    resource = one.connector.resource
    return list(one.partitioner.partitions(resource("parts"), resource("things"), parent))


def test_records_carry_their_parent(tiny_api, reader):
    """The fields in the place are stamped under dlt's name, or those that are declared."""
    tiny_api.lists("/things/7/parts", [{"id": 1}])
    for fields, stamp in [
        (None, {"_things_id": 7}),
        (["id", "owner.name", "gone"], {"_things_id": 7, "_things_owner_name": "Ann", "_things_gone": None}),
        ([], {}),
    ]:
        parts = Resource("parts", path="/things/{things.id}/parts", data_selector="data", include_from_parent=fields)
        one = reader(things(), parts)
        [partition] = partitions(one, {"id": 7, "owner": {"name": "Ann"}})

        assert list(one.batches(partition)) == [[{"id": 1, **stamp}]]


@pytest.mark.parametrize(
    ("value", "path"),
    [
        ("a/b", "/things/a%2Fb/parts"),
        ("q?x=1#h", "/things/q%3Fx%3D1%23h/parts"),
        ("../../admin", "/things/..%2F..%2Fadmin/parts"),
        ("é %", "/things/%C3%A9%20%25/parts"),
        ("//evil.example.com", "/things/%2F%2Fevil.example.com/parts"),
        ("@evil.example.com", "/things/%40evil.example.com/parts"),
    ],
)
def test_a_parents_value_fills_one_segment(tiny_api, reader, value, path):
    """Whatever it holds, it leads nowhere else, and arrives as it is."""
    tiny_api.lists(path, [{"id": 1}])
    one = reader(things(), Resource("parts", path="/things/{things.id}/parts", data_selector="data"))
    [partition] = partitions(one, {"id": value})

    assert list(one.batches(partition)) == [[{"id": 1, "_things_id": value}]]
    assert tiny_api.targets == [path]


@pytest.mark.parametrize("value", [None, "", ".", "..", True, 1.5, {}, []])
def test_a_parents_value_that_fills_nothing(tiny_api, reader, value):
    """No request is better than one for `/things/None/parts`."""
    one = reader(things(), Resource("parts", path="/things/{things.id}/parts"))

    with pytest.raises(ExpansionError, match=r"^acme\.parts: "):
        partitions(one, {"id": value})

    assert tiny_api.targets == []


def test_a_hook_expands_the_path(tiny_api, reader):
    """A plugin may name several paths for one parent, or none."""

    class Halves:
        @hookimpl
        def sdk_expand_path(self, parent: dict[str, Any]) -> list[str]:
            return [f"/halves/{parent['id']}/{side}" for side in parent["sides"]]

    tiny_api.lists("/halves/1/l", [{"id": 1}])
    one = reader(
        things(),
        Resource("parts", path="/things/{things.id}/parts", data_selector="data", params={"x": Each([1, 2])}),
        plugins=(Halves(),),
    )

    assert [str(found.request).split("/", 3)[3] for found in partitions(one, {"id": 1, "sides": "lr"})] == [
        "halves/1/l?x=1",
        "halves/1/l?x=2",
        "halves/1/r?x=1",
        "halves/1/r?x=2",
    ]
    assert partitions(one, {"id": 1, "sides": ""}) == []


# --- statuses


def test_a_skip_stands_for_the_partition(tiny_api, reader):
    """A declared status on the first page: nothing is read, and that is said with code, status and request."""
    tiny_api.says("/things/7/parts", tiny_api.reply({"error": {"code": "plan_limit", "message": "No!"}}, 403))
    one = reader(things(), Resource("parts", path="/things/{things.id}/parts", skip_statuses=[403], params={"a": 1}))
    [partition] = partitions(one, {"id": 7})

    [skip] = one.batches(partition)

    assert skip == Skip(
        "parts",
        '{"_things_id": 7}',
        "GET /things/7/parts?a=1",
        403,
        "plan_limit: forbidden: no permission, or not in the account's plan",
    )
    assert skip.partition == partition
    assert one.tallies.of("parts").skips == 1


def test_a_status_that_is_not_declared_is_an_error(tiny_api, read):
    """Only what the author knows to mean "not available" is skipped."""
    tiny_api.says("/things", tiny_api.reply({}, 404))

    with pytest.raises(ResponseError) as caught:
        read(skip_statuses=[403])

    assert str(caught.value) == "acme.things: GET /things answered 404; check base_url; nothing is there"


def test_a_skip_status_on_a_later_page_is_an_error(tiny_api, read):
    """Half a list is not a list: rows were handed on, and the rest is missing."""
    tiny_api.says("/things", page({"id": 1}, following="/things?page=2"), tiny_api.reply({"code": "off"}, 403))

    with pytest.raises(ResponseError) as caught:
        read(skip_statuses=[403])

    assert (caught.value.status, caught.value.request) == (403, "GET /things?page=2")
    assert str(caught.value).startswith("acme.things: GET /things?page=2 answered 403 (off); ")


@pytest.mark.parametrize("status", [204, 404])
def test_empty_statuses_mean_no_records(tiny_api, read, status):
    """On the first page and on a later one."""
    tiny_api.says("/things", tiny_api.reply(None, status))
    assert read(empty_statuses=[status]) == []

    tiny_api.says("/things", page({"id": 1}, following="/things?page=2"), tiny_api.reply(None, status))
    assert read(empty_statuses=[status]) == [[{"id": 1}]]


def test_a_cut_off_is_a_visible_skip(tiny_api, read):
    """Where the API lists no more and nothing narrower can be asked: what came is kept, the rest is named."""
    refused = tiny_api.reply({"error": "page too deep"}, 422)
    tiny_api.says("/things", page({"id": 1}, following="/things?page=2"), refused)

    *found, skip = read(cut_off=CapStatus(422, "error", "too deep"))

    assert found == [[{"id": 1}]]
    assert (skip.status, skip.request, skip.reason) == (422, "GET /things", "the API lists no more than this")


def test_another_error_with_the_status_of_a_cut_off(tiny_api, read):
    """The status alone does not say so."""
    tiny_api.says("/things", tiny_api.reply({"error": "bad sort"}, 422))

    with pytest.raises(ResponseError, match=r"GET /things answered 422; the API does not accept this request$"):
        read(cut_off=CapStatus(422, "error", "too deep"))


# --- paging


def test_a_paginator_that_turns_in_a_circle(tiny_api, read):
    """The same question twice never ends; it is noticed before it is asked."""
    tiny_api.says(
        "/things", page({"id": 1}, following="/things?page=2"), page({"id": 2}, following="/things?page=1"),
        page({"id": 3}, following="/things?page=2"),
    )  # fmt: skip

    with pytest.raises(PaginationLoopError) as caught:
        read()

    assert str(caught.value).startswith("acme.things: paging asks 3 pages and then the same one again")
    assert tiny_api.targets == ["/things", "/things?page=2", "/things?page=1"]


def test_a_page_parameter_that_is_ignored(tiny_api, read):
    """The first page for every number: an error, not an endless list."""
    tiny_api.says("/things", page({"id": 1}, {"id": 2}))

    with pytest.raises(PaginationLoopError, match=r"^acme\.things: the same 2 records came 3 times; "):
        read(paginator=PageNumberPaginator(end=EmptyPage()))

    assert len(tiny_api.asked) == 3


def test_a_missing_link_is_an_error(tiny_api, read):
    """A key that is gone is not the null that ends the list."""
    tiny_api.says("/things", {"data": [{"id": 1}]})

    with pytest.raises(SelectionError, match=r"^acme\.things: .*'next'") as caught:
        read()

    assert caught.value.request == "GET /things"


def test_hooks_select_and_paginate(tiny_api, read):
    """A plugin's answers stand in for the declaration's, and it sees the records as they were selected."""
    seen = []

    class Own:
        @hookimpl
        def sdk_select_records(self, page: Any) -> list[dict[str, Any]]:
            return [{"id": value} for value in page.body["values"]]

        @hookimpl
        def sdk_paginate(self, page: Any, records: list[dict[str, Any]]) -> Any:
            seen.append(records)
            return page.request.with_params({"page": 2}) if page.request.param("page") is None else LAST_PAGE

    tiny_api.says("/things", {"values": [1, 2]}, {"values": [3]})

    assert read(plugins=(Own(),), filter=lambda one: one["id"] != 2) == [[{"id": 1}], [{"id": 3}]]
    assert seen == [[{"id": 1}, {"id": 2}], [{"id": 3}]]
    assert tiny_api.targets == ["/things", "/things?page=2"]


# --- intervals that hold too much

RECORDS = [{"id": number, "at": (START + timedelta(hours=number, minutes=30)).isoformat()} for number in range(192)]


def window(cap: Any, **facts: Any) -> TimeWindow:
    """Return a window with two ends."""
    return TimeWindow(start_param="since", end_param="until", cap=cap, **facts)


def within(asked: Any) -> list[dict[str, Any]]:
    """Return the records in the interval that was asked for, both ends included."""
    since, until = asked.query["since"], asked.query["until"]
    return [one for one in RECORDS if since <= one["at"].replace("+00:00", "Z") <= until]


def capped(reader: Reader, **facts: Any) -> list[Any]:
    """Return the batches of all eight days."""
    resource = reader.connector.resource("things")
    [whole] = reader.partitioner.whole(resource)
    interval = Interval(START, END)
    partition = whole.within(interval, resource.window.narrow(whole.request, interval))
    return list(reader.batches(partition, **facts))


def ids(batches: list[Any]) -> list[int]:
    """Return the ids of the records in *batches*."""
    return [one["id"] for batch in batches for one in batch]


def test_a_total_beyond_the_cap(tiny_api, reader):
    """The interval is halved until each piece is listed in full, and read oldest first."""

    def answer(asked: Any) -> Any:
        found = within(asked)
        return tiny_api.reply({"data": found[:50], "total": len(found), "next": None})

    tiny_api.answer("/things", answer)
    one = reader(things(window=window(CapTotal("total", 50))))

    found = capped(one)

    assert ids(found) == list(range(192))
    assert [len(batch) for batch in found] == [48, 48, 48, 48]
    assert [(one.query["since"][8:13], one.query["until"][8:13]) for one in tiny_api.asked] == [
        ("01T00", "09T00"),
        ("01T00", "05T00"),
        ("01T00", "03T00"),
        ("03T00", "05T00"),
        ("05T00", "09T00"),
        ("05T00", "07T00"),
        ("07T00", "09T00"),
    ]


def test_a_value_that_says_incomplete(tiny_api, reader):
    """A successful answer that admits it is cut short is not taken."""

    def answer(asked: Any) -> Any:
        found = within(asked)
        status = "timeout" if len(found) > 100 else "done"
        return tiny_api.reply({"data": found[:100], "meta": {"status": status}, "next": None})

    tiny_api.answer("/things", answer)

    found = capped(reader(things(window=window(CapValue("meta.status", "timeout")))))

    assert ids(found) == list(range(192))


def test_a_cap_that_comes_late(tiny_api, reader):
    """Page three is refused after two were handed on: nothing is lost, and nothing is doubled."""

    def answer(asked: Any) -> Any:
        number = int(asked.query.get("page", "1"))
        if number > 2:
            return tiny_api.reply({"error": {"code": "Result_Window_Too_Large"}}, 400)
        found = within(asked)
        more = f"{asked.target.split('&page')[0]}&page={number + 1}" if len(found) > 20 * number else None
        return tiny_api.reply(page(*found[20 * (number - 1) : 20 * number], following=more))

    tiny_api.answer("/things", answer)
    one = reader(things(window=window(CapStatus(400, "error.code", "result_window"))))

    found = ids(capped(one))

    assert sorted(found) == list(range(192))
    assert len(found) == len(set(found))


def test_another_error_with_the_status_of_the_cap(tiny_api, reader):
    """A query that the API does not understand is not one that asks for too much."""
    tiny_api.says("/things", tiny_api.reply({"error": "no such field"}, 400))

    with pytest.raises(ResponseError, match=r"answered 400; the API does not accept this request$"):
        capped(reader(things(window=window(CapStatus(400, "error", "too many")))))

    assert len(tiny_api.asked) == 1


@pytest.mark.parametrize("ends", ["both", "left", "right"])
def test_a_record_on_a_border(tiny_api, reader, ends):
    """Whichever end the API counts in, neighbouring pieces share their border, so it lies in one of them."""
    border = {"id": 1, "at": "2026-01-05T00:00:00Z"}

    def answer(asked: Any) -> Any:
        since, until = asked.query["since"], asked.query["until"]
        left = since < border["at"] or (since == border["at"] and ends != "right")
        right = border["at"] < until or (until == border["at"] and ends != "left")
        total = 2 if (since[8:10], until[8:10]) == ("01", "09") else 1
        return tiny_api.reply({"data": [border] if left and right else [], "total": total, "next": None})

    tiny_api.answer("/things", answer)

    assert set(ids(capped(reader(things(window=window(CapTotal("total", 1))))))) == {1}


def test_an_interval_that_cannot_be_cut_further(tiny_api, reader):
    """More in one second than the API will list: an error that names the request, not a short list."""
    tiny_api.says("/things", {"data": [{"id": 1}], "total": 99, "next": None})
    one = reader(things(window=window(CapTotal("total", 50), shortest=timedelta(days=2))))

    with pytest.raises(ReadError) as caught:
        capped(one)

    assert str(caught.value) == (
        "acme.things: the API lists only a part of what it has, and the interval cannot be cut further"
    )
    assert caught.value.request == "GET /things?since=2026-01-01T00:00:00Z&until=2026-01-03T00:00:00Z"


def test_an_open_beginning_is_cut_where_the_records_begin(tiny_api, reader):
    """Everything at once is too much: the oldest record says from where on to ask in steps."""
    cap = CapTotal("total", 100)

    def answer(asked: Any) -> Any:
        found = RECORDS if asked.query.get("range") == "all" else within(asked)
        return tiny_api.reply({"data": found[:10] if len(found) > 100 else found, "total": len(found), "next": None})

    tiny_api.answer("/things", answer)
    resource = things(
        window=window(cap, open_params={"range": "all"}, step=timedelta(days=4, minutes=15)),
        incremental=Incremental("at"),
    )
    one = reader(resource)
    [whole] = one.partitioner.whole(resource)
    interval = Interval(None, END)
    partition = whole.within(interval, resource.window.narrow(whole.request, interval))

    found = ids(list(one.batches(partition)))

    assert found == list(range(192))
    assert [one.query.get("since") for one in tiny_api.asked] == [
        None,
        "2026-01-01T00:29:59Z",
        "2026-01-05T00:44:59Z",
    ]
    assert "range" not in tiny_api.asked[1].query


def test_an_end_that_the_body_contradicts(tiny_api, read):
    """A flag that nobody declared says that more follows: the end rule is wrong, or the API is."""
    tiny_api.says("/things", {"data": [{"id": 1}], "next": None, "has_more": True})

    with pytest.raises(ReadError, match=r"^acme\.things: the list ends here by its end rule, but a flag in the body"):
        read()


@pytest.mark.parametrize("beside", [{"has_more": False}, {"more": "yes"}, {"data": [], "has_more": True}])
def test_an_end_that_nothing_contradicts(tiny_api, read, beside):
    """The flag is false, or is none, or stands beside nothing."""
    tiny_api.says("/things", {"data": [{"id": 1}], "next": None, **beside})

    assert len(read()) == 1


def test_two_records_with_one_key(tiny_api, read):
    """Different ones are an error, since a merge keeps one of them; the same twice, or nothing to merge, is none."""
    tiny_api.says("/things", {"data": [{"id": 1, "name": "a"}, {"id": "1", "name": "b"}], "next": None})

    with pytest.raises(ReadError, match=r"two different records of one page have the same 'id', which is the primary"):
        read()
    assert len(read(write_disposition="append")[0]) == 2

    tiny_api.says("/things", {"data": [{"id": 1, "name": "a"}] * 2, "next": None})
    assert len(read()[0]) == 2


@pytest.mark.parametrize("status", [400, 404, 416, 422])
def test_a_page_past_the_total(tiny_api, read, status):
    """The last page is full, so one more is asked for; that there is none is the end."""
    numbered = PageNumberPaginator(limit=2, limit_param="size", end=Total("total"))
    tiny_api.says("/things", {"data": [{"id": 1}, {"id": 2}], "total": 2}, tiny_api.reply({"message": "no"}, status))

    assert read(paginator=numbered) == [[{"id": 1}, {"id": 2}]]
    assert len(tiny_api.asked) == 2


def test_a_page_before_the_total(tiny_api, read):
    """It must be there."""
    numbered = PageNumberPaginator(limit=2, limit_param="size", end=Total("total"))
    tiny_api.says("/things", {"data": [{"id": 1}, {"id": 2}], "total": 4}, tiny_api.reply({"message": "no"}, 404))

    with pytest.raises(ResponseError, match="answered 404"):
        read(paginator=numbered)
