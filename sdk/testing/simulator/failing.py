"""Say where a description fails: a mistake in a maker of rows must not look like a failure of the API."""

from __future__ import annotations

import sysconfig
import traceback
from pathlib import Path
from typing import Final

from sdk.testing.simulator.messages import SimulatorError

_OWN: Final = str(Path(__file__).parents[2])
_LIBRARY: Final = sysconfig.get_paths()["stdlib"]
_INSTALLED: Final = "site-packages"


class FailedSimulatorError(SimulatorError):
    """Report a description whose own functions failed while it answered."""

    @classmethod
    def of(cls, simulator: str, error: Exception) -> FailedSimulatorError:
        """Return the error that names the simulator, what went wrong in it, and the line."""
        return cls(f"the simulator of {simulator!r} fails: {type(error).__name__}: {error}{_line(error)}")


def _line(error: Exception) -> str:
    """Return the last line of the description's own code; of ours where it has none on the way."""
    frames = traceback.extract_tb(error.__traceback__)
    theirs = [one for one in frames if not one.filename.startswith(_OWN) and not _is_library(one.filename)]
    return f" ({Path(one.filename).name}:{one.lineno})" if (one := next(reversed(theirs or frames), None)) else ""


def _is_library(file: str) -> bool:
    return file.startswith((_LIBRARY, "<")) and _INSTALLED not in file
