"""A repository is written whole or not at all, and nothing is ever overwritten."""

from __future__ import annotations

import os
import re
import stat
import tomllib
from pathlib import Path

import pytest

from sdk.templates import Answers, CreationError, create
from sdk.templates.creation import rendered

LICENSE = Path(__file__).parents[2] / "LICENSE"
FILES = [
    ".dlt/secrets.toml.example",
    ".github/workflows/ci.yml",
    ".gitignore",
    "CHANGELOG.md",
    "LICENSE",
    "README.md",
    "cassettes/README.md",
    "pyproject.toml",
    "sdk_plugin_star_maps/__init__.py",
    "sdk_plugin_star_maps/simulator.py",
    "tests/test_star_maps.py",
]


def contents(folder: Path) -> dict[str, bytes]:
    """Return each file below a folder, by its path."""
    return {path.relative_to(folder).as_posix(): path.read_bytes() for path in folder.rglob("*") if path.is_file()}


def test_files(tmp_path: Path):
    """What is returned is what is there, and nothing else is left beside it."""
    made = create(Answers(name="star_maps"), tmp_path)

    assert sorted(str(path.relative_to(tmp_path / "sdk-plugin-star-maps")) for path in made) == FILES
    assert sorted(contents(tmp_path)) == [f"sdk-plugin-star-maps/{path}" for path in FILES]
    assert [path.name for path in tmp_path.iterdir()] == ["sdk-plugin-star-maps"]


def test_same_again():
    """The same answers give the same files."""
    answers = Answers(name="planets", year=2031)

    assert rendered(answers) == rendered(answers)
    assert "Copyright 2031 the authors of sdk-plugin-planets" in rendered(answers)["LICENSE"]


def test_permissions(tmp_path: Path):
    """The folder is like any that its author makes."""
    (tmp_path / "ordinary").mkdir()

    create(Answers(name="planets"), tmp_path)

    assert stat.S_IMODE((tmp_path / "ordinary").stat().st_mode) == stat.S_IMODE(
        (tmp_path / "sdk-plugin-planets").stat().st_mode
    )


@pytest.mark.parametrize("kind", ["folder", "full folder", "file", "dead link"])
def test_in_the_way(tmp_path: Path, kind: str):
    """Whatever stands there stays as it is."""
    target = tmp_path / "sdk-plugin-planets"
    if kind == "file":
        target.write_text("mine")
    elif kind == "dead link":
        target.symlink_to("nowhere")
    else:
        target.mkdir()
    if kind == "full folder":
        (target / "README.md").write_text("mine")
    before = contents(tmp_path)

    with pytest.raises(CreationError) as caught:
        create(Answers(name="planets"), tmp_path)

    assert str(caught.value) == (
        f"{target} is there already, and nothing is overwritten; move it, or choose another name"
    )
    assert before == contents(tmp_path)


def test_no_folder(tmp_path: Path):
    """A folder that is not there is not made: it may be misspelt."""
    with pytest.raises(CreationError, match=r"/nowhere is no folder; make it, or choose another with --into$"):
        create(Answers(name="planets"), tmp_path / "nowhere")


def test_file_for_a_folder(tmp_path: Path):
    """Neither is a file one."""
    (tmp_path / "file").touch()

    with pytest.raises(CreationError, match=r"/file is no folder; make it, or choose another with --into$"):
        create(Answers(name="planets"), tmp_path / "file")


@pytest.mark.skipif(not Path("/proc").is_dir(), reason="needs a folder in which nobody can write")
def test_not_writable():
    """What cannot be written is said in one line."""
    with pytest.raises(CreationError) as caught:
        create(Answers(name="planets"), Path("/proc"))

    assert re.fullmatch(r"/proc/sdk-plugin-planets cannot be written: [A-Z][\w ]+", str(caught.value))


def test_nothing_half_written(tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    """When a disk is full half-way, nothing is left."""
    write = Path.write_text

    def full(path: Path, *args: object, **options: object) -> int:
        if path.name == "simulator.py":
            raise OSError(28, os.strerror(28))
        return write(path, *args, **options)  # type: ignore[arg-type]

    monkeypatch.setattr(Path, "write_text", full)

    with pytest.raises(CreationError, match=r"/sdk-plugin-planets cannot be written: No space left on device$"):
        create(Answers(name="planets"), tmp_path)
    assert list(tmp_path.iterdir()) == []


def test_licence_is_ours():
    """The licence is the text of this repository's own, with the copyright filled in."""
    text = rendered(Answers(name="planets", author="Zoë {{ 7 * 6 }} O'Brien", year=2031))["LICENSE"]

    assert text == LICENSE.read_text().replace("[yyyy] [name of copyright owner]", "2031 Zoë {{ 7 * 6 }} O'Brien")


def test_unpublished():
    """Without a licence there is no file of one, and an index refuses the distribution."""
    files = rendered(Answers(name="planets", license="none"))
    project = tomllib.loads(files["pyproject.toml"])["project"]

    assert "LICENSE" not in files
    assert (["Private :: Do Not Upload"], False) == (project["classifiers"], "license" in project)


def test_without_secrets():
    """Where there are no secrets there is no example of them."""
    assert ".dlt/secrets.toml.example" not in rendered(Answers(name="planets", auth="none"))


@pytest.mark.parametrize(
    "author", ['"', "\\", "'''", '"""', "{{ 1 }}", "{% raw %}", "#", "]\\u0041", "José ☕ 🪐", "</x>"]
)
def test_author_is_only_a_name(author: str):
    """Whatever the author is called, that is what is written, and nothing else changes."""
    project = tomllib.loads(rendered(Answers(name="planets", author=author))["pyproject.toml"])
    nobody = tomllib.loads(rendered(Answers(name="planets"))["pyproject.toml"])

    assert project["project"].pop("authors") == [{"name": author}]
    assert project == nobody
