"""Cursors, in the body and in a header."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sdk.errors import SelectionError
from sdk.messages import LAST_PAGE, Page, Request
from sdk.paginators import (
    CursorPaginator,
    EmptyPage,
    HasMore,
    HeaderCursorPaginator,
    MissingToken,
    ShortPage,
    Total,
)

URL = "https://api.example.com/items"
ROWS = [{"id": 1}]


def page(body: object, **params: str) -> Page:
    """Return an answer."""
    return Page(Request(URL, params=params), body=body)


@pytest.mark.parametrize(
    ("value", "sent"), [("1_0", "1_0"), ("a b+c/=", "a b+c/="), (10, "10"), (Decimal(2**70), str(2**70))]
)
def test_the_token_is_opaque(value: object, sent: object) -> None:
    """It is sent as its text, and never evaluated."""
    paginator = CursorPaginator("meta.after", cursor_param="page[cursor]")

    assert Request(URL, params={"q": "x", "page[cursor]": sent}) == paginator.next_request(
        page({"meta": {"after": value}}, q="x"), ROWS
    )


@pytest.mark.parametrize(("value", "sent"), [("x", "x"), (10, 10), (Decimal(2**70), str(2**70))])
def test_the_token_in_the_body(value: object, sent: object) -> None:
    """In a JSON body it goes back as it came."""
    paginator = CursorPaginator("next", cursor_body_path="page.cursor", limit=5, limit_body_path="page.limit")
    first = paginator.first_request(Request(URL, method="POST", json={"q": "*"}))

    answer = paginator.next_request(Page(first, body={"next": value}), ROWS)

    assert {"q": "*", "page": {"limit": 5, "cursor": sent}} == answer.json


@pytest.mark.parametrize("value", [None, ""])
def test_null_ends(value: object) -> None:
    """A token that is null or empty ends the list, full page or not."""
    assert CursorPaginator("next", cursor_param="c").next_request(page({"next": value}), ROWS) == LAST_PAGE


def test_an_absent_token_is_an_error() -> None:
    """A renamed key is found out: the error names what is there."""
    paginator = CursorPaginator("meta.page.after", cursor_param="c")

    with pytest.raises(SelectionError) as caught:
        paginator.next_request(page({"data": ["s3cret"], "meta": {"page": {"cursor": "s3cret"}}}), ROWS)

    assert str(caught.value) == (
        "cursor_path 'meta.page.after' not found; 'meta.page' is an object with the keys 'cursor'; "
        "declare end=MissingToken() if the API leaves it out on the last page"
    )


def test_an_empty_page_goes_on() -> None:
    """An empty page with a token is not the end, unless the rule says so."""
    default = CursorPaginator("next", cursor_param="c")
    lenient = CursorPaginator("next", cursor_param="c", end=MissingToken() | EmptyPage())

    assert Request(URL, params={"c": "x"}) == default.next_request(page({"next": "x"}), [])
    assert lenient.next_request(page({"next": "x"}), []) == LAST_PAGE
    assert lenient.next_request(page({"data": []}), ROWS) == LAST_PAGE


def test_a_repeated_token_ends_only_an_empty_page() -> None:
    """With no records it is the end; with records the request is the same again, which the reader refuses."""
    paginator = CursorPaginator("next", cursor_param="c")

    assert paginator.next_request(page({"next": "x"}, c="x"), []) == LAST_PAGE
    assert Request(URL, params={"c": "x"}) == paginator.next_request(page({"next": "x"}, c="x"), ROWS)


def test_a_flag_and_its_token() -> None:
    """The flag decides: false ends whatever the token, true without a token is an error, true repeated is no end."""
    paginator = CursorPaginator("next", cursor_param="c", end=HasMore("more"))

    assert paginator.next_request(page({"more": False, "next": "x"}), ROWS) == LAST_PAGE
    assert Request(URL, params={"c": "x"}) == paginator.next_request(page({"more": True, "next": "x"}, c="x"), [])
    with pytest.raises(SelectionError, match="the end is not reached, but cursor_path 'next' is not there"):
        paginator.next_request(page({"more": True}), ROWS)
    with pytest.raises(SelectionError, match="the end is not reached, but cursor_path 'next' is null"):
        paginator.next_request(page({"more": True, "next": None}), ROWS)


@pytest.mark.parametrize("value", [False, ["a"], {"after": "x"}])
def test_what_is_no_token(value: object) -> None:
    """A boolean, a list and an object are no tokens."""
    with pytest.raises(SelectionError, match="point it at a text or a number"):
        CursorPaginator("next", cursor_param="c").next_request(page({"next": value}), ROWS)


def test_a_path_with_a_filter() -> None:
    """A JSONPath that finds one value is followed, one that finds several different ones is not."""
    paginator = CursorPaginator("links[*].after", cursor_param="c")

    assert Request(URL, params={"c": "x"}) == paginator.next_request(page({"links": [{"after": "x"}]}), ROWS)
    with pytest.raises(SelectionError, match="finds 2 different values"):
        paginator.next_request(page({"links": [{"after": "x"}, {"after": "y"}]}), ROWS)


def test_header_cursor() -> None:
    """The token comes from a header in any case, and its absence is the end."""
    paginator = HeaderCursorPaginator("X-Next", cursor_param="c")
    request = Request(URL)

    assert Request(URL, params={"c": "x"}) == paginator.next_request(Page(request, headers={"x-next": "x"}), ROWS)
    assert paginator.next_request(Page(request), ROWS) == LAST_PAGE
    assert paginator.next_request(Page(request, headers={"X-Next": ""}), ROWS) == LAST_PAGE


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({}, "give one of cursor_param and cursor_body_path"),
        ({"cursor_param": "c", "cursor_body_path": "c"}, "give one of"),
        ({"cursor_param": ""}, "cursor_param must be a text"),
        ({"cursor_param": "c", "end": ShortPage()}, "goes by the page size"),
        ({"cursor_param": "c", "end": Total("total")}, "goes by records"),
    ],
)
def test_declaration_mistakes(options: dict[str, Any], message: str) -> None:
    """A declaration that cannot work is refused when it is built."""
    with pytest.raises(ValueError, match=message):
        CursorPaginator("next", **options)
    with pytest.raises(ValueError, match=message):
        HeaderCursorPaginator("next", **options)


@given(sizes=st.lists(st.integers(0, 4), min_size=1, max_size=20), repeats=st.booleans())
def test_every_record_once(*, sizes: list[int], repeats: bool) -> None:
    """Whatever the pages hold, empty ones among them, every record comes once and the list ends."""
    paginator = CursorPaginator("next", cursor_param="c")
    request, seen, asked = paginator.first_request(Request(URL)), [], 0
    while request is not LAST_PAGE:
        asked += 1
        at = int(request.param("c") or 0)
        # Some APIs give the cursor of an empty last page again instead of a null.
        over = at >= len(sizes)
        found = [] if over else [(at, number) for number in range(sizes[at])]
        assert asked <= len(sizes) + 1
        seen += found
        following = (str(at) if repeats else None) if over else str(at + 1)
        request = paginator.next_request(Page(request, body={"next": following}), found)

    assert [(at, number) for at, size in enumerate(sizes) for number in range(size)] == seen
