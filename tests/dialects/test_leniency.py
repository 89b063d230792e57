"""What an answer shows where a dictionary leaves it open, and what is lost by nobody."""

from __future__ import annotations

import json
from typing import Any

import pytest

import sdk
from sdk.dialects.leniency import Learned, SizedPaginator, WatchfulPaginator
from sdk.dialects.paging import CountingPaginator
from sdk.errors import ReadError
from sdk.messages import LAST_PAGE, Page, Request

ROWS = [{"id": number} for number in range(1, 12)]


def pages(api: Any, path: str, *, base: int, strict: bool = False, total: str = "", **names: Any) -> None:
    """Lay out a list in pages of five, which counts from *base*; lenient with a page before it unless *strict*."""

    def answer(asked: Any) -> Any:
        number = int(asked.query.get("page", base))
        if number < base and strict:
            return api.reply({"code": "bad_page"}, 400)
        begin = (max(number, base) - base) * 5
        found = ROWS[begin : begin + 5] if number >= base or not names.get("empty") else []
        return api.reply({"data": found, **({total: 3} if total else {})})

    api.answer(path, answer)


def source(api: Any, paginator: Any = None, **endpoint: Any) -> Any:
    """Return the source of one list."""
    asked = {"path": "list", **({"paginator": paginator} if paginator is not None else {}), **endpoint}
    config = {"client": {"base_url": api.url}, "resources": [{"name": "list", "primary_key": "id", "endpoint": asked}]}
    return sdk.from_config(config, in_flight=1)


def guesses(made: Any) -> list[str]:
    """Return what was guessed."""
    return [f"{one.found}; {one.taken}" for one in made.report.notes if one.sort == "guessed"]


PAGE_NUMBER = {"type": "page_number", "total_path": None}


@pytest.mark.parametrize(
    ("facts", "asked", "told"),
    [
        ({"base": 0}, ["0", "1", "2", "3"], []),
        ({"base": 1, "empty": True}, ["0", "1", "2", "3", "4"], ["page 0 is empty; page 1 was asked, too"]),
        ({"base": 1}, ["0", "1", "2", "3", "4"], ["page 1 repeats page 0; it was left out"]),
        ({"base": 1, "strict": True}, ["0", "1", "2", "3", "4"], ["page 0 answered 400; page 1 was asked, too"]),
    ],
)
def test_where_pages_begin(tiny_api: Any, facts: Any, asked: list[str], told: list[str]):
    """All records come once, wherever the API counts from; dlt begins with page 0 and believes what it gets."""
    pages(tiny_api, "/list", **facts)

    made = source(tiny_api, PAGE_NUMBER)

    assert list(made) == ROWS
    assert [one.query["page"] for one in tiny_api.asked] == asked
    assert guesses(made) == told


def test_a_declared_first_page_is_believed(tiny_api: Any):
    """An empty page 0 is the end where 0 was declared."""
    pages(tiny_api, "/list", base=1, empty=True)

    assert list(source(tiny_api, {**PAGE_NUMBER, "base_page": 0})) == []
    assert len(tiny_api.asked) == 1


def test_pages_that_were_found(tiny_api: Any):
    """An API with a number of pages that counts from 1: dlt reads its first page twice, and its last not at all."""
    pages(tiny_api, "/list", base=1, total="total_pages")

    made = source(tiny_api)

    assert list(made) == ROWS
    assert [one.query.get("page") for one in tiny_api.asked] == [None, "1", "2", "3"]


def test_a_list_without_pages(tiny_api: Any):
    """It is the same whatever page is asked for: read once, and told, where nobody says where pages begin."""
    tiny_api.says("/list", {"data": ROWS})

    made = source(tiny_api, PAGE_NUMBER)

    assert list(made) == ROWS
    assert guesses(made)[-1] == "page 2 repeats the first page; the list was taken for one without pages"


@pytest.mark.parametrize(
    ("paginator", "body", "params"),
    [
        ({**PAGE_NUMBER, "base_page": 1}, {"data": ROWS}, {}),
        (PAGE_NUMBER, {"data": ROWS, "total": 30}, {}),
        (PAGE_NUMBER, {"data": ROWS, "has_more": True}, {}),
        (PAGE_NUMBER, {"data": ROWS}, {"per_page": len(ROWS)}),
    ],
)
def test_a_page_number_that_is_ignored(tiny_api: Any, paginator: Any, body: Any, params: Any):
    """Where pages are declared, or the answer shows that there are more, the first one again is not all there is."""
    tiny_api.says("/list", body)

    with pytest.raises(Exception, match="the API ignores the page parameter"):
        list(source(tiny_api, paginator, params=params))


def test_a_bare_list_where_an_object_was_declared(tiny_api: Any):
    """The list is what was meant."""
    tiny_api.says("/list", ROWS)

    made = source(tiny_api, "single_page", data_selector="data")

    assert list(made) == ROWS
    assert guesses(made) == ["nothing at 'data'; the body, which is a list, was taken for the records"]


def test_a_record_where_a_list_was_declared(tiny_api: Any):
    """It has the key that records have."""
    tiny_api.says("/list", {"id": 7, "name": "me"})

    assert list(source(tiny_api, "single_page", data_selector="data")) == [{"id": 7, "name": "me"}]


def test_a_missing_list_is_no_empty_one(tiny_api: Any):
    """Dlt loads nothing and says nothing; a body that counts nothing is believed."""
    tiny_api.says("/list", {"items": [1], "other": []}, {"total": 0})

    with pytest.raises(Exception, match=r"data_selector 'data' not found in the body; its keys are 'items', 'other'"):
        list(source(tiny_api, "single_page", data_selector="data"))
    assert list(source(tiny_api, "single_page", data_selector="data")) == []


def test_a_page_size_that_is_refused(tiny_api: Any):
    """It is left out, since nobody said what the API calls it."""

    def answer(asked: Any) -> Any:
        return tiny_api.reply({"code": "unknown"}, 422) if "limit" in asked.query else tiny_api.reply({"data": ROWS})

    tiny_api.answer("/list", answer)

    made = source(tiny_api, {"type": "cursor", "limit": 100, "cursor_path": "after"}, data_selector="data")

    assert list(made) == ROWS
    assert guesses(made) == ["limit=100 answered 422; it was left out"]


@pytest.mark.parametrize(
    ("body", "target"),
    [
        ({"meta": {"next_offset": 5}}, "/list?page%5Boffset%5D=5"),
        ({"links": {"next": "/list?cursor=abc"}}, "/list?cursor=abc"),
        ({"next_offset": "https://elsewhere.example/list?cursor=abc"}, "/list?cursor=abc"),
    ],
)
def test_a_token_that_stands_elsewhere(tiny_api: Any, body: Any, target: str):
    """Under a path that ends alike, or as a link, which never leads to another host."""
    tiny_api.says("/list", {"data": ROWS[:5], **body}, {"data": ROWS[5:]})
    paginator = {"type": "cursor", "cursor_path": "response.next_offset", "cursor_param": "page[offset]"}

    made = source(tiny_api, paginator, data_selector="data")

    assert list(made) == ROWS
    assert tiny_api.targets == ["/list", target]
    assert len(guesses(made)) == 1


@pytest.mark.parametrize("meant", ["pagination.next_offset", "offset", "next_offset"])
def test_a_token_whose_parameter_nobody_names(tiny_api: Any, meant: str):
    """What may be meant is tried in turn, until the first page does not come again."""

    def answer(asked: Any) -> Any:
        begin = int(asked.query.get(meant, 0))
        more = {"next_offset": begin + 5} if begin + 5 < len(ROWS) else {}
        return tiny_api.reply({"data": ROWS[begin : begin + 5], "pagination": more})

    tiny_api.answer("/list", answer)

    made = source(tiny_api, {"type": "cursor", "cursor_param": "pagination.next_offset"}, data_selector="data")

    assert list(made) == ROWS


@pytest.mark.parametrize("sign", [{"has_more": True}, {"total": 50}])
def test_more_that_nobody_can_get(tiny_api: Any, sign: Any):
    """Without a paginator dlt would take page one for all."""
    tiny_api.says("/list", {"data": ROWS, **sign})

    with pytest.raises(Exception, match="page one with 11 records is not all") as caught:
        list(source(tiny_api))

    assert isinstance(caught.value.__cause__, ReadError)


def test_a_token_that_is_gone_while_more_follows(tiny_api: Any):
    """The flag is the API's own word."""
    tiny_api.says("/list", {"data": ROWS, "has_more": True})

    with pytest.raises(
        Exception, match=r"the body says that more follows, but cursor_path 'cursors\.next' is not there"
    ):
        list(source(tiny_api, "cursor"))


def test_an_offset_goes_by_what_came(tiny_api: Any):
    """A server that gives fewer than asked for would otherwise have rows skipped."""

    def answer(asked: Any) -> Any:
        begin = int(asked.query["offset"])
        return tiny_api.reply({"data": ROWS[begin : begin + 3], "total": len(ROWS)})

    tiny_api.answer("/list", answer)

    assert list(source(tiny_api, {"type": "offset", "limit": 5})) == ROWS


def test_children_over_several_pages_of_parents(tiny_api: Any):
    """A child's cursor stands still while the run goes on: dlt moves it from page to page of the parents."""
    tiny_api.lists("/posts", [{"id": 1}], [{"id": 2}])
    for post, number in ((1, 9), (2, 5)):
        tiny_api.says(f"/posts/{post}/comments", {"data": [{"id": number}]})
    endpoint = {"path": "posts/{resources.posts.id}/comments", "params": {"since": "{incremental.start_value}"}}
    cursor = {"cursor_path": "id", "initial_value": 1}
    config = {
        "client": {"base_url": tiny_api.url, "paginator": {"type": "json_link", "next_url_path": "next"}},
        "resources": ["posts", {"name": "comments", "endpoint": {**endpoint, "incremental": cursor}}],
    }

    comments = list(sdk.from_config(config, in_flight=1).with_resources("comments"))

    assert comments == [{"id": 9}, {"id": 5}]
    assert [one.query["since"] for one in tiny_api.asked if "comments" in one.path] == ["1", "1"]


def test_a_parents_value_stays_in_its_place(tiny_api: Any):
    """Slashes name segments, as with dlt; what would leave the path is refused, and what is reserved encoded."""
    values = [{"id": "org/repo"}, {"id": "a?b#c%2e"}]
    tiny_api.says("/posts", values)
    tiny_api.answer("/repos/org/repo/x", lambda _asked: tiny_api.reply([{"n": 1}]))
    tiny_api.answer("/repos/a%3Fb%23c%252e/x", lambda _asked: tiny_api.reply([{"n": 2}]))
    config = {
        "client": {"base_url": tiny_api.url},
        "resources": ["posts", {"name": "x", "endpoint": "repos/{resources.posts.id}/x"}],
    }

    assert list(sdk.from_config(config, in_flight=1).with_resources("x")) == [{"n": 1}, {"n": 2}]

    values[0]["id"] = "../admin"
    with pytest.raises(Exception, match="is a value that would leave the path"):
        list(sdk.from_config(config, in_flight=1).with_resources("x"))


def test_secrets_of_a_dictionary_are_hidden(tiny_api: Any):
    """In errors, whatever type they were given by."""
    tiny_api.answer("/list", lambda asked: tiny_api.reply({"code": asked.headers["Authorization"][7:]}, 401))
    config = {"client": {"base_url": tiny_api.url, "auth": {"token": "tok-1234567"}}, "resources": ["list"]}

    with pytest.raises(Exception, match=r"answered 401 Client Error: Unauthorized \(\*\*\*\)") as caught:
        list(sdk.from_config(config))

    assert "tok-1234567" not in json.dumps(str(caught.value))


def watchful(learned: Learned) -> WatchfulPaginator:
    """Return what counts pages from a number that nobody said."""
    inner = CountingPaginator(param="page")
    facts: Any = {"raw": lambda page: page.body, "where": "", "tell": lambda _note, _level: None}
    return WatchfulPaginator(inner, "page", base_unsaid=True, lenient=True, learned=learned, **facts)


def test_what_another_list_shows_says_nothing_of_what_was_asked_before():
    """Page 0 was asked for when nobody knew yet; that it is empty or refused is not the end, whatever is known now."""
    learned = Learned()
    paginator = watchful(learned)
    begun = paginator.prepared(Request("https://a.example/list"))
    first = paginator.first_request(begun)
    learned.base = 1

    following = paginator.next_request(Page(first, body=[]), [])
    again = paginator.second_chance(404, begun)

    assert following is not LAST_PAGE
    assert following.params == (("page", "1"),)
    assert again is not None
    assert paginator.first_request(again).params == (("page", "1"),)
    assert paginator.first_request(paginator.prepared(Request("https://a.example/list"))).params == (("page", "1"),)


def test_a_size_that_another_list_was_refused():
    """A request with the size that was under way meanwhile has its second chance, too, and only one."""
    learned = Learned()
    facts: Any = {"where": "", "tell": lambda _note, _level: None}
    paginator = SizedPaginator(watchful(Learned()), "limit", 30, guessed=True, learned=learned, **facts)
    begun = paginator.prepared(Request("https://a.example/list"))
    learned.sizeless = True

    again = paginator.second_chance(422, begun)

    assert again is not None
    assert paginator.first_request(begun).param("limit") == "30"
    assert paginator.first_request(again).param("limit") is None
    assert paginator.second_chance(422, again) is None


@pytest.mark.parametrize("begin", [0, 1])
@pytest.mark.parametrize("known", ["a/b", "a%2Fb"])
def test_a_slash_in_a_parents_value_and_pages_that_nobody_described(tiny_api: Any, known: str, begin: int):
    """One or two segments, pages from 0 or from 1: a 404 may be for either reason, and both are tried in turn."""

    def answer(asked: Any) -> Any:
        number = int(asked.query["page"]) - begin
        return tiny_api.reply({}, 404) if number < 0 else tiny_api.reply({"data": ROWS[3 * number : 3 * number + 3]})

    tiny_api.says("/parents", {"data": [{"id": "a/b"}, {"id": "a/b"}]})
    tiny_api.answer(f"/of/{known}/list", answer)
    pages = {"type": "page_number", "total_path": None}
    child = {"path": "of/{resources.parents.id}/list", "data_selector": "data", "paginator": pages}
    parents = {"path": "parents", "data_selector": "data", "paginator": "single_page"}
    resources: Any = [{"name": "parents", "endpoint": parents}, {"name": "list", "endpoint": child}]

    made = sdk.from_config({"client": {"base_url": tiny_api.url}, "resources": resources}, in_flight=1)

    assert list(made.resources["list"]) == [*ROWS, *ROWS]
