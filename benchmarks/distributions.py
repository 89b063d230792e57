"""Installed plugins without an installation: a folder on the path that holds their metadata."""

from __future__ import annotations

from pathlib import Path
from typing import Final

from benchmarks.candidates.by_import import FAKE

PLUGIN: Final = Path(__file__).with_name("plugin")

_FAKE: Final = '''"""A plugin among many."""

from sdk import Connector, Resource, columns, hookimpl


@hookimpl
def sdk_declare_connector():
    """Declare it."""
    return Connector("{name}", resources=[Resource("things", columns=columns(bigint="id", text="name"))])
'''


def install(folder: Path, fakes: int = 0) -> None:
    """Make *folder*, put on the path, install the benchmarks' plugin, and a number of others."""
    _metadata(folder, "bench", "sdk_plugin_bench")
    for number in range(fakes):
        name, module = f"fake_{number}", f"{FAKE}{number}"
        (folder / f"{module}.py").write_text(_FAKE.format(name=name))
        _metadata(folder, name, module)


def _metadata(folder: Path, connector: str, module: str) -> None:
    info = folder / f"sdk_plugin_{connector}-1.0.dist-info"
    info.mkdir()
    name = f"sdk-plugin-{connector.replace('_', '-')}"
    (info / "METADATA").write_text(f"Metadata-Version: 2.1\nName: {name}\nVersion: 1.0\n")
    (info / "entry_points.txt").write_text(f"[sdk.connectors]\n{connector} = {module}\n")
    (info / "RECORD").write_text("")
