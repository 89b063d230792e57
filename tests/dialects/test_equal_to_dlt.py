"""The same dictionary through dlt's source and through ours: equal tables, rows, types and requests."""

from __future__ import annotations

from typing import Any

import dlt
import pytest
import requests
from dlt.sources.helpers.rest_client import auth as dlt_auth
from dlt.sources.helpers.rest_client import paginators as dlt_paginators
from dlt.sources.rest_api import rest_api_source as dlts

import sdk

POSTS = {"name": "posts", "endpoint": {"path": "all", "data_selector": "data"}}


def one(path: str, paginator: Any = None, **endpoint: Any) -> dict[str, Any]:
    """Return a dictionary with one list."""
    asked = {"path": path, **({"paginator": paginator} if paginator is not None else {}), **endpoint}
    return {"resources": [{"name": "posts", "endpoint": asked}]}


def child(**endpoint: Any) -> dict[str, Any]:
    """Return a dictionary with the comments on posts."""
    return {"resources": [POSTS, {"name": "comments", "endpoint": endpoint, "include_from_parent": ["id", "title"]}]}


def resolving(path: str, resource: str = "posts", field: str = "id") -> dict[str, Any]:
    """Return an endpoint whose path names a parameter that is resolved."""
    return {"path": path, "params": {"post": {"type": "resolve", "resource": resource, "field": field}}}


PAGED: dict[str, Any] = {
    "page_number": one("zero", {"type": "page_number", "total_path": "meta.total"}),
    "page_number_default_total": one("zero", "page_number"),
    "page_number_base_1": one("one", {"type": "page_number", "base_page": 1, "total_path": "meta.total"}),
    "page_number_from_2": one("one", {"type": "page_number", "base_page": 1, "page": 2, "total_path": "meta.total"}),
    "page_number_until_empty": one("bare", {"type": "page_number", "base_page": 1, "total_path": None}),
    "page_number_maximum": one("one", {"type": "page_number", "base_page": 1, "total_path": None, "maximum_page": 3}),
    "page_number_has_more": one(
        "one",
        {"type": "page_number", "base_page": 1, "total_path": None, "has_more_path": "meta.more"},
        data_selector="data",
    ),
    "page_number_keeps_on": one(
        "one", {"type": "page_number", "base_page": 1, "total_path": "total", "stop_after_empty_page": False}
    ),
    "page_number_body": one(
        "one", {"type": "page_number", "base_page": 1, "page_body_path": "page"}, method="POST", json={"q": 1}
    ),
    "offset": one("offset", {"type": "offset", "limit": 10}),
    "offset_until_empty": one("offset", {"type": "offset", "limit": 23, "total_path": None}),
    "offset_has_more": one("offset", {"type": "offset", "limit": 4, "total_path": None, "has_more_path": "more"}),
    "offset_maximum": one("offset", {"type": "offset", "limit": 5, "maximum_offset": 15, "total_path": None}),
    "offset_body": one(
        "offset",
        {"type": "offset", "limit": 6, "offset_body_path": "offset", "limit_body_path": "limit"},
        method="POST",
        json={},
    ),
    "cursor": one("cursor", "cursor"),
    "cursor_selector": one("cursor", "cursor", data_selector="list.posts"),
    "cursor_param": one("cursor", {"type": "cursor", "cursor_param": "after"}),
    "cursor_body": one(
        "cursor", {"type": "cursor", "cursor_body_path": "page.token"}, method="POST", json={"page": {"size": 5}}
    ),
    "cursor_has_more": one("cursor", {"type": "cursor", "has_more_path": "more"}),
    "cursor_left_out": one("cursor_left_out", "cursor"),
    "json_link": one("linked", "json_link"),
    "json_link_path": one("linked", {"type": "json_link", "next_url_path": "paging.next"}),
    "json_link_deprecated": one("linked", {"type": "json_response", "next_url_path": "next"}),
    "json_link_relative": one("relative", {"type": "json_link", "next_url_path": "paging.next"}),
    "header_link": one("header_link", "header_link"),
    "header_cursor": one("header_cursor", "header_cursor"),
    "single_page": one("bare", "single_page"),
    "auto_header_link": one("header_link"),
    "auto_json_link": one("linked", "auto"),
    "auto_relative_link": one("relative", {"type": "auto"}),
    "auto_cursor": one("cursor_left_out"),
    "auto_none": one("all"),
}

CHILDREN: dict[str, Any] = {
    "resolve": child(**resolving("posts/{post}/comments")),
    "path": child(path="posts/{resources.posts.id}/comments"),
    "param": child(path="comments", params={"post": "{resources.posts.id}"}),
    "json": child(path="by_body", method="POST", json={"post": "{resources.posts.id}"}),
    "header": child(path="by_header", headers={"x-post": "{resources.posts.id}"}),
    "path_query": child(path="comments?post={resources.posts.id}"),
    "single_object": child(path="posts/{resources.posts.id}"),
    "nested_field": child(
        path="posts/{resources.posts.author.id}/comments", response_actions=[{"status_code": 404, "action": "ignore"}]
    ),
    "ignored": child(path="rare/{resources.posts.id}", response_actions=[{"status_code": 404, "action": "ignore"}]),
    "ignored_by_content": child(
        path="rare/{resources.posts.id}", response_actions=[{"content": "gone", "action": "ignore"}]
    ),
    "grandchildren": {
        "resources": [
            {
                "name": "likes",
                "endpoint": {"path": "comments/{resources.comments.id}/likes"},
                "include_from_parent": ["_posts_id"],
            },
            {"name": "comments", "endpoint": "posts/{resources.posts.id}/comments", "include_from_parent": ["id"]},
            POSTS,
        ]
    },
    "steps_of_the_parent": {
        "resources": [
            {
                **POSTS,
                "processing_steps": [
                    {"filter": lambda post: post["id"] > 20},
                    {"map": lambda post: {**post, "id": post["id"] - 10}},
                ],
            },
            {"name": "comments", "endpoint": "posts/{resources.posts.id}/comments"},
        ]
    },
    "parent_not_selected": {
        "resources": [
            {**POSTS, "selected": False},
            {"name": "comments", "endpoint": "posts/{resources.posts.id}/comments"},
        ]
    },
}


def without_title(post: dict[str, Any]) -> dict[str, Any]:
    """Return the post without its title."""
    return {key: value for key, value in post.items() if key != "title"}


FEATURES: dict[str, Any] = {
    "string_resources": {"resources": ["all", "groups"]},
    "defaults": {
        "resource_defaults": {
            "primary_key": "id",
            "write_disposition": "merge",
            "endpoint": {"params": {"q": "all", "n": 1}, "data_selector": "data"},
        },
        "resources": [
            "echo",
            {
                "name": "more",
                "endpoint": {"path": "echo", "params": {"n": 2, "flag": True, "off": None, "many": [1, 2]}},
            },
        ],
    },
    "static_parameter_in_path": one("posts/{number}/comments", params={"number": 7, "q": "{{braces}}"}),
    "post_json": one("search", method="POST", json={"a": {"b": ["c", 1, True]}}),
    "post_form": one("form", method="POST", data={"a": "b", "c": "d"}),
    "post_text": one("search", method="POST", data='{{"raw": 1}}', headers={"Content-Type": "application/json"}),
    "scalars": one("scalars"),
    "selector_with_wildcard": one("groups", data_selector="groups[*].posts[*]", paginator="single_page"),
    "selector_of_root": one("object", data_selector="$"),
    "object_without_selector": one("object"),
    "object_in_path": one("all", data_selector="data[0].author"),
    "tables": {
        "resources": [
            {
                **POSTS,
                "table_name": lambda post: f"posts_{post['id'] % 2}",
                "primary_key": "id",
                "write_disposition": {"disposition": "merge", "strategy": "upsert"},
                "max_table_nesting": 0,
            }
        ]
    },
    "columns": {
        "resource_defaults": {"columns": {"id": {"data_type": "text"}, "title": {"nullable": False}}},
        "resources": [
            {
                **POSTS,
                "columns": {"score": {"data_type": "decimal"}, "extra": {"data_type": "date"}},
                "schema_contract": {"columns": "evolve"},
            }
        ],
    },
    "columns_list": {"resources": [{**POSTS, "columns": [{"name": "score", "data_type": "text"}], "merge_key": "id"}]},
    "steps": {
        "resources": [
            {
                **POSTS,
                "processing_steps": [
                    {"filter": lambda post: post["id"] % 2},
                    {"map": without_title},
                    {"yield_map": lambda post: iter([post, {**post, "id": -post["id"]}])},
                ],
            }
        ]
    },
    "parallelized": {
        "resources": [
            {**POSTS, "parallelized": True},
            {"name": "comments", "parallelized": True, "endpoint": "posts/{resources.posts.id}/comments"},
        ]
    },
}

AUTHS: dict[str, Any] = {
    "bearer": {"type": "bearer", "token": "key-abcdef"},
    "bearer_shorthand": {"token": "key-abcdef"},
    "api_key": {"type": "api_key", "api_key": "key-abcdef"},
    "api_key_query": {"type": "api_key", "name": "key", "api_key": "abcdef", "location": "query"},
    "http_basic": {"type": "http_basic", "username": "key", "password": "abcdef"},
    "instance": dlt_auth.APIKeyAuth(name="x-key", api_key="key-abcdef"),
}


def test_a_session(twice: Any):
    """What it adds is sent."""
    session = requests.Session()
    session.headers["x-key"] = "key-1"

    same_records(twice, one("keyed"), session=session)


def test_a_token_is_fetched_once(twice: Any):
    """For all endpoints; dlt fetches one for each."""
    twice.api.tiny.says("/token", {"access_token": "key-abcdef", "expires_in": 3600})
    auth = {
        "type": "oauth2_client_credentials",
        "access_token_url": f"{twice.api.url}/token",
        "client_id": "me",
        "client_secret": "word",
    }
    config = {
        "client": {"base_url": twice.api.url, "auth": auth},
        "resources": ["keyed", {"name": "again", "endpoint": "keyed?again=1"}],
    }

    theirs = twice.records(dlts(config))
    ours = twice.records(sdk.rest_api_source(config))

    assert ours[0] == theirs[0]
    assert (len(ours[1]), len(theirs[1])) == (3, 4)


INSTANCES: dict[str, Any] = {
    "page_number": ("one", lambda: dlt_paginators.PageNumberPaginator(base_page=1)),
    "offset": ("offset", lambda: dlt_paginators.OffsetPaginator(7)),
    "cursor": ("cursor", dlt_paginators.JSONResponseCursorPaginator),
    "json_link": ("linked", dlt_paginators.JSONLinkPaginator),
    "header_link": ("header_link", dlt_paginators.HeaderLinkPaginator),
    "header_cursor": ("header_cursor", dlt_paginators.HeaderCursorPaginator),
    "single_page": ("bare", dlt_paginators.SinglePagePaginator),
}


def same(twice: Any, config: dict[str, Any], **client: Any) -> None:
    """Assert that both sources load the same from *config*, by the same requests."""
    config = {"client": {"base_url": twice.api.url, **client}, **config}

    theirs = twice.by("theirs", dlts(config))
    ours = twice.by("ours", sdk.rest_api_source(config))

    assert ours == theirs
    assert theirs.rows


def same_records(twice: Any, config: dict[str, Any], **client: Any) -> None:
    """Assert that both sources hand on the same records in the same order, by the same requests."""
    config = {"client": {"base_url": twice.api.url, **client}, **config}

    theirs = twice.records(dlts(config))
    ours = twice.records(sdk.rest_api_source(config))

    assert ours == theirs
    assert theirs[0]


@pytest.mark.parametrize("name", PAGED)
def test_every_way_of_paging(twice: Any, name: str):
    """Each type, by name and with its options."""
    same_records(twice, PAGED[name])


def test_every_way_of_paging_into_tables(twice: Any):
    """All of them in one dictionary."""
    resources = [{**config["resources"][0], "name": name} for name, config in PAGED.items()]

    same(twice, {"resources": resources})


@pytest.mark.parametrize("name", PAGED)
def test_the_paginator_of_the_client(twice: Any, name: str):
    """It counts where an endpoint has none."""
    config = PAGED[name]
    endpoint = dict(config["resources"][0]["endpoint"])
    paginator = endpoint.pop("paginator", None)

    same_records(twice, {"resources": [{"name": "posts", "endpoint": endpoint}]}, paginator=paginator)


@pytest.mark.parametrize("name", CHILDREN)
def test_children(twice: Any, name: str):
    """Wherever the parent's field stands."""
    same(twice, CHILDREN[name])


@pytest.mark.parametrize("name", FEATURES)
def test_features(twice: Any, name: str):
    """Bodies, selectors, hints and steps."""
    same(twice, FEATURES[name])


@pytest.mark.parametrize("name", AUTHS)
def test_credentials(twice: Any, name: str):
    """Each type, for all resources and for one."""
    same_records(twice, one("keyed"), auth=AUTHS[name])
    if name != "instance":  # dlt takes one of an endpoint apart
        same_records(twice, one("keyed", auth=AUTHS[name]))


@pytest.mark.parametrize("name", INSTANCES)
def test_instances_of_paginators(twice: Any, name: str):
    """Of dlt's own classes."""
    path, make = INSTANCES[name]

    same_records(twice, one(path, make()))


class Backwards(dlt_paginators.BasePaginator):
    """Counts down, and keeps where it is."""

    def __init__(self, begin: int = 3) -> None:
        super().__init__()
        self.number = begin

    def init_request(self, request: Any) -> None:
        """Ask for the last page."""
        self.update_request(request)

    def update_state(self, response: Any, data: Any = None) -> None:
        """Go back by one."""
        assert response.json()["data"] == data
        self.number -= 1
        self._has_next_page = self.number > 0

    def update_request(self, request: Any) -> None:
        """Ask for it."""
        request.params = {**(request.params or {}), "page": self.number}


def test_a_paginator_of_the_users(twice: Any):
    """It keeps its own state, once for each list."""

    def make() -> dict[str, Any]:
        return {
            "client": {"base_url": twice.api.url},
            "resources": [
                {"name": "posts", "endpoint": {"path": "one", "paginator": Backwards()}},
                {"name": "again", "endpoint": {"path": "one?q=1", "paginator": Backwards(2)}},
            ],
        }

    config = make()
    once, again = twice.by("ours", sdk.rest_api_source(config)), twice.by("again", sdk.rest_api_source(config))

    assert once == again == twice.by("theirs", dlts(make()))


def test_registered_names(twice: Any, monkeypatch: pytest.MonkeyPatch):
    """A class that was registered with dlt is known here by its name."""
    from dlt.sources.rest_api import config_setup

    monkeypatch.setitem(config_setup.PAGINATOR_MAP, "backwards", Backwards)

    ours = twice.by(
        "ours",
        sdk.from_config({"client": {"base_url": twice.api.url}, **one("one", {"type": "backwards", "begin": 2})}),
    )

    assert len(ours.rows["posts"]) == 10


CURSORS: dict[str, Any] = {
    "in_params": {
        "params": {"since": {"type": "incremental", "cursor_path": "updated_at", "initial_value": "2024-01-05"}}
    },
    "instance": {"params": {"since": dlt.sources.incremental("updated_at", initial_value="2024-01-05")}},
    "endpoint": {"incremental": {"cursor_path": "updated_at", "initial_value": "2024-01-05", "start_param": "since"}},
    "range": {
        "incremental": {
            "cursor_path": "updated_at",
            "initial_value": "2024-01-05",
            "end_value": "2024-01-11",
            "start_param": "since",
            "end_param": "until",
        }
    },
    "place": {
        "params": {
            "since": "{incremental.start_value}",
            "from": "{incremental.initial_value}",
            "l": "x{incremental.last_value}",
        },
        "incremental": {"cursor_path": "updated_at", "initial_value": "2024-01-05"},
    },
    "converted": {
        "params": {"q": "{incremental.start_value}"},
        "incremental": {
            "cursor_path": "updated_at",
            "initial_value": "2024-01-05",
            "start_param": "since",
            "convert": lambda value: value[:10],
        },
    },
    "filtered_here": {"incremental": {"cursor_path": "id", "initial_value": 10}},
    "lag": {
        "incremental": {
            "cursor_path": "updated_at",
            "initial_value": "2024-01-01T00:00:00Z",
            "start_param": "since",
            "lag": 86400 * 3,
        }
    },
    "row_order": {"incremental": {"cursor_path": "id", "initial_value": 10, "row_order": "asc"}},
}


@pytest.mark.parametrize(
    ("name", "disposition"), [*((name, "append") for name in CURSORS), ("in_params", "merge"), ("endpoint", "merge")]
)
def test_cursors_over_two_runs(twice: Any, name: str, disposition: Any):
    """The second run begins where the first ended, and what lies on the boundary comes once."""
    more = {**twice.api.posts[0], "id": 100, "updated_at": "2024-02-01T00:00:00Z"}
    hints = {"primary_key": "id", "write_disposition": disposition}
    config = {
        "client": {"base_url": twice.api.url},
        "resources": [{"name": "posts", **hints, "endpoint": {"path": "since", **CURSORS[name]}}],
    }

    first = [twice.by("theirs", dlts(config)), twice.by("ours", sdk.rest_api_source(config))]
    twice.api.posts.append(more)
    second = [twice.by("theirs", dlts(config)), twice.by("ours", sdk.rest_api_source(config))]

    assert first[0] == first[1]
    assert second[0] == second[1]


def test_a_record_that_changes_at_its_cursor(twice: Any):
    """Twice within a second, say: dlt knows it by its key and passes over it; here what is merged is merged."""
    config = {
        "client": {"base_url": twice.api.url},
        "resource_defaults": {"primary_key": "id", "write_disposition": "merge"},
        "resources": [{"name": "posts", "endpoint": {"path": "since", **CURSORS["endpoint"]}}],
    }
    doors = {"theirs": dlts, "ours": sdk.rest_api_source}
    last = max(twice.api.posts, key=lambda one: one["updated_at"])
    for name, door in doors.items():
        twice.by(name, door(config))

    twice.api.posts[:] = [{**one, "title": "again"} if one is last else one for one in twice.api.posts]
    titles = {}
    for name, door in doors.items():
        twice.by(name, door(config))
        titles[name] = dict(twice.pipeline(name).rows("posts", "id", "title"))

    assert titles["theirs"] == {one: f"Post {one}" for one in titles["theirs"]}
    assert titles["ours"] == {**titles["theirs"], last["id"]: "again"}


def test_a_pipeline_goes_on_with_the_other(twice: Any):
    """The state is dlt's: what one filled the other continues, and back again."""
    config = {
        "client": {"base_url": twice.api.url},
        "resources": [{"name": "posts", "primary_key": "id", "endpoint": {"path": "since", **CURSORS["endpoint"]}}],
    }

    twice.by("both", dlts(config))
    twice.api.posts.append({**twice.api.posts[0], "id": 100, "updated_at": "2024-02-01T00:00:00Z"})
    second = twice.by("both", sdk.rest_api_source(config))
    third = twice.by("both", dlts(config))

    assert [one[2] for one in second.requests] == [(("since", ["2024-01-23T00:00:00Z"]),)] or second.requests
    assert [one[2] for one in third.requests] == [(("since", ["2024-02-01T00:00:00Z"]),)]
    assert third.rows == second.rows


def test_resources_of_dlts(twice: Any):
    """They are passed through, and may be parents."""

    def make() -> dict[str, Any]:
        @dlt.resource(selected=True)
        def numbers() -> Any:
            yield [{"id": 1}, {"id": 2}]
            yield [{"id": 3}]

        return {
            "client": {"base_url": twice.api.url},
            "resources": [{"name": "comments", "endpoint": "posts/{resources.numbers.id}/comments"}, numbers()],
        }

    assert twice.by("ours", sdk.rest_api_source(make())) == twice.by("theirs", dlts(make()))


def test_names_and_sections(twice: Any):
    """Schema, tables and resources carry the names that dlt's have."""
    config = {"client": {"base_url": twice.api.url}, "resources": ["all", {"name": "My Posts", "endpoint": "all"}]}

    theirs, ours = dlts(config, name="acme"), sdk.rest_api_source(config, name="acme")

    assert (ours.name, ours.section, list(ours.resources)) == (theirs.name, theirs.section, list(theirs.resources))
    assert sdk.rest_api_source(config).name == dlts(config).name
    assert [one.name for one in sdk.rest_api_resources(config)] == ["all", "My Posts"]
