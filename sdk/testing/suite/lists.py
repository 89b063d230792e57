"""The pages of a sample, sorted into the lists that they were read from."""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator, Sequence
from typing import Any
from urllib.parse import urlsplit

from sdk.connector import Connector
from sdk.messages import LAST_PAGE, Record, Request
from sdk.testing.sampling import Sample, SampledPage


def pages_of(sample: Sample, connector: Connector) -> list[SampledPage]:
    """Return the pages that were read for the sampled resource alone.

    Its parts and the hidden resources above it are read for it; a parent that is a table answers for itself.
    """
    tables = {one.name for one in connector.tables} - {sample.resource}
    return [one for one in sample.pages if one.resource not in tables]


def lists(pages: Iterable[SampledPage]) -> list[list[SampledPage]]:
    """Return *pages* list by list, each in order: the next page of a list is what the one before it asked for."""
    found: list[list[SampledPage]] = []
    waiting: dict[Any, list[SampledPage]] = {}
    for one in pages:
        place = one.resource, identity(one.page.request)
        pages_so_far = waiting.pop(place, None)
        if pages_so_far is None:
            pages_so_far = []
            found.append(pages_so_far)
        pages_so_far.append(one)
        if one.following is not LAST_PAGE:
            waiting[one.resource, identity(one.following)] = pages_so_far
    return found


def identity(request: Request) -> Any:
    """Return what makes two requests of a list the same, what a paginator remembers included."""
    return request.identity, repr(sorted(request.state.items()))


def asked(request: Request) -> str:
    """Return *request* as a finding shows it: method, path and query."""
    parts = urlsplit(str(request).partition(" ")[2])
    return f"{request.method} {parts.path}{f'?{parts.query}' if parts.query else ''}"


def same(one: object, other: object) -> bool:
    """Return whether two values are the same JSON."""
    return as_text(one) == as_text(other)


def as_text(value: object) -> str:
    """Return *value* as JSON text that is the same for the same value."""
    return json.dumps(value, sort_keys=True, default=str)


def objects(body: Any, path: str = "", depth: int = 3) -> Iterator[tuple[str, Sequence[Record]]]:
    """Yield each list of objects in *body* that has any, and where it is."""
    if isinstance(body, list) and body and all(isinstance(one, dict) for one in body):
        yield path or "the body itself", body
    elif isinstance(body, dict) and depth:
        for name, value in body.items():
            yield from objects(value, f"{path}.{name}" if path else str(name), depth - 1)
