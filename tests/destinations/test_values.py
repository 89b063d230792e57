"""Every kind of value, loaded twice with drift: what arrives is what the API sent, row by row and value by value."""

from __future__ import annotations

import json
from collections.abc import Sequence
from datetime import UTC, date, datetime
from typing import Any, Final

import pytest
from attrs import field, frozen

import sdk
from sdk import Resource, columns

# The first load brings the first five rows, the second changes 4 and 5 and brings 6 to 8.
FIRST: Final = (1, 2, 3, 4, 5)
SECOND: Final = (4, 5, 6, 7, 8)

_SAME: Final = object()
NOON: Final = datetime(2024, 2, 29, 12, tzinfo=UTC)
EMOJI: Final = "\U0001f469\u200d\U0001f4bb \u202eabc\u202c \u0301e \ufeff 日本 \\ ' \" %s ; --\n\r\t"
LONG: Final = "lange Zeile ☃ " * 20_000
LARGEST, SMALLEST = 2**63 - 1, -(2**63)


@frozen
class V:
    """A value: what the API writes, what arrives, and in which variant of the column; nothing at all without it."""

    sent: Any
    arrives: Any = _SAME
    aside: str = ""


ABSENT: Final = V(_SAME)
NULL: Final = V(None)


def _values(given: Sequence[Any]) -> Sequence[V]:
    """Return values that arrive as they are, where nothing else is said."""
    return [one if isinstance(one, V) else V(one) for one in given]


@frozen
class Kind:
    """One field: its type, if it is declared, and what it is in each row of the two loads."""

    name: str
    first: Sequence[V] = field(converter=_values)
    second: Sequence[V] = field(converter=_values)
    declared: str = ""
    column: str = field()

    @column.default
    def _named(self) -> str:
        return self.name


def text(value: Any, arrives: Any = _SAME) -> V:
    """Return a value that arrives as text beside its column."""
    return V(value, arrives, "text")


KINDS: Final = (
    # Declared, and then what does not fit.
    Kind(
        "d_bigint",
        [0, LARGEST, SMALLEST, 2**53 + 1, "17"],
        [V(2**63, str(2**63), "text"), text("x7"), V(1.5, aside="double"), V(sent=True, aside="bool"), NULL],
        "bigint",
    ),
    Kind(
        "d_double",
        [0.1, -1e-300, 1.7976931348623157e308, 2**53, 0.30000000000000004],
        [V(2**53 + 1, aside="bigint"), text("1.5"), V({"a": 1}, aside="json"), ABSENT, 5],
        "double",
    ),
    Kind(
        "d_text",
        ["a", "", " ", EMOJI, LONG],
        [V(7, "7"), V(sent=True, arrives="true"), V([1], "[1]"), NULL, "z"],
        "text",
    ),
    Kind(
        "d_bool",
        [True, False, NULL, True, False],
        [V(1, aside="bigint"), text("true"), V(0.0, aside="double"), True, ABSENT],
        "bool",
    ),
    Kind(
        "d_timestamp",
        [
            V("2024-02-29T12:00:00Z", NOON),
            V("2024-02-29T14:30:00+02:30", NOON),
            V("2024-02-29T12:00:00.123456Z", NOON.replace(microsecond=123456)),
            V("0001-01-01T00:00:00Z", datetime(1, 1, 1, tzinfo=UTC)),
            V("9999-12-31T23:59:59.999999Z", datetime(9999, 12, 31, 23, 59, 59, 999999, tzinfo=UTC)),
        ],
        [
            text("2024-02-29T12:00:00.123456789Z"),
            text("never"),
            V(1709208000, aside="bigint"),
            V("2024-02-29T12:00:00.123456000Z", NOON.replace(microsecond=123456)),
            V("2024-02-29", NOON.replace(hour=0)),
        ],
        "timestamp",
    ),
    Kind(
        "d_epoch",
        [V(1709208000, NOON), V(1709208000.5, NOON.replace(microsecond=500000)), V("1709208000", NOON), NULL, ABSENT],
        [
            V(1709208000.1234567, aside="double"),
            text("soon"),
            V(sent=True, aside="bool"),
            V(0, datetime(1970, 1, 1, tzinfo=UTC)),
            NULL,
        ],
        "epoch_s",
    ),
    Kind(
        "d_date",
        [
            V("2024-02-29", date(2024, 2, 29)),
            V("0001-01-01", date(1, 1, 1)),
            V("9999-12-31", date(9999, 12, 31)),
            NULL,
            ABSENT,
        ],
        [text("2024-02-30"), text("2024-02-29T12:00:00Z"), V(20240229, aside="bigint"), NULL, ABSENT],
        "date",
    ),
    Kind(
        "d_json",
        [{"a": [1, None, {"b": "ü"}]}, [], {}, [[1], [2.5, True]], {"big": 2**53 + 1}],
        [text("[]"), V(7, aside="bigint"), V(sent=False, aside="bool"), {"a": {"b": {"c": [1, "x"]}}}, NULL],
        "json",
    ),
    # Nobody declared these: the first value tells the type.
    Kind("u_int", [1, NULL, LARGEST, 4, 5], [V(1.5, aside="double"), text("x"), V(sent=True, aside="bool"), ABSENT, 8]),
    Kind("u_int_text", [1, 2, 3, 4, 5], [text("007"), text(" 7"), text("0x10"), V("12", 12), text("1_0")]),
    Kind("u_double", [0.5, 1, 2.5, -0.25, 5], [V(2**53 + 1, aside="bigint"), text("1.50"), text("nan"), 1e16, 8]),
    Kind(
        "u_bool",
        [True, False, True, NULL, True],
        [V(2, aside="bigint"), text("yes"), V(0.5, aside="double"), False, V(0, aside="bigint")],
    ),
    Kind(
        "u_text",
        ["a", "b", "c", "d", "e"],
        [V(1, "1"), V(sent=True, arrives="true"), V({"a": 1}, '{"a":1}'), "null", NULL],
    ),
    Kind(
        "u_time",
        [
            V("2024-02-29T12:00:00Z", NOON),
            NULL,
            V("2024-02-29T13:00:00+01:00", NOON),
            V("2024-02-29 12:00:00Z", NOON),
            ABSENT,
        ],
        [
            text("2024-02-29T12:00:00.1234567Z"),
            text("later"),
            V(1709208000, aside="bigint"),
            V("2024-02-29T12:00:00.5Z", NOON.replace(microsecond=500000)),
            text(""),
        ],
    ),
    Kind(
        "u_nano",
        [*(f"2024-02-29T12:00:00.12345678{n}Z" for n in FIRST)],
        ["x", "2024-02-29T12:00:00Z", NULL, ABSENT, V(1, "1")],
    ),
    Kind(
        "u_date", ["2024-02-29", "2024-13-45", "", NULL, "x"], ["2024-02-29", "20240229", "2024-W09-4", "24:00", ABSENT]
    ),
    Kind(
        "u_json",
        [{"a": 1}, [1, [2]], {}, NULL, [None]],
        [text("[]"), text('{"a": 1}'), V(1, aside="bigint"), {"a": "x" * 9000}, V(sent=True, aside="bool")],
    ),
    Kind(
        "u_huge",
        [
            V(1),
            V(2**64 + 1, str(2**64 + 1), "text"),
            V(10**400, str(10**400), "text"),
            NULL,
            V(-(2**63) - 1, str(-(2**63) - 1), "text"),
        ],
        [2, 3, 4, 5, 6],
    ),
    Kind(
        "u_exact",
        [0.5, V("@0.12345678901234567891", "0.12345678901234567891", "text"), NULL, 0.1, ABSENT],
        [0.25, 1.5, 2.5, 3.5, 4.5],
    ),
    Kind("uMixedCase", ["a", NULL, "c", "d", "e"], [V(1, "1"), "b", ABSENT, "c", "d"], column="u_mixed_case"),
    Kind("u__double__under", [1, 2, 3, 4, 5], [text("x"), 2, 3, 4, 5]),
    Kind("k" * 60, [1, 2, 3, 4, 5], [6, 7, 8, 9, 10]),
    # Fields that are new in the second load, that come empty first, and that go.
    Kind("n_new", [ABSENT] * 5, [1, V(0.5, aside="double"), NULL, text("x"), 5]),
    Kind("n_null_first", [NULL] * 5, ["x", "y", NULL, ABSENT, "z"]),
    Kind("n_gone", [{"a": 1}, [2], NULL, {}, []], [ABSENT] * 5),
    Kind("n_nested_new", [ABSENT] * 5, [{"a": [{"b": 1}]}, [], {"é": None}, [[]], NULL]),
    Kind("select", ["a", "b", "c", "d", "e"], ["f", "g", "h", "i", "j"]),
)

DECLARED: Final = columns(
    bigint="id d_bigint", double="d_double", text="d_text", bool="d_bool", timestamp="d_timestamp", epoch_s="d_epoch",
    date="d_date", json="d_json",
)  # fmt: skip


def sent(ids: Sequence[int], values: str, *, without_empty: bool = False) -> bytes:
    """Return the body of a page: the records with these ids, as an API writes them."""
    records = []
    for place, number in enumerate(ids):
        record: dict[str, Any] = {"id": number}
        for kind in KINDS:
            value = getattr(kind, values)[place].sent
            if value is not _SAME and not (without_empty and value == ""):
                record[kind.name] = value
        records.append(record)
    written = json.dumps({"data": records, "next": None})
    # What begins with @ is a number with more digits than Python's own.
    return written.replace('"@0.12345678901234567891"', "0.12345678901234567891").encode()


def truth(ids: Sequence[int], values: str) -> list[dict[str, Any]]:
    """Return the rows that must stand in the table."""
    rows = []
    for place, number in enumerate(ids):
        row: dict[str, Any] = {"id": number}
        for kind in KINDS:
            value = getattr(kind, values)[place]
            arrives = value.sent if value.arrives is _SAME else value.arrives
            if arrives is not None and arrives is not _SAME:
                if not value.aside and (fits := _numbers(kind, arrives)) is not None:
                    arrives = fits
                row[f"{kind.column}__v_{value.aside}" if value.aside else kind.column] = arrives
        rows.append(row)
    return rows


def _numbers(kind: Kind, value: Any) -> float | int | None:
    """Return a number as its column holds it: whole ones among doubles are doubles, a text of digits a number."""
    if kind.name in {"d_double", "u_double", "u_exact"}:
        return float(value)
    return int(value) if kind.name == "d_bigint" else None


def typed(rows: Sequence[dict[str, Any]]) -> list[dict[str, tuple[str, Any]]]:
    """Return rows with the type of each value: 1, 1.0 and True are equal."""
    return [{name: (_type(value), value) for name, value in row.items()} for row in rows]


def _type(value: Any) -> str:
    return "datetime" if isinstance(value, datetime) else "date" if isinstance(value, date) else type(value).__name__


def differences(found: Sequence[dict[str, Any]], expected: Sequence[dict[str, Any]]) -> list[str]:
    """Return what differs, value by value."""
    said = []
    if [row.get("id") for row in found] != [row["id"] for row in expected]:
        said.append(f"ids: {[row.get('id') for row in found]}")
    for one, other in zip(typed(found), typed(expected), strict=False):
        said += [
            f"row {other['id'][1]}, {name}: {str(one.get(name))[:99]}, expected {str(other.get(name))[:99]}"
            for name in sorted(one.keys() | other.keys())
            if one.get(name) != other.get(name)
        ]
    return said


def merged(kind: str) -> list[dict[str, Any]]:
    """Return the rows after both loads; files are not merged."""
    later = truth(SECOND, "second")
    earlier = [row for row in truth(FIRST, "first") if kind == "filesystem" or row["id"] not in SECOND]
    return sorted([*earlier, *later], key=lambda row: (row["id"], str(sorted(row.items()))))


@pytest.mark.parametrize(
    ("first", "second"), [("arrow", "arrow"), ("rows", "rows"), ("rows", "arrow"), ("arrow", "rows")]
)
def test_values_that_drift(first, second, store, acme, tiny_api):
    """Whichever way they go to the destination, and in whichever order."""
    acme(Resource("things", data_selector="data", primary_key="id", write_disposition="merge", columns=DECLARED))

    tiny_api.says("/things", tiny_api.reply(sent(FIRST, "first")))
    store.run(sdk.load("acme", batches=first))
    assert differences(store.rows("things"), truth(FIRST, "first")) == []

    tiny_api.says("/things", tiny_api.reply(sent(SECOND, "second")))
    store.run(sdk.load("acme", batches=second))
    assert differences(store.rows("things"), merged(store.kind)) == []


def test_values_that_go_as_csv(stores, acme, tiny_api):
    """As dlt takes Arrow tables to PostgreSQL, unless there is an empty text, which it would make null."""
    acme(Resource("things", data_selector="data", primary_key="id", write_disposition="merge", columns=DECLARED))
    store = stores("postgres")

    formats: set[str] = set()
    for ids, values in ((FIRST, "first"), (SECOND, "second")):
        tiny_api.says("/things", tiny_api.reply(sent(ids, values, without_empty=True)))
        formats.update(files(store.run(sdk.load("acme")), "things"))

    expected = [{name: value for name, value in row.items() if value != ""} for row in merged("postgres")]
    assert differences(store.rows("things"), expected) == []
    assert formats == {"csv"}


def files(info: Any, table: str) -> set[str]:
    """Return the formats of the files in which a table was loaded."""
    jobs = [job.job_file_info for package in info.load_packages for job in package.jobs["completed_jobs"]]
    return {job.file_format for job in jobs if job.table_name == table} - {"sql"}
