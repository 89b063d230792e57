"""Each kind of mistake that a dictionary can have: its path, what was found, what is allowed, the nearest name."""

from __future__ import annotations

from typing import Any

import pytest

import sdk
from sdk.dialects import ConfigError
from sdk.dialects.checking import checked

CLIENT = {"base_url": "https://api.example.com"}
POST = {"type": "resolve", "resource": "posts", "field": "id"}
NONE = (
    " is none that there are: {resources.<name>.<field>}, {incremental.initial_value}, {incremental.start_value}, "
    "{incremental.last_value}, {incremental.end_value}, {incremental.lag}, {incremental.cursor_path}, "
    "or in a path the name of a parameter"
)


def of(**endpoint: Any) -> dict[str, Any]:
    """Return a dictionary whose second resource has that endpoint."""
    return res(endpoint=endpoint)


def res(**said: Any) -> dict[str, Any]:
    """Return a dictionary whose second resource says that."""
    return {"client": CLIENT, "resources": ["posts", {"name": "comments", **said}]}


def cl(**said: Any) -> dict[str, Any]:
    """Return a dictionary whose client says that."""
    return {"client": {**CLIENT, **said}, "resources": ["posts"]}


INVALID: dict[str, tuple[Any, list[str]]] = {
    "null": (None, ["the document: found null; allowed is a mapping"]),
    "text": ("x", ["the document: found a text; allowed is a mapping"]),
    "client_null": ({"client": None, "resources": []}, ["client: found null; allowed is a mapping"]),
    "client_list": ({"client": [], "resources": []}, ["client: found a list; allowed is a mapping"]),
    "resources_map": ({"client": CLIENT, "resources": {}}, ["resources: found a mapping; allowed is a list"]),
    "top_key": (
        {"client": CLIENT, "resources": ["a"], "resource_default": {}},
        ["resource_default: is no key here; did you mean 'resource_defaults'?"],
    ),
    "base_null": (cl(base_url=None), ["client.base_url: found null; allowed is a text"]),
    "base_empty": (
        cl(base_url=""),
        [("client.base_url: found an empty text; allowed is an address such as https://api.example.com")],
    ),
    "base_noscheme": (
        cl(base_url="api.example.com"),
        [("client.base_url: cannot be used: its scheme is not http or https; give it as https://host/path")],
    ),
    "base_ftp": (
        cl(base_url="ftp://x"),
        [("client.base_url: cannot be used: its scheme is not http or https; give it as https://host/path")],
    ),
    "base_user": (
        cl(base_url="https://u:p@api.example.com"),
        [
            (
                "client.base_url: cannot be used: it holds credentials, which belong in the connector's "
                "secrets; give it as https://host/path"
            )
        ],
    ),
    "headers_list": (cl(headers=["a"]), ["client.headers: found a list; allowed is a mapping"]),
    "header_list": (cl(headers={"X": ["a"]}), ["client.headers.X: found a list; allowed is a text"]),
    "header_bad": (
        cl(headers={"X Y": "a"}),
        ["client.headers.X Y: is no name for a header; one is made of letters, digits and -"],
    ),
    "header_nl": (
        cl(headers={"X": "a\nb"}),
        ["client.headers.X: found a text with a line break; a header has one line"],
    ),
    "session": (cl(session="x"), ["client.session: found a text; allowed is a requests.Session"]),
    "auth_num": (
        cl(auth=5),
        [("client.auth: found 5; allowed is the name of a scheme, a mapping with 'type', or an instance")],
    ),
    "auth_unknown": (cl(auth="beare"), ["client.auth: found 'beare'; did you mean 'bearer'?"]),
    "auth_type_num": (
        cl(auth={"type": 5}),
        [("client.auth.type: found 5; allowed are 'api_key', 'bearer', 'http_basic', 'oauth2_client_credentials'")],
    ),
    "auth_key": (
        cl(auth={"type": "bearer", "tokn": "s3"}),
        ["client.auth.tokn: is no key here; did you mean 'token'?"],
    ),
    "auth_tok_list": (
        cl(auth={"type": "bearer", "token": ["s3"]}),
        ["client.auth.token: found a list; allowed is a text"],
    ),
    "auth_api_loc": (
        cl(auth={"type": "api_key", "api_key": "a", "location": "hedder"}),
        ["client.auth.location: found 'hedder'; did you mean 'header'?"],
    ),
    "auth_name": (
        cl(auth={"type": "api_key", "api_key": "a", "name": 5}),
        ["client.auth.name: found 5; allowed is a text"],
    ),
    "oauth_url": (
        cl(auth={"type": "oauth2_client_credentials", "client_id": "a", "client_secret": "b", "access_token_url": 7}),
        ["client.auth.access_token_url: found 7; allowed is a text"],
    ),
    "oauth_data": (
        cl(
            auth={
                "type": "oauth2_client_credentials",
                "client_id": "a",
                "client_secret": "b",
                "access_token_url": "https://x",
                "access_token_request_data": [],
            }
        ),
        ["client.auth.access_token_request_data: found a list; allowed is a mapping"],
    ),
    "pag_num": (
        of(paginator=5),
        [
            (
                "resources[1].endpoint.paginator: found 5; allowed is the name of a paginator, a mapping "
                "with 'type', or an instance"
            )
        ],
    ),
    "pag_type": (
        of(paginator={"type": "page_numbr"}),
        ["resources[1].endpoint.paginator.type: found 'page_numbr'; did you mean 'page_number'?"],
    ),
    "pag_type_list": (
        of(paginator={"type": ["offset"]}),
        [
            (
                "resources[1].endpoint.paginator.type: found a list; allowed are 'auto', 'cursor', "
                "'header_cursor', 'header_link', 'json_link', 'json_response', 'offset', 'page_number', "
                "'single_page'"
            )
        ],
    ),
    "pag_base": (
        of(paginator={"type": "page_number", "base_page": "1"}),
        [("resources[1].endpoint.paginator.base_page: found a text; allowed is a whole number from 0 on")],
    ),
    "pag_bool": (
        of(paginator={"type": "page_number", "base_page": True}),
        ["resources[1].endpoint.paginator.base_page: found true; allowed is a whole number from 0 on"],
    ),
    "pag_total": (
        of(paginator={"type": "page_number", "total_path": 5}),
        [
            (
                "resources[1].endpoint.paginator.total_path: found 5; allowed is a JSONPath, such as 'data'"
                " or 'meta.items'"
            )
        ],
    ),
    "pag_jsonpath": (
        of(paginator={"type": "json_link", "next_url_path": "a[?"}),
        [("resources[1].endpoint.paginator.next_url_path: 'a[?' is neither a dotted path nor a JSONPath")],
    ),
    "pag_off_limit0": (
        of(paginator={"type": "offset", "limit": 0}),
        ["resources[1].endpoint.paginator.limit: found 0; allowed is a whole number from 1 on"],
    ),
    "pag_off_neg": (
        of(paginator={"type": "offset", "limit": -5}),
        ["resources[1].endpoint.paginator.limit: found -5; allowed is a whole number from 1 on"],
    ),
    "pag_both": (
        of(paginator={"type": "cursor", "cursor_path": "a", "cursor_param": "b", "cursor_body_path": "c"}),
        [("resources[1].endpoint.paginator: Either 'cursor_param' or 'cursor_body_path' must be provided, not both")],
    ),
    "pag_noend": (
        of(paginator={"type": "page_number", "total_path": None, "stop_after_empty_page": False}),
        [
            (
                "resources[1].endpoint.paginator: One of `total_path`, `maximum_page`, `has_more_path`, or "
                "`stop_after_empty_page` must be provided"
            )
        ],
    ),
    "pag_flag": (
        of(paginator={"type": "page_number", "stop_after_empty_page": "yes"}),
        [("resources[1].endpoint.paginator.stop_after_empty_page: found a text; allowed is true or false")],
    ),
    "pag_neg": (
        of(paginator={"type": "page_number", "maximum_page": -1}),
        [("resources[1].endpoint.paginator.maximum_page: found -1; allowed is a whole number from 0 on")],
    ),
    "pag_body": (
        of(paginator={"type": "page_number", "page_param": "a", "page_body_path": "b"}),
        [("resources[1].endpoint.paginator: Either 'page_param' or 'page_body_path' must be provided, not both")],
    ),
    "pag_hdr": (
        of(paginator={"type": "header_link", "links_next_key": None}),
        ["resources[1].endpoint.paginator.links_next_key: found null; allowed is a text"],
    ),
    "pag_cur_null": (
        of(paginator={"type": "cursor", "cursor_path": None}),
        [
            (
                "resources[1].endpoint.paginator.cursor_path: found null; allowed is a JSONPath, such as "
                "'data' or 'meta.items'"
            )
        ],
    ),
    "ep_num": (res(endpoint=5), ["resources[1].endpoint: found 5; allowed is a mapping"]),
    "ep_list": (res(endpoint=["a"]), ["resources[1].endpoint: found a list; allowed is a mapping"]),
    "ep_key": (of(pth="x"), ["resources[1].endpoint.pth: is no key here; did you mean 'path'?"]),
    "path_num": (of(path=5), ["resources[1].endpoint.path: found 5; allowed is a text"]),
    "path_list": (of(path=["a"]), ["resources[1].endpoint.path: found a list; allowed is a text"]),
    "path_brace": (
        of(path="a/{b"),
        [("resources[1].endpoint.path: a brace stands alone in 'a/{b'; write it twice for a brace that is meant")],
    ),
    "path_unbound": (
        of(path="posts/{id}/x", params={"idd": POST}),
        [
            (
                "resources[1].endpoint.params.idd: its value is resolved, and the path does not name {idd};"
                " in a parameter write {resources.posts.id}"
            )
        ],
    ),
    "path_attr": (
        of(path="a/{resources.posts.id.__class__.__init__}"),
        [
            (
                "resources[1].endpoint.path: the place {resources.posts.id.__class__.__init__} in "
                "'a/{resources.posts.id.__class__.__init__}'"
            )
            + NONE
        ],
    ),
    "fmt": (
        of(path="a/{resources.posts.id!r}"),
        ["resources[1].endpoint.path: the place {resources.posts.id!r} in 'a/{resources.posts.id!r}'" + NONE],
    ),
    "fmt2": (
        of(path="a/{resources.posts.id:>9}"),
        [("resources[1].endpoint.path: the place {resources.posts.id:>9} in 'a/{resources.posts.id:>9}'") + NONE],
    ),
    "inc_attr": (
        of(path="a/{incremental.__init__.__globals__}"),
        [
            (
                "resources[1].endpoint.path: the place {incremental.__init__.__globals__} in "
                "'a/{incremental.__init__.__globals__}'"
            )
            + NONE
        ],
    ),
    "idx": (
        of(path="a/{resources[posts].id}"),
        ["resources[1].endpoint.path: the place {resources[posts].id} in 'a/{resources[posts].id}'" + NONE],
    ),
    "method": (of(method="DELETE"), ["resources[1].endpoint.method: found 'DELETE'; allowed are 'GET', 'POST'"]),
    "method_num": (of(method=5), ["resources[1].endpoint.method: found 5; allowed are 'GET', 'POST'"]),
    "params_list": (of(params=["a"]), ["resources[1].endpoint.params: found a list; allowed is a mapping"]),
    "params_num": (of(params=5), ["resources[1].endpoint.params: found 5; allowed is a mapping"]),
    "json_list": (of(json=[1]), ["resources[1].endpoint.json: found a list; allowed is a mapping"]),
    "json_str": (of(json="x", method="POST"), ["resources[1].endpoint.json: found a text; allowed is a mapping"]),
    "sel_num": (
        of(data_selector=5),
        [("resources[1].endpoint.data_selector: found 5; allowed is a JSONPath, such as 'data' or 'meta.items'")],
    ),
    "sel_list": (
        of(data_selector=["a"]),
        [("resources[1].endpoint.data_selector: found a list; allowed is a JSONPath, such as 'data' or 'meta.items'")],
    ),
    "sel_bad": (
        of(data_selector="a[?(@."),
        ["resources[1].endpoint.data_selector: 'a[?(@.' is neither a dotted path nor a JSONPath"],
    ),
    "ra_map": (of(response_actions={}), ["resources[1].endpoint.response_actions: found a mapping; allowed is a list"]),
    "ra_num": (of(response_actions=[5]), ["resources[1].endpoint.response_actions[0]: found 5; allowed is a mapping"]),
    "ra_noact": (
        of(response_actions=[{"status_code": 404}]),
        ["resources[1].endpoint.response_actions[0].action: is missing"],
    ),
    "ra_status": (
        of(response_actions=[{"status_code": "4o4", "action": "ignore"}]),
        [("resources[1].endpoint.response_actions[0].status_code: found a text; allowed is a status, such as 404")],
    ),
    "ra_status2": (
        of(response_actions=[{"status_code": 4040, "action": "ignore"}]),
        [("resources[1].endpoint.response_actions[0].status_code: found 4040; allowed is a status, such as 404")],
    ),
    "ra_act": (
        of(response_actions=[{"status_code": 404, "action": 5}]),
        [
            (
                "resources[1].endpoint.response_actions[0].action: found 5; allowed is 'ignore', a "
                "function, or a list of functions"
            )
        ],
    ),
    "ra_content": (
        of(response_actions=[{"content": 5, "action": "ignore"}]),
        ["resources[1].endpoint.response_actions[0].content: found 5; allowed is a text"],
    ),
    "inc_list": (of(incremental=[]), ["resources[1].endpoint.incremental: found a list; allowed is a mapping"]),
    "inc_nocur": (of(incremental={"initial_value": 1}), ["resources[1].endpoint.incremental.cursor_path: is missing"]),
    "inc_curnum": (
        of(incremental={"cursor_path": 5}),
        [
            (
                "resources[1].endpoint.incremental.cursor_path: found 5; allowed is a JSONPath, such as "
                "'data' or 'meta.items'"
            )
        ],
    ),
    "inc_row": (
        of(incremental={"cursor_path": "a", "row_order": "up"}),
        ["resources[1].endpoint.incremental.row_order: found 'up'; allowed are 'asc', 'desc'"],
    ),
    "inc_range": (
        of(incremental={"cursor_path": "a", "range_start": "shut"}),
        ["resources[1].endpoint.incremental.range_start: found 'shut'; allowed are 'closed', 'open'"],
    ),
    "inc_conv": (
        of(incremental={"cursor_path": "a", "convert": "int"}),
        ["resources[1].endpoint.incremental.convert: found a text; allowed is a function"],
    ),
    "inc_lag": (
        of(incremental={"cursor_path": "a", "lag": "1h"}),
        ["resources[1].endpoint.incremental.lag: found a text; allowed is a number"],
    ),
    "inc_lvf": (
        of(incremental={"cursor_path": "a", "last_value_func": "maxx"}),
        ["resources[1].endpoint.incremental.last_value_func: found 'maxx'; did you mean 'max'?"],
    ),
    "inc_key": (
        of(incremental={"cursor_path": "a", "start_parm": "b"}),
        ["resources[1].endpoint.incremental.start_parm: is no key here; did you mean 'start_param'?"],
    ),
    "inc_end": (
        of(params={"b": {"type": "incremental", "cursor_path": "c", "end_value": 3}}),
        [("resources[1].endpoint.params.b: end_value and end_param are for the endpoint's own 'incremental'")],
    ),
    "inc_miss": (
        of(incremental={"cursor_path": "a", "on_cursor_value_missing": "skip"}),
        [
            (
                "resources[1].endpoint.incremental.on_cursor_value_missing: found 'skip'; allowed are "
                "'exclude', 'include', 'raise'"
            )
        ],
    ),
    "inc_endonly": (
        of(incremental={"cursor_path": "a", "end_value": 5, "initial_value": None}),
        [("resources[1].endpoint.incremental.initial_value: is missing; with end_value it says where to begin")],
    ),
    "inc_emptycur": (
        of(incremental={"cursor_path": "a[?"}),
        [("resources[1].endpoint.incremental.cursor_path: 'a[?' is neither a dotted path nor a JSONPath")],
    ),
    "rs_type": (
        of(params={"a": {"type": "resolv", "resource": "posts", "field": "id"}}),
        ["resources[1].endpoint.params.a.type: found 'resolv'; did you mean 'resolve'?"],
    ),
    "rs_nores": (
        of(path="x/{a}", params={"a": {"type": "resolve", "field": "id"}}),
        ["resources[1].endpoint.params.a.resource: is missing"],
    ),
    "rs_num": (
        of(path="x/{a}/y", params={"a": {"type": "resolve", "resource": 5, "field": "id"}}),
        ["resources[1].endpoint.params.a.resource: found 5; allowed is a name"],
    ),
    "rs_key": (
        of(path="x/{a}/y", params={"a": {**POST, "fild": 1}}),
        ["resources[1].endpoint.params.a.fild: is no key here; did you mean 'field'?"],
    ),
    "rs_unknown": (
        of(path="x/{a}/y", params={"a": {"type": "resolve", "resource": "pots", "field": "id"}}),
        [
            (
                "resources[1].endpoint.params.a.resource: names the parent 'pots', which is no resource; "
                "did you mean 'posts'?"
            )
        ],
    ),
    "rs_field": (
        of(path="x/{a}/y", params={"a": {"type": "resolve", "resource": "posts", "field": "a[?"}}),
        ["resources[1].endpoint.params.a.field: 'a[?' is neither a dotted path nor a JSONPath"],
    ),
    "rs_self": (
        of(path="x/{resources.comments.id}/y"),
        ["resources[1].endpoint.path: 'comments' names itself for its parent"],
    ),
    "p_map": (
        of(params={"a": {"b": 1}}),
        ["resources[1].endpoint.params.a.type: is missing; allowed are 'incremental', 'resolve'"],
    ),
    "incl_str": (
        res(include_from_parent="id", endpoint="posts/{resources.posts.id}/c"),
        ["resources[1].include_from_parent: found a text; allowed is a list of texts"],
    ),
    "incl_num": (
        res(include_from_parent=[5], endpoint="posts/{resources.posts.id}/c"),
        ["resources[1].include_from_parent[0]: found 5; allowed is a text"],
    ),
    "incl_none": (
        res(include_from_parent=["id"]),
        ["resources[1].include_from_parent: nothing in the endpoint names a parent"],
    ),
    "name_num": ({"client": CLIENT, "resources": [{"name": 5}]}, ["resources[0].name: found 5; allowed is a name"]),
    "name_empty": (
        {"client": CLIENT, "resources": [{"name": ""}]},
        ["resources[0].name: found an empty text; allowed is a name"],
    ),
    "str_empty": ({"client": CLIENT, "resources": [""]}, ["resources[0]: found an empty text; allowed is a name"]),
    "res_num": ({"client": CLIENT, "resources": [5]}, ["resources[0]: found 5; allowed is a mapping"]),
    "res_null": ({"client": CLIENT, "resources": [None]}, ["resources[0]: found null; allowed is a mapping"]),
    "res_nested": ({"client": CLIENT, "resources": [["a"]]}, ["resources[0]: found a list; allowed is a mapping"]),
    "twice": (
        {"client": CLIENT, "resources": ["a", "b", "a"]},
        ["resources[2]: a resource 'a' is there already, at resources[0]"],
    ),
    "pk_num": (
        res(primary_key=5),
        ["resources[1].primary_key: found 5; allowed is the name of a field, or a list of them"],
    ),
    "pk_list": (res(primary_key=["a", 5]), ["resources[1].primary_key[1]: found 5; allowed is a text"]),
    "wd": (
        res(write_disposition="upsert"),
        [("resources[1].write_disposition: found 'upsert'; allowed are 'append', 'merge', 'replace', 'skip'")],
    ),
    "wd_map": (
        res(write_disposition={"disposition": "merg"}),
        ["resources[1].write_disposition.disposition: found 'merg'; did you mean 'merge'?"],
    ),
    "wd_strategy": (
        res(write_disposition={"disposition": "merge", "strategy": "scd3"}),
        ["resources[1].write_disposition.strategy: found 'scd3'; did you mean 'scd2'?"],
    ),
    "wd_num": (
        res(write_disposition=5),
        ["resources[1].write_disposition: found 5; allowed are 'append', 'merge', 'replace', 'skip'"],
    ),
    "col_num": (
        res(columns=5),
        ["resources[1].columns: found 5; allowed is a mapping of columns, a list of them, or a model"],
    ),
    "col_type": (
        res(columns={"a": {"data_type": "int"}}),
        ["resources[1].columns.a.data_type: found 'int'; did you mean 'bigint'?"],
    ),
    "col_list": (res(columns=[{"data_type": "text"}]), ["resources[1].columns[0].name: is missing"]),
    "col_hint": (
        res(columns={"a": {"data_type": "text", "nulable": True}}),
        ["resources[1].columns.a.nulable: is no key here; did you mean 'nullable'?"],
    ),
    "col_str": (res(columns={"a": "text"}), ["resources[1].columns.a: found a text; allowed is a mapping"]),
    "nest": (
        res(max_table_nesting="2"),
        ["resources[1].max_table_nesting: found a text; allowed is a whole number from 0 on"],
    ),
    "nest_neg": (
        res(max_table_nesting=-1),
        ["resources[1].max_table_nesting: found -1; allowed is a whole number from 0 on"],
    ),
    "selected": (res(selected="yes"), ["resources[1].selected: found a text; allowed is true or false"]),
    "parallel": (res(parallelized=1), ["resources[1].parallelized: found 1; allowed is true or false"]),
    "tf": (res(table_format="icebrg"), ["resources[1].table_format: found 'icebrg'; did you mean 'iceberg'?"]),
    "ff": (res(file_format="csvv"), ["resources[1].file_format: found 'csvv'; did you mean 'csv'?"]),
    "sc": (res(schema_contract="frozen"), ["resources[1].schema_contract: found 'frozen'; did you mean 'freeze'?"]),
    "sc2": (
        res(schema_contract={"table": "freeze"}),
        ["resources[1].schema_contract.table: is no key here; did you mean 'tables'?"],
    ),
    "tn": (res(table_name=5), ["resources[1].table_name: found 5; allowed is a text"]),
    "mk": (res(merge_key=5), ["resources[1].merge_key: found 5; allowed is the name of a field, or a list of them"]),
    "refs": (res(references="x"), ["resources[1].references: found a text; allowed is a list"]),
    "hint": (res(primarykey="id"), ["resources[1].primarykey: is no key here; did you mean 'primary_key'?"]),
    "st_map": (res(processing_steps={}), ["resources[1].processing_steps: found a mapping; allowed is a list"]),
    "st_num": (res(processing_steps=[5]), ["resources[1].processing_steps[0]: found 5; allowed is a mapping"]),
    "st_key": (
        res(processing_steps=[{"fliter": len}]),
        ["resources[1].processing_steps[0].fliter: is no key here; did you mean 'filter'?"],
    ),
    "st_str": (
        res(processing_steps=[{"map": "str.lower"}]),
        ["resources[1].processing_steps[0].map: found a text; allowed is a function"],
    ),
    "def_list": (
        {"client": CLIENT, "resources": ["a"], "resource_defaults": []},
        ["resource_defaults: found a list; allowed is a mapping"],
    ),
    "def_name": (
        {"client": CLIENT, "resources": ["a"], "resource_defaults": {"name": "x"}},
        [
            (
                "resource_defaults.name: is no key here; allowed are 'columns', 'endpoint', 'file_format', "
                "'include_from_parent', 'max_table_nesting', 'merge_key', 'nested_hints', 'parallelized', "
                "'parent_table_name', 'primary_key', 'processing_steps', 'references', 'schema_contract', "
                "'selected', 'table_format', 'table_name', 'write_disposition'"
            )
        ],
    ),
    "def_ep": (
        {"client": CLIENT, "resources": ["a"], "resource_defaults": {"endpoint": {"params": []}}},
        ["resource_defaults.endpoint.params: found a list; allowed is a mapping"],
    ),
    "def_str": (
        {"client": CLIENT, "resources": ["a"], "resource_defaults": "x"},
        ["resource_defaults: found a text; allowed is a mapping"],
    ),
    "def_pag": (
        {"client": CLIENT, "resources": ["a"], "resource_defaults": {"endpoint": {"paginator": "offest"}}},
        ["resource_defaults.endpoint.paginator: found 'offest'; did you mean 'offset'?"],
    ),
    "def_brace": (
        {"client": CLIENT, "resources": ["a"], "resource_defaults": {"endpoint": {"params": {"a": "{b}"}}}},
        [
            (
                "resources[0].endpoint.params.a: {b} is none that there are here; "
                "{resources.<name>.<field>} is, or write the braces twice for braces that are meant"
            )
        ],
    ),
    "key_num": (
        {"client": {**CLIENT, 5: "x"}, "resources": ["a"]},
        [("client[5]: is no key here; allowed are 'auth', 'base_url', 'headers', 'paginator', 'session'")],
    ),
    "hdr_place": (
        of(headers={"X": "{post}"}),
        [
            (
                "resources[1].endpoint.headers.X: {post} is none that there are here; "
                "{resources.<name>.<field>} is, or write the braces twice for braces that are meant"
            )
        ],
    ),
    "json_place": (
        of(json={"a": {"b": ["{0}"]}}, method="POST"),
        ["resources[1].endpoint.json.a.b[0]: the place {0} in '{0}'" + NONE],
    ),
    "hdr_ep_list": (of(headers=["a"]), ["resources[1].endpoint.headers: found a list; allowed is a mapping"]),
    "hdr_ep_num": (of(headers={"a": {}}), ["resources[1].endpoint.headers.a: found a mapping; allowed is a text"]),
    "data_place": (of(data="{x.y}", method="POST"), ["resources[1].endpoint.data: the place {x.y} in '{x.y}'" + NONE]),
    "cyc3": (
        {
            "client": CLIENT,
            "resources": [
                {"name": "a", "endpoint": "{resources.b.id}/x"},
                {"name": "b", "endpoint": "{resources.c.id}/x"},
                {"name": "c", "endpoint": "{resources.a.id}/x"},
            ],
        },
        ["resources[0].endpoint.path: a, c, b, a are one another's parents"],
    ),
    "eh": (
        of(error_handler={"max_retries": -1}),
        [("resources[1].endpoint.error_handler.max_retries: found -1; allowed is a whole number from 0 on")],
    ),
    "eh2": (
        of(error_handler={"retry_on": [1]}),
        [
            (
                "resources[1].endpoint.error_handler.retry_on: is no key here; allowed are "
                "'backoff_factor', 'max_retries', 'retry_on_status_codes'"
            )
        ],
    ),
    "eh3": (of(error_handler=5), ["resources[1].endpoint.error_handler: found 5; allowed is a mapping"]),
    "lim": (
        of(paginator={"type": "page_number", "limit": "30"}),
        [
            (
                "resources[1].endpoint.paginator.limit: is no key here; allowed are 'base_page', "
                "'has_more_path', 'maximum_page', 'page', 'page_body_path', 'page_param', "
                "'stop_after_empty_page', 'total_path'"
            )
        ],
    ),
    "string_brace": (
        {"client": CLIENT, "resources": ["posts", "a{b"]},
        ["resources[1]: a brace stands alone in 'a{b'; write it twice for a brace that is meant"],
    ),
    "name_brace": (
        res(name="a{b"),
        ["resources[1].name: a brace stands alone in 'a{b'; write it twice for a brace that is meant"],
    ),
    "params_text": (
        of(path="a/{x}", params=5),
        ["resources[1].endpoint.params: found 5; allowed is a mapping"],
    ),
    "param_number_key": (
        of(path="a/{x}", params={1: 2}),
        [
            (
                "resources[1].endpoint.path: 'a/{x}' names the parameter 'x', which is not in endpoint.params; "
                "allowed are '1', or name the parent's field {resources.<name>.<field>}"
            )
        ],
    ),
    "param_function": (
        of(params={"q": len}),
        ["resources[1].endpoint.params.q: found a function; allowed is a text, a number, or a list of them"],
    ),
    "param_nested": (
        of(params={"q": ["a", {"b": 1}]}),
        ["resources[1].endpoint.params.q[1]: found a mapping; allowed is a text, a number, or a list of them"],
    ),
    "json_function": (
        of(json={"a": [{"b": len}]}, method="POST"),
        ["resources[1].endpoint.json.a[0].b: found a function; allowed is what JSON can say"],
    ),
    "json_nan": (
        of(json={"a": float("nan")}, method="POST"),
        ["resources[1].endpoint.json.a: found nan; allowed is what JSON can say"],
    ),
    "data_number": (
        of(data=5, method="POST"),
        ["resources[1].endpoint.data: found 5; allowed is a mapping, a text or bytes"],
    ),
    "data_function": (
        of(data={"a": len}, method="POST"),
        ["resources[1].endpoint.data.a: found a function; allowed is a text, a number, or a list of them"],
    ),
    "total_brace": (
        of(paginator={"type": "offset", "limit": 5, "total_path": "{x"}),
        ["resources[1].endpoint.paginator.total_path: '{x' is neither a dotted path nor a JSONPath"],
    ),
    "next_empty": (
        of(paginator={"type": "json_link", "next_url_path": ""}),
        [
            (
                "resources[1].endpoint.paginator.next_url_path: found an empty text; allowed is a JSONPath, such "
                "as 'data' or 'meta.items'"
            )
        ],
    ),
    "selector_brace": (
        of(data_selector="{x}"),
        ["resources[1].endpoint.data_selector: '{x}' is neither a dotted path nor a JSONPath"],
    ),
    "field_empty": (
        of(path="a/{x}", params={"x": {**POST, "field": ""}}),
        [
            (
                "resources[1].endpoint.params.x.field: found an empty text; allowed is a JSONPath, such as "
                "'data' or 'meta.items'"
            )
        ],
    ),
    "cursor_param_empty": (
        of(paginator={"type": "cursor", "cursor_param": ""}),
        ["resources[1].endpoint.paginator.cursor_param: found an empty text; allowed is a text that is not empty"],
    ),
    "start_empty": (
        of(incremental={"cursor_path": "a", "start_param": ""}),
        ["resources[1].endpoint.incremental.start_param: found an empty text; allowed is a text that is not empty"],
    ),
    "strategy_null": (
        res(write_disposition={"disposition": "merge", "strategy": None}),
        [
            (
                "resources[1].write_disposition.strategy: found null; allowed are 'cdc', 'delete-insert', "
                "'insert-from-staging', 'insert-only', 'scd2', 'staging-optimized', 'truncate-and-insert', "
                "'upsert'"
            )
        ],
    ),
    "key_empty": (
        res(primary_key=["id", ""]),
        ["resources[1].primary_key[1]: found an empty text; allowed is a text that is not empty"],
    ),
    "key_function": (
        res(primary_key=str.upper),
        [
            (
                "resources[1]: A set of table hints provided to the resource is inconsistent: Table name `None` "
                "must be a function if any other table hint is a function"
            )
        ],
    ),
    "step_class": (
        res(processing_steps=[{"filter": type}]),
        [
            (
                "resources[1].processing_steps[0].filter: found a function that does not tell its parameters; "
                "wrap it in one of your own"
            )
        ],
    ),
    "columns_class": (
        res(columns=int),
        ["resources[1].columns: found a function; allowed is a mapping of columns, a list of them, or a model"],
    ),
}


@pytest.mark.parametrize("name", INVALID)
def test_invalid(name: str):
    """It is told before anything is sent, and by every door: the linter, our function and dlt's."""
    config, expected = INVALID[name]

    mistakes, _ = checked(config)

    assert mistakes == expected
    with pytest.raises(ConfigError) as caught:
        sdk.from_config(config)
    assert list(caught.value.problems) == expected


SECRET = "s3cret-value-{"


@pytest.mark.parametrize(
    "config",
    [
        cl(auth=SECRET),
        cl(auth={"type": "bearer", "token": [SECRET]}),
        cl(headers={"Authorization": f"{SECRET}\n"}),
        of(headers={"Authorization": SECRET}),
        of(params={"api_key": SECRET}),
        of(json={"deep": {"password": SECRET}}, method="POST"),
        cl(base_url=f"https://user:{SECRET}@api.example.com"),
    ],
)
def test_no_secret_is_shown(config: Any):
    """A mistake in what is secret names its place, and not what stands there."""
    mistakes, _ = checked(config)

    assert len(mistakes) == 1
    for build in (sdk.from_config, sdk.rest_api_source):
        with pytest.raises(ConfigError) as caught:
            build(config)
        assert "s3cret" not in str(caught.value)
    assert "s3cret" not in repr(mistakes)
