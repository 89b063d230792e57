"""Describe a vendor's API: its tables, its endpoints, and how it answers what it does not like.

A description is frozen and holds no data. `serve` makes fresh data from it, so one description serves any number of
tests at once. It is written from the vendor's documentation and recorded traffic, never from the connector that it
tests: a wrong connector has to fail against it.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Mapping, Sequence
from datetime import datetime
from random import Random
from typing import Any, Literal, Protocol, TypeAlias

from attrs import field, frozen

from sdk.testing.simulator.auth import AuthScheme, NoAuth, RequiredHeader
from sdk.testing.simulator.filters import Filter
from sdk.testing.simulator.limits import RateLimit
from sdk.testing.simulator.messages import Call, Pairs, Reply, ReplyMaker, Row, Rows, SimulatorError
from sdk.testing.simulator.orders import AsStored, Order
from sdk.testing.simulator.pages import PageStyle, Unpaged
from sdk.testing.simulator.shapes import Shape
from sdk.testing.simulator.times import zulu
from sdk.testing.simulator.views import View

_PLACEHOLDER = re.compile(r"\{(\w+)\}")

Query: TypeAlias = Mapping[str, str | Sequence[str]]


class Seeding(Protocol):
    """What a row maker works with: dice that repeat for a seed, a size, the clock, and the tables made before."""

    @property
    def random(self) -> Random:
        """Return dice of this table's own, so that one table's rows do not depend on another's size."""

    @property
    def size(self) -> int:
        """Return how many rows to make."""

    @property
    def now(self) -> datetime:
        """Return the vendor's clock when the data is made."""

    def rows(self, table: str) -> Rows:
        """Return the rows of another table, made on demand."""


RowMaker: TypeAlias = Callable[[Seeding], Iterable[Row]]
InvalidReplyMaker: TypeAlias = Callable[[Call, str, str], Reply]


@frozen
class Table:
    """Hold how one kind of record is made: `size` rows at scale 1.

    `scales` is false for what does not grow with an account (workspaces, priorities). `updated` names the field that
    a change touches, `written` how its moment is written; `created` is set beside it when a row is added.
    `traces` tells which rows a change leaves in other tables, such as an audit log's: it gets the row before (`None`
    when it is new), the row after and the moment.
    """

    name: str
    make: RowMaker
    size: int = 0
    scales: bool = True
    key: str = "id"
    created: str | None = "created_at"
    updated: str | None = "updated_at"
    written: Callable[[float], Any] = zulu
    traces: Callable[[Row | None, Row, float], Iterable[tuple[str, Row]]] = lambda _before, _after, _at: ()


@frozen
class Parent:
    """Tie a child endpoint to its parents' table.

    `link` names the mark or field of a child row that holds its parent's key, or a list of several. `reached_by`
    names the resources through which a complete reader finds the parents (default: the one named as the table).
    `stamp` is the extra key under which `truth` puts the parent's key: `_<table>_<key>` by default.
    """

    table: str
    link: str
    key: str = "id"
    reached_by: tuple[str, ...] = ()
    stamp: str = ""

    def __attrs_post_init__(self) -> None:
        object.__setattr__(self, "reached_by", self.reached_by or (self.table,))
        object.__setattr__(self, "stamp", self.stamp or f"_{self.table}_{self.key}")


@frozen(kw_only=True)
class Endpoint:
    """Describe one path: which rows it shows, to whom, in which order, pages and shape.

    `table` defaults to the resource's name; several endpoints may show one table. `complete` are the queries that,
    put together, read everything that can be read: they are what `truth` is made of. `gate` is the answer while the
    endpoint, or one of its parents, is switched off. `also` names parameters that are taken but change nothing.
    `reads` turns a body into parameters, which then count as if they stood in the query. `auth` replaces the
    vendor's scheme here; it may ask for no setting which that one lacks.
    Two paths to one resource share its switch when the second is `gated_as` the first, and a parameter in
    `gated_params` is refused as the resource that it names while that one is off.
    """

    name: str
    path: str
    shape: Shape
    table: str = ""
    parent: Parent | None = None
    pages: PageStyle = field(factory=Unpaged)
    filters: tuple[Filter, ...] = ()
    order: Order = field(factory=AsStored)
    views: tuple[View, ...] = ()
    also: tuple[str, ...] = ()
    limit_class: str | None = None
    gate: ReplyMaker | None = None
    complete: Callable[[Seeding], Iterable[Query]] = lambda _seeding: ({},)
    method: Literal["GET", "POST"] = "GET"
    reads: Callable[[bytes], Pairs] | None = None
    auth: AuthScheme | None = None
    gated_as: str = ""
    gated_params: Mapping[str, str] = field(factory=dict)
    params: frozenset[str] = field(init=False)

    def __attrs_post_init__(self) -> None:
        object.__setattr__(self, "table", self.table or self.name)
        object.__setattr__(self, "gated_as", self.gated_as or self.name)
        readers: tuple[Any, ...] = (self.pages, self.order, *self.filters, *self.views)
        names = (name for reader in readers for name in reader.params)
        object.__setattr__(self, "params", frozenset([*names, *self.also]))

    @property
    def placeholders(self) -> list[str]:
        """Return the names of the path's placeholders: one for a child, none otherwise."""
        return _PLACEHOLDER.findall(self.path)


@frozen
class ErrorReplies:
    """Hold how a vendor words its refusals; every one is a function of the call.

    `invalid` also gets the parameter's name and the reason. The defaults are a plain message.
    """

    unauthorized: ReplyMaker = lambda _call: Reply(401, {"message": "invalid credentials"})
    not_acceptable: ReplyMaker = lambda _call: Reply(406, {"message": "not acceptable"})
    not_found: ReplyMaker = lambda _call: Reply(404, {"message": "not found"})
    wrong_method: ReplyMaker = lambda _call: Reply(405, {"message": "method not allowed"})
    gated: ReplyMaker = lambda _call: Reply(403, {"message": "not available to this account"})
    invalid: InvalidReplyMaker = lambda _call, name, reason: Reply(400, {"message": f"{name}: {reason}"})


@frozen(kw_only=True)
class Simulator:
    """Describe one vendor: what `serve` needs to stand in for it.

    `base_path` is the part of the connector's `base_url` after the host; the endpoints' paths follow it. `addresses`
    are the settings beside `base_url` that say where something is, such as a token endpoint: their paths. With
    `strict` a query parameter that an endpoint does not know is refused, so that a misspelt one cannot pass as
    understood; without it it is ignored, as lenient vendors do.
    """

    name: str
    tables: tuple[Table, ...]
    endpoints: tuple[Endpoint, ...]
    base_path: str = ""
    addresses: Mapping[str, str] = field(factory=dict)
    auth: AuthScheme = field(factory=NoAuth)
    headers: tuple[RequiredHeader, ...] = ()
    errors: ErrorReplies = field(factory=ErrorReplies)
    rate_limit: RateLimit | None = None
    strict: bool = True

    def __attrs_post_init__(self) -> None:
        faults = list(self._faults())
        if faults:
            raise SimulatorError(f"simulator {self.name!r}: " + "; ".join(faults))

    def endpoint(self, resource: str) -> Endpoint:
        """Return the endpoint of a resource."""
        for endpoint in self.endpoints:
            if endpoint.name == resource:
                return endpoint
        known = ", ".join(endpoint.name for endpoint in self.endpoints)
        raise SimulatorError(f"simulator {self.name!r} has no resource {resource!r}; it has {known}")

    def _faults(self) -> Iterable[str]:
        tables = {table.name for table in self.tables}
        names = [endpoint.name for endpoint in self.endpoints]
        yield from (f"resource {name!r} is described twice" for name in {n for n in names if names.count(n) > 1})
        for endpoint in self.endpoints:
            parent = endpoint.parent
            needed = {endpoint.table, *([parent.table] if parent else [])}
            yield from (f"{endpoint.name}: no table {name!r}" for name in sorted(needed - tables))
            if len(endpoint.placeholders) != (1 if parent else 0):
                yield f"{endpoint.name}: path {endpoint.path!r} does not go with its parent"
            unknown = set(parent.reached_by) - set(names) if parent else set()
            yield from (f"{endpoint.name}: parents reached by unknown resource {name!r}" for name in sorted(unknown))
            ungated = {endpoint.gated_as, *endpoint.gated_params.values()} - set(names)
            yield from (f"{endpoint.name}: gated as unknown resource {name!r}" for name in sorted(ungated))
