"""Requests, pages and partitions: values that carry all there is to know."""

from __future__ import annotations

import json
import pickle
from datetime import UTC, datetime
from typing import Any
from urllib.parse import parse_qsl, urlencode, urlsplit

import pytest
import requests
from attrs import evolve
from attrs.exceptions import FrozenInstanceError
from hypothesis import given
from hypothesis import strategies as st

from sdk.messages import LAST_PAGE, Interval, Page, Partition, Request, as_params

URL = "https://api.example.com/items"

texts = st.text(st.characters(codec="utf-8"), max_size=5)
names = st.text("abcé[]&= ", min_size=1, max_size=3)
params = st.lists(st.tuples(names, texts), max_size=5)
plain = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False, allow_infinity=False) | texts,
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(texts, inner, max_size=3),
    max_leaves=5,
)
any_request = st.builds(
    Request,
    st.builds(lambda query: f"{URL}?{urlencode(query)}" if query else URL, params),
    method=st.sampled_from(["GET", "POST"]),
    params=params,
    headers=st.dictionaries(names, texts, max_size=2),
    json=plain,
    state=st.dictionaries(texts, plain, max_size=2),
)


def sent(request: Request) -> tuple[str, list[tuple[str, str]]]:
    """Return the address and the query as they go over the wire."""
    url = requests.Request(request.method, request.url, params=list(request.params)).prepare().url
    parts = urlsplit(str(url))
    return parts._replace(query="").geturl(), parse_qsl(parts.query, keep_blank_values=True)


@pytest.mark.parametrize(
    ("given_params", "pairs"),
    [
        ({}, ()),
        ({"b": 1, "a": "x"}, (("b", "1"), ("a", "x"))),
        ([("a", 1), ("b", 2), ("a", 3)], (("a", "1"), ("b", "2"), ("a", "3"))),
        ({"ids": [1, 2], "tags": ("x", "y")}, (("ids", "1"), ("ids", "2"), ("tags", "x"), ("tags", "y"))),
        ({"on": True, "off": False}, (("on", "true"), ("off", "false"))),
        ({"all": [True, None, 0]}, (("all", "true"), ("all", "0"))),
        ({"none": None, "empty": "", "zero": 0, "list": []}, (("empty", ""), ("zero", "0"))),
        ({"id": 2**64, "ratio": 0.5}, (("id", "18446744073709551616"), ("ratio", "0.5"))),
    ],
)
def test_params_become_pairs_of_text(given_params: Any, pairs: tuple[tuple[str, str], ...]):
    """Order is kept, lists repeat, booleans are lower case, `None` is left out and empty text is not."""
    assert as_params(given_params) == pairs
    assert Request(URL, params=given_params).params == pairs


@given(params)
def test_pairs_of_text_stay_as_they_are(pairs: list[tuple[str, str]]):
    """Building a request from a request's own parameters changes nothing."""
    assert as_params(as_params(pairs)) == tuple(pairs)


@pytest.mark.parametrize(
    ("url", "pairs", "value"),
    [
        (URL, [], None),
        (f"{URL}?page=1", [], "1"),
        (f"{URL}?page=", [], ""),
        (f"{URL}?page=1", [("page", "2")], "2"),
        (URL, [("page", "1"), ("page", "2")], "2"),
        (f"{URL}?q=a%20b%26c", [], None),
    ],
)
def test_param_is_the_last_value_of_its_name(url: str, pairs: list[tuple[str, str]], value: str | None):
    """The URL's own query counts, and comes before the parameters."""
    assert Request(url, params=pairs).param("page") == value


def test_param_decodes_the_url():
    """A value in the URL is read as the server would read it."""
    assert Request(f"{URL}?q=a%20b%26c+d").param("q") == "a b&c d"


def test_with_params_replaces_and_appends():
    """Each new value replaces every older one of its name; the others keep their order."""
    request = Request(URL, params=[("a", 1), ("page", 1), ("b", 2), ("page", 9)])

    assert request.with_params({"page": 2, "c": [3, 4]}).params == (
        ("a", "1"),
        ("b", "2"),
        ("page", "2"),
        ("c", "3"),
        ("c", "4"),
    )


def test_with_params_replaces_also_in_the_url():
    """A page number in the URL is not sent a second time; what else stands there is kept, in order."""
    request = Request(f"{URL}?x=1&page=1&q=a%20b&flag=#top", params={"y": 2}).with_params({"page": 2})

    assert request.url == f"{URL}#top"
    assert request.params == (("x", "1"), ("q", "a b"), ("flag", ""), ("y", "2"), ("page", "2"))


def test_with_params_leaves_a_url_alone_that_does_not_name_them():
    """A query that need not change is sent as the API wrote it, however it is encoded."""
    url = f"{URL}?cursor=%FF%fe&flag"

    assert Request(url).with_params({"page": 2}) == Request(url, params={"page": 2})


def test_with_params_leaves_out_none():
    """`None` is no value: what was there stays."""
    request = Request(URL, params={"page": 1})

    assert request.with_params({"page": None, "limit": None}) == request


@given(any_request, st.dictionaries(names, texts, min_size=1, max_size=3))
def test_with_params_sends_each_new_value_once(request_: Request, new: dict[str, str]):
    """What is sent is what was sent before, without the old values of the new names, and the new ones last."""
    address, before = sent(request_)
    kept = [(name, value) for name, value in before if name not in new]

    assert sent(request_.with_params(new)) == (address, kept + list(new.items()))


@given(any_request)
def test_a_request_survives_a_checkpoint(request_: Request):
    """Through JSON and back it is the same request and the same question."""
    again = Request.from_dict(json.loads(json.dumps(request_.to_dict())))

    assert again == request_
    assert again.identity == request_.identity


@given(any_request)
def test_a_request_survives_a_process_boundary(request_: Request):
    """A pickled request comes back equal."""
    assert pickle.loads(pickle.dumps(request_)) == request_  # noqa: S301 - our own bytes


def test_a_request_is_described_whole():
    """The checkpoint holds every field, as plain JSON data."""
    request = Request(URL, "POST", {"a": [1, 2]}, {"X-A": "b"}, {"q": 1}, {"seen": 3})

    assert request.to_dict() == {
        "url": URL,
        "method": "POST",
        "params": [["a", "1"], ["a", "2"]],
        "headers": {"X-A": "b"},
        "json": {"q": 1},
        "state": {"seen": 3},
    }
    assert Request.from_dict(request.to_dict()) == request


@pytest.mark.parametrize(
    ("left", "right"),
    [
        (Request(URL), Request(URL, headers={"X": "1"})),
        (Request(URL), Request(URL, state={"page": 1})),
        (Request(URL, params={"page": 2}), Request(f"{URL}?page=2")),
        (Request(f"{URL}?a=1", params={"page": 2}), Request(f"{URL}?a=1&page=2")),
        (Request(f"{URL}?q=a%20b"), Request(f"{URL}?q=a+b")),
        (Request(URL, json={"a": 1, "b": 2}), Request(URL, json={"b": 2, "a": 1})),
        (Request(URL, json={"a": (1, 2)}), Request(URL, json={"a": [1, 2]})),
        (Request(f"{URL}#top"), Request(URL)),
    ],
)
def test_requests_that_ask_the_same_are_the_same_question(left: Request, right: Request):
    """Headers, memory, and where a parameter was written make no difference."""
    assert left.identity == right.identity
    assert hash(left.identity) == hash(right.identity)


@pytest.mark.parametrize(
    "other",
    [
        Request(f"{URL}/1"),
        Request(URL, "POST"),
        Request(URL, params={"page": 1}),
        Request(URL, json={}),
        Request(f"{URL}?page="),
        Request(f"{URL}?cursor=%FF"),
        Request(f"{URL}?cursor=%FE"),
    ],
)
def test_requests_that_ask_something_else_are_another_question(other: Request):
    """Each part that is sent counts."""
    others = [Request(URL), Request(f"{URL}?cursor=%FD"), Request(URL, json=[])]

    assert other.identity not in {one.identity for one in others}


def test_the_order_of_parameters_counts():
    """Some APIs read repeated parameters in order, so nothing is sorted."""
    assert Request(URL, params=[("a", 1), ("a", 2)]).identity != Request(URL, params=[("a", 2), ("a", 1)]).identity


def test_with_json_sets_one_place_in_the_body():
    """The body is built as far as needed, and the old request keeps its own."""
    request = Request(URL, "POST", json={"page": {"size": 5}, "q": "x"})

    assert request.with_json("page.after", "c1").json == {"page": {"size": 5, "after": "c1"}, "q": "x"}
    assert request.json == {"page": {"size": 5}, "q": "x"}
    assert Request(URL).with_json("a.b", 1).json == {"a": {"b": 1}}
    assert Request(URL, json={"page": None}).with_json("page.after", 1).json == {"page": {"after": 1}}


def test_with_state_adds_to_what_is_remembered():
    """A later word replaces an earlier one of the same name."""
    request = Request(URL, state={"a": 1, "b": 1})

    assert request.with_state(b=2, c=3).state == {"a": 1, "b": 2, "c": 3}
    assert request.state == {"a": 1, "b": 1}


def test_a_request_reads_as_what_it_asks():
    """Method, address and parameters, joined to a query that is already there."""
    assert str(Request(URL)) == f"GET {URL}"
    assert str(Request(URL, "POST", {"a": 1, "b": "x"})) == f"POST {URL}?a=1&b=x"
    assert str(Request(f"{URL}?a=1", params={"b": 2})) == f"GET {URL}?a=1&b=2"


def test_messages_are_frozen():
    """A value that is passed on cannot be changed behind the back of whoever passed it."""
    for value, name in [
        (Request(URL), "url"),
        (Page(Request(URL)), "status"),
        (Partition("r", Request(URL)), "resource"),
    ]:
        with pytest.raises(FrozenInstanceError):
            setattr(value, name, "x")


def test_a_page_knows_its_headers_without_case():
    """Servers and proxies write header names as they like."""
    page = Page(Request(URL), headers={"Link": "<x>"})

    assert (page.headers["link"], page.headers.get("LINK"), page.headers.get("X")) == ("<x>", "<x>", None)


def test_a_page_stands_where_it_was_asked_for_unless_redirected():
    """Relative links are resolved against the last address."""
    assert Page(Request(URL)).url == URL
    assert Page(Request(URL), url=f"{URL}/v2").url == f"{URL}/v2"


def test_pages_and_partitions_survive_a_process_boundary():
    """Everything that travels between threads can travel between processes."""
    request = Request(URL, params={"a": 1}, state={"n": 1})
    page = Page(request, 200, {"Link": "<x>"}, {"items": [1]}, f"{URL}/v2")
    start = datetime(2024, 1, 1, tzinfo=UTC)
    partition = Partition("items", request, "parents", {"_parents_id": 1}, Interval(start, None))

    assert pickle.loads(pickle.dumps((page, partition))) == (page, partition)  # noqa: S301 - our own bytes
    assert pickle.loads(pickle.dumps(page)).headers["LINK"] == "<x>"  # noqa: S301 - our own bytes
    assert pickle.loads(pickle.dumps(LAST_PAGE)) is LAST_PAGE  # noqa: S301 - our own bytes


def test_a_partition_is_the_same_whichever_parent_named_it():
    """Resource, question and stamp make the piece; the parent's name does not."""
    one = Partition("items", Request(URL), "tickets", {"_id": 1, "_site": "a"})

    assert one.digest == evolve(one, parent_resource="problems", stamp={"_site": "a", "_id": 1}).digest
    assert len(one.digest) == 16
    for other in (
        evolve(one, resource="tasks"),
        evolve(one, request=Request(f"{URL}/2")),
        evolve(one, stamp={"_id": "1", "_site": "a"}),
    ):
        assert one.digest != other.digest


def test_a_partition_has_the_same_digest_before_and_after_a_checkpoint():
    """A finished piece is recognised by a resumed run."""
    one = Partition("items", Request(f"{URL}?b=1", "POST", {"a": (1, 2)}, json={"ids": (1, 2)}), stamp={"_id": 1})
    request = Request.from_dict(json.loads(json.dumps(one.request.to_dict())))

    assert evolve(one, request=request).digest == one.digest


def test_a_part_remembers_the_whole():
    """Cutting again keeps the request that the cursor is kept for."""
    whole = Partition("items", Request(URL))
    half = whole.within(Interval(1, 9), Request(URL, params={"from": 1}))
    quarter = half.within(Interval(1, 5), Request(URL, params={"from": 1, "to": 5}))

    assert (quarter.interval, quarter.whole) == (Interval(1, 5), Request(URL))
    assert whole.scope("https://api.example.com") == quarter.scope("https://api.example.com") == "GET /items"
