"""Docstrings and commands become pages: what the build adds to the tools that it uses."""

from __future__ import annotations

import logging
import sys
from importlib import import_module
from pathlib import Path
from typing import Any

import click
import griffe
import pytest

from sdk.cli import cli

DOCS = Path(__file__).parents[2] / "docs"


@pytest.fixture
def module(monkeypatch: pytest.MonkeyPatch) -> Any:
    """Return a function that imports a module of the build, which finds them beside itself."""
    monkeypatch.syspath_prepend(str(DOCS))
    before = set(sys.modules)
    yield import_module
    for name in {"build", "command_line", "docstrings"} & (set(sys.modules) - before):
        del sys.modules[name]


def test_literal_blocks_become_fenced_ones(module: Any):
    """So that they are shown as Python, at the depth at which they stand."""
    text = "Ask.\n\nExample:\n    Ask twice::\n\n        ask()\n\n        ask()\n\n.. versionadded:: 0.1"

    found = module("docstrings").as_markdown(text)

    code = "```python\n    ask()\n\n    ask()\n    ```"
    assert found == f"Ask.\n\nExample:\n    Ask twice:\n\n    {code}\n\n*New in 0.1.*"


def test_attrs_classes_have_their_signatures(module: Any):
    """Inherited arguments and defaults among them; a default that is made anew each time is `...`."""
    del module  # the extension is loaded by its path
    extensions = griffe.load_extensions(str(DOCS / "docstrings.py"))
    package = griffe.load("sdk.paginators", search_paths=[str(DOCS.parent)], extensions=extensions)

    parameters = package["page_number.PageNumberPaginator"].parameters

    assert [(one.name, str(one.default)) for one in parameters if one.name != "self"] == [
        ("limit", "None"),
        ("limit_body_path", "None"),
        ("limit_param", "None"),
        ("base_page", "1"),
        ("base_unsaid", "False"),
        ("page_body_path", "None"),
        ("page_param", "..."),
        ("end", "EmptyPage()"),
    ]


def test_each_command_is_on_the_page(module: Any):
    """With its usage, each of its options and its examples."""
    text = "\n".join(module("command_line").pages())

    for name, command in cli.commands.items():
        section = text.partition(f"## sdk {name}\n")[2].partition("\n## ")[0]
        assert f"Usage: sdk {name} " in section
        options = [one for one in command.params if isinstance(one, click.Option)]
        assert [one.opts for one in options if not all(text in section for text in one.opts)] == []
        assert [line for line in (command.epilog or "").split("\n") if line.strip() not in section] == []


def test_a_warning_fails_the_build(module: Any, monkeypatch: pytest.MonkeyPatch):
    """Also one that the builder merely prints."""
    build = module("build")
    monkeypatch.chdir(DOCS.parent)
    root = logging.getLogger()
    monkeypatch.setattr(root, "handlers", list(root.handlers))

    monkeypatch.setattr(build, "cli", lambda *_, **__: None)
    well = build.main([])
    monkeypatch.setattr(build, "cli", lambda *_, **__: logging.getLogger("griffe").warning("no such parameter"))
    badly = build.main([])

    assert (well, badly) == (0, 1)
