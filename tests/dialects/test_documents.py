"""Every mistake of a dictionary, each with its path, what was found and what would do."""

from __future__ import annotations

from typing import Any

import pytest
from dlt.common.exceptions import DictValidationException

import sdk
from sdk.dialects import ConfigError
from sdk.dialects.documents import declared
from sdk.errors import DeclarationError

CLIENT = {"base_url": "https://api.example.com"}


def problems(config: Any) -> tuple[str, ...]:
    """Return what is wrong with a dictionary."""
    with pytest.raises(ConfigError) as caught:
        declared(config)
    return caught.value.problems


def of(**endpoint: Any) -> dict[str, Any]:
    """Return a dictionary whose second resource has that endpoint."""
    return {"client": CLIENT, "resources": ["posts", {"name": "comments", "endpoint": endpoint}]}


E = "resources[1].endpoint"
POST = {"type": "resolve", "resource": "posts", "field": "id"}
SINCE = {"type": "incremental", "cursor_path": "updated_at"}

WRONG: dict[str, tuple[Any, list[str]]] = {
    "not_a_mapping": (["posts"], ["the document: found a list; allowed is a mapping"]),
    "empty": ({}, ["client: is missing", "resources: is missing"]),
    "no_base_url": ({"client": {}, "resources": []}, ["client.base_url: is missing"]),
    "unknown_key": (
        {"client": {**CLIENT, "paginatr": "auto"}, "resources": []},
        ["client.paginatr: is no key here; did you mean 'paginator'?"],
    ),
    "unknown_paginator": (
        of(paginator="cursr"),
        [f"{E}.paginator: found 'cursr'; did you mean 'cursor'?"],
    ),
    "paginator_option": (
        of(paginator={"type": "page_number", "limit": 30}),
        [
            (
                f"{E}.paginator.limit: is no key here; allowed are 'base_page', 'has_more_path', 'maximum_page', "
                "'page', 'page_body_path', 'page_param', 'stop_after_empty_page', 'total_path'"
            ),
        ],
    ),
    "paginator_value": (
        of(paginator={"type": "offset", "limit": "30"}),
        [f"{E}.paginator.limit: found a text; allowed is a whole number from 1 on"],
    ),
    "paginator_lacks": (of(paginator="offset"), [f"{E}.paginator: 'offset' lacks 'limit'"]),
    "auth_type": (
        {"client": {**CLIENT, "auth": {"type": "basic", "username": "u", "password": "p"}}, "resources": []},
        ["client.auth.type: found 'basic'; did you mean 'http_basic'?"],
    ),
    "auth_lacks": (
        {"client": {**CLIENT, "auth": {"type": "http_basic", "username": "u"}}, "resources": []},
        ["client.auth.password: is missing"],
    ),
    "auth_location": (
        {"client": {**CLIENT, "auth": {"type": "api_key", "location": "heder"}}, "resources": []},
        ["client.auth.location: found 'heder'; did you mean 'header'?"],
    ),
    "method": (of(method="PUT"), [f"{E}.method: found 'PUT'; allowed are 'GET', 'POST'"]),
    "two_bodies": (of(json={"a": 1}, data="b"), [f"{E}: json and data are both given; a request has one body"]),
    "selector": (
        of(data_selector=[]),
        [f"{E}.data_selector: found a list; allowed is a JSONPath, such as 'data' or 'meta.items'"],
    ),
    "jsonpath": (of(data_selector="a[?"), [f"{E}.data_selector: 'a[?' is neither a dotted path nor a JSONPath"]),
    "param_type": (
        of(params={"a": {"type": "resolv"}}),
        [f"{E}.params.a.type: found 'resolv'; did you mean 'resolve'?"],
    ),
    "two_cursors": (
        of(params={"a": SINCE, "b": SINCE}),
        [f"{E}.params: 'a' and 'b' are both incremental; an endpoint has one cursor"],
    ),
    "cursor_key": (
        of(incremental={"cursor_path": "id", "initial_valu": 1}),
        [f"{E}.incremental.initial_valu: is no key here; did you mean 'initial_value'?"],
    ),
    "unbound": (
        of(path="posts", params={"post": POST}),
        [
            (
                f"{E}.params.post: its value is resolved, and the path does not name {{post}}; "
                "in a parameter write {resources.posts.id}"
            ),
        ],
    ),
    "unknown_parent": (
        of(path="posts/{resources.post.id}"),
        [f"{E}.path: names the parent 'post', which is no resource; did you mean 'posts'?"],
    ),
    "two_parents": (
        {"client": CLIENT, "resources": ["a", "b", {"name": "c", "endpoint": "{resources.a.id}/{resources.b.id}"}]},
        ["resources[2].endpoint: names several parents, a, b; a child has one"],
    ),
    "cycle": (
        {
            "client": CLIENT,
            "resources": [{"name": "a", "endpoint": "{resources.b.id}"}, {"name": "b", "endpoint": "{resources.a.id}"}],
        },
        ["resources[0].endpoint.path: a, b, a are one another's parents"],
    ),
    "no_cursor": (
        of(params={"since": "{incremental.start_value}"}),
        [f"{E}.params.since: {{incremental.start_value}} needs endpoint.incremental, which is not there"],
    ),
    "stray_brace": (
        of(params={"q": "a{b"}),
        [f"{E}.params.q: a brace stands alone in 'a{{b'; write it twice for a brace that is meant"],
    ),
    "action": (
        of(response_actions=[{"status_code": 404, "action": "ignor"}]),
        [f"{E}.response_actions[0].action: found 'ignor'; did you mean 'ignore'?"],
    ),
    "step": (
        {"client": CLIENT, "resources": [{"name": "a", "processing_steps": [{"filter": "x"}]}]},
        ["resources[0].processing_steps[0].filter: found a text; allowed is a function"],
    ),
    "twice": (
        {"client": CLIENT, "resources": ["a", "b", {"name": "a"}]},
        ["resources[2]: a resource 'a' is there already, at resources[0]"],
    ),
    "include_without_parent": (
        {"client": CLIENT, "resources": [{"name": "a", "include_from_parent": ["id"]}]},
        ["resources[0].include_from_parent: nothing in the endpoint names a parent"],
    ),
    "several_at_once": (
        {"client": {"base_url": 7}, "resources": [{"nam": "a"}], "resource_defaults": {"endpoint": {"pth": "x"}}},
        [
            "client.base_url: found 7; allowed is a text",
            "resources[0].name: is missing",
            "resources[0].nam: is no key here; did you mean 'name'?",
            "resource_defaults.endpoint.pth: is no key here; did you mean 'path'?",
        ],
    ),
}


@pytest.mark.parametrize("name", WRONG)
def test_mistakes(name: str):
    """They are found together, and nothing is read."""
    config, expected = WRONG[name]

    assert list(problems(config)) == expected


@pytest.mark.parametrize(
    "text",
    [
        "{resources.posts.id.__class__!r}",
        "{resources.posts.id.__class__.__init__}",
        "{resources.posts.__dict__}",
        "{incremental.__init__.__globals__}",
        "{resources.posts.id:>10}",
        "{incremental.start_value.__class__}",
        "{incremental.__init__}",
        "{0}",
        "{}",
        "{posts[id]}",
        "{unknown.posts.id}",
    ],
)
def test_nothing_is_evaluated(text: str):
    """What reaches into a value as a format string would is refused, with its path."""
    [problem] = problems(of(params={"q": [text]}))

    assert problem.startswith(f"{E}.params.q[0]: the place {text} in {text!r} is none that there are: ")


def test_it_is_dlts_error_too():
    """Who caught dlt's goes on catching it, and dlt's own words stand at the end, without what a mapping holds."""
    config = of(headers={"Authorization": "s3cret-value"}, paginatr="x")

    with pytest.raises(DictValidationException) as caught:
        sdk.rest_api_source(config)  # type: ignore[arg-type]

    assert isinstance(caught.value, DeclarationError)
    assert "in dlt's words: Path `.`" in str(caught.value)
    assert "s3cret" not in str(caught.value)


def test_merged_defaults():
    """`params` and `json` are merged key by key, everything else replaced, and the document is left as it was."""
    config = {
        "client": CLIENT,
        "resource_defaults": {
            "primary_key": "id",
            "endpoint": {"params": {"a": 1, "b": 2}, "json": {"x": 1}, "headers": {"h": "1"}, "data_selector": "data"},
        },
        "resources": [{"name": "posts", "primary_key": "key", "endpoint": {"params": {"b": 3}, "headers": {"i": "2"}}}],
    }
    before = repr(config)

    [made] = declared(config)

    assert made.endpoint == {  # type: ignore[union-attr]
        "path": "posts",
        "params": {"a": 1, "b": 3},
        "json": {"x": 1},
        "headers": {"i": "2"},
        "data_selector": "data",
    }
    assert made.hints == {"name": "posts", "primary_key": "key"}  # type: ignore[union-attr]
    assert repr(config) == before
