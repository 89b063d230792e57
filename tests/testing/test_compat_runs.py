"""How two versions read: what failed, what was skipped, what was asked."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from sdk.testing.compat.runs import failure_differences, request_differences, skip_differences


def sent(text: str, body: str = "", **headers: str) -> dict[str, Any]:
    return {"text": text, "headers": headers, "body": body}


def played(
    *requests: dict[str, Any], rows: int = 0, skips: Sequence[str] = (), failure: str = "", again: Any = None
) -> Any:
    first = {"rows": [{}] * rows, "requests": list(requests), "skips": list(skips), "failure": failure}
    return {"columns": {}, "runs": [first, *([again["runs"][0]] if again else [])], "unrecorded": []}


def said(differences: Any) -> list[tuple[str, str, str, str]]:
    return [(str(one.kind), one.what, one.was, one.now) for one in differences]


def test_failures() -> None:
    """One that is new breaks, one that is gone does not, and another text is a text."""
    fails, works = played(failure="acme.moons: it broke"), played()
    skips = played(skips=["/moons answered 403"])
    second = played(again=played(failure="in the second run"))

    assert said(failure_differences(works, fails)) == [("reading fails", "", "works", "acme.moons: it broke")]
    assert said(failure_differences(works, second)) == [("reading fails", "", "works", "in the second run")]
    assert said(failure_differences(fails, works)) == [("reading works", "", "acme.moons: it broke", "works")]
    assert said(failure_differences(fails, skips)) == [
        ("reading works", "", "acme.moons: it broke", "skipped: /moons answered 403")
    ]
    assert said(failure_differences(fails, second)) == [
        ("failure changed", "", "acme.moons: it broke", "in the second run")
    ]
    assert said(failure_differences(fails, fails)) == []


def test_skips() -> None:
    """What is no longer shown is silenced, unless its rows came instead."""
    skips, nothing, rows = played(skips=["/moons answered 403"]), played(), played(rows=3)

    assert said(skip_differences(nothing, skips)) == [("skip new", "", "", "/moons answered 403")]
    assert said(skip_differences(skips, nothing)) == [("skip silenced", "", "/moons answered 403", "")]
    assert said(skip_differences(skips, rows)) == []
    assert said(skip_differences(skips, skips)) == []


def test_requests() -> None:
    """More, fewer and others are counted, and a few are named; after that their order, headers and bodies count."""
    one, two, three = sent("GET /a"), sent("GET /b"), sent("GET /c")

    assert said(request_differences(played(one, two, three), played(one))) == [
        ("requests changed", "", "3, among them GET /b, GET /c", "1")
    ]
    assert said(request_differences(played(one, two), played(one, three))) == [
        ("requests changed", "", "2, among them GET /b", "2, among them GET /c")
    ]
    assert said(request_differences(played(one, two), played(two, one))) == [
        ("requests changed", "order", "GET /a first", "GET /b first")
    ]
    assert said(request_differences(played(sent("GET /a", x="1")), played(sent("GET /a", x="2", y="3")))) == [
        ("requests changed", "header x", "1", "2")
    ]
    assert said(request_differences(played(sent("POST /a", '{"a": 1}')), played(sent("POST /a", "{}")))) == [
        ("requests changed", "body", '{"a": 1}', "{}")
    ]
    assert said(request_differences(played(one, again=played(two)), played(one, again=played(two)))) == []
