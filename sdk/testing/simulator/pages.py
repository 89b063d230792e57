"""Cut a list into pages and tell the caller how to go on.

A style reads its parameters and makes a `Cut`; two plain functions of the cut, `headers` and `body`, write what the
vendor says about it. So every way to announce the next page goes with every way to number pages.
"""

from __future__ import annotations

import base64
import binascii
from collections.abc import Callable
from functools import partial
from typing import Protocol

from attrs import field, frozen

from sdk.testing.simulator.cuts import BodyWriter, Cap, Cut, HeaderWriter, PageSize, nothing, number_of
from sdk.testing.simulator.messages import Call, InvalidParameterError, Listing, Rows


class PageStyle(Protocol):
    """Turn a call and the rows it selects into one page."""

    @property
    def params(self) -> tuple[str, ...]:
        """Return the query parameters that the style reads."""

    @property
    def headers(self) -> HeaderWriter:
        """Return the function that writes the headers about the page."""

    @property
    def body(self) -> BodyWriter:
        """Return the function that writes the body's keys about the page."""

    def cut(self, call: Call, rows: Rows) -> Cut:
        """Return the page that the call asks for."""


@frozen
class Unpaged:
    """Send the whole list at once; a page parameter is unknown here."""

    params: tuple[str, ...] = field(default=(), init=False)
    headers: HeaderWriter = nothing
    body: BodyWriter = nothing

    def cut(self, call: Call, rows: Rows) -> Cut:
        """Return everything."""
        return Cut(call, 0, len(rows), len(rows), len(rows))


@frozen
class PageNumber:
    """Number the pages from `base`; with `optional` a call without page number gets everything at once."""

    param: str = "page"
    size: PageSize = field(factory=PageSize)
    base: int = 1
    optional: bool = False
    cap: Cap | None = None
    headers: HeaderWriter = nothing
    body: BodyWriter = nothing

    @property
    def params(self) -> tuple[str, ...]:
        """Return the page and the size parameter."""
        return (self.param, *([self.size.param] if self.size.param else []))

    def cut(self, call: Call, rows: Rows) -> Cut:
        """Return the page with the number asked for; a page beyond the end is empty."""
        total = len(rows)
        if self.optional and call.first(self.param) is None:
            return Cut(call, 0, total, total, total)
        size = self.size.read(call)
        page = number_of(call, self.param, self.base, least=self.base)
        start = (page - self.base) * size
        following = {self.param: str(page + 1)} if start + size < total else None
        return _checked(self.cap, Cut(call, min(start, total), min(start + size, total), size, total, following), start)


@frozen
class Offset:
    """Count the rows to skip."""

    param: str = "offset"
    size: PageSize = field(factory=partial(PageSize, "limit", 25, 100, "clamp"))
    cap: Cap | None = None
    headers: HeaderWriter = nothing
    body: BodyWriter = nothing

    @property
    def params(self) -> tuple[str, ...]:
        """Return the offset and the size parameter."""
        return (self.param, *([self.size.param] if self.size.param else []))

    def cut(self, call: Call, rows: Rows) -> Cut:
        """Return the page that begins after the rows skipped."""
        size, total = self.size.read(call), len(rows)
        start = number_of(call, self.param, 0, least=0)
        following = {self.param: str(start + size)} if start + size < total else None
        return _checked(self.cap, Cut(call, min(start, total), min(start + size, total), size, total, following), start)


def _token(position: int) -> str:
    return base64.urlsafe_b64encode(b"position:%d" % position).decode()


def _position(token: str) -> int:
    try:
        word, _, position = base64.urlsafe_b64decode(token.encode()).decode().partition(":")
    except (binascii.Error, UnicodeDecodeError) as error:
        raise ValueError(token) from error
    if word != "position":
        raise ValueError(token)
    return int(position)


@frozen
class Cursor:
    """Hand out an opaque token for the next page.

    With `trailing` a token comes after the last rows too, and only the empty page it leads to has none: a caller
    that stops at a short page sees nothing wrong, one that never looks at the rows asks once more. `seal` writes the
    position as a token, `unseal` reads it back and raises `ValueError` for one that was never handed out.
    """

    param: str
    size: PageSize
    trailing: bool = False
    cap: Cap | None = None
    headers: HeaderWriter = nothing
    body: BodyWriter = nothing
    seal: Callable[[int], str] = _token
    unseal: Callable[[str], int] = _position

    @property
    def params(self) -> tuple[str, ...]:
        """Return the cursor and the size parameter."""
        return (self.param, *([self.size.param] if self.size.param else []))

    def cut(self, call: Call, rows: Rows) -> Cut:
        """Return the page that the token leads to."""
        size, total = self.size.read(call), len(rows)
        start = self._start(call)
        stop = min(start + size, total)
        goes_on = stop < total or (self.trailing and start < total)
        following = {self.param: self.seal(stop)} if goes_on else None
        return _checked(self.cap, Cut(call, min(start, total), stop, size, total, following), start)

    def _start(self, call: Call) -> int:
        token = call.first(self.param)
        try:
            return self.unseal(token) if token else 0
        except ValueError:
            raise InvalidParameterError(self.param, "it is not a cursor of this list") from None


@frozen
class KeyCursor:
    """Continue after the row whose key the caller names: `after=<id of the last record seen>`."""

    param: str
    size: PageSize
    key: str = "id"
    headers: HeaderWriter = nothing
    body: BodyWriter = nothing

    @property
    def params(self) -> tuple[str, ...]:
        """Return the cursor and the size parameter."""
        return (self.param, *([self.size.param] if self.size.param else []))

    def cut(self, call: Call, rows: Rows) -> Cut:
        """Return the rows that follow the one named."""
        size, total = self.size.read(call), len(rows)
        start = self._start(call, rows)
        stop = min(start + size, total)
        following = {self.param: str(rows[stop - 1].value(self.key))} if stop < total else None
        return Cut(call, start, stop, size, total, following)

    def _start(self, call: Call, rows: Rows) -> int:
        key = call.first(self.param)
        if not key:
            return 0
        listing = rows if isinstance(rows, Listing) else Listing(rows)
        position = listing.position(self.key, key)
        if position is None:
            raise InvalidParameterError(self.param, "it is not the key of a row in this list")
        return position + 1


def _checked(cap: Cap | None, cut: Cut, start: int) -> Cut:
    if cap:
        cap.check(cut.call, start, cut.size)
    return cut
