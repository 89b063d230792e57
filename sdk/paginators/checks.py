"""Validate what paginators and end rules are built from; a mistake is a `ValueError` that says what would do."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from sdk.checks import is_text, whole_number
from sdk.jsonpath import compile_path
from sdk.placeholders import Setting

if TYPE_CHECKING:
    from attrs import Attribute


def is_path(instance: object, attribute: Attribute[Any], value: Any) -> None:
    """Accept a dotted path or a JSONPath; the body itself cannot be meant."""
    is_text(instance, attribute, value)
    try:
        compile_path(value)
    except ValueError as error:
        raise ValueError(f"{type(instance).__name__}: {attribute.name}: {error}") from error
    if not value.strip().removeprefix("$"):
        raise ValueError(f"{type(instance).__name__}: {attribute.name} must lead into the body, not be all of it")


def is_body_path(instance: object, attribute: Attribute[Any], value: Any) -> None:
    """Accept names joined by dots, each an object in the request's JSON body."""
    is_text(instance, attribute, value)
    if not all(step.strip() for step in value.split(".")):
        raise ValueError(f"{type(instance).__name__}: {attribute.name} must be names joined by dots, not {value!r}")


_at_least_one = whole_number(1)


def is_limit(instance: object, attribute: Attribute[Any], value: Any) -> None:
    """Accept a page size of one or more, or the place of a setting that will be one."""
    if isinstance(value, Setting):
        return
    _at_least_one(instance, attribute, value)


def exactly_one(instance: object, *options: str) -> None:
    """Raise unless one of *options*, attributes of *instance*, is given and the others are not."""
    if sum(getattr(instance, option) is not None for option in options) != 1:
        raise ValueError(f"{type(instance).__name__}: give one of {' and '.join(options)}, not both or none")
