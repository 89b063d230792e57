"""Faults of numbering: pages that repeat, shrink or clamp, offsets that are ignored, totals that are wrong."""

from __future__ import annotations

from typing import Any, Final

from attrs import evolve

from sdk.paginators import EmptyPage, EndRule, OffsetPaginator, PageNumberPaginator, ShortPage, Total
from sdk.testing.faults.api import ROWS, SIZE, Api
from sdk.testing.faults.fault import Fault
from sdk.testing.faults.pagination import WITHOUT_THIRD, empty_third, fault, saying
from sdk.testing.faults.stage import Play, Stage, on_page
from sdk.testing.faults.wire import Answer, Asked

_OFFSET: Final = Api(style="offset")


def _paged(end: EndRule) -> Api:
    return Api(resource={"paginator": PageNumberPaginator(limit_param="limit", limit=SIZE, end=end)})


def _by_offset(end: EndRule) -> Api:
    return Api(style="offset", resource={"paginator": OffsetPaginator(limit=SIZE, end=end)})


def _at(page: int) -> Play:
    """Answer every request with the same page."""
    return lambda stage, asked: stage.good(evolve(asked, target=f"/items?page={page}&limit={SIZE}"))


def _clamped(stage: Stage, asked: Asked) -> Answer:
    """Answer what lies behind the last page with the last page."""
    return stage.good(evolve(asked, target=f"/items?page={min(int(asked.query['page']), 5)}&limit={SIZE}"))


def _wrapped(stage: Stage, asked: Asked) -> Answer:
    """Begin again behind the last page."""
    return stage.good(evolve(asked, target=f"/items?page={(int(asked.query['page']) - 1) % 5 + 1}&limit={SIZE}"))


def _fewer(stage: Stage, asked: Asked) -> Answer:
    """Cap the page at three rows, whatever is asked for."""
    page, offset = asked.query.get("page"), asked.query.get("offset")
    name, value = ("page", page) if page is not None else ("offset", offset)
    return stage.good(evolve(asked, target=f"/items?{name}={value}&limit=3"))


def _filtered(stage: Stage, asked: Asked) -> Answer:
    """Leave rows 12 and 13 out, after the list was cut into pages."""
    good = stage.good(asked)
    return good.saying(items=[one for one in good.body["items"] if one["id"] not in {12, 13}])


_FILTERED: Final = tuple(one for one in ROWS if one["id"] not in {12, 13})


def _twice(stage: Stage, asked: Asked) -> Answer:
    """Send the second page in place of the third, and the third with the fourth, as a list that is resorted does."""
    good = stage.good(asked)
    if asked.query.get("page") == "3":
        return stage.good(evolve(asked, target=f"/items?page=2&limit={SIZE}")).saying(total=good.body["total"])
    if asked.query.get("page") == "4":
        third = stage.good(evolve(asked, target=f"/items?page=3&limit={SIZE}"))
        return good.saying(items=third.body["items"] + good.body["items"])
    return good


def _from_zero(stage: Stage, asked: Asked) -> Answer:
    """Count pages from nothing."""
    return stage.good(evolve(asked, target=f"/items?page={int(asked.query['page']) + 1}&limit={SIZE}"))


def _zero_is_one(stage: Stage, asked: Asked) -> Answer:
    """Take page 0 for page 1."""
    return stage.good(evolve(asked, target=f"/items?page={max(int(asked.query['page']), 1)}&limit={SIZE}"))


def _total(change: Any) -> Play:
    def answer(stage: Stage, asked: Asked) -> Answer:
        good = stage.good(asked)
        return good.saying(total=change(good.body["total"], stage.number(asked)))

    return answer


def _null_at_end(stage: Stage, asked: Asked) -> Answer:
    good = stage.good(asked)
    return good if good.body["items"] else good.saying(items=None)


FAULTS: Final[tuple[Fault, ...]] = (
    fault("page_param_ignored", Api(), _at(1), "raise", "every page is the first"),
    fault(
        "page_param_ignored_total",
        _paged(Total("total")),
        _at(1),
        "raise",
        "every page is the first, and there is a total",
    ),
    fault(
        "offset_ignored",
        _OFFSET,
        lambda s, a: s.good(evolve(a, target="/items?offset=0&limit=5")),
        "raise",
        "every offset is the first",
    ),
    fault("page_clamps", Api(), _clamped, "all rows or raise", "behind the last page it stands again"),
    fault("page_wraps", Api(), _wrapped, "all rows or raise", "behind the last page stands the first"),
    fault(
        "page_zero",
        Api(resource={"paginator": PageNumberPaginator(limit_param="limit", limit=SIZE, base_page=0)}),
        _from_zero,
        "all rows",
        "pages are counted from nothing, as declared",
    ),
    fault(
        "page_zero_is_one",
        Api(resource={"paginator": PageNumberPaginator(limit_param="limit", limit=SIZE, base_page=0)}),
        _zero_is_one,
        "all rows",
        "page 0 and page 1 are the same",
    ),
    fault("limit_clamped", Api(), _fewer, "all rows", "a page holds fewer rows than asked for"),
    fault(
        "limit_clamped_total",
        _paged(Total("total")),
        _fewer,
        "all rows",
        "a page holds fewer rows than asked for, and there is a total",
    ),
    fault("limit_clamped_offset", _OFFSET, _fewer, "all rows", "a page holds fewer rows than the offset moves on"),
    fault("limit_clamped_offset_total", _by_offset(Total("total")), _fewer, "all rows", "the same, with a total"),
    fault(
        "limit_clamped_short",
        _paged(ShortPage()),
        _fewer,
        "all rows or raise",
        "a short page is declared to be the end, and the server lowers the limit",
    ),
    fault("short_page_mid", Api(), _filtered, "all rows", "a page in the middle is short", truth=_FILTERED),
    fault("short_page_mid_offset", _OFFSET, _filtered, "all rows", "a page in the middle is short", truth=_FILTERED),
    fault(
        "empty_page_mid_page",
        _paged(Total("total")),
        empty_third,
        "all rows or raise",
        "a page in the middle is empty, and there is a total",
        truth=WITHOUT_THIRD,
    ),
    fault(
        "empty_page_mid_undeclared",
        Api(),
        empty_third,
        "all rows or raise",
        "a page in the middle is empty, and the total that says so is not declared",
        truth=WITHOUT_THIRD,
    ),
    fault("null_items_end", Api(), _null_at_end, "all rows", "null is an empty page"),
    fault(
        "items_missing_end",
        Api(),
        lambda s, a: s.good(a) if s.good(a).body["items"] else s.good(a).saying(items=...),
        "all rows or raise",
        "the list is left out behind the last page",
    ),
    fault("dup_page", Api(), _twice, "all rows", "a page comes twice"),
    fault("total_missing", _paged(Total("total")), saying(total=...), "all rows or raise", "the total is gone"),
    fault(
        "total_missing_mid",
        _paged(Total("total")),
        on_page(saying(total=...), 3),
        "all rows or raise",
        "the total is gone on one page",
    ),
    fault("total_text", _paged(Total("total")), _total(lambda n, _: str(n)), "all rows", "the total is text"),
    fault("total_words", _paged(Total("total")), _total(lambda *_: "many"), "raise", "the total is no number"),
    fault("total_negative", _paged(Total("total")), _total(lambda *_: -1), "raise", "the total is below nothing"),
    fault("total_null", _paged(Total("total")), _total(lambda *_: None), "raise", "the total is null"),
    fault(
        "total_float", _paged(Total("total")), _total(lambda n, _: float(n)), "all rows or raise", "the total is 25.0"
    ),
    fault(
        "total_too_low",
        _paged(Total("total")),
        _total(lambda *_: 12),
        "all rows or raise",
        "the total is lower than what there is",
    ),
    fault(
        "total_zero",
        _paged(Total("total")),
        _total(lambda *_: 0),
        "all rows or raise",
        "the total is nothing, and there are rows",
    ),
    fault(
        "total_zero_mid",
        _paged(Total("total")),
        _total(lambda n, page: 0 if page == 3 else n),  # noqa: PLR2004 - page three
        "all rows or raise",
        "the total is nothing on one page",
    ),
    fault(
        "total_too_high",
        _paged(Total("total")),
        _total(lambda n, _: n + 3),
        "all rows or raise",
        "the total is higher than what there is",
    ),
    fault(
        "total_huge",
        _paged(Total("total")),
        _total(lambda *_: 10**15),
        "all rows or raise",
        "the total is a million billions",
    ),
    fault(
        "total_shrinks",
        _paged(Total("total")),
        _total(lambda n, page: n - 5 * (page - 1)),
        "all rows or raise",
        "the total counts what is left",
    ),
    fault(
        "total_of_page",
        _paged(Total("total")),
        _total(lambda *_: SIZE),
        "all rows or raise",
        "the total counts the page",
    ),
    fault(
        "total_too_low_offset",
        _by_offset(Total("total")),
        _total(lambda *_: 12),
        "all rows or raise",
        "the total is lower than what there is",
    ),
    fault(
        "total_too_high_offset",
        _by_offset(Total("total")),
        _total(lambda n, _: n + 3),
        "all rows or raise",
        "the total is higher than what there is",
    ),
    fault(
        "total_or_empty",
        _paged(Total("total") | EmptyPage()),
        _total(lambda n, _: n + 3),
        "all rows or raise",
        "the total is higher than what there is, and an empty page is the end too",
    ),
)
