"""Watch an interval for the API's cap, so that it can be cut without losing or doubling a record."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from attrs import define

from sdk.caps import Cap
from sdk.courses import Batch, Key
from sdk.messages import Interval, Page, Record
from sdk.resource import Resource
from sdk.windows import Incremental


class CappedError(Exception):
    """The API says that the interval holds more than it will list; `earliest` is the smallest cursor seen in it."""

    def __init__(self, earliest: Any) -> None:
        self.earliest = earliest
        super().__init__()


@define
class CapWatch:
    """Watches one interval for the API's cap, and remembers what came before it.

    A cap that answers with an error comes after pages were handed on; the pieces then leave their records out.
    """

    resource: Resource
    incremental: Incremental | None
    interval: Interval | None
    known: frozenset[Key]
    handed: set[Key]
    earliest: Any = None

    @property
    def cap(self) -> Cap | None:
        """How the API says so, if it does."""
        return self.resource.window.cap if self.resource.window is not None else None

    @property
    def statuses(self) -> frozenset[int]:
        """Error statuses that may say so."""
        return self.cap.statuses if self.cap is not None else frozenset()

    def check(self, page: Page, select: Callable[[Page], Batch]) -> None:
        """Raise when *page* says so."""
        if self.cap is not None and self.cap.reached(page):
            if self.interval is not None and self.interval.start is None and page.status not in self.statuses:
                self._note(select(page))
            raise CappedError(self.earliest)

    def fresh(self, records: Batch) -> Batch:
        """Return *records* without those that came before the interval was cut, and remember them."""
        if self.cap is None:
            return records
        if self.interval is not None and self.interval.start is None:
            self._note(records)
        new = [one for one in records if key_of(self.resource, one) not in self.known]
        self.handed.update(key_of(self.resource, one) for one in new)
        return new

    def _note(self, records: Batch) -> None:
        read = self.incremental.cursor if self.incremental is not None else lambda _: None
        cursors = [found for one in records if (found := read(one)) is not None]
        if cursors:
            lowest = min(cursors)
            self.earliest = lowest if self.earliest is None else min(lowest, self.earliest)


def key_of(resource: Resource, record: Record) -> Key:
    """Return the key of *record*, as text: a column holds the number 1 and the text "1" alike."""
    return tuple(str(record.get(name)) for name in resource.primary_key)
