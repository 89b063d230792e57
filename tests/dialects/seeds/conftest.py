"""The five documents, and an API that behaves as a document says, laid out by hand from the document alone."""

from __future__ import annotations

import re
import threading
from collections.abc import Callable, Iterable, Mapping, Sequence
from pathlib import Path
from typing import Any, Final, TypeAlias

import pytest
from attrs import define, field

DOCUMENTS: Final = Path(__file__).with_name("documents")
KEY: Final = "key-of-the-account-0815"

Row: TypeAlias = dict[str, Any]
Asked: TypeAlias = Any
Cut: TypeAlias = Callable[[Sequence[Row], Mapping[str, str]], Any]

_BLOCK: Final = re.compile(r"```python\n(.*?)```", re.DOTALL)
_DLTS: Final = "from dlt.sources.rest_api import rest_api_source"
_OURS: Final = "from sdk import from_config as rest_api_source"


@define
class Documented:
    """An API on loopback, what it holds, and what is to be in the tables.

    Attributes:
        tiny: Answers.
        pipeline: Makes pipelines into DuckDB.
        truth: The rows of each table.
        admits: Whether a request carries what the document says.
        troubles: The statuses with which the first requests for a target are answered, whatever the target.
    """

    tiny: Any
    pipeline: Callable[[str], Any]
    truth: dict[str, list[Row]] = field(factory=dict)
    admits: Callable[[Asked], bool] = lambda _asked: False
    troubles: Callable[[str, str], Sequence[int]] = lambda _path, _target: ()
    _told: dict[str, int] = field(factory=dict)
    _lock: threading.Lock = field(factory=threading.Lock)

    def rows(self, count: int, first: int = 1, *, text_ids: bool = False) -> list[Row]:
        """Return records as an API has them: with null, nested, and numbers of both kinds."""
        return [
            {
                "id": f"01J{number:06}" if text_ids else number,
                "name": f"Name {number}",
                "note": None if number % 3 == 0 else f"note on {number}",
                "size": number / 4,
                "owner": {"id": number % 5, "name": f"Owner {number % 5}"},
            }
            for number in range(first, first + count)
        ]

    def lays(self, resource: str, path: str, rows: Sequence[Row], cut: Cut) -> list[Row]:
        """Answer for *path* with what *cut* makes of *rows*, which are to be in the table of *resource*."""
        self.truth[resource] = list(rows)
        self._answers(path, rows, cut)
        return list(rows)

    def lays_children(  # noqa: PLR0913, PLR0917 - each says a thing of its own
        self,
        resource: str,
        path: str,
        parents: Iterable[Row],
        parent: str,
        of: Callable[[Row], list[Row]],
        cut: Cut,
    ) -> list[Row]:
        """Answer for the *path* of each parent with the rows that belong to it, and return all of them."""
        found, truth = [], self.truth.setdefault(resource, [])
        for one in parents:
            rows = of(one)
            self._answers(path.format(id=one["id"]), rows, cut)
            found += rows
            truth += [{**row, f"_{parent}_id": one["id"]} for row in rows]
        return found

    def _answers(self, path: str, rows: Sequence[Row], cut: Cut) -> None:
        def answer(asked: Asked) -> Any:
            if not self.admits(asked):
                return self.tiny.reply({"code": "not_you"}, 401)
            with self._lock:
                told = self._told.get(asked.target, 0)
                self._told[asked.target] = told + 1
            troubles = self.troubles(asked.path, asked.target)
            if told < len(troubles):
                return self.tiny.reply({"code": "not_now"}, troubles[told])
            found = cut(rows, asked.query)
            return found if isinstance(found, type(self.tiny.reply(None))) else self.tiny.reply(found)

        self.tiny.answer(path, answer)

    def code(self, document: str) -> str:
        """Return the Python of *document*, as it stands."""
        [found] = _BLOCK.findall((DOCUMENTS / f"{document}.md").read_text(encoding="utf-8"))
        return str(found)

    def run(self, document: str) -> Any:
        """Return the source that the code of *document* makes with our import in place of dlt's, at this API."""
        text = self.code(document)
        assert text.count(_DLTS) == text.count("https://api.example.com") == 1
        namespace: dict[str, Any] = {}
        exec(text.replace(_DLTS, _OURS).replace("https://api.example.com", self.tiny.url), namespace)  # noqa: S102 - the document's own code is under test
        return namespace["source"]

    def load(self, document: str) -> tuple[dict[str, list[Any]], Any]:
        """Load all that *document* names, twice; return the tables, each with its columns and rows, and the source."""
        loaded = self.pipeline("documented")
        loaded.run(self.run(document))
        source = self.run(document)
        loaded.run(source)
        return {name: self._table(loaded, name) for name in loaded.tables()}, source

    def expected(self) -> dict[str, list[Any]]:
        """Return the tables that are to be there."""
        found = {}
        for name, rows in self.truth.items():
            flat = [_flat(row) for row in rows]
            columns = sorted({key for row in flat for key in row})
            found[name] = [columns, *sorted((tuple(row.get(key) for key in columns) for row in flat), key=repr)]
        return found

    def _table(self, loaded: Any, name: str) -> list[Any]:
        columns = sorted(loaded.columns(name))
        return [columns, *sorted(loaded.rows(name, *columns), key=repr)]


def _flat(row: Row) -> Row:
    flat = {key: value for key, value in row.items() if not isinstance(value, dict)}
    nested = {key: value for key, value in row.items() if isinstance(value, dict)}
    return {**flat, **{f"{key}__{inner}": value for key, one in nested.items() for inner, value in one.items()}}


@pytest.fixture
def documented(tiny_api: Any, pipeline: Any, no_waiting: list[float], monkeypatch: pytest.MonkeyPatch) -> Documented:
    """Return an API to lay out; the key stands where dlt looks for secrets."""
    monkeypatch.setenv("API_KEY", KEY)
    return Documented(tiny_api, pipeline)


@pytest.fixture
def key() -> str:
    """Return the key of the account."""
    return KEY
