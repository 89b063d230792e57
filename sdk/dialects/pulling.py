"""Read partitions with several requests in flight, and hand on their pages in order.

dlt pulls: whoever takes a page decides whether another is read. So nothing is read ahead before the second page is
wanted, and what is read ahead is bounded. The partitions' pages come in the order of the partitions, as if one were
read after the other.
"""

from __future__ import annotations

import time
from collections import deque
from collections.abc import Callable, Generator, Iterator
from functools import partial
from http import HTTPStatus
from http.client import responses
from typing import Any, Final, Generic, TypeVar

from attrs import define, evolve, field, frozen
from dlt.sources.helpers.rest_client.exceptions import IgnoreResponseException

from sdk.collector import collecting_rarely
from sdk.courses import Ask, Batch
from sdk.dialects.paging import MORE
from sdk.dialects.pool import Pool
from sdk.errors import ReadError, ResponseError
from sdk.messages import Partition
from sdk.paginators.totals import SEEN
from sdk.reader import Reader
from sdk.readings import Fetch, Reading
from sdk.scheduler import Scheduler
from sdk.skips import Skip

T = TypeVar("T")


class _IgnoredError(Exception):
    """The answer to a question is one that is to be ignored."""

    def __init__(self, ask: Ask) -> None:
        self.ask = ask
        super().__init__()


class _Fetch(Fetch):
    took: float = 0.0

    def send(self) -> None:
        """Get the page; of one that is to be ignored say which it was."""
        began = time.monotonic()
        super().send()
        self.took = time.monotonic() - began
        if isinstance(self.error, IgnoreResponseException):
            self.error = _IgnoredError(self.ask)


_CLIENT_ERROR: Final = 400
_SERVER_ERROR: Final = 500

# An API that answers faster than this gains nothing from several requests in flight, and gets them in order.
_WORTH_IT: Final = 0.02

# Pages of one partition that may lie untaken, and how fast reading ahead grows with what is taken.
_PAGES_KEPT: Final = 4
_GROWTH: Final = 2


@frozen
class Piece(Generic[T]):
    """A partition, and what its pages are handed on with."""

    partition: Partition
    about: T


@define(eq=False)
class _Open(Generic[T]):
    """A piece that is being read."""

    piece: Piece[T]
    reading: Reading
    pages: deque[Batch] = field(factory=deque)
    # Where each of the pages would be asked for again.
    marks: deque[Partition | None] = field(factory=deque)
    resting: bool = False
    begun: bool = False
    over: bool = False
    failure: BaseException | None = None


@define(eq=False)
class Pull(Generic[T]):
    """The pages of some pieces.

    Attributes:
        pool: The threads.
        reader: Reads partitions.
        pieces: The pieces, made when their turn comes.
        ignored: Told of each piece that an answer ended because it is to be ignored, with the error if it was one.
        passed_over: Statuses that end a piece and not the run.
        second_chance: Returns what to read instead, when a piece's first request was refused.
    """

    pool: Pool
    reader: Reader
    pieces: Iterator[Piece[T]]
    ignored: Callable[[Piece[T], ResponseError | None], None]
    passed_over: frozenset[int] = frozenset()
    second_chance: Callable[[ReadError, Partition], Partition | None] = lambda _error, _partition: None
    _open: deque[_Open[T]] = field(factory=deque, init=False)
    _held: list[Fetch] = field(factory=list, init=False)
    _taken: int = field(default=0, init=False)
    _named: bool = field(default=False, init=False)

    def pages(self) -> Generator[tuple[T, Batch]]:
        """Yield each page with what its piece is about, in order."""
        with self.pool.joined() as scheduler, collecting_rarely():
            try:
                while True:
                    with scheduler.lock:
                        item = self._take(scheduler)
                    if item is None:
                        return
                    yield item
            finally:
                with scheduler.lock:
                    for one in self._open:
                        one.reading.close()
                    self._open.clear()

    def rest(self) -> Partition | None:
        """Return what is left of the piece whose page was taken last, and ask for nothing more until `resume`.

        `None` when nothing is, or when it broke, which whoever takes next is told.
        """
        scheduler = self.pool.scheduler
        with scheduler.lock:
            head = self._open[0]
            if head.resting and not head.pages:
                self._go_on(scheduler, head, held=True)
            if head.pages:
                return head.marks[0]
            return None if head.over or head.failure is not None else next(iter(head.reading.course.left()), None)

    def resume(self) -> None:
        """Ask what was not asked while it rested."""
        for fetch in self._held:
            self.pool.scheduler.submit(fetch.ask.resource.name, fetch)
        self._held.clear()

    def _take(self, scheduler: Scheduler) -> tuple[T, Batch] | None:
        while True:
            self._widen(scheduler)
            if not self._open:
                return None
            head = self._open[0]
            if head.pages:
                self._taken += 1
                page = head.pages.popleft()
                head.marks.popleft()
                return head.piece.about, page
            if head.failure is not None:
                raise _worded(head.failure)
            if head.over:
                self._open.popleft()
                continue
            if head.resting:
                self._go_on(scheduler, head)
                continue
            scheduler.wait()

    def _widen(self, scheduler: Scheduler) -> None:
        """Begin further pieces, and let those that rest go on, as far as may be read ahead."""
        ahead = min(self._most, 1 + _GROWTH * self._taken)
        while not self._named and len(self._open) < ahead:
            piece = next(self.pieces, None)
            if piece is None:
                self._named = True
                break
            one = _Open(piece, Reading.of(self.reader, piece.partition, self._most - 1 if self._taken else 0))
            self._open.append(one)
            self._go_on(scheduler, one)
        if self._most > 1 and self._taken:
            for one in self._open:
                one.reading.ahead = self._most - 1
                if one.resting and len(one.pages) < self._room:
                    self._go_on(scheduler, one)

    @property
    def _most(self) -> int:
        """How many requests may be under way."""
        return self.pool.in_flight if self.pool.slow else 1

    @property
    def _room(self) -> int:
        return min(_PAGES_KEPT, 1 + self._taken) if self._most > 1 else 1

    def _go_on(self, scheduler: Scheduler, one: _Open[T], *, held: bool = False) -> None:
        """Do what the answers so far lead to, and send the next question; not while it is *held*."""
        one.resting = False
        try:
            for item in one.reading.go_on(partial(self._send, scheduler, one, held=held)):
                one.begun = True
                if not isinstance(item, Skip):
                    one.pages.append(item)
                    one.marks.append(next(iter(one.reading.course.left()), None))
                    if held or len(one.pages) >= self._room:
                        one.resting = True
                        return
        except _IgnoredError as ignored:
            self._left_out(one, ignored.ask)
        except ReadError as error:
            self._refused(scheduler, one, error)
        except BaseException as failure:  # noqa: BLE001 - kept for whoever takes next, in whichever thread
            one.failure = failure
        else:
            one.over = one.reading.over

    def _refused(self, scheduler: Scheduler, one: _Open[T], error: ReadError) -> None:
        instead = None if one.begun else self.second_chance(error, one.piece.partition)
        # Pages that an earlier part read are pages before it, too.
        is_first = not one.begun and one.piece.partition.position is None
        if is_first and isinstance(error, ResponseError) and error.status == HTTPStatus.NO_CONTENT:
            # Nothing instead of a list is what the status says; instead of a page that follows it is an answer's lack.
            self.ignored(one.piece, error)
            one.over = True
        elif instead is not None:
            one.piece = evolve(one.piece, partition=instead)
            one.reading = Reading.of(self.reader, instead, one.reading.ahead)
            self._go_on(scheduler, one)
        elif is_first and isinstance(error, ResponseError) and error.status in self.passed_over:
            self.ignored(one.piece, error)
            one.over = True
        else:
            one.failure = error

    def _left_out(self, one: _Open[T], ask: Ask) -> None:
        """End a piece whose answer is to be ignored, unless by the page before it there are records left."""
        begun = one.begun or one.piece.partition.position is not None
        if begun and (ask.request.state.get(MORE) or SEEN in ask.request.state):
            one.failure = ReadError(
                "the answer is one that response_actions ignore, but the page before it says that more follows",
                connector=self.reader.connector.name,
                resource=ask.resource.name,
                request=self.reader.client.relative(ask.request),
            )
        else:
            self.ignored(one.piece, None)
            one.over = True

    def _send(self, scheduler: Scheduler, one: _Open[T], ask: Ask, *, held: bool) -> Fetch:
        fetch = _Fetch(self.reader.client, ask, one.reading, lambda _: self._answered(scheduler, one, fetch.took))
        if held:
            self._held.append(fetch)
        else:
            scheduler.submit(ask.resource.name, fetch)
        return fetch

    def _answered(self, scheduler: Scheduler, one: _Open[Any], took: float) -> None:
        self.pool.slow = self.pool.slow or took > _WORTH_IT
        if not (one.over or one.failure or one.resting):
            self._go_on(scheduler, one)


def _worded(failure: BaseException) -> BaseException:
    """Return *failure* with the words that requests has for a status, which is what users of dlt look for."""
    status = failure.status if isinstance(failure, ResponseError) else None
    if isinstance(failure, ResponseError) and status is not None and status >= _CLIENT_ERROR and failure.args:
        whose = "Client" if status < _SERVER_ERROR else "Server"
        said = f"answered {status} {whose} Error: {responses.get(status, 'unknown')}"
        failure.args = (str(failure.args[0]).replace(f"answered {status}", said, 1),)
    return failure
