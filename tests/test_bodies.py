"""Response bodies: every value exact, every failure a ValueError."""

from __future__ import annotations

import json
import time
from decimal import Decimal
from typing import Any

import orjson
import pytest
from hypothesis import given
from hypothesis import strategies as st

from sdk.bodies import TwoValuesError, decode, mended

# A number that sends the whole body down the exact road.
LONG = "1234567890123456789"

scalars = (
    st.none()
    | st.booleans()
    | st.integers(-(2**63), 2**63 - 1)
    | st.floats(allow_nan=False, allow_infinity=False)
    | st.text(st.characters(codec="utf-8"))
)
documents = st.recursive(
    scalars,
    lambda inner: (
        st.lists(inner, max_size=4) | st.dictionaries(st.text(st.characters(codec="utf-8")), inner, max_size=4)
    ),
    max_leaves=10,
)


@pytest.mark.parametrize(
    ("text", "number"),
    [
        (str(2**53 + 1), 2**53 + 1),
        (str(2**63 - 1), 2**63 - 1),
        (str(-(2**63)), -(2**63)),
        (str(2**63), Decimal(2**63)),
        (str(-(2**63) - 1), Decimal(-(2**63) - 1)),
        (str(2**64 - 1), Decimal(2**64 - 1)),
        (str(2**64), Decimal(2**64)),
        (str(2**64 + 1), Decimal(2**64 + 1)),
        (str(-(2**64)), Decimal(-(2**64))),
        ("1" + "0" * 30 + "1", Decimal("1" + "0" * 30 + "1")),
        ("-0", 0),
        ("0.30000000000000004", 0.30000000000000004),
        ("0.12345678901234567", 0.12345678901234567),
        ("0.1000000000000000055511151231257827", 0.1),
        ("1.0000000000000000000000000", 1.0),
        ("0.1234567890123456789", Decimal("0.1234567890123456789")),
        ("1234567890123456789.5", Decimal("1234567890123456789.5")),
        ("1234567890123456789e-2", Decimal("12345678901234567.89")),
    ],
)
def test_a_number_arrives_exactly(text: str, number: object):
    """Integers of 64 bits are `int`, larger ones `Decimal`; a fraction is a double, unless it says more."""
    found = decode(f'{{"id": {text}}}'.encode())["id"]

    assert found == number
    assert type(found) is type(number)


def test_neighbouring_ids_stay_two():
    """Two ids beyond 64 bits are not merged into one float."""
    assert len(set(decode(b"[18446744073709551617, 18446744073709551618]"))) == 2


@given(st.integers())
def test_every_integer_is_exact(number: int):
    """Whatever its size, an integer has the value that was written."""
    assert decode(str(number).encode()) == number


@pytest.mark.parametrize("sign", ["", "-"])
@pytest.mark.parametrize("digits", [5000, 1_000_000])
def test_thousands_of_digits_are_neither_slow_nor_a_crash(digits: int, sign: str):
    """A hostile integer costs milliseconds and is still exact."""
    text = sign + "7" * digits
    began = time.perf_counter()
    found = decode(f"[{text}]".encode())[0]

    assert time.perf_counter() - began < 2
    assert format(found, "f") == text


@given(documents)
def test_both_roads_read_the_same(document: Any):
    """A long number elsewhere in the body changes no other value."""
    text = json.dumps(document)

    assert decode(text.encode()) == document
    assert decode(f"[{text}, {LONG}]".encode()) == [document, int(LONG)]


@given(
    documents,
    st.sampled_from(["utf-8", "UTF-8", "utf8", "utf-8-sig", "utf-16", "utf-16-le", "utf-32", '"utf-8"', None]),
)
def test_the_declared_charset_is_honoured(document: Any, charset: str | None):
    """Any Unicode encoding gives the same document."""
    text = json.dumps(document, ensure_ascii=False)

    assert decode(text.encode((charset or "utf-8").strip('"')), charset) == document


def test_latin_1_is_honoured():
    """A body that is not UTF-8 is read as the server says."""
    assert decode('{"name": "Zoë"}'.encode("latin-1"), "ISO-8859-1") == {"name": "Zoë"}


@pytest.mark.parametrize("charset", ["ascii", "US-ASCII"])
def test_a_charset_that_utf_8_contains_is_utf_8(charset: str):
    """Servers that say ASCII and send UTF-8 are understood."""
    assert decode('"Zoë"'.encode(), charset) == "Zoë"


@pytest.mark.parametrize("rest", ["", f", {LONG}"])
def test_a_byte_order_mark_is_ignored(rest: str):
    """In UTF-8 and in UTF-16 with an explicit byte order."""
    expected = [1, int(LONG)] if rest else [1]

    assert decode(f"[1{rest}]".encode("utf-8-sig")) == expected
    assert decode(f"\ufeff[1{rest}]".encode("utf-16-le"), "utf-16-le") == expected


def test_digits_in_text_are_text():
    """A long run of digits in a string, and after an escape, stays as it is."""
    body = r'{"id": "12345678901234567890123", "e": "\u00e9123456789012345678901", "n": 1}'

    assert decode(body.encode()) == {"id": "12345678901234567890123", "e": "é123456789012345678901", "n": 1}


REFUSED = {
    "nothing": "",
    "blanks": " \r\n\t",
    "half a list": "[1, 2",
    "half a text": '["ab',
    "half an object": '{"a": 1, ',
    "half a word": "[tru",
    "trailing text": "[1] x",
    "two documents": '{"a": 1}{"a": 2}',
    "NaN": "[NaN]",
    "Infinity": "[Infinity]",
    "-Infinity": "[-Infinity]",
    "a double too large": "[1e400]",
    "a double too small": "[-1e400]",
    "a page": "<html><body>502</body></html>",
    "single quotes": "{'a': 1}",
    "a trailing comma": "[1,]",
    "a leading zero": "[01]",
    "a comment": "[1 /* one */]",
    "a raw line break": '["a\nb"]',
    "a lone surrogate": r'["\ud800"]',
    "a lone low surrogate": r'["\udc00 x"]',
    "a list in a list in a list": "[" * 100_000 + "]" * 100_000,
    "an object in an object": '{"a":' * 100_000 + "1" + "}" * 100_000,
    "lists that do not end": "[" * 100_000,
}


@pytest.mark.parametrize("text", REFUSED.values(), ids=REFUSED)
def test_what_is_no_json_document_is_a_value_error(text: str):
    """Nothing is guessed, nothing is repaired."""
    with pytest.raises(ValueError):  # noqa: PT011 - the text is orjson's
        decode(text.encode())


@pytest.mark.parametrize(
    "text", [text for text in REFUSED.values() if text.strip()], ids=[k for k, v in REFUSED.items() if v.strip()]
)
def test_the_exact_road_refuses_the_same(text: str):
    """A long number in the body makes nothing acceptable."""
    with pytest.raises(ValueError):  # noqa: PT011 - the text is that of either decoder
        decode(f"[{LONG}, {text}]".encode())


@pytest.mark.parametrize("depth", [500, 900, 1000, 1023, 1025, 5000])
@pytest.mark.parametrize("inside", ["1", LONG])
def test_depth_is_read_or_refused(depth: int, inside: str):
    """Nesting never ends in a `RecursionError`, however deep the caller already stands."""

    def from_below(frames: int) -> object:
        return from_below(frames - 1) if frames else decode(b"[" * depth + inside.encode() + b"]" * depth)

    for frames in (0, 300):
        try:
            found: Any = from_below(frames)
        except ValueError:
            assert depth > 400
            continue
        for _ in range(depth):
            (found,) = found
        assert found == int(inside)


@pytest.mark.parametrize(
    ("content", "charset"),
    [
        (b'["\xff"]', None),
        (b'["\xff", ' + LONG.encode() + b"]", None),
        (b'["\xed\xa0\x80"]', None),
        (b'["\xed\xa0\x80", ' + LONG.encode() + b"]", None),
        (b"\xff\xfe{", "utf-16"),
        ('{"a": 1}'.encode("utf-16"), None),
        (b'"+2AA-"', "utf-7"),
        (b"1", "no-such-charset"),
        (b"1", "rot13"),
        (b"31", "hex"),
        (b"1", "undefined"),
        (b"1", "utf\x00"),
        (b"1", "\ud800"),
    ],
)
def test_a_charset_that_does_not_fit_is_a_value_error(content: bytes, charset: str | None):
    """Neither a wrong charset, nor an unknown one, nor bytes that do not belong are replaced by something."""
    with pytest.raises(ValueError):  # noqa: PT011 - the text is the codec's
        decode(content, charset)


@given(st.binary(), st.sampled_from([None, "utf-8", "latin-1", "utf-16", "utf-7", "x"]))
def test_any_bytes_are_data_or_a_value_error(content: bytes, charset: str | None):
    """No other exception comes out, whatever a server sends."""
    try:
        decode(content, charset)
    except ValueError:
        return


@given(documents, st.data())
def test_a_cut_body_is_never_half_a_page(document: Any, data: st.DataObject):
    """A list or object that lost its end is refused, on both roads."""
    text = f'{{"items": [{json.dumps(document)}, {data.draw(st.sampled_from(["1", LONG]))}]}}'
    end = data.draw(st.integers(0, len(text) - 1))

    with pytest.raises(ValueError):  # noqa: PT011 - the text is that of either decoder
        decode(text[:end].encode())


@given(documents)
def test_what_is_decoded_can_be_encoded(document: Any):
    """Nothing gets in that would fail when it is written down later."""
    assert orjson.loads(orjson.dumps(decode(json.dumps([document, int(LONG)]).encode()))) == [document, int(LONG)]


@pytest.mark.parametrize(
    "content",
    [
        b'{"value": 1, "value": 2}',
        b'{"value":1,"value":2}',
        b'{ "value" : 1, "value" : null }',
        b'{"a": [{"b": {"value": "x", "value": "y"}}]}',
        b'{"value": 1, "\\u0076alue": 2}',
        b'{"value": 1, "value": 1.0}',
        b'{"value": 12345678901234567890, "value": 1}',
    ],
)
def test_a_key_that_stands_twice(content: bytes):
    """With different values it is an error, wherever it stands and however it is written."""
    with pytest.raises(TwoValuesError, match=r"^the key 'value' stands twice in one object, with different values$"):
        decode(content)


@pytest.mark.parametrize(
    ("content", "found"),
    [
        (b'{"value": 1, "value": 1}', {"value": 1}),
        (b'[{"value": 1}, {"value": 2}]', [{"value": 1}, {"value": 2}]),
        (b'{"a": "\\"value\\": 1", "value": 1}', {"a": '"value": 1', "value": 1}),
        (b'{"a\\u0022:": 1, "b": 2}', {'a":': 1, "b": 2}),
        (b'{\n  "a" : 1,\n  "b" : 2\n}', {"a": 1, "b": 2}),
    ],
)
def test_a_key_that_seems_to_stand_twice(content: bytes, found: object):
    """The same value twice is one value, and what only looks like a key is none."""
    assert decode(content) == found


@pytest.mark.parametrize(
    ("content", "mend", "halves"),
    [
        (b'"a\\ud800b"', b'"a\\ufffdb"', 1),
        (b'"\\uDC00\\uD83D\\uDE00\\uDBFF"', b'"\\ufffd\\uD83D\\uDE00\\ufffd"', 2),
        (b'"\\\\ud800"', b'"\\\\ud800"', 0),
        (b'"\\ud800\\ud83d\\ude00"', b'"\\ufffd\\ud83d\\ude00"', 1),
        (b'"plain"', b'"plain"', 0),
    ],
)
def test_halves_of_surrogate_pairs(content: bytes, mend: bytes, halves: int):
    """Each becomes U+FFFD; pairs, and what stands behind an escaped backslash, stay as they are."""
    assert mended(content) == (mend, halves)
