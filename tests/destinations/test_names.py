"""The names of fields: each gets a column of its own, the same in tables and in rows, or an error names it."""

from __future__ import annotations

import pytest

import sdk
from sdk import Resource, columns
from sdk.errors import ReadError

BATCHES = pytest.mark.parametrize("batches", ["arrow", "rows"])
VARIANT = "field 'value__v_text' has the name of the column 'value__v_text', which holds what does not fit field "
RENAME = "rename it with map=... in the declaration"


@pytest.fixture
def store(stores):
    """Return an empty DuckDB file."""
    return stores("duckdb")


@pytest.fixture
def things(acme):
    """Declare a resource of which only the key is declared."""
    acme(Resource("things", data_selector="data", primary_key="id", columns=columns(bigint="id")))


def failure(store, **options):
    """Return our error's text, of a run that fails."""
    with pytest.raises(Exception, match="acme") as caught:
        store.run(sdk.load("acme", **options))
    found: BaseException | None = caught.value
    while not isinstance(found, ReadError):
        assert found is not None, "the error is none of ours"
        found = found.__cause__
    return str(found)


@BATCHES
@pytest.mark.parametrize(
    ("fields", "column"),
    [
        (("userName", "user_name"), "user_name"),
        (("Name", "name"), "name"),
        (("a b", "a-b"), "a_b"),
        (("a__b", "A__B"), "a__b"),
        (("é", "日本"), "x"),
        (("a_", "ax"), "ax"),
        (("__a", "a"), "a"),
    ],
)
@pytest.mark.usefixtures("things")
def test_two_fields_one_column(fields, column, batches, store, tiny_api):
    """Both are named: dlt would keep one of them."""
    tiny_api.lists("/things", [{"id": 1, **dict.fromkeys(fields, 1)}])

    one, other = sorted(fields)
    assert failure(store, batches=batches) == (
        f"acme.things: fields {one!r} and {other!r} of one record would share the column {column!r}; rename one with "
        "map=... in the declaration, or in a plugin's sdk_select_records"
    )


@BATCHES
def test_fields_that_look_alike(batches, store, things, tiny_api):
    """`a__b` is another column than `a_b`, in a table as in rows."""
    tiny_api.lists("/things", [{"id": 1, "a_b": 1, "a__b": 2, "a___b": 3, "_a": 4, "A": 5}])

    store.run(sdk.load("acme", batches=batches))

    assert store.rows("things") == [{"id": 1, "a_b": 1, "a__b": 2, "a___b": 3, "_a": 4, "a": 5}]


@BATCHES
@pytest.mark.parametrize(
    "name", ["_dlt_id", "_dlt_load_id", "_dlt_parent_id", "_dlt_list_idx", "_dlt_root_id", "_DLT_ID"]
)
def test_a_field_called_as_dlts(name, batches, store, things, tiny_api):
    """It would be taken for dlt's own, or fail somewhere later."""
    tiny_api.lists("/things", [{"id": 1, name: "x"}])

    assert failure(store, batches=batches) == (
        f"acme.things: field {name!r} has the name of a column of dlt's own; {RENAME}"
    )


@BATCHES
@pytest.mark.parametrize("name", ["", " ", "\t", "__", "____"])
def test_a_field_without_a_name(name, batches, store, things, tiny_api):
    """No column can be made of it; what would be is said before dlt fails."""
    tiny_api.lists("/things", [{"id": 1, name: "x"}])

    assert failure(store, batches=batches) == (
        f"acme.things: field {name!r} has a name of which no column can be made; {RENAME}"
    )


@BATCHES
@pytest.mark.parametrize(
    "records",
    [
        [{"id": 1, "value": 1}, {"id": 2, "value": "x"}, {"id": 3, "value__v_text": "y"}],
        [{"id": 1, "value": 1}, {"id": 2, "value": "x", "value__v_text": "y"}],
        [{"id": 1, "value__v_text": "y"}, {"id": 2, "value": 1}, {"id": 3, "value": "x"}],
    ],
)
def test_a_field_called_as_a_variant(records, batches, store, things, tiny_api):
    """Its values could not be told from those that do not fit, in whichever order they come."""
    tiny_api.lists("/things", records)

    assert failure(store, batches=batches) == f"acme.things: {VARIANT}'value'; {RENAME}"


@BATCHES
def test_a_field_called_as_a_variant_on_another_page(batches, store, things, tiny_api):
    """Pages that are loaded apart are of one table."""
    many = [{"id": number, "value": number} for number in range(3, 5000)]
    tiny_api.lists(
        "/things", [{"id": 1, "value": 1}, {"id": 2, "value": "x"}], many, [{"id": 5000, "value__v_text": "y"}]
    )

    assert failure(store, batches=batches) == f"acme.things: {VARIANT}'value'; {RENAME}"


@BATCHES
@pytest.mark.parametrize("before", ["arrow", "rows"])
def test_a_field_called_as_an_earlier_variant(before, batches, store, things, tiny_api):
    """The table remembers what its columns are for."""
    tiny_api.lists("/things", [{"id": 1, "value": 1}, {"id": 2, "value": "x"}])
    store.run(sdk.load("acme", batches=before))
    tiny_api.lists("/things", [{"id": 3, "value__v_text": "y"}])

    assert failure(store, batches=batches) == (
        "acme.things: field 'value__v_text' has the name of the column 'value__v_text', which holds what did not fit "
        f"another field in an earlier run; {RENAME}"
    )


@BATCHES
@pytest.mark.parametrize("before", ["arrow", "rows"])
def test_a_variant_called_as_an_earlier_field(before, batches, store, things, tiny_api):
    """The other way round."""
    tiny_api.lists("/things", [{"id": 1, "value__v_text": "y", "value": 1}])
    store.run(sdk.load("acme", batches=before))
    tiny_api.lists("/things", [{"id": 3, "value": "x"}])

    assert failure(store, batches=batches) == (
        "acme.things: what does not fit the column of field 'value' belongs into 'value__v_text', which an earlier run "
        f"filled from a field of that name; {RENAME}"
    )


@BATCHES
def test_a_field_that_only_looks_like_a_variant(batches, store, things, tiny_api):
    """It has its column while nothing else wants it."""
    records = [{"id": 1, "value": 1, "value__v_text": "y"}, {"id": 2, "value": 2, "other__v_bigint": "z"}]
    tiny_api.lists("/things", records)

    store.run(sdk.load("acme", batches=batches))
    store.run(sdk.load("acme", batches=batches))

    assert store.rows("things") == records * 2 if store.count("things") == 4 else records


@BATCHES
def test_variants_have_dlts_names(batches, store, things, tiny_api):
    """In a table as in rows, and as dlt would call them, also when the field's name is changed or too long."""
    long = "K" * 70
    tiny_api.lists(
        "/things", [{"id": 1, "userName": 1, "a_": 1, long: 1}, {"id": 2, "userName": "x", "a_": "x", long: "x"}]
    )

    store.run(sdk.load("acme", batches=batches))

    assert store.rows("things") == [
        {"id": 1, "user_name": 1, "ax": 1, "k" * 70: 1},
        {"id": 2, "user_name__v_text": "x", "ax__v_text": "x", f"{'k' * 70}__v_text": "x"},
    ]


@pytest.mark.parametrize("kind", ["postgres"])
def test_long_names(kind, stores, things, tiny_api):
    """What PostgreSQL would cut is shortened by dlt, each to a name of its own, the same in tables and rows."""
    first, second = "k" * 80 + "a", "k" * 80 + "b"
    tiny_api.lists("/things", [{"id": 1, first: 1, second: 2}, {"id": 2, first: "x", second: "y"}])
    tables, rows = stores(kind), stores(kind)

    tables.run(sdk.load("acme"))
    rows.run(sdk.load("acme", batches="rows"))

    found = tables.rows("things")
    assert [sorted(map(str, row.values())) for row in found] == [["1", "1", "2"], ["2", "x", "y"]]
    assert all(len(name) <= 63 for row in found for name in row)
    assert len({name for row in found for name in row}) == 5
    assert rows.rows("things") == found
