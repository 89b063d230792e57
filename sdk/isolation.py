"""What cannot be read costs only itself: which failures can be borne, what they leave, and what they take along."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

from attrs import define, field

from sdk.errors import RateLimitError, ReadError, ResponseError
from sdk.failures import Failure
from sdk.feeds import Feed
from sdk.readings import Reading
from sdk.redaction import one_line
from sdk.skips import Skip
from sdk.tally import Tallies

_UNAUTHORIZED: Final = 401
# So many in a row, and the rest of a resource would break as well: each costs all of its repeats and waits.
_IN_A_ROW: Final = 5


@define
class Isolation:
    """Keeps failures from costing more than they must.

    Attributes:
        feeds: What is read.
        tallies: What came so far.
        base_url: Left out of what is remembered.
        is_on: Failures may be borne; otherwise each ends the extraction.
        failures: What is missing.
        lasting: Which of it is not asked for again in this run, as a list is that goes on after a commit.
        is_stopped: No request makes sense any more.
    """

    feeds: Mapping[str, Feed]
    tallies: Tallies
    base_url: str
    is_on: bool
    failures: list[Failure] = field(factory=list)
    lasting: list[Failure] = field(factory=list)
    is_stopped: bool = False

    def __attrs_post_init__(self) -> None:
        # Found by an earlier run, which nothing has cured yet.
        self.failures.extend(Failure(one.resource.table, "", one.lacking) for one in self.feeds.values() if one.lacking)

    def bears(self, feed: Feed, failure: BaseException) -> bool:
        """Return whether the rest can be loaded without what broke in *feed*."""
        if not self.is_on or not isinstance(failure, ReadError):
            return False
        if meets_everybody(failure):
            whole = [one for one in self.feeds.values() if _must_be_whole(one) and not one.ended]
            return not whole and any(tally.pages for _, tally in self.tallies.items())
        return not any(_must_be_whole(one) for one in feed.below())

    def lose(self, feed: Feed, failure: ReadError) -> None:
        """Note that a parent's record names nothing for *feed*: whatever it lacks, no run can ask for it."""
        feed.lacking = one_line(str(failure))
        self.note(feed, failure)

    def give_up(self, feed: Feed, reading: Reading, failure: ReadError) -> None:
        """Give up a reading of *feed*, and all of what cannot fare better.

        One parent's children are asked for again as skips are; a list goes on from where it broke.
        """
        feed.close(reading)
        if reading.partition.parent_resource is None:
            feed.left.extend(reading.course.left())
        else:
            feed.skips.append(Skip.failed(reading.partition, failure, self.base_url))
        feed.failures += 1
        self.note(feed, failure, lasts=reading.partition.parent_resource is not None)
        if meets_everybody(failure):
            self.is_stopped = True
            for one in self.feeds.values():
                if not one.ended:
                    one.halt()
        elif feed.failures >= _IN_A_ROW:
            feed.halt()

    def lost(self) -> dict[str, Failure]:
        """Return the wanted resources that can only be loaded whole and cannot be, with what broke them."""
        found = {}
        for name, feed in self.feeds.items():
            broken = next((one.failure for one in feed.above() if isinstance(one.failure, ReadError)), None)
            if _must_be_whole(feed) and broken is not None and not meets_everybody(broken):
                found[name] = Failure.of(broken, name)
        return found

    def note(self, feed: Feed, failure: ReadError, *, lasts: bool = False) -> None:
        """Note that rows of *feed* are missing; where it *lasts*, this run asks for them no more."""
        self.failures.append(Failure.of(failure, feed.resource.table))
        if lasts:
            self.lasting.append(self.failures[-1])


def _must_be_whole(feed: Feed) -> bool:
    return feed.wanted and feed.is_indivisible


def meets_everybody(failure: ReadError) -> bool:
    """Return whether no request would fare better: wrong credentials, or a wait that nobody wants to sit out."""
    return isinstance(failure, RateLimitError) or (
        isinstance(failure, ResponseError) and failure.status == _UNAUTHORIZED
    )
