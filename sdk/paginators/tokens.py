"""Read what an answer says about the page after it: a cursor or a link, here called its token.

A token is opaque. It is sent as it came, and never evaluated: a cursor `1_0` is the text `1_0`, not ten.
"""

from __future__ import annotations

import re
from decimal import Decimal
from typing import TYPE_CHECKING, Any

from attrs import frozen

from sdk.errors import SelectionError
from sdk.jsonpath import MISSING, find
from sdk.paginators.wording import kind, names, surroundings

if TYPE_CHECKING:
    from sdk.messages import Page

# Signs of a path that finds several values: a wildcard, a filter, a slice, a descent, an index from the end.
_MANY = re.compile(r"[*?:]|\.\.|\[\s*-")


@frozen
class Token:
    """What one answer holds at the place where its paginator looks for the next page.

    Attributes:
        value: What was found there; `MISSING` when the place itself is not there.
        place: How an error calls the place, such as `cursor_path 'meta.after'`.
        instead: What an error says was found in place of it.
    """

    value: Any
    place: str
    instead: str = ""

    @property
    def absent(self) -> bool:
        """Whether the place is not there at all, which may be the end or a changed API."""
        return self.value is MISSING

    @property
    def null(self) -> bool:
        """Whether the place is there and says that nothing follows: `null` or an empty text."""
        return self.value is None or self.value == ""

    def require(self) -> Any:
        """Return the value: a text or a number.

        Raises:
            SelectionError: There is none, although by its end rule the list goes on, or it is something else.
        """
        if self.absent:
            raise SelectionError(f"the end is not reached, but {self.place} is not there; {self.instead}")
        if self.null:
            raise SelectionError(f"the end is not reached, but {self.place} is {kind(self.value)}; check the end rule")
        if isinstance(self.value, bool) or not isinstance(self.value, str | int | float | Decimal):
            raise SelectionError(f"{self.place} is {kind(self.value)}; point it at a text or a number")
        return self.value


def body_token(path: str, page: Page, option: str) -> Token:
    """Return the token at *path* in the body; *option* is the name under which the path was declared."""
    value, place = find(path, page.body), f"{option} {path!r}"
    if isinstance(value, list) and _MANY.search(path):
        value = _only(value, place)
    return Token(value, place, surroundings(path, page.body) if value is MISSING else "")


def header_token(name: str, page: Page) -> Token:
    """Return the token in the response header *name*, compared without case."""
    value = page.headers.get(name, MISSING)
    found = f"the response headers are {names(page.headers)}" if value is MISSING else ""
    return Token(value, f"the response header {name!r}", found)


def _only(values: list[Any], place: str) -> Any:
    if len(values) > 1 and any(value != values[0] for value in values):
        raise SelectionError(f"{place} finds {len(values)} different values; point it at one")
    return values[0] if values else MISSING
