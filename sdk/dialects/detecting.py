"""Find out how a list is paged from its first answer, as dlt does, and more: what dlt would take for all there is."""

from __future__ import annotations

import logging
from collections.abc import Mapping, Sequence
from typing import Any, Final, TypeAlias

from attrs import evolve, field, frozen
from dlt.sources.helpers.rest_client.detector import find_next_page_path, find_total_pages_path

from sdk.dialects.leniency import FIRST, Raw, digest, repeats_first
from sdk.dialects.offsets import ShownOffsetPaginator, shown_offset
from sdk.dialects.paging import CountingPaginator
from sdk.dialects.reports import Note, Tell
from sdk.dialects.tokens import token_paginator
from sdk.errors import ReadError
from sdk.jsonpath import find
from sdk.messages import LAST_PAGE, EndAnswer, Page, Request
from sdk.paginators.ends import MissingToken
from sdk.paginators.hints import Hint, hints
from sdk.paginators.links import HeaderLinkPaginator, NextLinkPaginator
from sdk.paginators.paginator import Paginator
from sdk.paginators.single_page import SinglePagePaginator

_STYLE: Final = "paging_style"
_CURRENT: Final = ("page", "current_page", "currentPage", "page_number", "pageNumber", "number")

Style: TypeAlias = Mapping[str, Any]


@frozen
class DetectingPaginator(Paginator):
    """Follow what the first answer shows; where it shows nothing, take it for all there is, and say so.

    The order is dlt's: a Link header, a link in the body, a number of pages, a token. Then an offset, where the answer
    repeats it. An answer that shows that more follows and not how to get it is an error, where dlt would stop.

    Attributes:
        where: Where the document could name a paginator.
        raw: Finds the records of a page, repeated ones too.
        tell: Takes a note.
    """

    where: str
    raw: Raw = field(eq=False, repr=False)
    tell: Tell = field(eq=False, repr=False)

    def next_request(self, page: Page, records: Sequence[Any]) -> EndAnswer:
        """Return the request that the answer's own paging asks for, or `LAST_PAGE`.

        Raises:
            ReadError: The answer says that more follows and not how to get it.
        """
        style = page.request.state.get(_STYLE) or self._style(page, records)
        if style["follows"] == "pages" and FIRST in page.request.state and repeats_first(page, self.raw(page)):
            # dlt would take it for the second page, and miss the last one.
            style = {**style, "start": 1}
            two = page.request.with_params({"page": "2"}).with_state(**{_STYLE: style})
            return two if style["total"] > 1 else LAST_PAGE
        answer = _paginator(style).next_request(page, records)
        if answer is LAST_PAGE:
            return answer
        unsure = style["follows"] == "pages" and _STYLE not in page.request.state and not style["said"]
        first = {FIRST: digest(self.raw(page))} if unsure else {}
        return answer.with_state(**{_STYLE: style, **first})

    def remaining_requests(self, page: Page, records: Sequence[Any]) -> Sequence[Request] | None:
        """Return the further pages, where the first answer numbers them."""
        try:
            style = page.request.state.get(_STYLE) or _detect(page, records)
        except ReadError:
            return None
        return _paginator(style).remaining_requests(page, records) if style.get("said", True) else None

    def _style(self, page: Page, records: Sequence[Any]) -> Style:
        style = _detect(page, records)
        if style["follows"] == "cursor":
            taken = f"the token at {style['path']!r} is sent as the parameter {style['param']!r}"
            self._say(
                logging.WARNING, "no paginator is declared", taken, "that is dlt's guess; declare a cursor paginator"
            )
        elif style["follows"] == "offset":
            taken = f"records are counted on in the parameter {style['param']!r}, which the answer repeats"
            self._say(logging.WARNING, "no paginator is declared", taken, "declare an offset paginator")
        elif style["follows"] == "pages":
            self._say(logging.WARNING, "no paginator is declared", f"pages are counted up to {style['path']!r}")
        elif style["follows"] == "none" and isinstance(page.body, list | dict) and not _is_proven(page, records):
            taken = "one page was taken for all there is"
            self._say(
                logging.WARNING,
                "no paginator is declared, and the answer shows none",
                taken,
                "declare one, or single_page",
            )
        return style

    def _say(self, level: int, found: str, taken: str, why: str = "") -> None:
        self.tell(Note(self.where, "guessed", found, taken, why), level)


def _is_proven(page: Page, records: Sequence[Any]) -> bool:
    """Return whether *page* shows that it is all: one object, or a list by its own word."""
    return not _is_list(page, records) or any(one.says == "over" for one in hints(page, records))


def _is_list(page: Page, records: Sequence[Any]) -> bool:
    """Return whether the answer holds a list of records, and not one object."""
    alone = len(records) == 1 and records[0] is page.body
    return bool(records) and not alone


def _detect(page: Page, records: Sequence[Any]) -> Style:
    said = hints(page, records)
    if any(one.says == "header" for one in said):
        return {"follows": "header"}
    if (link := _link(page)) is not None:
        return {"follows": "link", "path": link}
    if isinstance(page.body, Mapping) and (pages := _pages(page)) is not None:
        return pages
    if _is_list(page, records) and (token := _token(page)) is not None:
        return token
    link = next((one.path for one in said if one.says == "link"), None)
    if link is not None:
        return {"follows": "link", "path": link}
    return _further(page, records, said) if _is_list(page, records) else {"follows": "none"}


def _token(page: Page) -> Style | None:
    steps, token = find_next_page_path(page.body) if isinstance(page.body, dict) else (None, None)
    if not steps:
        return None
    # An API that names the next page by its number takes it as one; all else is sent as dlt sends it.
    is_page = isinstance(token, int) and steps[-1].lower().replace("_", "") == "nextpage"
    return {"follows": "cursor", "path": _joined(steps), "param": "page" if is_page else "cursor"}


def _further(page: Page, records: Sequence[Any], said: Sequence[Hint]) -> Style:
    """Return how to go on from a list that shows neither link nor token nor number of pages.

    Raises:
        ReadError: It says that more follows, and not how to get it.
    """
    signs = sorted({repr(one.path or "a header") for one in said if one.says in {"more", "cursor"}})
    if not signs:
        return {"follows": "none"}
    offset = shown_offset(page.body) if any(one.says == "more" for one in said) else None
    if offset is None:
        raise ReadError(
            f"page one with {len(records)} records is not all, by {', '.join(signs)}, and how to get the rest is not "
            "declared; give the endpoint a paginator, or single_page if this is all that is wanted"
        )
    return {"follows": "offset", **offset}


def _link(page: Page) -> str | None:
    steps, value = find_next_page_path(page.body) if isinstance(page.body, dict) else (None, None)
    is_link = isinstance(value, str) and value.startswith(("http", "/"))
    return _joined(steps) if steps and is_link else None


def _pages(page: Page) -> Style | None:
    steps, value = find_total_pages_path(page.body)
    if not steps:
        return None
    try:
        total = int(value)
    except (TypeError, ValueError):
        return None
    around = _joined(steps[:-1])
    first = next(
        (one for name in _CURRENT if isinstance(one := find(f"{around}.{name}" if around else name, page.body), int)),
        None,
    )
    # Without a word about it, dlt counts from 0; an API that says which page this is knows better.
    start = int(first) if first is not None and not isinstance(first, bool) else 0
    return {"follows": "pages", "path": _joined(steps), "start": start, "total": total, "said": first is not None}


def _joined(steps: Sequence[str]) -> str:
    return ".".join(step if step.isidentifier() else f"['{step}']" for step in steps).replace(".[", "[")


def _paginator(style: Style) -> Paginator:
    match style["follows"]:
        case "header":
            return HeaderLinkPaginator()
        case "link":
            return NextLinkPaginator(style["path"], end=MissingToken())
        case "cursor":
            return token_paginator(style["path"], param=style["param"], body_path=None)
        case "offset":
            return ShownOffsetPaginator(style["path"], style["param"])
        case "pages":
            return _CountedPages(
                param="page", start=style["start"], base=style["start"], total_path=style["path"], total_needed=False
            )
        case _:
            return SinglePagePaginator()


@frozen(kw_only=True)
class _CountedPages(CountingPaginator):
    """Count on from a first page that was asked for without a number."""

    def next_request(self, page: Page, records: Sequence[Any]) -> EndAnswer:
        """Return the request for the next page, or `LAST_PAGE`."""
        return super().next_request(self._known(page), records)

    def remaining_requests(self, page: Page, records: Sequence[Any]) -> Sequence[Request] | None:
        """Return the requests for the further pages."""
        return super().remaining_requests(self._known(page), records)

    def _known(self, page: Page) -> Page:
        if page.request.param(self.param or "") is not None:
            return page
        return evolve(
            page, request=evolve(page.request, params=(*page.request.params, (self.param or "", str(self.start))))
        )
