"""Where a list is left is plain JSON data without a secret, and leads to the same request again."""

from __future__ import annotations

import json
from typing import Any

import pytest
from attrs import evolve

from sdk.dialects.cutting import Cutting, read, written
from sdk.messages import Partition, Position, Request
from sdk.redaction import conceal
from sdk.tally import Tallies

BASE = "https://api.example.com/v1"
FIRST = Request(f"{BASE}/things", params={"kind": "all"}, headers={"X-Team": "blue"}, json={"open": True})


def at(request: Request, first: Request = FIRST) -> Partition:
    """Return the list that *first* begins, with *request* next."""
    return Partition("things", first, position=Position(request, ("0a", "0b")))


@pytest.mark.parametrize(
    "request_",
    [
        FIRST.with_params({"page": 2}),
        FIRST.with_json("page.token", "x").with_state(seen=4, places=["a", 1]),
        evolve(FIRST, url=f"{BASE}/things?after=2"),
        evolve(FIRST, url="https://elsewhere.example.com/things?after=2"),
        evolve(FIRST, url=BASE),
        evolve(FIRST, headers={"X-Page": "2"}),
        evolve(FIRST, json=None, data={"after": 2}, method="POST"),
    ],
    ids=str,
)
def test_a_position_is_found_again(request_):
    """After a trip through JSON, with its anchors."""
    kept = json.loads(json.dumps(written(at(request_), BASE)))

    assert read(kept, at(FIRST), BASE) == Position(request_, ("0a", "0b"))
    assert BASE not in json.dumps(kept)


def test_a_secret_of_the_dictionary_is_not_kept_and_sent_again():
    """It stands in the first request, whoever makes that one the next time."""
    conceal("s3cret-key")
    first = FIRST.with_params({"key": "s3cret-key"})

    kept = written(at(first.with_params({"page": "2"}), first), BASE)

    assert "s3cret" not in json.dumps(kept)
    assert kept is not None
    other = at(FIRST.with_params({"key": "another-key"}), FIRST.with_params({"key": "another-key"}))
    found = read(kept, other, BASE).request
    assert dict(found.params) == {"kind": "all", "key": "another-key", "page": "2"}


@pytest.mark.parametrize(
    "request_",
    [
        evolve(FIRST, url=f"{BASE}/things?key=s3cret-key"),
        FIRST.with_params({"key": "s3cret-key"}),
        evolve(FIRST, headers={"X-Key": "s3cret-key"}),
        FIRST.with_state(held=object()),
        evolve(FIRST, data=b"page=2"),
    ],
    ids=["link", "parameter", "header", "object", "bytes"],
)
def test_what_cannot_be_kept_is_said(request_):
    """A secret that an API repeats elsewhere, and what is no JSON: such a list is not left before its end."""
    conceal("s3cret-key")

    assert written(at(request_), BASE) is None


def test_a_list_that_was_not_begun_has_no_position():
    """It begins at its beginning."""
    assert written(Partition("things", FIRST), BASE) is None


def test_it_is_time_to_commit_after_so_many_records_of_all():
    """Those that came since the last commit."""
    tallies = Tallies()
    tallies.of("things").add(rows=5)
    cutting = Cutting(tallies)
    found: list[Any] = []
    cutting.begin({}, 3, 3600)
    for name in ("things", "parts", "parts"):
        tallies.of(name).add(rows=1)
        found.append(cutting.is_due)

    assert found == [False, False, True]


def test_it_is_time_to_commit_after_so_many_seconds():
    """However few records came."""
    cutting = Cutting(Tallies())
    cutting.begin({}, 3, 0)

    assert cutting.is_due
