"""Faults of values: numbers that doubles cannot hold, times with too many digits, text that is none."""

from __future__ import annotations

import json
from decimal import Decimal
from typing import Final

from sdk.columns import columns
from sdk.testing.faults.api import Api
from sdk.testing.faults.data import fault, one_value, raw, records
from sdk.testing.faults.fault import Fault

_TYPED: Final = Api(style="single", rows=(), resource={"columns": columns(bigint="id value", text="name")})
_EMOJI: Final = "\U0001f469\u200d\U0001f4bb \u202eabc\u202c \u0301e \ufeff"
_INT64: Final = 2**63 - 1

_NUMBERS: Final = (
    one_value("int64_edge", str(_INT64), "all rows", "the largest integer of 64 bits", _INT64),
    one_value("int64_low_edge", str(-(2**63)), "all rows", "the smallest integer of 64 bits", -(2**63)),
    one_value("int_past_double", str(2**53 + 1), "all rows", "an integer that no double holds", 2**53 + 1),
    one_value(
        "int_over_64",
        str(2**64 + 1),
        "all rows or raise",
        "an integer beyond 64 bits",
        Decimal(2**64 + 1),
        in_table={"value__v_text": str(2**64 + 1)},
    ),
    one_value(
        "int_under_64",
        str(-(2**63) - 1),
        "all rows or raise",
        "an integer beyond 64 bits",
        Decimal(-(2**63) - 1),
        in_table={"value__v_text": str(-(2**63) - 1)},
        slow=True,
    ),
    one_value(
        "int_unsigned_64",
        str(2**64 - 1),
        "all rows or raise",
        "an unsigned integer of 64 bits",
        Decimal(2**64 - 1),
        in_table={"value__v_text": str(2**64 - 1)},
        slow=True,
    ),
    one_value(
        "int_over_64_declared",
        str(2**64 + 1),
        "all rows or raise",
        "an integer beyond the declared 64 bits",
        Decimal(2**64 + 1),
        in_table={"value__v_text": str(2**64 + 1)},
        api=_TYPED,
    ),
    one_value(
        "int_5000_digits",
        "9" * 5000,
        "all rows or raise",
        "an integer of 5000 digits",
        Decimal("9" * 5000),
        in_table={"value__v_text": "9" * 5000},
    ),
    one_value("int_leading_zero", "007", "all rows or raise", "a number that begins with 0", 7),
    one_value("int_minus_zero", "-0", "all rows", "minus nothing", 0),
    fault(
        "id_over_64",
        records(f'{{"id": {2**64 + 1}}}', f'{{"id": {2**64 + 2}}}'),
        "all rows or raise",
        "ids beyond 64 bits that a double cannot tell apart",
        {"id": Decimal(2**64 + 1)},
        {"id": Decimal(2**64 + 2)},
    ),
    fault(
        "id_over_64_text",
        records(f'{{"id": {2**64 + 1}}}', f'{{"id": {2**64 + 2}}}'),
        "all rows",
        "the same, and the id is declared as text",
        {"id": Decimal(2**64 + 1)},
        {"id": Decimal(2**64 + 2)},
        loaded=[{"id": str(2**64 + 1)}, {"id": str(2**64 + 2)}],
        api=Api(style="single", rows=(), resource={"columns": columns(text="id")}),
    ),
    fault(
        "id_past_double",
        records(f'{{"id": {2**53 + 1}}}', f'{{"id": {2**53}}}'),
        "all rows",
        "ids that a double cannot tell apart",
        {"id": 2**53 + 1},
        {"id": 2**53},
    ),
    fault(
        "id_number_and_text",
        records('{"id": 1, "n": 1}', '{"id": "1", "n": 2}'),
        "all rows or raise",
        "an id is a number and a text",
        {"id": 1, "n": 1},
        {"id": "1", "n": 2},
    ),
    one_value("float_plain", "0.1", "all rows", "a number with a fraction", 0.1),
    one_value(
        "float_digits",
        "0.12345678901234567891",
        "all rows",
        "more digits than a double holds",
        Decimal("0.12345678901234567891"),
        in_table={"value__v_text": "0.12345678901234567891"},
    ),
    one_value(
        "float_17_digits", "0.30000000000000004", "all rows", "as many digits as a double holds", 0.30000000000000004
    ),
    one_value(
        "float_exact_long", "0.1000000000000000055511151231257827", "all rows", "a double with all of its digits", 0.1
    ),
    one_value(
        "float_large_whole",
        "12345678901234567890.0",
        "all rows or raise",
        "a large whole number with a point",
        Decimal("12345678901234567890.0"),
        in_table={"value__v_text": "12345678901234567890.0"},
        slow=True,
    ),
    one_value("float_1e400", "1e400", "all rows or raise", "a number too large for a double"),
    one_value("float_tiny", "1e-400", "all rows", "a number too small for a double, which is the nearest one", 0.0),
    one_value(
        "float_exponent_digits",
        "123456789012345678901e-10",
        "all rows or raise",
        "digits and an exponent",
        Decimal("123456789012345678901e-10"),
        in_table={"value__v_text": "12345678901.2345678901"},
        slow=True,
    ),
    one_value("nan", "NaN", "raise", "not a number"),
    one_value("infinity", "Infinity", "raise", "a number without an end"),
    one_value("minus_infinity", "-Infinity", "raise", "a number without a beginning"),
    one_value("hex_number", "0x1F", "raise", "a number in hexadecimal"),
    one_value("int_then_float", "1.5", "all rows", "a number is whole in one row and not in the next", 1.5),
    fault(
        "mixed_numbers",
        records('{"id": 1, "value": 1}', '{"id": 2, "value": 1.5}', '{"id": 3, "value": "x"}'),
        "all rows",
        "one field is a whole number, a fraction and a text",
        {"id": 1, "value": 1},
        {"id": 2, "value": 1.5},
        {"id": 3, "value": "x"},
        loaded=[{"id": 1, "value": 1}, {"id": 2, "value__v_double": 1.5}, {"id": 3, "value__v_text": "x"}],
    ),
    fault(
        "mixed_kinds",
        records('{"id": 1, "value": {"a": 1}}', '{"id": 2, "value": "x"}', '{"id": 3, "value": [1]}'),
        "all rows",
        "one field is an object, a text and a list",
        {"id": 1, "value": {"a": 1}},
        {"id": 2, "value": "x"},
        {"id": 3, "value": [1]},
        loaded=[{"id": 1, "value": {"a": 1}}, {"id": 2, "value__v_text": "x"}, {"id": 3, "value": [1]}],
    ),
)

_TEXTS: Final = (
    one_value("lone_surrogate", '"a\\ud800b"', "all rows", "half of a surrogate pair", "a\ufffdb"),
    one_value("lone_low_surrogate", '"\\udc00"', "all rows", "the other half of a surrogate pair", "\ufffd"),
    one_value("surrogate_pair", '"\\ud83d\\ude00"', "all rows", "a whole surrogate pair", "\U0001f600"),
    one_value("surrogate_escaped", '"\\\\ud800"', "all rows", "what looks like half of a pair", "\\ud800"),
    one_value("nul", '"a\\u0000b"', "all rows or raise", "a NUL in a text", "a\x00b"),
    one_value(
        "controls", '"\\u001b[31m\\u0007\\u0085"', "all rows", "control characters in a text", "\x1b[31m\x07\x85"
    ),
    one_value("raw_newline", '"a\nb"', "all rows or raise", "a bare line break in a text", "a\nb"),
    one_value("unicode", json.dumps(_EMOJI), "all rows", "joined, turned and combining characters", _EMOJI),
    one_value("unicode_raw", f'"{_EMOJI}"', "all rows", "the same, not escaped", _EMOJI),
    one_value(
        "long_text", json.dumps("x" * 2_000_000), "all rows", "a text of two million characters", "x" * 2_000_000
    ),
    one_value(
        "date_lookalike", '"2024-13-45T99:99:99Z"', "all rows", "a text that looks like a time", "2024-13-45T99:99:99Z"
    ),
    one_value(
        "timestamp_nanoseconds",
        '"2025-06-01T12:00:00.123456789Z"',
        "all rows or raise",
        "nine digits of a second, of which a timestamp holds six",
        "2025-06-01T12:00:00.123456789Z",
        in_table={"value__v_text": "2025-06-01T12:00:00.123456789Z"},
        api=Api(style="single", rows=(), resource={"columns": columns(bigint="id", timestamp="value", text="name")}),
    ),
    one_value(
        "sql_lookalike",
        '"\'); DROP TABLE items; --"',
        "all rows",
        "a text that looks like SQL",
        "'); DROP TABLE items; --",
    ),
    one_value(
        "template_lookalike",
        '"{items.id} {{ x }} %s ${HOME}"',
        "all rows",
        "a text that looks like a template",
        "{items.id} {{ x }} %s ${HOME}",
    ),
    one_value("quotes", '"\\"\\\\,;\\t\\r\\n|"', "all rows", "what text formats escape", '"\\,;\t\r\n|'),
    fault("bom", raw(b'\xef\xbb\xbf{"items": [{"id": 1}]}'), "all rows", "a byte-order mark", {"id": 1}),
    fault("utf16_body", raw('{"items": [{"id": 1}]}'.encode("utf-16")), "all rows or raise", "UTF-16", {"id": 1}),
    fault(
        "utf16_declared",
        raw('{"items": [{"id": 1}]}'.encode("utf-16"), "application/json; charset=utf-16"),
        "all rows",
        "UTF-16, as the header says",
        {"id": 1},
    ),
    fault(
        "latin1_body",
        raw('{"items": [{"id": 1, "name": "caf\u00e9"}]}'.encode("latin-1"), "application/json; charset=iso-8859-1"),
        "all rows",
        "Latin-1, as the header says",
        {"id": 1, "name": "caf\u00e9"},
    ),
    fault(
        "latin1_undeclared",
        raw('{"items": [{"id": 1, "name": "caf\u00e9"}]}'.encode("latin-1")),
        "all rows or raise",
        "Latin-1, and nobody says so",
        {"id": 1, "name": "caf\u00e9"},
    ),
    fault(
        "utf8_declared_latin1",
        raw('{"items": [{"id": 1, "name": "caf\u00e9"}]}'.encode(), "application/json; charset=utf-8"),
        "all rows",
        "UTF-8, as the header says",
        {"id": 1, "name": "caf\u00e9"},
    ),
    fault(
        "charset_unknown",
        raw(b'{"items": [{"id": 1}]}', "application/json; charset=klingon"),
        "all rows or raise",
        "a charset that nobody knows",
        {"id": 1},
    ),
    fault(
        "bad_utf8", raw(b'{"items": [{"id": 1, "name": "\xff\xfe"}]}'), "all rows or raise", "bytes that are no UTF-8"
    ),
    fault(
        "overlong_utf8",
        raw(b'{"items": [{"id": 1, "name": "\xc0\xaf"}]}'),
        "all rows or raise",
        "bytes that are no shortest form",
    ),
)

FAULTS: Final[tuple[Fault, ...]] = (*_NUMBERS, *_TEXTS)
