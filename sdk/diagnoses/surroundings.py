"""Where the plugins live: versions of what they stand on, and which `sdk` one types."""

from __future__ import annotations

import platform
import shutil
import sys
from collections.abc import Iterator
from importlib.metadata import Distribution, PackageNotFoundError, distribution, version
from pathlib import Path
from typing import Final

from sdk.diagnoses.findings import Finding
from sdk.diagnoses.requirements import CORE, unmet

_SHOWN: Final = (CORE, "dlt", "duckdb", "pyarrow", "pluggy")


def versions() -> dict[str, str]:
    """Return the versions of Python and of what core stands on."""
    found = {"python": platform.python_version()}
    for name in _SHOWN:
        try:
            found[name] = version(name)
        except PackageNotFoundError:
            found[name] = "not installed"
    return found


def found_around() -> Iterator[Finding]:
    """Yield what is wrong with core's own installation."""
    core = distribution(CORE)
    yield from unmet(core, CORE, core.version)
    yield from _command(core)


def _command(core: Distribution) -> Iterator[Finding]:
    own = [Path(str(core.locate_file(one))).resolve() for one in core.files or () if one.name in {"sdk", "sdk.exe"}]
    typed = shutil.which("sdk")
    here = str(own[0]) if own else sys.prefix
    if typed is None:
        advice = f"type {sys.executable} -m sdk, or put {Path(here).parent} on PATH"
        yield Finding("command", "hint", "there is no command 'sdk' on PATH", here, advice)
    elif own and Path(typed).resolve() not in own:
        what = f"'sdk' on PATH is another program than that of this environment: {typed}"
        advice = f"type {sys.executable} -m sdk, or put {Path(here).parent} first on PATH"
        yield Finding("command", "hint", what, here, advice)
