"""End rules, called with hand-made pages."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

from sdk.errors import SelectionError
from sdk.jsonpath import MISSING
from sdk.messages import Page, Request
from sdk.paginators import (
    EitherEnd,
    EmptyPage,
    EndRule,
    HasMore,
    MissingToken,
    NullToken,
    Progress,
    ShortPage,
    Total,
    TotalHeader,
)
from sdk.paginators.tokens import Token

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from sdk.messages import Record

ROWS = [{"id": 1}, {"id": 2}]


def page(body: object = None, **headers: str) -> Page:
    """Return an answer."""
    return Page(Request("https://api.example.com/items"), body=body, headers=headers)


def token(value: object) -> Progress:
    """Return the progress of a paginator that found this token."""
    return Progress(token=Token(value, "cursor_path 'next'", "the body is an object with the keys 'data'"))


def test_empty_page_ends_without_records() -> None:
    """No records are the end, one record is not."""
    assert [EmptyPage().reached(page(), rows, Progress()) for rows in ([], ROWS)] == [True, False]


def test_short_page_compares_with_the_limit() -> None:
    """Fewer records than the limit are the end; as many or more are not."""
    assert [ShortPage().reached(page(), ROWS, Progress(limit=limit)) for limit in (3, 2, 1)] == [True, False, False]


@pytest.mark.parametrize(("value", "expected"), [(MISSING, True), (None, True), ("", True), ("x", False), (0, False)])
def test_missing_token_takes_absence_for_the_end(*, value: object, expected: bool) -> None:
    """Absent, null and empty are the end; zero is a token."""
    assert expected == MissingToken().reached(page(), ROWS, token(value))


@pytest.mark.parametrize(("body", "records", "ends"), [({"meta": {}}, ROWS, True), ({}, [], True)])
def test_missing_token_within(body, records, ends):
    """What surrounds the token is there on every page with records; an empty page may lack it."""
    assert ends == MissingToken(within="meta").reached(page(body), records, token(None))


def test_missing_token_without_its_surroundings():
    """Records without what surrounds the token are no last page: somebody renamed it."""
    with pytest.raises(SelectionError, match=r"^'meta' not found around"):
        MissingToken(within="meta").reached(page({"data": []}), ROWS, token(None))


@pytest.mark.parametrize(("value", "expected"), [(None, True), ("", True), ("x", False), (0, False)])
def test_null_token_ends_with_null_and_empty(*, value: object, expected: bool) -> None:
    """Null and empty are the end."""
    assert expected == NullToken().reached(page(), ROWS, token(value))


def test_null_token_refuses_an_absent_one() -> None:
    """A token that is not there is an error that names the keys that are, and the rule that would allow it."""
    with pytest.raises(SelectionError, match=r"^cursor_path 'next' not found; .*'data'; declare end=MissingToken\(\)"):
        NullToken().reached(page(), ROWS, token(MISSING))


@pytest.mark.parametrize(
    ("flag", "expected"), [(False, True), ("false", True), ("False", True), (True, False), ("true", False)]
)
def test_has_more_reads_booleans_and_their_names(*, flag: object, expected: bool) -> None:
    """False ends, true does not, whatever the number of records."""
    assert expected == HasMore("meta.more").reached(page({"meta": {"more": flag}}), [], Progress())


@pytest.mark.parametrize(
    "body", [{"meta": {}}, {"meta": {"more": None}}, {"meta": {"more": 0}}, {"meta": {"more": "no"}}, None, []]
)
def test_has_more_refuses_anything_else(body: Any) -> None:
    """A flag that is absent or of another kind is an error."""
    with pytest.raises(SelectionError, match=r"the flag 'meta.more' is"):
        HasMore("meta.more").reached(page(body), ROWS, Progress())


def test_has_more_does_not_quote_values() -> None:
    """An error tells the kind of what was found, never the value."""
    with pytest.raises(SelectionError) as caught:
        HasMore("more").reached(page({"more": "s3cret"}), ROWS, Progress())

    assert str(caught.value) == "the flag 'more' is text, not true or false; the body is an object with the keys 'more'"


@pytest.mark.parametrize("total", [4, "4", " 4 "])
def test_total_counts_what_is_addressed(total: Any) -> None:
    """The end is where the pages address as much as the total, given as number or digits."""
    rule = Total("total")

    assert [rule.reached(page({"total": total}), ROWS, Progress(records=n)) for n in (3, 4, 5)] == [False, True, True]


def test_total_of_pages() -> None:
    """A total of pages is compared with the pages."""
    rule = Total("pages", of="pages")

    assert [rule.reached(page({"pages": 3}), ROWS, Progress(pages=n, records=99)) for n in (2, 3)] == [False, True]


def test_total_ignores_empty_pages() -> None:
    """An empty page before the total is not the end."""
    assert not Total("total").reached(page({"total": 4}), [], Progress(records=2))


@pytest.mark.parametrize("total", [None, "many", -1, True, 2.5, {"value": 4}, "9" * 30])
def test_total_refuses_what_is_no_count(total: Any) -> None:
    """Null, text, a negative number and an object are no totals."""
    with pytest.raises(SelectionError, match=r"the total 'total' is .*, not a count"):
        Total("total").reached(page({"total": total}), ROWS, Progress(records=9))


def test_total_refuses_absence() -> None:
    """A total that is not there is an error that names what is."""
    with pytest.raises(SelectionError, match=r"'meta' is an object with the keys 'count'"):
        Total("meta.total").reached(page({"meta": {"count": 4}}), ROWS, Progress(records=9))


def test_total_header_compares_names_without_case() -> None:
    """The header is found in any case, and is an error when it is not there."""
    rule = TotalHeader("x-total")

    assert rule.reached(page(**{"X-Total": "2"}), ROWS, Progress(records=2))
    with pytest.raises(SelectionError, match=r"the response header 'x-total' is absent, not a count"):
        rule.reached(page(), ROWS, Progress(records=2))


def test_rules_join() -> None:
    """`|` makes one flat rule of several, which needs what they need and ends when one of them does."""
    rule = EmptyPage() | ShortPage() | Total("total")

    assert EitherEnd((EmptyPage(), ShortPage(), Total("total"))) == rule
    assert {"limit", "records"} == rule.needs
    assert rule.states_more
    assert rule.reached(page({"total": 9}), ROWS, Progress(limit=3, records=2))
    assert not rule.reached(page({"total": 9}), ROWS, Progress(limit=2, records=2))


@pytest.mark.parametrize("rule", [NullToken() | EmptyPage(), EmptyPage() | NullToken()])
def test_a_rule_without_evidence_raises_only_if_no_other_ends(rule: EndRule) -> None:
    """Whatever the order, an empty page may lack the token and a full one may not."""
    assert rule.reached(page({}), [], token(MISSING))
    with pytest.raises(SelectionError):
        rule.reached(page({}), ROWS, token(MISSING))


@pytest.mark.parametrize(
    "build",
    [
        lambda: HasMore(""),
        lambda: HasMore("a[[["),
        lambda: Total("$"),
        lambda: TotalHeader(""),
        lambda: Total("t", of="rows"),
    ],
)
def test_declaration_mistakes(build: Callable[[], EndRule]) -> None:
    """A rule with an unusable path or unit is refused when it is built."""
    with pytest.raises(ValueError, match=r"."):
        build()


def test_a_rule_of_ones_own() -> None:
    """A rule needs one method, and joins like the others."""

    class Never(EndRule):
        def reached(self, page: Page, records: Sequence[Record], progress: Progress) -> bool:  # noqa: ARG002
            return False

    assert (Never() | EmptyPage()).reached(page(), [], Progress())
