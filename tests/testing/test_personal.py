"""Persons are found in what was recorded, and fakes take their place everywhere: keys join, requests stay right."""

from __future__ import annotations

import json
import re
from typing import Any
from urllib.parse import quote, quote_plus, urlencode

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from sdk.testing.fakes import Fakes
from sdk.testing.personal import PersonalData

SECRETS = {"api_key": "the key of an account"}
FAKES = Fakes(SECRETS)
JANE = {
    "id": 7,
    "name": "Jane Doe",
    "login": "jdoe",
    "email": "Jane.Doe@acme.test",
    "mobile": "+49 30 1234567",
    "avatar_url": "https://cdn.test/jane.png",
    "last_ip": "8.8.8.8",
    "gravatar_hash": "b" * 32,
}


@pytest.fixture
def personal() -> PersonalData:
    """Return one that knows nobody."""
    return PersonalData.keyed_by(SECRETS)


def told(personal: PersonalData, value: Any) -> Any:
    """Return *value*, an answer, as it is stored."""
    return json.loads(personal.answered(json.dumps(value)))


def test_a_person(personal: PersonalData) -> None:
    """All that says who somebody is is replaced; ids, dates and roles stay."""
    rest = {"created_at": "2025-06-01T12:00:00+02:00", "role": "admin", "time_zone": "Europe/Berlin", "active": True}

    assert {
        "id": 7,
        "name": f"{FAKES.word('Jane')} {FAKES.word('Doe')}",
        "login": FAKES.word("jdoe"),
        "email": FAKES.email("jane.doe@acme.test"),
        "mobile": FAKES.phone("+49 30 1234567"),
        "avatar_url": FAKES.picture("https://cdn.test/jane.png"),
        "last_ip": FAKES.ip("8.8.8.8"),
        "gravatar_hash": FAKES.hash("b" * 32),
        **rest,
    } == told(personal, {**JANE, **rest})


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("ask jane.doe@acme.test.", "ask {email}."),
        ("<jane.doe@acme.test>;mailto:JANE.DOE@ACME.TEST?subject=x", "<{email}>;mailto:{email}?subject=x"),
        ("?q=%20jane.doe%40acme.test&x=jane.doe%2540acme.test", "?q=%20{email:%40}&x={email:%2540}"),
        ("jane.doe&#64;acme.test", "{email:&#64;}"),
        ("jane.doe+tickets@acme.test", "{tagged}"),
        (
            "Jane said; JANE DOE's laptop, ask @jdoe or +49301234567",
            "{Jane} said; {JANE} {DOE}'s laptop, ask @{jdoe} or {call}",
        ),
        ("jane doe and jane", "{jane} {doe} and jane"),
        ("seen from 8.8.8.8, not 8.8.8.80", "seen from {ip}, not 8.8.8.80"),
        ("https://acme.test/users/jdoe?of=Jane+Doe.", "https://acme.test/users/{jdoe}?of={Jane}+{Doe}."),
        ("https://gravatar.com/avatar/" + "a" * 32 + "?s=80", "https://gravatar.com/avatar/{hash}?s=80"),
        ("/users/jdoe/repos", "/users/{jdoe}/repos"),
        ('{"owner": {"login": "jdoe"}}', '{{"owner": {{"login": "{jdoe}"}}}}'),
        ("icon@2x.png and a@b", "icon@2x.png and a@b"),
    ],
)
def test_in_texts(personal: PersonalData, text: str, expected: str) -> None:
    """What was learnt of a person is replaced in any text, however it is written or encoded."""
    told(personal, JANE)
    word = FAKES.word("jane.doe@acme.test", "e-mail")
    names = {one: FAKES.word(one) for one in ("Jane", "JANE", "DOE", "Doe", "jane", "doe", "jdoe")}

    class Email(str):
        __slots__ = ()

        def __format__(self, at: str) -> str:
            return f"person-{word}{at or '@'}example.com"

    others = {
        "call": FAKES.phone("+49301234567"),
        "ip": FAKES.ip("8.8.8.8"),
        "tagged": FAKES.email("jane.doe+tickets@acme.test"),
        "hash": FAKES.hash("a" * 32),
    }
    assert {"text": expected.format(email=Email(), **names, **others)} == told(personal, {"text": text})


@pytest.mark.parametrize(
    "record",
    [
        {"teams": [{"name": "Operations", "email": None, "status": "open"}]},
        {"data": [{"id": "12", "type": "monitor", "attributes": {"name": "Disk", "owner_id": 12}}]},
        {"items": [{"title": "Printer", "version": "1.2.3", "number": 27000000001, "phone_enabled": True}]},
        {"user_agent": "Mozilla/5.0", "ip_count": "3", "mobile_app_version": 1234567},
        {"user": {"id": 5, "name": "admin", "role": "Owner"}, "owner": "8d3e5a52-1111-4222-8333-123456789012"},
        [1, 2.50, None, "2025-06-01"],
    ],
)
def test_nobody(personal: PersonalData, record: Any) -> None:
    """What names nobody stays as it is, to the letter."""
    text = json.dumps(record)

    assert text == personal.answered(text)


@pytest.mark.parametrize(
    ("record", "names"),
    [
        ({"users": [{"id": 1, "name": "Ada Lovelace"}]}, ["Ada", "Lovelace"]),
        ({"id": "1", "type": "users", "attributes": {"name": "Ada"}}, ["Ada"]),
        ({"name": {"first": "Ada", "last": "Lovelace"}, "email": "a@b.test"}, ["Ada", "Lovelace"]),
        ({"created_by": "Ada Lovelace"}, ["Ada", "Lovelace"]),
        ({"assignees": ["ada", "bob"]}, ["ada", "bob"]),
        ({"author_name": "Ada"}, ["Ada"]),
        ({"givenName": "Ada", "familyName": "Lovelace"}, ["Ada", "Lovelace"]),
        ({"requester": {"id": 4, "name": "Ada"}}, ["Ada"]),
        ({"cc": ["Ada Lovelace <ada@acme.test>"]}, ["Ada", "Lovelace"]),
        ({"users": [{"name": "Jürgen Müller"}]}, ["Jürgen", "Müller"]),
        ({"users": [{"name": "山田太郎"}]}, ["山田太郎"]),
        ({"username": "christopher1234"}, ["christopher"]),
        ({"profile": {"mention_name": "ada"}}, ["ada"]),
    ],
)
def test_names(personal: PersonalData, record: Any, names: list[str]) -> None:
    """A name is told by its field, by the field around it, by its type, or by an address beside it."""
    stored = personal.answered(json.dumps(record, ensure_ascii=False))

    assert [] == [one for one in names if one in stored]
    assert [] == [one for one in names if FAKES.word(one) not in stored]


def test_lists_by_address(personal: PersonalData) -> None:
    """A bare list is about persons when it was asked for as one."""
    personal.asked("https://acme.test/v1/users?page=1")

    assert [{"id": 1, "name": FAKES.word("Ada")}] == told(personal, [{"id": 1, "name": "Ada"}])
    personal.asked("https://acme.test/v1/tools?page=1")
    assert [{"id": 1, "name": "Hammer"}] == told(personal, [{"id": 1, "name": "Hammer"}])


def test_learnt_later(personal: PersonalData) -> None:
    """A name is replaced on the second pass in what came before it."""
    first = personal.answered('{"text": "Jane called"}')
    told(personal, JANE)

    assert "Jane" in first
    assert {"text": f"{FAKES.word('Jane')} called"} == json.loads(personal.body(first))


def test_own_words(personal: PersonalData) -> None:
    """What was asked for before any answer held it is the connector's own, whoever is called so."""
    uri = "https://acme.test/projects?state=mine"
    personal.asked(uri)
    told(personal, {"users": [{"login": "projects"}, {"login": "mine"}, {"login": "jdoe"}]})

    assert uri == personal.uri(uri)
    assert f"https://acme.test/{FAKES.word('jdoe')}" == personal.uri("https://acme.test/jdoe")


def test_kept() -> None:
    """Words that were said to name nobody stay."""
    personal = PersonalData.keyed_by(SECRETS, keep={"Planets"})

    assert {"login": "planets"} == told(personal, {"login": "planets"})


def test_settings(personal: PersonalData) -> None:
    """A setting that names somebody is replaced, as is everything that is asked with it, with its type kept."""
    given = {"owner": "jdoe", "days": 3, "rate": 0.5, "mail": "jane@acme.test", "all": True, "ids": [1, None]}
    personal.learn(given)
    personal.asked("https://acme.test/v1/users/jdoe")

    expected = {**given, "owner": FAKES.word("jdoe"), "mail": FAKES.email("jane@acme.test")}
    assert expected == personal.data(given)
    assert f"https://acme.test/v1/users/{FAKES.word('jdoe')}" == personal.uri("https://acme.test/v1/users/jdoe")


def test_several_bodies(personal: PersonalData) -> None:
    """Lines of JSON, forms and plain texts are searched too; numbers and order stay as they were written."""
    lines = '{"login": "jdoe", "n": 1.50}\n{"login": "jdoe", "n": 1E2}\n'
    fake = FAKES.word("jdoe")

    assert f'{{"login": "{fake}", "n": 1.50}}\n{{"login": "{fake}", "n": 1E2}}\n' == personal.answered(lines)
    assert f"user={fake}&q=a+b" == personal.body("user=jdoe&q=a+b")
    assert f"name,mail\n1,{FAKES.email('a@b.test')}\n" == personal.body("name,mail\n1,a@b.test\n")


def test_numbers(personal: PersonalData) -> None:
    """A number to call that is stored as a number stays one."""
    stored = told(personal, {"phone": 4930123456, "fax": 12})

    assert {"phone": int(FAKES.phone("4930123456")), "fax": 12} == stored


PERSONS = st.fixed_dictionaries(
    {
        "login": st.text(st.characters(codec="utf-8", exclude_categories=("C",)), min_size=1, max_size=12),
        "email": st.emails().filter(lambda address: not re.search("[/?=&]", address)),
        "name": st.lists(
            st.text(st.characters(categories=("Ll", "Lu")), min_size=1, max_size=8), min_size=1, max_size=3
        ).map(" ".join),
        "phone": st.from_regex(r"\+?[1-9][0-9]{2} ?[0-9]{3,9}", fullmatch=True),
        "last_ip": st.ip_addresses().map(str),
    }
)
ENCODERS = st.sampled_from(
    [quote, quote_plus, lambda text: quote(text, safe=""), lambda text: quote(text, safe="@:+,")]
)


@settings(max_examples=200)
@given(PERSONS, ENCODERS)
def test_requests(person: dict[str, str], encode: Any) -> None:
    """A request that is made of an answer becomes the one that a player makes of the stored answer."""
    personal = PersonalData(FAKES)
    personal.asked("https://acme.test/v1/users")
    [stored] = told(personal, [person])

    def asked(record: dict[str, str], field: str) -> str:
        in_path = quote(record[field], safe="@:+," if encode is not quote else "")
        return f"https://acme.test/v1/users/{in_path}/x?{urlencode({'by': record[field]})}&q={encode(record[field])}"

    for field, value in person.items():
        # A field of which nothing but a sign is left names nobody, and a path of it none.
        if value.strip() not in {"", ".", ".."}:
            assert asked(stored, field) == personal.uri(asked(person, field))
    body = json.dumps({"filter": person["login"]})
    assert {"filter": stored["login"]} == json.loads(personal.body(body))


@settings(max_examples=200)
@given(st.lists(PERSONS, min_size=1, max_size=3), st.text())
def test_again(persons: list[dict[str, str]], note: str) -> None:
    """What is stored stays as it is when it is stored again, and two with the same key still have it."""
    personal = PersonalData(FAKES)
    text = json.dumps({"users": [*persons, *persons], "note": f"{note} {persons[0]['name']} {persons[0]['email']}"})
    first = personal.answered(text)
    once = personal.body(first)
    stored = json.loads(once)["users"]

    assert once == personal.body(once) == personal.answered(once)
    assert stored[: len(persons)] == stored[len(persons) :]
    kinds = [(type(one), field) for record in stored for field, one in record.items()]
    assert [(str, field) for record in stored for field in record] == kinds
    assert all(re.fullmatch(r"person-[a-z]{10}@example\.com", one["email"]) for one in stored)


@given(st.text())
def test_any_text(text: str) -> None:
    """No text is too strange, and one in which nobody is named stays as it is when it is stored again."""
    personal = PersonalData(FAKES)
    once = personal.answered(text)

    assert once == personal.answered(once)
