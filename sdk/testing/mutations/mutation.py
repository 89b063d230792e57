"""One mutation: what an API will do sooner or later, done to a recording."""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import Literal, TypeAlias

from attrs import field, frozen

from sdk.testing.cassette_files import Contents
from sdk.testing.mutations.listings import Listing, Spot
from sdk.testing.mutations.observed import Observed
from sdk.testing.mutations.playing import Otherwise, Played

Promise: TypeAlias = Literal["rows or an error", "rows", "an error"]

Check: TypeAlias = Callable[[Played], str | None]
"""Looks at a reading that kept the promise so far; returns what it broke, in words, or `None`."""


@frozen(kw_only=True)
class Mutation:
    """A recording with one thing changed that real APIs change.

    Attributes:
        name: What was changed, in words.
        request: Which page was changed: method, path and query.
        help: What would keep the promise.
        change: Returns the mutated contents.
        observed: What the recording holds unmutated, and how it was read.
        gone: Records that the mutated API does not hold; their children are gone with them.
        promise: How a reading may end.
        endless: The list that the mutated API goes on with beyond what was recorded.
        otherwise: Answers what the recording does not know.
        checks: What else must hold.
    """

    name: str
    request: str
    help: str
    change: Callable[[], Contents] = field(repr=False)
    observed: Observed = field(repr=False)
    gone: frozenset[Spot] = field(default=frozenset(), repr=False)
    promise: Promise = "rows or an error"
    endless: Listing | None = field(default=None, repr=False)
    otherwise: Otherwise | None = field(default=None, repr=False)
    checks: tuple[Check, ...] = field(default=(), repr=False)

    @property
    def code(self) -> str:
        """The name as one word, for those who accept what it shows."""
        return re.sub(r"[^a-z0-9]+", "-", self.name.lower()).strip("-")

    @property
    def contents(self) -> Contents:
        """What the mutated API answers, made anew each time: a recording has many mutations."""
        return self.change()

    def __str__(self) -> str:
        return f"{self.name}: {self.request}"
