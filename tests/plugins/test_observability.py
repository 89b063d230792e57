"""The observability connector asks what it should and keeps what it is answered: from cassettes, then simulated.

What the account holds comes from the simulator, which was written from the API's documentation and recordings and
knows nothing of the connector: `truth` is what a complete reader ends up with.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from sdk_plugin_observability import columns
from sdk_plugin_observability.simulator import SIMULATOR, simulator

import sdk
from sdk.testing.simulator import serve

pytestmark = pytest.mark.simulated(seed=3, scale=0.1)

DECLARED = {
    "audit_logs": columns.AUDIT_LOGS,
    "dashboards": columns.DASHBOARDS,
    "downtimes": columns.DOWNTIMES,
    "incident_teams": columns.INCIDENT_TEAMS,
    "incidents": columns.INCIDENTS,
    "logs": columns.LOGS,
    "metrics": columns.METRICS,
    "monitors": columns.MONITORS,
    "service_level_objectives": columns.SERVICE_LEVEL_OBJECTIVES,
    "synthetic_tests": columns.SYNTHETIC_TESTS,
    "users": columns.USERS,
}
KEYS = {name: "public_id" if name == "synthetic_tests" else "id" for name in DECLARED}

TYPES = {
    "text": "VARCHAR",
    "bigint": "BIGINT",
    "double": "DOUBLE",
    "bool": "BOOLEAN",
    "timestamp": "TIMESTAMP WITH TIME ZONE",
    "json": "JSON",
}

# What a complete reader asks for beside the defaults.
ASKED: Mapping[str, Mapping[str, Any]] = {"downtimes": {"with_creator": True}}

# The moments that come as numbers, and how many of these are a second.
EPOCHS = {
    "downtimes": (("start", "end", "created", "modified", "canceled"), 1),
    "monitors": (("created_at",), 1000),
    "service_level_objectives": (("created_at", "modified_at"), 1),
}

EVENTS = "sort=timestamp&{}filter[from]={}&filter[to]={}&page[limit]=1000"
EVER, NOW = "1970-01-01T00:00:00.000Z", "2025-06-01T12:00:00.000Z"


def flat(records: Iterable[Mapping[str, Any]], table: str = "") -> list[dict[str, Any]]:
    """Return records as the table should show them: without `attributes` around fields, moments as moments."""
    numbers, second = EPOCHS.get(table, ((), 1))
    found = []
    for record in records:
        row = {name: value for name, value in record.items() if name != "attributes"} | record.get("attributes", {})
        moments = {name: datetime.fromtimestamp(row[name] / second, UTC) for name in numbers if row.get(name)}
        found.append(row | moments)
    return found


def ids(records: Iterable[Mapping[str, Any]]) -> list[Any]:
    """Return the keys of records, sorted."""
    return sorted(record.get("id") or record["public_id"] for record in records)


def paths(asked: Iterable[str]) -> Counter[str]:
    """Return how often each path was asked for."""
    return Counter(request.partition("?")[0].removeprefix("/api") for request in asked)


def test_first_load(account: Any, warehouse: Any) -> None:
    """A first load brings every row, typed; a list takes one request, or two where only an empty page is a sure end."""
    warehouse.run(account.source())
    asked = account.asked()
    truths = {name: account.truth(name, **ASKED.get(name, {})) for name in DECLARED}

    assert sorted(DECLARED) == warehouse.tables()
    for name, truth in truths.items():
        assert truth, name
        assert warehouse.as_rows(name, flat(truth, name)) == warehouse.rows(name), name
        assert {column.name: TYPES[column.data_type] for column in DECLARED[name]} == warehouse.types(name)
    assert [
        "/v1/dashboard?count=100&start=0",
        "/v1/downtime?with_creator=true",
        "/v1/monitor?id_offset=0&page_size=1000",
        f"/v1/monitor?page_size=1000&id_offset={truths['monitors'][-1]['id']}",
        "/v1/slo?limit=1000&offset=0",
        "/v1/synthetics/tests?page_size=100&page_number=0",
        "/v2/audit/events?" + EVENTS.format("", EVER, NOW),
        "/v2/incidents?page[size]=100&page[offset]=0",
        f"/v2/incidents?page[size]=100&page[offset]={len(truths['incidents'])}",
        "/v2/logs/events?" + EVENTS.format("filter[storage_tier]=indexes&", EVER, NOW),
        "/v2/metrics?window[seconds]=2592000&page[size]=10000",
        "/v2/teams?page[size]=100&page[offset]=0",
        f"/v2/teams?page[size]=100&page[offset]={len(truths['incident_teams'])}",
        "/v2/users?page[size]=100&page[number]=0",
    ] == sorted(one for one in asked if "page[cursor]" not in one)
    assert {"/v2/audit/events": 1, "/v2/logs/events": 1} == paths(one for one in asked if "page[cursor]" in one)


@pytest.mark.simulated(sizes={"dashboards": 130})
def test_later_pages(account: Any) -> None:
    """The offset moves on by what was received, until a page is short."""
    found = list(account.read("dashboards"))

    assert ids(account.truth("dashboards")) == ids(found)
    assert len(found) > 100
    assert ["/v1/dashboard?count=100&start=0", "/v1/dashboard?count=100&start=100"] == account.asked()


@pytest.mark.simulated(sizes={"logs": 12})
def test_second_run(account: Any, warehouse: Any) -> None:
    """Logs are asked for from a quarter of an hour before the newest on, up to the start of the run."""
    warehouse.run(account.source("logs"))
    account.asked()
    newest = max(row["timestamp"] for row in warehouse.rows("logs"))

    def change(server: Any) -> None:
        server.advance(timedelta(hours=3))
        server.add("logs")
        server.advance(timedelta(minutes=1))

    account.meanwhile(change)
    warehouse.run(account.source("logs"))

    assert warehouse.as_rows("logs", flat(account.truth("logs"))) == warehouse.rows("logs")
    since = (newest - timedelta(minutes=15)).replace(tzinfo=None).isoformat(timespec="milliseconds") + "Z"
    expected = EVENTS.format("filter[storage_tier]=indexes&", since, "2025-06-01T15:01:00.000Z")
    assert account.asked()[0] == "/v2/logs/events?" + expected


def test_newer_paths(account: Any, warehouse: Any) -> None:
    """Settings choose the successors of the deprecated paths, whose records are others."""
    warehouse.run(account.source("downtimes", "incident_teams", downtimes_version="v2", incident_teams_path="team"))

    for name, of in {"downtimes": "downtimes_v2", "incident_teams": "teams"}.items():
        assert warehouse.as_rows(name, flat(account.truth(of))) == warehouse.rows(name)
    assert {"/v2/downtime": 2, "/v2/team": 1} == paths(account.asked())


@pytest.mark.parametrize(
    ("settings", "asked"),
    [
        pytest.param({"logs_query": "service:web"}, {"filter[query]": "service:web"}, id="query"),
        pytest.param({"logs_indexes": "main,other"}, {"filter[indexes]": "main"}, id="indexes"),
        pytest.param({"logs_storage_tiers": ["flex"]}, {"filter[storage_tier]": "flex"}, id="tier"),
    ],
)
def test_settings_of_logs(account: Any, settings: dict[str, Any], asked: dict[str, str]) -> None:
    """Settings narrow the search, or lead it into other tiers."""
    found = list(account.read("logs", **settings))

    assert ids(account.truth("logs", **asked)) == ids(found) != []


def test_start_date(account: Any) -> None:
    """`start_date` bounds what is asked for."""
    found = list(account.read("logs", start_date="2025-05-29"))
    since = [one for one in flat(account.truth("logs")) if one["timestamp"] >= "2025-05-29"]

    assert "filter[from]=2025-05-29T00:00:00.000Z&" in account.asked()[0]
    assert ids(since) == ids(found) != []


@pytest.mark.simulated(gates=["incidents", "incident_teams", "synthetic_tests", "monitors"])
def test_gates(account: Any, warehouse: Any) -> None:
    """Products that are off and what is forbidden are skipped visibly, all else arrives; they are asked again."""
    chosen = ("incidents", "incident_teams", "synthetic_tests", "monitors", "dashboards")
    warehouse.run(account.source(*chosen))

    shown = {row["resource"]: row["status"] for row in warehouse.rows("_sdk_skips")}
    assert {"incidents": 404, "incident_teams": 404, "synthetic_tests": 404, "monitors": 403} == shown
    assert warehouse.as_rows("dashboards", flat(account.truth("dashboards"))) == warehouse.rows("dashboards")

    account.meanwhile(lambda server: [server.ungate(name) for name in shown])
    warehouse.run(account.source(*chosen))

    assert [] == warehouse.rows("_sdk_skips")
    for name in shown:
        assert warehouse.as_rows(name, flat(account.truth(name), name)) == warehouse.rows(name)


@pytest.mark.simulated(rate_limit=SIMULATOR.rate_limit and SIMULATOR.rate_limit.scaled(requests=1, period=37))
def test_rate_limit(account: Any) -> None:
    """When nothing is left of the quota of this endpoint, the next request waits for as long as the header says."""
    found = list(account.read("logs"))
    asked = account.asked()

    assert ids(account.truth("logs")) == ids(found)
    assert [37.0] == [round(one) for one in account.waits]
    assert 2 == len(asked) == len(set(asked))


def test_not_found(account: Any) -> None:
    """Where no product can be off, 404 means a wrong address, and is no skip."""
    there = account.settings()
    with pytest.raises(sdk.ResponseError, match=r"observability\.users: .* answered 404") as caught:
        list(sdk.read("observability", "users", **{**there, "base_url": there["base_url"] + "/v1"}))
    assert caught.value.status == 404


@pytest.mark.parametrize("secret", ["api_key", "application_key"])
def test_wrong_keys(simulate: Any, warehouse: Any, secret: str) -> None:
    """The API answers a wrong key as it answers a missing permission; when nothing can be read that is an error."""
    settings = {**simulate().settings, secret: "a-key-that-nobody-knows"}
    with pytest.raises(Exception, match=secret):
        warehouse.run(sdk.load("observability", **settings))


def test_missing_key(simulate: Any) -> None:
    """Both keys are needed, and one that is missing is named with the places to set it."""
    server = simulate()
    with pytest.raises(sdk.MissingSettingError, match="SOURCES__OBSERVABILITY__APPLICATION_KEY"):
        sdk.load("observability", base_url=server.base_url, api_key=server.settings["api_key"])


def test_partial_answers() -> None:
    """A search that times out is repeated for shorter intervals until it is answered in full."""
    with serve(simulator(timeout_rows=100), seed=3) as server:
        found = list(sdk.read("observability", "logs", **server.settings))

    assert ids(server.truth("logs")) == ids(found)
    assert len(found) > 200


# The rows of each list, and the fewest requests that read them.
PAGES = {
    "logs": (2300, 3),
    "incident_teams": (200, 3),
    "incidents": (230, 4),
    "metrics": (10_400, 1),
    "monitors": (1200, 3),
    "service_level_objectives": (1100, 2),
    "synthetic_tests": (200, 3),
    "users": (230, 3),
}


@pytest.mark.parametrize("resource", PAGES)
def test_everything(simulate: Any, resource: str) -> None:
    """Each list is read to its end, however that looks."""
    size, requests = PAGES[resource]
    server = simulate(sizes={resource: size})
    found = list(sdk.read("observability", resource, clock=lambda: server.now, **server.settings))

    assert ids(server.truth(resource)) == ids(found)
    assert requests == len(server.requests)


@pytest.mark.parametrize(
    ("resource", "facts"),
    [
        pytest.param("logs", {"window": None, "incremental": None}, id="default window"),
        pytest.param("metrics", {"params": {}}, id="last hour"),
        pytest.param("dashboards", {"paginator": sdk.SinglePagePaginator()}, id="first page"),
        pytest.param("users", {"paginator": sdk.PageNumberPaginator(page_param="page[number]")}, id="page one"),
    ],
)
def test_wrong_connector(simulate: Any, resource: str, facts: dict[str, Any], mutant: Any) -> None:
    """A connector that falls for what the API does by default is told from the truth."""
    server = simulate(seed=3, sizes={"dashboards": 130})
    found = list(sdk.read("observability", resource, plugins=[mutant(resource, **facts)], **server.settings))

    assert ids(server.truth(resource)) != ids(found)
