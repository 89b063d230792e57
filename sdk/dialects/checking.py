"""Check a dictionary without reading anything."""

from __future__ import annotations

from typing import Any

from sdk.dialects.documents import ConfigError
from sdk.dialects.known import told
from sdk.dialects.repairs import repaired
from sdk.dialects.reports import Report


def checked(config: Any) -> tuple[list[str], Report]:
    """Return every mistake of *config*, and what would be repaired or is known better by a connector."""
    report = Report(quiet=True)
    made = repaired(config, report)
    told(config, report)
    try:
        made.check()
    except ConfigError as error:
        return list(error.problems), report
    return [], report
