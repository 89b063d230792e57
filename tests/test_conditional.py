"""Lists that are asked for only if they changed."""

from __future__ import annotations

from typing import Any

import pytest

import sdk
from sdk.errors import DeclarationError
from sdk.resource import Resource
from sdk.windows import TimeWindow

THINGS = Resource("things", data_selector="data", conditional=True)


@pytest.fixture
def versioned(tiny_api: Any) -> Any:
    """Let the list have versions: an answer names its own, and one that the caller has is not sent again."""

    def show(version: str, *records: dict[str, Any], following: str | None = None) -> None:
        def answer(asked: Any) -> Any:
            if asked.headers.get("If-None-Match") == version:
                return tiny_api.reply(None, 304, {"ETag": version})
            return tiny_api.reply({"data": list(records), "next": following}, headers={"ETag": version})

        tiny_api.answer("/things", answer)

    return show


def test_what_did_not_change_is_not_sent_again(tiny_api, acme, versioned, pipeline):
    """Its rows stay; what changed arrives."""
    acme(THINGS)
    versioned('"1"', {"id": 1, "name": "a"})
    loading = pipeline()
    loading.run(sdk.load("acme"))
    loading.run(sdk.load("acme"))
    assert loading.rows("things", "id", "name") == [(1, "a")]
    versioned('"2"', {"id": 1, "name": "b"})
    loading.run(sdk.load("acme"))

    assert loading.rows("things", "id", "name") == [(1, "b")]
    assert [one.headers.get("If-None-Match") for one in tiny_api.asked] == [None, '"1"', '"1"']


def test_a_list_of_several_pages_is_read_again(tiny_api, acme, versioned, pipeline):
    """The first page's word says nothing of the others."""
    acme(THINGS)
    versioned('"1"', {"id": 1}, following="/more")
    tiny_api.says("/more", {"data": [{"id": 2}], "next": None})
    loading = pipeline()
    loading.run(sdk.load("acme"))
    loading.run(sdk.load("acme"))

    assert [one.headers.get("If-None-Match") for one in tiny_api.asked] == [None] * 4


def test_without_a_pipeline_everything_is_read(acme, versioned, tiny_api):
    """There is nothing that it could be compared with."""
    acme(THINGS)
    versioned('"1"', {"id": 1})

    assert [list(sdk.read("acme", "things")) for _ in range(2)] == [[{"id": 1}]] * 2


def test_a_failed_run_remembers_nothing(tiny_api, acme, versioned, pipeline):
    """The rows of that answer were not loaded."""
    acme(THINGS, "others")
    versioned('"1"', {"id": 1})
    tiny_api.says("/others", tiny_api.reply(None, 404))
    loading = pipeline()
    with pytest.raises(Exception, match="answered 404"):
        loading.run(sdk.load("acme"))
    tiny_api.lists("/others", [])
    loading.run(sdk.load("acme"))

    assert loading.rows("things", "id") == [1]


@pytest.mark.parametrize(
    ("resources", "problem"),
    [
        ([Resource("things", conditional=True, write_disposition="replace")], "have no window"),
        ([Resource("things", conditional=True, window=TimeWindow(start_param="since"))], "have no window"),
        ([THINGS, Resource("parts", path="/things/{things.id}/parts")], "without children"),
    ],
)
def test_where_it_would_lose_rows(acme, resources, problem):
    """What is not sent again cannot be replaced, cut into stretches, or name children."""
    with pytest.raises(DeclarationError, match=problem):
        acme(*resources)
