"""The simulated observability API does what its documentation and its recordings say, over real HTTP.

Nothing here uses the connector: these are the facts that it is tested against.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from datetime import UTC, datetime, timedelta
from typing import Any
from urllib.parse import urlsplit

import pytest
import requests
from sdk_plugin_observability.simulator import SIMULATOR, simulator
from sdk_plugin_observability.simulator_errors import forbidden

from sdk.testing.simulator import SimulatorServer, instant, serve

NOW = datetime(2025, 6, 1, 12, tzinfo=UTC)
PATHS = {endpoint.name: endpoint.path for endpoint in SIMULATOR.endpoints}
SEED = [
    "audit_logs",
    "dashboards",
    "downtimes",
    "incident_teams",
    "incidents",
    "logs",
    "metrics",
    "monitors",
    "service_level_objectives",
    "synthetic_tests",
    "users",
]
MONTH = {"filter[from]": "2025-05-02T12:00:00Z", "filter[to]": "2025-06-01T12:00:00Z"}
LISTS = {
    "dashboards": ("dashboards", "start", "count", 1),
    "downtimes_v2": ("data", "page[offset]", "page[limit]", 1),
    "incident_teams": ("data", "page[offset]", "page[size]", 1),
    "incidents": ("data", "page[offset]", "page[size]", 1),
    "monitors": ("", "page", "page_size", None),
    "service_level_objectives": ("data", "offset", "limit", 1),
    "synthetic_tests": ("tests", "page_number", "page_size", None),
    "teams": ("data", "page[number]", "page[size]", None),
    "users": ("data", "page[number]", "page[size]", None),
}
"""The key of the records, the parameters of a page, and by how much the first counts on: rows, or pages (`None`)."""

Record = dict[str, Any]


@pytest.fixture
def server() -> Iterator[SimulatorServer]:
    """Serve the demo-sized account."""
    with serve(SIMULATOR, seed=3, now=NOW) as running:
        yield running


def keys(server: SimulatorServer) -> dict[str, str]:
    """Return the two headers that every call needs."""
    return {"DD-API-KEY": server.settings["api_key"], "DD-APPLICATION-KEY": server.settings["application_key"]}


def get(server: SimulatorServer, path: str, query: Mapping[str, Any] | None = None) -> requests.Response:
    """Ask for a path with both keys."""
    return requests.get(server.base_url + path, params=query, headers=keys(server), timeout=10)


def by_cursor(
    server: SimulatorServer, path: str, query: Mapping[str, Any], cursor: Callable[[Any], str | None]
) -> list[list[Record]]:
    """Ask with the cursor of each answer until there is none; return the pages."""
    pages, asked = [], dict(query)
    while True:
        body = get(server, path, asked).json()
        pages.append(body["data"])
        token = cursor(body)
        if token is None:
            return pages
        asked["page[cursor]"] = token


def after(body: Any) -> str | None:
    """Return the cursor of an event search."""
    return body.get("meta", {}).get("page", {}).get("after")


def next_cursor(body: Any) -> str | None:
    """Return the cursor of the metrics."""
    return body.get("meta", {}).get("pagination", {}).get("next_cursor")


def by_rows(server: SimulatorServer, resource: str, size: int = 20) -> list[Any]:
    """Ask page after page until one is short."""
    key, start, limit, step = LISTS[resource]
    records: list[Any] = []
    while True:
        page = get(server, PATHS[resource], {start: len(records) // (step or size), limit: size}).json()
        rows = page[key] if key else page
        records += rows
        if len(rows) < size:
            return records


def flat(pages: list[list[Record]]) -> list[Record]:
    """Return the records of all pages."""
    return [record for page in pages for record in page]


def by_id(records: list[Record], key: str = "id") -> list[Record]:
    """Sort records by their key."""
    return sorted(records, key=lambda record: record[key])


def moment(record: Record) -> float:
    """Return when an event happened."""
    found = instant(record["attributes"]["timestamp"])
    assert found is not None
    return found


def walked(server: SimulatorServer, resource: str) -> list[Record]:
    """Read a resource as a complete reader does."""
    if resource in LISTS:
        return by_rows(server, resource)
    if resource == "downtimes":
        return list(get(server, PATHS[resource]).json())
    if resource == "metrics":
        return flat(by_cursor(server, PATHS[resource], {"window[seconds]": 2_592_000, "page[size]": 50}, next_cursor))
    return flat(by_cursor(server, PATHS[resource], {**MONTH, "sort": "timestamp", "page[limit]": 50}, after))


@pytest.mark.parametrize("resource", [*SEED, "teams", "downtimes_v2"])
def test_truth_is_what_all_pages_hold(server: SimulatorServer, resource: str) -> None:
    """What a complete reader finds on all pages is the whole truth, each record once."""
    key = "public_id" if resource == "synthetic_tests" else "id"
    found = walked(server, resource)

    assert by_id(server.truth(resource), key) == by_id(found, key)
    assert len({record[key] for record in found}) == len(found) > 20


def test_two_keys(server: SimulatorServer) -> None:
    """Every read takes both keys; the key check looks at one of them only."""
    both, url = keys(server), server.base_url
    one = {"DD-API-KEY": both["DD-API-KEY"]}
    swapped = dict(zip(both, reversed(both.values()), strict=True))
    asked = [({}, 401), (one, 403), (swapped, 403), ({"api_key": both["DD-API-KEY"]}, 401), (both, 200)]
    wrong = both | {"DD-APPLICATION-KEY": "wrong"}

    for headers, status in asked:
        assert status == requests.get(url + "/v1/dashboard", headers=headers, timeout=10).status_code
    assert {"valid": True} == requests.get(url + "/v1/validate", headers=wrong, timeout=10).json()
    assert 403 == requests.get(url + "/v1/dashboard", headers=wrong, timeout=10).status_code
    assert 403 == requests.get(url + "/v1/validate", headers={"DD-API-KEY": "wrong"}, timeout=10).status_code
    assert {"base_url", "api_key", "application_key"} == set(server.settings)


@pytest.mark.parametrize("resource", ["audit_logs", "logs"])
def test_events_of_the_last_15_minutes(server: SimulatorServer, resource: str) -> None:
    """Without both ends a search covers 15 minutes, and reaches back no further than 30 days."""
    truth = server.truth(resource)
    recent = [record for record in truth if moment(record) >= (NOW - timedelta(minutes=15)).timestamp()]
    early = {"filter[from]": "2025-05-10T00:00:00Z"}
    ever = {"filter[from]": "2015-01-01T00:00:00Z", "filter[to]": "2025-06-01T12:00:00Z", "page[limit]": 1000}
    older = {"filter[from]": "2025-04-01T00:00:00Z", "filter[to]": "2025-05-01T00:00:00Z"}

    assert by_id(recent) == by_id(flat(by_cursor(server, PATHS[resource], {}, after)))
    assert 0 < len(recent) < len(truth) / 8
    assert len(flat(by_cursor(server, PATHS[resource], early, after))) < 5
    assert by_id(truth) == by_id(flat(by_cursor(server, PATHS[resource], ever, after)))
    assert [] == get(server, PATHS[resource], older).json()["data"]
    assert min(moment(record) for record in truth) >= (NOW - timedelta(days=30)).timestamp()


def test_event_bounds(server: SimulatorServer) -> None:
    """Both ends belong to the window; they are timestamps, epoch milliseconds, or count back from now."""
    records = sorted(server.truth("audit_logs"), key=moment)[40:60]
    first, last = records[0]["attributes"]["timestamp"], records[-1]["attributes"]["timestamp"]
    millis = {"filter[from]": round(moment(records[0]) * 1000), "filter[to]": round(moment(records[-1]) * 1000)}
    relative = {"filter[from]": "now-30d", "filter[to]": "now", "page[limit]": 1000}
    within = [r for r in server.truth("audit_logs") if moment(records[0]) <= moment(r) <= moment(records[-1])]

    for ends in ({"filter[from]": first, "filter[to]": last}, millis):
        found = get(server, "/v2/audit/events", {**ends, "page[limit]": 1000}).json()["data"]
        assert by_id(within) == by_id(found)
    assert by_id(server.truth("audit_logs")) == by_id(get(server, "/v2/audit/events", relative).json()["data"])


def test_event_order(server: SimulatorServer) -> None:
    """Only `sort=timestamp` promises the oldest first; several events may share a moment."""
    query = {**MONTH, "page[limit]": 1000}
    default, ascending = (
        [moment(r) for r in get(server, "/v2/logs/events", {**query, **sort}).json()["data"]]
        for sort in ({}, {"sort": "timestamp"})
    )

    assert sorted(ascending) == ascending == default[::-1]
    assert len(set(ascending)) < len(ascending)


def test_event_cursor(server: SimulatorServer) -> None:
    """Short pages have a cursor too, and the empty page behind the last one says nothing at all."""
    query = {**MONTH, "page[limit]": 40}
    pages = by_cursor(server, "/v2/logs/events", query, after)
    stopped_early = next(index for index, page in enumerate(pages) if len(page) < 40)
    whole = get(server, "/v2/logs/events", {**MONTH, "page[limit]": 1000}).json()
    behind = get(server, "/v2/logs/events", {**MONTH, "page[cursor]": after(whole), "page[limit]": 1000})

    assert stopped_early < len(pages) - 2
    assert [] == pages[-1]
    assert len(whole["data"]) == len(server.truth("logs"))
    assert {"data": []} == behind.json()
    assert 10 == len(get(server, "/v2/logs/events", MONTH).json()["data"])


def test_event_link(server: SimulatorServer) -> None:
    """The link to the next page names the public host, its brackets percent-encoded, and holds the same cursor."""
    body = get(server, "/v2/logs/events", MONTH).json()
    link = urlsplit(body["links"]["next"])

    assert ("https", "/api/v2/logs/events") == (link.scheme, link.path)
    assert link.netloc not in server.base_url
    assert "page%5Bcursor%5D=" in link.query
    assert "[" not in link.query
    assert "done" == body["meta"]["status"]


def test_log_tiers_and_indexes(server: SimulatorServer) -> None:
    """A search covers all indexes but not the cheaper tiers, unless it names another index or tier."""
    query = {**MONTH, "page[limit]": 1000}
    tiers = [
        {r["id"] for r in get(server, "/v2/logs/events", {**query, "filter[storage_tier]": tier}).json()["data"]}
        for tier in ("indexes", "flex", "online-archives")
    ]
    main = get(server, "/v2/logs/events", {**query, "filter[indexes]": "main"}).json()["data"]
    both = get(server, "/v2/logs/events", {**query, "filter[indexes]": "main,retention-7"}).json()["data"]

    assert all(tiers)
    assert sum(len(tier) for tier in tiers) == len(set.union(*tiers))
    assert {record["id"] for record in server.truth("logs")} == tiers[0] == {record["id"] for record in both}
    assert 0 < len(main) < len(both)


def test_log_search_by_post(server: SimulatorServer) -> None:
    """The search can be posted: the same names, as an object."""
    body = {
        "filter": {"from": MONTH["filter[from]"], "to": MONTH["filter[to]"], "query": "status:error", "indexes": ["*"]},
        "sort": "timestamp",
        "page": {"limit": 1000},
    }
    url = server.base_url + "/v2/logs/events/search"
    found = requests.post(url, json=body, headers=keys(server), timeout=10).json()["data"]
    wrong = requests.post(url, data="nothing", headers=keys(server), timeout=10)

    assert found == server.truth("logs", **{"filter[query]": "status:error", "sort": "timestamp"})
    assert {"error"} == {record["attributes"]["status"] for record in found}
    assert 400 == wrong.status_code


def test_timeout_is_a_partial_page() -> None:
    """A search over too many rows answers 200, rows missing, and says so only in `meta`; narrower ones are whole."""
    with serve(simulator(timeout_rows=60), seed=3, now=NOW) as server:
        truth = server.truth("audit_logs")
        first = get(server, "/v2/audit/events", {**MONTH, "page[limit]": 40})
        naive = flat(by_cursor(server, "/v2/audit/events", {**MONTH, "page[limit]": 40}, after))
        moments = sorted({record["attributes"]["timestamp"] for record in truth})
        middle = moments[len(moments) // 2]
        halves = [
            {"filter[from]": moments[0], "filter[to]": middle},
            {"filter[from]": middle, "filter[to]": moments[-1]},
        ]
        pages = [get(server, "/v2/audit/events", {**half, "page[limit]": 1000}).json() for half in halves]

    assert (200, "timeout", 20) == (first.status_code, first.json()["meta"]["status"], len(first.json()["data"]))
    assert first.json()["meta"]["warnings"]
    assert len(naive) < len(truth)
    assert ["done", "done"] == [page["meta"]["status"] for page in pages]
    assert {r["id"] for r in truth} == {r["id"] for page in pages for r in page["data"]}


def test_metrics_of_the_last_hour(server: SimulatorServer) -> None:
    """Only metrics that reported in the last hour are listed, unless a window of at most 30 days is asked for."""
    hour, fortnight = (get(server, "/v2/metrics", q).json() for q in ({}, {"window[seconds]": 1_209_600}))
    longest = get(server, "/v2/metrics", {"window[seconds]": 2_592_000})
    names = [{record["id"] for record in body["data"]} for body in (hour, fortnight, longest.json())]

    assert names[0] < names[1] < names[2]
    assert server.truth("metrics") == longest.json()["data"]
    assert {"data"} == set(hour)
    assert 400 == get(server, "/v2/metrics", {"window[seconds]": 2_592_001}).status_code


def test_metrics_are_paged_on_demand() -> None:
    """All metrics come at once, 10,000 at most, unless a size is sent; the list then ends in one of two ways."""
    with serve(SIMULATOR, now=NOW, sizes={"metrics": 14_000}) as server:
        total = len(server.truth("metrics"))
        month = {"window[seconds]": 2_592_000}
        one, by_size = get(server, "/v2/metrics", month).json(), {**month, "page[size]": 6_000}
        first = get(server, "/v2/metrics", by_size).json()
        last = get(server, "/v2/metrics", {**by_size, "page[cursor]": next_cursor(first)}).json()
        full = by_cursor(server, "/v2/metrics", {**month, "page[size]": total // 2}, next_cursor)
    with serve(SIMULATOR, now=NOW) as server:
        exact = len(server.truth("metrics"))
        pages = by_cursor(server, "/v2/metrics", {**month, "page[size]": exact}, next_cursor)

    assert total > 10_000 == len(one["data"])
    assert "meta" not in one
    assert (6_000, total - 6_000) == (len(first["data"]), len(last["data"]))
    assert last["meta"]["pagination"]["next_cursor"] is None
    assert total == len(flat(full))
    assert [exact, 0] == [len(page) for page in pages]


def test_metric_types(server: SimulatorServer) -> None:
    """A plain metric has no attributes, a configured one has."""
    records = server.truth("metrics")
    shapes = {(record["type"], "attributes" in record) for record in records}
    configured = get(server, "/v2/metrics", {"window[seconds]": 2_592_000, "filter[configured]": "true"}).json()["data"]

    assert {("metrics", False), ("manage_tags", True)} == shapes
    assert [record for record in records if "attributes" in record] == configured


def test_incidents_never_say_that_they_end(server: SimulatorServer) -> None:
    """`next_offset` is on the last page too, and even on the empty one after it; `size` is what was sent."""
    last = get(server, "/v2/incidents", {"page[offset]": 40, "page[size]": 20}).json()
    beyond = get(server, "/v2/incidents", {"page[offset]": 45}).json()
    far = get(server, "/v2/incidents", {"page[offset]": 99}).json()

    assert (5, {"offset": 40, "next_offset": 45, "size": 5}) == (len(last["data"]), last["meta"]["pagination"])
    assert ([], {"offset": 45, "next_offset": 45, "size": 0}) == (beyond["data"], beyond["meta"]["pagination"])
    assert ([], {"offset": 99, "next_offset": 99, "size": 0}) == (far["data"], far["meta"]["pagination"])
    assert 10 == len(get(server, "/v2/incidents").json()["data"])


def test_teams_link_beyond_the_end(server: SimulatorServer) -> None:
    """The newer path numbers pages from 0; a last page still names a next one, unless it is the only one."""
    last = get(server, "/v2/team", {"page[number]": 2, "page[size]": 10}).json()
    beyond = get(server, "/v2/team", {"page[number]": 3, "page[size]": 10}).json()
    single = get(server, "/v2/team", {"page[size]": 100}).json()
    old = get(server, "/v2/teams").json()

    assert (2, 3) == tuple(last["meta"]["pagination"][name] for name in ("last_number", "next_number"))
    assert "page%5Bnumber%5D=3" in last["links"]["next"]
    assert ([], None) == (beyond["data"], beyond["links"]["next"])
    assert (30, None) == (len(single["data"]), single["links"]["next"])
    assert single["meta"]["pagination"]["next_number"] is None
    assert {"offset": 0, "next_offset": 10, "size": 10} == old["meta"]["pagination"]
    assert not {r["id"] for r in single["data"]} & {r["id"] for r in old["data"]}


def test_objectives_end_with_a_short_page(server: SimulatorServer) -> None:
    """Only a short page ends the list: the filtered count stops at the page size."""
    total = len(server.truth("service_level_objectives"))
    body = get(server, "/v1/slo", {"limit": 10}).json()
    deleted = get(server, "/v1/slo", {"is_deleted": "true"}).json()["data"]
    targets = {type(record["target_threshold"]) for record in server.truth("service_level_objectives")}

    assert {"total_count": total, "total_filtered_count": 10} == body["metadata"]["page"]
    assert body["error"] is None
    assert deleted
    assert not {r["id"] for r in deleted} & {r["id"] for r in server.truth("service_level_objectives")}
    assert {int, float} == targets
    assert {int} == {type(r["created_at"]) for r in server.truth("service_level_objectives")}


def test_first_pages_of_large_lists() -> None:
    """Without parameters a list stops at its default size and says nothing, or says it where nobody looks."""
    sizes = {"dashboards": 300, "service_level_objectives": 1_200, "synthetic_tests": 130}
    with serve(SIMULATOR, now=NOW, sizes=sizes) as server:
        dashboards, objectives, tests = (get(server, PATHS[name]).json() for name in sizes)
        truth = [len(server.truth(name)) for name in sizes]
        pages = [walked(server, name) for name in sizes]

    assert [100, 1000, 100] == [len(dashboards["dashboards"]), len(objectives["data"]), len(tests["tests"])]
    assert {"dashboards"} == set(dashboards)
    assert (130, 0) == (tests["total"], len([record for record in tests["tests"] if "id" in record]))
    assert truth == [len(found) for found in pages]


def test_dashboards_that_are_hidden(server: SimulatorServer) -> None:
    """Ready-made dashboards are never listed, deleted ones only when asked for."""
    deleted = get(server, "/v1/dashboard", {"filter[deleted]": "true"}).json()["dashboards"]

    assert deleted
    assert not {r["id"] for r in deleted} & {r["id"] for r in server.truth("dashboards")}
    assert len(deleted) + len(server.truth("dashboards")) < 60


def test_monitors(server: SimulatorServer) -> None:
    """All monitors come at once unless a page or an id to start after is sent; the latter ends with an empty list."""
    records = get(server, "/v1/monitor", {"page_size": 10}).json()
    keyset, start = [], 0
    while page := get(server, "/v1/monitor", {"id_offset": start, "page_size": 50}).json():
        keyset += page
        start = page[-1]["id"]

    assert records == server.truth("monitors") == keyset
    assert records[:100] == get(server, "/v1/monitor", {"page": 0}).json()
    assert records[100:] == get(server, "/v1/monitor", {"page": 1}).json()
    assert any(record["id"] > 2**53 for record in records)
    assert all(abs(record["created_at"] / 1000 - (instant(record["created"]) or 0)) < 0.01 for record in records)


def test_downtimes(server: SimulatorServer) -> None:
    """The old path sends everything at once in epoch seconds; the new one has other ids and pages of 30."""
    old, new = get(server, "/v1/downtime").json(), get(server, "/v2/downtime").json()
    current = get(server, "/v1/downtime", {"current_only": "true"}).json()
    created = get(server, "/v1/downtime", {"with_creator": "true"}).json()

    assert [record for record in old if record["active"]] == current
    assert {int} == {type(record[name]) for record in old for name in ("id", "start", "created", "modified")}
    assert [{k: v for k, v in record.items() if k != "creator"} for record in created] == old
    assert (30, {"page": {"total_filtered_count": 70}}) == (len(new["data"]), new["meta"])
    assert not {record["id"] for record in old} & {record["id"] for record in new["data"]}
    assert 400 == get(server, "/v1/downtime", {"page": 0}).status_code


def test_users(server: SimulatorServer) -> None:
    """Users are numbered from page 0; each page carries all roles and permissions, and names a size too large."""
    body = get(server, "/v2/users").json()
    greedy = get(server, "/v2/users", {"page[size]": 1000}).json()

    assert body["data"] == server.truth("users")[:10]
    assert {"max_page_size": 1000, "total_count": 64, "total_filtered_count": 64} == body["meta"]["page"]
    assert 150 < len(body["included"]) < 300
    assert {"roles", "permissions"} == {record["type"] for record in body["included"]}
    assert {"Active", "Disabled", "Pending"} == {r["attributes"]["status"] for r in server.truth("users")}
    assert greedy["data"] == server.truth("users")
    with serve(SIMULATOR, now=NOW, sizes={"users": 130}) as larger:
        assert 100 == len(get(larger, "/v2/users", {"page[size]": 1000}).json()["data"])


def test_three_shapes_of_errors(server: SimulatorServer) -> None:
    """Errors are a list of texts, a list of objects whose status is a text, or one object."""
    texts, objects, one = (get(server, path, {"limt": 1}) for path in ("/v1/slo", "/v2/users", "/v2/team"))

    assert {400} == {answer.status_code for answer in (texts, objects, one)}
    assert isinstance(texts.json()["errors"][0], str)
    assert ("400", {"parameter": "limt"}) == tuple(objects.json()["errors"][0][name] for name in ("status", "source"))
    assert {"code", "message", "details"} == set(one.json()["error"])


@pytest.mark.parametrize(
    ("path", "query"),
    [
        ("/v2/logs/events", {"filter[from]": "2025-06-01T00:00:00Z", "filter[to]": "2025-05-01T00:00:00Z"}),
        ("/v2/logs/events", {"page[limit]": 1001}),
        ("/v2/logs/events", {"page[cursor]": "https://api.observability.example"}),
        ("/v2/logs/events", {"page[offset]": 10}),
        ("/v2/logs/events", {"links.next": "x"}),
        ("/v2/teams", {"pagination.next_offset": 10}),
        ("/v2/team", {"page[offset]": 10}),
        ("/v2/incidents", {"page[size]": 101}),
        ("/v1/monitor", {"page": 0, "page_size": 1001}),
        ("/v1/dashboard", {"page": 1}),
        ("/v2/metrics", {"page[limit]": 10}),
    ],
)
def test_validation(server: SimulatorServer, path: str, query: dict[str, Any]) -> None:
    """A page too large, a window upside down, and a parameter of another path are errors."""
    assert 400 == get(server, path, query).status_code


def test_products_and_permissions(server: SimulatorServer) -> None:
    """A product that is off is a 404, a missing permission a 403; the others go on, and it can be repaid."""
    whole = server.truth("synthetic_tests")
    for name in ("synthetic_tests", "incidents", "incident_teams", "logs"):
        server.gate(name)
    server.gate("users", reply=forbidden)
    statuses = [get(server, PATHS[name]).status_code for name in SEED]

    assert {"errors": ["Synthetic Monitoring is not activated for the user"]} == get(
        server, "/v1/synthetics/tests"
    ).json()
    assert [200, 200, 200, 404, 404, 403, 200, 200, 200, 404, 403] == statuses
    assert [] == server.truth("synthetic_tests")
    server.ungate("synthetic_tests")
    assert whole == server.truth("synthetic_tests")


def test_rate_limit_headers() -> None:
    """The headers count down and hold seconds; paths without a limit of their own send none."""
    names = ("Limit", "Period", "Remaining", "Name")
    with serve(SIMULATOR, now=NOW, rate_limit=SIMULATOR.rate_limit) as server:
        dashboards, again, slo, users = (
            get(server, p) for p in ("/v1/dashboard", "/v1/dashboard", "/v1/slo", "/v2/users")
        )

    assert ["60", "60", "59", "get_custom_dashboards"] == [dashboards.headers[f"X-RateLimit-{n}"] for n in names]
    assert ["60", "60", "58", "get_custom_dashboards"] == [again.headers[f"X-RateLimit-{n}"] for n in names]
    assert ["1000", "10", "999", "slo_get_all"] == [slo.headers[f"X-RateLimit-{n}"] for n in names]
    assert 0 < int(dashboards.headers["X-RateLimit-Reset"]) <= 60
    assert not [name for name in users.headers if name.lower().startswith("x-ratelimit")]


def test_too_many_requests() -> None:
    """A 429 is empty, has no `Retry-After`, says after how many seconds to come back, and claims that some remain."""
    limit = SIMULATOR.rate_limit
    assert limit is not None
    with serve(SIMULATOR, now=NOW, rate_limit=limit.scaled(requests=2, period=3600)) as server:
        answers = [get(server, "/v1/monitor", {"page": 0}) for _ in range(3)]
        other = get(server, "/v1/slo")

    assert [200, 200, 429, 200] == [answer.status_code for answer in [*answers, other]]
    assert (b"", "9") == (answers[2].content, answers[2].headers["X-RateLimit-Remaining"])
    assert 0 < int(answers[2].headers["X-RateLimit-Reset"]) <= 3600
    assert "Retry-After" not in answers[2].headers


def test_records_are_awkward(server: SimulatorServer) -> None:
    """Moments come in five formats, documented keys are missing, and numbers are whole or not."""
    users, incidents = server.truth("users"), server.truth("incidents")
    logs = [record["attributes"] for record in server.truth("logs")]

    assert {32} == {len(record["attributes"]["created_at"]) for record in users}
    assert {"Z", "+00:00"} == {record["attributes"]["created"][26:] for record in incidents}
    assert {24} == {len(attributes["timestamp"]) for attributes in logs}
    assert len({frozenset(attributes) for attributes in logs}) == 4
    assert {record["type"] for record in incidents} == {"incidents"}


def test_changes_between_runs(server: SimulatorServer) -> None:
    """A change moves the time of change, where the record holds it, and an added record is new."""
    server.advance(timedelta(hours=1))
    number = server.truth("incidents")[3]["id"]
    changed = server.update("incidents", number, {"attributes.title": "ändert sich"})
    log = server.add("logs", {"attributes.message": "neu"})
    monitor = server.add("monitors")
    server.delete("users", server.truth("users")[0]["id"])

    assert ("ändert sich", "2025-06-01T13:00:00.000000Z") == tuple(
        changed["attributes"][n] for n in ("title", "modified")
    )
    assert changed in server.truth("incidents")
    assert [log] == get(server, "/v2/logs/events", {"filter[query]": "neu"}).json()["data"]
    assert monitor == get(server, "/v1/monitor").json()[-1]
    assert 63 == len(walked(server, "users"))


def test_same_seed_same_account() -> None:
    """The same seed and clock give the same account, another seed another one."""
    with serve(SIMULATOR, seed=1, now=NOW) as one, serve(SIMULATOR, seed=1, now=NOW) as same:
        assert [one.truth(name) for name in PATHS] == [same.truth(name) for name in PATHS]
    with serve(SIMULATOR, seed=1, now=NOW) as one, serve(SIMULATOR, seed=2, now=NOW) as other:
        assert one.truth("logs") != other.truth("logs")
