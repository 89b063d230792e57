"""A stage: one fault being played in front of one API, and everything that was asked meanwhile."""

from __future__ import annotations

import threading
from collections.abc import Callable
from typing import Any, Final, TypeAlias

from attrs import define, field

from sdk.messages import Record
from sdk.testing.faults.wire import Answer, Asked

# No fault takes so many requests from a reader that ends; one that does not is ended.
_MOST: Final = 600


@define
class Stage:
    """What a fault sees of the API that it is played on, and what it remembers.

    Attributes:
        here: Base URL of the API.
        there: Base URL of another host, where no credential may go and no row may come from.
        secret: The credential.
        honest: Returns what the API itself answers.
        page: On which page of the list a fault falls that falls on one: the third, or the last of a shorter list.
        rows: The rows that are there, which a fault may change.
        run: Which run is under way, from 1 on.
        time: The seconds that have gone by for tokens, which a fault may move on.
        notes: What a fault wants to remember.
        asked: What was asked so far.
    """

    here: str
    there: str
    secret: str
    honest: Callable[[Stage, Asked], Answer]
    page: int = 3
    rows: list[Record] = field(factory=list)
    run: int = 1
    time: float = 0.0
    notes: dict[str, Any] = field(factory=dict)
    asked: list[Asked] = field(factory=list)
    _order: list[tuple[int, Any]] = field(factory=list)
    _lock: threading.RLock = field(factory=threading.RLock, repr=False)

    def take(self, asked: Asked, play: Play) -> Answer:
        """Note a request, and return what *play* answers."""
        with self._lock:
            self.asked.append(asked)
            if len(self.asked) > _MOST:
                return Answer({"message": "that is enough"}, 410)
            if (self.run, asked.question) not in self._order:
                self._order.append((self.run, asked.question))
            return play(self, asked)

    def good(self, asked: Asked) -> Answer:
        """Return the honest answer."""
        return self.honest(self, asked)

    def number(self, asked: Asked) -> int:
        """Return which of the run's different questions this is, from 1 on."""
        return [question for run, question in self._order if run == self.run].index(asked.question) + 1

    def times(self, asked: Asked) -> int:
        """Return how often this question was asked, this time included."""
        return sum(1 for one in self.asked if one.question == asked.question)


Play: TypeAlias = Callable[[Stage, Asked], Answer]
"""What a fault answers in place of the API."""


def honestly(stage: Stage, asked: Asked) -> Answer:
    """Answer as the API does."""
    return stage.good(asked)


def on_page(play: Play, page: int | None = None, *, times: int | None = None) -> Play:
    """Return a play that answers one page with *play*, at most so many *times*, and all else honestly."""

    def answer(stage: Stage, asked: Asked) -> Answer:
        falls = stage.number(asked) == (page or stage.page)
        return play(stage, asked) if falls and (times is None or stage.times(asked) <= times) else stage.good(asked)

    return answer


def from_page(play: Play, page: int | None = None) -> Play:
    """Return a play that answers a page and all after it with *play*."""
    return lambda stage, asked: play(stage, asked) if stage.number(asked) >= (page or stage.page) else stage.good(asked)


def in_run(run: int, play: Play) -> Play:
    """Return a play that answers in one run only."""
    return lambda stage, asked: play(stage, asked) if stage.run == run else stage.good(asked)
