"""Tokens and links that are left out: the end of a list, or a page that is not one."""

from __future__ import annotations

from typing import Any

import pytest
from dlt.sources.helpers.rest_client.paginators import JSONResponseCursorPaginator

import sdk

ROWS = [{"id": number} for number in range(1, 11)]
CURSOR = {"type": "cursor", "cursor_path": "next", "cursor_param": "after"}


def lay(api: Any, path: str, rows: list[Any], **last: Any) -> None:
    """Lay out a list in pages of five; the last one has no key for the next, and what *last* says."""

    def answer(asked: Any) -> Any:
        begin = int(asked.query.get("after", 0))
        more = begin + 5 < len(rows)
        return api.reply({"data": rows[begin : begin + 5], **({"next": str(begin + 5)} if more else last)})

    api.answer(path, answer)


def source(api: Any, paginator: Any) -> Any:
    """Return the source of one list."""
    endpoint = {"path": "list", "data_selector": "data", "paginator": paginator}
    return sdk.from_config({"client": {"base_url": api.url}, "resources": [{"name": "list", "endpoint": endpoint}]})


def noted(made: Any) -> list[str]:
    """Return the notes on a source."""
    return [str(one) for one in made.report.notes]


def test_left_out_of_a_full_page(tiny_api: Any):
    """That is how most lists end, and the size of a page may divide the total: it is the last, and that is told."""
    lay(tiny_api, "/list", ROWS)
    made = source(tiny_api, CURSOR)

    assert list(made) == ROWS
    assert noted(made) == [
        (
            "resources[0].endpoint.paginator: 'next' is left out of a full page, and nothing else says whether more "
            "follows; it was taken for the last one (declare has_more_path if there is a flag)"
        )
    ]


def test_a_link_that_is_left_out_of_a_full_page(tiny_api: Any):
    """As a token."""

    def answer(asked: Any) -> Any:
        begin = int(asked.query.get("from", 0))
        link = {"next": f"{tiny_api.url}/list?from={begin + 5}"} if begin + 5 < len(ROWS) else {}
        return tiny_api.reply({"data": ROWS[begin : begin + 5], **link})

    tiny_api.answer("/list", answer)
    made = source(tiny_api, {"type": "json_link", "next_url_path": "next"})

    assert list(made) == ROWS
    assert len(noted(made)) == 1


@pytest.mark.parametrize(
    ("rows", "last"),
    [
        (ROWS[:8], {}),
        (ROWS[:5], {}),
        (ROWS, {"next": None}),
        (ROWS, {"total": len(ROWS)}),
        (ROWS, {"has_more": False}),
    ],
)
def test_the_end(tiny_api: Any, rows: list[Any], last: Any):
    """A page that is not full says so, or a single one, a null, a total that is reached, a flag."""
    lay(tiny_api, "/list", rows, **last)
    made = source(tiny_api, CURSOR)

    assert list(made) == rows
    assert noted(made) == []


def test_dlts_own_paginator(tiny_api: Any):
    """An instance of dlt's ends as dlt's does."""
    lay(tiny_api, "/list", ROWS)

    assert list(source(tiny_api, JSONResponseCursorPaginator("next", "after"))) == ROWS


@pytest.mark.parametrize("last", [{"has_more": True}, {"total": 25}, {"next_cursor": "10"}])
def test_left_out_where_more_follows(tiny_api: Any, last: Any):
    """A flag, a total or a token under another name says that the list goes on."""
    lay(tiny_api, "/list", ROWS[:8], **last)

    with pytest.raises(Exception, match="the body says that more follows"):
        list(source(tiny_api, CURSOR))


def children(api: Any, *lists: tuple[list[Any], dict[str, Any]]) -> Any:
    """Return the source of some lists of one endpoint: the rows of each, and what its last page says."""
    api.says("/parents", {"data": [{"id": number} for number in range(len(lists))]})
    for number, (rows, last) in enumerate(lists):
        lay(api, f"/parents/{number}/list", rows, **last)
    child = {"path": "parents/{resources.parents.id}/list", "data_selector": "data", "paginator": CURSOR}
    parents = {"path": "parents", "data_selector": "data", "paginator": "single_page"}
    resources = [{"name": "parents", "endpoint": parents}, {"name": "list", "endpoint": child}]
    return sdk.from_config({"client": {"base_url": api.url}, "resources": resources}, in_flight=1)


@pytest.mark.parametrize("first", [(ROWS[:8], {}), ([], {"next": None})])
def test_other_lists_of_the_endpoint(tiny_api: Any, first: Any):
    """Where one ended without the key on a page that was not full, a full one may end so; an empty one says nothing."""
    made = children(tiny_api, first, (ROWS, {}))

    assert list(made.resources["list"]) == [*first[0], *ROWS]
    assert len(noted(made)) == (0 if first[0] else 1)


def test_other_lists_that_end_otherwise(tiny_api: Any):
    """Where they have the key in the end, and nothing in it, a full page that lost it is none to end with."""
    made = children(tiny_api, (ROWS[:8], {"next": None}), (ROWS, {}))

    with pytest.raises(Exception, match="'next' is left out of a full page, and other lists of the endpoint have an"):
        list(made.resources["list"])


@pytest.mark.parametrize("total", [8, 25])
def test_a_link_where_a_token_is_declared(tiny_api: Any, total: int):
    """It is followed, and what came by links counts: the page without one is the last if the total is reached."""

    def answer(asked: Any) -> Any:
        begin = int(asked.query.get("from", 0))
        link = {"next": f"/list?from={begin + 3}"} if begin + 3 < 8 else {}
        return tiny_api.reply({"data": ROWS[begin : min(begin + 3, 8)], "total": total, **link})

    tiny_api.answer("/list", answer)
    made = source(tiny_api, CURSOR)

    if total == 8:
        assert list(made) == ROWS[:8]
    else:
        with pytest.raises(Exception, match="the body says that more follows"):
            list(made)
