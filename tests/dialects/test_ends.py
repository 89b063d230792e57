"""Where a list ends as declared, and its body holds a flag: which ends are believed, and which are errors."""

from __future__ import annotations

from typing import Any

import pytest
from dlt.sources.helpers.rest_client.paginators import BasePaginator

import sdk

ROWS = [{"id": 1}, {"id": 2}]


def source(api: Any, paginator: Any, **endpoint: Any) -> Any:
    """Return the source of one list."""
    asked = {"path": "list", "data_selector": "data", "paginator": paginator, **endpoint}
    config: Any = {"client": {"base_url": api.url}, "resources": [{"name": "list", "endpoint": asked}]}
    return sdk.from_config(config, in_flight=1)


class Once(BasePaginator):
    """Ends after a page."""

    def update_state(self, response: Any, data: Any = None) -> None:  # noqa: ARG002 - dlt's signature
        """Say that it was the last."""
        self._has_next_page = False

    def update_request(self, request: Any) -> None:
        """Change nothing."""


@pytest.mark.parametrize(
    "paginator",
    [
        "single_page",
        {"type": "page_number", "base_page": 1, "maximum_page": 2, "total_path": None},
        {"type": "page_number", "base_page": 1, "has_more_path": "flag", "total_path": None},
        {"type": "offset", "limit": 2, "maximum_offset": 2, "total_path": None},
        {"type": "offset", "limit": 2, "has_more_path": "flag", "total_path": None},
        {"type": "cursor", "cursor_path": "next", "has_more_path": "flag"},
        Once(),
    ],
)
def test_an_end_that_is_declared(tiny_api: Any, paginator: Any):
    """One page, a maximum, a flag of one's own, code of one's own: another flag in the body says nothing against it."""
    tiny_api.says("/list", {"data": ROWS, "has_more": True, "flag": False})

    assert list(source(tiny_api, paginator)) == ROWS
    assert len(tiny_api.asked) == 1


@pytest.mark.parametrize(
    "paginator",
    [
        {"type": "page_number", "base_page": 1, "total_path": "pages"},
        {"type": "offset", "limit": 2, "total_path": "total"},
        {"type": "cursor", "cursor_path": "next"},
        {"type": "json_link", "next_url_path": "next"},
        "header_link",
    ],
)
def test_an_end_that_the_body_contradicts(tiny_api: Any, paginator: Any):
    """A total, or a token that is gone, is the API's word as the flag is: where they differ, rows may be missing."""
    tiny_api.says("/list", {"data": ROWS, "has_more": True, "pages": 1, "total": 2})

    with pytest.raises(Exception, match="more follows"):
        list(source(tiny_api, paginator))


def test_a_flag_inside_a_record(tiny_api: Any):
    """A body that is a record has fields of its own, and no flags."""
    tiny_api.says("/list", {"id": 1, "more": True})

    assert list(source(tiny_api, "single_page", data_selector="$")) == [{"id": 1, "more": True}]


def test_a_list_without_pages_and_a_number_of_none(tiny_api: Any):
    """Where every page is refused and the list is asked for without one, there is no number to look at."""
    tiny_api.answer(
        "/list",
        lambda asked: tiny_api.reply({}, 400) if "page" in asked.query else tiny_api.reply({"data": ROWS}),
    )

    assert list(source(tiny_api, {"type": "page_number", "total_path": None, "maximum_page": 9})) == ROWS


@pytest.mark.parametrize("envelope", [None, "meta"])
@pytest.mark.parametrize("sign", ["flag", "total"])
def test_an_offset_that_answers_repeat(tiny_api: Any, sign: str, envelope: str | None):
    """It is counted on as long as what comes begins where it was asked to."""
    rows = [{"id": number} for number in range(7)]

    def answer(asked: Any) -> Any:
        begin = int(asked.query.get("startAt", 0))
        told = {"startAt": begin, "maxResults": 3}
        told |= {"total": 7} if sign == "total" else {"more": begin + 3 < 7}
        return tiny_api.reply({"data": rows[begin : begin + 3], **({envelope: told} if envelope else told)})

    tiny_api.answer("/list", answer)

    assert list(source(tiny_api, None)) == rows
    assert [one.query for one in tiny_api.asked] == [{}, {"startAt": "3"}, {"startAt": "6"}]


def test_an_offset_that_is_not_meant(tiny_api: Any):
    """An API that takes it under another name repeats another one: an error, and no end."""
    tiny_api.says("/list", {"data": ROWS, "offset": 0, "total": 9})

    with pytest.raises(Exception, match=r"offset=2 was asked for, .* and what came begins elsewhere"):
        list(source(tiny_api, None))
