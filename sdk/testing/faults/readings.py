"""How a fault is read: without a pipeline, or into a destination."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import Any, Protocol

from attrs import define, field

from sdk.client import Bounds, Client
from sdk.messages import Record
from sdk.opening import Opened
from sdk.reader import Reader
from sdk.records import Records
from sdk.tally import Tallies


class Reading(Protocol):
    """One way to read, run after run."""

    def run(self, opened: Opened, name: str) -> None:
        """Read the resource *name*.

        Raises:
            SDKError: The reading failed.
        """

    @property
    def skips(self) -> int:
        """How many skips are shown in the end."""

    def rows(self, name: str) -> list[Record]:
        """Return the rows that there are now."""

    def as_rows(self, name: str, records: Sequence[Record]) -> list[Record]:
        """Return *records* as `rows` must show them."""

    def traces(self) -> Iterable[str]:
        """Yield everything that was left behind, as text."""


@define
class Direct:
    """Read as `sdk.read` does.

    A row that comes twice alike counts once: that is what its key is for.
    """

    _rows: list[Record] = field(factory=list)
    _skips: int = 0

    def run(self, opened: Opened, name: str) -> None:
        """Read everything again."""
        self._rows.clear()
        records = Records(opened, name)
        try:
            self._rows.extend(records)
        finally:
            records._extraction.reader.client.close()  # noqa: SLF001 - a record iterator has no end of its own
        self._skips = len(records.skips)

    @property
    def skips(self) -> int:
        """How many skips the iterator showed."""
        return self._skips

    def rows(self, name: str) -> list[Record]:
        """Return what came, each row once."""
        del name
        return list({repr(sorted(one.items())): one for one in self._rows}.values())

    def as_rows(self, name: str, records: Sequence[Record]) -> list[Record]:
        """Return *records* as they are."""
        del name
        return list(records)

    def traces(self) -> Iterable[str]:
        """Yield nothing: nothing is left behind."""
        return ()


@define(kw_only=True)
class BoundedOpened:
    """An opened connector whose pages may take less than usual: a stall is then found in no time."""

    opened: Opened
    bounds: Bounds

    def __getattr__(self, name: str) -> Any:
        return getattr(self.opened, name)

    def reader(self, tallies: Tallies | None = None) -> Reader:
        """Return a reader whose client keeps the bounds."""
        opened = self.opened
        counted = tallies if tallies is not None else Tallies()
        client = Client(opened.connector, opened.hooks, counted, bounds=self.bounds)
        return Reader(opened.connector, opened.hooks, client)


def same(found: Mapping[str, Any], expected: Mapping[str, Any]) -> bool:
    """Return whether two rows are the same, 1 and 1.0 and True told apart."""
    return repr(sorted(found.items())) == repr(sorted(expected.items()))
