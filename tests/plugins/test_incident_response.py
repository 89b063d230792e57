"""The incident response connector: all that the account holds arrives, typed, with the fewest requests that suffice."""

from __future__ import annotations

from collections import Counter
from datetime import datetime, timedelta
from itertools import pairwise
from typing import Any

import pytest
import sdk_plugin_incident_response
from sdk_plugin_incident_response import columns
from sdk_plugin_incident_response.simulator import SIMULATOR

import sdk
from sdk.testing.simulator import Quota, RateLimit, Reply

pytestmark = pytest.mark.simulated(seed=3, scale=0.1)

DECLARED = {
    "actions": columns.ACTIONS,
    "catalog_types": columns.CATALOG_TYPES_V3,
    "custom_fields": columns.CUSTOM_FIELDS,
    "follow_ups": columns.FOLLOW_UPS,
    "incident_roles": columns.INCIDENT_ROLES,
    "incident_timestamps": columns.INCIDENT_TIMESTAMPS,
    "incident_updates": columns.INCIDENT_UPDATES,
    "incident_statuses": columns.INCIDENT_STATUSES,
    "workflows": columns.WORKFLOWS,
    "users": columns.USERS,
    "severities": columns.SEVERITIES,
    "schedules": columns.SCHEDULES,
    "incidents": columns.INCIDENTS,
}

TYPES = {
    "text": "VARCHAR",
    "bigint": "BIGINT",
    "double": "DOUBLE",
    "bool": "BOOLEAN",
    "timestamp": "TIMESTAMP WITH TIME ZONE",
    "json": "JSON",
}

MODES = ["standard", "retrospective", "test", "tutorial", "stream"]
CATEGORIES = ["triage", "live", "learning", "paused", "closed", "declined", "canceled", "merged"]


def paths(asked: list[str]) -> Counter[str]:
    """Return how often each path was asked for."""
    return Counter(request.partition("?")[0] for request in asked)


def test_first_load(account: Any, warehouse: Any) -> None:
    """Every table holds what the account has, in the declared types, and one request was enough for a list."""
    warehouse.run(account.source())

    assert sorted(DECLARED) == warehouse.tables()
    for table, declared in DECLARED.items():
        truth = account.truth(table)
        assert truth
        assert warehouse.as_rows(table, truth) == warehouse.rows(table)
        assert {column.name: TYPES[column.data_type] for column in declared} == warehouse.types(table)
    assert {
        "/v2/actions": 5,
        "/v3/catalog_types": 1,
        "/v2/custom_fields": 1,
        "/v2/follow_ups": 5,
        "/v2/incident_roles": 1,
        "/v2/incident_timestamps": 1,
        "/v2/incident_updates": 1,
        "/v1/incident_statuses": 1,
        "/v2/workflows": 1,
        "/v2/users": 1,
        "/v1/severities": 1,
        "/v2/schedules": 1,
        "/v2/incidents": 1,
    } == paths(account.asked())


@pytest.mark.simulated(sizes={"incidents": 16, "users": 12, "schedules": 26, "actions": 1})
def test_hidden_rows(account: Any) -> None:
    """Tests, tutorials, streams, inactive users and the next shifts arrive although no default shows them."""
    incidents, users = list(account.read("incidents")), list(account.read("users"))
    list(account.read("actions"))
    schedules = list(account.read("schedules"))

    assert set(MODES[:-1]) == {record["mode"] for record in incidents}
    assert {record["is_active"] for record in users} == {True, False}
    assert any(record["next_shifts"] for record in schedules)
    modes = "&".join(f"mode[one_of]={mode}" for mode in MODES[:-1])
    categories = "&".join(f"status_category[one_of]={category}" for category in CATEGORIES)
    assert [
        f"/v2/incidents?{modes}&{categories}&sort_by=created_at_oldest_first&updated_at[gte]=1970-01-01&page_size=250",
        "/v2/users?include_inactive=true&page_size=10000",
        *(f"/v2/actions?incident_mode={mode}" for mode in MODES),
        "/v2/schedules?page_size=25",
        f"/v2/schedules?page_size=25&after={schedules[24]['id']}",
    ] == account.asked()


@pytest.mark.simulated(sizes={"incidents": 12, "users": 12, "actions": 20})
def test_settings(account: Any) -> None:
    """Settings leave out what the defaults bring, and one request less is made for each mode left out."""
    shown = MODES[:2]
    incidents = list(account.read("incidents", incident_modes=shown))
    actions = list(account.read("actions", action_modes=shown))
    users = list(account.read("users", include_inactive=False))

    assert set(shown) == {record["mode"] for record in incidents}
    assert 0 < len(actions) < len(account.truth("actions"))
    assert all(record["is_active"] for record in users)
    assert {"/v2/incidents": 1, "/v2/actions": 2, "/v2/users": 1} == paths(account.asked())


@pytest.mark.simulated(sizes={"incidents": 6})
def test_second_run(account: Any, warehouse: Any) -> None:
    """Incidents are asked for from the day before the last change on; what changed and what is new arrives."""
    warehouse.run(account.source("incidents"))
    newest = max(datetime.fromisoformat(record["updated_at"]) for record in account.truth("incidents"))
    account.asked()

    def change(server: Any) -> None:
        server.advance(timedelta(hours=2))
        oldest = min(server.truth("incidents"), key=lambda record: record["created_at"])
        server.update("incidents", oldest["id"], {"summary": "found the cause"})
        server.add("incidents", {"name": "new"})

    account.meanwhile(change)
    warehouse.run(account.source("incidents"))

    assert warehouse.as_rows("incidents", account.truth("incidents")) == warehouse.rows("incidents")
    (again,) = account.asked()
    assert f"updated_at[gte]={(newest - timedelta(days=1)).date()}&" in again


@pytest.mark.simulated(sizes={"actions": 16, "follow_ups": 16})
def test_newer_versions(account: Any, warehouse: Any) -> None:
    """Version 3 of actions and follow-ups holds the same rows, and is asked only for what changed in each mode."""
    newer = {"actions_version": "v3", "follow_ups_version": "v3"}
    warehouse.run(account.source("actions", "follow_ups", **newer))
    first = account.asked()

    def change(server: Any) -> None:
        server.advance(timedelta(hours=2))
        server.update("actions", server.truth("actions")[0]["id"], {"status": "completed"})

    account.meanwhile(change)
    warehouse.run(account.source("actions", "follow_ups", **newer))
    second = account.asked()

    for table in ("actions", "follow_ups"):
        assert warehouse.as_rows(table, account.truth(table)) == warehouse.rows(table)
    assert {"/v3/actions": 5, "/v3/follow_ups": 5} == paths(first) == paths(second)
    # A mode that has no rows has nothing to continue from.
    assert all("1970" in request for request in first)
    assert sum("1970" not in request for request in second) >= 4


def test_deprecated_versions(account: Any, warehouse: Any) -> None:
    """Settings lead back to the deprecated paths, whose records have other fields."""
    source = account.source("catalog_types", "incident_roles", catalog_types_version="v2", incident_roles_version="v1")
    warehouse.run(source)

    assert warehouse.as_rows("catalog_types", account.truth("catalog_types_v2")) == warehouse.rows("catalog_types")
    assert warehouse.as_rows("incident_roles", account.truth("incident_roles_v1")) == warehouse.rows("incident_roles")
    assert warehouse.types("incident_roles")["required"] == "BOOLEAN"
    assert account.asked() == ["/v2/catalog_types", "/v1/incident_roles"]


@pytest.mark.simulated(gates=["workflows", "incidents"])
def test_missing_permission(account: Any, warehouse: Any) -> None:
    """What the key may not read is skipped visibly, all else arrives, and the next run asks again."""
    chosen = ("workflows", "severities", "incidents")
    warehouse.run(account.source(*chosen))

    skipped = {(row["resource"], row["status"]) for row in warehouse.rows("_sdk_skips")}
    assert skipped == {("workflows", 403), ("incidents", 403)}
    assert [] == warehouse.rows("incidents")
    assert warehouse.as_rows("severities", account.truth("severities")) == warehouse.rows("severities")

    account.meanwhile(lambda server: [server.ungate(resource) for resource in ("workflows", "incidents")])
    warehouse.run(account.source(*chosen))

    assert [] == warehouse.rows("_sdk_skips")
    assert warehouse.as_rows("incidents", account.truth("incidents")) == warehouse.rows("incidents")


def test_wrong_key(account: Any) -> None:
    """A wrong key fails at the first answer, which says which secret to check and does not show it."""
    with pytest.raises(sdk.ResponseError, match=r"answered 401 .*'api_key'") as caught:
        list(account.read("users", api_key="a-wrong-key"))
    assert "a-wrong-key" not in str(caught.value)
    assert len(account.asked()) == 1


def refused_until(text: str) -> RateLimit:
    """Return a rate limit that names when it ends in the body alone."""
    return RateLimit(account=Quota(1), reply=lambda _usage: Reply(429, {"rate_limit": {"retry_after": text}}))


@pytest.mark.simulated(rate_limit=refused_until("Sat, 17 Apr 2055 11:17:18 UTC"))
def test_long_wait(account: Any) -> None:
    """A refusal that names a date beyond all patience ends the run, which says when to come back."""
    with pytest.raises(sdk.RateLimitError, match="run again after 2055-04-17T11:17:18Z"):
        list(account.read("actions"))
    assert account.waits == []


def test_short_wait(simulate: Any) -> None:
    """A refusal that names a date soon to come is obeyed: nobody knocks before."""
    assert SIMULATOR.rate_limit is not None
    quota = SIMULATOR.rate_limit.scaled(requests=2, period=1)
    server = simulate(scale=1, sizes={"incidents": 700}, rate_limit=quota)
    found = [record["id"] for record in sdk.read("incident_response", "incidents", **server.settings)]

    assert sorted(record["id"] for record in server.truth("incidents")) == sorted(found)
    statuses = [request.status for request in server.requests]
    assert 429 in statuses
    assert (429, 429) not in pairwise(statuses)


def test_later_pages(simulate: Any) -> None:
    """Paged lists are read to their end, in the largest pages that lose nothing."""
    sizes = {"incidents": 600, "incident_updates": 600, "users": 10_050, "schedules": 60}
    server = simulate(sizes=sizes)
    for name in sizes:
        found = [record["id"] for record in sdk.read("incident_response", name, **server.settings)]
        assert sorted(record["id"] for record in server.truth(name)) == sorted(found)

    updates = -(-len(server.truth("incident_updates")) // 250)
    assert {"/v2/incidents": 3, "/v2/incident_updates": updates, "/v2/users": 2, "/v2/schedules": 3} == Counter(
        request.path for request in server.requests
    )


@pytest.mark.parametrize(
    ("resource", "facts"),
    [
        pytest.param("incidents", {"params": {}}, id="shown modes"),
        pytest.param("actions", {"params": {}}, id="shown modes of actions"),
        pytest.param("users", {"params": {}}, id="active users"),
        pytest.param("schedules", {"paginator": sdk_plugin_incident_response.paged(limit=100)}, id="large pages"),
        pytest.param("incident_updates", {"paginator": sdk.SinglePagePaginator()}, id="first page"),
    ],
)
def test_wrong_connector(simulate: Any, resource: str, facts: dict[str, Any], mutant: Any) -> None:
    """A connector that falls for what the API does by default is told from the truth."""
    server = simulate(seed=3)
    found = list(sdk.read("incident_response", resource, plugins=[mutant(resource, **facts)], **server.settings))
    truth = server.truth(resource)

    assert sorted(truth, key=lambda one: one["id"]) != sorted(found, key=lambda one: one["id"])
