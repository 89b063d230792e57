"""What an answer gives away about its paging when nothing was declared.

Names are compared without case and punctuation, so `next_page_url`, `nextPageUrl` and `NEXT-PAGE-URL` are one.
A name not listed here is not guessed at: `count` may count this page or the whole list, and `pages` anything.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from typing import TYPE_CHECKING, Any, Literal, TypeAlias

from attrs import frozen

from sdk.paginators.links import read_links

if TYPE_CHECKING:
    from collections.abc import Sequence

    from sdk.messages import Page, Record


def _words(text: str) -> frozenset[str]:
    return frozenset(text.split())


Says: TypeAlias = Literal["header", "link", "cursor", "more", "over"]

# Objects of the body that are about the list and not its records; looked into two levels deep.
_ENVELOPES = _words(
    "cursors info links meta metadata pageinfo page pagination paginationmeta paging response responsemetadata "
    "resultinfo"
)
_NEXT = _words(
    "next nextcursor nexthref nextlink nextmarker nextoffset nextpage nextpagecursor nextpagelink nextpagetoken "
    "nextpageurl nexttoken nexturi nexturl odatanextlink"
)
# Null here is no proof: some APIs repeat the cursor that was sent, which on page one is none.
_CURSORS = _words("after bookmark continuation continuationtoken cursor endcursor marker pagetoken scrollid")
_MORE = _words("hasmore hasmoreresults hasnext hasnextpage more moreresults")
_LAST = _words("islast islastpage")
_TOTALS = _words(
    "odatacount total totalcount totalelements totalhits totalitems totalrecordcount totalrecords totalresults"
)
_PAGES = _words("lastpage numpages pagecount totalpages")

# A path alone could as well be a Base64 cursor, so a relative link must have a query.
_LINK = re.compile(r"https?://\S+|[^\s?]*\?[^\s=?]+=\S*", re.IGNORECASE)
_PAGING_HEADER = re.compile(r"(?i)total|page|cursor|next|^link$|offset|content-range")
_PLAIN = re.compile(r"[^.\[\]$*?()'\"\s]+")


@frozen
class Hint:
    """One thing that an answer says about what follows it.

    Attributes:
        says: `header` a link in the Link header, `link` a link in the body, `cursor` a token, `more` that the list
            goes on, `over` that it does not.
        path: Where in the body it says so; empty for a header.
    """

    says: Says
    path: str = ""


def hints(page: Page, records: Sequence[Record]) -> list[Hint]:
    """Return what *page* says about the page after it, the Link header first."""
    found = list(_from_link_header(page))
    for name, value in page.headers.items():
        if (says := _say_header(_bare(name).removeprefix("x"), value, len(records))) is not None:
            found.append(Hint(says))
    for path, key, value in _announcements(page.body):
        if (says := _say(key, value, len(records))) is not None:
            found.append(Hint(says, f"{path}.href" if isinstance(value, Mapping) else path))
    return found


def flagged_more(page: Page) -> bool:
    """Return whether a flag in the body says that more follows."""
    return any(_say_flag(key, value) == "more" for _, key, value in _announcements(page.body))


def total_of(page: Page) -> int | None:
    """Return how many records there are in all, if the body says so once and under a usual name."""
    counts = {
        value
        for _, key, value in _announcements(page.body)
        if key in _TOTALS and isinstance(value, int) and not isinstance(value, bool)
    }
    return counts.pop() if len(counts) == 1 else None


def paging_headers(page: Page) -> list[str]:
    """Return the names of the response headers that look like paging."""
    return [name for name in page.headers if _PAGING_HEADER.search(name)]


def _from_link_header(page: Page) -> Iterator[Hint]:
    relations = {word for link in read_links(page.headers.get("Link", "")) for word in link.relations}
    if "next" in relations:
        yield Hint("header")
    elif relations & {"first", "last", "prev", "previous"}:
        yield Hint("over")


def _announcements(body: Any, prefix: str = "", depth: int = 2) -> Iterator[tuple[str, str, Any]]:
    """Yield path, bare name and value of whatever in *body* is about the list."""
    if not isinstance(body, Mapping):
        return
    for name, value in body.items():
        key, path = _bare(name), _joined(prefix, name)
        yield path, key, value
        if depth and key.lstrip("_") in _ENVELOPES:
            yield from _announcements(value, path, depth - 1)


def _say(key: str, value: Any, received: int) -> Says | None:
    if key in _NEXT | _CURSORS:
        return _say_token(key, value)
    if key in _TOTALS | _PAGES and isinstance(value, int) and not isinstance(value, bool):
        return _say_count(value, received if key in _TOTALS else 1)
    return _say_flag(key, value)


def _say_flag(key: str, value: Any) -> Says | None:
    if not isinstance(value, bool) or key not in _MORE | _LAST:
        return None
    return "more" if value == (key in _MORE) else "over"


def _say_token(key: str, value: Any) -> Says | None:
    if isinstance(value, Mapping):
        value = value.get("href")
        if not isinstance(value, str):
            return None
    if value is None or value == "":
        return "over" if key in _NEXT else None
    if isinstance(value, str) and key in _NEXT and _LINK.fullmatch(value.strip()):
        return "link"
    return "cursor" if isinstance(value, str | int) and not isinstance(value, bool) else None


def _say_count(count: int, here: int) -> Says | None:
    if count > here:
        return "more"
    return "over" if here in (count, 1) else None


def _say_header(key: str, value: str, received: int) -> Says | None:
    if key in _TOTALS | _PAGES and re.fullmatch(r"\d{1,18}", value.strip(), re.ASCII):
        return _say_count(int(value), received if key in _TOTALS else 1)
    return "more" if key in _NEXT and value.strip() else None


def _bare(name: str) -> str:
    return re.sub(r"[\W_]", "", name).lower()


def _joined(prefix: str, name: str) -> str:
    if _PLAIN.fullmatch(name):
        return f"{prefix}.{name}" if prefix else name
    return prefix + (f'["{name}"]' if "'" in name else f"['{name}']")
