"""Read without what surrounds a run: no wait takes time, and no setting comes from the environment."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from types import SimpleNamespace
from unittest.mock import patch
from weakref import WeakValueDictionary

from sdk import settings


@contextmanager
def without_waiting() -> Iterator[list[float]]:
    """Let waits take no time, and yield the list of them, in seconds.

    For answers that were recorded: the API that asked for the wait is not there to be spared.
    """
    waits: list[float] = []
    # The pace's clock goes on by what was waited, or a wait would be found to be still ahead.
    clock = SimpleNamespace(monotonic=lambda: sum(waits))
    with (
        patch("sdk.attempt.sleep", waits.append),
        patch("sdk.auth.endpoint.sleep", waits.append),
        patch("sdk.client.time", clock),
        # A limiter that somebody made before goes by another clock.
        patch("sdk.limiter._limiters", WeakValueDictionary()),
    ):
        yield waits


@contextmanager
def without_surroundings() -> Iterator[None]:
    """Let settings come from keywords and declared defaults alone: dlt's providers are not asked.

    What an author has set for their account must not change what a recording shows.
    """
    with patch("sdk.settings._look_up", lambda *_: settings._ABSENT):  # noqa: SLF001 - what it returns for a setting that is nowhere
        yield
