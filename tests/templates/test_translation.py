"""What a dictionary says becomes a declaration, and what has no equivalent is told; no secret is written."""

from __future__ import annotations

import importlib.util
import json
from pathlib import Path
from typing import Any

import dlt
import pytest
from dlt.sources.helpers.rest_client.auth import APIKeyAuth, BearerTokenAuth
from dlt.sources.helpers.rest_client.paginators import JSONLinkPaginator

from sdk.dialects import ConfigError
from sdk.templates.translation import Draft, translated

URL = "https://api.example.com/v1"


def drawn(*resources: Any, defaults: Any = None, **client: Any) -> Draft:
    """Return what a dictionary with these resources becomes."""
    config = {"client": {"base_url": URL, **client}, "resources": list(resources)}
    return translated({**config, **({"resource_defaults": defaults} if defaults else {})}, "drawn", "sdk_plugin_drawn")


def resource(**said: Any) -> tuple[str, list[str]]:
    """Return the code of a resource `stars`, on one line, and the notes on it."""
    endpoint = {"data_selector": "data", "paginator": "single_page", **said.pop("endpoint", {})}
    found = drawn({"name": "stars", **said, "endpoint": endpoint})
    flat = " ".join(found.source.split())
    begin = flat.index('Resource( "stars",') if 'Resource( "stars",' in flat else flat.index('Resource("stars",')
    code = flat[begin:].partition(", description=")[0].replace("Resource( ", "Resource(")
    return code.removeprefix('Resource("stars", '), list(found.notes)


def paginated(given: Any) -> tuple[str, list[str]]:
    """Return the code of a paginator, and the notes on it."""
    code, notes = resource(endpoint={"paginator": given})
    return code.partition("paginator=")[2].partition(", primary_key=")[0], notes


P = "resources[0].endpoint.paginator"
NULL_ENDS = (
    f"{P}: a null ends a list here, and what is not there is an error; say end=MissingToken() if the API leaves it out"
)


@pytest.mark.parametrize(
    ("given", "code", "notes"),
    [
        ("single_page", "SinglePagePaginator()", []),
        ("json_link", "NextLinkPaginator()", [NULL_ENDS]),
        (JSONLinkPaginator("links.next"), 'NextLinkPaginator(next_url_path="links.next")', [NULL_ENDS]),
        (
            {"type": "header_link", "links_next_key": "prev"},
            'HeaderLinkPaginator(links_next_key="prev")',
            [
                (
                    f"{P}: a page that lost its Link header ends a list; "
                    "if pages are numbered, too, say page_param and limit"
                )
            ],
        ),
        (
            {"type": "header_cursor", "cursor_key": "next-page", "cursor_param": "page"},
            'HeaderCursorPaginator("next-page", cursor_param="page")',
            [],
        ),
        (
            {"type": "cursor", "cursor_path": "meta.next", "cursor_param": "after"},
            'CursorPaginator("meta.next", cursor_param="after")',
            [NULL_ENDS],
        ),
        (
            {"type": "cursor", "cursor_path": "next", "cursor_body_path": "page.token", "has_more_path": "more"},
            'CursorPaginator("next", cursor_body_path="page.token", end=HasMore("more"))',
            [],
        ),
        (
            {"type": "page_number", "base_page": 1, "total_path": "meta.pages", "page_param": "p"},
            'PageNumberPaginator(base_page=1, page_param="p", end=Total("meta.pages", of="pages"))',
            [],
        ),
        (
            {"type": "page_number", "base_page": 1, "maximum_page": 3},
            "PageNumberPaginator(base_page=1)",
            [f"{P}.maximum_page: 3 has no equivalent: lists are read to their end"],
        ),
        (
            "page_number",
            "PageNumberPaginator(base_page=0, base_unsaid=True)",
            [
                (
                    f"{P}.base_page: is not said, and dlt's default is page 0; ask the API for page 0 and page 1, and "
                    "say base_page instead of base_unsaid"
                )
            ],
        ),
        (
            {"type": "offset", "limit": 50, "total_path": None, "has_more_path": "more", "offset": 10},
            'OffsetPaginator(limit=50, offset=10, end=HasMore("more"))',
            [],
        ),
        (
            {"type": "offset", "limit": 50, "total_path": "n", "stop_after_empty_page": True, "limit_param": "size"},
            'OffsetPaginator(limit=50, limit_param="size", end=Total("n") | EmptyPage())',
            [],
        ),
    ],
)
def test_paginators(given: Any, code: str, notes: list[str]):
    """Each of dlt's becomes one of ours, with the rule that the dictionary states, by which its lists end."""
    assert paginated(given) == (code, notes)


def test_own_paginator():
    """A class of the author's own is told, and nothing is made up in its place."""

    class Own(JSONLinkPaginator):
        pass

    code, notes = resource(endpoint={"paginator": Own()})

    assert "paginator" not in code
    assert notes == [f"{P}: the class Own has no equivalent, so the answers must tell how to go on; write a Paginator"]


@pytest.mark.parametrize(
    ("given", "code", "secrets"),
    [
        (None, "", ()),
        (
            {"type": "bearer", "token": "s3cret-value"},
            (
                'auth=BearerTokenAuth(Secret("token", description="token of a user who may read everything that is '
                'wanted")),'
            ),
            ("token",),
        ),
        (
            BearerTokenAuth("s3cret-value"),
            (
                'auth=BearerTokenAuth(Secret("token", description="token of a user who may read everything that is '
                'wanted")),'
            ),
            ("token",),
        ),
        (
            APIKeyAuth(name="key", api_key="s3cret-value", location="query"),
            (
                'auth=APIKeyAuth( name="key", api_key=Secret("api_key", description="key of a user who may read '
                'everything that is wanted"), location="query", ),'
            ),
            ("api_key",),
        ),
        (
            {"type": "http_basic", "username": "s3cret-value", "password": ""},
            (
                'auth=HttpBasicAuth( username=Secret("username", description="name of a user who may read everything '
                'that is wanted"), password="", ),'
            ),
            ("username",),
        ),
    ],
)
def test_credentials(given: Any, code: str, secrets: tuple[str, ...]):
    """Each value that is a secret becomes the place of one."""
    found = drawn({"name": "stars", "endpoint": {"data_selector": "data"}}, auth=given)

    source = " ".join(found.source.split())
    assert code in source
    assert ("auth=" in source) == bool(code)
    assert found.secrets == secrets
    assert "s3cret" not in repr(found)


def test_client_credentials():
    """The server's address is a setting; what is sent for a token is declared, but for what is secret in it."""
    found = drawn(
        {"name": "stars", "endpoint": {"data_selector": "data"}},
        auth={
            "type": "oauth2_client_credentials",
            "access_token_url": "https://login.example.com/token",
            "client_id": "s3cret-id",
            "client_secret": "s3cret-value",
            "access_token_request_data": {"grant_type": "account", "account_key": "s3cret-key"},
            "default_token_expiration": 60,
        },
    )

    assert [(row.name, row.kind, row.default) for row in found.settings] == [
        ("base_url", "text", f"`{URL}`"),
        ("token_url", "text", "`https://login.example.com/token`"),
        ("account_key", "secret", "required"),
        ("client_id", "secret", "required"),
        ("client_secret", "secret", "required"),
    ]
    assert 'access_token_request_data={ "grant_type": "account", "account_key": Secret(' in " ".join(
        found.source.split()
    )
    assert 'send_as="post",\n            default_token_expiration=60,' in found.source
    assert "s3cret" not in repr(found)


def test_other_secrets():
    """A telling name in headers and parameters makes a secret; the same one twice is one setting, others are two."""
    found = drawn(
        {"name": "stars", "endpoint": {"data_selector": "d", "params": {"api_key": "s3cret-one", "token": ""}}},
        {"name": "moons", "endpoint": {"data_selector": "d", "params": {"api_key": "s3cret-two"}}},
        {"name": "suns", "endpoint": {"data_selector": "d", "params": {"api_key": "s3cret-one"}}},
        {
            "name": "dust",
            "endpoint": {"data_selector": "d", "method": "POST", "json": {"password": "s3cret-three", "deep": [1]}},
        },
        headers={"X-Api-Key": "s3cret-four", "Accept": "application/json"},
    )

    assert found.secrets == ("x_api_key", "api_key", "moons_api_key")
    assert '"Accept": "application/json"' in found.source
    assert 'json={"deep": [1]}' in found.source
    assert found.notes == (
        "resources[3].endpoint.json.password: a secret in a body has no place here, and is left out; write an AuthBase",
    )
    assert "s3cret" not in repr(found)


def test_a_secret_that_stands_elsewhere():
    """A secret that is also a plain value is refused rather than written."""
    with pytest.raises(ConfigError, match="the secret that is called 'token' here stands in another place") as caught:
        drawn(
            {"name": "stars", "endpoint": {"data_selector": "d", "params": {"q": "s3cret-value"}}},
            auth={"type": "bearer", "token": "s3cret-value"},
        )

    assert "s3cret" not in str(caught.value)


@pytest.mark.parametrize(
    ("said", "code", "notes"),
    [
        ({"primary_key": "key"}, 'primary_key="key", write_disposition="append"', []),
        ({"primary_key": ["a", "b"], "write_disposition": "merge"}, 'primary_key=["a", "b"]', []),
        (
            {"write_disposition": "merge"},
            'primary_key=[], write_disposition="append"',
            ["resources[0].write_disposition: merge without a primary_key adds rows, as with dlt; 'append' was taken"],
        ),
        (
            {"primary_key": "id", "write_disposition": {"disposition": "merge", "strategy": "scd2"}},
            "",
            ["resources[0].write_disposition.strategy: 'scd2' has no equivalent: rows are replaced by their key"],
        ),
        (
            {"columns": {"id": {"data_type": "bigint"}, "at": {"data_type": "timestamp", "partition": True}}},
            'primary_key=[], write_disposition="append", columns=columns(bigint="id", timestamp="at")',
            ["resources[0].columns.at: partition has no equivalent"],
        ),
        (
            {"columns": [{"name": "x", "data_type": "decimal"}], "schema_contract": "freeze", "merge_key": "k"},
            'primary_key=[], write_disposition="append"',
            [
                "resources[0].columns.x: the type 'decimal' has no equivalent; the records tell its type",
                "resources[0].merge_key: has no equivalent in a declaration",
                "resources[0].schema_contract: has no equivalent in a declaration",
            ],
        ),
        (
            {"selected": False, "parallelized": True, "max_table_nesting": 2},
            'primary_key=[], write_disposition="append"',
            [
                "resources[0].max_table_nesting: is said by whoever loads: max_table_nesting=, or --max-table-nesting",
                "resources[0].selected: a resource that is not selected has no equivalent: it is loaded",
            ],
        ),
    ],
)
def test_hints(said: Any, code: str, notes: list[str]):
    """Keys, dispositions and columns are declared; every other hint is told."""
    found, told = resource(**said)

    assert found == 'data_selector="data", paginator=SinglePagePaginator()' + (f", {code}" if code else "")
    assert told == notes


WHERE = "resources[0].endpoint.incremental"


@pytest.mark.parametrize(
    ("said", "code", "notes"),
    [
        (
            {"cursor_path": "at", "start_param": "since", "initial_value": "2024-01-31T00:00:00Z"},
            (
                'window=TimeWindow(start_param="since", initial_value="2024-01-31T00:00:00Z"), '
                'incremental=Incremental("at")'
            ),
            [],
        ),
        (
            {"cursor_path": "at", "start_param": "since", "initial_value": "2024-01-31", "lag": 3600},
            (
                'window=TimeWindow(start_param="since", style="date", initial_value="2024-01-31"), '
                'incremental=Incremental("at", overlap=timedelta(seconds=3600))'
            ),
            [],
        ),
        (
            {"cursor_path": "id", "start_param": "after", "initial_value": 0, "lag": 5},
            (
                'window=NumberWindow(start_param="after", initial_value=0), '
                'incremental=Incremental("id", kind="number", overlap=5)'
            ),
            [],
        ),
        (
            {"cursor_path": "at", "start_param": "a", "end_param": "b", "initial_value": "2024-01-31T00:00:00.000Z"},
            (
                'window=TimeWindow(start_param="a", style="iso_ms", initial_value="2024-01-31T00:00:00.000Z"), '
                'incremental=Incremental("at")'
            ),
            [f"{WHERE}.end_param: is not sent, as dlt does without end_value; TimeWindow can send it"],
        ),
        (
            {
                "cursor_path": "at",
                "start_param": "since",
                "initial_value": 1700000000,
                "convert": lambda value: "2023-11-14" if value else value,
            },
            (
                'window=TimeWindow(start_param="since", style="date", initial_value="2023-11-14"), '
                'incremental=Incremental("at", kind="epoch_s")'
            ),
            [f"{WHERE}.convert: has no equivalent; what it makes of initial_value gave the format"],
        ),
        (
            {"cursor_path": "at", "initial_value": "2024-01-31T00:00:00Z"},
            "",
            [
                (
                    f"{WHERE}: no parameter says where to begin, so each run reads the list in full; "
                    "dlt drops older records itself"
                )
            ],
        ),
        (
            {"cursor_path": "at", "start_param": "s", "initial_value": "last monday"},
            "",
            [
                (
                    f"{WHERE}: initial_value is no number and no timestamp that is known here, "
                    "so each run reads the list in full"
                )
            ],
        ),
    ],
)
def test_cursors(said: Any, code: str, notes: list[str]):
    """A cursor becomes a window, in the format of its initial value, and the place where the next run begins."""
    found, told = resource(primary_key="id", write_disposition="merge", endpoint={"incremental": said})

    assert found.partition("paginator=SinglePagePaginator()")[2].removeprefix(", ") == code
    assert told == notes


@pytest.mark.parametrize(
    "params",
    [
        {"since": {"type": "incremental", "cursor_path": "id", "initial_value": 7}},
        {"since": dlt.sources.incremental("id", initial_value=7)},
    ],
)
def test_cursors_among_the_parameters(params: Any):
    """A cursor that is the value of a parameter is sent in that one."""
    found, _ = resource(endpoint={"params": params})

    assert 'window=NumberWindow(start_param="since", initial_value=7)' in found


def test_cursor_values_in_texts():
    """What is the same in each run is written out; what is not needs a parameter of its own."""
    cursor = {"cursor_path": "id", "initial_value": 7}
    params = {"from": "{incremental.start_value}", "first": "since {incremental.initial_value}", "q": ""}
    found, _ = resource(endpoint={"incremental": cursor, "params": params})

    assert 'params={"first": "since 7", "q": ""}' in found
    assert 'window=NumberWindow(start_param="from", initial_value=7)' in found
    with pytest.raises(ConfigError) as caught:
        resource(endpoint={"incremental": cursor, "params": {"q": "id > {incremental.start_value}"}})
    assert caught.value.problems == (
        (
            "resources[0].endpoint.params.q: {incremental.start_value} is asked for elsewhere than in a parameter of "
            "its own; 'stars' is left out"
        ),
    )


def test_children():
    """A place names its parent's field; the parent's key is stamped and made a part of the child's key."""
    stars = {"name": "stars", "primary_key": "id", "write_disposition": "merge", "endpoint": {"data_selector": "d"}}
    found = drawn(
        {**stars, "selected": False},
        {
            **stars,
            "name": "moons",
            "endpoint": {
                "path": "stars/{star}/{kind}/all",
                "data_selector": "d",
                "params": {
                    "star": {"type": "resolve", "resource": "stars", "field": "id"},
                    "kind": "moons",
                    "since": "{resources.stars.changed}",
                },
            },
        },
        {**stars, "name": "dust", "include_from_parent": ["name"], "endpoint": "stars/{resources.stars.id}/dust"},
        {**stars, "name": "one", "endpoint": {"path": "stars/{resources.stars.id}", "data_selector": "star"}},
    )
    code = " ".join(found.source.split())

    assert 'Resource("stars", data_selector="d", hidden=True, description="The stars of the account")' in code
    assert (
        'Resource( "moons", path="/stars/{stars.id}/moons/all", params={"since": "{stars.changed}"}, '
        'data_selector="d", include_from_parent=["id"], description="The moons of the account", )'
    ) in code
    assert 'include_from_parent=["id", "name"], unique_key=True, primary_key=["_stars_id", "id"]' in code
    assert (
        'Resource( "one", path="/stars/{stars.id}", single=True, data_selector="star", paginator=SinglePagePaginator()'
    ) in code
    assert [(row.name, row.key) for row in found.tables] == [
        ("moons", "`_stars_id`, `id`"),
        ("dust", "`_stars_id`, `id`"),
        ("one", "`_stars_id`, `id`"),
    ]


def test_what_cannot_be_asked():
    """A resource that would be asked otherwise than the dictionary says is left out, with its children, and told."""

    @dlt.resource
    def seeds() -> Any:
        yield [{"id": 1}]

    found = drawn(
        {"name": "stars", "endpoint": {"data_selector": "d"}},
        {"name": "form", "endpoint": {"method": "POST", "data": {"a": 1}}},
        {"name": "elsewhere", "endpoint": "https://other.example.com/x"},
        {"name": "sent", "endpoint": {"headers": {"X-Id": "{resources.stars.id}"}}},
        {"name": "body", "endpoint": {"json": {"deep": [{"id": "{resources.stars.id}"}]}, "method": "POST"}},
        {"name": "child", "endpoint": "form/{resources.form.id}"},
        {"name": "of_a_seed", "endpoint": "seeds/{resources.seeds.id}"},
        seeds(),
    )

    assert [row.name for row in found.tables] == ["stars"]
    assert list(found.notes) == [
        "resources: 'seeds' is a resource of dlt's own, which has no equivalent; it is left out",
        ("resources[1].endpoint.data: a form, or a body that is no JSON, has no equivalent; 'form' is left out"),
        (
            "resources[2].endpoint.path: a path that names its host has none: a connector reads one API; "
            "'elsewhere' is left out"
        ),
        (
            "resources[3].endpoint.headers.X-Id: {resources.stars.id}, a parent's field, has a place in paths and "
            "parameters only; 'sent' is left out"
        ),
        (
            "resources[4].endpoint.json.deep[0].id: {resources.stars.id}, a parent's field, has a place in paths and "
            "parameters only; 'body' is left out"
        ),
        "resources[5]: is left out with its parent 'form'",
        "resources[6]: is left out with its parent 'seeds'",
    ]


def test_answers():
    """Answers that are ignored are empty ones, what another dialect repeats is repeated; the rest is told."""
    endpoint = {
        "data_selector": "d",
        "paginator": "single_page",
        "error_handler": {"retry_on_status_codes": [418], "max_retries": 2, "backoff_factor": 3},
        "response_actions": [
            {"status_code": 404, "action": "ignore"},
            {"content": "none", "action": "ignore"},
            print,
        ],
    }
    found, notes = resource(endpoint=endpoint)

    assert "empty_statuses={404}" in found
    policy = "statuses=RetryPolicy().statuses | {418}, attempts=3, factor=3.0"
    assert f"retry=RetryPolicy({policy})" in found
    advice = "has no equivalent here; see answer_hooks, empty_statuses and skip_statuses"
    assert notes[1:] == [
        f"resources[0].endpoint.response_actions[1]: {advice}",
        f"resources[0].endpoint.response_actions[2]: {advice}",
    ]


def test_names():
    """A resource is called as the table that dlt makes of it."""
    found = drawn(
        {"name": "myStars", "endpoint": {"data_selector": "d"}},
        {"name": "dust", "table_name": "grains", "endpoint": {"path": "dust/{resources.myStars.id}"}},
        "/odd/path-",
    )

    assert [row.name for row in found.tables] == ["my_stars", "odd_path", "grains"]
    assert 'path="/dust/{my_stars.id}"' in found.source
    assert "resources[0].name: 'myStars' is called 'my_stars' here" in found.notes


def module_of(draft: Draft, folder: Path) -> Any:
    """Import the functions of a draft."""
    path = folder / "drawn_steps.py"
    path.write_text(draft.steps)
    spec = importlib.util.spec_from_file_location("drawn_steps", path)
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def hide(record):
    """Say this."""
    kept = {key: value for key, value in record.items() if key != "name"}
    return {**kept, "initial": record["name"][0]}


LIMIT = 3


def test_steps(tmp_path: Path):
    """A function that stands for itself is copied, whatever it was called."""
    found = drawn(
        {
            "name": "stars",
            "endpoint": {"data_selector": "d"},
            "processing_steps": [{"filter": lambda record: record["id"] % 2 == 0}, {"map": hide}],
        }
    )
    made = module_of(found, tmp_path)

    assert "filter=steps.keep_stars, map=steps.change_stars" in " ".join(found.source.split())
    assert (made.keep_stars({"id": 2}), made.keep_stars({"id": 3})) == (True, False)
    assert made.change_stars({"id": 2, "name": "vega"}) == {"id": 2, "initial": "v"}
    assert found.notes == ()


@pytest.mark.parametrize(
    "steps",
    [
        [{"filter": lambda record: record["id"] < LIMIT}],
        [{"map": json.dumps}],
        [{"yield_map": lambda record: [record]}],
        [{"map": hide}, {"filter": lambda record: record["id"]}],
    ],
)
def test_steps_that_are_left(steps: Any, tmp_path: Path):
    """Any other is left to the author, and fails when it is reached: what it hid must not arrive."""
    found = drawn({"name": "stars", "endpoint": {"data_selector": "d"}, "processing_steps": steps})
    made = module_of(found, tmp_path)
    [function] = [one for name, one in vars(made).items() if name in {"keep_stars", "change_stars"}]

    with pytest.raises(NotImplementedError, match=r"write what resources\[0\]\.processing_steps"):
        function({"id": 1})
    assert len(found.notes) == 1


def test_the_seeds_words():
    """A dictionary in another dialect's words is translated as it is read, and each repair is among the notes."""
    found = drawn(
        {"name": "stars", "endpoint": {"path": "/stars", "data_selector": "stars"}},
        {
            "name": "moons",
            "endpoint": {
                "path": "/stars/{{ stream_partition.star_id }}/moons",
                "data_selector": [],
                "paginator": {"type": "page_number", "base_page": 1, "limit": 20},
            },
        },
        defaults={"primary_key": "id", "write_disposition": "merge"},
    )
    code = " ".join(found.source.split())

    assert (
        'Resource( "moons", path="/stars/{stars.id}/moons", paginator=PageNumberPaginator(base_page=1, '
        'limit_param="limit", limit=20), skip_statuses={404}, description="The moons of the account", )'
    ) in code
    assert found.tables[1].key == "`_stars_id`, `id`"
    assert len(found.notes) == 4
