"""Caps: how an API says that it lists only a part, told from errors and from whole answers."""

from __future__ import annotations

import pytest

from sdk.caps import CapAny, CapStatus, CapTotal, CapValue
from sdk.messages import Page, Request

LIST = Request("https://api.example.com/incidents")


@pytest.mark.parametrize(
    ("status", "body", "reached"),
    [
        (400, {"error": {"message": "Range TOO LARGE, narrow it"}}, True),
        (400, {"error": {"message": "no such field"}}, False),
        (400, {"error": {}}, False),
        (400, None, False),
        (422, {"error": {"message": "too large"}}, False),
        (200, {"error": {"message": "too large"}}, False),
    ],
)
def test_a_cap_by_status_is_told_from_other_errors(status: int, body: object, reached: object):
    """The same status with another text is an error, and another status is not looked at."""
    cap = CapStatus(400, "error.message", "too large")

    assert cap.statuses == {400}
    assert cap.reached(Page(LIST, status, {}, body)) is reached


def test_a_cap_by_code_compares_text():
    """An error code that is a number is found as text."""
    assert CapStatus(400, "code", "2013").reached(Page(LIST, 400, {}, {"code": 2013}))


@pytest.mark.parametrize(
    ("total", "reached"), [(1001, True), (1000, False), ("1001", True), ("1000", False), (None, False), ("many", False)]
)
def test_a_cap_by_total_is_passed_above_its_limit(total: object, reached: object):
    """An API that lists the first thousand lists a thousand in full; a total may come as text."""
    assert CapTotal("meta.total", 1000).reached(Page(LIST, body={"meta": {"total": total}})) is reached


def test_a_page_without_a_total_reaches_no_cap():
    """The paginator's own end says what to make of it."""
    assert not CapTotal("meta.total", 1000).reached(Page(LIST, body={}))


def test_a_cap_by_value_names_what_it_says():
    """A page that says of itself that it is not whole."""
    cap = CapValue("meta.status", "timeout")

    assert cap.statuses == frozenset()
    assert cap.reached(Page(LIST, body={"meta": {"status": "timeout"}}))
    assert not cap.reached(Page(LIST, body={"meta": {"status": "done"}}))
    assert not cap.reached(Page(LIST, body=[]))


def test_any_of_several_signs_is_enough():
    """An API that has a total and an error status is asked for both."""
    cap = CapAny(CapTotal("total", 1000), CapStatus(400, "code", "2013"))

    assert cap.statuses == {400}
    assert cap.reached(Page(LIST, body={"total": 1001}))
    assert cap.reached(Page(LIST, 400, {}, {"code": 2013}))
    assert not cap.reached(Page(LIST, body={"total": 1000}))
    assert not CapAny().reached(Page(LIST, body={}))
