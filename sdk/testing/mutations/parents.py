"""Parents that change under a reader's feet: without their key, twice in the list, or deleted meanwhile."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Callable, Iterator
from typing import Any, Final

from vcr.request import Request as Stored  # type: ignore[import-untyped]

from sdk.messages import Record
from sdk.testing.cassette_files import Contents
from sdk.testing.mutations.answers import (
    answer,
    body,
    copied,
    field_home,
    homes,
    put,
    raw_records,
    replaced,
    with_body,
)
from sdk.testing.mutations.listings import Listing, Spot
from sdk.testing.mutations.mutation import Mutation
from sdk.testing.mutations.observed import Observed
from sdk.testing.mutations.playing import Answer, Played, question
from sdk.testing.sampling import SampledPage

_GONE: Final = 404
_OF_NOBODY: Final = re.compile(r"(?<![A-Za-z])(None|null|nil|undefined)(?![A-Za-z])")
_PLACES: Final = "fill paths with places such as {parent.id}: core refuses a parent without the value"
_ONCE: Final = "let core expand paths: it reads the children of a parent once, however often it is listed"
_SKIP: Final = "declare skip_statuses={404} if a deleted parent may be passed over, so that the skip is visible"


def parents(observed: Observed, child: Listing) -> Iterator[Mutation]:
    """Yield what may happen to a parent of a list."""
    found = next(
        ((one, spot) for spot in sorted(child.parents) for one in observed.listings if spot[0] in one.numbers), None
    )
    if found is None:
        return
    yield _deleted(observed, child)
    parent, spot = found
    page, place = parent.numbers.index(spot[0]), spot[1]
    original = observed.answer(parent.questions[page])
    records = raw_records(parent.resource, body(original), parent.pages[page].records)
    if not records or place >= len(records):
        return
    yield from _without_key(observed, child, parent, page, place)
    yield _twice(observed, parent, page, place)


def _without_key(observed: Observed, child: Listing, parent: Listing, page: int, place: int) -> Iterator[Mutation]:
    names = [one.field for one in child.resource.references if one.resource == parent.resource.name]
    if not names:
        return
    field = names[0].split(".")

    def blank(_data: Any, record: Record) -> None:
        home = field_home(record, field[0], parent.resource.lift)
        if home is not None:
            put(home, tuple(field), None)

    spot: Spot = parent.numbers[page], place
    yield _mutation(
        observed,
        f"a parent whose {names[0]!r} is null",
        parent.pages[page],
        _changed(observed, parent, page, place, blank),
        _PLACES,
        # The parent itself is still there: only what is below it cannot be asked for.
        gone=frozenset({spot}) if parent.resource.table != observed.resource.table else frozenset(),
        otherwise=_not_found,
        checks=(lambda played: _asks_for_nobody(observed, played),),
    )


def _twice(observed: Observed, parent: Listing, page: int, place: int) -> Mutation:
    def double(data: Any, record: Record) -> None:
        for home in homes(data, [record]):
            home.insert(next(at for at, one in enumerate(home) if one is record) + 1, copied(record))

    return _mutation(
        observed,
        "a parent that is listed twice",
        parent.pages[page],
        _changed(observed, parent, page, place, double),
        _ONCE,
        checks=(lambda played: _doubled(observed, played),),
    )


def _deleted(observed: Observed, child: Listing) -> Mutation:
    asked = child.questions[0]
    gone = answer(_GONE, {"error": {"code": "not_found"}})
    is_declared = _GONE in child.resource.skip_statuses | child.resource.empty_statuses
    return _mutation(
        observed,
        "a parent deleted meanwhile",
        child.pages[0],
        lambda: replaced(observed.account.contents, asked, gone),
        _SKIP,
        gone=child.spots() if is_declared else frozenset(),
        checks=(lambda played: _skipped(observed, child, played),),
    )


def _skipped(observed: Observed, child: Listing, played: Played) -> str | None:
    if played.sample is None or _GONE in child.resource.empty_statuses:
        return None
    if len(played.sample.skips) > len(observed.sample.skips):
        return None
    return "a parent's children were left out, and no skip says so"


def _asks_for_nobody(observed: Observed, played: Played) -> str | None:
    known = {question(one) for one in observed.account.contents.requests}
    new = (one.target for one in played.served if one.question not in known)
    asked = next((one for one in new if _OF_NOBODY.search(one)), None)
    return f"{asked} was asked for a parent without a key" if asked is not None else None


def _doubled(observed: Observed, played: Played) -> str | None:
    if played.sample is None or not observed.resource.key:
        return None
    before = Counter(map(observed.key, observed.sample.records))
    now = Counter(map(observed.key, played.sample.records))
    doubled = [key for key, count in now.items() if count > before[key]]
    if not doubled:
        return None
    return f"{len(doubled)} of the records came twice (the first: {', '.join(doubled[0])})"


def _not_found(_asked: Stored, _count: int) -> Answer:
    return answer(_GONE, {"error": {"code": "not_found"}})


def _changed(
    observed: Observed, parent: Listing, page: int, place: int, change: Callable[[Any, Record], None]
) -> Callable[[], Contents]:
    original = observed.answer(parent.questions[page])

    def contents() -> Contents:
        data = body(original)
        change(data, raw_records(parent.resource, data, parent.pages[page].records)[place])
        return replaced(observed.account.contents, parent.questions[page], with_body(original, data))

    return contents


def _mutation(
    observed: Observed, name: str, page: SampledPage, change: Callable[[], Contents], help_: str, **facts: Any
) -> Mutation:
    return Mutation(name=name, request=observed.text(page), help=help_, change=change, observed=observed, **facts)
