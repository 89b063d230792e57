"""What can go wrong, as a tree.

    SDKError
    ├── PluginError
    │   ├── UnknownConnectorError (LookupError)
    │   ├── DuplicateConnectorError
    │   └── BrokenPluginError
    ├── DeclarationError (ValueError)
    ├── SettingError (ValueError)
    │   └── MissingSettingError (LookupError)
    ├── LoadError
    └── ReadError
        ├── ResponseError
        │   └── RateLimitError
        ├── SelectionError
        ├── ExpansionError
        └── PaginationLoopError

A message is one line: where, what was found, what would do. Every message passes the redactor when the error is
built, so no secret and no control character of a server's reaches a terminal, a log or a stored trace.
"""

from __future__ import annotations

import copyreg
from typing import TYPE_CHECKING, Any, Self

from sdk.redaction import one_line

if TYPE_CHECKING:
    from collections.abc import Iterable


class SDKError(Exception):
    """Anything that this library raises on purpose."""

    def __init__(self, message: str) -> None:
        super().__init__(one_line(message))

    def __reduce__(self) -> tuple[Any, ...]:
        # Not through `__init__`, whose arguments are not the message: errors cross processes.
        return copyreg.__newobj__, (type(self), *self.args), self.__dict__  # type: ignore[attr-defined] # not in typeshed


class PluginError(SDKError):
    """A connector's distribution is missing, doubled or broken."""


class UnknownConnectorError(PluginError, LookupError):
    """No installed distribution offers a connector of this name."""


class DuplicateConnectorError(PluginError):
    """Two distributions offer a connector of the same name."""


class BrokenPluginError(PluginError):
    """A plugin cannot be imported, declares nothing, or declares something else than a connector."""


class DeclarationError(SDKError, ValueError):
    """A connector's declaration has mistakes; `problems` holds every one of them, found together."""

    def __init__(self, where: str, problems: Iterable[str]) -> None:
        self.problems = tuple(one_line(problem) for problem in problems)
        super().__init__(f"{where}: {'; '.join(self.problems)}")


class SettingError(SDKError, ValueError):
    """A setting has a value of the wrong kind."""


class MissingSettingError(SettingError, LookupError):
    """A required setting or secret was found in none of its places."""


class LoadError(SDKError):
    """What was read could not be written to the destination."""


class ReadError(SDKError):
    """Reading stopped, because going on would have lost or invented rows.

    Attributes:
        connector: Name of the connector that was read.
        resource: Name of the resource that was read, or `None` when it is the connector as a whole.
        request: What was asked, method and URL, without secrets.
    """

    def __init__(
        self, message: str, *, connector: str = "", resource: str | None = None, request: str | None = None
    ) -> None:
        self.connector = connector
        self.resource = resource
        self.request = one_line(request) if request else None
        self.message = one_line(message)
        super().__init__(self._text())

    def located(self, connector: str, resource: str | None, request: str | None) -> Self:
        """Return the error with its place filled in, for values that fail without knowing where they stand."""
        if self.connector:
            return self
        self.connector = connector
        self.resource = self.resource or resource
        self.request = self.request or (one_line(request) if request else None)
        self.args = (one_line(self._text()),)
        return self

    def _text(self) -> str:
        where = ".".join(part for part in (self.connector, self.resource) if part)
        return f"{where}: {self.message}" if where else self.message


class ResponseError(ReadError):
    """The API could not be reached, refused, or answered with something that is no page.

    Attributes:
        status: The HTTP status of the last answer, or `None` when there was none.
    """

    def __init__(
        self,
        message: str,
        *,
        connector: str = "",
        resource: str | None = None,
        request: str | None = None,
        status: int | None = None,
    ) -> None:
        self.status = status
        super().__init__(message, connector=connector, resource=resource, request=request)


class SelectionError(ReadError):
    """The body does not hold records where the declaration says they are."""


class ExpansionError(ReadError):
    """A parent's record lacks the value that its children's path needs."""


class PaginationLoopError(ReadError):
    """Paging makes no progress: a request, a token or a page came again."""


class RateLimitError(ResponseError):
    """The API asks for a longer wait than the run allows; `retry_at` in the message says when to come back."""
