"""Keys as text, many at a time."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

import pytest

from sdk.keys import texts_of


@pytest.mark.parametrize(
    ("names", "records", "expected"),
    [
        (("id",), [{"id": 1}, {"id": "1"}, {"id": 1.5, "x": 2}], ["1", "1", "1.5"]),
        (("id",), [{"id": 2**63}, {"id": Decimal(2**63)}], [str(2**63)] * 2),
        (("a", "b"), [{"a": 1, "b": "x"}, {"b": 2, "a": 1}], [("1", "x"), ("1", "2")]),
        (("a", "b"), [{"a": "1, 2", "b": ""}, {"a": "1", "b": " 2"}], [("1, 2", ""), ("1", " 2")]),
        (("id",), [{"id": 1}, {"id": None}], None),
        (("a", "b"), [{"a": 1}], None),
        ((), [{"id": 1}], None),
        (("id",), [], []),
    ],
)
def test_keys(names: tuple[str, ...], records: list[dict[str, Any]], expected: list[Any] | None):
    """A number and its digits are one key; parts stay apart; what is not there makes no key."""
    assert texts_of(names, records) == expected
