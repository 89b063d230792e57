"""Bring feeds on: begin to read what they name, send the questions, hand on what comes, and judge what breaks.

Everything here is done under the scheduler's lock, in whichever thread an answer comes.
"""

from __future__ import annotations

from collections import deque
from functools import partial
from typing import Final

from attrs import define, evolve, field

from sdk.courses import Ask, Batch
from sdk.errors import ReadError
from sdk.feeds import Feed, Whole
from sdk.isolation import Isolation
from sdk.messages import Partition
from sdk.planning import Plan
from sdk.reader import Reader
from sdk.readings import Fetch, Reading
from sdk.scheduler import Scheduler
from sdk.skips import Skip

# What may lie untaken of one resource before its reading rests. A page may hold thousands of records.
_RECORDS_KEPT: Final = 20_000
_PAGES_KEPT: Final = 16
# What may be named of a child before its parent's reading rests, for each request in flight.
_NAMED_AHEAD: Final = 25


@define(eq=False)
class Advance:
    """Brings the feeds of one extraction on.

    Attributes:
        reader: Reads the partitions.
        plan: What there is to be read.
        scheduler: Sends the questions.
        isolation: What a failure costs.
        in_flight: How many requests may be under way at a time.
        is_paused: Nothing new is begun.
        has_restarted: Something that an earlier extraction had begun was begun anew: whoever pauses again and again
            would never come to its end.
    """

    reader: Reader
    plan: Plan
    scheduler: Scheduler
    isolation: Isolation
    in_flight: int
    is_paused: bool = False
    has_restarted: bool = False
    _turns: deque[Feed] = field(init=False)

    def __attrs_post_init__(self) -> None:
        self._turns = deque(self.plan.feeds.values())

    def queue_for(self, feed: Feed) -> bool:
        """Queue what brings *feed* on, one question at a time; return whether there is anything."""
        if feed.ended or feed.is_waiting or self.is_held(feed):
            return False
        if not feed.begun:
            self._begin(feed)
        if feed.readings:
            if feed.resting:
                self._go_on(feed.resting.popleft())
            return True
        if self._read_next(feed):
            return True
        if any(self.queue_for(parent) for parent in feed.parents) or self.ends(feed):
            return True
        return any(self.queue_for(part) for part in feed.parts)

    def queue(self, *, everybody: bool) -> bool:
        """Queue questions of all resources in turn, until enough are under way; return whether there was anything."""
        idle, moved = 0, False
        while idle < len(self._turns) and self._open < self.in_flight:
            feed = self._turns[0]
            self._turns.rotate(-1)
            idle = 0 if self._queue_one(feed, everybody=everybody) else idle + 1
            moved = moved or not idle
        return moved

    def _queue_one(self, feed: Feed, *, everybody: bool) -> bool:
        if feed.ended or feed.is_waiting or not feed.is_needed or self.is_held(feed):
            return False
        if not (everybody or self._has_room(feed)):
            return False
        if not feed.begun:
            self._begin(feed)
        if feed.resting:
            self._go_on(feed.resting.popleft())
            return True
        return self._read_next(feed) or self.ends(feed)

    def _read_next(self, feed: Feed) -> bool:
        """Begin what of *feed* is to be read next; return whether there is anything."""
        piece = self.plan.next_piece(feed)
        if piece is not None:
            self._read(feed, *piece)
        return piece is not None

    @property
    def _open(self) -> int:
        """How many readings have a question under way, and go on with its answer."""
        going = (feed for feed in self._turns if not self.is_held(feed))
        return sum(len(feed.readings) - len(feed.resting) for feed in going)

    def is_full(self, feed: Feed) -> bool:
        """Return whether as much of *feed* lies untaken as may; little at first: a caller may want one page only."""
        if not feed.wanted or (feed.ended and not feed.pages):
            return False
        pages = min(1 + feed.taken, 2 * self.in_flight) if self.in_flight > 1 else _PAGES_KEPT
        return len(feed.pages) >= pages or (len(feed.pages) > 1 and sum(map(len, feed.pages)) >= _RECORDS_KEPT)

    def _has_room(self, feed: Feed) -> bool:
        """Return whether what *feed* brings next can be kept."""
        to = feed.main or feed
        named = _NAMED_AHEAD * self.in_flight
        waiting = [child for child in to.children if not (child.ended or child.is_waiting or self.is_held(child))]
        behind = any(len(child.partitions) >= named for child in waiting)
        return not behind and not self.is_full(to)

    def is_held(self, feed: Feed) -> bool:
        """Return whether *feed* is not read any further for now."""
        return self.is_paused and not any(one.wanted and one.is_indivisible and not one.ended for one in feed.below())

    def come_to_rest(self, feed: Feed) -> None:
        """Find out how *feed* goes on, and whether it does, without asking for it."""
        while feed.resting:
            self._go_on(feed.resting.popleft(), held=True)
        if feed.current is not None and not feed.readings:
            piece = next(feed.current.pieces, None)
            if piece is None:
                feed.current = None
            else:
                feed.partitions.appendleft(piece)
        self.ends(feed)

    def _begin(self, feed: Feed) -> None:
        self.plan.begin(feed)
        given = feed.resource.given
        if given:
            feed.partitions.clear()
            everything = next(self.reader.partitioner.whole(feed.resource))
            self._hand_on(feed, everything, [{feed.resource.primary_key[0]: value} for value in given])

    def _read(self, feed: Feed, whole: Whole, piece: Partition) -> None:
        reading = Reading.of(self.reader, piece)
        whole.reading += 1
        feed.readings[reading] = whole
        self._go_on(reading)

    def _go_on(self, reading: Reading, *, held: bool = False) -> None:
        """Do what the answers of *reading* lead to, and send its next question; not when it is *held*."""
        feed = self.plan.feeds[reading.partition.resource]
        # One after the other, pages that were foreseen come no sooner.
        reading.ahead = self.in_flight - 1 if self.scheduler.on_threads else 0
        try:
            for item in reading.go_on(partial(self._note if held else self._send, reading)):
                if isinstance(item, Skip):
                    feed.skips.append(item)
                else:
                    self._hand_on(feed, reading.partition, item)
                if self.in_flight == 1 or not self._has_room(feed):
                    feed.resting.append(reading)
                    return
        except BaseException as failure:  # noqa: BLE001 - kept for whoever takes next, in whichever thread
            self._broke(feed, reading, failure)
            return
        if reading.over:
            self._end_reading(feed, reading)

    def _send(self, reading: Reading, ask: Ask) -> Fetch:
        fetch = Fetch(self.reader.client, ask, reading, self._answered)
        self.scheduler.submit(ask.resource.name, fetch)
        return fetch

    def _note(self, reading: Reading, ask: Ask) -> Fetch:
        """Return *ask* as a question that nobody sends."""
        return Fetch(self.reader.client, ask, reading, self._answered)

    def _answered(self, reading: Reading) -> None:
        if self.is_held(self.plan.feeds[reading.partition.resource]):
            return  # asked again by whoever goes on from the checkpoint
        self._go_on(reading)
        if self.in_flight > 1 and self.scheduler.has_answers:
            self.queue(everybody=False)

    def _end_reading(self, feed: Feed, reading: Reading) -> None:
        whole = feed.close(reading)
        if whole.partition.parent_resource is not None and not whole.reading and feed.current is not whole:
            self.reader.tallies.of(feed.resource.table).add(parents_done=1)
        self.ends(feed)

    def _hand_on(self, feed: Feed, partition: Partition, records: Batch) -> None:
        feed.failures = 0
        self.plan.note(feed, partition, records)
        to = feed.main or feed
        new = to.fresh(records)
        self.reader.tallies.of(to.resource.name).add(rows=len(new))
        self.plan.name_children(to, partition, new, self._nameless)
        if to.wanted:
            to.pages.append(new)

    def ends(self, feed: Feed) -> bool:
        """Note that all of *feed* was read, if that is so; return whether anything changed."""
        if feed.ended or feed.failure or feed.readings or feed.partitions or feed.current is not None:
            return False
        if not feed.begun or not all(parent.ended for parent in feed.parents):
            return False
        if self.plan.begin_without_parents(feed):
            return True
        news = not feed.listed
        feed.listed = True
        if not all(part.ended for part in feed.parts):
            return news
        feed.complete = not feed.left and not feed.lacking
        feed.end()
        self.reader.tallies.of(feed.resource.table).done = feed.complete and feed.main is None
        self.tell_end(feed)
        return True

    def tell_end(self, feed: Feed) -> None:
        """Let all that *feed* feeds know that nothing more comes from it."""
        for fed in (*feed.children, *([feed.main] if feed.main is not None else [])):
            self.ends(fed)

    def _broke(self, feed: Feed, reading: Reading, failure: BaseException) -> None:
        """Decide what a *failure* costs: a beginning anew, the reading and what fares no better, or everything."""
        if isinstance(failure, ReadError) and reading.partition.position is not None and not reading.course.moved:
            # Tokens grow old: what an earlier run would have asked next may mean nothing any more.
            feed.close(reading)
            feed.partitions.appendleft(evolve(reading.partition, position=None))
            self.has_restarted = True
        elif isinstance(failure, ReadError) and self.isolation.bears(feed, failure):
            self.isolation.give_up(feed, reading, failure)
            if feed.ended:
                self.tell_end(feed)
            else:
                self.ends(feed)
        else:
            feed.end()
            feed.failure = failure

    def _nameless(self, feed: Feed, failure: ReadError) -> None:
        """Note that a parent's record names nothing for *feed*, or raise *failure*."""
        if not self.isolation.bears(feed, failure):
            raise failure
        self.isolation.lose(feed, failure)
