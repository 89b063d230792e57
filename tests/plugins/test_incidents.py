"""The incidents connector asks what it should and keeps what it is answered: from cassettes, then from the simulator.

What the account holds comes from the simulator, which was written from the API's documentation and knows nothing of
the connector: `truth` is what a complete reader ends up with.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from functools import partial
from itertools import pairwise
from types import SimpleNamespace
from typing import Any

import pytest
import sdk_plugin_incidents
from dlt.pipeline.exceptions import PipelineStepFailed
from sdk_plugin_incidents import columns
from sdk_plugin_incidents.simulator import (
    SIMULATOR,
    acknowledge_incident,
    forbidden,
    gone,
    resolve_incident,
    simulator,
    trigger_incident,
)

import sdk
from sdk.testing.simulator import SimulatorServer, serve
from sdk.testing.warehouse import Warehouse, type_of

pytestmark = pytest.mark.simulated(
    seed=3, sizes={"incidents": 6, "teams": 2, "services": 3, "users": 3, "priorities": 2}
)

NOW = datetime(2025, 6, 1, 12, tzinfo=UTC)

DECLARED = {
    "incidents": columns.INCIDENTS,
    "incident_logs": columns.INCIDENT_LOGS,
    "teams": columns.TEAMS,
    "services": columns.SERVICES,
    "users": columns.USERS,
    "priorities": columns.PRIORITIES,
}

EVERY_INCIDENT = "/incidents?sort_by=created_at:asc&total=true&date_range=all&limit=100&offset={}"
INCIDENTS = "/incidents?sort_by=created_at:asc&total=true&since={}&until={}&limit=100&offset=0"
OLDEST = "/incidents?date_range=all&sort_by=created_at:asc&limit=1"
OPEN = (
    "/incidents?sort_by=created_at:asc&total=true&statuses[]=triggered&statuses[]=acknowledged&date_range=all"
    "&limit=100&offset=0"
)
LOG = "/log_entries?total=true&since={}&until={}&limit=100&offset=0"
SET_UP = [f"/{name}?limit=100&offset=0" for name in ("teams", "services", "users", "priorities")]


def by_id(records: Any) -> list[dict[str, Any]]:
    """Return records sorted by id."""
    return sorted(records, key=lambda record: record["id"])


def zulu(moment: datetime) -> str:
    """Write a moment as the connector sends it."""
    return f"{moment:%Y-%m-%dT%H:%M:%SZ}"


def created(record: dict[str, Any]) -> datetime:
    """Return when a record was created."""
    return datetime.fromisoformat(record["created_at"])


def half_years(begin: datetime, end: datetime) -> list[tuple[str, str]]:
    """Return the spans of at most 180 days between two moments, as the connector sends them."""
    borders = [begin + timedelta(days=days) for days in range(0, (end - begin).days + 1, 180)]
    return list(pairwise(map(zulu, [*borders, end])))


def assert_is_truth(warehouse: Warehouse, answer: Any, *tables: str) -> None:
    """Check that whole tables hold what an account or a server holds, each row once."""
    for table in tables or DECLARED:
        rows = warehouse.rows(table)
        assert warehouse.as_rows(table, answer.truth(table)) == rows, table
        assert len({row["id"] for row in rows}) == len(rows), table


# From cassettes: what is asked, and what becomes of the answers.


def test_first_load(account: Any, warehouse: Warehouse) -> None:
    """A first load brings every row of all tables, typed; each log entry names its incident.

    All incidents ever are one list; the log begins a day before the first, and is asked half a year at a time. Each
    column has the type that its values look like: numbers beyond 32 bits, zoned moments, objects as JSON.
    """
    warehouse.run(account.source())
    truths = {name: account.truth(name) for name in DECLARED}

    assert sorted(DECLARED) == warehouse.tables()
    for name, declared in DECLARED.items():
        types = warehouse.types(name)
        seen = {column: type_of(record.get(column) for record in truths[name]) for column in types}
        assert warehouse.as_rows(name, truths[name]) == warehouse.rows(name) != [], name
        assert {one.name for one in declared} == set(types), name
        assert {column: kind for column, kind in seen.items() if kind not in {None, types[column]}} == {}, name
    incidents, log = warehouse.rows("incidents"), warehouse.rows("incident_logs")
    first = min(row["created_at"] for row in incidents)
    assert (2**31 - 60, datetime(2024, 1, 18, 12, tzinfo=UTC)) == (
        min(row["incident_number"] for row in incidents),
        first,
    )
    assert {row["id"] for row in incidents} == {row["_incidents_id"] for row in log}
    assert [row["incident"]["id"] for row in log] == [row["_incidents_id"] for row in log]
    spans = [LOG.format(*span) for span in half_years(first - timedelta(days=1), NOW)]
    assert sorted([EVERY_INCIDENT.format(0), OLDEST, *spans, *SET_UP]) == sorted(account.asked())


@pytest.mark.simulated(sizes={"teams": 204})
def test_later_pages(account: Any) -> None:
    """Pages of a hundred follow one another by the number of records received, until there are no more."""
    found = list(account.read("teams"))

    assert account.truth("teams") == found
    assert len(found) == 204
    assert [f"/teams?limit=100&offset={offset}" for offset in (0, 100, 200)] == account.asked()


def test_second_run(account: Any, warehouse: Warehouse) -> None:
    """New incidents, those still open and those that the log names are read, and nothing else.

    Windows select by creation, so an old incident whose title and priority changed is in none of them.
    """
    warehouse.run(account.source("incidents", "incident_logs"))
    before = warehouse.rows("incidents")
    [*_, old] = [row for row in before if row["status"] == "resolved"]
    [still_open, *_] = [row for row in before if row["status"] != "resolved"]
    begin = max(row["created_at"] for row in before) - timedelta(minutes=5)
    account.asked()

    def change(server: SimulatorServer) -> None:
        server.advance(timedelta(days=2))
        trigger_incident(server, title="New")
        server.update("incidents", old["id"], {"title": "Changed", "priority": None})
        resolve_incident(server, still_open["id"])
        server.advance(timedelta(hours=1))

    account.meanwhile(change)
    warehouse.run(account.source("incidents", "incident_logs"))
    after = {row["id"]: row for row in warehouse.rows("incidents")}
    until = zulu(NOW + timedelta(days=2, hours=1))
    named = {row["_incidents_id"] for row in warehouse.rows("incident_logs") if row["created_at"] >= begin}
    listed = {key for key, row in after.items() if row["status"] != "resolved" or row["created_at"] >= begin}

    assert_is_truth(warehouse, account, "incidents", "incident_logs")
    assert ("Changed", "resolved") == (after[old["id"]]["title"], after[still_open["id"]]["status"])
    assert len(after) == len(before) + 1
    assert sorted(
        [
            INCIDENTS.format(zulu(begin), until),
            OLDEST,
            LOG.format(zulu(begin), until),
            OPEN,
            *(f"/incidents/{key}" for key in named - listed),
        ]
    ) == sorted(account.asked())
    assert {old["id"], still_open["id"]} <= named - listed


@pytest.mark.simulated(gates=["teams", "priorities"])
def test_gates(account: Any, warehouse: Warehouse) -> None:
    """Teams that the plan lacks and priorities that are off are visible skips; the next run asks again."""
    warehouse.run(account.source("teams", "priorities", "users"))
    skips = {(row["resource"], row["request"], row["status"], row["reason"]) for row in warehouse.rows("_sdk_skips")}
    empty = [warehouse.rows(name) for name in ("teams", "priorities")]

    def switch_on(server: SimulatorServer) -> None:
        server.ungate("teams")
        server.ungate("priorities")

    account.meanwhile(switch_on)
    warehouse.run(account.source("teams", "priorities", "users"))

    assert {
        ("teams", "GET /teams", 402, "2014: not in the account's plan"),
        ("priorities", "GET /priorities", 404, "2100: not found: gone, or switched off in the account"),
    } == skips
    assert [[], []] == empty
    assert [] == warehouse.rows("_sdk_skips")
    assert_is_truth(warehouse, account, "teams", "priorities", "users")


@pytest.mark.simulated(rate_limit=SIMULATOR.rate_limit and SIMULATOR.rate_limit.scaled(requests=2, period=37))
def test_rate_limit(account: Any) -> None:
    """When `ratelimit-remaining` says that nothing is left, the next request waits for `ratelimit-reset`."""
    found = list(account.read("incident_logs"))

    assert by_id(account.truth("incident_logs")) == by_id(found)
    assert [37.0] == account.waits
    asked = account.asked()
    assert len(asked) == len(set(asked)) == 4


@pytest.mark.parametrize(
    ("resource", "line"),
    [
        pytest.param("incidents", "incidents.incidents: GET " + EVERY_INCIDENT.format(0), id="incidents"),
        pytest.param("incident_logs", "incidents.oldest_incident: GET " + OLDEST, id="log"),
    ],
)
def test_forbidden_incidents(account: Any, resource: str, line: str) -> None:
    """Incidents that are forbidden are an error and no skip: the log would be empty too."""
    account.meanwhile(lambda server: server.gate("incidents"))
    with pytest.raises(sdk.ResponseError) as caught:
        list(account.read(resource))

    assert (
        f"{line} answered 403 (2010); the credentials lack permission for it, or the account's plan does not include it"
    ) == str(caught.value)


def test_wrong_key(account: Any) -> None:
    """A wrong key is one clear error that names the setting and does not show the key; its body is HTML."""
    with pytest.raises(sdk.ResponseError) as caught:
        list(account.read("users", api_key="a-key-that-nobody-knows"))

    assert "incidents.users: GET /users?limit=100&offset=0 answered 401; check the secret 'api_key'" == str(
        caught.value
    )


def test_start_date(account: Any) -> None:
    """From a start date on incidents are asked for in spans with both ends, none longer than half a year."""
    found = list(account.read("incidents", start_date="2024-05-01"))
    begin = datetime(2024, 5, 1, tzinfo=UTC)
    spans = half_years(begin, NOW)

    assert by_id(one for one in account.truth("incidents") if created(one) >= begin) == by_id(found) != []
    assert len(found) < 6
    assert [INCIDENTS.format(*span) for span in spans] == account.asked()


# From the simulator: larger accounts, other limits.


@pytest.fixture
def waits(monkeypatch: pytest.MonkeyPatch) -> list[float]:
    """Let waits take no time; return the list of them."""
    waited: list[float] = []
    monkeypatch.setattr("sdk.attempt.sleep", waited.append)
    monkeypatch.setattr("sdk.client.time", SimpleNamespace(monotonic=lambda: sum(waited)))
    return waited


@pytest.fixture
def server() -> Iterator[SimulatorServer]:
    """Serve a small account whose clock stands at `NOW`."""
    with serve(SIMULATOR, seed=3, scale=0.3, now=NOW) as running:
        yield running


def load(server: SimulatorServer, warehouse: Warehouse, *resources: str, **settings: Any) -> list[str]:
    """Load from *server* now, as it sees the time; return the paths asked, one word for each incident's own."""
    moment, before = server.now, len(server.requests)
    given = {"in_flight": 8, **server.settings, **settings}
    warehouse.run(sdk.load("incidents", resources=resources or None, clock=lambda: moment, **given))
    return paths(server, before)


def paths(server: SimulatorServer, before: int = 0) -> list[str]:
    """Return the paths asked since the first *before* requests, one word for each incident's own."""
    asked = [one.path for one in server.requests[before:]]
    return ["incident" if path.startswith("/incidents/") else path.removeprefix("/") for path in asked]


def newest(server: SimulatorServer) -> datetime:
    """Return from when on the next run of the incidents looks into the log: five minutes before their newest."""
    return max(map(created, server.truth("incidents"))) - timedelta(minutes=5)


def named_since(server: SimulatorServer, begin: datetime) -> set[str]:
    """Return the incidents that the log names since *begin* and that neither a span nor the open ones list."""
    named = {one["incident"]["id"] for one in server.truth("log_entries") if created(one) >= begin}
    incidents = server.truth("incidents")
    return named - {one["id"] for one in incidents if one["status"] != "resolved" or created(one) >= begin}


def assert_good_spans(server: SimulatorServer) -> None:
    """Check that each span has both ends, is at most half a year long, and stands alone."""
    for one in server.requests:
        sent = dict(one.query)
        ends = [sent[name] for name in ("since", "until") if name in sent]
        if one.path == "/incidents":
            assert (len(ends), sent.get("date_range")) in {(2, None), (0, "all")}
        if ends:
            since, until = map(datetime.fromisoformat, ends)
            assert timedelta(0) < until - since <= timedelta(days=180)


@pytest.mark.parametrize(("seed", "scale"), [(1, 0.05), (2, 0.3), (3, 2.0)])
def test_everything(warehouse: Warehouse, seed: int, scale: float) -> None:
    """Whatever the account, all six tables are the whole truth."""
    with serve(SIMULATOR, seed=seed, scale=scale, now=NOW) as server:
        load(server, warehouse)

        assert_is_truth(warehouse, server)
        assert_good_spans(server)


@pytest.mark.parametrize("key", ["Token token={}", "Bearer {}"])
def test_key_with_a_scheme_word(server: SimulatorServer, key: str) -> None:
    """A key that holds its scheme word is sent as it is: an OAuth token is a bearer."""
    settings = {**server.settings, "api_key": key.format(server.settings["api_key"])}

    assert server.truth("priorities") == list(sdk.read("incidents", "priorities", **settings))


def test_account_without_incidents(warehouse: Warehouse) -> None:
    """Tables of an account where nothing happened yet are there, typed and empty; later all that happened arrives."""
    with serve(SIMULATOR, seed=3, sizes={"incidents": 0}, now=NOW) as server:
        asked = load(server, warehouse)
    empty = [warehouse.rows(name) for name in ("incidents", "incident_logs")]
    types = {name: set(warehouse.types(name)) for name in DECLARED}
    with serve(SIMULATOR, seed=3, sizes={"incidents": 20}, now=NOW + timedelta(days=1)) as server:
        load(server, warehouse)

        assert_is_truth(warehouse, server)
    assert [[], []] == empty
    assert {name: {one.name for one in declared} for name, declared in DECLARED.items()} == types
    assert {"incidents": 2, "teams": 1, "services": 1, "users": 1, "priorities": 1} == Counter(asked)


def known_total(monkeypatch: pytest.MonkeyPatch, cap: int) -> None:
    """Let the connector know of another cap than 10,000, so that few rows reach it."""
    caps = sdk.CapAny(sdk.CapTotal("total", cap), sdk_plugin_incidents.CAP)
    monkeypatch.setattr(sdk_plugin_incidents, "window", partial(sdk_plugin_incidents.window, cap=caps))


@pytest.mark.parametrize(
    ("size", "cap", "told", "asked"),
    [
        # 120 incidents: a page, the error, and then half a year each.
        pytest.param(120, 100, False, 5, id="error page"),
        # The first page says that there are more, so that the second is not asked for.
        pytest.param(120, 100, True, 4, id="total"),
        # 900 in five pages, and then 300 or so of half a year each.
        pytest.param(900, 500, False, 17, id="late error page"),
        pytest.param(900, 500, True, 12, id="large total"),
        # Half a year holds too much as well.
        pytest.param(900, 200, False, 24, id="nested error pages"),
        pytest.param(900, 200, True, 16, id="nested totals"),
    ],
)
def test_cap_of_incidents(
    monkeypatch: pytest.MonkeyPatch,
    size: int,
    cap: int,
    told: bool,  # noqa: FBT001 - a case
    asked: int,
) -> None:
    """A list that is longer than the API shows is cut from its first record on, into spans that it does show.

    No row is lost and none comes twice, although a full page or more was read before the error. Where the total is
    known beforehand, little more is asked than there are pages.
    """
    if told:
        known_total(monkeypatch, cap)
    with serve(simulator(cap=cap), seed=3, sizes={"incidents": size}, now=NOW) as server:
        found = list(sdk.read("incidents", "incidents", clock=lambda: NOW, **server.settings))

        assert by_id(server.truth("incidents")) == by_id(found)
        assert_good_spans(server)
        assert asked == len(server.requests)
        assert (400 in {one.status for one in server.requests}) is not told
    assert not told or asked <= 2 * size / 100 + 4


@pytest.mark.parametrize(
    ("told", "asked"), [pytest.param(False, 58, id="error page"), pytest.param(True, 34, id="total")]
)
def test_cap_of_log(monkeypatch: pytest.MonkeyPatch, told: bool, asked: int) -> None:  # noqa: FBT001 - a case
    """Spans of the log that hold too much are halved until they do not."""
    if told:
        known_total(monkeypatch, 300)
    with serve(simulator(cap=300), seed=3, sizes={"incidents": 400}, now=NOW) as server:
        found = list(sdk.read("incidents", "incident_logs", clock=lambda: NOW, **server.settings))
        truth = [{**one, "_incidents_id": one["incident"]["id"]} for one in server.truth("log_entries")]

        assert by_id(truth) == by_id(found)
        assert_good_spans(server)
        assert asked == len(server.requests)
        assert 2092 == len(truth)
    assert not told or asked <= 2 * 22


def test_cap_of_open_incidents(warehouse: Warehouse) -> None:
    """More incidents are open than a list shows: they are read in spans too."""
    with serve(simulator(cap=100), seed=3, sizes={"incidents": 110}, now=NOW) as server:
        for one in server.truth("incidents")[:104]:
            server.update("incidents", one["id"], {"status": "triggered"})
            server.advance(timedelta(minutes=1))
        load(server, warehouse, "incidents")
        server.advance(timedelta(days=1))
        changed = [one["id"] for one in server.truth("incidents") if one["status"] != "resolved"]
        # What changes here leaves no entry in the log.
        server.update("incidents", changed[0], {"alert_counts": {"all": 99}, "updated_at": zulu(server.now)})
        before = len(server.requests)
        load(server, warehouse, "incidents")

        assert_is_truth(warehouse, server, "incidents")
        assert_good_spans(server)
        [first, *spans] = [one for one in server.requests[before:] if one.value("statuses[]")]
    assert len(changed) > 100
    assert "all" == first.value("date_range")
    assert {(None, 400), ("2024-01-18T11:59:59Z", 200)} <= {(one.value("since"), one.status) for one in spans}


@pytest.mark.parametrize("told", [False, True])
def test_cap_in_one_second(monkeypatch: pytest.MonkeyPatch, told: bool) -> None:  # noqa: FBT001 - a case
    """More in one second than the API shows is an error, since rows would be missing."""
    if told:
        known_total(monkeypatch, 100)
    with serve(simulator(cap=100), seed=3, sizes={"incidents": 2}, now=NOW) as server:
        for _ in range(101):
            server.add("incidents", {"created_at": "2025-01-02T03:04:05Z"})
        with pytest.raises(sdk.ReadError, match=r"incidents\.incidents: .*the interval cannot be cut further"):
            list(sdk.read("incidents", "incidents", clock=lambda: NOW, **server.settings))


def test_cap_without_time() -> None:
    """Lists that know no time cannot be cut: what lies beyond the cap is an error, not an end."""
    with (
        serve(simulator(cap=100), seed=3, sizes={"users": 101}, now=NOW) as server,
        pytest.raises(sdk.ResponseError, match=r"incidents\.users: .*offset=100 answered 400 \(2002\)"),
    ):
        list(sdk.read("incidents", "users", **server.settings))


def test_second_run_of_everything(server: SimulatorServer, warehouse: Warehouse) -> None:
    """Whatever happens to an incident, however old, the next run has it, and asks little more than a page of each list.

    What happens here: one is triggered, one is acknowledged, one is resolved, the title of a resolved one and the
    priority of another change, and one gets a note, which changes the log and not the incident.
    """
    names = ("incidents", "incident_logs", "services")
    begin = newest(server)
    first = load(server, warehouse, *names)
    resolved = [one for one in server.truth("incidents") if one["status"] == "resolved"]
    still_open = [one for one in server.truth("incidents") if one["status"] != "resolved"]
    server.advance(timedelta(days=40))
    trigger_incident(server)
    acknowledge_incident(server, still_open[0]["id"])
    resolve_incident(server, still_open[1]["id"])
    server.update("incidents", resolved[-1]["id"], {"title": "Changed"})
    server.update("incidents", resolved[-2]["id"], {"priority": None})
    noted = resolved[-3]
    entry = {
        "incident": {**server.truth("log_entries")[0]["incident"], "id": noted["id"]},
        "type": "annotate_log_entry",
    }
    server.add("incident_logs", {**entry, "note": "noted"}, parent=noted["id"])
    server.update("services", server.truth("services")[0]["id"], {"status": "disabled"})
    server.advance(timedelta(hours=1))
    named = named_since(server, begin)
    second = load(server, warehouse, *names)
    server.advance(timedelta(days=1))
    third = load(server, warehouse, *names)

    assert_is_truth(warehouse, server, *names)
    assert "noted" in {row["note"] for row in warehouse.rows("incident_logs")}
    assert {"incidents": 2, "log_entries": 3, "services": 1} == Counter(first)
    # The new ones, the open ones and the oldest; each incident that the log names and no list had.
    assert {"incidents": 3, "log_entries": 1, "incident": len(named), "services": 1} == Counter(second)
    assert named > {one["id"] for one in (resolved[-1], resolved[-2], noted)}
    # The log is read again from five minutes before its newest entry on, all of which were written at once.
    assert {"incidents": 3, "log_entries": 1, "incident": 4, "services": 1} == Counter(third)


def test_one_after_the_other(server: SimulatorServer, warehouse: Warehouse) -> None:
    """Each resource has a state of its own: a log that was loaded before hides no change from the incidents."""
    old = next(one for one in server.truth("incidents") if one["status"] == "resolved")
    begin = newest(server)
    assert {"incidents", "log_entries"} == set(load(server, warehouse, "incident_logs"))
    assert ["incidents"] == load(server, warehouse, "incidents")
    server.advance(timedelta(days=3))
    server.update("incidents", old["id"], {"title": "Changed"})
    server.advance(timedelta(hours=1))
    log_again = load(server, warehouse, "incident_logs")
    seen_in_log = warehouse.rows("incidents")
    both = load(server, warehouse, "incidents")

    assert {"incidents": 1, "log_entries": 1} == Counter(log_again)
    assert old["id"] in {row["id"] for row in seen_in_log if row["title"] != "Changed"}
    named = named_since(server, begin)
    assert old["id"] in named
    assert {"incidents": 3, "log_entries": 1, "incident": len(named)} == Counter(both)
    assert ["incident_logs", "incidents"] == warehouse.tables()
    assert_is_truth(warehouse, server, "incidents", "incident_logs")


def test_times_that_are_not_ours(server: SimulatorServer, warehouse: Warehouse) -> None:
    """What changes at a time that lies long before our run, as the API counts time, arrives all the same."""
    settings = {**server.settings, "clock": lambda: NOW + timedelta(days=500)}
    warehouse.run(sdk.load("incidents", **settings))
    oldest = min((one for one in server.truth("incidents") if one["status"] == "resolved"), key=created)
    server.advance(timedelta(hours=3))
    server.update("incidents", oldest["id"], {"title": "Changed"})
    warehouse.run(sdk.load("incidents", **settings))

    assert_is_truth(warehouse, server)


def test_incident_gone(server: SimulatorServer, warehouse: Warehouse) -> None:
    """An incident that the log names and that is gone stays as it was; all others arrive."""
    begin = newest(server)
    load(server, warehouse, "incidents")
    resolved = [one for one in server.truth("incidents") if one["status"] == "resolved"]
    before = {row["id"]: row for row in warehouse.rows("incidents")}
    server.advance(timedelta(days=1))
    for one in resolved[:2]:
        server.update("incidents", one["id"], {"title": "Changed"})
    server.gate("incident", parents=[resolved[0]["id"]], reply=gone)
    server.advance(timedelta(hours=1))
    asked = load(server, warehouse, "incidents")
    after = {row["id"]: row for row in warehouse.rows("incidents")}

    assert before[resolved[0]["id"]] == after[resolved[0]["id"]]
    assert after[resolved[1]["id"]]["title"] == "Changed"
    assert {resolved[0]["id"], resolved[1]["id"]} <= named_since(server, begin)
    assert len(named_since(server, begin)) == asked.count("incident")
    assert 404 in {one.status for one in server.requests}


@pytest.mark.parametrize("resources", [("incidents", "incident_logs"), ("incidents",)])
def test_forbidden_log(server: SimulatorServer, warehouse: Warehouse, resources: tuple[str, ...]) -> None:
    """While the log is forbidden changes of old incidents stay unseen, visibly; they arrive once it is allowed."""
    load(server, warehouse, *resources)
    old = next(one for one in server.truth("incidents") if one["status"] == "resolved")
    server.advance(timedelta(days=1))
    server.update("incidents", old["id"], {"title": "Changed"})
    server.gate("log_entries", reply=forbidden)
    server.advance(timedelta(hours=1))
    load(server, warehouse, *resources)
    unseen = {row["title"] for row in warehouse.rows("incidents")}
    skips = {(row["resource"], row["request"], row["status"]) for row in warehouse.rows("_sdk_skips")}
    server.ungate("log_entries")
    server.advance(timedelta(days=1))
    load(server, warehouse, *resources)

    assert "Changed" not in unseen
    assert {("incident_logs", "GET /log_entries?total=true", 403)} == skips
    assert [] == warehouse.rows("_sdk_skips")
    assert_is_truth(warehouse, server, *(resources or DECLARED))


def test_forbidden_incidents_load_nothing(server: SimulatorServer, warehouse: Warehouse) -> None:
    """Incidents that are forbidden fail the load, and the run says why."""
    server.gate("incidents")

    with pytest.raises(PipelineStepFailed, match=r"incidents\.incidents: GET /incidents.* answered 403"):
        load(server, warehouse)
    assert [] == warehouse.tables()


@pytest.mark.parametrize("status", [401, 404])
def test_wrong_key_fails_the_load(warehouse: Warehouse, status: int) -> None:
    """However the API answers a wrong key (HTML, 401 or 404), the load fails after the first request."""
    with serve(simulator(bad_key_status=status), seed=3, scale=0.1, now=NOW) as server:
        with pytest.raises(PipelineStepFailed, match=rf"incidents\.incidents: GET /incidents.* answered {status}; "):
            load(server, warehouse, api_key="a-key-that-nobody-knows")
        assert [("/incidents", status)] == [(one.path, one.status) for one in server.requests]


def test_missing_key() -> None:
    """A key that is not set is named, with the places to set it."""
    with pytest.raises(sdk.MissingSettingError, match="SOURCES__INCIDENTS__API_KEY"):
        sdk.load("incidents", base_url="https://api.example.com")


def test_pages_while_refused(waits: list[float]) -> None:
    """A quota that ends in the middle of pages and of cut spans is waited for: nothing is refused, nothing lost."""
    assert SIMULATOR.rate_limit is not None
    quota = SIMULATOR.rate_limit.scaled(requests=3, period=29)
    sizes = {"incidents": 250}
    with serve(simulator(cap=100), seed=3, sizes=sizes, now=NOW, rate_limit=quota, timer=lambda: sum(waits)) as server:
        found = list(sdk.read("incidents", "incidents", clock=lambda: NOW, in_flight=1, **server.settings))

        assert by_id(server.truth("incidents")) == by_id(found)
        assert (len(server.requests) - 1) // 3 == len(waits)
        assert {200, 400} >= {one.status for one in server.requests}
    assert {29.0} == set(waits)


def test_start_date_in_later_runs(server: SimulatorServer, warehouse: Warehouse) -> None:
    """From a start date on everything is there; older incidents come in later runs, if they are open or change."""
    begin = NOW - timedelta(days=250)
    load(server, warehouse, "incidents", "incident_logs", start_date=begin.isoformat())
    since = [one["id"] for one in server.truth("incidents") if created(one) >= begin]
    entries = [one["id"] for one in server.truth("log_entries") if created(one) >= begin]
    incidents, log = ([row["id"] for row in warehouse.rows(name)] for name in ("incidents", "incident_logs"))
    older = [one for one in server.truth("incidents") if created(one) < begin]
    still_open = {one["id"] for one in older if one["status"] != "resolved"}
    changed = next(one["id"] for one in older if one["status"] == "resolved")
    looked_at = newest(server)
    server.advance(timedelta(days=1))
    server.update("incidents", changed, {"title": "Changed"})
    server.advance(timedelta(hours=1))
    load(server, warehouse, "incidents", "incident_logs", start_date=begin.isoformat())

    assert (sorted(since), sorted(entries)) == (sorted(incidents), sorted(log))
    assert changed in named_since(server, looked_at)
    assert {*since, *still_open, *named_since(server, looked_at)} == {row["id"] for row in warehouse.rows("incidents")}
    # An earlier start date finds what lies before the first.
    load(server, warehouse, "incidents", "incident_logs", start_date="2000-01-01")
    assert_is_truth(warehouse, server, "incidents", "incident_logs")
