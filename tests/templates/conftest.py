"""A repository that was made, importable as if its author had installed it."""

from __future__ import annotations

import sys
import tomllib
from collections.abc import Callable, Iterator
from importlib import invalidate_caches
from pathlib import Path

import pytest


def lay_out(repository: Path, site: Path) -> None:
    """Write into *site* what an installer writes of a repository: its name, what it needs, its entry points."""
    project = tomllib.loads((repository / "pyproject.toml").read_text())["project"]
    info = site / f"{project['name'].replace('-', '_')}-{project['version']}.dist-info"
    info.mkdir(parents=True)
    needs = "".join(f"Requires-Dist: {one}\n" for one in project["dependencies"])
    about = f"Metadata-Version: 2.1\nName: {project['name']}\nVersion: {project['version']}\n"
    (info / "METADATA").write_text(about + needs)
    groups = project["entry-points"].items()
    points = [f"[{group}]\n{key} = {value}\n" for group, found in groups for key, value in found.items()]
    (info / "entry_points.txt").write_text("".join(points))


@pytest.fixture
def installed(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Callable[[Path], Path]]:
    """Return a function that makes a repository importable, and returns where that is written."""
    site = tmp_path / "site"

    def install(repository: Path) -> Path:
        lay_out(repository, site)
        monkeypatch.syspath_prepend(str(repository))
        monkeypatch.syspath_prepend(str(site))
        invalidate_caches()
        return site

    yield install
    for module in [one for one in sys.modules if one.startswith("sdk_plugin_drawn")]:
        del sys.modules[module]
