"""The tutorial is followed as it stands there: its commands typed, its files written, its output compared."""

from __future__ import annotations

import os
import re
import shlex
import site
import subprocess
import venv
from collections.abc import Iterator
from pathlib import Path
from typing import Any
from zipfile import ZipFile

import pytest
from attrs import define, field

_TOKEN = "let-me-in-please"
_PAGE = 3
_FINDER = {"name": "Johann Galle", "email": "johann.galle@observatory.org", "phone": "+49 30 901820 11"}
_NAMES = ("Earth", "Mars", "Jupiter", "Saturn", "Uranus", "Neptune", "Mercury", "Venus")
_MOONS = {1: ("Moon",), 2: ("Phobos", "Deimos"), 3: ("Io", "Europa", "Ganymede", "Callisto")}


@pytest.fixture
def planets_api(tiny_api: Any) -> Any:
    """Serve the API that the tutorial describes."""
    planets = [
        {"id": at, "name": name, "mass": at / 8, "discovered_by": _FINDER, "updated_at": f"2026-01-0{at}T08:00:00Z"}
        for at, name in enumerate(_NAMES, 1)
    ]

    def lists(path: str, rows: list[dict[str, Any]], asked: Any) -> Any:
        if asked.headers.get("Authorization") != f"Bearer {_TOKEN}":
            return tiny_api.reply({"code": "unauthorized"}, 401)
        since, page = asked.query.get("updated_since", ""), int(asked.query.get("page", "1"))
        wanted = [one for one in rows if one.get("updated_at", since) >= since]
        rest = "".join(f"&{name}={value}" for name, value in asked.query.items() if name != "page")
        more = f"{tiny_api.url}{path}?page={page + 1}{rest}" if page * _PAGE < len(wanted) else None
        return tiny_api.reply({"data": wanted[(page - 1) * _PAGE : page * _PAGE], "next": more})

    def serve(path: str, rows: list[dict[str, Any]]) -> None:
        tiny_api.answer(path, lambda asked: lists(path, rows, asked))

    serve("/v1/planets", planets)
    for planet in planets:
        names = _MOONS.get(planet["id"], ())
        moons = [{"id": at, "name": name} for at, name in enumerate(names, 1)]
        serve(f"/v1/planets/{planet['id']}/moons", moons)
    return tiny_api


@define
class Author:
    """Somebody who types what the page says, in a folder and an environment of their own."""

    folder: Path
    environment: Path
    origin: str
    variables: dict[str, str] = field(factory=dict)

    def types(self, command: str) -> str:
        """Return what a command prints."""
        words = shlex.split(command)
        match words:
            case ["cd", folder]:
                self.folder /= folder
            case ["export", assignment]:
                self.variables.update([assignment.split("=", 1)])
            case ["pip", "install", "-e", *_]:
                self.install()
            case ["pip", "install", *_]:
                pass  # it is here
            case ["pip", "wheel", *_]:
                # The same builder; there may be no pip where a faster installer is used.
                return self.runs("-m", "hatchling", "build", "-t", "wheel")
            case ["pytest", *options]:
                return self.runs("-m", "pytest", "-p", "no:cacheprovider", *options)
            case ["sdk", *options]:
                return self.runs("-m", "sdk", *options)
            case _:
                raise AssertionError(f"nobody knows what {command!r} does")
        return ""

    def install(self) -> None:
        """Install the repository as `pip install -e` does."""
        wheels = self.environment / "wheels"
        self.runs("-m", "hatchling", "build", "-t", "wheel:editable", "-d", str(wheels))
        [wheel] = wheels.iterdir()
        [packages] = self.environment.glob("lib/python*/site-packages")
        with ZipFile(wheel) as file:
            file.extractall(packages)

    def runs(self, *words: str) -> str:
        """Return what the environment's Python prints, whatever its exit code."""
        kept = {key: value for key, value in os.environ.items() if not key.startswith(("SOURCES__", "PYTEST_"))}
        own = {
            "COLUMNS": "120",
            "DLT_DATA_DIR": str(self.environment / "dlt"),
            "RUNTIME__DLTHUB_TELEMETRY": "false",
            "RUNTIME__LOG_LEVEL": "CRITICAL",
            "SOURCES__PLANETS__BASE_URL": f"{self.origin}/v1",
        }
        done = subprocess.run(  # noqa: S603 - the tutorial's commands
            [str(self.environment / "bin" / "python"), *words],
            cwd=self.folder,
            env={**kept, **own, **self.variables},
            check=False,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            timeout=300,
        )
        return done.stdout.replace(self.origin, "https://api.example.com")


@pytest.fixture
def author(tmp_path: Path, planets_api: Any) -> Iterator[Author]:
    """Return an author whose environment has what is installed here."""
    environment = tmp_path / "environment"
    venv.create(environment, with_pip=False, symlinks=True)
    [packages] = environment.glob("lib/python*/site-packages")
    here = "".join(f"import site; site.addsitedir({path!r})\n" for path in site.getsitepackages())
    (packages / "_here.pth").write_text(here)
    return Author(tmp_path, environment, planets_api.url)


def test_following_it(author: Author, blocks: Any):
    """Each command prints what the page shows, up to `...`."""
    for block in blocks("write-a-connector.md"):
        if block.language == "console":
            for command, shown in typed(block.text):
                assert_shows(command, author.types(command), shown)
        elif block.title == "README.md, under Tables":
            readme = author.folder / "README.md"
            readme.write_text(re.sub(r"(?<=## Tables\n\n)(\|.*\n)+", block.text, readme.read_text()))
        elif block.title:
            (author.folder / block.title).write_text(block.text)

    assert_own_tests_pass(author, [block.text for block in blocks("test.md") if "def test_" in block.text])
    assert [path.suffix for path in (author.folder / "dist").iterdir()] == [".whl"]
    cassettes = "".join(path.read_text() for path in author.folder.glob("cassettes/planets/*.yaml"))
    assert [one for one in (_TOKEN, *_FINDER.values()) if one in cassettes] == []


def assert_own_tests_pass(author: Author, tests: list[str]) -> None:
    """Run the tests of their own that the page about testing shows, in the repository of the tutorial."""
    own = author.folder / "tests" / "own" / "test_planets.py"
    own.parent.mkdir()
    own.write_text("\n\n".join(tests))

    printed = author.types("pytest -q tests/own")

    assert re.search(r"^2 passed", printed, re.MULTILINE), printed


def typed(text: str) -> Iterator[tuple[str, list[str]]]:
    """Yield the commands of a console block, each with the lines under it."""
    for part in re.split(r"^\$ ", text, flags=re.MULTILINE)[1:]:
        command, *shown = part.splitlines()
        yield command, [line.rstrip() for line in shown if line.strip()]


def assert_shows(command: str, printed: str, shown: list[str]) -> None:
    """Hold what was printed to what is shown; `...` stands for any lines, and inside of a line for any text."""
    if not shown:
        return
    lines = [line.rstrip() for line in printed.splitlines() if line.strip()]
    parts = [r"(?:.*\n)*?" if line == "..." else re.escape(line).replace(r"\.\.\.", ".*") + r"\n" for line in shown]

    if not re.fullmatch("".join(parts), "".join(f"{line}\n" for line in lines)):
        pytest.fail("\n".join([f"$ {command}", *lines, "is not what the page shows:", *shown]), pytrace=False)
