"""Rows of two versions: what a table holds after each run."""

from collections.abc import Sequence
from typing import Any

from sdk.testing.compat.rows import row_differences

Rows = Sequence[dict[str, str]]


def facts(first: Rows, second: Rows = (), key: Sequence[str] = ("id",), disposition: str = "merge") -> Any:
    columns = {name: "text" for row in (*first, *second) for name in row}
    runs = [{"rows": list(rows), "requests": [], "skips": [], "failure": ""} for rows in (first, second)]
    played = {"columns": columns, "runs": runs, "unrecorded": []}
    return {"key": list(key), "write_disposition": disposition, "played": played}


def found(old: Any, new: Any, *columns: str) -> list[tuple[str, str, str, str]]:
    return [(str(one.kind), one.what, one.was, one.now) for one in row_differences(old, new, columns)]


def row(number: int, name: str = '"Venus"') -> dict[str, str]:
    return {"id": str(number), "name": name}


def test_a_row_that_comes_twice_and_is_merged_is_one():
    """An overlap of two pages is no difference: the table is the same."""
    twice, once = facts([row(1), row(1), row(2)]), facts([row(2), row(1)])

    assert found(twice, once, "id", "name") == []


def test_a_row_that_is_appended_twice_is_two():
    """There is no key by which it would be merged."""
    twice = facts([row(1), row(1)], key=(), disposition="append")
    once = facts([row(1)], key=(), disposition="append")

    assert found(twice, once, "id", "name") == [("rows lost", "", "2 rows", "1 row, without 1 that no key names")]
    assert found(once, twice, "id", "name") == [("rows new", "", "1 row", "2 rows, with 1 that no key names")]


def test_lost_and_new_rows_are_named_by_their_key():
    """A few of them, and how many more."""
    old, new = facts([row(number) for number in range(6)]), facts([row(5), row(6)])

    assert found(old, new, "id", "name") == [
        ("rows lost", "", "6 rows", "2 rows, without id=0, id=1, id=2 and 2 more"),
        ("rows new", "", "6 rows", "2 rows, with id=6"),
    ]


def test_a_changed_value_is_shown_once_for_each_column():
    """With the first row that it is in, and how many there are; nothing where a value was is null."""
    old = facts([row(1), row(2), row(3)])
    new = facts([row(1, '"VENUS"'), {"id": "2"}, row(3)])

    assert found(old, new, "id", "name") == [("values changed", "name", '"Venus" in id=1', '"VENUS"; so in 2 rows')]


def test_a_column_of_another_type_is_not_compared_twice():
    """Its values differ because its type does; a key that became text still tells its rows."""
    assert found(facts([row(1)]), facts([row(1) | {"id": '"1"'}]), "name") == []


def test_a_second_run_that_loses_rows():
    """What continues is compared too: a replaced table holds what came last."""
    old = facts([row(1)], [row(1), row(2)], disposition="replace")
    new = facts([row(1)], [row(2)], disposition="replace")

    assert found(old, new, "id", "name") == [
        ("rows lost", "", "2 rows after the second run", "1 row after the second run, without id=1"),
    ]


def test_a_second_run_that_merges_less_again():
    """A row that is there already is not lost when it does not come again."""
    assert found(facts([row(1)], [row(1), row(2)]), facts([row(1)], [row(2)]), "id", "name") == []


def test_a_key_that_is_gone():
    """Nothing tells which row is which, and how many there are is compared."""
    old, new = facts([row(1), row(2)]), facts([{"number": "1"}, {"number": "2"}], key=["number"])
    less = facts([{"number": "1"}], key=["number"])

    assert found(old, new) == []
    assert found(old, less) == [("rows lost", "", "2 rows", "1 row, without 1 that no key names")]
