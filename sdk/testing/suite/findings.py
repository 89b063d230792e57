"""What a check finds: a code to accept it by, where, and what would do."""

from __future__ import annotations

from attrs import frozen

from sdk.redaction import one_line


@frozen
class Finding:
    """One thing about a connector that is not as it should be.

    Attributes:
        code: Kind of finding; `accepted` names it by this.
        resource: Name of the resource, empty when it is about the connector as a whole.
        text: One line: what was found, and what would do.
    """

    code: str
    resource: str
    text: str

    @property
    def place(self) -> str:
        """What `accepted` calls it: the code, and the resource when it is about one."""
        return f"{self.code}:{self.resource}" if self.resource else self.code

    def __str__(self) -> str:
        return one_line(f"[{self.place}] {self.text}")


class NoRecordingError(LookupError):
    """Report a resource of which there is nothing to look at."""
