"""Start the server for a workload, and ask what it saw."""

from __future__ import annotations

import json
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from http.client import HTTPConnection
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

from attrs import frozen

from benchmarks.workloads import Workload

_VENDOR = Path(__file__).with_name("vendor.py")


@frozen
class Server:
    """A server that answers."""

    url: str

    def stats(self) -> dict[str, Any]:
        """Return what it was asked since it was told to forget."""
        return self._ask("/_stats")

    def reset(self) -> None:
        """Forget what was asked."""
        self._ask("/_reset")

    def _ask(self, path: str) -> dict[str, Any]:
        connection = HTTPConnection(urlsplit(self.url).netloc, timeout=30)
        try:
            connection.request("GET", path)
            told: dict[str, Any] = json.loads(connection.getresponse().read())
        finally:
            connection.close()
        return told


@contextmanager
def serving(workload: Workload) -> Iterator[Server]:
    """Serve what *workload* reads, in a process of its own, until the block ends."""
    command = [sys.executable, str(_VENDOR)]
    for name in ("records", "parents", "page_size", "latency", "rate"):
        command += [f"--{name.replace('_', '-')}", str(getattr(workload, name))]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as process:
        try:
            assert process.stdout is not None
            url = process.stdout.readline().strip()
            if not url:
                raise RuntimeError("the server did not start")
            yield Server(url)
        finally:
            process.kill()
