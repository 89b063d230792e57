"""The general simulated vendor, over real HTTP, with a tiny made-up API for each rule."""

from __future__ import annotations

import socket
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
import requests
from attrs import evolve

from sdk.errors import ResponseError
from sdk.testing.simulator import (
    AllOf,
    AnyOf,
    BareList,
    BasicUser,
    Call,
    Cap,
    Choice,
    Cursor,
    Cut,
    Endpoint,
    FailedSimulatorError,
    HeaderKey,
    Included,
    KeyCursor,
    Listed,
    NamedOrders,
    Offset,
    OneOf,
    OrderBy,
    PageNumber,
    PageSize,
    PageStyle,
    Parent,
    QueryKey,
    Quota,
    RateLimit,
    RecentUnless,
    Reply,
    Required,
    RequiredHeader,
    Row,
    Seeding,
    Simulator,
    SimulatorError,
    SimulatorServer,
    SingleObject,
    SortList,
    Table,
    Usage,
    Window,
    json_params,
    link_header,
    serve,
    zulu,
)
from sdk.testing.simulator.limits import Limiter

NOW = datetime(2025, 3, 1, tzinfo=UTC)
DAY = 86_400


def make_things(seeding: Seeding) -> Iterator[Row]:
    """Make one thing a day, the last one created a day ago; every third is hidden."""
    for number in range(1, seeding.size + 1):
        age = seeding.now.timestamp() - DAY * (seeding.size - number + 1)
        record = {"id": number, "kind": "ab"[number % 2], "created_at": zulu(age), "updated_at": zulu(age)}
        yield Row(record, {"hidden": number % 3 == 0, "box_ids": [1, 2] if number == 1 else [number % 4 + 1]})


def make_boxes(seeding: Seeding) -> Iterator[Row]:
    """Make boxes, named by letters."""
    for number in range(1, seeding.size + 1):
        yield Row({"id": number, "name": "äbc"[number % 3]})


def api(size: int = 7, **changes: Any) -> Simulator:
    """Describe an API with things in boxes; *changes* go to the list of things, or to the whole."""
    whole = {name: changes.pop(name) for name in ("auth", "headers", "rate_limit", "strict") if name in changes}
    things = evolve(Endpoint(name="things", path="/things", shape=Listed("things")), **changes)
    return Simulator(
        name="boxes",
        base_path="/v1",
        tables=(Table("things", make_things, size=size), Table("boxes", make_boxes, size=3, updated=None)),
        endpoints=(
            things,
            Endpoint(name="boxes", path="/boxes", shape=BareList()),
            Endpoint(
                name="boxed",
                path="/boxes/{box_id}/things",
                shape=Listed("things"),
                table="things",
                parent=Parent("boxes", link="box_ids"),
            ),
            Endpoint(
                name="lid",
                path="/boxes/{box_id}/lid",
                shape=SingleObject("lid"),
                table="things",
                parent=Parent("boxes", link="box_ids"),
                gate=lambda _call: Reply(402, {"error": "no lids in this plan"}),
            ),
        ),
        **whole,
    )


def get(server: SimulatorServer, path: str, **query: Any) -> requests.Response:
    """Ask the server for a path below its base URL."""
    return requests.get(server.base_url + path, params=query, timeout=10)


def ids(answer: requests.Response, key: str = "things") -> list[int]:
    """Return the ids in an answer."""
    return [record["id"] for record in answer.json()[key]]


def test_whole_list() -> None:
    """An unpaged list comes at once, and knows no page parameter."""
    with serve(api(), now=NOW) as server:
        assert ids(get(server, "/things")) == [1, 2, 3, 4, 5, 6, 7]
        assert (
            (answer := get(server, "/things", page=2)).status_code,
            answer.json(),
        ) == (400, {"message": "page: unexpected parameter in the request"})


def test_lenient() -> None:
    """A vendor that is not strict ignores what it does not know."""
    with serve(api(strict=False), now=NOW) as server:
        assert len(ids(get(server, "/things", page=2))) == 7


def test_page_number_with_link_header() -> None:
    """The link is absolute, keeps the other parameters, and is absent on the last page."""
    pages = PageNumber(size=PageSize("per_page", 3, 5), headers=link_header)
    with serve(api(pages=pages, order=OrderBy(descending=False)), now=NOW) as server:
        first = get(server, "/things", per_page=4, order_type="desc")
        second = requests.get(first.links["next"]["url"], timeout=10)

        assert ids(first) == [7, 6, 5, 4]
        assert f"{server.base_url}/things?per_page=4&order_type=desc&page=2" == first.links["next"]["url"]
        assert ids(second) == [3, 2, 1]
        assert "Link" not in second.headers


@pytest.mark.parametrize(("over", "status", "count"), [("refuse", 400, None), ("clamp", 200, 5)])
def test_page_size_over_the_maximum(over: Any, status: int, count: int | None) -> None:
    """A page size above the maximum is refused by one vendor and clamped by another."""
    with serve(api(pages=PageNumber(size=PageSize("size", 3, 5, over))), now=NOW) as server:
        answer = get(server, "/things", size=6)

        assert status == answer.status_code
        assert count is None or count == len(ids(answer))


@pytest.mark.parametrize("query", [{"page": "0"}, {"page": "x"}, {"per_page": "0"}, {"per_page": "-1"}])
def test_page_that_is_none(query: dict[str, str]) -> None:
    """A page number below the base and a size below one are refused."""
    with serve(api(pages=PageNumber()), now=NOW) as server:
        assert get(server, "/things", **query).status_code == 400


def test_page_number_from_zero_on_demand() -> None:
    """Some vendors send everything unless a page number is sent, and count from zero."""
    pages = PageNumber(size=PageSize("page_size", 2, 5), base=0, optional=True)
    with serve(api(pages=pages), now=NOW) as server:
        assert ids(get(server, "/things")) == [1, 2, 3, 4, 5, 6, 7]
        assert ids(get(server, "/things", page=0)) == [1, 2]
        assert ids(get(server, "/things", page=3)) == [7]
        assert ids(get(server, "/things", page=4)) == []


def classic(cut: Cut) -> dict[str, Any]:
    """Write the keys of a classic offset envelope, the total only when it was asked for."""
    total = cut.total if cut.call.first("total") == "true" else None
    return {"limit": cut.size, "offset": cut.start, "more": cut.more, "total": total}


def test_offset_with_cap() -> None:
    """An offset list says whether more follows, and refuses to go deeper than its cap though rows remain."""
    cap = Cap(6, lambda _call: Reply(400, {"error": {"code": 2002}}))
    with serve(api(pages=Offset(cap=cap, body=classic), also=("total",)), now=NOW) as server:
        first = get(server, "/things", limit=3).json()
        second = get(server, "/things", limit=3, offset=3, total="true").json()
        third = get(server, "/things", limit=3, offset=6)

    assert {k: first[k] for k in first if k != "things"} == {"limit": 3, "offset": 0, "more": True, "total": None}
    assert {k: second[k] for k in second if k != "things"} == {"limit": 3, "offset": 3, "more": True, "total": 7}
    assert (third.status_code, third.json()) == (400, {"error": {"code": 2002}})


def after(cut: Cut) -> dict[str, Any]:
    """Write the cursor where many vendors have it; an empty page has no such key at all."""
    return {"meta": {"page": {"after": cut.token}}} if cut.token else {}


def walk(server: SimulatorServer, param: str) -> list[tuple[list[int], bool]]:
    """Follow a cursor to its end; return the ids of each page and whether a cursor came with them."""
    seen, query = [], {"size": "3"}
    while True:
        answer = get(server, "/things", **query)
        token = answer.json().get("meta", {}).get("page", {}).get("after")
        seen.append((ids(answer), token is not None))
        if token is None:
            return seen
        query[param] = token


def test_cursor() -> None:
    """The cursor is absent on the last page, and a made-up one is refused."""
    with serve(api(pages=Cursor("cursor", PageSize("size", 2, 5), body=after)), now=NOW) as server:
        assert walk(server, "cursor") == [([1, 2, 3], True), ([4, 5, 6], True), ([7], False)]
        assert get(server, "/things", cursor="made-up").status_code == 400


def test_trailing_cursor() -> None:
    """A short page may still have a cursor; only the empty page it leads to has none."""
    with serve(api(pages=Cursor("cursor", PageSize("size", 2, 5), trailing=True, body=after)), now=NOW) as server:
        assert walk(server, "cursor") == [([1, 2, 3], True), ([4, 5, 6], True), ([7], True), ([], False)]


def test_key_cursor() -> None:
    """A cursor may be the key of the last record seen, of a list in any order."""
    pages = KeyCursor("after", PageSize("size", 2, 5), body=after)
    with serve(api(pages=pages, order=NamedOrders("sort", {"-id": ("id", True)}, ("id", True))), now=NOW) as server:
        assert walk(server, "after") == [([7, 6, 5], True), ([4, 3, 2], True), ([1], False)]
        assert ids(get(server, "/things", after=6)) == [5, 4]
        assert get(server, "/things", after=99).status_code == 400


def test_next_path_with_result_cap() -> None:
    """A search says where to go on by path and query, and refuses what lies beyond its result cap."""
    cap = Cap(4, lambda _call: Reply(400, {"error": "maximum-results-exceeded"}), counts="start")
    pages = Cursor(
        "next",
        PageSize("page_size", 2, 25),
        cap=cap,
        seal=lambda position: f"a8ac~{position}",
        unseal=lambda token: int(token.partition("~")[2]),
        body=lambda cut: {"next": cut.next_path, "total": cut.total},
    )
    with serve(api(pages=pages, filters=(Required("query"),)), now=NOW) as server:
        origin = server.base_url.removesuffix("/v1")
        first = get(server, "/things", query="title:ä b").json()
        second = requests.get(origin + first["next"], timeout=10).json()
        third = requests.get(origin + second["next"], timeout=10)

        assert (first["next"], first["total"]) == ("/v1/things?query=title%3A%C3%A4+b&next=a8ac~2", 7)
        assert [record["id"] for record in second["things"]] == [3, 4]
        assert (third.status_code, third.json()) == (400, {"error": "maximum-results-exceeded"})
        assert get(server, "/things").status_code == 400


@pytest.mark.parametrize(
    "pages",
    [PageNumber(), Offset(), Cursor("cursor", PageSize("size", 2, 5)), KeyCursor("after", PageSize("size", 2, 5))],
)
def test_empty_list(pages: PageStyle) -> None:
    """Every page style answers an empty list with an empty page."""
    with serve(api(pages=pages), sizes={"things": 0}, now=NOW) as server:
        assert get(server, "/things").json() == {"things": []}


def test_hidden_by_default() -> None:
    """A choice hides rows by a mark that no record shows; a value that is no choice is refused."""
    choice = Choice(
        "trashed", {"false": lambda r: not r.value("hidden"), "true": lambda r: r.value("hidden")}, default="false"
    )
    with serve(api(filters=(choice,)), now=NOW) as server:
        assert ids(get(server, "/things")) == [1, 2, 4, 5, 7]
        assert ids(get(server, "/things", trashed="true")) == [3, 6]
        assert get(server, "/things", trashed="maybe").status_code == 400


def test_default_values() -> None:
    """A repeated parameter replaces the default values."""
    with serve(api(filters=(OneOf("kind[one_of]", "kind", default=("a",)),)), now=NOW) as server:
        assert ids(get(server, "/things")) == [2, 4, 6]
        assert ids(get(server, "/things", **{"kind[one_of]": ["a", "b"]})) == [1, 2, 3, 4, 5, 6, 7]


def test_default_days() -> None:
    """Without the parameter only the last days are listed, counted back from the vendor's clock."""
    with serve(api(filters=(RecentUnless(("since",), days=2),)), now=NOW) as server:
        assert ids(get(server, "/things")) == [6, 7]
        assert ids(get(server, "/things", since="1970-01-01")) == [1, 2, 3, 4, 5, 6, 7]
        server.advance(timedelta(days=1))
        assert ids(get(server, "/things")) == [7]


def test_window() -> None:
    """One end alone makes a window of the default span; too long a window is empty, not an error."""
    window = Window("since", "until", span=timedelta(days=2), longest=timedelta(days=4), off=("range", "all"))
    since = (NOW - timedelta(days=6)).isoformat()
    with serve(api(filters=(window,)), now=NOW) as server:
        assert ids(get(server, "/things")) == [6, 7]
        assert ids(get(server, "/things", since=since)) == [2, 3, 4]
        assert ids(get(server, "/things", until=since)) == [1, 2]
        assert ids(get(server, "/things", since=since, until=(NOW - timedelta(days=2)).isoformat())) == [2, 3, 4, 5, 6]
        assert ids(get(server, "/things", since=since, until=NOW.isoformat())) == []
        assert ids(get(server, "/things", range="all")) == [1, 2, 3, 4, 5, 6, 7]
        assert get(server, "/things", since="yesterday").status_code == 400


def test_retention() -> None:
    """What the vendor no longer keeps is not in any window."""
    window = Window("from", "to", span=timedelta(minutes=15), reach=timedelta(days=3))
    with serve(api(filters=(window,)), now=NOW) as server:
        assert ids(get(server, "/things")) == []
        assert ids(get(server, "/things", **{"from": "2000-01-01", "to": NOW.isoformat()})) == [5, 6, 7]


def test_sort_list() -> None:
    """Fields to sort by are listed in one parameter, the most important one first, up to a number of them."""
    with serve(api(order=SortList(("kind", "created_at"), default=(("created_at", True),))), now=NOW) as server:
        assert ids(get(server, "/things")) == [7, 6, 5, 4, 3, 2, 1]
        assert ids(get(server, "/things", sort_by="kind,created_at:desc")) == [6, 4, 2, 7, 5, 3, 1]
        assert ids(get(server, "/things", sort_by="kind:desc")) == [1, 3, 5, 7, 2, 4, 6]
        wrong = ("id", "kind:up", "kind,created_at,kind")
        assert {400} == {get(server, "/things", sort_by=text).status_code for text in wrong}


def test_one_of_several_values() -> None:
    """A field that is a list needs one of the values asked for."""
    with serve(api(filters=(OneOf("box[]", "box_ids"),)), now=NOW) as server:
        assert ids(get(server, "/things", **{"box[]": ["2", "3"]})) == [1, 2, 5, 6]


def test_included_fields() -> None:
    """A field may be sent only when it is asked for."""
    with serve(api(views=(Included({"kinds": ("kind",)}),)), now=NOW) as server:
        plain, full = get(server, "/things"), get(server, "/things", include="kinds")

        assert "kind" not in plain.json()["things"][0]
        assert full.json()["things"][0]["kind"] == "b"
        assert full.json()["things"] == server.truth("things", include="kinds")
        assert plain.json()["things"] == server.truth("things")


@pytest.mark.parametrize(
    ("scheme", "right", "wrong"),
    [
        (HeaderKey(prefix="Token token="), {"headers": {"Authorization": "Token token=k"}}, {"auth": ("k", "X")}),
        (BasicUser(), {"auth": ("k", "anything")}, {"auth": ("X", "k")}),
        (QueryKey("token"), {"params": {"token": "k"}}, {"headers": {"token": "k"}}),
        (
            AllOf(HeaderKey("A-Key"), HeaderKey("B-Key", setting="other_key")),
            {"headers": {"A-Key": "k", "B-Key": "o"}},
            {"headers": {"A-Key": "k"}},
        ),
    ],
)
def test_credentials(scheme: Any, right: dict[str, Any], wrong: dict[str, Any]) -> None:
    """Only the credentials in their right place are accepted, and the log keeps none of them."""
    with serve(api(auth=scheme), now=NOW, secrets={"api_key": "k", "other_key": "o"}) as server:
        url = server.base_url + "/boxes"
        statuses = [requests.get(url, timeout=10, **sent).status_code for sent in (right, wrong, {})]

        assert statuses == [200, 401, 401]
        assert [request.status for request in server.requests] == [200, 401, 401]
        assert set() == {"authorization", "a-key", "b-key"} & set(server.requests[0].headers)


def test_either_credential() -> None:
    """Where one of several schemes will do, each is accepted, and a setting that they share is asked for once."""
    with serve(api(auth=AnyOf(HeaderKey(prefix="Key "), HeaderKey(prefix="Bearer "))), now=NOW) as server:
        key = server.settings["api_key"]
        values = [f"Key {key}", f"Bearer {key}", key]
        answers = [requests.get(server.base_url + "/boxes", headers={"Authorization": v}, timeout=10) for v in values]

        assert [answer.status_code for answer in answers] == [200, 200, 401]
        assert set(server.settings) == {"base_url", "api_key"}


def test_log_redacts_by_value() -> None:
    """A secret that a wrong connector sends where nobody expects it does not reach the log."""
    with serve(api(auth=BasicUser()), now=NOW, secrets={"api_key": "s3cret"}) as server:
        requests.get(server.base_url + "/boxes?q=s3cret", headers={"X-Odd": "is s3cret"}, timeout=10)
        request = server.requests[0]

    assert (request.query, request.headers["x-odd"]) == ((("q", "REDACTED"),), "is REDACTED")


@pytest.mark.parametrize(
    ("accept", "status"), [("application/json", 200), ("text/html, */*;q=0.8", 200), ("text/html", 406)]
)
def test_required_header(accept: str, status: int) -> None:
    """A vendor may insist on what the caller accepts."""
    rule = RequiredHeader("Accept", ("application/json", "*/*"))
    with serve(api(headers=(rule,)), now=NOW) as server:
        assert status == requests.get(server.base_url + "/boxes", headers={"Accept": accept}, timeout=10).status_code


def test_children() -> None:
    """A child of two parents is listed under both; an unknown parent and an unknown path are not found."""
    with serve(api(size=4), now=NOW) as server:
        assert [ids(get(server, f"/boxes/{box}/things")) for box in (1, 2, 3)] == [[1, 4], [1], [2]]
        assert [get(server, path).status_code for path in ("/boxes/9/things", "/nowhere")] == [404, 404]
        assert [(record["id"], record["_boxes_id"]) for record in server.truth("boxed")] == [
            (1, 1),
            (4, 1),
            (1, 2),
            (2, 3),
        ]


def test_single_object() -> None:
    """A single object that a parent does not have is not found."""
    with serve(api(size=1), now=NOW) as server:
        assert get(server, "/boxes/1/lid").json()["lid"]["id"] == 1
        assert get(server, "/boxes/3/lid").status_code == 404
        assert [record["_boxes_id"] for record in server.truth("lid")] == [1, 2]


def test_gates() -> None:
    """What is switched off answers as the vendor would, is left out of the truth, and can come back."""
    with serve(api(size=4), now=NOW, gates={"lid": [2], "boxed": None}) as server:
        off = get(server, "/boxes/2/lid")

        assert (off.status_code, off.json()) == (402, {"error": "no lids in this plan"})
        assert [get(server, f"/boxes/1/{name}").status_code for name in ("lid", "things")] == [200, 403]
        assert ([r["_boxes_id"] for r in server.truth("lid")], server.truth("boxed")) == ([1, 3], [])

        server.ungate("boxed")
        server.gate("things", reply=lambda _call: Reply(404, b"<html>gone</html>"))

        assert get(server, "/boxes/1/things").status_code == 200
        assert ((gone := get(server, "/things")).status_code, gone.text) == (404, "<html>gone</html>")


def test_shared_gate() -> None:
    """Two paths to one resource are off together, and so is a parameter that needs the resource."""
    simulator = api(filters=(OneOf("box", "box_ids"),), gated_params={"box": "boxes"})
    older = Endpoint(name="old_boxes", path="/old/boxes", shape=BareList(), table="boxes", gated_as="boxes")
    with serve(evolve(simulator, endpoints=(*simulator.endpoints, older)), now=NOW) as server:
        server.gate("old_boxes")
        assert [get(server, path).status_code for path in ("/boxes", "/old/boxes", "/things")] == [403, 403, 200]
        assert get(server, "/things", box="1").status_code == 403
        assert (server.truth("boxes"), server.truth("old_boxes")) == ([], [])
        server.ungate("boxes")
        assert [get(server, path).status_code for path in ("/old/boxes", "/things?box=1")] == [200, 200]
    with pytest.raises(SimulatorError, match="things: gated as unknown resource 'crates'"):
        api(gated_params={"box": "crates"})


def test_rate_limit() -> None:
    """The 429 is real: it says how long to wait, and the quota of a class binds before the account's."""
    limit = RateLimit(
        Quota(100),
        {"slow": Quota(2)},
        headers=lambda usage: {"X-Left": str(usage.remaining)},
    )
    with serve(api(limit_class="slow", rate_limit=limit), now=NOW, rate_limit=limit) as server:
        answers = [get(server, "/things") for _ in range(3)]

        assert [(a.status_code, a.headers["X-Left"]) for a in answers] == [(200, "1"), (200, "0"), (429, "0")]
        assert 1 <= int(answers[2].headers["Retry-After"]) <= 60
        assert get(server, "/boxes").status_code == 200


def test_limit_is_off_by_default() -> None:
    """A description's limit is in force only when it is asked for."""
    with serve(api(rate_limit=RateLimit(Quota(1))), now=NOW) as server:
        assert [get(server, "/boxes").status_code for _ in range(2)] == [200, 200]


def test_quota_comes_back() -> None:
    """When its period is over a quota is whole again; a refused call uses nothing up."""
    time = [0.0]
    limiter = Limiter(RateLimit(Quota(1000, 1000)).scaled(requests=2, period=10), lambda: time[0])
    call = Call("GET", "/", now=NOW)

    def spend(at: float) -> tuple[int, float, bool]:
        time[0] = at
        usage = limiter.spend(None, call)
        assert isinstance(usage, Usage)
        return usage.remaining, usage.wait, usage.refused

    assert [spend(at) for at in (0, 1, 2, 10)] == [(1, 10, False), (0, 9, False), (0, 8, True), (1, 10, False)]


def test_changes_between_runs() -> None:
    """Added, changed and deleted records are in the next answer, with the vendor's time on them."""
    with serve(api(size=3), now=NOW) as server:
        server.advance(timedelta(hours=1))
        server.add("things", {"kind": "new"})
        server.update("things", 2, {"kind": "changed"})
        server.delete("things", 1)
        later = "2025-03-01T01:00:00Z"

        assert [
            {"id": 2, "kind": "changed", "created_at": "2025-02-27T00:00:00Z", "updated_at": later},
            {"id": 3, "kind": "b", "created_at": "2025-02-28T00:00:00Z", "updated_at": "2025-02-28T00:00:00Z"},
            {"id": 4, "kind": "new", "created_at": later, "updated_at": later},
        ] == get(server, "/things").json()["things"]


def test_traces_of_changes() -> None:
    """A change may leave a row in another table, whose first rows do not depend on when it was first asked for."""

    def traces(before: Row | None, after: Row, at: float) -> Iterator[tuple[str, Row]]:
        was = before.record["kind"] if before else None
        yield "log", Row({"id": f"{after.record['id']}/{zulu(at)}", "was": was, "is": after.record["kind"]})

    def make_log(seeding: Seeding) -> Iterator[Row]:
        return (Row({"id": f"{row.record['id']}/made", "is": row.record["kind"]}) for row in seeding.rows("things"))

    simulator = api(size=2)
    tables = (evolve(simulator.tables[0], traces=traces), *simulator.tables[1:], Table("log", make_log, updated=None))
    log = Endpoint(name="log", path="/log", shape=BareList())
    with serve(evolve(simulator, tables=tables, endpoints=(*simulator.endpoints, log)), now=NOW) as server:
        server.update("things", 1, {"kind": "changed"})
        server.add("things", {"kind": "new"})

        assert get(server, "/log").json() == [
            {"id": "1/made", "is": "b"},
            {"id": "2/made", "is": "a"},
            {"id": "1/2025-03-01T00:00:00Z", "was": "b", "is": "changed"},
            {"id": "3/2025-03-01T00:00:00Z", "was": None, "is": "new"},
        ]


def test_added_child() -> None:
    """A child is added to a parent, and marks decide what a list shows of it."""
    with serve(api(size=1), now=NOW) as server:
        added = server.add("boxed", {"kind": "new"}, parent=3)

        assert [added | {"_boxes_id": 3}] == server.truth("boxed", parents=[3])


def test_change_of_nothing() -> None:
    """A change of a record that is not there, and a resource that is not described, are the test's mistakes."""
    with serve(api(), now=NOW) as server:
        with pytest.raises(SimulatorError, match="table 'things' has no row with id 99"):
            server.update("things", 99, {})
        with pytest.raises(SimulatorError, match="has no resource 'thingz'; it has things, boxes, boxed, lid"):
            server.truth("thingz")


def test_same_seed_same_data() -> None:
    """Scale multiplies the described size, a size replaces it, and neither changes another table."""
    with serve(api(), now=NOW, scale=3) as large, serve(api(), now=NOW, sizes={"things": 2}) as small:
        assert (len(large.truth("things")), len(small.truth("things"))) == (21, 2)
        assert len(large.truth("boxes")) == 9
        assert small.truth("boxes") == large.truth("boxes")[:3]


def test_settings() -> None:
    """The settings are what a connector takes to read the server; no secret is the same for two APIs' settings."""
    with serve(api(auth=AllOf(HeaderKey("A"), HeaderKey("B", setting="application_key")))) as server:
        assert list(server.settings) == ["base_url", "api_key", "application_key"]
        assert len(set(server.settings.values())) == 3


def test_keep_alive_and_stop() -> None:
    """One connection serves many requests, and leaving the context ends it."""
    with serve(api(), now=NOW) as server, requests.Session() as session:
        url = server.base_url + "/boxes"
        assert [session.get(url, timeout=10).status_code for _ in range(2)] == [200, 200]
        server.stop()
        assert server.wait(timeout=0)
        with pytest.raises(requests.ConnectionError):
            session.get(url, timeout=10)


def test_lifetime() -> None:
    """A server stops by itself when its lifetime is over."""
    with serve(api(), lifetime=0.0) as server:
        assert server.wait(timeout=10)


def test_address_before_start() -> None:
    """A server that was not started has no address, and holds no socket."""
    with pytest.raises(SimulatorError, match="has no address before it is started"):
        serve(api()).base_url  # noqa: B018 - reading it is the test


def test_what_is_not_http() -> None:
    """What is not HTTP is answered with 400 and the end of the connection."""
    with serve(api()) as server:
        port = int(server.base_url.split(":")[2].split("/")[0])
        with socket.create_connection(("127.0.0.1", port), timeout=10) as connection:
            connection.sendall(b"HELLO\r\n\r\n")
            answer = connection.makefile("rb").read()

    assert answer.startswith(b"HTTP/1.1 400 ")


def test_wrong_method() -> None:
    """A list is not posted to."""
    with serve(api()) as server:
        assert requests.post(server.base_url + "/boxes", json={}, timeout=10).status_code == 405


def test_description_that_fails() -> None:
    """A description whose own function fails answers what nobody repeats; leaving the server says what went wrong."""
    broken = Included({})
    object.__setattr__(broken, "groups", None)
    with (
        pytest.raises(SimulatorError, match=r"the simulator of 'boxes' fails: TypeError: .* \(\w+\.py:\d+\)"),
        serve(api(views=(broken,))) as server,
    ):
        assert get(server, "/things").status_code == 501


def test_rows_that_cannot_be_made() -> None:
    """The line of the maker is named, and comes before what its failure did to a reader; who interrupts is heard."""

    def make(seeding: Seeding) -> Iterator[Row]:
        yield Row({"id": 1})
        yield Row({"id": seeding.size + "1"})  # type: ignore[operator] # the mistake

    line = make.__code__.co_firstlineno + 2
    simulator = Simulator(
        name="fleet", tables=(Table("cars", make),), endpoints=(Endpoint(name="cars", path="/cars", shape=BareList()),)
    )
    said = rf"^the simulator of 'fleet' fails: TypeError: unsupported operand .* \(test_simulator\.py:{line}\)$"

    def read_until(error: type[BaseException]) -> None:
        with serve(simulator) as server:
            assert requests.get(server.base_url + "/cars", timeout=10).json() == {"code": "the_simulator_fails"}
            raise error("answered 501")

    with pytest.raises(FailedSimulatorError, match=said):
        read_until(ResponseError)
    with pytest.raises(KeyboardInterrupt):
        read_until(KeyboardInterrupt)


def test_faults_of_a_description() -> None:
    """All mistakes of a description are reported at once."""
    with pytest.raises(SimulatorError) as caught:
        Simulator(
            name="bad",
            tables=(),
            endpoints=(
                Endpoint(name="a", path="/a/{x}", shape=BareList()),
                Endpoint(name="a", path="/b", shape=BareList(), parent=Parent("c", "d")),
            ),
        )

    assert str(caught.value) == (
        "simulator 'bad': resource 'a' is described twice; a: no table 'a'; a: path '/a/{x}' does not go with its"
        " parent; a: no table 'a'; a: no table 'c'; a: path '/b' does not go with its parent;"
        " a: parents reached by unknown resource 'c'"
    )


def test_body_as_parameters() -> None:
    """A posted object is read as parameters: inner objects in brackets, lists repeated, nulls not sent."""
    body = b'{"filter": {"from": "x", "tags": ["a", "b"]}, "page": {"limit": 5, "cursor": null}, "all": true}'

    assert json_params(body) == (
        ("filter[from]", "x"),
        ("filter[tags]", "a"),
        ("filter[tags]", "b"),
        ("page[limit]", "5"),
        ("all", "true"),
    )
    assert json_params(b"") == ()


def test_posted_search() -> None:
    """An endpoint that reads its body filters by it, refuses what it does not know, and what is no object."""
    things = Table("things", make_things, size=9)
    endpoint = Endpoint(
        name="things",
        path="/things/search",
        shape=BareList(),
        filters=(OneOf("kind", "kind"),),
        method="POST",
        reads=json_params,
    )
    with serve(Simulator(name="posted", tables=(things,), endpoints=(endpoint,)), now=NOW) as server:
        url = server.base_url + "/things/search"
        found = requests.post(url, json={"kind": ["a"]}, timeout=10)
        wrong = [requests.post(url, json=body, timeout=10).status_code for body in ({"knd": "a"}, ["a"], "a")]

        assert [record["id"] for record in found.json()] == [2, 4, 6, 8]
        assert found.json() == server.truth("things", kind="a")
    assert wrong == [400, 400, 400]


def test_endpoint_with_fewer_credentials() -> None:
    """One path may ask for less than the others, such as a check of the first of two keys."""
    both = AllOf(HeaderKey("X-One", setting="one"), HeaderKey("X-Two", setting="two"))
    endpoints = (
        Endpoint(name="things", path="/things", shape=BareList()),
        Endpoint(name="check", path="/check", table="things", shape=SingleObject(), auth=both.parts[0]),
    )
    described = Simulator(name="keys", tables=(Table("things", make_things, size=2),), endpoints=endpoints, auth=both)
    with serve(described, now=NOW, secrets={"one": "1", "two": "2"}) as server:
        asked = [("/things", "2"), ("/things", "wrong"), ("/check", "wrong")]
        statuses = [
            requests.get(server.base_url + path, headers={"X-One": "1", "X-Two": second}, timeout=10).status_code
            for path, second in asked
        ]

    assert statuses == [200, 401, 200]


def test_aligned_quota() -> None:
    """The periods of an aligned quota follow the clock, whenever the first request comes."""
    times = iter([57.0, 59.0, 60.0])
    limiter = Limiter(RateLimit(account=Quota(1, 20, aligned=True)), timer=lambda: next(times))
    call = Call("GET", "/things", now=NOW)
    usages = [limiter.spend(None, call) for _ in range(3)]

    assert [(u.refused, u.wait, u.period) for u in usages if u] == [(False, 3, 20), (True, 1, 20), (False, 20, 20)]


def test_changes_inside_an_object() -> None:
    """A dotted name sets a field of an inner object, and so is the time of a change written there."""
    rows = [Row({"id": 1, "attributes": {"name": "a", "modified": zulu(0)}})]
    table = Table("nested", lambda _seeding: rows, created=None, updated="attributes.modified")
    endpoint = Endpoint(name="nested", path="/nested", shape=BareList())
    with serve(Simulator(name="nested", tables=(table,), endpoints=(endpoint,)), now=NOW) as server:
        changed = server.update("nested", 1, {"attributes.name": "b"})
        assert [changed] == server.truth("nested")

    assert changed == {"id": 1, "attributes": {"name": "b", "modified": "2025-03-01T00:00:00Z"}}
    assert rows[0].record["attributes"]["name"] == "a"
