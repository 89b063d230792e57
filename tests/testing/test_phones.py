"""Numbers to call are found where they are written as such, and nothing else is."""

from __future__ import annotations

import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sdk.testing import phones
from sdk.testing.fakes import Fakes

FAKE = Fakes({}).phone


@pytest.mark.parametrize(
    "number",
    [
        "+49 30 1234567",
        "+49301234567",
        "+1-415-555-2671",
        "+44 20 7946 0958",
        "+91 98765 43210",
        "(030) 123-4567",
        "0171 1234567",
        "030/1234567",
        "415-555-2671",
        "415.555.2671",
    ],
)
def test_found(number: str) -> None:
    """A number within a sentence is found, and nothing around it is changed."""
    assert f"call {FAKE(number)}, now" == phones.replaced(f"call {number}, now", FAKE)
    assert FAKE(number) != number


@pytest.mark.parametrize(
    "text",
    [
        "2025-06-01T12:00:00+02:00",
        "2025-06-01T12:00:00.123456+0200",
        "01-06-2025 10:30",
        "1717243200",
        "1717243200123",
        "27000000001",
        "1.2.3",
        "10.20.30.40",
        "1,234,567.89",
        "EUR 1 234 567,89",
        "8d3e5a52-1111-4222-8333-123456789012",
        "ticket 12345, 67890",
        "0.1234567",
        "https://acme.test/a/415-555-2671-x",
        "x415-555-2671",
        "00:11:22:33:44:55",
    ],
)
def test_not_found(text: str) -> None:
    """Ids, moments, versions, amounts and addresses are no numbers to call."""
    assert text == phones.replaced(text, FAKE)


@pytest.mark.parametrize("same", ["+49 30 1234567", "+49 (0)30 1234567", "+49-30-1234567", " +49 (30) 123 45 67"])
def test_written_differently(same: str) -> None:
    """However an international number is written, its fake has the same digits."""
    trunk_or_not = re.sub(r"\D", "", FAKE(same)).replace("490", "49", 1)

    assert re.sub(r"\D", "", FAKE("+49301234567")) == trunk_or_not


@given(st.from_regex(r"\+?[0-9][0-9 ().-]{2,18}[0-9]", fullmatch=True))
def test_shape(number: str) -> None:
    """A fake has the shape of its number, ends in the range that is given to nobody, and is its own fake."""
    made = FAKE(number)

    assert re.sub("[0-9]", "0", number) == re.sub("[0-9]", "0", made)
    assert made == FAKE(made)
    digits = re.sub(r"\D", "", made)
    assert len(digits) < 4 or "55501".endswith(digits[:-2][-5:])


@given(st.text("+-() 0123456789x/.,", max_size=60))
def test_settles(text: str) -> None:
    """What was replaced once is not replaced again."""
    once = phones.replaced(text, FAKE)

    assert once == phones.replaced(once, FAKE)


@pytest.mark.parametrize("text", ["+49 30 1234567", "4711", "030/12 x 5"])
def test_numbers(text: str) -> None:
    """The value of a field for numbers is a number when it looks like one."""
    assert phones.is_phone(text)


@pytest.mark.parametrize("text", ["12", "iPhone 12345", "", "true"])
def test_no_numbers(text: str) -> None:
    """Another value of such a field is none."""
    assert not phones.is_phone(text)
