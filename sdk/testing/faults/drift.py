"""Faults of time: rows that come, go and move while the list is read."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, Final

from sdk.messages import Record
from sdk.paginators import OffsetPaginator, PageNumberPaginator, Total
from sdk.testing.faults.api import ROWS, SIZE, Api, row
from sdk.testing.faults.fault import Fault, Must
from sdk.testing.faults.stage import Play, Stage
from sdk.testing.faults.wire import Answer, Asked

_PAGES: Final = Api(resource={"paginator": PageNumberPaginator(limit_param="limit", limit=SIZE, end=Total("total"))})
_OFFSETS: Final = Api(style="offset", resource={"paginator": OffsetPaginator(limit=SIZE, end=Total("total"))})
_GONE: Final = frozenset({2, 3, 4})
_MOVED: Final = row(2, name="row 2, changed")
_NEW: Final = tuple(row(number) for number in (101, 102, 103))


def _before_page(number: int, change: Callable[[list[Record]], None]) -> Play:
    """Change the rows once, just before a page is answered."""

    def answer(stage: Stage, asked: Asked) -> Answer:
        if stage.number(asked) == number and "changed" not in stage.notes:
            stage.notes["changed"] = True
            change(stage.rows)
        return stage.good(asked)

    return answer


def _delete(rows: list[Record]) -> None:
    rows[:] = [one for one in rows if one["id"] not in _GONE]


def _delete_late(rows: list[Record]) -> None:
    rows[:] = [one for one in rows if one["id"] not in {24, 25}]


def _delete_many(rows: list[Record]) -> None:
    del rows[:12]


def _insert(rows: list[Record]) -> None:
    rows[:0] = [dict(one) for one in _NEW]


def _append(rows: list[Record]) -> None:
    rows.extend(dict(one) for one in _NEW)


def _move(rows: list[Record]) -> None:
    """Change row 2, which moves it to the end of a list that is sorted by change."""
    rows[:] = [*(one for one in rows if one["id"] != _MOVED["id"]), dict(_MOVED)]


_KEPT: Final = tuple(one for one in ROWS if one["id"] not in _GONE)
_UNMOVED: Final = tuple(one for one in ROWS if one["id"] != _MOVED["id"])
_DELETED: Final = tuple(one for one in ROWS if one["id"] in _GONE)


def _fault(name: str, api: Api, play: Play, what: str, must: Must = "all rows", **facts: Any) -> Fault:
    return Fault(name=name, group="drift", must=must, what=what, play=play, api=api, **facts)


FAULTS: Final[tuple[Fault, ...]] = (
    _fault("drift_insert", Api(), _before_page(3, _insert), "rows are added to the front", optional=_NEW),
    _fault(
        "drift_insert_total",
        _PAGES,
        _before_page(3, _insert),
        "rows are added to the front, and the total says so",
        optional=_NEW,
    ),
    _fault(
        "drift_insert_offset",
        Api(style="offset"),
        _before_page(3, _insert),
        "rows are added to the front",
        optional=_NEW,
    ),
    _fault("drift_append", _PAGES, _before_page(5, _append), "rows are added to the end", optional=_NEW),
    _fault(
        "drift_delete",
        _PAGES,
        _before_page(3, _delete),
        "rows that were read go away, and the total says so",
        truth=_KEPT,
        optional=_DELETED,
        must="all rows or raise",
    ),
    _fault(
        "drift_delete_undeclared",
        Api(),
        _before_page(3, _delete),
        "rows that were read go away, and a total that is not declared says so",
        truth=_KEPT,
        optional=_DELETED,
        must="all rows or raise",
    ),
    _fault(
        "drift_delete_offset",
        _OFFSETS,
        _before_page(3, _delete),
        "rows that were read go away, and the total says so",
        truth=_KEPT,
        optional=_DELETED,
        must="all rows or raise",
    ),
    _fault(
        "drift_delete_last_page",
        _PAGES,
        _before_page(5, _delete),
        "rows go away before the last page",
        truth=_KEPT,
        optional=_DELETED,
        must="all rows or raise",
    ),
    _fault(
        "drift_delete_many",
        _PAGES,
        _before_page(3, _delete_many),
        "more rows go away than two pages hold",
        truth=ROWS[12:],
        optional=ROWS[:12],
        must="all rows or raise",
    ),
    _fault(
        "drift_delete_late",
        _PAGES,
        _before_page(5, _delete_late),
        "the last rows go away",
        truth=ROWS[:23],
        optional=ROWS[23:],
        must="all rows or raise",
    ),
    _fault(
        "drift_update",
        _PAGES,
        _before_page(3, _move),
        "a row that was read moves to the end",
        optional=(_MOVED, ROWS[1]),
        truth=_UNMOVED,
        must="all rows or raise",
    ),
)
