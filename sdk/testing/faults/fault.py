"""A fault: something that APIs, networks and their people really do, and what a reader must make of it."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any, Final, Literal, TypeAlias, get_args

from attrs import field, frozen, validators

from sdk.client import Bounds
from sdk.messages import Record
from sdk.testing.faults.api import Api
from sdk.testing.faults.stage import Play, Stage, honestly

Group: TypeAlias = Literal[
    "transport", "status", "auth", "pagination", "hosts", "drift", "data", "incremental", "children"
]
Must: TypeAlias = Literal["all rows", "raise", "all rows or raise"]

GROUPS: Final[tuple[str, ...]] = get_args(Group)

_BOUNDS: Final = Bounds(connect=5.0, read=5.0, page=20.0, size=8 * 2**20)


@frozen(kw_only=True)
class Fault:
    """A fault, how it is played, and what holds against it.

    Attributes:
        name: Its name, unique among all faults.
        group: What it is about.
        must: What a right reader does: it ends with exactly the true rows, it fails, or either.
        what: What happens, in one sentence.
        play: Answers in place of the API.
        api: The API that it is played on, unless it is played on somebody's own.
        fits_any: It makes sense for every API: it needs nothing to be known of the answers.
        status: The status that it answers with, which a connector may have declared to mean something.
        truth: The rows that a reader must end up with; default: those of the API.
        loaded: The rows that must stand in the table, where a table cannot hold the API's values.
        optional: Further rows that a reader may end up with: those that came or went while it read.
        in_pipeline: Judge what a dlt pipeline loads, and not only what is read.
        runs: How many times the pipeline runs.
        failing: The runs that may fail; the last one counts.
        between: What happens before each further run.
        skips: How many skips must be shown.
        waits: The seconds that a reader has to wait at least, all in all.
        requests: How many requests are enough for it.
        slow: It takes seconds, or says little that another does not say.
        bounds: What one page may take while this is played.
    """

    name: str
    group: Group = field(validator=validators.in_(GROUPS))
    must: Must = field(validator=validators.in_(get_args(Must)))
    what: str
    play: Play = honestly
    api: Api = field(factory=Api, repr=False)
    fits_any: bool = False
    status: int = 200
    truth: Sequence[Record] | None = field(default=None, repr=False)
    loaded: Sequence[Record] | None = field(default=None, repr=False)
    optional: Sequence[Record] = field(default=(), repr=False)
    in_pipeline: bool = False
    runs: int = 1
    failing: frozenset[int] = frozenset()
    between: Callable[[Stage], None] | None = None
    skips: int = 0
    waits: float = 0.0
    requests: int = 60
    slow: bool = False
    bounds: Bounds = field(default=_BOUNDS, repr=False)

    @property
    def rows(self) -> Sequence[Record]:
        """The rows that a reader must end up with."""
        if self.truth is not None:
            return self.truth
        if not self.api.children:
            return self.api.rows
        return [
            {**child, "_items_id": one["id"]} for one in self.api.rows for child in self.api.children[str(one["id"])]
        ]

    def __str__(self) -> str:
        return self.name


@frozen
class Outcome:
    """What came of a fault.

    Attributes:
        fault: The fault.
        rows: The rows that there were in the end.
        failure: What the last run failed with.
        requests: How many requests there were.
        waited: The seconds that the reader wanted to wait.
        problems: What was not as it must be.
    """

    fault: Fault
    rows: Sequence[Mapping[str, Any]]
    failure: BaseException | None
    requests: int
    waited: float
    problems: tuple[str, ...]

    @property
    def held(self) -> bool:
        """Whether the reader did what it must."""
        return not self.problems

    def __str__(self) -> str:
        end = f"{type(self.failure).__name__}: {self.failure}" if self.failure else f"{len(self.rows)} rows"
        said = "; ".join(self.problems) or "held"
        return f"{self.fault.group}/{self.fault.name}: {said} ({end}, {self.requests} requests, {self.waited:.0f} s)"
