"""What was guessed or repaired to read a dictionary: told, never silent."""

from __future__ import annotations

import logging
import re
import threading
from typing import Final, Literal, Protocol, TypeAlias

from attrs import define, evolve, field, frozen

from sdk.redaction import one_line

Sort: TypeAlias = Literal["repaired", "guessed", "ignored", "advice"]

# A help desk of 100,000 tickets has as many without a survey.
_TOLD: Final = 10

_NUMBERED: Final = re.compile(r"resources\[(\d+)\](.*)")

_LOG: Final = logging.getLogger("sdk.dialects")


@frozen
class Note:
    """One thing that was guessed or repaired.

    Attributes:
        path: Where in the document, such as `resources[6].endpoint.paginator.limit`.
        sort: `repaired` for the document, `guessed` for what an answer suggested, `ignored` for answers that were
            passed over as declared, `advice` for what would be better.
        found: What was found there.
        taken: What was done.
        why: The reason.
    """

    path: str
    sort: Sort
    found: str
    taken: str
    why: str = ""

    def __str__(self) -> str:
        return one_line(f"{self.path}: {self.found}; {self.taken}{f' ({self.why})' if self.why else ''}")


class Tell(Protocol):
    """Takes a note."""

    def __call__(self, note: Note, level: int = ...) -> None:
        """Add *note*, and log it the first time."""


@define
class Report:
    """The notes on one dictionary, those of its reading among them, each once.

    Attributes:
        notes: The notes, in the order in which they came.
        quiet: Do not log them.
        passed_over: How many lists were passed over in reading, by resource: refused whatever was repeated, or ended
            by an answer that is to be ignored. Only the first of them have notes of their own.
    """

    notes: list[Note] = field(factory=list)
    quiet: bool = False
    passed_over: dict[str, int] = field(factory=dict)
    _known: set[Note] = field(factory=set, repr=False)
    _lock: threading.Lock = field(factory=threading.Lock, repr=False, eq=False)

    def note(self, note: Note, level: int = logging.WARNING) -> None:
        """Add *note*, and log it the first time."""
        with self._lock:
            if note in self._known:
                return
            self._known.add(note)
            self.notes.append(note)
        if not self.quiet:
            _LOG.log(level, "%s", note)

    def passes_over(self, resource: str, note: Note, level: int = logging.WARNING) -> None:
        """Count a list of *resource* that was passed over, and add *note* while there are few of them."""
        with self._lock:
            count = self.passed_over[resource] = self.passed_over.get(resource, 0) + 1
        if count > _TOLD:
            note = Note(note.path, note.sort, "more of the same", "each is counted in report.passed_over")
        self.note(note, level)

    def lines(self) -> list[str]:
        """Return the notes as lines for people: what is said of several resources alike is one of them."""
        grouped: dict[tuple[str, ...], list[int]] = {}
        for note in self.notes:
            match = _NUMBERED.match(note.path)
            number, rest = (int(match[1]), match[2]) if match is not None else (-1, note.path)
            grouped.setdefault((note.sort, rest, str(evolve(note, path=""))), []).append(number)
        found = []
        for (sort, rest, text), numbers in grouped.items():
            place = rest if numbers == [-1] else f"resources[{_ranges(numbers)}]{rest}"
            found.append(f"{sort}: {place}{text}")
        return found

    def __iter__(self):  # type: ignore[no-untyped-def] # noqa: ANN204 - a list's
        return iter(self.notes)

    def __len__(self) -> int:
        return len(self.notes)


def _ranges(numbers: list[int]) -> str:
    """Return *numbers* as people write them: `0-3, 7`."""
    runs: list[list[int]] = []
    for number in sorted(numbers):
        if runs and number == runs[-1][-1] + 1:
            runs[-1].append(number)
        else:
            runs.append([number])
    return ", ".join(str(one[0]) if len(one) == 1 else f"{one[0]}-{one[-1]}" for one in runs)
