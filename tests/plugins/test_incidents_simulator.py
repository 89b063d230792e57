"""The simulated incident API does what its documentation and its recordings say, over real HTTP.

Nothing here uses the connector: these are the facts that it is tested against.
"""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from itertools import pairwise
from typing import Any

import pytest
import requests
from sdk_plugin_incidents.simulator import (
    SIMULATOR,
    VERSION_HEADER,
    acknowledge_incident,
    forbidden,
    resolve_incident,
    simulator,
    trigger_incident,
)

from sdk.testing.simulator import SimulatorServer, instant, serve

NOW = datetime(2025, 6, 1, 12, tzinfo=UTC)


@pytest.fixture
def server() -> Iterator[SimulatorServer]:
    """Serve the demo-sized account."""
    with serve(SIMULATOR, seed=3, now=NOW) as running:
        yield running


def get(server: SimulatorServer, path: str, **query: Any) -> requests.Response:
    """Ask for a path with the right key and version."""
    headers = {"Authorization": f"Token token={server.settings['api_key']}", "Accept": VERSION_HEADER}
    return requests.get(server.base_url + path, params=query, headers=headers, timeout=10)


def walk(server: SimulatorServer, path: str, **query: Any) -> list[dict[str, Any]]:
    """Step by the number of records returned until there are no more; return all records."""
    found: list[dict[str, Any]] = []
    key = path.rpartition("/")[2]
    while True:
        answer = get(server, path, offset=len(found), **query)
        assert answer.status_code == 200, answer.text
        found += answer.json()[key]
        if not answer.json()["more"]:
            return found


def epoch(value: object) -> float:
    """Return the epoch seconds of a moment that is one."""
    moment = instant(value)
    assert moment is not None
    return moment


def text(moment: datetime) -> str:
    """Write a moment with its offset."""
    return moment.isoformat()


def created(records: list[dict[str, Any]], since: datetime, until: datetime) -> list[str]:
    """Return the sorted ids of the records created in a span."""
    found = (r["id"] for r in records if since.timestamp() <= epoch(r["created_at"]) < until.timestamp())
    return sorted(found)


def ids(records: list[dict[str, Any]]) -> list[str]:
    """Return the sorted ids."""
    return sorted(record["id"] for record in records)


@pytest.mark.parametrize("resource", ["teams", "services", "users", "priorities", "log_entries"])
def test_truth_is_what_all_pages_hold(server: SimulatorServer, resource: str) -> None:
    """All pages are the whole truth of a list without a default span; each id is there once."""
    found = walk(server, f"/{resource}", limit=100)

    assert server.truth(resource) == found
    assert len(set(ids(found))) == len(found) > 0


def test_envelope(server: SimulatorServer) -> None:
    """A page holds 25, a limit above 100 is cut to 100 without a word, and the total is null unless asked for."""
    plain = get(server, "/users").json()
    clamped = get(server, "/log_entries", limit=500, total="true").json()

    assert {"limit": 25, "offset": 0, "more": True, "total": None} == {k: v for k, v in plain.items() if k != "users"}
    assert len(plain["users"]) == 25
    assert (len(clamped["log_entries"]), clamped["limit"], clamped["more"]) == (100, 100, True)
    assert len(server.truth("log_entries")) == clamped["total"]
    assert get(server, "/users", total="True").status_code == 400


def test_step_by_the_requested_limit(server: SimulatorServer) -> None:
    """Who steps by the limit asked for, not by what came, skips rows."""
    first, second = (get(server, "/log_entries", limit=200, offset=offset).json() for offset in (0, 200))
    found = ids([*first["log_entries"], *second["log_entries"]])

    assert len(found) < 300
    assert ids(server.truth("log_entries")[100:200]) != found
    assert not set(ids(server.truth("log_entries")[100:200])) & set(found)


def test_last_month_by_default(server: SimulatorServer) -> None:
    """Without dates only the incidents created in the last month are listed, newest first."""
    whole = server.truth("incidents")
    found = walk(server, "/incidents")
    moments = [epoch(record["created_at"]) for record in found]

    assert created(whole, datetime(2025, 5, 1, 12, tzinfo=UTC), NOW) == ids(found)
    assert sorted(moments, reverse=True) == moments
    assert 0 < len(found) < len(whole) / 10


def test_one_end_makes_a_month(server: SimulatorServer) -> None:
    """With one end only, the span is one calendar month from that end: an increment by `since` alone loses rows."""
    whole = server.truth("incidents")
    january, february, march = (datetime(2025, month, 1, tzinfo=UTC) for month in (1, 2, 3))

    assert created(whole, january, february) == ids(walk(server, "/incidents", since=text(january)))
    assert created(whole, february, march) == ids(walk(server, "/incidents", until=text(march)))


def test_longest_span(server: SimulatorServer) -> None:
    """A span of six months is answered; a longer one is empty, with a status that tells nothing."""
    whole, until = server.truth("incidents"), datetime(2025, 6, 1, tzinfo=UTC)
    six, longer = datetime(2024, 12, 1, tzinfo=UTC), datetime(2024, 11, 30, 23, 59, 59, tzinfo=UTC)
    empty = get(server, "/incidents", since=text(longer), until=text(until), total="true")

    assert created(whole, six, until) == ids(walk(server, "/incidents", since=text(six), until=text(until)))
    assert (empty.status_code, empty.json()["incidents"], empty.json()["total"]) == (200, [], 0)


def test_everything(server: SimulatorServer) -> None:
    """`date_range=all` lists every incident, whatever else is said about dates."""
    whole = server.truth("incidents")
    found = walk(server, "/incidents", date_range="all", since=text(NOW), sort_by="created_at:asc", limit=100)
    moments = [epoch(record["created_at"]) for record in found]

    assert ids(whole) == ids(found)
    assert sorted(moments) == moments
    assert len({int(moment) for moment in moments}) < len(moments) == 120


def test_windows_hold_everything(server: SimulatorServer) -> None:
    """Spans that share an end hold every incident once: `since` is included, `until` is not."""
    begin = datetime(2024, 1, 1, tzinfo=UTC)
    ends = [begin + timedelta(days=90 * step) for step in range(7)]
    spans = pairwise(ends)
    found = [r for since, until in spans for r in walk(server, "/incidents", since=text(since), until=text(until))]

    assert len(found) == len(server.truth("incidents"))
    assert ids(server.truth("incidents")) == ids(found)


def test_moment_of_creation_is_the_boundary(server: SimulatorServer) -> None:
    """An incident is in the span that begins with its creation, and not in the one that ends with it."""
    record = server.truth("incidents")[5]
    moment = datetime.fromisoformat(record["created_at"])
    day = timedelta(days=1)

    assert record["id"] in ids(walk(server, "/incidents", since=text(moment), until=text(moment + day)))
    assert record["id"] not in ids(walk(server, "/incidents", since=text(moment - day), until=text(moment)))


def test_dates_without_an_offset(server: SimulatorServer) -> None:
    """A time without an offset is read in the account's zone, four hours from UTC in summer."""
    began = trigger_incident(server)
    local = (NOW - timedelta(hours=4)).replace(tzinfo=None)
    utc = NOW.replace(tzinfo=None)
    later = {"until": text(NOW + timedelta(days=1))}

    assert [began["id"]] == ids(walk(server, "/incidents", since=local.isoformat(), **later))
    assert [] == walk(server, "/incidents", since=utc.isoformat(), until=(utc + timedelta(hours=9)).isoformat())


def test_cap() -> None:
    """Offset and limit together may not exceed the cap: that is an error, and rows remain."""
    with serve(simulator(cap=200), seed=3, now=NOW, sizes={"incidents": 450}) as server:
        query = {"date_range": "all", "limit": 100, "total": "true"}
        inside, beyond = (get(server, "/incidents", offset=offset, **query) for offset in (100, 101))
        error = beyond.json()["error"]

        assert (inside.status_code, len(inside.json()["incidents"]), inside.json()["more"]) == (200, 100, True)
        assert inside.json()["total"] == 450
        assert (beyond.status_code, error["code"], error["message"]) == (400, 2002, "Arguments Caused Error")
        assert error["errors"][0].startswith("Offset+limit exceeds maximum allowed value of 200")
        assert get(server, "/incidents", offset=199, limit=1, date_range="all").status_code == 200


def test_bisection_under_a_cap() -> None:
    """Spans halved until their total is within the cap hold everything, of incidents and of the log."""
    with serve(simulator(cap=60), seed=3, now=NOW, sizes={"incidents": 400}) as server:

        def read(path: str, since: datetime, until: datetime) -> list[dict[str, Any]]:
            query = {"since": text(since), "until": text(until)}
            total = get(server, path, limit=1, total="true", **query).json()["total"]
            if total <= 60:
                return walk(server, path, limit=20, **query)
            middle = since + (until - since) / 2
            return read(path, since, middle) + read(path, middle, until)

        begin = datetime(2023, 12, 1, tzinfo=UTC)
        months = [begin + timedelta(days=180 * step) for step in range(5)]
        spans = list(pairwise(months))
        incidents = [record for span in spans for record in read("/incidents", *span)]
        log = read("/log_entries", begin, months[-1])

        assert ids(server.truth("incidents")) == ids(incidents)
        assert ids(server.truth("log_entries")) == ids(log)


def test_a_change_is_not_relisted(server: SimulatorServer) -> None:
    """Resolving an old incident changes it and adds a log entry; only the log lists it as something new."""
    old = next(r for r in server.truth("incidents") if r["status"] != "resolved" and r["created_at"] < "2025-03")
    before = ids(server.truth("log_entries"))
    server.advance(timedelta(hours=2))
    resolve_incident(server, old["id"])
    entries = walk(server, "/log_entries", since=text(NOW), until=text(server.now + timedelta(seconds=1)))
    now = get(server, f"/incidents/{old['id']}").json()["incident"]

    assert [] == walk(server, "/incidents", since=text(NOW), until=text(server.now + timedelta(seconds=1)))
    assert [("resolve_log_entry", old["id"])] == [(entry["type"], entry["incident"]["id"]) for entry in entries]
    assert (now["status"], now["resolved_at"], now["updated_at"]) == ("resolved", *["2025-06-01T14:00:00Z"] * 2)
    assert sorted([*before, entries[0]["id"]]) == ids(server.truth("log_entries"))
    assert entries[0]["id"] in ids(walk(server, f"/incidents/{old['id']}/log_entries"))


def test_each_change_leaves_an_entry(server: SimulatorServer) -> None:
    """Opening, acknowledging and any other change leave one entry each; a new incident names its first one."""
    opened = trigger_incident(server, title="Neu", urgency="high")
    for change in (lambda: acknowledge_incident(server, opened["id"]), lambda: _lower(server, opened["id"])):
        server.advance(timedelta(minutes=1))
        change()
    entries = walk(server, f"/incidents/{opened['id']}/log_entries")

    assert ["urgency_change", "acknowledge", "trigger"] == [e["type"].removesuffix("_log_entry") for e in entries]
    assert opened["first_trigger_log_entry"]["id"] == entries[-1]["id"]
    assert opened["id"] in ids(walk(server, "/incidents"))
    assert len({r["incident_number"] for r in server.truth("incidents")}) == len(server.truth("incidents")) == 121


def _lower(server: SimulatorServer, key: str) -> None:
    server.update("incidents", key, {"urgency": "low"})


def test_log_of_each_incident(server: SimulatorServer) -> None:
    """The logs of all incidents, newest entry first, are together the account's log, which is in no order."""
    found = []
    for incident in server.truth("incidents"):
        entries = walk(server, f"/incidents/{incident['id']}/log_entries", limit=100)
        moments = [epoch(entry["created_at"]) for entry in entries]
        assert sorted(moments, reverse=True) == moments
        assert epoch(incident["updated_at"]) == moments[0]
        assert incident["first_trigger_log_entry"]["id"] in ids(entries)
        found += [{**entry, "_incidents_id": incident["id"]} for entry in entries]
    whole = [epoch(entry["created_at"]) for entry in server.truth("log_entries")]

    assert server.truth("incident_logs") == found
    assert ids(server.truth("log_entries")) == ids(found)
    assert whole not in (sorted(whole), sorted(whole, reverse=True))
    assert {True} == {entry["incident"]["id"] == entry["_incidents_id"] for entry in found}


def test_kinds_of_log_entries(server: SimulatorServer) -> None:
    """Entries are of many types, each with fields of its own; an overview leaves some out."""
    whole = server.truth("log_entries")
    own = {
        "trigger": "event_details",
        "acknowledge": "acknowledgement_timeout",
        "assign": "assignees",
        "notify": "user",
        "snooze": "changed_actions",
        "field_value_change": "changeset",
    }
    overview = walk(server, "/log_entries", is_overview="true", limit=100)

    assert len({entry["type"] for entry in whole}) >= 14
    for kind, name in own.items():
        assert {True} == {name in entry for entry in whole if entry["type"] == f"{kind}_log_entry"}
        assert {False} == {name in entry for entry in whole if entry["type"] == "annotate_log_entry"}
    assert "notify_log_entry" not in {entry["type"] for entry in overview}
    assert ids(whole) == ids(walk(server, "/log_entries", is_overview="false", limit=100))


def test_incident_that_is_gone(server: SimulatorServer) -> None:
    """The log of an incident that no longer exists is a 404 with a JSON body, though it was listed a moment ago."""
    whole = server.truth("incident_logs")
    first, second = server.truth("incidents")[:2]
    server.gate("incident_logs", parents=[first["id"]])
    server.delete("incidents", second["id"])
    answers = [get(server, f"/incidents/{record['id']}/log_entries") for record in (first, second)]

    assert [(404, {"message": "Not Found", "code": 2100})] * 2 == [(a.status_code, a.json()["error"]) for a in answers]
    assert first["id"] in ids(server.truth("incidents"))
    assert [e for e in whole if e["_incidents_id"] not in (first["id"], second["id"])] == server.truth("incident_logs")


def test_teams_need_a_plan(server: SimulatorServer) -> None:
    """Without the ability both the list of teams and every filter by team are a 402 that names it."""
    team = server.truth("teams")[0]["id"]
    filtered = {
        "/incidents": {"team_ids[]": team},
        "/users": {"team_ids[]": team},
        "/log_entries": {"team_ids[]": team},
    }
    assert {200} == {get(server, path, **query).status_code for path, query in filtered.items()}
    server.gate("teams")
    answers = [get(server, "/teams"), *(get(server, path, **query) for path, query in filtered.items())]

    assert {(402, 2014, "teams")} == {
        (a.status_code, a.json()["error"]["code"], a.json()["error"]["missing_abilities"]) for a in answers
    }
    assert {200} == {get(server, path).status_code for path in filtered}
    assert server.truth("teams") == []


def test_priorities_need_a_feature(server: SimulatorServer) -> None:
    """With the feature off the list of priorities is a 404; on another path a 404 is an error, in HTML."""
    server.gate("priorities")
    off, wrong = get(server, "/priorities"), get(server, "/incident")

    assert (off.status_code, off.json()) == (404, {"error": {"message": "Not Found", "code": 2100}})
    assert (wrong.status_code, wrong.headers["Content-Type"]) == (404, "text/html; charset=utf-8")
    assert wrong.text.startswith("<!DOCTYPE html>")


def test_forbidden(server: SimulatorServer) -> None:
    """A valid key may lack the permission for one resource."""
    server.gate("users")
    server.gate("incident_logs", reply=forbidden)
    log = f"/incidents/{server.truth('incidents')[0]['id']}/log_entries"

    assert [403, 403, 200] == [get(server, path).status_code for path in ("/users", log, "/services")]


def test_credentials_and_version(server: SimulatorServer) -> None:
    """The key comes after `Token token=` or `Bearer`, and the version has to be asked for."""
    key = server.settings["api_key"]
    values = [f"Token token={key}", f"Bearer {key}", key, "Token token=wrong", f"Token {key}"]
    statuses = [_status(server, {"Authorization": value, "Accept": VERSION_HEADER}) for value in values]
    right = {"Authorization": f"Bearer {key}"}
    refused = requests.get(server.base_url + "/users", timeout=10)

    assert statuses == [200, 200, 401, 401, 401]
    assert [406, 406] == [_status(server, right | {"Accept": accept}) for accept in ("*/*", "application/json")]
    assert (refused.status_code, refused.headers["Content-Type"]) == (401, "text/html; charset=utf-8")


def _status(server: SimulatorServer, headers: dict[str, str]) -> int:
    return requests.get(server.base_url + "/users", headers=headers, timeout=10).status_code


def test_recorded_answer_to_a_bad_key() -> None:
    """A recorded call with an invalid key came back as a 404 in HTML."""
    with serve(simulator(bad_key_status=404), now=NOW) as server:
        answer = requests.get(server.base_url + "/users", headers={"Authorization": "Token token=X"}, timeout=10)

        assert (answer.status_code, answer.text[:15]) == (404, "<!DOCTYPE html>")


@pytest.mark.parametrize(
    ("path", "query"),
    [
        ("/incidents", {"per_page": 10}),
        ("/incidents", {"updated_since": "2025-01-01"}),
        ("/incidents", {"statuses": "resolved"}),
        ("/incidents", {"statuses[]": "closed"}),
        ("/incidents", {"since": "yesterday"}),
        ("/incidents", {"since": "1748779200"}),
        ("/incidents", {"since": "2025-02-01T00:00:00Z", "until": "2025-01-01T00:00:00Z"}),
        ("/incidents", {"date_range": "none"}),
        ("/incidents", {"sort_by": "updated_at:asc"}),
        ("/incidents", {"sort_by": "created_at,urgency,incident_number"}),
        ("/log_entries", {"sort_by": "created_at"}),
        ("/services", {"since": "2025-01-01"}),
        ("/users", {"offset": -1}),
        ("/priorities", {"query": "P1"}),
    ],
)
def test_validation(server: SimulatorServer, path: str, query: dict[str, Any]) -> None:
    """What a list does not know is a 400 with the code of wrong arguments."""
    answer = get(server, path, **query)

    assert (answer.status_code, answer.json()["error"]["code"]) == (400, 2002)


def test_list_parameters(server: SimulatorServer) -> None:
    """A filter by several values repeats its name with brackets; two fields may be sorted by."""
    whole = server.truth("incidents")
    statuses = ["triggered", "acknowledged"]
    services = sorted({record["service"]["id"] for record in whole})[:3]
    order = {"date_range": "all", "limit": 100, "sort_by": "urgency:desc,created_at:asc"}
    opened = walk(server, "/incidents", **{"statuses[]": statuses}, **order)
    of_services = walk(server, "/incidents", **{"service_ids[]": services}, **order)
    ranks = [(r["urgency"] == "high", epoch(r["created_at"])) for r in opened]

    assert ids([r for r in whole if r["status"] in statuses]) == ids(opened)
    assert ids([r for r in whole if r["service"]["id"] in services]) == ids(of_services)
    assert sorted(ranks) == ranks
    assert ids([r for r in server.truth("services") if "suche" in r["name"].lower()]) == ids(
        walk(server, "/services", query="SUCHE", sort_by="name")
    )


def test_fields_on_demand(server: SimulatorServer) -> None:
    """Body and conference bridge come only with `include[]`."""
    plain = server.truth("incidents")
    more = server.truth("incidents", **{"include[]": ["body", "conference_bridge"]})

    assert not any({"body", "conference_bridge"} & set(record) for record in plain)
    assert {"incident_body"} == {record["body"]["type"] for record in more}
    assert all(record.items() <= full.items() for record, full in zip(plain, more, strict=True))


def test_zones(server: SimulatorServer) -> None:
    """Incidents are written in UTC, services and the log in the account's zone, unless `time_zone` says otherwise."""
    services, log = server.truth("services"), server.truth("log_entries")
    in_utc = server.truth("log_entries", time_zone="UTC")
    tokyo = server.truth("incidents", time_zone="Asia/Tokyo")

    assert {"-04:00", "-05:00"} == {r["created_at"][-6:] for r in services} == {e["created_at"][-6:] for e in log}
    assert {"Z"} == {r["created_at"][-1] for r in server.truth("incidents")} == {e["created_at"][-1] for e in in_utc}
    assert [epoch(e["created_at"]) for e in log] == [epoch(e["created_at"]) for e in in_utc]
    assert {"+09:00"} == {r["updated_at"][-6:] for r in tokyo}
    assert {"+09:00"} == {a["at"][-6:] for r in tokyo for a in r["assignments"]}
    assert get(server, "/incidents", time_zone="Mars").status_code == 400


def test_records_are_awkward(server: SimulatorServer) -> None:
    """Some times have six digits after the point, numbers exceed 32 bits, keys are missing, what is set is null."""
    incidents, priorities = server.truth("incidents"), server.truth("priorities")
    lists = [server.truth(name) for name in ("incidents", "users", "services")]

    assert {20, 27} == {len(record["created_at"]) for record in incidents}
    assert {25, 32} == {len(record["created_at"]) for record in server.truth("services")}
    assert min(record["incident_number"] for record in incidents) < 2**31
    assert max(record["incident_number"] for record in incidents) >= 2**31
    assert all(len({frozenset(record) for record in records}) > 1 for records in lists)
    assert all(record["title"] == record["description"] for record in incidents)
    assert {dict} == {type(team) for record in incidents for team in record["teams"]}
    assert {dict, type(None)} == {type(record.get("alert_grouping")) for record in incidents}
    assert {str, type(None)} == {type(record["alert_grouping"]) for record in server.truth("services")}
    assert {dict, type(None)} == {type(record["parent"]) for record in server.truth("teams")}
    assert "" in {record["description"] for record in priorities}
    embedded = next(record["priority"] for record in incidents if record["priority"])
    assert set(priorities[0]) < set(embedded)


def test_rate_limit() -> None:
    """Every answer says how many seconds remain of the minute; nothing else tells how long to wait."""
    with serve(SIMULATOR, now=NOW, rate_limit=SIMULATOR.rate_limit.scaled(requests=2, period=30)) as server:
        first, second, third = (get(server, "/users", limit=1) for _ in range(3))
        names = ("ratelimit-limit", "ratelimit-remaining")

        assert [200, 200, 429] == [answer.status_code for answer in (first, second, third)]
        assert [("2", "1"), ("2", "0"), ("2", "0")] == [
            tuple(answer.headers[name] for name in names) for answer in (first, second, third)
        ]
        assert 1 <= int(third.headers["ratelimit-reset"]) <= 30
        assert "Retry-After" not in third.headers
        assert third.json()["error"]["message"] == "Rate Limit Exceeded"


def test_same_seed_same_account() -> None:
    """The same seed and clock give the same account, another seed another one."""
    names = [endpoint.name for endpoint in SIMULATOR.endpoints]
    with serve(SIMULATOR, seed=1, now=NOW) as one, serve(SIMULATOR, seed=1, now=NOW) as same:
        assert [one.truth(name) for name in names] == [same.truth(name) for name in names]
    with serve(SIMULATOR, seed=1, now=NOW) as one, serve(SIMULATOR, seed=2, now=NOW) as other:
        assert one.truth("incidents") != other.truth("incidents")
