"""Answer calls as the described vendor would, without HTTP."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Mapping
from datetime import datetime
from typing import TypeAlias
from urllib.parse import unquote

from attrs import Factory, define, evolve, field

from sdk.testing.simulator.data import Data
from sdk.testing.simulator.description import Endpoint, Query, Simulator
from sdk.testing.simulator.gates import Gates
from sdk.testing.simulator.limits import Limiter, Usage
from sdk.testing.simulator.messages import UNKNOWN_PARAMETER, Call, InvalidParameterError, Pairs, Record, Refusal, Reply
from sdk.testing.simulator.selection import Selection, shown

Route: TypeAlias = tuple[Endpoint | None, str | None]
"""An endpoint and, for a child, its parent's key as the path holds it."""


@define
class Vendor:
    """Answer calls from a description and its data; safe to call from many threads."""

    simulator: Simulator
    data: Data
    secrets: Mapping[str, str]
    limiter: Limiter | None
    clock: Callable[[], datetime]
    gates: Gates = field(factory=Gates)
    _selection: Selection = Factory(lambda self: Selection(self.data), takes_self=True)
    _direct: dict[str, Endpoint] = field(init=False)
    _children: list[tuple[re.Pattern[str], Endpoint]] = field(init=False)

    def __attrs_post_init__(self) -> None:
        base, endpoints = self.simulator.base_path, self.simulator.endpoints
        self._direct = {base + endpoint.path: endpoint for endpoint in endpoints if not endpoint.parent}
        self._children = [(_pattern(base + endpoint.path), endpoint) for endpoint in endpoints if endpoint.parent]

    def answer(self, call: Call) -> Reply:
        """Return the reply to a call: limit first, then credentials, then the path, then the list."""
        route = self._route(call.path)
        endpoint, _ = route
        usage = self.limiter.spend(endpoint.limit_class if endpoint else None, call) if self.limiter else None
        try:
            reply = self._admitted(call, route, usage)
        except Refusal as refusal:
            reply = refusal.reply
        except InvalidParameterError as error:
            reply = self.simulator.errors.invalid(call, error.name, error.reason)
        if usage is None or self.limiter is None:
            return reply
        return evolve(reply, headers={**self.limiter.limit.headers(usage), **reply.headers})

    def truth(self, resource: str, asked: Query, parents: Iterable[object] | None = None) -> list[Record]:
        """Return what a complete reader of a resource ends up with; see `SimulatorServer.truth`."""
        endpoint = self.simulator.endpoint(resource)
        family = endpoint.parent
        if family is None:
            return [] if self.gates.closed(endpoint.gated_as, None) else self._everything(endpoint, asked, None)
        found = []
        for key in self._reachable(endpoint) if parents is None else [str(key) for key in parents]:
            row = self.data.row(family.table, key, family.key)
            if row is not None and not self.gates.closed(endpoint.gated_as, key):
                link = {family.stamp: row.value(family.key)}
                found += [{**record, **link} for record in self._everything(endpoint, asked, key)]
        return found

    def _route(self, path: str) -> Route:
        if path in self._direct:
            return self._direct[path], None
        for pattern, endpoint in self._children:
            match = pattern.fullmatch(path)
            if match:
                return endpoint, unquote(match[1])
        return None, None

    def _admitted(self, call: Call, route: Route, usage: Usage | None) -> Reply:
        errors, (endpoint, parent) = self.simulator.errors, route
        if usage and usage.refused and self.limiter:
            return self.limiter.limit.reply(usage)
        auth = (endpoint.auth if endpoint else None) or self.simulator.auth
        if not auth.admits(call, self.secrets):
            return errors.unauthorized(call)
        if refused := next((header for header in self.simulator.headers if not header.admits(call)), None):
            return evolve(errors.not_acceptable(call), status=refused.status)
        if endpoint is None:
            return errors.not_found(call)
        if call.method != endpoint.method:
            return errors.wrong_method(call)
        return self._page(call, endpoint, parent)

    def _page(self, call: Call, endpoint: Endpoint, parent: str | None) -> Reply:
        if refused := self._gated(call, endpoint.gated_as, parent):
            return refused
        if endpoint.reads:
            call = evolve(call, query=(*call.query, *endpoint.reads(call.body)))
        self._check_params(call, endpoint)
        sent = (name for param, name in endpoint.gated_params.items() if call.first(param) is not None)
        if refused := next(filter(None, (self._gated(call, name, None) for name in sent)), None):
            return refused
        family = endpoint.parent
        if family and self.data.row(family.table, parent, family.key) is None:
            return self.simulator.errors.not_found(call)
        rows = self._selection.rows(call, endpoint, parent)
        if endpoint.shape.single and not rows:
            return self.simulator.errors.not_found(call)
        cut = endpoint.pages.cut(call, rows)
        records = shown(call, endpoint, rows[cut.start : cut.stop])
        return Reply(200, endpoint.shape.body(records, endpoint.pages.body(cut)), endpoint.pages.headers(cut))

    def _gated(self, call: Call, resource: str, parent: str | None) -> Reply | None:
        closed = self.gates.closed(resource, parent)
        if closed is None:
            return None
        return (closed.reply or self.simulator.endpoint(resource).gate or self.simulator.errors.gated)(call)

    def _check_params(self, call: Call, endpoint: Endpoint) -> None:
        if not self.simulator.strict:
            return
        for name, _ in call.query:
            if name not in endpoint.params and name not in self.simulator.auth.params:
                raise InvalidParameterError(name, UNKNOWN_PARAMETER)

    def _everything(self, endpoint: Endpoint, asked: Query, parent: str | None) -> list[Record]:
        """Return the records of all queries that a complete reading takes, each once."""
        found: dict[str, Record] = {}
        table = self.data.table(endpoint.table)
        for query in endpoint.complete(self.data.seeding(table)):
            path = self.simulator.base_path + endpoint.path
            call = Call(endpoint.method, path, _pairs({**query, **asked}), now=self.clock())
            self._check_params(call, endpoint)
            rows = self._selection.rows(call, endpoint, parent)[: 1 if endpoint.shape.single else None]
            for row, record in zip(rows, shown(call, endpoint, rows), strict=True):
                found.setdefault(str(row.value(table.key)), dict(record))
        return list(found.values())

    def _reachable(self, endpoint: Endpoint) -> Iterable[str]:
        """Return the keys of the parents that a complete reader comes across."""
        family = endpoint.parent
        if family is None:
            return ()
        found = (record for name in family.reached_by for record in self.truth(name, {}))
        return dict.fromkeys(str(record[family.key]) for record in found)


def _pattern(template: str) -> re.Pattern[str]:
    parts = (r"([^/]+)" if part.startswith("{") else re.escape(part) for part in template.split("/"))
    return re.compile("/".join(parts))


def _pairs(query: Query) -> Pairs:
    return tuple((n, v) for n, value in query.items() for v in ([value] if isinstance(value, str) else value))
