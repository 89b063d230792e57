"""Show what a run is doing, from its tallies: a live table on a terminal, plain lines everywhere else."""

from __future__ import annotations

import threading
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from typing import Final

from attrs import define, field, frozen
from rich.console import Console, RenderableType
from rich.live import Live
from rich.padding import Padding
from rich.spinner import Spinner
from rich.table import Table
from rich.text import Text

from sdk.cli import screen
from sdk.connector import Connector
from sdk.tally import Tallies, Tally

_LOOK_SECONDS: Final = 0.25
_NEWS_SECONDS: Final = 10.0
# Heading, foot, and a line of air above and below each.
_LINES_AROUND: Final = 6


@frozen
class View:
    """What there is to see of a run.

    Attributes:
        connector: What is read.
        names: The resources that become tables in this run.
        tallies: The counters, which grow while the run goes on.
        place: Where the rows go.
    """

    connector: Connector
    names: Sequence[str]
    tallies: Tallies
    place: str

    def tally(self, name: str) -> Tally:
        """Return the counters of a resource."""
        return self.tallies.of(name)

    @property
    def rows(self) -> int:
        """How many rows came so far."""
        return sum(self.tally(name).rows for name in self.names)

    @property
    def complete(self) -> bool:
        """Whether all is read, and what is left is to write it."""
        return all(self.tally(name).done for name in self.names)

    def parents(self, name: str) -> str:
        """Return how far a child is, such as `86 of 281 tickets`; empty when it has no parents."""
        tally = self.tally(name)
        if not tally.parents:
            return ""
        above = self.connector.resource(name).parents
        return f"{tally.parents_done:,} of {tally.parents:,} {above[0] if len(above) == 1 else 'parents'}"

    def news(self, name: str) -> str:
        """Return what a resource is busy with: parents, requests under way, a wait."""
        tally = self.tally(name)
        parts = [self.parents(name) if not tally.done else ""]
        if tally.in_flight:
            parts.append(f"{screen.plural(tally.in_flight, 'request')} in flight")
        if tally.waiting:
            parts.append(f"waiting {tally.waiting:.0f} s")
        if tally.skips:
            parts.append(f"{tally.skips:,} skipped")
        return ", ".join(part for part in parts if part)


@contextmanager
def progress(view: View) -> Iterator[None]:
    """Show the progress of what runs inside, on stderr."""
    console = screen.stderr()
    if not console.is_terminal:
        with _Lines(view).shown():
            yield
        return
    live = Live(get_renderable=_Picture(view, console).render, console=console, refresh_per_second=8, transient=True)
    with live:
        try:
            yield
        except BaseException:
            # What was reached stays on the screen, above the error.
            live.transient = False
            raise


def _begun(tally: Tally) -> bool:
    return bool(tally.requests or tally.done)


@define
class _Picture:
    """The live table."""

    view: View
    console: Console
    _begun_at: float = field(factory=time.monotonic)
    _spinner: Spinner = field(factory=lambda: Spinner("dots", style=screen.NAME))
    _waits: dict[str, tuple[float, float]] = field(factory=dict)

    def render(self) -> RenderableType:
        """Return the table as of now."""
        table = Table.grid(padding=(0, 2))
        for justify in ("left", "left", "right", "right", "left"):
            table.add_column(justify=justify, no_wrap=True)
        table.add_row("", "", *(Text(label, style=screen.QUIET) for label in ("rows", "pages", "")))
        for name in self._shown():
            table.add_row(*self._row(name))
        outer = Table.grid()
        outer.add_row(Padding(table, (1, 0, 1, 1)))
        outer.add_row(Padding(self._foot(), (0, 0, 1, 2)))
        return outer

    def _row(self, name: str) -> list[RenderableType]:
        tally = self.view.tally(name)
        if not _begun(tally):
            return [Text("·", style=screen.QUIET), screen.cell(name, screen.QUIET), "", "", ""]
        mark: RenderableType = Text("✓", style=screen.GOOD) if tally.done else self._spinner
        style = screen.WARN if tally.waiting or tally.skips else screen.QUIET
        news = screen.cell(self._with_countdown(name), style)
        return [mark, screen.cell(name), screen.count(tally.rows), screen.count(tally.pages), news]

    def _with_countdown(self, name: str) -> str:
        """Return the news, where a wait is what is left of it."""
        waiting = self.view.tally(name).waiting
        length, since = self._waits.get(name, (0.0, 0.0))
        if waiting != length:
            length, since = self._waits[name] = (waiting, time.monotonic())
        left = max(length - (time.monotonic() - since), 0.0)
        return self.view.news(name).replace(f"waiting {waiting:.0f} s", f"waiting {left:.0f} s")

    def _foot(self) -> Text:
        took = screen.duration(time.monotonic() - self._begun_at)
        doing = f"writing to {self.view.place}" if self.view.complete else f"reading {self.view.connector.name}"
        hidden = len(self.view.names) - len(self._shown())
        more = f" ({screen.plural(hidden, 'more resource')} than fit here)" if hidden else ""
        return screen.cell(f"{doing}: {screen.plural(self.view.rows, 'row')}, {took}{more}")

    def _shown(self) -> list[str]:
        """Return the resources that fit on the screen: those under way, then those that are next, then the done."""
        room = max(self.console.height - _LINES_AROUND, 1)
        if len(self.view.names) <= room:
            return list(self.view.names)
        ranked = sorted(self.view.names, key=lambda name: self._rank(self.view.tally(name)))
        kept = set(ranked[:room])
        return [name for name in self.view.names if name in kept]

    @staticmethod
    def _rank(tally: Tally) -> int:
        return 2 if tally.done else 0 if _begun(tally) else 1


@define
class _Lines:
    """Plain lines: when a resource begins, when it is in, and how it goes every ten seconds."""

    view: View
    _said: dict[str, str] = field(factory=dict)
    _ended: threading.Event = field(factory=threading.Event)
    _next_news: float = field(factory=lambda: time.monotonic() + _NEWS_SECONDS)

    @contextmanager
    def shown(self) -> Iterator[None]:
        """Write lines until the end of the block, and then what was not said yet."""
        thread = threading.Thread(target=self._watch, name="sdk-progress", daemon=True)
        thread.start()
        try:
            yield
        finally:
            self._ended.set()
            thread.join()
            self._say_changes()

    def _watch(self) -> None:
        while not self._ended.wait(_LOOK_SECONDS):
            self._say_changes()
            if time.monotonic() >= self._next_news:
                self._next_news = time.monotonic() + _NEWS_SECONDS
                self._say_news()

    def _say_changes(self) -> None:
        for name in self.view.names:
            tally = self.view.tally(name)
            now = "done" if tally.done else "begun" if _begun(tally) else ""
            if now and now != self._said.get(name):
                self._said[name] = now
                self._say(f"{self.view.connector.name}.{name}: {self._counted(name) if tally.done else 'reading'}")

    def _counted(self, name: str) -> str:
        tally = self.view.tally(name)
        parts = [screen.plural(tally.rows, "row"), screen.plural(tally.requests, "request")]
        if tally.skips:
            parts.append(f"{tally.skips:,} skipped")
        return ", ".join(parts)

    def _say_news(self) -> None:
        rows = screen.plural(self.view.rows, "row")
        if self.view.complete:
            self._say(f"{self.view.connector.name}: writing {rows} to {self.view.place}")
            return
        tallies = [(name, self.view.tally(name)) for name in self.view.names]
        busy = [f"{name} {self.view.news(name)}".strip() for name, tally in tallies if _begun(tally) and not tally.done]
        self._say(f"{self.view.connector.name}: {rows} so far, reading {'; '.join(busy)}")

    def _say(self, line: str) -> None:
        screen.stderr().print(screen.cell(f"{time.strftime('%H:%M:%S')} {line}"), soft_wrap=True)
