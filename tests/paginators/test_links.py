"""Links, in the body and in the Link header."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sdk.errors import SelectionError
from sdk.messages import LAST_PAGE, Page, Request
from sdk.paginators import HasMore, HeaderLinkPaginator, MissingToken, NextLinkPaginator, ShortPage
from sdk.paginators.links import Link, read_links

URL = "https://api.example.com/v3/items"
ROWS = [{"id": 1}]
ASKED = Request(URL, params={"q": "x", "size": "2"}, headers={"Accept": "a"})


def body(link: object) -> Page:
    """Return an answer with a link in its body."""
    return Page(ASKED, body={"next": link})


@pytest.mark.parametrize(
    ("link", "url"),
    [
        ("https://api.example.com/v3/items?page=2", "https://api.example.com/v3/items?page=2"),
        ("https://other.example.com/?page=2#top", "https://other.example.com/?page=2"),
        ("/v3/items?page=2", "https://api.example.com/v3/items?page=2"),
        ("items?page=2", "https://api.example.com/v3/items?page=2"),
        ("?page=2", "https://api.example.com/v3/items?page=2"),
        ("//api.example.com/x", "https://api.example.com/x"),
        (" /x ", "https://api.example.com/x"),
    ],
)
def test_take_url(link: Any, url: str) -> None:
    """A link is resolved against the page, and carries its own query and none of our parameters."""
    assert Request(url, headers={"Accept": "a"}) == NextLinkPaginator().next_request(body(link), ROWS)


def test_take_url_after_a_redirect() -> None:
    """A relative link is relative to where the page came from, not to what was asked."""
    page = Page(ASKED, body={"next": "more?page=2"}, url="https://api.example.com/v4/list")

    assert NextLinkPaginator().next_request(page, ROWS).url == "https://api.example.com/v4/more?page=2"


@pytest.mark.parametrize("link", ["file:///etc/passwd", "javascript:alert(1)", "http://[::1", "ftp://a/b", "a1:2"])
def test_take_url_refuses_other_schemes(link: Any) -> None:
    """What is no http(s) address is not followed, and not quoted."""
    with pytest.raises(SelectionError, match="neither a relative link nor an http") as caught:
        NextLinkPaginator().next_request(body(link), ROWS)

    assert link not in str(caught.value)


def test_take_query() -> None:
    """Host, path and parameters stay ours; those of the link replace ours, repeated ones together."""
    link = "http://internal:8080/list?page=2&size=50&tag=a&tag=b&empty="

    assert Request(
        URL,
        params=[("q", "x"), ("page", "2"), ("size", "50"), ("tag", "a"), ("tag", "b"), ("empty", "")],
        headers={"Accept": "a"},
    ) == NextLinkPaginator(take="query").next_request(body(link), ROWS)


def test_take_query_needs_one() -> None:
    """A link without a query has nothing to take."""
    with pytest.raises(SelectionError, match="has no query parameters to take; try take='url'"):
        NextLinkPaginator(take="query").next_request(body("/items/2"), ROWS)


def test_take_param() -> None:
    """The last value of the parameter is cut out and sent with our own query."""
    paginator = NextLinkPaginator(take="param", param="next")
    link = "/api/v3/search/items?query=next%3Dno&next=old&next=a8acc65%7E24"

    assert Request(URL, params={"q": "x", "size": "2", "next": "a8acc65~24"}, headers={"Accept": "a"}) == (
        paginator.next_request(body(link), ROWS)
    )
    assert paginator.next_request(body(None), ROWS) == LAST_PAGE


def test_take_param_names_what_is_there() -> None:
    """A link without the parameter is an error that names those it has, without their values."""
    with pytest.raises(SelectionError) as caught:
        NextLinkPaginator(take="param", param="next").next_request(body("/x?query=s3cret&page_size=2"), ROWS)

    assert str(caught.value) == (
        "next_url_path 'next' has no parameter 'next' with a value; its parameters are 'query', 'page_size'"
    )


def test_take_param_repeated() -> None:
    """The same token again with no records is the end."""
    paginator = NextLinkPaginator(take="param", param="c")
    page = Page(Request(URL, params={"c": "x"}), body={"next": "/items?c=x"})

    assert paginator.next_request(page, []) == LAST_PAGE
    assert Request(URL, params={"c": "x"}) == paginator.next_request(page, ROWS)


@pytest.mark.parametrize("link", [None, ""])
def test_null_ends(link: Any) -> None:
    """A null or empty link is the end."""
    assert NextLinkPaginator().next_request(body(link), ROWS) == LAST_PAGE


def test_absence() -> None:
    """An absent link is an error, unless declared to be the end."""
    page = Page(ASKED, body={"links": {"prev": None}})

    with pytest.raises(SelectionError, match="'links' is an object with the keys 'prev'"):
        NextLinkPaginator("links.next").next_request(page, ROWS)
    assert NextLinkPaginator("links.next", end=MissingToken()).next_request(page, ROWS) == LAST_PAGE


def test_more_without_a_link() -> None:
    """A flag that says more, without a link, is an error."""
    paginator = NextLinkPaginator(end=HasMore("more"))

    with pytest.raises(SelectionError, match="the end is not reached, but next_url_path 'next' is null"):
        paginator.next_request(Page(ASKED, body={"more": True, "next": None}), ROWS)


@pytest.mark.parametrize("value", [{"href": "/x"}, ["/x"], True])
def test_what_is_no_link(value: object) -> None:
    """An object is no link: the path has to lead to the text in it."""
    with pytest.raises(SelectionError, match="point it at a text"):
        NextLinkPaginator().next_request(body(value), ROWS)


def test_a_number_is_no_link() -> None:
    """A number is a cursor, not a link."""
    with pytest.raises(SelectionError, match="next_url_path 'next' is a number, not a link"):
        NextLinkPaginator().next_request(body(5), ROWS)


def test_limit_and_first_request() -> None:
    """The limit goes with the first request; the links carry it on."""
    paginator = NextLinkPaginator(limit=50, limit_param="size")

    assert Request(URL, params={"q": "x", "size": 50}) == paginator.first_request(Request(URL, params={"q": "x"}))


@pytest.mark.parametrize(
    "header",
    [
        '<https://api.example.com/x?page=2>;rel="next"',
        "<https://api.example.com/x?page=2>; rel=next",
        '<https://a/1>; rel="first", <https://api.example.com/x?page=2>; title="a, b; rel=prev"; REL="up NEXT"',
        '<https://a/1>; rel=prev,<https://api.example.com/x?page=2>; rel = "next"; foo,',
    ],
)
def test_link_header(header: str) -> None:
    """The header may hold several links, each with several relations, quoted or not, in any case."""
    page = Page(ASKED, headers={"LINK": header})

    assert Request("https://api.example.com/x?page=2", headers={"Accept": "a"}) == (
        HeaderLinkPaginator().next_request(page, ROWS)
    )


@pytest.mark.parametrize("headers", [{}, {"link": '<https://a/1>; rel="prev"'}, {"link": ""}])
def test_link_header_without_next(headers: dict[str, str]) -> None:
    """No header, or one without a next link, is the end."""
    assert HeaderLinkPaginator().next_request(Page(ASKED, headers=headers), ROWS) == LAST_PAGE


def test_link_header_take_query() -> None:
    """A link of the header can give its query only, so that our filters are sent again."""
    page = Page(ASKED, headers={"link": '<https://internal/x?page=2>;rel="next"'})

    assert Request(URL, params={"q": "x", "size": "2", "page": "2"}, headers={"Accept": "a"}) == (
        HeaderLinkPaginator(take="query").next_request(page, ROWS)
    )


@pytest.mark.parametrize("header", ["next", "<https://a/1", '<https://a/1>; rel="next', "<https://a/1> <https://a/2>"])
def test_an_unreadable_link_header(header: str) -> None:
    """A header that is no list of links is an error, since it may have held the next one."""
    with pytest.raises(SelectionError, match="'Link' is no list of links from character"):
        HeaderLinkPaginator().next_request(Page(ASKED, headers={"link": header}), ROWS)


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"take": "host"}, "take"),
        ({"take": "param"}, "take='param' and param=... go together"),
        ({"param": "next"}, "take='param' and param=... go together"),
        ({"end": ShortPage()}, "goes by the page size"),
    ],
)
def test_declaration_mistakes(options: dict[str, Any], message: str) -> None:
    """A declaration that cannot work is refused when it is built."""
    for kind in (NextLinkPaginator, HeaderLinkPaginator):
        with pytest.raises(ValueError, match=message):
            kind(**options)


@given(
    st.lists(
        st.tuples(
            st.text("abc?&=,;/:%20", min_size=1).map(str.strip).filter(bool),
            st.sets(st.sampled_from(["next", "prev", "first", "last"]), min_size=1),
        )
    )
)
def test_read_links(links: list[tuple[str, set[str]]]) -> None:
    """What is written as the standard says is read back, commas and semicolons in addresses included."""
    header = ", ".join(f'<{url}>; title="x, y"; rel="{" ".join(words)}"' for url, words in links)

    assert [Link(url, frozenset(words)) for url, words in links] == read_links(header)


@pytest.mark.parametrize(("sent", "asked"), [({}, "2"), ({"page": "4"}, "5")])
def test_a_full_page_without_a_link(sent, asked):
    """With the page's number known, the next one is asked for: the header may have been lost on the way."""
    paginator = HeaderLinkPaginator(page_param="page", limit_param="per_page", limit=len(ROWS))
    page = Page(paginator.first_request(Request("https://api.example.com/items", params=sent)), body=ROWS)

    following = paginator.next_request(page, ROWS)

    assert isinstance(following, Request)
    assert (asked, str(len(ROWS))) == (following.param("page"), following.param("per_page"))


def test_a_short_page_without_a_link_is_the_last():
    """So is an empty one; and without a page parameter a full one is."""
    numbered = HeaderLinkPaginator(page_param="page", limit_param="per_page", limit=len(ROWS) + 1)
    linked = HeaderLinkPaginator(limit_param="per_page", limit=len(ROWS))
    page = Page(Request("https://api.example.com/items"), body=ROWS)

    answers = [one.next_request(page, rows) for one, rows in ((numbered, ROWS), (numbered, []), (linked, ROWS))]
    assert answers == [LAST_PAGE] * 3
