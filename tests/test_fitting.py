"""Rows: what dlt would change stands beside its column, and what it keeps is left to it."""

from __future__ import annotations

from datetime import UTC, datetime
from decimal import Decimal
from typing import Any

import pytest
from dlt.common.schema import Schema
from hypothesis import given, settings
from hypothesis import strategies as st

from sdk import columns
from sdk.columns import MISFIT, Column, by_name
from sdk.errors import ReadError
from sdk.fitting import Fitting
from sdk.inferring import Layout, as_dlt_would
from sdk.repairing import Repairs

NOON = datetime(2024, 2, 29, 12, tzinfo=UTC)

VALUES = st.one_of(
    st.none(),
    st.booleans(),
    st.integers(-(2**63), 2**63 - 1),
    st.integers(2**63, 2**70).map(Decimal),
    st.floats(allow_nan=False, allow_infinity=False),
    st.text(st.characters(exclude_categories=("Cs", "Co")), max_size=6),
    st.from_regex(r"-?[0-9]{1,20}", fullmatch=True),
    st.sampled_from(
        [
            "2024-02-29T12:00:00Z",
            "2024-02-29T12:00:00.123456789Z",
            "2024-02-29",
            "20240229",
            "12:00",
            "true",
            "[]",
            "{}",
            "nan",
            "0x10",
            " 7",
            "1_0",
            "1e3",
            "null",
            "Mon, 01 Jan 2024 00:00:00 GMT",
            "2024-02-29T12:00",
        ]
    ),
    st.lists(st.integers(0, 3), max_size=2),
    st.dictionaries(st.sampled_from("ab"), st.integers(0, 3), max_size=2),
)
RECORDS = st.lists(st.dictionaries(st.sampled_from("xyz"), VALUES, max_size=3), max_size=5)


def fitting(*declared: Column, depth: int = 0, repairs: Repairs | None = None) -> Fitting:
    """Return what fits the rows of the table `things`."""
    return Fitting("things", by_name(declared), Layout(Schema("acme"), depth), repairs or Repairs())


@given(RECORDS)
@settings(deadline=None)  # the first example imports and compiles
def test_dlt_changes_nothing(records: list[dict[str, Any]]) -> None:
    """Whatever came before it in its column: a value is the same in its column, or as it is in a variant."""
    made = fitting()

    for record, row in zip(records, made.rows(records), strict=True):
        for name, value in record.items():
            [(key, given)] = [(key, one) for key, one in row.items() if key.partition("__v_")[0] == name]
            if key != name:
                assert given == (str(value) if isinstance(value, Decimal) else value)
            elif value is not None:
                column = made._table(("things",)).columns[name]
                assert column is not None
                by_dlt = as_dlt_would(column.data_type, given, made.layout.schema)
                assert by_dlt is MISFIT or by_dlt == column.fit(value)


@pytest.mark.parametrize(
    ("first", "then", "row"),
    [
        # What dlt would force into the type of the column.
        (True, 2, {"x__v_bigint": 2}),
        (True, "yes", {"x__v_text": "yes"}),
        (1, "0x10", {"x__v_text": "0x10"}),
        (1, " 7", {"x__v_text": " 7"}),
        (0.5, 2**53 + 1, {"x__v_bigint": 2**53 + 1}),
        (0.5, "1.50", {"x__v_text": "1.50"}),
        ([1], "[]", {"x__v_text": "[]"}),
        ("2024-02-29T12:00:00Z", 1709208000, {"x__v_bigint": 1709208000}),
        ("2024-02-29T12:00:00Z", "2024-02-29T12:00:00.123456789Z", {"x__v_text": "2024-02-29T12:00:00.123456789Z"}),
        # In whose variant dlt would see a time.
        (1, "2024-02-29T12:00:00.123456789Z", {"x__v_text": "2024-02-29T12:00:00.123456789Z"}),
        # What dlt keeps, converts without loss or puts aside itself, stays for steps that a user added.
        (1, 1.5, {"x": 1.5}),
        (1, "x", {"x": "x"}),
        (1, "7", {"x": "7"}),
        (0.5, 1, {"x": 1}),
        ("a", 1, {"x": 1}),
        ("2024-02-29T12:00:00Z", "2024-02-29T13:00:00+01:00", {"x": "2024-02-29T13:00:00+01:00"}),
        # What dlt reads or writes otherwise than we do.
        ("a", True, {"x": "true"}),
        ("2024-02-29T12:00:00Z", "Thu, 29 Feb 2024 12:00:00 GMT", {"x": NOON}),
        (1, Decimal(2**64), {"x__v_text": str(2**64)}),
    ],
)
def test_what_comes_after(first, then, row):
    """The first value tells the type of the column, and what comes then does not change."""
    assert fitting().rows([{"x": first}, {"x": then}])[1] == row


def test_hints_for_what_dlt_would_take_for_something_else():
    """Once for each column: a variant has the type in its name, and a text is not a time that it cannot hold."""
    made = fitting(*columns(bigint="id"), depth=2)
    nano = "2024-02-29T12:00:00.123456789Z"

    made.rows([{"id": "x", "at": nano, "plain": "a", "on": {"at": nano, "lines": [{"at": nano}]}}])

    assert made.news() == {
        "columns": {
            "id__v_text": {"name": "id__v_text", "data_type": "text", "variant": True},
            "at": {"name": "at", "data_type": "text"},
            "on__at": {"name": "on__at", "data_type": "text"},
        },
        "nested_hints": {
            ("on", "lines"): {
                "columns": {"at": {"name": "at", "data_type": "text"}},
                "parent_table_name": "things",
            }
        },
    }
    made.rows([{"id": "y", "at": nano}])
    assert made.news() == {}


def test_nested_rows_are_taken_apart_as_deep_as_dlt_does():
    """An object below the depth stays JSON, in whose inside nothing is put aside."""
    record = {"a": {"n": 1, "b": {"n": 1}}, "l": [{"n": 1, "b": [{"n": 1}]}, [1, 2], 3]}
    drifted = {"a": {"n": "0x1", "b": {"n": "0x1"}}, "l": [{"n": "0x1", "b": [{"n": "0x1"}]}, ["0x1"], "0x1"]}

    assert fitting(depth=1).rows([record, drifted])[1] == {
        "a": {"n__v_text": "0x1", "b": {"n": "0x1"}},
        "l": [{"n__v_text": "0x1", "b": [{"n": "0x1"}]}, ["0x1"], {"value__v_text": "0x1"}],
    }
    assert fitting(depth=0).rows([record, drifted])[1] == drifted


def test_a_declared_type_counts():
    """Also for what is nested: an object in a text column is its JSON, and in any other a misfit."""
    made = fitting(*columns(text="name", bigint="n", json="tags"), depth=1)

    assert made.rows([{"name": {"a": 1}, "n": {"a": 1}, "tags": {"a": 1}}, {"n": "7", "tags": "x"}]) == [
        {"name": '{"a":1}', "n__v_json": {"a": 1}, "tags": {"a": 1}},
        {"n": 7, "tags__v_text": "x"},
    ]


def test_a_type_that_only_dlt_knows():
    """A column that a user gave such a type is left to dlt."""
    schema = Schema("acme")
    column: Any = {"name": "price", "data_type": "decimal"}
    schema.update_table({"name": "things", "columns": {"price": column}})
    made = Fitting("things", {}, Layout(schema, 0), Repairs())
    rows = [{"price": 1.5}, {"price": Decimal("0.12345678901234567891")}, {"price": "x"}]

    assert made.rows(rows) == rows


def test_rows_leave_the_records_alone():
    """Others may still read them."""
    record = {"a": {"b": "\x00"}, "l": ["\x00"]}

    assert fitting(depth=2, repairs=Repairs("postgres")).rows([record]) == [{"a": {"b": "\ufffd"}, "l": ["\ufffd"]}]
    assert record == {"a": {"b": "\x00"}, "l": ["\x00"]}


@pytest.mark.parametrize("depth", [0, 2, 1000])
def test_what_is_nested_too_deeply(depth):
    """It is named before dlt fails."""
    value: Any = 1
    for _ in range(400):
        value = [value]

    with pytest.raises(ReadError, match="field 'deep' is nested too deeply for a row; batches='arrow' takes it"):
        fitting(depth=depth).rows([{"flat": [], "deep": value}])
