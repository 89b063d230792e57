"""Any API of things with parts, in any way of paging, and a dictionary that reads it."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping, Sequence
from datetime import UTC, datetime
from typing import Any, Final, TypeAlias
from urllib.parse import parse_qs, urlencode

from attrs import define, evolve, field, frozen
from hypothesis import strategies as st

from sdk.testing.faults.wire import Answer, Asked

Row: TypeAlias = dict[str, Any]
Facts: TypeAlias = Mapping[str, Any]


@frozen
class Style:
    """A way of paging: what the API does, and what the dictionary says of it.

    Attributes:
        begin: Returns where the page that is asked for begins.
        facts: Returns what body and headers say beside the records, from where the page begins, where the next one does
            (`None` after the last) and how many records there are.
        said: The paginator of the dictionary; `None` for none.
    """

    name: str
    begin: Callable[[Asked, int], int]
    facts: Callable[[str, int, int | None, int], tuple[Facts, Mapping[str, str]]]
    said: Any


def _query(asked: Asked, name: str, default: int) -> int:
    return int(asked.query.get(name) or default)


def _ends(how: str, total: int, after: int | None) -> Facts:
    """Return what a body says of the end."""
    return {"total": {"total": total}, "more": {"more": after is not None}, "nothing": {}}[how]


def numbered(base: int, how: str, size: int) -> Style:
    """Pages by number, with a total of pages, a flag, or nothing that says where they end."""
    said = {"type": "page_number", "base_page": base, "total_path": "total" if how == "total" else None}
    if how == "more":
        said["has_more_path"] = "more"
    return Style(
        f"page numbers from {base}, {how}",
        lambda asked, size: (_query(asked, "page", base) - base) * size,
        lambda _url, _begin, after, count: (_ends(how, -(-count // size), after), {}),
        said,
    )


def offsets(how: str, size: int) -> Style:
    """Pages by offset."""
    said = {"type": "offset", "limit": size, "total_path": "total" if how == "total" else None}
    if how == "more":
        said["has_more_path"] = "more"
    return Style(
        f"offsets, {how}",
        lambda asked, _size: _query(asked, "offset", 0),
        lambda _url, _begin, after, count: (_ends(how, count, after), {}),
        said,
    )


def cursors(how: str, said: Any) -> Style:
    """Tokens in the body; at the end none, or nothing."""
    end: Facts = {} if how == "left out" else {"cursors": {"next": "" if how == "empty" else None}}
    return Style(
        f"tokens, {how} at the end",
        lambda asked, _size: _query(asked, "cursor", 0),
        lambda _url, _begin, after, _count: (end if after is None else {"cursors": {"next": f"{after}"}}, {}),
        said,
    )


def links(how: str, said: Any) -> Style:
    """Links to the next page in the body, whole or as a path."""

    def facts(url: str, _begin: int, after: int | None, _count: int) -> tuple[Facts, Mapping[str, str]]:
        link = None if after is None else f"{url}&at={after}"
        if link is not None and how == "paths":
            link = "/" + link.split("/", 3)[3]
        return ({} if link is None and how == "left out" else {"next": link}), {}

    return Style(f"links, {how}", lambda asked, _size: _query(asked, "at", 0), facts, said)


def headers(said: Any) -> Style:
    """Links in the header."""

    def facts(url: str, _begin: int, after: int | None, _count: int) -> tuple[Facts, Mapping[str, str]]:
        return {}, {} if after is None else {"Link": f'<{url}&at={after}>; rel="next"'}

    return Style("links in the header", lambda asked, _size: _query(asked, "at", 0), facts, said)


HEADER_CURSOR: Final = Style(
    "tokens in the header",
    lambda asked, _size: _query(asked, "cursor", 0),
    lambda _url, _begin, after, _count: ({}, {} if after is None else {"next": f"{after}"}),
    "header_cursor",
)


@st.composite
def styles(draw: st.DrawFn, size: int) -> Style:
    """Return any way of paging."""
    how = draw(st.sampled_from(["total", "more", "nothing"]))
    return draw(
        st.sampled_from(
            [
                numbered(draw(st.sampled_from([0, 1])), how, size),
                offsets(how, size),
                cursors(
                    draw(st.sampled_from(["null", "empty", "left out"])),
                    draw(st.sampled_from(["cursor", None, "auto"])),
                ),
                links(
                    draw(st.sampled_from(["whole", "paths", "left out"])),
                    draw(st.sampled_from([{"type": "json_link", "next_url_path": "next"}, None])),
                ),
                headers(draw(st.sampled_from(["header_link", None]))),
                HEADER_CURSOR,
            ]
        )
    )


@frozen
class Listing:
    """A list of the API, and how a dictionary says it.

    Attributes:
        size: How many records a page holds.
        place: The path of the records in the body; empty where the body is the list.
        selects: The dictionary says the path, too.
    """

    style: Style
    size: int
    place: str
    selects: bool

    def answer(self, url: str, asked: Asked, rows: Sequence[Row], kept: Facts | None = None) -> Answer:
        """Return the page of *rows* that is asked for; links keep the parameters *kept*."""
        begin = self.style.begin(asked, self.size)
        after = begin + self.size if begin + self.size < len(rows) else None
        facts, told = self.style.facts(f"{url}?{urlencode(kept or {})}", begin, after, len(rows))
        body: Any = list(rows[begin : begin + self.size])
        for step in reversed(self.place.split(".") if self.place else []):
            body = {step: body}
        return Answer({**body, **facts} if self.place else body, headers=dict(told))

    def said(self) -> Row:
        """Return what the dictionary's endpoint says."""
        found: Row = {} if self.style.said is None else {"paginator": self.style.said}
        return {**found, "data_selector": self.place} if self.selects and self.place else found


@st.composite
def listings(draw: st.DrawFn) -> Listing:
    """Return any list."""
    size = draw(st.integers(1, 5))
    style = draw(styles(size))
    in_body = style.name not in {"links in the header", HEADER_CURSOR.name} and "nothing" not in style.name
    places = ["data", "result.items", "results"] + ([] if in_body else [""])
    return Listing(style, size, draw(st.sampled_from(places)), draw(st.booleans()))


_values: Final = {
    "count": st.integers(-(2**53), 2**53),
    "share": st.integers(-999, 999).map(lambda one: one / 8),
    "is_open": st.booleans(),
    "title": st.text("abcdefgh äöü", max_size=9),
    "made_at": st.integers(6 * 10**8, 4 * 10**9).map(lambda at: datetime.fromtimestamp(at, UTC).isoformat()),
    "owner": st.fixed_dictionaries(
        {"id": st.integers(1, 5)}, optional={"name": st.text("xyz", min_size=1, max_size=3)}
    ),
    "tags": st.lists(st.text("pqr", min_size=1, max_size=3), max_size=3),
    "lines": st.lists(st.fixed_dictionaries({"sku": st.integers(1, 9), "of": st.just("line")}), max_size=3),
}


@st.composite
def rows(draw: st.DrawFn, least: int = 0, most: int = 9) -> list[Row]:
    """Return records with keys of their own, of which any may lack any field or have it as null."""
    keys = draw(st.lists(st.integers(1, 500), min_size=least, max_size=most, unique=True))
    fields = draw(st.sets(st.sampled_from(sorted(_values)), min_size=1))
    drawn = st.fixed_dictionaries({}, optional={name: st.none() | _values[name] for name in sorted(fields)})
    return [{"id": key, **draw(drawn)} for key in keys]


# How a child's endpoint names its parent.
WAYS: Final = ("path", "resolved", "query", "json", "header")


@frozen
class World:
    """An API of things with parts, and a dictionary that reads it.

    Attributes:
        things: The list of the parents.
        parts: The lists of the children, by parent.
        way: How the dictionary names a part's parent.
        gone: Parents whose parts answer 404, which the dictionary ignores.
        thing, part: What the dictionary says of the two resources beside their endpoints.
        news: How the dictionary asks for things that changed, if it does.
    """

    things: Listing
    records: list[Row]
    parts: Listing
    children: Mapping[int, list[Row]]
    way: str
    gone: frozenset[int]
    thing: Row
    part: Row
    news: str = ""

    @property
    def is_parallel(self) -> bool:
        """Whether dlt reads it in no particular order."""
        return bool(self.thing.get("parallelized") or self.part.get("parallelized"))

    def dictionary(self, base_url: str) -> Row:
        """Return the dictionary."""
        path, asked = "things/{resources.things.id}/parts", {}
        match self.way:
            case "resolved":
                path = "things/{thing}/parts"
                asked = {"params": {"thing": {"type": "resolve", "resource": "things", "field": "id"}}}
            case "query":
                path, asked = "parts", {"params": {"thing": "{resources.things.id}"}}
            case "json":
                path, asked = "parts", {"method": "POST", "json": {"thing": "{resources.things.id}"}}
            case "header":
                path, asked = "parts", {"headers": {"X-Thing": "{resources.things.id}"}}
        since = {"cursor_path": "updated_at", "initial_value": "2024-01-01T00:00:00Z"}
        news: Row = {
            "": {},
            "parameter": {"params": {"since": {"type": "incremental", **since}}},
            "endpoint": {"incremental": {"start_param": "since", **since}},
        }[self.news]
        ignores = {"response_actions": [{"status_code": 404, "action": "ignore"}]}
        return {
            "client": {"base_url": base_url},
            "resources": [
                {"name": "things", "endpoint": {"path": "things", **news, **self.things.said()}, **self.thing},
                {"name": "parts", "endpoint": {"path": path, **asked, **ignores, **self.parts.said()}, **self.part},
            ],
        }


@define
class Api:
    """Serves it, and notes what was asked."""

    world: World
    base_url: str = ""
    asked: list[Any] = field(factory=list)

    def __call__(self, asked: Asked) -> Answer:
        """Answer one request."""
        query = sorted(parse_qs(asked.target.partition("?")[2], keep_blank_values=True).items())
        self.asked.append((asked.method, asked.path, str(query), asked.body, asked.headers.get("x-thing")))
        match asked.path.removeprefix("/").split("/"):
            case ["things"]:
                since = asked.query.get("since", "")
                records = [one for one in self.world.records if one.get("updated_at", "") >= since]
                url = f"{self.base_url}/things"
                return self.world.things.answer(url, asked, records, {"since": since} if since else {})
            case ["things", thing, "parts"]:
                return self.parts(asked, int(thing))
            case ["parts"]:
                said = asked.query.get("thing") or asked.headers.get("x-thing")
                return self.parts(asked, int(said or json.loads(asked.body)["thing"]))
            case _:
                return Answer({"message": "no such path"}, 404)

    def parts(self, asked: Asked, thing: int) -> Answer:
        """Return the parts of a thing."""
        if thing in self.world.gone:
            return Answer({"message": "gone"}, 404)
        return self.world.parts.answer(self.base_url + asked.path, asked, self.world.children.get(thing, []))


def _odd(record: Row) -> bool:
    return bool(record["id"] % 2)


def _marked(record: Row) -> Row:
    return {**record, "marked": True}


def _twice(record: Row) -> list[Row]:
    return [record, {**record, "copy": 1}]


_steps = st.lists(
    st.sampled_from([{"filter": _odd}, {"map": _marked}, {"yield_map": _twice}]), max_size=2, unique_by=str
)
_about = st.fixed_dictionaries(
    {},
    optional={
        "processing_steps": _steps,
        "primary_key": st.just("id"),
        "selected": st.booleans(),
        "parallelized": st.booleans(),
        "max_table_nesting": st.integers(0, 2),
        "columns": st.just({"title": {"data_type": "text"}}),
    },
)
_includes = st.fixed_dictionaries({}, optional={"include_from_parent": st.just(["id"]) | st.just(["id", "title"])})


@st.composite
def worlds(draw: st.DrawFn) -> World:
    """Return any world."""
    records = draw(rows())
    way = draw(st.sampled_from(WAYS))
    parts = draw(listings())
    ids = [one["id"] for one in records]
    # Links and the query of a path know nothing of a body or a header: such APIs answer them by another path.
    alone = way in {"query", "json", "header"} and "links" in parts.style.name
    part = {**draw(_about), **draw(_includes)}
    if "title" in part.get("include_from_parent", ()):
        records = [{"title": "none", **one} for one in records]
    return World(
        things=draw(listings()),
        records=records,
        parts=parts,
        children={one: draw(rows(most=4)) for one in ids},
        way="path" if alone else way,
        gone=frozenset(draw(st.sets(st.sampled_from(ids), max_size=2)) if ids else ()),
        thing=draw(_about),
        part=part,
    )


@st.composite
def loads(draw: st.DrawFn) -> tuple[World, World]:
    """Return a world to load into tables, and what became of it later."""
    world, how, of_parts = draw(worlds()), draw(_dispositions), draw(_dispositions)
    thing = {**world.thing, **({} if how is None else {"write_disposition": how})}
    part = {**world.part, **({} if of_parts is None else {"write_disposition": of_parts})}
    if how == "merge":
        thing = {**_unique(thing), "primary_key": "id"}
    if of_parts == "merge":
        part = {**_unique(part), "primary_key": ["_things_id", "id"], "include_from_parent": ["id"]}
    days = {one["id"]: draw(st.integers(1, 28)) for one in world.records}
    records = [{**one, "updated_at": f"2024-01-{days[one['id']]:02}T00:00:00Z"} for one in world.records]
    changed = draw(st.sets(st.sampled_from(list(days)))) if days else set()
    later = [
        {**one, "title": "changed", "updated_at": f"2024-02-{days[one['id']]:02}T00:00:00Z"}
        if one["id"] in changed
        else one
        for one in records
    ]
    news = [
        {"id": 1000 + at, "title": "new", "updated_at": f"2024-03-{at + 1:02}T00:00:00Z"} for at in range(draw(_few))
    ]
    now = evolve(
        world, records=records, thing=thing, part=part, news=draw(st.sampled_from(["", "parameter", "endpoint"]))
    )
    return now, evolve(now, records=[*later, *news])


_few: Final = st.integers(0, 3)
_dispositions: Final = st.sampled_from([None, "append", "replace", "merge"])


def _unique(about: Row) -> Row:
    """Return what is said without steps that give two records one key: which of them stays is not said."""
    steps = [one for one in about.get("processing_steps", ()) if "yield_map" not in one]
    return {**about, **({"processing_steps": steps} if "processing_steps" in about else {})}
