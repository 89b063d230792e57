"""Settings: keyword first, then dlt's own providers, then the declared default.

dlt is imported only when a setting was not passed as keyword. A setting is looked up under
`sources.<connector>.<setting>`: in the environment, in `.dlt/secrets.toml` and `.dlt/config.toml`, in vaults.
"""

from __future__ import annotations

import difflib
import math
from collections.abc import Iterable, Mapping
from typing import Any, Final

from sdk.errors import MissingSettingError, SettingError
from sdk.instants import parse_instant
from sdk.placeholders import REQUIRED, Secret, Setting
from sdk.redaction import conceal

_ABSENT: Final = object()
# What dlt writes into the files of a new project where a value belongs.
_TEMPLATE_VALUE = "<configure me>"

_BOOLEANS: Mapping[str, bool] = {
    "true": True,
    "yes": True,
    "on": True,
    "1": True,
    "false": False,
    "no": False,
    "off": False,
    "0": False,
}


def resolve(connector: str, declared: Iterable[Setting], keywords: Mapping[str, Any]) -> dict[str, Any]:
    """Return the value of each declared setting.

    Raises:
        MissingSettingError: Required ones are set nowhere; all of them are named, with every place to set them.
        SettingError: One is of the wrong kind, or a keyword is no setting of this connector.
    """
    known = {setting.name: setting for setting in declared}
    _refuse_unknown(connector, known, keywords)
    found: dict[str, Any] = {}
    missing: list[Setting] = []
    for setting in known.values():
        value = keywords.get(setting.name)
        if value is None:
            value = _look_up(connector, setting)
        if value is not _ABSENT:
            found[setting.name] = _converted(connector, setting, value)
        elif setting.default is REQUIRED:
            missing.append(setting)
        else:
            found[setting.name] = setting.default
    if missing:
        raise MissingSettingError(f"connector {connector!r} needs {'; and '.join(map(_wanted(connector), missing))}")
    return found


def environment_name(connector: str, setting: str) -> str:
    """Return the environment variable of a setting."""
    return f"SOURCES__{connector}__{setting}".upper()


def places(connector: str, setting: Setting) -> str:
    """Return every place where *setting* can be set, for an error or `sdk describe`."""
    value = '"..."'
    file = "secrets" if isinstance(setting, Secret) else "config"
    return (
        f'pass sdk.load("{connector}", {setting.name}={value}), set {environment_name(connector, setting.name)}, '
        f"or sources.{connector}.{setting.name} in .dlt/{file}.toml"
    )


def _wanted(connector: str) -> Any:
    def text(setting: Setting) -> str:
        what = "secret" if isinstance(setting, Secret) else "setting"
        return f"the {what} {setting.name!r}: {places(connector, setting)}"

    return text


def _refuse_unknown(connector: str, known: Mapping[str, Setting], keywords: Mapping[str, Any]) -> None:
    for name in keywords:
        if name not in known:
            nearest = difflib.get_close_matches(name, known, n=1)
            hint = f"did you mean {nearest[0]!r}?" if nearest else f"its settings are {', '.join(known)}"
            raise SettingError(f"connector {connector!r} has no setting {name!r}; {hint}")


def _look_up(connector: str, setting: Setting) -> Any:
    # Imported here: dlt takes most of a second, which `sdk.read` with keywords need not pay.
    import dlt

    providers = dlt.secrets if isinstance(setting, Secret) else dlt.config
    # As text, or dlt would read a key of digits as a number.
    kind = list if setting.kind == "list" else str
    try:
        value = providers.get(f"sources.{connector}.{setting.name}", kind)
    except ValueError:
        value = providers.get(f"sources.{connector}.{setting.name}")
    return _ABSENT if value is None or value == _TEMPLATE_VALUE else value


def _converted(connector: str, setting: Setting, value: Any) -> Any:
    if isinstance(setting, Secret):
        if not isinstance(value, str) or not value.strip():
            raise SettingError(f"connector {connector!r}: secret {setting.name!r} is empty or no text")
        conceal(value.strip())
        return value.strip()
    result = _CONVERT[setting.kind](value)
    if result is None:
        raise SettingError(f"connector {connector!r}: setting {setting.name!r} is {value!r}; {_EXPECTED[setting.kind]}")
    chosen = result if isinstance(result, list) else [result]
    if setting.choices and not all(one in setting.choices for one in chosen):
        allowed = ", ".join(setting.choices)
        raise SettingError(f"connector {connector!r}: setting {setting.name!r} is {value!r}; give one of {allowed}")
    return result


def _text(value: Any) -> str | None:
    return value.strip() or None if isinstance(value, str) else str(value) if isinstance(value, int | float) else None


def _int(value: Any) -> int | None:
    try:
        return None if isinstance(value, bool | float) else int(value)
    except (TypeError, ValueError):
        return None


def _number(value: Any) -> float | None:
    try:
        found = None if isinstance(value, bool) else float(value)
    except (TypeError, ValueError):
        return None
    return found if found is not None and math.isfinite(found) else None


def _bool(value: Any) -> bool | None:
    return value if isinstance(value, bool) else _BOOLEANS.get(str(value).strip().lower())


def _list(value: Any) -> list[str] | None:
    if isinstance(value, str):
        return [one.strip() for one in value.split(",") if one.strip()]
    if isinstance(value, Iterable):
        return [str(one) for one in value]
    return [str(value)] if isinstance(value, int) and not isinstance(value, bool) else None


_CONVERT: Mapping[str, Any] = {
    "text": _text,
    "int": _int,
    "number": _number,
    "bool": _bool,
    "timestamp": parse_instant,
    "list": _list,
}
_EXPECTED: Mapping[str, str] = {
    "text": "give a text",
    "int": "give a whole number",
    "number": "give a number, such as 0.5",
    "bool": "give true or false",
    "timestamp": "give an ISO date or timestamp, such as 2024-01-31 or 2024-01-31T12:00:00Z",
    "list": "give a list, or texts separated by commas",
}
