"""Describe the help-desk API for the simulator, from its documentation and from recorded traffic.

Nothing here knows the connector. Each trap has its place: lists show only the primary workspace and, for tickets, only
the last 30 days; deleted, spam and trashed rows are hidden; a page size above 100 is an error; no body counts anything.
Where documentation and practice differ, the description does what was recorded.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from functools import partial

from sdk.testing.simulator import (
    UNKNOWN_PARAMETER,
    BasicUser,
    Call,
    Choice,
    Cut,
    Endpoint,
    ErrorReplies,
    HiddenWhen,
    Included,
    Listed,
    OneOf,
    OrderBy,
    PageNumber,
    PageSize,
    Parent,
    Quota,
    RateLimit,
    RecentUnless,
    Reply,
    RequiredHeader,
    Row,
    Scope,
    Seeding,
    Simulator,
    Since,
    SingleObject,
    Table,
    Usage,
    Where,
)
from sdk_plugin_tickets import simulator_assets as assets
from sdk_plugin_tickets import simulator_people as people
from sdk_plugin_tickets import simulator_work as work

_EVER = "1970-01-01T00:00:00Z"


def _flat(status: int, code: str, message: str) -> Reply:
    return Reply(status, {"code": code, "message": message})


def _invalid(call: Call, name: str, reason: str) -> Reply:  # noqa: ARG001 - an error reply's signature
    code = "invalid_field" if reason == UNKNOWN_PARAMETER else "invalid_value"
    error = {"field": name, "message": f"{reason[0].upper()}{reason[1:]}", "code": code}
    return Reply(400, {"description": "Validation failed", "errors": [error]})


_ERRORS = ErrorReplies(
    unauthorized=lambda _call: _flat(401, "invalid_credentials", "You have to be logged in to perform this action."),
    not_acceptable=lambda _call: _flat(406, "invalid_value", "The Accept header should be application/json or */*."),
    not_found=lambda _call: _flat(404, "invalid_value", "The requested resource does not exist."),
    wrong_method=lambda _call: _flat(405, "invalid_value", "The method is not allowed here."),
    gated=lambda _call: _flat(403, "require_feature", "The feature(s) is/are not supported in your plan."),
    invalid=_invalid,
)


def _usage_headers(usage: Usage) -> dict[str, str]:
    return {
        "X-RateLimit-Total": str(usage.total),
        "X-RateLimit-Remaining": str(usage.remaining),
        "X-RateLimit-Used-CurrentRequest": str(usage.cost),
    }


def _too_many(usage: Usage) -> Reply:
    body = {"code": "too_many_requests", "message": "You have exceeded the limit of requests per minute."}
    return Reply(429, body, {"Retry-After": str(usage.whole_wait)})


_RATE_LIMIT = RateLimit(
    account=Quota(500),
    classes={name: Quota(140) for name in ("tickets", "assets", "agents", "requesters")},
    headers=_usage_headers,
    reply=_too_many,
    cost=lambda call: 3 if call.first("include") else 1,
)
"""The largest plan's limits. What `include` embeds costs two more on a list."""


def _link(cut: Cut) -> Mapping[str, str]:
    """Announce the next page as `link` with and without a blank, as documented and as recorded, in turn."""
    if cut.next_url is None:
        return {}
    if (cut.start // cut.size) % 2:
        return {"Link": f'<{cut.next_url}>; rel="next"'}
    return {"link": f'<{cut.next_url}>;rel="next"'}


_PAGES = PageNumber("page", PageSize("per_page", 30, 100, over="refuse"), headers=_link)
_WORKSPACE = Scope("workspace_id", "workspace_id", default=str(work.PRIMARY_WORKSPACE), everything="0")
_UPDATED = Since("updated_since", "updated_at")


def _per_workspace(query: Mapping[str, str], seeding: Seeding) -> Iterable[Mapping[str, str]]:
    """Yield the query of each workspace: only so does a list show all rows with all fields."""
    for row in seeding.rows("workspaces"):
        yield {**query, "workspace_id": str(row.value("id"))}


def _global_fields(*absent: str) -> HiddenWhen:
    """Leave out what only one workspace knows, in the list of all workspaces."""
    return HiddenWhen(absent, "workspace_id", "0")


def _marked(mark: str, row: Row) -> bool:
    return row.value(mark) is True


def _unmarked(mark: str, row: Row) -> bool:
    return row.value(mark) is not True


_TICKETS = Endpoint(
    name="tickets",
    path="/tickets",
    shape=Listed("tickets"),
    pages=_PAGES,
    filters=(
        _WORKSPACE,
        _UPDATED,
        RecentUnless(("updated_since",), days=30),
        Choice(
            "filter",
            {
                "all": lambda row: not row.value("deleted") and not row.value("spam"),
                "deleted": partial(_marked, "deleted"),
                "spam": partial(_marked, "spam"),
            },
            default="all",
        ),
    ),
    order=OrderBy(fields=("created_at", "updated_at", "due_by", "status")),
    views=(
        _global_fields("category", "sub_category", "item_category", "group_id", "sla_policy_id", "custom_fields"),
        Included(
            {"tags": ("tags", "attachments"), "stats": ("closed_at", "resolved_at", "first_responded_at")},
        ),
    ),
    limit_class="tickets",
    complete=partial(_per_workspace, {"updated_since": _EVER}),
)
_OF_TICKETS = Parent("tickets", link="ticket_id")
_CSAT = Endpoint(
    name="satisfaction_survey_responses",
    path="/tickets/{ticket_id}/csat_response",
    shape=SingleObject("csat_response"),
    parent=_OF_TICKETS,
)
_REQUESTED_ITEMS = Endpoint(
    name="requested_items",
    path="/tickets/{ticket_id}/requested_items",
    shape=Listed("requested_items"),
    parent=_OF_TICKETS,
    pages=_PAGES,
)


def _work_list(name: str, *absent: str, hides_deleted: bool = False) -> Endpoint:
    """Describe a list like the tickets' one, but without the 30 days."""
    return Endpoint(
        name=name,
        path=f"/{name}",
        shape=Listed(name),
        pages=_PAGES,
        filters=(_WORKSPACE, _UPDATED, *([Where(partial(_unmarked, "deleted"))] if hides_deleted else [])),
        order=OrderBy(),
        views=(_global_fields("category", "sub_category", "item_category", "group_id", "custom_fields", *absent),),
        complete=partial(_per_workspace, {}),
    )


def _plain_list(name: str) -> Endpoint:
    return Endpoint(name=name, path=f"/{name}", shape=Listed(name), pages=_PAGES)


_REQUESTERS = Endpoint(
    name="requesters",
    path="/requesters",
    shape=Listed("requesters"),
    pages=_PAGES,
    filters=(
        Choice(
            "include_agents",
            {"false": partial(_unmarked, "is_agent"), "true": lambda _row: True},
            default="false",
        ),
    ),
    limit_class="requesters",
)
_AGENTS = Endpoint(
    name="agents",
    path="/agents",
    shape=Listed("agents"),
    pages=_PAGES,
    filters=(
        OneOf("active", "active", allowed=("true", "false")),
        Choice("state", {"occasional": partial(_marked, "occasional"), "fulltime": partial(_unmarked, "occasional")}),
    ),
    limit_class="agents",
)
_ASSETS = Endpoint(
    name="assets",
    path="/assets",
    shape=Listed("assets"),
    pages=_PAGES,
    filters=(
        _WORKSPACE,
        Choice(
            "trashed", {"false": partial(_unmarked, "trashed"), "true": partial(_marked, "trashed")}, default="false"
        ),
    ),
    order=OrderBy(),
    views=(_global_fields("group_id", "agent_id"), Included({"type_fields": ("type_fields",)})),
    limit_class="assets",
    complete=partial(_per_workspace, {}),
)
_SOFTWARE = Endpoint(
    name="software",
    path="/applications",
    shape=Listed("applications"),
    pages=_PAGES,
    filters=(_WORKSPACE,),
    views=(_global_fields("category", "notes", "managed_by_id"),),
    complete=partial(_per_workspace, {}),
)
_PURCHASE_ORDERS = Endpoint(
    name="purchase_orders",
    path="/purchase_orders",
    shape=Listed("purchase_orders"),
    pages=_PAGES,
    filters=(_WORKSPACE,),
    views=(
        _global_fields("department_id", "vendor_details"),
        Included({"purchase_items": ("purchase_items",), "custom_fields": ("custom_fields",)}),
    ),
    complete=partial(_per_workspace, {}),
)

SIMULATOR = Simulator(
    name="tickets",
    base_path="/api/v2",
    auth=BasicUser("api_key"),
    headers=(RequiredHeader("Accept", ("application/json", "*/*")),),
    errors=_ERRORS,
    rate_limit=_RATE_LIMIT,
    tables=(
        Table("workspaces", work.workspaces, size=3, scales=False),
        Table("tickets", work.tickets, size=300),
        Table("satisfaction_survey_responses", work.survey_responses),
        Table("requested_items", work.requested_items),
        Table("problems", work.problems, size=40),
        Table("changes", work.changes, size=50),
        Table("releases", work.releases, size=35),
        Table("requesters", people.requesters, size=80),
        Table("agents", people.agents, size=35),
        Table("locations", people.locations, size=12),
        Table("products", assets.products, size=25),
        Table("vendors", assets.vendors, size=15),
        Table("assets", assets.assets, size=120),
        Table("software", assets.software, size=45),
        Table("purchase_orders", assets.purchase_orders, size=40),
    ),
    endpoints=(
        _plain_list("workspaces"),
        _TICKETS,
        _CSAT,
        _REQUESTED_ITEMS,
        _work_list("problems", "analysis_fields"),
        _work_list("changes", "maintenance_window", "blackout_window", hides_deleted=True),
        _work_list("releases", "planning_fields"),
        _REQUESTERS,
        _AGENTS,
        _plain_list("locations"),
        _plain_list("products"),
        _plain_list("vendors"),
        _ASSETS,
        _SOFTWARE,
        _PURCHASE_ORDERS,
    ),
)
"""The help-desk API, version 2, of an account with three workspaces."""
