"""Lists where each answer holds a link to the next page."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any, ClassVar, Literal, NamedTuple, TypeAlias, get_args
from urllib.parse import parse_qsl, urldefrag, urljoin, urlsplit

from attrs import evolve, field, frozen, validators

from sdk.checks import is_text, one_of
from sdk.errors import SelectionError
from sdk.jsonpath import MISSING
from sdk.paginators.checks import is_path
from sdk.paginators.ends import EndRule, MissingToken, NullToken, Progress
from sdk.paginators.following import follow, follow_cursor
from sdk.paginators.paginator import Paginator, is_end
from sdk.paginators.slots import Slot
from sdk.paginators.tokens import Token, body_token, header_token
from sdk.paginators.wording import kind, names

if TYPE_CHECKING:
    from collections.abc import Sequence

    from sdk.messages import EndAnswer, Page, Record, Request
    from sdk.paginators.ends import Need

Take: TypeAlias = Literal["url", "query", "param"]

# One link of a Link header, RFC 8288 section 3: <target> and its parameters, whose values may be quoted.
_LINK = re.compile(r"\s*<([^<>]*)>((?:\s*;\s*[^\s=;,\"<>]+(?:\s*=\s*(?:\"(?:[^\"\\]|\\.)*\"|[^\s;,\"]*))?)*)\s*(?:,|$)")
_PARAM = re.compile(r";\s*([^\s=;,\"<>]+)(?:\s*=\s*(?:\"((?:[^\"\\]|\\.)*)\"|([^\s;,\"]*)))?")


class Link(NamedTuple):
    """One link of a Link header: where it leads and what it is, its relations in lower case."""

    url: str
    relations: frozenset[str]


@frozen(kw_only=True)
class LinkPaginator(Paginator):
    """Follow a link, wherever an answer holds it; the paginators of links are built on it.

    Attributes:
        take: What of the link is used. `url` asks for it as it is, relative or absolute, with its own query and none
            of our parameters. `query` keeps our host, path and parameters and takes the link's query parameters,
            each replacing ours: this never leaves the host, survives proxies that links do not know of, and sends
            our filters again. `param` takes one parameter's value, for links whose path is not to be asked for.
        param: With `take="param"`, the parameter; the last one of that name counts.
    """

    offers: ClassVar[frozenset[Need]] = frozenset({"token"})

    take: Take = field(default="url", validator=one_of(get_args(Take)))
    param: str | None = field(default=None, validator=validators.optional(is_text))

    def __attrs_post_init__(self) -> None:
        if (self.take == "param") != (self.param is not None):
            raise ValueError(f"{type(self).__name__}: take='param' and param=... go together")
        super().__attrs_post_init__()

    def follow_link(self, page: Page, records: Sequence[Record], end: EndRule, token: Token) -> EndAnswer:
        """Return the request that *token*, a link, asks for, or `LAST_PAGE`."""
        progress = Progress(token=token, limit=self.page_size)
        if self.param is not None:
            progress = evolve(progress, token=cut(token, self.param))
            return follow_cursor(page, records, end, progress, Slot(self.param, None))
        if self.take == "query":
            return follow(page, records, end, progress, lambda link: take_query(link, page, token.place))
        return follow(page, records, end, progress, lambda link: take_url(link, page, token.place))


@frozen
class NextLinkPaginator(LinkPaginator):
    """Follow the link found in the body until it comes back null.

    Attributes:
        next_url_path: Where the link is in the body.
        end: When the list is over; `MissingToken()` for APIs that leave the link out on the last page.
    """

    next_url_path: str = field(default="next", validator=is_path)
    end: EndRule = field(default=NullToken(), kw_only=True, validator=is_end)

    def next_request(self, page: Page, records: Sequence[Record]) -> EndAnswer:
        """Return the request that the body's link asks for, or `LAST_PAGE`."""
        return self.follow_link(page, records, self.end, body_token(self.next_url_path, page, "next_url_path"))


@frozen
class HeaderLinkPaginator(LinkPaginator):
    """Follow the link of the `Link` header whose relation is `next`, until there is none.

    Attributes:
        links_next_key: The relation, compared without case.
        page_param: The query parameter of the page number, for APIs that have one: a full page without a link is
            then followed by the next number. Proxies drop headers, and a list must not end for that; where it did
            end, the page is empty.
        end: When the list is over; a link that is not there is the usual sign.
    """

    links_next_key: str = field(default="next", kw_only=True, validator=is_text)
    page_param: str | None = field(default=None, kw_only=True, validator=validators.optional(is_text))
    end: EndRule = field(default=MissingToken(), kw_only=True, validator=is_end)

    def next_request(self, page: Page, records: Sequence[Record]) -> EndAnswer:
        """Return the request that the header's link asks for, or `LAST_PAGE`."""
        header = header_token("Link", page)
        found: Any = MISSING
        if not header.absent:
            relation = self.links_next_key.lower()
            found = next((link.url for link in read_links(header.value) if relation in link.relations), MISSING)
        if found is MISSING and self.page_param is not None and self.page_size and len(records) >= self.page_size:
            number = page.request.param(self.page_param) or "1"
            if number.isdecimal():
                return page.request.with_params({self.page_param: int(number) + 1})
        place = f"the link with rel={self.links_next_key!r} in the response header 'Link'"
        return self.follow_link(page, records, self.end, Token(found, place, header.instead))


def read_links(header: str) -> list[Link]:
    """Return the links of a `Link` header, in order.

    Raises:
        SelectionError: It is no list of links; taken for one without a next page, it would end the list.
    """
    links, position = [], 0
    header = header.strip().rstrip(",")
    while position < len(header):
        match = _LINK.match(header, position)
        if match is None:
            raise SelectionError(f"the response header 'Link' is no list of links from character {position} on")
        # The first rel counts, RFC 8288 section 3.3.
        words = next((one[2] or one[3] or "" for one in _PARAM.finditer(match[2]) if one[1].lower() == "rel"), "")
        links.append(Link(match[1].strip(), frozenset(words.lower().strip("'").split())))
        position = match.end()
    return links


def take_url(link: Any, page: Page, place: str) -> Request:
    """Return the page's request with *link* for its URL, resolved against where the page came from.

    Raises:
        SelectionError: It is no http(s) address.
    """
    try:
        url = urldefrag(urljoin(page.url, _text(link, place))).url
        parts = urlsplit(url)
        known = parts.scheme in {"http", "https"} and bool(parts.hostname)
    except ValueError:
        known = False
    if not known:
        raise SelectionError(f"{place} is neither a relative link nor an http(s) address, so it is not followed")
    return evolve(page.request, url=url, params=())


def take_query(link: Any, page: Page, place: str) -> Request:
    """Return the page's request with the query parameters of *link* in place of its own.

    Raises:
        SelectionError: It has none.
    """
    if not (pairs := _query(link, place)):
        raise SelectionError(f"{place} has no query parameters to take; try take='url'")
    return page.request.with_params(pairs)


def cut(token: Token, param: str) -> Token:
    """Return the value of *param* in the link that *token* holds, as a token; no link stays no link.

    Raises:
        SelectionError: The link has no such parameter.
    """
    if token.absent or token.null:
        return token
    pairs = _query(token.require(), token.place)
    values = [value for name, value in pairs if name == param]
    if not values or not values[-1]:
        found = names(dict(pairs)) or "none"
        raise SelectionError(f"{token.place} has no parameter {param!r} with a value; its parameters are {found}")
    return evolve(token, value=values[-1])


def _query(link: Any, place: str) -> list[tuple[str, str]]:
    try:
        return parse_qsl(urlsplit(_text(link, place)).query, keep_blank_values=True)
    except ValueError:
        raise SelectionError(f"{place} cannot be read as a link") from None


def _text(link: Any, place: str) -> str:
    if not isinstance(link, str):
        raise SelectionError(f"{place} is {kind(link)}, not a link")
    return link.strip()
