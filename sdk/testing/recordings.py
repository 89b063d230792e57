"""Record a sample of a resource once, and play it for ever after.

A recording holds two runs of the sample, the second of which continues from the state of the first, and the answers
to a few probes. It is written only when it proved good: nothing is in it that must not be stored, and played from
the text of its file it gives as much as was read, however many names and addresses were replaced.
"""

from __future__ import annotations

import json
import os
from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from datetime import datetime
from pathlib import Path
from typing import Any, Final

from attrs import field, frozen

from sdk.errors import SDKError
from sdk.opening import now
from sdk.testing.cassette_files import Contents, parse, written
from sdk.testing.cassettes import playing_contents, taping
from sdk.testing.credentials import Carried, plain_credentials
from sdk.testing.leaks import leaks
from sdk.testing.openings import RUNS, Access, Opening, openings, played
from sdk.testing.probes import Probed
from sdk.testing.readings import NotRecordedError, Reading
from sdk.testing.sampling import Sample, SampleSize
from sdk.testing.scrubbing import LeakError, Scrubber
from sdk.testing.undisturbed import without_surroundings, without_waiting
from sdk.testing.unrecorded import text

REQUESTS_AT_MOST: Final = 200
"""How many requests one run takes: more is no sample, and where answers may be repeated a loop."""

_COUNTED: Final = ("pages", "records", "different keys", "skips")
_HEADING: Final = "# A sample of {{connector}}.{resource}; `sdk record {{connector}} -r {resource}` records it anew.\n"


class RecordingError(SDKError):
    """Report a recording that was not written, since it would not be worth playing."""


class EndlessReadingError(AssertionError):
    """Report a connector that asks and asks, where answers may be repeated."""


@frozen
class Recording:
    """A sample of a resource, as its cassette holds it.

    Attributes:
        connector: Name of the connector.
        resource: Name of the resource.
        first: The first run.
        second: The run that continues from the state of the first; empty when that failed.
        probes: What was found beside what the connector asked for.
        contents: What the cassette holds.
        unasked: Recorded requests that this reading did not send.
        unrecorded: Requests that had no recorded answer, in words.
    """

    connector: str
    resource: str
    first: Sample
    second: Sample
    probes: tuple[Probed, ...]
    contents: Contents
    unasked: tuple[str, ...] = ()
    unrecorded: tuple[str, ...] = ()

    @property
    def failure(self) -> SDKError | None:
        """What broke the reading, in whichever run."""
        return self.first.failure or self.second.failure


def record(  # noqa: PLR0913 - an account, a place, and how much of it
    connector: str,
    resource: str,
    settings: Mapping[str, Any],
    path: Path,
    scrubber: Scrubber,
    *,
    size: SampleSize | None = None,
    clock: Callable[[], datetime] | None = None,
    plugins: Sequence[object] = (),
) -> Recording:
    """Read a sample of one resource from its API, and write it to *path*; return it as it is played from there.

    A cassette that lies there is replaced when all went well, and not touched otherwise.

    Args:
        connector: The connector's name.
        resource: The resource's name.
        settings: The connector's settings and secrets. What is not among them has its default: nothing is taken
            from the environment, see `Access.of`.
        path: Where the cassette goes, as `path_of` says it.
        scrubber: Takes the account out of what is stored, see `Access.scrubber`.
        size: How much to read.
        clock: Returns the start of each of the two runs; default: the time of day.
        plugins: Objects with hook implementations, asked before all others.

    Raises:
        SDKError: The resource cannot be read, or the recording would not be worth playing.
        LeakError: Something that must not be stored is left.
        CassetteError: The recording is too large.
    """
    taken = take(connector, resource, settings, scrubber, size=size, clock=clock, plugins=plugins)
    return taken.write(path)


@frozen
class Taken:
    """What was read for a recording and is not written yet.

    Whoever records several resources takes all of them before the first is written: a name that is learnt from one
    may stand in a text of another.

    Attributes:
        connector: Name of the connector.
        resource: Name of the resource.
        runs: Both runs, as the API answered them.
        contents: What was asked and answered, scrubbed with what was known by then.
    """

    connector: str
    resource: str
    runs: tuple[Sample, ...] = field(repr=False)
    contents: Contents = field(repr=False)
    _scrubber: Scrubber = field(repr=False)
    _key: tuple[str, ...]
    _plugins: tuple[object, ...] = field(repr=False)

    def write(self, path: Path) -> Recording:
        """Write the recording to *path* if it proves good; return it as it is played from there.

        Raises:
            RecordingError: Played it would give something else than was read.
            LeakError: Something that must not be stored is left.
            CassetteError: It is too large.
        """
        contents = self._scrubber.settled(self.contents)
        finished = written(contents, self.connector, _HEADING.format(resource=self.resource))
        self._scrubber.check(finished)
        recording = play(parse(finished), self.connector, self.resource, plugins=self._plugins)
        for difference in _differences(self.runs, recording, self._key):
            where = f"{self.connector}.{self.resource}"
            raise RecordingError(f"{where}: the recording does not play as it was read: {difference}")
        _replace(path, finished)
        return recording


def take(  # noqa: PLR0913 - what `record` takes, without a place
    connector: str,
    resource: str,
    settings: Mapping[str, Any],
    scrubber: Scrubber,
    *,
    size: SampleSize | None = None,
    clock: Callable[[], datetime] | None = None,
    plugins: Sequence[object] = (),
) -> Taken:
    """Read a sample of one resource from its API, twice, and what lies beside it; see `record`.

    Raises:
        SDKError: The resource cannot be read.
        LeakError: A setting that is no secret holds a credential.
    """
    runs: list[Sample] = []
    with without_surroundings(), taping(Path(connector, f"{resource}.yaml"), scrubber) as cassette:
        access = Access.of(connector, settings, plugins)
        carried = Carried(access.settings, tuple(access.secrets.values()))
        reading = Reading(connector, resource, (*plugins, carried), REQUESTS_AT_MOST, RecordingError)
        # Before fakes are put in: a credential that was changed in parts looks like none.
        _refuse_credentials(access, {one.name for one in plain_credentials(access.declared)})
        for _ in range(RUNS):
            opening = Opening.at((clock or now)(), access, size or SampleSize())
            cassette.contents.openings.append(scrubber.opening(opening.noted))
            runs.append(reading.run(access, opening, *runs))
            if (failure := runs[-1].failure) is not None:
                raise failure
        reading.probed(access, opening, runs[0])
        _refuse_credentials(access, carried.found)
    key = access.declared.resource(resource).key
    return Taken(connector, resource, tuple(runs), cassette.contents, scrubber, key, tuple(plugins))


def play(
    contents: Contents, connector: str, resource: str, *, plugins: Sequence[object] = (), repeats: bool = False
) -> Recording:
    """Return what the connector reads from a recording, with no network, no waiting and no setting from outside.

    Args:
        contents: What the cassette holds.
        connector: The connector's name.
        resource: The resource's name.
        plugins: Objects with hook implementations, asked before all others.
        repeats: An answer may be given again once all were given, which contents that were changed may need.

    Raises:
        PluginError: The connector is unknown, doubled or broken.
        SettingError: The connector needs a setting that the recording does not hold.
        CassetteError: These are not the contents of a recorded sample.
        EndlessReadingError: Answers were repeated more often than any sample needs.
    """
    bound = max(REQUESTS_AT_MOST, 2 * len(contents.requests))
    reading = Reading(connector, resource, tuple(plugins), bound, EndlessReadingError if repeats else RecordingError)
    again = f"record it anew with `sdk record {connector} -r {resource}`"
    facts = {"repeats": repeats, "raises": NotRecordedError, "again": again}
    opened = [(played(connector, contents, one, plugins), one) for one in openings(contents)]
    probed: tuple[Probed, ...] = ()
    with (
        without_surroundings(),
        without_waiting(),
        playing_contents(contents, Path(connector, f"{resource}.yaml"), **facts) as cassette,
    ):
        first = reading.run(*opened[0])
        second = reading.run(*opened[1], first)
        unrecorded = tuple(cassette.unrecorded)
        if first.failure is None and second.failure is None:
            probed = reading.probed(*opened[1], first)
    unasked = tuple(text(one) for one in cassette.unasked)
    return Recording(connector, resource, first, second, probed, contents, unasked, unrecorded)


def _refuse_credentials(access: Access, sent: Collection[str]) -> None:
    """Raise a setting that is no secret and holds a credential: it would be stored as it is.

    Raises:
        LeakError: There is one; it is named, and never shown.
    """
    for name, value in access.settings.items():
        found = next(leaks(json.dumps({name: value}, default=str), access.secrets), None)
        if value and (name in sent or found is not None):
            is_sent = name in sent or found is None
            what = "is sent as a credential" if is_sent else "is named like a secret, or holds one"
            raise LeakError(
                f"the cassette is not written, since the setting {name!r} {what}, and settings are stored; "
                f"declare Secret({name!r}, ...) in its place"
            )


def _differences(live: Sequence[Sample], recording: Recording, key: Sequence[str]) -> Iterator[str]:
    """Yield where a recording gives something else than was read for it."""
    yield from recording.unrecorded
    if recording.failure is not None:
        yield str(recording.failure)
    for request in recording.unasked:
        yield f"{request} is not asked again"
    for which, ours, theirs in zip(("first", "second"), live, (recording.first, recording.second), strict=True):
        for what, number, other in zip(_COUNTED, _counts(ours, key), _counts(theirs, key), strict=True):
            if number != other:
                yield f"its {which} run has {other} {what}, and {number} were read"


def _counts(run: Sample, key: Sequence[str]) -> tuple[int, ...]:
    keys = {tuple(repr(record.get(name)) for name in key) for record in run.records}
    return len(run.pages), len(run.records), len(keys), len(run.skips)


def _replace(path: Path, content: str) -> None:
    """Put *content* in the place of the file at *path*, in one step: whoever reads it finds the one or the other."""
    path.parent.mkdir(parents=True, exist_ok=True)
    part = path.with_name(f".{path.name}.{os.getpid()}.part")
    try:
        with part.open("x", encoding="utf-8", newline="\n") as file:
            file.write(content)
        part.replace(path)
    finally:
        part.unlink(missing_ok=True)
