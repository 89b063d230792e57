"""The command as a whole: light to start, one line for every failure, an exit code that means something."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Callable
from typing import TypeAlias

import click
import pytest
from click.testing import Result

from sdk.cli import failures
from sdk.cli.failures import exit_code, report
from sdk.errors import (
    BrokenPluginError,
    LoadError,
    MissingSettingError,
    ResponseError,
    SettingError,
    UnknownConnectorError,
)
from sdk.redaction import conceal

Run: TypeAlias = Callable[..., Result]

HEAVY = """
import sys
from sdk.cli import cli
try:
    cli({args!r})
except SystemExit as done:
    code = done.code
heavy = {{"dlt", "pyarrow", "duckdb", "sdk_plugin_tickets"}} & set(sys.modules)
sys.exit(f"imported {{heavy}}" if heavy else code)
"""


def python(*args: str) -> subprocess.CompletedProcess[str]:
    """Run this Python in a process of its own."""
    return subprocess.run([sys.executable, *args], capture_output=True, text=True, check=False)  # noqa: S603


@pytest.mark.parametrize("args", [["list"], ["--help"], ["run", "--help"], ["--version"]])
def test_light(args: list[str]) -> None:
    """Help, version and list import neither dlt nor pyarrow nor any plugin."""
    done = python("-c", HEAVY.format(args=args))

    assert (0, "") == (done.returncode, done.stderr)


def test_module() -> None:
    """`python -m sdk` is the command."""
    done = python("-m", "sdk", "--version")

    assert done.stdout.startswith("sdk ")


def test_help_names_every_command(run: Run) -> None:
    """The help lists the commands in the order in which one needs them, and examples as they stand."""
    shown = run("--help").output

    places = [shown.index(f"\n  {name} ") for name in ("list", "describe", "check", "preview", "run", "serve")]
    assert places == sorted(places)
    assert "  sdk run tickets --demo " in shown


@pytest.mark.parametrize("name", ["list", "describe", "check", "preview", "run", "serve"])
def test_each_help_has_an_example(run: Run, name: str) -> None:
    """The help of each command ends with a line to copy."""
    shown = run(name, "--help").output

    assert f"\nExamples:\n  sdk {name}" in shown


@pytest.mark.parametrize(
    ("args", "line"),
    [
        (["nope"], "sdk: no such command 'nope'; see sdk --help\n"),
        (["run", "tickets", "--zzz"], "sdk: no such option '--zzz'; see sdk run --help\n"),
        (["run"], "sdk: missing argument 'NAME'; see sdk run --help\n"),
        (["preview", "tickets"], "sdk: say which resource, as in tickets.problems; sdk describe NAME lists them\n"),
    ],
)
def test_wrong_usage(run: Run, args: list[str], line: str) -> None:
    """What was typed wrong is one line, and exit code 2."""
    result = run(*args)

    assert (2, "", line) == (result.exit_code, result.stdout, result.stderr)


def test_nothing_typed(run: Run) -> None:
    """Without a command the help is shown."""
    result = run()

    assert result.exit_code == 2
    assert result.stderr.startswith("Usage: sdk")


@pytest.mark.parametrize("name", ["describe", "check", "run", "serve"])
def test_unknown_connector(run: Run, name: str) -> None:
    """A connector that is not installed is wrong usage, with the nearest name."""
    result = run(name, "tickts")

    assert result.exit_code == 2
    assert result.stderr.count("\n") == 1
    assert "did you mean 'tickets'" in result.stderr


@pytest.mark.parametrize(
    ("error", "code"),
    [
        (UnknownConnectorError("x"), 2),
        (SettingError("x"), 2),
        (MissingSettingError("x"), 1),
        (BrokenPluginError("x"), 1),
        (ResponseError("x"), 1),
        (LoadError("x"), 1),
        (click.UsageError("x"), 2),
        (click.Abort(), 1),
        (RuntimeError("x"), 1),
    ],
)
def test_exit_codes(error: Exception, code: int) -> None:
    """What was typed wrong is 2; what was right and failed is 1."""
    assert code == exit_code(error)


def test_unexpected(capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch) -> None:
    """A mistake of the program is one line without secrets, and says how to see more."""
    monkeypatch.delenv(failures.TRACEBACK, raising=False)
    conceal("hush-hush-hush")

    report(RuntimeError("key hush-hush-hush\nis\x1b[31m odd"))

    shown = capsys.readouterr().err
    assert shown == (
        "sdk: RuntimeError: key *** is [31m odd; this is a mistake of the program: run again with SDK_TRACEBACK=1\n"
    )


def test_traceback(capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch) -> None:
    """With SDK_TRACEBACK the traceback is shown too, without secrets and escape sequences."""
    monkeypatch.setenv(failures.TRACEBACK, "1")
    conceal("hush-hush-hush")

    report(RuntimeError("key hush-hush-hush \x1b[31m"))

    shown = capsys.readouterr().err
    assert shown.startswith("RuntimeError: key ***")
    assert "hush-hush" not in shown
    assert "\x1b" not in shown
    assert shown.endswith("\n")


def test_closed_pipe() -> None:
    """Whoever stops reading the output, as `head` does, gets no complaint."""
    with subprocess.Popen(
        [sys.executable, "-m", "sdk", "describe", "tickets"], stdout=subprocess.PIPE, stderr=subprocess.PIPE
    ) as process:
        assert process.stdout is not None
        assert process.stderr is not None
        process.stdout.close()
        assert process.stderr.read() == b""
