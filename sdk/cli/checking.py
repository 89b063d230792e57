"""Ask each resource for its first page, and say what that tells.

A child is asked with the first parent record that has such children to ask for, so its parent is asked too, once.
When the credentials or the address are wrong nothing else can be right: the rest is then left unasked, which also
keeps an account from being locked.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Iterator, Sequence
from itertools import chain
from typing import Final, Literal, TypeAlias

from attrs import define, evolve, field, frozen

from sdk.connector import Connector
from sdk.errors import ReadError, ResponseError
from sdk.messages import Partition, Record
from sdk.opening import Opened
from sdk.reader import Reader
from sdk.resource import Resource
from sdk.skips import Skip

State: TypeAlias = Literal["readable", "gated", "forbidden", "error", "not asked"]

FAILURES: Final = frozenset({"forbidden", "error"})

_UNAUTHORIZED: Final = 401
_FORBIDDEN: Final = 403


@frozen
class Finding:
    """What the first page of a resource told.

    Attributes:
        resource: Its name.
        state: `readable`; `gated`: skipped, visibly, by a run; `forbidden` and `error`: a run fails on it;
            `not asked`: there was no way to.
        detail: Why, or how much the page held.
        status: The answer's status where it is gated.
    """

    resource: str
    state: State
    detail: str = ""
    status: int = 0


def is_locked_out(findings: Sequence[Finding]) -> bool:
    """Return whether everything that was asked is forbidden: then a run fails, whatever is declared as gated."""
    asked = [one for one in findings if one.state != "not asked"]
    return len(asked) > 1 and all(one.state == "gated" and one.status == _FORBIDDEN for one in asked)


@frozen
class _Answer:
    finding: Finding
    records: tuple[Record, ...] = ()

    @property
    def empty(self) -> bool:
        """Whether there are no records, for sure."""
        return not self.records and self.finding.state in {"readable", "gated"}


@define
class Checker:
    """Ask the resources of one connector, each at most once.

    Attributes:
        opened: The connector.
        names: The resources whose findings are wanted.
    """

    opened: Opened
    names: Sequence[str]
    _reader: Reader = field(init=False)
    _answers: dict[str, _Answer] = field(factory=dict)
    _hopeless: str = ""

    def __attrs_post_init__(self) -> None:
        self._reader = evolve(self.opened, connector=_impatient(self.opened.connector)).reader()

    def finding(self, name: str) -> Finding:
        """Return what the first page of a resource tells."""
        return self._answer(name).finding

    def close(self) -> None:
        """Close the connections."""
        self._reader.client.close()

    def _answer(self, name: str) -> _Answer:
        if name not in self._answers:
            self._answers[name] = self._ask(self._reader.connector.resource(name))
        return self._answers[name]

    def _ask(self, resource: Resource) -> _Answer:
        if resource.given is not None:
            records = tuple({resource.primary_key[0]: value} for value in resource.given)
            return _Answer(Finding(resource.name, "readable", "given in the settings"), records)
        if self._hopeless:
            return _Answer(Finding(resource.name, "not asked", self._hopeless))
        try:
            partition = next(self._partitions(resource), None)
            if partition is None:
                return _Answer(self._unasked(resource))
            batch = next(self._reader.batches(partition), [])
        except ReadError as error:
            return _Answer(self._failed(resource, error))
        if isinstance(batch, Skip):
            return _Answer(Finding(resource.name, "gated", f"{batch.status}, {batch.reason}", batch.status))
        return _Answer(Finding(resource.name, "readable", _held(batch)), tuple(batch))

    def _partitions(self, resource: Resource) -> Iterator[Partition]:
        """Yield what could be asked of a resource, the newest stretch of each."""
        for whole in self._wholes(resource):
            if resource.window is None:
                yield whole
                continue
            start = resource.window.start(self.opened.since or whole.begin)
            newest = deque(resource.window.intervals(start, self.opened.clock()), maxlen=1).pop()
            yield whole.within(newest, resource.window.narrow(whole.request, newest))

    def _wholes(self, resource: Resource) -> Iterator[Partition]:
        if not resource.parents:
            yield from self._reader.partitioner.whole(resource)
            return
        parents = [(self._reader.connector.resource(name), self._answer(name)) for name in resource.parents]
        own = chain.from_iterable(
            self._reader.partitioner.partitions(resource, parent, record)
            for parent, answer in parents
            for record in answer.records
        )
        yield from own
        if resource.optional_parent and all(answer.empty for _, answer in parents):
            yield from self._reader.partitioner.whole(resource, dict.fromkeys(resource.param_templates))

    def _unasked(self, resource: Resource) -> Finding:
        """Return the finding for a child whose parents give nothing to ask with."""
        above = [self._answer(name).finding for name in resource.parents]
        broken = next((one for one in above if one.state != "readable"), None)
        if broken is None:
            why = f"no record of {' or '.join(resource.parents)} on the first page has any to ask for"
        elif broken.resource in self.names:
            why = f"its parent {broken.resource} is not readable"
        else:
            # Nobody else would say it.
            return Finding(resource.name, broken.state, f"its parent {broken.resource}: {broken.detail}")
        return Finding(resource.name, "not asked", why)

    def _failed(self, resource: Resource, error: ReadError) -> Finding:
        status = error.status if isinstance(error, ResponseError) else 0
        nothing_yet = not any(one.finding.state in {"readable", "gated"} for one in self._answers.values())
        if nothing_yet and status in {_UNAUTHORIZED, None}:
            self._hopeless = "the credentials were refused" if status == _UNAUTHORIZED else "the API was not reached"
        detail = error.message.removeprefix(error.request or "").strip()
        return Finding(resource.name, "forbidden" if status == _FORBIDDEN else "error", detail)


def _held(batch: list[Record]) -> str:
    return f"{len(batch) or 'no'} record{'' if len(batch) == 1 else 's'} on the first page"


def _impatient(connector: Connector) -> Connector:
    """Return the connector without repeats: a check is done again by hand."""
    resources = [
        one if one.retry is None else evolve(one, retry=evolve(one.retry, attempts=1)) for one in connector.resources
    ]
    return evolve(connector, resources=resources, retry=evolve(connector.retry, attempts=1))
