"""How an API says that an interval holds more than it will list: never an end, always a reason to ask for less."""

from __future__ import annotations

from typing import Protocol, runtime_checkable

from attrs import frozen

from sdk.jsonpath import MISSING, find
from sdk.kinds import checked
from sdk.messages import Page


@runtime_checkable
class Cap(Protocol):
    """How an API says that an interval holds more than it will list."""

    @property
    def statuses(self) -> frozenset[int]:
        """Error statuses that may say so; pages with these reach `reached`, others fail as usual."""

    def reached(self, page: Page) -> bool:
        """Return whether *page* says that the interval is too wide."""


@frozen(field_transformer=checked)
class CapStatus:
    """The cap answers with an error status, told from other errors by a text in the body.

    Attributes:
        status: HTTP status of the answer.
        path: Where in the body the error's text or code stands.
        contains: What that text contains, compared without case; a code is compared as text.
    """

    status: int
    path: str
    contains: str

    @property
    def statuses(self) -> frozenset[int]:
        """The one status that may say so."""
        return frozenset({self.status})

    def reached(self, page: Page) -> bool:
        """Return whether *page* is that error."""
        if page.status != self.status:
            return False
        found = find(self.path, page.body)
        return found is not MISSING and self.contains.lower() in str(found).lower()


@frozen(field_transformer=checked)
class CapTotal:
    """The page announces a total beyond what the API will list."""

    path: str
    limit: int
    statuses: frozenset[int] = frozenset()

    def reached(self, page: Page) -> bool:
        """Return whether the total on *page* is above the limit; a total may be a text of digits."""
        try:
            return float(find(self.path, page.body)) > self.limit
        except (TypeError, ValueError):
            return False


@frozen(field_transformer=checked)
class CapValue:
    """A field of a successful page says that the answer is incomplete (`meta.status: timeout`)."""

    path: str
    value: str
    statuses: frozenset[int] = frozenset()

    def reached(self, page: Page) -> bool:
        """Return whether the field has that value."""
        return bool(find(self.path, page.body) == self.value)


@frozen(init=False, field_transformer=checked)
class CapAny:
    """Any of several signs says so."""

    caps: tuple[Cap, ...]

    def __init__(self, *caps: Cap) -> None:
        self.__attrs_init__(caps)

    @property
    def statuses(self) -> frozenset[int]:
        """Error statuses of any of them."""
        return frozenset().union(*(cap.statuses for cap in self.caps))

    def reached(self, page: Page) -> bool:
        """Return whether *page* shows one of them."""
        return any(cap.reached(page) for cap in self.caps)
