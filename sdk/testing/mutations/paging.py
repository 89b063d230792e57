"""Lists that do not go on as lists should: tokens that lead back, pages that are short, and ends that never come."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from functools import partial
from typing import Any, Final
from urllib.parse import urlsplit

from vcr.request import Request as Stored  # type: ignore[import-untyped]

from sdk.messages import LAST_PAGE, Page
from sdk.paginators import HeaderCursorPaginator, HeaderLinkPaginator
from sdk.paginators.hints import hints
from sdk.testing.cassette_files import Contents
from sdk.testing.mutations.answers import (
    body,
    changed,
    copied,
    homes,
    raw_records,
    rename,
    replaced,
    take_out,
    with_body,
    with_headers,
)
from sdk.testing.mutations.listings import Listing, Number
from sdk.testing.mutations.mutation import Mutation
from sdk.testing.mutations.observed import Observed
from sdk.testing.mutations.playing import Answer
from sdk.testing.mutations.tokens import Token, tokens

_LEADS_BACK: Final = "let a paginator of core follow the token: it refuses a request that was asked before"
_NOT_SHORT: Final = "declare an end rule that does not trust short pages (EmptyPage, HasMore, Total)"
_NOT_EMPTY: Final = "declare an end rule that goes by what the page itself says of the next (HasMore, Total, NullToken)"
_ABSENT: Final = (
    "declare an end rule for which an absent token is an error (NullToken, MissingToken(within=...)), "
    "or HasMore or Total"
)
_ABSENT_LINK: Final = (
    "declare page_param={param} and limit=..., so that a full page without a link is followed; where the API has no "
    "page numbers, an end rule that goes by the body (HasMore)"
)
_ABSENT_HEADER: Final = (
    "declare an end rule that goes by the body (HasMore), or NullToken where the last page sends the header empty"
)
_PAIR: Final = 2


def paging(observed: Observed, listing: Listing) -> Iterator[Mutation]:
    """Yield what may happen to the paging of a list."""
    one = _Pages(observed, listing)
    yield from one.leading_back()
    yield from one.for_ever()
    yield from one.thinned()
    yield from one.without_token()


class _Pages:
    """The pages of one list, to be mutated."""

    def __init__(self, observed: Observed, listing: Listing) -> None:
        self.observed = observed
        self.listing = listing
        self.contents = observed.account.contents
        self.answers = {position: observed.answer(one) for position, one in enumerate(listing.questions)}
        self.tokens: tuple[Token, ...] = tokens(listing, self.answers)
        self.filled = listing.filled

    def leading_back(self) -> Iterator[Mutation]:
        """Yield tokens that lead to a page that was asked before."""
        if not self.tokens or len(self.filled) < _PAIR:
            return
        first, second = self.filled[:_PAIR]
        # The page says of the next what the page before it said: that it is this one.
        again = self._like(first, second)
        if again is not None:
            yield self._mutation(
                "a token that repeats",
                second,
                lambda: self._with(second, again),
                help=_LEADS_BACK,
                endless=self.listing,
            )
        last = self.filled[-1]
        if len(self.filled) > _PAIR:
            back = self._like(first, last)
            if back is not None:
                yield self._mutation(
                    "tokens in a cycle", last, lambda: self._with(last, back), help=_LEADS_BACK, endless=self.listing
                )
        else:
            fresh = self._led_on(self.answers[second], 1)
            yield self._mutation(
                "tokens in a cycle",
                second,
                lambda: self._with(second, fresh),
                help=_LEADS_BACK,
                endless=self.listing,
                otherwise=self._on_its_path(lambda _asked, _number: self.answers[first]),
            )

    def for_ever(self) -> Iterator[Mutation]:
        """Yield a last page that comes again for every further request, and numbers that are ignored."""
        if not self.filled:
            return
        number = self.listing.number
        last = self.filled[-1]
        if self.tokens or number is not None:
            # What the page before says, so that flags and totals speak of more, too.
            full = self._like(self.filled[-2], last) if len(self.filled) > 1 else None
            full = full if full is not None else self.answers[last]

            def again(_asked: Stored, count: int) -> Answer:
                return self._led_on(full, count + 1)

            yield self._mutation(
                "the last page for ever",
                last,
                lambda: self._with(last, self._led_on(full, 0), without=range(last + 1, len(self.listing.pages))),
                help="let a paginator of core ask: it ends when the same records come again and again",
                endless=self.listing,
                otherwise=self._on_its_path(again),
            )
        if number is not None and not self.tokens and len(self.filled) > 1:
            first = self.filled[0]
            rest = [position for position in range(len(self.listing.pages)) if position != first]
            yield self._mutation(
                "a page number that is ignored",
                rest[0],
                lambda: self._with(first, self.answers[first], without=rest),
                help="let a paginator of core count: it ends when the same records come again and again",
                endless=self.listing,
                gone=self.listing.spots(*rest),
                otherwise=self._on_its_path(lambda _asked, _count: self.answers[first]),
            )

    def thinned(self) -> Iterator[Mutation]:
        """Yield a page in the middle that is short, and one that is empty."""
        if len(self.filled) < _PAIR:
            return
        middle = self.filled[1] if len(self.filled) > _PAIR else self.filled[0]
        page = self.listing.pages[middle]
        held = len(page.records)
        # The last record stays: some lists go on from it.
        if held > 1:
            yield from self._without("a short page in the middle", middle, range(max(1, held // 3)), _NOT_SHORT)
        emptied = self._less(middle, range(held))
        if emptied is not None and self._says_more(middle, emptied):
            yield from self._without("an empty page in the middle", middle, range(held), _NOT_EMPTY)

    def without_token(self) -> Iterator[Mutation]:
        """Yield a token whose key was renamed, or is not there, on a page that others follow."""
        positions = [at for at in self.filled[:-1] if self.listing.pages[at].following is not LAST_PAGE]
        if not self.tokens or not positions:
            return
        middle = positions[-1]
        for name, suffix in (("a token's key renamed", "_v2"), ("a token that is not there", None)):
            mutated = self.answers[middle]
            for token in self.tokens:
                mutated = _without_key(mutated, token, suffix)
            yield self._mutation(name, middle, partial(self._with, middle, mutated), help=self._absent())

    def _absent(self) -> str:
        """Return what would do where the token stays away: a header's absence can be no error, as it is the end."""
        followed = self.observed.connector.paginator_of(self.listing.resource)
        places = {one.where if isinstance(one.where, str) else "" for one in self.tokens}
        if isinstance(followed, HeaderLinkPaginator) or places == {"link"}:
            number = self.listing.number
            known = number is not None and number.of == "pages" and isinstance(number.field[1], str)
            return _ABSENT_LINK.format(param=f'"{number.field[1]}"' if number is not None and known else "...")
        return _ABSENT if "" in places and not isinstance(followed, HeaderCursorPaginator) else _ABSENT_HEADER

    def _without(self, name: str, position: int, places: Sequence[int], help_: str) -> Iterator[Mutation]:
        mutated = self._less(position, places)
        if mutated is None:
            return
        number = self.listing.number
        counts_records = number is not None and number.of == "records"
        spots = frozenset((self.listing.numbers[position], place) for place in places)
        yield self._mutation(
            name,
            position,
            lambda: self._with(position, mutated),
            help=help_,
            gone=spots,
            otherwise=self._at_any_offset(number, {position: set(places)}) if number and counts_records else None,
        )

    def _less(self, position: int, places: Sequence[int]) -> Answer | None:
        """Return the answer of a page without the records at *places*."""
        page, original = self.listing.pages[position], self.answers[position]
        data = body(original)
        raw = raw_records(self.listing.resource, data, page.records)
        if not raw or not homes(data, raw):
            return None
        take_out(data, [raw[place] for place in places])
        return with_body(original, data)

    def _says_more(self, position: int, mutated: Answer) -> bool:
        """Return whether an emptied page itself says that more follows: nobody can know it otherwise."""
        if self.tokens and not self._ends_with_token():
            return True
        page = self.listing.pages[position].page
        seen = Page(page.request, page.status, {**page.headers}, body(mutated), page.url)
        says = {one.says for one in hints(seen, ())}
        return "more" in says or (bool(says & {"header", "link", "cursor"}) and not self._ends_with_token())

    def _ends_with_token(self) -> bool:
        """Return whether the last page names a next one too, so that doing so says nothing."""
        last = self.listing.pages[-1]
        return last.following is LAST_PAGE and any(
            one.stands_in(self.answers[max(self.answers)]) for one in self.tokens
        )

    def _like(self, position: int, holding: int) -> Answer | None:
        """Return what the page at *position* answered, holding the records of another."""
        original, other = self.answers[position], self.answers[holding]
        data, source = body(original), body(other)
        pages = self.listing.pages
        raw = raw_records(self.listing.resource, data, pages[position].records)
        records = raw_records(self.listing.resource, source, pages[holding].records)
        found = homes(data, raw)
        if not records or not found or any(one is not found[0] for one in found):
            return None
        found[0][:] = records
        return with_body(original, data)

    def _led_on(self, one: Answer, number: int) -> Answer:
        """Return an answer with tokens that the API never gave."""
        for token in self.tokens:
            one = token.in_answer(one, token.fresh(number))
        return one

    def _on_its_path(self, other: Callable[[Stored, int], Answer]) -> Callable[[Stored, int], Answer | None]:
        """Return what answers unknown questions of this list's path with *other*."""
        path = urlsplit(self.listing.pages[-1].page.request.url).path
        return lambda asked, count: other(asked, count) if urlsplit(asked.uri).path == path else None

    def _at_any_offset(self, number: Number, gone: dict[int, set[int]]) -> Callable[[Stored, int], Answer | None]:
        """Return what answers at any offset: the records from there on, as many as a page has, less those gone."""
        held: list[Any] = []
        for position, page in enumerate(self.listing.pages):
            raw = raw_records(self.listing.resource, body(self.answers[position]), page.records)
            lost = gone.get(position, set())
            held.extend(None if place in lost else copied(one) for place, one in enumerate(raw))
        size = len(self.listing.pages[0].records)
        template = self.filled[0]

        def at_offset(asked: Stored, _count: int) -> Answer:
            begin = number.read(asked) or 0
            chosen = [one for one in held[begin : begin + size] if one is not None]
            data = body(self.answers[template])
            raw = raw_records(self.listing.resource, data, self.listing.pages[template].records)
            homes(data, raw)[0][:] = chosen
            return with_body(self.answers[template], data)

        return self._on_its_path(at_offset)

    def _with(self, position: int, mutated: Answer, without: Sequence[int] = ()) -> Contents:
        contents = replaced(self.contents, self.listing.questions[position], mutated)
        for other in without:
            contents = replaced(contents, self.listing.questions[other])
        return contents

    def _mutation(self, name: str, position: int, change: Callable[[], Contents], **facts: Any) -> Mutation:
        request = self.observed.text(self.listing.pages[position])
        return Mutation(name=name, request=request, change=change, observed=self.observed, **facts)


def _without_key(one: Answer, token: Token, suffix: str | None) -> Answer:
    if isinstance(token.where, str):
        named = {token.where: None} if suffix is None else {token.where: None, f"{token.where}_v2": str(token.value)}
        return with_headers(one, **named)
    place = token.where
    new = None if suffix is None else f"{place[-1]}{suffix}"
    return changed(one, lambda data: rename(data, place, new))
