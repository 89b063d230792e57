"""`Setting` and `Secret`: what a declaration leaves open, and how it is filled in.

A declaration is built once, when its module is imported; settings are known only when somebody loads. So a value
such as `HttpBasicAuth(username=Secret("api_key"))` holds the place, and `fill` returns the same value with the
user's settings in it. Secrets arrive as `SecretValue`, which shows itself to nobody who does not ask.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from datetime import date, datetime, timedelta
from typing import Any, Final, Literal, TypeAlias, TypeVar, get_args

import attrs
from attrs import field, frozen

from sdk.checks import is_name, one_of
from sdk.kinds import checked, several
from sdk.redaction import SecretValue

Kind: TypeAlias = Literal["text", "int", "number", "bool", "timestamp", "list"]

T = TypeVar("T")


class _Required:
    """The type of `REQUIRED`: this setting has no default."""

    def __repr__(self) -> str:
        return "REQUIRED"

    def __reduce__(self) -> str:
        # Copied or pickled it stays the one object that `required` compares with.
        return "REQUIRED"


REQUIRED: Final = _Required()


def _choices(value: Iterable[str]) -> Any:
    return several(value)


@frozen(field_transformer=checked)
class Setting:
    """Hold the place of a setting that whoever loads the connector gives.

    Attributes:
        name: Its name, in snake_case; where to set it follows from it.
        kind: `text`, `int`, `number` (with decimals), `bool`, `timestamp` (ISO date or timestamp) or `list` (of
            text; given as a list or separated by commas).
        default: Used when it is set nowhere; without one it is required.
        choices: The values that it may have; empty for any.
        description: One sentence for `sdk describe` and the README.
    """

    name: str = field(validator=is_name)
    kind: Kind = field(default="text", kw_only=True, validator=one_of(get_args(Kind)))
    default: Any = field(default=REQUIRED, kw_only=True)
    choices: tuple[str, ...] = field(default=(), kw_only=True, converter=_choices)
    description: str = field(default="", kw_only=True)

    @property
    def required(self) -> bool:
        """Whether loading fails without it."""
        return self.default is REQUIRED


@frozen
class Secret(Setting):
    """Hold the place of a secret: like a setting, but never taken from a command line and never shown."""


@frozen(field_transformer=checked)
class Choice:
    """Stand for one of several values, picked by a setting: which version of a path to read, say.

    Attributes:
        setting: The setting that picks; its `choices` are the names of the options, and it has a default.
        options: The value for each of its choices.
    """

    setting: Setting
    options: Mapping[str, Any]

    def __attrs_post_init__(self) -> None:
        if set(self.setting.choices) != set(self.options) or self.setting.default not in self.options:
            raise ValueError(f"setting {self.setting.name!r} must have the options as its choices, and one as default")

    def picked(self, choice: str | None = None) -> Any:
        """Return the option *choice*, or the default's."""
        return self.options[choice or self.setting.default]


@frozen(field_transformer=checked)
class Each:
    """Stand for several values of one parameter: the resource is read once for each.

    Attributes:
        values: The values, or a setting that gives them; a boolean setting stands for `true`, or for nothing.
        also_without: Read once without the parameter, too.
    """

    values: Any
    also_without: bool = field(default=False, kw_only=True)

    def choices(self) -> list[Any]:
        """Return the values to read with; `None` leaves the parameter out."""
        values = self.values
        if values is None or isinstance(values, bool):
            values = [True] if values else []
        elif not isinstance(values, Iterable) or isinstance(values, str):
            # One text is one value, not its letters.
            values = [values]
        return [None, *values] if self.also_without else list(values)


Text: TypeAlias = str | Setting | SecretValue


def reveal(value: Text) -> str:
    """Return the text of a filled place: a secret's own value, anything else as it is.

    Raises:
        TypeError: The place was never filled: the declaration is used without its settings.
    """
    if isinstance(value, Setting):
        raise TypeError(f"setting {value.name!r} has no value yet: use the connector that sdk.load fills in")
    return value.reveal() if isinstance(value, SecretValue) else value


def placeholders(value: Any) -> Iterator[Setting]:
    """Yield each `Setting` and `Secret` in *value*, however deep in attrs values, lists and mappings."""
    return (one for one in _leaves(value) if isinstance(one, Setting))


def secret_names(value: Any) -> tuple[str, ...]:
    """Return the names of the secrets that were filled into *value*, once each."""
    return tuple(dict.fromkeys(one.name for one in _leaves(value) if isinstance(one, SecretValue) and one.name))


def refusals(value: Any) -> Iterator[str]:
    """Yield what the attrs values in *value* refuse of their own fields; for those that were built unvalidated."""
    if attrs.has(type(value)):
        try:
            attrs.validate(value)
        except (TypeError, ValueError) as error:
            yield str(error.args[0])
        for attribute in attrs.fields(type(value)):
            yield from refusals(getattr(value, attribute.name))
    elif isinstance(value, Mapping):
        yield from refusals(tuple(value.values()))
    elif isinstance(value, list | tuple | set | frozenset):
        for one in value:
            yield from refusals(one)


def secret_values(value: Any) -> Iterator[str]:
    """Yield the secrets that were filled into *value*; never to be shown."""
    return (one.reveal() for one in _leaves(value) if isinstance(one, SecretValue))


# Most of a declaration; looked at first, because connectors are opened often in tests.
_PLAIN: Final = frozenset({str, int, float, bool, bytes, type(None), date, datetime, timedelta})


def _leaves(value: Any) -> Iterator[Any]:
    if type(value) in _PLAIN or isinstance(value, Setting):
        yield value
    elif attrs.has(type(value)):
        for attribute in attrs.fields(type(value)):
            yield from _leaves(getattr(value, attribute.name))
    elif isinstance(value, Mapping):
        for one in value.values():
            yield from _leaves(one)
    elif isinstance(value, list | tuple | set | frozenset):
        for one in value:
            yield from _leaves(one)
    else:
        yield value


def fill(value: T, settings: Mapping[str, Any]) -> T:
    """Return *value* with each `Setting` and `Secret` in it replaced by its entry in *settings*.

    Raises:
        KeyError: *settings* has no entry for one of them.
    """
    return _fill(value, settings)  # type: ignore[no-any-return] # same shape as came in, place by place


def _fill(value: Any, settings: Mapping[str, Any]) -> Any:  # noqa: PLR0911 - one for each kind of value
    if type(value) in _PLAIN:
        return value
    if isinstance(value, Setting):
        found = settings[value.name]
        # A configuration file may well give a key of digits as a number.
        is_secret = isinstance(value, Secret) and isinstance(found, str | int)
        return SecretValue(str(found), value.name) if is_secret else found
    if isinstance(value, Choice):
        return _fill(value.picked(settings[value.setting.name]), settings)
    if attrs.has(type(value)):
        return _fill_fields(value, settings)
    if isinstance(value, Mapping):
        filled = {key: _fill(one, settings) for key, one in value.items()}
        return _like(value, filled) if any(filled[key] is not value[key] for key in filled) else value
    if isinstance(value, list | tuple | set | frozenset):
        items = list(value)
        new_items = [_fill(one, settings) for one in items]
        same = all(new is old for new, old in zip(new_items, items, strict=True))
        return value if same else _like(value, new_items)
    return value


def _fill_fields(value: Any, settings: Mapping[str, Any]) -> Any:
    changed = {}
    for attribute in attrs.fields(type(value)):
        old = getattr(value, attribute.name)
        if attribute.init and (new := _fill(old, settings)) is not old:
            changed[attribute.alias or attribute.name] = new
    return attrs.evolve(value, **changed) if changed else value


def _like(value: Any, content: Any) -> Any:
    # A named tuple takes its fields one by one.
    make = getattr(type(value), "_make", type(value))
    return make(content)
