"""What a run could not read: said, and asked for again by the next one."""

from __future__ import annotations

from attrs import field, frozen

from sdk.errors import ReadError, SDKError
from sdk.redaction import one_line


@frozen
class Failure:
    """What is missing from a run, and why.

    Attributes:
        resource: The table that lacks rows; empty when it is the run as a whole.
        request: What was asked when it broke off, without base URL and secrets; empty when nothing was.
        error: Where and why, in one line.
    """

    resource: str = field(converter=one_line)
    request: str = field(converter=one_line)
    error: str = field(converter=one_line)

    @classmethod
    def of(cls, error: BaseException, resource: str = "") -> Failure:
        """Return the failure that *error* is, of the table *resource*, or else of the resource that it names."""
        text = str(error) if isinstance(error, SDKError) else f"{type(error).__name__}: {error}".rstrip(": ")
        if isinstance(error, ReadError):
            return cls(resource or error.resource or "", error.request or "", text)
        return cls(resource, "", text)
