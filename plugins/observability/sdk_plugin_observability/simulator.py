"""Describe the observability API for the simulator, from its documentation and from recorded traffic.

Nothing here knows the connector. Each trap has its place: searches show the last 15 minutes, metrics the last hour,
hardly two lists end alike, counts and links mislead, a partial answer looks like a whole one.
"""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta
from functools import partial
from typing import Any

from sdk.testing.simulator import (
    BareList,
    Choice,
    Endpoint,
    HiddenWhen,
    Listed,
    NamedOrders,
    Quota,
    RateLimit,
    Reply,
    Row,
    Simulator,
    SingleObject,
    Table,
    Usage,
    Where,
    json_params,
    zulu_millis,
)
from sdk.testing.simulator.description import RowMaker
from sdk_plugin_observability import simulator_events as events
from sdk_plugin_observability import simulator_pages as pages
from sdk_plugin_observability import simulator_people as people
from sdk_plugin_observability import simulator_watching as watching
from sdk_plugin_observability.simulator_errors import ERRORS, KEYS, product_off, synthetics_off
from sdk_plugin_observability.simulator_filters import EventQuery, EventWindow, Indexes, ReportedWithin
from sdk_plugin_observability.simulator_making import micros, zulu_micros

_WHOLE = {"filter[from]": "1970-01-01T00:00:00Z", "filter[to]": "2999-12-31T23:59:59Z"}


def _usage_headers(usage: Usage) -> dict[str, str]:
    return {
        "X-RateLimit-Limit": str(usage.total),
        "X-RateLimit-Period": f"{usage.period:g}",
        "X-RateLimit-Remaining": str(usage.remaining),
        "X-RateLimit-Reset": str(usage.whole_wait),
        "X-RateLimit-Name": usage.name,
    }


_RATE_LIMIT = RateLimit(
    classes={
        "logs_public_search_api": Quota(300, aligned=True),
        "get_all_downtimes": Quota(60, aligned=True),
        "get_custom_dashboards": Quota(60, aligned=True),
        "get_all_monitors": Quota(1000, 10, aligned=True),
        "slo_get_all": Quota(1000, 10, aligned=True),
        "synthetics_get_all_tests": Quota(12_000, aligned=True),
    },
    headers=_usage_headers,
    reply=lambda _usage: Reply(429, b"", {"X-RateLimit-Remaining": "9"}),
)
"""The recorded limits, one per endpoint; other endpoints send no headers. A 429 is empty and claims that 9 remain."""


def _searches(timeout_rows: int | None, retention: timedelta) -> tuple[Endpoint, ...]:
    """Describe what is searched by time: audit events and logs."""
    search: dict[str, Any] = {
        "shape": Listed("data"),
        "pages": pages.EventPages(timeout_rows),
        "order": NamedOrders(
            "sort",
            {"timestamp": ("attributes.timestamp", False), "-timestamp": ("attributes.timestamp", True)},
            default=("attributes.timestamp", True),
        ),
        "complete": lambda _seeding: (_WHOLE,),
    }
    filters = (EventWindow(retention), EventQuery())
    tiers = Choice(
        "filter[storage_tier]",
        {tier: partial(_has, "tier", tier) for tier in ("indexes", "online-archives", "flex")},
        default="indexes",
    )
    logs = {**search, "filters": (*filters, tiers, Indexes()), "limit_class": "logs_public_search_api"}
    return (
        Endpoint(name="audit_logs", path="/v2/audit/events", filters=filters, **search),
        Endpoint(name="logs", path="/v2/logs/events", **logs),
        Endpoint(
            name="logs_search",
            path="/v2/logs/events/search",
            table="logs",
            gated_as="logs",
            method="POST",
            reads=json_params,
            **logs,
        ),
    )


def _has(name: str, value: object, row: Row) -> bool:
    return bool(row.value(name) == value)


def _deleted_on_demand(param: str) -> Choice:
    """Show the deleted rows instead of the others, when asked."""
    tests = {"false": partial(_has, "deleted", False), "true": partial(_has, "deleted", True)}  # noqa: FBT003 - a value
    return Choice(param, tests, default="false")


_DASHBOARDS = Endpoint(
    name="dashboards",
    path="/v1/dashboard",
    shape=Listed("dashboards"),
    pages=pages.DASHBOARD_PAGES,
    filters=(Where(lambda row: not row.value("preset")), _deleted_on_demand("filter[deleted]")),
    also=("filter[shared]",),
    limit_class="get_custom_dashboards",
)
_DOWNTIMES = Endpoint(
    name="downtimes",
    path="/v1/downtime",
    shape=BareList(),
    filters=(
        Choice(
            "current_only",
            {"true": partial(_has, "active", True), "false": lambda _row: True},  # noqa: FBT003 - a value
            default="false",
        ),
    ),
    views=(HiddenWhen(("creator",), "with_creator", None), HiddenWhen(("creator",), "with_creator", "false")),
)
_DOWNTIMES_V2 = Endpoint(
    name="downtimes_v2",
    path="/v2/downtime",
    shape=Listed("data"),
    pages=pages.DOWNTIME_PAGES,
    limit_class="get_all_downtimes",
)
_INCIDENT_TEAMS = Endpoint(
    name="incident_teams",
    path="/v2/teams",
    shape=Listed("data"),
    pages=pages.INCIDENT_PAGES,
    gate=product_off,
)
_TEAMS = Endpoint(
    name="teams",
    path="/v2/team",
    shape=Listed("data"),
    pages=pages.TEAM_PAGES,
    gate=product_off,
)
_INCIDENTS = Endpoint(
    name="incidents",
    path="/v2/incidents",
    shape=Listed("data"),
    pages=pages.INCIDENT_PAGES,
    gate=product_off,
)
_METRICS = Endpoint(
    name="metrics",
    path="/v2/metrics",
    shape=Listed("data"),
    pages=pages.MetricPages(),
    filters=(
        ReportedWithin(),
        Choice(
            "filter[configured]",
            {"true": partial(_has, "type", "manage_tags"), "false": partial(_has, "type", "metrics")},
        ),
    ),
    complete=lambda _seeding: ({"window[seconds]": "2592000"},),
)
_MONITORS = Endpoint(
    name="monitors",
    path="/v1/monitor",
    shape=BareList(),
    pages=pages.MonitorPages(),
    limit_class="get_all_monitors",
)
_OBJECTIVES = Endpoint(
    name="service_level_objectives",
    path="/v1/slo",
    shape=Listed("data"),
    pages=pages.OBJECTIVE_PAGES,
    filters=(_deleted_on_demand("is_deleted"),),
    limit_class="slo_get_all",
)
_SYNTHETIC_TESTS = Endpoint(
    name="synthetic_tests",
    path="/v1/synthetics/tests",
    shape=Listed("tests"),
    pages=pages.SYNTHETIC_PAGES,
    limit_class="synthetics_get_all_tests",
    gate=synthetics_off,
)
_USERS = Endpoint(
    name="users",
    path="/v2/users",
    shape=Listed("data"),
    pages=pages.USER_PAGES,
    order=NamedOrders("sort", {"modified_at": ("attributes.modified_at", False)}),
)
_VALIDATE = Endpoint(name="validate", path="/v1/validate", shape=SingleObject(), auth=KEYS.parts[0])
"""The check of the API key; it says nothing about the application key."""


def _nested(
    name: str,
    make: RowMaker,
    size: int,
    stamps: tuple[str, str] = ("created", "modified"),
    written: Callable[[float], str] = micros,
) -> Table:
    """Describe a table whose fields stand under `attributes`."""
    created, updated = (f"attributes.{stamp}" for stamp in stamps)
    return Table(name, make, size, created=created, updated=updated, written=written)


def simulator(*, timeout_rows: int | None = None, retention_days: float = 30) -> Simulator:
    """Return the description of the API, with other limits of the event searches.

    Args:
        timeout_rows: With how many rows in its window a search still answers in full; a wider one gives partial pages.
        retention_days: How far back events are kept.
    """
    return Simulator(
        name="observability",
        base_path="/api",
        auth=KEYS,
        errors=ERRORS,
        rate_limit=_RATE_LIMIT,
        tables=(
            Table(
                "audit_logs", events.audit_logs, 120, created="attributes.timestamp", updated=None, written=zulu_millis
            ),
            Table("logs", events.logs, 300, created="attributes.timestamp", updated=None, written=zulu_millis),
            Table("metrics", events.metrics, 150, created=None, updated=None),
            Table("dashboards", watching.dashboards, 60, updated="modified_at", written=micros),
            Table("downtimes", watching.downtimes, 70, created="created", updated="modified", written=int),
            _nested("downtimes_v2", watching.downtimes_v2, 70),
            _nested("incident_teams", people.incident_teams, 24),
            _nested("teams", people.teams, 30, ("created_at", "modified_at")),
            _nested("incidents", people.incidents, 45, written=zulu_micros),
            Table("monitors", watching.monitors, 130, created="created", updated="modified", written=micros),
            Table("service_level_objectives", watching.objectives, 40, updated="modified_at", written=int),
            Table(
                "synthetic_tests",
                watching.synthetic_tests,
                55,
                key="public_id",
                updated="modified_at",
                written=micros,
            ),
            _nested("users", people.users, 64, ("created_at", "modified_at")),
            Table("validate", lambda _seeding: [Row({"valid": True})], 1, scales=False, key="valid"),
        ),
        endpoints=(
            *_searches(timeout_rows, timedelta(days=retention_days)),
            _DASHBOARDS,
            _DOWNTIMES,
            _DOWNTIMES_V2,
            _INCIDENT_TEAMS,
            _TEAMS,
            _INCIDENTS,
            _METRICS,
            _MONITORS,
            _OBJECTIVES,
            _SYNTHETIC_TESTS,
            _USERS,
            _VALIDATE,
        ),
    )


SIMULATOR = simulator()
"""The observability API, versions 1 and 2, of an account with all products."""
