"""airbyte-cdk's declarative source, from a manifest: extraction alone, its messages read and dropped."""

from __future__ import annotations

import logging
from typing import Any

from airbyte_cdk.models import ConfiguredAirbyteCatalogSerializer, Type
from airbyte_cdk.sources.declarative.concurrent_declarative_source import ConcurrentDeclarativeSource

from benchmarks.candidates.job import PARENT, Done, Job, Sink, perform

_INTEGER = {"type": ["null", "integer"]}
_TEXT = {"type": ["null", "string"]}
_TYPES = {
    **dict.fromkeys(("id", "status", "priority", "requester_id", "responder_id", "group_id", "source"), _INTEGER),
    **dict.fromkeys(("subject", "description", "type", "category", "due_by", "created_at", "updated_at"), _TEXT),
    "spam": {"type": "boolean"},
    "deleted": {"type": "boolean"},
    "score": {"type": "number"},
    "tags": {"type": "array"},
    "custom_fields": {"type": "object"},
}
_NAMED = {"id": _INTEGER, "name": _TEXT}
# Wait as long as the answer says; without it the default is to wait longer and longer.
_ERRORS = {
    "type": "DefaultErrorHandler",
    "max_retries": 10,
    "backoff_strategies": [{"type": "WaitTimeFromHeader", "header": "Retry-After"}],
}


def manifest(job: Job) -> dict[str, Any]:
    """Return the API as a manifest."""
    return {
        "version": "6.0.0",
        "type": "DeclarativeSource",
        "check": {"type": "CheckStream", "stream_names": [job.tables[0]]},
        "concurrency_level": {"type": "ConcurrencyLevel", "default_concurrency": job.in_flight, "max_concurrency": 40},
        "streams": [_stream(job, table) for table in job.tables],
        "spec": {"type": "Spec", "connection_specification": {"type": "object", "properties": {}}},
    }


def _stream(job: Job, table: str) -> dict[str, Any]:
    retriever: dict[str, Any] = {
        "type": "SimpleRetriever",
        "requester": {
            "type": "HttpRequester",
            "url_base": job.url,
            "path": f"/{table}",
            "http_method": "GET",
            "error_handler": _ERRORS,
        },
        "record_selector": {"type": "RecordSelector", "extractor": {"type": "DpathExtractor", "field_path": [table]}},
    }
    if table == "tickets":
        retriever["paginator"] = {
            "type": "DefaultPaginator",
            "page_token_option": {"type": "RequestOption", "inject_into": "request_parameter", "field_name": "page"},
            "page_size_option": {"type": "RequestOption", "inject_into": "request_parameter", "field_name": "per_page"},
            "pagination_strategy": {"type": "PageIncrement", "start_from_page": 1, "page_size": job.page_size},
        }
    elif table != PARENT:
        retriever["requester"]["path"] = f"/{PARENT}/{{{{ stream_partition.group }}}}/{table}"
        parent = {"type": "ParentStreamConfig", "stream": _stream(job, PARENT), "parent_key": "id"}
        retriever["partition_router"] = {
            "type": "SubstreamPartitionRouter",
            "parent_stream_configs": [{**parent, "partition_field": "group"}],
        }
    properties = _TYPES if table == "tickets" else _NAMED
    return {
        "type": "DeclarativeStream",
        "name": table,
        "primary_key": ["id"],
        "retriever": retriever,
        "schema_loader": {
            "type": "InlineSchemaLoader",
            "schema": {"type": "object", "additionalProperties": True, "properties": properties},
        },
    }


def read(job: Job) -> Done:
    """Read all streams."""
    catalog = ConfiguredAirbyteCatalogSerializer.load(
        {
            "streams": [
                {
                    "stream": {"name": table, "json_schema": {}, "supported_sync_modes": ["full_refresh"]},
                    "sync_mode": "full_refresh",
                    "destination_sync_mode": "append",
                }
                for table in job.tables
            ]
        }
    )
    source = ConcurrentDeclarativeSource(catalog=catalog, config={}, state=[], source_config=manifest(job))
    sink = Sink()
    for message in source.read(logging.getLogger("airbyte"), {}, catalog, []):
        if message.type is Type.RECORD:
            sink.take(message.record.stream, (message.record.data,))
    return Done(sink.rows)


if __name__ == "__main__":
    perform(read)
