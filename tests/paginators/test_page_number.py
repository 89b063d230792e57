"""Page numbers, counted up by hand and against a model server."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sdk.errors import ReadError, SelectionError
from sdk.messages import LAST_PAGE, Page, Request
from sdk.paginators import EmptyPage, HasMore, NullToken, PageNumberPaginator, ShortPage, Total
from sdk.paginators.totals import BEYOND
from sdk.placeholders import Setting, fill

if TYPE_CHECKING:
    from sdk.paginators import EndRule, Paginator

URL = "https://api.example.com/items"


def rows(count: int) -> list[dict[str, Any]]:
    """Return so many records."""
    return [{"id": number} for number in range(count)]


def test_first_and_next_request() -> None:
    """The number and the limit are query parameters, beside those of the partition."""
    paginator = PageNumberPaginator(page_param="p", limit=2, limit_param="per_page")

    first = paginator.first_request(Request(URL, params={"state": "open"}))

    assert Request(URL, params={"state": "open", "per_page": 2, "p": 1}) == first
    assert Request(URL, params={"state": "open", "per_page": 2, "p": 2}) == paginator.next_request(Page(first), rows(1))
    assert paginator.next_request(Page(first), []) == LAST_PAGE


def test_numbers_in_the_body() -> None:
    """Number and limit may go into the JSON body, and stay numbers there."""
    paginator = PageNumberPaginator(page_body_path="paging.page", limit=2, limit_body_path="paging.size", base_page=0)

    first = paginator.first_request(Request(URL, method="POST", json={"query": "*"}))

    assert first.json == {"query": "*", "paging": {"size": 2, "page": 0}}
    assert paginator.next_request(Page(first), rows(2)).json == {"query": "*", "paging": {"size": 2, "page": 1}}


def test_short_page_from_zero() -> None:
    """With a short page for the end, the first page that is not full is the last."""
    paginator = PageNumberPaginator(
        base_page=0, page_param="page[number]", limit=2, limit_param="page[size]", end=ShortPage()
    )
    first = paginator.first_request(Request(URL))

    assert paginator.next_request(Page(first), rows(2)).param("page[number]") == "1"
    assert paginator.next_request(Page(first), rows(1)) == LAST_PAGE


def test_a_flag_beats_an_empty_page() -> None:
    """An empty page with more to come is passed over."""
    paginator = PageNumberPaginator(end=HasMore("more"))
    page = Page(paginator.first_request(Request(URL)), body={"more": True})

    assert Request(URL, params={"page": 2}) == paginator.next_request(page, [])


def test_total_with_a_lowered_limit() -> None:
    """Where the server gives 30 of the 100 that were asked for, the total is still reached by what came."""
    paginator = PageNumberPaginator(limit=100, limit_param="size", end=Total("total"))
    request, answers = paginator.first_request(Request(URL)), []
    for count in (30, 30, 15):
        request = paginator.next_request(Page(request, body={"total": 75}), rows(count))
        answers.append(request if request is LAST_PAGE else request.param("page"))

    assert answers == ["2", "3", LAST_PAGE]


def test_total_with_hidden_rows() -> None:
    """Where fewer came than the total says, only pages beyond tell whether the rest is hidden; a few empty ones do."""
    paginator = PageNumberPaginator(end=Total("total"))
    request, answers = paginator.first_request(Request(URL)), []
    for count in (29, 30, 14, 0, 0, 0):
        request = paginator.next_request(Page(request, body={"total": 75}), rows(count))
        answers.append(request if request is LAST_PAGE else request.param("page"))

    assert answers == ["2", "3", "4", "5", "6", LAST_PAGE]


def test_total_of_what_is_shown() -> None:
    """Where pages are filtered after the list was cut, their number says nothing: the total is met by what came."""
    paginator = PageNumberPaginator(limit=5, limit_param="size", end=Total("total"))
    request, answers = paginator.first_request(Request(URL)), []
    for count in (5, 5, 2, 0, 3):
        request = paginator.next_request(Page(request, body={"total": 15}), rows(count))
        answers.append(request if request is LAST_PAGE else request.param("page"))

    assert answers == ["2", "3", "4", "5", LAST_PAGE]


def test_total_of_pages() -> None:
    """A total of pages ends at that page, also when the list is empty and it is 0."""
    paginator = PageNumberPaginator(base_page=0, end=Total("pages", of="pages"))
    first = paginator.first_request(Request(URL))

    assert Request(URL, params={"page": 1}) == paginator.next_request(Page(first, body={"pages": 2}), [])
    assert paginator.next_request(Page(Request(URL, params={"page": 1}), body={"pages": 2}), rows(1)) == LAST_PAGE
    assert paginator.next_request(Page(first, body={"pages": 0}), []) == LAST_PAGE


def test_a_total_beside_the_number_of_pages() -> None:
    """Where the number of pages ends the list, a total of records beside it still tells that rows went away."""
    paginator = PageNumberPaginator(end=Total("pages", of="pages"))
    request = paginator.first_request(Request(URL))
    for total in (5, 4):
        request = paginator.next_request(Page(request, body={"pages": 3, "total": total}), rows(2))

    assert request.param("page") == "1"


def test_remaining_requests_of_pages() -> None:
    """With a total of pages the rest is known from the first page."""
    paginator = PageNumberPaginator(end=Total("pages", of="pages"))
    page = Page(paginator.first_request(Request(URL)), body={"pages": 3})

    assert [Request(URL, params={"page": 2}), Request(URL, params={"page": 3})] == list(
        paginator.remaining_requests(page, rows(2))
    )


@pytest.mark.parametrize(
    ("paginator", "count"),
    [
        (PageNumberPaginator(), 5),
        (PageNumberPaginator(end=Total("total")), 0),
        (PageNumberPaginator(limit=10, limit_param="size", end=Total("total")), 5),
    ],
)
def test_remaining_requests_unknown(paginator: Paginator, count: int) -> None:
    """Without a total, without records, or with a page size that is not the one asked for, nothing is foreseen."""
    page = Page(paginator.first_request(Request(URL)), body={"total": 75})

    assert paginator.remaining_requests(page, rows(count)) is None


def test_remaining_requests_cost_nothing() -> None:
    """A server that claims any number of pages fills no memory."""
    paginator = PageNumberPaginator(end=Total("pages", of="pages"))
    page = Page(paginator.first_request(Request(URL)), body={"pages": 10**18})

    assert paginator.remaining_requests(page, rows(1))[999_998].param("page") == "1000000"


def test_limit_from_a_setting() -> None:
    """The limit may be a setting; it is checked when filled in, and refused unfilled."""
    paginator = PageNumberPaginator(limit=Setting("page_size", kind="int"), limit_param="size")

    filled = fill(paginator, {"page_size": 7})

    assert Request(URL, params={"size": 7, "page": 1}) == filled.first_request(Request(URL))
    with pytest.raises(TypeError, match="setting 'page_size' has no value yet"):
        paginator.first_request(Request(URL))
    with pytest.raises(ValueError, match="limit must be a whole number from 1 on"):
        fill(paginator, {"page_size": 0})


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"end": ShortPage()}, "goes by the page size: give limit"),
        ({"end": NullToken()}, "goes by token, of which this paginator knows nothing"),
        ({"end": EmptyPage() | ShortPage()}, "goes by the page size"),
        ({"end": "empty"}, "must be an end rule"),
        ({"limit": 10}, "limit goes with"),
        ({"limit_param": "size"}, "limit goes with"),
        ({"limit": True, "limit_param": "size"}, "limit must be a whole number"),
        ({"page_param": "page", "page_body_path": "page"}, "give one of page_param and page_body_path"),
        ({"page_body_path": "a..b"}, "names joined by dots"),
        ({"base_page": "1"}, "base_page must be a whole number"),
    ],
)
def test_declaration_mistakes(options: dict[str, Any], message: str) -> None:
    """A declaration that cannot work is refused when it is built."""
    with pytest.raises(ValueError, match=message):
        PageNumberPaginator(**options)


def test_a_foreign_request_is_refused() -> None:
    """A request without the number cannot be counted up."""
    with pytest.raises(ReadError, match="no number in its parameter 'page'"):
        PageNumberPaginator().next_request(Page(Request(URL)), rows(1))


def test_a_missing_total_is_an_error() -> None:
    """A total that went missing is no end."""
    paginator = PageNumberPaginator(end=Total("total"))

    with pytest.raises(SelectionError, match="the total 'total' is absent"):
        paginator.next_request(Page(paginator.first_request(Request(URL)), body={}), rows(1))


@given(
    total=st.integers(0, 60),
    size=st.integers(1, 12),
    limit=st.integers(1, 12),
    base=st.integers(-1, 3),
    end=st.sampled_from([EmptyPage(), HasMore("more"), Total("total"), Total("pages", of="pages")]),
)
def test_every_record_once(total: Any, size: int, limit: int, base: int, end: EndRule) -> None:
    """Whatever the page size, also one lower than asked for, every record comes once and the list ends."""
    paginator = PageNumberPaginator(base_page=base, limit=limit, limit_param="size", end=end)
    size = min(size, limit)
    request, seen, sent = paginator.first_request(Request(URL)), [], []
    foreseen = None
    while request is not LAST_PAGE:
        sent.append(request)
        assert len(sent) <= total // size + 2
        start = (int(request.param("page")) - base) * size
        found = rows(total)[start : start + size]
        body = {"more": start + size < total, "total": total, "pages": -(-total // size)}
        page = Page(request, body=body)
        if len(sent) == 1:
            foreseen = paginator.remaining_requests(page, found)
        seen += found
        request = paginator.next_request(page, found)

    assert rows(total) == seen
    if foreseen is not None:
        # What is asked past the total of a single page needs no forecast.
        asked = sent[1:] if total > size else []
        assert [one.identity for one in foreseen] == [one.identity for one in asked]
        assert [BEYOND in one.state for one in foreseen] == [BEYOND in one.state for one in asked]


def read(paginator: PageNumberPaginator, *pages: tuple[list[dict[str, Any]], dict[str, Any]]) -> list[str | None]:
    """Return the page numbers that are asked for when *pages* are answered: records, and what stands beside them."""
    request, asked = paginator.first_request(Request(URL)), []
    for records, beside in pages:
        asked.append(request.param("page"))
        answer = paginator.next_request(Page(request, body={"items": records, **beside}), records)
        if answer is LAST_PAGE:
            return [*asked, None]
        request = answer
    return [*asked, request.param("page")]


BY_TOTAL = PageNumberPaginator(limit=2, limit_param="size", end=Total("total"))


def test_a_total_that_is_too_low() -> None:
    """A full page where it ends is followed by one more; an empty one, or the same again, is the end."""
    assert read(BY_TOTAL, (rows(2), {"total": 2}), (rows(1), {"total": 2})) == ["1", "2", "3"]
    assert read(BY_TOTAL, (rows(2), {"total": 2}), ([], {"total": 2})) == ["1", "2", None]
    assert read(BY_TOTAL, (rows(2), {"total": 2}), (rows(2), {"total": 2})) == ["1", "2", None]
    assert read(BY_TOTAL, (rows(1), {"total": 0}), ([], {"total": 0})) == ["1", "2", None]
    assert read(BY_TOTAL, (rows(1), {"total": 1})) == ["1", None]


def test_a_total_that_falls() -> None:
    """Rows went away, and others moved back as far: their pages are asked for again, and once only."""
    first = [(rows(2), {"total": 9})] * 3
    fallen = (rows(2), {"total": 6})
    assert read(BY_TOTAL, *first, fallen) == ["1", "2", "3", "4", "2"]
    assert read(BY_TOTAL, *first, fallen, *[fallen] * 2) == ["1", "2", "3", "4", "2", "3", "4"]
    assert read(BY_TOTAL, *first, (rows(2), {"total": 0}))[-1] == "1"
    by_empty_page = PageNumberPaginator(limit=2, limit_param="size")
    assert read(by_empty_page, *first, fallen) == ["1", "2", "3", "4", "2"]


def test_a_total_that_keeps_falling() -> None:
    """A list that melts away faster than it can be read so is an error."""
    with pytest.raises(ReadError, match="the total fell 20 times while the list was read"):
        read(BY_TOTAL, *[(rows(2), {"total": 10_000 - at}) for at in range(100)])


def test_an_empty_page_that_is_not_the_last() -> None:
    """While the body counts more than was addressed, a few more pages are asked for."""
    paginator = PageNumberPaginator(limit=2, limit_param="size")
    more, empty = (rows(2), {"total": 9}), ([], {"total": 9})
    assert read(paginator, more, empty, more) == ["1", "2", "3", "4"]
    assert read(paginator, more, empty, empty, empty, empty) == ["1", "2", "3", "4", "5", None]
    assert read(paginator, (rows(2), {"total": 2}), ([], {"total": 2})) == ["1", "2", None]
    assert read(paginator, more, ([], {"count": 9})) == ["1", "2", None]


@pytest.mark.parametrize(
    ("pages", "found"),
    [
        # It counts from 0.
        ([rows(2), rows(3), []], 3),
        ([rows(2), []], 2),
        # It is empty, and one request more is the price; or says so itself.
        ([[], []], 2),
        ([{"total": 0}], 1),
    ],
)
def test_a_base_that_nobody_has_said(pages: list[Any], found: int) -> None:
    """The page after the first tells whether it is right."""
    assert len(walked(pages)) == found


@pytest.mark.parametrize(
    ("pages", "error"),
    [
        ([[], rows(2), []], "page 0 is empty and page 1 is not, so the API counts from 1: declare base_page=1, and no"),
        ([rows(2), rows(2), rows(3)], "page 1 repeats page 0: declare base_page=1 if the API counts from there"),
    ],
)
def test_a_base_that_is_wrong(pages: list[Any], error: str) -> None:
    """A list that begins with page 1 is an error, and neither empty nor doubled."""
    with pytest.raises(ReadError, match=error):
        walked(pages)


def test_pages_are_not_foreseen_from_a_base_that_nobody_has_said() -> None:
    """The second page is looked at before others are asked for."""
    first = Page(Request(URL, params={"page": 0}), body={"pages": 3})
    end = Total("pages", of="pages")

    assert PageNumberPaginator(base_page=0, base_unsaid=True, end=end).remaining_requests(first, rows(2)) is None
    assert len(PageNumberPaginator(base_page=0, end=end).remaining_requests(first, rows(2)) or []) == 2


def walked(pages: list[Any]) -> list[Page]:
    """Return the pages that are asked for from an API that has these; one that is a body has no records."""
    paginator = PageNumberPaginator(base_page=0, base_unsaid=True)
    asked, answer = [], paginator.first_request(Request(URL))
    while answer is not LAST_PAGE:
        given = pages[int(answer.param("page") or 0)]
        asked.append(Page(answer, body=given))
        answer = paginator.next_request(asked[-1], given if isinstance(given, list) else [])
    return asked
