"""Paging found out from the first answer."""

from __future__ import annotations

from typing import Any

import pytest

from sdk.errors import ReadError, SelectionError
from sdk.messages import LAST_PAGE, Page, Request
from sdk.paginators import AutoPaginator

URL = "https://api.example.com/items"
NEXT = "https://api.example.com/items?page=2"
ROWS = [{"id": 1}, {"id": 2}]


def page(
    body: object = None, *, state: dict[str, Any] | None = None, params: dict[str, str] | None = None, **headers: str
) -> Page:
    """Return an answer."""
    return Page(Request(URL, state=state or {}, params=params or {}), body=body, headers=headers)


def link(path: str) -> dict[str, Any]:
    """Return the state that remembers a link."""
    return {"paging_style": {"follows": "link", "path": path}}


HEADER = {"paging_style": {"follows": "header", "path": ""}}


def test_link_header() -> None:
    """A Link header is followed before anything in the body."""
    found = page({"next": "https://api.example.com/else?x=1"}, Link=f'<{NEXT}>; rel="next"')

    assert Request(NEXT, state=HEADER) == AutoPaginator().next_request(found, ROWS)


@pytest.mark.parametrize(
    ("body", "path"),
    [
        ({"next": NEXT}, "next"),
        ({"next_url": "/items?page=2"}, "next_url"),
        ({"links": {"next": NEXT}}, "links.next"),
        ({"links": {"next": {"href": NEXT}}}, "links.next.href"),
        ({"_links": {"next": {"href": "?page=2"}}}, "_links.next.href"),
        ({"paging": {"next": NEXT}}, "paging.next"),
        ({"pagination": {"nextPageUrl": NEXT}}, "pagination.nextPageUrl"),
        ({"meta": {"pagination": {"next_link": NEXT}}}, "meta.pagination.next_link"),
        ({"@odata.nextLink": NEXT}, "['@odata.nextLink']"),
    ],
)
def test_links_in_the_body(body: Any, path: str) -> None:
    """A link under a usual name is followed, and where it was found is remembered."""
    assert Request(NEXT, state=link(path)) == AutoPaginator().next_request(page({"data": ROWS, **body}), ROWS)


@pytest.mark.parametrize(
    ("state", "body"),
    [
        (HEADER, {"next": NEXT}),
        (link("next"), {"next": None}),
        (link("next"), {"data": ROWS}),
        (link("links.next"), {"links": {"prev": NEXT}}),
        (link("links.next.href"), {"links": {}}),
        (link("meta.next"), {}),
    ],
)
def test_the_style_of_page_one_holds(state: dict[str, Any], body: Any) -> None:
    """On later pages only what page one showed counts, and its absence is the end."""
    rows = [] if body == {} else ROWS

    assert AutoPaginator().next_request(page(body, state=state), rows) == LAST_PAGE


def test_a_later_page_of_another_kind() -> None:
    """A later page with records that lacks all around the link, or flags more without it, is an error."""
    with pytest.raises(SelectionError, match=r"'meta.next', which led here, is gone with all around it"):
        AutoPaginator().next_request(page({"data": ROWS}, state=link("meta.next")), ROWS)
    with pytest.raises(SelectionError, match=r"a flag in the body says that more follows"):
        AutoPaginator().next_request(page({"meta": {"has_more": True}}, state=link("meta.next")), ROWS)


def test_a_cursor_with_a_visible_parameter() -> None:
    """A cursor is followed when the request already shows the one parameter that it belongs in."""
    found = page({"meta": {"next_cursor": "b"}}, params={"cursor": "*"})

    answer = AutoPaginator().next_request(found, ROWS)

    state = {"paging_style": {"follows": "cursor", "path": "meta.next_cursor", "param": "cursor"}}
    assert Request(URL, params={"cursor": "b"}, state=state) == answer
    assert AutoPaginator().next_request(Page(answer, body={"meta": {"next_cursor": None}}), ROWS) == LAST_PAGE


@pytest.mark.parametrize(
    ("body", "rows"),
    [
        ({"has_more": False}, ROWS),
        ({"meta": {"isLast": True}}, ROWS),
        ({"next": None, "prev": None}, ROWS),
        ({"links": {"next": ""}}, ROWS),
        ({"total": 2}, ROWS),
        ({"meta": {"total_pages": 1}}, ROWS),
        ({"@odata.count": 2}, ROWS),
        ({"data": []}, []),
        ([], []),
        ({"total": 0}, []),
    ],
)
def test_proofs(body: Any, rows: list[Any]) -> None:
    """A flag, a null next, a total that equals the records, and no records prove that page one is all."""
    assert AutoPaginator().next_request(page(body), rows) == LAST_PAGE


@pytest.mark.parametrize("headers", [{"X-Total-Count": "2"}, {"Link": '<https://a/1>; rel="first"'}])
def test_proofs_in_headers(headers: dict[str, str]) -> None:
    """A total in a header, or a Link header without a next page, prove it too."""
    assert AutoPaginator().next_request(page(ROWS, **headers), ROWS) == LAST_PAGE


@pytest.mark.parametrize(
    ("body", "headers"),
    [
        (ROWS, {}),
        ({"data": ROWS}, {}),
        ({"data": ROWS, "count": 2}, {}),
        ({"data": ROWS, "after": None}, {}),
        ({"data": ROWS, "has_more": True}, {}),
        ({"data": ROWS, "next_cursor": "x"}, {}),
        ({"data": ROWS, "next": "L2E="}, {}),
        ({"data": ROWS, "next_page": 2}, {}),
        ({"data": ROWS, "total": 3}, {}),
        ({"data": ROWS, "next": None, "total": 3}, {}),
        ({"data": ROWS, "total": 2, "has_more": True}, {}),
        ({"data": ROWS, "last_page": 4}, {}),
        (ROWS, {"X-Total": "3"}),
        (ROWS, {"X-Next-Page": "2"}),
        (ROWS, {"Link": '<https://a/1>; rel="canonical"'}),
    ],
)
def test_no_proof(body: Any, headers: dict[str, str]) -> None:
    """Anything less, or anything that says more, is an error: page one is never taken for all in silence."""
    with pytest.raises(ReadError, match=r"cannot tell whether page one with 2 records is all"):
        AutoPaginator().next_request(page(body, **headers), ROWS)


def test_an_empty_page_that_is_not_all() -> None:
    """No records prove nothing when something else says that more follows."""
    with pytest.raises(ReadError, match=r"page one with 0 records"):
        AutoPaginator().next_request(page({"data": [], "total": 3}), [])


def test_the_error_says_what_was_seen() -> None:
    """The error names keys and headers, no values, and what to declare."""
    found = page({"data": ROWS, "next_cursor": "s3cret"}, **{"X-Page": "1", "Date": "today"})

    with pytest.raises(ReadError) as caught:
        AutoPaginator().next_request(found, ROWS)

    assert str(caught.value) == (
        "cannot tell whether page one with 2 records is all: the body is an object with the keys 'data', "
        "'next_cursor', headers that look like paging: 'X-Page'; "
        "declare CursorPaginator('next_cursor', cursor_param=...)"
    )
