"""Switch resources off and on again while a server runs."""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from attrs import define, field, frozen

from sdk.testing.simulator.messages import ReplyMaker


@frozen
class Closed:
    """Say how a resource is off: for which parents (`None`: all), with which answer (`None`: the description's)."""

    parents: frozenset[str] | None = None
    reply: ReplyMaker | None = None


@define
class Gates:
    """Hold the resources that are off; safe to change while calls are answered."""

    _closed: Mapping[str, Closed] = field(factory=dict)

    def close(self, resource: str, parents: Iterable[object] | None = None, reply: ReplyMaker | None = None) -> None:
        """Switch a resource off, for all parents or for those named."""
        named = None if parents is None else frozenset(str(parent) for parent in parents)
        self._closed = {**self._closed, resource: Closed(named, reply)}

    def open(self, resource: str) -> None:
        """Switch a resource on again."""
        self._closed = {name: closed for name, closed in self._closed.items() if name != resource}

    def closed(self, resource: str, parent: str | None) -> Closed | None:
        """Return how a resource is off for a parent; `None` when it is on."""
        closed = self._closed.get(resource)
        if closed is None or closed.parents is None or parent in closed.parents:
            return closed
        return None
