"""Lists whose answers repeat the offset that they begin with: counted on, as long as they repeat what was asked."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from typing import Any, Final

from attrs import frozen

from sdk.errors import ReadError
from sdk.jsonpath import find
from sdk.messages import LAST_PAGE, EndAnswer, Page
from sdk.paginators.hints import flagged_more, total_of
from sdk.paginators.paginator import Paginator

# Under these names, whatever their case and punctuation, APIs repeat the offset that was asked for.
_OFFSETS: Final = frozenset({"offset", "skip", "start", "startat", "startindex"})
_ENVELOPES: Final = ("meta", "metadata", "page", "pagination", "paging", "response")


def shown_offset(body: Any) -> dict[str, str] | None:
    """Return where the first answer of a list says that it begins with record 0, and the parameter for that."""
    found = [(path, name) for path, name, value in _offsets(body) if value == 0 and not isinstance(value, bool)]
    return {"path": found[0][0], "param": found[0][1]} if len(found) == 1 else None


def _offsets(body: Any) -> Iterator[tuple[str, str, Any]]:
    if not isinstance(body, Mapping):
        return
    places = [("", body), *((name, inside) for name in _ENVELOPES if isinstance(inside := body.get(name), Mapping))]
    for around, inside in places:
        for name, value in inside.items():
            if re.sub(r"[\W_]", "", str(name)).lower() in _OFFSETS and str(name).isidentifier():
                yield f"{around}.{name}" if around else str(name), str(name), value


@frozen
class ShownOffsetPaginator(Paginator):
    """Count on from the offset that an answer repeats, by the records that came.

    The parameter is a guess until the second answer repeats what was sent; one that does not is an error.

    Attributes:
        path: Where the answer repeats the offset.
        param: The parameter to send it in: the name under which it is repeated.
    """

    path: str
    param: str

    def next_request(self, page: Page, records: Sequence[Any]) -> EndAnswer:
        """Return the request for the records after those of *page*, or `LAST_PAGE`.

        Raises:
            ReadError: The answer begins elsewhere than it was asked to, or does not tell whether more follows.
        """
        asked = int(page.request.param(self.param) or 0)
        shown = find(self.path, page.body)
        if shown != asked:
            raise ReadError(
                f"{self.param}={asked} was asked for, since the first answer says at {self.path!r} where it begins, "
                "and what came begins elsewhere; declare a paginator"
            )
        following = asked + len(records)
        total = total_of(page)
        if not flagged_more(page) and (total is None or following >= total):
            return LAST_PAGE
        if not records:
            raise ReadError(f"an empty page from {self.param}={asked} on says that more follows; declare a paginator")
        return page.request.with_params({self.param: following})
