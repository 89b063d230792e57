"""Faults of shape: keys that collide, objects in one another, records that are none, lists that are something else."""

from __future__ import annotations

import json
from decimal import Decimal
from typing import Any, Final

from sdk.messages import Record
from sdk.testing.faults.data import fault, one_value, raw, records
from sdk.testing.faults.fault import Fault, Must


def _key(name: str, record: str, must: Must, what: str, *loaded: Record, **facts: Any) -> Fault:
    """Return the fault of a record whose keys become columns."""
    return fault(name, records(record), must, what, *loaded, in_pipeline=True, **facts)


def _deep(levels: int) -> str:
    return '{"a":' * levels + "1" + "}" * levels


def _nested(levels: int) -> Any:
    return {"a": _nested(levels - 1)} if levels else 1


_KEYS: Final = (
    fault("dup_keys", records('{"id": 1, "value": 1, "value": 2}'), "raise", "a key twice, with other values"),
    fault("dup_keys_nested", records('{"id": 1, "value": {"a": 1, "a": 2}}'), "raise", "a key twice, deeper down"),
    fault(
        "dup_keys_alike",
        records('{"id": 1, "value": 1, "value": 1}'),
        "all rows or raise",
        "a key twice, with one value",
        {"id": 1, "value": 1},
    ),
    fault("dup_keys_envelope", raw(b'{"items": [{"id": 1}], "items": []}'), "raise", "the list twice"),
    fault("dup_keys_escaped", records('{"id": 1, "value": 1, "\\u0076alue": 2}'), "raise", "a key twice, once escaped"),
    _key("key_collision", '{"id": 1, "userName": "a", "user_name": "b"}', "raise", "two keys, one column"),
    _key("key_collision_case", '{"id": 1, "Name": "a", "name": "b"}', "raise", "two keys that differ in case"),
    _key(
        "key_collision_odd",
        '{"id": 1, "a-b": "a", "a b": "b"}',
        "raise",
        "two keys that differ in a character",
        slow=True,
    ),
    _key(
        "key_collision_rows",
        '{"id": 1, "userName": "a"}, {"id": 2, "user_name": "b"}',
        "all rows or raise",
        "two keys, one column, in different rows",
        {"id": 1, "user_name": "a"},
        {"id": 2, "user_name": "b"},
    ),
    _key("key_of_dlt", '{"id": 1, "_dlt_id": "x"}', "raise", "a key of dlt's own"),
    _key("key_of_load", '{"id": 1, "_dlt_load_id": "x"}', "raise", "another key of dlt's own", slow=True),
    _key(
        "key_like_variant",
        '{"id": 1, "value": 1}, {"id": 2, "value": "x"}, {"id": 3, "value__v_text": "y"}',
        "all rows or raise",
        "a key that a variant column has",
        {"id": 1, "value": 1},
        {"id": 2, "value__v_text": "x"},
        {"id": 3, "value__v_text": "y"},
    ),
    _key("key_empty", '{"id": 1, "": "x"}', "all rows or raise", "an empty key"),
    _key("key_blank", '{"id": 1, " ": "x"}', "all rows or raise", "a blank key", {"id": 1, "_": "x"}),
    _key(
        "key_odd",
        '{"id": 1, "a-b.c/d": "x"}',
        "all rows",
        "a key that no column can have",
        {"id": 1, "a_b_c_d": "x"},
        slow=True,
    ),
    _key(
        "key_reserved",
        '{"id": 1, "select": "x", "order": "y", "from": "z"}',
        "all rows",
        "keys that SQL means otherwise",
        {"id": 1, "select": "x", "order": "y", "from": "z"},
        slow=True,
    ),
    _key(
        "key_injection",
        '{"id": 1, "a\\"; DROP": "x"}',
        "all rows",
        "a key that looks like SQL",
        {"id": 1, "a_drop": "x"},
    ),
    _key(
        "key_long",
        f'{{"id": 1, "{"k" * 60}": "x"}}',
        "all rows",
        "a key of 60 characters",
        {"id": 1, "k" * 60: "x"},
        slow=True,
    ),
    _key(
        "many_keys",
        json.dumps({"id": 1, **{f"k{n}": n for n in range(500)}}),
        "all rows",
        "500 keys",
        {"id": 1, **{f"k{n}": n for n in range(500)}},
        slow=True,
    ),
)

_RECORDS: Final = (
    one_value("deep_nesting", _deep(100_000), "all rows or raise", "a hundred thousand objects in one another"),
    one_value("mid_nesting", _deep(300), "all rows or raise", "three hundred objects in one another", _nested(300)),
    one_value("some_nesting", _deep(20), "all rows", "twenty objects in one another", _nested(20)),
    one_value(
        "nested_null",
        '{"a": null, "b": [null, {}], "c": []}',
        "all rows",
        "nulls and emptiness deeper down",
        {"a": None, "b": [None, {}], "c": []},
    ),
    one_value(
        "nested_big_int",
        f'{{"a": {2**64 + 1}}}',
        "all rows or raise",
        "an integer beyond 64 bits, deeper down",
        {"a": Decimal(2**64 + 1)},
        in_table={"value": {"a": str(2**64 + 1)}},
    ),
    one_value("empty_object", "{}", "all rows", "an object with nothing in it", {}),
    one_value("empty_list", "[]", "all rows", "a list with nothing in it", []),
    one_value("null_column", "null", "all rows", "a field that is null in every row", None, in_table={}),
    fault("null_record", records('{"id": 1}', "null"), "all rows or raise", "a record is null"),
    fault("scalar_record", records('{"id": 1}', "7"), "all rows or raise", "a record is a number"),
    fault("list_record", records('{"id": 1}', "[1]"), "all rows or raise", "a record is a list"),
    fault("text_record", records('{"id": 1}', '"x"'), "all rows or raise", "a record is a text"),
    fault("empty_record", records('{"id": 1}', "{}"), "raise", "a record has nothing in it"),
    fault("id_missing", records('{"id": 1}', '{"name": "x"}'), "raise", "a record has no key"),
    fault("id_null", records('{"id": 1}', '{"id": null}'), "raise", "a record's key is null"),
    fault("id_missing_all", records('{"name": "x"}', '{"name": "y"}'), "raise", "no record has a key"),
    fault(
        "id_object",
        records('{"id": {"a": 1}}', '{"id": {"a": 2}}'),
        "all rows or raise",
        "a key is an object",
        {"id": {"a": 1}},
        {"id": {"a": 2}},
    ),
    fault(
        "id_bool",
        records('{"id": true}', '{"id": 1}'),
        "all rows or raise",
        "a key is true, and another 1",
        {"id": True},
        {"id": 1},
    ),
    fault(
        "id_text_blank",
        records('{"id": ""}', '{"id": " "}'),
        "all rows or raise",
        "keys are empty and blank",
        {"id": ""},
        {"id": " "},
    ),
    fault(
        "id_case", records('{"id": "a"}', '{"id": "A"}'), "all rows", "keys differ in case", {"id": "a"}, {"id": "A"}
    ),
    fault(
        "dup_ids_alike",
        records('{"id": 1, "n": 1}', '{"id": 1, "n": 1}'),
        "all rows",
        "a record comes twice",
        {"id": 1, "n": 1},
    ),
    fault("dup_ids_differ", records('{"id": 1, "n": 1}', '{"id": 1, "n": 2}'), "raise", "one key, two records"),
    fault(
        "items_is_object",
        raw(b'{"items": {"id": 1}}'),
        "all rows or raise",
        "an object where a list belongs",
        {"id": 1},
    ),
    fault(
        "items_is_map",
        raw(b'{"items": {"1": {"id": 1}, "2": {"id": 2}}}'),
        "raise",
        "records by key where a list belongs",
    ),
    fault("items_is_string", raw(b'{"items": "none"}'), "raise", "a text where a list belongs"),
    fault("items_is_number", raw(b'{"items": 0}'), "raise", "a number where a list belongs"),
    fault("items_is_false", raw(b'{"items": false}'), "raise", "false where a list belongs"),
    fault("selector_gone", raw(b'{"data": [{"id": 1}]}'), "raise", "the list has another name"),
    fault("selector_case", raw(b'{"Items": [{"id": 1}]}'), "raise", "the list's name is spelled otherwise"),
    fault("selector_deeper", raw(b'{"result": {"items": [{"id": 1}]}}'), "raise", "the list stands deeper down"),
    fault("trailing_comma", raw(b'{"items": [{"id": 1},]}'), "all rows or raise", "a comma too many", {"id": 1}),
    fault("single_quotes", raw(b"{'items': [{'id': 1}]}"), "all rows or raise", "quotes of another kind", {"id": 1}),
    fault("comments", raw(b'{"items": [{"id": 1}] /* all */}'), "all rows or raise", "a comment", {"id": 1}),
)

FAULTS: Final[tuple[Fault, ...]] = (*_KEYS, *_RECORDS)
