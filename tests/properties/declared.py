"""The connector of the workplace; copied to where a distribution would have it, so it imports nothing beside it."""

from __future__ import annotations

from datetime import timedelta

from sdk import (
    Connector,
    CursorPaginator,
    Incremental,
    NumberWindow,
    PageNumberPaginator,
    Resource,
    RetryPolicy,
    TimeWindow,
    Total,
    columns,
    hookimpl,
)

_COLUMNS = columns(bigint="id version", timestamp="at")
_SINCE = TimeWindow(start_param="since")
_NUMBERED = PageNumberPaginator(end=Total("total"))


@hookimpl
def sdk_declare_connector() -> Connector:
    """Return the connector."""
    return Connector(
        "workplace",
        # Waits take no time, in processes that are killed too.
        retry=RetryPolicy(attempts=3, initial=0.0),
        paginator=CursorPaginator("next", cursor_param="after"),
        resources=[
            Resource("projects", data_selector="rows", columns=_COLUMNS, paginator=_NUMBERED),
            Resource(
                "tasks",
                path="/projects/{projects.id}/tasks",
                data_selector="rows",
                columns=(*_COLUMNS, *columns(text="code")),
                skip_statuses=frozenset({404}),
            ),
            Resource("notes", path="/tasks/{tasks.code}/notes", data_selector="rows", columns=_COLUMNS),
            Resource(
                "labels", data_selector="rows", columns=_COLUMNS, paginator=_NUMBERED, write_disposition="replace"
            ),
            Resource(
                "tickets",
                data_selector="rows",
                columns=_COLUMNS,
                window=_SINCE,
                incremental=Incremental("at", overlap=timedelta(minutes=5)),
            ),
            Resource("archive", part_of="tickets", data_selector="rows", columns=_COLUMNS, window=_SINCE),
            Resource(
                "events",
                data_selector="rows",
                columns=_COLUMNS,
                window=NumberWindow(start_param="since_id"),
                incremental=Incremental("id", kind="number", overlap=0),
                write_disposition="append",
            ),
            Resource(
                "comments",
                path="/tickets/{tickets.id}/comments",
                data_selector="rows",
                columns=_COLUMNS,
                skip_statuses=frozenset({404}),
            ),
        ],
    )
