"""Whatever an API does to a sound connector, every record arrives or an error says so; a wrong one is caught."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any, TypeAlias

import pytest
from attrs import evolve, frozen
from urllib3.exceptions import HTTPError

from sdk import transport
from sdk.auth import BearerTokenAuth
from sdk.connector import BASE_URL
from sdk.errors import SDKError
from sdk.hookspecs import hookimpl
from sdk.jsonpath import find
from sdk.messages import LAST_PAGE
from sdk.paginators import (
    AutoPaginator,
    CursorPaginator,
    EmptyPage,
    HasMore,
    HeaderCursorPaginator,
    HeaderLinkPaginator,
    LastRecordPaginator,
    MissingToken,
    NextLinkPaginator,
    OffsetPaginator,
    PageNumberPaginator,
    ShortPage,
    Total,
)
from sdk.paginators.paginator import Paginator
from sdk.placeholders import Secret
from sdk.resource import Resource
from sdk.retry import RetryPolicy
from sdk.testing.cassette_files import CassetteError, Contents, path_of
from sdk.testing.mutations import Mutation, judge, mutations
from sdk.testing.openings import Access
from sdk.testing.recordings import Recording, record
from sdk.testing.sampling import SampleSize
from sdk.windows import Incremental, TimeWindow

NOON = datetime(2026, 1, 10, 12, tzinfo=UTC)
MOONS = Resource("moons", path="/planets/{planets.id}/moons", data_selector="data")

Recorded: TypeAlias = Callable[..., Recording]


def planet(number: int) -> dict[str, Any]:
    """Return one record with a value of each kind."""
    day = (datetime(2026, 1, 1, tzinfo=UTC) + timedelta(hours=number)).isoformat()
    return {"id": number, "name": f"planet {number}", "size": number / 2, "orbit": {"days": number}, "updated_at": day}


PLANETS = [planet(number) for number in range(1, 9)]
# Three full pages and the rest.
PAGES = [PLANETS[:3], PLANETS[3:6], PLANETS[6:]]


@pytest.fixture
def planets(acme: Any) -> Callable[..., Any]:
    """Return a function that declares `acme`, with planets unless told otherwise."""

    def declare(*resources: Resource, **facts: Any) -> Any:
        own = {name: facts.pop(name) for name in list(facts) if name not in {"auth", "retry"}}
        first = Resource("planets", **{"data_selector": "data", **own})
        return acme(first, *resources, base_url=BASE_URL, auth=BearerTokenAuth(Secret("api_key")), **facts)

    return declare


@pytest.fixture
def recorded(tiny_api: Any, tmp_path: Path) -> Recorded:
    """Return a function that records a resource of `acme` from the tiny API."""

    def take(resource: str = "planets", **facts: Any) -> Recording:
        given = {"base_url": tiny_api.url, "api_key": "a-key-that-opens-the-account"}
        scrubber = Access.of("acme", {"start_date": "2020-01-01", **given}).scrubber()
        path = path_of(tmp_path / "cassettes", "acme", resource)
        return record("acme", resource, given, path, scrubber, **{"clock": lambda: NOON, **facts})

    return take


@pytest.fixture
def broken(recorded: Recorded) -> Callable[..., dict[str, str]]:
    """Return a function that records a resource and returns what each mutation breaks, by its name."""

    def find_broken(resource: str = "planets", *, named: str = "", plugins: Any = (), **facts: Any) -> dict[str, str]:
        recording = recorded(resource, plugins=plugins, **facts)
        found = [one for one in mutations(recording, plugins=plugins) if named in {one.name, ""}]
        judged = {one.name: judge(one, recording) for one in found}
        return {name: line for name, line in judged.items() if line is not None}

    return find_broken


def by_number(pages: list[Any], param: str = "page", **facts: Any) -> Callable[[Any], Any]:
    """Answer as an API that counts pages does, from 1; *facts* are made of each number."""

    def answer(asked: Any) -> Any:
        number = int(asked.query.get(param, "1"))
        body = {"data": pages[number - 1] if number <= len(pages) else []}
        return Reply({**body, **{name: fact(number) for name, fact in facts.items()}})

    return answer


def by_link(asked: Any) -> Any:
    """Answer as an API does that links from page to page."""
    return by_number(PAGES, next=lambda number: f"/planets?page={number + 1}" if number < len(PAGES) else None)(asked)


def by_offset(asked: Any) -> Any:
    """Answer as an API that counts records does."""
    begin = int(asked.query["offset"])
    return Reply({"data": PLANETS[begin : begin + 3]})


def by_offset_of_total(asked: Any) -> Any:
    """Answer as an API that counts records does, and says how many there are."""
    return Reply({**by_offset(asked).body, "total": len(PLANETS)})


def by_cursor(asked: Any) -> Any:
    """Answer as an API that hands out tokens does, in a query or in a search's body."""
    cursor = asked.query.get("cursor") or (json.loads(asked.body or b"{}")).get("cursor")
    number = {None: 0, "to-the-second": 1, "to-the-third": 2}[cursor]
    following = ["to-the-second", "to-the-third", None][number]
    return Reply({"data": PAGES[number], "meta": {"next": following, "has_more": following is not None}})


def by_last_record(asked: Any) -> Any:
    """Answer as an API that goes on after a record does."""
    begin = int(asked.query.get("after", "0"))
    return Reply({"data": PLANETS[begin : begin + 3]})


def by_header(asked: Any) -> Any:
    """Answer as an API with a Link header does."""
    number = int(asked.query.get("page", "1"))
    link = f'</planets?page={number + 1}>; rel="next"' if number < len(PAGES) else '</planets?page=1>; rel="first"'
    return Reply({"data": PAGES[number - 1] if number <= len(PAGES) else []}, headers={"Link": link})


def by_token_in_a_header(asked: Any) -> Any:
    """Answer as an API that hands out tokens in a header does."""
    number = int(asked.query.get("from", "page-1").rpartition("-")[2])
    headers = {"X-Next": f"page-{number + 1}"} if number < len(PAGES) else {}
    return Reply({"data": PAGES[number - 1]}, headers=headers)


def by_opaque_link(asked: Any) -> Any:
    """Answer as an API does whose Link header leads from token to token."""
    number = int(asked.query.get("after", "mark-1").rpartition("-")[2])
    headers = {"Link": f'</planets?after=mark-{number + 1}>; rel="next"'} if number < len(PAGES) else {}
    return Reply({"data": PAGES[number - 1]}, headers=headers)


@frozen
class Reply:
    """What the tiny API answers, see `tests/conftest.py`."""

    body: Any
    status: int = 200
    headers: Mapping[str, str] = {}
    raw: None = None
    until: None = None

    @property
    def content(self) -> bytes:
        """The body as it is sent."""
        return json.dumps(self.body).encode()


SOUND_LISTS: dict[str, tuple[Any, dict[str, Any]]] = {
    "a link in the body": (by_link, {"paginator": NextLinkPaginator()}),
    "a link in a header": (
        by_header,
        {"paginator": HeaderLinkPaginator(take="query", page_param="page", limit_param="per_page", limit=3)},
    ),
    "a token": (by_cursor, {"paginator": CursorPaginator("meta.next", cursor_param="cursor")}),
    "a token in a search": (
        by_cursor,
        {"paginator": CursorPaginator("meta.next", cursor_body_path="cursor"), "method": "POST", "json": {}},
    ),
    "a token and a flag": (
        by_cursor,
        {"paginator": CursorPaginator("meta.next", cursor_param="cursor", end=HasMore("meta.has_more"))},
    ),
    "a number": (by_number(PAGES), {"paginator": PageNumberPaginator()}),
    "a number and a total": (
        by_number(PAGES, total=lambda _number: len(PLANETS)),
        {"paginator": PageNumberPaginator(end=Total("total"), limit=3, limit_param="per_page")},
    ),
    "an offset": (by_offset, {"paginator": OffsetPaginator(limit=3)}),
    "an offset and a total": (by_offset_of_total, {"paginator": OffsetPaginator(limit=3, end=Total("total"))}),
    "the last record": (by_last_record, {"paginator": LastRecordPaginator("id", cursor_param="after")}),
}


@pytest.mark.parametrize("style", SOUND_LISTS)
@pytest.mark.parametrize("pages", [5, 2])
def test_a_sound_connector_holds(tiny_api, planets, broken, style, pages):
    """However a list is paged, and wherever the sample was cut: nothing that an API does loses a row in silence."""
    answers, facts = SOUND_LISTS[style]
    planets(**facts)
    tiny_api.answer("/planets", answers)

    assert broken(size=SampleSize(pages=pages)) == {}


def test_a_sound_connector_holds_below_parents_and_from_run_to_run(tiny_api, planets, broken):
    """Children of several parents, one of which has none, and a list that continues from its cursor."""
    window = {"window": TimeWindow(start_param="since"), "incremental": Incremental("updated_at")}
    planets(
        Resource(
            "moons", path="/planets/{planets.id}/moons", data_selector="data", skip_statuses={404}, unique_key=True
        ),
        **window,
    )
    tiny_api.answer("/planets", by_link)
    tiny_api.lists("/planets/1/moons", [planet(11), planet(12)], [planet(13)])
    tiny_api.lists("/planets/2/moons", [])
    tiny_api.lists("/planets/3/moons", [planet(31)])

    assert broken() == {}
    assert broken("moons") == {}


def test_each_has_its_place(tiny_api, planets, recorded):
    """A recording of one page has no middle and no token; its mutations are fewer, and each is named once."""
    planets()
    tiny_api.answer("/planets", by_link)
    whole = [one.name for one in mutations(recorded())]
    tiny_api.lists("/planets", PLANETS)
    single = [one.name for one in mutations(recorded())]

    assert len(set(whole)) == len(whole)
    assert [one for one in whole if one not in single] == [
        "a token that repeats",
        "tokens in a cycle",
        "the last page for ever",
        "a short page in the middle",
        "an empty page in the middle",
        "a token's key renamed",
        "a token that is not there",
        "a list that is longer",
        "a next link to another host (an absolute one)",
        "a next link to another host (one without a scheme)",
        "a next link to another host (one with userinfo)",
        "a next link to another host (one of another scheme)",
    ]
    assert set(single) < set(whole)


def test_what_is_lost_is_named_by_its_keys(tiny_api, planets, broken):
    """The line says what was changed where, how many rows would be lost, and what would help."""
    planets(paginator=PageNumberPaginator(limit=3, limit_param="limit", end=ShortPage()))
    tiny_api.answer("/planets", by_number(PAGES))

    assert broken(named="a short page in the middle")["a short page in the middle"] == (
        "a short page in the middle: GET /planets?limit=3&page=2: the connector stopped there, 2 records (id 7, 8) of "
        "1 later page were never asked for; declare an end rule that does not trust short pages (EmptyPage, HasMore, "
        "Total)"
    )


def test_a_mutation_has_a_code_and_contents(tiny_api, planets, recorded):
    """What it shows can be accepted by its code; what it answers is told anew, and the recording is untouched."""
    planets()
    tiny_api.answer("/planets", by_link)
    recording = recorded()
    [one] = [one for one in mutations(recording) if one.name == "an HTML page with status 200"]

    assert (one.code, one.request) == ("an-html-page-with-status-200", "GET /planets?page=2")
    assert signed_in(one.contents) == ["/planets?page=2"]
    assert signed_in(recording.contents) == []


def signed_in(contents: Contents) -> list[str]:
    """Return the requests that are answered with a page to sign in at."""
    pairs = zip(contents.requests, contents.responses, strict=True)
    return [one.uri.removeprefix("https://acme.test") for one, answer in pairs if b"<html>" in answer["body"]["string"]]


def test_a_recording_that_plays_otherwise_is_refused(tiny_api, planets, recorded):
    """Where the recording itself does not give what was read, nothing can be told."""
    planets()
    tiny_api.answer("/planets", by_link)
    recording = recorded()
    recording.first.records.pop()

    with pytest.raises(CassetteError, match=r"acme\.planets: the recording does not play the same twice"):
        mutations(recording)


def test_a_recording_that_broke_has_none(tiny_api, planets, recorded):
    """What stopped before its end says nothing about what the API holds."""
    planets()
    tiny_api.answer("/planets", by_link)
    recording = recorded()

    assert mutations(evolve(recording, first=evolve(recording.first, failure=SDKError("no")))) == ()


# Wrong connectors, each with what catches it.


@frozen(kw_only=True)
class StopsAtKnown(Paginator):
    """Follow a link, and take one that was followed before for the end."""

    def next_request(self, page: Any, records: Any) -> Any:  # noqa: ARG002 - every paginator gets them
        """Stop without a word when the link leads back."""
        link = find("next", page.body)
        if not link or link == page.request.state.get("link"):
            return LAST_PAGE
        return page.request.with_params({"page": link.rpartition("=")[2]}).with_state(link=link)


@frozen(kw_only=True)
class NeverTheSame(Paginator):
    """Ask on as long as the API says so, each time with another state."""

    def next_request(self, page: Any, records: Any) -> Any:
        """Ask for what the link names, or for the next number while there are records."""
        named = page.body.get("next", f"page={int(page.request.param('page') or 1) + 1}" if records else None)
        if named is None:
            return LAST_PAGE
        turn = int(page.request.state.get("turn", 0)) + 1
        return page.request.with_params({"page": named.rpartition("=")[2]}).with_state(turn=turn)


class MarksPages:
    """A plugin that marks each record with its page, so that no page looks like another."""

    page = 0

    @hookimpl(wrapper=True)
    def sdk_select_records(self, page: Any) -> Any:
        """Count anew for each reading, whose first request remembers nothing."""
        records = yield
        self.page = self.page + 1 if page.request.state else 1
        return [{**one, "page": self.page} for one in records]


class Lenient:
    """A plugin for which a list that is not there is an empty one."""

    @hookimpl
    def sdk_select_records(self, page: Any) -> list[dict[str, Any]]:
        """Return what is at `data`, if anything is."""
        return page.body.get("data") or []


def endless(planets: Any, broken: Any, name: str) -> str:
    """Return what a mutation shows of a connector that nothing stops."""
    planets(paginator=NeverTheSame(), primary_key=(), write_disposition="append")
    return broken(plugins=[MarksPages()], named=name)[name]


@pytest.mark.parametrize("name", ["a token that repeats", "tokens in a cycle", "the last page for ever"])
def test_endless_tokens_are_caught(tiny_api, planets, broken, name):
    """A connector that follows tokens for ever is stopped, and the bound is said."""
    tiny_api.answer("/planets", by_link)

    assert "the connector asked 200 times and would have gone on" in endless(planets, broken, name)


@pytest.mark.parametrize("name", ["the last page for ever", "a page number that is ignored"])
def test_endless_numbers_are_caught(tiny_api, planets, broken, name):
    """A connector that counts for ever is stopped too."""
    tiny_api.answer("/planets", by_number(PAGES))

    assert "the connector asked 200 times and would have gone on" in endless(planets, broken, name)


def test_a_silent_stop_at_a_known_token_is_caught(tiny_api, planets, broken):
    """A token that leads back is no end: what comes after it was never asked for."""
    planets(paginator=StopsAtKnown())
    tiny_api.answer("/planets", by_link)

    found = broken(named="a token that repeats")["a token that repeats"]
    assert "GET /planets?page=2: the connector stopped there, 2 records (id 7, 8) of 1 later page" in found


@pytest.mark.parametrize(
    ("style", "paginator"),
    [
        ("a number", PageNumberPaginator(limit=3, limit_param="limit", end=ShortPage())),
        ("an offset", OffsetPaginator(limit=3, end=ShortPage())),
        ("a token", CursorPaginator("meta.next", cursor_param="cursor", limit=3, limit_param="limit", end=ShortPage())),
    ],
)
def test_trusting_short_pages_is_caught(tiny_api, planets, broken, style, paginator):
    """Whatever addresses the pages."""
    planets(paginator=paginator)
    tiny_api.answer("/planets", SOUND_LISTS[style][0])

    assert (
        "2 records (id 7, 8) of 1 later page"
        in broken(named="a short page in the middle")["a short page in the middle"]
    )


@pytest.mark.parametrize(
    ("style", "paginator"),
    [
        ("a token", CursorPaginator("meta.next", cursor_param="cursor", end=MissingToken() | EmptyPage())),
        ("an offset and a total", OffsetPaginator(limit=3)),
    ],
)
def test_trusting_empty_pages_is_caught(tiny_api, planets, broken, style, paginator):
    """Where the page itself names the next one, or a total that more pages must make up."""
    planets(paginator=paginator)
    tiny_api.answer("/planets", SOUND_LISTS[style][0])

    assert (
        "2 records (id 7, 8) of 1 later page"
        in broken(named="an empty page in the middle")["an empty page in the middle"]
    )


def test_an_empty_page_of_numbers_may_be_the_end(tiny_api, planets, recorded):
    """Where nothing on the page speaks of another, an empty one is the only end there can be."""
    planets(paginator=PageNumberPaginator())
    tiny_api.answer("/planets", by_number(PAGES))

    assert "an empty page in the middle" not in [one.name for one in mutations(recorded())]


def test_a_token_that_the_last_page_has_too_promises_nothing(tiny_api, planets, recorded):
    """Then it does not say that more follows, and an empty page is the only end there can be."""
    planets(paginator=PageNumberPaginator())
    tiny_api.answer("/planets", by_number(PAGES, next_page=lambda number: number + 1))

    assert "an empty page in the middle" not in [one.name for one in mutations(recorded(size=SampleSize(pages=5)))]
    # Where the sample was cut, nobody saw that.
    assert "an empty page in the middle" in [one.name for one in mutations(recorded(size=SampleSize(pages=3)))]


@pytest.mark.parametrize(
    ("style", "paginator"),
    [
        ("a token", CursorPaginator("meta.next", cursor_param="cursor", end=MissingToken())),
        ("a link in a header", HeaderLinkPaginator()),
    ],
)
def test_taking_an_absent_token_for_the_end_is_caught(tiny_api, planets, broken, style, paginator):
    """In the body and in a header, under another key and not there at all."""
    planets(paginator=paginator)
    tiny_api.answer("/planets", SOUND_LISTS[style][0])

    assert {name: "2 records (id 7, 8) of 1 later page" in line for name, line in broken().items()} == {
        "a token's key renamed": True,
        "a token that is not there": True,
    }


@pytest.mark.parametrize(
    ("answers", "paginator", "advice"),
    [
        (by_header, HeaderLinkPaginator(), 'declare page_param="page" and limit=..., so that a full page without a'),
        (by_opaque_link, HeaderLinkPaginator(), "declare page_param=... and limit=..., so that a full page without a"),
        (by_opaque_link, AutoPaginator(), "declare page_param=... and limit=..., so that a full page without a"),
        (
            by_token_in_a_header,
            HeaderCursorPaginator("X-Next", cursor_param="from"),
            "declare an end rule that goes by the body (HasMore), or NullToken where the last page sends the header",
        ),
        (by_cursor, CursorPaginator("meta.next", cursor_param="cursor", end=MissingToken()), "declare an end rule for"),
    ],
)
def test_the_advice_for_an_absent_token_can_be_followed(  # noqa: PLR0913, PLR0917 - an API, a declaration, its fault
    tiny_api, planets, broken, answers, paginator, advice
):
    """A header that stays away is how such lists end, so it cannot be declared an error as a key of the body can."""
    planets(paginator=paginator)
    tiny_api.answer("/planets", answers)

    found = broken()
    assert {name: advice in line for name, line in found.items()} == {
        "a token's key renamed": True,
        "a token that is not there": True,
    }


@pytest.mark.parametrize(
    "name",
    [
        "an error body with status 200",
        "errors and an empty list",
        "errors beside an emptied list",
        "a list under another key",
    ],
)
def test_a_lenient_selector_is_caught(tiny_api, planets, broken, name):
    """What is not found is an error and never "no rows"."""
    planets(paginator=PageNumberPaginator(), error_paths=())
    tiny_api.answer("/planets", by_number(PAGES))

    assert "records (id 4, 5, 6 ...)" in broken(plugins=[Lenient()], named=name)[name]


@pytest.mark.parametrize(
    ("status", "name"),
    [
        (401, "a 401 in mid-run"),
        (500, "a burst of 500 that heals"),
        (500, "a 500 that stays"),
        (204, "a 204 in the middle"),
    ],
)
def test_skipping_what_is_no_refusal_is_caught(tiny_api, planets, broken, status, name):
    """A skip is for what the account does not have, not for what went wrong."""
    planets(skip_statuses={status})
    tiny_api.lists("/planets", PLANETS)

    assert "8 records (id 1, 2, 3 ...)" in broken(named=name)[name]


def test_giving_up_at_a_short_wait_is_caught(tiny_api, planets, broken):
    """An API that says when to come back is to be asked again."""
    planets(retry=RetryPolicy(max_wait=1))
    tiny_api.answer("/planets", by_link)

    assert broken() == {
        "a 429 with a short wait": "a 429 with a short wait: GET /planets?page=2: it ended with RateLimitError, though "
        "the API answered when it was asked again; let core obey Retry-After"
    }


def test_filters_and_maps_that_lean_on_fields_are_caught(tiny_api, planets, broken):
    """What a filter drops in silence, and what a map cannot take."""
    planets(
        filter=lambda one: one.get("updated_at") is not None and one.get("id") is not None and one["size"] > 0,
        map=lambda one: {**one, "days": one["orbit"]["days"], "next": one["id"] + 1},
        window=TimeWindow(start_param="since"),
        incremental=Incremental("updated_at"),
    )
    tiny_api.answer("/planets", by_link)

    found = broken()
    assert {name: line.split(": ")[2].split(";")[0].partition(", which")[0] for name, line in found.items()} == {
        "the key 'id' dropped from a record": "a green run without 1 record (id 4)",
        "the cursor's field 'updated_at' dropped": "a green run without 8 records (id 1, 2, 3 ...)",
        "an id as text ('id')": "it ended with TypeError",
        "a number as text ('size')": "it ended with TypeError",
        "an object as a list ('orbit')": "it ended with TypeError",
    }


def test_a_cursor_that_is_made_up_is_caught(tiny_api, planets, broken):
    """A record that does not say when it changed must not tell how far a run came."""
    planets(
        map=lambda one: {"updated_at": "2026-01-10T11:00:00Z", **one},
        window=TimeWindow(start_param="since"),
        incremental=Incremental("updated_at"),
    )
    tiny_api.answer("/planets", by_link)

    found = broken()
    assert list(found) == ["the cursor's field 'updated_at' dropped"]
    assert "and yet the next one begins later (since=2026-01-10T10:55:00Z)" in found.popitem()[1]


class Careless:
    """A plugin that fills a child's path by itself."""

    @hookimpl
    def sdk_expand_path(self, parent: Any) -> list[str]:
        """Write whatever the parent's name is."""
        return [f"/planets/{parent['name']}/moons"]


def test_asking_for_the_children_of_nobody_is_caught(tiny_api, planets, broken):
    """A hook that writes `None` into a path, where a 404 is passed over."""
    planets(Resource("moons", path="/planets/{planets.name}/moons", data_selector="data", skip_statuses={404}))
    tiny_api.lists("/planets", [{"id": 1, "name": "one"}, {"id": 2, "name": "two"}])
    tiny_api.lists("/planets/one/moons", [{"id": 10}])
    tiny_api.lists("/planets/two/moons", [{"id": 20}])

    found = broken("moons", plugins=[Careless()])
    assert list(found) == ["a parent whose 'name' is null"]
    assert "/planets/None/moons was asked for a parent without a key" in found.popitem()[1]


class Numbers:
    """A plugin that numbers the planets of a page."""

    @hookimpl(wrapper=True)
    def sdk_select_records(self, resource: Resource) -> Any:
        """Add the place of each record."""
        records = yield
        numbered = resource.name == "planets"
        return [{**one, "place": place} for place, one in enumerate(records)] if numbered else records


def test_reading_children_twice_is_caught(tiny_api, planets, broken):
    """A parent that is listed twice is the same parent, whatever else its record holds."""
    planets(
        Resource(
            "moons",
            path="/planets/{planets.id}/moons",
            data_selector="data",
            include_from_parent=("place",),
            unique_key=True,
        ),
        write_disposition="append",  # or the page with one planet twice would be refused
    )
    tiny_api.lists("/planets", [{"id": 1}, {"id": 2}])
    tiny_api.lists("/planets/1/moons", [{"id": 10}])
    tiny_api.lists("/planets/2/moons", [{"id": 20}])

    found = broken("moons", plugins=[Numbers()])
    assert list(found) == ["a parent that is listed twice"]
    assert "1 of the records came twice (the first: 10)" in found.popitem()[1]


# Guards of core, each switched off.


@pytest.fixture
def without(monkeypatch: Any, tiny_api: Any, planets: Any, broken: Any) -> Callable[[str, Any], dict[str, str]]:
    """Return a function that replaces a guard, and returns what is caught of a connector that is sound with it."""

    def find_broken(guard: str, stand_in: Any) -> dict[str, str]:
        planets()
        tiny_api.answer("/planets", by_link)
        with monkeypatch.context() as inside:
            inside.setattr(guard, stand_in)
            return broken()

    return find_broken


EMPTY = {"data": [], "next": None}


def test_an_answer_that_is_no_page_taken_for_an_empty_one_is_caught(without):
    """Bodies that are no JSON, empty or cut short."""

    def lenient(content: bytes, _charset: Any) -> Any:
        try:
            return json.loads(content)
        except ValueError:
            return EMPTY

    found = without("sdk.attempt.decode", lenient)
    assert {name: "5 records" in line for name, line in found.items()} == {
        "an HTML page with status 200": True,
        "an empty body with status 200": True,
    }


def test_a_body_cut_short_taken_for_a_page_is_caught(without):
    """Whether it heals or not: nobody asked again."""
    whole = transport.body

    def cut(response: Any, size: int, seconds: float) -> bytes:
        try:
            return whole(response, size, seconds)
        except HTTPError:
            return json.dumps(EMPTY).encode()

    found = without("sdk.transport.body", cut)
    assert {name: "5 records" in line for name, line in found.items()} == {
        "a body cut short that heals": True,
        "a body that is always cut short": True,
    }


def test_knocking_before_the_time_is_caught(without):
    """A client that does not look at Retry-After."""
    found = without("sdk.retry.RetryPolicy.named_wait", lambda *_arguments: None)

    assert "asked to wait 2 s, and was asked again after 1 s" in found.pop("a 429 with a short wait")
    assert "asked for a long wait, and was asked again all the same" in found.pop("a 429 with a long wait")
    assert found == {}


def test_leaving_the_host_is_caught(without):
    """A client without the origin lock asks elsewhere, with its credentials."""
    found = without("sdk.origin.Origin.allows", lambda *_arguments: True)

    assert {name: line.split(": ")[2].split(" ")[0] for name, line in found.items()} == {
        "a next link to another host (an absolute one)": "https://elsewhere.test",
        "a next link to another host (one without a scheme)": "https://elsewhere.test",
        "a next link to another host (one with userinfo)": "https://acme.test@elsewhere.test",
        "a next link to another host (one of another scheme)": "http://acme.test",
        "a redirect to another host (302)": "https://elsewhere.test",
        "a redirect to another host (307)": "https://elsewhere.test",
    }


def test_a_skip_that_nobody_sees_is_caught(monkeypatch, tiny_api, planets, broken):
    """A parent that was deleted meanwhile may be passed over, but not in silence."""
    planets(Resource("moons", path="/planets/{planets.id}/moons", data_selector="data", skip_statuses={404}))
    tiny_api.lists("/planets", [{"id": 1}, {"id": 2}])
    tiny_api.lists("/planets/1/moons", [{"id": 10}])
    tiny_api.lists("/planets/2/moons", [{"id": 20}])
    monkeypatch.setattr("sdk.extraction.Extraction.settled", lambda *_arguments: ([], []))

    assert broken("moons") == {
        "a parent deleted meanwhile": "a parent deleted meanwhile: GET /planets/1/moons: a parent's children were left "
        "out, and no skip says so; declare skip_statuses={404} if a deleted parent may be passed over, so that the "
        "skip is visible"
    }


def test_a_mutation_belongs_to_its_recording(tiny_api, planets, recorded):
    """Judged with another resource's recording it would say nothing."""
    planets(MOONS)
    tiny_api.lists("/planets", [{"id": 1}])
    tiny_api.lists("/planets/1/moons", [{"id": 10}])
    one: Mutation = mutations(recorded())[0]

    with pytest.raises(ValueError, match=r"is a mutation of acme\.planets"):
        judge(one, recorded("moons"))
