"""What an extraction reads: which resources feed which, which partitions there are, and where each begins."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from datetime import datetime
from typing import Any, Final

from attrs import evolve

from sdk.checkpoints import FeedPoint
from sdk.connector import Connector
from sdk.cursors import Cursors, State
from sdk.errors import ReadError
from sdk.feeds import Feed, Whole
from sdk.messages import Partition, Record
from sdk.reader import Reader
from sdk.redaction import one_line
from sdk.skips import Skip, SkipLog, check_share

_VALIDATORS: Final = "validators"


class Plan:
    """What is to be read for some of a connector's resources.

    Attributes:
        reader: Knows how partitions look.
        run_start: Where windows end, and what no cursor passes.
        feeds: The feed of each resource that is read.
    """

    def __init__(  # noqa: PLR0913, PLR0917 - each is a fact of its own
        self,
        reader: Reader,
        wanted: Sequence[str],
        run_start: datetime,
        since: datetime | None,
        states: Mapping[str, State],
        points: Mapping[str, FeedPoint] | None = None,
    ) -> None:
        self.reader = reader
        self.connector: Connector = reader.connector
        self.run_start = run_start
        self.feeds: dict[str, Feed] = {}
        self._wanted = tuple(wanted)
        self._states = {name: states.get(name, {}) for name in wanted}
        self._cursors = {name: Cursors(states.get(name, {}), since) for name in wanted}
        self._logs = {name: SkipLog(states.get(name, {}), reader.client.base_url) for name in wanted}
        self._continuing = {name for name in wanted if self._cursors[name].completed is not None}
        self._points = points or {}
        for name in wanted:
            self._connect(name)
        self._connect_parts()
        for name, feed in self.feeds.items():
            if name in self._points:
                feed.restore(self._points[name], reader.client.base_url)

    def continues(self, name: str) -> bool:
        """Return whether an earlier run read *name* to its end."""
        return name in self._continuing

    def points(self) -> dict[str, FeedPoint]:
        """Return where the reading of each resource stands."""
        return {name: feed.point(self.reader.client.base_url) for name, feed in self.feeds.items()}

    def begin(self, feed: Feed) -> None:
        """Name what is to be read of *feed* before any parent names something."""
        feed.begun = True
        if feed.parents:
            for partition in self._skipped(feed):
                feed.take(partition)
        else:
            feed.partitions.extend(self.reader.partitioner.whole(feed.resource))

    def begin_without_parents(self, feed: Feed) -> bool:
        """Name *feed* as a whole, when it may be read so and no parent named anything; return whether it was."""
        if feed.is_fed or not feed.resource.optional_parent or feed.listed:
            return False
        without = dict.fromkeys(feed.resource.param_templates)
        for partition in self.reader.partitioner.whole(feed.resource, without):
            feed.take(partition)
        return feed.is_fed

    def next_piece(self, feed: Feed) -> tuple[Whole, Partition] | None:
        """Return what of *feed* is to be read next."""
        while True:
            if feed.current is not None:
                piece = next(feed.current.pieces, None)
                if piece is not None:
                    return feed.current, piece
                feed.current = None
            if not feed.partitions:
                return None
            partition = feed.partitions.popleft()
            # Nothing that came another way already.
            if feed.main is None or not (feed.resource.single and feed.main.has_handed(partition)):
                feed.current = Whole(partition, self._in_windows(feed, partition))

    def name_children(
        self, feed: Feed, partition: Partition, records: list[Record], broke: Callable[[Feed, ReadError], None]
    ) -> None:
        """Name the children of *records*, which came with *partition* of *feed*.

        *broke* is told of a child's feed that a record names nothing for, and raises when that is not to be borne.
        """
        scope = partition.scope(self.reader.client.base_url)
        for child in feed.children:
            self._name(feed, child, scope, records, broke)

    def note(self, feed: Feed, partition: Partition, records: list[Record]) -> None:
        """Take in how far *records* go."""
        feed.high_water.note(partition.scope(self.reader.client.base_url), records)

    def finish(self, feed: Feed) -> None:
        """Move the cursors that the user of *feed* keeps, all of which was read."""
        self._keep_validators(feed)
        for one in feed.above():
            left_out = {skip.request for skip in one.skips}
            for scope, cursor in one.high_water.seen.items():
                # Of a scope that was skipped in part, the next run must find the rest.
                if one_line(scope) not in left_out:
                    self._of(feed).move(one.resource, scope, cursor, self.run_start)
        # A part that begins where the last complete run ended would otherwise miss what it could not read now.
        late = [one for part in feed.parts for one in part.above() if one.resource.incremental is not None]
        if not any(one.skips for one in late):
            self._of(feed).complete(self._read_until(feed))

    def check_skips(self, feed: Feed, share: float) -> None:
        """Raise when more than *share* of *feed*'s parents were skipped, see `check_share`."""
        log = self._logs[feed.resource.name]
        check_share(self.connector.name, feed.resource.name, log.new(feed.skips), feed.named, share)

    def settled(self, feed: Feed, skips: list[Skip]) -> tuple[list[Skip], list[Skip]]:
        """Remember *skips* of the user *feed* for the next run, see `SkipLog.settle`."""
        skipped, repaid = self._logs[feed.resource.name].settle(skips, self.run_start)
        # What was skipped for this resource may now be skipped for its parent, which has come to be read for itself.
        still = {(skip.resource, skip.place) for one in self.feeds.values() for skip in one.skips}
        return skipped, [one for one in repaid if (one.resource, one.place) not in still]

    def _connect(self, name: str) -> Feed:
        feed = self.feeds.get(name)
        if feed is None:
            feed = Feed(self.connector.resource(name), name in self._wanted)
            self.feeds[name] = feed
            for parent in feed.resource.parents:
                above = self._connect(parent)
                above.children.append(feed)
                feed.parents.append(above)
        return feed

    def _connect_parts(self) -> None:
        """Connect the parts that this run needs; their parents may have parts in turn."""
        waiting = list(self.feeds.values())
        while waiting:
            feed = waiting.pop()
            users = [self._of(user) for user in feed.below() if user.wanted]
            continues = all(user.completed is not None for user in users)
            for part in self.connector.parts_of(feed.resource):
                if part.name in self._points if self._points else continues or not part.only_continuing:
                    before = set(self.feeds)
                    connected = self._connect(part.name)
                    connected.main = feed
                    feed.parts.append(connected)
                    waiting.extend(one for name, one in self.feeds.items() if name not in before)

    def _name(
        self, feed: Feed, child: Feed, scope: str, records: list[Record], broke: Callable[[Feed, ReadError], None]
    ) -> None:
        start = self._start(feed, scope, child)
        cursor = feed.resource.incremental.cursor if feed.resource.incremental is not None else None
        tally = self.reader.tallies.of(child.resource.table)
        for record in records:
            changed = cursor(record) if start is not None and cursor is not None else None
            # A parent that did not change since this child was last read; one without a cursor cannot be told.
            if changed is not None and changed < start:
                continue
            try:
                named = list(self.reader.partitioner.partitions(child.resource, feed.resource, record))
            except ReadError as error:
                broke(child, error)
                continue
            tally.add(parents=sum(map(child.take, named)))

    def _skipped(self, feed: Feed) -> Iterator[Partition]:
        """Yield what earlier runs skipped here, whether for the resource itself or for what is below it."""
        for user in feed.below():
            if user.wanted:
                again = self._logs[user.resource.name].again()
                yield from (one for one in again if one.resource == feed.resource.name)

    def _in_windows(self, feed: Feed, whole: Partition) -> Iterator[Partition]:
        window = feed.resource.window
        if window is None or whole.whole is not None:
            yield self._conditional(feed, whole) if feed.resource.conditional and feed.wanted else whole
            return
        if whole.interval is not None:  # an earlier run had come so far
            start, whole = whole.interval.start, evolve(whole, interval=None)
        else:
            since = self._start(feed, whole.scope(self.reader.client.base_url))
            start = window.start(whole.begin if since is None else since)
        for interval in window.intervals(start, self.run_start):
            yield whole.within(interval, window.narrow(whole.request, interval))

    def _conditional(self, feed: Feed, whole: Partition) -> Partition:
        """Return *whole*, asked for only if it changed since the user of *feed* read it."""
        scope = whole.scope(self.reader.client.base_url)
        kept = self._states[feed.resource.name].get(_VALIDATORS, {}).get(scope, {})
        return evolve(whole, request=evolve(whole.request, headers={**whole.request.headers, **kept}))

    def _keep_validators(self, feed: Feed) -> None:
        noted = {scope: found for (name, scope), found in self.reader.validators.items() if name == feed.resource.name}
        if noted:
            self._states[feed.resource.name].setdefault(_VALIDATORS, {}).update(noted)

    def _start(self, feed: Feed, scope: str, below: Feed | None = None) -> Any:
        """Return the earliest beginning of *scope* that somebody at or below *below* needs, `None` for the very first.

        Whoever reads *feed* needs its own overlap; whoever reads it for a child needs that child's `revisit` too.
        """
        starts = [
            self._of(user).start(feed.resource, scope, child.resource.revisit, as_part=user is child.main)
            for child in (feed.children if below is None else [below])
            for user in child.below()
            if user.wanted
        ]
        if below is None and feed.wanted:
            starts.append(self._of(feed).start(feed.resource, scope))
        return None if any(start is None for start in starts) else min(starts, default=None)

    def _of(self, feed: Feed) -> Cursors:
        return self._cursors[feed.resource.name]

    def _read_until(self, feed: Feed) -> datetime:
        """Return until when everything was surely read: by our clock, the server's, and what the data itself shows.

        The three may differ, and the earliest costs a few requests where a later one could cost rows.
        """
        shown = [cursor for cursor in feed.high_water.seen.values() if isinstance(cursor, datetime)]
        return min((self.run_start, self.reader.client.server_time or self.run_start, *([max(shown)] if shown else [])))
