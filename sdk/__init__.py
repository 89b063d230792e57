"""connector-sdk: read APIs completely and fast.

    import sdk

    sdk.connectors()                   # what is installed
    sdk.load("tickets")                # a dlt source
    sdk.read("tickets", "problems")    # records, without a pipeline
    sdk.run("tickets")                 # what the command does
    sdk.from_config({...})             # a dlt source of any API that a dictionary declares

Importing this imports neither dlt nor any plugin.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

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
from sdk.columns import Column, columns
from sdk.connector import Connector
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
from sdk.resource import Resource
from sdk.retry import RetryPolicy
from sdk.windows import Incremental, NumberWindow, TimeWindow

if TYPE_CHECKING:
    from sdk.dialects import from_config, rest_api_resources, rest_api_source
    from sdk.runs import RunReport, run
    from sdk.source import load

# What needs dlt is imported when it is first asked for: dlt takes most of a second.
_LAZY = {
    "RunReport": "sdk.runs",
    "from_config": "sdk.dialects",
    "load": "sdk.source",
    "rest_api_resources": "sdk.dialects",
    "rest_api_source": "sdk.dialects",
    "run": "sdk.runs",
}


def __getattr__(name: str) -> Any:
    if name not in _LAZY:
        raise AttributeError(f"module 'sdk' has no attribute {name!r}")
    from importlib import import_module

    return getattr(import_module(_LAZY[name]), name)


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
]
