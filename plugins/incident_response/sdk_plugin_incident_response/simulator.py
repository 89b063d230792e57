"""Describe the incident-response API for the simulator, from its documentation and from recorded traffic.

Nothing here knows the connector. Each trap has its place: incidents, actions and follow-ups show only some modes, users
only the active ones; schedules lose their next shifts on large pages; the next page's cursor is left out at the end;
incidents are filtered by whole days; a 429 says how long to wait in words, and not always in a header.
"""

from __future__ import annotations

import math
import time
from collections.abc import Callable, Mapping
from datetime import UTC, datetime
from functools import partial
from hashlib import blake2b
from typing import Any

from sdk.testing.simulator import (
    UNKNOWN_PARAMETER,
    Call,
    Choice,
    Cut,
    Endpoint,
    ErrorReplies,
    HeaderKey,
    KeyCursor,
    Listed,
    NamedOrders,
    OneOf,
    PageSize,
    Quota,
    RateLimit,
    Record,
    Reply,
    Reshaped,
    Simulator,
    Table,
    Usage,
    Where,
)
from sdk_plugin_incident_response import simulator_incidents as work
from sdk_plugin_incident_response import simulator_settings as settings
from sdk_plugin_incident_response.simulator_calls import Dated, TaskMode, every_task_mode
from sdk_plugin_incident_response.simulator_making import MODES, SHOWN_MODES

_NEXT_SHIFTS_UP_TO = 25


def _error(status: int, kind: str, code: str, message: str, **more: Any) -> Reply:
    request_id = blake2b(message.encode(), digest_size=8).hexdigest()
    error = {"code": code, "message": message, **({"source": more.pop("source")} if "source" in more else {})}
    return Reply(status, {"type": kind, "status": status, "request_id": request_id, "errors": [error], **more})


def _forbidden(_call: Call) -> Reply:
    text = "Your API key does not have permission to read this resource"
    return _error(403, "authorization_error", "missing_permission", text)


def _invalid(_call: Call, name: str, reason: str) -> Reply:
    code = "unknown_parameter" if reason == UNKNOWN_PARAMETER else "invalid_value"
    return _error(422, "validation_error", code, f"{name}: {reason}", source={"field": name})


_ERRORS = ErrorReplies(
    unauthorized=lambda _call: _error(401, "authentication_error", "invalid_api_key", "The API key is not valid"),
    not_found=lambda _call: _error(404, "not_found", "not_found", "There is nothing here"),
    wrong_method=lambda _call: _error(405, "method_not_allowed", "method_not_allowed", "Only GET is known here"),
    gated=_forbidden,
    invalid=_invalid,
)


def _usage_headers(usage: Usage) -> dict[str, str]:
    return {"x-ratelimit-limit": str(usage.total), "x-ratelimit-remaining": str(usage.remaining)}


def _too_many(usage: Usage) -> Reply:
    """Refuse with the time in the body, as a date in words; only the account's own limit also sends the header."""
    until = datetime.fromtimestamp(math.ceil(time.time() + usage.wait), UTC).strftime("%a, %d %b %Y %H:%M:%S UTC")
    limit = {"name": usage.name, "limit": usage.total, "remaining": usage.remaining, "retry_after": until}
    text = "You are being rate limited"
    refused = _error(429, "too_many_requests", "too_many_requests", text, rate_limit=limit)
    headers = {"Retry-After": str(usage.whole_wait)} if usage.name == "account" else {}
    return Reply(refused.status, refused.body, headers)


_RATE_LIMIT = RateLimit(account=Quota(1200), classes={"incidents": Quota(60)}, headers=_usage_headers, reply=_too_many)
"""The limit of a key, and the lower one of the list of incidents."""


def _pages(maximum: int, *, total: bool = False, null_end: bool = False) -> KeyCursor:
    """Continue after the id that the caller names; where the list ends `after` is left out, or null."""
    about = partial(_about_page, total=total, null_end=null_end)
    return KeyCursor("after", PageSize("page_size", 25, maximum, over="refuse"), body=about)


def _about_page(cut: Cut, *, total: bool, null_end: bool) -> Mapping[str, Any]:
    meta: dict[str, Any] = {"page_size": cut.size}
    if cut.token or null_end:
        meta["after"] = cut.token
    if total:
        meta["total_record_count"] = cut.total
    return {"pagination_meta": meta}


def _plain(name: str, version: str) -> Endpoint:
    """Describe a list that comes at once."""
    return Endpoint(name=name, path=f"/{version}/{name}", shape=Listed(name))


def _visible(sees_private: bool) -> tuple[Where, ...]:  # noqa: FBT001 - what the key may see is the one thing it knows
    return () if sees_private else (Where(lambda row: row.value("visibility") != "private"),)


def _incidents(sees_private: bool) -> Endpoint:  # noqa: FBT001 - as above
    return Endpoint(
        name="incidents",
        path="/v2/incidents",
        shape=Listed("incidents"),
        pages=_pages(250),
        filters=(
            OneOf("mode[one_of]", "mode", default=SHOWN_MODES, allowed=MODES),
            OneOf("status_category[one_of]", "incident_status.category", allowed=settings.CATEGORIES),
            Dated("updated_at"),
            Dated("created_at"),
            *_visible(sees_private),
        ),
        order=NamedOrders(
            "sort_by",
            {"created_at_newest_first": ("created_at", True), "created_at_oldest_first": ("created_at", False)},
            default=("created_at", True),
        ),
        limit_class="incidents",
        complete=lambda _seeding: ({"mode[one_of]": MODES},),
    )


_UPDATES = Endpoint(
    name="incident_updates",
    path="/v2/incident_updates",
    shape=Listed("incident_updates"),
    pages=_pages(250),
    filters=(OneOf("incident_id", "incident_id"),),
)
_USERS = Endpoint(
    name="users",
    path="/v2/users",
    shape=Listed("users"),
    pages=_pages(10_000, null_end=True),
    filters=(
        Choice(
            "include_inactive",
            {"false": lambda row: row.value("is_active") is True, "true": lambda _row: True},
            default="false",
        ),
        OneOf("email", "email"),
        OneOf("slack_user_id", "slack_user_id"),
    ),
    complete=lambda _seeding: ({"include_inactive": "true"},),
)


def _without_next_shifts(call: Call, record: Record) -> Record:
    large = int(call.first("page_size") or _NEXT_SHIFTS_UP_TO) > _NEXT_SHIFTS_UP_TO
    return {**record, "next_shifts": []} if large else record


_SCHEDULES = Endpoint(
    name="schedules",
    path="/v2/schedules",
    shape=Listed("schedules"),
    pages=_pages(10_000, total=True),
    views=(Reshaped(_without_next_shifts, params=("page_size",)),),
)


def _tasks(name: str, *, by_team: bool) -> tuple[Endpoint, Endpoint]:
    """Describe actions or follow-ups: the version that sends all at once, and its successor."""
    filters = (TaskMode(), OneOf("incident_id", "incident_id"))
    filters_of_team = (OneOf("assignee_team_id", "assignee_team_id"),) if by_team else ()
    at_once = Endpoint(
        name=name,
        path=f"/v2/{name}",
        shape=Listed(name),
        filters=(*filters, *filters_of_team),
        complete=every_task_mode,
    )
    paged = Endpoint(
        name=f"{name}_v3",
        path=f"/v3/{name}",
        shape=Listed(name),
        table=name,
        pages=_pages(250),
        filters=(*filters, *filters_of_team, *(Dated(at, whole_days=False) for at in ("updated_at", "created_at"))),
        gated_as=name,
        complete=every_task_mode,
    )
    return at_once, paged


def _deprecated(name: str, version: str, change: Callable[[Call, Record], Record]) -> Endpoint:
    """Describe an old version of a list, which shows the same rows with other fields."""
    return Endpoint(
        name=f"{name}_{version}",
        path=f"/{version}/{name}",
        shape=Listed(name),
        table=name,
        views=(Reshaped(change),),
        gated_as=name,
    )


def _old_catalog_type(_call: Call, record: Record) -> Record:
    kept = {name: value for name, value in record.items() if name not in settings.CATALOG_SUCCESSOR_FIELDS}
    return {**kept, "semantic_type": ""}


def _old_role(_call: Call, record: Record) -> Record:
    return {**record, "required": False}


def simulator(*, sees_private: bool = True) -> Simulator:
    """Describe the API to a key that sees private incidents, or to one that does not."""
    return Simulator(
        name="incident_response",
        auth=HeaderKey(prefix="Bearer "),
        errors=_ERRORS,
        rate_limit=_RATE_LIMIT,
        tables=(
            Table("actions", work.actions, size=110),
            Table("catalog_types", settings.catalog_types, size=14, scales=False),
            Table("custom_fields", settings.custom_fields, size=12, scales=False),
            Table("follow_ups", work.follow_ups, size=90),
            Table("incident_roles", settings.roles, size=6, scales=False),
            Table("incident_timestamps", settings.timestamps, size=6, scales=False, created=None, updated=None),
            Table("incident_updates", work.updates, updated=None),
            Table("incident_statuses", settings.statuses, size=9, scales=False),
            Table("workflows", settings.workflows, size=15, scales=False, created=None, updated=None),
            Table("users", settings.users, size=70, created=None, updated=None),
            Table("severities", settings.severities, size=4, scales=False),
            Table("schedules", settings.schedules, size=32),
            Table("incidents", work.incidents, size=130),
        ),
        endpoints=(
            *_tasks("actions", by_team=False),
            _plain("catalog_types", "v3"),
            _deprecated("catalog_types", "v2", _old_catalog_type),
            _plain("custom_fields", "v2"),
            *_tasks("follow_ups", by_team=True),
            _plain("incident_roles", "v2"),
            _deprecated("incident_roles", "v1", _old_role),
            _plain("incident_timestamps", "v2"),
            _UPDATES,
            _plain("incident_statuses", "v1"),
            _plain("workflows", "v2"),
            _USERS,
            _plain("severities", "v1"),
            _SCHEDULES,
            _incidents(sees_private),
        ),
    )


SIMULATOR = simulator()
"""The incident-response API, its current and its deprecated paths, to a key that may read everything."""
