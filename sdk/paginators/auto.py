"""Lists whose paging nobody declared."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any
from urllib.parse import parse_qsl, urlsplit

from attrs import frozen

from sdk.errors import ReadError, SelectionError
from sdk.jsonpath import find
from sdk.messages import LAST_PAGE
from sdk.paginators.cursor import CursorPaginator
from sdk.paginators.ends import MissingToken
from sdk.paginators.hints import flagged_more, hints, paging_headers
from sdk.paginators.links import HeaderLinkPaginator, NextLinkPaginator
from sdk.paginators.paginator import Paginator
from sdk.paginators.wording import kind, names, surroundings

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from sdk.messages import EndAnswer, Page, Record, Request

STYLE = "paging_style"

# Parameters that can only be a cursor. `after` is not among them: it is a date as often.
_CURSOR_PARAM = re.compile(r"cursor|page_?token|next_?token|continuation", re.IGNORECASE)


@frozen
class AutoPaginator(Paginator):
    """Find out from the first answer how to go on, and fail rather than take page one for all there is.

    Followed are the `next` link of a Link header, a link in the body under a usual name, and a cursor if the
    request already shows the parameter it belongs in. What was found on page one holds for all pages: a later page
    without it is the last. Where page one shows no way on, it must prove that it is all: a flag that says so, a null
    `next`, a total that equals its records, a Link header without a next page, or no records. A short page, or a
    body that says nothing, proves nothing and is an error.
    """

    def next_request(self, page: Page, records: Sequence[Record]) -> EndAnswer:
        """Return the request that the answer's own paging asks for, or `LAST_PAGE` when that is proven.

        Raises:
            ReadError: The answer does not tell how to go on, or contradicts itself.
        """
        style = page.request.state.get(STYLE) or _detect(page, records)
        if style is None:
            return LAST_PAGE
        answer = _paginator(style).next_request(page, records)
        if answer is not LAST_PAGE:
            return answer.with_state(**{STYLE: style})
        _check_end(style, page, records)
        return LAST_PAGE


def _detect(page: Page, records: Sequence[Record]) -> dict[str, str] | None:
    """Return how to go on from page one, `None` when it is all."""
    found = hints(page, records)
    for hint in found:
        if hint.says in {"header", "link"}:
            return {"follows": hint.says, "path": hint.path}
    said = {hint.says for hint in found}
    cursors = [hint.path for hint in found if hint.says == "cursor"]
    params = _cursor_params(page.request)
    if len(cursors) == 1 and len(params) == 1 and records:
        return {"follows": "cursor", "path": cursors[0], "param": params.pop()}
    if said & {"more", "cursor"} or ("over" not in said and records):
        raise ReadError(_unclear(page, len(records), cursors))
    return None


def _paginator(style: Mapping[str, Any]) -> Paginator:
    match style["follows"]:
        case "header":
            return HeaderLinkPaginator()
        case "link":
            return NextLinkPaginator(style["path"], end=MissingToken())
        case _:
            return CursorPaginator(style["path"], cursor_param=style["param"], end=MissingToken())


def _check_end(style: Mapping[str, Any], page: Page, records: Sequence[Record]) -> None:
    """Raise if the token is gone from *page* in a way that no API ends with."""
    if flagged_more(page):
        raise SelectionError("a flag in the body says that more follows, but the link or cursor to it is gone")
    # `next` may be left out of `links` on the last page; with all of `links` gone, the answer is of another kind.
    around = style["path"].removesuffix(".href").rpartition(".")[0] or "$"
    if records and style["follows"] != "header" and not isinstance(find(around, page.body), dict):
        raise SelectionError(
            f"{style['path']!r}, which led here, is gone with all around it; {surroundings(style['path'], page.body)}"
        )


def _cursor_params(request: Request) -> set[str]:
    pairs = (*parse_qsl(urlsplit(request.url).query, keep_blank_values=True), *request.params)
    return {name for name, _ in pairs if _CURSOR_PARAM.search(name)}


def _unclear(page: Page, received: int, cursors: list[str]) -> str:
    headers = names(paging_headers(page)) or "none"
    if cursors:
        advice = f"declare CursorPaginator({cursors[0]!r}, cursor_param=...)"
    else:
        advice = "declare a paginator, such as PageNumberPaginator(...), or SinglePagePaginator() if this is all"
    return (
        f"cannot tell whether page one with {received} records is all: the body is {kind(page.body)}, "
        f"headers that look like paging: {headers}; {advice}"
    )
