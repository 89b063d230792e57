"""Describe the incident API for the simulator, from its documentation and from recorded traffic.

Nothing here knows the connector. Each trap has its place: incidents show only one month unless both ends of a span
are sent, and nothing at all when it is longer than six; a change never brings an old incident back into a span; pages
end at a cap which is an error; teams and priorities depend on the plan; errors may come as HTML.
"""

from __future__ import annotations

from typing import Any, Final

from sdk.testing.simulator import (
    AnyOf,
    Call,
    Cap,
    Choice,
    Cut,
    Endpoint,
    ErrorReplies,
    HeaderKey,
    Included,
    Listed,
    NamedOrders,
    Offset,
    OneOf,
    OrderBy,
    PageSize,
    Parent,
    Quota,
    RateLimit,
    Record,
    Reply,
    RequiredHeader,
    Simulator,
    SimulatorServer,
    SingleObject,
    SortList,
    Table,
    Usage,
    zulu,
)
from sdk_plugin_incidents import simulator_account as account
from sdk_plugin_incidents.simulator_calls import CreatedMonths, CreatedSpan, Named, Zoned, in_account_zone, in_utc
from sdk_plugin_incidents.simulator_incidents import OVERVIEW, first_entry, incidents, log_entries, long_id, traces

VERSION_HEADER: Final = "application/vnd.pagerduty+json;version=2"
"""What `Accept` has to be: the version is a part of the media type, whose name is the API's own."""

_CAP = 10_000
_MODULE_OFF = "Account does not have the abilities to perform the action."


def _error(status: int, code: int, message: str, *errors: str, **more: str) -> Reply:
    listed = {"errors": list(errors)} if errors else {}
    return Reply(status, {"error": {"message": message, "code": code, **listed, **more}})


def _html(status: int, title: str) -> Reply:
    text = f"<!DOCTYPE html>\n<html><head><title>{title} ({status})</title></head><body><h1>{title}</h1></body></html>"
    return Reply(status, text.encode())


def gone(_call: Call) -> Reply:
    """Answer as for an incident that no longer exists, and for priorities where they are switched off."""
    return _error(404, 2100, "Not Found")


def forbidden(_call: Call) -> Reply:
    """Answer a key that is valid but has no permission."""
    return _error(403, 2010, "Access Denied")


def _teams_off(_call: Call) -> Reply:
    return _error(402, 2014, _MODULE_OFF, missing_abilities="teams")


def _missing(call: Call) -> Reply:
    return gone(call) if call.path.startswith("/incidents/") else _html(404, "The page you were looking for is gone")


def _too_far(cap: int) -> Reply:
    text = f"Offset+limit exceeds maximum allowed value of {cap}. Please try again with a lower offset."
    return _error(400, 2002, "Arguments Caused Error", text)


def _errors(bad_key_status: int) -> ErrorReplies:
    return ErrorReplies(
        unauthorized=lambda _call: _html(bad_key_status, "Access denied"),
        not_acceptable=lambda _call: _error(406, 2007, "Not Acceptable", "The Accept header names no known version"),
        not_found=_missing,
        wrong_method=lambda _call: _error(405, 2009, "Method Not Allowed"),
        gated=forbidden,
        invalid=lambda _call, name, reason: _error(400, 2002, "Arguments Caused Error", f"{name}: {reason}"),
    )


def _usage_headers(usage: Usage) -> dict[str, str]:
    return {
        "ratelimit-limit": str(usage.total),
        "ratelimit-remaining": str(usage.remaining),
        "ratelimit-reset": str(usage.whole_wait),
    }


_RATE_LIMIT = RateLimit(
    account=Quota(960),
    headers=_usage_headers,
    reply=lambda _usage: _error(429, 2020, "Rate Limit Exceeded"),
)
"""The limit of an account's key; how long to wait is in the headers of every answer, and nowhere else."""


def _about_page(cut: Cut) -> dict[str, Any]:
    asked = cut.call.first("total") == "true"
    offset = int(cut.call.first("offset") or 0)
    return {"limit": cut.size, "offset": offset, "more": cut.more, "total": cut.total if asked else None}


_NOBODY: dict[str, list[Record]] = {"assignments": [], "acknowledgements": [], "pending_actions": []}
_TOTAL = Choice("total", {"true": lambda _row: True, "false": lambda _row: True})
_TEAM_IDS = OneOf("team_ids[]", "team_ids")
_GATED_BY_TEAMS = {"team_ids[]": "teams"}
_OF_INCIDENTS = Parent("incidents", link="incident.id")
_INCIDENT_EXTRAS: dict[str, tuple[str, ...]] = {
    "body": ("body",),
    "conference_bridge": ("conference_bridge",),
    **dict.fromkeys(("acknowledgers", "agents", "assignees", "escalation_policies", "first_trigger_log_entries"), ()),
    **dict.fromkeys(("priorities", "services", "teams", "users"), ()),
}


def _expanding(*names: str) -> Included:
    """Take `include[]`, which only turns references into whole objects; here they stay references."""
    return Included(dict.fromkeys(names, ()), param="include[]")


def _overview() -> Choice:
    return Choice("is_overview", {"true": lambda row: row.value("kind") in OVERVIEW, "false": lambda _row: True})


def _endpoints(pages: Offset) -> tuple[Endpoint, ...]:
    listed = Endpoint(
        name="incidents",
        path="/incidents",
        shape=Listed("incidents"),
        pages=pages,
        filters=(
            CreatedMonths(),
            OneOf("statuses[]", "status", allowed=("triggered", "acknowledged", "resolved")),
            OneOf("urgencies[]", "urgency", allowed=("high", "low")),
            OneOf("service_ids[]", "service.id"),
            OneOf("user_ids[]", "user_ids"),
            OneOf("incident_key", "incident_key"),
            _TEAM_IDS,
            _TOTAL,
        ),
        order=SortList(("created_at", "incident_number", "resolved_at", "urgency"), default=(("created_at", True),)),
        views=(Included(_INCIDENT_EXTRAS, param="include[]"), Zoned()),
        gated_params=_GATED_BY_TEAMS,
        complete=lambda _seeding: ({"date_range": "all"},),
    )
    incident = Endpoint(
        name="incident",
        path="/incidents/{incident_id}",
        shape=SingleObject("incident"),
        table="incidents",
        parent=Parent("incidents", link="id"),
        views=(Included(_INCIDENT_EXTRAS, param="include[]"), Zoned()),
        gated_as="incidents",
    )
    of_incident = Endpoint(
        name="incident_logs",
        path="/incidents/{incident_id}/log_entries",
        shape=Listed("log_entries"),
        parent=_OF_INCIDENTS,
        pages=pages,
        filters=(CreatedSpan(), _overview(), _TOTAL),
        order=OrderBy(by_param=None, direction_param=None),
        views=(_expanding("channels", "incidents", "services", "teams"), Zoned()),
        gate=gone,
    )
    log = Endpoint(
        name="log_entries",
        path="/log_entries",
        shape=Listed("log_entries"),
        table="incident_logs",
        pages=pages,
        filters=(CreatedSpan(), _overview(), _TEAM_IDS, _TOTAL),
        views=(_expanding("channels", "incidents", "services", "teams"), Zoned()),
        gated_params=_GATED_BY_TEAMS,
    )
    return listed, incident, of_incident, log, *_set_up(pages)


def _set_up(pages: Offset) -> tuple[Endpoint, ...]:
    """Describe the lists that know no time: their cap cannot be walked around."""
    by_name = {"name": ("name", False), "name:asc": ("name", False), "name:desc": ("name", True)}
    teams = Endpoint(
        name="teams",
        path="/teams",
        shape=Listed("teams"),
        pages=pages,
        filters=(Named(), _TOTAL),
        gate=_teams_off,
    )
    services = Endpoint(
        name="services",
        path="/services",
        shape=Listed("services"),
        pages=pages,
        filters=(Named(), _TEAM_IDS, _TOTAL),
        order=NamedOrders("sort_by", by_name),
        views=(_expanding("escalation_policies", "teams", "integrations"), Zoned()),
        gated_params=_GATED_BY_TEAMS,
    )
    users = Endpoint(
        name="users",
        path="/users",
        shape=Listed("users"),
        pages=pages,
        filters=(Named(), _TEAM_IDS, _TOTAL),
        views=(_expanding("contact_methods", "notification_rules", "teams"),),
        gated_params=_GATED_BY_TEAMS,
    )
    priorities = Endpoint(
        name="priorities",
        path="/priorities",
        shape=Listed("priorities"),
        pages=pages,
        filters=(_TOTAL,),
        gate=gone,
    )
    return teams, services, users, priorities


def simulator(*, cap: int = _CAP, bad_key_status: int = 401) -> Simulator:
    """Describe the API with another cap, so that few rows reach it, or with another answer to a bad key.

    Documented is 401; a recorded call with an invalid key came back as a 404.
    """
    size = PageSize("limit", 25, 100, over="clamp")
    pages = Offset("offset", size, cap=Cap(cap, lambda _call: _too_far(cap)), body=_about_page)
    return Simulator(
        name="incidents",
        auth=AnyOf(HeaderKey(prefix="Token token="), HeaderKey(prefix="Bearer ")),
        headers=(RequiredHeader("Accept", (VERSION_HEADER,), required=True),),
        errors=_errors(bad_key_status),
        rate_limit=_RATE_LIMIT,
        tables=(
            Table("teams", account.teams, size=30, created=None, updated=None),
            Table("users", account.users, size=70, created=None, updated=None),
            Table("services", account.services, size=40, written=in_account_zone),
            Table("priorities", account.priorities, size=5, scales=False, created=None, updated=None),
            Table("incidents", incidents, size=120, written=in_utc, traces=traces),
            Table("incident_logs", log_entries, updated=None, written=in_account_zone),
        ),
        endpoints=_endpoints(pages),
    )


SIMULATOR = simulator()
"""The incident API, version 2, of an account whose zone is New York's."""


def trigger_incident(server: SimulatorServer, **fields: Any) -> Record:
    """Open an incident now, with the log entry that goes with it; return it."""
    number = max((record["incident_number"] for record in server.truth("incidents")), default=0) + 1
    record = account.thing("incident", "incidents", long_id("Q", "triggered", number), None)
    state = {"status": "triggered", "last_status_change_at": zulu(server.now.timestamp()), "resolved_at": None}
    fresh = {"incident_number": number, "first_trigger_log_entry": first_entry(record), **_NOBODY}
    return server.add("incidents", {**record, **state, **fresh, **fields})


def acknowledge_incident(server: SimulatorServer, key: str) -> Record:
    """Acknowledge an incident now, however old it is: that changes it and adds a log entry."""
    now = zulu(server.now.timestamp())
    changes = {"status": "acknowledged", "last_status_change_at": now, "resolved_at": None}
    return server.update("incidents", key, {**changes, "pending_actions": []})


def resolve_incident(server: SimulatorServer, key: str) -> Record:
    """Resolve an incident now, however old it is: that changes it and adds a log entry."""
    now = zulu(server.now.timestamp())
    changes = {"status": "resolved", "last_status_change_at": now, "resolved_at": now}
    return server.update("incidents", key, {**changes, **_NOBODY})
