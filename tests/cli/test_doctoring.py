"""`sdk doctor`."""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import TypeAlias

import pytest
from click.testing import Result

Run: TypeAlias = Callable[..., Result]


def test_sound(run: Run) -> None:
    """Everything that is installed stands there, with its version, and the exit code is 0."""
    result = run("doctor", "tickets")

    lines = [line.split() for line in result.stdout.splitlines()]
    assert ["sdk-plugin-tickets", "0.1.0", "connector", "tickets,", "simulator", "tickets", "sound"] in lines
    assert "2 plugins examined: nothing broken" in result.stdout
    assert result.exit_code == 0


def test_broken(run: Run, install: Callable[..., None]) -> None:
    """What, where and what to do stand there, the others are examined, and the exit code is 1."""
    install("sdk-plugin-acme", "acme", "acme_that_is_broken", "raise RuntimeError('no licence')")

    result = run("doctor")

    shown = " ".join(result.stdout.split())
    assert "broken: it cannot be imported: RuntimeError: no licence in sdk-plugin-acme 1.0, connector 'acme'" in shown
    assert "do: pip install --upgrade sdk-plugin-acme" in shown
    assert "hint: it does not say which connector-sdk it needs" in shown
    lines = [line.split() for line in result.stdout.splitlines()]
    assert ["sdk-plugin-tickets", "0.1.0", "connector", "tickets,", "simulator", "tickets", "sound"] in lines
    assert ["sdk-plugin-acme", "1.0", "connector", "acme", "broken"] in lines
    assert result.exit_code == 1


def test_json(run: Run, install: Callable[..., None]) -> None:
    """The same for programs."""
    install("sdk-plugin-acme", "acme")

    result = run("doctor", "acme", "--json")

    found = json.loads(result.stdout)
    assert found["is_broken"]
    assert found["findings"][0] == {
        "code": "import",
        "level": "broken",
        "what": "its module 'nowhere' is not there: the entry point is wrong, or its files are gone",
        "where": "sdk-plugin-acme 1.0, connector 'acme'",
        "advice": "pip install --force-reinstall sdk-plugin-acme",
        "distribution": "sdk-plugin-acme",
        "name": "acme",
        "group": "sdk.connectors",
    }
    assert [(one["name"], one["is_broken"]) for one in found["plugins"]] == [("acme", True)]
    assert result.exit_code == 1


def test_the_list_says_what_the_doctor_says(run: Run, install: Callable[..., None]) -> None:
    """What metadata shows to be broken is broken in both."""
    install("acme-tickets", "tickets")
    install("sdk-plugin-planets", "Planets")

    listed = run("list").stdout
    broken = {
        (one["distribution"], one["name"])
        for one in json.loads(run("doctor", "--json").stdout)["findings"]
        if one["level"] == "broken" and one["code"] in {"duplicate", "entry name"} and one["group"] == "sdk.connectors"
    }

    assert broken == {("acme-tickets", "tickets"), ("sdk-plugin-tickets", "tickets"), ("sdk-plugin-planets", "Planets")}
    marked = {
        (line.split()[1], line.split()[0])
        for line in listed.splitlines()
        if "claimed by several" in line or "is not snake_case" in line
    }
    assert marked == broken
    assert "next: sdk doctor" in listed


def test_narrow(run: Run, install: Callable[..., None], monkeypatch: pytest.MonkeyPatch) -> None:
    """On 80 columns nothing is cut."""
    monkeypatch.setenv("COLUMNS", "80")
    install("sdk-plugin-acme", "acme")

    shown = run("doctor").stdout

    assert max(len(line) for line in shown.splitlines()) <= 80
    assert "pip install --force-reinstall sdk-plugin-acme" in " ".join(shown.split())


def test_unknown(run: Run) -> None:
    """Wrong usage, with the nearest name."""
    result = run("doctor", "tickts")

    assert result.exit_code == 2
    assert "did you mean 'tickets'" in result.stderr
