"""Let the cyclic garbage collector look less often while pages are read.

A page is hundreds of new dictionaries, none of them in a cycle and all of them gone soon, and for each few hundred the
collector looks through what is new, and now and then through everything that the process holds: an eighth of the time
that a load takes. It is not switched off, so what does stand in cycles is still found.
"""

from __future__ import annotations

import gc
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Final

# New objects between two looks; Python's own are some hundreds or thousands.
_BETWEEN_LOOKS: Final = 50_000


class _Readers:
    """How many read now, and how often the collector looked before they came."""

    def __init__(self) -> None:
        self.count = 0
        self.before: tuple[int, int, int] = gc.get_threshold()
        self.ours = self.before
        self.lock = threading.Lock()

    def come(self) -> None:
        """Note one more."""
        with self.lock:
            if not self.count:
                self.before = gc.get_threshold()
                first, *others = self.before
                # Zero is a collector that somebody switched off.
                self.ours = (max(first, _BETWEEN_LOOKS) if first else 0, others[0], others[1])
                gc.set_threshold(*self.ours)
            self.count += 1

    def go(self) -> None:
        """Note one less; after the last everything is as it was, unless somebody else has changed it."""
        with self.lock:
            self.count -= 1
            if not self.count and gc.get_threshold() == self.ours:
                gc.set_threshold(*self.before)


_readers: Final = _Readers()


@contextmanager
def collecting_rarely() -> Iterator[None]:
    """Let the collector look rarely inside of the block, in the whole process."""
    _readers.come()
    try:
        yield
    finally:
        _readers.go()
