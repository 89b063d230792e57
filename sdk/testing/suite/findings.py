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
        field: The field of its records that it is about, if it is about one.
    """

    code: str
    resource: str
    text: str
    field: str = ""

    @property
    def place(self) -> str:
        """What `accepted` calls it: the code, and the resource when it is about one."""
        return f"{self.code}:{self.resource}" if self.resource else self.code

    @property
    def names(self) -> tuple[str, ...]:
        """By what `accepted` may name it, the most exact first: with its field, with its resource, as a kind."""
        exact = (f"{self.place}.{self.field}",) if self.field else ()
        return (*exact, self.place, self.code)

    def __str__(self) -> str:
        return one_line(f"[{self.place}] {self.text}")


class NoRecordingError(LookupError):
    """Report a resource of which there is nothing to look at."""
