"""Name what there is to be read of a resource: all of it, or one partition for each parent, value or interval."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from datetime import datetime, timedelta
from itertools import product
from typing import Any, Final

from attrs import frozen

from sdk.client import Client
from sdk.connector import Connector
from sdk.errors import ExpansionError, ReadError, SettingError
from sdk.instants import parse_instant
from sdk.jsonpath import MISSING, find
from sdk.messages import Partition, Record, Request
from sdk.placeholders import Each
from sdk.plugins import Hooks
from sdk.resource import Resource

_BEFORE_ITS_PARENT: Final = timedelta(days=1)


@frozen
class Partitioner:
    """Names the partitions of one connector's resources.

    Attributes:
        connector: The connector, its settings filled in.
        hooks: The hooks of this load.
        client: Knows where paths are.
    """

    connector: Connector
    hooks: Hooks
    client: Client

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
            begin = _beginning(resource, parent_resource.name, parent)
            paths = self.hooks.expand_path(self.connector, resource, parent_resource, parent)
        except ReadError as error:
            raise error.located(self.connector.name, resource.name, None) from None
        for path in paths:
            for request in self._requests(resource, path, params):
                yield Partition(resource.name, request, parent_resource.name, stamp, begin=begin)

    def _requests(self, resource: Resource, path: str, params: Mapping[str, Any]) -> Iterator[Request]:
        """Yield the requests for *path* below the base URL, with the resource's parameters and body."""
        query = {**resource.params, **params}
        several = {name: value.choices() for name, value in query.items() if isinstance(value, Each)}
        for name, choices in several.items():
            if not choices:
                where = f"{self.connector.name}.{resource.name}"
                raise SettingError(f"{where}: parameter {name!r} is read once for each value, and has none")
        for chosen in product(*several.values()):
            one = {**query, **dict(zip(several, chosen, strict=True))}
            yield Request(self.client.url(path), resource.method, one, json=resource.json)

    def split(self, partition: Partition, earliest: Any) -> list[Partition]:
        """Return the pieces of an interval that holds more than the API will list; *earliest* is its smallest cursor.

        Raises:
            ReadError: It cannot be cut any further.
        """
        resource = self.connector.resource(partition.resource)
        assert resource.window is not None
        assert partition.interval is not None
        pieces = resource.window.split(partition.interval, earliest)
        if not pieces:
            raise ReadError(
                "the API lists only a part of what it has, and the interval cannot be cut further",
                connector=self.connector.name,
                resource=resource.name,
                request=self.client.relative(partition.request),
            )
        whole = partition.whole or partition.request
        return [partition.within(one, resource.window.narrow(whole, one)) for one in pieces]


def _stamp(resource: Resource, parent_resource: str, parent: Record) -> dict[str, Any]:
    found = {column: find(path, parent) for column, path in resource.stamps(parent_resource).items()}
    return {column: None if value is MISSING else value for column, value in found.items()}


def _beginning(resource: Resource, parent_resource: str, parent: Record) -> datetime | None:
    if resource.beginning is None:
        return None
    found = parse_instant(resource.beginning.fill(parent_resource, parent, encode=False))
    if found is None:
        raise ExpansionError(f"{resource.beginning.text} is no timestamp, and says where {resource.name} begins")
    return found - _BEFORE_ITS_PARENT
