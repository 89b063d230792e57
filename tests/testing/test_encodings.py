"""The encodings in which a secret hides, made and undone."""

from __future__ import annotations

import base64

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sdk.testing.encodings import decodings, forms, from_base64

SECRET = 'p<ä"s&/w\\d'


@pytest.mark.parametrize(
    "form",
    [
        'p<ä"s&/w\\d',
        "p%3C%C3%A4%22s%26%2Fw%5Cd",
        "p%3c%c3%a4%22s%26%2fw%5cd",
        "p%253C%25C3%25A4%2522s%2526%252Fw%255Cd",
        'p<\\u00e4\\"s&/w\\\\d',
        'p<ä\\\\\\"s&/w\\\\\\\\d',
        "p&lt;ä&quot;s&amp;/w\\d",
        SECRET.encode().hex(),
    ],
)
def test_forms(form: str) -> None:
    """These are all the same secret."""
    assert form in forms(SECRET)


@given(st.text(), st.text(st.characters(codec="ascii", categories=("L", "N")), min_size=8))
def test_decodings(before: str, secret: str) -> None:
    """What is Base64 of anything that holds a secret holds it when it is decoded."""
    encoded = base64.b64encode(f"{before}{secret}".encode()).decode()

    assert any(secret in plain for plain, _ in decodings(f"a: {encoded}"))


@given(st.text())
def test_any_text(text: str) -> None:
    """No text is too strange to be decoded, and decoding it never gives the text itself again."""
    assert text not in [plain for plain, at in decodings(text) if at == 0]


@pytest.mark.parametrize(("word", "text"), [("bWU6cGFzcw==", "me:pass"), ("bWU6cGFzcw", ""), ("/w==", ""), ("é", "")])
def test_from_base64(word: str, text: str) -> None:
    """Only what is Base64 of a text is one."""
    assert text == from_base64(word)
