"""What the next run will cost: predicted from what the last one did, and from the declared quota."""

from __future__ import annotations

from collections.abc import Mapping, MutableMapping, Sequence
from typing import Any, Final

from attrs import frozen

from sdk.connector import Connector
from sdk.resource import Resource
from sdk.tally import Tallies

_RUNS: Final = "runs"
_WHOLE, _CONTINUING = "whole", "continuing"


@frozen
class ResourcePlan:
    """What reading one resource will take.

    Attributes:
        resource: Its name.
        requests: How many requests, `None` when no run was seen yet.
        rows: How many rows.
        seconds: How long that takes at least: as quickly as the API answered, and as its quota allows.
        like: `whole` when everything will be read, `continuing` when a run goes on from the last.
        waits: Seconds of the longest wait that the declared quota asks for.
        fits: Whether that wait is accepted; otherwise the run ends there.
    """

    resource: str
    requests: int | None
    rows: int | None
    seconds: float | None
    like: str
    waits: float = 0.0
    fits: bool = True


def note_run(state: MutableMapping[str, Any], tallies: Tallies, resource: Resource, *, continues: bool) -> None:
    """Keep in a resource's *state* what this run took, with the parts that were read for it."""
    tally = tallies.of(resource.name)
    state.setdefault(_RUNS, {})[_CONTINUING if continues else _WHOLE] = {
        "requests": tally.requests,
        "rows": tally.rows,
        "latency": round(tally.spent / tally.requests, 4) if tally.requests else 0.0,
    }


def plan(connector: Connector, states: Mapping[str, Mapping[str, Any]], names: Sequence[str]) -> list[ResourcePlan]:
    """Return what a run of the resources *names* will take.

    Args:
        connector: The connector, its settings filled in.
        states: What each resource keeps in its pipeline, by name.
        names: The wanted resources.
    """
    return [_resource_plan(connector, connector.resource(name), states.get(name, {})) for name in names]


def _resource_plan(connector: Connector, resource: Resource, state: Mapping[str, Any]) -> ResourcePlan:
    runs = state.get(_RUNS, {})
    continues = "completed" in state
    like = _CONTINUING if continues else _WHOLE
    # A run that goes on takes no more than one that reads everything.
    last = runs.get(like) or runs.get(_WHOLE)
    if last is None:
        return ResourcePlan(resource.name, None, None, None, like)
    requests = int(last["requests"])
    limits = [one for one in (connector.rate_limit, resource.rate_limit) if one is not None]
    # The last of them goes when those that filled the quotas before it are old enough.
    at_pace = max((_periods(requests, limit) * limit.period for limit in limits), default=0.0)
    longest = max((limit.period for limit in limits if _periods(requests, limit)), default=0.0)
    at_speed = requests * float(last["latency"]) / connector.in_flight
    return ResourcePlan(
        resource.name,
        requests,
        int(last["rows"]),
        max(at_pace, at_speed),
        like,
        longest,
        longest <= connector.retry_of(resource).max_wait,
    )


def _periods(requests: int, limit: Any) -> int:
    return max(requests - 1, 0) // int(limit.requests)
