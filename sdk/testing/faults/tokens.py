"""Faults of tokens: cursors and links that come again, go away, lead back, or are spelled in odd ways."""

from __future__ import annotations

from typing import Any, Final

from attrs import evolve

from sdk.paginators import AutoPaginator, CursorPaginator, EndRule, HasMore, MissingToken, NextLinkPaginator
from sdk.testing.faults.api import SIZE, Api, Style
from sdk.testing.faults.fault import Fault
from sdk.testing.faults.pagination import WITHOUT_THIRD, empty_third, fault, saying
from sdk.testing.faults.stage import Play, Stage, from_page, on_page
from sdk.testing.faults.wire import Answer, Asked

_CURSOR: Final = Api(style="cursor")
_LINK: Final = Api(style="link")


def _by_cursor(end: EndRule) -> Api:
    return Api(style="cursor", resource={"paginator": CursorPaginator("next", cursor_param="after", end=end)})


def _by_link(**facts: Any) -> Api:
    return Api(style="link", resource={"paginator": NextLinkPaginator(**facts)})


def _auto(style: Style) -> Api:
    return Api(style=style, resource={"paginator": AutoPaginator()})


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


_BY_CURSOR: Final = (
    fault("cursor_repeats", _CURSOR, from_page(saying(next="c10")), "raise", "a cursor leads back to itself"),
    fault(
        "cursor_repeats_new_rows",
        _CURSOR,
        from_page(_new_rows),
        "raise",
        "a cursor leads back to itself, to other rows each time",
    ),
    fault("cursor_cycle", _CURSOR, on_page(saying(next="c5"), 4), "raise", "a cursor leads back to an earlier one"),
    fault(
        "cursor_back_to_first",
        _CURSOR,
        on_page(saying(next="c0"), 5),
        "raise",
        "the last cursor leads to the first page",
    ),
    fault("cursor_empty_forever", _CURSOR, _then_empty, "all rows or raise", "new cursors and no rows, for ever"),
    fault("cursor_same_at_end", _CURSOR, _same_at_end, "all rows", "no rows and the cursor that was sent are the end"),
    fault("cursor_repeats_last", _CURSOR, _repeats_last, "all rows or raise", "the last page comes for ever"),
    fault("cursor_missing_mid", _CURSOR, on_page(saying(next=...), 3), "raise", "the cursor is left out"),
    fault("cursor_missing_first", _CURSOR, on_page(saying(next=...), 1), "raise", "the first cursor is left out"),
    fault(
        "cursor_missing_full",
        _by_cursor(HasMore("has_more")),
        on_page(saying(next=...), 3),
        "raise",
        "the cursor is left out where a flag says that more follows",
    ),
    fault(
        "cursor_null_mid",
        _by_cursor(HasMore("has_more")),
        on_page(saying(next=None), 3),
        "raise",
        "the cursor is null where a flag says that more follows",
    ),
    fault(
        "cursor_null_undeclared",
        _CURSOR,
        on_page(saying(next=None), 3),
        "all rows or raise",
        "the cursor is null and a flag that is not declared says that more follows",
    ),
    fault("cursor_renamed", _CURSOR, _renamed, "raise", "the cursor has another name"),
    fault("cursor_empty_string_end", _CURSOR, _last(next=""), "all rows", "an empty cursor is the end"),
    fault(
        "cursor_missing_end",
        _by_cursor(MissingToken()),
        _last(next=...),
        "all rows",
        "no cursor is the end, as declared",
    ),
    fault("cursor_false_end", _CURSOR, _last(next=False), "all rows or raise", "the cursor is false at the end"),
    fault("cursor_zero_end", _CURSOR, _last(next=0), "all rows or raise", "the cursor is 0 at the end"),
    fault("cursor_object", _CURSOR, on_page(saying(next={"after": "c15"}), 3), "raise", "the cursor is an object"),
    fault("cursor_list", _CURSOR, on_page(saying(next=["c15"]), 3), "raise", "the cursor is a list"),
    fault(
        "cursor_special_chars",
        _CURSOR,
        _special("a+b/c=&d#e?f%20 g\u00e9\u4e16"),
        "all rows",
        "a cursor holds what a query must not",
    ),
    fault("cursor_encoded", _CURSOR, _special("a%2Bb%3D"), "all rows", "a cursor looks encoded already"),
    fault("cursor_control_chars", _CURSOR, _special("a\r\nX-Evil: 1\x00"), "all rows", "a cursor holds a line break"),
    fault("cursor_braces", _CURSOR, _special("{items.__class__}{0}%s"), "all rows", "a cursor looks like a template"),
    fault("cursor_long", _CURSOR, _special("x" * 4000), "all rows", "a cursor is 4000 characters long"),
    fault("cursor_number", _CURSOR, _spelled(lambda place: place, int), "all rows", "a cursor is a number"),
    fault(
        "cursor_big_number",
        _CURSOR,
        _spelled(lambda place: 2**70 + place, lambda text: int(text) - 2**70),
        "all rows",
        "a cursor is a number beyond 64 bits",
    ),
    fault(
        "cursor_lookalike",
        _CURSOR,
        _spelled(_LOOKALIKE.get, _LOOKS.get),
        "all rows",
        "a cursor looks like a number and is text",
    ),
    fault("cursor_padded", _CURSOR, _special(" c "), "all rows", "a cursor begins with a blank"),
    fault(
        "cursor_empty_page_mid",
        _CURSOR,
        empty_third,
        "all rows",
        "a page in the middle is empty and names the next",
        truth=WITHOUT_THIRD,
    ),
    fault("has_more_missing", _by_cursor(HasMore("has_more")), on_page(_has_more(...), 3), "raise", "the flag is gone"),
    fault("has_more_text", _by_cursor(HasMore("has_more")), on_page(_has_more("yes"), 3), "raise", "the flag is text"),
    fault(
        "has_more_forever",
        _by_cursor(HasMore("has_more")),
        _has_more(value=True),
        "raise",
        "more is said to follow the last page",
    ),
)

_BY_LINK: Final = (
    fault("link_empty_string_end", _LINK, _last(next=""), "all rows", "an empty link is the end"),
    fault("link_missing_mid", _LINK, on_page(saying(next=...), 3), "raise", "the link is left out"),
    fault("link_self", _LINK, on_page(_self_link, 3), "raise", "a link leads to its own page"),
    fault(
        "link_to_first",
        _LINK,
        on_page(lambda s, a: s.good(a).saying(next=f"{s.here}/items"), 3),
        "raise",
        "a link leads to the first page",
    ),
    fault("link_relative", _LINK, _relative, "all rows", "links hold the query only"),
    fault("link_rooted", _LINK, _rooted, "all rows", "links begin with the path"),
    fault(
        "link_fragment",
        _LINK,
        on_page(lambda s, a: s.good(a).saying(next=s.good(a).body["next"] + "#top"), 3),
        "all rows",
        "a link has a fragment",
    ),
    fault(
        "link_blank",
        _LINK,
        on_page(lambda s, a: s.good(a).saying(next=f" {s.good(a).body['next']}\n"), 3),
        "all rows",
        "a link stands between blanks",
    ),
    fault(
        "link_object",
        _LINK,
        on_page(lambda s, a: s.good(a).saying(next={"href": s.good(a).body["next"]}), 3),
        "raise",
        "a link is an object",
    ),
    fault("link_number", _LINK, on_page(saying(next=4), 3), "raise", "a link is a number"),
    fault("link_query_only", _by_link(take="query"), _relative, "all rows", "only the query of links is taken"),
    fault("hlink_odd", Api(style="header"), _http_header, "all rows", "a Link header names several relations"),
    fault(
        "hlink_garbage",
        Api(style="header"),
        on_page(lambda s, a: evolve(s.good(a), headers={"Link": "next=3"}), 3),
        "raise",
        "a Link header is no list of links",
    ),
    fault("auto_link", _auto("link"), lambda s, a: s.good(a), "all rows", "nothing is declared, and links say it"),
    fault(
        "auto_page",
        _auto("page"),
        lambda s, a: s.good(a),
        "all rows or raise",
        "nothing is declared, and the API does not say",
    ),
    fault(
        "auto_cursor",
        _auto("cursor"),
        lambda s, a: s.good(a),
        "all rows or raise",
        "nothing is declared, and where the cursor goes is not said",
    ),
)

FAULTS: Final[tuple[Fault, ...]] = (*_BY_CURSOR, *_BY_LINK)
