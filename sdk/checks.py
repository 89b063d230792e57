"""Validate what declarations are built from; a mistake is a `ValueError`: whose, what would do, what was found."""

from __future__ import annotations

import difflib
import re
from collections.abc import Callable, Iterable
from typing import TYPE_CHECKING, Any, Final, TypeAlias

if TYPE_CHECKING:
    from attrs import Attribute

Check: TypeAlias = "Callable[[Any, Attribute[Any], Any], None]"

_NAME: Final = re.compile(r"[a-z][a-z0-9_]*")


def one_of(words: Iterable[str]) -> Check:
    """Return the check that a value is one of *words*."""
    allowed = tuple(words)

    def check(instance: object, attribute: Attribute[Any], value: Any) -> None:
        if isinstance(value, str) and value in allowed:
            return
        close = difflib.get_close_matches(value, allowed, n=1) if isinstance(value, str) else []
        hint = f"did you mean {close[0]!r}?" if close else f"allowed are {', '.join(map(repr, allowed))}"
        raise ValueError(f"{type(instance).__name__}: {attribute.name} cannot be {value!r}; {hint}")

    return check


def number(least: float, *, above: bool = False) -> Check:
    """Return the check that a value is a number from *least* on, or *above* it."""
    allowed = f"a number {'above' if above else 'from'} {least:g}{'' if above else ' on'}"

    def check(instance: object, attribute: Attribute[Any], value: Any) -> None:
        is_number = isinstance(value, int | float) and not isinstance(value, bool)
        # Not the other way round: of a NaN everything is false.
        if not (is_number and (value > least if above else value >= least)):
            raise ValueError(f"{type(instance).__name__}: {attribute.name} must be {allowed}, not {value!r}")

    return check


def whole_number(least: int | None = None, most: int | None = None) -> Check:
    """Return the check that a value is a whole number, from *least* to *most*; `True` is none."""
    bounds = f" from {least} {'on' if most is None else f'to {most}'}" if least is not None else ""

    def check(instance: object, attribute: Attribute[Any], value: Any) -> None:
        is_whole = isinstance(value, int) and not isinstance(value, bool)
        if not (is_whole and (least is None or value >= least) and (most is None or value <= most)):
            problem = f"{type(instance).__name__}: {attribute.name} must be a whole number{bounds}, not {value!r}"
            raise ValueError(problem)

    return check


def is_flag(instance: object, attribute: Attribute[Any], value: Any) -> None:
    """Accept true and false."""
    if not isinstance(value, bool):
        raise ValueError(f"{type(instance).__name__}: {attribute.name} must be True or False, not {value!r}")  # noqa: TRY004 - as all mistakes


def is_name(instance: object, attribute: Attribute[Any], value: Any) -> None:
    """Accept a name in snake_case."""
    if not isinstance(value, str) or not _NAME.fullmatch(value):
        raise ValueError(f"{type(instance).__name__}: {attribute.name} must be in snake_case, not {value!r}")


def is_text(instance: object, attribute: Attribute[Any], value: Any) -> None:
    """Accept a text with something in it."""
    if not isinstance(value, str) or not value.strip():
        raise ValueError(f"{type(instance).__name__}: {attribute.name} must be a text that is not empty")
