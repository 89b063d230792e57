"""`sdk preview`: the first records of a resource, as the API gives them."""

from __future__ import annotations

import json
from collections.abc import Sequence
from itertools import islice
from typing import TYPE_CHECKING, Any, Final

import click
from attrs import frozen
from rich.cells import cell_len
from rich.console import Console

from sdk.cli import screen
from sdk.cli.commands import Command
from sdk.cli.failures import WrongUsageError
from sdk.cli.quiet import quieten
from sdk.cli.settings_given import set_option, settings_of

if TYPE_CHECKING:
    from sdk.messages import Record
    from sdk.records import Records

_WIDEST: Final = 40
_BETWEEN: Final = 3
_INDENT: Final = 2
_TELLING: Final = frozenset({"id", "name", "number", "reference", "subject", "summary", "title"})


_EXAMPLES = """
sdk preview tickets.problems
sdk preview tickets.problems --rows 3
"""


@click.command(cls=Command, epilog=_EXAMPLES)
@click.argument("what", metavar="NAME.RESOURCE")
@click.option("--rows", "-n", default=10, show_default=True, type=click.IntRange(1, 1000), help="How many to show.")
@set_option
def preview(what: str, rows: int, given: Sequence[str]) -> None:
    """Show the first records of a resource. Nothing is written anywhere."""
    from sdk.opening import open_connector
    from sdk.records import Records

    name, dot, resource = what.partition(".")
    if not dot or not name or not resource:
        raise WrongUsageError("say which resource, as in tickets.problems; sdk describe NAME lists them")
    # A few rows are wanted, so nothing is fetched ahead.
    keywords = {"in_flight": 1, **settings_of(name, given)}
    quieten()
    records = Records(open_connector(name, keywords), resource)
    with screen.stderr().status(screen.cell(f"reading {what}")):
        found = list(islice(records, rows))
    out = screen.stdout()
    screen.heading(out, what, screen.plural(len(found), "record"))
    if found:
        show_rows(out, found)
    _show_skips(out, records)


def _show_skips(out: Console, records: Records) -> None:
    for skip in records.skips:
        out.print(screen.cell(f"\nskipped: {skip.request} answered {skip.status}, {skip.reason}", screen.WARN))


def show_rows(out: Console, records: Sequence[Record]) -> None:
    """Show records as a table: the columns that fit, and how many more there are."""
    columns = [_Column.of(name, records) for name in dict.fromkeys(name for record in records for name in record)]
    # What is empty in every row says least, and references to other tables not much: they are the first to go.
    columns.sort(key=lambda column: (column.empty, column.name not in _TELLING, column.name.endswith("_id")))
    shown = _fitting(columns, out.width - _INDENT)
    table = screen.table()
    for column in shown:
        table.add_column(column.name, no_wrap=True, overflow="ellipsis", width=column.width, justify=column.justify)
    for number in range(len(records)):
        table.add_row(*(screen.cell(column.texts[number]) for column in shown))
    screen.show(out, table)
    hidden = [column for column in columns if column not in shown]
    if hidden:
        names = ", ".join(column.name for column in hidden)
        line = f"{screen.plural(len(hidden), 'more column')}: {names}"
        out.print()
        out.print(screen.cell(line, screen.QUIET), no_wrap=True, overflow="ellipsis")


@frozen
class _Column:
    """One field of all records, as text."""

    name: str
    texts: tuple[str, ...]
    numeric: bool

    @classmethod
    def of(cls, field: str, records: Sequence[Record]) -> _Column:
        values = [record.get(field) for record in records]
        numeric = any(isinstance(value, int | float) for value in values) and all(
            value is None or (isinstance(value, int | float) and not isinstance(value, bool)) for value in values
        )
        return cls(screen.cell(field).plain, tuple(_text(value) for value in values), numeric)

    @property
    def empty(self) -> bool:
        return not any(self.texts)

    @property
    def justify(self) -> Any:
        return "right" if self.numeric else "left"

    @property
    def width(self) -> int:
        return min(max(cell_len(text) for text in (self.name, *self.texts)), _WIDEST)


def _text(value: Any) -> str:
    if value is None:
        return ""
    # Not orjson, which takes no integer above 64 bits; what an API sends is shown whatever it is.
    structured = isinstance(value, bool | dict | list)
    text = json.dumps(value, default=str, ensure_ascii=False) if structured else str(value)
    # Long before the eye stops reading, and before a megabyte of text reaches the redactor for each cell.
    return screen.cell(text[: 10 * _WIDEST]).plain


def _fitting(columns: Sequence[_Column], width: int) -> list[_Column]:
    """Return the columns that fit beside each other, at least one; a narrow one may follow a wide one left out."""
    shown: list[_Column] = []
    left = width + _BETWEEN
    for column in columns:
        needed = column.width + _BETWEEN
        if not shown or needed <= left:
            shown.append(column)
            left -= needed
    return shown
