"""The help desk's document as it stands, against an API that does what the document says."""

from __future__ import annotations

import base64
from collections.abc import Mapping
from typing import Any

import pytest

SIZE = 30
LISTS = {
    "tickets": "tickets",
    "problems": "problems",
    "changes": "changes",
    "releases": "releases",
    "requesters": "requesters",
    "agents": "agents",
    "locations": "locations",
    "products": "products",
    "vendors": "vendors",
    "assets": "assets",
    "software": "applications",
    "purchase_orders": "purchase_orders",
}


def _pages(key: str, api: Any, base: int, before: str) -> Any:
    """Cut a list into pages of 30; the document does not say which number the first one has.

    *before* is what an API that counts from 1 makes of page 0: `empty`, `refused`, or `first`.
    """

    def cut(rows: list[Any], query: Mapping[str, str]) -> Any:
        number = int(query["page"])
        if number < base and before != "first":
            return {key: []} if before == "empty" else api.tiny.reply({"code": "invalid_value"}, 400)
        begin = max(number - base, 0) * SIZE
        return {key: rows[begin : begin + SIZE]}

    return cut


def _troubles(path: str, target: str) -> tuple[int, ...]:
    """Refuse as the document's handlers expect it: 403 everywhere, and 404 for requested items."""
    if "requested_items" in path:
        return (404, 403) if "tickets/3" in path else ()
    return (403, 403, 403) if "page=1" in target and "csat" not in path else ()


@pytest.fixture
def lays(documented: Any, key: str) -> Any:
    """Return a function that lays out the API, which begins to count at *base*."""

    def lay(base: int, before: str) -> Any:
        expected = "Basic " + base64.b64encode(f"{key}:{key}".encode()).decode()
        documented.admits = lambda asked: asked.headers.get("Authorization") == expected
        documented.troubles = _troubles
        for number, (name, selector) in enumerate(LISTS.items()):
            rows = documented.rows(61 + number)
            documented.lays(name, f"/api/v2/{selector}", rows, _pages(selector, documented, base, before))
        tickets = documented.truth["tickets"]
        for name, selector in (
            ("satisfaction_survey_responses", "csat_response"),
            ("requested_items", "requested_items"),
        ):
            documented.lays_children(
                name,
                f"/api/v2/tickets/{{id}}/{selector}",
                tickets,
                "tickets",
                # One ticket has more than two pages of them, and numbers come again from ticket to ticket.
                lambda one: documented.rows(64 if one["id"] == 31 else one["id"] % 3),
                _pages(selector, documented, base, before),
            )
        return documented

    return lay


def test_every_row_of_every_resource(lays: Any):
    """Pages of 30; a ticket's children come under its key, over several pages if need be."""
    api = lays(1, "empty")

    tables, source = api.load("tickets")

    assert tables == api.expected()
    notes = [(one.path, one.taken) for one in source.report if one.sort == "repaired"]
    assert ("client.auth.type", "'http_basic' was taken") in notes
    assert source.report.passed_over == {}
    # The type of the credentials; a handler and a size for each list; a parent and its key for each child.
    assert len(notes) == 1 + 2 * 14 + 2 * 2


@pytest.mark.parametrize("in_flight", [1, 8])
@pytest.mark.parametrize(("base", "before"), [(0, ""), (1, "empty"), (1, "refused"), (1, "first")])
def test_wherever_pages_begin(lays: Any, in_flight: int, base: int, before: str):
    """Every row comes once, also when a list shows where it begins while others are asked already."""
    api = lays(base, before)
    source = api.run("tickets")
    source.laying.pool.in_flight, source.laying.pool.slow = in_flight, True

    items = list(source.with_resources("requested_items"))

    assert sorted(items, key=repr) == sorted(api.truth["requested_items"], key=repr)


def test_a_refusal_that_lasts(documented: Any, no_waiting: list[float]):
    """A list that stays forbidden is an error after three repeats: passed over, it would be a table without rows."""
    documented.tiny.says("/api/v2/agents", documented.tiny.reply({"code": "access_denied"}, 403))

    with pytest.raises(Exception, match=r"rest_api\.agents: GET /agents\?page=0.* answered 403"):
        list(documented.run("tickets").with_resources("agents"))

    assert no_waiting == [1.0, 2.0, 4.0]
