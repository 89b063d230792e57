"""What is given as a version of a plugin is laid out so that it can be imported, or refused in one line."""

from __future__ import annotations

import shutil
import zipfile
from pathlib import Path

import pytest
from packaging.version import Version

from sdk.errors import PluginError
from sdk.testing.compat.versions import NoVersionError, lay_out

PROJECT = """
[project]
name = "sdk-plugin-acme"
version = "0.1"

[project.entry-points."sdk.connectors"]
acme = "sdk_plugin_acme.declared:plugin"
"""


@pytest.fixture
def checkout(tmp_path: Path) -> Path:
    """Return a folder with a plugin."""
    folder = tmp_path / "checkout"
    (folder / "sdk_plugin_acme").mkdir(parents=True)
    (folder / "pyproject.toml").write_text(PROJECT)
    return folder


@pytest.fixture
def wheel(tmp_path: Path) -> Path:
    """Return a wheel of a plugin."""
    path = tmp_path / "sdk_plugin_acme-0.1-py3-none-any.whl"
    info = "sdk_plugin_acme-0.1.dist-info"
    with zipfile.ZipFile(path, "w") as archive:
        archive.writestr("sdk_plugin_acme.py", "")
        archive.writestr(f"{info}/METADATA", "Metadata-Version: 2.1\nName: sdk-plugin-acme\nVersion: 0.1\n")
        archive.writestr(f"{info}/WHEEL", "Wheel-Version: 1.0\nRoot-Is-Purelib: true\nTag: py3-none-any\n")
        archive.writestr(f"{info}/entry_points.txt", "[sdk.connectors]\nacme = sdk_plugin_acme\n")
        archive.writestr(f"{info}/RECORD", "")
    return path


def test_a_checkout(checkout: Path, tmp_path: Path) -> None:
    """Its modules are read where they lie, its metadata is what its project file says."""
    home = tmp_path / "home"

    version = lay_out(str(checkout), home)

    assert (version.distribution, version.number, version.connectors) == ("sdk-plugin-acme", Version("0.1"), ("acme",))
    assert version.paths == (home, checkout)


def test_a_checkout_with_src(checkout: Path, tmp_path: Path) -> None:
    """Modules below `src` are found there."""
    (checkout / "src").mkdir()
    (checkout / "sdk_plugin_acme").rename(checkout / "src" / "sdk_plugin_acme")

    assert lay_out(str(checkout), tmp_path / "home").paths == (tmp_path / "home", checkout / "src")


def test_a_wheel(wheel: Path, tmp_path: Path) -> None:
    """It is unpacked."""
    home = tmp_path / "home"

    version = lay_out(str(wheel), home)

    assert (str(version), version.connectors, version.paths) == ("sdk-plugin-acme 0.1", ("acme",), (home,))
    assert (home / "sdk_plugin_acme.py").is_file()


@pytest.mark.parametrize("installer", ["pip", "uv"])
def test_a_requirement(wheel: Path, tmp_path: Path, installer: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """It is installed by pip, and by uv where there is no pip."""
    if installer == "uv":
        if shutil.which("uv") is None:
            pytest.skip("uv is not there")
        monkeypatch.setattr("sdk.testing.compat.versions.find_spec", lambda _name: None)
    home = tmp_path / "home"

    version = lay_out(f"sdk-plugin-acme @ {wheel.as_uri()}", home)

    assert (str(version), version.paths) == ("sdk-plugin-acme 0.1", (home,))
    assert (home / "sdk_plugin_acme.py").is_file()


def test_no_installer(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Without pip and uv a wheel is still good."""
    monkeypatch.setattr("sdk.testing.compat.versions.find_spec", lambda _name: None)
    monkeypatch.setenv("PATH", str(tmp_path))

    with pytest.raises(PluginError, match="neither is there; install one, or give a wheel"):
        lay_out("sdk-plugin-acme==0.1", tmp_path / "home")


def test_what_cannot_be_installed(tmp_path: Path) -> None:
    """The installer's own last word is the reason."""
    missing = (tmp_path / "sdk_plugin_acme-0.1-py3-none-any.whl").as_uri()

    with pytest.raises(PluginError, match=r"'sdk-plugin-acme @ file:.*' cannot be installed: .*No such file"):
        lay_out(f"sdk-plugin-acme @ {missing}", tmp_path / "home")


@pytest.mark.parametrize(
    ("given", "said"),
    [
        ("./nowhere", "is no plugin: give a folder with a pyproject.toml, a wheel, or a requirement such as"),
        ("--index-url=x", "is no plugin: give a folder"),
        ("nowhere.whl", "cannot be read as a wheel: No such file or directory"),
    ],
)
def test_no_version(given: str, said: str, tmp_path: Path) -> None:
    """What is no folder, wheel or requirement is refused; nothing reaches the installer as an option."""
    with pytest.raises(NoVersionError, match=said):
        lay_out(given, tmp_path / "home")


def test_no_wheel(tmp_path: Path) -> None:
    """A file that is no archive is no wheel."""
    path = tmp_path / "notes.txt"
    path.write_text("planets")

    with pytest.raises(NoVersionError, match="cannot be read as a wheel: File is not a zip file"):
        lay_out(str(path), tmp_path / "home")


@pytest.mark.parametrize(
    ("project", "said"),
    [
        (None, "has no pyproject.toml"),
        ("[project", "cannot be read: Expected ']'"),
        ("project = 3", "cannot be read: 'int' object has no attribute"),
        ('[project]\nname = "acme"\nversion = "1.0"\n', "acme 1.0 has no entry point in the group sdk.connectors"),
        (PROJECT.replace("0.1", "first"), "'first' is no version number"),
    ],
)
def test_no_plugin(project: str | None, said: str, checkout: Path, tmp_path: Path) -> None:
    """A folder whose project file is none, or offers no connector, is refused."""
    (checkout / "pyproject.toml").unlink()
    if project is not None:
        (checkout / "pyproject.toml").write_text(project)

    with pytest.raises(NoVersionError, match=said):
        lay_out(str(checkout), tmp_path / "home")
