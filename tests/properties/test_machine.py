"""Whatever happens between runs and to them, the last clean one leaves the table as the API is."""

from __future__ import annotations

import os
import shutil
import signal
import subprocess
import sys
import tempfile
from contextlib import suppress
from datetime import timedelta
from pathlib import Path
from typing import Any, ClassVar, Final

import pytest
from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, rule, run_state_machine_as_test

import sdk
from sdk.errors import SDKError
from sdk.testing.faults.wire import FaultServer
from tests.postgres import Cluster
from tests.properties import loads
from tests.properties.loads import Place
from tests.properties.serving import mounted
from tests.properties.workplace import TABLES, Workplace

_LONGEST: Final = 120.0

keys = st.integers(1, 6)
some_keys = st.lists(keys, min_size=1, max_size=5)


class Runs(RuleBasedStateMachine):
    """An account in which somebody works, and the runs that load it."""

    server: ClassVar[FaultServer]
    folder: ClassVar[Path]
    door: ClassVar[str]
    cluster: ClassVar[Cluster | None] = None

    def __init__(self) -> None:
        super().__init__()
        self.here = Path(tempfile.mkdtemp(dir=self.folder))
        shutil.copytree(self.folder / "site-packages", self.here / "site-packages")
        target = str(self.here / "workplace.duckdb") if self.cluster is None else self.cluster.database()
        self.place = Place(self.here, target, self.door)
        self.work = Workplace()
        self.mount = mounted(self.server, self.work)
        self.base_url = self.mount.__enter__()
        # Rows that a run has loaded for sure: they stay, whatever becomes of them.
        self.kept: dict[str, set[Any]] = {name: set() for name in TABLES}
        # What there was when a run began that was killed, until one has come to an end since.
        self.begun: dict[str, set[Any]] | None = None
        # After a crash what is appended may come a second time.
        self.twice: set[str] = set()

    @initialize(tickets=some_keys, projects=some_keys, tasks=some_keys)
    def begin(self, tickets: list[int], projects: list[int], tasks: list[int]) -> None:
        """Let there be something."""
        for table, found in (("tickets", tickets), ("projects", projects)):
            for one in found:
                self.work.put(table, one)
        for one in tasks:
            self.put_task(projects[0], one)

    @rule(table=st.sampled_from(["tickets", "labels"]), found=some_keys)
    def change(self, table: str, found: list[int]) -> None:
        """Add rows, or change them."""
        for one in found:
            self.work.put(table, one)

    @rule(project=keys, task=keys)
    def put_task(self, project: int, task: int) -> None:
        """Add a task, or change it, and its project if there is none."""
        if project not in self.work.rows["projects"]:
            self.work.put("projects", project)
        self.work.put("tasks", (project, task))

    @rule(project=keys, task=keys, note=keys)
    def put_note(self, project: int, task: int, note: int) -> None:
        """Add a note, or change it, and its task if there is none."""
        if (project, task) not in self.work.rows["tasks"]:
            self.put_task(project, task)
        self.work.put("notes", (f"{project}-{task}", note))

    @rule(ticket=keys, comment=keys)
    def put_comment(self, ticket: int, comment: int) -> None:
        """Add a comment, or change it; that changes its ticket."""
        self.work.put("tickets", ticket)
        self.work.put("comments", (ticket, comment))

    @rule(times=keys)
    def happen(self, times: int) -> None:
        """Add events, which never change."""
        for _ in range(times):
            self.work.put("events", self.work.versions)

    @rule(ticket=keys)
    def hide(self, ticket: int) -> None:
        """Hide the comments of a ticket, or show them again; a dictionary asks for them when the ticket changes."""
        if self.door == "connector":
            self.work.hidden ^= {ticket}

    @rule(ticket=keys)
    def archive(self, ticket: int) -> None:
        """List a ticket apart, or with the others again; that changes it."""
        if self.door == "connector" and ticket in self.work.rows["tickets"]:
            self.work.archived ^= {ticket}
            self.work.put("tickets", ticket)

    @rule(project=keys)
    def lock(self, project: int) -> None:
        """Hide the tasks of a project, or show them again."""
        self.work.locked ^= {project}

    @rule(key=keys, table=st.sampled_from(["projects", "tickets", "labels"]))
    def delete(self, key: int, table: str) -> None:
        """Delete a row."""
        self.work.drop(table, key)

    @rule(by=st.sampled_from([timedelta(microseconds=1), timedelta(minutes=3), timedelta(days=1)]))
    def advance(self, by: timedelta) -> None:
        """Let time go by."""
        self.work.now += by

    @rule(hours=st.sampled_from([-11, 0, 2]))
    def change_zone(self, hours: int) -> None:
        """Let the API write its times in another zone."""
        self.work.zone = hours

    @rule(in_flight=st.sampled_from([1, 2, 8]))
    def run(self, in_flight: int) -> None:
        """Run, undisturbed; then everything is as the API is, beside what was deleted there and nothing replaces."""
        self.load(in_flight)
        found = self.place.loaded(self.twice)
        if self.begun is not None:
            self.finish(found)
            self.load(in_flight)
            found = self.place.loaded(self.twice)
        visible = self.work.visible()
        assert found.pop("labels") == visible.pop("labels")
        for table, live in visible.items():
            assert live.items() <= found[table].items()
            assert found[table].items() <= self.work.ever[table]
            assert self.kept[table] <= found[table].keys()
            self.kept[table] |= live.keys()
        if self.door == "connector":
            skipped, there = self.place.skipped(), self.work.rows["projects"].keys()
            assert self.work.locked & there <= skipped
            assert not skipped & (there - self.work.locked)

    def load(self, in_flight: int) -> None:
        """Run in this process."""
        self.place.load(self.base_url, self.work.now.isoformat(), in_flight)

    def finish(self, found: dict[str, dict[Any, int]]) -> None:
        """Check what a run *found* that first brought a killed one to its end.

        What it asks for news of is as the API is. A list that is read whole is as if the killed run had taken so long:
        all that was there when it began, and is still.
        """
        assert self.begun is not None
        visible = self.work.visible()
        for table in ("tickets", "comments"):
            assert visible.pop(table).items() <= found[table].items()
        for table, live in visible.items():
            assert self.begun[table] & live.keys() <= found[table].keys()
        self.begun = None

    @rule(table=st.sampled_from([*TABLES, "archive"]), in_flight=st.sampled_from([1, 2, 8]))
    def run_while_something_is_down(self, table: str, in_flight: int) -> None:
        """Run while a list cannot be read: it fails, whatever else it loads.

        Unless all that it does is to bring a run to its end that was killed, and that had read the list.
        """
        path = self.path_of(table)
        if path is None:
            return
        self.work.down = path
        try:
            with suppress(SDKError) if self.begun is not None else pytest.raises(SDKError):
                self.load(in_flight)
        finally:
            self.work.down, self.begun = "", None

    def path_of(self, table: str) -> str | None:
        """Return a path at which rows of *table* are read, or would be."""
        match table:
            case "tasks":
                project = next((one for one in self.work.rows["projects"] if one not in self.work.locked), None)
                return None if project is None else f"/projects/{project}/tasks"
            case "notes":
                task = next(iter(self.work.visible()["tasks"]), None)
                return None if task is None else "/tasks/{}-{}/notes".format(*task)
            case "comments":
                ticket = next((one for one in self.work.rows["tickets"] if one not in self.work.hidden), None)
                if ticket is None:
                    return None
                # Of one that did not change nobody would ask for them.
                self.work.put("tickets", ticket)
                return f"/tickets/{ticket}/comments"
            case "archive" if self.door == "dictionary":
                return None
            case _:
                return f"/{table}"

    @rule(answers=st.integers(0, 9), in_flight=st.sampled_from([1, 2, 8]))
    def run_and_kill_at_a_request(self, answers: int, in_flight: int) -> None:
        """Run in a process that is killed while it reads."""
        self.kill(in_flight, answers=answers)

    @rule(event=st.integers(0, 150))
    def run_and_kill_at_a_file(self, event: int) -> None:
        """Run in a process that is killed while it writes."""
        self.kill(1, event=event)

    def kill(self, in_flight: int, answers: int = -1, event: int = 10_000) -> None:
        """Run until so many answers were given, or so many files changed; and see that it was killed."""
        self.begun = self.begun or {table: set(rows) for table, rows in self.work.visible().items()}
        self.twice.add("events")
        command = [self.here, self.place.target, self.door, self.base_url, self.work.now.isoformat(), in_flight, event]
        process = subprocess.Popen(  # noqa: S603 - our own interpreter, and a script beside this one
            [sys.executable, loads.__file__, *map(str, command)],
            stderr=subprocess.DEVNULL,
            env={**os.environ, "PYTHONPATH": str(Path(sdk.__file__).parents[1])},
        )
        self.work.left, self.work.called = answers, process.kill
        try:
            assert process.wait(_LONGEST) == -signal.SIGKILL
        finally:
            process.kill()
            self.work.left = -1

    def teardown(self) -> None:
        """Run a last time."""
        try:
            self.run(1)
        finally:
            self.mount.__exit__(None, None, None)
            shutil.rmtree(self.here)


@pytest.fixture(params=["connector", "dictionary"])
def machine(request, server, dlt_home, monkeypatch) -> type[Runs]:
    """Return the machine, on a server and in a folder of this test."""
    monkeypatch.syspath_prepend(loads.install(dlt_home))
    return type("Runs", (Runs,), {"server": server, "folder": dlt_home, "door": request.param})


def test_runs(machine):
    """A few examples; each run takes most of a second, and each kill some more."""
    run_state_machine_as_test(
        machine, settings=settings(max_examples=3, stateful_step_count=8, deadline=None, print_blob=True)
    )


MANY: Final = settings(max_examples=20, stateful_step_count=20, deadline=None, derandomize=False, print_blob=True)


@pytest.mark.slow
def test_many_runs(machine):
    """Many."""
    run_state_machine_as_test(machine, settings=MANY)


@pytest.mark.slow
def test_many_runs_into_postgres(machine, cluster):
    """Many, into a server that goes on when a run is killed."""
    machine.cluster = cluster
    run_state_machine_as_test(machine, settings=MANY)
