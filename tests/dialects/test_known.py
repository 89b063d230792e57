"""What an installed connector knows of a dictionary's API: when it is asked, and what it is believed."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

import sdk
from sdk.connector import Connector
from sdk.cursors import Incremental
from sdk.dialects import Report
from sdk.dialects.asking import WHOLE
from sdk.dialects.known import FullPagePaginator, known, told
from sdk.errors import ReadError
from sdk.messages import Page, Request
from sdk.paginators import OffsetPaginator
from sdk.paginators.single_page import SinglePagePaginator
from sdk.placeholders import Each, Setting
from sdk.resource import Resource
from sdk.windows import TimeWindow

ROWS = [{"id": number} for number in range(3)]


@pytest.fixture
def acme(installed: Callable[[Connector], None]) -> None:
    """Install a connector that knows more of its API than a dictionary does."""
    resources = [
        Resource("people", path="/v2/people", params={"inactive": True, "of": Setting("of", default=None)}),
        Resource("posts", primary_key="key", paginator=OffsetPaginator(limit=3)),
        Resource("drafts", path="/posts/drafts", part_of="posts", primary_key="key"),
        Resource("comments", path="/posts/{posts.key}/comments", params={"kind": Each(["a", "b"])}),
    ]
    installed(Connector("acme", resources=resources))


def of(api: Any, *resources: Any) -> dict[str, Any]:
    """Return a dictionary of those resources."""
    return {
        "client": {"base_url": api.url},
        "resource_defaults": {"primary_key": "id"},
        "resources": [*resources],
    }


@pytest.mark.usefixtures("acme")
def test_what_a_connector_does_and_a_dictionary_does_not(tiny_api: Any):
    """Parameters that it always sends, further ways, pages and keys; versions in paths do not count."""
    comments = {"name": "comments", "endpoint": {"path": "posts/{post_id}/comments", "params": {"kind": "a"}}}
    people = {"name": "people", "endpoint": "v1/people"}
    report = Report(quiet=True)

    about = told(of(tiny_api, people, "posts", comments), report)

    missing = "the dictionary does not: rows or fields may be missing"
    assert [str(one) for one in report] == [
        "resources: the connector 'acme' reads 3 of these; see sdk describe acme",
        f"resources[0]: for 'people' the connector 'acme' sends 'inactive', reads it page by page; {missing}",
        (
            "resources[1]: for 'posts' the connector 'acme' reads it in one further way, reads it page by page, "
            f"has the key 'key' for it; {missing}, and those of 'comments'"
        ),
        f"resources[2]: for 'comments' the connector 'acme' reads it page by page; {missing}",
    ]
    assert about["posts"].full_page == ("acme", 3)
    assert {name: one.full_page for name, one in about.items() if name != "posts"} == {"people": None, "comments": None}


def test_what_a_dictionary_does_elsewhere(tiny_api: Any, installed: Callable[[Connector], None]):
    """A paginator of the client or of the defaults pages, and a parameter may stand in the path or with the cursor."""
    sent = {"a": 1, "b": 2, "c": 3}
    window, paginator = TimeWindow(start_param="since"), OffsetPaginator(limit=3)
    posts = Resource("posts", params=sent, window=window, incremental=Incremental("at"), paginator=paginator)
    installed(Connector("acme", resources=[posts], start_date=None))
    endpoint = {"path": "posts?a=1", "params": {"b": 2}, "incremental": {"cursor_path": "at", "start_param": "since"}}
    config = of(tiny_api, {"name": "posts", "endpoint": endpoint})
    paging: Any = {"type": "offset", "limit": 3}
    report = Report(quiet=True)

    about = [
        told({**config, "client": {**config["client"], "paginator": paging}}, report),
        told({**config, "resource_defaults": {"endpoint": {"paginator": paging, "params": {"c": 3}}}}, report),
    ]

    missing = "the dictionary does not: rows or fields may be missing"
    lacks = [str(one) for one in report if one.path != "resources"]
    assert lacks == [f"resources[0]: for 'posts' the connector 'acme' sends 'c'; {missing}"]
    assert [one["posts"].full_page for one in about] == [None, None]


@pytest.mark.usefixtures("acme")
def test_a_dictionary_of_another_api(tiny_api: Any):
    """Two names in common, and other paths: it is not pointed at."""
    assert list(known(of(tiny_api, {"name": "posts", "endpoint": "blog/posts"}, "people", "users"))) == []


@pytest.mark.usefixtures("acme")
def test_a_dictionary_in_dlts_words(tiny_api: Any):
    """It is read as it stands: no connector is imported for it, and none is believed."""
    tiny_api.says("/posts", {"data": ROWS})

    source = sdk.from_config(of(tiny_api, "posts"))

    assert list(source) == ROWS
    assert [one for one in source.report if one.sort == "advice"] == []


@pytest.mark.usefixtures("acme")
@pytest.mark.parametrize("shown", [{"total": 3}, {"has_more": False}, {}])
def test_a_page_that_is_as_long_as_a_page(tiny_api: Any, shown: dict[str, Any]):
    """It is an error, unless the answer says that it is all."""
    tiny_api.says("/posts", {"data": ROWS, **shown})
    posts = {"name": "posts", "endpoint": {"path": "posts", "error_handler": {}}}

    source = sdk.from_config(of(tiny_api, posts))

    if shown:
        assert list(source) == ROWS
    else:
        with pytest.raises(Exception, match="3 records came, a whole page of this list by the connector 'acme'"):
            list(source)


def test_a_full_page_of_a_parent_with_a_slash():
    """That its request remembers another URL makes it no page that follows another."""
    paginator = FullPagePaginator(SinglePagePaginator(), connector="acme", size=3)
    asked = Request("https://a.example/of/a/b", state={WHOLE: "https://a.example/of/a%2Fb"})

    with pytest.raises(ReadError, match="3 records came, a whole page of this list"):
        paginator.next_request(Page(asked, body=ROWS), ROWS)


def test_a_connector_that_is_broken(tiny_api: Any, installed: Callable[[Any], None]):
    """It hurts only who asks for it."""
    installed(Connector("acme", resources=[Resource("posts")]))
    from sdk import plugins

    with pytest.MonkeyPatch.context() as broken:
        broken.setattr(plugins, "declare", lambda _name: 1 / 0)

        assert list(known(of(tiny_api, "posts"))) == []
