"""The pages for data engineers are followed against a simulated help desk."""

from __future__ import annotations

import os
import re
import shlex
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner
from dlt.common.configuration.container import Container
from dlt.common.pipeline import PipelineContext
from sdk_plugin_tickets.simulator import SIMULATOR

from sdk.cli import cli
from sdk.settings import environment_name
from sdk.testing.simulator import serve

# They need an account of their own, or are typed elsewhere.
_ELSEWHERE = ("pip ", "export ", "sdk new ", "sdk run tickets --to postgres", "sdk run tickets --to filesystem")


@pytest.fixture(autouse=True)
def help_desk(dlt_home: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """Serve a small help desk, and set what the connector needs to read it."""
    monkeypatch.setenv("RUNTIME__LOG_LEVEL", "CRITICAL")
    for name in [name for name in os.environ if name.startswith(("SOURCES__", "DESTINATION__"))]:
        monkeypatch.delenv(name)
    with serve(SIMULATOR, scale=0.05) as server:
        for name, value in server.settings.items():
            monkeypatch.setenv(environment_name("tickets", name), value)
        yield
    Container()[PipelineContext].clear()


@pytest.mark.parametrize("page", ["index.md", "guide.md"])
def test_commands_work(page: str, blocks: Any):
    """Each command that a page tells to type ends with exit code 0, one after the other."""
    typed = [
        line.removeprefix("$ ").partition("#")[0].strip()
        for block in blocks(page)
        if block.language == "console"
        for line in block.text.splitlines()
    ]
    commands = [one for one in typed if not one.startswith(_ELSEWHERE)]

    codes = {one: CliRunner().invoke(cli, shlex.split(one)[1:]).exit_code for one in commands}

    assert codes == dict.fromkeys(commands, 0)
    assert commands


def test_python_works(blocks: Any, dlt_home: Path, capsys: pytest.CaptureFixture[str]):
    """The code of the page runs as it stands there, one block after the other."""
    names: dict[str, Any] = {}

    for block in blocks("from-python.md"):
        exec(compile(block.text, f"line {block.line}", "exec"), names)  # noqa: S102 - our own documentation

    *subjects, report = capsys.readouterr().out.splitlines()
    assert subjects
    assert re.fullmatch(rf"{len(subjects)} \(\)", report)
    assert (dlt_home / "data.duckdb").exists()
