"""Paths with places: filled from a parent's record, one segment for each value, and nothing evaluated."""

from __future__ import annotations

from decimal import Decimal
from typing import Any
from urllib.parse import unquote

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sdk.errors import ExpansionError
from sdk.paths import Reference, Template

# JSON holds no lone surrogates: orjson refuses them.
texts = st.text(st.characters(exclude_categories=["Cs"]), min_size=1)


@pytest.mark.parametrize(
    ("text", "parent", "filled"),
    [
        ("/tickets", {}, "/tickets"),
        ("/tickets/{tickets.id}/items", {"id": 17}, "/tickets/17/items"),
        ("/tickets/{ tickets.id }", {"id": 17}, "/tickets/17"),
        ("/{tickets.id}/{tickets.kind}", {"id": 17, "kind": "a"}, "/17/a"),
        ("/{tickets.id}/{tickets.id}", {"id": 17}, "/17/17"),
        ("/{tickets.data.id}", {"data": {"id": 17}}, "/17"),
        ("/{tickets.ids[0]}", {"ids": [17]}, "/17"),
        ("/{tickets.['dc:id']}", {"dc:id": 17}, "/17"),
        ("/x/{tickets.id}", {"id": "a/b"}, "/x/a%2Fb"),
        ("/x/{tickets.id}", {"id": "../../admin"}, "/x/..%2F..%2Fadmin"),
        ("/x/{tickets.id}", {"id": "a?b=1#c"}, "/x/a%3Fb%3D1%23c"),
        ("/x/{tickets.id}", {"id": "50%"}, "/x/50%25"),
        ("/x/{tickets.id}", {"id": "%2e%2e"}, "/x/%252e%252e"),
        ("/x/{tickets.id}", {"id": "Zoë"}, "/x/Zo%C3%AB"),
        ("/x/{tickets.id}", {"id": "\\..\\"}, "/x/%5C..%5C"),
        ("/x/{tickets.id}", {"id": "http://evil.example"}, "/x/http%3A%2F%2Fevil.example"),
        ("/x/{tickets.id}", {"id": 0}, "/x/0"),
        ("/x/{tickets.id}", {"id": Decimal(2**64)}, "/x/18446744073709551616"),
        ("/x/{tickets.id}", {"id": Decimal("1E+30")}, "/x/1000000000000000000000000000000"),
    ],
)
def test_places_are_filled(text: str, parent: dict[str, Any], filled: str):
    """Each value stands percent-encoded in its one segment, whatever it holds."""
    assert Template(text).fill("tickets", parent) == filled


@pytest.mark.parametrize(
    ("parent", "state"),
    [({}, "absent"), ({"id": None}, "null"), ({"id": ""}, "empty")],
)
def test_an_id_that_is_not_there_is_an_error(parent: dict[str, Any], state: str):
    """A path without its id would list all children of all parents, or something else."""
    with pytest.raises(ExpansionError) as caught:
        Template("/tickets/{tickets.id}/items").fill("tickets", parent)

    assert str(caught.value) == f"a record of tickets has no 'id' for its children: it is {state}"


@pytest.mark.parametrize(("value", "kind"), [(True, "bool"), (1.5, "float"), ([1], "list"), ({"a": 1}, "dict")])
def test_an_id_of_another_kind_is_an_error(value: object, kind: str):
    """Only text and whole numbers name something; a float's text differs from API to API."""
    with pytest.raises(ExpansionError) as caught:
        Template("/tickets/{tickets.id}").fill("tickets", {"id": value})

    assert str(caught.value) == f"tickets.id is {kind}, which fills no path"


@pytest.mark.parametrize("value", [".", ".."])
def test_an_id_cannot_leave_the_path(value: str):
    """Dots alone are the one text that percent-encoding leaves as it is and that clients follow."""
    with pytest.raises(ExpansionError, match="which would leave the path"):
        Template("/tickets/{tickets.id}/items").fill("tickets", {"id": value})

    assert Template("{tickets.id}").fill("tickets", {"id": value}, encode=False) == value


@given(texts)
def test_a_value_stays_in_its_segment(value: str):
    """Whatever a parent holds, the path has its three segments, and the server reads the value back."""
    template = Template("/tickets/{tickets.id}/items")
    if value in {".", ".."}:
        with pytest.raises(ExpansionError):
            template.fill("tickets", {"id": value})
        return

    before, tickets, segment, items = template.fill("tickets", {"id": value}).split("/")

    assert (before, tickets, unquote(segment), items) == ("", "tickets", value, "items")
    assert segment.isascii()


@given(texts, texts)
def test_a_parameter_is_filled_as_it_is(one: str, other: str):
    """Encoding is the query's business; a value that looks like a place stays a value."""
    template = Template("{a.one}, {a.other}")

    assert template.fill("a", {"one": one, "other": other}, encode=False) == f"{one}, {other}"
    assert template.fill("a", {"one": "{a.other}", "other": other}, encode=False) == f"{{a.other}}, {other}"


@pytest.mark.parametrize(
    "text",
    [
        "/{id}",
        "/{}",
        "/{.id}",
        "/{tickets.}",
        "/{tickets.id",
        "/tickets.id}",
        "/{{tickets.id}}",
        "/{tickets.id|}",
        "/{tickets.id|id}",
        "/{tickets.id!r}",
        "/{tickets.id:>10}",
        "/{tickets.id:{width}}",
        "/{0.id}",
        "/{tickets[id]}",
        "/{tickets.id()}",
        "/{tickets.id[}",
        "/{tickets.a b}",
    ],
)
def test_what_is_no_place_is_refused(text: str):
    """The grammar is closed: no empty names, no conversions, no format specs, no calls, no loose braces."""
    with pytest.raises(ValueError, match=r"does not read|neither a dotted path|unbalanced braces"):
        Template(text)


@pytest.mark.parametrize("field", ["__class__", "__class__.__mro__[0]", "keys", "id.real", "__dict__['id']"])
def test_a_place_reads_keys_and_never_attributes(field: str):
    """Python's own attributes are not fields of a record; a record that has such a key is read."""
    template = Template(f"/x/{{tickets.{field}}}")

    with pytest.raises(ExpansionError, match="it is absent"):
        template.fill("tickets", {"id": 17})
    assert Template("/x/{tickets.__class__}").fill("tickets", {"__class__": "economy"}) == "/x/economy"


def test_one_of_several_parents_fills_a_place():
    """`{a.id|b.key}` reads the field of whichever parent the record comes from."""
    template = Template("/things/{users.id|teams.key}")

    assert template.fill("users", {"id": 1, "key": 2}) == "/things/1"
    assert template.fill("teams", {"id": 1, "key": 2}) == "/things/2"
    assert list(template.references()) == [Reference("users", "id"), Reference("teams", "key")]


def test_a_parent_that_a_place_does_not_name_is_an_error():
    """A path is never asked with a place still open in it."""
    with pytest.raises(ExpansionError, match=r"\{users\.id\} names no field of teams"):
        Template("/things/{users.id}").fill("teams", {"id": 1})


def test_a_text_without_places_names_no_parent():
    """Most paths are plain."""
    assert (Template("/tickets").places, list(Template("/tickets").references())) == ((), [])
