"""Compare the settings of two versions of a connector."""

from __future__ import annotations

from collections.abc import Mapping

from sdk.testing.compat.difference import Difference, Differences
from sdk.testing.compat.facts import SettingFacts
from sdk.testing.compat.kinds import Kind

Settings = Mapping[str, SettingFacts]


def setting_differences(old: Settings, new: Settings) -> Differences:
    """Yield what differs between the settings *old* and *new*."""
    gone = [name for name in old if name not in new]
    added = [name for name in new if name not in old]
    secrets = [name for name in gone if old[name]["secret"]], [name for name in added if new[name]["secret"]]
    if len(secrets[0]) == 1 == len(secrets[1]):
        [was], [now] = secrets
        yield Difference(Kind.SECRET_RENAMED, was, was, now)
        gone.remove(was)
        added.remove(now)
    for name in gone:
        yield Difference(Kind.SETTING_GONE, name, _text(old[name]), "")
    for name in added:
        kind = Kind.SETTING_REQUIRED if new[name]["required"] else Kind.SETTING_NEW
        yield Difference(kind, name, "", _text(new[name]))
    for name in old.keys() & new.keys():
        yield from _changes(name, old[name], new[name])


def _changes(name: str, old: SettingFacts, new: SettingFacts) -> Differences:
    if (old["kind"], old["secret"]) != (new["kind"], new["secret"]):
        yield Difference(Kind.SETTING_KIND_CHANGED, name, _kind(old), _kind(new))
    if old["required"] != new["required"]:
        kind = Kind.SETTING_REQUIRED if new["required"] else Kind.SETTING_OPTIONAL
        yield Difference(kind, name, _default(old), _default(new))
    elif old["default"] != new["default"]:
        yield Difference(Kind.DEFAULT_CHANGED, name, old["default"], new["default"])
    yield from _choices(name, old["choices"], new["choices"])
    if old["description"] != new["description"]:
        yield Difference(Kind.DESCRIPTION_CHANGED, name, old["description"], new["description"])


def _choices(name: str, old: list[str], new: list[str]) -> Differences:
    # None are given where any value is right.
    if new and (not old or set(old) - set(new)):
        yield Difference(Kind.CHOICES_GONE, name, _any_of(old), _any_of(new))
    elif old and (not new or set(new) - set(old)):
        yield Difference(Kind.CHOICES_NEW, name, _any_of(old), _any_of(new))


def _any_of(choices: list[str]) -> str:
    return ", ".join(choices) or "any"


def _text(setting: SettingFacts) -> str:
    return f"{_kind(setting)}, {_default(setting)}"


def _kind(setting: SettingFacts) -> str:
    return "secret" if setting["secret"] else setting["kind"]


def _default(setting: SettingFacts) -> str:
    return "required" if setting["required"] else f"default {setting['default']}"
