"""What is handed to dlt as rows: nothing that a table would lose without a word."""

from __future__ import annotations

from typing import Any

import pytest
from dlt.common.schema import Schema

from sdk.dialects.keeping import DltLayout, Keeping
from sdk.dialects.keys import Keys, keyed
from sdk.dialects.rows import Rows, restored
from sdk.errors import ReadError
from sdk.repairing import Repairs

NANO = "2024-02-29T12:00:00.123456789Z"


def rows(nested: Any = None, **hints: Any) -> Rows:
    """Return what watches a resource with these hints."""
    schema, key = Schema("acme"), keyed(hints, ["_posts_id"])
    names = frozenset(key.names if key is not None else ())
    keeping = Keeping("things", {}, DltLayout(schema, 2), Repairs(), names)
    keys = Keys(key, schema.naming.normalize_identifier) if key is not None else None
    return Rows(keeping, keys, "acme.things", nested or {})


def test_two_fields_of_one_column():
    """A table would keep one of the values."""
    with pytest.raises(ReadError, match=r"would share the column 'name'; rename one in a processing step"):
        rows().of([{"Name": "a", "name": "b"}], {}, b"")


def test_what_is_nested_too_deeply():
    """It is no matter of a name."""
    record: Any = {}
    for _ in range(5000):
        record = {"a": record}

    with pytest.raises(ReadError, match=r"a record is nested too deeply for a row$"):
        rows().of([record], {}, b"")


def test_what_the_parent_gives():
    """It stands in each row, and in none of the records."""
    records = [{"id": 1}, {"id": 2}]

    assert rows().of(records, {"_posts_id": 7}, b"one") == [{"id": 1, "_posts_id": 7}, {"id": 2, "_posts_id": 7}]
    assert records == [{"id": 1}, {"id": 2}]


def test_records_that_are_no_objects():
    """They are dlt's to put into a column."""
    assert rows().of(["a", 1, None], {}, b"") == ["a", 1, None]


@pytest.mark.parametrize(("first", "other"), [(1, "x"), (1, "007"), ("2024-02-29T12:00:00Z", NANO)])
def test_a_key_of_another_type(first: Any, other: Any):
    """It would stand beside its column, and the row have no key."""
    watching = rows(primary_key="id", write_disposition="merge")
    watching.of([{"id": first}], {}, b"")

    with pytest.raises(ReadError, match=r"a record's 'id', which is the primary key, is of another type than"):
        watching.of([{"id": other}], {}, b"")


def test_hints_for_child_tables():
    """They are added to those of the dictionary, in the place of which dlt puts them."""
    own = {("tags",): {"columns": {"x": {"name": "x", "data_type": "text"}}}}
    made = rows(own).of([{"at": NANO, "lines": [{"at": NANO}]}], {}, b"")

    assert made.data == [{"at": NANO, "lines": [{"at": NANO}]}]
    assert made.meta.hints["columns"] == {"at": {"name": "at", "data_type": "text"}}
    assert set(made.meta.hints["nested_hints"]) == {("tags",), ("lines",)}


def test_a_parents_row():
    """Its children ask by its record: what stands beside its column is in its place."""
    assert restored({"id": 1, "at__v_text": "x"}) == {"id": 1, "at__v_text": "x", "at": "x"}
    assert restored({"id": 1}) == {"id": 1}
