"""The display of a run's progress."""

from __future__ import annotations

import io

import pytest
from attrs import evolve
from rich.console import Console

from sdk.cli.progress import View, _Lines, _Picture, progress
from sdk.plugins import declare
from sdk.tally import Tallies

NAMES = ["tickets", "requested_items", "vendors", "agents"]


@pytest.fixture
def view() -> View:
    """Look at a run in which one resource is in, one waits, one was skipped and one has not begun."""
    connector, _ = declare("tickets")
    tallies = Tallies()
    tallies.of("tickets").add(requests=4, pages=4, rows=1281)
    tallies.of("tickets").done = True
    tallies.of("requested_items").add(requests=87, pages=86, rows=166, parents=281, parents_done=86, waiting=30)
    tallies.of("vendors").add(requests=1, skips=1)
    tallies.of("vendors").done = True
    return View(connector, NAMES, tallies, "tickets.duckdb")


def drawn(view: View, height: int = 40) -> str:
    file = io.StringIO()
    console = Console(file=file, width=100, height=height, markup=False, highlight=False)
    console.print(_Picture(view, console).render())
    return file.getvalue()


def test_picture(view: View) -> None:
    """Each resource has a line: rows, pages, parents done, waits and skips."""
    lines = {words[1]: words for line in drawn(view).splitlines() if len(words := line.split()) > 1}

    assert lines["tickets"] == ["✓", "tickets", "1,281", "4"]
    assert " ".join(lines["requested_items"][2:8]) == "166 86 86 of 281 tickets,"
    assert lines["requested_items"][8:] == ["waiting", "30", "s"]
    assert lines["vendors"][-2:] == ["1", "skipped"]
    assert lines["agents"] == ["·", "agents"]
    assert "reading tickets: 1,447 rows" in drawn(view)


def test_small_screen(view: View) -> None:
    """When not all fit, those under way stay."""
    text = drawn(view, height=7)

    assert "requested_items" in text
    assert "vendors" not in text
    assert "3 more resources than fit here" in text


def test_writing(view: View) -> None:
    """When all is read, it says that it writes, and where."""
    for name in NAMES:
        view.tally(name).done = True

    assert "writing to tickets.duckdb: 1,447 rows" in drawn(view)


def test_lines(view: View, capsys: pytest.CaptureFixture[str]) -> None:
    """Without a terminal there is one line when a resource begins and one when it is in, to stderr."""
    with progress(view):
        pass
    captured = capsys.readouterr()

    lines = [line.partition(" ")[2] for line in captured.err.splitlines()]
    assert captured.out == ""
    assert lines == [
        "tickets.tickets: 1,281 rows, 4 requests",
        "tickets.requested_items: reading",
        "tickets.vendors: 0 rows, 1 request, 1 skipped",
    ]


def test_news(view: View, capsys: pytest.CaptureFixture[str]) -> None:
    """Now and then one line says what is under way."""
    _Lines(view)._say_news()

    line = capsys.readouterr().err.partition(" ")[2]
    assert line == ("tickets: 1,447 rows so far, reading requested_items 86 of 281 tickets, waiting 30 s\n")


def test_lines_after_a_failure(view: View, capsys: pytest.CaptureFixture[str]) -> None:
    """What was reached before a failure is said."""
    with pytest.raises(RuntimeError), progress(evolve(view, names=["tickets"])):
        raise RuntimeError

    assert "tickets.tickets: 1,281 rows" in capsys.readouterr().err
