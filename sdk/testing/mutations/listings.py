"""The lists of a sample: which pages follow one another, and by what number they are addressed."""

from __future__ import annotations

import json
from collections.abc import Iterator, Sequence
from typing import Any, Literal, TypeAlias
from urllib.parse import parse_qsl

from attrs import evolve, frozen
from vcr.request import Request as Stored  # type: ignore[import-untyped]

from sdk.messages import LAST_PAGE, Request
from sdk.resource import Resource
from sdk.testing.mutations.answers import Place, leaves
from sdk.testing.mutations.playing import Question
from sdk.testing.sampling import SampledPage

Spot: TypeAlias = tuple[int, int]
"""A record that was selected: the number of its page among all pages, and its place there."""

FieldName: TypeAlias = tuple[Literal["param", "json"], str | Place]


@frozen
class Number:
    """What addresses the pages of a list by counting: pages, or the records before them."""

    field: FieldName
    of: Literal["pages", "records"]

    def read(self, request: Request | Stored) -> int | None:
        """Return the number in a request."""
        value = fields(request).get(self.field)
        return int(value) if value is not None and value.isdecimal() else None

    def is_beyond(self, asked: Request, end: Request) -> bool:
        """Return whether *asked* is for the same list as *end*, and for no less."""
        ours, theirs = self.read(asked), self.read(end)
        same = asked.identity[:2] == end.identity[:2] and self._others(asked) == self._others(end)
        return same and ours is not None and theirs is not None and ours >= theirs

    def _others(self, request: Request) -> dict[FieldName, str]:
        return {name: value for name, value in fields(request).items() if name != self.field}


@frozen
class Listing:
    """One list, page after page.

    Attributes:
        resource: The resource that was read.
        numbers: The numbers of its pages among all pages of the sample.
        pages: These pages.
        questions: What was asked for each.
        parents: The records that this list belongs to; empty at the top level.
    """

    resource: Resource
    numbers: tuple[int, ...]
    pages: tuple[SampledPage, ...]
    questions: tuple[Question, ...]
    parents: frozenset[Spot] = frozenset()

    @property
    def filled(self) -> tuple[int, ...]:
        """Which of its pages hold records."""
        return tuple(position for position, one in enumerate(self.pages) if one.records)

    @property
    def is_cut(self) -> bool:
        """Whether the sample ended before the list did."""
        return self.pages[-1].cut

    def spots(self, *positions: int) -> frozenset[Spot]:
        """Return the records of some of its pages, of all when none is named."""
        chosen = positions or range(len(self.pages))
        return frozenset(
            (self.numbers[position], place) for position in chosen for place in range(len(self.pages[position].records))
        )

    @property
    def number(self) -> Number | None:
        """What counts from page to page, if something does."""
        for page in self.pages:
            if page.following is not LAST_PAGE and (found := _counted(page, page.following)) is not None:
                return found
        return None


def listings(
    pages: Sequence[SampledPage], questions: Sequence[Question], resources: Sequence[Resource]
) -> list[Listing]:
    """Return the lists that *pages* make up, in the order of their first pages."""
    found: list[Listing] = []
    for number, (page, asked, resource) in enumerate(zip(pages, questions, resources, strict=True)):
        for position, one in enumerate(found):
            following = one.pages[-1].following
            if one.resource.name != page.resource or following is LAST_PAGE:
                continue
            if following.identity == page.page.request.identity:
                grown = (*one.numbers, number), (*one.pages, page), (*one.questions, asked)
                found[position] = Listing(resource, *grown)
                break
        else:
            found.append(Listing(resource, (number,), (page,), (asked,)))
    return found


def fields(request: Request | Stored) -> dict[FieldName, str]:
    """Return what a request asks with: its query parameters and the values of its JSON body, as text."""
    if isinstance(request, Request):
        query, body = request.identity[2], request.json
    else:
        query = parse_qsl(request.parsed_uri.query, keep_blank_values=True)
        body = _json(request.body_bytes)
    found: dict[FieldName, str] = {("param", name): value for name, value in query}
    if body is not None:
        found.update({("json", place): str(value) for place, value in leaves(body)})
    return found


def added(page: SampledPage, following: Request) -> dict[FieldName, str]:
    """Return what the next request asks with that the page's own did not: where a token is sent."""
    before = fields(page.page.request)
    return {name: value for name, value in fields(following).items() if before.get(name) != value}


def with_parents(one: Listing, parents: Iterator[Spot]) -> Listing:
    """Return a list with the records that it belongs to."""
    return evolve(one, parents=frozenset(parents))


def _counted(page: SampledPage, following: Request) -> Number | None:
    before = fields(page.page.request)
    new = added(page, following)
    if len(new) != 1 or page.page.request.identity[:2] != following.identity[:2]:
        return None
    [(name, value)] = new.items()
    # The first page of some lists has no number.
    old = before.get(name, "1" if value == "2" else "0")
    if not (value.isdecimal() and old.isdecimal()) or int(value) <= int(old):
        return None
    step = int(value) - int(old)
    counts_records = step > 1 or "offset" in str(name[1]) or "start" in str(name[1])
    if counts_records and step not in {len(page.records), *_sizes(page)}:
        return None
    return Number(name, "records" if counts_records else "pages")


def _sizes(page: SampledPage) -> Iterator[int]:
    return (int(value) for value in fields(page.page.request).values() if value.isdecimal())


def _json(body: bytes | None) -> Any:
    try:
        return json.loads(body or b"null")
    except ValueError:
        return None


__all__ = ["FieldName", "Listing", "Number", "Spot", "added", "fields", "listings", "with_parents"]
