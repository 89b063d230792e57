"""What an observability service collects and watches: logs, metrics, monitors, incidents, and the people around."""

from datetime import timedelta
from functools import partial

from sdk import (
    APIKeyAuth,
    CapValue,
    Choice,
    Connector,
    CursorPaginator,
    Each,
    EmptyPage,
    Incremental,
    LastRecordPaginator,
    MissingToken,
    MultiAuth,
    OffsetPaginator,
    PageNumberPaginator,
    Resource,
    Secret,
    Setting,
    ShortPage,
    SinglePagePaginator,
    TimeWindow,
    hookimpl,
)
from sdk_plugin_observability import columns

# An application key has a permission for each resource, and products may be off in the account. The statuses that
# say so skip the resource; 404 says so for some products only.
listed = partial(Resource, skip_statuses={403})
with_attributes = partial(listed, data_selector="data", lift="attributes")
product = partial(with_attributes, skip_statuses={403, 404})

# Events are searched in the last 15 minutes unless both ends are sent. A search that takes too long answers 200
# with a part of what it found, and says so: its interval is cut in two. A short page is no last page here.
searched = partial(
    with_attributes,
    paginator=CursorPaginator(
        "meta.page.after",
        cursor_param="page[cursor]",
        limit_param="page[limit]",
        limit=1000,
        end=MissingToken() | EmptyPage(),
    ),
    window=TimeWindow(
        start_param="filter[from]",
        end_param="filter[to]",
        style="iso_ms",
        cap=CapValue("meta.status", "timeout"),
    ),
    # An event is dated by who sends it, and may arrive late.
    incremental=Incremental("timestamp", overlap=timedelta(minutes=15)),
)

# What the answer says of the next offset or page is there on the last page too, so it is not followed.
by_offset = partial(OffsetPaginator, offset_param="page[offset]", limit_param="page[size]", limit=100, end=EmptyPage())
by_number = partial(
    PageNumberPaginator,
    base_page=0,
    page_param="page[number]",
    limit_param="page[size]",
    limit=100,
    end=ShortPage(),
)


@hookimpl
def sdk_declare_connector() -> Connector:
    """Declare the observability API; its versions 1 and 2 each have a part of the resources."""
    return Connector(
        "observability",
        base_url=Setting("base_url", description="where the API is, such as https://api.example.com/api"),
        description="Logs, metrics, monitors, objectives, incidents and people of an observability service",
        auth=MultiAuth(
            APIKeyAuth("DD-API-KEY", Secret("api_key", description="API key of the organisation")),
            APIKeyAuth(
                "DD-APPLICATION-KEY",
                Secret("application_key", description="application key of a user who may read what is wanted"),
            ),
        ),
        paginator=SinglePagePaginator(),
        resources=[
            searched(
                "audit_logs",
                path="/v2/audit/events",
                params={"sort": "timestamp"},
                columns=columns.AUDIT_LOGS,
            ),
            listed(
                "dashboards",
                path="/v1/dashboard",
                data_selector="dashboards",
                # The page size that the API has anyway: it is honoured, so a short page is the last.
                paginator=OffsetPaginator(offset_param="start", limit_param="count", limit=100, end=ShortPage()),
                columns=columns.DASHBOARDS,
            ),
            Choice(
                Setting(
                    "downtimes_version",
                    choices=("v1", "v2"),
                    default="v1",
                    description="path to read downtimes from; v1 is deprecated, v2 has other ids and other fields",
                ),
                {
                    "v1": listed(
                        "downtimes",
                        path="/v1/downtime",
                        params={"with_creator": True},
                        columns=columns.DOWNTIMES,
                    ),
                    "v2": with_attributes(
                        "downtimes",
                        path="/v2/downtime",
                        paginator=by_offset(limit_param="page[limit]"),
                        columns=columns.DOWNTIMES_V2,
                    ),
                },
            ),
            Choice(
                Setting(
                    "incident_teams_path",
                    choices=("teams", "team"),
                    default="teams",
                    description="path to read teams from; teams is deprecated, team has other fields",
                ),
                {
                    "teams": product(
                        "incident_teams", path="/v2/teams", paginator=by_offset(), columns=columns.INCIDENT_TEAMS
                    ),
                    "team": product("incident_teams", path="/v2/team", paginator=by_number(), columns=columns.TEAMS),
                },
            ),
            product("incidents", path="/v2/incidents", paginator=by_offset(), columns=columns.INCIDENTS),
            searched(
                "logs",
                path="/v2/logs/events",
                params={
                    "sort": "timestamp",
                    "filter[query]": Setting(
                        "logs_query", default=None, description="search that logs must match; default: all"
                    ),
                    "filter[indexes]": Setting(
                        "logs_indexes", default=None, description="indexes to search, separated by commas; default: all"
                    ),
                    "filter[storage_tier]": Each(
                        Setting(
                            "logs_storage_tiers",
                            kind="list",
                            default=["indexes"],
                            description="tiers to search: indexes, online-archives, flex",
                        )
                    ),
                },
                columns=columns.LOGS,
            ),
            with_attributes(
                "metrics",
                path="/v2/metrics",
                # Without it only metrics that reported in the last hour are listed; 30 days are the most there is.
                params={"window[seconds]": 2_592_000},
                paginator=CursorPaginator(
                    "meta.pagination.next_cursor",
                    cursor_param="page[cursor]",
                    limit_param="page[size]",
                    limit=10_000,
                    end=MissingToken() | EmptyPage(),
                ),
                columns=columns.METRICS,
            ),
            listed(
                "monitors",
                path="/v1/monitor",
                params={"id_offset": 0},
                # From id to id: a monitor that is deleted meanwhile moves no other to a page already read.
                paginator=LastRecordPaginator("id", cursor_param="id_offset", limit_param="page_size", limit=1000),
                columns=columns.MONITORS,
            ),
            listed(
                "service_level_objectives",
                path="/v1/slo",
                data_selector="data",
                # As with dashboards. The counts beside the list are not those of the list.
                paginator=OffsetPaginator(limit=1000, end=ShortPage()),
                columns=columns.SERVICE_LEVEL_OBJECTIVES,
            ),
            listed(
                "synthetic_tests",
                path="/v1/synthetics/tests",
                data_selector="tests",
                primary_key="public_id",
                paginator=by_number(page_param="page_number", limit_param="page_size"),
                skip_statuses={403, 404},
                columns=columns.SYNTHETIC_TESTS,
            ),
            with_attributes("users", path="/v2/users", paginator=by_number(), columns=columns.USERS),
        ],
    )
