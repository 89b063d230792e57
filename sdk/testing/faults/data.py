"""Faults of values: numbers that doubles cannot hold, text that is none, keys that collide, records that are none."""

from __future__ import annotations

import json
from decimal import Decimal
from typing import Any, Final

from attrs import evolve

from sdk.columns import columns
from sdk.messages import Record
from sdk.testing.faults.api import Api
from sdk.testing.faults.fault import Fault, Must
from sdk.testing.faults.stage import Play, Stage
from sdk.testing.faults.wire import Answer, Asked

_ONE: Final = Api(style="single", rows=())
_TYPED: Final = Api(style="single", rows=(), resource={"columns": columns(bigint="id value", text="name")})


def _raw(content: bytes, kind: str = "application/json") -> Play:
    def answer(stage: Stage, asked: Asked) -> Answer:
        good = stage.good(asked)
        return good if good.status != 200 else evolve(good, body=content, headers={"Content-Type": kind})  # noqa: PLR2004 - the credential was right

    return answer


def _records(*texts: str) -> Play:
    """Answer with records that are written down, since Python would write some otherwise."""
    return _raw(f'{{"items": [{", ".join(texts)}]}}'.encode("utf-8", "surrogatepass"))


def _fault(name: str, play: Play, must: Must, what: str, *truth: Record, api: Api = _ONE, **facts: Any) -> Fault:
    return Fault(name=name, group="data", must=must, what=what, play=play, api=api, truth=truth, **facts)


def _value(name: str, text: str, must: Must, what: str, *value: Any, in_table: Any = ..., **facts: Any) -> Fault:
    """Return the fault of one value, written as *text*, beside a row that is harmless."""
    plain = {"id": 1, "name": "plain"}
    truth = [plain, {"id": 2, "value": value[0]}] if value else [plain]
    if in_table is not ...:
        facts["loaded"] = [plain, {"id": 2, **in_table}]
    play = _records('{"id": 1, "name": "plain"}', f'{{"id": 2, "value": {text}}}')
    return _fault(name, play, must, what, *truth, **{"in_pipeline": in_table is not ..., **facts})


def _key(name: str, record: str, must: Must, what: str, *loaded: Record, **facts: Any) -> Fault:
    """Return the fault of a record whose keys become columns."""
    return _fault(name, _records(record), must, what, *loaded, in_pipeline=True, **facts)


def _deep(levels: int) -> str:
    return '{"a":' * levels + "1" + "}" * levels


def _nested(levels: int) -> Any:
    return {"a": _nested(levels - 1)} if levels else 1


_EMOJI: Final = "\U0001f469\u200d\U0001f4bb \u202eabc\u202c \u0301e \ufeff"
_INT64: Final = 2**63 - 1

_NUMBERS: Final = (
    _value("int64_edge", str(_INT64), "all rows", "the largest integer of 64 bits", _INT64),
    _value("int64_low_edge", str(-(2**63)), "all rows", "the smallest integer of 64 bits", -(2**63)),
    _value("int_past_double", str(2**53 + 1), "all rows", "an integer that no double holds", 2**53 + 1),
    _value(
        "int_over_64",
        str(2**64 + 1),
        "all rows or raise",
        "an integer beyond 64 bits",
        Decimal(2**64 + 1),
        in_table={"value__v_text": str(2**64 + 1)},
    ),
    _value(
        "int_under_64",
        str(-(2**63) - 1),
        "all rows or raise",
        "an integer beyond 64 bits",
        Decimal(-(2**63) - 1),
        in_table={"value__v_text": str(-(2**63) - 1)},
        slow=True,
    ),
    _value(
        "int_unsigned_64",
        str(2**64 - 1),
        "all rows or raise",
        "an unsigned integer of 64 bits",
        Decimal(2**64 - 1),
        in_table={"value__v_text": str(2**64 - 1)},
        slow=True,
    ),
    _value(
        "int_over_64_declared",
        str(2**64 + 1),
        "all rows or raise",
        "an integer beyond the declared 64 bits",
        Decimal(2**64 + 1),
        in_table={"value__v_text": str(2**64 + 1)},
        api=_TYPED,
    ),
    _value(
        "int_5000_digits",
        "9" * 5000,
        "all rows or raise",
        "an integer of 5000 digits",
        Decimal("9" * 5000),
        in_table={"value__v_text": "9" * 5000},
    ),
    _value("int_leading_zero", "007", "all rows or raise", "a number that begins with 0", 7),
    _value("int_minus_zero", "-0", "all rows", "minus nothing", 0),
    _fault(
        "id_over_64",
        _records(f'{{"id": {2**64 + 1}}}', f'{{"id": {2**64 + 2}}}'),
        "all rows or raise",
        "ids beyond 64 bits that a double cannot tell apart",
        {"id": Decimal(2**64 + 1)},
        {"id": Decimal(2**64 + 2)},
    ),
    _fault(
        "id_over_64_text",
        _records(f'{{"id": {2**64 + 1}}}', f'{{"id": {2**64 + 2}}}'),
        "all rows",
        "the same, and the id is declared as text",
        {"id": Decimal(2**64 + 1)},
        {"id": Decimal(2**64 + 2)},
        loaded=[{"id": str(2**64 + 1)}, {"id": str(2**64 + 2)}],
        api=Api(style="single", rows=(), resource={"columns": columns(text="id")}),
    ),
    _fault(
        "id_past_double",
        _records(f'{{"id": {2**53 + 1}}}', f'{{"id": {2**53}}}'),
        "all rows",
        "ids that a double cannot tell apart",
        {"id": 2**53 + 1},
        {"id": 2**53},
    ),
    _fault(
        "id_number_and_text",
        _records('{"id": 1, "n": 1}', '{"id": "1", "n": 2}'),
        "all rows or raise",
        "an id is a number and a text",
        {"id": 1, "n": 1},
        {"id": "1", "n": 2},
    ),
    _value("float_plain", "0.1", "all rows", "a number with a fraction", 0.1),
    _value(
        "float_digits",
        "0.12345678901234567891",
        "all rows",
        "more digits than a double holds",
        Decimal("0.12345678901234567891"),
        in_table={"value__v_text": "0.12345678901234567891"},
    ),
    _value(
        "float_17_digits", "0.30000000000000004", "all rows", "as many digits as a double holds", 0.30000000000000004
    ),
    _value(
        "float_exact_long", "0.1000000000000000055511151231257827", "all rows", "a double with all of its digits", 0.1
    ),
    _value(
        "float_large_whole",
        "12345678901234567890.0",
        "all rows or raise",
        "a large whole number with a point",
        Decimal("12345678901234567890.0"),
        in_table={"value__v_text": "12345678901234567890.0"},
        slow=True,
    ),
    _value("float_1e400", "1e400", "all rows or raise", "a number too large for a double"),
    _value("float_tiny", "1e-400", "all rows", "a number too small for a double, which is the nearest one", 0.0),
    _value(
        "float_exponent_digits",
        "123456789012345678901e-10",
        "all rows or raise",
        "digits and an exponent",
        Decimal("123456789012345678901e-10"),
        in_table={"value__v_text": "12345678901.2345678901"},
        slow=True,
    ),
    _value("nan", "NaN", "raise", "not a number"),
    _value("infinity", "Infinity", "raise", "a number without an end"),
    _value("minus_infinity", "-Infinity", "raise", "a number without a beginning"),
    _value("hex_number", "0x1F", "raise", "a number in hexadecimal"),
    _value("int_then_float", "1.5", "all rows", "a number is whole in one row and not in the next", 1.5),
    _fault(
        "mixed_numbers",
        _records('{"id": 1, "value": 1}', '{"id": 2, "value": 1.5}', '{"id": 3, "value": "x"}'),
        "all rows",
        "one field is a whole number, a fraction and a text",
        {"id": 1, "value": 1},
        {"id": 2, "value": 1.5},
        {"id": 3, "value": "x"},
        loaded=[{"id": 1, "value": 1}, {"id": 2, "value__v_double": 1.5}, {"id": 3, "value__v_text": "x"}],
    ),
    _fault(
        "mixed_kinds",
        _records('{"id": 1, "value": {"a": 1}}', '{"id": 2, "value": "x"}', '{"id": 3, "value": [1]}'),
        "all rows",
        "one field is an object, a text and a list",
        {"id": 1, "value": {"a": 1}},
        {"id": 2, "value": "x"},
        {"id": 3, "value": [1]},
        loaded=[{"id": 1, "value": {"a": 1}}, {"id": 2, "value__v_text": "x"}, {"id": 3, "value": [1]}],
    ),
)

_TEXTS: Final = (
    _value("lone_surrogate", '"a\\ud800b"', "all rows", "half of a surrogate pair", "a\ufffdb"),
    _value("lone_low_surrogate", '"\\udc00"', "all rows", "the other half of a surrogate pair", "\ufffd"),
    _value("surrogate_pair", '"\\ud83d\\ude00"', "all rows", "a whole surrogate pair", "\U0001f600"),
    _value("surrogate_escaped", '"\\\\ud800"', "all rows", "what looks like half of a pair", "\\ud800"),
    _value("nul", '"a\\u0000b"', "all rows or raise", "a NUL in a text", "a\x00b"),
    _value("controls", '"\\u001b[31m\\u0007\\u0085"', "all rows", "control characters in a text", "\x1b[31m\x07\x85"),
    _value("raw_newline", '"a\nb"', "all rows or raise", "a bare line break in a text", "a\nb"),
    _value("unicode", json.dumps(_EMOJI), "all rows", "joined, turned and combining characters", _EMOJI),
    _value("unicode_raw", f'"{_EMOJI}"', "all rows", "the same, not escaped", _EMOJI),
    _value("long_text", json.dumps("x" * 2_000_000), "all rows", "a text of two million characters", "x" * 2_000_000),
    _value(
        "date_lookalike", '"2024-13-45T99:99:99Z"', "all rows", "a text that looks like a time", "2024-13-45T99:99:99Z"
    ),
    _value(
        "sql_lookalike",
        '"\'); DROP TABLE items; --"',
        "all rows",
        "a text that looks like SQL",
        "'); DROP TABLE items; --",
    ),
    _value(
        "template_lookalike",
        '"{items.id} {{ x }} %s ${HOME}"',
        "all rows",
        "a text that looks like a template",
        "{items.id} {{ x }} %s ${HOME}",
    ),
    _value("quotes", '"\\"\\\\,;\\t\\r\\n|"', "all rows", "what text formats escape", '"\\,;\t\r\n|'),
    _fault("bom", _raw(b'\xef\xbb\xbf{"items": [{"id": 1}]}'), "all rows", "a byte-order mark", {"id": 1}),
    _fault("utf16_body", _raw('{"items": [{"id": 1}]}'.encode("utf-16")), "all rows or raise", "UTF-16", {"id": 1}),
    _fault(
        "utf16_declared",
        _raw('{"items": [{"id": 1}]}'.encode("utf-16"), "application/json; charset=utf-16"),
        "all rows",
        "UTF-16, as the header says",
        {"id": 1},
    ),
    _fault(
        "latin1_body",
        _raw('{"items": [{"id": 1, "name": "caf\u00e9"}]}'.encode("latin-1"), "application/json; charset=iso-8859-1"),
        "all rows",
        "Latin-1, as the header says",
        {"id": 1, "name": "caf\u00e9"},
    ),
    _fault(
        "latin1_undeclared",
        _raw('{"items": [{"id": 1, "name": "caf\u00e9"}]}'.encode("latin-1")),
        "all rows or raise",
        "Latin-1, and nobody says so",
        {"id": 1, "name": "caf\u00e9"},
    ),
    _fault(
        "utf8_declared_latin1",
        _raw('{"items": [{"id": 1, "name": "caf\u00e9"}]}'.encode(), "application/json; charset=utf-8"),
        "all rows",
        "UTF-8, as the header says",
        {"id": 1, "name": "caf\u00e9"},
    ),
    _fault(
        "charset_unknown",
        _raw(b'{"items": [{"id": 1}]}', "application/json; charset=klingon"),
        "all rows or raise",
        "a charset that nobody knows",
        {"id": 1},
    ),
    _fault(
        "bad_utf8", _raw(b'{"items": [{"id": 1, "name": "\xff\xfe"}]}'), "all rows or raise", "bytes that are no UTF-8"
    ),
    _fault(
        "overlong_utf8",
        _raw(b'{"items": [{"id": 1, "name": "\xc0\xaf"}]}'),
        "all rows or raise",
        "bytes that are no shortest form",
    ),
)

_KEYS: Final = (
    _fault("dup_keys", _records('{"id": 1, "value": 1, "value": 2}'), "raise", "a key twice, with other values"),
    _fault("dup_keys_nested", _records('{"id": 1, "value": {"a": 1, "a": 2}}'), "raise", "a key twice, deeper down"),
    _fault(
        "dup_keys_alike",
        _records('{"id": 1, "value": 1, "value": 1}'),
        "all rows or raise",
        "a key twice, with one value",
        {"id": 1, "value": 1},
    ),
    _fault("dup_keys_envelope", _raw(b'{"items": [{"id": 1}], "items": []}'), "raise", "the list twice"),
    _fault(
        "dup_keys_escaped", _records('{"id": 1, "value": 1, "\\u0076alue": 2}'), "raise", "a key twice, once escaped"
    ),
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
    _value("deep_nesting", _deep(100_000), "all rows or raise", "a hundred thousand objects in one another"),
    _value("mid_nesting", _deep(300), "all rows or raise", "three hundred objects in one another", _nested(300)),
    _value("some_nesting", _deep(20), "all rows", "twenty objects in one another", _nested(20)),
    _value(
        "nested_null",
        '{"a": null, "b": [null, {}], "c": []}',
        "all rows",
        "nulls and emptiness deeper down",
        {"a": None, "b": [None, {}], "c": []},
    ),
    _value(
        "nested_big_int",
        f'{{"a": {2**64 + 1}}}',
        "all rows or raise",
        "an integer beyond 64 bits, deeper down",
        {"a": Decimal(2**64 + 1)},
        in_table={"value": {"a": str(2**64 + 1)}},
    ),
    _value("empty_object", "{}", "all rows", "an object with nothing in it", {}),
    _value("empty_list", "[]", "all rows", "a list with nothing in it", []),
    _value("null_column", "null", "all rows", "a field that is null in every row", None, in_table={}),
    _value(
        "timestamp_nanoseconds",
        '"2025-06-01T12:00:00.123456789Z"',
        "all rows or raise",
        "nine digits of a second, of which a timestamp holds six",
        "2025-06-01T12:00:00.123456789Z",
        in_table={"value__v_text": "2025-06-01T12:00:00.123456789Z"},
        api=Api(style="single", rows=(), resource={"columns": columns(bigint="id", timestamp="value", text="name")}),
    ),
    _fault("null_record", _records('{"id": 1}', "null"), "all rows or raise", "a record is null"),
    _fault("scalar_record", _records('{"id": 1}', "7"), "all rows or raise", "a record is a number"),
    _fault("list_record", _records('{"id": 1}', "[1]"), "all rows or raise", "a record is a list"),
    _fault("text_record", _records('{"id": 1}', '"x"'), "all rows or raise", "a record is a text"),
    _fault("empty_record", _records('{"id": 1}', "{}"), "raise", "a record has nothing in it"),
    _fault("id_missing", _records('{"id": 1}', '{"name": "x"}'), "raise", "a record has no key"),
    _fault("id_null", _records('{"id": 1}', '{"id": null}'), "raise", "a record's key is null"),
    _fault("id_missing_all", _records('{"name": "x"}', '{"name": "y"}'), "raise", "no record has a key"),
    _fault(
        "id_object",
        _records('{"id": {"a": 1}}', '{"id": {"a": 2}}'),
        "all rows or raise",
        "a key is an object",
        {"id": {"a": 1}},
        {"id": {"a": 2}},
    ),
    _fault(
        "id_bool",
        _records('{"id": true}', '{"id": 1}'),
        "all rows or raise",
        "a key is true, and another 1",
        {"id": True},
        {"id": 1},
    ),
    _fault(
        "id_text_blank",
        _records('{"id": ""}', '{"id": " "}'),
        "all rows or raise",
        "keys are empty and blank",
        {"id": ""},
        {"id": " "},
    ),
    _fault(
        "id_case", _records('{"id": "a"}', '{"id": "A"}'), "all rows", "keys differ in case", {"id": "a"}, {"id": "A"}
    ),
    _fault(
        "dup_ids_alike",
        _records('{"id": 1, "n": 1}', '{"id": 1, "n": 1}'),
        "all rows",
        "a record comes twice",
        {"id": 1, "n": 1},
    ),
    _fault("dup_ids_differ", _records('{"id": 1, "n": 1}', '{"id": 1, "n": 2}'), "raise", "one key, two records"),
    _fault(
        "items_is_object",
        _raw(b'{"items": {"id": 1}}'),
        "all rows or raise",
        "an object where a list belongs",
        {"id": 1},
    ),
    _fault(
        "items_is_map",
        _raw(b'{"items": {"1": {"id": 1}, "2": {"id": 2}}}'),
        "raise",
        "records by key where a list belongs",
    ),
    _fault("items_is_string", _raw(b'{"items": "none"}'), "raise", "a text where a list belongs"),
    _fault("items_is_number", _raw(b'{"items": 0}'), "raise", "a number where a list belongs"),
    _fault("items_is_false", _raw(b'{"items": false}'), "raise", "false where a list belongs"),
    _fault("selector_gone", _raw(b'{"data": [{"id": 1}]}'), "raise", "the list has another name"),
    _fault("selector_case", _raw(b'{"Items": [{"id": 1}]}'), "raise", "the list's name is spelled otherwise"),
    _fault("selector_deeper", _raw(b'{"result": {"items": [{"id": 1}]}}'), "raise", "the list stands deeper down"),
    _fault("trailing_comma", _raw(b'{"items": [{"id": 1},]}'), "all rows or raise", "a comma too many", {"id": 1}),
    _fault("single_quotes", _raw(b"{'items': [{'id': 1}]}"), "all rows or raise", "quotes of another kind", {"id": 1}),
    _fault("comments", _raw(b'{"items": [{"id": 1}] /* all */}'), "all rows or raise", "a comment", {"id": 1}),
)

FAULTS: Final[tuple[Fault, ...]] = (*_NUMBERS, *_TEXTS, *_KEYS, *_RECORDS)
