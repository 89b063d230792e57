"""Epics and stories with their comments and history, and the iterations, objectives and people around them."""

from functools import partial

from sdk import (
    APIKeyAuth,
    CapStatus,
    Connector,
    NextLinkPaginator,
    OffsetPaginator,
    RateLimit,
    Resource,
    RetryPolicy,
    Secret,
    Setting,
    SinglePagePaginator,
    hookimpl,
)
from sdk_plugin_stories import columns

# Entitlements differ from resource to resource while the token stays valid.
listed = partial(Resource, skip_statuses={403})

# A parent may be deleted between the list and its children.
below = partial(Resource, skip_statuses={403, 404})

# A story is in one epic, one iteration and one group at most: when it moves, its row moves with it.
stories_below = partial(below, unique_key=True)

# Lists leave descriptions out unless asked.
DESCRIBED = {"includes_description": True}

# There is no list of all stories: a story is found through its epic, its iteration or its group.
A_STORY = "{epics_stories.id|iterations_stories.id|groups_stories.id}"


@hookimpl
def sdk_declare_connector() -> Connector:
    """Declare the project-tracking API, version 3."""
    return Connector(
        "stories",
        base_url=Setting("base_url", description="where the API is, such as https://api.example.com/api/v3"),
        description="Epics, stories, iterations, objectives and people of a project tracker",
        auth=APIKeyAuth(
            name="Shortcut-Token",
            api_key=Secret("api_key", description="API token; it sees what its owner sees"),
        ),
        # The API announces no quota, and the 200th request within a minute is refused already.
        rate_limit=RateLimit(
            Setting("requests_per_minute", kind="int", default=195, description="requests a minute; the API takes 199"),
            period=60,
        ),
        retry=RetryPolicy(initial=5, longest=70),
        paginator=SinglePagePaginator(),
        resources=[
            listed("categories", columns=columns.CATEGORIES),
            below(
                "categories_milestones",
                path="/categories/{categories.id}/milestones",
                columns=columns.OBJECTIVES_OF_CATEGORIES,
            ),
            below(
                "categories_objectives",
                path="/categories/{categories.id}/objectives",
                columns=columns.OBJECTIVES_OF_CATEGORIES,
            ),
            listed("custom_fields", path="/custom-fields", columns=columns.CUSTOM_FIELDS),
            listed("epic_workflow", path="/epic-workflow", single=True, columns=columns.EPIC_WORKFLOW),
            listed("epics", params=DESCRIBED, columns=columns.EPICS),
            below("epics_comments", path="/epics/{epics.id}/comments", columns=columns.EPICS_COMMENTS),
            stories_below(
                "epics_stories",
                path="/epics/{epics.id}/stories",
                params=DESCRIBED,
                columns=columns.STORIES_OF_EPICS,
            ),
            listed("files", columns=columns.FILES),
            listed("groups", columns=columns.GROUPS),
            # The one list that is cut silently: a thousand at most, without a total. Only an empty page is a sure end:
            # were the server to cut sooner, each page would be a short one.
            stories_below(
                "groups_stories",
                path="/groups/{groups.id}/stories",
                paginator=OffsetPaginator(limit=1000),
                columns=columns.STORIES_OF_GROUPS,
            ),
            listed("iterations", columns=columns.ITERATIONS),
            stories_below(
                "iterations_stories",
                path="/iterations/{iterations.id}/stories",
                params=DESCRIBED,
                columns=columns.STORIES_OF_ITERATIONS,
            ),
            listed("labels", columns=columns.LABELS),
            listed("member", single=True, columns=columns.MEMBER),
            listed("members", columns=columns.MEMBERS),
            listed("milestones", columns=columns.OBJECTIVES),
            below("milestones_epics", path="/milestones/{milestones.id}/epics", columns=columns.EPICS_OF_MILESTONES),
            listed("objectives", columns=columns.OBJECTIVES),
            below("objectives_epics", path="/objectives/{objectives.id}/epics", columns=columns.EPICS_OF_OBJECTIVES),
            listed("workflows", columns=columns.WORKFLOWS),
            below(
                "stories_comments",
                path=f"/stories/{A_STORY}/comments",
                parent_as="stories",
                columns=columns.STORIES_COMMENTS,
            ),
            below(
                "story_history",
                path=f"/stories/{A_STORY}/history",
                parent_as="stories",
                columns=columns.STORY_HISTORY,
            ),
            # A search lists a thousand epics at most; beyond that the rest is reported, and stands in epics.
            listed(
                "search_epics",
                path="/search/epics",
                params={
                    "query": Setting(
                        "search_query",
                        default="created:2000-01-01..*",
                        description="query of search_epics, in the language of the search field; default: all",
                    )
                },
                data_selector="data",
                paginator=NextLinkPaginator("next", take="query", limit_param="page_size", limit=250),
                cut_off=CapStatus(400, path="error", contains="maximum-results"),
                columns=columns.SEARCH_EPICS,
            ),
        ],
    )
