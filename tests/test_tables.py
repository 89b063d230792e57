"""Arrow tables: whatever an API sends, the same as rows would be; quickly where it sends what it should."""

from __future__ import annotations

import json
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from typing import Any

import pyarrow as pa
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from sdk.columns import Column, by_name, columns, fit_record
from sdk.errors import ReadError
from sdk.messages import Record
from sdk.tables import Tables, convert

DECLARED = columns(
    text="text", bigint="bigint", double="double", bool="bool", timestamp="timestamp", epoch_s="s", epoch_ms="ms",
    date="date", json="json",
)  # fmt: skip

INSTANTS = st.one_of(
    st.datetimes(datetime(1, 1, 2), datetime(9999, 12, 30)).map(lambda one: f"{one.isoformat()}Z"),  # noqa: DTZ001 - the zone is written beside it
    st.datetimes(datetime(1, 1, 2), datetime(9999, 12, 30)).map(lambda one: f"{one.isoformat()}+05:30"),  # noqa: DTZ001 - as above
    st.sampled_from(
        [
            "2024-02-30T00:00:00Z",
            "2024-01-01T00:00:00.123456789Z",
            "2024-01-01",
            "2024-01-01T10Z",
            "0000-01-01T00:00:00Z",
            "2024-01-01T24:00:00Z",
            "2024-06-30T23:59:60Z",
            " 2024-01-01T00:00:00Z ",
            "2024-01-01T00:00:00",
            "2024-01-01 00:00:00+0200",
            "Mon, 01 Jan 2024 00:00:00 GMT",
            "",
            "never",
        ]
    ),
)
VALUES = st.one_of(
    st.none(),
    st.booleans(),
    st.integers(-(2**63), 2**63 - 1),
    st.integers(2**63, 2**70).map(Decimal),
    st.floats(allow_nan=False, allow_infinity=False),
    st.text(st.characters(exclude_categories=("Cs",)), max_size=8),
    st.from_regex(r"-?[0-9]{1,20}", fullmatch=True),
    INSTANTS,
    st.lists(st.integers(0, 3), max_size=2),
    st.dictionaries(st.sampled_from("ab"), st.integers(0, 3), max_size=2),
)
RECORDS = st.lists(st.dictionaries(st.sampled_from([one.name for one in DECLARED]), VALUES, max_size=9), max_size=5)


def tables(*declared: Column) -> Tables:
    """Return what makes tables of the declared columns; what is undeclared is text."""
    return Tables(by_name(declared), lambda _name, _value: "text", str.lower)


def as_rows(table: pa.Table) -> list[Record]:
    """Return the rows of a table without nulls, JSON read again."""
    read = {"json", *(name for name in table.column_names if name.endswith("__v_json"))}
    return [
        {name: json.loads(value) if name in read else value for name, value in row.items() if value is not None}
        for row in table.to_pylist()
    ]


def plain(row: Record) -> Record:
    """Return a row without nulls, decimals inside of JSON aside."""
    return {name: value for name, value in row.items() if value is not None}


@given(RECORDS)
@settings(deadline=None)  # the first example imports and compiles
def test_a_table_holds_what_rows_would(records: list[Record]) -> None:
    """Every value in its column or its variant, exactly."""
    made = tables(*DECLARED)

    table = made.table(records)

    declared = by_name(DECLARED)
    assert as_rows(table) == [plain(fit_record(one, declared)) for one in records] if records else table.num_rows == 0


@pytest.mark.parametrize(
    ("column", "values", "expected"),
    [
        (Column("a", "bigint"), [1, None, 2**63 - 1], [1, None, 2**63 - 1]),
        (Column("a", "double"), [1.5, 2, None], [1.5, 2.0, None]),
        (Column("a", "timestamp"), ["2024-01-01T00:00:00Z", None], [datetime(2024, 1, 1, tzinfo=UTC), None]),
        (
            Column("a", "timestamp", "ms"),
            [1_704_067_200_123],
            [datetime(2024, 1, 1, tzinfo=UTC) + timedelta(milliseconds=123)],
        ),
        (Column("a", "date"), ["2024-01-31", None], [date(2024, 1, 31), None]),
        (Column("a", "json"), [{"b": [1]}, None], ['{"b":[1]}', None]),
    ],
)
def test_what_fits(column: Column, values: list[Any], expected: list[Any]):
    """Values of the declared type are all there, as that type."""
    array, misfits = convert(column, values)

    assert array.to_pylist() == expected
    assert list(misfits) == []


def test_what_does_not_fit_is_beside_its_column():
    """In the variant of its own type, row by row; the others stay where they belong."""
    table = tables(Column("id", "bigint")).table([{"id": 1}, {"id": "x"}, {"id": 1.5}, {"id": {"a": 1}}])

    assert table.to_pydict() == {
        "id": [1, None, None, None],
        "id__v_text": [None, "x", None, None],
        "id__v_double": [None, None, 1.5, None],
        "id__v_json": [None, None, None, '{"a":1}'],
    }


def test_a_declared_column_is_there_without_values():
    """With its type: a table must not lose a column because a page has none of it."""
    table = tables(*DECLARED).table([{"text": "a"}])

    assert table.schema.field("timestamp").type == pa.timestamp("us", "UTC")
    assert table.num_columns == len(DECLARED)


def test_an_undeclared_field_keeps_its_first_type():
    """It is inferred once; what differs later is beside it, in later tables too."""
    asked: list[tuple[str, Any]] = []

    def infer(name: str, value: Any) -> Any:
        asked.append((name, value))
        return "bigint"

    made = Tables({}, infer, str.lower)

    assert made.table([{"a": None}, {"a": 1}]).to_pydict() == {"a": [None, 1]}
    assert made.table([{"a": "x"}]).to_pydict() == {"a": [None], "a__v_text": ["x"]}
    assert asked == [("a", 1)]


def test_an_undeclared_field_of_nulls_is_no_column():
    """Nobody can tell its type."""
    assert tables().table([{"a": None, "b": "x"}]).to_pydict() == {"b": ["x"]}


def test_a_number_that_no_integer_holds_is_text_exactly():
    """Declared or not."""
    huge = Decimal(2**70)

    assert tables(Column("a", "bigint")).table([{"a": huge}]).to_pydict() == {"a": [None], "a__v_text": [str(2**70)]}


def test_two_names_of_one_column_are_one_column():
    """A field that is spelt otherwise in some records."""
    table = tables(Column("Name", "text")).table([{"Name": "a"}, {"name": "b"}, {"NAME": None}])

    assert table.to_pydict() == {"Name": ["a", "b", None]}


def test_a_variant_has_the_name_of_its_column():
    """As dlt names it, which knows no field."""
    made = tables(Column("userName", "bigint"))

    assert made.table([{"userName": "x"}]).to_pydict() == {"userName": [None], "username__v_text": ["x"]}
    assert made.variants == {"username__v_text": "userName"}
    assert made.types(["userName", "username__v_text", "other"]) == {"userName": "bigint", "username__v_text": "text"}


def nested(levels: int) -> Any:
    """Return so many lists in one another."""
    found: Any = 2**53 + 1
    for _ in range(levels):
        found = [found, "ü"]
    return found


@pytest.mark.parametrize("levels", [250, 300, 700])
def test_deep_json(levels: int):
    """It is written as deep as it is read, which is deeper than orjson writes; a huge integer in it stays text."""
    table = tables(Column("a", "json"), Column("b", "text")).table([{"a": nested(levels), "b": nested(levels)}])

    assert json.loads(table["a"][0].as_py()) == nested(levels)
    beside = {"b__v_json", "b"} & {name for name in table.column_names if table[name][0].as_py() is not None}
    assert json.loads(table[beside.pop()][0].as_py()) == nested(levels)


def test_json_that_is_too_deep():
    """It is named: no other error would say where it stands."""
    with pytest.raises(ReadError, match="field 'a' is nested too deeply to be written"):
        tables(Column("a", "json")).table([{"a": nested(100_000)}])


@pytest.mark.parametrize(
    "records",
    [
        [{"a": 1, "b": "x"}, {"a": 2, "b": "y"}],
        [{"a": 1, "b": "x"}, {"b": "y", "a": 2}],
        [{"a": 1}, {"b": "y"}],
        [{"b": "x"}, {}, {"a": None, "c": None}],
        [{}, {}],
    ],
)
def test_records_of_one_shape_and_of_several(records: list[Record]):
    """Whether all have the same fields, in the same order, or not: the same table."""
    made = tables(Column("a", "bigint"), Column("b", "text")).table(records)

    assert made.to_pydict() == {name: [one.get(name) for one in records] for name in ("a", "b")}
