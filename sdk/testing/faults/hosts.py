"""Faults of hosts: links and redirects that lead a credential away, or rows in from elsewhere."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, Final, get_args
from urllib.parse import urlsplit

from attrs import evolve

from sdk.testing.faults.api import Api, Credential, Style
from sdk.testing.faults.fault import Fault, Must
from sdk.testing.faults.stage import Play, Stage, on_page
from sdk.testing.faults.wire import Answer, Asked

_KINDS: Final[tuple[Credential, ...]] = tuple(one for one in get_args(Credential) if one != "oauth")


def _ports(stage: Stage) -> tuple[int, int]:
    return urlsplit(stage.here).port or 0, urlsplit(stage.there).port or 0


def _elsewhere(stage: Stage) -> str:
    return f"{stage.there}/items?after=c15"


def _port(stage: Stage) -> int:
    return _ports(stage)[0]


# Where a link may lead, by what is wrong with it.
_PLACES: Final[dict[str, Callable[[Stage], str]]] = {
    "other_port": _elsewhere,
    "no_scheme": lambda stage: _elsewhere(stage).removeprefix("http:"),
    "three_slashes": lambda stage: "/" + _elsewhere(stage).removeprefix("http:"),
    "backslashes": lambda stage: "\\\\" + _elsewhere(stage).removeprefix("http://"),
    "backslash_after_host": lambda stage: f"http://127.0.0.1:{_ports(stage)[1]}\\@127.0.0.1:{_port(stage)}/items",
    "other_host": lambda stage: f"http://localhost:{_port(stage)}/items?after=c15",
    "suffix_host": lambda stage: f"http://127.0.0.1.evil.localhost:{_port(stage)}/items?after=c15",
    "trailing_dot": lambda stage: f"http://127.0.0.1.:{_port(stage)}/items?after=c15",
    "userinfo": lambda stage: f"http://user:pass@127.0.0.1:{_port(stage)}/items?after=c15",
    "userinfo_host": lambda stage: f"http://127.0.0.1:{_port(stage)}@127.0.0.1:{_ports(stage)[1]}/items?after=c15",
    "https": lambda stage: stage.here.replace("http:", "https:") + "/items?after=c15",
    "decimal_host": lambda stage: f"http://2130706433:{_ports(stage)[1]}/items?after=c15",
    "hex_host": lambda stage: f"http://0x7f000001:{_port(stage)}/items?after=c15",
    "short_host": lambda stage: f"http://127.1:{_port(stage)}/items?after=c15",
    "ipv6_host": lambda stage: f"http://[::ffff:127.0.0.1]:{_port(stage)}/items?after=c15",
    "zero_host": lambda stage: f"http://0.0.0.0:{_port(stage)}/items?after=c15",
    "link_local": lambda _: "http://169.254.169.254/latest/meta-data/",
    "file_scheme": lambda _: "file:///etc/passwd",
    "ftp_scheme": lambda _: "ftp://127.0.0.1/items",
    "data_scheme": lambda _: 'data:application/json,{"items":[{"id":666}],"next":null}',
    "script_scheme": lambda _: "javascript:alert(1)",
    "bad_port": lambda _: "http://127.0.0.1:99999/items",
    "no_port": lambda _: "http://127.0.0.1:/items",
    "bad_brackets": lambda _: "http://[127.0.0.1/items",
    "line_break": lambda stage: f"{stage.here}/items?after=c15 HTTP/1.1\r\nX-Evil: 1\r\n\r\n",
    "tab_in_scheme": lambda stage: _elsewhere(stage).replace("http", "ht\ttp"),
}
_SECONDARY: Final = ("other_port", "no_scheme", "userinfo_host", "https", "other_host")
_DIRECTIONS: Final = (301, 302, 303, 307, 308)


def _leads(place: Callable[[Stage], str]) -> Play:
    """Name a link to *place* on the third page."""

    def answer(stage: Stage, asked: Asked) -> Answer:
        good = stage.good(asked)
        if "Link" in good.headers:
            target = place(stage).replace("\r\n", "")
            return evolve(good, headers={"Link": f'<{target}>; rel="next"'})
        return good.saying(next=place(stage))

    return on_page(answer, 3)


def _redirects(place: Callable[[Stage], str], status: int = 302) -> Play:
    return on_page(lambda stage, _: Answer(b"", status, {"Location": place(stage)}))


def _by_two(stage: Stage, asked: Asked) -> Answer:
    """Redirect within the host first, and then away from it."""
    if "moved" in asked.query:
        return Answer(b"", 302, {"Location": _elsewhere(stage)})
    if asked.query.get("page") == "3":
        return Answer(b"", 302, {"Location": f"{stage.here}{asked.target}&moved=1"})
    return stage.good(asked)


def _fault(name: str, play: Play, what: str, api: Api | None = None, must: Must = "raise", **facts: Any) -> Fault:
    return Fault(name=name, group="hosts", must=must, what=what, play=play, api=api or Api(), **facts)


def _link(name: str, style: Style, credential: Credential = "bearer") -> Fault:
    # A name that differs in its spelling only may be taken for ours; what counts is that it is not asked.
    must: Must = "all rows or raise" if name in {"line_break", "no_port", "three_slashes"} else "raise"
    prefix = {"link": "link", "header": "hlink"}[style]
    what = f"a link leads to another place: {name.replace('_', ' ')}"
    suffix = "" if credential == "bearer" else f"_{credential}"
    api = Api(style=style, credential=credential)
    return _fault(f"{prefix}_{name}{suffix}", _leads(_PLACES[name]), what, api, must)


FAULTS: Final[tuple[Fault, ...]] = (
    *(_link(name, "link") for name in _PLACES),
    *(_link(name, "header") for name in _SECONDARY),
    *(_link("other_port", "link", kind) for kind in _KINDS if kind != "bearer"),
    *(_link("other_port", "header", kind) for kind in _KINDS if kind != "bearer"),
    *(
        _fault(
            f"redirect_{name}",
            _redirects(_PLACES[name]),
            f"a redirect leads away: {name.replace('_', ' ')}",
            fits_any=True,
            status=302,
        )
        for name in _PLACES
        if name not in {"line_break", "three_slashes", "no_port", "tab_in_scheme"}
    ),
    *(
        _fault(
            f"redirect_other_host_{status}_{kind}",
            _redirects(_elsewhere, status),
            f"a redirect ({status}) leads to another host",
            Api(credential=kind),
            slow=status not in {302, 307},
        )
        for status in _DIRECTIONS
        for kind in _KINDS
    ),
    _fault("redirect_by_two", _by_two, "a redirect leads away at the second step"),
)
