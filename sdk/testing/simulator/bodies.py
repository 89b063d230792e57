"""Read the body of a request as parameters, for endpoints that are asked by `POST`."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import orjson

from sdk.testing.simulator.messages import InvalidParameterError, Pairs


def json_params(body: bytes) -> Pairs:
    """Return the fields of a JSON object as parameters: `{"page": {"limit": 5}}` is `page[limit]=5`.

    A list is its parameter repeated, a flag is `true` or `false`, null is not sent. No body is an empty object.
    """
    try:
        fields = orjson.loads(body or b"{}")
    except orjson.JSONDecodeError:
        fields = None
    if not isinstance(fields, dict):
        raise InvalidParameterError("body", "it should be a JSON object")
    return tuple(pair for name, value in fields.items() for pair in _pairs(name, value))


def _pairs(name: str, value: Any) -> Iterator[tuple[str, str]]:
    if isinstance(value, dict):
        for inner, part in value.items():
            yield from _pairs(f"{name}[{inner}]", part)
    elif isinstance(value, list):
        for part in value:
            yield from _pairs(name, part)
    elif value is not None:
        yield name, str(value).lower() if isinstance(value, bool) else str(value)
