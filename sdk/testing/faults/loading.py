"""Read a fault as a user's own pipeline does, into a DuckDB file."""

from __future__ import annotations

import json
from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

from attrs import define, field

from sdk.messages import Record
from sdk.opening import Opened
from sdk.skips_table import SKIPS
from sdk.source import source_of

if TYPE_CHECKING:
    from sdk.testing.warehouse import Warehouse


@define
class Loading:
    """Load as `sdk.load` in a pipeline does, into a folder of its own."""

    folder: Path
    _warehouse: Warehouse = field(init=False)
    # The rows of each table as they are now, and the tables under no name: each query opens the file anew.
    _read: dict[str, list[Record]] = field(factory=dict, init=False)

    def __attrs_post_init__(self) -> None:
        from sdk.testing.warehouse import Warehouse

        self._warehouse = Warehouse(self.folder)

    def run(self, opened: Opened, name: str) -> None:
        """Run the pipeline once."""
        self.load(source_of(opened, [name]))

    def load(self, source: Any) -> None:
        """Load *source*; what a run before left half done is dropped, as `sdk.run` would finish it first."""
        self._read.clear()
        if self._warehouse.pipeline.has_pending_data:
            self._warehouse.pipeline.drop_pending_packages()
        self._warehouse.run(source)

    @property
    def skips(self) -> int:
        """How many rows the skips' table holds."""
        return len(self.rows(SKIPS.name))

    def rows(self, name: str) -> list[Record]:
        """Return the table's rows."""
        if name not in self._read:
            self._read[name] = self._warehouse.rows(name) if name in self._tables() else []
        return self._read[name]

    def as_rows(self, name: str, records: Sequence[Record]) -> list[Record]:
        """Return *records* as the table must show them."""
        return self._warehouse.as_rows(name, records) if records and name in self._tables() else list(records)

    def traces(self) -> Iterable[str]:
        """Yield the pipeline's state, the skips, and the content of every file."""
        yield json.dumps(dict(self._warehouse.pipeline.state), default=str)
        yield json.dumps(self.rows(SKIPS.name), default=str)
        for path in sorted(self.folder.rglob("*")):
            if path.is_file():
                yield path.read_bytes().decode("latin-1")

    def _tables(self) -> Sequence[str]:
        if "" not in self._read:
            # Before the first load that came through there is no file.
            there = self._warehouse.tables() if any(self.folder.glob("*.duckdb")) else []
            self._read[""] = [{"name": name} for name in there]
        return [one["name"] for one in self._read[""]]
