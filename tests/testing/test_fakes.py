"""Fakes are stable, are told apart, and stay what they are."""

from __future__ import annotations

import ipaddress

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sdk.testing.fakes import WORD, Fakes

FAKES = Fakes({"api_key": "the key of an account"})
LETTERS = st.text(st.characters(categories=("L",)), min_size=1, max_size=20)
ADDRESSES = st.ip_addresses().map(str)


@pytest.mark.parametrize(
    ("kind", "value", "fake"),
    [
        ("word", "Jane", "Mugodduhuj"),
        ("word", "JANE", "MUGODDUHUJ"),
        ("word", "jane", "mugodduhuj"),
        ("email", "jane@acme.test", "person-bonozhizip@example.com"),
        ("email", "Jane@Acme.Test", "person-bonozhizip@example.com"),
        ("phone", "+49 30 1234567", "+49 46 5550160"),
        ("phone", "(030) 123-4567", "(051) 555-0197"),
        ("ip", "8.8.8.8", "198.19.247.68"),
        ("ip", "8.8.8.8:443", "198.19.247.68:443"),
        ("ip", "2001:4860:4860::8888/64", "2001:db8:4124:3815:79c3:6b40:5661:6e17/64"),
        ("ip", "the router", "the router"),
        ("picture", "https://cdn.test/jane.png", "https://example.com/pictures/natubfavih"),
        ("street", "12 Main Street", "street donubvojib"),
        ("code", "SW1A 2AA", "XX0X 0XX"),
        ("day", "1984-03-01T00:00:00Z", "1970-01-01T00:00:00Z"),
        ("day", "in spring", "in spring"),
        ("blanked", "s3cr3t", "blanked-gafovfugug"),
    ],
)
def test_fakes(kind: str, value: str, fake: str) -> None:
    """These fakes are the same on every machine and in every year, or recordings would change with nothing."""
    assert fake == getattr(FAKES, kind)(value)


@given(LETTERS)
def test_words(word: str) -> None:
    """A made-up word is made up of made-up syllables, keeps its case, and is its own fake."""
    made = FAKES.word(word)

    assert WORD.fullmatch(made)
    assert (made, made) == (FAKES.word(made), FAKES.word(word))


@given(ADDRESSES)
def test_networks(address: str) -> None:
    """An address is replaced by one of its own version, which is its own fake."""
    made = FAKES.ip(address)

    assert ipaddress.ip_address(made).version == ipaddress.ip_address(address).version
    assert made == FAKES.ip(made)


@pytest.mark.parametrize(
    ("kind", "value"),
    [("email", "jane@acme.test"), ("picture", "https://x.test/j.png"), ("street", "12 Main"), ("blanked", "x" * 9)],
)
def test_fake_of_a_fake(kind: str, value: str) -> None:
    """A fake stays as it is when it is recorded from."""
    fake = getattr(FAKES, kind)

    assert fake(value) == fake(fake(value)) != value


def test_another_account() -> None:
    """Who does not have the account's secrets cannot tell which fake an address has."""
    assert Fakes({"api_key": "another"}).email("jane@acme.test") != FAKES.email("jane@acme.test")


def test_key_is_not_shown() -> None:
    """The secrets that fakes are derived from are not in what is printed of them."""
    assert "the key" not in repr(FAKES)
