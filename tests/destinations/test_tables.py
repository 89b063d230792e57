"""Tables: merged by their keys, replaced, empty, with skips, and with the child tables of what is nested."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest

import sdk
from sdk import Resource, columns
from sdk.errors import ReadError
from sdk.skips_table import SKIPS

BATCHES = pytest.mark.parametrize("batches", ["arrow", "rows"])
NOON = datetime(2024, 2, 29, 12, tzinfo=UTC)


def merging(kind, before, after):
    """Return the rows when *after* was loaded over *before*; nothing is merged in files."""
    kept = before if kind == "filesystem" else [one for one in before if one["id"] not in {row["id"] for row in after}]
    return sorted([*kept, *after], key=lambda row: (row["id"], str(sorted(row.items()))))


@BATCHES
@pytest.mark.parametrize("ids", [(1, 2, 2**53 + 1, 2**63 - 1), ("a", "A", "a ", "ä"), ("1", "01", "1.0", "")])
def test_merge_keys(ids, batches, store, acme, tiny_api):
    """Keys that are nearly the same are several: each row is changed by its own."""
    acme(Resource("things", data_selector="data", primary_key="id", write_disposition="merge"))
    before = [{"id": one, "n": number} for number, one in enumerate(ids)]
    after = [{"id": one, "n": number + 10} for number, one in enumerate(ids[1:])]

    for records in (before, after):
        tiny_api.lists("/things", records)
        store.run(sdk.load("acme", batches=batches))

    assert store.rows("things") == merging(store.kind, before, after)


@BATCHES
def test_keys_of_several_fields(batches, store, acme, tiny_api):
    """A child's key is its parent's and its own."""
    items = columns(text="id")
    acme(
        Resource("lists", data_selector="data", columns=columns(bigint="id")),
        Resource(
            "items", path="/lists/{lists.id}/items", data_selector="data", include_from_parent=["id"],
            primary_key=["_lists_id", "id"], write_disposition="merge", columns=items,
        ),
    )  # fmt: skip
    tiny_api.lists("/lists", [{"id": 1}, {"id": 2**53 + 1}])
    for number in (1, 2**53 + 1):
        tiny_api.lists(f"/lists/{number}/items", [{"id": "x", "n": number}, {"id": 7, "n": 0}])
    store.run(sdk.load("acme", batches=batches, resources=["items"]))
    tiny_api.lists("/lists/1/items", [{"id": "x", "n": 5}])
    store.run(sdk.load("acme", batches=batches, resources=["items"]))

    found = sorted((row["_lists_id"], row["id"], row["n"]) for row in store.rows("items"))
    second = [(1, "x", 5), (2**53 + 1, "7", 0), (2**53 + 1, "x", 2**53 + 1)]
    first = [
        (1, "7", 0),
        *([(1, "x", 1), (2**53 + 1, "7", 0), (2**53 + 1, "x", 2**53 + 1)] if store.kind == "filesystem" else []),
    ]
    assert found == sorted([*first, *second])


@BATCHES
def test_a_key_that_no_integer_holds(batches, store, acme, tiny_api):
    """As declared text they are exact and told apart; as integers they are an error that says so, and nothing loads."""
    acme(
        Resource(
            "things", data_selector="data", primary_key="id", write_disposition="merge", columns=columns(text="id")
        )
    )
    tiny_api.lists("/things", [{"id": 2**64 + 1}, {"id": 2**64 + 2}])

    store.run(sdk.load("acme", batches=batches))

    assert store.rows("things") == [{"id": str(2**64 + 1)}, {"id": str(2**64 + 2)}]
    acme(Resource("things", data_selector="data", primary_key="id", columns=columns(bigint="id")))
    with pytest.raises(Exception, match="2 of 2 records of a page have a 'id' that is no bigint"):
        store.run(sdk.load("acme", batches=batches))


@BATCHES
def test_a_key_of_another_kind(batches, stores, acme, tiny_api):
    """It would be none in its column, and a variant is no key: said before dlt fails."""
    acme(Resource("things", data_selector="data", primary_key="id", write_disposition="merge"))
    tiny_api.lists("/things", [{"id": 1}, {"id": "x"}])

    with pytest.raises(Exception, match=r"acme\.things") as caught:
        stores("duckdb").run(sdk.load("acme", batches=batches))

    assert str(ours(caught.value)).startswith("acme.things: 1 of 2 records of a page have a 'id' that is no ")


@BATCHES
def test_empty_tables(batches, store, acme, tiny_api):
    """A table without rows is there with its columns; so it is when rows come, and when none come again."""
    acme(Resource("things", data_selector="data", columns=columns(bigint="id", timestamp="at", json="tags")))
    records = [{"id": 1, "at": "2024-02-29T12:00:00Z", "tags": [], "more": 1}]

    found = []
    for page in ([], records, []):
        tiny_api.lists("/things", page)
        store.run(sdk.load("acme", batches=batches))
        found.append(store.rows("things"))

    rows = [{"id": 1, "at": NOON, "tags": [], "more": 1}]
    assert found == [[], rows, rows]


@BATCHES
def test_replaced_tables(batches, store, acme, tiny_api):
    """What is gone is gone, and a list that has become empty is an empty table, with or without declared columns."""
    typed = columns(bigint="id")
    acme(
        Resource("typed", data_selector="data", write_disposition="replace", columns=typed),
        Resource("plain", data_selector="data", write_disposition="replace"),
    )
    found = []
    for page in ([{"id": 1, "a": 1}, {"id": 2}], [{"id": 2, "a": "x"}], []):
        tiny_api.lists("/typed", page)
        tiny_api.lists("/plain", page)
        store.run(sdk.load("acme", batches=batches))
        found.append([store.rows("typed"), store.rows("plain")])

    assert found == [
        [[{"id": 1, "a": 1}, {"id": 2}]] * 2,
        [[{"id": 2, "a__v_text": "x"}]] * 2,
        [[], []],
    ]


@BATCHES
def test_skips(batches, store, acme, tiny_api):
    """What was left out stands in its table, and goes when it is repaid."""
    acme(
        Resource("lists", data_selector="data"),
        Resource("items", path="/lists/{lists.id}/items", data_selector="data", skip_statuses=[403]),
    )
    tiny_api.lists("/lists", [{"id": 1}, {"id": 2}])
    tiny_api.lists("/lists/1/items", [{"id": "a"}])
    tiny_api.says("/lists/2/items", tiny_api.reply({"code": "Größe\u0000"}, 403))
    store.run(sdk.load("acme", batches=batches, resources=["items"]))

    [skip] = store.rows(SKIPS.name)
    assert {**skip, "first_seen": None, "last_seen": None, "reason": None} == {
        "connector": "acme", "resource": "items", "parent_key": '{"_lists_id": 2}', "request": skip["request"],
        "status": 403, "reason": None, "first_seen": None, "last_seen": None, "repaid": False,
    }  # fmt: skip
    tiny_api.lists("/lists/2/items", [{"id": "b"}])
    store.run(sdk.load("acme", batches=batches, resources=["items"]))
    assert [row["id"] for row in store.rows("items")] == (["a", "a", "b"] if store.kind == "filesystem" else ["a", "b"])
    assert len([row for row in store.rows(SKIPS.name) if not row["repaid"]]) == (1 if store.kind == "filesystem" else 0)


def test_several_ways_into_one_table(stores, acme, tiny_api):
    """Tables and rows have dlt's own columns alike, which say what was loaded when."""
    acme(Resource("things", data_selector="data", primary_key="id", write_disposition="merge"))
    store = stores("duckdb")
    for number, batches in enumerate(("arrow", "rows", "arrow"), start=1):
        tiny_api.lists("/things", [{"id": number, "a": number}])
        store.run(sdk.load("acme", batches=batches))

    found = store.rows("things", own=True)
    assert [row["id"] for row in found] == [1, 2, 3]
    assert len({row["_dlt_id"] for row in found}) == len({row["_dlt_load_id"] for row in found}) == 3


# What is nested: each value is where dlt puts its kind, and none is another for it.
NESTED_FIRST = [
    {
        "id": 1,
        "user": {"name": "a", "age": 1, "at": "2024-02-29T12:00:00Z", "deep": {"x": [1]}},
        "tags": ["x", "y", None],
        "lines": [{"sku": 1, "price": 0.5, "ok": True}, {"sku": 2, "price": 2, "parts": [{"n": 1}]}],
    },
]
NESTED_SECOND = [
    {
        "id": 2,
        "user": {"name": 7, "age": "x", "at": "2024-02-29T12:00:00.123456789Z", "new": 2**64 + 1},
        "tags": [1, True, {"value": 2}],
        "lines": [{"sku": "007", "price": 2**53 + 1, "ok": 2}, {"sku": " 7", "ok": "yes", "more": [1]}],
    },
    {"id": 3, "user": "nobody", "tags": "none", "lines": {"sku": 1}},
]


def test_nested_values(store, acme, tiny_api):
    """Columns and child tables keep every value, with all that drifts."""
    acme(Resource("things", data_selector="data", primary_key="id"))
    for records in (NESTED_FIRST, NESTED_SECOND):
        tiny_api.lists("/things", records)
        store.run(sdk.load("acme", max_table_nesting=2))

    assert store.rows("things") == [
        {"id": 1, "user__name": "a", "user__age": 1, "user__at": NOON, "user__deep__x": [1]},
        {
            "id": 2, "user__name": "7", "user__age__v_text": "x", "user__at__v_text": "2024-02-29T12:00:00.123456789Z",
            "user__new__v_text": str(2**64 + 1),
        },
        {"id": 3, "user": "nobody", "tags": "none", "lines__sku": 1},
    ]  # fmt: skip
    assert unordered(store.rows("things__tags")) == unordered(
        [{"value": "x"}, {"value": "y"}, {}, {"value": "1"}, {"value": "true"}, {"value": "2"}]
    )
    assert unordered(store.rows("things__lines")) == unordered(
        [
            {"sku": 1, "price": 0.5, "ok": True},
            {"sku": 2, "price": 2.0},
            {"sku__v_text": "007", "price__v_bigint": 2**53 + 1, "ok__v_bigint": 2},
            {"sku__v_text": " 7", "ok__v_text": "yes"},
        ]
    )
    assert store.rows("things__lines__parts") == [{"n": 1}]
    assert store.rows("things__lines__more") == [{"value": 1}]


def unordered(rows):
    """Return rows in an order of their own."""
    return sorted(str(sorted(row.items())) for row in rows)


@pytest.mark.parametrize(
    ("record", "said"),
    [
        ({"a": {"b": 1}, "a__b": 2}, "fields 'a.b' and 'a__b' of one record would share the column 'a__b'"),
        ({"a": {"B": 1, "b": 2}}, "fields 'a.B' and 'a.b' of one record would share the column 'a__b'"),
        ({"l": [{"B": 1, "b": 2}]}, "fields 'B' and 'b' of one record would share the column 'b'"),
        ({"L": [1], "l": [2]}, "fields 'L' and 'l' of one record would share the table 'things__l'"),
        ({"l": [{"_dlt_parent_id": 1}]}, "field '_dlt_parent_id' has the name of a column of dlt's own"),
        ({"l": [{"_dlt_list_idx": 1}]}, "field '_dlt_list_idx' has the name of a column of dlt's own"),
        ({"a": {"": 1}}, "field 'a.' has a name of which no column can be made"),
        ({" ": [1]}, "field ' ' has a name of which no table can be made"),
    ],
)
def test_nested_names(record, said, stores, acme, tiny_api):
    """What would share a column or a table is said, wherever it stands."""
    acme(Resource("things", data_selector="data", primary_key="id"))
    tiny_api.lists("/things", [{"id": 1, **record}])

    with pytest.raises(Exception, match=r"acme\.things") as caught:
        stores("duckdb").run(sdk.load("acme", max_table_nesting=2))

    assert f"acme.things: {said}; " in str(ours(caught.value))


def ours(failure: BaseException | None) -> ReadError:
    """Return the error of ours that another one wraps."""
    while not isinstance(failure, ReadError):
        assert failure is not None, "the error is none of ours"
        failure = failure.__cause__
    return failure


def nested(levels: int) -> object:
    """Return so many objects in one another."""
    found: object = 1
    for _ in range(levels):
        found = {"a": found}
    return found


@pytest.mark.parametrize("levels", [300, 800])
def test_deep_values_in_tables(levels, store, acme, tiny_api):
    """JSON is written as deep as it is read."""
    acme(Resource("things", data_selector="data", columns=columns(bigint="id", text="note")))
    record = {"id": 1, "value": nested(levels)}
    tiny_api.lists("/things", [record, {"id": 2, "note": nested(levels)}])

    store.run(sdk.load("acme"))

    first, second = store.rows("things")
    assert first == record
    assert second == {"id": 2, "note__v_json": nested(levels)}


def test_deep_values_in_rows(stores, acme, tiny_api):
    """They are written with the same bound as orjson has; what is deeper is said with its field."""
    acme(Resource("things", data_selector="data"))
    tiny_api.lists("/things", [{"id": 1, "plain": {}, "value": nested(300)}])

    with pytest.raises(Exception, match=r"acme\.things") as caught:
        stores("duckdb").run(sdk.load("acme", batches="rows"))

    assert str(ours(caught.value)) == (
        "acme.things: field 'value' is nested too deeply for a row; batches='arrow' takes it"
    )
