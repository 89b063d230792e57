"""Dictionaries in files."""

from __future__ import annotations

from pathlib import Path

import pytest

from sdk.dialects.files import is_document, read
from sdk.errors import SettingError

CONFIG = {"client": {"base_url": "https://api.example.com"}, "resources": ["posts"]}

TEXTS = {
    "api.json": '{"client": {"base_url": "https://api.example.com"}, "resources": ["posts"]}',
    "api.toml": 'resources = ["posts"]\n[client]\nbase_url = "https://api.example.com"\n',
    "api.yaml": "client:\n  base_url: https://api.example.com\nresources: [posts]\n",
    "api.py": 'other = {}\nconfig = {"client": {"base_url": "https://api.example.com"}, "resources": ["posts"]}\n',
}


def written(folder: Path, name: str, text: str) -> str:
    """Write a file and return its path."""
    (folder / name).write_text(text)
    return str(folder / name)


@pytest.mark.parametrize("name", TEXTS)
def test_each_format(tmp_path: Path, name: str):
    """The same dictionary, under the name of its file."""
    assert read(written(tmp_path, name, TEXTS[name])) == ("api", CONFIG)


def test_a_name_in_a_python_file(tmp_path: Path):
    """It is the one that is asked for, and names the source."""
    path = written(tmp_path, "api.py", TEXTS["api.py"] + "github = dict(config, resources=['issues'])\n")

    assert read(f"{path}:github") == ("github", {**CONFIG, "resources": ["issues"]})
    with pytest.raises(
        SettingError, match=r"name the dictionary that has a client and resources, .*; it has config, github"
    ):
        read(path)


@pytest.mark.parametrize(
    ("value", "expected"),
    [
        ("no", "no"),
        ("yes", "yes"),
        ("on", "on"),
        ("true", True),
        ("12:30", "12:30"),
        ("1_000", "1_000"),
        ("0x1f", "0x1f"),
        ("017", "017"),
        ("2024-01-31", "2024-01-31"),
        ("2024-01-31T00:00:00Z", "2024-01-31T00:00:00Z"),
        ("17", 17),
        ("-1.5", -1.5),
        ("null", None),
        ("~", None),
        ("'17'", "17"),
        (".inf", ".inf"),
        ("<<", "<<"),
    ],
)
def test_yaml_values(tmp_path: Path, value: str, expected: object):
    """Nothing is a boolean, a date or a number that does not look like one in JSON."""
    assert read(written(tmp_path, "a.yaml", f"key: {value}\n"))[1] == {"key": expected}


@pytest.mark.parametrize(
    ("name", "text", "problem"),
    [
        ("a.yaml", "a: 1\nb: 2\na: 3\n", "line 3: the key 'a' stands twice"),
        ("a.yaml", "a: &x [1]\nb: *x\n", "line 2: aliases are not read; write it out"),
        ("a.yaml", "a: !!python/object/apply:os.system [ls]\n", "line 1: could not determine a constructor"),
        ("a.yaml", "1: a\n", "line 1: a key must be text"),
        ("a.json", '{"a": 1, "a": 2}', "the key 'a' stands twice in one object"),
        ("a.json", "{", "Expecting property name"),
        ("a.json", '{"a": NaN}', "NaN is no number of JSON"),
        ("a.yaml", "a: &a [x, x]\nb: &b [*a, *a]\nc: &c [*b, *b]\n", "line 2: aliases are not read; write it out"),
        ("a.yaml", "base: &b {x: 1}\nmore:\n  <<: *b\n", "line 3: aliases are not read; write it out"),
        ("a.yaml", "client:\n  base_url: a\n  base_url: b\n", "line 3: the key 'base_url' stands twice"),
        ("a.yaml", "a: 1\n--- \nb: 2\n", "line 2: but found another document"),
        ("a.toml", "a = 1\na = 2\n", "Cannot overwrite a value"),
        ("a.yaml", "[" * 5000, "cannot be read"),
        ("a.py", "raise ValueError('no')\n", "cannot be run: ValueError: no"),
        ("a.py:b", "a = 1\n", "has no 'b'"),
    ],
)
def test_files_that_cannot_be_read(tmp_path: Path, name: str, text: str, problem: str):
    """The reason is one line."""
    file, _, wanted = name.partition(":")
    path = written(tmp_path, file, text)

    with pytest.raises(SettingError) as caught:
        read(f"{path}:{wanted}" if wanted else path)

    assert problem in str(caught.value)
    assert "\n" not in str(caught.value)


def test_no_file(tmp_path: Path):
    """It is named."""
    with pytest.raises(SettingError, match=r"there is no file .*none.yaml"):
        read(str(tmp_path / "none.yaml"))


def test_what_a_document_is():
    """By its name alone: connectors have no dots."""
    assert [one for one in ("tickets", "a.yaml", "a.py:config", "a.JSON", "a.txt") if is_document(one)] == [
        "a.yaml",
        "a.py:config",
        "a.JSON",
    ]
