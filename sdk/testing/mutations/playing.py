"""Read from a mutated API: requests are answered from a cassette's contents, in this process, and bounded.

Answers are given below the session, where a body may also break off, and a request to another host is seen without
being sent. An answer may be given again, as an API does that is asked twice; so a loop shows.
"""

from __future__ import annotations

import io
import json
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from functools import cached_property
from typing import Any, Final, TypeAlias
from unittest.mock import patch
from urllib.parse import parse_qsl, urlsplit

import requests
import urllib3
from attrs import define, field, frozen
from requests.adapters import HTTPAdapter
from vcr.request import Request as Stored  # type: ignore[import-untyped]

from sdk.errors import ReadError
from sdk.testing.cassette_files import Contents
from sdk.testing.cassettes import stored_origin
from sdk.testing.openings import Access, Movable, Opening, openings, played
from sdk.testing.sampling import Sample, SampleSize, sample
from sdk.testing.scrubbing import Scrubber
from sdk.testing.undisturbed import without_surroundings, without_waiting
from sdk.testing.unrecorded import content

Question: TypeAlias = tuple[Any, ...]
"""What makes two requests the same, wherever they are sent to: method, path, query and body."""

Answer: TypeAlias = dict[str, Any]
"""A response as a cassette stores it."""

Otherwise: TypeAlias = Callable[[Stored, int], Answer | None]
"""Answers what no recording knows: gets the request, and how many such were answered before it."""

_AT_LEAST: Final = 200
_TIMES: Final = 5
_WITHOUT_END: Final = 10**9


class EndlessError(Exception):
    """More was asked than any honest reading of the recording asks; no error of the connector's own may hide it."""


class UnknownAnswerError(ReadError):
    """What was asked is not in the recording, so nobody can say what the mutated API would answer."""


@frozen
class Served:
    """One request that was answered.

    Attributes:
        question: What was asked.
        target: Path and query as they were sent, secrets hidden.
        at: Seconds that had been waited before it was sent.
    """

    question: Question
    target: str
    at: float


@frozen
class Played:
    """How a reading of a mutated API went.

    Attributes:
        sample: What was read; `None` when `crash` or `is_endless` ended it.
        served: What was asked, in order.
        foreign: Where else something was asked: scheme, host and port.
        crash: The exception that ended the reading and is no `SDKError`.
        is_endless: Whether it had to be stopped.
    """

    sample: Sample | None
    served: tuple[Served, ...]
    foreign: tuple[str, ...]
    crash: Exception | None = None
    is_endless: bool = False

    @property
    def is_unknown(self) -> bool:
        """Whether it left what was recorded, so that nothing can be said."""
        return self.sample is not None and isinstance(self.sample.failure, UnknownAnswerError)


def question(request: Stored) -> Question:
    """Return what makes *request* the same as another."""
    query = tuple(sorted(parse_qsl(request.parsed_uri.query, keep_blank_values=True)))
    return request.method, urlsplit(request.uri).path, query, json.dumps(content(request), sort_keys=True, default=str)


@define
class Api:
    """The API that a cassette's contents describe.

    Attributes:
        contents: What it answers. Several answers to one question are given in turn, the last from then on.
        origin: Its scheme and host; whatever is asked elsewhere is noted.
        otherwise: Answers the questions that stand not there.
    """

    contents: Contents
    origin: str
    scrubber: Scrubber
    otherwise: Otherwise | None = None
    served: list[Served] = field(factory=list)
    foreign: list[str] = field(factory=list)
    waits: Sequence[float] = ()
    noting: list[Question] = field(factory=list)
    _answers: dict[Question, list[Answer]] = field(factory=dict)
    _given: dict[Question, int] = field(factory=dict)
    _others: int = 0

    def __attrs_post_init__(self) -> None:
        for request, response in zip(self.contents.requests, self.contents.responses, strict=True):
            self._answers.setdefault(question(request), []).append(response)

    def send(self, prepared: requests.PreparedRequest) -> requests.Response:
        """Answer a request.

        Raises:
            EndlessError: It is one too many.
            UnknownAnswerError: Nobody knows the answer.
        """
        sent = Stored(prepared.method, prepared.url, prepared.body, dict(prepared.headers))
        asked = self.scrubber.request(sent)
        parts = urlsplit(asked.uri)
        # Before the bound, so that an endless reading of another host shows as both.
        if f"{parts.scheme}://{parts.netloc}" != self.origin:
            self.foreign.append(f"{parts.scheme}://{parts.netloc}")
        if len(self.served) >= max(_AT_LEAST, _TIMES * len(self.contents.requests)):
            raise EndlessError
        target = f"{parts.path}?{parts.query}" if parts.query else parts.path
        self.served.append(Served(question(asked), target, sum(self.waits)))
        self.noting.append(question(asked))
        return _response(prepared, self._answer(asked))

    def _answer(self, asked: Stored) -> Answer:
        wanted = question(asked)
        held = self._answers.get(wanted)
        if held:
            given = self._given.get(wanted, 0)
            self._given[wanted] = given + 1
            return held[min(given, len(held) - 1)]
        answer = self.otherwise(asked, self._others) if self.otherwise is not None else None
        if answer is None:
            raise UnknownAnswerError("what was asked is not in the recording")
        self._others += 1
        return answer


@frozen(slots=False)
class Account:
    """Where a recording is read from.

    Attributes:
        connector: Name of the connector.
        resource: Name of its resource.
        contents: What was recorded.
        plugins: Objects with hook implementations, asked before all others.
    """

    connector: str
    resource: str
    contents: Contents
    plugins: tuple[object, ...] = ()

    @property
    def origin(self) -> str:
        """Scheme and host of the stored requests."""
        return stored_origin(self.connector)

    @cached_property
    def opened(self) -> tuple[tuple[Access, Opening], ...]:
        """What the connector is opened with in each run, and how."""
        found = openings(self.contents)
        return tuple((played(self.connector, self.contents, one, self.plugins), one) for one in found)

    def around(self, *plugins: object) -> list[object]:
        """Return the plugins of a reading, *plugins* asked after the account's own."""
        return [*plugins, *self.plugins, Movable()]


@contextmanager
def answering(account: Account, contents: Contents, otherwise: Otherwise | None = None) -> Iterator[Api]:
    """Answer all HTTP requests from *contents*, without waiting."""
    with without_waiting() as waits, without_surroundings():
        api = Api(contents, account.origin, Scrubber(account.opened[0][0].secrets), otherwise, waits=waits)
        with patch.object(HTTPAdapter, "send", lambda _adapter, prepared, **_options: api.send(prepared)):
            yield api


def play(  # noqa: PLR0913 - what `sample` takes, and what the API is
    account: Account,
    contents: Contents,
    *,
    plugins: Sequence[object] = (),
    otherwise: Otherwise | None = None,
    run: int = 0,
    state: Mapping[str, Any] | None = None,
    size: SampleSize | None = None,
    noting: list[Question] | None = None,
) -> Played:
    """Read the account's resource from the API of *contents*, all of it unless *size* says less.

    What is asked is noted in *noting*, while it is asked.
    """
    access, opening = account.opened[run]
    found: Sample | None = None
    crash: Exception | None = None
    is_endless = False
    with answering(account, contents, otherwise) as api:
        api.noting = [] if noting is None else noting
        try:
            found = sample(
                account.connector,
                account.resource,
                access.keywords,
                size=size or SampleSize(_WITHOUT_END, _WITHOUT_END),
                plugins=account.around(*plugins),
                clock=lambda: opening.clock,
                state=state,
            )
        except EndlessError:
            is_endless = True
        except Exception as error:  # noqa: BLE001 - that no other exception comes out is what is judged
            crash = error
    return Played(found, tuple(api.served), tuple(dict.fromkeys(api.foreign)), crash, is_endless)


def _response(prepared: requests.PreparedRequest, answer: Answer) -> requests.Response:
    headers = urllib3.HTTPHeaderDict()
    for name, values in answer["headers"].items():
        for value in values:
            headers.add(name, value)
    raw = urllib3.HTTPResponse(
        body=io.BytesIO(body_of(answer)),
        headers=headers,
        status=answer["status"]["code"],
        reason=answer["status"].get("message"),
        request_method=prepared.method,
        preload_content=False,
    )
    response: requests.Response = HTTPAdapter().build_response(prepared, raw)
    return response


def body_of(answer: Answer) -> bytes:
    """Return the body of an answer."""
    body = answer["body"]["string"] or b""
    return body.encode() if isinstance(body, str) else body
