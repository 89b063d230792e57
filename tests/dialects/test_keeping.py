"""What dlt would change of a value without a word stands beside its column; what it keeps is left to it."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

import pytest
from dlt.common.schema import Schema
from hypothesis import example, given, settings
from hypothesis import strategies as st

import sdk
from sdk.batches import FieldNames
from sdk.columns import MISFIT
from sdk.dialects.keeping import DltLayout, Keeping, Repairing, exact
from sdk.errors import ReadError
from sdk.inferring import as_dlt_would
from sdk.repairing import Repairs

NANO = "2024-02-29T12:00:00.123456789Z"
NOON = "2024-02-29T12:00:00Z"

VALUES = st.one_of(
    st.none(),
    st.booleans(),
    st.integers(-(2**63), 2**63 - 1),
    st.integers(2**63, 2**70).map(Decimal),
    st.floats(allow_nan=False, allow_infinity=False),
    st.text(st.characters(exclude_categories=("Cs", "Co")), max_size=6),
    st.from_regex(r"-?[0-9]{1,20}(\.[0-9]{1,18})?", fullmatch=True),
    st.sampled_from(
        [NOON, NANO, "2024-02-29", "12:00", "true", "yes", "[]", "nan", "0x10", " 7", "1_0", "1e3", "2024"]
    ),
    st.lists(st.integers(0, 3), max_size=2),
    st.dictionaries(st.sampled_from("ab"), st.integers(0, 3), max_size=2),
)
RECORDS = st.lists(st.dictionaries(st.sampled_from("xyz"), VALUES, max_size=3), max_size=6)


def keeping(depth: int = 0, nul_in: str = "", **typed: str) -> Keeping:
    """Return what keeps the rows of the table `things`."""
    return Keeping("things", {}, DltLayout(Schema("acme"), depth), Repairs(nul_in, marks=True), typed=typed)


@given(RECORDS)
@example([{"x": []}, {"x": ""}, {"x": "0"}])
@settings(deadline=None)  # the first example imports and compiles
def test_what_was_seen_before_changes_nothing(records: list[dict[str, Any]]) -> None:
    """A record is what it would be if each were looked at value by value."""
    made, slow = keeping(), keeping()

    assert made.rows(records) == [slow._kept(one) for one in records]


@given(RECORDS)
@settings(deadline=None)  # the first example imports and compiles
def test_dlt_changes_no_digit(records: list[dict[str, Any]]) -> None:
    """A value is equal in its column, or as it is in a variant."""
    made = keeping()

    for record, row in zip(records, made.rows(records), strict=True):
        for name, value in record.items():
            [(key, found)] = [(key, one) for key, one in row.items() if key.partition("__v_")[0] == name]
            assert found == exact(value)
            column = made._table(("things",)).columns.get(name)
            # Among instants a number is the seconds since 1970, as dlt reads it.
            is_number = isinstance(value, int | float) and not isinstance(value, bool)
            if key == name and is_number and column.data_type != "timestamp":
                by_dlt = as_dlt_would(column.data_type, found, made.layout.schema)
                assert by_dlt is MISFIT or by_dlt in {value, str(value)}


@pytest.mark.parametrize(
    ("first", "then", "row"),
    [
        # What dlt would change.
        (True, 2, {"x__v_bigint": 2}),
        (True, "y", {"x__v_text": "y"}),
        (1, "0x10", {"x__v_text": "0x10"}),
        (1, "007", {"x__v_text": "007"}),
        (1, str(2**64), {"x__v_text": str(2**64)}),
        (0.5, 2**53 + 1, {"x__v_bigint": 2**53 + 1}),
        (0.5, "0.12345678901234567891", {"x__v_text": "0.12345678901234567891"}),
        (0.5, Decimal("0.12345678901234567891"), {"x__v_text": "0.12345678901234567891"}),
        (0.5, "nan", {"x__v_text": "nan"}),
        ([1], "[]", {"x__v_text": "[]"}),
        (NOON, NANO, {"x__v_text": NANO}),
        (NOON, "+5", {"x__v_text": "+5"}),
        (1, "+4915", {"x__v_text": "+4915"}),
        ([1], "null", {"x__v_text": "null"}),
        # In whose variant dlt would see a time.
        (1, NANO, {"x__v_text": NANO}),
        # What it keeps, or puts aside itself.
        (True, 1, {"x": 1}),
        (True, "true", {"x": "true"}),
        (1, "7", {"x": "7"}),
        (1, 2.0, {"x": 2.0}),
        (1, 1.5, {"x": 1.5}),
        (1, "x", {"x": "x"}),
        (0.5, 1, {"x": 1}),
        (0.5, "1.50", {"x": "1.50"}),
        ("a", 1, {"x": 1}),
        ("a", {"b": 1}, {"x": {"b": 1}}),
        ("a", Decimal(2**64), {"x": str(2**64)}),
        (NOON, "2024-02-29", {"x": "2024-02-29"}),
        (NOON, "2024-02-29T12:00:00.123456", {"x": "2024-02-29T12:00:00.123456"}),
        (NOON, 1709208000, {"x": 1709208000}),
        (NOON, "2024-02-29 12:00:00", {"x": "2024-02-29 12:00:00"}),
        (1, " 7", {"x": " 7"}),
        (0.5, " 7 ", {"x": " 7 "}),
        (NOON, "12:00", {"x": "12:00"}),
        (None, "x", {"x": "x"}),
    ],
)
def test_what_comes_after(first: Any, then: Any, row: Any):
    """The first value tells the type of the column."""
    assert keeping().rows([{"x": first}, {"x": then}])[1] == row


@pytest.mark.parametrize(
    ("data_type", "value", "row"),
    [
        ("bigint", "007", {"x": "007"}),
        ("double", "01.5", {"x": "01.5"}),
        ("bool", "yes", {"x": "yes"}),
        ("json", "[]", {"x": "[]"}),
        ("json", {"b": 1}, {"x": {"b": 1}}),
        ("timestamp", 1709208000, {"x": 1709208000}),
        ("decimal", "1.50", {"x": "1.50"}),
        ("bool", 2, {"x__v_bigint": 2}),
        ("timestamp", NANO, {"x__v_text": NANO}),
        ("double", 2**53 + 1, {"x__v_bigint": 2**53 + 1}),
    ],
)
def test_a_type_that_is_declared(data_type: str, value: Any, row: Any):
    """The dictionary wants values as one of it: what is lost is put aside, and what is written otherwise is not."""
    assert keeping(2, x=data_type).rows([{"x": value}]) == [row]


@pytest.mark.parametrize(
    ("value", "found"),
    [
        ("a\x00b", "a\ufffdb"),
        ({"b": ["a\x00b"]}, {"b": ["a\ufffdb"]}),
        ("\uf026x", "\ufffdx"),
        ("\U0001f600", "\U0001f600"),
    ],
)
@pytest.mark.parametrize("depth", [0, 2])
def test_what_a_destination_loses(value: Any, found: Any, depth: int, caplog: Any):
    """It is replaced wherever it stands and whatever came before, counted, and said with the first record."""
    made = Keeping("things", {}, DltLayout(Schema("a"), depth), Repairs("postgres", marks=True), frozenset(["id"]))
    plain = {"b": ["x"]} if isinstance(value, dict) else "x"

    assert made.rows([{"id": 1, "x": plain}, {"id": 2, "x": plain}, {"id": 3, "x": value}])[2] == {"id": 3, "x": found}
    made.repairs.say("acme.things")
    assert ("became U+FFFD, first in record 3" in caplog.text) == (value != found)


def test_a_field_that_shares_a_column_later():
    """Names that were seen apart are still watched together."""
    made = keeping()
    made.rows([{"Name": "a"}, {"Name": "b"}, {"name": "a"}, {"name": "b"}])

    with pytest.raises(ReadError, match="would share the column 'name'"):
        made.rows([{"name": "a", "Name": "b"}])


def test_rows_of_tables_that_nobody_knows():
    """Texts are repaired, numbers exact, and names watched."""
    made = Repairing(FieldNames(str.lower), Repairs("postgres"))

    assert made.rows([{"a": "\x00", "n": Decimal(2**64)}, 7]) == [{"a": "\ufffd", "n": str(2**64)}, 7]
    with pytest.raises(ReadError, match="would share the column 'a'"):
        made.rows([{"a": 1, "A": 2}])


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


@pytest.mark.parametrize("door", [sdk.from_config, sdk.rest_api_source])
def test_into_tables(tiny_api: Any, pipeline: Any, door: Any):
    """What dlt loses arrives, nested and declared, beside what it keeps; a child asks by what stood in the record."""
    rows = [
        {"id": 1, "at": NOON, "n": 0.5, "log": [{"at": NANO}], "on": {"at": NANO}, "flag": True},
        {"id": 2, "at": NANO, "n": "0.12345678901234567891", "log": [{"at": NOON}], "on": {"at": NOON}, "flag": 2},
    ]
    tiny_api.says("/things", {"data": rows})
    tiny_api.answer("/parts", lambda asked: tiny_api.reply({"data": [{"part": asked.query["at"]}]}))
    thing = {"path": "things", "data_selector": "data", "paginator": "single_page"}
    part = {
        "path": "parts",
        "data_selector": "data",
        "paginator": "single_page",
        "params": {"at": "{resources.things.at}"},
    }
    own = {("log",): {"columns": {"more": {"name": "more", "data_type": "bigint", "nullable": True}}}}
    merged = {"primary_key": "id", "write_disposition": {"disposition": "merge"}}
    config: Any = {
        "client": {"base_url": tiny_api.url},
        "resources": [
            {
                "name": "things",
                **merged,
                "nested_hints": own,
                "columns": {"n": {"data_type": "double"}},
                "endpoint": thing,
            },
            {"name": "parts", "endpoint": part},
        ],
    }
    loaded = pipeline("values")

    for _ in range(2):
        loaded.run(door(config))

    assert loaded.columns("things") == {
        "id": "BIGINT",
        "at": "TIMESTAMP WITH TIME ZONE",
        "n": "DOUBLE",
        "on__at": "VARCHAR",
        "flag": "BOOLEAN",
        "at__v_text": "VARCHAR",
        "n__v_text": "VARCHAR",
        "flag__v_bigint": "BIGINT",
    }
    asides = loaded.rows("things", "at__v_text", "n__v_text", "on__at", "flag__v_bigint")
    assert sorted(asides, key=str) == [(NANO, "0.12345678901234567891", NOON, 2), (None, None, NANO, None)]
    assert set(loaded.rows("things__log", "at")) == {NOON, NANO}
    assert {one.query["at"] for one in tiny_api.asked if one.path == "/parts"} == {NOON, NANO}
    assert set(loaded.columns("parts")) == {"part", "part__v_text"}


def test_a_repair_is_told(tiny_api: Any, pipeline: Any, caplog: Any):
    """A NUL, which dlt leaves out of its statements: how many, where, and in which record first."""
    tiny_api.says("/things", [{"id": "a", "name": "x"}, {"id": "b", "name": "x\x00y"}])
    thing = {"path": "things", "paginator": "single_page"}
    config: Any = {
        "client": {"base_url": tiny_api.url},
        "resources": [{"name": "things", "primary_key": "id", "endpoint": thing}],
    }
    loaded = pipeline("repaired")

    loaded.run(sdk.from_config(config, name="acme"))

    assert sorted(loaded.rows("things", "name")) == ["x", "x\ufffdy"]
    said = "1 NUL characters, which duckdb does not hold, in 'name' became U+FFFD, first in record 'b'"
    assert f"acme.things: {said}" in caplog.text


@pytest.mark.parametrize("late", [False, True])
@pytest.mark.parametrize("kind", ["map", "filter", "yield_map"])
def test_behind_steps(tiny_api: Any, pipeline: Any, kind: str, late: bool):  # noqa: FBT001 - a parameter of the test
    """What the steps of a user's hand on is looked at, also where they are added to the source; children follow."""
    tiny_api.says("/things", [{"id": 1, "at": NOON}, {"id": 2, "at": NANO}, {"id": 3, "at": NOON, "name": "x\x00y"}])
    tiny_api.answer("/parts", lambda asked: tiny_api.reply([{"part": asked.query["at"][:10]}]))
    steps = {
        "map": lambda one: {**one, "more": 1},
        "filter": lambda one: one["id"],
        "yield_map": lambda one: iter([one]),
    }
    own = {} if late else {"processing_steps": [{kind: steps[kind]}]}
    things = {"name": "things", "primary_key": "id", **own, "endpoint": "things"}
    config: Any = {
        "client": {"base_url": tiny_api.url, "paginator": "single_page"},
        "resources": [
            things,
            {"name": "parts", "endpoint": {"path": "parts", "params": {"at": "{resources.things.at}"}}},
        ],
    }
    source = sdk.from_config(config)
    if late:
        getattr(source.resources["things"], f"add_{kind}")(steps[kind])
    loaded = pipeline(f"steps_{kind}_{late}")

    loaded.run(source)

    assert {NANO, None} == set(loaded.rows("things", "at__v_text"))
    assert {"x\ufffdy", None} == set(loaded.rows("things", "name"))
    assert {one.query["at"] for one in tiny_api.asked if one.path == "/parts"} == {NOON, NANO}
