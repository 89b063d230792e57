"""What was left out on purpose: said now, and asked again on the next run."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Iterator, Mapping, MutableMapping, Sequence
from datetime import datetime
from typing import Any, Final

from attrs import evolve, field, frozen

from sdk.checkpoints import partition_from_dict, partition_to_dict
from sdk.errors import ReadError
from sdk.instants import format_instant
from sdk.messages import Page, Partition
from sdk.redaction import one_line
from sdk.refusals import machine_code

_SKIPS: Final = "skips"
_KEPT: Final = ("resource", "parent_key", "request", "status", "reason", "first_seen")

# How APIs say that a whole module is off, or not for this user: of every parent then, and rightly so.
_NOT_FOR_US: Final = frozenset({402, 403})
# Of so few parents one or two that are gone are a large share.
_SHARE_OF_AT_LEAST: Final = 20

_REASONS: Final[Mapping[int, str]] = {
    402: "not in the account's plan",
    403: "forbidden: no permission, or not in the account's plan",
    404: "not found: gone, or switched off in the account",
    410: "gone",
}


@frozen
class Skip:
    """A partition that was left out on purpose, and why.

    Attributes:
        resource: Name of the resource.
        parent_key: The parent's fields as JSON text; empty at the top level.
        request: What was asked, without base URL, interval and secrets.
        status: The answer's status.
        reason: The answer's machine code and what the status means.
        first_seen: When it was first skipped, as ISO text; empty until the run's skips are settled.
        partition: The piece to ask again.
        is_failure: It was not left out on purpose: the run fails for it.
    """

    resource: str
    parent_key: str
    request: str
    status: int
    reason: str
    first_seen: str = ""
    partition: Partition | None = field(default=None, repr=False, eq=False)
    is_failure: bool = field(default=False, eq=False)

    @classmethod
    def of(cls, partition: Partition, page: Page, base_url: str, meaning: str = "") -> Skip:
        """Return the skip that *page* means for *partition*; *meaning* says it where the status does not."""
        code, meaning = machine_code(page.body), meaning or _REASONS.get(page.status, "not available")
        return cls(
            resource=partition.resource,
            parent_key=_parent_key(partition),
            request=one_line(partition.scope(base_url)),
            status=page.status,
            reason=f"{code}: {meaning}" if code else meaning,
            partition=partition,
        )

    @classmethod
    def failed(cls, partition: Partition, failure: ReadError, base_url: str) -> Skip:
        """Return what stands for *partition*, which broke in a run that goes on with the rest."""
        return cls(
            resource=partition.resource,
            parent_key=_parent_key(partition),
            request=one_line(partition.scope(base_url)),
            status=getattr(failure, "status", None) or 0,
            reason=f"failed: {failure.message}",
            partition=partition,
            is_failure=True,
        )

    @property
    def place(self) -> str:
        """What was asked and for whom: two parents may share a request, and each lacks its own rows."""
        return f"{self.request} {self.parent_key}".rstrip()


def _parent_key(partition: Partition) -> str:
    return json.dumps(dict(partition.stamp), sort_keys=True, default=str) if partition.stamp else ""


@frozen
class SkipLog:
    """The skips that a resource remembers in its state, to ask for them again.

    Attributes:
        state: The resource's state, plain JSON data.
        base_url: Left out of what is remembered, since it may change between runs.
    """

    state: MutableMapping[str, Any]
    base_url: str

    def again(self) -> Iterator[Partition]:
        """Yield the children's partitions that the last run skipped: their parents may not change in this one."""
        for kept in self.state.get(_SKIPS, {}).values():
            if kept["partition"] is not None:
                yield partition_from_dict(kept["partition"], self.base_url)

    @property
    def has_failed(self) -> bool:
        """Whether any of them was no skip that was meant: the run failed for it."""
        return any(kept.get("is_failure") for kept in self.state.get(_SKIPS, {}).values())

    def new(self, skips: Sequence[Skip]) -> list[Skip]:
        """Return those of *skips* that the last run did not have."""
        old: Mapping[str, Any] = self.state.get(_SKIPS, {})
        return [skip for skip in skips if skip.place not in old]

    def settle(self, skips: Sequence[Skip], run_start: datetime) -> tuple[list[Skip], list[Skip]]:
        """Remember *skips* in place of those of the last run.

        Returns:
            The skips with the time at which each was first seen, and the old ones that were read now.
        """
        old: Mapping[str, Any] = self.state.get(_SKIPS, {})
        stamp = format_instant(run_start, "iso_us")
        now = {skip.place: evolve(skip, first_seen=old.get(skip.place, {}).get("first_seen", stamp)) for skip in skips}
        if now or old:
            self.state[_SKIPS] = {place: skip_to_dict(skip, self.base_url) for place, skip in now.items()}
        repaid = [Skip(**{name: kept[name] for name in _KEPT}) for place, kept in old.items() if place not in now]
        return list(now.values()), repaid


def skip_to_dict(skip: Skip, base_url: str) -> dict[str, Any]:
    """Return *skip* as plain JSON data; *base_url* is left out of its requests."""
    partition, stored = skip.partition, None
    # A partition at the top level is asked in every run anyway.
    if partition is not None and partition.parent_resource is not None:
        whole = evolve(partition, request=partition.whole or partition.request, whole=None, interval=None)
        stored = partition_to_dict(evolve(whole, position=None), base_url)
    return {**{name: getattr(skip, name) for name in _KEPT}, "partition": stored, "is_failure": skip.is_failure}


def skip_from_dict(data: Mapping[str, Any], base_url: str) -> Skip:
    """Return the skip that `skip_to_dict` described."""
    stored = data["partition"]
    partition = None if stored is None else partition_from_dict(stored, base_url)
    facts = {name: data[name] for name in _KEPT}
    return Skip(**facts, partition=partition, is_failure=data.get("is_failure", False))


def check_share(connector: str, resource: str, skips: Sequence[Skip], parents: int, share: float) -> None:
    """Raise when more than *share* of a child's parents were skipped: some may be gone, but hardly most of them.

    A path that the API moved, and a base URL that leads elsewhere, answer 404 for every parent; a run that took that
    for a thousand deleted parents would end green with nothing. What means that a module is off is not counted, and
    neither is anything where there are few parents.

    Args:
        connector: Name of the connector.
        resource: Name of the child.
        skips: What this run skipped and no earlier one, see `SkipLog.new`: a parent that is gone stays gone, and is
            asked again by every run.
        parents: How many parents named something to read in this run.
        share: The setting `max_skips`.

    Raises:
        ReadError: They are too many.
    """
    counted = [one for one in skips if one.resource == resource and one.parent_key and not one.is_failure]
    counted = [one for one in counted if one.status not in _NOT_FOR_US]
    lacking = {one.parent_key for one in counted}
    if parents < _SHARE_OF_AT_LEAST or len(lacking) <= share * parents:
        return
    [(status, times)] = Counter(one.status for one in counted).most_common(1)
    most = f"all with {status}" if times == len(counted) else f"most with {status}"
    reason = next(one.reason for one in counted if one.status == status)
    raise ReadError(
        f"{len(lacking):,} of {parents:,} parents were skipped, {most} ({reason}); check base_url, the path and the "
        f"rights of the key, or set max_skips above {share:g} if so many may be missing",
        connector=connector,
        resource=resource,
        request=counted[0].request,
    )
