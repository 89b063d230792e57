"""From records to rows: declared types, keys that hold, and no two fields in one column."""

from __future__ import annotations

from datetime import UTC, datetime
from decimal import Decimal
from typing import Any

import pytest

from sdk import Connector, Resource, columns
from sdk.batches import FieldNames, hints, rows, table_columns
from sdk.columns import Column
from sdk.errors import ReadError

PLANETS = Resource("planets", columns=columns(bigint="id", text="name", epoch_s="seen"))
MOONS = Resource("moons", path="/planets/{planets.id}/moons", columns=columns(text="id"))
CRATERS = Resource(
    "craters",
    path="/moons/{moons.id}/craters",
    include_from_parent=["id", "_planets_id", "colour"],
    columns=columns(double="width"),
)
SPACE = Connector("space", resources=[PLANETS, MOONS, CRATERS])


def test_rows_have_the_declared_types():
    """What fits is converted, what does not is in its variant column, and the rest is as it came."""
    found = rows(
        SPACE,
        PLANETS,
        [
            {"id": "7", "name": "Mars", "seen": 0, "extra": {"a": 1}},
            {"id": 8, "name": {"en": "Venus"}, "seen": "long ago", "extra": Decimal(2**64)},
        ],
    )

    assert found == [
        {"id": 7, "name": "Mars", "seen": datetime(1970, 1, 1, tzinfo=UTC), "extra": {"a": 1}},
        {"id": 8, "name": '{"en":"Venus"}', "seen__v_text": "long ago", "extra__v_text": "18446744073709551616"},
    ]


def test_rows_leave_the_records_alone():
    """Others may still read them."""
    record = {"id": "7", "seen": "never"}

    rows(SPACE, PLANETS, [record])

    assert record == {"id": "7", "seen": "never"}


def test_a_stamp_has_the_type_of_the_parents_field():
    """However many levels up it is declared; a field that nobody declared is as it comes."""
    assert table_columns(SPACE, MOONS) == {
        "_planets_id": Column("_planets_id", "bigint"),
        "id": Column("id", "text"),
    }
    assert table_columns(SPACE, CRATERS) == {
        "_moons_id": Column("_moons_id", "text"),
        "_moons__planets_id": Column("_moons__planets_id", "bigint"),
        "width": Column("width", "double"),
    }
    assert rows(SPACE, MOONS, [{"id": 1, "_planets_id": "7"}]) == [{"id": "1", "_planets_id": 7}]


def test_a_declared_stamp_counts_before_the_parents():
    """A child may say otherwise."""
    moons = Resource("moons", path="/planets/{planets.id}/moons", columns=columns(text="_planets_id id"))
    space = Connector("space", resources=[PLANETS, moons])

    assert table_columns(space, moons)["_planets_id"] == Column("_planets_id", "text")


def test_united_parents():
    """The first that declares the field gives the type."""
    people = Resource("people", path="/{agents.id|users.id}", parent_as="all")
    users = Resource("users", columns=columns(bigint="id"))
    space = Connector("space", resources=[Resource("agents"), users, people])

    assert table_columns(space, people) == {"_all_id": Column("_all_id", "bigint")}


@pytest.mark.parametrize("value", [2**64, Decimal(2**64), "x7", 1.5, {}, True])
def test_a_key_that_does_not_fit_is_an_error(value):
    """In a variant column it would be no key: a merge would lose or double the row."""
    with pytest.raises(ReadError) as caught:
        rows(SPACE, PLANETS, [{"id": 1}, {"id": value}])

    assert str(caught.value) == (
        "space.planets: 1 of 2 records of a page have a 'id' that is no bigint; declare another type for this column"
    )


def test_hints_for_dlt():
    """Types, zoned timestamps, and keys that are never null."""
    assert hints(SPACE, PLANETS) == {
        "id": {"name": "id", "data_type": "bigint", "nullable": False},
        "name": {"name": "name", "data_type": "text", "nullable": True},
        "seen": {"name": "seen", "data_type": "timestamp", "nullable": True, "timezone": True},
    }
    assert {name: hint["nullable"] for name, hint in hints(SPACE, CRATERS).items()} == {
        "_moons_id": False,
        "_moons__planets_id": False,
        "width": True,
    }


def test_two_fields_of_one_row_in_one_column():
    """Loaded, the last one would be kept; it is noticed wherever the second of them first comes."""
    names = FieldNames(str.lower)
    names.check([{"id": 1, "Name": "a"}, {"id": 2, "name": "b"}])

    with pytest.raises(ReadError) as caught:
        names.check([{"id": 3}, {"name": "b", "Name": "a"}])

    assert str(caught.value) == (
        "fields 'Name' and 'name' of one record would share the column 'name'; rename one with map=... in the "
        "declaration, or in a plugin's sdk_select_records"
    )


def test_each_field_name_is_looked_at_once():
    """A page of a thousand records has the same few names over and over."""
    asked: list[str] = []

    def column(name: str) -> str:
        asked.append(name)
        return name

    names = FieldNames(column)
    page: list[dict[str, Any]] = [{"id": number, "name": "x"} for number in range(1000)]
    names.check(page)
    names.check([*page, {"other": 1}])

    assert asked == ["id", "name", "other"]


@pytest.mark.parametrize("name", ["", "_", "lost"])
def test_a_field_without_a_column(name):
    """It would fail in dlt, which names neither the resource nor the field."""
    with pytest.raises(ReadError) as caught:
        FieldNames(lambda _: "").check([{name: 1}])

    assert str(caught.value) == (
        f"field {name!r} has a name of which no column can be made; rename it with map=... in the declaration"
    )


def test_a_column_for_what_does_not_fit():
    """No field may have it, whichever comes first; to the same column more may be added."""
    said = "field 'a__v_text' has the name of the column 'a__v_text', which holds what does not fit field 'a'"
    names = FieldNames(str.lower)
    names.set_aside("a", "a__v_text")
    names.set_aside("A", "a__v_text")
    with pytest.raises(ReadError, match=said):
        names.check([{"a": 1}, {"a__v_text": 2}])

    names = FieldNames(str.lower)
    names.check([{"a__v_text": 2}])
    with pytest.raises(ReadError, match=said):
        names.set_aside("a", "a__v_text")


def test_columns_of_earlier_runs():
    """What they held is not mixed with anything else."""
    names = FieldNames(str.lower, {"a": False, "a__v_text": True, "b": False, "b__v_text": False})
    names.check([{"a": 1, "b": 2, "b__v_text": 3}])
    names.set_aside("a", "a__v_text")

    with pytest.raises(ReadError, match=r"field 'A__v_text' .* holds what did not fit another field in an earlier run"):
        FieldNames(str.lower, {"a__v_text": True}).check([{"A__v_text": 1}])
    with pytest.raises(ReadError, match=r"'b__v_text', which an earlier run filled from a field of that name"):
        FieldNames(str.lower, {"b__v_text": False}).set_aside("b", "b__v_text")


def test_fields_of_nested_objects():
    """They are shown by the way to them."""
    with pytest.raises(ReadError, match=r"fields 'a\.b' and 'a__b' of one record would share the table 'a__b'"):
        FieldNames("__".join, kind="table").check([{("a", "b"): 1, ("a__b",): 2}])
