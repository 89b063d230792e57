"""A new connector works before anybody has edited it, whatever its author answered.

Every combination is linted, typed, declared and read from its own simulator. A few are installed as their author
would, tested, loaded, and built.
"""

from __future__ import annotations

import os
import re
import site
import subprocess
import sys
import tomllib
import venv
from collections.abc import Iterator, Sequence
from itertools import product
from pathlib import Path
from typing import Any

import duckdb
import pytest
from attrs import frozen

import sdk
from sdk import plugins
from sdk.placeholders import Secret
from sdk.templates import AUTHS, PAGES, Answers, create
from sdk.testing import check_connector
from sdk.testing.account import simulator_of
from sdk.testing.simulator import serve

ROOT = Path(__file__).parents[2]


def named(auth: str, pages: str) -> str:
    """Return a name for the connector of one combination."""
    return f"made_{auth}_{pages}".replace("-", "_")


def made(name: str, auth: Any, pages: Any, folder: Path) -> Answers:
    """Make the repository of one combination; half of them leave the addresses to their users."""
    known = PAGES.index(pages) % 2 == AUTHS.index(auth) % 2
    answers = Answers(
        name=name,
        auth=auth,
        pages=pages,
        resource="star_charts",
        base_url="https://api.example.com/%7emade/v1" if known else "",
        token_url="https://login.example.com/token" if known else "",
        auth_header="X-'`Key|",
        author='Zoë "Quote" O\'Brien \\',
    )
    create(answers, folder)
    return answers


@pytest.fixture(scope="module")
def repositories(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Make the repositories of all combinations in one folder."""
    folder = tmp_path_factory.mktemp("repositories")
    for auth, pages in product(AUTHS, PAGES):
        made(named(auth, pages), auth, pages, folder)
    return folder


@pytest.fixture
def importable(repositories: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Any]:
    """Return a function that installs one of them: its path, and its entry points."""

    def install(name: str) -> None:
        repository = repositories / f"sdk-plugin-{name.replace('_', '-')}"
        project = tomllib.loads((repository / "pyproject.toml").read_text())["project"]
        info = tmp_path / f"{project['name'].replace('-', '_')}-{project['version']}.dist-info"
        info.mkdir()
        needs = "".join(f"Requires-Dist: {one}\n" for one in project["dependencies"])
        about = f"Metadata-Version: 2.1\nName: {project['name']}\nVersion: {project['version']}\n"
        (info / "METADATA").write_text(about + needs)
        groups = project["entry-points"].items()
        points = [f"[{group}]\n{key} = {value}\n" for group, found in groups for key, value in found.items()]
        (info / "entry_points.txt").write_text("".join(points))
        monkeypatch.syspath_prepend(str(repository))
        monkeypatch.syspath_prepend(str(tmp_path))

    yield install
    for module in [one for one in sys.modules if one.startswith("sdk_plugin_made")]:
        del sys.modules[module]


@pytest.mark.parametrize(("auth", "pages"), list(product(AUTHS, PAGES)))
def test_read(auth: str, pages: str, importable: Any):
    """Every row of the simulated API arrives, from all of its pages, with every column that is declared."""
    name = named(auth, pages)
    importable(name)

    declared, _ = plugins.declare(name)
    with serve(simulator_of(name)) as server:
        records = list(sdk.read(name, "star_charts", **server.settings, overrides=[]))
        truth = server.truth("star_charts")
        asked = [one.path for one in server.requests if one.method == "GET"]

    assert records == truth
    assert len(records) == 36
    assert (len(asked) > 1) == (pages != "single")
    [resource] = declared.resources
    assert {*records[0]} == {column.name for column in resource.columns}
    assert all(setting.description for setting in declared.declared_settings)


@pytest.mark.parametrize(
    ("auth", "pages"), [*product(["bearer"], PAGES), *((auth, "detect") for auth in AUTHS if auth != "bearer")]
)
def test_promise(auth: str, pages: str, importable: Any, repositories: Path):
    """The conformance suite finds nothing, with each way to sign in and each style of pages."""
    name = named(auth, pages)
    importable(name)

    found = check_connector(name, folder=repositories / f"sdk-plugin-{name.replace('_', '-')}" / "cassettes")

    assert [str(one) for one in found] == []


@pytest.mark.parametrize("auth", AUTHS)
def test_refused(auth: str, importable: Any):
    """The simulated API tells who may read it: credentials that are wrong are refused."""
    name = named(auth, "detect")
    importable(name)
    with serve(simulator_of(name)) as server:
        settings = {
            key: f"wrong-{value}" if key not in {"base_url", "token_url"} else value
            for key, value in server.settings.items()
        }
        read = sdk.read(name, "star_charts", **settings, overrides=[])

        if auth == "none":
            assert len(list(read)) == 36
        else:
            with pytest.raises(sdk.ResponseError, match=" 401"):
                list(read)


@pytest.mark.parametrize("auth", AUTHS)
def test_settings_are_written_down(auth: str, importable: Any, repositories: Path):
    """The README's table has every setting, and the example of secrets every secret."""
    name = named(auth, "detect")
    importable(name)
    repository = repositories / f"sdk-plugin-{name.replace('_', '-')}"

    declared, _ = plugins.declare(name)
    rows = re.findall(r"^\| `(\w+)` \| (\w+) \| (.*?) \|", (repository / "README.md").read_text(), re.MULTILINE)
    secrets = {one.name for one in declared.declared_settings if isinstance(one, Secret)}

    assert {(one.name, "secret" if one.name in secrets else one.kind) for one in declared.declared_settings} == {
        (setting, kind) for setting, kind, _ in rows
    }
    assert {setting for setting, _, default in rows if default == "required"} == {
        one.name for one in declared.declared_settings if one.required
    }
    example = repository / ".dlt" / "secrets.toml.example"
    shown = tomllib.loads(example.read_text())["sources"][name] if example.is_file() else {}
    assert secrets == {*shown} - {"base_url", "token_url"}


def test_lint(repositories: Path):
    """The linter that the repository asks for finds nothing, nor does the formatter, nor a stricter linter."""
    for arguments in (["check"], ["format", "--check"], ["check", "--isolated", "--line-length", "120"]):
        done = ran([sys.executable, "-m", "ruff", *arguments, "--no-cache", "."], repositories)
        assert done.returncode == 0, done.stdout


def test_types(repositories: Path):
    """Strictly checked, nothing is found."""
    packages = [str(path) for path in sorted(repositories.glob("*/sdk_plugin_*"))]
    tests = [str(path) for path in sorted(repositories.glob("*/tests/*.py"))]
    cache = ROOT / ".mypy_cache" / "templates"

    command = [sys.executable, "-m", "mypy", "--strict", "--config-file=", f"--cache-dir={cache}"]
    done = ran([*command, *packages, *tests], repositories)

    assert done.returncode == 0, done.stdout


@frozen
class Author:
    """Somebody who has an environment of their own, in which what is installed here is there too."""

    environment: Path
    folder: Path

    def types(self, *words: str) -> str:
        """Run a command in the repository; return what it printed."""
        done = ran([str(self.environment / "bin" / words[0]), *words[1:]], self.folder)
        assert done.returncode == 0, done.stdout
        return done.stdout

    def installs(self, *what: str) -> None:
        """Install something, without asking anybody for anything."""
        command = [sys.executable, "-m", "pip", "--python", str(self.environment / "bin" / "python"), "install"]
        done = ran([*command, "--quiet", "--no-deps", "--no-build-isolation", *what], self.folder)
        assert done.returncode == 0, done.stdout


def ran(command: Sequence[str], folder: Path) -> subprocess.CompletedProcess[str]:
    """Run a command, with both of its outputs in one."""
    environment = {key: value for key, value in os.environ.items() if not key.startswith(("SOURCES__", "PYTEST_"))}
    quiet = {"PIP_DISABLE_PIP_VERSION_CHECK": "1", "PIP_ROOT_USER_ACTION": "ignore", "RUNTIME__LOG_LEVEL": "CRITICAL"}
    return subprocess.run(  # noqa: S603 - the commands of these tests
        command,
        cwd=folder,
        env={**environment, **quiet},
        check=False,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        timeout=300,
    )


def environment_in(folder: Path) -> Path:
    """Return a new environment in which everything that is installed here can be imported."""
    venv.create(folder, with_pip=False, symlinks=True)
    [packages] = folder.glob("lib/python*/site-packages")
    # Not by `--system-site-packages`, which is not this environment's but the one below it.
    lines = [f"import site; site.addsitedir({path!r})\n" for path in site.getsitepackages()]
    (packages / "_here.pth").write_text("".join(lines))
    for command, module in (("pytest", "pytest"), ("sdk", "sdk")):
        script = folder / "bin" / command
        script.write_text(f'#!/bin/sh\nexec {folder}/bin/python -m {module} "$@"\n')
        script.chmod(0o755)
    return folder


@pytest.mark.parametrize(("auth", "pages"), [("api-key", "detect"), ("oauth2", "cursor")])
def test_author(auth: str, pages: str, tmp_path: Path):
    """It installs, its tests pass, its demo loads, and its wheel is all that another environment needs."""
    name = f"installed_{auth}_{pages}".replace("-", "_")
    answers = made(name, auth, pages, tmp_path)
    author = Author(environment_in(tmp_path / "author"), tmp_path / answers.distribution)

    author.installs("--editable", ".")
    tested = author.types("pytest", "-q")
    author.types("sdk", "run", name, "--demo")

    assert re.search(r"^\d+ passed", tested, re.MULTILINE), tested
    assert loaded(author.folder / f"{name}_demo.duckdb", name) == 36

    command = [sys.executable, "-m", "pip", "wheel", "--quiet", "--no-deps", "--no-build-isolation"]
    built = ran([*command, "--wheel-dir", str(tmp_path / "dist"), "."], author.folder)
    assert built.returncode == 0, built.stdout
    [wheel] = (tmp_path / "dist").iterdir()
    user = Author(environment_in(tmp_path / "user"), tmp_path)
    user.installs(str(wheel))
    user.types("sdk", "run", name, "--demo")

    assert loaded(tmp_path / f"{name}_demo.duckdb", name) == 36


def loaded(database: Path, name: str) -> int:
    """Return how many rows a demo loaded."""
    with duckdb.connect(str(database), read_only=True) as connection:
        [row] = connection.execute(f"SELECT count(DISTINCT id) FROM {name}_demo_data.star_charts").fetchall()
    return int(row[0])
