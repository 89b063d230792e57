"""The connector that is measured: a plugin like any other."""

# ruff: noqa: INP001 - a module by itself, as plugins are

from __future__ import annotations

from sdk import Connector, PageNumberPaginator, RateLimit, Resource, SinglePagePaginator, Total, columns, hookimpl

_TICKET = columns(
    bigint="id status priority requester_id responder_id group_id source",
    text="subject description type category",
    bool="spam deleted",
    double="score",
    timestamp="due_by created_at updated_at",
    json="tags custom_fields",
)
_NAMED = columns(bigint="id", text="name")


@hookimpl
def sdk_declare_connector() -> Connector:
    """Declare the connector as an author would who knows no rate."""
    return declared(None)


def declared(rate_limit: RateLimit | None) -> Connector:
    """Return the connector."""
    one_page = SinglePagePaginator()
    return Connector(
        "bench",
        rate_limit=rate_limit,
        paginator=PageNumberPaginator(limit=100, limit_param="per_page", end=Total("total")),
        resources=[
            Resource("tickets", data_selector="tickets", columns=_TICKET),
            Resource("groups", data_selector="groups", columns=_NAMED, paginator=one_page),
            *(
                Resource(
                    kind,
                    path="/groups/{groups.id}/" + kind,
                    data_selector=kind,
                    columns=_NAMED,
                    paginator=one_page,
                )
                for kind in ("members", "rules")
            ),
        ],
    )
