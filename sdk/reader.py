"""Read one partition, page by page: ask, check, select, stamp, hand on, ask for the next.

Reading a partition depends on nothing outside it. What a page's status and body mean is decided here.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from itertools import product
from typing import Any, TypeAlias

from attrs import define

from sdk.client import Client
from sdk.connector import Connector
from sdk.errors import ReadError
from sdk.guards import ProgressGuard
from sdk.jsonpath import MISSING, find
from sdk.messages import LAST_PAGE, EndAnswer, Page, Partition, Record, Request
from sdk.placeholders import Each
from sdk.plugins import Hooks
from sdk.resource import Resource
from sdk.skips import Skip
from sdk.tally import Tallies

Key: TypeAlias = tuple[Any, ...]


Batch: TypeAlias = list[Record]


class _CappedError(Exception):
    """The API says that the interval holds more than it will list."""


@define
class Reader:
    """Read partitions of one connector.

    Attributes:
        connector: The connector, its settings filled in.
        hooks: The hooks of this load.
        client: Sends the requests.
    """

    connector: Connector
    hooks: Hooks
    client: Client

    @property
    def tallies(self) -> Tallies:
        """Where rows and pages are counted."""
        return self.client.tallies

    def batches(self, partition: Partition) -> Iterator[Batch | Skip]:
        """Yield the records of *partition*, one list for each page, or the `Skip` that stands for all of them.

        An interval that holds more than the API will list is cut in two until it does not.

        Raises:
            ReadError: Going on would lose rows.
        """
        work = [(partition, frozenset[Key]())]
        while work:
            piece, known = work.pop()
            handed: set[Key] = set()
            try:
                yield from self._pages(piece, known, handed)
            except _CappedError:
                work.extend((half, known | handed) for half in reversed(self._halves(piece)))

    def whole(self, resource: Resource, params: Mapping[str, Any] | None = None) -> Iterator[Partition]:
        """Yield all of a resource without a parent: one partition, or one for each value of an `Each`."""
        for request in self._requests(resource, resource.path, params or {}):
            yield Partition(resource.name, request)

    def partitions(self, resource: Resource, parent_resource: Resource, parent: Record) -> Iterator[Partition]:
        """Yield the partitions of *resource* that belong to one record of its parent.

        Raises:
            ExpansionError: The record lacks a value that the path needs.
        """
        try:
            stamp = _stamp(resource, parent_resource.name, parent)
            params = {
                name: template.fill(parent_resource.name, parent, encode=False)
                for name, template in resource.param_templates.items()
            }
            paths = self.hooks.expand_path(self.connector, resource, parent_resource, parent)
        except ReadError as error:
            raise error.located(self.connector.name, resource.name, None) from None
        for path in paths:
            for request in self._requests(resource, path, params):
                yield Partition(resource.name, request, parent_resource.name, stamp)

    def _requests(self, resource: Resource, path: str, params: Mapping[str, Any]) -> Iterator[Request]:
        """Yield the requests for *path* below the base URL, with the resource's parameters and body."""
        query = {**resource.params, **params}
        several = {name: value.choices() for name, value in query.items() if isinstance(value, Each)}
        for chosen in product(*several.values()):
            one = {**query, **dict(zip(several, chosen, strict=True))}
            yield Request(self.client.url(path), resource.method, one, json=resource.json)

    def _halves(self, partition: Partition) -> list[Partition]:
        resource = self.connector.resource(partition.resource)
        assert resource.window is not None
        assert partition.interval is not None
        halves = resource.window.halves(partition.interval)
        if halves is None:
            raise ReadError(
                "the API lists only a part of what it has, and the interval cannot be cut further",
                connector=self.connector.name,
                resource=resource.name,
                request=self.client.relative(partition.request),
            )
        return [partition.within(half, resource.window.narrow(partition.request, half)) for half in halves]

    def _pages(self, partition: Partition, known: frozenset[Key], handed: set[Key]) -> Iterator[Batch | Skip]:
        resource = self.connector.resource(partition.resource)
        tally = self.tallies.of(resource.name)
        guard = ProgressGuard(resource.primary_key)
        # A cap that answers with an error comes after pages were handed on; their records are left out of the halves.
        late_cap = resource.window is not None and resource.window.cap is not None
        request: EndAnswer = self.connector.paginator_of(resource).first_request(partition.request)
        first = True
        while request is not LAST_PAGE:
            try:
                guard.before(request)
                page = self.client.fetch(resource, request, _also(resource))
                if first and page.status in resource.skip_statuses and page.status not in resource.empty_statuses:
                    tally.add(skips=1)
                    yield Skip.of(partition, page, self.client.base_url)
                    return
                if page.status in resource.empty_statuses:
                    return
                self._check(resource, page)
                selected = self.hooks.select_records(self.connector, resource, page)
                guard.after(selected)
                records = self._finished(resource, partition, selected)
            except ReadError as error:
                raise error.located(self.connector.name, resource.name, self.client.relative(request)) from None
            if late_cap:
                records = [one for one in records if _key(resource, one) not in known]
                handed.update(_key(resource, one) for one in records)
            tally.add(pages=1, rows=len(records))
            yield records
            request = self._next(resource, page, selected)
            first = False

    def _check(self, resource: Resource, page: Page) -> None:
        cap = resource.window.cap if resource.window is not None else None
        if cap is not None and cap.reached(page):
            raise _CappedError
        if page.status in resource.skip_statuses or (cap is not None and page.status in cap.statuses):
            raise self.client.refused(resource, page)

    def _finished(self, resource: Resource, partition: Partition, selected: Batch) -> Batch:
        """Return the records to hand on: filtered, mapped, stamped, each with its key."""
        records = selected if resource.filter is None else [one for one in selected if resource.filter(one)]
        if resource.map is not None:
            records = [resource.map(one) for one in records]
        if partition.stamp:
            records = [{**one, **partition.stamp} for one in records]
        for name in resource.primary_key:
            missing = sum(1 for one in records if one.get(name) is None)
            if missing:
                raise ReadError(
                    f"{missing} of {len(records)} records of a page have no {name!r}, which is the primary key"
                )
        return records

    def _next(self, resource: Resource, page: Page, selected: Batch) -> EndAnswer:
        try:
            return self.hooks.paginate(self.connector, resource, page, selected)
        except ReadError as error:
            raise error.located(self.connector.name, resource.name, self.client.relative(page.request)) from None


def _stamp(resource: Resource, parent_resource: str, parent: Record) -> dict[str, Any]:
    found = {column: find(path, parent) for column, path in resource.stamps(parent_resource).items()}
    return {column: None if value is MISSING else value for column, value in found.items()}


def _also(resource: Resource) -> frozenset[int]:
    cap = resource.window.cap if resource.window is not None else None
    return resource.skip_statuses | resource.empty_statuses | (cap.statuses if cap is not None else frozenset())


def _key(resource: Resource, record: Record) -> Key:
    return tuple(str(record.get(name)) for name in resource.primary_key)
