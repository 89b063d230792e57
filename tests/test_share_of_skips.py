"""How many of a child's parents may be skipped before that is an error."""

from __future__ import annotations

from typing import Any

import pytest

from sdk.errors import ReadError
from sdk.skips import Skip, SkipLog, check_share

BASE = "https://api.example.com/v2"


def skips(number: int, status: int = 404, resource: str = "parts", first: int = 0) -> list[Skip]:
    """Return the skips of *number* parents."""
    reason = "not found: gone, or switched off in the account" if status == 404 else "gone"
    return [
        Skip(resource, f'{{"_things_id": {one}}}', f"GET /things/{one}/parts", status, reason)
        for one in range(first, first + number)
    ]


@pytest.mark.parametrize(
    ("skipped", "parents", "share"),
    [
        pytest.param(skips(15), 30, 0.5, id="just the share"),
        pytest.param(skips(19), 19, 0.5, id="few parents"),
        pytest.param(skips(30, 403), 30, 0.5, id="a module that is off"),
        pytest.param(skips(30, 402), 30, 0.5, id="a module that is not paid for"),
        pytest.param(skips(30), 30, 1.0, id="any share is right"),
        pytest.param(skips(30, resource="others"), 30, 0.5, id="another resource"),
        pytest.param([Skip("parts", "", "GET /parts", 404, "gone")] * 30, 30, 0.5, id="no parents at all"),
        pytest.param(skips(10) * 3, 30, 0.5, id="a parent that is skipped in each of three windows"),
        pytest.param([], 30, 0.0, id="none"),
    ],
)
def test_some_may_be_gone(skipped, parents, share):
    """What was skipped for a reason that is known, or of little, is no error."""
    check_share("acme", "parts", skipped, parents, share)


@pytest.mark.parametrize(
    ("skipped", "parents", "share", "said"),
    [
        (skips(16), 30, 0.5, "16 of 30 parents were skipped, all with 404"),
        (skips(20), 20, 0.5, "20 of 20 parents were skipped, all with 404"),
        (skips(1200), 2000, 0.5, "1,200 of 2,000 parents were skipped, all with 404"),
        (skips(12) + skips(5, 410, first=12), 30, 0.5, "17 of 30 parents were skipped, most with 404"),
        (skips(16) + skips(14, 403, first=16), 30, 0.5, "16 of 30 parents were skipped, all with 404"),
        (skips(1), 30, 0.0, "1 of 30 parents were skipped, all with 404"),
    ],
)
def test_most_of_them_are_hardly_gone(skipped, parents, share, said):
    """The message says how many of how many, with which answer, and what would do."""
    with pytest.raises(ReadError) as caught:
        check_share("acme", "parts", skipped, parents, share)

    assert str(caught.value) == (
        f"acme.parts: {said} (not found: gone, or switched off in the account); check base_url, the path and the "
        f"rights of the key, or set max_skips above {share:g} if so many may be missing"
    )
    assert (caught.value.resource, caught.value.request) == ("parts", "GET /things/0/parts")


def test_what_an_earlier_run_skipped_is_nothing_new():
    """It is asked again by every run, so it would soon be most of what a run asks."""
    state: dict[str, Any] = {"skips": {one.place: {} for one in skips(25)}}
    log = SkipLog(state, BASE)

    assert log.new(skips(26)) == skips(1, first=25)
    assert SkipLog({}, BASE).new(skips(2)) == skips(2)
