"""The stories connector asks what it should and keeps what it is answered: from cassettes, then from the simulator.

What the account holds comes from the simulator, which was written from the API's documentation and knows nothing of
the connector: `truth` is what a complete reader ends up with.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from types import SimpleNamespace
from typing import Any

import pytest
import sdk_plugin_stories
from attrs import evolve, frozen
from dlt.pipeline.exceptions import PipelineStepFailed
from sdk_plugin_stories import columns
from sdk_plugin_stories.simulator import SIMULATOR, entitlement, simulator

import sdk
from sdk.testing.simulator import Reply, SimulatorServer, serve
from sdk.testing.warehouse import Warehouse, type_of

pytestmark = pytest.mark.simulated(
    seed=3,
    sizes={
        "workflows": 1,
        "members": 2,
        "groups": 2,
        "labels": 2,
        "custom_fields": 1,
        "categories": 2,
        "objectives": 3,
        "epics": 4,
        "iterations": 2,
        "stories": 7,
        "files": 2,
    },
)

NOW = datetime(2025, 6, 1, 12, tzinfo=UTC)

DECLARED = {
    "categories": columns.CATEGORIES,
    "categories_milestones": columns.OBJECTIVES_OF_CATEGORIES,
    "categories_objectives": columns.OBJECTIVES_OF_CATEGORIES,
    "custom_fields": columns.CUSTOM_FIELDS,
    "epic_workflow": columns.EPIC_WORKFLOW,
    "epics": columns.EPICS,
    "epics_comments": columns.EPICS_COMMENTS,
    "epics_stories": columns.STORIES_OF_EPICS,
    "files": columns.FILES,
    "groups": columns.GROUPS,
    "groups_stories": columns.STORIES_OF_GROUPS,
    "iterations": columns.ITERATIONS,
    "iterations_stories": columns.STORIES_OF_ITERATIONS,
    "labels": columns.LABELS,
    "member": columns.MEMBER,
    "members": columns.MEMBERS,
    "milestones": columns.OBJECTIVES,
    "milestones_epics": columns.EPICS_OF_MILESTONES,
    "objectives": columns.OBJECTIVES,
    "objectives_epics": columns.EPICS_OF_OBJECTIVES,
    "search_epics": columns.SEARCH_EPICS,
    "stories_comments": columns.STORIES_COMMENTS,
    "story_history": columns.STORY_HISTORY,
    "workflows": columns.WORKFLOWS,
}
IN_STORIES = ("stories_comments", "story_history")
STORIES = ("epics_stories", "iterations_stories", "groups_stories")
SEVERAL_PARENTS = ("categories_milestones", "categories_objectives", "milestones_epics", "objectives_epics")

# What a complete reader asks for beside the defaults.
ASKED: Mapping[str, Mapping[str, Any]] = {
    "epics": {"includes_description": True},
    "epics_stories": {"includes_description": True},
    "iterations_stories": {"includes_description": True},
    "search_epics": {"query": "created:2000-01-01..*"},
}


def in_order(records: Any) -> list[dict[str, Any]]:
    """Return records sorted by parent and id."""
    return sorted(records, key=lambda one: [str(one[name]) for name in sorted(one) if name[0] == "_" or name == "id"])


def truth_of(answer: Any, name: str) -> list[dict[str, Any]]:
    """Return what an account or a server holds of a resource; of stories, those that some list shows.

    There is no list of all stories, so comments and history are of those in an epic, an iteration or a group. The
    `primary_id` of history is sometimes a number and sometimes a text: it is kept as text.
    """
    if name not in IN_STORIES:
        found: list[dict[str, Any]] = answer.truth(name, **ASKED.get(name, {}))
        return found
    listed = {one["id"] for each in STORIES for one in answer.truth(each)}
    truth = answer.truth(name, parents=sorted(listed))
    return [{**one, "primary_id": str(one["primary_id"])} if "primary_id" in one else one for one in truth]


def assert_is_truth(warehouse: Warehouse, answer: Any, *tables: str) -> None:
    """Check that whole tables hold what an account or a server holds."""
    for table in tables or DECLARED:
        truth = truth_of(answer, table)
        assert warehouse.as_rows(table, truth) == warehouse.rows(table) != [], table


# From cassettes: what is asked, and what becomes of the answers.


def test_first_load(account: Any, warehouse: Warehouse) -> None:
    """A first load brings every row of all 24 tables, typed, children with the id of what they were found in.

    Each column has the type that its values look like: ids are numbers in some tables and texts in others, moments
    are zoned, objects are JSON. Each list is asked once; each story once for its comments and once for its history,
    although it may be in an epic, an iteration and a group.
    """
    warehouse.run(account.source())
    asked = account.asked()
    dates = {"start_date", "end_date"}

    assert sorted(DECLARED) == warehouse.tables()
    ids, groups = {}, Counter[str]()
    for name, declared in DECLARED.items():
        truth, rows, types = truth_of(account, name), warehouse.rows(name), warehouse.types(name)
        seen = {column: type_of(record.get(column) for record in truth) for column in types}
        different = {column: kind for column, kind in seen.items() if kind not in {None, types[column]}}
        assert warehouse.as_rows(name, truth) == rows != [], name
        assert {one.name for one in declared} == set(types), name
        assert {} == {column: kind for column, kind in different.items() if column not in dates}, name
        ids[name] = [row["id"] for row in rows]
        groups.update(row["_groups_id"] for row in rows if name == "groups_stories")
    stories = {number for name in STORIES for number in ids[name]}
    children = {
        "categories": ("milestones", "objectives"),
        "epics": ("comments", "stories?includes_description=true"),
        "iterations": ("stories?includes_description=true",),
        "milestones": ("epics",),
        "objectives": ("epics",),
    }
    lists = "categories custom-fields epic-workflow files groups iterations labels member members milestones objectives"
    pages = [one for one in asked if one.startswith("/groups/")]
    assert sorted(
        [
            *(f"/{name}" for name in lists.split()),
            "/workflows",
            "/epics?includes_description=true",
            "/search/epics?query=created:2000-01-01..*&page_size=250",
            *(f"/{name}/{number}/{one}" for name, ends in children.items() for one in ends for number in ids[name]),
            *(f"/stories/{number}/{one}" for number in stories for one in ("comments", "history")),
        ]
    ) == sorted(set(asked) - set(pages))
    # Only an empty page says that a group has no more stories.
    assert sorted(
        f"/groups/{number}/stories?limit=1000&offset={offset}"
        for number in ids["groups"]
        for offset in {0, groups[number]}
    ) == sorted(pages)
    assert len(asked) == len(set(asked))


@frozen
class SmallPages:
    """A stories connector that searches for two epics at a time."""

    @sdk.hookimpl
    def sdk_declare_connector(self) -> sdk.Connector:
        """Declare the connector with the smaller pages."""
        return declared_with("search_epics", limit=2)


def declared_with(name: str, **facts: Any) -> sdk.Connector:
    """Declare the connector, with a resource whose paginator has other facts."""
    declared = sdk_plugin_stories.sdk_declare_connector()
    resources = [
        evolve(one, paginator=evolve(one.paginator, **facts)) if one.name == name else one for one in declared.resources
    ]
    return evolve(declared, resources=resources)


def test_later_pages(account: Any) -> None:
    """The next page of a search is where the body's `next` says, a path with a token that is sent as it is."""
    found = list(account.read("search_epics", plugins=[SmallPages()]))
    first, second = account.asked()

    assert truth_of(account, "search_epics") == found
    assert len(found) == 4
    assert "/search/epics?query=created:2000-01-01..*&page_size=2" == first
    assert f"{first}&next=" == second.partition("next=")[0] + "next="
    assert second.endswith("~2")


def test_refused_children(account: Any) -> None:
    """An epic deleted meanwhile, and one whose stories the plan does not show, are skips; all others are read."""

    def refuse(server: SimulatorServer) -> None:
        first, second, *_ = (one["id"] for one in server.truth("epics"))
        server.gate("epics_comments", [first], lambda _call: Reply(404, {"message": "Resource not found."}))
        server.gate("epics_stories", [second], entitlement)

    account.meanwhile(refuse)
    first, second, *_ = (one["id"] for one in truth_of(account, "epics"))
    comments, stories = account.read("epics_comments"), account.read("epics_stories")

    assert in_order(truth_of(account, "epics_comments")) == in_order(comments) != []
    assert in_order(truth_of(account, "epics_stories")) == in_order(stories) != []
    [deleted], [forbidden] = comments.skips, stories.skips
    assert (
        f'{{"_epics_id": {first}}}',
        f"GET /epics/{first}/comments",
        404,
        "not found: gone, or switched off in the account",
    ) == (deleted.parent_key, deleted.request, deleted.status, deleted.reason)
    assert (
        f'{{"_epics_id": {second}}}',
        403,
        "entitlement-violation: forbidden: no permission, or not in the account's plan",
    ) == (forbidden.parent_key, forbidden.status, forbidden.reason)


@pytest.mark.simulated(rate_limit=SIMULATOR.rate_limit and SIMULATOR.rate_limit.scaled(requests=3, period=60))
def test_rate_limit(account: Any) -> None:
    """A refusal that says nothing of how long is waited out, each time longer, until a minute is over."""
    found = list(account.read("epics_comments"))

    assert in_order(truth_of(account, "epics_comments")) == in_order(found)
    assert [5.0, 10.0, 20.0, 40.0] == account.waits
    asked = account.asked()
    assert 9 == len(asked)
    assert 1 == len(set(asked[3:8]))


def test_wrong_token(account: Any) -> None:
    """A wrong token is one clear error that names the setting and does not show the token."""
    with pytest.raises(sdk.ResponseError) as caught:
        list(account.read("labels", api_key="a-token-that-nobody-knows"))

    assert "stories.labels: GET /labels answered 401; check the secret 'api_key'" == str(caught.value)


def test_second_run(account: Any, warehouse: Warehouse) -> None:
    """A second run reads everything again, which no list can narrow: it adds, changes, moves and keeps rows."""
    names = ("labels", "epics_stories", "stories_comments")
    warehouse.run(account.source(*names))
    first = account.asked()
    label, *_ = warehouse.rows("labels")
    moved, *_ = warehouse.rows("epics_stories")

    def change(server: SimulatorServer) -> None:
        server.advance(timedelta(days=2))
        server.update("labels", label["id"], {"name": "Changed", "updated_at": None})
        server.add("labels", {"name": "New"})
        other = next(one["id"] for one in server.truth("epics") if one["id"] != moved["epic_id"])
        server.update("stories_search", moved["id"], {"epic_id": other})
        server.add("stories_comments", {"text": "New", "story_id": moved["id"]}, parent=moved["id"])

    account.meanwhile(change)
    warehouse.run(account.source(*names))

    assert_is_truth(warehouse, account, *names)
    assert sorted(first) == sorted(account.asked())
    names_then = {row["name"]: row["updated_at"] for row in warehouse.rows("labels")}
    assert {"Changed", "New"} <= set(names_then)
    assert names_then["Changed"] is None
    [row] = [row for row in warehouse.rows("epics_stories") if row["id"] == moved["id"]]
    assert row["epic_id"] == row["_epics_id"] != moved["_epics_id"]
    assert "New" in {row["text"] for row in warehouse.rows("stories_comments")}


# From the simulator: larger accounts, other limits.


@pytest.fixture(autouse=True)
def waits(monkeypatch: pytest.MonkeyPatch) -> list[float]:
    """Let waits take no time; return the list of them, by which the connector's clock goes on."""
    waited: list[float] = []
    monkeypatch.setattr("sdk.attempt.sleep", waited.append)
    monkeypatch.setattr("sdk.client.time", SimpleNamespace(monotonic=lambda: sum(waited)))
    return waited


def load(server: SimulatorServer, warehouse: Warehouse, *resources: str, **settings: Any) -> list[str]:
    """Load from *server* now, as it sees the time; return the paths asked below the base URL."""
    moment, before = server.now, len(server.requests)
    given = {**server.settings, **settings}
    warehouse.run(sdk.load("stories", resources=resources or None, clock=lambda: moment, **given))
    return [one.path.removeprefix("/api/v3") for one in server.requests[before:]]


def test_everything(warehouse: Warehouse) -> None:
    """In a larger account too all 24 tables are the whole truth, however few stories of a group an answer holds."""
    with serve(simulator(stories_limit=2), seed=1, scale=0.15, now=NOW) as server:
        asked = load(server, warehouse)

        assert_is_truth(warehouse, server)
        listed = {one["id"] for each in STORIES for one in server.truth(each)}
        assert len(listed) < len(server.truth("stories_search"))
    of_stories = Counter(path for path in asked if path.startswith("/stories/"))
    assert {f"/stories/{number}/{one}" for number in listed for one in ("comments", "history")} == set(of_stories)
    assert {1} == set(of_stories.values())
    assert "_sdk_skips" not in warehouse.tables()


def test_what_the_tables_hold(warehouse: Warehouse) -> None:
    """Links to several parents are all kept, rows without a time of change too, and descriptions are there.

    An id is a number beyond what a float holds in one table and a text in the next.
    """
    names = (*SEVERAL_PARENTS, "epics", "groups", "epics_stories", "iterations_stories", "search_epics")
    with serve(SIMULATOR, seed=2, scale=0.6, now=NOW) as server:
        load(server, warehouse, *names)
        objectives = {one["id"]: one["objective_ids"] for one in server.truth("epics")}
        categories = {one["id"]: [each["id"] for each in one["categories"]] for one in server.truth("objectives")}

    rows = {name: warehouse.rows(name) for name in names}
    for name in SEVERAL_PARENTS:
        links = categories if name.startswith("categories") else objectives
        parent = f"_{name.partition('_')[0]}_id"
        expected = sorted((above, below) for below, each in links.items() for above in each)
        assert expected == sorted((row[parent], row["id"]) for row in rows[name]), name
        assert max(Counter(below for _, below in expected).values()) > 1, name
    assert None in {row["updated_at"] for row in rows["epics"]}
    for name in ("epics", "epics_stories", "iterations_stories"):
        assert all(row["description"] for row in rows[name]), name
    assert max(row["id"] for row in rows["epics"]) > 2**53
    assert {"BIGINT", "VARCHAR"} == {warehouse.types(name)["id"] for name in ("epics", "groups")}
    # The search's default query goes by the time of creation.
    searched = {row["id"] for row in rows["search_epics"]}
    assert [None] == [row["created_at"] for row in rows["epics"] if row["id"] not in searched]


@pytest.mark.parametrize("limit", [3, 1000])
def test_stories_of_groups(limit: int) -> None:
    """A group's stories are read to their end, also where the server shows fewer at once than it is asked for.

    It says nothing of how many there are: a page that is shorter than asked for is no sure end, only an empty one is.
    """
    with serve(simulator(stories_limit=limit), seed=3, scale=0.5, now=NOW) as server:
        found = list(sdk.read("stories", "groups_stories", **server.settings))
        groups = Counter({one["id"]: 0 for one in server.truth("groups")})
        groups.update(one["group_id"] for one in found)

        assert in_order(server.truth("groups_stories")) == in_order(found)
        assert len(found) > 3 * limit or limit == 1000
        pages = sum(-(-count // limit) + 1 for count in groups.values())
        assert pages == len(server.requests) - 1


def test_large_group() -> None:
    """More stories than one answer shows at most, a thousand, arrive."""
    with serve(SIMULATOR, seed=3, sizes={"groups": 1, "stories": 2600}, now=NOW) as server:
        found = list(sdk.read("stories", "groups_stories", **server.settings))
        offsets = [one.value("offset") for one in server.requests[1:]]

        assert in_order(server.truth("groups_stories")) == in_order(found)
    assert ["0", "1000", str(len(found))] == offsets


@pytest.mark.parametrize(("results", "requests"), [(250, 2), (500, 3), (1000, 3)])
def test_search_beyond_its_results(results: int, requests: int) -> None:
    """A search that has more than it shows keeps what came, says so, and is no error: all epics are in `epics`."""
    with serve(simulator(search_results=results), seed=3, sizes={"epics": 560, "stories": 1}, now=NOW) as server:
        records = sdk.read("stories", "search_epics", **server.settings)
        found = [one["id"] for one in records]
        searched = truth_of(server, "search_epics")
        epics = {one["id"] for one in sdk.read("stories", "epics", **server.settings)}

        assert requests == len(server.requests) - 1
    shown = results if results < 1000 else len(searched)
    assert [one["id"] for one in searched][:shown] == found
    assert len(found) == len(set(found)) < len(epics) == 560
    reason = "maximum-results-exceeded: the API lists no more than this"
    assert [("search_epics", "GET /search/epics?query=created:2000-01-01..*", 400, reason)][: results < 1000] == [
        (one.resource, one.request, one.status, one.reason) for one in records.skips
    ]


def test_search_query() -> None:
    """A setting narrows the search."""
    with serve(SIMULATOR, seed=3, now=NOW) as server:
        found = list(sdk.read("stories", "search_epics", search_query='state:"done"', **server.settings))

        assert server.truth("search_epics", query='state:"done"') == found != []
        assert {"done"} == {one["state"] for one in found}


def test_search_query_is_wrong() -> None:
    """A query that the API does not take is an error, and no cap: a 400 says which it is."""
    with (
        serve(SIMULATOR, seed=3, scale=0.1, now=NOW) as server,
        pytest.raises(sdk.ResponseError, match=r"stories\.search_epics: GET /search/epics.* answered 400"),
    ):
        list(sdk.read("stories", "search_epics", search_query="nobody_knows:1", **server.settings))


def test_refusals_are_repaid(warehouse: Warehouse) -> None:
    """What the plan did not include, and children of what was gone, is asked again, and arrives when it is there."""
    names = ("epics", "epics_comments", "labels", "story_history")
    with serve(SIMULATOR, seed=3, scale=0.1, now=NOW) as server:
        first, *_ = (one["id"] for one in server.truth("epics"))
        listed = sorted({one["id"] for each in STORIES for one in server.truth(each)})
        server.gate("labels")
        server.gate("epics_comments", [first])
        server.gate("story_history", listed[:1], lambda _call: Reply(404))
        load(server, warehouse, *names)
        skips = {(row["resource"], row["parent_key"], row["status"]) for row in warehouse.rows("_sdk_skips")}
        for name in names[1:]:
            server.ungate(name)
        load(server, warehouse, *names)

        assert_is_truth(warehouse, server, *names)
    assert {
        ("labels", "", 403),
        ("epics_comments", f'{{"_epics_id": {first}}}', 403),
        ("story_history", f'{{"_stories_id": {listed[0]}}}', 404),
    } == skips
    assert [] == warehouse.rows("_sdk_skips")


def test_deleted_meanwhile() -> None:
    """An epic that is deleted between the list and its children is a skip, and the stories of all others are read."""
    with serve(SIMULATOR, seed=3, scale=0.2, now=NOW) as server:
        records = sdk.read("stories", "epics_stories", in_flight=1, **server.settings)
        first = next(iter(records))
        gone = server.truth("epics")[-1]["id"]
        server.delete("epics", gone)
        found = [first, *records]

        assert in_order(server.truth("epics_stories", includes_description=True)) == in_order(found)
    assert [(f"GET /epics/{gone}/stories", 404)] == [
        (one.request.partition("?")[0], one.status) for one in records.skips
    ]


def test_not_found_at_the_top_fails() -> None:
    """A list that is not there means a wrong address, and not that there are no rows."""
    with serve(SIMULATOR, seed=3, scale=0.1, now=NOW) as server:
        settings = {**server.settings, "base_url": server.base_url + "/v4"}
        with pytest.raises(sdk.ResponseError, match=r"stories\.labels: GET /labels answered 404"):
            list(sdk.read("stories", "labels", **settings))


def limited(requests: int, waits: list[float]) -> dict[str, Any]:
    """Return what makes a simulator refuse after *requests* a minute, by the clock of the waits."""
    assert SIMULATOR.rate_limit is not None
    return {"rate_limit": SIMULATOR.rate_limit.scaled(requests=requests), "timer": lambda: sum(waits)}


@pytest.mark.parametrize(("requests", "settings"), [(199, {}), (20, {"requests_per_minute": 19})])
def test_pace(waits: list[float], requests: int, settings: dict[str, int]) -> None:
    """The connector keeps a pace at which the API refuses nothing, since it would not say for how long."""
    with serve(SIMULATOR, seed=3, now=NOW, **limited(requests, waits)) as server:
        found = list(sdk.read("stories", "story_history", in_flight=1, **settings, **server.settings))
        statuses = Counter(one.status for one in server.requests)

        assert in_order(truth_of(server, "story_history")) == in_order(
            {**one, "primary_id": str(one["primary_id"])} for one in found
        )
    assert {200} == set(statuses)
    least = statuses.total() / (settings.get("requests_per_minute", 195) / 60)
    assert least - 60 <= sum(waits) <= least


def test_pace_that_is_too_fast(waits: list[float]) -> None:
    """Somebody else may use the token too: refusals, which say nothing of how long, cost time and no rows."""
    with serve(SIMULATOR, seed=3, scale=0.5, now=NOW, **limited(25, waits)) as server:
        found = list(sdk.read("stories", "stories_comments", requests_per_minute=40, in_flight=1, **server.settings))

        assert in_order(truth_of(server, "stories_comments")) == in_order(found)
        assert 429 in {one.status for one in server.requests}


def test_wrong_token_fails_the_load(warehouse: Warehouse) -> None:
    """A wrong token fails the load after one request."""
    with serve(SIMULATOR, seed=3, scale=0.1, now=NOW) as server:
        with pytest.raises(PipelineStepFailed, match=r"answered 401; check the secret 'api_key'"):
            load(server, warehouse, api_key="a-token-that-nobody-knows")
        assert [401] == [one.status for one in server.requests]


def test_missing_token() -> None:
    """A token that is not set is named, with the places to set it."""
    with pytest.raises(sdk.MissingSettingError, match="SOURCES__STORIES__API_KEY"):
        sdk.load("stories", base_url="https://api.example.com/api/v3")


@pytest.mark.parametrize("resource", ["categories_objectives", "objectives_epics"])
def test_wrong_connector(resource: str) -> None:
    """A connector that keys these by their own id alone loses links, as the truth shows."""
    declared = sdk_plugin_stories.sdk_declare_connector().resource(resource)
    with serve(SIMULATOR, seed=3, now=NOW) as server:
        truth = server.truth(resource)

    assert (f"_{resource.partition('_')[0]}_id", "id") == declared.key
    assert len({one["id"] for one in truth}) < len({tuple(one[name] for name in declared.key) for one in truth})
