"""Keep dlt's own output off the screen, and its telemetry at home, unless the user said otherwise."""

from __future__ import annotations

import os

_DEFAULTS = {"RUNTIME__LOG_LEVEL": "CRITICAL", "RUNTIME__DLTHUB_TELEMETRY": "false"}


def quieten() -> None:
    """Set dlt's log level and telemetry for this process; call it before dlt is imported."""
    for name, value in _DEFAULTS.items():
        os.environ.setdefault(name, value)
