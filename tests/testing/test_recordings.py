"""A recording gives when it is played what was read for it, and nothing that must not be stored."""

from __future__ import annotations

import gzip
import json
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any, TypeAlias
from urllib.parse import unquote

import pytest
from attrs import evolve

from sdk.auth import APIKeyAuth, BearerTokenAuth, OAuth2ClientCredentials
from sdk.connector import BASE_URL
from sdk.errors import ResponseError
from sdk.paginators import NextLinkPaginator, PageNumberPaginator
from sdk.placeholders import Each, Secret, Setting
from sdk.resource import Resource
from sdk.retry import RetryPolicy
from sdk.testing.cassette_files import CassetteError, Contents, parse, path_of
from sdk.testing.openings import Access
from sdk.testing.personal import PersonalData
from sdk.testing.readings import NotRecordedError
from sdk.testing.recordings import EndlessReadingError, Recording, RecordingError, play, record, take
from sdk.testing.sampling import SampleSize
from sdk.testing.scrubbing import LeakError
from sdk.windows import Incremental, TimeWindow

KEY = "a-key-that-opens-the-account"
NOON = datetime(2026, 1, 10, 12, tzinfo=UTC)
MOONS = Resource("moons", path="/planets/{planets.id}/moons", data_selector="data")

Recorded: TypeAlias = Callable[..., Recording]


@pytest.fixture
def path(tmp_path: Path) -> Path:
    """Return where the cassette of `acme.planets` lies."""
    return path_of(tmp_path / "cassettes", "acme", "planets")


@pytest.fixture
def opened(acme: Any) -> Callable[..., Any]:
    """Return a function that declares `acme`, whose address is a setting and whose key is a secret."""
    return lambda *resources, **facts: acme(
        *resources, **{"base_url": BASE_URL, "auth": BearerTokenAuth(Secret("api_key")), **facts}
    )


@pytest.fixture
def recorded(tiny_api: Any, path: Path) -> Recorded:
    """Return a function that records a resource of `acme` from the tiny API."""

    def take(resource: str = "planets", settings: Any = (), **facts: Any) -> Recording:
        given = {"base_url": f"{tiny_api.url}/v1", "api_key": KEY, **dict(settings)}
        return record(
            "acme",
            resource,
            given,
            path.with_stem(resource),
            Access.of("acme", {"start_date": "2020-01-01", **given}).scrubber(facts.pop("personal", None)),
            **{"clock": lambda: NOON, **facts},
        )

    return take


def stored(path: Path) -> Contents:
    """Return what a cassette holds."""
    return parse(path.read_text(encoding="utf-8"))


def shown(recording: Recording) -> Any:
    """Return all of a recording but its contents, whose requests do not compare."""
    return evolve(recording, contents=None)


def asked(contents: Contents) -> list[str]:
    """Return the recorded requests."""
    return [unquote(one.uri) for one in contents.requests]


def test_what_is_played_is_what_was_read(tiny_api, opened, recorded, path):
    """Without the API, both runs give their records again, children with their parents' keys."""
    opened("planets", MOONS)
    tiny_api.lists("/v1/planets", [{"id": 1}], [{"id": 2}])
    tiny_api.lists("/v1/planets/1/moons", [{"id": 10}], [{"id": 11}])
    tiny_api.lists("/v1/planets/2/moons", [{"id": 20}])
    made = recorded("moons")
    tiny_api.forget()

    played = play(stored(path.with_stem("moons")), "acme", "moons")

    moons = [{"id": 10, "_planets_id": 1}, {"id": 11, "_planets_id": 1}, {"id": 20, "_planets_id": 2}]
    assert [played.first.records, played.second.records] == [moons, moons]
    assert shown(played) == shown(made)
    assert (played.failure, played.unasked, played.unrecorded) == (None, (), ())
    assert tiny_api.targets == []


def test_links_to_the_api_itself_are_followed(tiny_api, opened, recorded, path):
    """An address in a body leads to the recorded answer, and names no host that is real."""
    opened("planets")
    tiny_api.says(
        "/v1/planets",
        *[{"data": [{"id": 1}], "next": f"{tiny_api.url}/v1/planets?page=2"}, {"data": [{"id": 2}], "next": None}] * 2,
    )
    recorded()

    played = play(stored(path), "acme", "planets")

    assert played.first.records == [{"id": 1}, {"id": 2}]
    assert asked(played.contents) == ["https://acme.test/v1/planets", "https://acme.test/v1/planets?page=2"] * 2
    assert tiny_api.url.removeprefix("http://") not in path.read_text(encoding="utf-8")


def test_the_second_run_continues(tiny_api, opened, recorded, path):
    """It asks from where the first one ended, at the time that it began."""
    window = TimeWindow(start_param="since", end_param="until")
    opened(Resource("planets", data_selector="data", window=window, incremental=Incremental("at")))
    tiny_api.says("/v1/planets", {"data": [{"id": 1, "at": "2026-01-09T00:05:00Z"}], "next": None})
    times = iter([NOON, NOON + timedelta(hours=1)])

    made = recorded(clock=lambda: next(times), settings={"start_date": "2025-12-31"})

    assert asked(stored(path)) == [
        "https://acme.test/v1/planets?since=2025-12-31T00:00:00Z&until=2026-01-10T12:00:00Z",
        "https://acme.test/v1/planets?since=2026-01-09T00:00:00Z&until=2026-01-10T13:00:00Z",
    ]
    assert shown(play(stored(path), "acme", "planets")) == shown(made)


def test_what_the_server_said_the_time_was(tiny_api, opened, recorded, path):
    """The second run begins by the server's clock where ours is ahead, also when it is played."""
    window = TimeWindow(start_param="since")
    opened(
        "planets",
        Resource("events", data_selector="data", hidden=True, window=window, incremental=Incremental("at")),
        Resource(
            "one", path="/planets/{events.id}", data_selector="data", single=True, part_of="planets",
            only_continuing=True,
        ),
    )  # fmt: skip
    tiny_api.lists("/v1/planets", [{"id": 1}])
    tiny_api.lists("/v1/events", [])
    ahead = datetime.now(UTC) + timedelta(days=2)

    made = recorded(clock=lambda: ahead)

    assert shown(play(stored(path), "acme", "planets")) == shown(made)
    assert not any(f"{ahead - timedelta(minutes=5):%Y-%m-%d}" in one for one in asked(stored(path)))


def test_how_it_was_opened_is_noted(tiny_api, opened, recorded, path):
    """Each run has its clock, the settings that are no secret, and its size; no secret stands anywhere."""
    wanted = Setting("kinds", kind="list", default=["rocky"])
    opened(Resource("planets", data_selector="data", params={"kind": Each(wanted)}))
    tiny_api.lists("/v1/planets", [{"id": 1}])

    recorded(settings={"kinds": ["gas", "ice"], "start_date": "2025-12-31"}, size=SampleSize(pages=2, parents=1))

    contents = stored(path)
    opening = {
        "clock": "2026-01-10T12:00:00.000000Z",
        "base_path": "/v1",
        "settings": {"kinds": ["gas", "ice"], "start_date": "2025-12-31T00:00:00.000000Z"},
        "size": {"pages": 2, "parents": 1},
    }
    assert (contents.secrets, contents.openings) == (["api_key"], [opening, opening])
    assert KEY not in path.read_text(encoding="utf-8")
    assert {one.headers["credentials"] for one in contents.requests} == {"Authorization=api_key"}


@pytest.mark.usefixtures("dlt_home")
def test_nothing_comes_from_the_environment(tiny_api, opened, recorded, path, monkeypatch):
    """What is set for the author's account changes neither a recording nor its playing."""
    opened(Resource("planets", data_selector="data", params={"kind": Setting("kind", default=None)}))
    tiny_api.lists("/v1/planets", [{"id": 1}])
    for name, value in {"KIND": "gas", "START_DATE": "no date", "API_KEY": "another", "OVERRIDES": "none"}.items():
        monkeypatch.setenv(f"SOURCES__ACME__{name}", value)

    recorded(settings={"kind": None})

    assert asked(stored(path)) == ["https://acme.test/v1/planets"] * 2
    assert play(stored(path), "acme", "planets").first.records == [{"id": 1}]


def test_a_connector_that_names_its_address(tiny_api, opened, recorded, path):
    """It is played away from there all the same."""
    opened("planets", base_url=f"{tiny_api.url}/v1")
    tiny_api.lists("/v1/planets", [{"id": 1}])

    given = {"api_key": KEY, "start_date": "2020-01-01"}
    record("acme", "planets", given, path, Access.of("acme", given).scrubber())
    tiny_api.forget()

    assert play(stored(path), "acme", "planets").first.records == [{"id": 1}]
    assert tiny_api.targets == []


def test_a_key_in_the_query(tiny_api, opened, recorded, path):
    """It is taken out, and what is played still tells that it was sent."""
    opened("planets", auth=APIKeyAuth(name="key", api_key=Secret("api_key"), location="query"))
    tiny_api.lists("/v1/planets", [{"id": 1}])

    recorded()

    assert play(stored(path), "acme", "planets").first.records == [{"id": 1}]
    assert {one.headers["credentials"] for one in stored(path).requests} == {"query=api_key"}


def test_compressed_answers(tiny_api, opened, recorded, path):
    """They are stored as text."""
    opened("planets")
    body = gzip.compress(json.dumps({"data": [{"id": 1}], "next": None}).encode())
    tiny_api.says("/v1/planets", tiny_api.reply(body, headers={"Content-Encoding": "gzip"}))

    recorded()

    assert play(stored(path), "acme", "planets").first.records == [{"id": 1}]


def test_persons_are_gone_and_their_keys_join(tiny_api, opened, recorded, path):
    """A child that is asked for by an address finds its parent again, also in the recording of another resource."""
    people = Resource("people", data_selector="data", primary_key="email")
    pets = Resource("pets", path="/people/{people.email}/pets", data_selector="data")
    opened(people, pets)
    jane = {"email": "jane.doe@acme-corp.test", "first_name": "Jane", "phone": "+49 30 1234567"}
    tiny_api.says("/v1/people", {"data": [jane], "next": None})
    tiny_api.lists("/v1/people/jane.doe%40acme-corp.test/pets", [{"id": 1, "walked_by": "Jane"}])
    personal = PersonalData.keyed_by({"api_key": KEY})

    parents = recorded("people", personal=personal).first.records
    children = recorded("pets", personal=personal).first.records

    [fake] = parents
    assert children == [{"id": 1, "walked_by": fake["first_name"], "_people_email": fake["email"]}]
    text = "".join(one.read_text(encoding="utf-8") for one in path.parent.iterdir())
    assert not [word for word in ("jane", "doe", "acme-corp", "1234567") if word in text.lower()]


def test_a_name_that_is_learnt_later(tiny_api, opened, path):
    """Resources that are taken before the first is written are free of what any of them taught."""
    opened("notes", "users")
    tiny_api.lists("/v1/notes", [{"id": 1, "text": "ask Johanna Musterfrau"}])
    tiny_api.lists("/v1/users", [{"id": 2, "first_name": "Johanna", "last_name": "Musterfrau"}])
    given = {"base_url": f"{tiny_api.url}/v1", "api_key": KEY, "start_date": "2020-01-01"}
    scrubber = Access.of("acme", given).scrubber(PersonalData.keyed_by({"api_key": KEY}))

    taken = [take("acme", name, given, scrubber, clock=lambda: NOON) for name in ("notes", "users")]
    notes, users = (one.write(path.with_stem(one.resource)).first.records for one in taken)

    [user] = users
    assert notes == [{"id": 1, "text": f"ask {user['first_name']} {user['last_name']}"}]
    assert "Johanna" not in path.with_stem("notes").read_text(encoding="utf-8")


def test_a_skip_is_recorded(tiny_api, opened, recorded, path):
    """What the account cannot show is skipped again when played."""
    opened(Resource("planets", data_selector="data", skip_statuses={403}))
    tiny_api.says("/v1/planets", tiny_api.reply({"code": "off"}, 403))

    recorded()

    played = play(stored(path), "acme", "planets")
    assert [(one.status, one.request) for one in played.first.skips] == [(403, "GET /planets")]
    assert played.failure is None


def test_the_neighbours_of_a_list_are_recorded(tiny_api, opened, recorded, path):
    """The page before the first and the page after the last are asked, and found again when played."""
    opened(Resource("planets", data_selector="data", paginator=PageNumberPaginator(limit_param="size", limit=2)))
    pages = {"0": [{"id": 7}, {"id": 8}], "1": [{"id": 1}, {"id": 2}]}
    tiny_api.answer("/v1/planets", lambda asked: tiny_api.reply({"data": pages.get(asked.query["page"], [])}))

    recorded()

    played = play(stored(path), "acme", "planets")
    assert [(one.kind, one.request.param("page"), one.status, one.records) for one in played.probes] == [
        ("before the first page", "0", 200, [{"id": 7}, {"id": 8}]),
        ("after the last page", "3", 200, []),
    ]
    assert played.unasked == ()


def test_a_leak_is_not_written(tiny_api, opened, recorded, path):
    """What looks like a secret ends the recording; the cassette that was there stays, and nothing lies beside it."""
    opened("planets")
    tiny_api.says("/v1/planets", {"data": [{"id": 1, "client_secret": "0123456789abcdef"}], "next": None})
    path.parent.mkdir(parents=True)
    path.write_text("what was there", encoding="utf-8")

    with pytest.raises(LeakError, match="a field named like a secret"):
        recorded()

    assert path.read_text(encoding="utf-8") == "what was there"
    assert list(path.parent.iterdir()) == [path]


def test_an_error_of_the_api_is_not_recorded(tiny_api, opened, recorded, path):
    """It is raised as it is, and nothing is written."""
    opened("planets")
    tiny_api.says("/v1/planets", tiny_api.reply({"code": "teapot"}, 418))

    with pytest.raises(ResponseError, match=r"acme\.planets: GET /planets answered 418 \(teapot\)"):
        recorded()

    assert not path.parent.exists()


def test_a_recording_that_lost_something_is_not_written(tiny_api, opened, recorded, path):
    """Where leaving a secret out makes two records one, playing would prove nothing."""
    secrets = [f"{name}-secret-of-the-account" for name in ("one", "two")]
    opened("planets", headers={"X-One": Secret("one"), "X-Two": Secret("two")})
    tiny_api.lists("/v1/planets", [{"id": one} for one in secrets])

    with pytest.raises(RecordingError, match="does not play as it was read: its first run has 1 different keys, and 2"):
        recorded(settings=dict(zip(("one", "two"), secrets, strict=True)))

    assert not path.exists()


def test_a_sample_that_is_none(tiny_api, opened, recorded, path):
    """A resource that asks on and on is not recorded."""
    opened(Resource("planets", data_selector="data", params={"day": Each(range(1000))}))
    tiny_api.lists("/v1/planets", [])

    with pytest.raises(RecordingError, match=r"acme\.planets: a sample takes more than 200 requests"):
        recorded()

    assert len(tiny_api.asked) == 200
    assert not path.exists()


def test_what_was_not_recorded(tiny_api, opened, recorded, path):
    """A connector that asks something else keeps what came before, and is told what comes nearest."""
    opened("planets")
    tiny_api.lists("/v1/planets", [{"id": 1}], [{"id": 2}])
    recorded()
    opened(Resource("planets", data_selector="data", paginator=PageNumberPaginator(base_page=2)))

    played = play(stored(path), "acme", "planets")

    assert played.first.records == [{"id": 2}]
    assert isinstance(played.failure, NotRecordedError)
    assert (played.second.records, played.second.failure, played.probes) == ([], None, ())
    assert played.unasked == ("GET /v1/planets", "GET /v1/planets", "GET /v1/planets?page=2")
    [said] = played.unrecorded
    assert "holds no answer to GET /v1/planets?page=3; nearest is GET /v1/planets?page=2" in said
    assert said.endswith("record it anew with `sdk record acme -r planets` if it is meant")


def test_settings_that_came_and_went(tiny_api, opened, recorded, path):
    """Another version of a connector is played with the settings that it still has, and its own defaults."""
    opened(Resource("planets", data_selector="data", params={"kind": Setting("kind", default="gas")}))
    tiny_api.lists("/v1/planets", [{"id": 1}])
    recorded()
    opened(Resource("planets", data_selector="data", params={"kind": Setting("sort", default="gas")}))

    assert play(stored(path), "acme", "planets").first.records == [{"id": 1}]


def test_answers_may_be_given_again(tiny_api, opened, recorded, path):
    """The last answer to a request is repeated when that is wanted, and otherwise missing."""
    opened("planets")
    tiny_api.lists("/v1/planets", [{"id": 1}])
    recorded()
    contents = stored(path)
    once = evolve(contents, requests=contents.requests[:1], responses=contents.responses[:1])

    assert play(once, "acme", "planets").second.failure is not None
    assert play(once, "acme", "planets", repeats=True).second.records == [{"id": 1}]


def test_repetition_has_an_end(tiny_api, opened, recorded, path):
    """A connector that asks the same for ever is stopped."""
    opened("planets", retry=RetryPolicy(attempts=100_000))
    tiny_api.lists("/v1/planets", [{"id": 1}])
    recorded()
    contents = stored(path)
    failing = [{**one, "status": {"code": 500, "message": "no"}} for one in contents.responses]

    with pytest.raises(EndlessReadingError, match="a sample takes more than 200 requests"):
        play(evolve(contents, responses=failing), "acme", "planets", repeats=True)


@pytest.mark.parametrize(
    ("openings", "said"),
    [
        ([], "has 2 openings, one for each run; this has 0"),
        ([{"clock": "noon"}] * 2, "an opening needs clock, base_path, settings and size"),
        (["nonsense"] * 2, "an opening needs clock, base_path, settings and size"),
        (
            [{"clock": "2026-01-10", "base_path": "", "settings": {}, "size": {"pages": 0, "parents": 1}}] * 2,
            "an opening needs clock, base_path, settings and size",
        ),
    ],
)
def test_an_opening_made_by_hand(opened, openings, said):
    """It says what is missing."""
    opened("planets")

    with pytest.raises(CassetteError, match=said):
        play(Contents(openings=openings), "acme", "planets")


def test_links_are_not_followed_elsewhere(tiny_api, foreign_api, opened, recorded, path):
    """A next link to another host fails when it is recorded, as in a run."""
    opened("planets", paginator=NextLinkPaginator())
    tiny_api.says("/v1/planets", {"data": [{"id": 1}], "next": f"{foreign_api.url}/v1/planets?page=2"})

    with pytest.raises(ResponseError, match="credentials and rows stay at"):
        recorded()

    assert foreign_api.asked == []
    assert not path.exists()


def test_tokens_are_fetched_again(tiny_api, opened, recorded, path):
    """A token that the API gives out stands nowhere, and playing asks for it as a run does."""
    auth = OAuth2ClientCredentials(
        access_token_url=Setting("token_url"), client_id=Setting("client_id"), client_secret=Secret("api_key")
    )
    opened("planets", auth=auth)
    tiny_api.says("/token", {"access_token": "Zk3v9QpLm2xT7bWc", "token_type": "bearer", "expires_in": 3600})
    tiny_api.lists("/v1/planets", [{"id": 1}])

    recorded(settings={"token_url": f"{tiny_api.url}/token", "client_id": "planets-app"})
    tiny_api.forget()

    assert play(stored(path), "acme", "planets").first.records == [{"id": 1}]
    assert tiny_api.targets == []
    assert asked(stored(path)) == ["https://acme.test/token", "https://acme.test/v1/planets"] * 2
    text = path.read_text(encoding="utf-8")
    assert not [one for one in ("Zk3v9QpLm2xT7bWc", KEY, "127.0.0.1") if one in text]
