"""What a dictionary may say of answers: which are ignored or handed to a function, and which are asked again."""

from __future__ import annotations

from typing import Any, Final

from sdk.dialects.values import (
    Problems,
    fault,
    is_count,
    is_text,
    joined,
    keyed,
    one_of,
    optional,
)

_STATUSES: Final = range(100, 600)


def is_response_actions(value: Any, path: str) -> Problems:
    """Yield the mistakes of what is done with answers."""
    if not isinstance(value, list | tuple):
        yield fault(path, value, "a list")
        return
    for number, one in enumerate(value):
        if not callable(one):
            checks = {"status_code": optional(_status), "content": optional(is_text), "action": _action}
            yield from keyed(one, joined(path, number), checks, ["action"])


def _status(value: Any, path: str) -> Problems:
    number = int(value) if isinstance(value, str) and value.isdecimal() else value
    if isinstance(number, bool) or not isinstance(number, int) or number not in _STATUSES:
        yield fault(path, value, "a status, such as 404")


def _action(value: Any, path: str) -> Problems:
    several = isinstance(value, list | tuple) and all(callable(one) for one in value)
    if isinstance(value, str):
        yield from one_of("ignore")(value, path)
    elif not (callable(value) or several):
        yield fault(path, value, "'ignore', a function, or a list of functions")


def is_error_handler(value: Any, path: str) -> Problems:
    """Yield what keeps it from being understood; dlt does not have it, and `from_config` has taken it out if it is."""
    checks = {"retry_on_status_codes": _statuses, "max_retries": is_count, "backoff_factor": _factor}
    mistakes = list(keyed(value, path, checks))
    yield from mistakes or [f"{path}: is no key of dlt's; sdk.from_config takes it"]


def _factor(value: Any, path: str) -> Problems:
    if not isinstance(value, int | float) or isinstance(value, bool) or value < 1:
        yield fault(path, value, "a number from 1 on")


def _statuses(value: Any, path: str) -> Problems:
    if not isinstance(value, list | tuple):
        yield fault(path, value, "a list of statuses")
        return
    for number, one in enumerate(value):
        yield from _status(one, joined(path, number))
