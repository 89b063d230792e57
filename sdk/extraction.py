"""Read several resources together, each parent once, with several requests in flight.

Each resource has a feed: the stream of its pages. What comes is kept for the resource itself, if somebody takes it,
and turned into partitions for its children. So a parent is read once however many children it has, also when only
the children were asked for, and in whatever order a caller pulls. What nobody takes yet is bounded: a feed whose pages
pile up rests, and so does a parent whose children have not caught up.
"""

from __future__ import annotations

import sys
from collections.abc import Iterator, Mapping, Sequence
from datetime import datetime
from typing import Final

from sdk.advance import Advance
from sdk.checkpoints import Checkpoint
from sdk.collector import collecting_rarely
from sdk.connector import Connector
from sdk.courses import Batch
from sdk.cursors import State
from sdk.errors import ReadError, ResponseError, SettingError
from sdk.feeds import Feed
from sdk.instants import format_instant
from sdk.isolation import Isolation
from sdk.placeholders import secret_names
from sdk.planning import Plan
from sdk.reader import Reader
from sdk.scheduler import Scheduler
from sdk.skips import Skip

_FORBIDDEN: Final = 403
# One resource that is refused may well be gated; a declaration says so.
_ALL_OF_FEW: Final = 2


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
        self._scheduler = Scheduler(in_flight)
        self._lock = self._scheduler.lock
        self._advance = Advance(reader, self._plan, self._scheduler, self.isolation, in_flight)
        # Whoever was told to let others take first; asked again at once, nobody else is taking.
        self._sent_away: Feed | None = None

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
            self._advance.is_paused = True
            for feed in self._feeds.values():
                if self._advance.is_held(feed):
                    self._advance.come_to_rest(feed)

    @property
    def is_paused(self) -> bool:
        """Whether it was told to begin nothing new."""
        return self._advance.is_paused

    @property
    def has_restarted(self) -> bool:
        """Whether something that an earlier extraction had begun was begun anew."""
        return self._advance.has_restarted

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
            if feed.ended or self._advance.is_held(feed):
                return feed
            if not alone and any(one is not feed and self._advance.is_full(one) for one in self._feeds.values()):
                self._sent_away = feed
                return None
            if self.in_flight == 1 or not self._scheduler.has_answers:
                # One by one until something is answered: a wrong key then stays the only request.
                moved = self._advance.queue_for(feed)
            else:
                moved = self._advance.queue(everybody=alone)
            if feed.pages or feed.ended or feed.failure:
                continue
            if not self._scheduler.is_idle:
                self._scheduler.wait()
            elif moved or not alone:
                # Bounds that hold one another up: better to keep more than to wait for ever.
                alone = True
            else:
                unended = ReadError("nothing is left to ask for, and the list has not come to its end")
                raise unended.located(self.connector.name, feed.resource.name, None)

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
            self.isolation.note(feed, error, lasts=True)

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
            self._advance.tell_end(feed)
        feed.pages.clear()
        if not any(one.is_needed for one in self._feeds.values()):
            self._scheduler.stop()
