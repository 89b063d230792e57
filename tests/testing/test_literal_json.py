"""JSON that is taken apart and put together again is the same value, however it was written."""

from __future__ import annotations

import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sdk.testing.literal_json import Members, Number, parse, written

VALUES = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False) | st.text(),
    lambda inner: st.lists(inner) | st.dictionaries(st.text(), inner),
)


@given(VALUES)
def test_same_value(value: Any) -> None:
    """Whatever it holds, and however it is escaped, the value is the same."""
    for ascii_only in (True, False):
        assert value == json.loads(written(parse(json.dumps(value, ensure_ascii=ascii_only))))


@pytest.mark.parametrize(
    "text", ['{"a": 1.50, "a": 1E400}', "[12.50, 0.1000, -0]", '["\\ud800"]', "123456789012345678901"]
)
def test_as_written(text: str) -> None:
    """Numbers, double keys and half characters stay as they were written."""
    assert text == written(parse(text))


def test_parsed() -> None:
    """Objects are told apart from lists of pairs, and numbers from texts."""
    assert Members([("a", [Number("1.50"), "1.50", None])]) == parse('{"a": [1.50, "1.50", null]}')


@pytest.mark.parametrize("text", ["", "no", "{", "[" * 100_000])
def test_no_json(text: str) -> None:
    """What is no JSON, or too deep, is a `ValueError`."""
    with pytest.raises(ValueError, match=r"."):
        parse(text)
