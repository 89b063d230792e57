"""Which names a new connector can have, and which is the nearest to one that it cannot."""

from __future__ import annotations

import sys
from pathlib import Path

import pytest

from sdk.templates.names import SNAKE_CASE, check_name, snake_case


@pytest.mark.parametrize("name", ["planets", "p", "star_maps", "v2", "json", "match", "a" * 50])
def test_good(name: str):
    """Words in lower case, with single underscores between them; Python's soft words are no trouble."""
    assert list(check_name(name)) == []


@pytest.mark.parametrize(
    ("name", "problem"),
    [
        ("star-maps", "name 'star-maps' is not snake_case; try 'star_maps'"),
        ("StarMaps", "name 'StarMaps' is not snake_case; try 'star_maps'"),
        ("HTTPErrors", "name 'HTTPErrors' is not snake_case; try 'http_errors'"),
        ("acme.planets", "name 'acme.planets' is not snake_case; try 'acme_planets'"),
        ("../planets", "name '../planets' is not snake_case; try 'planets'"),
        ("sdk-plugin-planets", "name 'sdk-plugin-planets' is not snake_case; try 'planets'"),
        ("planets_", "name 'planets_' is not snake_case; try 'planets'"),
        ("star__maps", "name 'star__maps' is not snake_case; try 'star_maps'"),
        ("7planets", "name '7planets' is not snake_case; try 'api_7planets'"),
        ("planètes", "name 'planètes' is not snake_case; try 'planetes'"),
        ("惑星", "name '惑星' is not snake_case; choose one such as planets"),
        ("", "name '' is not snake_case; choose one such as planets"),
        ("planets\n", "name 'planets\\n' is not snake_case; try 'planets'"),
        ("Class", "name 'Class' is not snake_case; try 'class_api'"),
        ("class", "name 'class' is a word of Python; try 'class_api'"),
        ("sdk", "name 'sdk' is this program's own; try 'sdk_api'"),
        ("a" * 51, f"name '{'a' * 51}' has 51 characters, and 50 are the most; try '{'a' * 50}'"),
        ("tickets", "name 'tickets' is taken: sdk-plugin-tickets 0.1.0 is installed and offers it; choose another"),
    ],
)
def test_bad(name: str, problem: str):
    """One line says what it is, and which one would do."""
    assert list(check_name(name)) == [problem]


def test_module_in_the_way(tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    """A module that nobody registered is in the way of the new one all the same."""
    (tmp_path / "sdk_plugin_planets.py").touch()
    monkeypatch.setattr(sys, "path", [*sys.path, str(tmp_path)])

    assert list(check_name("planets")) == [
        "name 'planets' is taken: a module sdk_plugin_planets can be imported here already; choose another"
    ]


@pytest.mark.parametrize("text", ["!!", "__", "-1", "9", "None", "sdk_plugin_", "ß", "x" * 500, "İstanbul", "a.b-c d"])
def test_what_is_suggested_can_be_had(text: str):
    """A suggestion is a name, or there is none."""
    nearest = snake_case(text)

    assert nearest == "" or (SNAKE_CASE.fullmatch(nearest) and list(check_name(nearest)) == [])
