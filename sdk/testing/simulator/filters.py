"""Decide which rows of a table a call may see.

A filter reads its own parameters from the call once and gives back a test for rows, or `None` when it hides
nothing. Defaults that hide rows, the traps of real vendors, are filters like any other. A parameter value which
the vendor would not understand raises `InvalidParameterError`; the vendor's own error body is made from it.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping
from datetime import timedelta
from typing import Any, Protocol, TypeAlias

from attrs import Factory, field, frozen

from sdk.testing.simulator.messages import Call, InvalidParameterError, Row
from sdk.testing.simulator.times import instant

RowTest: TypeAlias = Callable[[Row], bool]


def always(row: Row) -> bool:  # noqa: ARG001 - a row test's signature
    """Keep every row."""
    return True


class Filter(Protocol):
    """Turn a call into a test for rows."""

    @property
    def params(self) -> tuple[str, ...]:
        """Return the query parameters that the filter reads."""

    def test(self, call: Call) -> RowTest | None:
        """Return the test that a row must pass for this call; `None` when all pass."""


def moment_of(call: Call, name: str) -> float | None:
    """Return a time parameter in epoch seconds, `None` when it was not sent, and refuse what is no time."""
    text = call.first(name)
    if text is None:
        return None
    moment = instant(int(text) if text.isdecimal() else text)
    if moment is None:
        raise InvalidParameterError(name, "it should be a valid date and time")
    return moment


@frozen
class Where:
    """Keep the rows that pass a test, whatever the call asks: rows that no list ever shows."""

    keep: RowTest
    params: tuple[str, ...] = field(default=(), init=False)

    def test(self, call: Call) -> RowTest | None:  # noqa: ARG002 - the filter's signature
        """Return the test."""
        return self.keep


@frozen
class Choice:
    """Let a parameter's value pick the test; without the parameter `default` picks.

    The usual form of rows hidden by default: `Choice("trashed", default="false", tests={...})`.
    """

    param: str
    tests: Mapping[str, RowTest]
    default: str | None = None

    @property
    def params(self) -> tuple[str, ...]:
        """Return the one parameter."""
        return (self.param,)

    def test(self, call: Call) -> RowTest | None:
        """Return the picked test; a value that is no choice is refused."""
        value = call.first(self.param)
        picked = self.default if value is None else value
        if picked is None:
            return None
        if picked not in self.tests:
            raise InvalidParameterError(self.param, f"it should be one of {','.join(self.tests)}")
        return self.tests[picked]


@frozen
class OneOf:
    """Keep rows whose field is among the parameter's values: the parameter repeated, or `default`.

    A field or mark that is a list needs one value among them. With `allowed` another value is refused. Without
    default and parameter nothing is hidden.
    """

    param: str
    field: str
    default: tuple[str, ...] = ()
    allowed: tuple[str, ...] = ()

    @property
    def params(self) -> tuple[str, ...]:
        """Return the one parameter."""
        return (self.param,)

    def test(self, call: Call) -> RowTest | None:
        """Return the test for the values sent."""
        wanted = set(call.every(self.param) or self.default)
        if self.allowed and not wanted <= set(self.allowed):
            raise InvalidParameterError(self.param, f"it should be one of {','.join(self.allowed)}")
        return (lambda row: _is_among(row.value(self.field), wanted)) if wanted else None


def _is_among(value: Any, wanted: Collection[str]) -> bool:
    if isinstance(value, list | tuple):
        return any(_as_text(each) in wanted for each in value)
    return _as_text(value) in wanted


def _as_text(value: Any) -> str:
    return str(value).lower() if isinstance(value, bool) else str(value)


@frozen
class Required:
    """Refuse a call that lacks a parameter, such as the query of a search."""

    param: str
    keep: Callable[[str, Row], bool] = lambda _value, _row: True

    @property
    def params(self) -> tuple[str, ...]:
        """Return the one parameter."""
        return (self.param,)

    def test(self, call: Call) -> RowTest | None:
        """Return the test that the parameter's value makes."""
        value = call.first(self.param)
        if not value:
            raise InvalidParameterError(self.param, "it is missing")
        return lambda row: self.keep(value, row)


@frozen
class Since:
    """Keep rows whose time field is at or after the parameter; without the parameter all.

    A row without the time is kept out, as a comparison with null does in a vendor's database.
    """

    param: str = "updated_since"
    field: str = "updated_at"

    @property
    def params(self) -> tuple[str, ...]:
        """Return the one parameter."""
        return (self.param,)

    def test(self, call: Call) -> RowTest | None:
        """Return the test for the moment sent."""
        since = moment_of(call, self.param)
        if since is None:
            return None
        return lambda row: (instant(row.value(self.field)) or float("-inf")) >= since


@frozen
class RecentUnless:
    """Keep only rows of the last days, unless one of some parameters was sent: a default window."""

    unless: tuple[str, ...]
    days: float
    field: str = "created_at"
    params: tuple[str, ...] = Factory(lambda self: self.unless, takes_self=True)

    def test(self, call: Call) -> RowTest | None:
        """Return the test for the window that ends at the call's clock."""
        if any(call.first(name) is not None for name in self.unless):
            return None
        earliest = (call.now - timedelta(days=self.days)).timestamp()
        return lambda row: (instant(row.value(self.field)) or float("-inf")) >= earliest


@frozen
class Window:
    """Keep rows of a time window; an end that was not sent is `span` away from the other, or from now.

    So with one end the window is `span` long from that end, and without any it is the last `span`. A window
    longer than `longest` is empty, or refused when `refuse_longer`. The pair `off` (`date_range`, `all`)
    switches the window off. `reach` is how far back the vendor keeps anything at all (retention).
    """

    since: str
    until: str
    field: str = "created_at"
    span: timedelta = timedelta(days=30)
    longest: timedelta | None = None
    refuse_longer: bool = False
    off: tuple[str, str] | None = None
    reach: timedelta | None = None

    @property
    def params(self) -> tuple[str, ...]:
        """Return both ends and the switch."""
        return (self.since, self.until, *(self.off or ())[:1])

    def test(self, call: Call) -> RowTest | None:
        """Return the test for the window, its missing ends filled in."""
        if self.off and call.first(self.off[0]) == self.off[1]:
            return self._between(self._oldest(call), float("inf"))
        since, until = self._ends(call)
        if until < since:
            raise InvalidParameterError(self.since, f"it should be before {self.until}")
        if self.longest and until - since > self.longest.total_seconds():
            if self.refuse_longer:
                raise InvalidParameterError(self.until, "the window is too long")
            return lambda _row: False
        return self._between(max(since, self._oldest(call)), until)

    def _ends(self, call: Call) -> tuple[float, float]:
        since, until = moment_of(call, self.since), moment_of(call, self.until)
        span = self.span.total_seconds()
        if since is None:
            until = call.now.timestamp() if until is None else until
            return until - span, until
        return since, since + span if until is None else until

    def _oldest(self, call: Call) -> float:
        return (call.now - self.reach).timestamp() if self.reach else float("-inf")

    def _between(self, since: float, until: float) -> RowTest:
        return lambda row: since <= (instant(row.value(self.field)) or float("-inf")) <= until


@frozen
class Scope:
    """Keep rows of one scope (a workspace): the default one unless the parameter names another, or all of them."""

    param: str
    field: str
    default: str
    everything: str | None = None

    @property
    def params(self) -> tuple[str, ...]:
        """Return the one parameter."""
        return (self.param,)

    def test(self, call: Call) -> RowTest | None:
        """Return the test for the scope asked."""
        wanted = call.first(self.param) or self.default
        if wanted == self.everything:
            return None
        return lambda row: str(row.value(self.field)) == wanted
