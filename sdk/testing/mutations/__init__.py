"""Do to a recording what its API will do sooner or later, and hold the connector to its promise.

Tokens repeat, pages come short, keys are renamed, bodies break off, parents vanish. Whatever happens, a run that ends
well has every record that the API holds; a run that cannot have them ends with an error that says so. Each
`Mutation` is one such change of a recording, and `judge` reads it through the connector::

    for mutation in mutations(recording):
        broken = judge(mutation, recording)

What the API holds after a mutation is told from the recording and from what the mutation took away, never from what
the connector made of it. So the author of a wrong connector, whose own tests pass, sees which rows would be lost.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from typing import Final

from sdk.testing.mutations.bodies import bodies
from sdk.testing.mutations.hosts import hosts
from sdk.testing.mutations.judging import verdict
from sdk.testing.mutations.listings import Listing
from sdk.testing.mutations.longer import longer
from sdk.testing.mutations.mutation import Mutation
from sdk.testing.mutations.observed import Observed, observe
from sdk.testing.mutations.paging import paging
from sdk.testing.mutations.parents import parents
from sdk.testing.mutations.records import records
from sdk.testing.mutations.statuses import statuses
from sdk.testing.recordings import Recording

_THEMES: Final[tuple[Callable[[Observed, Listing], Iterator[Mutation]], ...]] = (
    paging,
    longer,
    statuses,
    bodies,
    records,
    hosts,
)


def mutations(recording: Recording, *, plugins: Sequence[object] = ()) -> tuple[Mutation, ...]:
    """Return what may happen to the API of a recording, as far as the recording has the place for it.

    The list with the most pages is mutated, of the resource itself and of what is read only for it; a parent with a
    table has a recording of its own.

    Args:
        recording: A recording that was read to its end; nothing can be told from one that broke.
        plugins: Objects with hook implementations, with which it was recorded.

    Raises:
        CassetteError: Played as it is, it does not give what was read.
    """
    if recording.first.failure is not None:
        return ()
    observed = observe(recording, plugins)
    found: list[Mutation] = []
    for listing in _mutated(observed):
        for theme in _THEMES:
            found.extend(theme(observed, listing))
    below = [one for one in observed.listings if one.parents and one.resource.table == observed.resource.name]
    for child in sorted(below, key=_weight, reverse=True)[:1]:
        found.extend(parents(observed, child))
    return tuple(found)


def judge(mutation: Mutation, recording: Recording) -> str | None:
    """Return what a connector breaks when its API does what *mutation* does, in one line, or `None`.

    The reading must end with every record that the mutated API holds, or with an `SDKError`; within bounded requests,
    and with none to another host. Where it asks what was never recorded it is ended with an error of ours: nobody can
    say what the API would have answered, so nothing is held against it.

    Raises:
        ValueError: The mutation is one of another recording.
    """
    account = mutation.observed.account
    if (account.connector, account.resource) != (recording.connector, recording.resource):
        raise ValueError(f"{mutation.name!r} is a mutation of {account.connector}.{account.resource}")
    return verdict(mutation)


def _mutated(observed: Observed) -> Iterator[Listing]:
    """Yield the longest list of each resource that nobody else's recording holds."""
    tables = {one.name for one in observed.connector.tables} - {observed.resource.name}
    names = dict.fromkeys(one.resource.name for one in observed.listings if one.resource.name not in tables)
    for name in names:
        lists = [one for one in observed.listings if one.resource.name == name and one.filled]
        if lists:
            yield max(lists, key=_weight)


def _weight(listing: Listing) -> tuple[int, int]:
    return len(listing.filled), len(listing.spots())


__all__ = ["Mutation", "judge", "mutations"]
