"""Find the records of a page as dlt does, and refuse where dlt would take a missing list for an empty one."""

from __future__ import annotations

import logging
from collections.abc import Callable, Mapping, Sequence
from typing import Any, Final

from attrs import field, frozen
from dlt.common import jsonpath
from dlt.sources.helpers.rest_client.detector import find_response_page_data

from sdk.dialects.leniency import repeats_first
from sdk.dialects.paging import MORE
from sdk.dialects.reports import Note
from sdk.dialects.wrapping import WrappingPaginator
from sdk.errors import SelectionError
from sdk.hookspecs import hookimpl
from sdk.jsonpath import MISSING, find
from sdk.messages import LAST_PAGE, EndAnswer, Page
from sdk.paginators.page_number import LARGEST
from sdk.resource import Resource
from sdk.selectors import describe

# Under which a request remembers where page one had its records.
DETECTED: Final = "data_selector"

# Lists that answers hold beside the records.
_NO_RECORDS: Final = frozenset({"error", "errors", "warnings", "messages", "links", "included", "facets"})

_COUNTS: Final = frozenset({"count", "total", "total_count", "totalcount", "total_results", "totalresults", "size"})


def selected(selector: str, body: Any, *, more: bool = False) -> list[Any]:
    """Return what *selector* finds in *body*, as dlt does: one match stands for itself, an object is a list of one.

    Args:
        selector: The selector.
        body: The body.
        more: By the page before there are records left, so that an empty body is not the end.

    Raises:
        SelectionError: Nothing is there, and the body does not say that there is nothing.
    """
    found = jsonpath.find_values(selector, body)
    if not found and find(selector, body) is MISSING and (not _says_none(body) or (more and not body)):
        raise SelectionError(f"data_selector {selector!r} not found in the body; {describe(body)}")
    data = found[0] if len(found) == 1 else found
    if data is None:
        return []
    return data if isinstance(data, list) else [data]


def detected(page: Page) -> tuple[str, ...]:
    """Return the steps to the records of *page*, empty for the body itself: those of page one for all that follow."""
    known = page.request.state.get(DETECTED)
    if known is not None:
        return tuple(known)
    steps, _ = find_response_page_data(page.body)
    return () if steps == ("$",) else tuple(steps)


def followed(steps: Sequence[str], body: Any) -> list[Any]:
    """Return the records at *steps* of *body*.

    Raises:
        SelectionError: A later page has nothing there.
    """
    value = body
    for step in steps:
        if not isinstance(value, Mapping) or step not in value:
            if _says_none(body):
                return []
            path = ".".join(steps)
            raise SelectionError(
                f"page one had its records at {path!r}, and this one has nothing there; {describe(body)}"
            )
        value = value[step]
    if value is None:
        return []
    return value if isinstance(value, list) else [value]


@frozen
class RememberingPaginator(WrappingPaginator):
    """Take along, from page to page, where the first page had its records.

    Attributes:
        inner: Says which page comes next.
    """

    def next_request(self, page: Page, records: Sequence[Any]) -> EndAnswer:
        """Return the next request of *inner*, which knows where the records are."""
        answer = self.inner.next_request(page, records)
        return answer if answer is LAST_PAGE else answer.with_state(**{DETECTED: list(detected(page))})


@frozen
class Selecting:
    """The hook that finds records as dlt does.

    Attributes:
        selectors: The declared selector of each resource, `None` where the first page is to show it.
        lenient: Where nothing is at the selector, records are looked for elsewhere, and that is told.
        keys: The primary key of each resource, where it is one field.
        places: Where the document could say it better, for each resource.
        tell: Takes a note.
        proven: The resources whose selector found records.
        strict: The document was written for dlt: neither the only list of a body is taken for the records nor a body
            that is an empty list, and an empty body is no page that follows another.
    """

    selectors: dict[str, str | None]
    lenient: bool
    keys: dict[str, str]
    places: dict[str, str]
    tell: Callable[[Note, int], None]
    proven: set[str] = field(factory=set)
    strict: bool = False

    @hookimpl
    def sdk_select_records(self, resource: Resource, page: Page) -> list[Any]:
        """Return the records of *page*, none where it is the first page over again."""
        found = self.raw(resource.name, page)
        return [] if repeats_first(page, found) else list(found)

    def raw(self, name: str, page: Page) -> list[Any]:
        """Return the records of *page*, whatever came before.

        Raises:
            SelectionError: There are none, and the body does not say so.
        """
        selector = self.selectors[name]
        if selector is None:
            return followed(detected(page), page.body)
        try:
            state = page.request.state
            more = bool(state.get(MORE)) or (self.strict and LARGEST in state)
            found = selected(selector, page.body, more=more)
        except SelectionError:
            # Where it was found before, it is the answer that is wrong and not the dictionary.
            instead = self._instead(name, page.body) if self.lenient and name not in self.proven else None
            if instead is None:
                raise
            where, found = instead
            note = Note(self.places[name], "guessed", f"nothing at {selector!r}", f"{where} was taken for the records")
            self.tell(note, logging.WARNING)
            return found
        if found:
            self.proven.add(name)
        return found

    def _instead(self, name: str, body: Any) -> tuple[str, list[Any]] | None:
        # For dlt the document was right: an empty list in the place of its body is an answer gone wrong.
        if isinstance(body, list) and (body or not self.strict) and all(isinstance(one, dict) for one in body):
            return "the body, which is a list,", body
        if not isinstance(body, dict):
            return None
        if self.keys.get(name) in body:
            return f"the body, which has the key {self.keys[name]!r},", [body]
        if self.strict:
            return None
        lists = [
            key
            for key, one in body.items()
            if isinstance(one, list) and one and all(isinstance(row, dict) for row in one)
        ]
        lists = [key for key in lists if key.lower() not in _NO_RECORDS]
        return (f"the only list, {lists[0]!r},", body[lists[0]]) if len(lists) == 1 else None


def _says_none(body: Any) -> bool:
    """Return whether *body* is an empty object, or counts nothing."""
    if not isinstance(body, Mapping):
        return False
    counts = [value for key, value in body.items() if str(key).lower() in _COUNTS and not isinstance(value, bool)]
    return not body or (bool(counts) and all(count == 0 for count in counts))


__all__ = ["DETECTED", "RememberingPaginator", "Selecting", "detected", "followed", "selected"]
