"""The simulated help-desk API does what its documentation and its recordings say, over real HTTP.

Nothing here uses the connector: these are the facts that it is tested against.
"""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
import requests
from sdk_plugin_tickets.simulator import SIMULATOR

from sdk.testing.simulator import SimulatorServer, instant, serve

NOW = datetime(2025, 6, 1, 12, tzinfo=UTC)
EVER = "1970-01-01T00:00:00Z"
SCOPED = ["tickets", "problems", "changes", "releases", "assets", "software", "purchase_orders"]
PATHS = {endpoint.name: endpoint.path for endpoint in SIMULATOR.endpoints}
KEYS = {"software": "applications"}
LISTS = [name for name, path in PATHS.items() if "{" not in path]


@pytest.fixture
def server() -> Iterator[SimulatorServer]:
    """Serve the demo-sized account."""
    with serve(SIMULATOR, seed=3, now=NOW) as running:
        yield running


def get(server: SimulatorServer, path: str, **query: Any) -> requests.Response:
    """Ask for a path with the right key."""
    auth = (server.settings["api_key"], "X")
    return requests.get(server.base_url + path, params=query, auth=auth, timeout=10)


def walk(server: SimulatorServer, path: str, key: str, **query: Any) -> list[dict[str, Any]]:
    """Follow the link header to the end; return all records."""
    with requests.Session() as session:
        session.auth = (server.settings["api_key"], "X")
        answer = session.get(server.base_url + path, params=query, timeout=10)
        records: list[dict[str, Any]] = []
        while True:
            records += answer.json()[key]
            if "next" not in answer.links:
                return records
            answer = session.get(answer.links["next"]["url"], timeout=10)


def epoch(value: object) -> float:
    """Return the epoch seconds of a moment that is one."""
    moment = instant(value)
    assert moment is not None
    return moment


def by_id(records: list[dict[str, Any]]) -> list[dict[str, Any]]:
    """Sort records by id."""
    return sorted(records, key=lambda record: record["id"])


@pytest.mark.parametrize("resource", LISTS)
def test_truth_is_what_all_pages_hold(server: SimulatorServer, resource: str) -> None:
    """All pages of all workspaces, with an early `updated_since` for tickets, are the whole truth."""
    workspaces = [record["id"] for record in walk(server, "/workspaces", "workspaces")]
    queries = [{"workspace_id": number} for number in workspaces] if resource in SCOPED else [{}]
    early = {"updated_since": EVER} if resource == "tickets" else {}
    key = KEYS.get(resource, resource)
    found = [row for query in queries for row in walk(server, PATHS[resource], key, per_page=100, **query, **early)]

    assert by_id(found) == by_id(server.truth(resource))
    assert len({record["id"] for record in found}) == len(found) > 0


@pytest.mark.parametrize("resource", SCOPED)
def test_workspaces(server: SimulatorServer, resource: str) -> None:
    """Without `workspace_id` only the primary workspace is listed; 0 lists all of them, with fewer fields."""
    early = {"updated_since": EVER} if resource == "tickets" else {}
    path, key = PATHS[resource], KEYS.get(resource, resource)
    primary, everything = (walk(server, path, key, **query, **early) for query in ({}, {"workspace_id": "0"}))
    truth = {record["id"]: record for record in server.truth(resource)}

    assert {2} == {record["workspace_id"] for record in primary}
    assert {2, 3, 5} == {record["workspace_id"] for record in everything}
    assert sorted(truth) == sorted(record["id"] for record in everything)
    assert all(record.items() <= truth[record["id"]].items() for record in everything)
    assert all(len(record) < len(truth[record["id"]]) for record in everything)


def test_tickets_of_the_last_30_days(server: SimulatorServer) -> None:
    """Without `updated_since` only tickets created in the last 30 days are listed, newest first."""
    earliest = (NOW - timedelta(days=30)).timestamp()
    recent = [r for r in server.truth("tickets") if r["workspace_id"] == 2 and epoch(r["created_at"]) >= earliest]
    created = [epoch(record["created_at"]) for record in recent]

    assert recent == walk(server, "/tickets", "tickets")
    assert sorted(created, reverse=True) == created
    assert 0 < len(recent) < len(server.truth("tickets")) / 5


def test_updated_since(server: SimulatorServer) -> None:
    """`updated_since` keeps what changed at or after a moment, in the order asked for."""
    since = (NOW - timedelta(days=100)).strftime("%Y-%m-%dT%H:%M:%SZ")
    for resource in ("tickets", "problems", "changes", "releases"):
        query = {"updated_since": since, "order_by": "updated_at", "order_type": "asc", "workspace_id": "2"}
        found = walk(server, PATHS[resource], resource, **query)
        moments = [epoch(record["updated_at"]) for record in found]
        truth = [r for r in server.truth(resource) if r["workspace_id"] == 2]

        assert sorted(moments) == moments
        assert by_id([r for r in truth if epoch(r["updated_at"]) >= epoch(since)]) == by_id(found)


def test_deleted_and_spam(server: SimulatorServer) -> None:
    """Deleted and spam tickets are listed only when they are asked for, and never together."""
    assert {(False, False)} == {(r["deleted"], r["spam"]) for r in server.truth("tickets")}
    assert {(True, False)} == {(r["deleted"], r["spam"]) for r in server.truth("tickets", filter="deleted")}
    assert {(False, True)} == {(r["deleted"], r["spam"]) for r in server.truth("tickets", filter="spam")}


def test_deleted_between_runs(server: SimulatorServer) -> None:
    """A ticket that is deleted just disappears from the default list."""
    number = server.truth("tickets")[0]["id"]
    server.update("tickets", number, {"deleted": True})

    assert number not in {record["id"] for record in server.truth("tickets")}
    assert number in {record["id"] for record in server.truth("tickets", filter="deleted")}


def test_pages(server: SimulatorServer) -> None:
    """A page holds 30 unless asked otherwise; the link keeps all filters and is absent on the last page."""
    first = get(server, "/assets")
    last = get(server, "/assets", page=3)

    assert (len(first.json()["assets"]), list(first.json())) == (30, ["assets"])
    assert f"{server.base_url}/assets?page=2" == first.links["next"]["url"]
    assert "link" not in last.headers
    assert ((beyond := get(server, "/assets", page=99)).status_code, beyond.json()) == (200, {"assets": []})


@pytest.mark.parametrize(
    ("path", "query", "code", "name"),
    [
        ("/tickets", {"per_page": 101}, "invalid_value", "per_page"),
        ("/tickets", {"page": 0}, "invalid_value", "page"),
        ("/tickets", {"updated_since": "soon"}, "invalid_value", "updated_since"),
        ("/tickets", {"limit": 30}, "invalid_field", "limit"),
        ("/agents", {"updated_since": EVER}, "invalid_field", "updated_since"),
        ("/tickets/1/csat_response", {"page": 1}, "invalid_field", "page"),
    ],
)
def test_validation(server: SimulatorServer, path: str, query: dict[str, Any], code: str, name: str) -> None:
    """A page size above 100 is an error, and so is a parameter that the endpoint does not know."""
    answer = get(server, path, **query)
    body = answer.json()

    assert (answer.status_code, body["description"]) == (400, "Validation failed")
    assert [(name, code)] == [(error["field"], error["code"]) for error in body["errors"]]


def test_credentials_and_accept(server: SimulatorServer) -> None:
    """The key is the user name of HTTP Basic, any password will do; only JSON is served."""
    url, key = server.base_url + "/agents", server.settings["api_key"]
    statuses = [requests.get(url, auth=auth, timeout=10).status_code for auth in ((key, ""), (key, "x"), ("X", key))]
    picky = requests.get(url, auth=(key, "X"), headers={"Accept": "text/csv"}, timeout=10)

    assert statuses == [200, 200, 401]
    assert picky.status_code == 406
    assert requests.get(url, timeout=10).json()["code"] == "invalid_credentials"


def test_requesters(server: SimulatorServer) -> None:
    """Agents are among the requesters only when asked for."""
    everyone = walk(server, "/requesters", "requesters", include_agents="true")

    assert by_id(server.truth("requesters", include_agents=True)) == by_id(everyone)
    assert [r for r in everyone if not r["is_agent"]] == server.truth("requesters")
    assert any(record["is_agent"] for record in everyone)


def test_fields_on_demand(server: SimulatorServer) -> None:
    """Trashed assets and some fields are sent only when they are asked for."""
    assert not {"type_fields"} & set(server.truth("assets")[0])
    assert {"type_fields"} <= set(server.truth("assets", include="type_fields")[0])
    assert not {r["id"] for r in server.truth("assets")} & {r["id"] for r in server.truth("assets", trashed=True)}
    assert not any({"purchase_items", "custom_fields"} & set(record) for record in server.truth("purchase_orders"))
    assert "purchase_items" in server.truth("purchase_orders", include="purchase_items,custom_fields")[0]


def test_survey_responses(server: SimulatorServer) -> None:
    """A ticket has one survey answer, an object without the ticket's id, or none: 404."""
    truth = {record["_tickets_id"]: record for record in server.truth("satisfaction_survey_responses")}
    found, statuses = {}, set()
    for ticket in server.truth("tickets"):
        answer = get(server, f"/tickets/{ticket['id']}/csat_response")
        statuses.add(answer.status_code)
        if answer.ok:
            found[ticket["id"]] = answer.json()["csat_response"] | {"_tickets_id": ticket["id"]}

    assert truth == found
    assert {200, 404} == statuses
    assert not {"ticket_id", "updated_at"} <= set(next(iter(found.values())))


def test_requested_items(server: SimulatorServer) -> None:
    """Only service requests have items; an item's id is its own, and does not name the ticket."""
    tickets = {record["id"]: record["type"] for record in server.truth("tickets")}
    truth = server.truth("requested_items")
    number = truth[0]["_tickets_id"]
    plain = next(key for key, kind in tickets.items() if kind == "Incident")
    items = [
        {**item, "_tickets_id": number}
        for item in get(server, f"/tickets/{number}/requested_items").json()["requested_items"]
    ]

    assert [record for record in truth if record["_tickets_id"] == number] == items
    assert get(server, f"/tickets/{plain}/requested_items").json() == {"requested_items": []}
    assert {"Service Request"} == {tickets[record["_tickets_id"]] for record in truth}
    assert len(truth) == len({record["id"] for record in truth})


def test_module_off_and_on(server: SimulatorServer) -> None:
    """A module that is off answers 403 with its code, for everything or for some parents, until it is repaid."""
    whole = server.truth("requested_items")
    number = whole[0]["_tickets_id"]
    server.gate("satisfaction_survey_responses")
    server.gate("requested_items", parents=[number])
    refused = [get(server, f"/tickets/{number}/{name}") for name in ("csat_response", "requested_items")]

    assert [(answer.status_code, answer.json()["code"]) for answer in refused] == [(403, "require_feature")] * 2
    assert [record for record in whole if record["_tickets_id"] != number] == server.truth("requested_items")
    server.ungate("requested_items")
    assert whole == server.truth("requested_items")


def test_rate_limit() -> None:
    """Lists of tickets have a quota of their own, `include` costs two more, and the 429 says how long to wait."""
    with serve(SIMULATOR, now=NOW, rate_limit=SIMULATOR.rate_limit) as server:
        plain, dear, other = (
            get(server, "/assets"),
            get(server, "/assets", include="type_fields"),
            get(server, "/problems"),
        )
        names = ("X-RateLimit-Total", "X-RateLimit-Remaining", "X-RateLimit-Used-CurrentRequest")

        assert [tuple(answer.headers[name] for name in names) for answer in (plain, dear, other)] == [
            ("140", "139", "1"),
            ("140", "136", "3"),
            ("500", "495", "1"),
        ]
        assert {200, 429} == {(last := get(server, "/agents")).status_code for _ in range(141)}
        assert 1 <= int(last.headers["Retry-After"]) <= 60


def test_records_are_awkward(server: SimulatorServer) -> None:
    """There are ids that no float holds, rows without documented keys, and moments in three formats."""
    tickets, releases = server.truth("tickets"), server.truth("releases")
    moments = {str(value)[19:] for row in releases for name, value in row.items() if name.endswith(("_date", "_at"))}

    assert any(record["id"] > 2**53 and int(float(record["id"])) != record["id"] for record in tickets)
    assert len({frozenset(record) for record in tickets}) > 1
    assert {"Z", ".500Z", "+05:30"} <= moments
    assert {int, float} <= {type(record["conversion_rate"]) for record in server.truth("purchase_orders")}


def test_same_seed_same_account() -> None:
    """The same seed and clock give the same account, another seed another one."""
    with serve(SIMULATOR, seed=1, now=NOW) as one, serve(SIMULATOR, seed=1, now=NOW) as same:
        assert [one.truth(name) for name in PATHS] == [same.truth(name) for name in PATHS]
    with serve(SIMULATOR, seed=1, now=NOW) as one, serve(SIMULATOR, seed=2, now=NOW) as other:
        assert one.truth("tickets") != other.truth("tickets")
