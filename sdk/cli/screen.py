"""Where text goes, and what tables look like.

Everything that is shown passes `cell` or `redaction.one_line`: names and values come from servers and plugins, and
may hold escape sequences. Nothing is read as rich's markup.
"""

from __future__ import annotations

import os
import sys
from collections.abc import Iterable
from typing import Any, Final

from rich import box
from rich.cells import cell_len
from rich.console import Console
from rich.padding import Padding
from rich.table import Table
from rich.text import Text

from sdk.redaction import one_line

QUIET: Final = "bright_black"
GOOD: Final = "green"
WARN: Final = "yellow"
BAD: Final = "red"
NAME: Final = "cyan"

# A pipe has no width of its own; what reads it can handle long lines.
_WIDTH_OF_A_PIPE = 160
_LONG_WORD = 16


def stdout() -> Console:
    """Return the console for results."""
    return _console(stderr=False)


def stderr() -> Console:
    """Return the console for progress and errors."""
    return _console(stderr=True)


def _console(*, stderr: bool) -> Console:
    stream = sys.stderr if stderr else sys.stdout
    width = None if stream.isatty() or "COLUMNS" in os.environ else _WIDTH_OF_A_PIPE
    return Console(stderr=stderr, width=width, markup=False, emoji=False, highlight=False)


def cell(value: Any, style: str = "") -> Text:
    """Return *value* as text that is safe to show."""
    return Text(one_line(str(value)), style=style)


def count(number: int) -> Text:
    """Return a number with its thousands apart; zero steps back."""
    return Text(f"{number:,}", style="" if number else QUIET)


def warned(number: int) -> Text:
    """Return a number that should be none."""
    return Text(f"{number:,}", style=WARN) if number else count(0)


def seconds(number: float) -> Text:
    """Return a duration."""
    shown = round(number, 1)
    return Text(duration(number) if shown else "0", style="" if shown else QUIET)


def duration(number: float) -> str:
    """Return seconds as a person says them."""
    if number < 10:  # noqa: PLR2004 - below it, tenths are worth showing
        return f"{number:.1f} s"
    if number < 120:  # noqa: PLR2004 - two minutes
        return f"{number:.0f} s"
    minutes, rest = divmod(round(number), 60)
    return f"{minutes // 60} h {minutes % 60} min" if minutes >= 60 else f"{minutes} min {rest} s"  # noqa: PLR2004


def plural(number: int, one: str, many: str | None = None) -> str:
    """Return a number and the word for it, such as `1 row` or `2,000 rows`."""
    return f"{number:,} {one if number == 1 else many or one + 's'}"


def table(*columns: str, numbers: Iterable[str] = (), footer: bool = False) -> Table:
    """Return an empty table. The first column names the row and is never wrapped; *numbers* are set to the right."""
    right = set(numbers)
    made = Table(box=box.SIMPLE_HEAD, show_edge=False, pad_edge=False, header_style="bold", show_footer=footer)
    for place, column in enumerate(columns):
        if column in right:
            made.add_column(column, justify="right", no_wrap=True)
        else:
            made.add_column(column, no_wrap=place == 0, overflow="fold")
    return made


def show(console: Console, renderable: Any) -> None:
    """Print something a little to the right, with an empty line above."""
    if isinstance(renderable, Table):
        _keep_words(renderable)
    console.print(Padding(renderable, (1, 0, 0, 2), expand=False))


def _keep_words(table: Table) -> None:
    """Let no column become so narrow that words of ordinary length break."""
    for column in table.columns:
        texts = [str(column.header), *(one.plain for one in column.cells if isinstance(one, Text))]
        longest = max((cell_len(word) for text in texts for word in text.split()), default=0)
        if column.width is None:
            column.min_width = min(longest, _LONG_WORD)


def heading(console: Console, title: str, about: str = "") -> None:
    """Print a title, and what it is about beside it."""
    line = Text(one_line(title), style="bold")
    if about:
        line.append(f"  {one_line(about)}", style="not bold")
    console.print()
    console.print(line)
