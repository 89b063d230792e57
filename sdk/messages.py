"""What travels through a read: requests, pages, records, partitions.

All are frozen values. A partition and a request can be pickled and written to a checkpoint: the request is the
state, and reading a partition depends on nothing outside it.
"""

from __future__ import annotations

import enum
import json
from collections.abc import Iterable, Mapping
from datetime import datetime
from functools import cached_property
from hashlib import blake2b
from typing import Any, Final, Literal, TypeAlias
from urllib.parse import parse_qsl, unquote_plus, urlsplit, urlunsplit

from attrs import evolve, field, frozen
from requests.structures import CaseInsensitiveDict

from sdk.redaction import is_secret

Record: TypeAlias = dict[str, Any]
Params: TypeAlias = Mapping[str, Any] | Iterable[tuple[str, Any]]


class LastPage(enum.Enum):
    """The type of `LAST_PAGE`, which a paginator answers when there is nothing more to ask for."""

    LAST_PAGE = "last page"


LAST_PAGE: Final = LastPage.LAST_PAGE


def as_params(params: Params) -> tuple[tuple[str, str], ...]:
    """Return query parameters as pairs of text, in order.

    A list becomes a repeated parameter, `True` and `False` become `true` and `false`, `None` is left out.
    """
    pairs = params.items() if isinstance(params, Mapping) else params
    found: list[tuple[str, str]] = []
    for name, value in pairs:
        values = value if isinstance(value, list | tuple) else (value,)
        found.extend((name, _as_text(one)) for one in values if one is not None)
    return tuple(found)


def _as_headers(headers: Mapping[str, str]) -> Mapping[str, str]:
    return headers if isinstance(headers, CaseInsensitiveDict) else CaseInsensitiveDict(headers)


def _as_text(value: object) -> str:
    return str(value).lower() if isinstance(value, bool) else str(value)


@frozen
class Request:
    """One request for a page, before authentication.

    Attributes:
        url: Absolute URL. Its own query, if it has one, is sent before `params`.
        method: `GET`, or `POST` for APIs that search with a body.
        params: Query parameters as pairs of text; built from a mapping or pairs, see `as_params`.
        headers: Headers beside those of the client.
        json: Body sent as JSON, or `None` for no body.
        data: Body sent as it is, or as a form when it is a mapping; not beside `json`.
        state: What a paginator wants to remember from page to page. Never sent, but part of the checkpoint.
    """

    url: str
    method: str = "GET"
    params: tuple[tuple[str, str], ...] = field(default=(), converter=as_params)
    headers: Mapping[str, str] = field(factory=dict)
    json: Any = None
    state: Mapping[str, Any] = field(factory=dict)
    data: Any = None

    def param(self, name: str) -> str | None:
        """Return the last value of the query parameter *name*, or `None`; the URL's own query counts too."""
        pairs = (*parse_qsl(urlsplit(self.url).query, keep_blank_values=True), *self.params)
        return next((value for key, value in reversed(pairs) if key == name), None)

    def with_params(self, params: Params) -> Request:
        """Return the request with *params* set: each replaces every older value of its name, also in the URL."""
        new = as_params(params)
        names = {name for name, _ in new}
        parts = urlsplit(self.url)
        request = self
        if parts.query and names & {name for name, _ in parse_qsl(parts.query, keep_blank_values=True)}:
            own = parse_qsl(parts.query, keep_blank_values=True)
            request = evolve(self, url=urlunsplit(parts._replace(query="")), params=(*own, *self.params))
        kept = tuple(pair for pair in request.params if pair[0] not in names)
        return evolve(request, params=(*kept, *new))

    def with_json(self, path: str, value: Any) -> Request:
        """Return the request with *value* at the dotted *path* of its JSON body."""
        return evolve(self, json=_with_value(self.json if self.json is not None else {}, path.split("."), value))

    def with_state(self, **state: Any) -> Request:
        """Return the request with *state* added to what the paginator remembers."""
        return evolve(self, state={**self.state, **state})

    def without_credentials(self, asked: Request) -> Request:
        """Return the request without query parameters that are nothing but a secret, unless *asked* has them too.

        APIs repeat in their next links the key that they were asked with. It is added anew to each request that is
        sent; here it would be stored with the checkpoint. What an author put into the parameters stays.
        """
        known = {value for _, value in (*parse_qsl(urlsplit(asked.url).query), *asked.params)}

        def is_kept(value: str) -> bool:
            return value in known or not is_secret(value)

        parts = urlsplit(self.url)
        pairs = [(pair, unquote_plus(pair.partition("=")[2])) for pair in parts.query.split("&")]
        # Not joined anew when all of them stay: an API may insist on its own spelling.
        query = "&".join(pair for pair, value in pairs if is_kept(value))
        params = tuple((name, value) for name, value in self.params if is_kept(value))
        if query == parts.query and params == self.params:
            return self
        return evolve(self, url=urlunsplit(parts._replace(query=query)), params=params)

    @cached_property
    def identity(self) -> tuple[Any, ...]:
        """What makes two requests the same question: all that is sent, except headers.

        It is the same whether a parameter stands in the URL or beside it, and before and after a checkpoint.
        """
        parts = urlsplit(self.url)
        # Bytes that are no UTF-8 stay distinct.
        own = parse_qsl(parts.query, keep_blank_values=True, errors="surrogateescape")
        url = urlunsplit(parts._replace(query="", fragment=""))
        body = self.json if self.data is None else {"data": self.data}
        return (self.method, url, (*own, *self.params), json.dumps(body, sort_keys=True, default=repr))

    def to_dict(self) -> dict[str, Any]:
        """Return the request as plain JSON data, for a checkpoint."""
        return {
            "url": self.url,
            "method": self.method,
            "params": [list(pair) for pair in self.params],
            "headers": dict(self.headers),
            "json": self.json,
            "state": dict(self.state),
            **({} if self.data is None else {"data": self.data}),
        }

    @classmethod
    def from_dict(cls, data: Mapping[str, Any]) -> Request:
        """Build the request that `to_dict` described."""
        return cls(**{**data, "params": [(name, value) for name, value in data["params"]]})

    def __str__(self) -> str:
        query = "&".join(f"{name}={value}" for name, value in self.params)
        separator = "&" if "?" in self.url else "?"
        return f"{self.method} {self.url}{separator + query if query else ''}"


def _with_value(body: Any, path: list[str], value: Any) -> Any:
    if not path:
        return value
    inside = body if isinstance(body, Mapping) else {}
    return {**inside, path[0]: _with_value(inside.get(path[0], {}), path[1:], value)}


@frozen
class Page:
    """One answer that the API gave.

    Attributes:
        request: What was asked.
        status: HTTP status.
        headers: Response headers; names compare without case.
        body: The decoded JSON body, `None` when there is none.
        url: Where the answer came from, after redirects; relative links are resolved against it.
    """

    request: Request
    status: int = 200
    headers: Mapping[str, str] = field(factory=dict, converter=_as_headers, repr=False)
    body: Any = field(default=None, repr=False)
    url: str = ""

    def __attrs_post_init__(self) -> None:
        if not self.url:
            object.__setattr__(self, "url", self.request.url)


@frozen
class Interval:
    """A stretch of time, in UTC; `None` is an open end."""

    start: Any = None
    end: Any = None


@frozen
class Position:
    """How far a list was read.

    Attributes:
        request: The request for its next page.
        anchors: What was asked before, as far as it takes to see paging go in a circle.
        earliest: The smallest cursor that came, of an interval without a beginning.
        arrivals: How much was announced and came until there, see `Arrivals`; empty when nobody knows.
    """

    request: Request
    anchors: tuple[str, ...] = ()
    earliest: Any = None
    arrivals: Mapping[str, int | None] = field(factory=dict)


@frozen
class Partition:
    """A piece of a resource that can be read by itself: one parent's children, one stretch of time, or all.

    Attributes:
        resource: Name of the resource.
        request: The request for its first page, before the paginator adds its own parameters.
        parent_resource: Name of the parent's resource, `None` at the top level.
        stamp: Parent fields to be added to each record, under their column names.
        interval: The stretch of time or numbers, when the resource is read in windows.
        whole: The request without its interval's parameters; what a cursor is kept for.
        begin: Where the parent says that everything begins, for a window that asks it.
        position: Where its reading goes on, when an earlier run read the pages before.
    """

    resource: str
    request: Request
    parent_resource: str | None = None
    stamp: Mapping[str, Any] = field(factory=dict)
    interval: Interval | None = None
    whole: Request | None = None
    begin: datetime | None = None
    position: Position | None = None

    def within(self, interval: Interval, request: Request) -> Partition:
        """Return the part of this partition that lies in *interval*, which *request* asks for."""
        return evolve(self, interval=interval, request=request, whole=self.whole or self.request, position=None)

    def scope(self, base_url: str) -> str:
        """Return what is asked, whatever the interval: the same text in every run."""
        return str(self.whole or self.request).replace(base_url, "", 1)

    @property
    def digest(self) -> bytes:
        """What makes two partitions the same piece, whichever parent named it: 16 bytes."""
        stamp = sorted((name, repr(value)) for name, value in self.stamp.items())
        identity = (self.resource, self.request.identity, stamp)
        return blake2b(repr(identity).encode(), digest_size=16).digest()


EndAnswer: TypeAlias = Request | Literal[LastPage.LAST_PAGE]
