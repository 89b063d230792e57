"""What gets lost on the way into a destination: characters are replaced, counted and said, and files are chosen.

PostgreSQL holds no NUL in a text, and dlt takes it out without a word. In rows dlt marks its own types by a first
character from Unicode's private use, and takes a text that begins with one for such a value. Both become U+FFFD, as the
half of a surrogate pair does: what stood there is not known any more, that something stood there is.
"""

from __future__ import annotations

import logging
import re
from collections import Counter
from contextlib import suppress
from typing import Any, Final

import dlt
import pyarrow as pa
import pyarrow.compute as pc
from attrs import define, field
from dlt.common.configuration.container import Container
from dlt.common.data_writers.exceptions import SpecLookupFailed
from dlt.common.data_writers.writers import TDataItemFormat, resolve_best_writer_spec
from dlt.common.destination import DestinationCapabilitiesContext
from dlt.common.json import PUA_CHARACTER_MAX, PUA_START

from sdk.redaction import one_line

_logger: Final = logging.getLogger(__name__)

_NUL: Final = "\x00"
_REPLACEMENT: Final = "\ufffd"
_MARKS: Final = frozenset(chr(PUA_START + one) for one in range(PUA_CHARACTER_MAX + 1))
# In JSON that is written already; what follows an escaped backslash is no escape.
_ESCAPED: Final = re.compile(r"\\\\|(\\u0000)")


def way(item_format: TDataItemFormat) -> tuple[str, str]:
    """Return the kind of destination, and the format of the files in which items go there; nothing when nobody knows.

    It is dlt's own choice for the pipeline that is being extracted, before anybody's wish for a table.
    """
    target: Any = dlt.current.pipeline().destination
    if target is None:
        return "", ""
    # dlt looks them up in all configuration for each extraction; for each resource that would add up.
    container = Container()
    is_there = DestinationCapabilitiesContext in container
    capabilities = container[DestinationCapabilitiesContext] if is_there else target.capabilities()
    preferred, formats = capabilities.preferred_loader_file_format, capabilities.supported_loader_file_formats or []
    if capabilities.loader_file_format_selector is not None:
        table: Any = {"name": "any", "columns": {}}
        preferred, formats = capabilities.loader_file_format_selector(preferred, list(formats), table_schema=table)
    kind = target.destination_type.rpartition(".")[2]
    with suppress(ValueError, SpecLookupFailed):
        return kind, resolve_best_writer_spec(item_format, formats, preferred).file_format
    return kind, ""


def holds_no_nul(kind: str, file_format: str) -> str:
    """Return the *kind* when a NUL gets lost in files of *file_format*: dlt leaves it out of INSERTs."""
    return kind if file_format in {"insert_values", "csv"} else ""


def suits_csv(table: pa.Table) -> bool:
    """Return whether a table arrives exactly from CSV files: there dlt has PostgreSQL read an empty text as null."""
    texts = (table.column(one.name) for one in table.schema if one.type == pa.string())
    return not any(pc.equal(pc.min(pc.utf8_length(column)), 0).as_py() for column in texts)


@define
class Repairs:
    """Replace what a destination would lose.

    Attributes:
        nul_in: The destination that holds no NUL; empty when it does.
        marks: It goes there as rows, in which dlt marks its own types.
        record: Which record is looked at, where somebody says so.
    """

    nul_in: str = ""
    marks: bool = False
    record: str = ""
    _done: Counter[tuple[str, str]] = field(factory=Counter, init=False)
    _first: dict[tuple[str, str], str] = field(factory=dict, init=False)

    def value(self, column: str, value: Any) -> Any:
        """Return a value of *column*, and all that stands in it, without what would be lost."""
        if isinstance(value, str):
            return self._text(column, value)
        if isinstance(value, dict):
            return {self._key(column, name): self.value(column, one) for name, one in value.items()}
        return [self.value(column, one) for one in value] if isinstance(value, list) else value

    def table(self, table: pa.Table, json: frozenset[str]) -> pa.Table:
        """Return *table* without what would be lost; in the columns *json* stands text of JSON."""
        if not self.nul_in:
            return table
        for at, one in enumerate(table.schema):
            if one.type == pa.string():
                pattern = r"\u0000" if one.name in json else _NUL
                found = table.column(at)
                if pc.any(pc.match_substring(found, pattern)).as_py():
                    replaced = self._json if one.name in json else self._without_nul
                    values = [text and replaced(one.name, text) for text in found.to_pylist()]
                    table = table.set_column(at, one, pa.array(values, pa.string()))
        return table

    def say(self, where: str) -> None:
        """Log what was replaced since the last time."""
        for (column, why), count in self._done.items():
            first = self._first.get((column, why))
            of = f", first in record {first}" if first else ""
            _logger.warning("%s: %d %s in %s became U+FFFD%s", where, count, why, one_line(repr(column)), one_line(of))
        self._done.clear()
        self._first.clear()

    def _count(self, column: str, why: str, count: int) -> None:
        self._done[column, why] += count
        self._first.setdefault((column, why), self.record)

    def _text(self, column: str, text: str) -> str:
        if self.marks and len(text) > 1 and text[0] in _MARKS:
            self._count(column, "first characters, by which dlt marks types of its own,", 1)
            text = _REPLACEMENT + text[1:]
        return self._without_nul(column, text) if self.nul_in else text

    def _key(self, column: str, name: str) -> str:
        return self._without_nul(column, name) if self.nul_in else name

    def _without_nul(self, column: str, text: str) -> str:
        if count := text.count(_NUL):
            self._count(column, f"NUL characters, which {self.nul_in} does not hold,", count)
            return text.replace(_NUL, _REPLACEMENT)
        return text

    def _json(self, column: str, text: str) -> str:
        count = 0

        def replaced(match: re.Match[str]) -> str:
            nonlocal count
            count += match[1] is not None
            return match[0] if match[1] is None else r"\ufffd"

        text = _ESCAPED.sub(replaced, text)
        if count:
            self._count(column, f"NUL characters, which {self.nul_in} does not hold,", count)
        return text
