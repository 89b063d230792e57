"""What is handed to dlt as rows: nothing that a table would lose without a word."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

import pytest

from sdk.dialects.rows import Keyed, Rows, exact, keyed
from sdk.errors import ReadError

MERGED = {"primary_key": "id", "write_disposition": "merge"}


def column(name: str) -> str:
    """Return the name of a column."""
    return name.lower().replace("-", "_")


def rows(**hints: Any) -> Rows:
    """Return what watches a resource with these hints."""
    return Rows(column, keyed(hints, ["_posts_id"]))


@pytest.mark.parametrize(
    ("hints", "key"),
    [
        (MERGED, Keyed(("id",), merges=True, stamped=False)),
        ({"primary_key": ["_posts_id", "id"]}, Keyed(("_posts_id", "id"), merges=False, stamped=True)),
        ({}, None),
        ({**MERGED, "primary_key": "author__id"}, None),
        ({**MERGED, "primary_key": len}, None),
        ({**MERGED, "columns": {"id": {"nullable": True}}}, None),
        ({**MERGED, "columns": {"at": {"dedup_sort": "desc"}}}, None),
        ({**MERGED, "columns": {"id": {"data_type": "text"}}}, Keyed(("id",), merges=True, stamped=False)),
        (
            {"primary_key": "id", "write_disposition": {"disposition": "merge", "strategy": "scd2"}},
            Keyed(("id",), merges=False, stamped=False),
        ),
    ],
)
def test_the_key(hints: Any, key: Any):
    """It is known where its columns are fields of the record, and no hint says that it may be otherwise."""
    assert keyed(hints, ["_posts_id"]) == key


@pytest.mark.parametrize("record", [{"name": "x"}, {"id": None}, 7, None])
def test_a_record_without_its_key(record: Any):
    """Whatever it is."""
    with pytest.raises(ReadError, match="a record of a page has no 'id', which is the primary key"):
        rows(**MERGED).of([{"id": 1}, record], {}, b"")


def test_a_key_that_is_spelled_as_its_column():
    """A table has it, too."""
    assert rows(primary_key="user_id").of([{"User-Id": 1}], {}, b"") == [{"User-Id": 1}]


@pytest.mark.parametrize("other", [{"id": 1, "n": 2}, {"id": "1"}, {"id": True}])
def test_two_records_under_one_key(other: Any):
    """A merge would keep one; the same record twice is none."""
    watching = rows(**MERGED)

    assert watching.of([{"id": 1}, {"id": 1}], {}, b"") == [{"id": 1}, {"id": 1}]
    with pytest.raises(ReadError, match="two different records of one page have the same 'id'"):
        watching.of([{"id": 1}, other], {}, b"")


def test_what_is_appended_has_no_key_to_lose():
    """Both rows stand in the table."""
    found = [{"id": 1, "n": 1}, {"id": 1, "n": 2}]

    assert rows(primary_key="id").of(found, {}, b"") == found


def test_one_key_under_two_parents():
    """Different records are lost by a merge, unless the parent is a part of their key; the same one is not."""
    watching = rows(**MERGED)
    watching.of([{"id": 1, "n": 1}], {"_posts_id": 1}, b"one")
    watching.of([{"id": 1, "n": 1}], {"_posts_id": 2}, b"two")
    watching.of([{"id": 1, "n": 2}], {"_posts_id": 1}, b"one")

    with pytest.raises(ReadError, match="different records of two parents have the same 'id'"):
        watching.of([{"id": 1, "n": 2}], {"_posts_id": 2}, b"two")
    stamped = rows(primary_key=["_posts_id", "id"], write_disposition="merge")
    stamped.of([{"id": 1, "n": 1}], {"_posts_id": 1}, b"one")
    assert stamped.of([{"id": 1, "n": 2}], {"_posts_id": 2}, b"two") == [{"id": 1, "n": 2, "_posts_id": 2}]


def test_two_fields_of_one_column():
    """A table would keep one of the values."""
    with pytest.raises(ReadError, match=r"would share the column 'name'; rename one in a processing step"):
        rows().of([{"Name": "a", "name": "b"}], {}, b"")


@pytest.mark.parametrize(
    ("value", "row"),
    [
        (Decimal(2**64 + 1), "18446744073709551617"),
        (Decimal("1e-20"), "0.00000000000000000001"),
        ({"a": [Decimal("0.12345678901234567891")], "b": 1}, {"a": ["0.12345678901234567891"], "b": 1}),
        ([[1.5, None]], [[1.5, None]]),
    ],
)
def test_numbers_are_exact(value: Any, row: Any):
    """What no double holds is text, wherever it stands."""
    assert exact(value) == row
