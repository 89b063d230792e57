"""An API with a list for each way of paging, and a dictionary loaded from it twice: by dlt's source and by ours."""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any
from urllib.parse import parse_qs

import pytest
from attrs import define, field, frozen

PAGE = 5
POSTS = [
    {
        "id": number,
        "title": f"Post {number}",
        "score": number / 4,
        "updated_at": f"2024-01-{number % 28 + 1:02}T00:00:00Z",
        "author": {"id": number % 3, "name": f"Author {number % 3}"},
        "tags": [{"name": f"tag {one}"} for one in range(number % 3)],
        "empty": None,
    }
    for number in range(1, 24)
]


def comments(post: int) -> list[dict[str, Any]]:
    """Return the comments on a post."""
    return [{"id": post * 100 + one, "text": f"{one} on {post}"} for one in range(post % 4)]


@define
class ListApi:
    """Lays the lists out on a tiny API."""

    tiny: Any
    posts: list[dict[str, Any]] = field(factory=lambda: [dict(one) for one in POSTS])

    @property
    def url(self) -> str:
        """Where it is."""
        return str(self.tiny.url)

    def page(self, asked: Any, records: list[Any], base: int = 1, param: str = "page") -> tuple[list[Any], int, int]:
        """Return the records of the page that is asked for, its number and how many pages there are."""
        body = json.loads(asked.body) if asked.body[:1] == b"{" else {}
        number = int(body.get(param, asked.query.get(param, base)))
        pages = -(-len(records) // PAGE)
        begin = (number - base) * PAGE
        return (records[begin : begin + PAGE] if begin >= 0 else []), number, pages

    def lay(self) -> None:
        """Lay out every list."""
        self._lay_numbers()
        self._lay_tokens()
        self._lay_links()
        self._lay_one_page()
        self._lay_children()

    def _lay_numbers(self) -> None:
        say, reply = self.tiny.answer, self.tiny.reply

        def counted(base: int, **names: Any) -> Callable[[Any], Any]:
            def answer(asked: Any) -> Any:
                found, number, pages = self.page(asked, self.posts, base)
                facts = {"total": pages, "more": number - base + 1 < pages, **names}
                return reply({"data": found, "meta": facts, "total": pages})

            return answer

        say("/zero", counted(0))
        say("/one", counted(1))

        def bare(asked: Any) -> Any:
            return reply(self.page(asked, self.posts)[0])

        say("/bare", bare)

        def offset(asked: Any) -> Any:
            body = json.loads(asked.body) if asked.body else {}
            begin = int(body.get("offset", asked.query.get("offset", 0)))
            size = int(body.get("limit", asked.query.get("limit", PAGE)))
            more = begin + size < len(self.posts)
            facts = {"total": len(self.posts), "more": str(more).lower()}
            return reply({"items": self.posts[begin : begin + size], **facts})

        say("/offset", offset)

    def _lay_tokens(self) -> None:
        say, reply = self.tiny.answer, self.tiny.reply

        def cursor(asked: Any) -> Any:
            body = json.loads(asked.body) if asked.body else {}
            sent = body.get("page", {}).get("token") or asked.query.get("cursor") or asked.query.get("after") or "0"
            begin = int(sent)
            more = begin + PAGE < len(self.posts)
            token = str(begin + PAGE) if more else None
            return reply(
                {"list": {"posts": self.posts[begin : begin + PAGE]}, "cursors": {"next": token}, "more": more}
            )

        say("/cursor", cursor)

        def cursor_left_out(asked: Any) -> Any:
            begin = int(asked.query.get("cursor", "0"))
            more = begin + PAGE < len(self.posts)
            cursors = {"next": str(begin + PAGE)} if more else {}
            return reply({"data": self.posts[begin : begin + PAGE], "cursors": cursors})

        say("/cursor_left_out", cursor_left_out)

    def _lay_links(self) -> None:
        say, reply = self.tiny.answer, self.tiny.reply

        def linked(asked: Any) -> Any:
            found, number, pages = self.page(asked, self.posts)
            link = f"{self.url}/linked?page={number + 1}" if number < pages else None
            return reply({"results": found, "next": link, "paging": {"next": link}})

        say("/linked", linked)

        def relative(asked: Any) -> Any:
            found, number, pages = self.page(asked, self.posts)
            link = f"/relative?page={number + 1}" if number < pages else None
            return reply({"results": found, **({"paging": {"next": link}} if link else {})})

        say("/relative", relative)

        def header_link(asked: Any) -> Any:
            found, number, pages = self.page(asked, self.posts)
            link = f'<{self.url}/header_link?page={number + 1}>; rel="next"' if number < pages else ""
            return reply(found, headers={"Link": link} if link else {})

        say("/header_link", header_link)

        def header_cursor(asked: Any) -> Any:
            begin = int(asked.query.get("cursor", "0"))
            more = begin + PAGE < len(self.posts)
            return reply(self.posts[begin : begin + PAGE], headers={"next": str(begin + PAGE)} if more else {})

        say("/header_cursor", header_cursor)

    def _lay_one_page(self) -> None:
        say, reply = self.tiny.answer, self.tiny.reply

        def since(asked: Any) -> Any:
            found = [one for one in self.posts if one["updated_at"] >= asked.query.get("since", "")]
            until = asked.query.get("until")
            found = [one for one in found if until is None or one["updated_at"] < until]
            return reply({"data": found})

        say("/since", since)
        say("/all", lambda _asked: reply({"data": self.posts}))
        say("/search", lambda asked: reply({"data": [{"id": 1, "sent": json.loads(asked.body or b"{}")}]}))
        say("/form", lambda asked: reply({"data": [{"id": 1, "sent": parse_qs(asked.body.decode())}]}))
        say("/echo", lambda asked: reply({"data": [{"id": 1, "query": asked.query}]}))

    def _lay_children(self) -> None:
        say, reply = self.tiny.answer, self.tiny.reply

        for one in self.posts:
            number = one["id"]
            gone = number % 5 == 0
            say(f"/posts/{number}/comments", lambda _asked, n=number: reply({"data": comments(n)}))
            say(f"/posts/{number}", lambda _asked, n=number: reply({"id": n, "body": f"Body {n}", "error": "none"}))
            say(
                f"/rare/{number}",
                lambda _asked, n=number, g=gone: reply({"why": "gone"}, 404) if g else reply({"id": n}),
            )
            say(f"/comments/{number}/likes", lambda _asked, n=number: reply({"data": [{"id": n}]}))
            for comment in comments(number):
                say(f"/comments/{comment['id']}/likes", lambda _asked, n=comment["id"]: reply({"data": [{"like": n}]}))
        say("/comments", lambda asked: reply({"data": comments(int(asked.query["post"]))}))
        say("/by_body", lambda asked: reply({"data": comments(int(json.loads(asked.body)["post"]))}))
        say("/by_header", lambda asked: reply({"data": comments(int(asked.headers["x-post"]))}))
        say(
            "/keyed",
            lambda asked: reply({"data": [{"id": 1}]}, 200 if "key" in str(asked.headers) + asked.target else 401),
        )
        say("/scalars", lambda _asked: reply({"data": ["a", "b", "c"]}))
        say("/groups", lambda _asked: reply({"groups": [{"posts": self.posts[:3]}, {"posts": self.posts[3:4]}]}))
        say("/object", lambda _asked: reply({"name": "one", "count": 7}))


@pytest.fixture
def lists(tiny_api: Any) -> ListApi:
    """Return the API with all of its lists."""
    api = ListApi(tiny_api)
    api.lay()
    return api


@frozen
class Outcome:
    """What one source loaded, and what it asked for it."""

    tables: dict[str, dict[str, str]]
    rows: dict[str, list[tuple[Any, ...]]]
    requests: list[tuple[Any, ...]]


@define
class Twice:
    """Loads one dictionary by dlt's source and by ours, each into a file of its own."""

    api: ListApi
    pipeline: Callable[[str], Any]

    def requests(self) -> list[tuple[Any, ...]]:
        """Return what was asked, in no order."""
        found = []
        for one in self.api.tiny.asked:
            query = parse_qs(one.target.partition("?")[2], keep_blank_values=True)
            found.append((one.method, one.path, tuple(sorted(query.items(), key=str)), _body(one.body)))
        return sorted(found, key=repr)

    def records(self, source: Any) -> tuple[list[Any], list[tuple[Any, ...]]]:
        """Return the records of *source*, in order, and what it asked for them."""
        self.api.tiny.forget()
        return list(source), self.requests()

    def by(self, name: str, source: Any) -> Outcome:
        """Return what *source* loads into the file *name*, which it may go on from."""
        self.api.tiny.forget()
        loaded = self.pipeline(name)
        loaded.run(source)
        # One whose records hold nothing but lists has no columns of its own.
        tables = {one: columns for one in loaded.tables() if (columns := loaded.columns(one))}
        rows = {
            one: loaded.rows(one, *columns) if len(columns) > 1 else [(row,) for row in loaded.rows(one, *columns)]
            for one, columns in tables.items()
        }
        return Outcome(tables, rows, self.requests())


def _body(content: bytes) -> Any:
    """Return a body such that the order of keys does not count."""
    return json.dumps(json.loads(content), sort_keys=True) if content[:1] in {b"{", b"["} else content


@pytest.fixture
def twice(lists: ListApi, pipeline: Any) -> Twice:
    """Return what loads a dictionary twice."""
    return Twice(lists, pipeline)
