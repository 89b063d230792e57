"""Lists that are longer than the sample of them: no number of pages is the last by itself."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Sequence
from typing import Any, Final
from urllib.parse import urlsplit

from vcr.request import Request as Stored  # type: ignore[import-untyped]

from sdk.instants import parse_instant
from sdk.messages import Record
from sdk.resource import Resource
from sdk.testing.cassette_files import Contents
from sdk.testing.mutations.answers import (
    at,
    body,
    copied,
    field_home,
    header,
    homes,
    leaves,
    put,
    raw_records,
    replaced,
    with_body,
    with_headers,
)
from sdk.testing.mutations.listings import Listing
from sdk.testing.mutations.mutation import Mutation
from sdk.testing.mutations.observed import Observed
from sdk.testing.mutations.playing import Answer, Played, question
from sdk.testing.mutations.tokens import tokens

_FURTHER: Final = 10
_APART: Final = 1_000_000
_COUNT: Final = re.compile(r"(?i)total|count|pages|last_?page")
_HELP: Final = "follow the list until the API says that it ends; no number of pages is an end by itself"


def longer(observed: Observed, listing: Listing) -> Iterator[Mutation]:
    """Yield the list with further pages, each like a page that another follows, with records of its own."""
    longest = _Longer(observed, listing)
    if longest.is_possible:
        yield Mutation(
            name="a list that is longer",
            request=observed.text(listing.pages[longest.last]),
            help=_HELP,
            change=longest.contents,
            observed=observed,
            endless=listing,
            otherwise=longest.further(),
            checks=(longest.stopped,),
        )


class _Longer:
    """A list, and what its further pages are made of."""

    def __init__(self, observed: Observed, listing: Listing) -> None:
        self.observed, self.listing = observed, listing
        self.answers = {position: observed.answer(one) for position, one in enumerate(listing.questions)}
        self.tokens = tokens(listing, self.answers)
        self.last = listing.filled[-1]
        # A page that another follows says so, in whatever way this API does.
        is_followed = listing.is_cut and self.last == len(listing.pages) - 1
        self.model = self.last if is_followed else listing.filled[-2] if len(listing.filled) > 1 else None

    @property
    def is_possible(self) -> bool:
        """Whether pages can be made that follow the last one."""
        if self.model is None or (not self.tokens and self.listing.number is None):
            return False
        return self._page(0) is not None

    def contents(self) -> Contents:
        """Return the recorded pages, the last of which names a next one, and all of which count the further ones."""
        contents = self.observed.account.contents
        asked_for = {asked for one in self.observed.listings for asked in one.questions}
        # What was asked beside the list, to see that it ends there, is answered by the further pages.
        for beside in {question(one) for one in contents.requests if self._is_on_its_path(one)} - asked_for:
            contents = replaced(contents, beside)
        for position, asked in enumerate(self.listing.questions):
            if position > self.last:
                contents = replaced(contents, asked)
                continue
            one = self.answers[position]
            if position == self.last != self.model:
                one = self._led_on(self._filled_up(), 0)
            contents = replaced(contents, asked, self._counting(one, len(self.listing.pages[position].records)))
        return contents

    def further(self) -> Callable[[Stored, int], Answer | None]:
        """Return what answers the further pages; after the last of them nobody can say what comes."""

        def answered(asked: Stored, number: int) -> Answer | None:
            return self._page(number) if self._is_on_its_path(asked) and number < _FURTHER else None

        return answered

    def stopped(self, played: Played) -> str | None:
        """Return that a reading ended well without all further pages."""
        known = {question(one) for one in self.contents().requests}
        came = sum(1 for one in played.served if one.question not in known)
        if played.sample is None or played.sample.failure is not None or came >= _FURTHER:
            return None
        return f"the connector stopped after {came} of {_FURTHER} further pages, and the run was green"

    def _is_on_its_path(self, asked: Stored) -> bool:
        path: str = urlsplit(asked.uri).path
        return path == urlsplit(self.listing.pages[-1].page.request.url).path

    def _page(self, number: int) -> Answer | None:
        """Return a further page, `None` where its records cannot be told from those of the page that it is like."""
        fresh = self._fresh(number)
        made = self._holding(lambda _old: fresh) if fresh else None
        if made is None:
            return None
        return self._led_on(self._counting(made, len(fresh)), number + 1)

    def _filled_up(self) -> Answer:
        """Return the last page as long as the others, naming a next one."""
        position, page = self.last, self.listing.pages[self.last]
        own = raw_records(self.listing.resource, body(self.answers[position]), page.records)
        filled = self._holding(lambda old: [*own, *self._fresh(_FURTHER)[: max(0, len(old) - len(own))]])
        return filled if filled is not None and own else self.answers[position]

    def _fresh(self, number: int) -> list[Record]:
        made = [_renumbered(self.listing.resource, one, number + 1) for one in self._model_records()[1]]
        return [one for one in made if one is not None] if None not in made else []

    def _holding(self, change: Callable[[list[Record]], Sequence[Record]]) -> Answer | None:
        data, records = self._model_records()
        found = homes(data, records)
        if not found or any(one is not found[0] for one in found) or len(found[0]) != len(records):
            return None
        found[0][:] = change(records)
        return with_body(self.answers[self.model or 0], data)

    def _model_records(self) -> tuple[Any, list[Record]]:
        position = self.model or 0
        data = body(self.answers[position])
        return data, raw_records(self.listing.resource, data, self.listing.pages[position].records)

    def _led_on(self, one: Answer, number: int) -> Answer:
        for token in self.tokens:
            one = token.in_answer(one, token.fresh(number))
        return one

    def _counting(self, one: Answer, held: int) -> Answer:
        """Return an answer whose totals count the further pages, too."""
        size = len(self.listing.pages[self.model or 0].records)
        data = body(one)
        rows = [record for home in _lists(data) for record in home]
        for place, value in list(leaves(data, rows)):
            name = str(place[-1]) if place else ""
            if _counts(name, value, held):
                put(data, place, at(data, place) + _added(name, size))
        one = with_body(one, data)
        for name in list(one["headers"]):
            text = header(one, name)
            if text.isdecimal() and _counts(name, int(text), held):
                one = with_headers(one, **{name: str(int(text) + _added(name, size))})
        return one


def _counts(name: str, value: Any, held: int) -> bool:
    """Return whether a number counts what the list holds, and not what the page does."""
    is_count = isinstance(value, int) and not isinstance(value, bool) and _COUNT.search(name) is not None
    return is_count and not ("total" not in name.lower() and value == held)


def _added(name: str, size: int) -> int:
    is_of_pages = "page" in name.lower()
    return (_FURTHER + 2) * (1 if is_of_pages else size)


def _lists(data: Any) -> Iterator[list[Any]]:
    if isinstance(data, list):
        if data and all(isinstance(one, dict) for one in data):
            yield data
    elif isinstance(data, dict):
        for value in data.values():
            yield from _lists(value)


def _renumbered(resource: Resource, record: Record, number: int) -> Record | None:
    """Return a copy of *record* with another key, `None` when no part of the key can be another."""
    made = copied(record)
    for name in resource.primary_key:
        home = field_home(made, name, resource.lift)
        value = home[name] if home is not None else None
        if home is None or isinstance(value, bool) or not isinstance(value, int | str):
            continue
        if isinstance(value, int) or value.isdecimal():
            home[name] = type(value)(int(value) + number * _APART)
            return made
        if parse_instant(value) is None:
            home[name] = f"{value}-{number}"
            return made
    return None
