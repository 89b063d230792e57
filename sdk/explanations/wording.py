"""Say in words what a declared value is, from the value itself: nothing here knows a scheme or a paginator by name."""

from __future__ import annotations

import inspect
import re
from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import Any, Final

import attrs

from sdk.instants import EPOCH, format_instant
from sdk.paths import Template
from sdk.placeholders import Choice, Each, Setting, placeholders
from sdk.redaction import SecretValue

_SECONDS: Final = {"day": 86_400, "hour": 3_600, "minute": 60, "second": 1}

# How docstrings name an attribute.
_ATTRIBUTE: Final = re.compile(r"\*(\w+)\*")


def said(value: Any) -> str:  # noqa: C901, PLR0911 - one line for each kind of value is the table to read
    """Return *value* as it is declared: settings by name, secrets hidden, what is left at its default left out."""
    match value:
        case Setting():
            return f"<{value.name}>"
        case SecretValue() | str() | bool() | int() | float() | None:
            return repr(value)
        case timedelta():
            return lasting(value)
        case datetime():
            return "the beginning of time" if value == EPOCH else format_instant(value, "iso")
        case Template():
            return value.text
        case Each():
            return f"each of {said(value.values)}{', and without' if value.also_without else ''}"
        case Choice():
            options = ", ".join(f"{name}: {said(one)}" for name, one in value.options.items())
            return f"by {said(value.setting)}: {options}"
        case Mapping():
            return "{" + ", ".join(f"{name!r}: {said(one)}" for name, one in value.items()) + "}"
        case list() | tuple():
            return "[" + ", ".join(map(said, value)) + "]"
        case set() | frozenset():
            return "{" + ", ".join(sorted(map(said, value))) + "}"
    return _built(value) if attrs.has(type(value)) else function(value) if callable(value) else type(value).__name__


def _built(value: Any) -> str:
    parts: list[str] = []
    for one in attrs.fields(type(value)):
        found = getattr(value, one.name)
        if not one.init or one.repr is False or _is_default(one, value, found):
            continue
        shown = one.repr(found) if callable(one.repr) and not isinstance(found, Setting) else said(found)
        for setting in placeholders(found):
            shown = shown.replace(repr(setting), f"<{setting.name}>")
        parts.append(f"{one.name}={shown}" if one.kw_only or parts or len(attrs.fields(type(value))) > 1 else shown)
    return f"{type(value).__name__}({', '.join(parts)})"


def _is_default(attribute: Any, instance: Any, value: Any) -> bool:
    default = attribute.default
    if isinstance(default, attrs.Factory):  # type: ignore[arg-type] # attrs types it as a function
        default = default.factory(instance) if default.takes_self else default.factory()
    return bool(default == value)


def sentence(value: Any) -> str:
    """Return the first sentence of what the class of *value* says of itself, its attributes filled in."""
    text = (inspect.getdoc(type(value)) or "").partition("\n\n")[0].replace("\n", " ")
    text = text.partition(". ")[0].partition("; ")[0].rstrip(".")

    def filled(match: re.Match[str]) -> str:
        return said(getattr(value, match[1])) if hasattr(value, match[1]) else match[1]

    text = _ATTRIBUTE.sub(filled, text).replace("`", "")
    return text[:1].lower() + text[1:]


def lasting(value: timedelta) -> str:
    """Return a duration as a person says it."""
    seconds = value.total_seconds()
    for word, length in _SECONDS.items():
        if seconds >= length and seconds % length == 0:
            number = int(seconds // length)
            return f"{number} {word}{'' if number == 1 else 's'}"
    return f"{seconds:g} seconds"


def function(value: Any) -> str:
    """Return the name of a function, and where it stands."""
    while hasattr(value, "func"):
        value = value.func
    code = getattr(value, "__code__", None)
    name = getattr(value, "__qualname__", type(value).__name__)
    return f"{name} ({code.co_filename.rpartition('/')[2]}:{code.co_firstlineno})" if code is not None else name
