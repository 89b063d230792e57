"""Several requests in flight, their pages in order, and no more than somebody takes."""

from __future__ import annotations

import threading
import time
from itertools import islice
from typing import Any

import pytest

import sdk
from sdk.dialects.asking import Cursor
from sdk.dialects.pulling import Piece, Pull
from sdk.messages import Partition


def source(api: Any, count: int = 5, **facts: Any) -> Any:
    """Return the source of some posts and their comments."""
    api.says("/posts", {"data": [{"id": one} for one in range(1, count + 1)]})
    for one in range(1, count + 1):
        api.says(f"/posts/{one}/comments", {"data": [{"id": one * 10}]})
    config = {
        "client": {"base_url": api.url, "paginator": "single_page"},
        "resources": ["posts", {"name": "comments", "endpoint": "posts/{resources.posts.id}/comments"}],
    }
    return sdk.from_config(config, **facts)


def readers() -> set[str]:
    """Return the names of the threads that read."""
    return {one.name for one in threading.enumerate() if one.name.startswith("sdk-reader")}


@pytest.fixture
def slow(monkeypatch: pytest.MonkeyPatch, on_threads: None) -> None:
    """Take every answer for a slow one."""
    monkeypatch.setattr("sdk.dialects.pulling._WORTH_IT", -1.0)


@pytest.mark.usefixtures("slow")
def test_several_are_in_flight_and_come_in_order(tiny_api: Any):
    """The second and the third answer wait for one another's request."""
    both: Any = threading.Barrier(2)
    made = source(tiny_api)
    for post in (2, 3):
        tiny_api.says(f"/posts/{post}/comments", tiny_api.reply({"data": [{"id": post * 10}]}, until=both))

    found = list(made.with_resources("comments"))

    assert found == [{"id": 10}, {"id": 20}, {"id": 30}, {"id": 40}, {"id": 50}]


@pytest.mark.usefixtures("slow")
def test_nothing_is_read_ahead_of_the_first_page(tiny_api: Any):
    """Who takes one page only asks for one only."""
    tiny_api.lists("/posts", *[[{"id": one}] for one in range(9)])
    config = {"client": {"base_url": tiny_api.url, "paginator": "json_link"}, "resources": ["posts"]}

    found = list(sdk.from_config(config).add_limit(1))

    assert found == [{"id": 0}]
    assert tiny_api.targets == ["/posts"]


@pytest.mark.usefixtures("slow")
def test_a_failure_waits_for_its_turn(tiny_api: Any):
    """What came before it is handed on."""
    made = source(tiny_api)
    tiny_api.says("/posts/4/comments", tiny_api.reply({}, 403))
    comments = iter(made.with_resources("comments"))

    assert list(islice(comments, 3)) == [{"id": 10}, {"id": 20}, {"id": 30}]
    with pytest.raises(Exception, match="/posts/4/comments answered 403"):
        next(comments)


def test_one_in_flight_needs_no_thread(tiny_api: Any):
    """Requests come in order, from the thread that takes the records."""
    before = readers()
    made = source(tiny_api, in_flight=1)
    comments = iter(made.with_resources("comments"))

    next(comments)

    assert readers() == before
    assert len(list(comments)) == 4
    assert tiny_api.targets == ["/posts", *[f"/posts/{one}/comments" for one in range(1, 6)]]


@pytest.mark.usefixtures("slow")
def test_pages_are_fetched_ahead_where_a_total_numbers_them(tiny_api: Any):
    """The last two answers wait for one another's request."""
    both: Any = threading.Barrier(2)

    def answer(asked: Any) -> Any:
        number = int(asked.query["page"])
        return tiny_api.reply({"data": [{"id": number}], "total": 5}, until=both if number > 2 else None)

    tiny_api.answer("/posts", answer)
    paginator = {"type": "page_number", "base_page": 0, "total_path": "total"}
    config = {"client": {"base_url": tiny_api.url, "paginator": paginator}, "resources": ["posts"]}

    assert [one["id"] for one in sdk.from_config(config)] == [0, 1, 2, 3, 4]


@pytest.mark.parametrize("in_flight", [1, 4])
@pytest.mark.parametrize("taken", [1, 3, 6])
@pytest.mark.usefixtures("slow")
def test_what_rests_says_where_it_goes_on(tiny_api: Any, in_flight: int, taken: int):
    """Behind the page that was taken last, however many lie there; it asks nothing, and goes on when it is told to."""
    tiny_api.answer("/posts", lambda asked: {"data": [{"id": int(asked.query["page"])}], "total": 7})
    paginator = {"type": "page_number", "base_page": 0, "total_path": "total"}
    config = {"client": {"base_url": tiny_api.url, "paginator": paginator}, "resources": ["posts"]}
    reads = sdk.from_config(config, in_flight=in_flight).laying.reads["posts"]
    piece = Piece(Partition("posts", reads.asking.request(Cursor())), None)
    pull = Pull(reads.pool, reads.reader, iter([piece]), lambda _piece, _error: None)
    pages = pull.pages()

    found = [records[0]["id"] for _, records in islice(pages, taken)]
    ahead = min(taken + 4, 7) if in_flight > 1 and taken > 1 else taken
    for _ in range(1000):
        if len(tiny_api.asked) >= ahead and len(pull._open[0].pages) >= ahead - taken:
            break
        time.sleep(0.005)
    asked = len(tiny_api.asked)
    left = pull.rest()

    assert left is not None
    assert left.position is not None
    assert left.position.request.param("page") == str(taken)
    assert len(tiny_api.asked) == asked
    pull.resume()
    assert [*found, *(records[0]["id"] for _, records in pages)] == list(range(7))


def test_what_is_at_its_end_leaves_nothing(tiny_api: Any):
    """And whoever takes next sees the end."""
    tiny_api.says("/posts", {"data": [{"id": 1}]})
    config = {"client": {"base_url": tiny_api.url, "paginator": "single_page"}, "resources": ["posts"]}
    reads = sdk.from_config(config, in_flight=1).laying.reads["posts"]
    piece = Piece(Partition("posts", reads.asking.request(Cursor())), None)
    pull = Pull(reads.pool, reads.reader, iter([piece]), lambda _piece, _error: None)
    pages = pull.pages()

    assert next(pages) == (None, [{"id": 1}])
    assert pull.rest() is None
    pull.resume()
    assert list(pages) == []
