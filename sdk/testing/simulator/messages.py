"""What passes between a caller and a simulated vendor: calls, replies, rows, and what is logged."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from datetime import datetime
from typing import Any, Final, TypeAlias
from urllib.parse import urlencode

from attrs import field, frozen

from sdk.errors import SDKError

Record: TypeAlias = dict[str, Any]
Pairs: TypeAlias = tuple[tuple[str, str], ...]


@frozen
class Call:
    """Hold one request as the simulated vendor sees it.

    Header names are lower case. `origin` is scheme, host and port, so that a reply can name absolute URLs.
    `now` is the vendor's clock at the time of the call: default windows count back from it.
    """

    method: str
    path: str
    query: Pairs = ()
    headers: Mapping[str, str] = field(factory=dict)
    body: bytes = b""
    now: datetime = field(kw_only=True)
    origin: str = field(default="", kw_only=True)

    def first(self, name: str) -> str | None:
        """Return the first value of a query parameter, `None` when it was not sent."""
        return next((value for key, value in self.query if key == name), None)

    def every(self, name: str) -> list[str]:
        """Return all values of a query parameter, in the order sent."""
        return [value for key, value in self.query if key == name]

    def path_with(self, changes: Mapping[str, str]) -> str:
        """Return path and query of this call with some parameters set anew, the others as they were sent."""
        kept = [(name, value) for name, value in self.query if name not in changes]
        query = urlencode([*kept, *changes.items()])
        return f"{self.path}?{query}" if query else self.path


@frozen
class Reply:
    """Hold one answer: a JSON value, or bytes that are sent as they are (an HTML error page, an empty body)."""

    status: int = 200
    body: Any = None
    headers: Mapping[str, str] = field(factory=dict)


ReplyMaker: TypeAlias = Callable[[Call], Reply]


class Refusal(Exception):  # noqa: N818 - it carries an ordinary answer; nothing is broken
    """End the handling of a call with this reply."""

    def __init__(self, reply: Reply) -> None:
        super().__init__(f"refused with status {reply.status}")
        self.reply = reply


UNKNOWN_PARAMETER: Final = "unexpected parameter in the request"
"""The reason of an `InvalidParameterError` for a name that the endpoint does not know."""


class InvalidParameterError(ValueError):
    """Name a query parameter that the vendor does not take; its own error body is made from the two parts."""

    def __init__(self, name: str, reason: str) -> None:
        super().__init__(f"{name}: {reason}")
        self.name = name
        self.reason = reason


class SimulatorError(SDKError, ValueError):
    """Report a description that cannot be served, or a test that asks for something which is not there."""


@frozen
class Row:
    """Hold one record and what the vendor knows of it but does not send.

    `marks` are the unsent facts: the parent of a row without parent id, whether it is in the trash.
    A filter, an order or a link names either by the same word; a mark comes before a field of that name.
    """

    record: Record
    marks: Mapping[str, Any] = field(factory=dict)

    def value(self, path: str) -> Any:
        """Return a mark, or a field by its dotted path; `None` when the row has neither."""
        if path in self.marks:
            return self.marks[path]
        if "." not in path:
            return self.record.get(path)
        found: Any = self.record
        for name in path.split("."):
            found = found.get(name) if isinstance(found, dict) else None
        return found


class Listing(tuple[Row, ...]):  # noqa: SLOT001 - the indexes are kept beside the rows
    """Hold the rows that a call selects, and find one by its key without looking at all of them each time."""

    def position(self, name: str, key: str) -> int | None:
        """Return where the row with a key is, compared as text; `None` when there is none."""
        indexes: dict[str, dict[str, int]] = self.__dict__.setdefault("indexes", {})
        if name not in indexes:
            indexes[name] = {str(row.value(name)): position for position, row in enumerate(self)}
        return indexes[name].get(key)


@frozen
class LoggedRequest:
    """Hold one request as the log keeps it: without credentials, with the status that answered it."""

    method: str
    path: str
    query: Pairs
    status: int
    headers: Mapping[str, str]

    def value(self, name: str) -> str | None:
        """Return the first value of a query parameter, `None` when it was not sent."""
        return next((value for key, value in self.query if key == name), None)


Rows: TypeAlias = Sequence[Row]
