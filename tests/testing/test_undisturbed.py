"""Reading without what surrounds a run."""

from __future__ import annotations

import pytest

from sdk import attempt
from sdk.errors import MissingSettingError
from sdk.limits import RateLimit
from sdk.placeholders import Setting
from sdk.records import read
from sdk.settings import resolve
from sdk.testing.undisturbed import without_surroundings, without_waiting


def test_waits_are_noted_and_not_waited(tiny_api, acme):
    """A wait that the API asks for, and one before a repeat, take no time; afterwards they do again."""
    acme("planets")
    tiny_api.says(
        "/planets", tiny_api.reply({}, 429, {"Retry-After": "800"}), tiny_api.reply({}, 500), {"data": [], "next": None}
    )
    before = attempt.sleep

    with without_waiting() as waits:
        assert list(read("acme", "planets", start_date="2020-01-01", overrides=[])) == []

    assert waits[0] == 800
    assert len(waits) == 2
    assert attempt.sleep is before


def test_a_pace_is_kept_by_the_waits_alone(tiny_api, acme):
    """Where requests have a pace, the time between them is what was waited."""
    acme("planets", rate_limit=RateLimit(2, period=600))
    tiny_api.lists("/planets", *([{"id": at}] for at in range(5)))

    with without_waiting() as waits:
        assert len(list(read("acme", "planets", start_date="2020-01-01", overrides=[]))) == 5

    assert waits == pytest.approx([600.1, 600.1])


@pytest.mark.usefixtures("dlt_home")
def test_settings_come_from_keywords_and_defaults(monkeypatch):
    """Neither the environment nor a file is asked, until it is over."""
    monkeypatch.setenv("SOURCES__ACME__KIND", "gas")
    kinds = [Setting("kind", default="rocky"), Setting("size", default=None)]

    with without_surroundings():
        assert resolve("acme", kinds, {"size": "small"}) == {"kind": "rocky", "size": "small"}
        with pytest.raises(MissingSettingError, match="needs the setting 'kind'"):
            resolve("acme", [Setting("kind")], {})

    assert resolve("acme", kinds, {}) == {"kind": "gas", "size": None}
