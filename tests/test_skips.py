"""What was left out on purpose: said, remembered, and asked again."""

from __future__ import annotations

import json
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from sdk.messages import Interval, Page, Partition, Request
from sdk.redaction import conceal
from sdk.skips import Skip, SkipLog

BASE = "https://api.example.com/v2"
RUN_START = datetime(2026, 1, 10, 12, tzinfo=UTC)
STAMP = "2026-01-10T12:00:00.000000Z"


def child(number: int, **params: Any) -> Partition:
    """Return the partition of one parent's children."""
    return Partition("parts", Request(f"{BASE}/things/{number}/parts", params=params), "things", {"_things_id": number})


def skip(partition: Partition, status: int = 403, body: Any = None) -> Skip:
    """Return the skip of *partition*."""
    return Skip.of(partition, Page(partition.request, status, body=body), BASE)


@pytest.mark.parametrize(
    ("status", "body", "reason"),
    [
        (402, None, "not in the account's plan"),
        (403, {"code": "off"}, "off: forbidden: no permission, or not in the account's plan"),
        (404, {"message": "No thing 7 of Ann's"}, "not found: gone, or switched off in the account"),
        (410, "gone", "gone"),
        (423, {"errors": [{"code": 17}]}, "17: not available"),
    ],
)
def test_a_skip_says_why(status, body, reason):
    """The status in words, and the machine code if there is one; no free text of the server's."""
    found = skip(child(7), status, body)

    assert found == Skip("parts", '{"_things_id": 7}', "GET /things/7/parts", status, reason)


def test_a_skip_at_the_top_has_no_parent():
    """It is the resource as a whole."""
    found = skip(Partition("things", Request(f"{BASE}/things")))

    assert (found.parent_key, found.request) == ("", "GET /things")


def test_a_skip_is_the_same_in_every_run():
    """Neither the interval of this run nor the base URL is part of what was asked."""
    whole = child(7, kind="a")
    since = whole.within(Interval(RUN_START, None), whole.request.with_params({"since": "2026-01-10"}))

    assert skip(since).request == "GET /things/7/parts?kind=a"


def test_a_skip_shows_no_secret():
    """A key that a parent's value or a parameter holds is hidden where it is stored and shown."""
    conceal("hunter2-skip")

    assert skip(child(7, key="hunter2-skip")).request == "GET /things/7/parts?key=***"


def stored(state: dict[str, Any]) -> dict[str, Any]:
    """Return *state* as it comes back from a file."""
    found: dict[str, Any] = json.loads(json.dumps(state))
    return found


def test_what_was_skipped_is_asked_again():
    """The very same piece, also when the API has moved."""
    state: dict[str, Any] = {}
    SkipLog(state, BASE).settle([skip(child(7, kind="a"))], RUN_START)

    [again] = SkipLog(stored(state), BASE).again()
    [moved] = SkipLog(stored(state), "http://127.0.0.1:8080").again()

    assert again == child(7, kind="a")
    assert again.digest == child(7, kind="a").digest
    assert moved.request.url == "http://127.0.0.1:8080/things/7/parts"
    assert BASE not in json.dumps(state)


def test_the_interval_is_no_part_of_what_is_remembered():
    """The next run asks from where it must, not for the old stretch."""
    whole = child(7)
    since = whole.within(Interval(RUN_START, None), whole.request.with_params({"since": "2026-01-10"}))
    state: dict[str, Any] = {}
    SkipLog(state, BASE).settle([skip(since)], RUN_START)

    assert list(SkipLog(stored(state), BASE).again()) == [whole]


def test_a_resource_at_the_top_is_asked_anyway():
    """Nothing needs to be remembered to ask it again, but that it was skipped."""
    state: dict[str, Any] = {}
    SkipLog(state, BASE).settle([skip(Partition("things", Request(f"{BASE}/things")))], RUN_START)

    assert list(SkipLog(stored(state), BASE).again()) == []
    assert [one["request"] for one in state["skips"].values()] == ["GET /things"]


def test_a_skip_keeps_the_time_when_it_was_first_seen():
    """For as long as it lasts."""
    state: dict[str, Any] = {}
    SkipLog(state, BASE).settle([skip(child(7))], RUN_START)
    log = SkipLog(stored(state), BASE)

    skipped, repaid = log.settle([skip(child(7), 404), skip(child(8))], RUN_START + timedelta(days=1))

    assert [(one.request, one.status, one.first_seen) for one in skipped] == [
        ("GET /things/7/parts", 404, STAMP),
        ("GET /things/8/parts", 403, "2026-01-11T12:00:00.000000Z"),
    ]
    assert repaid == []


def test_what_was_read_now_is_repaid():
    """It is named once, as it was, and then forgotten."""
    state: dict[str, Any] = {}
    SkipLog(state, BASE).settle([skip(child(7)), skip(child(8))], RUN_START)
    state = stored(state)

    _, repaid = SkipLog(state, BASE).settle([skip(child(8))], RUN_START)

    reason = "forbidden: no permission, or not in the account's plan"
    assert repaid == [Skip("parts", '{"_things_id": 7}', "GET /things/7/parts", 403, reason, STAMP)]
    assert SkipLog(stored(state), BASE).settle([skip(child(8))], RUN_START)[1] == []
    assert [one.stamp for one in SkipLog(state, BASE).again()] == [{"_things_id": 8}]


def test_two_parents_may_share_a_request():
    """Each lacks its own rows: both are remembered."""
    shared = Request(f"{BASE}/owners/1/parts")
    both = [Partition("parts", shared, "things", {"_things_id": number}) for number in (7, 8)]
    state: dict[str, Any] = {}

    skipped, _ = SkipLog(state, BASE).settle([skip(one) for one in both], RUN_START)

    assert [one.parent_key for one in skipped] == ['{"_things_id": 7}', '{"_things_id": 8}']
    assert list(SkipLog(stored(state), BASE).again()) == both


def test_without_skips_nothing_is_kept():
    """A resource that never skipped has no such state."""
    state: dict[str, Any] = {}

    assert SkipLog(state, BASE).settle([], RUN_START) == ([], [])
    assert state == {}
