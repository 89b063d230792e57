"""A dictionary that is run commits as it goes, loads what one uncut load does, and goes on where it stood."""

from __future__ import annotations

from typing import Any

import pytest

import sdk


@pytest.fixture
def things(tiny_api: Any) -> Any:
    """Return an API with 40 things on pages of four, by number, token, link and offset, and two parts of each."""
    found = [{"id": one, "updated_at": f"2024-01-{one % 28 + 1:02}T00:00:00Z"} for one in range(1, 41)]

    def page(asked: Any) -> Any:
        number = int(asked.query.get("page", "1"))
        return {"data": found[4 * number - 4 : 4 * number], "meta": {"total": 10}}

    tiny_api.answer("/numbered", page)
    for one in found:
        tiny_api.says(f"/numbered/{one['id']}/parts", {"data": [{"id": 1}, {"id": 2}]})
    return tiny_api


def test_it_commits(things, pipeline):
    config = {
        "client": {"base_url": things.url},
        "resources": [
            {"name": "things", "primary_key": "id", "write_disposition": "merge",
             "endpoint": {"path": "numbered", "data_selector": "data",
                          "paginator": {"type": "page_number", "base_page": 1, "total_path": "meta.total"}}},
            {"name": "parts", "primary_key": ["_things_id", "id"], "write_disposition": "merge", "include_from_parent": ["id"],
             "endpoint": {"path": "numbered/{resources.things.id}/parts", "data_selector": "data"}},
        ],
    }
    loaded = pipeline()
    report = sdk.run_config(config, "acme", pipeline=loaded.pipeline, commit_records=12)
    print(report)
    print(loaded.pipeline.state)
    print(things.targets)
    assert loaded.rows("things", "id") == list(range(1, 41))
    assert loaded.rows("parts", "_things_id", "id") == [(a, b) for a in range(1, 41) for b in (1, 2)]
    print(loaded.tables(), loaded.rows("_sdk_runs", "resource", "status", "rows", "commits"))
    assert report.commits > 3
    assert 0
