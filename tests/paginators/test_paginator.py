"""What all paginators share."""

from __future__ import annotations

import pickle
from inspect import isabstract
from typing import TYPE_CHECKING

import pytest
from attrs import frozen

import sdk.paginators
from sdk.messages import LAST_PAGE, Page, Request
from sdk.paginators import (
    AutoPaginator,
    CursorPaginator,
    HeaderCursorPaginator,
    HeaderLinkPaginator,
    LastRecordPaginator,
    NextLinkPaginator,
    OffsetPaginator,
    PageNumberPaginator,
    Paginator,
    SinglePagePaginator,
)

if TYPE_CHECKING:
    from collections.abc import Sequence

    from sdk.messages import EndAnswer, Record

URL = "https://api.example.com/items"
SIZE = {"limit": 5, "limit_param": "size"}
ALL = [
    AutoPaginator(**SIZE),
    CursorPaginator("next", cursor_param="c", **SIZE),
    HeaderCursorPaginator("next", cursor_param="c", **SIZE),
    HeaderLinkPaginator(**SIZE),
    LastRecordPaginator("id", cursor_param="after", **SIZE),
    NextLinkPaginator(**SIZE),
    OffsetPaginator(**SIZE),
    PageNumberPaginator(**SIZE),
    SinglePagePaginator(**SIZE),
]


def test_public_names() -> None:
    """`__all__` is sorted, and each name is there."""
    assert sorted(sdk.paginators.__all__) == sdk.paginators.__all__
    assert all(hasattr(sdk.paginators, name) for name in sdk.paginators.__all__)


def test_all_are_here() -> None:
    """A new paginator joins the tests below."""
    public = {getattr(sdk.paginators, name) for name in sdk.paginators.__all__}
    offered = {one for one in public if issubclass(one, Paginator) and not isabstract(one)}

    assert {type(one) for one in ALL} == offered


@pytest.mark.parametrize("paginator", ALL, ids=lambda value: type(value).__name__)
def test_values(paginator: Paginator) -> None:
    """Each is a value: frozen, hashable, picklable, equal to its like; and each sends its limit."""
    assert paginator == pickle.loads(pickle.dumps(paginator))  # noqa: S301
    assert hash(paginator) == hash(pickle.loads(pickle.dumps(paginator)))  # noqa: S301
    with pytest.raises(AttributeError):
        paginator.limit = 6
    assert paginator.first_request(Request(URL)).param("size") == "5"


@pytest.mark.parametrize("paginator", ALL, ids=lambda value: type(value).__name__)
def test_requests_survive_a_checkpoint(paginator: Paginator) -> None:
    """The request is the state: written down and read again it is the same."""
    page = Page(
        paginator.first_request(Request(URL)),
        body={"next": f"{URL}?page=2"},
        headers={"next": "x", "link": f'<{URL}?page=2>; rel="next"'},
    )

    following = paginator.next_request(page, [{"id": 1}])

    assert following is LAST_PAGE or following == Request.from_dict(following.to_dict())


def test_single_page() -> None:
    """One answer is all."""
    assert SinglePagePaginator().next_request(Page(Request(URL), body={"more": True}), [{"id": 1}]) == LAST_PAGE


def test_a_paginator_of_ones_own() -> None:
    """A new paginator is one class with one method; the limit and the rest it inherits."""

    @frozen
    class Twice(Paginator):
        def next_request(self, page: Page, records: Sequence[Record]) -> EndAnswer:  # noqa: ARG002
            return LAST_PAGE if page.request.param("again") else page.request.with_params({"again": 1})

    paginator = Twice(limit=5, limit_param="size")
    first = paginator.first_request(Request(URL))

    assert Request(URL, params={"size": 5, "again": 1}) == paginator.next_request(Page(first), [])
    assert paginator.remaining_requests(Page(first), []) is None
