"""Read several resources together, each parent once, with several requests in flight.

Each resource has a feed: the stream of its pages. What comes is kept for the resource itself, if somebody takes it,
and turned into partitions for its children. So a parent is read once however many children it has, also when only
the children were asked for, and in whatever order a caller pulls. What nobody takes yet is bounded: a feed whose pages
pile up rests, and so does a parent whose children have not caught up.
"""

from __future__ import annotations

import sys
from collections import deque
from collections.abc import Iterator, Mapping, Sequence
from datetime import datetime
from functools import partial
from typing import Final

from attrs import evolve

from sdk.checkpoints import Checkpoint
from sdk.collector import collecting_rarely
from sdk.connector import Connector
from sdk.courses import Ask, Batch
from sdk.cursors import State
from sdk.errors import ReadError, ResponseError, SettingError
from sdk.feeds import Feed, Whole
from sdk.instants import format_instant
from sdk.isolation import Isolation
from sdk.messages import Partition
from sdk.placeholders import secret_names
from sdk.planning import Plan
from sdk.reader import Reader
from sdk.readings import Fetch, Reading
from sdk.scheduler import Scheduler
from sdk.skips import Skip

_FORBIDDEN: Final = 403
# One resource that is refused may well be gated; a declaration says so.
_ALL_OF_FEW: Final = 2

# What may lie untaken of one resource before its reading rests. A page may hold thousands of records.
_RECORDS_KEPT: Final = 20_000
_PAGES_KEPT: Final = 16
# What may be named of a child before its parent's reading rests, for each request in flight.
_NAMED_AHEAD: Final = 25


class Extraction:
    """One reading of some of a connector's resources.

    Args:
        reader: Reads the partitions.
        wanted: Names of the resources whose records somebody takes.
        run_start: The start of the run: windows end there, and no cursor passes it.
        since: The `start_date`, `None` for everything.
        states: The state of each wanted resource, read when its feed starts and written when it is complete;
            without one everything is read.
        in_flight: How many requests may be under way at a time.
        checkpoint: Where an earlier extraction of the same resources stood.
        max_skips: The share of a child's parents that may be skipped.
        isolates: What cannot be read costs only itself: the rest is read, and what is missing stands in `isolation`.

    Raises:
        SettingError: `start_date` lies in the future.
    """

    def __init__(  # noqa: PLR0913 - each is a fact of its own
        self,
        reader: Reader,
        wanted: Sequence[str],
        *,
        run_start: datetime,
        since: datetime | None = None,
        states: Mapping[str, State] | None = None,
        in_flight: int = 1,
        checkpoint: Checkpoint | None = None,
        max_skips: float = 1.0,
        isolates: bool = False,
    ) -> None:
        if since is not None and since > run_start:
            begins = format_instant(since, "iso")
            raise SettingError(f"start_date {begins} lies after the start of the run; there is nothing to read yet")
        self.reader = reader
        self.connector: Connector = reader.connector
        self.wanted = tuple(wanted)
        self.run_start = run_start
        self.in_flight = in_flight
        self.max_skips = max_skips
        points = None if checkpoint is None else checkpoint.feeds
        self._plan = Plan(reader, wanted, run_start, since, states or {}, points)
        self._feeds = self._plan.feeds
        self.isolation = Isolation(self._feeds, reader.tallies, reader.client.base_url, isolates)
        self._turns = deque(self._feeds.values())
        self._scheduler = Scheduler(in_flight)
        self._lock = self._scheduler.lock
        # Whoever was told to let others take first; asked again at once, nobody else is taking.
        self._sent_away: Feed | None = None
        self._pausing = False
        # Of something an earlier extraction had begun: whoever pauses again and again would never come to its end.
        self.has_restarted = False

    def batches(self, name: str) -> Iterator[Batch | None]:
        """Yield the records of the wanted resource *name*, one list for each page.

        `None` says that others must take theirs first: what lies untaken is bounded. Whoever takes from one resource
        alone never sees it. The resource's cursors move when the last page was taken, not before.
        """
        with collecting_rarely():
            yield from self._batches(self._feeds[name])

    def _batches(self, feed: Feed) -> Iterator[Batch | None]:
        paused = False
        try:
            while True:
                with self._lock:
                    item = self._take(feed)
                    paused = item is feed and not feed.ended
                if item is feed:
                    break
                yield item  # type: ignore[misc] # mypy does not see that the feed itself is the end
            self._finish(feed)
        finally:
            # At the end of the process threads stand still wherever they are, with the lock perhaps.
            if not paused and not sys.is_finalizing():
                with self._lock:
                    self._abandon(feed)

    def pause(self) -> None:
        """Begin nothing new; only resources that must be loaded at once are read to their end.

        `checkpoint` then says where the reading stands, once everybody has taken what was read.
        """
        with self._lock:
            self._pausing = True
            for feed in self._feeds.values():
                if self._is_held(feed):
                    self._come_to_rest(feed)

    @property
    def is_paused(self) -> bool:
        """Whether it was told to begin nothing new."""
        return self._pausing

    def checkpoint(self, of: str) -> Checkpoint | None:
        """Return where the reading *of* something stands, `None` when all was read; ask once nobody takes any more."""
        with self._lock:
            self._scheduler.stop()
            left = tuple(name for name in self.wanted if not self.is_complete(name))
            if not left:
                return None
            return Checkpoint(self.run_start, of, left, self._plan.points())

    def skips(self, name: str) -> list[Skip]:
        """Return what was skipped for *name*: its own partitions, and those of parents that nobody else reads."""
        feed = self._feeds[name]
        return [skip for one in feed.above() if one is feed or not one.wanted for skip in one.skips]

    def settled(self, name: str) -> tuple[list[Skip], list[Skip]]:
        """Return what *name* skipped, and what earlier runs skipped and this one read; ask once its batches ended."""
        return self._plan.settled(self._feeds[name], self.skips(name))

    def continues(self, name: str) -> bool:
        """Return whether *name* was read to its end in an earlier run, and this one reads what is new."""
        return self._plan.continues(name)

    def is_complete(self, name: str) -> bool:
        """Return whether all of *name* was read, and all of its parents."""
        return all(feed.complete for feed in self._feeds[name].above())

    def _take(self, feed: Feed) -> Batch | Feed | None:
        """Return the next page of *feed*, `None` when others must take first, or the feed itself at its end."""
        alone = self._sent_away is feed
        self._sent_away = None
        while True:
            if feed.pages:
                feed.taken += 1
                return feed.pages.popleft()
            failure = next((one.failure for one in feed.above() if one.failure is not None), None)
            if failure is not None:
                # Somebody else pulled when it broke; whoever comes later must not take it for the end.
                raise failure
            if feed.ended or self._is_held(feed):
                return feed
            if not alone and any(one is not feed and self._is_full(one) for one in self._feeds.values()):
                self._sent_away = feed
                return None
            if self.in_flight == 1 or not self._scheduler.has_answers:
                # One by one until something is answered: a wrong key then stays the only request.
                self._queue_for(feed)
            else:
                self._queue(everybody=alone)
            if not (feed.pages or feed.ended or feed.failure):
                if self._scheduler.is_idle:
                    # Bounds that hold one another up: better to keep more than to wait for ever.
                    alone = True
                else:
                    self._scheduler.wait()

    def _queue_for(self, feed: Feed) -> bool:
        """Queue what brings *feed* on, one question at a time; return whether there is anything."""
        if feed.ended or feed.is_waiting or self._is_held(feed):
            return False
        if not feed.begun:
            self._begin(feed)
        if feed.readings:
            if feed.resting:
                self._go_on(feed.resting.popleft())
            return True
        if (piece := self._plan.next_piece(feed)) is not None:
            self._read(feed, *piece)
            return True
        if any(self._queue_for(parent) for parent in feed.parents) or self._ends(feed):
            return True
        return any(self._queue_for(part) for part in feed.parts)

    def _queue(self, *, everybody: bool) -> None:
        """Queue questions of all resources in turn, until enough are under way."""
        idle = 0
        while idle < len(self._turns) and self._open < self.in_flight:
            feed = self._turns[0]
            self._turns.rotate(-1)
            idle = 0 if self._queue_one(feed, everybody=everybody) else idle + 1

    def _queue_one(self, feed: Feed, *, everybody: bool) -> bool:
        if feed.ended or feed.is_waiting or not feed.is_needed or self._is_held(feed):
            return False
        if not (everybody or self._has_room(feed)):
            return False
        if not feed.begun:
            self._begin(feed)
        if feed.resting:
            self._go_on(feed.resting.popleft())
            return True
        if (piece := self._plan.next_piece(feed)) is not None:
            self._read(feed, *piece)
            return True
        return self._ends(feed)

    @property
    def _open(self) -> int:
        """How many readings have a question under way."""
        return sum(len(feed.readings) - len(feed.resting) for feed in self._turns)

    def _is_full(self, feed: Feed) -> bool:
        """Return whether as much of *feed* lies untaken as may; little at first: a caller may want one page only."""
        if not feed.wanted or (feed.ended and not feed.pages):
            return False
        pages = min(1 + feed.taken, 2 * self.in_flight) if self.in_flight > 1 else _PAGES_KEPT
        return len(feed.pages) >= pages or (len(feed.pages) > 1 and sum(map(len, feed.pages)) >= _RECORDS_KEPT)

    def _has_room(self, feed: Feed) -> bool:
        """Return whether what *feed* brings next can be kept."""
        to = feed.main or feed
        named = _NAMED_AHEAD * self.in_flight
        waiting = [child for child in to.children if not (child.ended or child.is_waiting or self._is_held(child))]
        behind = any(len(child.partitions) >= named for child in waiting)
        return not behind and not self._is_full(to)

    def _is_held(self, feed: Feed) -> bool:
        """Return whether *feed* is not read any further for now."""
        return self._pausing and not any(one.wanted and one.is_indivisible and not one.ended for one in feed.below())

    def _come_to_rest(self, feed: Feed) -> None:
        """Find out how *feed* goes on, and whether it does, without asking for it."""
        while feed.resting:
            self._go_on(feed.resting.popleft(), held=True)
        if feed.current is not None and not feed.readings:
            piece = next(feed.current.pieces, None)
            if piece is None:
                feed.current = None
            else:
                feed.partitions.appendleft(piece)
        self._ends(feed)

    def _begin(self, feed: Feed) -> None:
        self._plan.begin(feed)
        given = feed.resource.given
        if given:
            feed.partitions.clear()
            everything = next(self.reader.whole(feed.resource))
            self._hand_on(feed, everything, [{feed.resource.primary_key[0]: value} for value in given])

    def _read(self, feed: Feed, whole: Whole, piece: Partition) -> None:
        reading = Reading.of(self.reader, piece, self.in_flight - 1)
        whole.reading += 1
        feed.readings[reading] = whole
        self._go_on(reading)

    def _go_on(self, reading: Reading, *, held: bool = False) -> None:
        """Do what the answers of *reading* lead to, and send its next question; not when it is *held*."""
        feed = self._feeds[reading.partition.resource]
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
        self._scheduler.submit(ask.resource.name, fetch)
        return fetch

    def _note(self, reading: Reading, ask: Ask) -> Fetch:
        """Return *ask* as a question that nobody sends."""
        return Fetch(self.reader.client, ask, reading, self._answered)

    def _answered(self, reading: Reading) -> None:
        if self._is_held(self._feeds[reading.partition.resource]):
            return  # asked again by whoever goes on from the checkpoint
        self._go_on(reading)
        if self.in_flight > 1 and self._scheduler.has_answers:
            self._queue(everybody=False)

    def _end_reading(self, feed: Feed, reading: Reading) -> None:
        whole = feed.close(reading)
        if whole.partition.parent_resource is not None and not whole.reading and feed.current is not whole:
            self.reader.tallies.of(feed.resource.table).add(parents_done=1)
        self._ends(feed)

    def _hand_on(self, feed: Feed, partition: Partition, records: Batch) -> None:
        feed.failures = 0
        self._plan.note(feed, partition, records)
        to = feed.main or feed
        new = to.fresh(records)
        self.reader.tallies.of(to.resource.name).add(rows=len(new))
        self._plan.name_children(to, partition, new, self._nameless)
        if to.wanted:
            to.pages.append(new)

    def _ends(self, feed: Feed) -> bool:
        """Note that all of *feed* was read, if that is so; return whether anything changed."""
        if feed.ended or feed.failure or feed.readings or feed.partitions or feed.current is not None:
            return False
        if not feed.begun or not all(parent.ended for parent in feed.parents):
            return False
        if self._plan.begin_without_parents(feed):
            return True
        news = not feed.listed
        feed.listed = True
        if not all(part.ended for part in feed.parts):
            return news
        feed.complete = not feed.left and not feed.lacking
        feed.end()
        self.reader.tallies.of(feed.resource.table).done = feed.complete and feed.main is None
        self._tell_end(feed)
        return True

    def _tell_end(self, feed: Feed) -> None:
        for fed in (*feed.children, *([feed.main] if feed.main is not None else [])):
            self._ends(fed)

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
                self._tell_end(feed)
            else:
                self._ends(feed)
        else:
            feed.end()
            feed.failure = failure

    def _nameless(self, feed: Feed, failure: ReadError) -> None:
        """Note that a parent's record names nothing for *feed*, or raise *failure*."""
        if not self.isolation.bears(feed, failure):
            raise failure
        self.isolation.lose(feed, failure)

    def _finish(self, feed: Feed) -> None:
        with self._lock:
            if self.is_complete(feed.resource.name):
                self._plan.finish(feed)
                self._check_refusals()
                self._check_skips(feed)

    def _check_skips(self, feed: Feed) -> None:
        """Raise when too many of a child's parents were skipped, or note it where the rest is to be loaded."""
        try:
            self._plan.check_skips(feed, self.max_skips)
        except ReadError as error:
            if not self.isolation.is_on:
                raise
            self.isolation.note(feed, error)

    def _check_refusals(self) -> None:
        """Raise when every resource was refused: then the credentials are wrong, and not each of them gated."""
        feeds = list(self._feeds.values())
        if len(self.wanted) < _ALL_OF_FEW or not all(feed.ended for feed in feeds):
            return
        statuses = {skip.status for feed in feeds for skip in feed.skips}
        if statuses == {_FORBIDDEN} and not any(tally.pages for _, tally in self.reader.tallies.items()):
            names = " and ".join((*map(repr, secret_names(self.connector)), "base_url"))
            raise ResponseError(
                f"all that was asked answered {_FORBIDDEN}; check {names}",
                connector=self.connector.name,
                status=_FORBIDDEN,
            )

    def _abandon(self, feed: Feed) -> None:
        """Stop *feed* when its reader went away early: its children see the parents that were read, and no more."""
        if not feed.ended:
            feed.end()
            for fed in (*feed.children, *([feed.main] if feed.main is not None else [])):
                self._ends(fed)
        feed.pages.clear()
        if not any(one.is_needed for one in self._feeds.values()):
            self._scheduler.stop()
