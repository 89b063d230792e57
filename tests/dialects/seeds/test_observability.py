"""The observability document as it stands, against an API that does what the document says.

Two of its paginators leave open where a token stands and what it is sent as; each way to read them is an API here.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

import pytest

SIZE = 40
WHOLE = {
    "dashboards": ("/v1/dashboard", "dashboards"),
    "metrics": ("/v2/metrics", "data"),
    "service_level_objectives": ("/v1/slo", "data"),
    "synthetic_tests": ("/v1/synthetics/tests", "tests"),
}


def _placed(path: str, value: Any) -> dict[str, Any]:
    for step in reversed(path.split(".")):
        value = {step: value}
    return dict(value)


def _by_token(param: str, place: str, seal: Callable[[int], Any] = str, *, null_end: bool = False) -> Any:
    """Cut a list into pages whose token stands at *place* and is sent as *param*."""

    def cut(rows: list[Any], query: Mapping[str, str]) -> Any:
        sent = {str(seal(begin)): begin for begin in range(0, len(rows), SIZE)}
        begin = sent[query[param]] if param in query else 0
        more = begin + SIZE < len(rows)
        told = _placed(place, seal(begin + SIZE) if more else None) if more or null_end else {}
        return {"data": rows[begin : begin + SIZE], **told}

    return cut


def _by_link(form: str) -> Any:
    """Cut a list into pages with a link to the next one at `links.next`."""

    def cut(rows: list[Any], query: Mapping[str, str]) -> Any:
        begin = int(query.get("page[cursor]", "0"))
        link = form.format(begin + SIZE)
        return {"data": rows[begin : begin + SIZE], "links": {"next": link} if begin + SIZE < len(rows) else {}}

    return cut


def _numbered(rows: list[Any], query: Mapping[str, str]) -> Any:
    size, number = int(query.get("page[size]", "10")), int(query["page[number]"])
    return {"data": rows[number * size : (number + 1) * size]}


def _offset(position: int) -> int:
    return position


def _opaque(position: int) -> str:
    return f"eyJ{position}=="


TEAMS = {
    "place and parameter alike": _by_token("pagination.next_offset", "pagination.next_offset", _offset),
    "the parameter of incidents": _by_token("page[offset]", "pagination.next_offset", _offset),
    "a plain parameter": _by_token("offset", "pagination.next_offset", _offset),
    "below meta": _by_token("page[offset]", "meta.pagination.next_offset", _offset, null_end=True),
    "dlt's default place": _by_token("pagination.next_offset", "cursors.next", _opaque),
    "dlt's default place, null at the end": _by_token("pagination.next_offset", "cursors.next", _opaque, null_end=True),
}
LOGS = {
    "a link": _by_link("/api/v2/logs/events?page%5Bcursor%5D={}"),
    "a link to another host": _by_link("https://api.example.com/api/v2/logs/events?page%5Bcursor%5D={}"),
    "a token, sent under its place": _by_token("links.next", "links.next", _opaque),
    "a token, sent as audit_logs does": _by_token("page[cursor]", "links.next", _opaque, null_end=True),
    "dlt's default place": _by_token("links.next", "cursors.next", _opaque),
    "a place of which nobody speaks": _by_token("links.next", "meta.page.after", _opaque),
}


@pytest.fixture
def api(documented: Any, key: str) -> Any:
    """Return the API, but for its teams and logs."""
    documented.admits = lambda asked: asked.headers.get("api_key") == key
    # "a maximum of 3 retries" on 429; of the others nothing is said.
    documented.troubles = lambda path, _target: (429, 429, 429) if "logs" in path else ()
    rows = documented.rows
    by_cursor = _by_token("page[cursor]", "meta.page.after", _opaque)
    documented.lays("audit_logs", "/api/v2/audit/events", rows(130, text_ids=True), by_cursor)
    documented.lays("downtimes", "/api/v1/downtime", rows(21), lambda found, _query: found)
    documented.lays("monitors", "/api/v1/monitor", rows(33), lambda found, _query: found)
    by_offset = _by_token("page[offset]", "meta.pagination.next_offset", _offset)
    documented.lays("incidents", "/api/v2/incidents", rows(95), by_offset)
    documented.lays("users", "/api/v2/users", rows(250, text_ids=True), _numbered)
    for name, (path, selector) in WHOLE.items():
        documented.lays(name, f"/api{path}", rows(17), lambda found, _query, s=selector: {s: found})
    return documented


def test_every_row_of_every_resource(api: Any):
    """Also where the document gives the place of a token for its parameter; and what was taken for what is told."""
    api.lays("incident_teams", "/api/v2/teams", api.rows(101), TEAMS["the parameter of incidents"])
    api.lays("logs", "/api/v2/logs/events", api.rows(120, text_ids=True), LOGS["a link"])

    tables, source = api.load("observability")

    assert tables == api.expected()
    told = {one.path for one in source.report if one.sort == "repaired"}
    assert told == {
        "resources[2].endpoint.data_selector",
        "resources[3].endpoint.paginator.cursor_param",
        "resources[5].endpoint.error_handler",
        "resources[5].endpoint.paginator.cursor_param",
        "resources[7].endpoint.data_selector",
        "resources[10].endpoint.paginator.limit",
    }


@pytest.mark.parametrize("meant", TEAMS)
def test_what_the_teams_leave_open(api: Any, meant: str):
    """Wherever the token stands and whatever it is sent as, every row comes once."""
    rows = api.lays("incident_teams", "/api/v2/teams", api.rows(101), TEAMS[meant])

    assert list(api.run("observability").with_resources("incident_teams")) == rows


@pytest.mark.parametrize("meant", LOGS)
def test_what_the_logs_leave_open(api: Any, meant: str):
    """A link or a token, wherever it stands and whatever it is sent as, every row comes once."""
    rows = api.lays("logs", "/api/v2/logs/events", api.rows(120, text_ids=True), LOGS[meant])

    assert list(api.run("observability").with_resources("logs")) == rows


def test_a_token_that_no_parameter_sends(api: Any):
    """The first page comes again whatever it is sent as: an error that names the resource, and no green run."""
    api.lays("logs", "/api/v2/logs/events", api.rows(120), _by_token("of_another_name", "links.next", _opaque))

    with pytest.raises(Exception, match=r"rest_api\.logs: .*'links\.next', 'next', .*declare cursor_param"):
        list(api.run("observability").with_resources("logs"))


def test_too_many_requests_for_longer_than_the_document_allows(api: Any, no_waiting: list[float]):
    """Three repeats after growing waits, and then an error."""
    api.lays("logs", "/api/v2/logs/events", api.rows(1), LOGS["a link"])
    api.troubles = lambda _path, _target: (429,) * 9

    with pytest.raises(Exception, match=r"rest_api\.logs: .* answered 429 .* 4 times"):
        list(api.run("observability").with_resources("logs"))

    assert len(api.tiny.asked) == 4
    assert no_waiting == [1.0, 2.0, 4.0]
