"""The incident response's document as it stands, against an API that does what the document says."""

from __future__ import annotations

from typing import Any

import pytest

WHOLE = {
    "actions": "/v2/actions",
    "catalog_types": "/v2/catalog_types",
    "custom_fields": "/v2/custom_fields",
    "follow_ups": "/v2/follow_ups",
    "incident_roles": "/v1/incident_roles",
    "incident_timestamps": "/v2/incident_timestamps",
    "incident_statuses": "/v1/incident_statuses",
    "workflows": "/v2/workflows",
    "severities": "/v1/severities",
}
PAGED = {
    "incident_updates": "/v2/incident_updates",
    "users": "/v2/users",
    "schedules": "/v2/schedules",
    "incidents": "/v2/incidents",
}


def _after(key: str, api: Any, size_param: str | None, *, end: str) -> Any:
    """Cut a list into pages that begin after the id sent; the document leaves open how the size is sent."""

    def cut(rows: list[Any], query: dict[str, str]) -> Any:
        unknown = set(query) - {"after", size_param}
        if unknown and size_param is None:
            return api.tiny.reply({"code": "unknown_parameter"}, 422)
        size = int(query.get(size_param or "", 100))
        ids = [one["id"] for one in rows]
        begin = ids.index(query["after"]) + 1 if "after" in query else 0
        found = rows[begin : begin + size]
        meta: dict[str, Any] = {"page_size": size}
        if begin + size < len(rows):
            meta["after"] = found[-1]["id"]
        elif end == "null":
            meta["after"] = None
        return {key: found, **({} if end == "gone" and "after" not in meta else {"pagination_meta": meta})}

    return cut


@pytest.fixture
def api(documented: Any, key: str) -> Any:
    """Return the API, but for its paged lists."""
    documented.admits = lambda asked: asked.headers.get("Authorization") == f"Bearer {key}"
    # The document wants 429 and 500 to be repeated, three times at most.
    documented.troubles = lambda path, _target: (429, 500, 429) if path.startswith("/v2") else (500, 500)
    for name, path in WHOLE.items():
        documented.lays(name, path, documented.rows(31, text_ids=True), lambda rows, _query, n=name: {n: rows})
    return documented


def test_every_row_of_every_resource(api: Any):
    """Nine lists that come whole, and four in pages of a hundred."""
    for number, (name, path) in enumerate(PAGED.items()):
        rows = api.rows(210 + 45 * number, text_ids=True)
        api.lays(name, path, rows, _after(name, api, "page_size", end="absent"))

    tables, source = api.load("incident_response")

    assert tables == api.expected()
    repaired = {(one.path, one.taken) for one in source.report if one.sort == "repaired"}
    assert repaired == {(f"resources[{n}].endpoint.paginator.limit", "limit=100 is sent") for n in (6, 9, 11, 12)}


@pytest.mark.parametrize(("size_param", "end"), [("limit", "null"), ("page_size", "gone"), (None, "absent")])
@pytest.mark.parametrize("in_flight", [1, 8])
def test_what_the_document_leaves_open(api: Any, in_flight: int, size_param: str | None, end: str):
    """Whatever the API calls its page size, or refuses one, and however it says that a list is over."""
    rows = {
        name: api.lays(name, path, api.rows(250, text_ids=True), _after(name, api, size_param, end=end))
        for name, path in PAGED.items()
    }
    source = api.run("incident_response")
    source.laying.pool.in_flight, source.laying.pool.slow = in_flight, True

    assert {name: list(source.with_resources(name)) for name in rows} == rows
    told = [one.found for one in source.report if one.sort == "guessed"]
    assert told == ["limit=100 answered 422"] * (size_param is None)
