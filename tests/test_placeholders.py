"""Settings and secrets: places in a declaration, filled when it is loaded."""

from __future__ import annotations

import copy
import pickle
from collections import OrderedDict
from types import MappingProxyType
from typing import Any, NamedTuple

import attrs
import pytest
from attrs import field, frozen
from hypothesis import given
from hypothesis import strategies as st
from requests.structures import CaseInsensitiveDict

from sdk.placeholders import REQUIRED, Each, Secret, Setting, fill, placeholders, reveal, secret_names
from sdk.redaction import SecretValue, redact

KEY = Secret("api_key")
SITE = Setting("site")
VALUES = {"api_key": "hunter2-placeholders", "site": "emea"}


@frozen
class Login:
    """A value with a private attribute, an aliased one and a derived one."""

    user: Any
    _password: Any = None
    realm: Any = field(default="", alias="zone")
    derived: str = field(init=False)

    def __attrs_post_init__(self) -> None:
        object.__setattr__(self, "derived", f"for {self.user}")


class Pair(NamedTuple):
    """A tuple with names."""

    left: Any
    right: Any


nested = st.recursive(
    st.integers() | st.text(max_size=3) | st.none(),
    lambda inner: (
        st.lists(inner, max_size=3)
        | st.tuples(inner, inner)
        | st.dictionaries(st.text(max_size=3), inner, max_size=3)
        | st.builds(Pair, inner, inner)
        | st.builds(Login, inner, inner, inner)
    ),
    max_leaves=8,
)


@pytest.mark.parametrize(
    ("declared", "filled"),
    [
        (SITE, "emea"),
        ([SITE, 1], ["emea", 1]),
        ((1, (SITE,)), (1, ("emea",))),
        ({SITE, 1}, {"emea", 1}),
        (frozenset({SITE}), frozenset({"emea"})),
        ({"a": {"b": [SITE]}}, {"a": {"b": ["emea"]}}),
        (Pair(SITE, 1), Pair("emea", 1)),
        (OrderedDict(b=SITE, a=1), OrderedDict(b="emea", a=1)),
        (MappingProxyType({"a": SITE}), MappingProxyType({"a": "emea"})),
        (CaseInsensitiveDict({"X-Site": SITE}), CaseInsensitiveDict({"X-Site": "emea"})),
        (Login("u", SITE, SITE), Login("u", "emea", "emea")),
        (Login(SITE, [KEY]), Login("emea", [SecretValue("hunter2-placeholders")])),
    ],
)
def test_fill_puts_settings_in_their_places(declared: object, filled: object):
    """Whatever holds the place comes back with the value in it, and of the same type."""
    found = fill(declared, VALUES)

    assert found == filled
    assert type(found) is type(filled)


def test_filling_changes_nothing_in_the_declaration():
    """A declaration is shared; each load fills its own copy."""
    inside = {"key": KEY}
    declared = Login(inside, KEY)
    fill(declared, VALUES)

    assert declared == Login({"key": KEY}, KEY)
    assert inside == {"key": KEY}


def test_what_is_derived_is_derived_anew():
    """An attribute that is computed when the value is built follows the setting."""
    assert fill(Login(SITE), VALUES).derived == "for emea"


@given(nested)
def test_fill_returns_the_same_object_when_there_is_nothing_to_fill(value: object):
    """Identity is kept, so filling a large declaration copies only what changes."""
    assert list(placeholders(value)) == []
    assert fill(value, {}) is value


@given(nested)
def test_fill_keeps_every_untouched_part(value: object):
    """Beside a filled place the other parts are the very same objects."""
    filled = fill([value, SITE], VALUES)

    assert filled[0] is value
    assert filled[1] == "emea"


@given(nested, nested)
def test_filled_values_hold_no_places(left: object, right: object):
    """After filling there is nothing left to fill."""
    declared = Login([left, {"k": KEY}], (SITE, right))

    assert [one.name for one in placeholders(declared)] == ["api_key", "site"]
    assert list(placeholders(fill(declared, VALUES))) == []


def test_a_missing_setting_is_a_key_error_with_its_name():
    """Filling never leaves a place open."""
    with pytest.raises(KeyError, match=r"^'site'$"):
        fill(Login("u", [{"a": SITE}]), {"api_key": "x"})


@pytest.mark.parametrize("given_value", ["90210-key", 9021090210])
def test_a_secret_arrives_hidden(given_value: object):
    """A filled secret is a `SecretValue` that knows its name, also when the configuration holds a number."""
    filled = fill(Login("u", KEY), {"api_key": given_value})

    assert filled._password == SecretValue(str(given_value))
    assert filled._password.name == "api_key"
    assert str(given_value) not in repr(filled)
    assert redact(f"key {given_value}") == "key ***"


def test_an_optional_secret_stays_none():
    """Nothing is hidden where nothing is."""
    assert fill(Secret("token", default=None), {"token": None}) is None


def test_the_names_of_filled_secrets_are_known():
    """An error about credentials can say which secrets to check, once each, and never others."""
    filled = fill([KEY, SITE, {"a": Secret("token"), "b": KEY}], {**VALUES, "token": "abcdef-token"})

    assert secret_names(filled) == ("api_key", "token")
    assert secret_names([KEY, SecretValue("unnamed-secret")]) == ()


def test_reveal_gives_the_text_of_a_filled_place():
    """A secret reveals itself, a text is itself."""
    assert [reveal(one) for one in fill([KEY, SITE, "text"], VALUES)] == ["hunter2-placeholders", "emea", "text"]


@pytest.mark.parametrize("place", [KEY, SITE])
def test_reveal_refuses_an_unfilled_place(place: Setting):
    """A declaration that was not loaded cannot send `Setting(...)` to an API."""
    with pytest.raises(TypeError, match=rf"^setting '{place.name}' has no value yet"):
        reveal(place)


def test_a_setting_is_required_unless_it_has_a_default():
    """`None` is a default like any other."""
    found = [one.required for one in (SITE, KEY, Setting("a", default=None), Setting("a", default=""))]

    assert found == [True, True, False, False]


@pytest.mark.parametrize("carry", [copy.copy, copy.deepcopy, lambda value: pickle.loads(pickle.dumps(value))])  # noqa: S301
def test_a_copied_setting_is_still_required(carry):
    """`REQUIRED` is one object, in every copy and every process."""
    assert carry(REQUIRED) is REQUIRED
    assert carry(SITE) == SITE
    assert carry(attrs.evolve(SITE, description="x")).required is True


@pytest.mark.parametrize(
    ("values", "choices"),
    [
        ([1, 2], [1, 2]),
        (("a", "b"), ["a", "b"]),
        ([], []),
        (None, []),
        (False, []),
        (True, [True]),
        ("emea", ["emea"]),
        ("", [""]),
        (0, [0]),
        (7, [7]),
    ],
)
def test_each_reads_once_for_every_value(values: object, choices: list[object]):
    """A list gives its values, a single value itself, `false` and nothing none; on wish one without comes first."""
    assert Each(values).choices() == choices
    assert Each(values, also_without=True).choices() == [None, *choices]


def test_each_takes_its_values_from_a_setting():
    """The place inside is found and filled like any other."""
    declared = {"site": Each(SITE, also_without=True)}

    assert list(placeholders(declared)) == [SITE]
    assert fill(declared, {"site": ["a", "b"]})["site"].choices() == [None, "a", "b"]


@pytest.mark.parametrize("name", ["", "apiKey", "api-key", "1st", "_x", "api_key "])
def test_a_setting_has_a_snake_case_name(name: str):
    """The environment variable follows from the name, so it is plain."""
    with pytest.raises(ValueError, match="name"):
        Setting(name)


def test_a_setting_has_a_kind_that_exists():
    """A misspelt kind is refused when it is declared."""
    with pytest.raises(ValueError, match="kind"):
        Setting("a", kind="integer")
