"""When a list is over: one value for each sign that an API can give.

A rule is declared on a paginator as `end`, and rules join with `|`: the list is over as soon as one of them says
so. Where a rule needs something that the answer does not hold, it raises: the absence of an answer is never read
as the end of the data, which is how other readers lose rows without a word.
"""

# ruff: noqa: ARG002, D102 - EndRule documents the methods; not every rule looks at everything

from __future__ import annotations

import re
from abc import ABC, abstractmethod
from typing import TYPE_CHECKING, Any, Literal, TypeAlias, get_args

from attrs import field, frozen

from sdk.checks import is_text, one_of
from sdk.errors import ReadError, SelectionError
from sdk.jsonpath import MISSING, find
from sdk.paginators.checks import is_path
from sdk.paginators.tokens import header_token
from sdk.paginators.wording import kind, surroundings

if TYPE_CHECKING:
    from collections.abc import Sequence

    from sdk.messages import Page, Record
    from sdk.paginators.tokens import Token

Unit: TypeAlias = Literal["records", "pages"]
Need: TypeAlias = Literal["limit", "token", "records", "pages"]

# Within 64 bits, so that a count is always good for a `range`.
_DIGITS = re.compile(r"\d{1,18}", re.ASCII)


@frozen(kw_only=True)
class Progress:
    """How far the list has come with a page, told by the paginator to its end rule.

    Attributes:
        token: What the answer says about the page after it.
        limit: The page size that was asked for.
        records: How many records the pages up to this one address, at least.
        pages: How many pages there are up to this one.
    """

    token: Token | None = None
    limit: int | None = None
    records: int | None = None
    pages: int | None = None


@frozen
class Announced:
    """How much there is in all, as the API says it."""

    count: int
    of: Unit


class EndRule(ABC):
    """Tell from a page whether the list is over.

    A rule of one's own is a frozen value with `reached`; what it reads of a `Progress` it names in `needs`, so that
    a paginator which cannot tell that refuses it when it is built.
    """

    __slots__ = ()

    @property
    def needs(self) -> frozenset[Need]:
        """What the paginator must be able to tell."""
        return frozenset()

    @property
    def states_more(self) -> bool:
        """Whether an end not reached is the API's own word that more follows, so that going on is a must."""
        return False

    @abstractmethod
    def reached(self, page: Page, records: Sequence[Record], progress: Progress) -> bool:
        """Return whether nothing follows *page*.

        Raises:
            SelectionError: The page does not hold what the rule goes by.
        """

    def announced(self, page: Page) -> Announced | None:
        """Return how much *page* says there is in all, or `None` when the rule knows no total."""
        return None

    def __or__(self, other: EndRule) -> EitherEnd:
        return EitherEnd((*_parts(self), *_parts(other)))


@frozen
class EitherEnd(EndRule):
    """End when one of several rules ends; this is what `|` makes.

    A rule that finds nothing to go by raises only when no other one ends, whichever stands first: with
    `NullToken() | EmptyPage()` an empty page may lack the token.
    """

    rules: tuple[EndRule, ...]

    @property
    def needs(self) -> frozenset[Need]:
        return frozenset().union(*(rule.needs for rule in self.rules))

    @property
    def states_more(self) -> bool:
        return any(rule.states_more for rule in self.rules)

    def reached(self, page: Page, records: Sequence[Record], progress: Progress) -> bool:
        problem: ReadError | None = None
        for rule in self.rules:
            try:
                if rule.reached(page, records, progress):
                    return True
            except ReadError as error:
                problem = problem or error
        if problem is not None:
            raise problem
        return False

    def announced(self, page: Page) -> Announced | None:
        return next((found for rule in self.rules if (found := rule.announced(page)) is not None), None)

    def __str__(self) -> str:
        return " | ".join(map(str, self.rules))


@frozen
class EmptyPage(EndRule):
    """End with a page that holds no records.

    It costs one more request than the other rules and needs nothing from the API, so it is what counting paginators
    use unless told otherwise. It loses rows where the API filters after it has cut the list into pages.
    """

    def reached(self, page: Page, records: Sequence[Record], progress: Progress) -> bool:
        return not records


@frozen
class ShortPage(EndRule):
    """End with a page that holds fewer records than the paginator's `limit`.

    Only for APIs that document it. Where a server silently lowers the limit, every page is short and the first one
    would be the last; where it filters after cutting into pages, any page may be.
    """

    @property
    def needs(self) -> frozenset[Need]:
        return frozenset({"limit"})

    def reached(self, page: Page, records: Sequence[Record], progress: Progress) -> bool:
        return progress.limit is not None and len(records) < progress.limit


@frozen
class MissingToken(EndRule):
    """End when the token is absent, `null` or empty.

    For APIs which document that the token is left out on the last page: a token that was renamed or forgotten ends
    the list too. Where something stands around the token on every page, name it: its absence is then an error.

    Attributes:
        within: Path of what surrounds the token and is on every page that has records; empty when nothing is.
    """

    within: str = ""

    @property
    def needs(self) -> frozenset[Need]:
        return frozenset({"token"})

    def reached(self, page: Page, records: Sequence[Record], progress: Progress) -> bool:
        if progress.token is None or not (progress.token.absent or progress.token.null):
            return False
        if self.within and records and find(self.within, page.body) is MISSING:
            raise SelectionError(f"{self.within!r} not found around {progress.token.place}; {progress.token.instead}")
        return True


@frozen
class NullToken(EndRule):
    """End when the token is there and `null` or empty; an absent one is an error that names what is there."""

    @property
    def needs(self) -> frozenset[Need]:
        return frozenset({"token"})

    def reached(self, page: Page, records: Sequence[Record], progress: Progress) -> bool:
        token = progress.token
        if token is not None and token.absent:
            raise SelectionError(
                f"{token.place} not found; {token.instead}; "
                "declare end=MissingToken() if the API leaves it out on the last page"
            )
        return token is not None and token.null


@frozen
class HasMore(EndRule):
    """End when the flag at *path* is false; it must be a boolean, or the text `true` or `false`.

    A flag that is true beats everything else: an empty page is then not the end, and a token that is missing or
    cannot advance is an error.
    """

    path: str = field(validator=is_path)

    @property
    def states_more(self) -> bool:
        return True

    def reached(self, page: Page, records: Sequence[Record], progress: Progress) -> bool:
        value = find(self.path, page.body)
        if isinstance(value, bool):
            return not value
        if isinstance(value, str) and value.lower() in {"true", "false"}:
            return value.lower() == "false"
        raise SelectionError(
            f"the flag {self.path!r} is {kind(value)}, not true or false; {surroundings(self.path, page.body)}"
        )


@frozen
class _TotalRule(EndRule):
    """End when the pages so far address as much as the API says there is."""

    of: Unit = field(default="records", kw_only=True, validator=one_of(get_args(Unit)))

    @property
    def needs(self) -> frozenset[Need]:
        return frozenset({self.of})

    @property
    def states_more(self) -> bool:
        return True

    def reached(self, page: Page, records: Sequence[Record], progress: Progress) -> bool:
        return ((progress.records if self.of == "records" else progress.pages) or 0) >= self.announced(page).count

    @abstractmethod
    def announced(self, page: Page) -> Announced: ...


@frozen
class Total(_TotalRule):
    """End when the pages so far address as much as the number at *path*; an empty page before that is not the end.

    The total is read again from every page, since rows may be added meanwhile. It must count what the selector
    selects.

    Attributes:
        path: Where the total is in the body: a number, or a text of digits.
        of: What it counts, `records` or `pages`.
    """

    path: str = field(validator=is_path)

    def announced(self, page: Page) -> Announced:
        value = find(self.path, page.body)
        if (count := _count(value)) is None:
            raise _no_count(value, f"the total {self.path!r}", surroundings(self.path, page.body))
        return Announced(count, self.of)


@frozen
class TotalHeader(_TotalRule):
    """End like `Total`, with the total in the response header *name*.

    Attributes:
        name: The header, compared without case.
        of: What it counts, `records` or `pages`.
    """

    name: str = field(validator=is_text)

    def announced(self, page: Page) -> Announced:
        token = header_token(self.name, page)
        if (count := _count(token.value)) is None:
            raise _no_count(token.value, token.place, token.instead)
        return Announced(count, self.of)


def _parts(rule: EndRule) -> tuple[EndRule, ...]:
    return rule.rules if isinstance(rule, EitherEnd) else (rule,)


def _count(value: Any) -> int | None:
    if isinstance(value, int) and not isinstance(value, bool) and value >= 0:
        return value
    return int(value) if isinstance(value, str) and _DIGITS.fullmatch(value.strip()) else None


def _no_count(value: Any, place: str, instead: str) -> SelectionError:
    return SelectionError(f"{place} is {kind(value)}, not a count" + (f"; {instead}" if instead else ""))
