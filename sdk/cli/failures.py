"""End a command with one line that says what is wrong, and an exit code."""

from __future__ import annotations

import os
import re
import traceback
from typing import Final

import click

from sdk.errors import MissingSettingError, SDKError, SettingError, UnknownConnectorError
from sdk.redaction import UNSHOWN, one_line, redact

FAILED: Final = 1
WRONG_USAGE: Final = 2
SKIPPED: Final = 3

TRACEBACK: Final = "SDK_TRACEBACK"

# All of them but the line break, which a traceback needs.
_CONTROL = re.compile(f"[{UNSHOWN}]")


class Interrupted(Exception):  # noqa: N818 - it is no error, and the command says so
    """Ctrl-C, where the command has something to say about it."""


class WrongUsageError(click.ClickException):
    """The command was typed wrong, and the message says what to type instead."""

    exit_code = WRONG_USAGE


def report(error: Exception) -> int:
    """Say on stderr what went wrong, and return the exit code."""
    if isinstance(error, click.exceptions.NoArgsIsHelpError):
        error.show()
        return error.exit_code
    if os.environ.get(TRACEBACK):
        text = "".join(traceback.format_exception(error))
        click.echo(redact(_CONTROL.sub(" ", redact(text))), err=True, nl=False)
    click.echo(f"sdk: {_line(error)}", err=True)
    return exit_code(error)


def exit_code(error: Exception) -> int:
    """Return 2 when the command was typed wrong, 1 when it was right and failed."""
    if isinstance(error, MissingSettingError):
        return FAILED
    if isinstance(error, UnknownConnectorError | SettingError):
        return WRONG_USAGE
    return error.exit_code if isinstance(error, click.ClickException) else FAILED


def _line(error: Exception) -> str:
    match error:
        case SDKError() | Interrupted():
            return one_line(str(error))
        case click.Abort():
            return "stopped"
        case click.UsageError():
            path = error.ctx.command_path if error.ctx is not None else "sdk"
            message = _lowered(error.format_message())
            return one_line(f"{message}{'' if message.endswith('?') else ';'} see {path} --help")
        case click.ClickException():
            return one_line(error.format_message())
    hint = "" if os.environ.get(TRACEBACK) else f"; this is a mistake of the program: run again with {TRACEBACK}=1"
    return one_line(f"{type(error).__name__}: {error}", limit=500) + hint


def _lowered(message: str) -> str:
    """Return click's sentence as our messages are: lower case, no full stop."""
    return "; ".join(part[:1].lower() + part[1:] for part in message.rstrip(".").split(". "))
