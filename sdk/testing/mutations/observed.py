"""What a recording shows when it is played as it is: its lists, page by page, and what came of each record.

The truth of a mutation is told from this: what was recorded, less what the mutation took away. How a connector reads
the mutated answers has no part in it.
"""

from __future__ import annotations

import json
from collections.abc import Generator, Iterator, Mapping, Sequence
from copy import deepcopy
from typing import Any, Final, TypeAlias

from attrs import define, field, frozen
from vcr.request import Request as Stored  # type: ignore[import-untyped]

from sdk.connector import Connector
from sdk.errors import ReadError
from sdk.hookspecs import hookimpl
from sdk.jsonpath import MISSING, find
from sdk.messages import LAST_PAGE, EndAnswer, Page, Record, Request
from sdk.opening import open_connector
from sdk.reader import Reader
from sdk.resource import Resource
from sdk.testing.cassette_files import CassetteError, Contents
from sdk.testing.mutations.listings import Listing, Number, Spot, listings, with_parents
from sdk.testing.mutations.playing import Account, Answer, Otherwise, Played, Question, play, question
from sdk.testing.recordings import Recording
from sdk.testing.sampling import Sample, SampledPage
from sdk.testing.undisturbed import without_surroundings

Named: TypeAlias = tuple[str, str, tuple[str, ...]]
"""A child resource, its parent's resource, and what of a parent's record stands in the child's places."""

Key: TypeAlias = tuple[str, ...]

_PAGES: Final = range(200, 300)


@frozen
class Observed:
    """What a recording shows.

    Attributes:
        account: Where it is read from.
        connector: The declaration, settings filled in.
        listings: The lists that were read, page after page.
        handed: The record that each selected record was handed on as; what a filter dropped is not there.
        sample: All of the reading.
        followed: The parents whose children were read.
    """

    account: Account
    connector: Connector
    listings: tuple[Listing, ...]
    handed: Mapping[Spot, Record]
    sample: Sample
    followed: frozenset[Named]

    @property
    def resource(self) -> Resource:
        """The resource that was recorded."""
        return self.connector.resource(self.account.resource)

    def answer(self, asked: Question) -> Answer:
        """Return the first page that was recorded for a question; it may have been refused before."""
        contents = self.account.contents
        pairs = zip(contents.requests, contents.responses, strict=True)
        answers = [response for request, response in pairs if question(request) == asked]
        return next((one for one in answers if one["status"]["code"] in _PAGES), answers[0])

    def asked(self, wanted: Question) -> list[Stored]:
        """Return the recorded requests that ask a question."""
        return [one for one in self.account.contents.requests if question(one) == wanted]

    def text(self, page: SampledPage) -> str:
        """Return what was asked for a page: method, path below the base URL and query."""
        return str(page.page.request).replace(self.account.opened[0][0].base_url, "", 1)

    def key(self, record: Record) -> Key:
        """Return a record's key as text, the same whether it came as number or as text."""
        return tuple(str(record.get(name)) for name in self.resource.key)

    def children(self, gone: frozenset[Spot]) -> list[Listing]:
        """Return the lists that are gone with some records, down to the last generation."""
        lost: list[Listing] = []
        while new := [one for one in self.listings if one not in lost and one.parents and one.parents <= gone]:
            lost.extend(new)
            gone = gone.union(*(one.spots() for one in new))
        return lost

    def truth(self, gone: frozenset[Spot]) -> dict[Spot, Record]:
        """Return what must be handed on when the API does not hold some records."""
        lost = gone.union(*(one.spots() for one in self.children(gone)))
        return {spot: record for spot, record in self.handed.items() if spot not in lost}

    def play(
        self,
        contents: Contents,
        *,
        otherwise: Otherwise | None = None,
        endless: Listing | None = None,
        run: int = 0,
        state: Mapping[str, Any] | None = None,
    ) -> Played:
        """Read the resource from an API that answers *contents*, as far as what was recorded goes."""
        cuts = [one for one in self.listings if one.is_cut and one is not endless]
        edges = _Edges(self.followed, tuple(cuts))
        return play(self.account, contents, plugins=[edges], otherwise=otherwise, run=run, state=state)


def observe(recording: Recording, plugins: Sequence[object] = ()) -> Observed:
    """Play a recording twice as it is, and return what it shows.

    Raises:
        CassetteError: It does not give what was recorded.
    """
    account = Account(recording.connector, recording.resource, recording.contents, tuple(plugins))
    notes = _Notes()
    access, opening = account.opened[0]
    first = play(account, account.contents, plugins=[notes], noting=notes.served, size=opening.size)
    found = _clean(first, recording)
    with without_surroundings():
        opened = open_connector(account.connector, access.keywords, extra_plugins=account.around())
    reader = opened.reader()
    try:
        observed = _observed(account, reader, found, notes)
    finally:
        reader.client.close()
    _clean(observed.play(account.contents), recording)
    return observed


def _clean(played: Played, recording: Recording) -> Sample:
    found = played.sample
    if found is None or found.failure is not None or _sorted(found.records) != _sorted(recording.first.records):
        problem = played.crash or (found.failure if found is not None else None) or "other records came"
        raise CassetteError(
            f"{recording.connector}.{recording.resource}: the recording does not play the same twice ({problem}), so "
            "nothing can be told from mutations of it; a hook, map or filter keeps state between calls: let each go by "
            "its arguments alone"
        )
    return found


def _sorted(records: Sequence[Record]) -> list[str]:
    """Return *records* in an order of their own: which of two parents names a child first is of no account."""
    return sorted(json.dumps(one, sort_keys=True, default=str) for one in records)


def _observed(account: Account, reader: Reader, found: Sample, notes: _Notes) -> Observed:
    connector = reader.connector
    questions = [notes.questions[one.page.request.identity] for one in found.pages]
    resources = [connector.resource(one.resource) for one in found.pages]
    lists = listings(found.pages, questions, resources)
    followed: set[Named] = set()
    grown = []
    for one in lists:
        parents = [parent for parent in notes.parents if _leads(reader, parent, one)]
        followed.update(parent.named for parent in parents)
        spots = (spot for parent in parents for spot in _spots(connector, found, parent))
        grown.append(with_parents(one, spots))
    handed = dict(_handed(connector, found))
    return Observed(account, connector, tuple(grown), handed, found, frozenset(followed))


@frozen
class _Parent:
    """A parent's record, as it was handed on to a child."""

    child: Resource
    resource: Resource
    record: Record

    @property
    def named(self) -> Named:
        return _named(self.child, self.resource, self.record)


@define
class _Notes:
    """A plugin that notes what was asked for each page, and which records became parents."""

    served: list[Question] = field(factory=list)
    questions: dict[Any, Question] = field(factory=dict)
    parents: list[_Parent] = field(factory=list)

    @hookimpl(wrapper=True)
    def sdk_select_records(self, page: Page) -> Generator[None, list[Record], list[Record]]:
        """Note the request that was answered last, which may be where another was redirected to."""
        self.questions[page.request.identity] = self.served[-1]
        return (yield)

    @hookimpl(wrapper=True)
    def sdk_expand_path(
        self, resource: Resource, parent_resource: Resource, parent: Record
    ) -> Generator[None, list[str], list[str]]:
        """Note who asks for its children."""
        self.parents.append(_Parent(resource, parent_resource, deepcopy(parent)))
        return (yield)


@frozen
class _Edges:
    """A plugin that ends a reading where the recording ends: at lists that were cut, and at parents not followed."""

    followed: frozenset[Named]
    cuts: tuple[Listing, ...]

    @hookimpl(wrapper=True)
    def sdk_paginate(self, resource: Resource) -> Generator[None, EndAnswer, EndAnswer]:
        """Go on unless nobody recorded what follows."""
        following = yield
        if following is LAST_PAGE or any(_is_edge(one, resource, following) for one in self.cuts):
            return LAST_PAGE
        return following

    @hookimpl(wrapper=True)
    def sdk_expand_path(
        self, resource: Resource, parent_resource: Resource, parent: Record
    ) -> Generator[None, list[str], list[str]]:
        """Follow those who were followed, and those whose key is gone."""
        paths = yield
        named = _named(resource, parent_resource, parent)
        is_known = named in self.followed or "None" in named[2]
        return paths if is_known else []


def _is_edge(cut: Listing, resource: Resource, following: Request) -> bool:
    end = cut.pages[-1].following
    if cut.resource.name != resource.name or end is LAST_PAGE:
        return False
    number: Number | None = cut.number
    return following.identity == end.identity or (number is not None and number.is_beyond(following, end))


def _named(child: Resource, resource: Resource, record: Record) -> Named:
    found = [find(one.field, record) for one in child.references if one.resource == resource.name]
    return child.name, resource.name, tuple(str(None if one is MISSING else one) for one in found)


def _leads(reader: Reader, parent: _Parent, one: Listing) -> bool:
    """Return whether a list belongs to a parent's record."""
    if parent.child.name != one.resource.name:
        return False
    asked = one.pages[0].page.request
    try:
        partitions = list(reader.partitioner.partitions(parent.child, parent.resource, parent.record))
    except ReadError:
        return False
    return any(
        part.request.identity[:2] == asked.identity[:2] and set(part.request.identity[2]) <= set(asked.identity[2])
        for part in partitions
    )


def _spots(connector: Connector, found: Sample, parent: _Parent) -> Iterator[Spot]:
    for number, page in enumerate(found.pages):
        resource = connector.resource(page.resource)
        if resource.table == parent.resource.table:
            for place, record in enumerate(page.records):
                if any(_is_within(one, parent.record) for one in _finished(resource, record)):
                    yield number, place


def _handed(connector: Connector, found: Sample) -> Iterator[tuple[Spot, Record]]:
    """Yield what each selected record was handed on as: the records come in the order of the pages."""
    left = list(found.records)
    for number, page in enumerate(found.pages):
        resource = connector.resource(page.resource)
        if resource.table != found.resource:
            continue
        for place, record in enumerate(page.records):
            if left and any(_is_within(one, left[0]) for one in _finished(resource, record)):
                yield (number, place), left.pop(0)


def _finished(resource: Resource, record: Record) -> Iterator[Record]:
    """Yield what a record may have become; a map may have changed the very record that was selected."""
    yield record
    if resource.map is not None:
        yield resource.map(deepcopy(record))


def _is_within(record: Record, whole: Record) -> bool:
    return all(name in whole and whole[name] == value for name, value in record.items())
