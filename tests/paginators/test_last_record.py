"""Going on after the last record."""

from __future__ import annotations

from typing import Any

import pytest

from sdk.errors import PaginationLoopError, SelectionError
from sdk.messages import LAST_PAGE, Page, Request
from sdk.paginators import EmptyPage, HasMore, LastRecordPaginator, MissingToken, ShortPage

URL = "https://api.example.com/items"


def test_the_last_id_is_the_cursor() -> None:
    """The field of the last record is sent; an empty page is the end."""
    paginator = LastRecordPaginator("id", cursor_param="after", limit=2, limit_param="page_size")
    first = paginator.first_request(Request(URL))

    assert Request(URL, params={"page_size": 2}) == first
    assert Request(URL, params={"page_size": 2, "after": "7"}) == paginator.next_request(
        Page(first), [{"id": 3}, {"id": 7}]
    )
    assert paginator.next_request(Page(first), []) == LAST_PAGE


def test_a_nested_field_in_the_body() -> None:
    """The field may be anywhere in the record, and be sent in a JSON body as it came."""
    paginator = LastRecordPaginator("attributes.seq", cursor_body_path="search_after")

    answer = paginator.next_request(Page(Request(URL, method="POST")), [{"attributes": {"seq": 7}}])

    assert Request(URL, method="POST", json={"search_after": 7}) == answer


@pytest.mark.parametrize("record", [{"uid": "s3cret"}, {"id": None}])
def test_a_record_without_the_field(record: dict[str, Any]) -> None:
    """Without the field there is no going on, which is no end."""
    with pytest.raises(SelectionError, match="record_path 'id' of the last record is") as caught:
        LastRecordPaginator("id", cursor_param="after").next_request(Page(Request(URL)), [record])

    assert "s3cret" not in str(caught.value)


def test_other_ends() -> None:
    """A flag or a short page ends it too; an empty page of which the flag says more is an error."""
    flag = LastRecordPaginator("id", cursor_param="after", end=HasMore("more"))
    short = LastRecordPaginator("id", cursor_param="after", limit=2, limit_param="n", end=ShortPage() | EmptyPage())

    assert flag.next_request(Page(Request(URL), body={"more": False}), [{"id": 1}]) == LAST_PAGE
    assert short.next_request(Page(Request(URL)), [{"id": 1}]) == LAST_PAGE
    with pytest.raises(PaginationLoopError, match="there is no last record to go on from"):
        flag.next_request(Page(Request(URL), body={"more": True}), [])


def test_declaration_mistakes() -> None:
    """There is no token that could be missing, and one place to send the field."""
    with pytest.raises(ValueError, match="goes by token"):
        LastRecordPaginator("id", cursor_param="after", end=MissingToken())
    with pytest.raises(ValueError, match="give one of cursor_param and cursor_body_path"):
        LastRecordPaginator("id")
