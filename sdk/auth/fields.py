"""The secret fields of auth schemes: converted, checked and never shown."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import TYPE_CHECKING, Any, Final, TypeAlias

from sdk.errors import SettingError
from sdk.placeholders import Setting, Text, reveal
from sdk.redaction import HIDDEN, SecretValue

if TYPE_CHECKING:
    from attrs import Attribute

Place: TypeAlias = Setting | SecretValue

# RFC 9110, 5.5: what a header carries safely. A browser's quotation marks or an ellipsis come from copying.
_SENDABLE: Final = re.compile("[\x20-\x7e]*")
_CONTROL: Final = re.compile("[\x00-\x1f\x7f]")


def as_secret(value: Text) -> Place:
    """Hide a text; a place that is still open, or a secret already hidden, stays."""
    return SecretValue(value) if isinstance(value, str) else value


def as_key(value: Text) -> Place:
    """Hide a text, without the white space around it."""
    return as_secret(trimmed(value))


def trimmed(value: Text) -> Text:
    """Take off the white space around a text, which comes along when a key is read from a file."""
    return _stripped(value, None)


def without_line_break(value: Text) -> Text:
    """Take off a line break at the end: a password cannot hold one, but may end in a space."""
    return _stripped(value, "\r\n")


def check_text(value: object, where: str) -> None:
    """Refuse what is no text, or cannot stand in a user name or a password (RFC 7617, section 2).

    Raises:
        SettingError: So it is.
    """
    if isinstance(value, Setting):
        return
    text = value.reveal() if isinstance(value, SecretValue) else value
    where = _named(where, value)
    if not isinstance(text, str):
        raise SettingError(f"{where} must be text, not {type(text).__name__}")
    if _CONTROL.search(text):
        raise SettingError(f"{where} holds a line break or another control character; was it copied whole?")


def text_field(instance: object, attribute: Attribute[Any], value: object) -> None:
    """Validate a field that may be empty."""
    check_text(value, f"{type(instance).__name__}.{attribute.name}")


def given_field(instance: object, attribute: Attribute[Any], value: object) -> None:
    """Validate a field that may not be empty."""
    text_field(instance, attribute, value)
    text = value.reveal() if isinstance(value, SecretValue) else value
    if not text:
        raise SettingError(f"{_named(f'{type(instance).__name__}.{attribute.name}', value)} is empty")


def key_field(instance: object, attribute: Attribute[Any], value: object) -> None:
    """Validate a key that travels as it is."""
    given_field(instance, attribute, value)
    if isinstance(value, SecretValue) and not is_sendable(value.reveal()):
        where = _named(f"{type(instance).__name__}.{attribute.name}", value)
        raise SettingError(f"{where} holds characters that no header can carry; copy it again, without its quotes")


def is_sendable(text: str) -> bool:
    """Return whether a header can carry *text*."""
    return _SENDABLE.fullmatch(text) is not None


def revealed(value: Any) -> Any:
    """Return *value* with each filled place in it as plain text, however deep in lists and mappings."""
    if isinstance(value, Setting | SecretValue):
        return reveal(value)
    if isinstance(value, Mapping):
        return {key: revealed(one) for key, one in value.items()}
    if isinstance(value, list):
        return [revealed(one) for one in value]
    return tuple(revealed(one) for one in value) if type(value) is tuple else value


def shown(value: object) -> str:
    """Return how a value that may be secret looks in a `repr`: places by name, all else hidden."""
    if value is None or isinstance(value, Setting | SecretValue):
        return repr(value)
    if isinstance(value, Mapping):
        return "{" + ", ".join(f"{key!r}: {shown(one)}" for key, one in value.items()) + "}"
    return repr(HIDDEN)


def _stripped(value: Text, characters: str | None) -> Text:
    if isinstance(value, str):
        return value.strip(characters)
    if not isinstance(value, SecretValue) or (text := value.reveal()) == text.strip(characters):
        return value
    return SecretValue(text.strip(characters), value.name)


def _named(where: str, value: object) -> str:
    # The user knows the setting, not the field that it fills.
    return f"{where} (secret {value.name!r})" if isinstance(value, SecretValue) and value.name else where
