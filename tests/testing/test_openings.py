"""A connector is opened to be played as it was to be recorded, with an account that is made up."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest

from sdk.auth import BearerTokenAuth
from sdk.connector import BASE_URL
from sdk.errors import MissingSettingError, SettingError
from sdk.placeholders import Secret, Setting
from sdk.testing.cassette_files import Contents
from sdk.testing.cassettes import made_up_secret
from sdk.testing.openings import Access, Opening, openings, played
from sdk.testing.sampling import SampleSize

HERE = "https://api.planets.test/v2/"
GIVEN = {"base_url": HERE, "api_key": "sesame", "start_date": "2024-01-31"}
SINCE = datetime(2024, 1, 31, tzinfo=UTC)


@pytest.fixture
def declared(acme):
    """Return a connector with a key, a secret that need not be set, and settings."""
    return acme(
        "planets",
        base_url=BASE_URL,
        auth=BearerTokenAuth(Secret("api_key")),
        headers={"X-More": Secret("more", default=None)},
        settings=[Setting("kinds", kind="list", default=["gas"]), Setting("login_url", default="")],
    )


def test_what_an_account_is_read_with(declared):
    """Settings and secrets apart, each with its value; the keywords are complete, and switch no override on."""
    access = Access.of("acme", {**GIVEN, "more": "another-secret", "overrides": []})

    assert access == Access(
        "acme",
        HERE,
        {"kinds": ["gas"], "login_url": "", "start_date": SINCE},
        {"api_key": "sesame", "more": "another-secret"},
        access.declared,
    )
    assert access.keywords == {
        "base_url": HERE,
        "api_key": "sesame",
        "more": "another-secret",
        "kinds": ["gas"],
        "login_url": "",
        "start_date": SINCE,
        "in_flight": 1,
        "overrides": [],
    }
    assert "sesame" not in repr(access)


@pytest.mark.usefixtures("declared", "dlt_home")
def test_a_secret_that_is_not_set():
    """It is none, and takes part in nothing."""
    assert Access.of("acme", GIVEN).secrets == {"api_key": "sesame"}


@pytest.mark.usefixtures("declared", "dlt_home")
@pytest.mark.parametrize(
    ("given", "error", "said"),
    [
        ({"api_key": None}, MissingSettingError, "needs the secret 'api_key'"),
        ({"overrides": ["vault"]}, SettingError, "has no setting 'overrides'"),
        ({"login_url": "https://me:open@acme.test/"}, SettingError, "setting 'login_url' holds credentials"),
        ({"login_url": "https://open@acme.test/login"}, SettingError, "setting 'login_url' holds credentials"),
    ],
)
def test_what_cannot_be_recorded_with(given, error, said):
    """It is refused before anything is asked, and not repeated."""
    with pytest.raises(error, match=said) as raised:
        Access.of("acme", {**GIVEN, **given})

    assert "open" not in str(raised.value)


@pytest.mark.usefixtures("declared")
def test_an_address_with_credentials():
    """They are no part of an address."""
    with pytest.raises(SettingError, match="it holds credentials"):
        Access.of("acme", {**GIVEN, "base_url": "https://me:open@acme.test", "more": "another-secret"}).scrubber()


@pytest.mark.usefixtures("declared")
def test_an_opening_is_read_as_it_was_noted():
    """In the words of a cassette, and back."""
    access = Access.of("acme", {**GIVEN, "more": "another-secret"})
    opening = Opening.at(datetime(2026, 1, 10, 12, 0, 0, 5, tzinfo=UTC), access, SampleSize(2, 1))

    assert opening.noted == {
        "clock": "2026-01-10T12:00:00.000005Z",
        "base_path": "/v2",
        "settings": {"kinds": ["gas"], "login_url": "", "start_date": "2024-01-31T00:00:00.000000Z"},
        "size": {"pages": 2, "parents": 1},
    }
    assert openings(Contents(openings=[opening.noted] * 2)) == [opening, opening]


@pytest.mark.usefixtures("declared")
def test_who_plays_has_an_account_that_is_made_up():
    """It has the secrets that were set or that are needed, and the settings that the connector still has."""
    settings = {"kinds": ["ice"], "start_date": None, "gone": "x", "api_key": "never"}
    opening = Opening(SINCE, "/v2", settings, SampleSize())

    access = played("acme", Contents(secrets=["more"]), opening)

    assert access == Access(
        "acme",
        "https://acme.test/v2",
        {"kinds": ["ice"], "start_date": None},
        {name: made_up_secret("acme", name) for name in ("api_key", "more")},
        access.declared,
    )
    assert "start_date" not in access.keywords
    assert played("acme", Contents(), opening).secrets == {"api_key": made_up_secret("acme", "api_key")}
