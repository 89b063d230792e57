"""On-call incidents with their log, and the teams, services, users and priorities around them."""

from datetime import timedelta
from functools import partial

from sdk import (
    APIKeyAuth,
    CapAny,
    CapStatus,
    CapTotal,
    Connector,
    HasMore,
    Incremental,
    OffsetPaginator,
    Record,
    Resource,
    Secret,
    SinglePagePaginator,
    TimeWindow,
    hookimpl,
)
from sdk_plugin_incidents import columns

# Lists stop at 10,000 records, by an error and not by an end. A list that announces its total is cut beforehand.
CAP = CapAny(CapTotal("total", 10_000), CapStatus(400, path="error", contains="offset"))

# One end alone means a month from there, and more than six months answer with nothing.
window = partial(TimeWindow, start_param="since", end_param="until", step=timedelta(days=180), cap=CAP)

EVERYTHING = {"date_range": "all"}

# Oldest first, so that what is triggered meanwhile joins at the end.
OLDEST_FIRST = {"sort_by": "created_at:asc"}

listed = partial(Resource, skip_statuses={403})


def with_incident(entry: Record) -> Record:
    """Stamp a log entry with the incident that it belongs to, as if it had been read below it."""
    incident = entry.get("incident") or {}
    return {**entry, "_incidents_id": incident.get("id")}


@hookimpl
def sdk_declare_connector() -> Connector:
    """Declare the on-call API, version 2."""
    return Connector(
        "incidents",
        description="On-call incidents, their log, teams, services, users and priorities",
        auth=APIKeyAuth(
            name="Authorization",
            api_key=Secret("api_key", description="API key; one that starts with a scheme word is sent as it is"),
            prefix="Token token=",
        ),
        # The version is asked for in the media type; without it answers may change.
        headers={"Accept": "application/vnd.pagerduty+json;version=2"},
        paginator=OffsetPaginator(limit=100, end=HasMore("more")),
        resources=[
            Resource(
                "oldest_incident",
                hidden=True,
                path="/incidents",
                params={**EVERYTHING, **OLDEST_FIRST, "limit": 1},
                data_selector="incidents",
                paginator=SinglePagePaginator(),
            ),
            # Windows select by creation. What changed later is found through its log entries, and what is still open
            # is read again.
            Resource(
                "incidents",
                data_selector="incidents",
                params={**OLDEST_FIRST, "total": True},
                window=window(open_params=EVERYTHING),
                incremental=Incremental("created_at"),
                columns=columns.INCIDENTS,
            ),
            Resource(
                "open_incidents",
                part_of="incidents",
                only_continuing=True,
                path="/incidents",
                params={**OLDEST_FIRST, "total": True, "statuses[]": ["triggered", "acknowledged"]},
                data_selector="incidents",
                window=window(open_params=EVERYTHING),
            ),
            Resource(
                "changed_incidents",
                part_of="incidents",
                only_continuing=True,
                path="/incidents/{incident_logs.incident.id}",
                data_selector="incident",
                single=True,
                paginator=SinglePagePaginator(),
                empty_statuses={404},
            ),
            # The account's whole log costs one request for a hundred entries, the log of each incident at least one
            # for each incident. It has entries of incidents only, so it begins where they begin.
            listed(
                "incident_logs",
                path="/log_entries",
                data_selector="log_entries",
                params={"total": True},
                map=with_incident,
                include_from_parent=(),
                unique_key=True,
                window=window(initial_value="{oldest_incident.created_at}"),
                incremental=Incremental("created_at"),
                columns=columns.INCIDENT_LOGS,
            ),
            # 402: teams are not in the account's plan. 404: the account does not use priorities.
            listed("teams", data_selector="teams", skip_statuses={402, 403}, columns=columns.TEAMS),
            listed("services", data_selector="services", columns=columns.SERVICES),
            listed("users", data_selector="users", columns=columns.USERS),
            listed("priorities", data_selector="priorities", skip_statuses={403, 404}, columns=columns.PRIORITIES),
        ],
    )
