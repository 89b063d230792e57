"""Gaps between what an API announces and what comes, counted while lists are read."""

from __future__ import annotations

from typing import Any

import pytest

import sdk
from sdk import (
    EmptyPage,
    HeaderLinkPaginator,
    OffsetPaginator,
    PageNumberPaginator,
    Resource,
    SinglePagePaginator,
    Total,
    columns,
    hookimpl,
)
from sdk.opening import open_connector
from sdk.reader import Reader
from sdk.tally import Gap


def things(**facts: Any) -> Resource:
    """Return a resource whose answers say a total."""
    return Resource("things", data_selector="data", **facts)


@pytest.fixture
def read(acme):
    """Return a function that reads all of one resource of `acme`, and returns its tally."""

    def reading(resource, *, plugins=(), **facts):
        acme(resource, **facts)
        reader: Reader = open_connector("acme", {}, extra_plugins=plugins).reader()
        for partition in reader.partitioner.whole(reader.connector.resource(resource.name)):
            for _ in reader.batches(partition):
                pass
        return reader.tallies.of(resource.name)

    return reading


def pages(tiny_api, total, *lists, path="/things"):
    """Lay out numbered pages, each of which says *total*."""

    def answer(asked):
        number = int(asked.query.get("page", "1"))
        found = lists[number - 1] if number <= len(lists) else []
        return tiny_api.reply({"data": [{"id": one} for one in found], "total": total})

    tiny_api.answer(path, answer)


@pytest.mark.parametrize("end", [EmptyPage(), EmptyPage() | Total("total")], ids=["a usual name", "declared"])
def test_a_total_above_what_came(tiny_api, read, end):
    """The list ends, as its rule says, and the difference is counted."""
    pages(tiny_api, 5, [1, 2], [3])

    tally = read(things(), paginator=PageNumberPaginator(end=end))

    assert (tally.rows, tally.gaps, tally.short) == (0, 2, [Gap("GET /things", 5, 3)])


def test_a_list_that_is_whole_has_no_gap(tiny_api, read):
    """Nor has one that says nothing of a total."""
    pages(tiny_api, 3, [1, 2], [3])
    assert read(things(), paginator=PageNumberPaginator()).gaps == 0

    tiny_api.lists("/things", [{"id": 1}], [{"id": 2}])
    assert read(things()).gaps == 0


def test_a_page_that_hides_the_rest(tiny_api, read):
    """An author who takes page one for all there is sees that it is not."""
    tiny_api.says("/things", {"data": [{"id": 1}], "meta": {"total_count": 40}})

    tally = read(things(), paginator=SinglePagePaginator())

    assert (tally.gaps, tally.short_lists) == (39, 1)


def test_rows_that_move_while_the_list_is_read(tiny_api, read):
    """A row that was read moves to the end and hides another: the total holds, and one row comes twice."""
    pages(tiny_api, 5, [1, 2], [3, 4], [1])

    assert read(things(), paginator=PageNumberPaginator()).short == [Gap("GET /things", 5, 4)]


def test_a_key_that_is_no_promise_tells_nothing(tiny_api, read):
    """Events that are appended may well share an id."""
    pages(tiny_api, 3, [1, 1], [1])

    assert read(things(write_disposition="append"), paginator=PageNumberPaginator()).gaps == 0


def test_what_a_filter_leaves_out_is_no_gap(tiny_api, read):
    """It came, and was left out on purpose."""
    pages(tiny_api, 3, [1, 2], [3])

    tally = read(things(filter=lambda record: record["id"] > 2), paginator=PageNumberPaginator())

    assert (tally.gaps, tally.surplus) == (0, 0)


def test_a_total_that_is_too_low(tiny_api, read):
    """More came: nothing is missing, and the total is not to be trusted."""
    pages(tiny_api, 2, [1, 2], [3])

    tally = read(things(), paginator=PageNumberPaginator())

    assert (tally.gaps, tally.surplus) == (0, 1)


def test_a_total_of_pages_is_no_total_of_records(tiny_api, read):
    """The two are never compared, whatever else the body says."""
    pages(tiny_api, 2, [1, 2], [3])

    tally = read(things(), paginator=PageNumberPaginator(end=Total("total", of="pages")))

    assert (tally.gaps, tally.surplus) == (0, 0)


def test_a_single_record_is_all_that_was_wanted(tiny_api, read):
    """Whatever it says of a total is its own."""
    tiny_api.says("/things", {"id": 1, "total": 1200})

    assert read(Resource("things", single=True), paginator=SinglePagePaginator()).gaps == 0


def test_a_plugin_that_ends_a_list_does_so_on_purpose(tiny_api, read):
    """Nothing is missing that anybody wanted."""

    class OnePage:
        @hookimpl(wrapper=True)
        def sdk_paginate(self):
            yield
            return sdk.LAST_PAGE

    pages(tiny_api, 9, [1, 2], [3])

    assert read(things(), paginator=PageNumberPaginator(), plugins=[OnePage()]).gaps == 0


def test_a_list_that_was_skipped_has_no_gap(tiny_api, read):
    """It is a skip, and said as one."""
    tiny_api.says("/things", tiny_api.reply({"total": 9}, 403))

    tally = read(things(skip_statuses=[403]))

    assert (tally.skips, tally.gaps) == (1, 0)


def test_each_list_of_a_child_counts(tiny_api, acme):
    """The sums stand in the report, with the lists that came short."""
    parts = Resource("parts", path="/things/{things.id}/parts", data_selector="data", columns=columns(bigint="id"))
    acme(things(), parts, paginator=OffsetPaginator(limit=2))
    pages(tiny_api, 2, [1, 2])
    for number, total in ((1, 3), (2, 1)):
        tiny_api.says(f"/things/{number}/parts", {"data": [{"id": 1}], "total": total}, {"data": [], "total": total})
    opened = open_connector("acme", {})
    reader = opened.reader()
    for parent in ({"id": 1}, {"id": 2}):
        for one in reader.partitioner.partitions(
            reader.connector.resource("parts"), reader.connector.resource("things"), parent
        ):
            list(reader.batches(one))

    assert reader.tallies.of("parts").short == [Gap("GET /things/1/parts", 3, 1)]


def test_a_dictionary_with_a_total(tiny_api, dlt_home, pipeline):
    """The total that a dictionary declares is compared, in whichever unit of records it is."""
    tiny_api.answer(
        "/things",
        lambda asked: tiny_api.reply(
            {"data": [{"id": 1}, {"id": 2}] if asked.query["offset"] == "0" else [], "count": 5}
        ),
    )
    paginator = {"type": "offset", "limit": 2, "total_path": "count"}
    source = sdk.from_config(
        {
            "client": {"base_url": tiny_api.url},
            "resources": [
                {"name": "things", "endpoint": {"path": "things", "data_selector": "data", "paginator": paginator}}
            ],
        }
    )

    pipeline().run(source)

    assert source.laying.tallies.of("things").short == [Gap("GET /things", 5, 2)]


def test_a_list_that_is_read_in_several_commits(tiny_api, acme, pipeline):
    """What came in the parts before counts, also where another process goes on."""
    acme(things(paginator=PageNumberPaginator(end=EmptyPage()), columns=columns(bigint="id")), in_flight=1)
    pages(tiny_api, 7, [1, 2], [3, 4], [5])

    report = sdk.run("acme", pipeline=pipeline().pipeline, commit_records=2)

    [found] = report.resources
    assert (found.rows, found.gaps, len(report.load_ids)) == (5, 2, 3)


def test_a_dictionary_that_is_read_in_several_commits(tiny_api, pipeline):
    """Its lists go on in the same way."""
    pages(tiny_api, 7, [1, 2], [3, 4], [5])
    endpoint = {"path": "things", "data_selector": "data", "paginator": {"type": "page_number", "base_page": 1}}
    config = {
        "client": {"base_url": tiny_api.url},
        "resources": [{"name": "things", "endpoint": endpoint}],
    }

    report = sdk.run_config(config, "acme", pipeline=pipeline().pipeline, commit_records=2, in_flight=1)

    [found] = report.resources
    assert (found.rows, found.gaps, len(report.load_ids)) == (5, 2, 3)


def test_links_with_a_total(tiny_api, read):
    """A list that is followed by links announces, too."""

    def answer(asked):
        first = asked.query.get("page", "1") == "1"
        headers = {"Link": f'<{tiny_api.url}/things?page=2>; rel="next"'} if first else {}
        return tiny_api.reply({"data": [{"id": 1 if first else 2}], "total": 4}, headers=headers)

    tiny_api.answer("/things", answer)

    assert read(things(), paginator=HeaderLinkPaginator()).short == [Gap("GET /things", 4, 2)]
