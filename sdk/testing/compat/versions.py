"""A version of a plugin, laid out in a folder from which Python can import it and read its metadata.

A checkout is read where it lies, and only its metadata is written anew: nothing is built, and what is edited counts
at once. What will be published is the wheel; give that one to compare it as users will get it.
"""

from __future__ import annotations

import shutil
import subprocess
import sys
import tomllib
import zipfile
from collections.abc import Iterable, Mapping
from importlib.metadata import distributions
from importlib.util import find_spec
from pathlib import Path
from typing import Any, Final

from attrs import frozen
from packaging.requirements import InvalidRequirement, Requirement
from packaging.version import InvalidVersion, Version

from sdk.errors import PluginError
from sdk.plugins import CONNECTORS
from sdk.redaction import one_line

_PROJECT: Final = "pyproject.toml"
_SECONDS: Final = 300


class NoVersionError(PluginError):
    """What was given is no version of a plugin."""


@frozen
class PluginVersion:
    """A version of a plugin that lies ready to be imported.

    Attributes:
        given: How it was given: a folder, a wheel, a requirement.
        distribution: Name of its distribution.
        number: Its version number.
        connectors: Names of the connectors that it offers.
        home: The folder with its metadata.
        paths: What to put first on `sys.path`.
    """

    given: str
    distribution: str
    number: Version
    connectors: tuple[str, ...]
    home: Path
    paths: tuple[Path, ...]

    def __str__(self) -> str:
        return f"{self.distribution} {self.number}"


def lay_out(given: str, home: Path) -> PluginVersion:
    """Return the version that *given* names, laid out in the empty folder *home*.

    Args:
        given: A folder with a pyproject.toml, a wheel, or a requirement such as `sdk-plugin-planets==0.1.0`.
        home: Where to put its metadata, and its modules unless they are imported where they lie.

    Raises:
        NoVersionError: It is none of these, or offers no connector.
        PluginError: It cannot be installed.
    """
    home.mkdir(parents=True, exist_ok=True)
    path = Path(given)
    if path.is_dir():
        return _described(given, home, _from_folder(path.resolve(), home))
    if path.is_file() or (path.suffix == ".whl" and "@" not in given):
        return _described(given, home, _from_wheel(path, home))
    try:
        Requirement(given)
    except InvalidRequirement:
        raise NoVersionError(
            f"{given!r} is no plugin: give a folder with a {_PROJECT}, a wheel, or a requirement such as "
            "sdk-plugin-planets==0.1.0"
        ) from None
    return _described(given, home, _installed(given, given, home))


def _described(given: str, home: Path, paths: tuple[Path, ...]) -> PluginVersion:
    found = list(distributions(path=[str(home)]))
    if len(found) != 1:
        raise NoVersionError(f"{given!r} is no plugin: it holds the metadata of {len(found)} distributions, not of one")
    [dist] = found
    name, number = str(dist.metadata["Name"]), str(dist.metadata["Version"])
    connectors = sorted({point.name for point in dist.entry_points if point.group == CONNECTORS})
    if not connectors:
        raise NoVersionError(f"{given!r} is no plugin: {name} {number} has no entry point in the group {CONNECTORS}")
    try:
        return PluginVersion(given, name, Version(number), tuple(connectors), home, paths)
    except InvalidVersion:
        raise NoVersionError(f"{given!r}: {number!r} is no version number; give one such as 0.1.0") from None


def _from_folder(folder: Path, home: Path) -> tuple[Path, ...]:
    file = folder / _PROJECT
    if not file.is_file():
        raise NoVersionError(f"{str(folder)!r} is no plugin: it has no {_PROJECT}")
    try:
        project = tomllib.loads(file.read_text(encoding="utf-8")).get("project", {})
        points = _entry_points(project)
    except (tomllib.TOMLDecodeError, UnicodeDecodeError, AttributeError) as error:
        raise NoVersionError(f"{str(file)!r} cannot be read: {error}") from None
    places = [place for place in (folder / "src", folder) if _holds(place, points)]
    if not places or not {"name", "version"} <= project.keys():
        # Its build says what the modules or the version are, so it has to be built.
        return _installed(str(folder), str(folder), home)
    _write_metadata(home, str(project["name"]), str(project["version"]), points)
    return (home, places[0])


def _entry_points(project: Mapping[str, Any]) -> dict[str, dict[str, str]]:
    return {group: dict(points) for group, points in project.get("entry-points", {}).items()}


def _holds(place: Path, points: Mapping[str, Mapping[str, str]]) -> bool:
    """Return whether the modules of all entry points lie in *place*; without any, whether the place is there."""
    modules = {
        value.partition(":")[0].strip().partition(".")[0] for group in points.values() for value in group.values()
    }
    return place.is_dir() and all((place / one).is_dir() or (place / f"{one}.py").is_file() for one in modules)


def _write_metadata(home: Path, name: str, version: str, points: Mapping[str, Mapping[str, str]]) -> None:
    info = home / f"{name.replace('-', '_')}-{version}.dist-info"
    info.mkdir()
    (info / "METADATA").write_text(f"Metadata-Version: 2.1\nName: {name}\nVersion: {version}\n", encoding="utf-8")
    lines = [line for group in points for line in (f"[{group}]", *(f"{n} = {v}" for n, v in points[group].items()))]
    (info / "entry_points.txt").write_text("\n".join(lines) + "\n", encoding="utf-8")


def _from_wheel(wheel: Path, home: Path) -> tuple[Path, ...]:
    try:
        with zipfile.ZipFile(wheel) as archive:
            archive.extractall(home)
    except (OSError, zipfile.BadZipFile) as error:
        reason = error.strerror if isinstance(error, OSError) else str(error)
        raise NoVersionError(f"{str(wheel)!r} cannot be read as a wheel: {reason}") from None
    return (home,)


def _installed(what: str, given: str, home: Path) -> tuple[Path, ...]:
    command = [*_installer(), "--quiet", "--no-deps", "--target", str(home), what]
    try:
        done = subprocess.run(  # noqa: S603 - the installer of this Python, and one requirement that was parsed
            command, capture_output=True, text=True, timeout=_SECONDS, check=False, stdin=subprocess.DEVNULL
        )
    except subprocess.TimeoutExpired:
        raise PluginError(f"{given!r} was not installed within {_SECONDS} s") from None
    if done.returncode:
        raise PluginError(f"{given!r} cannot be installed: {_reason(done.stderr.splitlines())}")
    return (home,)


def _installer() -> list[str]:
    if find_spec("pip") is not None:
        return [sys.executable, "-m", "pip", "install", "--disable-pip-version-check", "--no-input"]
    if uv := shutil.which("uv"):
        return [uv, "pip", "install", "--python", sys.executable]
    raise PluginError("a requirement is installed with pip or uv, and neither is there; install one, or give a wheel")


def _reason(lines: Iterable[str]) -> str:
    said = [line.strip() for line in lines if line.strip()]
    errors = [line.removeprefix("ERROR:").strip() for line in said if line.startswith("ERROR:")]
    return one_line((errors or said or ["it does not say why"])[-1], limit=300)
