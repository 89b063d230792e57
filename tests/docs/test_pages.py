"""What the pages say of names, commands, messages and hooks is so."""

from __future__ import annotations

import ast
import inspect
import re
import shlex
from collections import Counter
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path
from typing import Any

import click
import pytest
from markdown_it import MarkdownIt

import sdk
from sdk import auth, hookspecs, paginators, testing
from sdk.cli import cli
from sdk.testing import simulator

ROOT = Path(__file__).parents[2]
DOCS = ROOT / "docs"
PAGES = sorted(
    path for path in (*DOCS.rglob("*.md"), ROOT / "CONTRIBUTING.md") if "examples" not in path.relative_to(ROOT).parts
)

HOOKS = [name for name in vars(hookspecs) if name.startswith("sdk_")]


def name(path: Path) -> str:
    """Return how a page is called in a test's id."""
    return path.relative_to(ROOT).as_posix()


def spans(path: Path) -> Iterator[str]:
    """Yield what a page sets in code type inside of text and tables."""
    for token in MarkdownIt().enable("table").parse(path.read_text(encoding="utf-8")):
        yield from (one.content for one in token.children or () if one.type == "code_inline")


def typed(path: Path) -> Iterator[str]:
    """Yield the commands that a page tells to type."""
    for token in MarkdownIt().parse(path.read_text(encoding="utf-8")):
        if token.type == "fence" and token.info == "console":
            lines = token.content.replace("\\\n", " ").splitlines()
            yield from (line.removeprefix("$ ") for line in lines if line.startswith("$ "))


def commands(path: Path) -> list[str]:
    """Return the commands `sdk ...` that stand anywhere in a page."""
    found = [*spans(path), *typed(path)]
    return [one for one in found if re.match(r"sdk [a-z]", one)]


@pytest.mark.parametrize("path", PAGES, ids=name)
def test_commands_exist(path: Path):
    """Each `sdk ...` of a page is a command, and it has the options that stand there."""
    wrong = [f"{one}: {problem}" for one in commands(path) if (problem := misuse(shlex.split(one, comments=True)[1:]))]

    assert wrong == []


def misuse(words: list[str]) -> str:
    """Return why click would not take a command; nothing is run. Names in capitals and `...` stand for anything."""
    context = click.Context(cli, info_name="sdk")
    command = cli.get_command(context, words[0])
    if command is None:
        return "no such command"
    options = {text for one in command.params if isinstance(one, click.Option) for text in (*one.opts, "--help")}
    unknown = [word for word in words[1:] if word.startswith("-") and word.partition("=")[0] not in options]
    arguments = [one for one in command.params if isinstance(one, click.Argument)]
    values = [word for word in words[1:] if not word.startswith("-")]
    if unknown:
        return f"no option {unknown[0]}"
    return "" if arguments or not values else f"takes no {values[0]!r}"


@pytest.mark.parametrize("path", PAGES, ids=name)
def test_values_can_be_built(path: Path):
    """Each `Name(...)` of a public name that stands in a page's text can be built as it stands there."""
    public = {name: getattr(sdk, name) for name in sdk.__all__}
    names = {**public, **vars(paginators), **vars(auth), "timedelta": timedelta}
    built = []
    for one in spans(path):
        called = re.match(r"([A-Z]\w+)\(.*\)$", one)
        if called and called[1] in sdk.__all__ and "..." not in one and "…" not in one:
            built.append(eval(one, dict(names)))  # noqa: S307 - our own documentation

    assert all(one is not None for one in built)


def test_hooks_have_their_rows():
    """Both tables of the hooks show each with its arguments, in order, and say the same of it."""
    tables = [hook_rows(path) for path in (DOCS / "hooks.md", ROOT / "CONTRIBUTING.md")]

    arguments = {hook: [*inspect.signature(getattr(hookspecs, hook)).parameters] for hook in HOOKS}
    assert [{hook: row[0] for hook, row in table.items()} for table in tables] == [arguments, arguments]
    assert tables[0] == tables[1]


def hook_rows(path: Path) -> dict[str, tuple[list[str], list[str]]]:
    """Return the rows of the table of hooks: for each its arguments, and what is said of it."""
    rows = re.findall(r"^\| `(sdk_\w+)\((.*?)\).*?` \| (.*) \|$", path.read_text(), re.MULTILINE)
    return {hook: ([one for one in given.split(", ") if one], said.split(" | ")) for hook, given, said in rows}


@pytest.mark.parametrize("hook", [hook for hook in HOOKS if hook != "sdk_declare_connector"])
def test_nothing_is_what_the_hook_says(hook: str):
    """What the table calls "nothing" stands among the answers of the hook's own documentation, but for `None`."""
    nothing = re.match(r"`(.+?)`", hook_rows(DOCS / "hooks.md")[hook][1][-1])
    answers = inspect.getdoc(getattr(hookspecs, hook)).partition("Returns:")[2].partition("Example:")[0]

    assert nothing is None or f"`{nothing[1]}`" in answers


def test_every_public_name_has_its_place_in_the_reference():
    """And one only."""
    text = "\n".join(path.read_text() for path in (DOCS / "reference").glob("*.md"))
    shown = Counter(re.findall(r"^(?:::: |## )(sdk[\w.]*)", text, re.MULTILINE))
    packages: dict[str, Any] = {
        "sdk": sdk,
        "sdk.auth": auth,
        "sdk.paginators": paginators,
        "sdk.testing": testing,
        "sdk.testing.simulator": simulator,
    }
    public = {f"{package}.{one}" for package, module in packages.items() for one in module.__all__}
    # What `sdk` itself repeats is shown there.
    public -= {f"{package}.{one}" for package in ("sdk.auth", "sdk.paginators") for one in sdk.__all__}
    # There is a module of this name, too.
    shown["sdk.columns"] = shown.pop("sdk.columns.columns", 0)
    shown.update({f"sdk.{hook}": 0 for hook in HOOKS})

    assert {one: shown[one] for one in public} == dict.fromkeys(public, 1)


def test_every_end_rule_has_its_row():
    """The table of end rules names each, and the text the default of each paginator."""
    text = (DOCS / "paginators.md").read_text()
    rules = [one for one in paginators.__all__ if is_a(one, paginators.EndRule) and one != "EitherEnd"]

    assert sorted(set(re.findall(r"^\| `(\w+)\(.*?\)` \|", text, re.MULTILINE)) & set(rules)) == sorted(rules)


def is_a(name: str, kind: type) -> bool:
    """Return whether a public paginating name is a subclass of *kind*, and not *kind* itself."""
    value = getattr(paginators, name)
    return isinstance(value, type) and issubclass(value, kind) and value is not kind


def test_the_defaults_of_paginators_are_as_said():
    """Each sentence about a default end rule holds for the paginators that it names."""
    text = " ".join((DOCS / "paginators.md").read_text().partition("The defaults: ")[2].partition(".\n")[0].split())
    said = {
        paginator: rule
        for names, rule in re.findall(r"((?:`\w+`,? ?)+)(?:end )?with `(\w+)\(\)`", text)
        for paginator in re.findall(r"`(\w+)`", names)
    }

    defaults = {
        one: type(end.default).__name__
        for one in paginators.__all__
        if is_a(one, paginators.Paginator)
        and (end := getattr(getattr(paginators, one).__attrs_attrs__, "end", None)) is not None
    }
    assert said == defaults


def test_every_auth_scheme_has_its_row():
    """The table of schemes names each."""
    text = (DOCS / "auth.md").read_text()
    schemes = [one for one in auth.__all__ if one not in {"Refreshable", "TokenStore"}]

    assert [one for one in schemes if not re.search(rf"^\|.*\| `{one}\(", text, re.MULTILINE)] == []


def test_messages_of_troubleshooting_are_raised():
    """What a row says that a message says stands in the text of some message."""
    texts = " ".join(message_texts())
    rows = re.findall(r"^\| (`.+?`) \|", (DOCS / "troubleshooting.md").read_text(), re.MULTILINE)
    quoted = [one for row in rows for one in re.findall(r"`(.+?)`", row)]
    # Values that a message fills in.
    patterns = {one: re.sub(r"'tickets'|401|403|404|\b3\b", "{}", one) for one in quoted}

    assert [one for one, pattern in patterns.items() if pattern not in texts] == []


def message_texts() -> Iterator[str]:
    """Yield each text of the package, with `{}` for what is filled in."""
    for path in (ROOT / "sdk").rglob("*.py"):
        for node in ast.walk(ast.parse(path.read_text())):
            if isinstance(node, ast.JoinedStr):
                yield "".join(str(one.value) if isinstance(one, ast.Constant) else "{}" for one in node.values)
            elif isinstance(node, ast.Constant) and isinstance(node.value, str):
                yield node.value


def test_contributing_is_whole_on_its_page():
    """The page of the documentation takes all of CONTRIBUTING.md, and leads where that leads."""
    theirs, ours = (ROOT / "CONTRIBUTING.md").read_text(), (DOCS / "contributing.md").read_text()
    begin, end = theirs.index("[start:page]"), theirs.index("[end:page]")
    links = re.findall(r"^\[(\w+)\]: (?:docs/)?(\S+)$", theirs, re.MULTILINE)

    assert theirs[:begin] == "# Contributing\n\n<!-- --8<-- "
    assert re.findall(r"\]\((?!http)[^)]+\)", theirs[begin:end]) == []
    assert re.findall(r"^\[(\w+)\]: (\S+)$", ours, re.MULTILINE) == links
    assert set(re.findall(r"\]\[(\w+)\]", theirs)) == {one for one, _ in links}


def test_modules_of_contributing_are_those_that_exist():
    """The table of layers names each module and package of `sdk` once."""
    rows = re.findall(r"^\| \d \| ((?:`\w+` ?)+) \|", (ROOT / "CONTRIBUTING.md").read_text(), re.MULTILINE)
    named = [one for row in rows for one in re.findall(r"`(\w+)`", row)]
    there = {path.stem for path in (ROOT / "sdk").iterdir() if path.suffix == ".py" or (path / "__init__.py").exists()}

    assert sorted(named) == sorted(there - {"__init__", "__main__"})


def test_the_paginator_of_contributing_is_one():
    """Its code runs as it stands there, and counts every other page until one is empty."""
    [code] = re.findall(r"```python\n(.*?)```", (ROOT / "CONTRIBUTING.md").read_text(), re.DOTALL)
    names: dict[str, Any] = {}
    exec(code, names)  # noqa: S102 - our own documentation
    paginator, request = names["EveryOtherPaginator"](), sdk.Request("https://api.test/planets")

    following = paginator.next_request(sdk.Page(request), [{"id": 1}])

    assert following == request.with_params({"page": 3})
    assert paginator.next_request(sdk.Page(following), []) is sdk.LAST_PAGE
