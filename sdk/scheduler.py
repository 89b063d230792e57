"""Send questions on a bounded number of threads, in turn for each lane.

Threads do nothing but wait for answers. What an answer leads to is done under one lock, so whoever plans the reading
needs no care about threads; Python would not do two such things at a time anyway.
"""

from __future__ import annotations

import threading
from collections import deque
from collections.abc import Hashable
from typing import Final, Protocol

from attrs import define, field

# Under way after the first answer, and how many answers make room for one more.
_AT_FIRST: Final = 8
_ANSWERS_EACH: Final = 4
# Seconds after which a thread without work goes: a reading that nobody takes from any more never says so.
_IDLE_AT_MOST: Final = 1.0


class Job(Protocol):
    """One question."""

    def send(self) -> None:
        """Get the answer, or the error in its place; called without the lock, and never raises."""

    def settle(self) -> None:
        """Do what follows from it; called with the lock."""

    @property
    def failed(self) -> bool:
        """Whether there was an error in the place of an answer."""


@define(eq=False)
class Scheduler:
    """Keep up to `in_flight` questions under way.

    The first one goes alone. Then there are eight at a time, and one more for every four answers, so that an API that
    takes fewer says so to a few of them and not to all.

    With one in flight there are no threads: a question is sent when somebody waits for its answer, so the order of
    requests depends on nothing but the caller's.

    Attributes:
        in_flight: How many questions may be under way at a time.
        lock: Held while anything of the plan is read or changed.
    """

    in_flight: int
    lock: threading.RLock = field(factory=threading.RLock, init=False)
    _work: threading.Condition = field(init=False)
    _news: threading.Condition = field(init=False)
    _lanes: dict[Hashable, deque[Job]] = field(factory=dict, init=False)
    _turns: deque[Hashable] = field(factory=deque, init=False)
    _threads: int = field(default=0, init=False)
    _idle: int = field(default=0, init=False)
    _queued: int = field(default=0, init=False)
    _under_way: int = field(default=0, init=False)
    _answers: int = field(default=0, init=False)
    _stopped: bool = field(default=False, init=False)

    def __attrs_post_init__(self) -> None:
        self._work = threading.Condition(self.lock)
        self._news = threading.Condition(self.lock)

    def submit(self, lane: Hashable, job: Job) -> None:
        """Send *job* when its turn comes: lanes take turns, within a lane the first goes first."""
        with self.lock:
            if lane not in self._lanes:
                self._lanes[lane] = deque()
                self._turns.append(lane)
            self._lanes[lane].append(job)
            self._queued += 1
            if self.in_flight > 1:
                self._staff()

    def wait(self) -> None:
        """Wait until an answer has come; call it with the lock, when there is something under way."""
        if self.in_flight > 1:
            self._news.wait()
        elif job := self._next():
            job.send()
            job.settle()

    @property
    def has_answers(self) -> bool:
        """Whether anything was answered yet."""
        return self._answers > 0

    @property
    def is_idle(self) -> bool:
        """Whether nothing is under way or waits for its turn."""
        return not self._turns and not self._under_way

    def stop(self) -> None:
        """Send nothing more; what is under way is not waited for."""
        with self.lock:
            self._stopped = True
            self._lanes.clear()
            self._turns.clear()
            self._queued = 0
            self._work.notify_all()
            self._news.notify_all()

    def _staff(self) -> None:
        self._work.notify()
        # A thread that was woken is idle until it has the lock, so idle ones may be fewer than they look.
        if self._queued <= self._idle or self._threads >= self._allowed:
            return
        # A daemon: the end of the process must not wait for a server that does not answer.
        thread = threading.Thread(target=self._run, name=f"sdk-reader-{self._threads + 1}", daemon=True)
        try:
            thread.start()
        except RuntimeError:
            # The machine has none left: those that are there do the work of all.
            if not self._threads:
                raise
        else:
            self._threads += 1

    @property
    def _allowed(self) -> int:
        """How many questions may be under way now."""
        if not self._answers:
            return 1
        return min(self.in_flight, _AT_FIRST + self._answers // _ANSWERS_EACH)

    def _run(self) -> None:
        while (job := self._take()) is not None:
            job.send()
            with self.lock:
                self._under_way -= 1
                self._answers += not job.failed
                if not self._stopped:
                    job.settle()
                    self._work.notify()
                    if self._queued:
                        self._staff()
                self._news.notify_all()

    def _take(self) -> Job | None:
        with self.lock:
            while not self._stopped:
                job = self._next() if self._under_way < self._allowed else None
                if job is not None:
                    self._under_way += 1
                    return job
                self._idle += 1
                woken = self._work.wait(_IDLE_AT_MOST)
                self._idle -= 1
                if not woken and not self._queued:
                    break
            self._threads -= 1
            return None

    def _next(self) -> Job | None:
        if not self._turns:
            return None
        lane = self._turns.popleft()
        jobs = self._lanes[lane]
        job = jobs.popleft()
        self._queued -= 1
        if jobs:
            self._turns.append(lane)
        else:
            del self._lanes[lane]
        return job
