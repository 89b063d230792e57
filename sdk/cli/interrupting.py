"""Run a load so that Ctrl-C ends it soon.

In the main thread dlt takes the signal for itself, writes to the terminal, and looks at it again only between two
records: a wait for a rate limit of ten minutes would have to be sat out. So the load runs in a thread beside it.
"""

from __future__ import annotations

import os
import signal
import sys
import threading
from collections.abc import Callable
from typing import Any, Final

from sdk.cli.failures import Interrupted

_THREAD: Final = "sdk-run"
_LOOK_SECONDS: Final = 0.2
# For what dlt is in the middle of, such as a transaction. A read that waits for its answer is not waited for.
_GRACE_SECONDS: Final = 3.0


def interruptible(work: Callable[[], Any], farewell: str) -> Any:
    """Return what *work* returns, raise what it raises, and stop at Ctrl-C.

    Raises:
        Interrupted: With *farewell* as its message.
    """
    outcome: dict[str, Any] = {}

    def runs() -> None:
        try:
            outcome["result"] = work()
        except BaseException as error:  # noqa: BLE001 - raised again in the thread that waits
            outcome["error"] = error

    thread = threading.Thread(target=runs, name=_THREAD, daemon=True)
    thread.start()
    try:
        while thread.is_alive():
            thread.join(_LOOK_SECONDS)
    except KeyboardInterrupt:
        _stop(thread)
        raise Interrupted(farewell) from None
    if "error" in outcome:
        raise outcome["error"]
    return outcome["result"]


def leave(code: object) -> None:
    """End the process at once when a stopped load still waits for an answer.

    Otherwise the interpreter is taken apart under that thread, and DuckDB complains about it on the screen. Nothing
    is lost: what was not loaded is not committed, as if the machine had stopped.
    """
    if any(thread.name == _THREAD for thread in threading.enumerate()):
        sys.stdout.flush()
        sys.stderr.flush()
        os._exit(code if isinstance(code, int) else 1)


def _stop(thread: threading.Thread) -> None:
    from dlt.common.runtime import signals

    signals.set_received_signal(signal.SIGINT)
    try:
        thread.join(_GRACE_SECONDS)
    except KeyboardInterrupt:
        return
    finally:
        signals.set_received_signal(0)
