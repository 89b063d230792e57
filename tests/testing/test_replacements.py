"""What was replaced in a recording is counted by kind."""

from __future__ import annotations

from vcr.request import Request

from sdk.testing.cassette_files import Contents
from sdk.testing.fakes import Fakes
from sdk.testing.replacements import CountedFakes, blanked_in, credentials_in, hidden_in

SECRETS = {"api_key": "sesame"}


def test_the_same_fakes():
    """Counting changes none of them."""
    counted, plain = CountedFakes(SECRETS), Fakes(SECRETS)

    for name, value in {
        "word": "Jane",
        "email": "jane@acme.test",
        "phone": "+49 30 1234567",
        "ip": "10.1.2.3",
        "picture": "https://acme.test/jane.png",
        "street": "Main Street 1",
        "code": "12345",
        "day": "1980-02-03",
    }.items():
        assert getattr(counted, name)(value) == getattr(plain, name)(value) != value

    assert {kind: len(values) for kind, values in counted.take().items()} == {
        "words of names": 1,
        "e-mail addresses": 1,
        "phone numbers": 1,
        "IP addresses": 1,
        "pictures": 1,
        "postal addresses": 1,
        "postal codes": 1,
        "days of birth": 1,
    }


def test_different_values_since_the_last_time():
    """A value counts once, whatever its case, and what is a fake already does not."""
    fakes = CountedFakes(SECRETS)

    made = fakes.email("jane@acme.test")
    for one in ("Jane@acme.test", "john@acme.test", made):
        fakes.email(one)

    assert fakes.take() == {"e-mail addresses": {"jane@acme.test", "john@acme.test"}}
    assert fakes.take() == {}


def test_what_was_left_out():
    """Requests that carried a credential, and places of answers where a secret or a blanked text stood."""
    contents = Contents(
        requests=[Request("GET", "https://acme.test", None, headers) for headers in ({"credentials": "query=key"}, {})],
        responses=[
            {"headers": {"link": ["<https://acme.test?key=***>"]}, "body": {"string": b'{"a": "***", "b": "***"}'}},
            {"headers": {}, "body": {"string": Fakes(SECRETS).blanked("anything").encode()}},
            {"headers": {}, "body": {"string": None}},
        ],
    )

    assert (credentials_in(contents), hidden_in(contents), blanked_in(contents)) == (1, 3, 1)
