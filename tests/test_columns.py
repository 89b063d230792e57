"""Declared columns: what fits arrives as the declared type, exactly; what does not arrives beside it."""

from __future__ import annotations

import json
import math
from datetime import UTC, date, datetime
from decimal import Decimal
from typing import Any, get_args

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sdk.columns import MISFIT, Column, DataType, by_name, columns, fit_record, variant
from sdk.instants import EPOCH, parse_instant

NOON = datetime(2024, 2, 29, 12, tzinfo=UTC)
LARGEST, SMALLEST = 2**63 - 1, -(2**63)
EXACT = 2**53

numbers = st.integers() | st.floats() | st.decimals(allow_nan=False, allow_infinity=False)
leaves = st.none() | st.booleans() | st.integers(SMALLEST, LARGEST) | st.floats(allow_nan=False, allow_infinity=False)
nested = st.recursive(
    leaves | st.text(),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=4), inner, max_size=3),
    max_leaves=8,
)
values = nested | numbers | st.text(alphabet="0123456789-+ .eE٣", max_size=20) | st.dates().map(str)


@pytest.mark.parametrize(
    ("data_type", "value", "fitted"),
    [
        ("text", "plain", "plain"),
        ("text", "", ""),
        ("text", 7, "7"),
        ("text", -1.5, "-1.5"),
        ("text", True, "true"),
        ("text", Decimal(2**64), "18446744073709551616"),
        ("text", {"a": [1, None]}, '{"a":[1,null]}'),
        ("text", NOON, "2024-02-29 12:00:00+00:00"),
        ("text", date(2024, 2, 29), "2024-02-29"),
        ("bigint", 7, 7),
        ("bigint", "7", 7),
        ("bigint", "-7", -7),
        ("bigint", "0", 0),
        ("bigint", 7.0, 7),
        ("bigint", LARGEST, LARGEST),
        ("bigint", str(LARGEST), LARGEST),
        ("bigint", SMALLEST, SMALLEST),
        ("bigint", str(SMALLEST), SMALLEST),
        ("bigint", float(EXACT), EXACT),
        ("double", 1.5, 1.5),
        ("double", 7, 7.0),
        ("double", EXACT, float(EXACT)),
        ("double", -EXACT, float(-EXACT)),
        ("bool", True, True),
        ("bool", False, False),
        ("timestamp", "2024-02-29T13:00:00+01:00", NOON),
        ("timestamp", "2024-02-29", datetime(2024, 2, 29, tzinfo=UTC)),
        ("timestamp", "2024-02-29T12:00:00.000001000Z", NOON.replace(microsecond=1)),
        ("timestamp", "2024-02-29T12:00:00,123456+00:00", NOON.replace(microsecond=123456)),
        ("date", "2024-02-29", date(2024, 2, 29)),
        ("date", date(2024, 2, 29), date(2024, 2, 29)),
        ("json", {"a": 1}, {"a": 1}),
        ("json", [], []),
    ],
)
def test_a_value_that_fits_becomes_the_declared_type(data_type: DataType, value: object, fitted: object):
    """Type and value are those of the column, not merely equal (1 == True)."""
    found = Column("x", data_type).fit(value)

    assert (type(fitted), fitted) == (type(found), found)


@pytest.mark.parametrize(
    ("data_type", "value"),
    [
        ("text", math.nan),
        ("text", math.inf),
        ("text", 2**64),
        ("bigint", LARGEST + 1),
        ("bigint", SMALLEST - 1),
        ("bigint", str(LARGEST + 1)),
        ("bigint", str(SMALLEST - 1)),
        ("bigint", float(EXACT) * 2),
        ("bigint", Decimal(2**64)),
        ("bigint", 1.5),
        ("bigint", math.nan),
        ("bigint", math.inf),
        ("bigint", True),
        ("bigint", ""),
        ("bigint", "007"),
        ("bigint", "-0"),
        ("bigint", "+7"),
        ("bigint", " 7"),
        ("bigint", "7\n"),
        ("bigint", "7.0"),
        ("bigint", "1_000"),
        ("bigint", "1٢"),
        ("bigint", [7]),
        ("double", EXACT + 1),
        ("double", -EXACT - 1),
        ("double", "1.5"),
        ("double", True),
        ("double", math.nan),
        ("double", -math.inf),
        ("double", Decimal("1.5")),
        ("bool", 1),
        ("bool", "true"),
        ("timestamp", "yesterday"),
        ("timestamp", "2024-02-29T12:00:00.123456789Z"),
        ("timestamp", "2024-02-29T12:00:00.0000001+02:00"),
        ("timestamp", "2024-02-29 12:00:00,1234567"),
        ("timestamp", ""),
        ("timestamp", 1709208000),
        ("timestamp", True),
        ("date", NOON),
        ("date", "2024-02-29T12:00:00Z"),
        ("date", "2024-W09-4"),
        ("date", "20240229"),
        ("date", "2023-02-29"),
        ("date", 20240229),
        ("date", ""),
        ("json", "[]"),
        ("json", 1),
    ],
)
def test_a_value_that_would_change_is_a_misfit(data_type: DataType, value: object):
    """Nothing is rounded, cut or guessed."""
    assert Column("x", data_type).fit(value) is MISFIT


@pytest.mark.parametrize("data_type", get_args(DataType))
def test_a_null_fits_every_type(data_type: DataType):
    """A field that is null is null in its table."""
    assert Column("x", data_type).fit(None) is None


@pytest.mark.parametrize(
    ("unit", "value", "fitted"),
    [
        ("s", 1709208000, NOON),
        ("s", 1709208000.0, NOON),
        ("s", "1709208000", NOON),
        ("ms", 1709208000000, NOON),
        ("ms", "2024-02-29T12:00:00Z", NOON),
        ("s", 0, EPOCH),
        ("s", 1709208000.5, NOON.replace(microsecond=500000)),
        ("s", "1709208000.123456", NOON.replace(microsecond=123456)),
        ("ms", 1709208000000.25, NOON.replace(microsecond=250)),
        ("s", 1709208000.1234567, MISFIT),
        ("s", "1709208000.1234567", MISFIT),
        ("ms", "1709208000000.1234", MISFIT),
        ("s", "2024-02-29T12:00:00.123456789Z", MISFIT),
        ("s", "253402300799.999999", datetime(9999, 12, 31, 23, 59, 59, 999999, tzinfo=UTC)),
        ("s", True, MISFIT),
        ("s", 10**20, MISFIT),
    ],
)
def test_epoch_timestamps_count_from_1970(unit: Any, value: object, fitted: object):
    """A vendor that sends numbers today and text tomorrow is understood both times."""
    assert Column("at", "timestamp", unit).fit(value) == fitted


@given(values, st.sampled_from(get_args(DataType)))
def test_fit_never_changes_a_value(value: Any, data_type: DataType):
    """What comes back says exactly what went in, or is a misfit."""
    found = Column("x", data_type).fit(value)

    if found is MISFIT or value is None:
        return
    match data_type:
        case "text" if isinstance(value, Decimal):
            assert Decimal(found) == value
        case "text":
            assert found == value if isinstance(value, str) else json.loads(found) == value
        case "bigint" if isinstance(value, str):
            assert str(found) == value
        case "bigint" | "double":
            # Decimal compares exactly, where `int == float` would do so too but hides which type came back.
            assert Decimal(found) == Decimal(value)
        case "timestamp":
            assert found == parse_instant(value)
        case "date":
            assert found.isoformat() == value
        case _:
            assert found is value


@given(st.integers())
def test_every_integer_fits_up_to_64_bits_and_no_further(number: int):
    """The edge is that of the destination's integer, on both sides."""
    expected = number if SMALLEST <= number <= LARGEST else MISFIT

    assert Column("x", "bigint").fit(number) == expected
    assert Column("x", "bigint").fit(str(number)) == expected


@given(st.integers(EXACT - 10, EXACT + 10) | st.integers(-EXACT - 10, -EXACT + 10))
def test_an_integer_becomes_a_double_while_every_neighbour_does(number: int):
    """Past 2**53 two integers would share a double."""
    expected = float(number) if abs(number) <= EXACT else MISFIT

    assert Column("x", "double").fit(number) == expected


@pytest.mark.parametrize(
    ("value", "stored"),
    [
        ("a", ("x__v_text", "a")),
        (True, ("x__v_bool", True)),
        (LARGEST, ("x__v_bigint", LARGEST)),
        (LARGEST + 1, ("x__v_text", "9223372036854775808")),
        (SMALLEST - 1, ("x__v_text", "-9223372036854775809")),
        (1.5, ("x__v_double", 1.5)),
        ({"a": 1}, ("x__v_json", {"a": 1})),
        ([1], ("x__v_json", [1])),
        (Decimal(2**64), ("x__v_text", "18446744073709551616")),
    ],
)
def test_a_misfit_goes_where_dlt_puts_it(value: object, stored: tuple[str, object]):
    """The variant column carries the type that the value really has."""
    assert variant("x", value) == stored


def test_a_record_keeps_every_field():
    """Fitting ones convert, misfits move to their variant, undeclared ones stay, a huge number becomes text."""
    declared = by_name(columns(bigint="id size", timestamp="created_at", epoch_s="seen", json="tags"))
    record = {
        "id": "17",
        "size": "large",
        "created_at": "2024-02-29T12:00:00Z",
        "seen": 0,
        "tags": None,
        "extra": {"a": 1},
        "huge": Decimal(2**64),
    }

    assert fit_record(record, declared) == {
        "id": 17,
        "size__v_text": "large",
        "created_at": NOON,
        "seen": EPOCH,
        "tags": None,
        "extra": {"a": 1},
        "huge__v_text": "18446744073709551616",
    }


@given(st.dictionaries(st.sampled_from("abcdef"), values), st.sampled_from(get_args(DataType)))
def test_no_field_is_dropped(record: dict[str, Any], data_type: DataType):
    """Each field arrives under its own name or under its variant's, and once."""
    row = fit_record(record, by_name(Column(name, data_type) for name in "abc"))

    assert sorted(name.partition("__v_")[0] for name in row) == sorted(record)


def test_columns_are_made_from_lists_of_names():
    """One argument for each type, names separated by any blanks, order kept within a type."""
    made = columns(bigint="id  group_id", text="subject", epoch_ms="at", date="due", double="cost", bool="open")

    assert made == (
        Column("id", "bigint"),
        Column("group_id", "bigint"),
        Column("subject", "text"),
        Column("cost", "double"),
        Column("open", "bool"),
        Column("at", "timestamp", "ms"),
        Column("due", "date"),
    )


def test_columns_takes_every_type():
    """A data type that no argument makes could not be declared."""
    made = columns(text="a", bigint="b", double="c", bool="d", timestamp="e", date="f", json="g", epoch_s="h")

    assert {column.data_type for column in made} == set(get_args(DataType))


def test_an_unknown_type_is_refused():
    """A misspelt type fails when the column is declared."""
    with pytest.raises(ValueError, match="data_type"):
        Column("id", "integer")  # type: ignore[arg-type]


def test_a_misfit_shows_itself():
    """A failing comparison names it."""
    assert repr(MISFIT) == "MISFIT"
