"""A dictionary read in parts: where a list may be left, what is kept of it, and where it goes on.

Only a list without a parent is ever left, and only after a page. dlt drains its pipe before a load package is over, so
that all children of the pages before are there. The request is the state, as for connectors.
"""

from __future__ import annotations

import json
import sys
import time
from collections.abc import Mapping
from copy import deepcopy
from typing import Any, Final

import dlt
from attrs import define, evolve, field
from dlt.extract import Incremental

from sdk.dialects.latest import furthest
from sdk.errors import PaginationLoopError, ReadError, ResponseError, SelectionError
from sdk.messages import Partition, Position, Request
from sdk.redaction import holds_secret, is_secret
from sdk.tally import Tallies

# Answers to a question that means nothing to the API, or not any more.
_FORGOTTEN: Final = frozenset({400, 403, 404, 405, 406, 410, 416, 422})

# Of these a dictionary may say anything, secrets too, and pages seldom change them.
_REPEATED: Final = ("headers", "json", "data")


@define(eq=False)
class Cut:
    """The part of a list that one load package holds.

    Attributes:
        members: The resources whose cursors move with it: its own, and all that hang on it.
        begin: Where it begins, as `written` says it; `None` for the very beginning.
        divisible: It may be left before its end.
        left: Where the next part begins, `None` once all was read.
        cursors: What dlt kept of the members' cursors before the first row came.
    """

    members: tuple[str, ...]
    begin: Mapping[str, Any] | None = None
    divisible: bool = True
    left: dict[str, Any] | None = None
    cursors: dict[str, dict[str, Any]] = field(factory=dict)

    def enter(self) -> None:
        """Remember the cursors; dlt has bound all of them before it takes the first page of any list."""
        resources = dlt.current.source_state().get("resources", {})
        self.cursors = {name: deepcopy(resources.get(name, {}).get("incremental", {})) for name in self.members}

    def started(self, partition: Partition, base_url: str) -> Partition:
        """Return *partition*, to be read from where this part begins."""
        return partition if self.begin is None else evolve(partition, position=read(self.begin, partition, base_url))

    def anew(self, partition: Partition, error: ReadError) -> Partition | None:
        """Return *partition* from its very beginning, if *error* may say that its next page is not known any more.

        It is then read to its end: to an API that forgets so soon, each part would be the first.
        """
        if not _is_outdated(error):
            return None
        self.divisible = False
        return evolve(partition, position=None)

    def leave(self, at: Partition, base_url: str, *, proven: bool) -> bool:
        """Note that the next part begins *at* a position; return false where that cannot be kept."""
        kept = written(at, base_url)
        if kept is None:
            self.divisible = False
            return False
        self.left = {**kept, "proven": proven}
        return True

    def settle(self, cursors: Mapping[str, Incremental[Any]], best: dict[str, Any]) -> None:
        """Put the cursors back to where they began while the list is left; once it is over, to the furthest.

        Args:
            cursors: The cursors that dlt keeps from run to run, by resource.
            best: How far those of lists that are left have come; kept up to date.
        """
        resources = dlt.current.source_state().get("resources", {})
        for name in self.members:
            cursor = cursors.get(name)
            held = resources.get(name, {}).get("incremental", {})
            if cursor is None or cursor.cursor_path not in held:
                continue
            now = held.pop(cursor.cursor_path)
            if name in best:
                now = furthest(cursor, best.pop(name), now)
            if self.left is None:
                held[cursor.cursor_path] = now
                continue
            best[name] = now
            before = self.cursors.get(name, {}).get(cursor.cursor_path)
            # dlt makes one that was not there from the dictionary; the next one may say otherwise.
            if before is not None and not _is_new(cursor, before):
                held[cursor.cursor_path] = before


@define(eq=False)
class Cutting:
    """When the lists of a source are left, while a run commits as it goes; otherwise they never are.

    Attributes:
        tallies: Where rows are counted.
        run: Tells the run from others, empty while there is none.
        cuts: The part of each list without a parent that is read now.
    """

    tallies: Tallies
    run: str = ""
    cuts: dict[str, Cut] = field(factory=dict)
    _records: int = sys.maxsize
    _until: float = 0.0

    def begin(self, cuts: Mapping[str, Cut], records: int, seconds: float) -> None:
        """Begin the next parts: to be left after so many more *records* or *seconds*."""
        self.cuts = dict(cuts)
        self._records, self._until = self._rows + records, time.monotonic() + seconds

    @property
    def is_due(self) -> bool:
        """Whether it is time to commit."""
        return self._rows >= self._records or time.monotonic() >= self._until

    @property
    def _rows(self) -> int:
        return sum(tally.rows for _, tally in self.tallies.items())


def _is_new(cursor: Incremental[Any], state: Mapping[str, Any]) -> bool:
    """Return whether *state* is what dlt keeps of *cursor* when there was nothing."""
    begin = cursor.initial_value
    return state["initial_value"] == begin == state["last_value"] and not state["unique_hashes"]


def _is_outdated(error: ReadError) -> bool:
    """Return whether the API may have forgotten what comes next: tokens grow old."""
    if isinstance(error, ResponseError):
        return error.status in _FORGOTTEN
    return isinstance(error, SelectionError | PaginationLoopError)


def written(at: Partition, base_url: str) -> dict[str, Any] | None:
    """Return where *at* goes on as JSON data without *base_url*; `None` where a secret or no JSON stands in it.

    What the list was begun with stands in the dictionary, and is not repeated.
    """
    if at.position is None:
        return None
    request, first = at.position.request, at.request
    data = evolve(request, url=request.url.removeprefix(base_url)).to_dict()
    data["params"] = [
        [name, None if is_secret(value) and (name, value) in first.params else value] for name, value in request.params
    ]
    for part in _REPEATED:
        if getattr(request, part) == getattr(first, part):
            data.pop(part, None)
    try:
        position = {"request": data, "anchors": at.position.anchors, "arrivals": dict(at.position.arrivals)}
        text = json.dumps(position, ensure_ascii=False)
    except (TypeError, ValueError):
        # A paginator of the user's own keeps objects.
        return None
    if holds_secret(text):
        return None
    made: dict[str, Any] = json.loads(text)
    return made if read(made, at, base_url).request.identity == request.identity else None


def read(data: Mapping[str, Any], partition: Partition, base_url: str) -> Position:
    """Return the position in *partition* that `written` described."""
    first, told = partition.request, data["request"]
    own = dict(first.params)
    url = told["url"] if "://" in told["url"] else base_url + told["url"]
    params = [(name, own.get(name, "") if value is None else value) for name, value in told["params"]]
    repeated = {part: told.get(part, getattr(first, part)) for part in _REPEATED}
    request = Request(url, told["method"], params, state=told["state"], **repeated)
    return Position(request, tuple(data["anchors"]), arrivals=data.get("arrivals", {}))
