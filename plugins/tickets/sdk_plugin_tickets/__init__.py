"""Help-desk tickets, what was requested on them, and the people, assets and contracts around them."""

from datetime import timedelta
from functools import partial

from sdk import (
    Connector,
    Each,
    HeaderLinkPaginator,
    HttpBasicAuth,
    Incremental,
    Record,
    Resource,
    Secret,
    Setting,
    SinglePagePaginator,
    TimeWindow,
    hookimpl,
)
from sdk_plugin_tickets import columns

# Oldest first: what is created meanwhile joins at the end, and an update moves nothing to another page.
OLDEST_FIRST = {"order_by": "created_at", "order_type": "asc"}

# Without `workspace_id` only the primary workspace is listed, and `workspace_id=0` drops fields: so each list is read
# once for each workspace. An account that has none of them is read as a whole.
IN_EACH_WORKSPACE = {"workspace_id": "{workspaces.id}"}

listed = partial(Resource, skip_statuses={403})
by_workspace = partial(listed, include_from_parent=(), unique_key=True, optional_parent=True)

# Without `updated_since` tickets older than 30 days are not listed. Always sent, it also makes runs incremental.
by_update = partial(by_workspace, window=TimeWindow(start_param="updated_since"), incremental=Incremental("updated_at"))


@hookimpl
def sdk_declare_connector() -> Connector:
    """Declare the help-desk API, version 2."""
    return Connector(
        "tickets",
        base_url=Setting("base_url", description="where the API is, such as https://example.com/api/v2"),
        description="Help-desk tickets, changes, people, assets and purchases",
        auth=HttpBasicAuth(
            username=Secret("api_key", description="API key of a user who may read everything that is wanted"),
            password="X",  # noqa: S106 - the API ignores it; sending the key twice would only show it twice
        ),
        paginator=HeaderLinkPaginator(take="query", page_param="page", limit_param="per_page", limit=100),
        resources=[
            Resource(
                "workspaces",
                hidden=True,
                data_selector="workspaces",
                given=Setting(
                    "workspaces", kind="list", default=None, description="ids of the workspaces to read; default: all"
                ),
                skip_statuses={403, 404},
            ),
            # A refusal here would empty three tables, so it is an error and not a skip.
            by_update(
                "tickets",
                skip_statuses=(),
                data_selector="tickets",
                params={
                    **IN_EACH_WORKSPACE,
                    **OLDEST_FIRST,
                    "filter": Each(
                        Setting(
                            "hidden_tickets",
                            kind="list",
                            default=[],
                            description="lists of tickets to read beside the visible ones: deleted, spam",
                        ),
                        also_without=True,
                    ),
                },
                columns=columns.TICKETS,
            ),
            listed(
                "satisfaction_survey_responses",
                path="/tickets/{tickets.id}/csat_response",
                data_selector="csat_response",
                single=True,
                paginator=SinglePagePaginator(),
                empty_statuses={404},
                # An answer comes after the ticket was closed and does not touch it.
                revisit=timedelta(days=30),
                columns=columns.SATISFACTION_SURVEY_RESPONSES,
            ),
            Resource(
                "requested_items",
                path="/tickets/{tickets.id}/requested_items",
                data_selector="requested_items",
                skip_statuses={403, 404},
                columns=columns.REQUESTED_ITEMS,
            ),
            by_update(
                "problems",
                data_selector="problems",
                params=IN_EACH_WORKSPACE,
                columns=columns.PROBLEMS,
            ),
            by_update(
                "changes",
                data_selector="changes",
                params={**IN_EACH_WORKSPACE, **OLDEST_FIRST},
                columns=columns.CHANGES,
            ),
            by_update(
                "releases",
                data_selector="releases",
                params=IN_EACH_WORKSPACE,
                columns=columns.RELEASES,
            ),
            listed(
                "requesters",
                data_selector="requesters",
                params={
                    "include_agents": Setting(
                        "include_agents",
                        kind="bool",
                        default=None,
                        description="list agents among the requesters too; default: they are in agents only",
                    )
                },
                columns=columns.REQUESTERS,
            ),
            listed("agents", data_selector="agents", columns=columns.AGENTS),
            listed("locations", data_selector="locations", columns=columns.LOCATIONS),
            listed("products", data_selector="products", columns=columns.PRODUCTS),
            listed("vendors", data_selector="vendors", columns=columns.VENDORS),
            by_workspace(
                "assets",
                data_selector="assets",
                params={
                    **IN_EACH_WORKSPACE,
                    "include": "type_fields",
                    "trashed": Each(
                        Setting(
                            "trashed_assets",
                            kind="bool",
                            default=False,
                            description="read the assets in the trash too",
                        ),
                        also_without=True,
                    ),
                },
                columns=columns.ASSETS,
            ),
            by_workspace(
                "software",
                path="/applications",
                data_selector="applications",
                params=IN_EACH_WORKSPACE,
                columns=columns.SOFTWARE,
            ),
            by_workspace(
                "purchase_orders",
                data_selector="purchase_orders",
                params={**IN_EACH_WORKSPACE, "include": "purchase_items,custom_fields"},
                columns=columns.PURCHASE_ORDERS,
            ),
        ],
    )


@hookimpl
def sdk_expand_path(resource: Resource, parent: Record) -> list[str] | None:
    """Ask for requested items only where there can be some: an incident never has any."""
    if resource.name == "requested_items" and parent.get("type") == "Incident":
        return []
    return None
