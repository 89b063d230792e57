"""The stories' document as it stands, against an API that does what the document says."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import pytest

LISTS = (
    "categories",
    "custom-fields",
    "epic-workflow",
    "epics",
    "files",
    "groups",
    "iterations",
    "labels",
    "member",
    "members",
    "milestones",
    "objectives",
    "workflows",
)
CHILDREN = (
    ("categories", "milestones"),
    ("categories", "objectives"),
    ("epics", "comments"),
    ("milestones", "epics"),
    ("objectives", "epics"),
)


def _data(rows: list[Any], _query: Mapping[str, str]) -> Any:
    return {"data": rows}


def _one_by_one(place: str) -> Any:
    """Cut a list into pages of one, whose token stands at *place*: below `response`, or in the response itself."""

    def cut(rows: list[Any], query: Mapping[str, str]) -> Any:
        begin = int(query.get("next", "a0~0").partition("~")[2])
        size = int(query.get("limit", "1"))
        token = f"a{begin}~{begin + size}" if begin + size < len(rows) else None
        told: Any = {"next": token} if place == "next" else {"response": {"next": token} if token else {}}
        return {"data": rows[begin : begin + size], **told}

    return cut


@pytest.fixture
def api(documented: Any, key: str) -> Any:
    """Return the API: lists under `data`, children by their parents' keys, and too many requests now and then."""
    documented.admits = lambda asked: asked.headers.get("api_key") == key
    documented.troubles = lambda path, _target: (429,) * (len(path) % 4)
    for name in LISTS:
        documented.lays(name.replace("-", "_"), f"/v1/{name}", documented.rows(11 + len(name)), _data)
    for parent, name in CHILDREN:
        documented.lays_children(
            f"{parent}_{name}",
            f"/v1/{parent}/{{id}}/{name}",
            documented.truth[parent],
            parent,
            lambda one: documented.rows(one["id"] % 4),
            _data,
        )
    return documented


def _stories(api: Any) -> dict[int, Any]:
    """Lay out the stories of epics, groups and iterations, some in several of them; return all by their ids."""
    found: dict[int, Any] = {}
    for parent, first in (("epics", 100), ("groups", 103), ("iterations", 200)):
        rows = api.lays_children(
            f"{parent}_stories",
            f"/v1/{parent}/{{id}}/stories",
            api.truth[parent],
            parent,
            lambda one, first=first: api.rows(one["id"] % 3, first=first + 3 * one["id"]),
            _data,
        )
        found.update({one["id"]: one for one in rows})
    return found


def test_every_row_of_every_resource(api: Any):
    """Children under their parents' keys; of a story that is listed three times the comments come once."""
    stories = _stories(api)
    for resource, name in (("stories_comments", "comments"), ("story_history", "history")):
        api.lays_children(
            resource,
            f"/v1/stories/{{id}}/{name}",
            stories.values(),
            "stories",
            lambda one: api.rows(one["id"] % 5),
            _data,
        )
    api.lays("search_epics", "/v1/search/epics", api.rows(9), _one_by_one("response.next"))

    tables, source = api.load("stories")

    assert tables == api.expected()
    parents = {one.path: one.taken for one in source.report if one.path.endswith(".path")}
    assert parents["resources[1].endpoint.path"] == "'id' of categories was taken"
    several = "'id' of epics_stories, groups_stories, iterations_stories was taken"
    assert parents["resources[21].endpoint.path"] == parents["resources[22].endpoint.path"] == several
    assert len(parents) == 10


def test_a_token_of_the_response(api: Any):
    """`response.next` may as well mean what stands in the response under `next`."""
    rows = api.lays("search_epics", "/v1/search/epics", api.rows(9), _one_by_one("next"))

    assert list(api.run("stories").with_resources("search_epics")) == rows
