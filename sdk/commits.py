"""When a run commits what it has read, and when what it read is recent."""

from __future__ import annotations

from datetime import timedelta
from typing import Final

from sdk.errors import SettingError

COMMIT_RECORDS: Final = 100_000
"""After how many records a run commits what it has read."""

COMMIT_MINUTES: Final = 5.0
"""After how many minutes."""

RECENT: Final = timedelta(days=1)
"""A list that is read whole in every run need not be read again, so soon after it was."""


def check_commits(records: int, minutes: float) -> None:
    """Raise where commits would leave no room for any reading between them.

    Raises:
        SettingError: One of the two is not above 0.
    """
    if records < 1 or minutes <= 0:
        given = f"commit_records={records} and commit_minutes={minutes}"
        raise SettingError(f"{given} must both be above 0, or nothing is ever read")
