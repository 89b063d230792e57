"""The tickets connector asks what it should and keeps what it is answered: from cassettes, then from the simulator.

What the account holds comes from the simulator, which was written from the API's documentation and knows nothing of
the connector: `truth` is what a complete reader ends up with.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import timedelta
from typing import Any

import pytest
from sdk_plugin_tickets import columns
from sdk_plugin_tickets.simulator import SIMULATOR

import sdk
from sdk.testing.simulator import Reply
from sdk.testing.warehouse import type_of

pytestmark = pytest.mark.simulated(
    seed=14,
    sizes={
        "tickets": 6,
        "problems": 3,
        "changes": 3,
        "releases": 3,
        "requesters": 3,
        "agents": 2,
        "locations": 2,
        "products": 2,
        "vendors": 2,
        "assets": 4,
        "software": 3,
        "purchase_orders": 3,
    },
)

DECLARED = {
    "tickets": columns.TICKETS,
    "satisfaction_survey_responses": columns.SATISFACTION_SURVEY_RESPONSES,
    "requested_items": columns.REQUESTED_ITEMS,
    "problems": columns.PROBLEMS,
    "changes": columns.CHANGES,
    "releases": columns.RELEASES,
    "requesters": columns.REQUESTERS,
    "agents": columns.AGENTS,
    "locations": columns.LOCATIONS,
    "products": columns.PRODUCTS,
    "vendors": columns.VENDORS,
    "assets": columns.ASSETS,
    "software": columns.SOFTWARE,
    "purchase_orders": columns.PURCHASE_ORDERS,
}
CHILDREN = {"satisfaction_survey_responses", "requested_items"}

# What a complete reader asks for beside the defaults.
ASKED: Mapping[str, Mapping[str, Any]] = {
    "assets": {"include": "type_fields"},
    "purchase_orders": {"include": "purchase_items,custom_fields"},
}

TICKETS = "/tickets?workspace_id={}&order_by=created_at&order_type=asc&updated_since={}&per_page=100"
EVER = "1970-01-01T00:00:00Z"
IN_WORKSPACES = {
    "problems": "/problems?workspace_id={}&updated_since=1970-01-01T00:00:00Z&per_page=100",
    "changes": "/changes?workspace_id={}&order_by=created_at&order_type=asc"
    "&updated_since=1970-01-01T00:00:00Z&per_page=100",
    "releases": "/releases?workspace_id={}&updated_since=1970-01-01T00:00:00Z&per_page=100",
    "assets": "/assets?workspace_id={}&include=type_fields&per_page=100",
    "software": "/applications?workspace_id={}&per_page=100",
    "purchase_orders": "/purchase_orders?workspace_id={}&include=purchase_items,custom_fields&per_page=100",
}


def by_id(records: Any) -> list[dict[str, Any]]:
    """Return records sorted by id."""
    return sorted(records, key=lambda record: record["id"])


def forbidden(_call: Any) -> Reply:
    """Answer as to a key whose user may not read this."""
    return Reply(403, {"code": "access_denied", "message": "You are not authorized to perform this action."})


def unknown(_call: Any) -> Reply:
    """Answer as for a ticket that is gone."""
    return Reply(404, {"code": "invalid_value", "message": "There is no such ticket."})


def test_first_load(account: Any, warehouse: Any) -> None:
    """A first load brings every row of all tables, typed, each child with the id of its ticket."""
    account.meanwhile(lambda server: server.add("tickets", {"id": 2**53 + 1, "type": "Incident", "workspace_id": 3}))
    warehouse.run(account.source())
    truths = {name: account.truth(name, **ASKED.get(name, {})) for name in DECLARED}

    assert sorted(DECLARED) == warehouse.tables()
    for name, truth in truths.items():
        assert warehouse.as_rows(name, truth) == warehouse.rows(name), name
        assert len(truth) > 0, name
    assert 2**53 + 1 in [row["id"] for row in warehouse.rows("tickets")]
    assert {3} == {row["_tickets_id"] for row in warehouse.rows("satisfaction_survey_responses")}
    assert {2, 3, 4, 6} == {row["_tickets_id"] for row in warehouse.rows("requested_items")}


def test_first_load_types(account: Any, warehouse: Any) -> None:
    """Each column has the type that its values look like; ids are 64-bit, moments zoned, objects JSON."""
    warehouse.run(account.source())
    for name, declared in DECLARED.items():
        truth = account.truth(name, **ASKED.get(name, {}))
        stamps = {"_tickets_id": "BIGINT"} if name in CHILDREN else {}
        types = warehouse.types(name)
        seen = {column: type_of(record.get(column) for record in truth) for column in types}

        assert {*(one.name for one in declared), *stamps} == set(types), name
        # A whole number may stand for a double.
        assert {
            column: kind
            for column, kind in seen.items()
            if kind not in {None, types[column]} and (kind, types[column]) != ("BIGINT", "DOUBLE")
        } == {}, name
        assert types["id"] == "BIGINT"
        assert stamps.items() <= types.items()


def test_first_load_requests(account: Any, warehouse: Any) -> None:
    """Each list is asked once for each workspace, tickets once for all three tables, items of requests only."""
    warehouse.run(account.source())
    asked = account.asked()
    expected = [
        "/workspaces?per_page=100",
        *(TICKETS.format(number, EVER) for number in (2, 3, 5)),
        *(f"/tickets/{number}/csat_response" for number in (1, 2, 3, 4, 5, 6)),
        *(f"/tickets/{number}/requested_items?per_page=100" for number in (2, 3, 4, 6)),
        *(path.format(number) for path in IN_WORKSPACES.values() for number in (2, 3, 5)),
        *(f"/{name}?per_page=100" for name in ("requesters", "agents", "locations", "products", "vendors")),
    ]

    assert sorted(expected) == sorted(asked)


@pytest.mark.simulated(sizes={"vendors": 104})
def test_later_pages(account: Any) -> None:
    """The next page is where the `Link` header says, with the same page size, and the last has none."""
    found = list(account.read("vendors"))

    assert account.truth("vendors") == found
    assert len(found) == 104
    assert ["/vendors?per_page=100", "/vendors?per_page=100&page=2"] == account.asked()


def test_survey_responses(account: Any) -> None:
    """A ticket that nobody rated answers 404, which is no skip; one that was rated has one answer."""
    records = account.read("satisfaction_survey_responses")
    found = list(records)

    assert account.truth("satisfaction_survey_responses") == found
    assert ([3], []) == ([one["_tickets_id"] for one in found], records.skips)
    assert 6 == sum(one.endswith("/csat_response") for one in account.asked())


@pytest.mark.simulated(gates=["satisfaction_survey_responses"])
def test_survey_responses_refused(account: Any) -> None:
    """Where surveys are off each ticket is a skip that says so, and nothing fails."""
    records = account.read("satisfaction_survey_responses", workspaces=[3, 5])
    found = list(records)
    tickets = sorted(one["id"] for one in account.truth("tickets") if one["workspace_id"] in {3, 5})

    assert [] == found
    assert sorted(
        (
            "satisfaction_survey_responses",
            f'{{"_tickets_id": {number}}}',
            f"GET /tickets/{number}/csat_response",
            403,
            "require_feature: forbidden: no permission, or not in the account's plan",
        )
        for number in tickets
    ) == sorted((one.resource, one.parent_key, one.request, one.status, one.reason) for one in records.skips)


@pytest.mark.parametrize(
    ("reply", "status", "reason"),
    [
        pytest.param(forbidden, 403, "access_denied: forbidden: no permission, or not in the account's plan", id="403"),
        pytest.param(unknown, 404, "invalid_value: not found: gone, or switched off in the account", id="404"),
    ],
)
def test_requested_items_refused(account: Any, reply: Any, status: int, reason: str) -> None:
    """A ticket whose items are refused, or that is gone, is a skip; those of all others arrive."""
    account.meanwhile(lambda server: server.gate("requested_items", [3], reply))
    records = account.read("requested_items")
    found = list(records)
    [skip] = records.skips

    assert by_id(account.truth("requested_items")) == by_id(found)
    assert {2, 4, 6} == {one["_tickets_id"] for one in found}
    assert ('{"_tickets_id": 3}', "GET /tickets/3/requested_items", status, reason) == (
        skip.parent_key,
        skip.request,
        skip.status,
        skip.reason,
    )


@pytest.mark.simulated(gates=["tickets"])
@pytest.mark.parametrize("resource", ["tickets", "requested_items"])
def test_tickets_refused(account: Any, resource: str) -> None:
    """Tickets that are forbidden are an error and no skip: two more tables would be empty."""
    with pytest.raises(sdk.ResponseError) as caught:
        list(account.read(resource))

    assert (
        "tickets.tickets: GET /tickets?workspace_id=2&order_by=created_at&order_type=asc"
        "&updated_since=1970-01-01T00:00:00Z&per_page=100 answered 403 (require_feature); the credentials lack "
        "permission for it, or the account's plan does not include it"
    ) == str(caught.value)


@pytest.mark.simulated(gates=["releases"])
def test_releases_repaid(account: Any, warehouse: Any) -> None:
    """Releases that are off stand in `_sdk_skips`; once they are on the next run brings all and takes the rows out."""
    warehouse.run(account.source("releases"))
    shown = [(row["resource"], row["request"], row["status"]) for row in warehouse.rows("_sdk_skips")]
    before = warehouse.rows("releases")

    def switch_on(server: Any) -> None:
        server.ungate("releases")
        server.advance(timedelta(days=1))

    account.meanwhile(switch_on)
    warehouse.run(account.source("releases"))

    assert [("releases", f"GET /releases?workspace_id={number}", 403) for number in (2, 3, 5)] == sorted(shown)
    assert [] == before
    assert warehouse.as_rows("releases", account.truth("releases")) == warehouse.rows("releases")
    assert [] == warehouse.rows("_sdk_skips")


def test_workspaces(account: Any) -> None:
    """Without the setting each workspace is read, which lists all its rows with all their fields."""
    found = list(account.read("software"))

    assert by_id(account.truth("software")) == by_id(found)
    assert [f"/applications?workspace_id={number}&per_page=100" for number in (2, 3, 5)] == account.asked()[1:]


def test_workspaces_chosen(account: Any) -> None:
    """The setting names the workspaces to read, and then nobody is asked which there are."""
    found = list(account.read("tickets", workspaces=[3]))

    assert [one for one in account.truth("tickets") if one["workspace_id"] == 3] == found != []
    assert [TICKETS.format(3, EVER)] == account.asked()


@pytest.mark.simulated(gates=["workspaces"])
def test_account_without_workspaces(account: Any) -> None:
    """An account without workspaces is read as a whole."""
    found = list(account.read("tickets"))

    assert by_id(one for one in account.truth("tickets") if one["workspace_id"] == 2) == by_id(found) != []
    assert ["/workspaces?per_page=100", TICKETS.replace("workspace_id={}&", "").format(EVER)] == account.asked()


def test_old_tickets(account: Any) -> None:
    """Tickets older than the 30 days that the API lists by itself arrive."""
    found = list(account.read("tickets"))

    assert by_id(account.truth("tickets")) == by_id(found)
    assert max(one["created_at"] for one in found) < "2025-05-02T12:00:00Z"


def test_start_date(account: Any) -> None:
    """`start_date` bounds what is asked for."""
    found = list(account.read("tickets", start_date="2025-02-01"))

    assert [TICKETS.format(number, "2025-02-01T00:00:00Z") for number in (2, 3, 5)] == account.asked()[1:]
    changed = [one for one in account.truth("tickets") if one["updated_at"] >= "2025-02-01T00:00:00Z"]
    assert by_id(changed) == by_id(found) != []


def test_second_run(account: Any, warehouse: Any) -> None:
    """A second run asks each workspace for what changed since its newest row, and updates, adds and keeps rows."""
    warehouse.run(account.source("tickets"))
    account.asked()
    newest = [
        max(row["updated_at"] for row in warehouse.rows("tickets") if row["workspace_id"] == n) for n in (2, 3, 5)
    ]

    def change(server: Any) -> None:
        server.advance(timedelta(days=2))
        server.update("tickets", 2, {"subject": "Changed", "status": 5})
        server.add("tickets", {"subject": "New", "workspace_id": 2})

    account.meanwhile(change)
    warehouse.run(account.source("tickets"))
    since = [f"{moment - timedelta(minutes=5):%Y-%m-%dT%H:%M:%SZ}" for moment in newest]

    assert warehouse.as_rows("tickets", account.truth("tickets")) == warehouse.rows("tickets")
    assert ["/workspaces?per_page=100", *map(TICKETS.format, (2, 3, 5), since)] == account.asked()
    assert {"Changed", "New"} <= {row["subject"] for row in warehouse.rows("tickets")}


@pytest.mark.simulated(rate_limit=SIMULATOR.rate_limit and SIMULATOR.rate_limit.scaled(requests=2, period=37))
def test_rate_limit(account: Any) -> None:
    """A refusal for too many requests is waited out for as long as it says, and repeated."""
    found = list(account.read("problems"))

    assert by_id(account.truth("problems")) == by_id(found)
    assert [37.0] == [round(one) for one in account.waits]
    refused = IN_WORKSPACES["problems"].format(3)
    assert [refused, refused] == account.asked()[2:4]


def test_wrong_key(account: Any) -> None:
    """A wrong key is one clear error that names the setting and does not show the key."""
    with pytest.raises(sdk.ResponseError) as caught:
        list(account.read("agents", api_key="a-key-that-nobody-knows"))

    assert (
        "tickets.agents: GET /agents?per_page=100 answered 401 (invalid_credentials); check the secret 'api_key'"
    ) == str(caught.value)


@pytest.mark.parametrize("resource", DECLARED)
def test_everything(simulate: Any, resource: str) -> None:
    """Whatever the account, a reading ends up with exactly what a complete reader does."""
    server = simulate(seed=3, scale=1.5)
    found = list(sdk.read("tickets", resource, **server.settings))
    truth = server.truth(resource, **ASKED.get(resource, {}))

    assert by_id(truth) == by_id(found)
    assert len({one["id"] for one in found}) == len(found) > 10


@pytest.mark.parametrize(
    ("resource", "facts"),
    [
        pytest.param("tickets", {"window": None, "incremental": None}, id="default window"),
        pytest.param("tickets", {"params": {}, "optional_parent": False}, id="primary workspace"),
        pytest.param("problems", {"params": {"workspace_id": "0"}, "optional_parent": False}, id="global fields"),
        pytest.param("assets", {"params": {"workspace_id": "{workspaces.id}"}}, id="fields on demand"),
        pytest.param("assets", {"paginator": sdk.SinglePagePaginator()}, id="first page"),
        pytest.param("requested_items", {"include_from_parent": (), "unique_key": True}, id="no ticket id"),
    ],
)
def test_wrong_connector(simulate: Any, resource: str, facts: dict[str, Any], mutant: Any) -> None:
    """A connector that falls for what the API does by default is told from the truth."""
    server = simulate(seed=3)
    found = list(sdk.read("tickets", resource, plugins=[mutant(resource, **facts)], **server.settings))

    assert by_id(server.truth(resource, **ASKED.get(resource, {}))) != by_id(found)


@pytest.mark.parametrize(
    ("resource", "facts"),
    [
        pytest.param("vendors", {"data_selector": "vendor"}, id="selector"),
        pytest.param("agents", {"params": {"updated_since": EVER}}, id="parameter"),
        pytest.param(
            "requesters", {"paginator": sdk.HeaderLinkPaginator(limit_param="limit", limit=100)}, id="page size name"
        ),
        pytest.param("locations", {"path": "/places"}, id="path"),
        pytest.param("satisfaction_survey_responses", {"empty_statuses": ()}, id="no survey answer"),
    ],
)
def test_misspelt_connector(simulate: Any, resource: str, facts: dict[str, Any], mutant: Any) -> None:
    """A connector that asks for what is not there fails; it never reads nothing and says that all is well."""
    server = simulate(seed=3)

    with pytest.raises(sdk.ReadError):
        list(sdk.read("tickets", resource, plugins=[mutant(resource, **facts)], **server.settings))


def test_hidden_rows(simulate: Any) -> None:
    """Deleted and spam tickets, trashed assets and agents among the requesters are read when the settings say so."""
    server = simulate(seed=3)
    tickets = list(sdk.read("tickets", "tickets", hidden_tickets=["deleted", "spam"], **server.settings))
    assets = list(sdk.read("tickets", "assets", trashed_assets=True, **server.settings))
    requesters = list(sdk.read("tickets", "requesters", include_agents=True, **server.settings))
    thrown_away = [one for kind in ("deleted", "spam") for one in server.truth("tickets", filter=kind)]
    in_trash = server.truth("assets", include="type_fields", trashed=True)

    assert by_id([*server.truth("tickets"), *thrown_away]) == by_id(tickets)
    assert by_id([*server.truth("assets", include="type_fields"), *in_trash]) == by_id(assets)
    assert by_id(server.truth("requesters", include_agents=True)) == by_id(requesters)
    assert all([thrown_away, in_trash])


def load(server: Any, warehouse: Any, *resources: str) -> None:
    """Load from *server* now, as it sees the time."""
    moment = server.now
    source = sdk.load("tickets", resources=resources or None, clock=lambda: moment, **server.settings)
    warehouse.run(source)


def test_second_run_of_everything(simulate: Any, warehouse: Any) -> None:
    """After changes, additions and a module that was switched on all tables are the truth again.

    A ticket that was deleted stays as it was: the API does not say that it is gone.
    """
    server = simulate(seed=3, gates=["purchase_orders"])
    load(server, warehouse)
    gone = next(row for row in warehouse.rows("tickets") if row["type"] == "Incident")
    server.advance(timedelta(days=1))
    for name in ("tickets", "problems", "changes", "releases", "agents", "assets", "vendors"):
        server.update(name, server.truth(name)[0]["id"], {"description": "changed"})
        server.add(name)
    item = server.add("requested_items", parent=server.truth("requested_items")[0]["_tickets_id"])
    server.update("tickets", server.truth("requested_items")[0]["_tickets_id"])
    server.update("tickets", gone["id"], {"deleted": True})
    server.ungate("purchase_orders")
    load(server, warehouse)

    for name in sorted(set(DECLARED) - {"tickets", "satisfaction_survey_responses"}):
        truth = server.truth(name, **ASKED.get(name, {}))
        assert warehouse.as_rows(name, truth) == warehouse.rows(name), name
    assert warehouse.as_rows("tickets", server.truth("tickets")) == [
        row for row in warehouse.rows("tickets") if row != gone
    ]
    assert item["id"] in {row["id"] for row in warehouse.rows("requested_items")}
    assert [] == warehouse.rows("_sdk_skips")


@pytest.mark.parametrize(("days", "found"), [(20, True), (40, False)])
def test_late_survey_response(simulate: Any, warehouse: Any, days: int, found: bool) -> None:  # noqa: FBT001 - a case
    """An answer does not touch its ticket: it is found until 30 days after the ticket changed, and then no more."""
    server = simulate(seed=14, sizes={"tickets": 6})
    name = "satisfaction_survey_responses"
    server.update("tickets", 6)
    load(server, warehouse, name)
    server.advance(timedelta(days=days))
    server.update("tickets", 5)
    load(server, warehouse, name)
    server.add(name, parent=6)
    load(server, warehouse, name)

    assert found is (6 in {row["_tickets_id"] for row in warehouse.rows(name)})


def test_fewest_requests(simulate: Any, warehouse: Any) -> None:
    """A second run without changes asks for one page of each list and for the surveys of the last 30 days' tickets."""
    server = simulate(seed=3)
    load(server, warehouse)
    before = len(server.requests)
    load(server, warehouse)
    asked = [one.path.removeprefix("/api/v2") for one in server.requests[before:]]
    recent = [one for one in server.truth("tickets") if one["updated_at"] >= "2025-05-02T11:00:00Z"]

    assert 1 == asked.count("/workspaces")
    assert 3 == asked.count("/tickets")
    assert len([one for one in asked if one.endswith("/csat_response")]) <= len(recent) + 6
    assert len([one for one in asked if one.endswith("/requested_items")]) <= 3
