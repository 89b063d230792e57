"""Say which rows one page shows, how large it may be, and how the next one is announced."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any, Literal, TypeAlias

from attrs import frozen

from sdk.testing.simulator.messages import Call, InvalidParameterError, Refusal, ReplyMaker


@frozen
class Cut:
    """Say which rows one page shows, and which parameters lead to the next page (`following`, `None` at the end).

    `size` is the page size in force, after default and maximum; `total` counts the rows of all pages.
    """

    call: Call
    start: int
    stop: int
    size: int
    total: int
    following: Mapping[str, str] | None = None

    @property
    def count(self) -> int:
        """Return how many rows the page shows."""
        return self.stop - self.start

    @property
    def more(self) -> bool:
        """Return whether rows follow."""
        return self.stop < self.total

    @property
    def token(self) -> str | None:
        """Return the value that leads to the next page: a cursor, a page number or an offset."""
        return next(iter(self.following.values())) if self.following else None

    @property
    def next_path(self) -> str | None:
        """Return path and query of the next page, all other parameters kept."""
        return self.call.path_with(self.following) if self.following else None

    @property
    def next_url(self) -> str | None:
        """Return the absolute URL of the next page."""
        return self.call.origin + self.next_path if self.next_path else None


HeaderWriter: TypeAlias = Callable[[Cut], Mapping[str, str]]
BodyWriter: TypeAlias = Callable[[Cut], Mapping[str, Any]]


def nothing(cut: Cut) -> Mapping[str, Any]:  # noqa: ARG001 - a writer's signature
    """Announce nothing: the caller must see a short page."""
    return {}


def link_header(cut: Cut) -> Mapping[str, str]:
    """Announce the next page in a `Link` header (RFC 8288); on the last page there is none."""
    return {"Link": f'<{cut.next_url}>; rel="next"'} if cut.next_url else {}


@frozen
class Cap:
    """Refuse to go deeper than some rows, though more exist.

    Counts where the page ends (offset plus limit), or with `counts="start"` where it begins.
    """

    rows: int
    reply: ReplyMaker
    counts: Literal["start", "end"] = "end"

    def check(self, call: Call, start: int, size: int) -> None:
        """Raise the refusal when the page lies beyond the cap."""
        if start + (size if self.counts == "end" else 1) > self.rows:
            raise Refusal(self.reply(call))


@frozen
class PageSize:
    """Read a page size: its parameter, its default, and a maximum that is refused or silently clamped."""

    param: str | None = "per_page"
    default: int = 30
    maximum: int = 100
    over: Literal["refuse", "clamp"] = "refuse"

    def read(self, call: Call) -> int:
        """Return the size in force for this call."""
        size = number_of(call, self.param, self.default, least=1) if self.param else self.default
        if size > self.maximum and self.over == "refuse":
            raise InvalidParameterError(self.param or "", f"it should be less than or equal to {self.maximum}")
        return min(size, self.maximum)


def number_of(call: Call, name: str, default: int, *, least: int) -> int:
    """Return a whole-number parameter, or its default; what is no number or too small is refused."""
    text = call.first(name)
    if text is None:
        return default
    if not text.isdecimal() or int(text) < least:
        raise InvalidParameterError(name, f"it should be a whole number of at least {least}")
    return int(text)
