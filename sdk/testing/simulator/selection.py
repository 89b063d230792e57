"""Select the rows that a call may see, and show them as the call gets to see them."""

from __future__ import annotations

import threading
from collections.abc import Iterable, Sequence
from typing import Any

from attrs import define, field

from sdk.testing.simulator.data import Data
from sdk.testing.simulator.description import Endpoint
from sdk.testing.simulator.messages import Call, Listing, Record, Row, Rows
from sdk.testing.simulator.orders import in_order

_SELECTIONS_KEPT = 64
"""A reader walks one list to its end before the next, and threads a few at once; more is never asked again."""


@define
class Selection:
    """Select rows for calls; safe to call from many threads.

    What a call selects is kept for the next page, whose call differs only in the page's own parameters: without that
    a list of 50,000 rows would be filtered and sorted anew for each of its 500 pages.
    """

    data: Data
    _kept: dict[Any, Listing] = field(factory=dict)
    _families: dict[str, tuple[int, dict[str, list[Row]]]] = field(factory=dict)
    _lock: threading.RLock = field(factory=threading.RLock)

    def rows(self, call: Call, endpoint: Endpoint, parent: str | None) -> Listing:
        """Return all rows that a call may see, in order."""
        query = frozenset(pair for pair in call.query if pair[0] not in endpoint.pages.params)
        with self._lock:
            kept_as = (endpoint.name, parent, query, call.now, call.body, self.data.version(endpoint.table))
            rows = self._kept.pop(kept_as, None)
            if rows is None:
                rows = self._selected(call, endpoint, parent)
            self._kept[kept_as] = rows
            if len(self._kept) > _SELECTIONS_KEPT:
                self._kept.pop(next(iter(self._kept)))
        return rows

    def _selected(self, call: Call, endpoint: Endpoint, parent: str | None) -> Listing:
        tests = [test for test in (part.test(call) for part in endpoint.filters) if test]
        rows: Rows = self.data.rows(endpoint.table) if parent is None else self._children(endpoint, parent)
        kept = [row for row in rows if all(test(row) for test in tests)] if tests else rows
        return Listing(in_order(kept, endpoint.order.by(call)))

    def _children(self, endpoint: Endpoint, parent: str) -> Sequence[Row]:
        """Return the rows linked to a parent, from an index that is made once for a version of the data."""
        version, families = self._families.get(endpoint.name, (-1, {}))
        current = self.data.version(endpoint.table)
        if version != current and endpoint.parent:
            families = {}
            for row in self.data.rows(endpoint.table):
                for key in _keys(row.value(endpoint.parent.link)):
                    families.setdefault(str(key), []).append(row)
            self._families[endpoint.name] = (current, families)
        return families.get(parent, [])


def shown(call: Call, endpoint: Endpoint, rows: Iterable[Row]) -> list[Record]:
    """Return what the endpoint's views send of each row, one view after another."""
    records = [row.record for row in rows]
    for view in endpoint.views:
        show = view.show(call)
        if show:
            records = [show(record) for record in records]
    return records


def _keys(value: Any) -> Iterable[Any]:
    return value if isinstance(value, list | tuple) else () if value is None else (value,)
