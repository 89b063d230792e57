"""Read several resources together, each parent once.

Each resource has a feed: the stream of its pages. Whoever needs the next page moves the feed on; what comes is kept
for the resource itself, if somebody reads it, and turned into partitions for its children. So a parent is read once
however many children it has, also when only the children were asked for, and in whatever order a caller pulls.
"""

from __future__ import annotations

import threading
from collections.abc import Generator, Iterator, Mapping, Sequence
from datetime import datetime
from typing import Any, Final

from sdk.connector import Connector
from sdk.cursors import Cursors, State
from sdk.errors import ResponseError, SettingError
from sdk.feeds import Feed
from sdk.instants import format_instant
from sdk.messages import Partition, Record
from sdk.placeholders import secret_names
from sdk.reader import Batch, Reader
from sdk.redaction import one_line
from sdk.skips import Skip, SkipLog

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

    Raises:
        SettingError: `start_date` lies in the future.
    """

    def __init__(
        self,
        reader: Reader,
        wanted: Sequence[str],
        *,
        run_start: datetime,
        since: datetime | None = None,
        states: Mapping[str, State] | None = None,
    ) -> None:
        if since is not None and since > run_start:
            begins = format_instant(since, "iso")
            raise SettingError(f"start_date {begins} lies after the start of the run; there is nothing to read yet")
        self.reader = reader
        self.connector: Connector = reader.connector
        self.wanted = tuple(wanted)
        self.run_start = run_start
        self._cursors = {name: Cursors((states or {}).get(name, {}), since) for name in self.wanted}
        self._logs = {name: SkipLog((states or {}).get(name, {}), reader.client.base_url) for name in self.wanted}
        self._feeds: dict[str, Feed] = {}
        self._lock = threading.RLock()
        for name in self.wanted:
            self._connect(name)
        self._connect_parts()

    def batches(self, name: str) -> Iterator[Batch]:
        """Yield the records of the wanted resource *name*, one list for each page.

        The resource's cursors move when the last page was taken, not before.
        """
        feed = self._feeds[name]
        try:
            while True:
                with self._lock:
                    while not feed.pages and self._advance(feed):
                        pass
                    if not feed.pages:
                        break
                    batch = feed.pages.popleft()
                yield batch
            self._finish(feed)
        finally:
            with self._lock:
                self._abandon(feed)

    def skips(self, name: str) -> list[Skip]:
        """Return what was skipped for *name*: its own partitions, and those of parents that nobody else reads."""
        feed = self._feeds[name]
        return [skip for one in feed.above() if one is feed or not one.wanted for skip in one.skips]

    def settled(self, name: str) -> tuple[list[Skip], list[Skip]]:
        """Return what *name* skipped, and what earlier runs skipped and this one read; ask once its batches ended."""
        skipped, repaid = self._logs[name].settle(self.skips(name), self.run_start)
        # What was skipped for this resource may now be skipped for its parent, which has come to be read for itself.
        still = {(skip.resource, skip.place) for feed in self._feeds.values() for skip in feed.skips}
        return skipped, [one for one in repaid if (one.resource, one.place) not in still]

    def is_complete(self, name: str) -> bool:
        """Return whether all of *name* was read, and all of its parents."""
        return all(feed.complete for feed in self._feeds[name].above())

    def _connect(self, name: str) -> Feed:
        feed = self._feeds.get(name)
        if feed is None:
            feed = Feed(self.connector.resource(name), name in self.wanted)
            self._feeds[name] = feed
            for parent in feed.resource.parents:
                above = self._connect(parent)
                above.children.append(feed)
                feed.parents.append(above)
        return feed

    def _connect_parts(self) -> None:
        """Connect the parts that this run needs; their parents may have parts in turn."""
        waiting = list(self._feeds.values())
        while waiting:
            feed = waiting.pop()
            users = [self._of(user) for user in feed.below() if user.wanted]
            continues = all(user.completed is not None for user in users)
            for part in self.connector.parts_of(feed.resource):
                if continues or not part.only_continuing:
                    before = set(self._feeds)
                    connected = self._connect(part.name)
                    connected.main = feed
                    feed.parts.append(connected)
                    waiting.extend(one for name, one in self._feeds.items() if name not in before)

    def _advance(self, feed: Feed) -> bool:
        """Read one more page of *feed*; return whether there may be another."""
        if feed.failure is not None:
            # Somebody else pulled when it broke; whoever comes later must not take it for the end.
            raise feed.failure
        if feed.ended:
            return False
        if feed.steps is None:
            feed.steps = self._steps(feed)
        try:
            next(feed.steps)
        except StopIteration:
            feed.complete = feed.ended = True
            return False
        except BaseException as failure:
            feed.failure, feed.ended = failure, True
            raise
        return True

    def _steps(self, feed: Feed) -> Generator[None]:
        tally = self.reader.tallies.of(feed.resource.table)
        if feed.resource.given:
            self._hand_on(feed, "", [{feed.resource.primary_key[0]: value} for value in feed.resource.given])
            yield
            return
        for whole in self._sources(feed):
            for partition in self._in_windows(feed, whole):
                for batch in self.reader.batches(partition):
                    if isinstance(batch, Skip):
                        feed.skips.append(batch)
                    else:
                        self._hand_on(feed, partition.scope(self.reader.client.base_url), batch)
                    yield
            if whole.parent_resource is not None:
                tally.add(parents_done=1)
        for part in feed.parts:
            while self._advance(part):
                yield
        tally.done = feed.main is None

    def _hand_on(self, feed: Feed, scope: str, records: list[Record]) -> None:
        feed.high_water.note(scope, records)
        to = feed.main or feed
        new = to.fresh(records)
        self.reader.tallies.of(to.resource.name).add(rows=len(new))
        for child in to.children:
            self._feed_child(to, child, scope, new)
        if to.wanted:
            to.pages.append(new)

    def _feed_child(self, feed: Feed, child: Feed, scope: str, records: list[Record]) -> None:
        start = self._start(feed, scope, child)
        cursor = feed.resource.incremental.cursor if feed.resource.incremental is not None else None
        tally = self.reader.tallies.of(child.resource.table)
        for record in records:
            changed = cursor(record) if start is not None and cursor is not None else None
            # A parent that did not change since this child was last read; one without a cursor cannot be told.
            if changed is not None and changed < start:
                continue
            for partition in self.reader.partitions(child.resource, feed.resource, record):
                if child.take(partition):
                    tally.add(parents=1)

    def _sources(self, feed: Feed) -> Iterator[Partition]:
        """Yield what to read of a resource, before windows: itself once, or each parent's part."""
        resource = feed.resource
        if not feed.parents:
            yield from self.reader.whole(resource)
            return
        for partition in self._skipped(feed):
            feed.take(partition)
        for parent in feed.parents:
            while True:
                yield from self._named(feed)
                if not self._advance(parent):
                    break
        yield from self._named(feed)
        if not feed.is_fed and resource.optional_parent:
            without = dict.fromkeys(resource.param_templates)
            yield from self.reader.whole(resource, without)

    def _skipped(self, feed: Feed) -> Iterator[Partition]:
        """Yield what earlier runs skipped here, whether for the resource itself or for what is below it."""
        for user in feed.below():
            if user.wanted:
                again = self._logs[user.resource.name].again()
                yield from (one for one in again if one.resource == feed.resource.name)

    def _named(self, feed: Feed) -> Iterator[Partition]:
        """Yield the partitions that parents named so far, but nothing that came another way already."""
        while feed.partitions:
            partition = feed.partitions.popleft()
            if feed.main is None or not (feed.resource.single and feed.main.has_handed(partition)):
                yield partition

    def _in_windows(self, feed: Feed, whole: Partition) -> Iterator[Partition]:
        window = feed.resource.window
        if window is None:
            yield whole
            return
        scope = whole.scope(self.reader.client.base_url)
        since = self._start(feed, scope)
        start = window.start(whole.begin if since is None else since)
        for interval in window.intervals(start, self.run_start):
            yield whole.within(interval, window.narrow(whole.request, interval))

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

    def _finish(self, feed: Feed) -> None:
        name = feed.resource.name
        if not self.is_complete(name):
            return
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
        self._check_refusals()

    def _read_until(self, feed: Feed) -> datetime:
        """Return until when everything was surely read: by our clock, the server's, and what the data itself shows.

        The three may differ, and the earliest costs a few requests where a later one could cost rows.
        """
        shown = [cursor for cursor in feed.high_water.seen.values() if isinstance(cursor, datetime)]
        return min((self.run_start, self.reader.client.server_time or self.run_start, *([max(shown)] if shown else [])))

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
            feed.ended = True
            if feed.steps is not None:
                feed.steps.close()
