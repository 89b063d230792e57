"""Cut the lists into pages, each in the way of its endpoint, with what recordings show at the end of each list.

Links are absolute and name the public host, wherever the API was reached.
"""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Mapping
from typing import Any, Final

from attrs import evolve, field, frozen

from sdk.testing.simulator import Call, Cursor, Cut, Offset, PageNumber, PageSize, Row
from sdk.testing.simulator.cuts import BodyWriter, HeaderWriter, nothing, number_of
from sdk.testing.simulator.messages import Rows

_PUBLIC_HOST = "https://api.observability.example"
_UNBOUNDED = 2**31
_METRICS_AT_ONCE = 10_000
_EVENT_CURSOR = Cursor("page[cursor]", PageSize("page[limit]", 10, 1000), trailing=True)
_METRIC_CURSOR = Cursor("page[cursor]", PageSize("page[size]", _METRICS_AT_ONCE, _METRICS_AT_ONCE), trailing=True)
_MONITOR_NUMBERS = PageNumber("page", PageSize("page_size", 100, 1000), base=0, optional=True)


def _public(path: str | None) -> str | None:
    return _PUBLIC_HOST + path if path else None


def _dropped(cut: Cut, rows: int) -> Cut:
    return evolve(cut, stop=cut.stop - rows)


@frozen
class EventPages:
    """Page through a search by cursor.

    A page may be short though more follow, the last page has a cursor too, and the empty page it leads to says
    nothing at all. A search over more than `timeout_rows` rows times out: its pages lack rows, with status 200.
    """

    timeout_rows: int | None = None
    headers: HeaderWriter = nothing
    cursor: Cursor = _EVENT_CURSOR

    @property
    def params(self) -> tuple[str, ...]:
        """Return the cursor and the size parameter."""
        return self.cursor.params

    def cut(self, call: Call, rows: Rows) -> Cut:
        """Return the page that the token leads to; what a timeout loses is lost for good."""
        cut = self.cursor.cut(call, rows)
        if self._timed_out(cut):
            return _dropped(cut, (cut.count + 1) // 2)
        if cut.start and cut.more and cut.count > 1:
            short = _dropped(cut, 1)
            return evolve(short, following={self.cursor.param: self.cursor.seal(short.stop)})
        return cut

    def body(self, cut: Cut) -> Mapping[str, Any]:
        """Write cursor, status and link; an empty page after a cursor has neither `meta` nor `links`."""
        meta: dict[str, Any] = {"elapsed": 12, "request_id": f"request-{cut.start}", "status": "done"}
        if self._timed_out(cut):
            warning = {"code": "timeout", "title": "Search timed out", "detail": "the results are partial"}
            meta |= {"status": "timeout", "warnings": [warning]}
        if cut.token is None:
            return {"meta": meta} if cut.call.first(self.cursor.param) is None else {}
        return {"meta": {**meta, "page": {"after": cut.token}}, "links": {"next": _public(cut.next_path)}}

    def _timed_out(self, cut: Cut) -> bool:
        return self.timeout_rows is not None and cut.total > self.timeout_rows and cut.start < cut.total


@frozen
class MetricPages:
    """Send 10,000 metrics and say nothing of the rest, unless a page size opts in to a cursor.

    The last page has a null cursor, or, when it is full, a cursor to an empty page without `meta`.
    """

    headers: HeaderWriter = nothing
    cursor: Cursor = _METRIC_CURSOR

    @property
    def params(self) -> tuple[str, ...]:
        """Return the cursor and the size parameter."""
        return self.cursor.params

    def cut(self, call: Call, rows: Rows) -> Cut:
        """Return the page that the token leads to."""
        cut = self.cursor.cut(call, rows)
        goes_on = cut.following if self._paged(cut) and cut.count == cut.size else None
        return evolve(cut, following=goes_on)

    def body(self, cut: Cut) -> Mapping[str, Any]:
        """Write the cursor of a list that is paged."""
        if not self._paged(cut) or not cut.count:
            return {}
        cursor = cut.call.first(self.cursor.param)
        about = {"cursor": cursor, "next_cursor": cut.token, "limit": cut.size, "type": "cursor_limit"}
        return {"meta": {"pagination": about}}

    def _paged(self, cut: Cut) -> bool:
        return any(cut.call.first(name) is not None for name in self.params)


@frozen
class MonitorPages:
    """Send all monitors at once, or pages of those from a page number, or those after an id (`id_offset`)."""

    headers: HeaderWriter = nothing
    body: BodyWriter = nothing
    numbered: PageNumber = _MONITOR_NUMBERS
    params: tuple[str, ...] = field(default=("page", "page_size", "id_offset"), init=False)

    def cut(self, call: Call, rows: Rows) -> Cut:
        """Return the page; the rows are in the order of their ids."""
        if call.first("id_offset") is None:
            return self.numbered.cut(call, rows)
        size, total = self.numbered.size.read(call), len(rows)
        start = bisect_right(rows, number_of(call, "id_offset", 0, least=0), key=_id)
        return Cut(call, start, min(start + size, total), size, total)


def _id(row: Row) -> int:
    return int(row.value("id"))


def _next_offset(cut: Cut) -> Mapping[str, Any]:
    """Write where the page ends, also on the last page; `size` is what was sent, not what was asked for."""
    offset = int(cut.call.first("page[offset]") or 0)
    return {"meta": {"pagination": {"offset": offset, "next_offset": offset + cut.count, "size": cut.count}}}


def _team_pages(cut: Cut) -> Mapping[str, Any]:
    """Write page numbers and links; a last page still names a next one, unless it is the only page."""
    number, last = int(cut.call.first("page[number]") or 0), max(0, (cut.total - 1) // cut.size)
    previous = number - 1 if number else None
    following = number + 1 if last and number <= last else None
    pagination = {
        "type": "number_size",
        "number": number,
        "size": cut.size,
        "total": cut.total,
        "first_number": 0,
        "prev_number": previous,
        "next_number": following,
        "last_number": last,
    }
    numbers = {"self": number, "first": 0, "prev": previous, "next": following, "last": last}
    links = {name: _numbered(cut, to) for name, to in numbers.items()}
    return {"meta": {"pagination": pagination}, "links": links}


def _numbered(cut: Cut, number: int | None) -> str | None:
    if number is None:
        return None
    return _public(cut.call.path_with({"page[number]": str(number), "page[size]": str(cut.size)}))


def _user_counts(cut: Cut) -> Mapping[str, Any]:
    """Write the counts, a page size that is not allowed, and all permissions and roles beside the page."""
    page = {"max_page_size": 1000, "total_count": cut.total, "total_filtered_count": cut.total}
    return {"meta": {"page": page}, "included": INCLUDED}


def _objective_counts(cut: Cut) -> Mapping[str, Any]:
    """Write a count that stops at the page size, and a null error."""
    page = {"total_count": cut.total, "total_filtered_count": min(cut.total, cut.size)}
    return {"error": None, "metadata": {"page": page}}


ROLES: Final = tuple(f"00000000-0000-4000-8000-0000000000{number:02d}" for number in range(1, 5))
"""The ids of the roles that users have."""

INCLUDED: Final = [
    *(
        {"type": "roles", "id": role, "attributes": {"name": f"Role {role[-2:]}", "user_count": 3}, "relationships": {}}
        for role in ROLES
    ),
    *(
        {
            "type": "permissions",
            "id": f"00000000-0000-4000-9000-{number:012d}",
            "attributes": {"name": f"permission_{number}", "display_name": f"Permission {number}", "restricted": False},
        }
        for number in range(160)
    ),
]
"""What the list of users carries beside them, on every page."""

DASHBOARD_PAGES: Final = Offset("start", PageSize("count", 100, _UNBOUNDED))
INCIDENT_PAGES: Final = Offset("page[offset]", PageSize("page[size]", 10, 100), body=_next_offset)
DOWNTIME_PAGES: Final = Offset(
    "page[offset]",
    PageSize("page[limit]", 30, _UNBOUNDED),
    body=lambda cut: {"meta": {"page": {"total_filtered_count": cut.total}}},
)
OBJECTIVE_PAGES: Final = Offset("offset", PageSize("limit", 1000, _UNBOUNDED), body=_objective_counts)
SYNTHETIC_PAGES: Final = PageNumber(
    "page_number", PageSize("page_size", 100, _UNBOUNDED), base=0, body=lambda cut: {"total": cut.total}
)
TEAM_PAGES: Final = PageNumber("page[number]", PageSize("page[size]", 10, 100), base=0, body=_team_pages)
USER_PAGES: Final = PageNumber("page[number]", PageSize("page[size]", 10, 100, over="clamp"), base=0, body=_user_counts)
