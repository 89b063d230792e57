"""Overhear a reading: what it logs, how long it wants to wait, how much memory it takes, and where a secret shows."""

from __future__ import annotations

import json
import logging
import resource
import traceback
from base64 import b64encode, urlsafe_b64encode
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from types import SimpleNamespace
from typing import Any, Final
from unittest.mock import patch
from urllib.parse import quote, quote_plus

from attrs import define, field

from sdk.limiter import Limiter

_LOUDEST: Final = ("dlt", "sdk", "urllib3", "requests")
_MEGABYTE: Final = 1024  # in the kilobytes that the system counts


@define
class Overheard:
    """What was overheard.

    Attributes:
        logs: Every log record, formatted, from DEBUG on.
        waits: The seconds that the reader wanted to wait, none of which passed.
        memory: By how many megabytes the process grew beyond its largest size before.
    """

    logs: list[str] = field(factory=list)
    waits: list[float] = field(factory=list)
    memory: float = 0.0


class _Listener(logging.Handler):
    def __init__(self, heard: list[str]) -> None:
        super().__init__(logging.DEBUG)
        self.heard = heard
        self.setFormatter(logging.Formatter("%(name)s %(message)s"))

    def emit(self, record: logging.LogRecord) -> None:
        self.heard.append(self.format(record))


@contextmanager
def overhearing(time: Callable[[], float]) -> Iterator[Overheard]:
    """Overhear what goes on inside the block; waits take no time there, and tokens age by *time*."""
    heard = Overheard()
    before = _largest()
    with ExitStack() as stack:
        stack.enter_context(_listening(heard.logs))
        for name in ("sdk.attempt.sleep", "sdk.auth.endpoint.sleep"):
            stack.enter_context(patch(name, heard.waits.append))
        # The pace's clock goes on by what was waited, or a wait would be found to be still ahead.
        monotonic = SimpleNamespace(monotonic=lambda: sum(heard.waits))
        stack.enter_context(patch("sdk.client.time", monotonic))
        stack.enter_context(patch("sdk.auth.tokens.clock", time))
        # What one fault did to a host's limiter is nothing to the next.
        limiters: dict[Any, Limiter] = {}
        stack.enter_context(patch("sdk.client.limiter_of", lambda key, make: limiters.setdefault(key, make())))
        yield heard
    heard.memory = (_largest() - before) / _MEGABYTE


@contextmanager
def _listening(heard: list[str]) -> Iterator[None]:
    """Take the place of all handlers: at DEBUG others would print for minutes."""
    listener = _Listener(heard)
    loggers = [logging.getLogger(), *map(logging.getLogger, _LOUDEST)]
    before = [(one.level, one.handlers) for one in loggers]
    for one in loggers:
        one.setLevel(logging.DEBUG)
        one.handlers = [listener] if one.name == "root" or not one.propagate else []
    try:
        yield
    finally:
        for one, (level, handlers) in zip(loggers, before, strict=True):
            one.setLevel(level)
            one.handlers = handlers


def _largest() -> int:
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss


def forms(secret: str) -> list[str]:
    """Return how a secret looks in texts, in each of the usual encodings."""
    raw, pair = secret.encode(), f"{secret}:{secret}".encode()
    encoded = (quote(secret, safe=""), quote_plus(secret), quote(secret), json.dumps(secret)[1:-1], repr(raw)[2:-1])
    return [secret, *encoded, *(code(one).decode() for code in (b64encode, urlsafe_b64encode) for one in (raw, pair))]


def shows(secret: str, text: str) -> bool:
    """Return whether *text* holds the secret, in whatever form."""
    return any(form in text for form in forms(secret))


def chain(failure: BaseException) -> list[BaseException]:
    """Return a failure and everything that it came from."""
    found: list[BaseException] = []
    waiting: list[BaseException | None] = [failure]
    while waiting:
        one = waiting.pop(0)
        if one is None or one in found:
            continue
        found.append(one)
        inner = getattr(one, "exception", None)
        waiting += [one.__cause__, one.__context__, inner if isinstance(inner, BaseException) else None]
    return found


def texts(failure: BaseException) -> list[str]:
    """Return everything that can be read off a failure: its traceback, and what each link of its chain holds."""
    links = chain(failure)
    return ["".join(traceback.format_exception(failure)), *(f"{one!r} {one} {vars(one)}" for one in links)]
