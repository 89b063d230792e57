"""Hold a reading of a mutated API to the promise: every record that it holds, or an error."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from typing import Final

from sdk.errors import SDKError
from sdk.messages import Record
from sdk.testing.mutations.listings import Spot
from sdk.testing.mutations.mutation import Mutation
from sdk.testing.mutations.playing import Played
from sdk.testing.sampling import Sample

_SHOWN: Final = 3


def verdict(mutation: Mutation) -> str | None:
    """Return what a reading of the mutated API broke, in one line, or `None`."""
    played = mutation.observed.play(mutation.contents, otherwise=mutation.otherwise, endless=mutation.endless)
    broken = _broken(mutation, played)
    return None if broken is None else f"{mutation}: {broken}; {mutation.help}"


def _broken(mutation: Mutation, played: Played) -> str | None:
    if played.foreign:
        return f"{played.foreign[0]} was asked, and may have been shown the credentials"
    if played.is_endless:
        return f"the connector asked {len(played.served)} times and would have gone on"
    if played.crash is not None:
        return f"it ended with {type(played.crash).__name__}, which is no SDKError and tells nobody what is wrong"
    if played.sample is None or played.is_unknown:
        return None
    checked = next((found for check in mutation.checks if (found := check(played)) is not None), None)
    if played.sample.failure is not None:
        return _failed(mutation, played.sample.failure, checked)
    return _missing(mutation, played.sample) or checked or _unnoticed(mutation)


def _failed(mutation: Mutation, failure: SDKError, checked: str | None) -> str | None:
    """Return what is wrong with an error: that there is one, or how it came about."""
    if mutation.promise == "rows":
        return f"it ended with {type(failure).__name__}, though the API answered when it was asked again"
    return checked if mutation.promise == "an error" else None


def _unnoticed(mutation: Mutation) -> str | None:
    """Return that an error was due: all rows came, but not from an API that said so."""
    return "it ended as if all were well" if mutation.promise == "an error" else None


def _missing(mutation: Mutation, found: Sample) -> str | None:
    """Return which records a green reading did not hand on."""
    observed = mutation.observed
    truth = observed.truth(mutation.gone)
    if not observed.resource.key:
        short = len(truth) - len(found.records)
        return f"{short} of {len(truth)} records are missing, and the run was green" if short > 0 else None
    came = Counter(map(observed.key, found.records))
    lost: list[Spot] = []
    for spot, record in sorted(truth.items()):
        key = observed.key(record)
        if came[key] > 0:
            came[key] -= 1
        else:
            lost.append(spot)
    if not lost:
        return None
    return _lost(mutation, found, lost, [truth[spot] for spot in lost])


def _lost(mutation: Mutation, found: Sample, lost: Sequence[Spot], records: Sequence[Record]) -> str:
    observed = mutation.observed
    names = observed.resource.primary_key
    keys = [", ".join(str(one.get(name)) for name in names) for one in records]
    shown = ", ".join(keys[:_SHOWN]) + (" ..." if len(keys) > _SHOWN else "")
    what = f"{_count(len(lost), 'record')} ({' and '.join(names)} {shown})"
    asked = {one.page.request.identity for one in found.pages}
    pages = {number for number, _ in lost}
    unasked = [one for one in pages if observed.sample.pages[one].page.request.identity not in asked]
    if len(unasked) == len(pages):
        return f"the connector stopped there, {what} of {_count(len(pages), 'later page')} were never asked for"
    return f"a green run without {what}"


def _count(number: int, what: str) -> str:
    return f"{number} {what}{'' if number == 1 else 's'}"
