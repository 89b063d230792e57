"""Settings of two versions: what whoever has set them meets."""

from typing import Any

import pytest

from sdk.testing.compat.settings import setting_differences

SETTING = {"kind": "text", "secret": False, "required": False, "default": "'x'", "choices": [], "description": ""}
SECRET = {**SETTING, "secret": True, "required": True, "default": "required"}


def found(old: dict[str, Any], new: dict[str, Any]) -> list[tuple[str, str, str, str, str]]:
    return [(str(one.level), str(one.kind), one.what, one.was, one.now) for one in setting_differences(old, new)]


@pytest.mark.parametrize(
    ("old", "new", "difference"),
    [
        ({}, {"required": True}, ("major", "setting required", "default 'x'", "required")),
        ({"required": True}, {}, ("minor", "setting optional", "required", "default 'x'")),
        ({}, {"default": "'y'"}, ("major", "default changed", "'x'", "'y'")),
        ({}, {"kind": "int"}, ("major", "setting kind changed", "text", "int")),
        ({}, {"secret": True}, ("major", "setting kind changed", "text", "secret")),
        ({}, {"choices": ["a"]}, ("major", "choices gone", "any", "a")),
        ({"choices": ["a", "b"]}, {"choices": ["b", "c"]}, ("major", "choices gone", "a, b", "b, c")),
        ({"choices": ["a"]}, {"choices": ["a", "b"]}, ("minor", "choices new", "a", "a, b")),
        ({"choices": ["a"]}, {}, ("minor", "choices new", "a", "any")),
        ({}, {"description": "d"}, ("patch", "description changed", "", "d")),
    ],
)
def test_a_setting_changes(old: dict[str, Any], new: dict[str, Any], difference: tuple[str, ...]):
    """Each change is one difference."""
    level, kind, was, now = difference

    assert found({"region": {**SETTING, **old}}, {"region": {**SETTING, **new}}) == [(level, kind, "region", was, now)]


def test_settings_come_and_go():
    """One that is gone breaks who sets it; a new one breaks who does not, unless it has a default."""
    assert found(
        {"a": SETTING, "b": SETTING},
        {"b": SETTING, "c": SETTING, "d": {**SETTING, "required": True}},
    ) == [
        ("major", "setting gone", "a", "text, default 'x'", ""),
        ("minor", "setting new", "c", "", "text, default 'x'"),
        ("major", "setting required", "d", "", "text, required"),
    ]


def test_a_secret_is_renamed():
    """The one that is gone and the one that is new are one difference."""
    assert found({"api_key": SECRET}, {"token": SECRET}) == [
        ("major", "secret renamed", "api_key", "api_key", "token"),
    ]


def test_several_secrets_come_and_go():
    """Which became which is nobody's guess."""
    assert found({"a": SECRET, "b": SECRET}, {"c": SECRET}) == [
        ("major", "setting gone", "a", "secret, required", ""),
        ("major", "setting gone", "b", "secret, required", ""),
        ("major", "setting required", "c", "", "secret, required"),
    ]
