"""Repeats: after which answers, after which wait, in whatever dialect a server names it."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from email.utils import format_datetime
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from requests.structures import CaseInsensitiveDict

from sdk.retry import RETRIED_STATUSES, RetryPolicy

NOW = datetime(2024, 2, 29, 12, tzinfo=UTC)
EPOCH_NOW = 1709208000

policies = st.builds(
    RetryPolicy,
    attempts=st.integers(1, 50),
    initial=st.floats(0, 100),
    factor=st.floats(1, 1000),
    longest=st.floats(0, 1000),
)


def wait(headers: dict[str, str], body: Any = None, **changes: Any) -> float | None:
    """Return the wait that an answer names."""
    return RetryPolicy(**changes).named_wait(CaseInsensitiveDict(headers), body, NOW)


@pytest.mark.parametrize(
    ("headers", "seconds"),
    [
        ({"Retry-After": "30"}, 30),
        ({"retry-after": " 30 "}, 30),
        ({"Retry-After": "1.5"}, 1.5),
        ({"Retry-After": "Thu, 29 Feb 2024 12:01:00 GMT"}, 60),
        ({"Retry-After": "2024-02-29T12:01:00Z"}, 60),
        ({"RateLimit-Reset": "30"}, 30),
        ({"X-RateLimit-Reset": "30"}, 30),
        ({"X-Rate-Limit-Reset": "30"}, 30),
        ({"X-RateLimit-Reset": str(EPOCH_NOW + 90)}, 90),
        ({"X-RateLimit-Reset": str((EPOCH_NOW + 90) * 1000)}, 90),
        ({"X-RateLimit-Reset": f"{EPOCH_NOW + 90}.5"}, 90.5),
        ({"Retry-After": "5", "X-RateLimit-Reset": "30"}, 5),
        ({"Retry-After": "0", "X-RateLimit-Reset": "30"}, 30),
        ({"Retry-After": "soon", "X-RateLimit-Reset": "30"}, 30),
    ],
)
def test_a_server_names_its_wait_in_many_ways(headers: dict[str, str], seconds: float):
    """Seconds, a date, or a reset as seconds left or as a point in time; `Retry-After` counts first."""
    assert wait(headers) == seconds


@pytest.mark.parametrize(
    "headers",
    [
        {},
        {"Retry-After": ""},
        {"Retry-After": "0"},
        {"Retry-After": "-1"},
        {"Retry-After": "soon"},
        {"Retry-After": "nan"},
        {"Retry-After": "inf"},
        {"Retry-After": "Thu, 29 Feb 2024 11:00:00 GMT"},
        {"X-RateLimit-Reset": "-1"},
        {"X-RateLimit-Reset": "0"},
        {"X-RateLimit-Reset": "soon"},
        {"X-RateLimit-Reset": str(EPOCH_NOW - 90)},
    ],
)
def test_no_sensible_wait_is_none(headers: dict[str, str]):
    """Then the policy's own growing wait counts, so that "0" does not become a flood."""
    assert wait(headers) is None


@pytest.mark.parametrize(
    ("found", "seconds"),
    [
        (2.5, 2.5),
        ("3", 3),
        ("2024-02-29T12:01:00Z", 60),
        (0, None),
        (-1, None),
        (True, None),
        (None, None),
        ([1], None),
    ],
)
def test_a_wait_in_the_body_is_read_where_it_is_declared(found: object, seconds: float | None):
    """Some APIs say it in JSON alone."""
    assert wait({}, {"error": {"retry_after": found}}, retry_after_path="error.retry_after") == seconds
    assert wait({}, {"error": {"retry_after": found}}) is None


def test_the_header_counts_before_the_body_and_the_body_before_the_reset():
    """The most exact word of the server is taken; one that is missing hands on to the next."""
    declared = {"retry_after_path": "wait"}
    headers = {"Retry-After": "1", "X-RateLimit-Reset": "3"}

    assert wait(headers, {"wait": 2}, **declared) == 1
    assert wait({"X-RateLimit-Reset": "3"}, {"wait": 2}, **declared) == 2
    assert wait({"X-RateLimit-Reset": "3"}, {}, **declared) == 3


@given(st.integers(1, 10**6))
def test_a_date_and_seconds_name_the_same_wait(seconds: int):
    """Whatever the dialect, the wait is that long."""
    then = NOW + timedelta(seconds=seconds)

    assert wait({"Retry-After": format_datetime(then, usegmt=True)}) == seconds
    assert wait({"RateLimit-Reset": str(seconds)}) == seconds
    assert wait({"RateLimit-Reset": str(EPOCH_NOW + seconds)}) == seconds
    assert wait({"RateLimit-Reset": str(1000 * (EPOCH_NOW + seconds))}) == seconds


@given(st.text() | st.from_regex(r"\A-?[0-9.e+]{1,30}\Z"))
def test_a_wait_is_never_negative(value: str):
    """Whatever a header holds, it is a wait or nothing, and no error."""
    for name in ("Retry-After", "X-RateLimit-Reset"):
        found = wait({name: value})
        assert found is None or 0 <= found < float("inf")


@pytest.mark.parametrize(
    ("status", "headers", "refused"),
    [
        (429, {}, True),
        (503, {"Retry-After": "30"}, True),
        (503, {}, False),
        (403, {}, False),
        (403, {"Retry-After": "30"}, True),
        (403, {"X-RateLimit-Remaining": "0"}, True),
        (403, {"RateLimit-Remaining": "0"}, True),
        (403, {"X-Rate-Limit-Remaining": " 0 "}, True),
        (403, {"X-RateLimit-Remaining": "12"}, False),
        (503, {"X-RateLimit-Remaining": "0"}, False),
        (500, {"Retry-After": "30"}, False),
        (200, {"X-RateLimit-Remaining": "0"}, False),
    ],
)
def test_a_refusal_is_told_from_an_error(status: int, headers: dict[str, str], refused: object):
    """Three statuses say "too many requests", and a plain 403 is about permission."""
    assert RetryPolicy().is_refusal(status, CaseInsensitiveDict(headers)) is refused


def test_the_wait_grows_to_its_bound():
    """One, two, four seconds, and never more than a minute."""
    assert [RetryPolicy().backoff(tries) for tries in range(1, 9)] == [1, 2, 4, 8, 16, 32, 60, 60]


@given(policies, st.integers(1, 10**6))
def test_no_wait_is_longer_than_its_bound_or_shorter_than_the_one_before(policy: RetryPolicy, tries: int):
    """However often it failed."""
    assert 0 <= policy.backoff(tries) <= policy.backoff(tries + 1) <= policy.longest


def test_what_a_repeat_cannot_cure_is_not_repeated():
    """A wrong key, a missing page and a bad request stay what they are."""
    assert not RETRIED_STATUSES & {200, 301, 400, 401, 403, 404, 410, 422, 501}
    assert RetryPolicy(statuses=[500]).statuses == {500}


@pytest.mark.parametrize(
    "declared",
    [{"attempts": 0}, {"initial": -1}, {"factor": 0.5}, {"longest": -1}, {"max_wait": -1}, {"refusals": 0}],
)
def test_a_policy_that_cannot_work_is_refused(declared: dict[str, Any]):
    """No attempt at all, or a wait into the past."""
    with pytest.raises(ValueError, match=next(iter(declared))):
        RetryPolicy(**declared)
