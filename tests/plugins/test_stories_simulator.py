"""The simulated project-tracking API does what its documentation and its recordings say, over real HTTP.

Nothing here uses the connector: these are the facts that it is tested against.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
import requests
from sdk_plugin_stories.simulator import SIMULATOR, simulator

from sdk.testing.simulator import SimulatorServer, instant, serve

NOW = datetime(2025, 6, 1, 12, tzinfo=UTC)
PATHS = {endpoint.name: endpoint.path for endpoint in SIMULATOR.endpoints}
LISTS = [
    "categories",
    "custom_fields",
    "epics",
    "files",
    "groups",
    "iterations",
    "labels",
    "members",
    "milestones",
    "objectives",
    "workflows",
]
PARENTS = {
    "categories_milestones": ("categories", "_categories_id"),
    "categories_objectives": ("categories", "_categories_id"),
    "epics_comments": ("epics", "_epics_id"),
    "epics_stories": ("epics", "_epics_id"),
    "groups_stories": ("groups", "_groups_id"),
    "iterations_stories": ("iterations", "_iterations_id"),
    "milestones_epics": ("milestones", "_milestones_id"),
    "objectives_epics": ("objectives", "_objectives_id"),
    "stories_comments": ("stories_search", "_stories_id"),
    "story_history": ("stories_search", "_stories_id"),
}
SEED = [*LISTS, *PARENTS, "epic_workflow", "member", "search_epics"]
TEXT_KEYS = ["custom_fields", "groups", "member", "members", "story_history"]
EVER = {"created_at_start": "1970-01-01T00:00:00Z"}

Record = dict[str, Any]


@pytest.fixture
def server() -> Iterator[SimulatorServer]:
    """Serve the demo-sized workspace."""
    with serve(SIMULATOR, seed=3, now=NOW) as running:
        yield running


def get(server: SimulatorServer, path: str, **query: Any) -> requests.Response:
    """Ask for a path, or for one that an answer named, with the token."""
    headers = {"Shortcut-Token": server.settings["api_key"]}
    return requests.get(server.base_url + path.removeprefix("/api/v3"), params=query, headers=headers, timeout=10)


def post(server: SimulatorServer, body: Any) -> requests.Response:
    """Search stories."""
    headers = {"Shortcut-Token": server.settings["api_key"]}
    return requests.post(server.base_url + "/stories/search", json=body, headers=headers, timeout=10)


def path_of(resource: str, number: object) -> str:
    """Return the path of a child resource under a parent."""
    return re.sub(r"\{\w+\}", str(number), PATHS[resource])


def by_key(records: list[Record]) -> list[Record]:
    """Sort records by id, those with one id by their parent."""
    return sorted(
        records, key=lambda record: (str(record["id"]), [str(v) for k, v in record.items() if k.startswith("_")])
    )


def search(server: SimulatorServer, **query: Any) -> list[Record]:
    """Follow the path that each answer names, to the end."""
    body = get(server, "/search/epics", **query).json()
    records = list(body["data"])
    while body["next"]:
        body = get(server, body["next"]).json()
        records += body["data"]
    return records


@pytest.mark.parametrize("resource", LISTS)
def test_lists_are_bare_and_whole(server: SimulatorServer, resource: str) -> None:
    """A list is a JSON array without envelope and pages; there is nothing to filter by time."""
    answer = get(server, PATHS[resource])

    assert answer.json() == server.truth(resource)
    assert len({record["id"] for record in answer.json()}) == len(answer.json()) > 2
    for name in ("page", "limit", "updated_since", "query"):
        assert 400 == get(server, PATHS[resource], **{name: 1}).status_code


@pytest.mark.parametrize("resource", ["epic_workflow", "member"])
def test_single_objects(server: SimulatorServer, resource: str) -> None:
    """Two paths answer with one object; the token's owner has no time at all."""
    found = get(server, PATHS[resource]).json()

    assert [found] == server.truth(resource)
    assert (resource == "epic_workflow") == ("updated_at" in found)


@pytest.mark.parametrize("resource", PARENTS)
def test_children_of_all_parents(server: SimulatorServer, resource: str) -> None:
    """The lists of all parents are the whole truth, each record once under each of its parents."""
    parent, stamp = PARENTS[resource]
    keys = [record["id"] for record in server.truth(parent)]
    found = [row | {stamp: key} for key in keys for row in get(server, path_of(resource, key)).json()]

    assert by_key(server.truth(resource)) == by_key(found)
    assert len({(record["id"], record[stamp]) for record in found}) == len(found) > 10


def test_ids(server: SimulatorServer) -> None:
    """Some ids are numbers, a few of them above what a float holds, others are texts."""
    kinds = {name: {type(record["id"]) for record in server.truth(name)} for name in SEED}
    large = [record["id"] for record in server.truth("epics") if record["id"] > 2**53]

    assert {name: {str} if name in TEXT_KEYS else {int} for name in SEED} == kinds
    assert all(int(float(number)) != number for number in large)
    assert large


def test_token(server: SimulatorServer) -> None:
    """The token stands in its own header, bare; nothing else will do."""
    key, url = server.settings["api_key"], server.base_url + "/labels"
    asked = [{"Shortcut-Token": key}, {"Shortcut-Token": f"Bearer {key}"}, {"api_key": key}, {"Authorization": key}, {}]

    assert [200, 401, 401, 401, 401] == [requests.get(url, headers=sent, timeout=10).status_code for sent in asked]
    assert 401 == requests.get(url, params={"token": key}, timeout=10).status_code
    assert {"base_url", "api_key"} == set(server.settings)
    assert server.base_url.endswith("/api/v3")


def test_descriptions_on_demand(server: SimulatorServer) -> None:
    """Epics and the stories of epics and iterations have a description only when asked; those of groups never."""
    epic = server.truth("epics_stories")[0]["_epics_id"]
    iteration = server.truth("iterations_stories")[0]["_iterations_id"]
    group = server.truth("groups_stories")[0]["_groups_id"]
    paths = ["/epics", f"/epics/{epic}/stories", f"/iterations/{iteration}/stories"]
    without = [set(get(server, path).json()[0]) for path in paths]
    described = [set(get(server, path, includes_description="true").json()[0]) for path in paths]

    assert [40, 53, 53] == [len(names) for names in without]
    assert [{"description"}] * 3 == [more - less for more, less in zip(described, without, strict=True)]
    assert 400 == get(server, f"/groups/{group}/stories", includes_description="true").status_code
    assert get(server, "/files").json() == get(server, "/files", includes_description="true").json()
    assert "description" in server.truth("epics", includes_description=True)[0]


def test_milestones_are_objectives(server: SimulatorServer) -> None:
    """The deprecated paths show the same rows, and a change in one is a change in the other."""
    before = server.truth("milestones")
    server.update("objectives", before[0]["id"], {"name": "neu"})

    assert server.truth("objectives") == server.truth("milestones") != before
    assert server.truth("categories_objectives") == server.truth("categories_milestones")
    assert [{**r, "_milestones_id": r["_objectives_id"]} for r in server.truth("objectives_epics")] == [
        {**r, "_objectives_id": r["_milestones_id"]} for r in server.truth("milestones_epics")
    ]


def test_several_parents(server: SimulatorServer) -> None:
    """An epic is under several objectives, an objective in several categories: an id alone loses links."""
    epics = Counter(record["id"] for record in server.truth("objectives_epics"))
    goals = Counter(record["id"] for record in server.truth("categories_objectives"))
    listed = {record["id"]: record["objective_ids"] for record in server.truth("epics")}

    assert max(epics.values()) == max(goals.values()) == 3
    assert {number: len(links) for number, links in listed.items() if links} == dict(epics)
    assert [] in listed.values()
    assert set(goals) < {record["id"] for record in server.truth("objectives")}


def test_stories_without_an_epic(server: SimulatorServer) -> None:
    """Some stories are in an iteration or a group but no epic, some in none; no list shows the latter."""
    stories = server.truth("stories_search")
    listed = {
        name: {record["id"] for record in server.truth(name)}
        for name in ("epics_stories", "iterations_stories", "groups_stories")
    }
    union = set.union(*listed.values())
    commented = {record["_stories_id"] for record in server.truth("stories_comments")}

    assert all(union - found for found in listed.values())
    assert union < {record["id"] for record in stories}
    assert {(None, None, None)} == {
        (r["epic_id"], r["iteration_id"], r["group_id"]) for r in stories if r["id"] not in union
    }
    assert commented - listed["epics_stories"]
    assert commented - union
    assert {record["id"] for record in stories} == {record["_stories_id"] for record in server.truth("story_history")}


def test_story_search(server: SimulatorServer) -> None:
    """The search by body needs a filter: an empty body finds nothing, an early date everything."""
    stories = post(server, EVER).json()
    since = "2025-01-01T00:00:00Z"
    recent = post(server, {"updated_at_start": since, "archived": False}).json()

    assert [] == post(server, {}).json() == post(server, {"includes_description": True}).json()
    assert stories == server.truth("stories_search")
    assert "description" in post(server, {**EVER, "includes_description": True}).json()[0]
    assert [
        record
        for record in stories
        if not record["archived"] and record["updated_at"] and record["updated_at"] >= since
    ] == recent
    assert 400 == post(server, {"created_since": since}).status_code
    assert 400 == post(server, [EVER]).status_code
    assert 405 == get(server, "/stories/search").status_code


def test_stories_of_groups_are_cut() -> None:
    """A group's stories come 1000 at a time, whatever is asked, and nothing says that there are more."""
    with serve(SIMULATOR, now=NOW, sizes={"stories": 2_400, "groups": 1}) as server:
        truth = server.truth("groups_stories")
        path = path_of("groups_stories", truth[0]["_groups_id"])
        naive = get(server, path)
        greedy = get(server, path, limit=5_000).json()
        pages = [get(server, path, limit=1_000, offset=offset).json() for offset in (0, 1_000, 2_000)]

    assert (1_000, 1_000) == (len(naive.json()), len(greedy))
    assert "link" not in naive.headers
    assert [1_000, len(truth) - 1_000, 0] == [len(page) for page in pages]
    assert by_key([{k: v for k, v in row.items() if k != "_groups_id"} for row in truth]) == by_key(pages[0] + pages[1])


def test_smaller_limits() -> None:
    """Tests may ask for smaller limits than the vendor's."""
    with serve(simulator(stories_limit=5, search_results=20), seed=3, now=NOW) as server:
        path = path_of("groups_stories", server.truth("groups_stories")[0]["_groups_id"])
        stories, rest = get(server, path, limit=6).json(), get(server, path, offset=5).json()
        first = get(server, "/search/epics", query="!id:1", page_size=20).json()
        refused = get(server, first["next"])

    assert 5 == len(stories) >= len(rest) > 0
    assert not {record["id"] for record in stories} & {record["id"] for record in rest}
    assert (20, 40, 400) == (len(first["data"]), first["total"], refused.status_code)
    assert 20 == refused.json()["maximum-results"]


def test_search_goes_on_by_a_path(server: SimulatorServer) -> None:
    """`next` is path and query; the token in it can be sent by itself, the whole path as a token cannot."""
    query = {"query": "is:started", "page_size": 5}
    first = get(server, "/search/epics", **query).json()
    path, token = first["next"], first["next"].rpartition("next=")[2]
    second = get(server, path).json()
    whole = search(server, **query)

    assert path.startswith("/api/v3/search/epics?query=is%3Astarted&page_size=5&next=")
    assert re.fullmatch(r"[0-9a-f]+~\d+", token)
    assert second == get(server, "/search/epics", **query, next=token).json()
    assert 400 == get(server, "/search/epics", **query, next=path).status_code
    assert 400 == get(server, "/search/epics", **query, next=token.replace("~", "%7E")).status_code
    assert whole == [record for record in server.truth("search_epics", query="is:started") if record["started"]]
    assert {"data", "next", "total"} == set(first)
    assert first["total"] == second["total"] == len(whole) > 5
    assert get(server, "/search/epics", query="is:started", page_size=250).json()["next"] is None


def test_search_needs_a_query(server: SimulatorServer) -> None:
    """A search takes a query and pages of at most 250; one result per page is allowed."""
    statuses = [
        get(server, "/search/epics", **query).status_code
        for query in ({}, {"query": ""}, {"query": "x:y"}, {"query": "a", "page_size": 251}, {"query": "a", "limit": 1})
    ]

    assert [400] * 5 == statuses
    assert len(search(server, query="first", page_size=1)) == len(search(server, query="title:first"))


def test_search_fields_and_operators(server: SimulatorServer) -> None:
    """A search adds comments and health to an epic, and can be split by dates, but for epics without them."""
    epics = {record["id"]: record for record in server.truth("epics")}
    found = server.truth("search_epics")
    slim = get(server, "/search/epics", query="state:done", detail="slim").json()["data"][0]
    split = search(server, query="created:*..2025-01-01") + search(server, query="created:2025-01-02..*")

    assert sorted(epics) == sorted(record["id"] for record in found)
    assert all(epics[record["id"]].items() <= record.items() for record in found)
    assert {"comments", "health", "description"} == set(found[0]) - set(epics[found[0]["id"]])
    assert {"health"} == set(slim) - set(epics[slim["id"]])
    assert {record["id"] for record in split} == {number for number, epic in epics.items() if epic["created_at"]}
    assert len(split) == len({record["id"] for record in split}) < len(epics)


def test_search_stops_at_its_cap() -> None:
    """Beyond 1000 results the next page is an error that says so: rows are missing, though `total` counts them."""
    with serve(SIMULATOR, now=NOW, sizes={"epics": 2_400}) as server:
        query = {"query": "!is:archived", "page_size": 250}
        body = get(server, "/search/epics", **query).json()
        total, found = body["total"], len(body["data"])
        for _ in range(3):
            body = get(server, body["next"]).json()
            found += len(body["data"])
        refused = get(server, body["next"])
        whole = len(get(server, "/epics").json())

    assert (1_000, 400) == (found, refused.status_code)
    assert total > 2_000
    assert 2_400 == whole
    assert {"error": "maximum-results-exceeded", "maximum-results": 1000} == {
        name: value for name, value in refused.json().items() if name != "message"
    }


def test_paginated_epics(server: SimulatorServer) -> None:
    """Another path pages through the epics from 1, and counts them."""
    first, last = (get(server, "/epics/paginated", page=page, page_size=15).json() for page in (1, 3))

    assert (15, 2, 40) == (len(first["data"]), first["next"], first["total"])
    assert (10, None, 40) == (len(last["data"]), last["next"], last["total"])
    assert 10 == len(get(server, "/epics/paginated").json()["data"])
    assert 400 == get(server, "/epics/paginated", page_size=251).status_code


def test_replies_are_inside_comments(server: SimulatorServer) -> None:
    """An epic's comments hold their replies, and those theirs; no comment names its epic."""

    def flattened(comments: list[Record]) -> list[Record]:
        return [each for comment in comments for each in (comment, *flattened(comment["comments"]))]

    top = server.truth("epics_comments")
    every = flattened(top)

    assert len(top) < len(every) == len({comment["id"] for comment in every})
    assert any(reply["comments"] for comment in top for reply in comment["comments"])
    assert not any("epic_id" in comment for comment in every)


def test_histories(server: SimulatorServer) -> None:
    """A history entry does not name its story; its time may have a fraction, its `primary_id` is of any type."""
    entries = server.truth("story_history")

    assert not any({"updated_at", "story_id"} & set(record) for record in entries)
    assert {20, 24} == {len(record["changed_at"]) for record in entries}
    assert {int, str} == {type(record["primary_id"]) for record in entries}
    assert {True, False} == {"references" in record for record in entries}


def test_nulls(server: SimulatorServer) -> None:
    """`updated_at` may be null where a record was never changed, and a required list is null in recordings."""
    nullable = ["epics", "epics_stories", "files", "labels", "members", "stories_comments"]

    for name in nullable:
        assert {True, False} == {record["updated_at"] is None for record in server.truth(name)}, name
    assert {None} == {record["associated_groups"] for record in server.truth("epics")}
    assert {float} == {type(number) for record in server.truth("workflows") for number in record["project_ids"]}
    assert {True, False} == {"installation_id" in record for record in server.truth("members")}


def test_filters_of_lists(server: SimulatorServer) -> None:
    """Archived groups and disabled members are listed unless they are filtered out; slim labels lack their counts."""
    groups, members = server.truth("groups"), server.truth("members")

    assert {True, False} == {r["archived"] for r in groups} == {r["disabled"] for r in members}
    assert [r for r in groups if not r["archived"]] == get(server, "/groups", archived="false").json()
    assert [r for r in members if r["disabled"]] == get(server, "/members", disabled="true").json()
    assert {"stats"} == set(server.truth("labels")[0]) - set(get(server, "/labels", slim="true").json()[0])


def test_deleted_parents(server: SimulatorServer) -> None:
    """A parent deleted between two calls is a 404 for its children, and its record is just gone."""
    epic = server.truth("epics_comments")[0]["_epics_id"]
    story = server.truth("stories_comments")[0]["_stories_id"]
    server.delete("epics", epic)
    server.delete("stories_search", story)
    answers = [get(server, path_of(name, epic)) for name in ("epics_stories", "epics_comments")]
    answers += [get(server, path_of(name, story)) for name in ("stories_comments", "story_history")]

    assert [404] * 4 == [answer.status_code for answer in answers]
    assert epic not in {record["id"] for record in get(server, "/epics").json()}
    assert epic not in {record["_epics_id"] for record in server.truth("epics_comments")}
    assert story not in {record["_stories_id"] for record in server.truth("story_history")}


def test_entitlement(server: SimulatorServer) -> None:
    """What the plan does not include is a 403 with a reason while the token stays good, until it is repaid."""
    whole = server.truth("objectives_epics")
    server.gate("objectives_epics", parents=[whole[0]["_objectives_id"]])
    server.gate("custom_fields")
    refused = get(server, "/custom-fields")

    assert (403, "entitlement-violation") == (refused.status_code, refused.json()["reason_tag"])
    assert 403 == get(server, path_of("objectives_epics", whole[0]["_objectives_id"])).status_code
    assert 200 == get(server, "/labels").status_code
    assert ([], True) == (server.truth("custom_fields"), len(server.truth("objectives_epics")) < len(whole))
    server.ungate("objectives_epics")
    assert whole == server.truth("objectives_epics")


def test_rate_limit_without_headers() -> None:
    """The 200th request within a minute is refused, by a 429 that says nothing."""
    limit = SIMULATOR.rate_limit
    assert limit is not None
    with serve(SIMULATOR, now=NOW, rate_limit=limit.scaled(period=3600)) as server, requests.Session() as session:
        session.headers["Shortcut-Token"] = server.settings["api_key"]
        answers = [session.get(server.base_url + "/member", timeout=10) for _ in range(200)]

    assert [200] * 199 + [429] == [answer.status_code for answer in answers]
    assert {"Content-Type", "Content-Length"} == set(answers[-1].headers)
    assert b"" == answers[-1].content


def test_changes_between_runs(server: SimulatorServer) -> None:
    """A changed or added record has the time of its change; a new child is found under its parent."""
    server.advance(timedelta(hours=1))
    epic = server.truth("epics")[0]["id"]
    story = server.add("epics_stories", {"name": "neu"}, parent=epic)
    entry = server.add("story_history", parent=story["id"])

    assert {story["id"]: epic}.items() <= {r["id"]: r["_epics_id"] for r in server.truth("epics_stories")}.items()
    assert ("2025-06-01T13:00:00Z", "2025-06-01T13:00:00Z") == (story["updated_at"], entry["changed_at"])
    assert [{**entry, "_stories_id": story["id"]}] == server.truth("story_history", parents=[story["id"]])
    assert instant(story["created_at"]) == (NOW + timedelta(hours=1)).timestamp()


def test_same_seed_same_workspace() -> None:
    """The same seed and clock give the same workspace, another seed another one."""
    with serve(SIMULATOR, seed=1, now=NOW) as one, serve(SIMULATOR, seed=1, now=NOW) as same:
        assert [one.truth(name) for name in PATHS] == [same.truth(name) for name in PATHS]
    with serve(SIMULATOR, seed=1, now=NOW) as one, serve(SIMULATOR, seed=2, now=NOW) as other:
        assert one.truth("stories_search") != other.truth("stories_search")
