"""Send questions, in turn for each lane: by whoever waits while answers come at once, on threads when they do not.

Threads do nothing but wait for answers. What an answer leads to is done under one lock, so whoever plans the reading
needs no care about threads; Python would not do two such things at a time anyway. That is also why an API that hardly
makes anybody wait is read faster without them: handing each answer over costs more than the wait that it saves.
"""

from __future__ import annotations

import threading
import time
from collections import deque
from collections.abc import Callable, Hashable
from typing import Final, Protocol

from attrs import define, field

# Under way after the first answer, and how many answers make room for one more.
_AT_FIRST: Final = 8
_ANSWERS_EACH: Final = 4
# Seconds after which a thread without work goes: a reading that nobody takes from any more never says so.
_IDLE_AT_MOST: Final = 1.0
# Seconds of waiting for an answer from which on threads are worth it: on average, beside what a connection may take
# once, and for a single answer. Without them, records are read from loopback in three quarters of the time.
_WAIT_WORTH_IT: Final = 0.001
_WAIT_ONCE: Final = 0.01
_WAIT_AT_MOST: Final = 0.02


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

    Whoever waits sends the questions himself, one by one, as long as the answers come at once. When they do not, they
    are sent on threads: eight at a time, and one more for every four answers, so that an API that takes fewer says so
    to a few of them and not to all.

    With one in flight there are no threads: the order of requests depends on nothing but the caller's.

    Attributes:
        in_flight: How many questions may be under way at a time.
        lock: Held while anything of the plan is read or changed.
        on_threads: Answers take long enough to ask for several at a time.
    """

    in_flight: int
    lock: threading.RLock = field(factory=threading.RLock, init=False)
    on_threads: bool = field(default=False, init=False)
    _work: threading.Condition = field(init=False)
    _news: threading.Condition = field(init=False)
    _lanes: dict[Hashable, deque[Job]] = field(factory=dict, init=False)
    _turns: deque[Hashable] = field(factory=deque, init=False)
    _watched: bool = field(default=False, init=False)
    _sent_here: int = field(default=0, init=False)
    _waited: float = field(default=0.0, init=False)
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
            if self.on_threads:
                self._staff()

    def wait(self) -> None:
        """Wait until an answer has come; call it with the lock, held once, when there is something under way."""
        job = None if self.on_threads or self._under_way >= self._allowed else self._next()
        if job is None:
            self._news.wait()
        else:
            self._send_here(job)

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

    def _send_here(self, job: Job) -> None:
        self._under_way += 1
        self._sent_here += 1
        if self.in_flight > 1 and not self._watched:
            self._watched = self._start(self._watch, "sdk-watch")
        self.lock.release()
        began, busy = time.perf_counter(), time.thread_time()
        try:
            job.send()
        finally:
            waited = time.perf_counter() - began - (time.thread_time() - busy)
            self.lock.acquire()
            self._waited += waited
            if self._waited > _WAIT_ONCE + _WAIT_WORTH_IT * self._sent_here:
                self._spread()
            self._settle(job)

    def _watch(self) -> None:
        """Let others send what is queued when the answer to what was sent here does not come."""
        with self.lock:
            while self._under_way and not (self.on_threads or self._stopped):
                sent = self._sent_here
                self._work.wait(_WAIT_AT_MOST)
                if self._under_way and self._sent_here == sent:
                    self._spread()
            self._watched = False

    def _spread(self) -> None:
        """Send on threads from now on."""
        if self.in_flight > 1 and not (self.on_threads or self._stopped):
            self.on_threads = True
            if self._queued:
                self._staff()

    def _staff(self) -> None:
        self._work.notify()
        # A thread that was woken is idle until it has the lock, so idle ones may be fewer than they look.
        if self._queued <= self._idle or self._threads >= self._allowed:
            return
        if self._start(self._run, f"sdk-reader-{self._threads + 1}"):
            self._threads += 1
        elif not self._threads:
            self.on_threads = False
            self._news.notify_all()

    @staticmethod
    def _start(target: Callable[[], None], name: str) -> bool:
        """Start a thread; return whether the machine had one left."""
        try:
            # A daemon: the end of the process must not wait for a server that does not answer.
            threading.Thread(target=target, name=name, daemon=True).start()
        except RuntimeError:
            return False
        return True

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
                self._settle(job)

    def _settle(self, job: Job) -> None:
        self._under_way -= 1
        self._answers += not job.failed
        if not self._stopped:
            job.settle()
            if self.on_threads:
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
