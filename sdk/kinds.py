"""Check that what a declaration is built from is of the kinds that its annotations say.

The annotation of a field says already what may stand there; whoever has no type checker is told so as well, in the line
where the mistake is, and not by an `AttributeError` of some other module when the first page is there.
"""

from __future__ import annotations

import inspect
import types
from collections.abc import Callable, Hashable, Iterable, Iterator, Mapping
from datetime import datetime, timedelta
from functools import cache
from typing import TYPE_CHECKING, Any, Final, Literal, TypeVar, Union, cast, get_args, get_origin, get_type_hints

import attrs
from attrs import define, field
from requests.auth import AuthBase

from sdk.redaction import SecretValue

if TYPE_CHECKING:
    from attrs import Attribute

T = TypeVar("T")

_NONE: Final = type(None)
_WORDS: Final[Mapping[Any, str]] = {
    _NONE: "None",
    bool: "True or False",
    int: "a whole number",
    float: "a number",
    str: "a text",
    bytes: "bytes",
    timedelta: "a timedelta",
    datetime: "a datetime",
    dict: "a mapping",
    AuthBase: "an auth scheme",
}


def checked(cls: type, fields: list[Attribute[Any]]) -> list[Attribute[Any]]:
    """Have each field of an attrs class checked against its annotation; those with a validator say more themselves.

    Pass it as `field_transformer`.
    """
    del cls
    return [one if one.validator is not None or not one.init else one.evolve(validator=_is_of_kind) for one in fields]


def problems(instance: Any) -> Iterator[str]:
    """Yield which fields of an attrs value hold something of another kind than their annotation says."""
    for attribute in attrs.fields(type(instance)):
        if attribute.init and (problem := _problem(instance, attribute, getattr(instance, attribute.name))):
            yield problem


def several(value: Iterable[T] | Any) -> tuple[T, ...] | Any:
    """Return what can be listed as a tuple, and anything else as it is, for the check to refuse.

    Converters are functions around it, whose annotations tell type checkers what may be passed.
    """
    is_list = isinstance(value, Iterable) and not isinstance(value, str | bytes | Mapping)
    return tuple(value) if is_list else value


def unordered(value: Iterable[T] | Any) -> frozenset[T] | Any:
    """Return what can be listed as a set, and anything else as it is, for the check to refuse."""
    listed = several(value)
    try:
        return frozenset(listed) if isinstance(listed, tuple) else value
    except TypeError:
        return value  # of what has no hash no set can be made


def _is_of_kind(instance: Any, attribute: Attribute[Any], value: Any) -> None:
    if problem := _problem(instance, attribute, value):
        raise ValueError(f"{type(instance).__name__}: {problem}")


def _problem(instance: Any, attribute: Attribute[Any], value: Any) -> str:
    kind = _declared(cast(Hashable, type(instance)), attribute.name)
    return "" if type(value) in kind.passed else _misfit(value, kind, attribute.alias or attribute.name)


@define
class _Kind:
    """What an annotation allows.

    Attributes:
        alternatives: The members of a union, or the one.
        passed: Types of which each value is allowed; those of containers are none, since it depends on what they hold.
    """

    alternatives: tuple[Any, ...]
    passed: set[type] = field(factory=set)


@cache
def _declared(cls: Any, name: str) -> _Kind:
    # Of the class that declares the field: names in the annotations of a plugin's subclass may be there for types only.
    owner = next(one for one in cls.__mro__ if name in inspect.get_annotations(one))
    return _kind(get_type_hints(owner)[name])


@cache
def _kind(hint: Any) -> _Kind:
    return _Kind(tuple(_alternatives(hint)))


def _misfit(value: Any, kind: _Kind, where: str) -> str:
    """Return what is wrong with *value*, or nothing."""
    if type(value) in kind.passed:
        return ""
    for one in kind.alternatives:
        if (members := _members(value, one, where)) is not None:
            return next((problem for member in members if (problem := _misfit(*member))), "")
    if any(_is(value, one) for one in kind.alternatives):
        kind.passed.add(type(value))
        return ""
    if isinstance(value, type):
        return f"{where} is the class {value.__name__}: write {value.__name__}(...)"
    return f"{where} must be {_said(kind.alternatives)}, not {_found(value)}"


def _members(value: Any, kind: Any, where: str) -> Iterator[tuple[Any, _Kind, str]] | None:
    """Return what *value* holds, of which kind each of it must be and where it is; `None` when it is no such container.

    So that what is wrong is the member, not all of it.
    """
    origin, args = get_origin(kind), get_args(kind)
    if origin is tuple and isinstance(value, tuple):
        return ((one, _kind(args[0]), f"{where}[{at}]") for at, one in enumerate(value))
    if origin is frozenset and isinstance(value, frozenset):
        return ((one, _kind(args[0]), f"{one!r} in {where}") for one in value)
    if origin is Mapping and isinstance(value, Mapping):
        return ((one, _kind(args[1]), f"{where}[{name!r}]") for name, one in value.items())
    return None


def _alternatives(hint: Any) -> Iterator[Any]:
    if get_origin(hint) in {Union, types.UnionType}:
        for one in get_args(hint):
            yield from _alternatives(one)
    else:
        yield hint


def _is(value: Any, kind: Any) -> bool:
    """Return whether *value* is of a *kind* that holds no others."""
    if kind is Any:
        return True
    if kind in {int, float}:
        return isinstance(value, (int, kind)) and not isinstance(value, bool)
    if get_origin(kind) is Literal:
        return isinstance(value, str)  # which of them is said where the words are known
    if get_origin(kind) is Callable or kind is AuthBase:
        # A class can be called, too; `requests` takes any function for an auth scheme.
        return callable(value) and not (kind is AuthBase and isinstance(value, type))
    return isinstance(kind, type) and isinstance(value, kind) and not isinstance(value, type)


def _said(kinds: Iterable[Any]) -> str:
    # Nobody writes a `SecretValue` into a declaration: secrets are filled in as such.
    return " or ".join(dict.fromkeys(_word(kind) for kind in kinds if kind is not SecretValue))


def _word(kind: Any) -> str:
    origin = get_origin(kind)
    if origin in {tuple, frozenset}:
        return "a list"
    if origin is Literal:
        return _WORDS[str]
    if origin is Callable:
        return "a function"
    return _WORDS.get(origin or kind) or ("a mapping" if origin is Mapping else _with_article(kind.__name__))


def _found(value: Any) -> str:
    """Return what *value* is; never a text itself, which may be a secret in the wrong place."""
    if value is None or isinstance(value, bool | int | float):
        return repr(value)
    return _WORDS.get(type(value)) or _with_article(type(value).__name__)


def _with_article(name: str) -> str:
    return f"{'an' if name[:1] in 'AEIOUaeiou' else 'a'} {name}"
