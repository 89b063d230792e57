"""Faults of paging: tokens that come again or go away, pages that repeat, shrink or clamp, totals that are wrong."""

from __future__ import annotations

from typing import Any, Final

from attrs import evolve

from sdk.paginators import (
    AutoPaginator,
    CursorPaginator,
    EmptyPage,
    EndRule,
    HasMore,
    MissingToken,
    NextLinkPaginator,
    OffsetPaginator,
    PageNumberPaginator,
    ShortPage,
    Total,
)
from sdk.testing.faults.api import ROWS, SIZE, Api, Style
from sdk.testing.faults.fault import Fault, Must
from sdk.testing.faults.stage import Play, Stage, from_page, on_page
from sdk.testing.faults.wire import Answer, Asked

_CURSOR: Final = Api(style="cursor")
_LINK: Final = Api(style="link")
_OFFSET: Final = Api(style="offset")


def _paged(end: EndRule) -> Api:
    return Api(resource={"paginator": PageNumberPaginator(limit_param="limit", limit=SIZE, end=end)})


def _by_offset(end: EndRule) -> Api:
    return Api(style="offset", resource={"paginator": OffsetPaginator(limit=SIZE, end=end)})


def _by_cursor(end: EndRule) -> Api:
    return Api(style="cursor", resource={"paginator": CursorPaginator("next", cursor_param="after", end=end)})


def _by_link(**facts: Any) -> Api:
    return Api(style="link", resource={"paginator": NextLinkPaginator(**facts)})


def _auto(style: Style) -> Api:
    return Api(style=style, resource={"paginator": AutoPaginator()})


def _saying(**fields: Any) -> Play:
    return lambda stage, asked: stage.good(asked).saying(**fields)


def _last(**fields: Any) -> Play:
    """Answer honestly, with some fields replaced on the last page."""

    def answer(stage: Stage, asked: Asked) -> Answer:
        good = stage.good(asked)
        return good.saying(**fields) if good.body.get("next", ...) is None else good

    return answer


def _then_empty(stage: Stage, asked: Asked) -> Answer:
    """After the last page, name a new cursor with no rows, for ever."""
    given = asked.query.get("after", "c0").removeprefix("c")
    if int(given) >= len(stage.rows):
        return Answer({"items": [], "next": f"c{int(given) + 1}"})
    return stage.good(asked).saying(next=f"c{int(given) + SIZE}")


def _same_at_end(stage: Stage, asked: Asked) -> Answer:
    """After the last page, answer with no rows and the cursor that was sent."""
    given = int(asked.query.get("after", "c0").removeprefix("c"))
    if given >= len(stage.rows):
        return Answer({"items": [], "next": f"c{given}"})
    return stage.good(asked).saying(next=f"c{given + SIZE}")


def _repeats_last(stage: Stage, asked: Asked) -> Answer:
    """After the last page, send it again with the same cursor, for ever."""
    good = stage.good(asked)
    return good.saying(next=asked.query.get("after")) if good.body["next"] is None else good


def _new_rows(stage: Stage, asked: Asked) -> Answer:
    """Answer with rows that nobody saw before, and always the same cursor."""
    begin = 1000 + SIZE * len(stage.asked)
    return stage.good(asked).saying(next="c10", items=[{"id": begin + one} for one in range(SIZE)])


def _renamed(stage: Stage, asked: Asked) -> Answer:
    good = stage.good(asked)
    return good.saying(next=..., next_cursor=good.body["next"])


def _spelled(write: Any, read: Any) -> Play:
    """Answer with cursors that *write* makes of numbers and *read* understands."""

    def answer(stage: Stage, asked: Asked) -> Answer:
        given = asked.query.get("after")
        place = 0 if given is None else read(given)
        if place is None:
            return Answer({"message": "no such cursor"}, 400)
        rows = stage.rows[place : place + SIZE]
        more = place + SIZE < len(stage.rows)
        return Answer({"items": rows, "next": write(place + SIZE) if more else None})

    return answer


def _special(prefix: str) -> Play:
    def read(given: str) -> int | None:
        place = given.removeprefix(prefix)
        return int(place) if given.startswith(prefix) and place.isdecimal() else None

    return _spelled(lambda place: f"{prefix}{place}", read)


# Text that somebody's template engine would take for another number or for an expression.
_LOOKALIKE: Final = {5: "1_0", 10: "007", 15: "1e3", 20: "True"}
_LOOKS: Final = {text: place for place, text in _LOOKALIKE.items()}


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
_WITHOUT_THIRD: Final = tuple(one for one in ROWS if not 10 < one["id"] <= 15)  # noqa: PLR2004 - page three


def _empty_third(stage: Stage, asked: Asked) -> Answer:
    good = stage.good(asked)
    return good.saying(items=[one for one in good.body["items"] if not 10 < one["id"] <= 15])  # noqa: PLR2004 - page three


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


def _has_more(value: Any) -> Play:
    return lambda stage, asked: stage.good(asked).saying(has_more=value)


def _relative(stage: Stage, asked: Asked) -> Answer:
    good = stage.good(asked)
    link = good.body["next"]
    return good.saying(next=link and link.replace(stage.here, "").removeprefix("/items"))


def _rooted(stage: Stage, asked: Asked) -> Answer:
    good = stage.good(asked)
    link = good.body["next"]
    return good.saying(next=link and "/" + link.split("/", 3)[3])


def _http_header(stage: Stage, asked: Asked) -> Answer:
    """Name several relations in one header, in odd spelling."""
    good = stage.good(asked)
    link = good.headers.get("Link")
    first = f'<{stage.here}/items>; title="a, b; c"; rel=first'
    return evolve(good, headers={"link": f"{first}, {link.replace('rel=', 'REL=')}" if link else first})


def _self_link(stage: Stage, asked: Asked) -> Answer:
    good = stage.good(asked)
    return good.saying(next=f"{stage.here}{asked.target}")


def _fault(name: str, api: Api, play: Play, must: Must, what: str, **facts: Any) -> Fault:
    return Fault(name=name, group="pagination", must=must, what=what, play=play, api=api, **facts)


_BY_CURSOR: Final = (
    _fault("cursor_repeats", _CURSOR, from_page(_saying(next="c10")), "raise", "a cursor leads back to itself"),
    _fault(
        "cursor_repeats_new_rows",
        _CURSOR,
        from_page(_new_rows),
        "raise",
        "a cursor leads back to itself, to other rows each time",
    ),
    _fault("cursor_cycle", _CURSOR, on_page(_saying(next="c5"), 4), "raise", "a cursor leads back to an earlier one"),
    _fault(
        "cursor_back_to_first",
        _CURSOR,
        on_page(_saying(next="c0"), 5),
        "raise",
        "the last cursor leads to the first page",
    ),
    _fault("cursor_empty_forever", _CURSOR, _then_empty, "all rows or raise", "new cursors and no rows, for ever"),
    _fault("cursor_same_at_end", _CURSOR, _same_at_end, "all rows", "no rows and the cursor that was sent are the end"),
    _fault("cursor_repeats_last", _CURSOR, _repeats_last, "all rows or raise", "the last page comes for ever"),
    _fault("cursor_missing_mid", _CURSOR, on_page(_saying(next=...), 3), "raise", "the cursor is left out"),
    _fault("cursor_missing_first", _CURSOR, on_page(_saying(next=...), 1), "raise", "the first cursor is left out"),
    _fault(
        "cursor_missing_full",
        _by_cursor(HasMore("has_more")),
        on_page(_saying(next=...), 3),
        "raise",
        "the cursor is left out where a flag says that more follows",
    ),
    _fault(
        "cursor_null_mid",
        _by_cursor(HasMore("has_more")),
        on_page(_saying(next=None), 3),
        "raise",
        "the cursor is null where a flag says that more follows",
    ),
    _fault(
        "cursor_null_undeclared",
        _CURSOR,
        on_page(_saying(next=None), 3),
        "all rows or raise",
        "the cursor is null and a flag that is not declared says that more follows",
    ),
    _fault("cursor_renamed", _CURSOR, _renamed, "raise", "the cursor has another name"),
    _fault("cursor_empty_string_end", _CURSOR, _last(next=""), "all rows", "an empty cursor is the end"),
    _fault(
        "cursor_missing_end",
        _by_cursor(MissingToken()),
        _last(next=...),
        "all rows",
        "no cursor is the end, as declared",
    ),
    _fault("cursor_false_end", _CURSOR, _last(next=False), "all rows or raise", "the cursor is false at the end"),
    _fault("cursor_zero_end", _CURSOR, _last(next=0), "all rows or raise", "the cursor is 0 at the end"),
    _fault("cursor_object", _CURSOR, on_page(_saying(next={"after": "c15"}), 3), "raise", "the cursor is an object"),
    _fault("cursor_list", _CURSOR, on_page(_saying(next=["c15"]), 3), "raise", "the cursor is a list"),
    _fault(
        "cursor_special_chars",
        _CURSOR,
        _special("a+b/c=&d#e?f%20 g\u00e9\u4e16"),
        "all rows",
        "a cursor holds what a query must not",
    ),
    _fault("cursor_encoded", _CURSOR, _special("a%2Bb%3D"), "all rows", "a cursor looks encoded already"),
    _fault("cursor_control_chars", _CURSOR, _special("a\r\nX-Evil: 1\x00"), "all rows", "a cursor holds a line break"),
    _fault("cursor_braces", _CURSOR, _special("{items.__class__}{0}%s"), "all rows", "a cursor looks like a template"),
    _fault("cursor_long", _CURSOR, _special("x" * 4000), "all rows", "a cursor is 4000 characters long"),
    _fault("cursor_number", _CURSOR, _spelled(lambda place: place, int), "all rows", "a cursor is a number"),
    _fault(
        "cursor_big_number",
        _CURSOR,
        _spelled(lambda place: 2**70 + place, lambda text: int(text) - 2**70),
        "all rows",
        "a cursor is a number beyond 64 bits",
    ),
    _fault(
        "cursor_lookalike",
        _CURSOR,
        _spelled(_LOOKALIKE.get, _LOOKS.get),
        "all rows",
        "a cursor looks like a number and is text",
    ),
    _fault("cursor_padded", _CURSOR, _special(" c "), "all rows", "a cursor begins with a blank"),
    _fault(
        "cursor_empty_page_mid",
        _CURSOR,
        _empty_third,
        "all rows",
        "a page in the middle is empty and names the next",
        truth=_WITHOUT_THIRD,
    ),
    _fault(
        "has_more_missing", _by_cursor(HasMore("has_more")), on_page(_has_more(...), 3), "raise", "the flag is gone"
    ),
    _fault("has_more_text", _by_cursor(HasMore("has_more")), on_page(_has_more("yes"), 3), "raise", "the flag is text"),
    _fault(
        "has_more_forever",
        _by_cursor(HasMore("has_more")),
        _has_more(value=True),
        "raise",
        "more is said to follow the last page",
    ),
)

_BY_LINK: Final = (
    _fault("link_empty_string_end", _LINK, _last(next=""), "all rows", "an empty link is the end"),
    _fault("link_missing_mid", _LINK, on_page(_saying(next=...), 3), "raise", "the link is left out"),
    _fault("link_self", _LINK, on_page(_self_link, 3), "raise", "a link leads to its own page"),
    _fault(
        "link_to_first",
        _LINK,
        on_page(lambda s, a: s.good(a).saying(next=f"{s.here}/items"), 3),
        "raise",
        "a link leads to the first page",
    ),
    _fault("link_relative", _LINK, _relative, "all rows", "links hold the query only"),
    _fault("link_rooted", _LINK, _rooted, "all rows", "links begin with the path"),
    _fault(
        "link_fragment",
        _LINK,
        on_page(lambda s, a: s.good(a).saying(next=s.good(a).body["next"] + "#top"), 3),
        "all rows",
        "a link has a fragment",
    ),
    _fault(
        "link_blank",
        _LINK,
        on_page(lambda s, a: s.good(a).saying(next=f" {s.good(a).body['next']}\n"), 3),
        "all rows",
        "a link stands between blanks",
    ),
    _fault(
        "link_object",
        _LINK,
        on_page(lambda s, a: s.good(a).saying(next={"href": s.good(a).body["next"]}), 3),
        "raise",
        "a link is an object",
    ),
    _fault("link_number", _LINK, on_page(_saying(next=4), 3), "raise", "a link is a number"),
    _fault("link_query_only", _by_link(take="query"), _relative, "all rows", "only the query of links is taken"),
    _fault("hlink_odd", Api(style="header"), _http_header, "all rows", "a Link header names several relations"),
    _fault(
        "hlink_garbage",
        Api(style="header"),
        on_page(lambda s, a: evolve(s.good(a), headers={"Link": "next=3"}), 3),
        "raise",
        "a Link header is no list of links",
    ),
    _fault("auto_link", _auto("link"), lambda s, a: s.good(a), "all rows", "nothing is declared, and links say it"),
    _fault(
        "auto_page",
        _auto("page"),
        lambda s, a: s.good(a),
        "all rows or raise",
        "nothing is declared, and the API does not say",
    ),
    _fault(
        "auto_cursor",
        _auto("cursor"),
        lambda s, a: s.good(a),
        "all rows or raise",
        "nothing is declared, and where the cursor goes is not said",
    ),
)

_BY_PAGE: Final = (
    _fault("page_param_ignored", Api(), _at(1), "raise", "every page is the first"),
    _fault(
        "page_param_ignored_total",
        _paged(Total("total")),
        _at(1),
        "raise",
        "every page is the first, and there is a total",
    ),
    _fault(
        "offset_ignored",
        _OFFSET,
        lambda s, a: s.good(evolve(a, target="/items?offset=0&limit=5")),
        "raise",
        "every offset is the first",
    ),
    _fault("page_clamps", Api(), _clamped, "all rows or raise", "behind the last page it stands again"),
    _fault("page_wraps", Api(), _wrapped, "all rows or raise", "behind the last page stands the first"),
    _fault(
        "page_zero",
        Api(resource={"paginator": PageNumberPaginator(limit_param="limit", limit=SIZE, base_page=0)}),
        _from_zero,
        "all rows",
        "pages are counted from nothing, as declared",
    ),
    _fault(
        "page_zero_is_one",
        Api(resource={"paginator": PageNumberPaginator(limit_param="limit", limit=SIZE, base_page=0)}),
        _zero_is_one,
        "all rows",
        "page 0 and page 1 are the same",
    ),
    _fault("limit_clamped", Api(), _fewer, "all rows", "a page holds fewer rows than asked for"),
    _fault(
        "limit_clamped_total",
        _paged(Total("total")),
        _fewer,
        "all rows",
        "a page holds fewer rows than asked for, and there is a total",
    ),
    _fault("limit_clamped_offset", _OFFSET, _fewer, "all rows", "a page holds fewer rows than the offset moves on"),
    _fault("limit_clamped_offset_total", _by_offset(Total("total")), _fewer, "all rows", "the same, with a total"),
    _fault(
        "limit_clamped_short",
        _paged(ShortPage()),
        _fewer,
        "all rows or raise",
        "a short page is declared to be the end, and the server lowers the limit",
    ),
    _fault("short_page_mid", Api(), _filtered, "all rows", "a page in the middle is short", truth=_FILTERED),
    _fault("short_page_mid_offset", _OFFSET, _filtered, "all rows", "a page in the middle is short", truth=_FILTERED),
    _fault(
        "empty_page_mid_page",
        _paged(Total("total")),
        _empty_third,
        "all rows or raise",
        "a page in the middle is empty, and there is a total",
        truth=_WITHOUT_THIRD,
    ),
    _fault(
        "empty_page_mid_undeclared",
        Api(),
        _empty_third,
        "all rows or raise",
        "a page in the middle is empty, and the total that says so is not declared",
        truth=_WITHOUT_THIRD,
    ),
    _fault("null_items_end", Api(), _null_at_end, "all rows", "null is an empty page"),
    _fault(
        "items_missing_end",
        Api(),
        lambda s, a: s.good(a) if s.good(a).body["items"] else s.good(a).saying(items=...),
        "all rows or raise",
        "the list is left out behind the last page",
    ),
    _fault("dup_page", Api(), _twice, "all rows", "a page comes twice"),
    _fault("total_missing", _paged(Total("total")), _saying(total=...), "all rows or raise", "the total is gone"),
    _fault(
        "total_missing_mid",
        _paged(Total("total")),
        on_page(_saying(total=...), 3),
        "all rows or raise",
        "the total is gone on one page",
    ),
    _fault("total_text", _paged(Total("total")), _total(lambda n, _: str(n)), "all rows", "the total is text"),
    _fault("total_words", _paged(Total("total")), _total(lambda *_: "many"), "raise", "the total is no number"),
    _fault("total_negative", _paged(Total("total")), _total(lambda *_: -1), "raise", "the total is below nothing"),
    _fault("total_null", _paged(Total("total")), _total(lambda *_: None), "raise", "the total is null"),
    _fault(
        "total_float", _paged(Total("total")), _total(lambda n, _: float(n)), "all rows or raise", "the total is 25.0"
    ),
    _fault(
        "total_too_low",
        _paged(Total("total")),
        _total(lambda *_: 12),
        "all rows or raise",
        "the total is lower than what there is",
    ),
    _fault(
        "total_zero",
        _paged(Total("total")),
        _total(lambda *_: 0),
        "all rows or raise",
        "the total is nothing, and there are rows",
    ),
    _fault(
        "total_zero_mid",
        _paged(Total("total")),
        _total(lambda n, page: 0 if page == 3 else n),  # noqa: PLR2004 - page three
        "all rows or raise",
        "the total is nothing on one page",
    ),
    _fault(
        "total_too_high",
        _paged(Total("total")),
        _total(lambda n, _: n + 3),
        "all rows or raise",
        "the total is higher than what there is",
    ),
    _fault(
        "total_huge",
        _paged(Total("total")),
        _total(lambda *_: 10**15),
        "all rows or raise",
        "the total is a million billions",
    ),
    _fault(
        "total_shrinks",
        _paged(Total("total")),
        _total(lambda n, page: n - 5 * (page - 1)),
        "all rows or raise",
        "the total counts what is left",
    ),
    _fault(
        "total_of_page",
        _paged(Total("total")),
        _total(lambda *_: SIZE),
        "all rows or raise",
        "the total counts the page",
    ),
    _fault(
        "total_too_low_offset",
        _by_offset(Total("total")),
        _total(lambda *_: 12),
        "all rows or raise",
        "the total is lower than what there is",
    ),
    _fault(
        "total_too_high_offset",
        _by_offset(Total("total")),
        _total(lambda n, _: n + 3),
        "all rows or raise",
        "the total is higher than what there is",
    ),
    _fault(
        "total_or_empty",
        _paged(Total("total") | EmptyPage()),
        _total(lambda n, _: n + 3),
        "all rows or raise",
        "the total is higher than what there is, and an empty page is the end too",
    ),
)

FAULTS: Final[tuple[Fault, ...]] = (*_BY_CURSOR, *_BY_LINK, *_BY_PAGE)
