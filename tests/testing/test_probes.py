"""Probes ask for the page before the first and the page after the last, where a number addresses the pages."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, TypeAlias

import pytest

from sdk.opening import open_connector
from sdk.paginators import (
    CursorPaginator,
    NextLinkPaginator,
    OffsetPaginator,
    PageNumberPaginator,
    ShortPage,
    SinglePagePaginator,
)
from sdk.resource import Resource
from sdk.testing.probes import AFTER, BEFORE, SECOND, Probe, Probed, ask, probes
from sdk.testing.sampling import Sample, SampleSize, sample

SETTINGS: dict[str, Any] = {"overrides": [], "start_date": "2020-01-01"}
Planned: TypeAlias = Callable[..., list[tuple[str, str]]]


@pytest.fixture
def listed(tiny_api: Any, acme: Any) -> Callable[..., Sample]:
    """Return a function that samples a list of six records, which the API counts as the paginator does."""

    def take(paginator: Any, *, pages: int = 9, records: int = 6, **facts: Any) -> Sample:
        acme(Resource("planets", data_selector="data", paginator=paginator, **facts))

        def answer(asked: Any) -> Any:
            size = int(asked.query.get("limit", 2))
            begin = int(asked.query.get("offset", size * (int(asked.query.get("page", 1)) - 1)))
            found = [{"id": at} for at in range(records)][max(begin, 0) : max(begin + size, 0)]
            more = f"/planets?page={begin // size + 2}" if begin + size < records else None
            return tiny_api.reply({"data": found, "next": more})

        tiny_api.answer("/planets", answer)
        return sample("acme", "planets", SETTINGS, size=SampleSize(pages=pages))

    return take


@pytest.fixture
def planned(listed: Any) -> Planned:
    """Return a function that says which numbers would be asked beside a list, under which parameter."""

    def plan(paginator: Any, name: str = "page", **facts: Any) -> list[tuple[str, str]]:
        return [(one.kind, one.request.param(name)) for one in probes(listed(paginator, **facts), paginator)]

    return plan


def test_beside_pages(planned):
    """Page 0 and the page after the last: the one that was empty, or short."""
    assert planned(PageNumberPaginator()) == [(BEFORE, "0"), (AFTER, "5")]
    assert planned(PageNumberPaginator(limit_param="limit", limit=4, end=ShortPage())) == [(BEFORE, "0"), (AFTER, "3")]
    assert planned(PageNumberPaginator(base_page=2)) == [(BEFORE, "1"), (AFTER, "5")]


def test_never_below_zero(planned):
    """Before page 0 and offset 0 there is nothing to ask."""
    assert planned(PageNumberPaginator(base_page=0), records=1) == [(AFTER, "1")]
    assert planned(OffsetPaginator(limit=2, end=ShortPage()), "offset", records=5) == [(AFTER, "5")]


def test_beside_offsets(planned):
    """One page before the first record, and from the last record on; not the request again that ended the list."""
    assert planned(OffsetPaginator(limit=2, offset=3, end=ShortPage()), "offset") == [(BEFORE, "1"), (AFTER, "6")]
    assert planned(OffsetPaginator(limit=4, offset=1), "offset") == [(BEFORE, "0")]


def test_a_list_that_was_cut(planned):
    """What follows it is no news."""
    assert planned(PageNumberPaginator(), pages=2) == [(BEFORE, "0")]


def test_links_that_count(planned):
    """A number in the links is found by its counting; before the API's own first page nothing is asked."""
    assert planned(NextLinkPaginator("next")) == [(AFTER, "4")]


def test_a_number_in_the_body(listed, tiny_api):
    """A search is asked beside its pages too."""
    paginator = PageNumberPaginator(page_body_path="paging.page")

    found = probes(listed(paginator, method="POST", records=0), paginator)

    assert [(one.kind, one.request.json) for one in found] == [
        (BEFORE, {"paging": {"page": 0}}),
        (AFTER, {"paging": {"page": 2}}),
    ]


def test_cursors_have_no_neighbours(tiny_api, acme):
    """Not even where they are numbers that count."""
    paginator = CursorPaginator("next", cursor_param="after")
    acme(Resource("planets", data_selector="data", paginator=paginator))
    tiny_api.says("/planets", *({"data": [{"id": at}], "next": at} for at in (1, 2, 3)), {"data": [], "next": None})

    found = sample("acme", "planets", SETTINGS, size=SampleSize(pages=9))

    assert len(found.pages) == 4
    assert probes(found, paginator) == ()


def test_a_second_page_of_one(listed):
    """A list that is declared to be one page is asked for a second, by page and by offset; a short one is not."""
    single = SinglePagePaginator()

    found = probes(listed(single, params={"limit": "5"}), single)

    assert [(one.kind, dict(one.request.params)) for one in found] == [
        (SECOND, {"limit": "5", "page": "2"}),
        (SECOND, {"limit": "5", "offset": "5"}),
    ]
    assert probes(listed(single, params={"limit": "4"}), single) == ()


def test_only_the_first_list(tiny_api, acme):
    """Of the children of many parents, those of the first are asked beside."""
    paginator = PageNumberPaginator(base_page=0, end=ShortPage(), limit=2, limit_param="limit")
    moons = Resource("moons", path="/planets/{planets.id}/moons", data_selector="data", paginator=paginator)
    acme("planets", moons)
    tiny_api.lists("/planets", [{"id": 1}, {"id": 2}])
    for planet in (1, 2):
        tiny_api.says(f"/planets/{planet}/moons", {"data": [{"id": 10}]})

    [found] = probes(sample("acme", "moons", SETTINGS), paginator)

    assert (found.kind, str(found.request)) == (AFTER, f"GET {tiny_api.url}/planets/1/moons?limit=2&page=1")


def test_nothing_was_read():
    """Beside no list there is nothing."""
    assert probes(Sample("planets", [], [], [], {}), PageNumberPaginator()) == ()


@pytest.mark.parametrize(
    ("body", "status", "found"),
    [
        ({"data": [{"id": 1}]}, 200, (200, [{"id": 1}])),
        ({"items": [{"id": 1}]}, 200, (200, [])),
        ([1], 200, (200, [])),
        ({"code": "no_such_page"}, 404, (404, [])),
        ({}, 500, (500, [])),
        (b"<html>", 200, (200, [])),
        (b"", 302, (302, [])),
    ],
)
@pytest.mark.usefixtures("no_waiting")
def test_whatever_is_answered_is_an_answer(tiny_api, acme, body, status, found):
    """A probe fails nothing: what is no page has no records."""
    acme("planets")
    tiny_api.says("/planets", tiny_api.reply(body, status))
    reader = open_connector("acme", SETTINGS).reader()
    planets = reader.connector.resource("planets")
    request = next(reader.partitioner.whole(planets)).request

    try:
        assert ask(reader, planets, Probe(BEFORE, request)) == Probed(BEFORE, request, *found)
    finally:
        reader.client.close()
