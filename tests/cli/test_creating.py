"""`sdk new`."""

from __future__ import annotations

import os
import pty
import re
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import TypeAlias

import pytest
from click.testing import Result

from sdk.templates import Answers
from sdk.templates.creation import rendered

Run: TypeAlias = Callable[..., Result]


def written(folder: Path) -> dict[str, str]:
    """Return each file below a folder, by its path."""
    files = [path for path in folder.rglob("*") if path.is_file()]
    return {path.relative_to(folder).as_posix(): path.read_text() for path in files}


def test_defaults(run: Run, folder: Path) -> None:
    """Without a terminal nothing is asked; the files are shown, and what to type next."""
    result = run("new", "planets", "--author", "Ada")

    assert (0, "") == (result.exit_code, result.stderr)
    assert written(folder / "sdk-plugin-planets") == rendered(Answers(name="planets", author="Ada"))
    shown = re.sub(r" +\n", "\n", result.stdout)
    assert "  sdk_plugin_planets/__init__.py    what the API lists: edit this\n" in shown
    assert shown.endswith(
        "\nnext:\n\n"
        "  cd sdk-plugin-planets\n"
        "  pip install -e '.[testing]'\n"
        "  pytest\n"
        "  sdk run planets --demo\n\n"
        "then, from the real API: sdk record planets\n"
    )


def test_options(run: Run, folder: Path) -> None:
    """Whatever is asked can be said beforehand."""
    (folder / "my work").mkdir()

    result = run(
        *("new", "planets", "--yes", "--base-url", "https://api.example.com/v1/", "--auth", "oauth2"),
        *("--token-url", "https://login.example.com/token", "--resource", "moons", "--pages", "cursor"),
        *("--author", "Ada", "--license", "none", "--into", "my work"),
    )

    expected = Answers(
        name="planets",
        base_url="https://api.example.com/v1",
        auth="oauth2",
        token_url="https://login.example.com/token",
        resource="moons",
        pages="cursor",
        author="Ada",
        license="none",
    )
    assert result.exit_code == 0
    assert written(folder / "my work" / "sdk-plugin-planets") == rendered(expected)
    assert "  cd 'my work/sdk-plugin-planets'\n" in result.stdout


@pytest.mark.parametrize(("known", "author"), [("Grace", '"Grace"'), ("", None), ("A\u202eB", None)])
def test_author(run: Run, folder: Path, monkeypatch: pytest.MonkeyPatch, known: str, author: str | None) -> None:
    """The copyright is whose commits it will be; a name that cannot be shown is left out."""
    (folder / "gitconfig").write_text(f'[user]\n\tname = "{known}"\n')
    monkeypatch.setenv("GIT_CONFIG_GLOBAL", str(folder / "gitconfig"))
    monkeypatch.setenv("GIT_CONFIG_NOSYSTEM", "1")

    assert run("new", "planets").exit_code == 0
    project = (folder / "sdk-plugin-planets" / "pyproject.toml").read_text()
    assert (f"authors = [{{ name = {author} }}]" in project) == ("authors" in project) == (author is not None)


def test_no_git(run: Run, folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Without git there is an author less."""
    monkeypatch.setenv("PATH", str(folder))

    assert run("new", "planets").exit_code == 0
    assert written(folder / "sdk-plugin-planets") == rendered(Answers(name="planets"))


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (["Star-Maps"], "name 'Star-Maps' is not snake_case; try 'star_maps'"),
        (["tickets"], "name 'tickets' is taken: sdk-plugin-tickets 0.1.0 is installed and offers it; choose another"),
        (["planets", "--resource", "Moons"], "resource 'Moons' is not snake_case; try 'moons'"),
        (
            ["planets", "--base-url", "https://u:hunter2@example.com"],
            "base URL holds a user name or password; leave them out, they are settings of their own",
        ),
        (["planets", "--auth-header", "X-Key"], "--auth-header is for --auth api-key; give both, or neither"),
        (["planets", "--token-url", "https://example.com"], "--token-url is for --auth oauth2; give both, or neither"),
        (
            ["planets", "--auth", "magic"],
            (
                "invalid value for '--auth': 'magic' is not one of 'bearer', 'api-key', 'basic', 'oauth2', 'none'; "
                "see sdk new --help"
            ),
        ),
    ],
)
def test_wrong_usage(run: Run, folder: Path, arguments: list[str], message: str) -> None:
    """One line says what would do, and nothing is made."""
    result = run("new", *arguments)

    assert (2, "", f"sdk: {message}\n") == (result.exit_code, result.stdout, result.stderr)
    assert written(folder) == {}


def test_in_the_way(run: Run, folder: Path) -> None:
    """What stands there stays."""
    (folder / "sdk-plugin-planets").write_text("mine")

    result = run("new", "planets")

    assert (1, "") == (result.exit_code, result.stdout)
    assert result.stderr == (
        "sdk: sdk-plugin-planets is there already, and nothing is overwritten; move it, or choose another name\n"
    )
    assert written(folder) == {"sdk-plugin-planets": "mine"}


def typed(folder: Path, *arguments: str, lines: str) -> tuple[int, str]:
    """Run the command in a terminal, with *lines* typed ahead; return its exit code and what the screen shows."""
    mine, theirs = pty.openpty()
    os.write(mine, lines.encode())
    command = [sys.executable, "-m", "sdk", "new", *arguments, "--author", "Ada"]
    process = subprocess.Popen(command, cwd=folder, stdin=theirs, stdout=theirs, stderr=theirs)  # noqa: S603 - ours
    os.close(theirs)
    shown = b""
    try:
        while piece := os.read(mine, 65536):
            shown += piece
    except OSError:
        pass  # Linux ends a terminal that nobody holds any more with an error.
    os.close(mine)
    return process.wait(60), shown.decode()


def test_questions(folder: Path) -> None:
    """In a terminal, what no option says is asked, again when the answer cannot be used."""
    code, shown = typed(
        folder,
        "planets",
        "--pages",
        "offset",
        lines="example.com\nhttps://example.com/v2\napi-key\nX-Key\nMoons\nmoons\n",
    )

    expected = Answers(
        name="planets",
        base_url="https://example.com/v2",
        auth="api-key",
        auth_header="X-Key",
        resource="moons",
        pages="offset",
        author="Ada",
    )
    assert code == 0, shown
    assert written(folder / "sdk-plugin-planets") == rendered(expected)
    assert "resource 'Moons' is not snake_case; try 'moons'" in shown
    assert "how a list goes on" not in shown


def test_return_is_the_default(folder: Path) -> None:
    """Whoever knows nothing yet presses return four times."""
    code, shown = typed(folder, "planets", lines="\n\n\n\n")

    assert code == 0, shown
    assert written(folder / "sdk-plugin-planets") == rendered(Answers(name="planets", author="Ada"))


def test_nothing_is_asked_in_vain(folder: Path) -> None:
    """What can be refused at once is."""
    code, shown = typed(folder, "tickets", lines="")

    assert (2, 1) == (code, shown.count("\n"))


def test_stopped(folder: Path) -> None:
    """Whoever stops in the middle has nothing."""
    code, shown = typed(folder, "planets", lines="https://example.com\n\x04")

    assert code == 1
    assert shown.rstrip().endswith("sdk: stopped")
    assert written(folder) == {}


DOCUMENT = """
client:
  base_url: https://api.example.com/v1
  auth: {type: bearer, token: s3cret-value}
resource_defaults: {primary_key: id, write_disposition: merge}
resources:
  - name: moons
    endpoint: {data_selector: data, paginator: {type: page_number, base_page: 1, maximum_page: 3}}
"""


def test_from_a_document(run: Run, folder: Path) -> None:
    """A dictionary is declared, without its secrets; what has no equivalent is listed at the end, and in the README."""
    (folder / "api.yaml").write_text(DOCUMENT)

    result = run("new", "planets", "--from", "api.yaml", "--author", "Ada", "--license", "none")

    note = "resources[0].endpoint.paginator.maximum_page: 3 has no equivalent: lists are read to their end"
    assert (result.exit_code, result.stderr) == (0, "")
    assert result.stdout.endswith(
        "\nnot as the dictionary says it (1; they stand in the README, too):\n\n"
        f"  {note}\n"
        "\nnext:\n\n"
        "  cd sdk-plugin-planets\n"
        "  pip install -e '.[testing]'\n"
        "  sdk check planets\n"
        "  sdk record planets\n"
        "  pytest\n"
    )
    files = written(folder / "sdk-plugin-planets")
    assert sorted(files) == [
        ".dlt/secrets.toml.example",
        ".github/workflows/ci.yml",
        ".gitignore",
        "CHANGELOG.md",
        "README.md",
        "cassettes/README.md",
        "pyproject.toml",
        "sdk_plugin_planets/__init__.py",
        "tests/test_planets.py",
    ]
    assert f"- {note}\n" in files["README.md"]
    assert "| `token` | secret | required | token of a user" in files["README.md"]
    assert "simulator" not in "".join(files.values())
    assert "s3cret" not in "".join(files.values())


@pytest.mark.parametrize(
    ("options", "said"),
    [
        (["--auth", "basic"], "--auth is what the dictionary says; leave it out, or --from"),
        (["--base-url", "https://a.example.com"], "--base-url is what the dictionary says; leave it out, or --from"),
    ],
)
def test_a_document_says_it(run: Run, folder: Path, options: list[str], said: str) -> None:
    """What the dictionary says is not said again."""
    (folder / "api.yaml").write_text(DOCUMENT)

    result = run("new", "planets", "--from", "api.yaml", *options)

    assert (result.exit_code, said in result.stderr) == (2, True)
    assert not (folder / "sdk-plugin-planets").exists()


def test_a_document_with_mistakes(run: Run, folder: Path) -> None:
    """Every mistake is told with its path, and nothing is written."""
    (folder / "api.json").write_text('{"client": {"base_url": 7}, "resources": [{"nam": "a"}]}')

    result = run("new", "planets", "--from", "api.json")

    assert result.exit_code == 1
    assert "client.base_url: found 7; allowed is a text; resources[0].name: is missing" in result.stderr
    assert [path.name for path in folder.iterdir()] == ["api.json"]
