"""Offsets, moved on by what was received."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sdk.errors import PaginationLoopError
from sdk.messages import LAST_PAGE, Page, Request
from sdk.paginators import EmptyPage, HasMore, OffsetPaginator, ShortPage, Total, TotalHeader

if TYPE_CHECKING:
    from sdk.paginators import EndRule

URL = "https://api.example.com/items"


def rows(count: int) -> list[dict[str, Any]]:
    """Return so many records."""
    return [{"id": number} for number in range(count)]


def test_the_offset_advances_by_what_came() -> None:
    """A server that gives 25 of the 100 asked for is asked for the 26th next."""
    paginator = OffsetPaginator(limit=100)
    first = paginator.first_request(Request(URL))

    assert Request(URL, params={"limit": 100, "offset": 0}) == first
    assert Request(URL, params={"limit": 100, "offset": 25}) == paginator.next_request(Page(first), rows(25))
    assert paginator.next_request(Page(first), []) == LAST_PAGE


def test_names_and_body() -> None:
    """Parameters have any name, or a place in the JSON body."""
    query = OffsetPaginator(offset_param="start", limit_param="count", limit=2, offset=4)
    body = OffsetPaginator(offset_body_path="page.offset", limit_body_path="page.limit", limit=2)

    assert Request(URL, params={"count": 2, "start": 4}) == query.first_request(Request(URL))
    assert body.first_request(Request(URL, method="POST")).json == {"page": {"limit": 2, "offset": 0}}


def test_without_a_limit() -> None:
    """The page size may be left to the API."""
    assert Request(URL, params={"offset": 0}) == OffsetPaginator().first_request(Request(URL))


def test_a_flag_ends_the_list() -> None:
    """With a flag, a page is the last when the flag is false, however full it is."""
    paginator = OffsetPaginator(limit=2, end=HasMore("more"))
    first = paginator.first_request(Request(URL))

    assert paginator.next_request(Page(first, body={"more": False}), rows(2)) == LAST_PAGE
    assert paginator.next_request(Page(first, body={"more": True}), rows(1)).param("offset") == "1"


@pytest.mark.parametrize("end", [HasMore("more"), Total("total")])
def test_an_empty_page_that_is_not_the_end(end: EndRule) -> None:
    """An offset cannot pass over an empty page: that is an error, never the end."""
    paginator = OffsetPaginator(end=end)
    page = Page(paginator.first_request(Request(URL)), body={"more": True, "total": 9})

    with pytest.raises(PaginationLoopError, match="the page at offset 0 is empty, yet by end="):
        paginator.next_request(page, [])


def test_remaining_requests() -> None:
    """With a total every further offset is known, unless the page size is not the one asked for."""
    paginator = OffsetPaginator(limit=2, end=TotalHeader("X-Total") | EmptyPage())
    page = Page(paginator.first_request(Request(URL)), headers={"x-total": "5"})

    assert [request.param("offset") for request in paginator.remaining_requests(page, rows(2))] == ["2", "4"]
    page = Page(page.request, headers={"x-total": "4"})
    assert [request.param("offset") for request in paginator.remaining_requests(page, rows(2))] == ["2", "4"]
    assert paginator.remaining_requests(page, rows(1)) is None
    assert len(paginator.remaining_requests(page, rows(5))) == 0
    assert OffsetPaginator(limit=2).remaining_requests(page, rows(2)) is None


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"end": ShortPage()}, "goes by the page size"),
        ({"end": Total("pages", of="pages")}, "goes by pages"),
        ({"limit_param": "limit"}, "limit goes with"),
        ({"offset_param": "o", "offset_body_path": "o"}, "give one of offset_param and offset_body_path"),
        ({"limit": 0}, "limit must be a whole number from 1 on"),
    ],
)
def test_declaration_mistakes(options: dict[str, Any], message: str) -> None:
    """A declaration that cannot work is refused when it is built."""
    with pytest.raises(ValueError, match=message):
        OffsetPaginator(**options)


@given(
    total=st.integers(0, 60),
    sizes=st.lists(st.integers(1, 12), min_size=1),
    limit=st.integers(1, 12),
    end=st.sampled_from([EmptyPage(), HasMore("more"), Total("total")]),
)
def test_every_record_once(total: Any, sizes: list[int], limit: int, end: EndRule) -> None:
    """Even a server that changes its page size from answer to answer gives every record once, and the list ends."""
    paginator = OffsetPaginator(limit=limit, end=end)
    request, seen, asked = paginator.first_request(Request(URL)), [], 0
    while request is not LAST_PAGE:
        start = int(request.param("offset"))
        found = rows(total)[start : start + min(limit, sizes[asked % len(sizes)])]
        asked += 1
        assert asked <= total + 1
        seen += found
        page = Page(request, body={"more": start + len(found) < total, "total": total})
        request = paginator.next_request(page, found)

    assert rows(total) == seen


def read(paginator: OffsetPaginator, *pages: tuple[int, int]) -> list[str | None]:
    """Return the offsets that are asked for when *pages* are answered: how many records, and the total."""
    request, asked = paginator.first_request(Request(URL)), []
    for size, total in pages:
        asked.append(request.param("offset"))
        records = rows(size)
        answer = paginator.next_request(Page(request, body={"items": records, "total": total}), records)
        if answer is LAST_PAGE:
            return [*asked, None]
        request = answer
    return [*asked, request.param("offset")]


def test_a_total_that_is_wrong_or_falls() -> None:
    """A full page where it ends is followed by one more, and the offset moves back by what went away."""
    paginator = OffsetPaginator(limit=2, end=Total("total"))
    assert read(paginator, (2, 2), (1, 2), (0, 2)) == ["0", "2", "3", None]
    assert read(paginator, (2, 2), (0, 2)) == ["0", "2", None]
    assert read(paginator, (2, 9), (2, 9), (2, 6)) == ["0", "2", "4", "1"]
    assert read(paginator, (2, 9), (2, 9), (2, 6), (2, 6), (2, 6)) == ["0", "2", "4", "1", "3", "5"]
    assert read(paginator, (2, 9), (2, 0)) == ["0", "2", "0"]
