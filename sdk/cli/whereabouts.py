"""Where a setting is set: looked up as a load looks it up, and never shown when it is a secret."""

from __future__ import annotations

from typing import Any

from attrs import frozen

from sdk.auth.endpoint import shown_url
from sdk.placeholders import REQUIRED, Secret, Setting
from sdk.redaction import conceal
from sdk.settings import environment_name

# What dlt writes into the files of a new project where a value belongs.
_TEMPLATE_VALUE = "<configure me>"


@frozen
class Whereabouts:
    """Where one setting comes from.

    Attributes:
        setting: The setting.
        is_set: Somebody set it.
        place: Where, or an empty text.
        value: What it is set to; empty for a secret, whatever it is.
    """

    setting: Setting
    is_set: bool
    place: str = ""
    value: str = ""

    @property
    def state(self) -> str:
        """In words: where it is set, or what holds without that."""
        if self.is_set:
            return f"set in {self.place}"
        default = self.setting.default
        if default is REQUIRED:
            return "not set, and required"
        return "not set" if default is None or default == [] else f"not set; default {default}"


def whereabouts(connector: str, setting: Setting) -> Whereabouts:
    """Return where *setting* of a connector is set, in the providers that a load asks."""
    # Imported here: dlt takes most of a second.
    import dlt

    is_secret = isinstance(setting, Secret)
    for provider in (dlt.secrets if is_secret else dlt.config).config_providers:
        if provider.is_empty:
            continue
        value, key = provider.get_value(setting.name, str, None, "sources", connector)
        if value is None or value == _TEMPLATE_VALUE:
            continue
        if is_secret:
            conceal(str(value).strip())
        environment = environment_name(connector, setting.name)
        place = f"the environment: {environment}" if key == environment else f"{provider.name}: {key}"
        return Whereabouts(setting, is_set=True, place=place, value="" if is_secret else _shown(value))
    return Whereabouts(setting, is_set=False)


def _shown(value: Any) -> str:
    text = ", ".join(map(str, value)) if isinstance(value, list) else str(value)
    return shown_url(text) if "://" in text else text
