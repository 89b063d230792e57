"""The pages of `docs/` as tests see them: sections, code blocks, and an API that answers as a page says it does."""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any
from urllib.parse import parse_qsl, urlsplit

import pytest
from attrs import define, field, frozen
from markdown_it import MarkdownIt

DOCS = Path(__file__).parents[2] / "docs"

_TITLE = re.compile(r'title="([^"]*)"')
_ASKED = re.compile(r"(GET|POST) (\S+)")
_ANSWERED = re.compile(r"([1-5]\d\d)\b.*")


@frozen
class Block:
    """A fenced block of a page."""

    language: str
    title: str
    text: str
    line: int


@frozen
class Section:
    """What stands under a heading of a page, and before its first one."""

    page: str
    heading: str
    blocks: tuple[Block, ...]
    preamble: tuple[Block, ...] = ()

    def __str__(self) -> str:
        return f"{self.page}: {self.heading}"


def blocks_of(path: Path) -> list[tuple[str, Block]]:
    """Return the fenced blocks of a page, each with the heading of the second level above it."""
    found, heading = [], ""
    tokens = MarkdownIt().parse(path.read_text(encoding="utf-8"))
    for at, token in enumerate(tokens):
        if token.type == "heading_open" and token.tag == "h2":
            heading = tokens[at + 1].content
        if token.type == "fence":
            language, _, rest = token.info.partition(" ")
            title = _TITLE.search(rest)
            found.append((heading, Block(language, title[1] if title else "", token.content, token.map[0] + 1)))
    return found


def sections_of(page: str) -> list[Section]:
    """Return the sections of a page that have blocks."""
    found = blocks_of(DOCS / page)
    preamble = tuple(block for heading, block in found if not heading)
    headings = dict.fromkeys(heading for heading, _ in found if heading)
    return [
        Section(page, one, tuple(block for heading, block in found if heading == one), preamble) for one in headings
    ]


@pytest.fixture
def blocks() -> Callable[[str], list[Block]]:
    """Return a function that returns the blocks of a page, in order."""
    return lambda page: [block for _, block in blocks_of(DOCS / page)]


def pytest_generate_tests(metafunc: pytest.Metafunc) -> None:
    """Let a test that takes a `section` run for each section of the pages that its module names."""
    if "section" in metafunc.fixturenames:
        sections = [one for page in metafunc.module.PAGES for one in sections_of(page)]
        metafunc.parametrize("section", sections, ids=str)


@frozen
class Exchange:
    """One request of a page's API, and its answer: `GET /path`, headers, a body; then a status, headers, a body."""

    method: str
    target: str
    headers: dict[str, str]
    body: Any
    status: int
    answer_headers: dict[str, str]
    answer: Any

    @property
    def question(self) -> Any:
        """What tells this request from another one of the same page."""
        return _question(self.method, self.target, self.body)


def _question(method: str, target: str, body: Any) -> Any:
    parts = urlsplit(target)
    query = sorted(parse_qsl(parts.query, keep_blank_values=True))
    return method, parts.path, query, json.dumps(body, sort_keys=True)


def exchanges_of(text: str) -> list[Exchange]:
    """Return the exchanges that a block titled `the API` shows."""
    lines = text.splitlines()
    starts = [at for at, line in enumerate(lines) if _ASKED.fullmatch(line)]
    return [_exchange(lines[start:end]) for start, end in zip(starts, [*starts[1:], len(lines)], strict=True)]


def _exchange(lines: list[str]) -> Exchange:
    method, target = _ASKED.fullmatch(lines[0]).groups()  # type: ignore[union-attr] # it was found by this
    middle = next(at for at, line in enumerate(lines) if _ANSWERED.fullmatch(line))
    headers, body = _headers_and_body(lines[1:middle])
    answer_headers, answer = _headers_and_body(lines[middle + 1 :])
    return Exchange(method, target, headers, body, int(lines[middle].split()[0]), answer_headers, answer)


def _headers_and_body(lines: list[str]) -> tuple[dict[str, str], Any]:
    named = [line.partition(": ") for line in lines if re.match(r"[A-Za-z-]+: ", line)]
    body = "\n".join(line for line in lines if not re.match(r"[A-Za-z-]+: ", line)).strip()
    return {name: value for name, _, value in named}, json.loads(body) if body else None


@define
class Described:
    """The API that a page describes, on loopback."""

    api: Any
    unasked: list[Exchange] = field(factory=list)
    unknown: list[str] = field(factory=list)

    def describe(self, text: str) -> None:
        """Answer from now on what the exchanges of a block ask; the same question again gets the next answer."""
        self.unasked += exchanges_of(text)
        for path in {urlsplit(one.target).path for one in self.unasked}:
            self.api.answer(path, self._answer)

    def _answer(self, asked: Any) -> Any:
        body = json.loads(asked.body) if asked.body else None
        question = _question(asked.method, asked.target, body)
        for one in self.unasked:
            if one.question == question and all(asked.headers.get(name) == one.headers[name] for name in one.headers):
                self.unasked.remove(one)
                return self.api.reply(one.answer, one.status, one.answer_headers)
        self.unknown.append(f"{asked.method} {asked.target}")
        return self.api.reply({"code": "not_described"}, 404)


@pytest.fixture
def described(tiny_api: Any) -> Iterator[Described]:
    """Return the API of a page; at the end, everything that the page shows was asked, and nothing else."""
    api = Described(tiny_api)
    yield api
    assert api.unknown == []
    assert [f"{one.method} {one.target}" for one in api.unasked] == []


@pytest.fixture
def install(installed: Callable[[Any], None], tiny_api: Any, monkeypatch: pytest.MonkeyPatch) -> Callable[[Any], None]:
    """Return a function that installs a connector and sets its settings: `base_url` and made-up secrets."""
    from sdk import Secret
    from sdk.settings import environment_name

    def make(connector: Any) -> None:
        installed(connector)
        monkeypatch.setenv(environment_name(connector.name, "base_url"), tiny_api.url)
        for one in connector.declared_settings:
            if isinstance(one, Secret):
                monkeypatch.setenv(environment_name(connector.name, one.name), f"made-up-{one.name.replace('_', '-')}")

    return make
