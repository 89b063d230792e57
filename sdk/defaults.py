"""Core's own answers to the hooks: each merely asks the value that the declaration holds."""

from __future__ import annotations

from typing import TYPE_CHECKING

from sdk.hookspecs import hookimpl

if TYPE_CHECKING:
    from requests import PreparedRequest

    from sdk.connector import Connector
    from sdk.messages import EndAnswer, Page, Record
    from sdk.resource import Resource


@hookimpl
def sdk_authenticate(connector: Connector, resource: Resource, request: PreparedRequest) -> PreparedRequest:
    """Add the resource's credentials, else the connector's; without either the request goes out as it is."""
    auth = connector.auth_of(resource)
    return request if auth is None else auth(request)


@hookimpl
def sdk_expand_path(resource: Resource, parent_resource: Resource, parent: Record) -> list[str]:
    """Fill the places of the path."""
    return [resource.template.fill(parent_resource.name, parent)]


@hookimpl
def sdk_select_records(resource: Resource, page: Page) -> list[Record]:
    """Follow the selector."""
    return resource.selector.select(page.body)


@hookimpl
def sdk_paginate(connector: Connector, resource: Resource, page: Page, records: list[Record]) -> EndAnswer:
    """Ask the paginator."""
    return connector.paginator_of(resource).next_request(page, records)
