"""What it takes to start: an import, the list of what is installed, one connector among many."""

from __future__ import annotations

import contextlib
import importlib
import io
import sys
import time

from benchmarks.candidates.job import Job, tell

FAKE = "fake_plugin_"


def start(option: str) -> None:
    """Import the module that *option* names; or list, or load, what is installed."""
    if option == "list":
        from sdk.cli import cli

        # A command ends its process.
        with contextlib.redirect_stdout(io.StringIO()), contextlib.suppress(SystemExit):
            cli(["list"], prog_name="sdk")
    elif option == "load":
        import sdk

        sdk.load("fake_7", base_url="http://127.0.0.1:9")
    else:
        importlib.import_module(option)


if __name__ == "__main__":
    asked = Job.told().option
    before, begun = set(sys.modules), time.perf_counter()
    start(asked)
    seconds = time.perf_counter() - begun
    imported = set(sys.modules) - before
    tell(
        seconds=seconds,
        cpu=seconds,
        rows={},
        notes={
            "modules": len(imported),
            "plugin modules": sum(name.startswith(FAKE) for name in imported),
            "of them": ", ".join(name for name in ("dlt", "pyarrow", "requests") if name in imported),
        },
    )
