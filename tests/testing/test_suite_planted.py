"""What a faulty connector recorded itself shows how much of a page arrives, and what it never asked for."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import UTC, datetime, timedelta
from importlib import import_module
from pathlib import Path
from typing import Any, TypeAlias

import pytest
from attrs import evolve

from sdk import (
    LAST_PAGE,
    APIKeyAuth,
    BearerTokenAuth,
    EmptyPage,
    HttpBasicAuth,
    Incremental,
    OffsetPaginator,
    Page,
    PageNumberPaginator,
    Resource,
    RetryPolicy,
    Secret,
    Setting,
    ShortPage,
    SinglePagePaginator,
    TimeWindow,
    columns,
    hookimpl,
)
from sdk.connector import BASE_URL
from sdk.testing.cassette_files import path_of
from sdk.testing.mutations import judge, mutations
from sdk.testing.openings import Access
from sdk.testing.recordings import record
from sdk.testing.scrubbing import LeakError
from sdk.testing.suite import checking, declaring, mutating, tolerating
from sdk.testing.suite.findings import Finding
from sdk.testing.suite.subject import Subject

NOON = datetime(2026, 1, 10, 12, tzinfo=UTC)
KEY = "the-key-that-opens-it"
SIZE, HELD = 6, 24

Found: TypeAlias = Callable[..., list[Finding]]


def planet(number: int) -> dict[str, Any]:
    """Return a record with a value of each kind."""
    day = (datetime(2026, 1, 1, tzinfo=UTC) + timedelta(hours=number)).isoformat()
    return {
        "id": number,
        "star_id": 1000 - number,
        "name": f"planet {number}",
        "kind": "ab"[number % 2],
        "mass": number + 0.5,
        "digits": 2**53 + 2 * number,
        "orbit": {"days": number},
        "seen_at": day,
    }


PLANETS = [planet(number) for number in range(1, HELD + 1)]


def rows(query: Mapping[str, str]) -> list[dict[str, Any]]:
    """Return what an API that knows both ways of counting, and no page above six, lists."""
    size = min(int(query.get("per_page", SIZE)), SIZE)
    begin = int(query["offset"]) if "offset" in query else size * (int(query.get("page", "1")) - 1)
    return PLANETS[max(begin, 0) : begin + size] if begin >= 0 else []


@pytest.fixture
def declared(tiny_api: Any, acme: Any) -> Callable[..., None]:
    """Return a function that installs `acme` with planets, and perhaps a hook of its author's."""
    tiny_api.answer("/v1/planets", lambda asked: tiny_api.reply({"data": rows(asked.query)}))

    def declare(*others: Resource, hook: Any = None, connector: Any = (), **facts: Any) -> None:
        planets = Resource(
            "planets", **{"data_selector": "data", "paginator": PageNumberPaginator(end=EmptyPage()), **facts}
        )
        acme(
            planets,
            *others,
            **{
                "base_url": BASE_URL,
                "auth": BearerTokenAuth(Secret("api_key", description="the key")),
                **dict(connector),
            },
        )
        if hook is not None:
            setattr(import_module("fake_acme"), hook.__name__, hook)

    return declare


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """Return the folder of the cassettes."""
    return tmp_path / "cassettes"


@pytest.fixture
def recorded(tiny_api: Any, folder: Path) -> Callable[..., Any]:
    """Return a function that records a resource from the tiny API, as `sdk record` does."""

    def take(resource: str = "planets", **settings: Any) -> Any:
        given = {"base_url": f"{tiny_api.url}/v1", "api_key": KEY, "start_date": "2020-01-01", **settings}
        given = {name: value for name, value in given.items() if value is not None}
        scrubber = Access.of("acme", given).scrubber()
        return record("acme", resource, given, path_of(folder, "acme", resource), scrubber, clock=lambda: NOON)

    return take


@pytest.fixture
def found(recorded: Any, folder: Path) -> Found:
    """Return a function that records a resource and returns what is found in it, mutations left out."""

    def look(resource: str = "planets") -> list[Finding]:
        recorded(resource)
        subject = Subject("acme", folder)
        checks = [check for check in checking.OF_RESOURCE if check is not mutating.holds]
        return [one for check in checks for one in checking.of_resource(check, subject, resource)]

    return look


def without(record: dict[str, Any], *names: str) -> dict[str, Any]:
    """Return a record without some of its fields."""
    return {name: value for name, value in record.items() if name not in names}


@hookimpl
def sdk_select_records(page: Page) -> list[dict[str, Any]]:
    """Take what is heavy only."""
    return [one for one in page.body["data"] if one["kind"] == "a"]


@hookimpl
def sdk_paginate(page: Page, records: list[Any]) -> Any:
    """Count two pages at once."""
    number = int(page.request.param("page") or "1")
    return page.request.with_params({"page": str(number + 2)}) if records else LAST_PAGE


class ByTheLimit:
    """A hook of the same name as another."""

    @staticmethod
    @hookimpl
    def sdk_paginate(page: Page, records: list[Any]) -> Any:
        """Trust the limit that was sent, and not what came."""
        begin = int(page.request.param("offset") or "0")
        return page.request.with_params({"offset": str(begin + 8), "per_page": "8"}) if records else LAST_PAGE


GOOD_COLUMNS = columns(bigint="id star_id digits", text="name kind", double="mass", json="orbit", timestamp="seen_at")

# What is wrong, what its author declared, and the one line that is found.
PLANTED: list[tuple[str, dict[str, Any], list[str]]] = [
    ("nothing", {"columns": GOOD_COLUMNS}, []),
    (
        "a slice",
        {"data_selector": "data[:4]"},
        [
            (
                "[fewer-records:planets] 4 of 6 objects at 'data' were selected from GET /v1/planets?page=1; let "
                "data_selector name the whole list, and drop none of it in sdk_select_records"
            )
        ],
    ),
    (
        "one of a list",
        {"data_selector": "data[0]", "single": True, "paginator": SinglePagePaginator()},
        [
            (
                "[fewer-records:planets] 1 of 6 objects at 'data' were selected from GET /v1/planets; let "
                "data_selector name the whole list, and drop none of it in sdk_select_records"
            )
        ],
    ),
    (
        "a condition",
        {"data_selector": "data[?(@.kind=='a')]"},
        [
            (
                "[fewer-records:planets] 3 of 6 objects at 'data' were selected from GET /v1/planets?page=1; let "
                "data_selector name the whole list, and drop none of it in sdk_select_records"
            )
        ],
    ),
    (
        "a hook that drops",
        {"hook": sdk_select_records},
        [
            (
                "[fewer-records:planets] 3 of 6 objects at 'data' were selected from GET /v1/planets?page=1; let "
                "data_selector name the whole list, and drop none of it in sdk_select_records"
            )
        ],
    ),
    (
        "a filter",
        {"filter": lambda one: one["kind"] == "a"},
        ["[filtered-records:planets] filter drops 9 of 18 records; leave it out, or accept this with the reason"],
    ),
    (
        "a map that drops fields",
        {"map": lambda one: without(one, "mass", "orbit")},
        [
            (
                "[removed-fields:planets] map or a hook removes 'mass', 'orbit' from 18 of 18 records; hand on what "
                "the API sends"
            )
        ],
    ),
    (
        "a map that drops a field in place",
        {"map": lambda one: one.pop("orbit") and one},
        ["[removed-fields:planets] map or a hook removes 'orbit' from 18 of 18 records; hand on what the API sends"],
    ),
    ("a map that renames", {"map": lambda one: {**without(one, "mass"), "weight": one["mass"]}}, []),
    (
        "every other page",
        {"hook": sdk_paginate},
        [
            (
                "[skipped-offset:planets] 'page' goes from 1 to 3 after GET /v1/planets?page=1, which brought 6 "
                "records: 1 pages between are never asked for; count pages one by one, as PageNumberPaginator does"
            )
        ],
    ),
    (
        "an offset that trusts the limit",
        {"hook": ByTheLimit.sdk_paginate, "paginator": OffsetPaginator(limit=8, limit_param="per_page")},
        [
            (
                "[skipped-offset:planets] 'offset' goes from 0 to 8 after GET /v1/planets?per_page=8&offset=0, which "
                "brought 6 records: 2 records between are never asked for; move it by what came, as OffsetPaginator "
                "does"
            )
        ],
    ),
    ("an offset that goes by what came", {"paginator": OffsetPaginator(limit=8, limit_param="per_page")}, []),
    (
        "statuses that hide faults",
        {"skip_statuses": {401, 403}, "empty_statuses": {404, 429, 503}},
        [
            (
                "[careless-status:planets] skip_statuses of 'planets' holds 401: a bad key, a limit or a failure of "
                "the server would be skipped, and rows with it; leave it out"
            ),
            (
                "[careless-status:planets] empty_statuses of 'planets' holds 429, 503: a bad key, a limit or a failure "
                "of the server would be taken for an empty list, and rows with it; leave them out"
            ),
        ],
    ),
    (
        "rows that are appended again",
        {"write_disposition": "append"},
        [
            (
                "[append-repeats:planets] the second run brings 18 of 18 records again, and write_disposition='append' "
                "keeps both; declare 'merge' with a primary_key, or 'replace'"
            )
        ],
    ),
    (
        "the id of something else",
        {"primary_key": "star_id"},
        [
            (
                "[unstable-key:planets] the key field 'star_id' is the id of something else, while 'id' is there and "
                "tells all 18 records apart; declare primary_key='id'"
            )
        ],
    ),
    (
        "one page of a list that has more",
        {"paginator": SinglePagePaginator()},
        [
            (
                "[more-to-read:planets] GET /v1/planets?page=2 holds 6 records that were never read, though the list "
                "is declared to be one page; declare how it is paged, such as PageNumberPaginator()"
            )
        ],
    ),
    (
        "begins at page 2",
        {"paginator": PageNumberPaginator(base_page=2)},
        [
            (
                "[unread-records:planets] GET /v1/planets?page=1, before the first page that was read, holds 6 records "
                "that were never read; declare base_page=1"
            )
        ],
    ),
    (
        "ends on a short page",
        {"paginator": PageNumberPaginator(limit=8, limit_param="per_page", end=ShortPage())},
        [
            (
                "[unread-records:planets] GET /v1/planets?per_page=8&page=2, after the last page that was read, holds "
                "6 records that were never read; the list ends elsewhere: a short page is no end where the API lowers "
                "the limit; declare end=EmptyPage()"
            )
        ],
    ),
    (
        "columns that hold less",
        {"columns": columns(text="name seen_at orbit star_id", double="mass")},
        [
            (
                "[loose-type:planets] column 'seen_at' is declared as text and all of its 18 values are times; it "
                "could be declared as timestamp"
            ),
            (
                "[loose-type:planets] column 'orbit' is declared as text and all of its 18 values are objects or "
                "lists; it could be declared as json"
            ),
            (
                "[loose-type:planets] column 'star_id' is declared as text and all of its 18 values are whole numbers; "
                "it could be declared as bigint"
            ),
        ],
    ),
]


@pytest.mark.parametrize(("facts", "expected"), [pytest.param(*one[1:], id=one[0]) for one in PLANTED])
def test_planted(declared: Any, found: Found, facts: dict[str, Any], expected: list[str]) -> None:
    """An author who never knew better recorded it, and it is found all the same."""
    declared(**facts)

    assert [str(one) for one in found()] == expected


def test_others_that_are_numbered_alike(declared: Any, found: Found, tiny_api: Any) -> None:
    """What stands beside a list, or in its objects, was not left out because it counts from 1, too."""
    people = [{"id": 2, "name": "Ann"}, {"id": 77, "name": "Ben"}]
    rows = [{**planet(number), "seen_by": people, "twins": [planet(2), planet(99)]} for number in range(1, 4)]
    body = {"data": rows, "people": people, "newest": [planet(3)]}
    tiny_api.answer("/v1/planets", lambda asked: tiny_api.reply(body if asked.query["page"] == "1" else {"data": []}))
    declared()

    assert found() == []


def test_a_setting_that_is_named_like_a_secret_is_not_recorded(declared: Any, recorded: Any) -> None:
    """Nobody knows where a hook sends it, and it would be stored."""
    declared(connector={"settings": [Setting("session_token")]})

    with pytest.raises(LeakError, match="the setting 'session_token' is named like a secret, or holds one"):
        recorded(session_token="q7Zp2Lr9Xw4Vb8Nc")


MOONS = Resource("moons", path="/planets/{planets.id}/moons", data_selector="data", paginator=SinglePagePaginator())


@pytest.fixture
def moons(tiny_api: Any) -> None:
    """Let three planets have a moon each, all numbered alike."""
    for number in range(1, HELD + 1):
        tiny_api.says(f"/v1/planets/{number}/moons", {"data": [{"id": 1, "of": number}]})


@pytest.mark.usefixtures("moons")
def test_stamps_are_unique_over_all_parents(declared: Any, found: Found) -> None:
    """A parent's field that several parents share lets their children replace each other."""
    declared(MOONS)
    assert found("moons") == []

    declared(evolve(MOONS, include_from_parent=("kind",)))

    assert "shared-stamp" in {one.code for one in found("moons")}


def test_an_overlap_below_zero(declared: Any, found: Found) -> None:
    """Each run would begin after what the run before it saw."""
    window = TimeWindow(start_param="since")
    declared(window=window, incremental=Incremental("seen_at", overlap=timedelta(minutes=-5)))

    assert "negative-overlap" in {one.code for one in found()}


def test_a_recording_of_nothing_but_a_skip(declared: Any, found: Found, tiny_api: Any) -> None:
    """A misspelt path answers 404 too, and nothing else was recorded."""
    tiny_api.says("/v1/planets", tiny_api.reply({"code": "not_found"}, 404))
    declared(skip_statuses={404})

    assert [str(one) for one in found()] == [
        (
            "[only-skips:planets] the recording holds nothing but a 404 for '/planets', which skip_statuses hides; "
            "check the path, and record it from an account that has some"
        )
    ]


def test_a_name_for_a_key_where_nothing_is_called_id(declared: Any, found: Found, tiny_api: Any) -> None:
    """Titles and labels change as names do, and something else tells the records apart."""
    rows = [{"title": f"title {number}", "number": number, "star_id": number} for number in range(3)]
    tiny_api.answer("/v1/planets", lambda asked: tiny_api.reply({"data": rows if asked.query["page"] == "1" else []}))
    declared(primary_key="title")

    assert [str(one) for one in found()] == [
        (
            "[unstable-key:planets] the key field 'title' may change, as names do, while 'number' is there and tells "
            "all 3 records apart; declare primary_key='number'"
        )
    ]


def test_a_volatile_field_is_no_news(declared: Any, found: Found, tiny_api: Any) -> None:
    """A probe tells records by their keys: what else is in them may change from one answer to the next."""
    seen = iter(range(1000))

    def answer(asked: Any) -> Any:
        return tiny_api.reply({"data": [{"id": number, "seen": next(seen)} for number in range(6)]})

    tiny_api.answer("/v1/planets", answer)
    declared(paginator=SinglePagePaginator())

    assert found() == []


DECLARED: list[tuple[str, dict[str, Any], list[str]]] = [
    (
        "an address that is fixed",
        {"base_url": "https://planets.test/v1"},
        [
            (
                "[fixed-base-url] base_url is a fixed address, so no other installation and no test server can be "
                "read; "
                'declare Setting("base_url", default=..., description=...)'
            )
        ],
    ),
    (
        "a policy that repeats nothing",
        {"retry": RetryPolicy(attempts=1)},
        [
            (
                "[no-retries] the retry policy of the connector repeats nothing (attempts=1), so one answer that fails "
                "for a moment ends the run; leave it out: the default repeats what a repeat can cure"
            )
        ],
    ),
    (
        "a setting that is the credential",
        {"auth": BearerTokenAuth(Setting("opener", description="what opens it"))},
        [
            (
                "[plain-secret] setting 'opener' is sent as a credential and would be shown and stored; declare "
                "Secret('opener', ...)"
            )
        ],
    ),
    (
        "a user's name beside a secret",
        {"auth": HttpBasicAuth(Setting("user", description="who"), Secret("api_key", description="the key"))},
        [],
    ),
    (
        "a setting in a header for keys",
        {"headers": {"X-Api-Key": Setting("opener", description="what opens it")}},
        [
            (
                "[plain-secret] setting 'opener' is sent as a credential and would be shown and stored; declare "
                "Secret('opener', ...)"
            )
        ],
    ),
]


@pytest.mark.parametrize(("facts", "expected"), [pytest.param(*one[1:], id=one[0]) for one in DECLARED])
def test_declared(declared: Any, folder: Path, facts: dict[str, Any], expected: list[str]) -> None:
    """What is wrong with the connector as a whole needs no recording."""
    declared(connector={"description": "What is out there", **facts})
    subject = Subject("acme", folder)

    found = [
        one
        for check in (declaring.declares, declaring.settings, tolerating.repeats)
        for one in checking.of_connector(check, subject)
        if one.code != "undocumented-setting"
    ]

    assert [str(one) for one in found] == expected


OPENER = "ann@example.org-4711"


@pytest.mark.parametrize(
    "auth",
    [
        BearerTokenAuth(Setting("opener")),
        APIKeyAuth("X-Opener", Setting("opener")),
        HttpBasicAuth(Setting("opener"), "x"),
    ],
    ids=str,
)
def test_a_setting_that_is_a_credential_is_not_recorded(declared: Any, recorded: Any, folder: Path, auth: Any) -> None:
    """Settings are stored, so a credential must not be one; not even changed in parts."""
    declared(connector={"auth": auth})

    with pytest.raises(LeakError) as failed:
        recorded(opener=OPENER, api_key=None)

    assert str(failed.value) == (
        "the cassette is not written, since the setting 'opener' is sent as a credential, and settings are stored; "
        "declare Secret('opener', ...) in its place"
    )
    assert list(folder.rglob("*.yaml")) == []


def test_a_hook_that_sends_a_setting_as_a_credential(declared: Any, recorded: Any) -> None:
    """What authentication adds to a request is a credential, whoever adds it."""

    @hookimpl
    def sdk_authenticate(request: Any) -> Any:
        request.headers["Authorization"] = f"Token {OPENER}"
        return request

    declared(connector={"auth": None, "settings": [Setting("opener")]}, hook=sdk_authenticate)

    with pytest.raises(LeakError, match="the setting 'opener' is sent as a credential"):
        recorded(opener=OPENER, api_key=None)


def test_a_name_beside_a_secret_is_recorded(declared: Any, recorded: Any, folder: Path) -> None:
    """Who asks is no credential, and the recording plays."""
    declared(connector={"auth": HttpBasicAuth(Setting("user"), Secret("api_key"))})

    assert len(recorded(user="ann-of-mars").first.records) == 18


def broken(recording: Any, name: str) -> str | None:
    """Return what the mutation *name* of a recording breaks."""
    [one] = [one for one in mutations(recording) if one.name == name]
    return judge(one, recording)


@pytest.mark.parametrize(
    "paginator", [PageNumberPaginator(), OffsetPaginator(), PageNumberPaginator(limit=6, limit_param="per_page")]
)
def test_a_longer_list_is_read_to_its_end(declared: Any, recorded: Any, paginator: Any) -> None:
    """A sound paginator asks for whatever follows."""
    declared(paginator=paginator)

    assert broken(recorded(), "a list that is longer") is None


@hookimpl
def stops_after_five(page: Page, records: list[Any]) -> Any:
    """Trust that nobody has more than five pages."""
    number = int(page.request.param("page") or "1")
    return page.request.with_params({"page": str(number + 1)}) if records and number < 5 else LAST_PAGE


def test_a_hook_that_stops_beyond_the_sample(declared: Any, recorded: Any) -> None:
    """No sample reaches the page at which a hook gives up."""
    stops_after_five.__name__ = "sdk_paginate"
    declared(hook=stops_after_five)

    assert broken(recorded(), "a list that is longer") == (
        "a list that is longer: GET /planets?page=3: the connector stopped after 2 of 10 further pages, and the run "
        "was green; follow the list until the API says that it ends; no number of pages is an end by itself"
    )


def test_rows_that_are_not_asked_for_any_more(declared: Any, recorded: Any, folder: Path) -> None:
    """What comes first is that rows would be lost, and not how to record that."""
    declared()
    recorded()
    declared(paginator=SinglePagePaginator())
    subject = Subject("acme", folder)

    lines = [str(one) for check in checking.OF_RESOURCE[:4] for one in checking.of_resource(check, subject, "planets")]

    assert lines[0] == (
        "[unasked:planets] GET /v1/planets?page=1 was recorded, and its 6 rows are not asked for any more; check "
        "paging, path and parameters, and only if that is meant, record it anew: sdk record acme --resource planets"
    )
    assert lines[-1].startswith(
        "[unrecorded:planets] 18 rows that were recorded are not asked for any more: a request has no recorded answer: "
    )


def test_advice_names_what_the_declaration_says(declared: Any, recorded: Any) -> None:
    """Where a status or an error is taken for no fault, the advice says which field does so."""
    declared(empty_statuses={401, 500}, error_paths=())
    recording = recorded()

    lines = {one.name: judge(one, recording) or "" for one in mutations(recording)}

    assert [
        lines[name].rpartition("; ")[2]
        for name in ("a 401 in mid-run", "a 500 that stays", "errors beside an emptied list")
    ] == [
        "leave 401 out of empty_statuses",
        "leave 500 out of empty_statuses",
        "leave error_paths to its default, which fails a page whose body names errors",
    ]


def test_a_finding_of_a_column_has_three_names() -> None:
    """One column is accepted by itself, or with all of its resource, or of all resources."""
    assert Finding("unknown-column", "drivers", "...", "suspended_reason").names == (
        "unknown-column:drivers.suspended_reason",
        "unknown-column:drivers",
        "unknown-column",
    )
    assert Finding("no-records", "drivers", "...").names == ("no-records:drivers", "no-records")
