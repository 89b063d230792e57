"""Read this project's docstrings for the reference pages: their few signs of reStructuredText, and attrs signatures."""

# ruff: noqa: INP001 - a module for the build alone

from __future__ import annotations

import importlib
import inspect
import re
from contextlib import suppress
from typing import Any

import griffe

from sdk import Setting

_VERSION_ADDED = re.compile(r"^\.\. versionadded:: (\S+)$", re.MULTILINE)
# A paragraph that ends with `::`, and the indented lines under it.
_LITERAL = re.compile(r"^( *)(\S.*?)::\n\n((?:\1 {4,}.*\n|\n)*\1 {4,}.*)", re.MULTILINE)

_MADE = ("frozen", "define")

_KINDS = {
    inspect.Parameter.POSITIONAL_ONLY: griffe.ParameterKind.positional_only,
    inspect.Parameter.POSITIONAL_OR_KEYWORD: griffe.ParameterKind.positional_or_keyword,
    inspect.Parameter.VAR_POSITIONAL: griffe.ParameterKind.var_positional,
    inspect.Parameter.KEYWORD_ONLY: griffe.ParameterKind.keyword_only,
    inspect.Parameter.VAR_KEYWORD: griffe.ParameterKind.var_keyword,
}


class Docstrings(griffe.Extension):
    """What griffe does not know of this project."""

    def on_object(self, *, obj: griffe.Object, **_: Any) -> None:
        """Turn the docstring into Markdown."""
        if obj.docstring is not None:
            obj.docstring.value = as_markdown(obj.docstring.value)

    def on_class(self, *, cls: griffe.Class, **_: Any) -> None:
        """Give a class that attrs makes the signature that it has."""
        if "__init__" in cls.members or not any(str(one.value).startswith(_MADE) for one in cls.decorators):
            return
        # A module that cannot be imported fails in its own tests.
        with suppress(ImportError):
            cls.set_member("__init__", _init(cls, getattr(importlib.import_module(cls.module.path), cls.name)))


def as_markdown(text: str) -> str:
    """Return a docstring with literal blocks as fenced ones and versions in words."""
    text = _VERSION_ADDED.sub(r"*New in \1.*", text)
    return _LITERAL.sub(lambda found: f"{found[1]}{found[2]}:\n\n{_fenced(found[3], found[1])}", text)


def _fenced(code: str, indent: str) -> str:
    inner = inspect.cleandoc(f"\n{code}")
    language = "" if inner.startswith("SDKError") else "python"
    return "\n".join(f"{indent}{line}".rstrip() for line in [f"```{language}", *inner.splitlines(), "```"])


def _init(cls: griffe.Class, made: type) -> griffe.Function:
    parameters = [griffe.Parameter("self", kind=griffe.ParameterKind.positional_or_keyword)]
    for one in inspect.signature(made).parameters.values():
        default = None if one.default is inspect.Parameter.empty else _shown(one.default)
        member = cls.members.get(one.name)
        # The expression of the class body where there is one: its names become links.
        annotation = member.annotation if isinstance(member, griffe.Attribute) else str(one.annotation)
        parameters.append(griffe.Parameter(one.name, kind=_KINDS[one.kind], default=default, annotation=annotation))
    return griffe.Function("__init__", parameters=griffe.Parameters(*parameters))


def _shown(default: Any) -> str:
    if isinstance(default, frozenset):
        return f"{{{', '.join(map(str, sorted(default)))}}}" if default else "()"
    if isinstance(default, Setting):
        return f"{type(default).__name__}({default.name!r})"
    text = repr(default)
    # What a factory makes has no text of its own, nor has an object without a `repr`.
    return "..." if text == "NOTHING" or text.startswith("<") else text.removeprefix("datetime.")
