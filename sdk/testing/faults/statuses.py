"""Faults of the answer: statuses that mean "not now", "not you" or nothing, and bodies that are no page."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import UTC, datetime, timedelta
from email.utils import format_datetime
from typing import Any, Final

from attrs import evolve

from sdk.paginators import PageNumberPaginator, Total
from sdk.testing.faults.api import SIZE, Api
from sdk.testing.faults.fault import Fault, Must
from sdk.testing.faults.manners import endless
from sdk.testing.faults.stage import Play, Stage, on_page
from sdk.testing.faults.wire import Answer, Asked

_HTML: Final = b"<!doctype html><html><body><h1>Please sign in</h1></body></html>"


def _says(status: int, body: Any = None, headers: Mapping[str, str] | None = None, reason: str = "") -> Play:
    answer = Answer({"message": "no"} if body is None else body, status, headers or {}, reason)
    return lambda _stage, _asked: answer


def _in(seconds: float, write: Callable[[datetime], str]) -> Play:
    """Refuse with a `Retry-After` that depends on the time of day."""

    def answer(stage: Stage, asked: Asked) -> Answer:
        del stage, asked
        return Answer({"message": "no"}, 429, {"Retry-After": write(datetime.now(UTC) + timedelta(seconds=seconds))})

    return answer


def _body(content: bytes, kind: str = "application/json") -> Play:
    return lambda _stage, _asked: Answer(content, headers={"Content-Type": kind})


def _page(**fields: Any) -> Play:
    """Answer honestly, with some fields replaced."""
    return lambda stage, asked: stage.good(asked).saying(**fields)


def _partial(stage: Stage, asked: Asked) -> Answer:
    good = stage.good(asked)
    return good.saying(items=good.body["items"][:2], errors=["shard 2 timed out"], partial=True)


def _partial_content(stage: Stage, asked: Asked) -> Answer:
    good = stage.good(asked)
    content = good.content[: len(good.content) // 2]
    return Answer(content, 206, {"Content-Range": f"bytes 0-{len(content) - 1}/{len(good.content)}"})


def _under(status: int, rows: int) -> Play:
    """Answer with so many rows of the page, under another status."""

    def answer(stage: Stage, asked: Asked) -> Answer:
        good = stage.good(asked)
        return evolve(good.saying(items=good.body["items"][:rows]), status=status)

    return answer


def _moved(status: int = 302) -> Play:
    """Redirect to another place of the same host, where the answer is."""

    def answer(stage: Stage, asked: Asked) -> Answer:
        if "moved" in asked.query:
            return stage.good(asked)
        return Answer(b"", status, {"Location": f"{stage.here}{asked.target}&moved=1"})

    return answer


def _heavy(status: int, content: bytes = b"") -> Play:
    """Answer with a status, and a body without an end behind it."""
    headers = {"Location": "/items"} if status < 400 else {}  # noqa: PLR2004 - errors lead nowhere
    return lambda _stage, _asked: Answer(content, status, headers, manner=endless)


def _in_circles(stage: Stage, asked: Asked) -> Answer:
    if asked.query.get("page") != "3":
        return stage.good(asked)
    turn = int(asked.query.get("turn", "0"))
    return Answer(b"", 302, {"Location": f"{stage.here}/items?page=3&limit={SIZE}&turn={turn + 1}"})


def _then_fails(stage: Stage, asked: Asked) -> Answer:
    if asked.query.get("page") != "3":
        return stage.good(asked)
    if "moved" in asked.query:
        return Answer({"message": "no"}, 500)
    return Answer(b"", 302, {"Location": f"{stage.here}{asked.target}&moved=1"})


def _to_login(stage: Stage, asked: Asked) -> Answer:
    if asked.path == "/login":
        return Answer(_HTML, headers={"Content-Type": "text/html"})
    if asked.query.get("page") == "3":
        return Answer(b"", 302, {"Location": f"{stage.here}/login"})
    return stage.good(asked)


def _past_end(stage: Stage, asked: Asked) -> Answer:
    good = stage.good(asked)
    return good if good.body["items"] else Answer({"message": "no such page"}, 404)


def _nothing(stage: Stage, asked: Asked) -> Answer:
    del stage, asked
    return Answer(None, 204)


def _flickers(stage: Stage, asked: Asked) -> Answer:
    """Answer each question at the second attempt only."""
    return stage.good(asked) if stage.times(asked) > 1 else Answer({"message": "no"}, 503)


def _once(name: str, play: Play, what: str, must: Must = "all rows", *, times: int = 1, **facts: Any) -> Fault:
    return Fault(
        name=name, group="status", must=must, what=what, play=on_page(play, times=times), **{"fits_any": True, **facts}
    )


def _always(name: str, play: Play, what: str, must: Must = "raise", page: int | None = None, **facts: Any) -> Fault:
    return Fault(
        name=name, group="status", must=must, what=what, play=on_page(play, page), **{"fits_any": True, **facts}
    )


def _own(name: str, play: Play, what: str, must: Must, **facts: Any) -> Fault:
    return Fault(name=name, group="status", must=must, what=what, play=play, **facts)


def _http_date(moment: datetime) -> str:
    return format_datetime(moment, usegmt=True)


_CURABLE: Final = tuple(
    _once(f"s{status}_once", _says(status), f"an answer {status}, once", status=status)
    for status in (408, 425, 500, 502, 503, 504)
)
_RARE: Final = tuple(
    _once(f"s{status}_once", _says(status), f"an answer {status}, once", status=status)
    for status in (507, 509, 520, 521, 522, 523, 524, 529, 530, 599)
)
_FINAL: Final = tuple(
    _always(f"s{status}_mid", _says(status), f"an answer {status} in the middle of a list", requests=30, status=status)
    for status in (400, 402, 403, 404, 405, 406, 409, 410, 418, 422, 451, 501, 505)
)
_NO_PAGES: Final = tuple(
    _always(
        f"s{status}_mid", _says(status, b""), f"an answer {status} where a page belongs", requests=30, status=status
    )
    for status in (201, 202, 203, 205, 300, 304)
)

FAULTS: Final[tuple[Fault, ...]] = (
    *_CURABLE,
    *_RARE,
    *_FINAL,
    *_NO_PAGES,
    _always("s500_always", _says(500), "an answer 500, each time", requests=30),
    _always("s503_always", _says(503, headers={"Retry-After": "3"}), "an answer 503 that names a wait, each time"),
    _own("s503_each_first", _flickers, "each question is answered at the second attempt", "all rows"),
    _once("s503_seconds", _says(503, headers={"Retry-After": "9"}), "an answer 503 that names a wait", waits=9),
    _once("s429_seconds", _says(429, headers={"Retry-After": "7"}), "too many requests, wait 7 s", waits=7),
    _once("s429_fraction", _says(429, headers={"Retry-After": "2.5"}), "too many requests, wait 2.5 s", waits=2.5),
    _once("s429_date", _in(30, _http_date), "too many requests, wait until a date", waits=27),
    _once("s429_iso_date", _in(30, datetime.isoformat), "too many requests, wait until an ISO date", waits=27),
    _once("s429_past_date", _in(-3600, _http_date), "too many requests, wait until a date that is over"),
    _once("s429_garbage", _says(429, headers={"Retry-After": "soon"}), "too many requests, a wait that is no number"),
    _once("s429_negative", _says(429, headers={"Retry-After": "-5"}), "too many requests, a wait below nothing"),
    _once("s429_zero", _says(429, headers={"Retry-After": "0"}), "too many requests, a wait of nothing"),
    _once("s429_bare", _says(429), "too many requests, no wait named"),
    _once("s429_nan", _says(429, headers={"Retry-After": "nan"}), "too many requests, a wait that is not a number"),
    _once("s429_html", _says(429, _HTML, {"Content-Type": "text/html"}), "too many requests, as HTML"),
    _always(
        "s429_huge", _says(429, headers={"Retry-After": "86400"}), "too many requests, come back tomorrow", requests=5
    ),
    _always("s429_infinite", _says(429, headers={"Retry-After": "1e999"}), "too many requests, a wait without an end"),
    _always("s429_date_huge", _in(864000, _http_date), "too many requests, come back in ten days", requests=5),
    _always("s429_always", _says(429, headers={"Retry-After": "1"}), "too many requests, each time"),
    _once("s429_thrice", _says(429, headers={"Retry-After": "4"}), "too many requests, three times", times=3, waits=12),
    _once(
        "s429_reset_header",
        _says(429, headers={"X-RateLimit-Reset": "11", "X-RateLimit-Remaining": "0"}),
        "too many requests, the wait in a reset header",
        waits=11,
    ),
    _once(
        "s403_ratelimit_once",
        _says(403, headers={"Retry-After": "6"}),
        "a 403 that names a wait is a rate limit",
        waits=6,
    ),
    _once(
        "s403_remaining_once",
        _says(403, headers={"X-RateLimit-Remaining": "0", "X-RateLimit-Reset": "5"}),
        "a 403 with no requests left is a rate limit",
        waits=5,
    ),
    _own(
        "s404_past_end",
        _past_end,
        "the page after the last is a 404, as declared",
        "all rows",
        api=Api(resource={"empty_statuses": {404}}),
    ),
    _own("s404_past_end_undeclared", _past_end, "the page after the last is a 404, not declared", "all rows or raise"),
    _always("s204_mid", _nothing, "no content where a page belongs", must="all rows or raise", fits_any=False),
    _own(
        "s204_all",
        _nothing,
        "no content at all, as declared",
        "all rows",
        api=Api(resource={"empty_statuses": {204}}),
        truth=(),
    ),
    _own("s204_all_undeclared", _nothing, "no content at all, not declared", "all rows or raise", truth=()),
    _always("s206_mid", _partial_content, "a part of the body under a status that says so"),
    _always("s206_rows", _under(206, 2), "some of the rows, under a status that says so", fits_any=False),
    _always("s202_empty", _under(202, 0), "no rows yet, under a status that says so", fits_any=False),
    _always("s200_empty_body", _body(b""), "a good status and no body"),
    _always("s200_blank_body", _body(b" \r\n "), "a good status and a blank body"),
    _always("s200_null", _body(b"null"), "a good status and null", fits_any=False),
    _always("s200_list", _body(b"[]"), "an empty list where an object belongs", fits_any=False),
    _always("s200_empty_object", _body(b"{}"), "an object with nothing in it", fits_any=False),
    _always("s200_text", _body(b'"rate limited"'), "a text where an object belongs"),
    _always("s200_error_mid", _body(b'{"error": "shard down"}'), "an error under a good status"),
    _once("s200_error_once", _body(b'{"error": "shard down"}'), "an error under a good status, once"),
    _once(
        "s200_message_once", _body(b'{"message": "try again"}'), "a message under a good status, once", fits_any=False
    ),
    _always("s200_error_first", _body(b'{"error": "shard down"}'), "an error under a good status at once", page=1),
    _always("s200_error_items", _page(error={"code": "timeout"}), "rows, and an error beside them", fits_any=False),
    _always(
        "s200_errors_empty_list",
        _page(items=[], errors=["timeout"]),
        "no rows, and an error beside that",
        fits_any=False,
    ),
    _once("s200_partial_once", _partial, "some of the rows, and that there are more, once", fits_any=False),
    _always("s200_partial", _partial, "some of the rows, and that there are more", fits_any=False),
    _always("s200_html", _body(_HTML, "text/html"), "a page of HTML under a good status"),
    _once("s200_html_once", _body(_HTML, "text/html"), "a page of HTML under a good status, once"),
    _always("s200_html_as_json", _body(_HTML), "a page of HTML that is called JSON"),
    _always("s200_xml", _body(b"<items/>", "application/xml"), "a page of XML under a good status"),
    _always("s200_lines", _body(b'{"id": 1}\n{"id": 2}\n', "application/x-ndjson"), "lines of JSON where one belongs"),
    _always("s200_jsonp", _body(b'callback({"items": []})', "text/javascript"), "JSON wrapped into a call"),
    _own(
        "s200_text_type",
        lambda s, a: evolve(s.good(a), headers={"Content-Type": "text/plain"}),
        "good JSON called text",
        "all rows",
    ),
    _own("s302_login", _to_login, "a redirect to a page where one signs in", "raise", requests=40),
    _own("redirect_same_host", on_page(_moved(), 3), "a redirect to another path of the host", "all rows"),
    _own("redirect_same_host_308", on_page(_moved(308), 3), "a lasting redirect to another path", "all rows"),
    _own("redirect_303", on_page(_moved(303), 3), "a redirect to where the answer is", "all rows"),
    _always("redirect_nowhere", _says(302, b""), "a redirect without a place", requests=40, fits_any=False),
    _always("redirect_infinite_body", _heavy(302), "a redirect has a body without an end", requests=20, fits_any=False),
    _always("s500_infinite_body", _heavy(500), "an error has a body without an end", requests=20),
    _own("redirect_loop", _in_circles, "redirects without an end", "raise"),
    _own(
        "redirect_self",
        on_page(lambda s, a: Answer(b"", 302, {"Location": s.here + a.target})),
        "a redirect to the same place",
        "raise",
    ),
    _own("redirect_then_500", _then_fails, "a redirect to a server that fails", "raise", requests=20),
    _once(
        "log_injection",
        _says(400, {"message": "\x1b[31mx\r\nFORGED"}, {"X-Y": "z"}, "Bad \x1b[31mRequest"),
        "control characters in the reason and the message",
        must="raise",
    ),
    _own(
        "total_400_past_end",
        lambda s, a: s.good(a) if s.good(a).body["items"] else Answer({"message": "past the end"}, 400),
        "the page after the last is a 400, and the total says that it is not asked",
        "all rows",
        api=Api(resource={"paginator": PageNumberPaginator(limit_param="limit", limit=SIZE, end=Total("total"))}),
    ),
)
