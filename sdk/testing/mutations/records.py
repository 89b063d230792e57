"""Records that drift: a field that is gone, and values of another type."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from functools import partial
from typing import Any, Final

from sdk.batches import rows
from sdk.errors import SDKError
from sdk.instants import parse_instant
from sdk.messages import Record
from sdk.testing.cassette_files import Contents
from sdk.testing.mutations.answers import body, field_home, put, raw_records, replaced, with_body
from sdk.testing.mutations.listings import Listing
from sdk.testing.mutations.mutation import Mutation
from sdk.testing.mutations.observed import Observed
from sdk.testing.mutations.playing import Played

_KEY: Final = "let no filter, map or hook pass over a record without its key: core makes it an error"
_CURSOR: Final = "let no filter, map or hook need the cursor's field, and let core keep the cursor"
_TYPE: Final = "let filters, maps and hooks take a field as it comes, and declare its column: misfits keep a variant"


def records(observed: Observed, listing: Listing) -> Iterator[Mutation]:
    """Yield how the records of a list may drift."""
    if not _raw(observed, listing, listing.filled[0]):
        return
    resource = listing.resource
    position = listing.filled[1] if len(listing.filled) > 1 else listing.filled[0]
    for name in resource.primary_key:
        if _holds(observed, listing, position, name):
            yield _drift(
                observed,
                f"the key {name!r} dropped from a record",
                [(listing, position)],
                partial(_drop, name=name, lift=resource.lift),
                _KEY,
                first_only=True,
            )
    yield from _without_cursor(observed, listing)
    for what, name, change in _retyped(observed, listing, position):
        yield _drift(observed, f"{what} ({name!r})", [(listing, position)], change, _TYPE)


def _without_cursor(observed: Observed, listing: Listing) -> Iterator[Mutation]:
    incremental = listing.resource.incremental
    if incremental is None:
        return
    path = incremental.cursor_path.split(".")
    name = path[-1]

    def drop(record: Record) -> None:
        inside: Any = field_home(record, path[0], listing.resource.lift)
        for step in path[:-1]:
            inside = inside.get(step) if isinstance(inside, dict) else None
        if isinstance(inside, dict):
            inside.pop(name, None)

    # From all of its lists: what one of them tells would be good for all.
    lists = [one for one in observed.listings if one.resource.name == listing.resource.name]
    spots = tuple((one, position) for one in lists for position in one.filled)
    yield _drift(
        observed,
        f"the cursor's field {incremental.cursor_path!r} dropped",
        spots,
        drop,
        _CURSOR,
        checks=(lambda played: _next_run(observed, lists, played),),
    )


def _next_run(observed: Observed, lists: Sequence[Listing], played: Played) -> str | None:
    """Return what the next run would miss: where nothing tells how far this one came, it must begin as early."""
    parameter = getattr(observed.resource.window, "start_param", None)
    if parameter is None or played.sample is None or lists[0].resource is not observed.resource:
        return None
    begun = [_moment(one.pages[0].page.request.param(parameter)) for one in lists]
    following = observed.play(observed.account.contents, run=1, state=played.sample.state)
    path = lists[0].questions[0][1]
    asked = next((one.question[2] for one in following.served if one.question[1] == path), ())
    begins = dict(asked).get(parameter)
    if begins is None or _moment(begins) <= min(begun):
        return None
    return f"no record tells how far the run came, and yet the next one begins later ({parameter}={begins})"


def _moment(text: str | None) -> float:
    """Return a window's beginning as a number; what is sent without one begins before all others."""
    if text is None:
        return float("-inf")
    found = parse_instant(text)
    return float(text) if found is None else found.timestamp()


def _retyped(observed: Observed, listing: Listing, position: int) -> Iterator[tuple[str, str, Any]]:
    """Yield what changes type, the field, and the change: one field for each kind that the first record has."""
    resource = listing.resource
    first = listing.pages[position].records[0]
    keys = [name for name in resource.primary_key if isinstance(first.get(name), int)]
    numbers = [
        name
        for name, value in first.items()
        if name not in resource.primary_key and isinstance(value, int | float) and not isinstance(value, bool)
    ]
    objects = [name for name, value in first.items() if isinstance(value, dict)]
    for what, names, turn in (
        ("an id as text", keys, str),
        ("a number as text", numbers, str),
        ("an object as a list", objects, lambda value: [value]),
    ):
        for name in names[:1]:
            if _holds(observed, listing, position, name):
                yield what, name, partial(_turn, name=name, lift=resource.lift, turn=turn)


def _drift(
    observed: Observed,
    name: str,
    pages: Sequence[tuple[Listing, int]],
    change: Callable[[Record], None],
    help_: str,
    **facts: Any,
) -> Mutation:
    """Return the mutation that changes each record of some pages, or with `first_only` the first of each."""
    first_only = facts.pop("first_only", False)
    checks = (lambda played: _loaded(observed, played), *facts.pop("checks", ()))

    def changed() -> Contents:
        contents = observed.account.contents
        for listing, position in pages:
            original = observed.answer(listing.questions[position])
            data = body(original)
            found = raw_records(listing.resource, data, listing.pages[position].records)
            for record in found[: 1 if first_only else None]:
                change(record)
            contents = replaced(contents, listing.questions[position], with_body(original, data))
        return contents

    listing, position = pages[0]
    request = observed.text(listing.pages[position])
    return Mutation(name=name, request=request, help=help_, change=changed, observed=observed, checks=checks, **facts)


def _loaded(observed: Observed, played: Played) -> str | None:
    """Return what the table would lack: each value is in its column or in a variant of it."""
    found = played.sample.records if played.sample is not None else []
    try:
        loaded = rows(observed.connector, observed.resource, found)
    except SDKError:
        return None
    if len(loaded) != len(found):
        return f"{len(found) - len(loaded)} records of {len(found)} make no row"
    for record, row in zip(found, loaded, strict=True):
        for name, value in record.items():
            if value is not None and not any(
                one == name or one.startswith(f"{name}__v_") for one, held in row.items() if held is not None
            ):
                return f"the field {name!r} of a record is in no column of its row"
    return None


def _raw(observed: Observed, listing: Listing, position: int) -> list[Record]:
    data = body(observed.answer(listing.questions[position]))
    return raw_records(listing.resource, data, listing.pages[position].records)


def _holds(observed: Observed, listing: Listing, position: int, name: str) -> bool:
    raw = _raw(observed, listing, position)
    return bool(raw) and field_home(raw[0], name, listing.resource.lift) is not None


def _drop(record: Record, name: str, lift: str | None) -> None:
    # A lifted field may stand in both places: then neither may be left.
    while (home := field_home(record, name, lift)) is not None:
        del home[name]


def _turn(record: Record, name: str, lift: str | None, turn: Callable[[Any], Any]) -> None:
    home = field_home(record, name, lift)
    if home is not None and home[name] is not None:
        put(home, (name,), turn(home[name]))
