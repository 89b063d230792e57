"""The page of the command line, from the commands themselves: a Markdown extension for `::: commands`."""

# ruff: noqa: INP001 - a module for the build alone

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import click
from markdown import Markdown
from markdown.extensions import Extension
from markdown.preprocessors import Preprocessor

from sdk.cli import cli

PLACE = "::: commands"


def pages() -> Iterator[str]:
    """Yield the lines of the page: usage, text, options and examples of each command."""
    context = click.Context(cli, info_name="sdk")
    for name in cli.list_commands(context):
        command = cli.get_command(context, name)
        if command is None or command.hidden:
            continue
        inner = click.Context(command, info_name=name, parent=context)
        yield from (f"## sdk {name}", "", *_text(command), "```text", command.get_usage(inner), "```", "")
        yield from _options(command, inner)
        if command.epilog:
            yield from ("```text", *(line.strip() for line in command.epilog.strip().splitlines()), "```", "")


def _text(command: click.Command) -> Iterator[str]:
    for line in (command.help or "").partition("\f")[0].splitlines():
        yield line.strip()
    yield ""


def _options(command: click.Command, context: click.Context) -> Iterator[str]:
    options = [one for one in command.params if isinstance(one, click.Option)]
    records = [record for one in options if (record := one.get_help_record(context))]
    if not records:
        return
    yield from ("| option | what |", "|---|---|")
    for option, text in records:
        yield f"| `{option}` | {' '.join(text.split())} |"
    yield ""


class _Commands(Preprocessor):
    def run(self, lines: list[str]) -> list[str]:
        """Put the commands where the page asks for them."""
        return [new for line in lines for new in (pages() if line.strip() == PLACE else (line,))]


class CommandLine(Extension):
    """Let `::: commands` stand for all commands."""

    def extendMarkdown(self, md: Markdown) -> None:  # noqa: N802 - Markdown's name
        """Register."""
        # Before fenced blocks are taken out, which happens at 25.
        md.preprocessors.register(_Commands(md), "commands", 40)


def makeExtension(**options: Any) -> CommandLine:  # noqa: N802 - Markdown's name
    """Return the extension."""
    return CommandLine(**options)
