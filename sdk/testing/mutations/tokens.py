"""Where an answer names the page after it: tokens and links, in the body and in headers."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from typing import Any, Final, TypeAlias
from urllib.parse import parse_qsl, urljoin, urlsplit, urlunsplit

from attrs import frozen

from sdk.errors import ReadError
from sdk.messages import LAST_PAGE, Request
from sdk.paginators.links import read_links
from sdk.testing.mutations.answers import Place, at, body, header, leaves, put, raw_records, with_body, with_headers
from sdk.testing.mutations.listings import Listing, added
from sdk.testing.mutations.playing import Answer
from sdk.testing.sampling import SampledPage

Where: TypeAlias = Place | str
"""A place in the body, or the name of a header."""

# A short number stands in many places of a body; in these it is likely the next page's.
_PAGING: Final = re.compile(r"next|cursor|token|after|offset|start|skip|page", re.IGNORECASE)
_NEXT: Final = re.compile(r"next|cursor|token|after|more", re.IGNORECASE)
_TELLING: Final = 4


@frozen
class Token:
    """What names the page after one.

    Attributes:
        where: Where it stands.
        value: What stands there; of a Link header the target of its `next` link.
        sent: The value as the next request carries it, where it is only a part of a link.
    """

    where: Where
    value: Any
    sent: str

    @property
    def is_link(self) -> bool:
        """Whether it is a link, absolute or relative."""
        return self.where == "link" or (isinstance(self.value, str) and ("?" in self.value or "/" in self.value))

    def stands_in(self, one: Answer) -> bool:
        """Return whether an answer has a token in this place, and not only a null."""
        if self.where == "link":
            return _next_link(one) is not None
        return bool(header(one, self.where) if isinstance(self.where, str) else at(body(one), self.where))

    def in_answer(self, one: Answer, value: Any) -> Answer:
        """Return an answer with *value* in the token's place."""
        if self.where == "link":
            return with_headers(one, link=f'<{value}>; rel="next"')
        if isinstance(self.where, str):
            return with_headers(one, **{self.where: str(value)})
        data = body(one)
        put(data, self.where, value)
        return with_body(one, data)

    def fresh(self, number: int) -> Any:
        """Return a token that the API never gave before, of the same kind."""
        if isinstance(self.value, int):
            return self.value + 1000 + number
        if not self.is_link:
            return f"{self.value}-{number}"
        parts = urlsplit(self.value)
        pairs = parse_qsl(parts.query, keep_blank_values=True)
        again = str(int(self.sent) + 1000 + number) if self.sent.isdecimal() else f"{self.sent}-{number}"
        query = "&".join(f"{name}={again if value == self.sent else value}" for name, value in pairs)
        if not self.sent:
            query = f"{query}&again={number}".lstrip("&")
        return urlunsplit(parts._replace(query=query))


def tokens(listing: Listing, answers: Mapping[int, Answer]) -> tuple[Token, ...]:
    """Return what names the next page in the first page of a list that has one; *answers* are those of its pages."""
    for position, page in enumerate(listing.pages):
        if page.following is not LAST_PAGE:
            found = list(_tokens(listing, page, page.following, answers[position]))
            named = [one for one in found if isinstance(one.where, str) or _NEXT.search(str(one.where[-1]))]
            return tuple(named or found)
    return ()


def _tokens(listing: Listing, page: SampledPage, following: Request, one: Answer) -> Iterator[Token]:
    new = [value for value in added(page, following).values() if value]
    link = _next_link(one)
    if link is not None:
        yield Token("link", link, _sent(link, new))
    for name in one["headers"]:
        value = header(one, name)
        if name.lower() != "link" and value in new and _names_page(name, value):
            yield Token(name.lower(), value, value)
    data = body(one)
    besides = raw_records(listing.resource, data, page.records)
    for place, value in leaves(data, besides):
        if isinstance(value, bool) or not isinstance(value, str | int):
            continue
        if str(value) in new:
            if _names_page(str(place[-1]) if place else "", str(value)):
                yield Token(place, value, str(value))
        elif isinstance(value, str) and _leads(value, page, following, new):
            yield Token(place, value, _sent(value, new))


def _names_page(name: str, value: str) -> bool:
    return len(value) >= _TELLING or _PAGING.search(name) is not None


def _next_link(one: Answer) -> str | None:
    try:
        links = read_links(header(one, "link"))
    except ReadError:
        return None
    return next((link.url for link in links if "next" in link.relations), None)


def _leads(value: str, page: SampledPage, following: Request, new: list[str]) -> bool:
    """Return whether a text is the link to the next page, or holds what the next request carries."""
    if "/" not in value and "?" not in value:
        return False
    try:
        target = urljoin(page.page.url, value)
        carried = {one for _, one in parse_qsl(urlsplit(value).query, keep_blank_values=True)}
    except ValueError:
        return False
    return target == following.url or (bool(new) and set(new) <= carried)


def _sent(link: str, new: list[str]) -> str:
    values = [value for _, value in parse_qsl(urlsplit(link).query)]
    return next((value for value in values if value in new), "")
