"""Where in a request a paginator writes: a query parameter or a place in the JSON body."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from attrs import frozen

from sdk.errors import ReadError

if TYPE_CHECKING:
    from sdk.messages import Request

_INTEGER = re.compile(r"-?\d{1,18}", re.ASCII)


@frozen
class Slot:
    """Write one value into a request, and read back the number that was written there.

    Attributes:
        param: The query parameter, or
        body_path: the dotted path in the JSON body.
    """

    param: str | None
    body_path: str | None

    def put(self, request: Request, value: Any) -> Request:
        """Return *request* with *value* in place; what stood there before is replaced."""
        if self.body_path is not None:
            return request.with_json(self.body_path, value)
        return request if self.param is None else request.with_params({self.param: str(value)})

    def number(self, request: Request) -> int:
        """Return the number that `put` wrote.

        Raises:
            ReadError: It is not there: the request does not come from this paginator, or a hook took it out.
        """
        value = self._value(request)
        if isinstance(value, int) and not isinstance(value, bool):
            return value
        if isinstance(value, str) and _INTEGER.fullmatch(value):
            return int(value)
        raise ReadError(f"the request has no number in its {self}, so the page after it cannot be counted")

    def _value(self, request: Request) -> Any:
        if self.body_path is None:
            return request.param(self.param or "")
        value = request.json
        for step in self.body_path.split("."):
            value = value.get(step) if isinstance(value, Mapping) else None
        return value

    def __str__(self) -> str:
        return f"parameter {self.param!r}" if self.body_path is None else f"JSON body at {self.body_path!r}"
