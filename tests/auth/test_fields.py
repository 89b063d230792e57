"""The secret fields of auth schemes."""

from __future__ import annotations

from typing import Any

import pytest

from sdk.auth.fields import as_key, as_secret, is_sendable, revealed, shown
from sdk.placeholders import Secret
from sdk.redaction import SecretValue


def test_converters() -> None:
    """Text is hidden, a place stays open, and what was hidden keeps the name of its setting."""
    place, hidden = Secret("key"), SecretValue("q7-hidden", "key")

    assert [SecretValue("q7-a\n"), place, hidden] == [as_secret(one) for one in ("q7-a\n", place, hidden)]
    assert [SecretValue("q7-a"), place, hidden] == [as_key(one) for one in ("q7-a\n", place, hidden)]
    assert "key" == getattr(as_key(SecretValue(" q7-a ", "key")), "name", None)


@pytest.mark.parametrize(
    ("text", "expected"), [("a b~", True), ("", True), ("a\nb", False), ("“a”", False), ("é", False)]
)
def test_sendable(text: str, expected: bool) -> None:  # noqa: FBT001 - the fact under test
    """A header carries visible ASCII and spaces."""
    assert expected is is_sendable(text)


def test_revealed() -> None:
    """Filled places come out as text wherever they are; the rest stays."""
    value = {"a": [SecretValue("q7-a"), 1], "b": (SecretValue("q7-b"), None)}

    assert {"a": ["q7-a", 1], "b": ("q7-b", None)} == revealed(value)


@pytest.mark.parametrize(
    ("value", "text"),
    [
        ("q7", "'***'"),
        (7, "'***'"),
        (None, "None"),
        (SecretValue("q7-a"), "SecretValue('***')"),
        ({"a": "q7", "b": {"c": None}}, "{'a': '***', 'b': {'c': None}}"),
    ],
)
def test_shown(value: Any, text: str) -> None:
    """Only names show."""
    assert text == shown(value)
