"""Play what an API answered once, and record it anew when asked to.

A cassette is played strictly: what it holds no answer for fails, and so does an answer that nobody asked for. So a
test proves which requests a connector makes, and not only what it makes of the answers. Requests are compared by
method, address, query, body, and by which secret they carry where, though no secret is stored.

The start of each run and the settings are stored too and must be the same when playing; the clock is taken from
there. A window that ends now therefore asks in ten years what it asked when it was recorded.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Any, Final
from urllib.parse import parse_qsl

from attrs import define, field
from vcr import matchers  # type: ignore[import-untyped]
from vcr.cassette import Cassette as VcrCassette  # type: ignore[import-untyped]
from vcr.persisters.filesystem import CassetteNotFoundError  # type: ignore[import-untyped]
from vcr.record_mode import RecordMode  # type: ignore[import-untyped]
from vcr.request import Request  # type: ignore[import-untyped]
from vcr.stubs import VCRHTTPResponse  # type: ignore[import-untyped]

from sdk.testing.cassette_files import CassetteError, Contents, parse, path_of, slug, written
from sdk.testing.scrubbing import CREDENTIALS, LeakError, Scrubber
from sdk.testing.unrecorded import UnrecordedRequestError, content, explain

__all__ = [
    "Cassette",
    "CassetteError",
    "LeakError",
    "UnrecordedRequestError",
    "made_up_secret",
    "path_of",
    "playing",
    "playing_contents",
    "recording",
    "slug",
    "stored_origin",
    "taping",
]

_AGAIN: Final = "record it anew with `pytest --record`"


def stored_origin(connector: str) -> str:
    """Return scheme and host under which a connector's answers are stored; nothing answers there."""
    return f"https://{connector.replace('_', '-')}.test"


def made_up_secret(connector: str, setting: str) -> str:
    """Return what tests send as a secret: the same when recording and when playing, and valid nowhere."""
    return f"{setting.replace('_', '-')}-of-a-made-up-{connector.replace('_', '-')}-account"


@define
class Cassette:
    """A cassette that is being played or recorded.

    Attributes:
        path: Where it lies.
        recording: Whether it is being recorded.
        secrets: What is sent as secrets, by setting.
        contents: What it held, or holds so far.
        unrecorded: What was asked and had no answer, in words.
        keep: Whether what is recorded is written.
        repeats: Whether an answer may be given more than once.
        raises: What a request without an answer raises.
        again: How to record it anew, for messages.
    """

    path: Path
    recording: bool
    secrets: Mapping[str, str] = field(repr=False)
    contents: Contents
    unrecorded: list[str] = field(factory=list)
    keep: bool = True
    repeats: bool = False
    raises: type[UnrecordedRequestError] = UnrecordedRequestError
    again: str = _AGAIN
    _tape: Any = None
    _openings: int = 0
    _truths: int = 0

    @property
    def requests(self) -> list[Request]:
        """The requests so far, in order, as they are stored."""
        held: list[Request] = self._tape.requests
        # vcrpy counts what it played, in the order of playing.
        return held if self.recording else [held[at] for at in self._tape.play_counts]

    @property
    def unasked(self) -> list[Request]:
        """The requests that were recorded and not sent."""
        return [one for at, one in enumerate(self._tape.requests) if at not in self._tape.play_counts]

    @property
    def all_played(self) -> bool:
        """Whether every answer was asked for."""
        return self.recording or bool(self._tape.all_played)

    def opening(self, settings: Mapping[str, Any], facts: Callable[[], Mapping[str, str]]) -> dict[str, Any]:
        """Note how the connector is opened; return *facts*, such as the run's start, as they were when recording.

        Raises:
            CassetteError: It was opened with other settings when this was recorded.
        """
        wanted = json.loads(json.dumps(dict(sorted(settings.items())), default=str))
        if self.recording:
            self.contents.openings.append({**facts(), "settings": wanted})
        opening = self._noted(self.contents.openings, self._openings, "opens the connector")
        self._openings += 1
        if opening["settings"] != wanted:
            raise CassetteError(
                f"{self.path.name} was recorded with the settings {opening['settings']}, not {wanted}; {_AGAIN}"
            )
        return opening

    def truth(self, question: str, answer: Callable[[], list[dict[str, Any]]]) -> list[dict[str, Any]]:
        """Return the records that answered *question* when this was recorded; *answer* is asked only then.

        Raises:
            CassetteError: Another question was asked then.
        """
        if self.recording:
            records = json.dumps(answer(), ensure_ascii=False, indent=1)
            self.contents.truths.append({"question": question, "records": records})
        truth = self._noted(self.contents.truths, self._truths, "asks for the truth")
        self._truths += 1
        if truth["question"] != question:
            raise CassetteError(f"{self.path.name} holds the truth of {truth['question']}, not {question}; {_AGAIN}")
        found: list[dict[str, Any]] = json.loads(truth["records"])
        return found

    def check(self) -> None:
        """Raise what the test left unfinished.

        Raises:
            CassetteError: The cassette holds what the test did not ask for, or the test asked for more.
        """
        if self.unrecorded:
            raise CassetteError(self.unrecorded[0])
        if not self.all_played:
            left = self.unasked
            first = f"{left[0].method} {left[0].uri}"
            raise CassetteError(f"{self.path.name} holds {len(left)} requests that were not sent; the first: {first}")
        if self._openings != len(self.contents.openings) or self._truths != len(self.contents.truths):
            raise CassetteError(f"{self.path.name} holds openings or truths that the test no longer asks for; {_AGAIN}")

    def _noted(self, notes: list[dict[str, Any]], at: int, what: str) -> dict[str, Any]:
        if at >= len(notes):
            raise CassetteError(f"the test {what} more often than {self.path.name} knows; {_AGAIN}")
        return notes[at]


@contextmanager
def playing(path: Path) -> Iterator[Cassette]:
    """Answer all HTTP requests from the cassette at *path*; whoever is done asks its `check`.

    Raises:
        CassetteError: There is none, or it cannot be read.
    """
    if not path.is_file():
        raise CassetteError(f"no cassette {path.parent.name}/{path.name}; {_AGAIN}")
    with playing_contents(parse(path.read_text(encoding="utf-8")), path) as cassette:
        yield cassette


@contextmanager
def playing_contents(contents: Contents, path: Path, **facts: Any) -> Iterator[Cassette]:
    """Answer all HTTP requests from *contents*, as `playing` does from *path*; *facts* are those of a `Cassette`."""
    secrets = {name: made_up_secret(path.parent.name, name) for name in contents.secrets}
    cassette = Cassette(path, recording=False, secrets=secrets, contents=contents, **facts)
    with _taped(cassette, Scrubber(secrets)):
        yield cassette


@contextmanager
def taping(path: Path, scrubber: Scrubber) -> Iterator[Cassette]:
    """Let all HTTP requests pass; at the end, the cassette's contents are what was answered, if it is to be kept."""
    contents = Contents(secrets=sorted(scrubber.secrets))
    cassette = Cassette(path, recording=True, secrets=scrubber.secrets, contents=contents)
    with _taped(cassette, scrubber) as tape:
        yield cassette
    if not cassette.keep:
        return
    contents.requests[:], contents.responses[:] = tape.requests, tape.responses
    settled = scrubber.settled(contents)
    contents.openings[:], contents.requests[:] = settled.openings, settled.requests
    contents.responses[:] = settled.responses


@contextmanager
def recording(path: Path, scrubber: Scrubber) -> Iterator[Cassette]:
    """Let all HTTP requests pass, and write what was answered to *path*, if it is to be kept.

    Raises:
        LeakError: Something that must not be stored is left; nothing is written.
    """
    with taping(path, scrubber) as cassette:
        yield cassette
    if not cassette.keep:
        return
    text = written(cassette.contents, path.parent.name)
    scrubber.check(text)
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(text, encoding="utf-8", newline="\n")


@contextmanager
def _taped(cassette: Cassette, scrubber: Scrubber) -> Iterator[Any]:
    matching = (
        matchers.method,
        matchers.scheme,
        matchers.host,
        matchers.port,
        matchers.path,
        _query,
        _body,
        _credentials,
    )
    with _Tape.use(
        path=str(cassette.path),
        persister=_Held(cassette),
        record_mode=RecordMode.ALL if cassette.recording else RecordMode.NONE,
        match_on=matching,
        before_record_request=scrubber.request,
        before_record_response=scrubber.response,
        custom_patches=((VCRHTTPResponse, "read1", _read1),),
    ) as tape:
        tape.cassette = cassette
        cassette._tape = tape  # noqa: SLF001 - its own
        yield tape


class _Tape(VcrCassette):  # type: ignore[misc]
    """vcrpy's cassette, which says more about what it does not hold."""

    cassette: Cassette

    def can_play_response_for(self, request: Request) -> bool:
        """Return whether there is an answer left; when playing there has to be one."""
        if super().can_play_response_for(request):
            return True
        if self.cassette.recording:
            return False
        held = [(one, at in self.play_counts) for at, one in enumerate(self.requests)]
        why = explain(self.filter_request(request), held)
        problem = f"{self.cassette.path.name} {why}; {self.cassette.again} if it is meant"
        self.cassette.unrecorded.append(problem)
        raise self.cassette.raises(problem)

    def __contains__(self, request: Request) -> bool:
        """Return whether there is an answer, or one that may be given again."""
        return super().__contains__(request) or (self.cassette.repeats and any(self._responses(request)))

    def play_response(self, request: Request) -> Any:
        """Return the next answer; where answers may be repeated, the last one again once all were given."""
        if super().__contains__(request):
            return super().play_response(request)
        at, response = list(self._responses(request))[-1]
        self.play_counts[at] += 1
        return response


@define
class _Held:
    """vcrpy's persister, for contents that are read and written elsewhere."""

    cassette: Cassette

    def load_cassette(self, _path: str, serializer: Any) -> tuple[list[Request], list[dict[str, Any]]]:
        del serializer
        if self.cassette.recording:
            raise CassetteNotFoundError
        return self.cassette.contents.requests, self.cassette.contents.responses

    def save_cassette(self, _path: str, _exchanges: Any, serializer: Any) -> None:
        del serializer


def _query(sent: Request, stored: Request) -> None:
    """Compare queries, also their empty values, which vcrpy's own comparison forgets."""
    ours, theirs = (sorted(parse_qsl(one.parsed_uri.query, keep_blank_values=True)) for one in (sent, stored))
    if ours != theirs:
        raise AssertionError


def _body(sent: Request, stored: Request) -> None:
    if content(sent) != content(stored):
        raise AssertionError


def _credentials(sent: Request, stored: Request) -> None:
    if sent.headers.get(CREDENTIALS) != stored.headers.get(CREDENTIALS):
        raise AssertionError


def _read1(response: Any, size: int = -1, *, decode_content: bool | None = None) -> bytes:
    """Read as urllib3 does, where vcrpy's stand-in knows no `decode_content`; its bodies are decoded already."""
    del decode_content
    part: bytes = response.read(size)
    return part
