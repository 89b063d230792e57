"""Say what a cassette lacks: the request, and what is different in the one that comes nearest."""

from __future__ import annotations

import json
from collections.abc import Iterator, Sequence
from difflib import SequenceMatcher
from typing import Any
from urllib.parse import parse_qsl, urlsplit

from vcr.request import Request  # type: ignore[import-untyped]

from sdk.testing.scrubbing import CREDENTIALS


class UnrecordedRequestError(AssertionError):
    """Report a request that the cassette holds no answer for."""


def explain(asked: Request, held: Sequence[tuple[Request, bool]]) -> str:
    """Return why there is no answer to *asked*; *held* are the recorded requests, and whether each was played."""
    said = f"holds no answer to {text(asked)}"
    if not held:
        return f"{said}: it holds no request at all"
    exact = [one for one, _ in held if not list(_differences(asked, one))]
    if exact:
        return f"holds no further answer to {text(asked)}: asked {len(exact) + 1} times, recorded {len(exact)}"
    # One that nobody asked for yet is likelier meant than one that was played.
    nearest, played = max(held, key=lambda one: (_likeness(asked, one[0]), not one[1]))
    state = ", which was played already" if played else ""
    return f"{said}; nearest is {text(nearest)}{state}: {', '.join(_differences(asked, nearest))}"


def text(request: Request) -> str:
    """Return method, path and query."""
    query = urlsplit(request.uri).query
    return f"{request.method} {request.path}{f'?{query}' if query else ''}"


def content(request: Request) -> Any:
    """Return the body to compare: as a value where it is JSON, since blanks between its tokens say nothing."""
    try:
        return json.loads(request.body_bytes or b"")
    except ValueError:
        return request.body_bytes or b""


def _likeness(asked: Request, one: Request) -> tuple[bool, bool, float]:
    """Return how near *one* comes: the same path first, then the method, then the text of the query."""
    likeness = SequenceMatcher(None, text(asked), text(one), autojunk=False).ratio()
    return one.path == asked.path, one.method == asked.method, likeness


def _differences(asked: Request, one: Request) -> Iterator[str]:
    """Yield what is asked and what was recorded, where they differ."""
    for what in ("method", "scheme", "host", "port", "path"):
        ours, theirs = getattr(asked, what), getattr(one, what)
        if ours != theirs:
            yield f"{what} is {ours!r}, recorded {theirs!r}"
    sent, recorded = _parameters(asked), _parameters(one)
    for name in sorted({*sent, *recorded}):
        if sent.get(name) != recorded.get(name):
            yield f"{name} is {_shown(sent.get(name))}, recorded {_shown(recorded.get(name))}"
    if content(asked) != content(one):
        yield "the body differs"
    ours, theirs = asked.headers.get(CREDENTIALS), one.headers.get(CREDENTIALS)
    if ours != theirs:
        yield f"credentials sent are {ours or 'none that are right'}, recorded {theirs or 'none'}"


def _parameters(request: Request) -> dict[str, list[str]]:
    found: dict[str, list[str]] = {}
    for name, value in parse_qsl(urlsplit(request.uri).query, keep_blank_values=True):
        found.setdefault(name, []).append(value)
    return found


def _shown(values: list[str] | None) -> str:
    return "absent" if values is None else " and ".join(map(repr, values))
