"""The simulated incident-response API does what its documentation and its recordings say, over real HTTP.

Nothing here uses the connector: these are the facts that it is tested against.
"""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from email.utils import parsedate_to_datetime
from typing import Any

import pytest
import requests
from sdk_plugin_incident_response.simulator import SIMULATOR, simulator

from sdk.testing.simulator import SimulatorServer, instant, serve

NOW = datetime(2025, 6, 1, 12, tzinfo=UTC)
PATHS = {endpoint.name: endpoint.path for endpoint in SIMULATOR.endpoints}
PAGED = ["incidents", "incident_updates", "users", "schedules", "actions_v3", "follow_ups_v3"]
AT_ONCE = [name for name in PATHS if name not in PAGED]
TASKS = ["actions", "follow_ups"]
TASK_MODES = ["standard", "retrospective", "test", "tutorial", "stream"]
MODES = {"mode[one_of]": TASK_MODES[:4]}


@pytest.fixture
def server() -> Iterator[SimulatorServer]:
    """Serve the demo-sized account."""
    with serve(SIMULATOR, seed=3, now=NOW) as running:
        yield running


def get(server: SimulatorServer, path: str, **query: Any) -> requests.Response:
    """Ask for a path with the right key."""
    headers = {"Authorization": f"Bearer {server.settings['api_key']}"}
    return requests.get(server.base_url + path, params=query, headers=headers, timeout=10)


def walk(server: SimulatorServer, path: str, **query: Any) -> list[dict[str, Any]]:
    """Follow the cursor while there is one; return all records."""
    found: list[dict[str, Any]] = []
    cursor: dict[str, str] = {}
    while True:
        answer = get(server, path, **query, **cursor)
        assert answer.status_code == 200, answer.text
        found += answer.json()[path.rpartition("/")[2]]
        after = answer.json().get("pagination_meta", {}).get("after")
        if not after:
            return found
        cursor = {"after": after}


def epoch(value: object) -> float:
    """Return the epoch seconds of a moment that is one."""
    moment = instant(value)
    assert moment is not None
    return moment


def by_id(records: list[dict[str, Any]]) -> list[dict[str, Any]]:
    """Sort records by id."""
    return sorted(records, key=lambda record: record["id"])


@pytest.mark.parametrize("resource", [name for name in AT_ONCE if name not in TASKS])
def test_lists_that_come_at_once(server: SimulatorServer, resource: str) -> None:
    """These lists are the whole truth in one answer, say nothing about pages, and know no parameter for one."""
    answer, paged = get(server, PATHS[resource]), get(server, PATHS[resource], page_size=25)

    assert {PATHS[resource].rpartition("/")[2]: server.truth(resource)} == answer.json()
    assert (paged.status_code, paged.json()["errors"][0]["source"]) == (422, {"field": "page_size"})


@pytest.mark.parametrize(
    ("resource", "query"),
    [
        ("incidents", MODES),
        ("incident_updates", {}),
        ("users", {"include_inactive": "true"}),
        ("schedules", {}),
    ],
)
def test_lists_in_pages(server: SimulatorServer, resource: str, query: dict[str, Any]) -> None:
    """The pages hold each record once, 25 at a time unless asked otherwise, and no cursor follows the last."""
    pages = [walk(server, PATHS[resource], **query), walk(server, PATHS[resource], page_size=7, **query)]
    first = get(server, PATHS[resource], **query).json()
    truth = server.truth(resource)

    assert server.truth(resource) == pages[0]
    assert [record["id"] for record in pages[0]] == [record["id"] for record in pages[1]]
    assert (len(first[resource]), first["pagination_meta"]["page_size"]) == (25, 25)
    assert truth[24]["id"] == first["pagination_meta"]["after"]
    assert len({record["id"] for record in truth}) == len(truth)


def test_what_is_said_about_pages(server: SimulatorServer) -> None:
    """At the end the cursor is missing or null; only schedules count their records."""
    metas = {name: _last_meta(server, name) for name in ("incident_updates", "users", "schedules")}

    assert {
        "incident_updates": {"page_size": 25},
        "users": {"page_size": 25, "after": None},
        "schedules": {"page_size": 25, "total_record_count": 32},
    } == metas


def _last_meta(server: SimulatorServer, resource: str) -> dict[str, Any]:
    last = walk(server, PATHS[resource])[-26]["id"]
    meta: dict[str, Any] = get(server, PATHS[resource], after=last).json()["pagination_meta"]
    return meta


@pytest.mark.parametrize("resource", ["incidents", "incident_updates", "users", "schedules"])
def test_the_last_id_is_the_cursor(server: SimulatorServer, resource: str) -> None:
    """Who ignores the page's words, sends the last id seen and stops at an empty list reads the same."""
    found: list[dict[str, Any]] = []
    while batch := get(server, PATHS[resource], **({"after": found[-1]["id"]} if found else {})).json()[resource]:
        found += batch

    assert walk(server, PATHS[resource]) == found


@pytest.mark.parametrize(
    ("resource", "maximum"), [("incidents", 250), ("incident_updates", 250), ("users", 10_000), ("schedules", 10_000)]
)
def test_page_sizes(server: SimulatorServer, resource: str, maximum: int) -> None:
    """Each list has its own largest page."""
    sizes = (maximum, maximum + 1)

    assert [200, 422] == [get(server, PATHS[resource], page_size=size).status_code for size in sizes]


def test_cursor_belongs_to_its_filters(server: SimulatorServer) -> None:
    """A cursor is of no use with other filters than those it was made with."""
    hidden = next(r["id"] for r in server.truth("incidents") if r["mode"] == "test")

    assert get(server, "/v2/incidents", after=hidden).status_code == 422
    assert get(server, "/v2/incidents", after=hidden, **{"mode[one_of]": "test"}).status_code == 200


def test_modes_of_incidents(server: SimulatorServer) -> None:
    """Only standard and retrospective incidents are listed; a repeated parameter asks for all modes."""
    plain, everything = walk(server, "/v2/incidents"), walk(server, "/v2/incidents", **MODES)

    assert server.truth("incidents") == everything
    assert [r for r in everything if r["mode"] in ("standard", "retrospective")] == plain
    assert set(TASK_MODES[:4]) == {record["mode"] for record in everything}
    assert get(server, "/v2/incidents", **{"mode[one_of]": "stream"}).status_code == 422


@pytest.mark.parametrize("path", ["/v2/actions", "/v3/actions", "/v2/follow_ups", "/v3/follow_ups"])
def test_modes_of_tasks(server: SimulatorServer, path: str) -> None:
    """Actions and follow-ups take one mode per request; their whole is five requests, streams included."""
    resource = path.rpartition("/")[2]
    parts = {mode: walk(server, path, incident_mode=mode) for mode in TASK_MODES}
    plain = walk(server, path)
    incidents = {record["id"] for record in server.truth("incidents")}

    assert by_id(server.truth(resource)) == by_id([record for part in parts.values() for record in part])
    assert all(parts.values())
    assert by_id(plain) == by_id(parts["standard"] + parts["retrospective"])
    assert get(server, path, incident_mode=["test", "stream"]).status_code == 422
    assert not incidents & {record["incident_id"] for record in parts["stream"]}
    assert "deleted" in {record["status"] for record in plain}


def test_versions_of_tasks(server: SimulatorServer) -> None:
    """The older version sends all at once; the newer one pages and filters by the time of change, to the second."""
    since = NOW - timedelta(days=30, seconds=17)
    query = {"updated_at[gte]": since.isoformat(), "incident_mode": "standard"}
    days = {"updated_at[date_range]": "2025-05-01~2025-05-20", "incident_mode": "standard"}
    for resource in TASKS:
        plain, changed = (
            walk(server, f"/v2/{resource}", incident_mode="standard"),
            walk(server, f"/v3/{resource}", **query),
        )

        assert server.truth(resource) == server.truth(f"{resource}_v3")
        assert [r for r in plain if epoch(r["updated_at"]) >= since.timestamp()] == changed
        assert [r for r in plain if "2025-05-01" <= r["updated_at"][:10] <= "2025-05-20"] == walk(
            server, f"/v3/{resource}", **days
        )
        assert 0 < len(changed) < len(plain)
        assert {200, 422} == {
            get(server, f"/{version}/{resource}", page_size=250).status_code for version in ("v2", "v3")
        }
        assert get(server, f"/v3/{resource}", page_size=251).status_code == 422
        assert get(server, f"/v2/{resource}", **query).status_code == 422


def test_tasks_of_an_incident(server: SimulatorServer) -> None:
    """Actions, follow-ups and updates can be asked for one incident, follow-ups for one team."""
    updates = server.truth("incident_updates")
    number, team = updates[0]["incident_id"], "01HT1"
    follow_ups = [r for r in server.truth("follow_ups", incident_mode="standard") if r["assignee_team"]]

    assert [r for r in updates if r["incident_id"] == number] == walk(
        server, "/v2/incident_updates", incident_id=number
    )
    assert [r for r in follow_ups if r["assignee_team"]["id"] == team] == walk(
        server, "/v2/follow_ups", assignee_team_id=team, incident_mode="standard"
    )
    assert get(server, "/v2/actions", assignee_team_id=team).status_code == 422


def test_inactive_users(server: SimulatorServer) -> None:
    """Users who are not active are listed only when they are asked for, though other records name them."""
    plain, everyone = walk(server, "/v2/users"), walk(server, "/v2/users", include_inactive="true")
    named = {record["assignee"]["id"] for record in server.truth("actions") if record["assignee"]}

    assert server.truth("users") == everyone
    assert [record for record in everyone if record["is_active"]] == plain
    assert named - {record["id"] for record in plain}
    assert named <= {record["id"] for record in everyone}
    assert get(server, "/v2/users", include_inactive="True").status_code == 422


def test_next_shifts(server: SimulatorServer) -> None:
    """A page of more than 25 schedules comes without their next shifts, in silence."""
    small, large = walk(server, "/v2/schedules", page_size=25), walk(server, "/v2/schedules", page_size=26)

    assert server.truth("schedules") == small
    assert [{**record, "next_shifts": []} for record in small] == large
    assert all(record["next_shifts"] for record in small)


def test_days_of_incidents(server: SimulatorServer) -> None:
    """Incidents are filtered by whole days, both ends included; a time of day is refused."""
    whole = server.truth("incidents")
    since, until = "2025-03-03", "2025-04-05"
    later = walk(server, "/v2/incidents", **{"updated_at[gte]": since}, **MODES)
    earlier = walk(server, "/v2/incidents", **{"created_at[lte]": until}, **MODES)
    between = walk(server, "/v2/incidents", **{"updated_at[date_range]": f"{since}~{until}"}, **MODES)

    assert [r for r in whole if r["updated_at"][:10] >= since] == later
    assert [r for r in whole if r["created_at"][:10] <= until] == earlier
    assert [r for r in whole if since <= r["updated_at"][:10] <= until] == between
    assert 0 < len(between) < len(later) < len(whole)
    answer = get(server, "/v2/incidents", **{"updated_at[gte]": "2025-03-03T10:00:00Z"})
    assert (answer.status_code, answer.json()["type"]) == (422, "validation_error")


def test_day_of_a_change_is_seen_again(server: SimulatorServer) -> None:
    """What changed after the watermark, on its day, is in the list from that day; so is all else of the day."""
    record = server.truth("incidents")[-1]
    server.advance(timedelta(hours=3))
    server.update("incidents", record["id"], {"summary": "Behoben"})
    found = walk(server, "/v2/incidents", **{"updated_at[gte]": "2025-06-01"}, **MODES)

    assert record["id"] in [r["id"] for r in found]
    assert next(r for r in found if r["id"] == record["id"])["updated_at"] == "2025-06-01T15:00:00Z"


def test_order_of_incidents(server: SimulatorServer) -> None:
    """The newest incident comes first unless the oldest is asked for; no list is sorted by the time of change."""
    newest, oldest = (walk(server, "/v2/incidents", **query) for query in ({}, {"sort_by": "created_at_oldest_first"}))
    moments = [epoch(record["created_at"]) for record in newest]

    assert sorted(moments, reverse=True) == moments
    assert newest[::-1] == oldest
    assert get(server, "/v2/incidents", sort_by="updated_at").status_code == 422


def test_incident_added_while_paging(server: SimulatorServer) -> None:
    """With the oldest first, what is created meanwhile comes at the end of the walk; with the newest first, never."""
    sizes = {"page_size": 50, "sort_by": "created_at_oldest_first"}
    first = get(server, "/v2/incidents", **sizes).json()
    newest = get(server, "/v2/incidents", page_size=50).json()
    added = server.add("incidents", {"mode": "standard", "reference": "INC-999"})
    rest = walk_from(server, first["pagination_meta"]["after"], **sizes)

    assert added["id"] == rest[-1]["id"]
    assert added["id"] not in {r["id"] for r in walk_from(server, newest["pagination_meta"]["after"], page_size=50)}


def walk_from(server: SimulatorServer, after: str | None, **query: Any) -> list[dict[str, Any]]:
    """Read on from a cursor to the end."""
    found: list[dict[str, Any]] = []
    while after:
        body = get(server, "/v2/incidents", after=after, **query).json()
        found += body["incidents"]
        after = body["pagination_meta"].get("after")
    return found


def test_status_categories(server: SimulatorServer) -> None:
    """No category is hidden by default; several may be asked for."""
    plain = walk(server, "/v2/incidents")
    wanted = ["live", "merged"]
    found = walk(server, "/v2/incidents", **{"status_category[one_of]": wanted})

    assert [r for r in plain if r["incident_status"]["category"] in wanted] == found
    assert len({record["incident_status"]["category"] for record in plain}) == 8


def test_private_incidents() -> None:
    """A key without the right does not see private incidents, and nothing says so."""
    with serve(simulator(sees_private=False), seed=3, now=NOW) as few, serve(SIMULATOR, seed=3, now=NOW) as all_of_them:
        whole = all_of_them.truth("incidents")

        assert [r for r in whole if r["visibility"] == "public"] == walk(few, "/v2/incidents", **MODES)
        assert len(few.truth("incidents")) < len(whole)


def test_deprecated_versions(server: SimulatorServer) -> None:
    """Two lists have an older version of the same rows: its fields differ."""
    types = get(server, "/v2/catalog_types").json()["catalog_types"]
    roles = get(server, "/v1/incident_roles").json()["incident_roles"]
    new = {"engine_resource_type", "use_name_as_identifier", "is_team_type", "owning_team_ids"}

    assert [{**r, "required": False} for r in server.truth("incident_roles")] == roles
    assert {""} == {record["semantic_type"] for record in types}
    for old, current in zip(types, server.truth("catalog_types"), strict=True):
        assert new == set(current) - set(old)
        assert {name: value for name, value in old.items() if name != "semantic_type"}.items() <= current.items()


def test_permissions(server: SimulatorServer) -> None:
    """A valid key may be refused for one resource, in all its versions, while the next one answers."""
    server.gate("actions")
    paths = ("/v2/actions", "/v3/actions", "/v2/follow_ups")
    refused = get(server, paths[0]).json()

    assert [403, 403, 200] == [get(server, path).status_code for path in paths]
    assert ["errors", "request_id", "status", "type"] == sorted(refused)
    assert refused["errors"][0]["message"] == "Your API key does not have permission to read this resource"
    assert server.truth("actions") == []
    server.ungate("actions_v3")
    assert [200, 200, 200] == [get(server, path).status_code for path in paths]


def test_credentials(server: SimulatorServer) -> None:
    """The key is a bearer token; what is refused has a body of the same form."""
    key, url = server.settings["api_key"], server.base_url + "/v2/users"
    values = [f"Bearer {key}", key, f"Token token={key}", "Bearer wrong"]
    answers = [requests.get(url, headers={"Authorization": value}, timeout=10) for value in values]
    unknown = get(server, "/v4/users")

    assert [200, 401, 401, 401] == [answer.status_code for answer in answers]
    assert answers[1].json()["status"] == 401
    assert (unknown.status_code, unknown.json()["type"]) == (404, "not_found")


@pytest.mark.parametrize(
    ("path", "query"),
    [
        ("/v2/incidents", {"limit": 100}),
        ("/v2/incidents", {"mode": "test"}),
        ("/v2/incidents", {"page_size": 0}),
        ("/v2/incidents", {"after": "01H0"}),
        ("/v2/incidents", {"updated_at[gt]": "2025-01-01"}),
        ("/v2/incidents", {"updated_at[gte]": "soon"}),
        ("/v2/incidents", {"updated_at[date_range]": "2025-01-01"}),
        ("/v2/incidents", {"updated_at[date_range]": "2025-01-01~2025-01-02", "updated_at[lte]": "2025-01-01"}),
        ("/v2/incident_updates", {"updated_at[gte]": "2025-01-01"}),
        ("/v2/schedules", {"updated_at[gte]": "2025-01-01"}),
        ("/v2/actions", {"incident_mode": "all"}),
        ("/v3/catalog_types", {"after": "01H0"}),
    ],
)
def test_validation(server: SimulatorServer, path: str, query: dict[str, Any]) -> None:
    """What a list does not know is a 422 that names the field."""
    answer = get(server, path, **query)
    body = answer.json()

    assert (answer.status_code, body["type"], body["status"]) == (422, "validation_error", 422)
    assert body["errors"][0]["source"]["field"].partition("[")[0] in {name.partition("[")[0] for name in query}


def test_rate_limit() -> None:
    """A refusal tells until when in words; the header is there for the key's limit only."""
    limit = SIMULATOR.rate_limit
    assert limit is not None
    assert (limit.account.requests if limit.account else None, limit.classes["incidents"].requests) == (1200, 60)
    with serve(SIMULATOR, now=NOW, rate_limit=limit.scaled(requests=2, period=30)) as server:
        answers = [get(server, "/v2/incidents", page_size=1) for _ in range(3)]
    with serve(SIMULATOR, now=NOW, rate_limit=limit.scaled(requests=2, period=30)) as server:
        others = [get(server, "/v1/severities") for _ in range(3)]
    told = [answer.json()["rate_limit"] for answer in (answers[2], others[2])]
    until = [parsedate_to_datetime(each["retry_after"].replace("UTC", "GMT")) for each in told]

    assert [200, 200, 429] * 2 == [answer.status_code for answer in (*answers, *others)]
    assert ["1", "0", "0"] == [answer.headers["x-ratelimit-remaining"] for answer in others]
    assert [("account", 2, 0)] * 2 == [(each["name"], each["limit"], each["remaining"]) for each in told]
    assert all(each["retry_after"].endswith(" UTC") for each in told)
    assert all(moment > datetime.now(UTC) - timedelta(seconds=1) for moment in until)
    assert all(moment < datetime.now(UTC) + timedelta(seconds=32) for moment in until)
    assert 1 <= int(others[2].headers["Retry-After"]) <= 30
    assert answers[2].json()["type"] == "too_many_requests"


def test_rate_limit_of_incidents() -> None:
    """The list of incidents has a lower limit of its own, whose refusal has no header that says how long to wait."""
    with serve(SIMULATOR, now=NOW, rate_limit=SIMULATOR.rate_limit) as server:
        answers = [get(server, "/v2/incidents", page_size=1) for _ in range(61)]
        other = get(server, "/v2/users", page_size=1)

    assert [200] * 60 + [429] == [answer.status_code for answer in answers]
    assert answers[-1].json()["rate_limit"]["name"] == "incidents"
    assert "Retry-After" not in answers[-1].headers
    assert other.status_code == 200


def test_records_are_awkward(server: SimulatorServer) -> None:
    """Fractions have any length, numbers come whole and not, keys are missing, and some lists know no time."""
    incidents, users = server.truth("incidents"), server.truth("users")
    fractions = {len(record["updated_at"]) - 21 for record in incidents}
    names = ("total", "working", "sleeping", "late")
    minutes = [record[f"workload_minutes_{name}"] for record in incidents for name in names]

    assert {2, 3, 6} <= fractions
    assert {int, float} == {type(value) for value in minutes}
    assert all(len({frozenset(record) for record in records}) > 1 for records in (incidents, users))
    assert {26} == {len(record["id"]) for name in PATHS for record in server.truth(name)}
    assert len({record["reference"] for record in incidents}) == len(incidents)
    for resource in ("incident_timestamps", "users", "workflows"):
        assert not any(name.endswith("_at") for record in server.truth(resource) for name in record)
    assert not any("updated_at" in record for record in server.truth("incident_updates"))
    assert {"user", "api_key", "workflow", "alert"} == {
        next(iter(r["updater"])) for r in server.truth("incident_updates")
    }


def test_same_seed_same_account() -> None:
    """The same seed and clock give the same account, another seed another one."""
    with serve(SIMULATOR, seed=1, now=NOW) as one, serve(SIMULATOR, seed=1, now=NOW) as same:
        assert [one.truth(name) for name in PATHS] == [same.truth(name) for name in PATHS]
    with serve(SIMULATOR, seed=1, now=NOW) as one, serve(SIMULATOR, seed=2, now=NOW) as other:
        assert one.truth("incidents") != other.truth("incidents")
