"""Where the next run begins: the cursors of one resource, kept for each thing that is asked.

What is kept belongs to the resource that *uses* it. A child keeps its own cursor of its parent's list, so that a
child selected for the first time finds all parents, however often the parents were loaded before.
"""

from __future__ import annotations

from collections.abc import Mapping, MutableMapping
from datetime import datetime, timedelta
from typing import Any, TypeAlias

from attrs import define, field, frozen

from sdk.instants import format_instant, parse_instant
from sdk.resource import Resource
from sdk.windows import Incremental

State: TypeAlias = MutableMapping[str, Any]

_CURSORS = "cursors"
_COMPLETED = "completed"


@frozen
class Cursors:
    """The cursors that one resource (`user`) keeps in its state.

    Attributes:
        state: The resource's state, plain JSON data.
        since: The `start_date` of this run.
    """

    state: State
    since: datetime | None = None

    @property
    def completed(self) -> datetime | None:
        """The start of the last run in which the user was read to its end."""
        return parse_instant((self._valid(self.state.get(_COMPLETED)) or {}).get("at"))

    def complete(self, run_start: datetime) -> None:
        """Note that the user was read to its end in the run that began at *run_start*."""
        self.state[_COMPLETED] = {"at": format_instant(run_start, "iso_us"), "since": self._since_text()}

    def start(self, resource: Resource, scope: str, revisit: timedelta = timedelta(0), *, as_part: bool = False) -> Any:
        """Return where to begin reading *scope* of *resource*, `None` for its very beginning.

        A cursor from a run with a later `start_date` does not count: what lies before was never read. Read for a
        part, the user's last complete run is as good as a cursor: its own list held everything until then.
        """
        incremental = resource.incremental
        if incremental is None:
            return self.since if _by_time(resource) else None
        kept = self._kept(resource.name, scope)
        cursor = incremental.restore(kept.get("cursor")) if kept is not None else None
        if cursor is None and as_part and _by_time(resource):
            cursor = self.completed
        if cursor is None:
            return self.since if _by_time(resource) else None
        overlap = incremental.overlap
        if isinstance(overlap, timedelta):
            overlap = max(overlap, revisit)
        begin = incremental.back(cursor, overlap)
        if self.since is not None and isinstance(begin, datetime):
            return max(begin, self.since)
        return begin

    def _kept(self, resource: str, scope: str) -> Mapping[str, Any] | None:
        return self._valid(self.state.get(_CURSORS, {}).get(resource, {}).get(scope))

    def _valid(self, kept: Mapping[str, Any] | None) -> Mapping[str, Any] | None:
        if kept is None:
            return None
        before = parse_instant(kept.get("since"))
        if before is not None and (self.since is None or self.since < before):
            return None
        return kept

    def move(self, resource: Resource, scope: str, cursor: Any, run_start: datetime) -> None:
        """Keep *cursor* for *scope* of *resource*, never backwards and never past the start of the run."""
        incremental = resource.incremental
        if incremental is None or cursor is None:
            return
        kept = self._kept(resource.name, scope)
        old = incremental.restore(kept.get("cursor")) if kept else None
        new = incremental.capped(cursor, run_start)
        if old is not None:
            new = max(new, old)
        scopes = self.state.setdefault(_CURSORS, {}).setdefault(resource.name, {})
        scopes[scope] = {
            "cursor": incremental.dump(new),
            "since": self._since_text(),
        }

    def _since_text(self) -> str | None:
        return None if self.since is None else format_instant(self.since, "iso_us")


@define
class HighWater:
    """The largest cursor seen in each scope of one resource."""

    incremental: Incremental | None
    seen: dict[str, Any] = field(factory=dict)

    def note(self, scope: str, records: list[dict[str, Any]]) -> None:
        """Take in the cursors of *records*; a record without one moves nothing."""
        if self.incremental is None:
            return
        cursors = [cursor for one in records if (cursor := self.incremental.cursor(one)) is not None]
        if cursors:
            highest = max(cursors)
            self.seen[scope] = max(self.seen.get(scope, highest), highest)


def _by_time(resource: Resource) -> bool:
    return resource.incremental is None or resource.incremental.kind != "number"
