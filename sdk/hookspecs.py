"""The five hooks: where somebody else may step in for one step of a read.

Each step has one answer, so each hook stops at the first answer that is not `None`. pluggy asks the plugin that was
registered last first; the order of registration is core, connector, overrides, the caller's plugins. Put
`@hookimpl(wrapper=True)` around a step to act before or after it.

Order of calls for one load:

1. `sdk_declare_connector`, once, after the plugin was imported.
2. For each partition of a child resource: `sdk_expand_path`, once for each record of its parent.
3. For each page: `sdk_authenticate`, for every attempt that is sent.
4. `sdk_select_records`, once the page is there.
5. `sdk_paginate`, after the page's records were handed on.

Partitions are read side by side, as many as `in_flight` allows; this is the order within one. Only
`sdk_authenticate` is called by several threads at a time; all others are called by one at a time.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import pluggy

if TYPE_CHECKING:
    from requests import PreparedRequest

    from sdk.connector import Connector
    from sdk.messages import LastPage, Page, Record, Request
    from sdk.resource import Resource

NAMESPACE = "sdk"

hookspec = pluggy.HookspecMarker(NAMESPACE)
hookimpl = pluggy.HookimplMarker(NAMESPACE)


@hookspec(firstresult=True)
def sdk_declare_connector() -> Connector | None:
    """Return the connector that this plugin offers.

    Called by `sdk.load`, once, after the one plugin was imported.
    Stops at the first answer that is not `None`.
    Core has no answer of its own.

    Returns:
        The connector, with `Setting` and `Secret` places still open.

    Example:
        The whole plugin of an API with one unpaged list::

            @hookimpl
            def sdk_declare_connector():
                return Connector("planets", paginator=SinglePagePaginator(), resources=[Resource("planets")])

    .. versionadded:: 0.1
    """


@hookspec(firstresult=True)
def sdk_authenticate(connector: Connector, resource: Resource, request: PreparedRequest) -> PreparedRequest | None:
    """Return *request* with credentials on it.

    Called by the client for each attempt that is sent, so that a repeat carries a refreshed token.
    Stops at the first answer that is not `None`.
    Core answers last, with the credentials that *resource* or else *connector* declares.

    Args:
        connector: The connector being read, its settings filled in.
        resource: The resource being read.
        request: The prepared request. It is sent and forgotten, never stored in a checkpoint.

    Returns:
        The request to send, changed in place or a new one; `None` to leave the answer to others.

    Example:
        Take the token from a vault, for every connector of an installation::

            @hookimpl
            def sdk_authenticate(connector, request):
                request.headers["Authorization"] = f"Bearer {vault.read(connector.name)}"
                return request

    .. versionadded:: 0.1
    """


@hookspec(firstresult=True)
def sdk_expand_path(
    connector: Connector, resource: Resource, parent_resource: Resource, parent: Record
) -> list[str] | None:
    """Return the paths to read for *parent*'s children.

    Called by the reader once for each record of the parent, for child resources only.
    Stops at the first answer that is not `None`.
    Core answers last, with the resource's path, its places filled from *parent* and percent-encoded.

    Args:
        connector: The connector being read, its settings filled in.
        resource: The child resource.
        parent_resource: The parent's resource; tells which one when there are several.
        parent: The parent's record, as the parent resource handed it on.

    Returns:
        Paths below `base_url`; `[]` to skip this parent; `None` to leave the answer to others.

    Example:
        Ask only where there can be something::

            @hookimpl
            def sdk_expand_path(resource, parent):
                if resource.name == "requested_items" and parent["type"] != "Service Request":
                    return []
                return None

    .. versionadded:: 0.1
    """


@hookspec(firstresult=True)
def sdk_select_records(connector: Connector, resource: Resource, page: Page) -> list[Record] | None:
    """Return the records in *page*.

    Called by the reader once for each page that has a success status.
    Stops at the first answer that is not `None`.
    Core answers last: it follows the resource's `data_selector` into the body and lifts nested attributes.

    Args:
        connector: The connector being read, its settings filled in.
        resource: The resource being read.
        page: The page just read: its request, its status and headers, its decoded body.

    Returns:
        The records; `[]` for an empty page; `None` to leave the answer to others.

    Example:
        Mask a column, whatever the connector::

            @hookimpl(wrapper=True)
            def sdk_select_records():
                records = yield
                return [{**record, "email": None} if "email" in record else record for record in records]

    .. versionadded:: 0.1
    """


@hookspec(firstresult=True)
def sdk_paginate(
    connector: Connector, resource: Resource, page: Page, records: list[Record]
) -> Request | LastPage | None:
    """Return the request for the page that follows *page*.

    Called by the reader once after every page, when the page's records have been handed on.
    Stops at the first answer that is not `None`.
    Core answers last, with the paginator that *resource* or else *connector* declares.

    Args:
        connector: The connector being read, its settings filled in.
        resource: The resource being read.
        page: The page just read: its request, its status and headers, its decoded body.
        records: The records selected from it, before the resource's `filter` and `map`.

    Returns:
        The next request; `LAST_PAGE` to stop here; `None` to leave the answer to others.

    Example:
        Look at one page of everything::

            @hookimpl(wrapper=True)
            def sdk_paginate():
                yield
                return LAST_PAGE

    .. versionadded:: 0.1
    """
