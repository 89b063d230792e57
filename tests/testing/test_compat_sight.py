"""A process sees one version of a plugin, whatever else is installed."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path

LOOK = """
import importlib, json, sys
from importlib.metadata import version
from sdk import plugins
from sdk.testing.compat.sight import see_only

home = sys.argv[1]
see_only(home, [home], "sdk-plugin-acme", ["acme"])

def seen(module):
    try:
        return importlib.import_module(module).WHOSE
    except ModuleNotFoundError as error:
        return str(error)

print(json.dumps({
    "connectors": [[one.name, one.distribution, one.version] for one in plugins.installed()],
    "version": version("sdk-plugin-acme"),
    "both": seen("in_both"), "gone": seen("only_installed"), "edited": seen("only_edited"), "other": seen("unrelated"),
}))
"""


def distribution(site: Path, name: str, number: str, points: str, *modules: str, folder: Path | None = None) -> None:
    """Install modules that say whose they are; in *folder* when they are installed to be edited there."""
    info = site / f"{name.replace('-', '_')}-{number}.dist-info"
    info.mkdir(parents=True)
    (info / "METADATA").write_text(f"Metadata-Version: 2.1\nName: {name}\nVersion: {number}\n")
    (info / "entry_points.txt").write_text(points)
    (info / "RECORD").write_text("" if folder else "".join(f"{module}.py,,\n" for module in modules))
    if folder is not None:
        (info / "direct_url.json").write_text(json.dumps({"url": folder.as_uri(), "dir_info": {"editable": True}}))
        folder.mkdir()
    for module in modules:
        ((folder or site) / f"{module}.py").write_text(f"WHOSE = {name + ' ' + number!r}\n")


def test_only_one_version_is_seen(tmp_path: Path) -> None:
    """Neither the metadata nor the modules of another one, nor of another plugin that offers the same connector."""
    site, folder, home = tmp_path / "site", tmp_path / "edited", tmp_path / "home"
    acme = "[sdk.connectors]\nacme = in_both\n"
    distribution(site, "sdk-plugin-acme", "9.0", acme, "in_both", "only_installed")
    distribution(site, "acme-again", "1.0", "[sdk.connectors]\nacme = only_edited\n", "only_edited", folder=folder)
    distribution(site, "sdk-plugin-other", "2.0", "[sdk.connectors]\nother = unrelated\n", "unrelated")
    distribution(home, "sdk-plugin-acme", "0.1", acme, "in_both")
    (tmp_path / "look.py").write_text(LOOK)

    said = subprocess.run(  # noqa: S603 - this Python, and the script above
        [sys.executable, str(tmp_path / "look.py"), str(home)],
        env={**os.environ, "PYTHONPATH": os.pathsep.join([str(site), str(folder)])},
        capture_output=True,
        text=True,
        check=True,
    )

    seen = json.loads(said.stdout)
    ours = ("acme", "other")
    assert [one for one in seen.pop("connectors") if one[0] in ours] == [
        ["acme", "sdk-plugin-acme", "0.1"],
        ["other", "sdk-plugin-other", "2.0"],
    ]
    assert seen == {
        "version": "0.1",
        "both": "sdk-plugin-acme 0.1",
        "gone": "No module named 'only_installed'",
        "edited": "No module named 'only_edited'",
        "other": "sdk-plugin-other 2.0",
    }
