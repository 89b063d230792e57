"""Record one resource after the other: read all, write what proved good, and keep what went wrong.

All are read before the first is written: a name that one of them shows may stand in a text of another.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Mapping, Sequence, Sized
from contextlib import contextmanager
from datetime import datetime
from pathlib import Path
from typing import Any, Final

from attrs import define, field, frozen

from sdk.connector import Connector
from sdk.errors import ResponseError, SDKError
from sdk.opening import now
from sdk.redaction import one_line
from sdk.testing.account import recorded_server
from sdk.testing.cassette_files import CassetteError
from sdk.testing.openings import Access
from sdk.testing.personal import PersonalData
from sdk.testing.recordings import Recording, Taken, take
from sdk.testing.replacements import CountedFakes, blanked_in, credentials_in, hidden_in
from sdk.testing.sampling import SampleSize
from sdk.testing.scrubbing import LeakError, Scrubber
from sdk.testing.undisturbed import without_surroundings, without_waiting

_UNAUTHORIZED: Final = 401


@frozen
class Account:
    """An account to record from.

    Attributes:
        access: What it is read with.
        scrubber: Takes it out of what is stored.
        fakes: Stand for what is personal in it.
        clock: Returns the time of day there.
    """

    access: Access
    scrubber: Scrubber
    fakes: CountedFakes
    clock: Callable[[], datetime]


def real(name: str, keywords: Mapping[str, Any], blank: Sequence[str]) -> Account:
    """Return the author's account, as `sdk run` would read it.

    Raises:
        PluginError: The connector is unknown, doubled or broken.
        SettingError: A setting is missing or cannot be used.
    """
    access = Access.of(name, keywords)
    fakes = CountedFakes(access.secrets)
    personal = PersonalData(fakes, _own_words(access.declared))
    return Account(access, access.scrubber(personal, blank), fakes, now)


@contextmanager
def simulated(name: str, keywords: Mapping[str, Any], blank: Sequence[str]) -> Iterator[Account]:
    """Serve the connector's simulator, where no wait takes time; yield the account that it simulates.

    Nothing that somebody has set for a real account reaches it.

    Raises:
        PluginError: The connector or its simulator is unknown, doubled or broken.
        SettingError: A setting is missing or cannot be used.
    """
    with without_surroundings(), without_waiting() as waits, recorded_server(name, waits, {}) as server:
        access = Access.of(name, {**keywords, **server.settings})
        yield Account(access, access.scrubber(blank=blank), CountedFakes({}), lambda: server.now)


@frozen
class Outcome:
    """What became of one resource.

    Attributes:
        resource: Its name.
        requests: How many requests the cassette holds.
        records: How many records the first run gave.
        size: Bytes of the cassette.
        replaced: How much was left out or replaced, by kind.
        notes: What its author should know.
        problem: Why it was not recorded.
    """

    resource: str
    requests: int = 0
    records: int = 0
    size: int = 0
    replaced: Mapping[str, int] = field(factory=dict)
    notes: tuple[str, ...] = ()
    problem: str = ""


@define
class Recorder:
    """Records the resources of one account; the failure of one is kept, and ends nothing else.

    Attributes:
        account: The account.
        size: How much of each resource.
        outcomes: What became of each so far.
    """

    account: Account
    size: SampleSize
    outcomes: dict[str, Outcome] = field(factory=dict)
    _taken: dict[str, Taken] = field(factory=dict)
    _replaced: dict[str, dict[str, set[str]]] = field(factory=dict)
    _hopeless: str = ""

    def read(self, name: str) -> None:
        """Read a resource, unless it is clear by now that nothing can be read."""
        if self._hopeless:
            self.outcomes[name] = Outcome(name, problem=f"not asked, since {self._hopeless}")
            return
        access, account = self.account.access, self.account
        try:
            self._taken[name] = take(
                access.connector, name, access.keywords, account.scrubber, size=self.size, clock=account.clock
            )
        except Exception as error:  # noqa: BLE001 - whatever it is, the other resources are recorded
            self._fail(name, error)
        self._count(name)

    def write(self, name: str, path: Path) -> None:
        """Write what was read of a resource; what lies at *path* stays as it is when that fails."""
        if name not in self._taken:
            return
        if unmatched := self.account.scrubber.unmatched:
            # A misspelt name blanks nothing, and what it was to blank would be published.
            self.outcomes[name] = Outcome(name, problem="; ".join(map(self._unmatched, unmatched)))
            return
        try:
            made = self._taken[name].write(path)
        except Exception as error:  # noqa: BLE001 - as above
            self._fail(name, error)
            return
        self._count(name)
        replaced = {
            "credentials": credentials_in(made.contents),
            "secrets in answers": hidden_in(made.contents),
            **_lengths(self._replaced[name]),
            "blanked texts": blanked_in(made.contents),
        }
        self.outcomes[name] = Outcome(
            name,
            len(made.contents.requests),
            len(made.first.records),
            path.stat().st_size,
            {kind: number for kind, number in replaced.items() if number},
            tuple(_notes(made)),
        )

    def _unmatched(self, field_name: str) -> str:
        near = self.account.scrubber.nearest(field_name)
        what = f"nearest are {', '.join(near)}" if near else "no answer has any field"
        return one_line(f"--blank {field_name} is in no answer, so nothing is written; {what}")

    def _count(self, name: str) -> None:
        counted = self._replaced.setdefault(name, {})
        for kind, values in self.account.fakes.take().items():
            counted.setdefault(kind, set()).update(values)

    def _fail(self, name: str, error: Exception) -> None:
        self.outcomes[name] = Outcome(name, problem=_problem(error))
        # Where nothing was read yet, all else would fail as this did, and an account might be locked.
        if not self._taken and isinstance(error, ResponseError) and error.status in {_UNAUTHORIZED, None}:
            refused = error.status == _UNAUTHORIZED
            self._hopeless = "the credentials were refused" if refused else "the API was not reached"


def _own_words(declared: Connector) -> set[str]:
    """Return the words of the declaration: whatever they are elsewhere, here they name no person."""
    texts = [text for one in declared.resources for text in (one.name, one.path, *one.columns_by_name)]
    return {word for text in texts for word in re.findall(r"[^\W\d_]+", text)}


def _lengths(values: Mapping[str, Sized]) -> dict[str, int]:
    return {kind: len(some) for kind, some in sorted(values.items())}


def _notes(made: Recording) -> Iterator[str]:
    run = made.first
    if run.skips and not run.records:
        yield f"holds a skip only: {run.skips[0].status}, {run.skips[0].reason}"
    elif run.skips:
        yield f"{len(run.skips)} skipped: {run.skips[0].status}, {run.skips[0].reason}"
    elif not run.records and any(one.resource != made.resource for one in run.pages):
        yield "no records, so it proves little; ask for more with --parents"
    elif not run.records:
        yield "no records, so it proves little"
    cut = list(dict.fromkeys(one.resource for one in run.pages if one.cut))
    if cut:
        yield f"cut, there is more: {', '.join(cut)}"


def _problem(error: Exception) -> str:
    known = isinstance(error, SDKError | LeakError | CassetteError)
    return one_line(str(error) if known else f"{type(error).__name__}: {error}")
