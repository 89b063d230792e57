"""Selecting records: what is not found is an error, never "no rows"."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sdk.errors import SelectionError
from sdk.selectors import Selector, describe, lifted

A, B, C = {"id": 1}, {"id": 2}, {"id": 3}


@pytest.mark.parametrize(
    ("data_selector", "body", "records"),
    [
        ("", [A, B], [A, B]),
        ("", [], []),
        ("$", [A], [A]),
        ("data", {"data": [A]}, [A]),
        ("data", {"data": []}, []),
        ("data", {"data": None}, []),
        ("result.rows", {"result": {"rows": [A, B]}}, [A, B]),
        ("$.result.rows", {"result": {"rows": [A]}}, [A]),
        ("data[*]", {"data": [A, B]}, [A, B]),
        ("data[*]", {"data": []}, []),
        ("data[*].attributes", {"data": [{"attributes": A}, {"attributes": B}]}, [A, B]),
        ("groups[*].items", {"groups": [{"items": [A, B]}, {"items": []}, {"items": [C]}]}, [A, B, C]),
        ("groups[*].items", {"groups": [{"items": [A]}, {"items": None}]}, [A]),
        ("groups[*].items", {"groups": []}, []),
        ("by_id.*", {"by_id": {"x": A, "y": B}}, [A, B]),
        ("$..items", {"groups": [{"items": [A]}, {"items": [B]}]}, [A, B]),
        ("data[?(@.id > 1)]", {"data": [A, B]}, [B]),
        ("data[?(@.id > 9)]", {"data": [A, B]}, []),
        ("data[0:2]", {"data": [A, B, C]}, [A, B]),
    ],
)
def test_records_are_found(data_selector: str, body: object, records: list[Any]):
    """Dotted paths and JSONPath; several lists are one page; an empty list and a null are an empty page."""
    assert Selector(data_selector).select(body) == records


@pytest.mark.parametrize(
    ("data_selector", "body", "message"),
    [
        (
            "applications",
            {"apps": [], "meta": {}},
            "data_selector 'applications' not found in the body; its keys are 'apps', 'meta'",
        ),
        ("data", {}, "data_selector 'data' not found in the body; it has no keys"),
        ("data", [], "data_selector 'data' not found in the body; it is a list"),
        ("data", None, "data_selector 'data' not found in the body; it is null"),
        ("data", "oops", "data_selector 'data' not found in the body; it is text"),
        ("data", True, "data_selector 'data' not found in the body; it is a boolean"),
        ("", None, "the body is null where a list was expected"),
        ("", {"error": "no"}, "the body is an object where a list was expected; its keys are 'error'"),
        ("", 5, "the body is a number where a list was expected"),
        (
            "data",
            {"data": {"id": 1}},
            "what data_selector 'data' finds is an object where a list was expected; its keys are 'data'",
        ),
        ("data", {"data": [A, "x"]}, "record 2 of 2 is text where an object was expected"),
        ("data", {"data": [[A]]}, "record 1 of 1 is a list where an object was expected"),
        ("data[*]", {"data": [A, None]}, "record 2 of 2 is null where an object was expected"),
        ("data[*]", {"data": [None]}, "record 1 of 1 is null where an object was expected"),
    ],
)
def test_what_is_no_records_is_an_error(data_selector: str, body: object, message: str):
    """The message names keys and kinds, so that the next step is plain, and no value of the body."""
    with pytest.raises(SelectionError) as caught:
        Selector(data_selector).select(body)

    assert str(caught.value) == message


def test_a_single_object_is_one_record():
    """An API that answers with one object is declared so; a null there is no record."""
    assert Selector("account", single=True).select({"account": A}) == [A]
    assert Selector(single=True).select(A) == [A]
    assert Selector("account", single=True).select({"account": None}) == []


@pytest.mark.parametrize("body", [{"account": [A]}, {"account": "x"}])
def test_a_single_object_that_is_something_else_is_an_error(body: object):
    """A list where one object is declared would lose all but one."""
    with pytest.raises(SelectionError, match="where one object was expected"):
        Selector("account", single=True).select(body)


def test_attributes_are_lifted():
    """The fields of `attributes` become the record's own; `type` and `relationships` stay."""
    body = {"data": [{"id": "1", "type": "users", "attributes": {"name": "Ada"}, "relationships": {}}]}

    assert Selector("data", lift="attributes").select(body) == [
        {"id": "1", "type": "users", "relationships": {}, "name": "Ada"}
    ]


@pytest.mark.parametrize("record", [{"id": 1}, {"id": 1, "attributes": None}, {"id": 1, "attributes": "x"}])
def test_a_record_without_that_object_stays_whole(record: dict[str, Any]):
    """A null or missing `attributes` takes nothing away."""
    assert lifted(record, "attributes") == record


def test_an_attribute_never_replaces_a_field():
    """An attribute called `id` arrives as `attributes_id`; the key stays the key."""
    record = {"id": "1", "attributes": {"id": 99, "name": "Ada"}}

    assert lifted(record, "attributes") == {"id": "1", "attributes_id": 99, "name": "Ada"}


def test_two_fields_of_one_name_are_an_error():
    """Where no free name is left, nothing is overwritten."""
    record = {"id": 1, "attributes_id": 2, "attributes": {"id": 3}}

    with pytest.raises(SelectionError, match="would give two fields the name 'attributes_id'"):
        lifted(record, "attributes")


@given(
    st.dictionaries(st.sampled_from(["id", "type", "a", "x_id"]), st.integers()),
    st.dictionaries(st.sampled_from(["id", "type", "a", "x_id", "b"]), st.integers()),
)
def test_lifting_keeps_every_value(outer: dict[str, int], inner: dict[str, int]):
    """As many fields come out as went in, or it is an error."""
    try:
        found = lifted({**outer, "x": inner}, "x")
    except SelectionError:
        return

    assert sorted(found.values()) == sorted([*outer.values(), *inner.values()])
    assert {name: found[name] for name in outer} == outer


def test_long_bodies_are_described_in_short():
    """A body with many keys does not fill the screen."""
    assert describe({f"k{number}": 0 for number in range(13)}) == (
        "its keys are 'k0', 'k1', 'k2', 'k3', 'k4', 'k5', 'k6', 'k7', 'k8', 'k9', 'k10', 'k11', …"
    )


def test_the_page_is_left_as_it_is():
    """Selecting and lifting make new records; the paginator reads the same body afterwards."""
    body = {"data": [{"id": 1, "attributes": {"a": 1}}]}

    Selector("data", lift="attributes").select(body)

    assert body == {"data": [{"id": 1, "attributes": {"a": 1}}]}


@pytest.mark.parametrize(
    ("data_selector", "body", "finds"),
    [
        ("data", {"data": []}, True),
        ("data", {"data": None}, True),
        ("data", {"data": "text"}, True),
        ("data", {"message": "overloaded"}, False),
        ("data.items", {"data": {}}, False),
        ("data", None, False),
        ("", [], True),
    ],
)
def test_whether_there_is_anything(data_selector, body, finds):
    """Whatever stands there: an answer without the place of its records is another kind of answer."""
    assert Selector(data_selector).finds(body) is finds
