"""Who sends questions: whoever waits, while answers come at once, and threads when they do not."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable

import pytest
from attrs import define

from sdk.scheduler import Scheduler
from tests.gate import Gate


@define(eq=False)
class Question:
    """A question that is answered when `answer` returns."""

    answer: Callable[[], object] = lambda: None
    failed: bool = False
    sender: str = ""
    settled: bool = False

    def send(self) -> None:
        """Note who sends it, and wait for the answer."""
        self.sender = threading.current_thread().name
        self.answer()

    def settle(self) -> None:
        """Note that it was answered."""
        self.settled = True


def all_of(scheduler: Scheduler, questions: list[Question]) -> None:
    """Send the questions, and wait until all are answered."""
    for one in questions:
        scheduler.submit("lane", one)
    with scheduler.lock:
        while not scheduler.is_idle:
            scheduler.wait()
    scheduler.stop()


def test_what_is_answered_at_once_is_sent_by_whoever_waits():
    """No thread is handed a question, and they go in their order."""
    order: list[int] = []
    questions = [Question(lambda at=at: order.append(at)) for at in range(50)]  # type: ignore[misc] # bound as it is

    all_of(Scheduler(8), questions)

    assert order == list(range(50))
    assert {one.sender for one in questions} == {threading.current_thread().name}


def test_an_answer_that_does_not_come_does_not_hold_the_others():
    """Threads send what is queued behind the first answer, eight at a time at first."""
    both = Gate(expected=2)
    questions = [Question(), Question(both), Question(both), *(Question() for _ in range(9))]

    all_of(Scheduler(8), questions)

    assert both.most == 2
    assert all(one.settled for one in questions)
    assert {one.sender for one in questions[2:]} != {threading.current_thread().name}


@pytest.mark.usefixtures("on_threads")
@pytest.mark.parametrize(("in_flight", "most"), [(1, 1), (3, 3), (20, 8)])
def test_no_more_are_under_way_than_allowed(in_flight: int, most: int):
    """The first goes alone, and then eight at a time or as many as are allowed."""
    first, rest = Gate(expected=1), Gate(expected=most)

    all_of(Scheduler(in_flight), [Question(first), *(Question(rest) for _ in range(3 * most))])

    assert (first.most, rest.most) == (1, most)


def test_one_in_flight_is_one_whoever_waits():
    """Two who wait on two threads do not send two at a time."""
    scheduler, under_way, at_a_time = Scheduler(1), list[int](), set[int]()

    def answer() -> None:
        under_way.append(1)
        time.sleep(0.005)
        at_a_time.add(len(under_way))
        under_way.pop()

    questions = [Question(answer) for _ in range(20)]
    for one in questions:
        scheduler.submit("lane", one)

    def wait() -> None:
        with scheduler.lock:
            while not scheduler.is_idle:
                scheduler.wait()

    other = threading.Thread(target=wait)
    other.start()
    wait()
    other.join(30)

    assert at_a_time == {1}
    assert all(one.settled for one in questions)


@pytest.mark.usefixtures("on_threads")
def test_without_threads_left_whoever_waits_sends(monkeypatch: pytest.MonkeyPatch):
    """A machine that gives no thread slows a reading down, and does not end it."""

    def refuse(thread: threading.Thread) -> None:
        raise RuntimeError(f"can't start new thread: {thread.name}")

    monkeypatch.setattr(threading.Thread, "start", refuse)
    questions = [Question() for _ in range(9)]

    all_of(Scheduler(8), questions)

    assert all(one.settled for one in questions)
    assert {one.sender for one in questions} == {threading.current_thread().name}
