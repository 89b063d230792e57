"""The command, run as a process: what it prints, what stands in the list of processes, and what it leaves behind."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any, Final

import pytest

import sdk

KEY: Final = "s3cr/et+Zq~8x=K9_w%41-(7)&#'9"
REPOSITORY: Final = str(Path(sdk.__file__).parents[1])

# All loggers speak from the first import on, as in the environment of somebody who looks for a mistake.
MODULE: Final = """
import logging
import sys

logging.basicConfig(level=logging.DEBUG, stream=sys.stdout)

from sdk import {auth_class}, Connector, NextLinkPaginator, Resource, RetryPolicy, Secret, hookimpl

@hookimpl
def sdk_declare_connector():
    things = Resource("things", data_selector="data", columns=())
    retry = RetryPolicy(attempts=1)
    return Connector("acme", resources=[things], auth={auth}, paginator=NextLinkPaginator(), retry=retry, in_flight=1)
"""
AUTHS: Final = {
    "header": 'APIKeyAuth("X-Api-Key", Secret("api_key"))',
    "query": 'APIKeyAuth("sig", Secret("api_key"), location="query")',
    "basic": 'HttpBasicAuth("ann", Secret("api_key"))',
}


@pytest.fixture
def command(tiny_api, tmp_path) -> Callable[..., subprocess.CompletedProcess[bytes]]:
    """Return a function that runs a command of `sdk` where the connector acme is installed, with its key set."""
    site, home = tmp_path / "site", tmp_path / "home"
    home.mkdir()
    info = site / "fake_acme-1.0.dist-info"
    info.mkdir(parents=True)
    (info / "METADATA").write_text("Metadata-Version: 2.1\nName: fake-acme\nVersion: 1.0\n")
    (info / "entry_points.txt").write_text("[sdk.connectors]\nacme = fake_acme\n")

    def run(kind: str, *words: str) -> subprocess.CompletedProcess[bytes]:
        auth = AUTHS[kind]
        (site / "fake_acme.py").write_text(MODULE.format(auth=auth, auth_class=auth.partition("(")[0]))
        own = {name: value for name, value in os.environ.items() if not name.startswith(("SOURCES__", "DESTINATION__"))}
        return subprocess.run(  # noqa: S603 - our own interpreter and our own words
            [sys.executable, "-m", "sdk", *words],
            env={
                **own,
                "PYTHONPATH": os.pathsep.join([str(site), REPOSITORY]),
                "DLT_DATA_DIR": str(home / "dlt"),
                "SOURCES__ACME__API_KEY": KEY,
                "SOURCES__ACME__BASE_URL": tiny_api.url,
                "RUNTIME__LOG_LEVEL": "DEBUG",
                "RUNTIME__DLTHUB_TELEMETRY": "false",
                "SDK_TRACEBACK": "1",
            },
            cwd=home,
            capture_output=True,
            check=False,
            timeout=120,
        )

    return run


def echoing(api: Any, status: int) -> Callable[[Any], Any]:
    """Return an answer that repeats what it was asked with, and notes every process that runs meanwhile."""

    def answer(asked: Any) -> Any:
        sent = f"{asked.target} {dict(asked.headers)}"
        noted.append(b"".join(one.read_bytes() for one in Path("/proc").glob("[0-9]*/cmdline") if _is_readable(one)))
        body = {"data": [{"id": 1}], "next": None, "meta": sent, "code": KEY[:30]}
        return api.reply(body, status, {"X-Echo": json.dumps(sent)})

    noted: list[bytes] = []
    answer.noted = noted  # type: ignore[attr-defined]
    return answer


def _is_readable(path: Path) -> bool:
    try:
        path.read_bytes()
    except OSError:
        return False
    return True


WORDS: Final = {
    "run": ("run", "acme"),
    "check": ("check", "acme"),
    "preview": ("preview", "acme.things"),
    "plan": ("plan", "acme"),
    "describe": ("describe", "acme"),
    "explain": ("explain", "acme"),
    "doctor": ("doctor", "acme"),
}
CASES: Final = [
    pytest.param(
        kind,
        status,
        words,
        id=f"{kind}-{status}-{name}",
        marks=[] if (kind, status, name) in {("query", 200, "run"), ("query", 401, "run")} else [pytest.mark.slow],
    )
    for kind in AUTHS
    for status in (200, 401, 500)
    for name, words in WORDS.items()
]


@pytest.mark.parametrize(("kind", "status", "words"), CASES)
def test_no_secret_comes_out_of_the_command(  # noqa: PLR0913, PLR0917 - each is a place to look at
    kind, status, words, command, outputs, tiny_api, tmp_path
):
    """Nor into the list of processes, nor into any file beside the one that it came from."""
    answer = echoing(tiny_api, status)
    tiny_api.answer("/things", answer)

    done = command(kind, *words)

    outputs.add("stdout", done.stdout)
    outputs.add("stderr", done.stderr)
    outputs.add("list of processes", b"".join(answer.noted))
    outputs.files(tmp_path / "home")
    assert not (leaks := outputs.found(KEY)), "; ".join(leaks)
    assert done.stdout + done.stderr != b""
    if words[0] == "run":
        assert (done.returncode, len(answer.noted)) == (0 if status == 200 else 1, 1)
        assert b"DEBUG" in done.stdout


@pytest.mark.slow
def test_a_secret_on_the_command_line_is_refused_unseen(command, outputs):
    """It is in the list of processes then, which cannot be helped; but it is not repeated."""
    done = command("header", "run", "acme", "--set", "api_key=typed-hunter2")

    outputs.add("printed", done.stdout + done.stderr)
    assert outputs.found("typed-hunter2") == []
    assert b"secrets are never taken from a command line" in done.stderr
