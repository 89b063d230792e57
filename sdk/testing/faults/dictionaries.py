"""The same faults for a dictionary: what the kit's own connector declares, said in dlt's words and loaded by us.

A dictionary is written as a careful user would write it: every list names its paginator, its selector, its key and
its credential. Some of what a connector can declare has no word in dlt; a fault of such a declaration is none of a
dictionary's.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import datetime
from functools import partial
from typing import Any, Final, cast
from unittest.mock import patch

from attrs import define, evolve, field, frozen
from dlt.common.exceptions import DltException

from sdk.client import Bounds, Client
from sdk.dialects import ConfigSource, from_config
from sdk.errors import SDKError
from sdk.opening import Opened
from sdk.paginators import (
    AutoPaginator,
    CursorPaginator,
    EndRule,
    HasMore,
    HeaderLinkPaginator,
    NextLinkPaginator,
    OffsetPaginator,
    PageNumberPaginator,
    Paginator,
    ShortPage,
    SinglePagePaginator,
    Total,
)
from sdk.testing.faults.api import PAGINATORS, SIZE, Api
from sdk.testing.faults.fault import Fault
from sdk.testing.faults.holding import Subject
from sdk.testing.faults.loading import Loading
from sdk.testing.faults.stage import Stage
from sdk.testing.faults.wire import Answer, Asked
from sdk.windows import Incremental, TimeWindow

_KNOWN: Final = frozenset(
    {"paginator", "columns", "window", "incremental", "write_disposition", "empty_statuses", "skip_statuses"}
)
_BEGIN: Final = "2025-01-01T00:00:00Z"


@frozen
class OpenedDictionary:
    """A dictionary for one base URL, in the place of an opened connector."""

    config: Mapping[str, Any] = field(repr=False)
    in_flight: int

    def source(self) -> ConfigSource:
        """Return the source that is made of it, its nested values kept as JSON."""
        return from_config(self.config, in_flight=self.in_flight, max_table_nesting=0)


@define
class LoadingDictionary(Loading):
    """Load as a user's pipeline loads `sdk.from_config`, into a folder of its own."""

    _ignored: int = field(default=0, init=False)

    def run(self, opened: Opened, name: str) -> None:
        """Run the pipeline once, within the bounds of the fault."""
        given = cast(Any, opened)
        with patch("sdk.dialects.pipes.Client", partial(Client, bounds=cast(Bounds, given.bounds))):
            source = given.opened.source()
            try:
                self.load(source.with_resources(*{"items", name} & set(source.resources)))
            finally:
                self._ignored = sum(1 for one in source.report.notes if one.sort == "ignored")

    @property
    def skips(self) -> int:
        """How many answers the report says were passed over."""
        return self._ignored


def spoken(fault: Fault) -> Fault | None:
    """Return *fault* as it is for a dictionary, or `None` when no dictionary can say what it is about.

    A declared status that means "nothing" is one that `response_actions` ignore, which the report tells.
    """
    api = fault.api
    declared = {**api.resource, **api.child}
    paginator = api.resource.get("paginator", PAGINATORS[api.style])
    if not set(declared) <= _KNOWN or not _has_word(paginator):
        return None
    if _total(paginator) is not None and isinstance(paginator, PageNumberPaginator):
        # Of pages dlt knows a total of pages only; what goes wrong with one of records goes wrong with offsets, too.
        offsets = {"paginator": OffsetPaginator(limit=SIZE, end=paginator.end)}
        fault = evolve(fault, api=evolve(api, style="offset", resource=offsets))
    skips = 1 if "empty_statuses" in declared or fault.name == "s204_all_undeclared" else fault.skips
    return evolve(fault, in_pipeline=True, skips=skips, **_OTHERWISE.get(fault.name, {}))


def _in_table(**value: Any) -> dict[str, Any]:
    return {"loaded": [{"id": 1, "name": "plain"}, {"id": 2, **value}]}


# What holds for a dictionary and not for a connector: dlt's rules for tables, and its words for what ends a list.
_OTHERWISE: Final[Mapping[str, Mapping[str, Any]]] = {
    "has_more_text": {"must": "all rows or raise"},
    "s200_message_once": {"must": "all rows or raise"},
    "inc_null": {"failing": frozenset({1})},
    "int_over_64": _in_table(value=str(2**64 + 1)),
    "int_under_64": _in_table(value=str(-(2**63) - 1)),
    "int_unsigned_64": _in_table(value=str(2**64 - 1)),
    "int_5000_digits": _in_table(value="9" * 5000),
    "float_digits": _in_table(value="0.12345678901234567891"),
    "float_large_whole": _in_table(value="12345678901234567890.0"),
    "float_exponent_digits": _in_table(value="12345678901.2345678901"),
    # Replaced, counted and said: dlt leaves it out of its statements.
    "nul": _in_table(value="a\ufffdb"),
    "id_over_64": {"loaded": [{"id": str(2**64 + 1)}, {"id": str(2**64 + 2)}]},
    "key_empty": {"loaded": [{"id": 1, "_empty": "x"}]},
    "key_blank": {"loaded": [{"id": 1, "_empty": "x"}]},
}


def dictated(fault: Fault, in_flight: int = 1) -> Subject:
    """Return the dictionary that is held against *fault*, one that `spoken` returned."""
    api = fault.api

    def opened(base_url: str, secret: str, clock: Callable[[], datetime]) -> Opened:
        del clock
        return cast(Opened, OpenedDictionary(dictionary(api, base_url, secret), in_flight))

    def honest(stage: Stage, asked: Asked) -> Answer:
        return api.answer(asked, stage.rows, stage.here, stage.secret)

    return Subject(opened, api.read, honest, fault.rows, errors=(SDKError, DltException))


def dictionary(api: Api, base_url: str, secret: str) -> dict[str, Any]:
    """Return what *api* declares, as the dictionary that dlt's `rest_api_source` takes."""
    resources = [{"name": "items", "primary_key": "id", **_resource(api, "items", api.resource)}]
    if api.children:
        child = _resource(api, "items/{resources.items.id}/children", api.child)
        own = {"include_from_parent": ["id"], "primary_key": ["_items_id", "id"]}
        resources.append({"name": "children", **own, **child})
    return {"client": {"base_url": base_url, "auth": _auth(api, base_url, secret)}, "resources": resources}


def _auth(api: Api, base_url: str, secret: str) -> dict[str, Any]:
    match api.credential:
        case "bearer":
            return {"type": "bearer", "token": secret}
        case "header":
            return {"type": "api_key", "name": "X-Api-Key", "api_key": secret, "location": "header"}
        case "query":
            return {"type": "api_key", "name": "sig", "api_key": secret, "location": "query"}
        case "basic":
            return {"type": "http_basic", "username": secret, "password": secret}
        case "oauth":
            return {
                "type": "oauth2_client_credentials",
                "access_token_url": f"{base_url}/token",
                "client_id": "client",
                "client_secret": secret,
                "default_token_expiration": 3600,
            }


def _resource(api: Api, path: str, declared: Mapping[str, Any]) -> dict[str, Any]:
    paginator = declared.get("paginator", PAGINATORS[api.style])
    endpoint: dict[str, Any] = {"path": path, "data_selector": "items", "params": _size(paginator)}
    if not isinstance(paginator, AutoPaginator):
        endpoint["paginator"] = _worded(paginator)
    if "incremental" in declared:
        endpoint["incremental"] = _cursor(declared["incremental"], declared["window"])
    ignored = {*declared.get("skip_statuses", ()), *declared.get("empty_statuses", ())}
    if ignored:
        endpoint["response_actions"] = [{"status_code": one, "action": "ignore"} for one in sorted(ignored)]
    columns = {one.name: {"data_type": one.data_type} for one in declared.get("columns", ())}
    hints = {"columns": columns} if columns else {}
    return {"write_disposition": declared.get("write_disposition", "merge"), **hints, "endpoint": endpoint}


def _has_word(paginator: Paginator) -> bool:
    end = getattr(paginator, "end", None)
    return not isinstance(end, ShortPage) and getattr(paginator, "take", "url") == "url"


def _total(paginator: Paginator) -> str | None:
    rules = _rules(paginator)
    return next((one.path for one in rules if isinstance(one, Total)), None)


def _rules(paginator: Paginator) -> tuple[EndRule, ...]:
    end = getattr(paginator, "end", None)
    return tuple(getattr(end, "rules", (end,)))


def _size(paginator: Paginator) -> dict[str, Any]:
    is_sized = isinstance(paginator, PageNumberPaginator) and paginator.limit_param is not None
    return {str(paginator.limit_param): paginator.limit} if is_sized else {}


def _worded(paginator: Paginator) -> dict[str, Any]:
    more = next((one.path for one in _rules(paginator) if isinstance(one, HasMore)), None)
    flag = {"has_more_path": more} if more else {}
    match paginator:
        case PageNumberPaginator():
            numbers = {"base_page": paginator.base_page, "page_param": "page", "total_path": None}
            return {"type": "page_number", **numbers, **flag}
        case OffsetPaginator():
            return {"type": "offset", "limit": paginator.limit, "total_path": _total(paginator), **flag}
        case CursorPaginator():
            token = {"cursor_path": paginator.cursor_path, "cursor_param": paginator.cursor_param}
            return {"type": "cursor", **token, **flag}
        case NextLinkPaginator():
            return {"type": "json_link", "next_url_path": paginator.next_url_path}
        case HeaderLinkPaginator():
            return {"type": "header_link"}
        case SinglePagePaginator():
            return {"type": "single_page"}
    raise AssertionError(paginator)


def _cursor(incremental: Incremental, window: Any) -> dict[str, Any]:
    cursor = {"cursor_path": "updated_at", "start_param": "updated_since"}
    if incremental.kind == "number":
        return {**cursor, "initial_value": "0"}
    initial = _BEGIN if isinstance(window, TimeWindow) and window.style == "iso" else 0
    return {**cursor, "initial_value": initial, "lag": incremental.overlap.total_seconds()}
