"""Serve what hypothesis draws, with faults that a repeat cures, and count what was asked and what was sent."""

from __future__ import annotations

import threading
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from datetime import UTC, datetime
from itertools import count
from typing import Any, Final, TypeAlias
from zlib import crc32

from attrs import define, evolve, field, frozen

from sdk import limiter
from sdk.connector import Connector
from sdk.cursors import State
from sdk.errors import SDKError
from sdk.extraction import Extraction
from sdk.messages import Record
from sdk.opening import Opened
from sdk.plugins import Hooks
from sdk.records import Records
from sdk.resource import Resource
from sdk.retry import RetryPolicy
from sdk.skips import Skip
from sdk.testing.faults import manners
from sdk.testing.faults.wire import Answer, Asked, FaultServer

Take: TypeAlias = Callable[[Asked], Answer]
Trouble: TypeAlias = Callable[[Answer], Answer]

NOW: Final = datetime(2026, 1, 10, 12, tzinfo=UTC)
ATTEMPTS: Final = 4
_names: Final = count()


def refused(status: int, **headers: str) -> Trouble:
    """Answer with an error in place of the page."""
    named = {name.replace("_", "-"): value for name, value in headers.items()}
    return lambda _: Answer({"message": "not now"}, status, named)


# What another attempt cures.
TROUBLES: Final[dict[str, Trouble]] = {
    "500": refused(500),
    "502 in HTML": lambda _: Answer(b"<html>bad gateway</html>", 502, {"Content-Type": "text/html"}),
    "503 with a wait": refused(503, Retry_After="2"),
    "408": refused(408),
    "429 with a wait": refused(429, Retry_After="7"),
    "429": refused(429),
    "403 with a wait": refused(403, Retry_After="1"),
    "hangs up": lambda answer: answer.sent(manners.hangs_up),
    "resets": lambda answer: answer.sent(manners.resets),
    "half": lambda answer: answer.sent(manners.half),
    "half, then reset": lambda answer: answer.sent(manners.half_then_resets),
    "half without a length": lambda answer: answer.sent(manners.half_unannounced),
    "half of the chunks": lambda answer: answer.sent(manners.chunked_half),
    "empty": lambda answer: evolve(answer, body=b""),
    "a page to sign in": lambda _: Answer(b"<html>sign in</html>", 200, {"Content-Type": "text/html"}),
    "an error under 200": lambda _: Answer({"error": {"code": "overloaded"}}),
}
_DOWN: Final = refused(500)
# No reading of any example needs as many; whoever asks more often is stopped, and fails by that number.
_MOST: Final = 600


@define
class Ward:
    """Stands before an API: plays troubles, the same ones whatever order the questions come in.

    Attributes:
        take: Returns the API's own answer.
        troubles: Names of what befalls a question before it is answered, one list for each kind of question.
        broken: Which kind of question is never answered, if any.
        asked: How often each question was asked.
        played: How many troubles were played.
        in_vain: How often the broken question was asked.
    """

    take: Take
    troubles: Sequence[Sequence[str]] = ((),)
    broken: int | None = None
    asked: Counter[str] = field(factory=Counter)
    played: int = 0
    in_vain: int = 0
    _lock: threading.RLock = field(factory=threading.RLock)

    def __call__(self, asked: Asked) -> Answer:
        """Answer one request."""
        with self._lock:
            kind = crc32(asked.target.encode()) % len(self.troubles)
            before = self.asked[asked.target]
            self.asked[asked.target] += 1
            if self.asked.total() > _MOST:
                return Answer({"message": "that is an endless loop"}, 400)
            if kind == self.broken:
                self.in_vain += 1
                return _DOWN(Answer())
            if before < len(self.troubles[kind]):
                self.played += 1
                return TROUBLES[self.troubles[kind][before]](Answer({"rows": [], "next": None}))
            return self.take(asked)


@contextmanager
def mounted(server: FaultServer, take: Take) -> Iterator[str]:
    """Let *take* answer below a path of its own until the block ends; yield the base URL."""
    name = f"api{next(_names)}"
    try:
        yield server.mount(name, take)
    finally:
        server.unmount(name)


def opened(base_url: str, *resources: Resource, in_flight: int = 1, now: datetime = NOW, **facts: Any) -> Opened:
    """Return the connector that reads *resources* at *base_url*, ready to be read.

    Its pace is its own: what one example made of it must not decide over the next.
    """
    limiter._limiters.clear()
    made = Connector(
        "drawn",
        base_url=base_url,
        resources=resources,
        in_flight=in_flight,
        start_date=None,
        retry=RetryPolicy(attempts=ATTEMPTS),
        **facts,
    )
    return Opened(made, Hooks.of(), lambda: now)


@frozen
class Came:
    """What a reading brought: records, what was skipped, why it ended early, and how many announced records lack."""

    records: list[Record]
    skips: list[Skip]
    failure: SDKError | None
    gaps: int = 0


def read(opened: Opened, name: str) -> Came:
    """Read the resource *name* as `sdk.read` does; any error but our own breaks the test."""
    reading = Records(opened, name)
    records: list[Record] = []
    failure = None
    try:
        records.extend(reading)
    except SDKError as error:
        failure = error
    finally:
        reading._extraction.reader.client.close()
    return Came(records, reading.skips, failure, reading._extraction.reader.tallies.of(name).gaps)


def read_on(opened: Opened, name: str, state: State, since: datetime | None) -> Came:
    """Read what is new of the resource *name* since *state* was left, as a pipeline does."""
    reader = opened.reader()
    extraction = Extraction(reader, [name], run_start=opened.clock(), since=since, states={name: state})
    records: list[Record] = []
    failure = None
    try:
        for batch in extraction.batches(name):
            records.extend(batch or ())
    except SDKError as error:
        failure = error
    finally:
        reader.client.close()
    return Came(records, extraction.skips(name), failure)
