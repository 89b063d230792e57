"""Dictionaries as people write them for public APIs, through dlt's source and ours: equal tables, no more requests."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Callable
from typing import Any

import pytest
from dlt.sources.rest_api import rest_api_source as dlts

import sdk

ROWS = [
    {
        "id": 1000 + number,
        "number": number,
        "name": f"Thing {number}",
        "price": f"{number}.50",
        "rate": number if number % 3 else number / 7,
        "open": number % 2 == 0,
        "created_at": f"2024-03-{number:02}T10:00:00Z",
        "updated_at": f"2024-04-{number:02}T10:00:00.125+02:00",
        "owner": {"login": f"user{number % 4}", "site_admin": False},
        "labels": [{"id": 70 + one, "name": f"label {one}", "position": number} for one in range(number % 3)],
        "topics": ["a", "b"][: number % 3],
        "closed_by": None,
        "url": f"https://example.com/things/{number}",
    }
    for number in range(1, 11)
]
SIZE = 4


def cut(asked: Any, rows: list[Any], begin: int) -> tuple[list[Any], int | None]:
    """Return the rows of a page, and where the next one begins."""
    size = int(asked.query.get("limit") or asked.query.get("maxResults") or asked.query.get("per_page") or SIZE)
    return rows[begin : begin + size], begin + size if begin + size < len(rows) else None


def issues(api: Any) -> dict[str, Any]:
    """Issues with comments, both followed by their Link headers."""

    def linked(rows: list[Any]) -> Callable[[Any], Any]:
        def answer(asked: Any) -> Any:
            page = int(asked.query.get("page", 1))
            found, more = cut(asked, rows, (page - 1) * SIZE)
            link = f'<{api.url}{asked.path}?per_page={SIZE}&page={page + 1}>; rel="next"' if more else ""
            return api.reply(found, headers={"Link": link} if link else {})

        return answer

    api.answer("/repos/acme/app/issues", linked(ROWS))
    for one in ROWS:
        said = [{"id": one["id"] * 10 + at, "body": f"{at} of {one['number']}"} for at in range(one["number"] % 7)]
        api.answer(f"/repos/acme/app/issues/{one['number']}/comments", linked(said))
    by_number = {"type": "resolve", "resource": "issues", "field": "number"}
    return {
        "client": {"base_url": f"{api.url}/repos/acme/app/", "paginator": "header_link"},
        "resource_defaults": {
            "primary_key": "id",
            "write_disposition": "merge",
            "endpoint": {"params": {"per_page": SIZE}},
        },
        "resources": [
            {"name": "issues", "endpoint": {"path": "issues", "params": {"sort": "updated", "state": "open"}}},
            {
                "name": "issue_comments",
                "endpoint": {"path": "issues/{number}/comments", "params": {"number": by_number}},
                "include_from_parent": ["id"],
            },
        ],
    }


def creatures(api: Any) -> dict[str, Any]:
    """A list of names and links, each read by itself."""

    def answer(asked: Any) -> Any:
        found, more = cut(asked, ROWS, int(asked.query.get("offset", 0)))
        names = [{"name": f"c{one['number']}", "url": f"{api.url}/creature/c{one['number']}/"} for one in found]
        link = f"{api.url}/creature?offset={more}&limit={SIZE}" if more else None
        return api.reply({"count": len(ROWS), "next": link, "previous": None, "results": names})

    api.answer("/creature", answer)
    for one in ROWS:
        api.says(f"/creature/c{one['number']}", {**one, "name": f"c{one['number']}", "next": None})
    details = {"path": "creature/{resources.creatures.name}", "data_selector": "$"}
    return {
        "client": {"base_url": api.url, "paginator": {"type": "json_link", "next_url_path": "next"}},
        "resources": [
            {
                "name": "creatures",
                "endpoint": {"path": "creature", "params": {"limit": SIZE}, "data_selector": "results"},
            },
            {"name": "details", "endpoint": details},
        ],
    }


def customers(api: Any) -> dict[str, Any]:
    """A cursor that is the last record's id, with a flag."""

    def answer(asked: Any) -> Any:
        after = asked.query.get("starting_after")
        begin = next((at + 1 for at, one in enumerate(ROWS) if f"cus_{one['id']}" == after), 0)
        found, more = cut(asked, [{**one, "id": f"cus_{one['id']}"} for one in ROWS], begin)
        return api.reply({"object": "list", "url": "/v1/customers", "has_more": bool(more), "data": found})

    api.answer("/v1/customers", answer)
    last = {
        "type": "cursor",
        "cursor_path": "data[-1].id",
        "cursor_param": "starting_after",
        "has_more_path": "has_more",
    }
    asked = {"path": "customers", "params": {"limit": SIZE}, "data_selector": "data", "paginator": last}
    return {
        "client": {"base_url": f"{api.url}/v1/", "auth": {"type": "bearer", "token": "sk_test_abcdef"}},
        "resources": [{"name": "customers", "primary_key": "id", "endpoint": asked}],
    }


def notes(api: Any) -> dict[str, Any]:
    """A search by POST whose cursor goes into the body."""

    def answer(asked: Any) -> Any:
        sent = json.loads(asked.body)
        found, more = cut(asked, ROWS, int((sent.get("start_cursor") or "c-0")[2:]))
        token = f"c-{more}" if more else None
        return api.reply({"object": "list", "results": found, "next_cursor": token, "has_more": bool(more)})

    api.answer("/v1/search", answer)
    paging = {"type": "cursor", "cursor_path": "next_cursor", "cursor_body_path": "start_cursor"}
    body = {"filter": {"value": "page", "property": "object"}, "page_size": SIZE}
    asked = {"path": "search", "method": "POST", "json": body, "data_selector": "results", "paginator": paging}
    return {
        "client": {"base_url": f"{api.url}/v1", "headers": {"Api-Version": "2022-06-28"}},
        "resources": [{"name": "pages", "max_table_nesting": 1, "endpoint": asked}],
    }


def products(api: Any) -> dict[str, Any]:
    """A Link header whose token stands for all other parameters, and prices that are texts."""

    def answer(asked: Any) -> Any:
        assert not {"page_info", "status"} <= set(asked.query), "an API of this kind refuses both"
        begin = int(asked.query.get("page_info", "p0")[1:])
        found, more = cut(asked, ROWS, begin)
        back = f'<{api.url}/products.json?limit={SIZE}&page_info=p0>; rel="previous"' if begin else ""
        link = f'<{api.url}/products.json?limit={SIZE}&page_info=p{more}>; rel="next"' if more else ""
        said = ", ".join(filter(None, [back, link]))
        return api.reply({"products": found}, headers={"Link": said} if said else {})

    api.answer("/products.json", answer)
    asked = {"path": "products.json", "params": {"limit": SIZE, "status": "active"}, "data_selector": "products"}
    return {
        "client": {"base_url": api.url, "paginator": "header_link"},
        "resources": [
            {
                "name": "products",
                "primary_key": "id",
                "write_disposition": {"disposition": "merge", "strategy": "upsert"},
                "columns": {"price": {"data_type": "decimal", "precision": 18, "scale": 2}},
                "endpoint": asked,
            }
        ],
    }


def contacts(api: Any) -> dict[str, Any]:
    """A cursor deep in the body, which is left out with all around it on the last page; the total is a multiple."""

    def answer(asked: Any) -> Any:
        found, more = cut(asked, ROWS[:8], int(asked.query.get("after", 0)))
        link = {"paging": {"next": {"after": str(more), "link": "?after="}}} if more else {}
        return api.reply({"results": [{"id": str(one["id"]), "properties": one} for one in found], **link})

    api.answer("/crm/v3/objects/contacts", answer)
    paging = {"type": "cursor", "cursor_path": "paging.next.after", "cursor_param": "after"}
    asked = {"path": "objects/contacts", "params": {"limit": SIZE}, "data_selector": "results", "paginator": paging}
    return {
        "client": {"base_url": f"{api.url}/crm/v3"},
        "resources": [{"name": "contacts", "primary_key": "id", "write_disposition": "merge", "endpoint": asked}],
    }


def tasks(api: Any) -> dict[str, Any]:
    """Offsets with a total, which the answers repeat."""

    def answer(asked: Any) -> Any:
        begin = int(asked.query.get("startAt", 0))
        found, _ = cut(asked, ROWS, begin)
        return api.reply({"startAt": begin, "maxResults": SIZE, "total": len(ROWS), "issues": found})

    api.answer("/rest/api/3/search", answer)
    names = {"offset_param": "startAt", "limit_param": "maxResults", "total_path": "total"}
    asked = {"path": "search", "params": {"jql": "project = A", "fields": "*all"}, "data_selector": "issues"}
    return {
        "client": {
            "base_url": f"{api.url}/rest/api/3/",
            "auth": {"type": "http_basic", "username": "me", "password": "token-1"},
        },
        "resources": [
            {"name": "tasks", "endpoint": {**asked, "paginator": {"type": "offset", "limit": SIZE, **names}}}
        ],
    }


def tickets(api: Any) -> dict[str, Any]:
    """A link for the next page, and a flag beside it; the link is there to the end in one list, and null in another."""

    def answer(asked: Any, *, always: bool) -> Any:
        begin = int(asked.query.get("page[after]", "0"))
        found, more = cut(asked, ROWS, begin)
        link = f"{api.url}{asked.path}?page[size]={SIZE}&page[after]={more or len(ROWS)}"
        meta = {"has_more": bool(more), "after_cursor": str(more or len(ROWS))}
        return api.reply({"rows": found, "meta": meta, "links": {"next": link if more or always else None}})

    api.answer("/tickets", lambda asked: answer(asked, always=False))
    api.answer("/users", lambda asked: answer(asked, always=True))
    linked = {"type": "json_link", "next_url_path": "links.next"}
    token = {"type": "cursor", "cursor_path": "meta.after_cursor", "cursor_param": "page[after]"}
    sized = {"params": {"page[size]": SIZE}, "data_selector": "rows"}
    return {
        "client": {"base_url": api.url},
        "resources": [
            {"name": "tickets", "primary_key": "id", "endpoint": {"path": "tickets", **sized, "paginator": linked}},
            {
                "name": "users",
                "primary_key": "id",
                "endpoint": {"path": "users", **sized, "paginator": {**token, "has_more_path": "meta.has_more"}},
            },
        ],
    }


def bases(api: Any) -> dict[str, Any]:
    """A token that is called an offset and is left out in the end, on a page as full as the others."""

    def answer(asked: Any) -> Any:
        begin = int(asked.query.get("offset", "itr/0").partition("/")[2])
        found, more = cut(asked, ROWS[:8], begin)
        records = [{"id": f"rec{one['id']}", "createdTime": one["created_at"], "fields": one} for one in found]
        return api.reply({"records": records, **({"offset": f"itr/{more}"} if more else {})})

    api.answer("/v0/app1/table", answer)
    paging = {"type": "cursor", "cursor_path": "offset", "cursor_param": "offset"}
    asked = {"path": "app1/table", "params": {"pageSize": SIZE}, "data_selector": "records", "paginator": paging}
    return {
        "client": {"base_url": f"{api.url}/v0/"},
        "resources": [{"name": "table", "write_disposition": "replace", "endpoint": asked}],
    }


def events(api: Any) -> dict[str, Any]:
    """A window of time, sent from where the last run ended to a day that is declared."""

    def answer(asked: Any) -> Any:
        since, until = asked.query["created_since"], asked.query.get("created_until", "9")
        return api.reply({"events": [one for one in ROWS if since <= one["created_at"] < until]})

    api.answer("/events", answer)
    window = {"cursor_path": "created_at", "initial_value": "2024-03-03T00:00:00Z", "end_value": "2024-03-08T00:00:00Z"}
    since = {"type": "incremental", "cursor_path": "created_at", "initial_value": "2024-03-03T00:00:00Z"}
    asked = {"path": "events", "data_selector": "events", "paginator": "single_page"}
    sent = {"start_param": "created_since", "end_param": "created_until"}
    return {
        "client": {"base_url": api.url},
        "resource_defaults": {"primary_key": "id", "write_disposition": {"disposition": "merge"}},
        "resources": [
            {"name": "events", "endpoint": {**asked, "incremental": {**window, **sent}}},
            {"name": "newer", "endpoint": {**asked, "params": {"created_since": since}}},
        ],
    }


def boards(api: Any) -> dict[str, Any]:
    """Children of children, which carry fields of both; and labels, each shown by many."""
    api.says("/boards", ROWS[:3])
    for board in ROWS[:3]:
        lists = [{"id": board["id"] * 10 + at, "name": f"List {at}"} for at in range(2)]
        api.says(f"/boards/{board['id']}/lists", lists)
        api.says(f"/boards/{board['id']}/labels", [{"id": 7, "name": "bug", "color": "red"}, {"id": 8, "name": "new"}])
        for one in lists:
            api.says(f"/lists/{one['id']}/cards", [{"id": one["id"] * 10 + at, "at": at / 2} for at in range(3)])
    of_board = ["id", "name"]
    of_list = ["id", "_boards_id", "_boards_name"]
    return {
        "client": {"base_url": api.url, "paginator": "single_page"},
        "resource_defaults": {"primary_key": "id", "write_disposition": "merge"},
        "resources": [
            {"name": "cards", "endpoint": "lists/{resources.lists.id}/cards", "include_from_parent": of_list},
            {"name": "lists", "endpoint": "boards/{resources.boards.id}/lists", "include_from_parent": of_board},
            {"name": "labels", "endpoint": "boards/{resources.boards.id}/labels"},
            "boards",
        ],
    }


def projects(api: Any) -> dict[str, Any]:
    """Numbered pages with a total of pages, and tags that their projects show in a position of their own."""

    def answer(asked: Any) -> Any:
        page = int(asked.query.get("page", 1))
        found, _ = cut(asked, ROWS, (page - 1) * SIZE)
        return api.reply({"data": found, "meta": {"page": page, "last_page": -(-len(ROWS) // SIZE)}})

    api.answer("/projects", answer)
    for one in ROWS:
        tags = [{"id": 30 + at, "tag": "xyz"[at], "position": one["number"] - at} for at in range(3)]
        api.says(f"/projects/{one['id']}/tags", {"data": tags})
    paging = {"type": "page_number", "base_page": 1, "total_path": "meta.last_page"}
    tags = {"path": "projects/{resources.projects.id}/tags", "paginator": "single_page", "data_selector": "data"}
    return {
        "client": {"base_url": api.url},
        "resource_defaults": {"primary_key": "id", "write_disposition": "merge"},
        "resources": [
            {"name": "projects", "endpoint": {"path": "projects", "data_selector": "data", "paginator": paging}},
            {"name": "tags", "endpoint": tags},
        ],
    }


APIS = [issues, creatures, customers, notes, products, contacts, tasks, tickets, bases, events, boards, projects]


@pytest.mark.parametrize("door", [sdk.rest_api_source, sdk.from_config])
@pytest.mark.parametrize("api", APIS)
def test_a_public_api(tiny_api: Any, twice: Any, api: Any, door: Any):
    """Tables, types and rows are dlt's, by as many requests at most; and where there is a cursor, from where it is."""
    config = api(tiny_api)

    for _ in range(2 if api is events else 1):
        theirs, ours = twice.by("theirs", dlts(config)), twice.by("ours", door(config))

        assert ours.tables == theirs.tables
        assert {name: sorted(rows, key=repr) for name, rows in ours.rows.items()} == {
            name: sorted(rows, key=repr) for name, rows in theirs.rows.items()
        }
        assert Counter(map(repr, ours.requests)) <= Counter(map(repr, theirs.requests))
        assert theirs.rows
