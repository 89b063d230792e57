"""Readings: one partition each, with the questions that are under way for it.

Pages are taken in order, whatever order their answers come in. A page that was fetched ahead counts only when the
page before it asks for just that request; otherwise it is thrown away.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any, TypeAlias

from attrs import define, evolve, field

from sdk.client import Client
from sdk.courses import Ask, Batch, Course, Steps
from sdk.messages import Page, Partition, Request
from sdk.paginators.totals import no_such_page
from sdk.reader import Reader
from sdk.skips import Skip


@define(eq=False)
class Fetch:
    """A question that was sent, or waits for its turn."""

    client: Client
    ask: Ask
    reading: Reading
    settled: Callable[[Reading], None]
    page: Page | None = None
    error: BaseException | None = None
    done: bool = False

    def send(self) -> None:
        """Get the page."""
        if self.reading.closed:
            return
        try:
            self.page = self.client.fetch(self.ask.resource, self.ask.request, self.ask.also)
        except BaseException as error:  # noqa: BLE001 - whatever it is, it belongs to the reading and not to the thread
            self.error = error

    @property
    def failed(self) -> bool:
        """Whether there was no page."""
        return self.error is not None

    def settle(self) -> None:
        """Go on with the reading, if it waits for just this."""
        self.done = True
        if not self.reading.closed and self.reading.waits_for(self):
            self.settled(self.reading)


Send: TypeAlias = Callable[[Ask], Fetch]


@define(eq=False)
class Reading:
    """The reading of one partition.

    Attributes:
        partition: What is read.
        steps: What `Reader.steps` gives for it.
        course: How far they have come.
        ahead: How many pages may be fetched ahead.
        over: It came to its end.
        closed: Nobody wants it any more.
    """

    partition: Partition
    steps: Steps
    course: Course
    ahead: int = 0
    over: bool = False
    closed: bool = False
    _ask: Ask | None = None
    _fetches: dict[Any, Fetch] = field(factory=dict)

    @classmethod
    def of(cls, reader: Reader, partition: Partition, ahead: int = 0) -> Reading:
        """Return the reading of *partition* by *reader*."""
        course = Course([partition])
        return cls(partition, reader.steps(partition, course), course, ahead)

    def waits_for(self, fetch: Fetch) -> bool:
        """Return whether *fetch* is what it needs next."""
        return self._ask is not None and self._fetches.get(_key(self._ask.request)) is fetch

    def go_on(self, send: Send) -> Iterator[Batch | Skip]:
        """Yield what the answers so far lead to, and send the next question; stop in between as often as you like.

        Raises:
            ReadError: Going on would lose rows.
        """
        while not self.over:
            fetch: Fetch | None = None
            if self._ask is not None:
                fetch = self._fetch(self._ask, send)
                if not fetch.done:
                    return
                del self._fetches[_key(self._ask.request)]
            try:
                item = self._step(fetch)
            except StopIteration:
                self.over = True
                self._fetches.clear()
                return
            self._ask = item if isinstance(item, Ask) else None
            if not isinstance(item, Ask):
                yield item

    def close(self) -> None:
        """End it, whatever is under way."""
        self.closed = True
        self._fetches.clear()
        self.steps.close()

    def _step(self, fetch: Fetch | None) -> Ask | Batch | Skip:
        if fetch is None:
            return next(self.steps)
        if fetch.error is not None:
            return self.steps.throw(fetch.error)
        assert fetch.page is not None
        assert self._ask is not None
        page = fetch.page
        if page.request is not self._ask.request:
            # As it was asked in its turn: the state of a foreseen request may know less.
            page = evolve(page, request=self._ask.request)
        return self.steps.send(page)

    def _fetch(self, ask: Ask, send: Send) -> Fetch:
        key = _key(ask.request)
        if key not in self._fetches:
            # Not what was foreseen, or nothing was.
            self._fetches = {key: send(ask)}
        if self.ahead and ask.ahead and _key(ask.ahead[0]) == key:
            # What is under way are the first of these.
            for request in ask.ahead[len(self._fetches) : self.ahead + 1]:
                also = ask.also | no_such_page(request)
                self._fetches[_key(request)] = send(evolve(ask, request=request, also=also, ahead=()))
        return self._fetches[key]


def _key(request: Request) -> Any:
    return request.identity
