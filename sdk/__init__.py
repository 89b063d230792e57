"""connector-sdk: read APIs completely and fast.

    import sdk

    sdk.connectors()                   # what is installed
    sdk.load("tickets")                # a dlt source
    sdk.read("tickets", "problems")    # records, without a pipeline
    sdk.run("tickets")                 # what the command does
    sdk.from_config({...})             # a dlt source of any API that a dictionary declares
    sdk.run_config({...})              # what the command does with a dictionary

Importing this imports neither dlt nor any plugin.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

# Not later: the module of this name would take the place of the function.
from sdk.columns import Column, columns

if TYPE_CHECKING:
    from collections.abc import Mapping

    from sdk.auth import (
        APIKeyAuth,
        AuthFrom,
        BearerTokenAuth,
        HttpBasicAuth,
        MultiAuth,
        OAuth2ClientCredentials,
        OAuth2RefreshToken,
        TokenStore,
    )
    from sdk.caps import CapAny, CapStatus, CapTotal, CapValue
    from sdk.connector import Connector
    from sdk.dialects import from_config, rest_api_resources, rest_api_source, run_config
    from sdk.errors import (
        BrokenPluginError,
        DeclarationError,
        DuplicateConnectorError,
        ExpansionError,
        LoadError,
        MissingSettingError,
        PaginationLoopError,
        PluginError,
        RateLimitError,
        ReadError,
        ResponseError,
        SDKError,
        SelectionError,
        SettingError,
        UnknownConnectorError,
    )
    from sdk.hookspecs import hookimpl
    from sdk.incomplete import IncompleteError
    from sdk.limits import RateLimit
    from sdk.messages import LAST_PAGE, Page, Partition, Record, Request
    from sdk.paginators import (
        AutoPaginator,
        CursorPaginator,
        EmptyPage,
        HasMore,
        HeaderCursorPaginator,
        HeaderLinkPaginator,
        LastRecordPaginator,
        MissingToken,
        NextLinkPaginator,
        NullToken,
        OffsetPaginator,
        PageNumberPaginator,
        ShortPage,
        SinglePagePaginator,
        Total,
        TotalHeader,
    )
    from sdk.placeholders import Choice, Each, Secret, Setting, reveal
    from sdk.plugins import connectors
    from sdk.records import read
    from sdk.reports import RunReport
    from sdk.resource import Resource
    from sdk.retry import RetryPolicy
    from sdk.runs import run
    from sdk.source import load
    from sdk.windows import Incremental, NumberWindow, TimeWindow

# Each name is imported when it is first asked for: what only lists connectors needs neither dlt, which takes most of a
# second, nor requests. The type checker reads the imports above.
_NAMES: Mapping[str, str] = {
    name: module
    for module, names in {
        "sdk.auth": (
            "APIKeyAuth AuthFrom BearerTokenAuth HttpBasicAuth MultiAuth OAuth2ClientCredentials "
            "OAuth2RefreshToken TokenStore"
        ),
        "sdk.caps": "CapAny CapStatus CapTotal CapValue",
        "sdk.connector": "Connector",
        "sdk.dialects": "from_config rest_api_resources rest_api_source run_config",
        "sdk.errors": (
            "BrokenPluginError DeclarationError DuplicateConnectorError ExpansionError LoadError "
            "MissingSettingError PaginationLoopError PluginError RateLimitError ReadError ResponseError SDKError "
            "SelectionError SettingError UnknownConnectorError"
        ),
        "sdk.hookspecs": "hookimpl",
        "sdk.limits": "RateLimit",
        "sdk.messages": "LAST_PAGE Page Partition Record Request",
        "sdk.paginators": (
            "AutoPaginator CursorPaginator EmptyPage HasMore HeaderCursorPaginator HeaderLinkPaginator "
            "LastRecordPaginator MissingToken NextLinkPaginator NullToken OffsetPaginator PageNumberPaginator "
            "ShortPage SinglePagePaginator Total TotalHeader"
        ),
        "sdk.placeholders": "Choice Each Secret Setting reveal",
        "sdk.plugins": "connectors",
        "sdk.records": "read",
        "sdk.reports": "RunReport",
        "sdk.resource": "Resource",
        "sdk.retry": "RetryPolicy",
        "sdk.incomplete": "IncompleteError",
        "sdk.runs": "run",
        "sdk.source": "load",
        "sdk.windows": "Incremental NumberWindow TimeWindow",
    }.items()
    for name in names.split()
}


def __getattr__(name: str) -> Any:
    if name not in _NAMES:
        raise AttributeError(f"module 'sdk' has no attribute {name!r}")
    from importlib import import_module

    value = getattr(import_module(_NAMES[name]), name)
    globals()[name] = value
    return value


def __dir__() -> list[str]:
    return sorted({*globals(), *__all__})


__all__ = [
    "LAST_PAGE",
    "APIKeyAuth",
    "AuthFrom",
    "AutoPaginator",
    "BearerTokenAuth",
    "BrokenPluginError",
    "CapAny",
    "CapStatus",
    "CapTotal",
    "CapValue",
    "Choice",
    "Column",
    "Connector",
    "CursorPaginator",
    "DeclarationError",
    "DuplicateConnectorError",
    "Each",
    "EmptyPage",
    "ExpansionError",
    "HasMore",
    "HeaderCursorPaginator",
    "HeaderLinkPaginator",
    "HttpBasicAuth",
    "IncompleteError",
    "Incremental",
    "LastRecordPaginator",
    "LoadError",
    "MissingSettingError",
    "MissingToken",
    "MultiAuth",
    "NextLinkPaginator",
    "NullToken",
    "NumberWindow",
    "OAuth2ClientCredentials",
    "OAuth2RefreshToken",
    "OffsetPaginator",
    "Page",
    "PageNumberPaginator",
    "PaginationLoopError",
    "Partition",
    "PluginError",
    "RateLimit",
    "RateLimitError",
    "ReadError",
    "Record",
    "Request",
    "Resource",
    "ResponseError",
    "RetryPolicy",
    "RunReport",
    "SDKError",
    "Secret",
    "SelectionError",
    "Setting",
    "SettingError",
    "ShortPage",
    "SinglePagePaginator",
    "TimeWindow",
    "TokenStore",
    "Total",
    "TotalHeader",
    "UnknownConnectorError",
    "columns",
    "connectors",
    "from_config",
    "hookimpl",
    "load",
    "read",
    "rest_api_resources",
    "rest_api_source",
    "reveal",
    "run",
    "run_config",
]
