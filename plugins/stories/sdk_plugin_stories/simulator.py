"""Describe the project-tracking API for the simulator, from its documentation and from recorded traffic.

Nothing here knows the connector. Each trap has its place: lists are bare and whole but for one, which is cut in
silence; a search goes on by a path and stops at a cap; children have several parents, or none that can be listed.
"""

from __future__ import annotations

from functools import partial
from typing import Any

from attrs import evolve

from sdk.testing.simulator import (
    UNKNOWN_PARAMETER,
    BareList,
    Call,
    Cap,
    Cut,
    Endpoint,
    ErrorReplies,
    HeaderKey,
    HiddenWhen,
    Listed,
    Offset,
    OneOf,
    PageNumber,
    PageSize,
    Parent,
    Quota,
    RateLimit,
    Record,
    Reply,
    Reshaped,
    Simulator,
    Since,
    SingleObject,
    Table,
    json_params,
)
from sdk_plugin_stories import simulator_people as people
from sdk_plugin_stories import simulator_plans as plans
from sdk_plugin_stories import simulator_work as work
from sdk_plugin_stories.simulator_search import SEARCH_PAGES, EpicQuery, NeedsFilter, Until

_MEANINGLESS = ("includes_description",)


def _message(status: int, text: str) -> Reply:
    return Reply(status, {"message": text})


def _invalid(call: Call, name: str, reason: str) -> Reply:  # noqa: ARG001 - an error reply's signature
    fault = "disallowed-key" if reason == UNKNOWN_PARAMETER else reason
    text = "The request included invalid or missing parameters."
    return Reply(400, {"message": text, "errors": {name: fault}})


def entitlement(call: Call) -> Reply:  # noqa: ARG001 - an error reply's signature
    """Answer a caller whose plan lacks a feature, though the token is good."""
    text = "Your plan does not include this feature."
    return Reply(403, {"reason_tag": "entitlement-violation", "entitlement_tag": "some-feature", "message": text})


_ERRORS = ErrorReplies(
    unauthorized=lambda _call: _message(401, "Unauthorized"),
    not_found=lambda _call: _message(404, "Resource not found."),
    wrong_method=lambda _call: _message(405, "Method not allowed."),
    gated=entitlement,
    invalid=_invalid,
)
_RATE_LIMIT = RateLimit(account=Quota(199), reply=lambda _usage: Reply(429, b""))
"""The 200th request within a minute is refused; no answer has a header that says so."""


def _without(names: tuple[str, ...], call: Call, record: Record) -> Record:  # noqa: ARG001 - a view's signature
    return {name: value for name, value in record.items() if name not in names}


def _never(*names: str) -> Reshaped:
    """Leave fields out whatever is asked: only another endpoint knows them."""
    return Reshaped(partial(_without, names))


_FOUND_ONLY = _never("comments", "health")
_DESCRIBED = (
    HiddenWhen(("description",), "includes_description", None),
    HiddenWhen(("description",), "includes_description", "false"),
)


def _list(name: str, table: str = "", path: str = "", **options: Any) -> Endpoint:
    return Endpoint(name=name, path=path or f"/{name}", table=table, shape=BareList(), **options)


def _capped(results: int, call: Call) -> Reply:  # noqa: ARG001 - an error reply's signature
    text = f"A search can return at most {results} results."
    return Reply(400, {"error": "maximum-results-exceeded", "message": text, "maximum-results": results})


def _next_page(cut: Cut) -> dict[str, int | None]:
    return {"next": int(cut.token) if cut.token else None, "total": cut.total}


_OF_CATEGORIES = Parent("categories", link="category_ids")
_OF_STORIES = Parent("stories", link="story_id", reached_by=("stories_search",))
"""All stories have comments and a history, also those which no list of an epic, an iteration or a group shows."""

_STORY_FILTERS = (
    Since("created_at_start", "created_at"),
    Until("created_at_end", "created_at"),
    Since("updated_at_start", "updated_at"),
    Until("updated_at_end", "updated_at"),
    OneOf("archived", "archived", allowed=("true", "false")),
    OneOf("epic_ids", "epic_id"),
    OneOf("iteration_ids", "iteration_id"),
    OneOf("group_ids", "group_id"),
    OneOf("story_types", "story_type", allowed=("feature", "bug", "chore")),
)

_SINGLE = (
    Endpoint(name="epic_workflow", path="/epic-workflow", shape=SingleObject()),
    Endpoint(name="member", path="/member", shape=SingleObject(), also=_MEANINGLESS),
)
_PLANS = (
    _list("categories"),
    _list("objectives"),
    _list("milestones", "objectives"),
    _list("categories_objectives", "objectives", "/categories/{id}/objectives", parent=_OF_CATEGORIES),
    _list("categories_milestones", "objectives", "/categories/{id}/milestones", parent=_OF_CATEGORIES),
    _list("epics", views=(_FOUND_ONLY, *_DESCRIBED)),
    Endpoint(
        name="epics_paginated",
        path="/epics/paginated",
        table="epics",
        shape=Listed("data"),
        pages=PageNumber("page", PageSize("page_size", 10, 250), body=_next_page),
        views=(_FOUND_ONLY, *_DESCRIBED),
    ),
    _list(
        "objectives_epics",
        "epics",
        "/objectives/{id}/epics",
        parent=Parent("objectives", link="objective_ids"),
        views=(_FOUND_ONLY, _never("description")),
    ),
    _list(
        "milestones_epics",
        "epics",
        "/milestones/{id}/epics",
        parent=Parent("objectives", link="objective_ids", reached_by=("milestones",), stamp="_milestones_id"),
        views=(_FOUND_ONLY, _never("description")),
    ),
    _list("epics_comments", "epic_comments", "/epics/{id}/comments", parent=Parent("epics", link="epic_id")),
    _list("iterations", also=_MEANINGLESS),
)
_PEOPLE = (
    _list("custom_fields", path="/custom-fields"),
    _list("files", also=_MEANINGLESS),
    _list("groups", filters=(OneOf("archived", "archived", allowed=("true", "false")),), also=_MEANINGLESS),
    _list("labels", views=(HiddenWhen(("stats",), "slim", "true"),)),
    _list("members", filters=(OneOf("disabled", "disabled", allowed=("true", "false")),)),
    _list("workflows"),
)
_WORK = (
    _list(
        "epics_stories",
        "stories",
        "/epics/{id}/stories",
        parent=Parent("epics", link="epic_id"),
        views=_DESCRIBED,
    ),
    _list(
        "iterations_stories",
        "stories",
        "/iterations/{id}/stories",
        parent=Parent("iterations", link="iteration_id"),
        views=_DESCRIBED,
    ),
    _list(
        "stories_search",
        "stories",
        "/stories/search",
        method="POST",
        reads=json_params,
        filters=(NeedsFilter(_STORY_FILTERS), *_STORY_FILTERS),
        views=_DESCRIBED,
        complete=lambda _seeding: ({"created_at_start": "1970-01-01T00:00:00Z"},),
    ),
    _list("stories_comments", "story_comments", "/stories/{id}/comments", parent=_OF_STORIES),
    _list("story_history", path="/stories/{id}/history", parent=_OF_STORIES),
)


def simulator(*, stories_limit: int = 1000, search_results: int = 1000) -> Simulator:
    """Return the description of the API, with other limits.

    Args:
        stories_limit: How many stories of a group one answer holds, whatever is asked for.
        search_results: How many results a search gives before it refuses to go on.
    """
    groups_stories = _list(
        "groups_stories",
        "stories",
        "/groups/{id}/stories",
        parent=Parent("groups", link="group_id"),
        pages=Offset("offset", PageSize("limit", stories_limit, stories_limit, over="clamp")),
        views=(_never("description"),),
    )
    search_epics = Endpoint(
        name="search_epics",
        path="/search/epics",
        table="epics",
        shape=Listed("data"),
        filters=(EpicQuery(),),
        pages=evolve(SEARCH_PAGES, cap=Cap(search_results, partial(_capped, search_results), counts="start")),
        views=(HiddenWhen(("description", "comments"), "detail", "slim"),),
        complete=lambda _seeding: [{"query": f'state:"{state}"'} for state in plans.STATES],
    )
    return Simulator(
        name="stories",
        base_path="/api/v3",
        auth=HeaderKey("Shortcut-Token"),
        errors=_ERRORS,
        rate_limit=_RATE_LIMIT,
        tables=_TABLES,
        endpoints=(*_SINGLE, *_PLANS, *_PEOPLE, *_WORK, groups_stories, search_epics),
    )


_TABLES = (
    Table("workflows", people.workflows, 3),
    Table("epic_workflow", people.epic_workflow, 1, scales=False),
    Table("members", people.members, 18),
    Table("member", people.member, 1, scales=False, created=None, updated=None),
    Table("groups", people.groups, 6),
    Table("labels", people.labels, 24),
    Table("custom_fields", people.custom_fields, 5),
    Table("categories", plans.categories, 6),
    Table("objectives", plans.objectives, 14),
    Table("epics", plans.epics, 40),
    Table("epic_comments", plans.epic_comments),
    Table("iterations", plans.iterations, 12),
    Table("stories", work.stories, 260),
    Table("story_comments", work.story_comments),
    Table("story_history", work.story_history, created=None, updated="changed_at"),
    Table("files", people.files, 30),
)

SIMULATOR = simulator()
"""The project-tracking API, version 3, of one workspace."""
