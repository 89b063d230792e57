"""Tokens whose place or parameter a dictionary says wrongly or in part: looked for in the answers, and told."""

from __future__ import annotations

import logging
import re
from collections.abc import Iterator, Mapping, Sequence
from typing import Any, Final
from urllib.parse import urlsplit

from attrs import evolve, field, frozen

from sdk.dialects.leniency import FIRST, Raw, digest, repeats_first
from sdk.dialects.reports import Note, Tell
from sdk.dialects.tokens import TokenPaginator, progress, seen_after
from sdk.dialects.wrapping import WrappingPaginator
from sdk.errors import ReadError
from sdk.jsonpath import MISSING, find
from sdk.messages import LAST_PAGE, EndAnswer, Page, Request
from sdk.paginators.hints import hints
from sdk.paginators.links import take_query, take_url

_TRIED: Final = "token_param"
_PLACE: Final = "token_place"

# How many objects may stand around one in which a path ends as the declared one does.
_AROUND: Final = 2

_LINK: Final = re.compile(r"https?://\S+|/?[^\s?]*\?[^\s=?]+=\S*", re.IGNORECASE)


@frozen
class SearchingPaginator(WrappingPaginator):
    """Send back a token whose place is declared wrongly or in part: found where its path ends alike, link or token.

    The first page shows the place, and the others keep to it.

    Attributes:
        inner: The paginator as declared.
        params: The parameters that the token may be meant for, where the document does not say where it stands; one
            that changes nothing is followed by the next.
        raw: Finds the records of a page, repeated ones too.
        where: Where the document could say it better.
        tell: Takes a note.
    """

    inner: TokenPaginator
    params: tuple[str, ...]
    raw: Raw = field(eq=False, repr=False)
    where: str = field(eq=False)
    tell: Tell = field(eq=False, repr=False)

    def next_request(self, page: Page, records: Sequence[Any]) -> EndAnswer:
        """Return the request with what was found, or `LAST_PAGE`.

        Raises:
            ReadError: The answer says that more follows and not how to get it, or no parameter gets it.
        """
        known = page.request.state.get(_PLACE)
        path = known or self._place(page, records)
        value = find(path, page.body)
        is_link = isinstance(value, str) and _LINK.fullmatch(value.strip()) is not None
        if known is None:
            self._say_place(path, is_link=is_link)
        if is_link:
            # What came by links counts where a total tells whether the page without one is the last.
            counted = progress(page, records, seen_after(page, records, None), path)
            return _followed(value, page, f"the link at {path!r}").with_state(**counted, **{_PLACE: path})
        # A full page is held to the place that was declared, and not to one that was found.
        endings = self.inner.endings if path == self.inner.cursor_path else None
        inner = evolve(self.inner, cursor_path=path, endings=endings)
        answer = self._tried(inner, page, records) if self.params else inner.next_request(page, records)
        return answer if answer is LAST_PAGE else answer.with_state(**{_PLACE: path})

    def _place(self, page: Page, records: Sequence[Any]) -> str:
        """Return where the first page has the token."""
        declared = self.inner.cursor_path
        said = hints(page, records)
        links = [one.path for one in said if one.says == "link"]
        # Where the document names a place, a token elsewhere may be another one, such as the page's own.
        tokens = [one.path for one in said if one.says == "cursor"] if self.params else []
        if find(declared, page.body):
            return declared
        for path in (*links, *_paths(declared, page.body), *tokens):
            value = find(path, page.body)
            if value and isinstance(value, str | int) and value is not True:
                return path
        signs = ", ".join(sorted({repr(one.path or "a header") for one in said if one.says == "more"}))
        if self.params and records and signs:
            raise ReadError(
                f"page one with {len(records)} records is not all, by {signs}, and no token stands at {declared!r}; "
                "declare cursor_path, or another paginator"
            )
        return declared

    def _say_place(self, path: str, *, is_link: bool) -> None:
        declared = self.inner.cursor_path
        found = f"a link at {declared!r}" if path == declared else f"nothing at {declared!r}"
        if is_link:
            self._say(found, f"the link at {path!r} was followed", "declare json_link")
        elif path != declared:
            self._say(found, f"what stands at {path!r} was sent", "declare cursor_path")

    def _tried(self, inner: TokenPaginator, page: Page, records: Sequence[Any]) -> EndAnswer:
        """Return the request with the token under the first parameter that the API does not ignore."""
        found = self.raw(page)
        number = int(page.request.state.get(_TRIED, 0))
        if repeats_first(page, found):
            if number + 1 == len(self.params):
                names = ", ".join(map(repr, self.params))
                raise ReadError(
                    f"the token at {inner.cursor_path!r} brings the first page again, whatever it is sent as: {names}; "
                    "declare cursor_param"
                )
            self._say(f"{self.params[number]!r} brought the first page again", f"{self.params[number + 1]!r} was tried")
            number += 1
        # Without those that were tried before.
        kept = [pair for pair in page.request.params if pair[0] not in self.params]
        asked = evolve(page, request=evolve(page.request, params=kept))
        answer = evolve(inner, cursor_param=self.params[number]).next_request(asked, records)
        # The token that was sent, come again with no records, is the end.
        if answer is LAST_PAGE or (not found and answer.identity == page.request.identity):
            return LAST_PAGE
        return answer.with_state(**{_TRIED: number, FIRST: page.request.state.get(FIRST) or digest(found)})

    def _say(self, found: str, taken: str, why: str = "") -> None:
        self.tell(Note(self.where, "guessed", found, taken, why), logging.WARNING)


def _followed(link: str, page: Page, place: str) -> Request:
    """Return the request for *link*: on our host where it leads to the same path, whatever host it names."""
    if urlsplit(link).path in {"", urlsplit(page.url).path}:
        return take_query(link, page, place)
    return take_url(link, page, place)


def _paths(declared: str, body: Any) -> Iterator[str]:
    """Yield the paths in *body* that end as *declared* does, the longest ends and the shortest ways first."""
    steps = declared.split(".")
    for begin in range(len(steps)):
        end = ".".join(steps[begin:])
        for around, inside in _objects(body, _AROUND):
            path = f"{around}.{end}" if around else end
            if path != declared and find(end, inside) is not MISSING:
                yield path


def _objects(body: Any, depth: int, around: str = "") -> Iterator[tuple[str, Mapping[str, Any]]]:
    """Yield *body* and the objects in it, each with its path, outer ones first."""
    if not isinstance(body, Mapping):
        return
    yield around, body
    for key, inside in body.items() if depth else ():
        if str(key).isidentifier():
            yield from _objects(inside, depth - 1, f"{around}.{key}" if around else str(key))
