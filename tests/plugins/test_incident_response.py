"""The incident response connector reads all that its simulator holds, with few requests."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Iterator, Mapping
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import dlt
import pytest
from sdk_plugin_incident_response import columns
from sdk_plugin_incident_response.simulator import SIMULATOR

import sdk
from sdk.testing.simulator import SimulatorServer, serve

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

# One request for each list that fits in a page, and one for each mode of actions and follow-ups.
FEWEST = {
    "/v2/actions": 5,
    "/v3/catalog_types": 1,
    "/v2/custom_fields": 1,
    "/v2/follow_ups": 5,
    "/v2/incident_roles": 1,
    "/v2/incident_timestamps": 1,
    "/v2/incident_updates": 2,
    "/v1/incident_statuses": 1,
    "/v2/workflows": 1,
    "/v2/users": 1,
    "/v1/severities": 1,
    "/v2/schedules": 2,
    "/v2/incidents": 1,
}


@pytest.fixture
def server() -> Iterator[SimulatorServer]:
    """Serve the demo-sized account."""
    with serve(SIMULATOR, seed=3) as running:
        yield running


@pytest.fixture
def pipeline(tmp_path: Path) -> dlt.Pipeline:
    """Return a pipeline into a DuckDB file of the test's own."""
    destination = dlt.destinations.duckdb(str(tmp_path / "observed.duckdb"))
    return dlt.pipeline("incident_response", pipelines_dir=str(tmp_path), destination=destination, dataset_name="data")


def types(pipeline: dlt.Pipeline, table: str) -> dict[str, str]:
    """Return the types of a table's columns, but for dlt's own."""
    with pipeline.sql_client() as client:
        found = client.execute_sql(
            "SELECT column_name, data_type FROM information_schema.columns "
            "WHERE table_schema = 'data' AND table_name = %s",
            table,
        )
    return {name: kind for name, kind in found or () if not name.startswith("_dlt")}


def rows(pipeline: dlt.Pipeline, table: str) -> list[dict[str, Any]]:
    """Return a table's rows as records, without nulls."""
    kinds = types(pipeline, table)
    with pipeline.sql_client() as client:
        quoted = ", ".join(f'"{name}"' for name in kinds)
        found = client.execute_sql(f"SELECT {quoted} FROM {table}")  # noqa: S608 - names of our own
    records = []
    for row in found or ():
        named = {name: value for name, value in zip(kinds, row, strict=True) if value is not None}
        records.append({name: json.loads(one) if kinds[name] == "JSON" else one for name, one in named.items()})
    return records


def expected(record: Mapping[str, Any], kinds: Mapping[str, str]) -> dict[str, Any]:
    """Return the row that a record of the API should become, without nulls."""
    return {
        name: datetime.fromisoformat(value) if kinds.get(name) == TYPES["timestamp"] else value
        for name, value in record.items()
        if value is not None
    }


def by_id(records: list[dict[str, Any]]) -> list[dict[str, Any]]:
    """Sort records by id."""
    return sorted(records, key=lambda record: record["id"])


def assert_is_truth(pipeline: dlt.Pipeline, server: SimulatorServer, table: str, of: str = "") -> None:
    """Check that a table holds what the simulator holds."""
    kinds = types(pipeline, table)
    truth = [expected(record, kinds) for record in server.truth(of or table)]

    assert truth
    assert by_id(truth) == by_id(rows(pipeline, table))


def asked(server: SimulatorServer, since: int = 0) -> Counter[str]:
    """Return how often each path was asked for."""
    return Counter(request.path for request in server.requests[since:])


def test_first_load(server: SimulatorServer, pipeline: dlt.Pipeline) -> None:
    """Every table holds exactly what the API has, typed, with as few requests as are sure to be enough."""
    pipeline.run(sdk.load("incident_response", **server.settings))

    for table, declared in DECLARED.items():
        assert_is_truth(pipeline, server, table)
        assert {column.name: TYPES[column.data_type] for column in declared} == types(pipeline, table)
    assert FEWEST == asked(server)


def test_nothing_is_hidden(server: SimulatorServer) -> None:
    """Tests, tutorials, inactive users and the next shifts are there although no default shows them."""
    modes = {record["mode"] for record in sdk.read("incident_response", "incidents", **server.settings)}
    active = {record["is_active"] for record in sdk.read("incident_response", "users", **server.settings)}
    shifts = [record["next_shifts"] for record in sdk.read("incident_response", "schedules", **server.settings)]

    assert modes == {"standard", "retrospective", "test", "tutorial"}
    assert active == {True, False}
    assert any(shifts)


def test_what_may_be_left_out(server: SimulatorServer) -> None:
    """Settings leave out tests and tutorials, and inactive users."""
    shown = ["standard", "retrospective"]
    chosen = {"incident_modes": shown, "action_modes": shown, "include_inactive": False, **server.settings}
    modes = {record["mode"] for record in sdk.read("incident_response", "incidents", **chosen)}
    actions = list(sdk.read("incident_response", "actions", **chosen))

    assert set(shown) == modes
    assert 0 < len(actions) < len(server.truth("actions"))
    assert {"/v2/incidents": 1, "/v2/actions": 2} == asked(server)
    assert all(record["is_active"] for record in sdk.read("incident_response", "users", **chosen))


def test_second_run_is_incremental(server: SimulatorServer, pipeline: dlt.Pipeline) -> None:
    """Incidents are read from the day before the last change on; a change of today arrives."""
    pipeline.run(sdk.load("incident_response", **server.settings))
    newest = max(datetime.fromisoformat(record["updated_at"]) for record in server.truth("incidents"))
    oldest = min(server.truth("incidents"), key=lambda record: str(record["created_at"]))
    server.update("incidents", oldest["id"], {"summary": "found the cause"})
    server.add("incidents", {"name": "new"})
    before = len(server.requests)
    pipeline.run(sdk.load("incident_response", **server.settings))

    assert_is_truth(pipeline, server, "incidents")
    request = next(one for one in server.requests[before:] if one.path == "/v2/incidents")
    assert (newest - timedelta(days=1)).date().isoformat() == request.value("updated_at[gte]")
    assert request.value("sort_by") == "created_at_oldest_first"
    assert FEWEST == asked(server, before)


def test_newer_versions_are_incremental(server: SimulatorServer, pipeline: dlt.Pipeline) -> None:
    """Version 3 of actions and follow-ups holds the same rows, and is asked only for what changed."""
    chosen = {"actions_version": "v3", "follow_ups_version": "v3", "resources": ["actions", "follow_ups"]}
    pipeline.run(sdk.load("incident_response", **chosen, **server.settings))
    before = len(server.requests)
    server.update("actions", server.truth("actions")[0]["id"], {"status": "completed"})
    pipeline.run(sdk.load("incident_response", **chosen, **server.settings))

    assert_is_truth(pipeline, server, "actions")
    assert_is_truth(pipeline, server, "follow_ups")
    assert {"/v3/actions": 5, "/v3/follow_ups": 5} == asked(server, before)
    starts = [datetime.fromisoformat(one.value("updated_at[gte]") or "") for one in server.requests[before:]]
    assert min(starts) > datetime(2000, 1, 1, tzinfo=UTC)


def test_deprecated_versions(server: SimulatorServer, pipeline: dlt.Pipeline) -> None:
    """Settings lead back to the deprecated paths, whose records have other fields."""
    chosen = {"catalog_types_version": "v2", "incident_roles_version": "v1"}
    source = sdk.load("incident_response", **chosen, **server.settings)
    pipeline.run(source.with_resources("catalog_types", "incident_roles"))

    assert_is_truth(pipeline, server, "catalog_types", of="catalog_types_v2")
    assert_is_truth(pipeline, server, "incident_roles", of="incident_roles_v1")
    assert types(pipeline, "incident_roles")["required"] == "BOOLEAN"
    assert {"/v2/catalog_types": 1, "/v1/incident_roles": 1} == asked(server)


def test_later_pages() -> None:
    """Paged lists are read to their end, in the largest pages that lose nothing."""
    sizes = {"incidents": 600, "users": 10_050, "schedules": 60}
    with serve(SIMULATOR, seed=3, sizes=sizes) as server:
        for name in sizes:
            found = [record["id"] for record in sdk.read("incident_response", name, **server.settings)]
            assert sorted(record["id"] for record in server.truth(name)) == sorted(found)
    assert {"/v2/incidents": 3, "/v2/users": 2, "/v2/schedules": 3} == asked(server)


@pytest.mark.parametrize("resource", ["workflows", "incidents", "actions"])
def test_missing_permission(server: SimulatorServer, pipeline: dlt.Pipeline, resource: str) -> None:
    """What the key may not read is skipped visibly, all else arrives, and the next run asks again."""
    server.gate(resource)
    pipeline.run(sdk.load("incident_response", **server.settings))

    assert [] == rows(pipeline, resource)
    assert {(resource, 403)} == {(skip["resource"], skip["status"]) for skip in rows(pipeline, "_sdk_skips")}
    assert_is_truth(pipeline, server, "users")

    server.ungate(resource)
    pipeline.run(sdk.load("incident_response", **server.settings))

    assert [] == rows(pipeline, "_sdk_skips")
    assert_is_truth(pipeline, server, resource)


def test_wrong_key(server: SimulatorServer) -> None:
    """A wrong key fails at the first answer, which says which secret to check and does not show it."""
    with pytest.raises(sdk.ResponseError, match=r"answered 401 .*'api_key'") as caught:
        list(sdk.read("incident_response", "users", base_url=server.base_url, api_key="wrong-key"))
    assert "wrong-key" not in str(caught.value)
    assert len(server.requests) == 1


def test_rate_limit() -> None:
    """A refusal that names the time to come back in its body alone is obeyed."""
    assert SIMULATOR.rate_limit is not None
    quota = SIMULATOR.rate_limit.scaled(requests=2, period=1)
    with serve(SIMULATOR, seed=3, sizes={"incidents": 700}, rate_limit=quota) as server:
        found = [record["id"] for record in sdk.read("incident_response", "incidents", **server.settings)]
        truth = [record["id"] for record in server.truth("incidents")]

    assert sorted(truth) == sorted(found)
    # No more than one refusal for each period that had to end.
    assert 1 <= [request.status for request in server.requests].count(429) <= 2
