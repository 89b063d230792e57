"""Incidents and what belongs to them: updates, actions, follow-ups, roles, schedules, people and the catalog."""

from datetime import timedelta
from functools import partial

from sdk import (
    BearerTokenAuth,
    Choice,
    Connector,
    CursorPaginator,
    Each,
    EmptyPage,
    Incremental,
    MissingToken,
    RateLimit,
    Resource,
    RetryPolicy,
    Secret,
    Setting,
    SinglePagePaginator,
    TimeWindow,
    hookimpl,
)
from sdk_plugin_incident_response import columns

# The token is left out on the last page. Pages are as large as the API allows: it counts requests, not records.
paged = partial(
    CursorPaginator,
    "pagination_meta.after",
    cursor_param="after",
    limit_param="page_size",
    end=MissingToken(within="pagination_meta") | EmptyPage(),
)

# A key has a permission for each resource: what it may not read is skipped, and all else arrives.
listed = partial(Resource, skip_statuses={403})

# Test and tutorial incidents, and what hangs on them, are listed only when their mode is named.
INCIDENT_MODES = Setting(
    "incident_modes",
    kind="list",
    default=["standard", "retrospective", "test", "tutorial"],
    description="modes of the incidents to read",
)

# Naming none leaves some out, as other readers of this API found; a category that is new to the API has to be added.
STATUS_CATEGORIES = Setting(
    "status_categories",
    kind="list",
    default=["triage", "live", "learning", "paused", "closed", "declined", "canceled", "merged"],
    description="categories of status of the incidents to read",
)

# Here the parameter takes one mode, and there is one mode more.
by_mode = partial(
    listed,
    params={
        "incident_mode": Each(
            Setting(
                "action_modes",
                kind="list",
                default=["standard", "retrospective", "test", "tutorial", "stream"],
                description="modes of the incidents whose actions and follow-ups are read",
            )
        )
    },
)

# Version 3 of these lists is paged, and its filter takes a time of day.
by_update = partial(
    by_mode,
    paginator=paged(limit=250),
    window=TimeWindow(start_param="updated_at[gte]"),
    incremental=Incremental("updated_at"),
)


def version_of(resource: str, *versions: str) -> Setting:
    """Return the setting that picks which version of its path *resource* is read from, the first by default."""
    return Setting(
        f"{resource}_version",
        choices=versions,
        default=versions[0],
        description=f"version of the path that {resource} are read from",
    )


@hookimpl
def sdk_declare_connector() -> Connector:
    """Declare the incident management API; its versions 1, 2 and 3 each have a part of the resources."""
    return Connector(
        "incident_response",
        description="Incidents, their updates, actions and follow-ups, and what is configured around them",
        auth=BearerTokenAuth(Secret("api_key", description="API key that may view what is wanted")),
        paginator=SinglePagePaginator(),
        retry=RetryPolicy(retry_after_path="rate_limit.retry_after"),
        rate_limit=RateLimit(1200, 60),
        resources=[
            Choice(
                version_of("actions", "v2", "v3"),
                {
                    "v2": by_mode("actions", path="/v2/actions", data_selector="actions", columns=columns.ACTIONS),
                    "v3": by_update("actions", path="/v3/actions", data_selector="actions", columns=columns.ACTIONS),
                },
            ),
            Choice(
                version_of("catalog_types", "v3", "v2"),
                {
                    "v3": listed(
                        "catalog_types",
                        path="/v3/catalog_types",
                        data_selector="catalog_types",
                        columns=columns.CATALOG_TYPES_V3,
                    ),
                    "v2": listed(
                        "catalog_types",
                        path="/v2/catalog_types",
                        data_selector="catalog_types",
                        columns=columns.CATALOG_TYPES_V2,
                    ),
                },
            ),
            listed(
                "custom_fields",
                path="/v2/custom_fields",
                data_selector="custom_fields",
                columns=columns.CUSTOM_FIELDS,
            ),
            Choice(
                version_of("follow_ups", "v2", "v3"),
                {
                    "v2": by_mode(
                        "follow_ups", path="/v2/follow_ups", data_selector="follow_ups", columns=columns.FOLLOW_UPS
                    ),
                    "v3": by_update(
                        "follow_ups", path="/v3/follow_ups", data_selector="follow_ups", columns=columns.FOLLOW_UPS
                    ),
                },
            ),
            Choice(
                version_of("incident_roles", "v2", "v1"),
                {
                    "v2": listed(
                        "incident_roles",
                        path="/v2/incident_roles",
                        data_selector="incident_roles",
                        columns=columns.INCIDENT_ROLES,
                    ),
                    "v1": listed(
                        "incident_roles",
                        path="/v1/incident_roles",
                        data_selector="incident_roles",
                        columns=columns.INCIDENT_ROLES_V1,
                    ),
                },
            ),
            listed(
                "incident_timestamps",
                path="/v2/incident_timestamps",
                data_selector="incident_timestamps",
                columns=columns.INCIDENT_TIMESTAMPS,
            ),
            listed(
                "incident_updates",
                path="/v2/incident_updates",
                data_selector="incident_updates",
                paginator=paged(limit=250),
                columns=columns.INCIDENT_UPDATES,
            ),
            listed(
                "incident_statuses",
                path="/v1/incident_statuses",
                data_selector="incident_statuses",
                columns=columns.INCIDENT_STATUSES,
            ),
            listed("workflows", path="/v2/workflows", data_selector="workflows", columns=columns.WORKFLOWS),
            listed(
                "users",
                path="/v2/users",
                data_selector="users",
                params={
                    "include_inactive": Setting(
                        "include_inactive",
                        kind="bool",
                        default=True,
                        description="read deactivated users and those who never signed in, whom others refer to, too",
                    )
                },
                paginator=paged(limit=10_000),
                columns=columns.USERS,
            ),
            listed("severities", path="/v1/severities", data_selector="severities", columns=columns.SEVERITIES),
            listed(
                "schedules",
                path="/v2/schedules",
                data_selector="schedules",
                # In larger pages `next_shifts` comes back empty.
                paginator=paged(limit=25),
                columns=columns.SCHEDULES,
            ),
            listed(
                "incidents",
                path="/v2/incidents",
                data_selector="incidents",
                # Oldest first: what is created meanwhile joins at the end.
                params={
                    "mode[one_of]": INCIDENT_MODES,
                    "status_category[one_of]": STATUS_CATEGORIES,
                    "sort_by": "created_at_oldest_first",
                },
                paginator=paged(limit=250),
                window=TimeWindow(start_param="updated_at[gte]", style="date"),
                # The API compares days, and not necessarily those of UTC.
                incremental=Incremental("updated_at", overlap=timedelta(days=1)),
                columns=columns.INCIDENTS,
            ),
        ],
    )
