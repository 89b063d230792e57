"""Kill a run at one storage event after the other, let the next run go on, and say what the tables hold then.

    python sweep.py '{"base_url": ..., "folder": ..., "disposition": ..., "lose": false, "begin": 1, "step": 1,
                      "by": "connector"}'

Counted is every event that changes a file below the folder (Python's audit events tell) and every statement that
changes the database. Event by event the process of a run is ended with SIGKILL just before it; then the next run must
bring everything to its right end. Prints one JSON object: how many events there are, and what was found for each.

The interpreter that has imported everything forks for each run, before it has touched any database: a new one would
spend most of its time importing.
"""

from __future__ import annotations

import json
import os
import shutil
import signal
import sys
import traceback
from collections.abc import Callable
from datetime import UTC, datetime
from itertools import count
from pathlib import Path
from typing import Any

import dlt
import duckdb
from attrs import frozen
from dlt.destinations.impl.duckdb.sql_client import DuckDbSqlClient

import sdk
from sdk.connector import BASE_URL, Connector
from sdk.opening import Opened
from sdk.plugins import Hooks
from sdk.runs import run_opened

WRITES = os.O_WRONLY | os.O_RDWR | os.O_CREAT | os.O_APPEND | os.O_TRUNC
CHANGES = {"os.rename", "os.remove", "os.mkdir", "os.rmdir", "shutil.move", "shutil.rmtree"}
READS = ("select", "pragma", "describe", "show", "with")


class Events:
    """Counts the events of one process, and ends it before number *last*; 0 lets it live."""

    def __init__(self, folder: str, last: int) -> None:
        self.folder = folder
        self.last = last
        self.count = 0

    def watch(self) -> None:
        """Begin to count."""
        execute = DuckDbSqlClient.execute_query

        def counted(client: Any, query: Any, *given: Any, **named: Any) -> Any:
            if not str(query).lstrip().lower().startswith(READS):
                self.step()
            return execute(client, query, *given, **named)

        # No audit event tells of a statement.
        DuckDbSqlClient.execute_query = counted  # type: ignore[method-assign]
        sys.addaudithook(self.audit)

    def audit(self, event: str, given: tuple[Any, ...]) -> None:
        """Count an audit event that changes something below the folder."""
        if event == "open":
            path, _, flags = given
            if isinstance(path, str) and path.startswith(self.folder) and isinstance(flags, int) and flags & WRITES:
                self.step()
        elif event in CHANGES and any(isinstance(one, str) and one.startswith(self.folder) for one in given):
            self.step()

    def step(self) -> None:
        """Count an event, and end the process when its number has come."""
        self.count += 1
        if self.count == self.last:
            os.kill(os.getpid(), signal.SIGKILL)


@frozen
class Sweep:
    """What is killed."""

    base_url: str
    folder: str
    disposition: Any
    lose: bool
    begin: int
    step: int
    by: str = "connector"

    def run(self, last: int) -> tuple[int, int]:
        """Load the API in a process of its own; return how that ended, and how many events there were."""
        source, sink = os.pipe()
        child = os.fork()
        if child == 0:
            os.close(source)
            code = 1
            try:
                events = Events(self.folder, last)
                events.watch()
                self.load()
                os.write(sink, str(events.count).encode())
                code = 0
            except BaseException:  # noqa: BLE001 - nobody else in this process would say so
                traceback.print_exc()
            finally:
                os._exit(code)
        os.close(sink)
        with os.fdopen(source) as counted:
            text = counted.read()
        _, status = os.waitpid(child, 0)
        return os.waitstatus_to_exitcode(status), int(text or 0)

    def load(self) -> None:
        """Load the API into a database in the folder, in several commits."""
        pipeline = dlt.pipeline(
            "killed",
            pipelines_dir=f"{self.folder}/pipelines",
            destination=dlt.destinations.duckdb(self.database),
            dataset_name="data",
        )
        if self.by == "dictionary":
            sdk.run_config(self.dictionary, "acme", pipeline=pipeline, commit_records=20)
        else:
            run_opened(self.opened, pipeline=pipeline, commit_records=20)

    @property
    def opened(self) -> Opened:
        """The API as a connector."""
        things = sdk.Resource(
            "things",
            data_selector="data",
            write_disposition=self.disposition,
            paginator=sdk.PageNumberPaginator(end=sdk.HasMore("more")),
            columns=sdk.columns(bigint="id"),
        )
        parts = sdk.Resource(
            "parts", path="/things/{things.id}/parts", data_selector="data", columns=sdk.columns(bigint="id")
        )
        connector = Connector(name="acme", base_url=BASE_URL, resources=[things, parts])
        return Opened(
            connector.filled({"base_url": self.base_url, "start_date": None}, 1),
            Hooks.of(),
            lambda: datetime(2026, 1, 10, tzinfo=UTC),
        )

    @property
    def dictionary(self) -> dict[str, Any]:
        """The API as a dictionary; what is merged has a cursor, too."""
        cursor = {"cursor_path": "id", "initial_value": 0, "start_param": "since"}
        asked = {"data_selector": "data", "paginator": {"type": "page_number", "base_page": 1, "total_path": None}}
        asked["paginator"]["has_more_path"] = "more"
        things = {**asked, "path": "things", **({"incremental": cursor} if self.disposition == "merge" else {})}
        parts = {"path": "things/{resources.things.id}/parts", "data_selector": "data", "paginator": "single_page"}
        return {
            "client": {"base_url": self.base_url},
            "resources": [
                {"name": "things", "primary_key": "id", "write_disposition": self.disposition, "endpoint": things},
                {
                    "name": "parts",
                    "primary_key": ["_things_id", "id"],
                    "write_disposition": "merge",
                    "include_from_parent": ["id"],
                    "endpoint": parts,
                },
            ],
        }

    @property
    def database(self) -> str:
        """Where the tables are."""
        return f"{self.folder}/killed.duckdb"

    def tables(self) -> dict[str, list[Any]]:
        """Return the keys in each table."""
        with duckdb.connect(self.database, read_only=True) as found:
            things = found.sql("select id from data.things order by all").fetchall()
            parts = found.sql("select _things_id, id from data.parts order by all").fetchall()
        return {"things": [one for (one,) in things], "parts": [list(one) for one in parts]}

    def fresh(self) -> None:
        """Forget all."""
        shutil.rmtree(self.folder, ignore_errors=True)
        Path(self.folder).mkdir()

    def found(self) -> dict[str, Any]:
        """Return what came of each kill, until a run has come to its end before it was killed."""
        self.fresh()
        code, total = self.run(0)
        whole = in_a_process_of_its_own(self.tables)
        points: dict[int, Any] = {}
        # Not to the first run's last event: some have an event or two less, as jobs are loaded side by side.
        for last in count(self.begin, self.step):
            self.fresh()
            killed, _ = self.run(last)
            if killed == 0:
                break
            if self.lose:
                shutil.rmtree(f"{self.folder}/pipelines", ignore_errors=True)
            again, _ = self.run(0)
            tables = in_a_process_of_its_own(self.tables) if again == 0 else None
            points[last] = {"killed": killed, "again": again, "tables": tables}
        return {"code": code, "events": total, "tables": whole, "points": points}


def in_a_process_of_its_own(look: Callable[[], Any]) -> Any:
    """Return what *look* returns; the database stays untouched by the process that forks."""
    source, sink = os.pipe()
    child = os.fork()
    if child == 0:
        os.close(source)
        try:
            with os.fdopen(sink, "w") as out:
                json.dump(look(), out)
        except BaseException:  # noqa: BLE001 - as above
            traceback.print_exc()
        finally:
            os._exit(0)
    os.close(sink)
    with os.fdopen(source) as told:
        text = told.read()
    os.waitpid(child, 0)
    return json.loads(text)


if __name__ == "__main__":
    sys.stdout.write(json.dumps(Sweep(**json.loads(sys.argv[1])).found()))
