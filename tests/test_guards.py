"""Progress: what ends a list that would never end, and what does not."""

from __future__ import annotations

from typing import Any

import pytest

from sdk.errors import PaginationLoopError
from sdk.guards import ProgressGuard
from sdk.messages import Request

URL = "https://api.example.com/things"


def test_a_request_that_was_sent_before():
    """Not only the last one: a circle of any length is found where it closes."""
    guard = ProgressGuard()
    for number in range(5):
        guard.before(Request(URL, params={"page": number}))

    with pytest.raises(PaginationLoopError) as caught:
        guard.before(Request(URL, params={"page": 0}))

    assert str(caught.value) == ("paging asks 5 pages and then the same one again; check the paginator's parameter")


@pytest.mark.parametrize(
    "same",
    [
        Request(f"{URL}?page=1"),
        Request(URL, params={"page": 1}, headers={"X-Try": "2"}),
        Request(f"{URL}?page=1#top"),
    ],
)
def test_the_same_question_in_another_form(same):
    """Where a parameter stands, a header or a fragment make no other question of it."""
    guard = ProgressGuard()
    guard.before(Request(URL, params={"page": 1}))

    with pytest.raises(PaginationLoopError):
        guard.before(same)


@pytest.mark.parametrize(
    "other",
    [
        Request(URL),
        Request(URL, params={"page": "1 "}),
        Request(URL, params={"page": 1}, method="POST"),
        Request(URL, params={"page": 1}, json={}),
        Request(f"{URL}/1", params={"page": 1}),
        Request(URL, params={"page": 1}, state={"seen": 30}),
    ],
)
def test_another_question(other):
    """Anything that is sent, or that a paginator remembers, makes one."""
    guard = ProgressGuard()
    guard.before(Request(URL, params={"page": 1}))

    guard.before(other)


def test_a_page_that_comes_again_and_again():
    """Twice happens with honest APIs; three times it ignores the parameter."""
    guard = ProgressGuard(("id",))
    page = [{"id": 1, "views": 5}, {"id": 2}]
    guard.after(page)
    guard.after([{"id": 3}])
    guard.after([{"id": 1, "views": 6}, {"id": 2}])

    with pytest.raises(PaginationLoopError) as caught:
        guard.after(page)

    assert str(caught.value) == "the same 2 records came 3 times; the API ignores the page parameter"


@pytest.mark.parametrize(
    ("key", "pages"),
    [
        (("id",), [[{"id": 1}, {"id": 2}], [{"id": 2}, {"id": 1}], [{"id": 1}], [{"id": 2}]] * 2),
        (("id",), [[{"id": 1}], [{"id": "1"}], [{"id": 1.5}]] * 2),
        ((), [[{"x": 1}], [{"x": 2}], [{"x": [1]}]] * 2),
        (("id",), [[{"id": 1}], []] * 2),
    ],
)
def test_pages_that_are_not_the_same(key, pages):
    """Another order, another type, other values without a key."""
    guard = ProgressGuard(key)

    for page in pages:
        guard.after(page)


def test_records_without_a_key_are_compared_whole():
    """Every field counts then, however deep."""
    guard = ProgressGuard()
    page: list[dict[str, Any]] = [{"x": {"y": [1]}}]
    guard.after(page)
    guard.after(page)

    with pytest.raises(PaginationLoopError):
        guard.after(page)


def test_empty_pages_in_a_row():
    """An API that filters after paging sends some; one whose token never ends sends nothing else."""
    guard = ProgressGuard()
    for _ in range(20):
        guard.after([])
    guard.after([{"id": 1}])
    for _ in range(20):
        guard.after([])

    with pytest.raises(PaginationLoopError) as caught:
        guard.after([])

    assert str(caught.value) == "21 empty pages in a row and the API names yet another"


def test_keys_that_json_does_not_know():
    """Numbers beyond 64 bits are compared like all others."""
    from decimal import Decimal

    guard = ProgressGuard(("id",))
    for number in range(5):
        guard.after([{"id": Decimal(2**64 + number)}])
    guard.after([{"id": Decimal(2**64)}])

    with pytest.raises(PaginationLoopError):
        guard.after([{"id": Decimal(2**64)}])


def test_pages_that_are_asked_for_again_on_purpose():
    """They are no sign of a loop, as often as a paginator goes back."""
    guard = ProgressGuard(("id",))

    for _ in range(10):
        guard.after([{"id": 1}], again=True)
    guard.after([{"id": 1}])
    guard.after([{"id": 1}])
    with pytest.raises(PaginationLoopError):
        guard.after([{"id": 1}])


def test_a_page_that_comes_for_ever_after_others_were_asked_for_again():
    """Going back once is no licence: an API that repeats its last page is found out all the same."""
    guard = ProgressGuard(("id",))

    for _ in range(22):
        guard.after([{"id": 1}], again=True)

    with pytest.raises(PaginationLoopError, match="came 23 times"):
        guard.after([{"id": 1}], again=True)


def test_records_that_are_nested_deeper_than_they_can_be_written():
    """They are compared all the same."""
    nested: Any = 1
    for _ in range(400):
        nested = [nested]
    guard = ProgressGuard()

    guard.after([{"value": nested}])
    guard.after([{"value": nested}])
    with pytest.raises(PaginationLoopError):
        guard.after([{"value": nested}])
