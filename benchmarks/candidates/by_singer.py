"""A singer-sdk tap: extraction alone, its messages written to a sink that only counts them."""

from __future__ import annotations

import io
import sys
from collections import Counter
from collections.abc import Generator
from typing import Any

from requests import Response
from singer_sdk import Tap
from singer_sdk.exceptions import RetriableAPIError
from singer_sdk.pagination import BasePageNumberPaginator
from singer_sdk.streams import RESTStream
from singer_sdk.typing import (
    ArrayType,
    BooleanType,
    DateTimeType,
    IntegerType,
    NumberType,
    ObjectType,
    PropertiesList,
    Property,
    StringType,
)

from benchmarks.candidates.job import PARENT, Done, Job, perform

_NAMED = PropertiesList(Property("id", IntegerType), Property("name", StringType)).to_dict()
_TICKET = PropertiesList(
    *(
        Property(name, IntegerType)
        for name in ("id", "status", "priority", "requester_id", "responder_id", "group_id", "source")
    ),
    *(Property(name, StringType) for name in ("subject", "description", "type", "category")),
    *(Property(name, DateTimeType) for name in ("due_by", "created_at", "updated_at")),
    Property("spam", BooleanType),
    Property("deleted", BooleanType),
    Property("score", NumberType),
    Property("tags", ArrayType(StringType)),
    Property("custom_fields", ObjectType(additional_properties=True)),
).to_dict()
_TOO_MANY = 429


class Counting(io.TextIOBase):
    """A sink of text that counts its records and keeps none."""

    def __init__(self) -> None:
        self.records: Counter[str] = Counter()

    def write(self, text: str) -> int:
        """Count a message when it is a record's."""
        head = text[:80]
        if '"RECORD"' in head:
            self.records[head.partition('"stream":')[2].split('"')[1]] += 1
        return len(text)


class Pages(BasePageNumberPaginator):
    """Counts up while pages are full."""

    def __init__(self, table: str, page_size: int) -> None:
        super().__init__(start_value=1)
        self._table, self._page_size = table, page_size

    def has_more(self, response: Response) -> bool:
        """Return whether the page was full."""
        return len(response.json()[self._table]) == self._page_size


class Listed(RESTStream[int]):
    """A stream of the API."""

    extra_retry_statuses = (_TOO_MANY,)
    primary_keys = ("id",)
    job: Job

    @property
    def url_base(self) -> str:
        """Where the API is."""
        return self.job.url

    @property
    def records_jsonpath(self) -> str:
        """Where the records are."""
        return f"$.{self.name}[*]"

    def get_new_paginator(self) -> Pages | None:
        """Return how the list is paged."""
        return Pages(self.name, self.job.page_size) if self.name == "tickets" else None

    def get_url_params(self, context: Any, next_page_token: int | None) -> dict[str, Any]:  # noqa: ARG002 - its signature
        """Return the parameters of a page."""
        return {"page": next_page_token, "per_page": self.job.page_size} if next_page_token else {}

    def get_child_context(self, record: dict[str, Any], context: Any) -> dict[str, Any] | None:  # noqa: ARG002 - its signature
        """Return what a child needs of its parent."""
        return {"group": record["id"]} if self.name == PARENT else None

    def backoff_wait_generator(self) -> Generator[float, None, None]:
        """Wait as long as the answer says."""
        return self.backoff_runtime(value=_seconds)

    def backoff_max_tries(self) -> int:
        """Return how often to try."""
        return 10


def _seconds(error: Exception) -> float:
    answer = error.response if isinstance(error, RetriableAPIError) else None
    return float(answer.headers.get("Retry-After", 1)) if answer is not None else 1.0


def streams(job: Job) -> list[type[Listed]]:
    """Return a class for each table."""
    made: dict[str, type[Listed]] = {}
    for table in job.tables:
        child = table in job.children
        body: dict[str, Any] = {
            "name": table,
            "job": job,
            "path": f"/{PARENT}/{{group}}/{table}" if child else f"/{table}",
            "schema": _TICKET if table == "tickets" else _NAMED,
        }
        if child:
            # The key of the parent has no place in the record: its state is not kept for each parent.
            body |= {"parent_stream_type": made[PARENT], "state_partitioning_keys": []}
        made[table] = type(table.title(), (Listed,), body)
    return list(made.values())


def read(job: Job) -> Done:
    """Run the tap as its command would."""

    class Bench(Tap):
        """The tap."""

        name = "tap-bench"
        config_jsonschema = PropertiesList().to_dict()

        def discover_streams(self) -> list[Listed]:
            """Return the streams."""
            return [kind(tap=self) for kind in streams(job)]

    sink, shown = Counting(), sys.stdout
    sys.stdout = sink
    try:
        Bench(config={}).sync_all()
    finally:
        sys.stdout = shown
    # What went through is text; that no record came twice is not known.
    return Done(lambda: {table: (count, count) for table, count in sink.records.items()})


if __name__ == "__main__":
    perform(read)
