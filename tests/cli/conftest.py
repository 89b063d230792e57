"""A folder, an installation and a simulated vendor for each test of the command."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from click.testing import CliRunner, Result
from dlt.common.configuration.container import Container
from dlt.common.pipeline import PipelineContext
from sdk_plugin_tickets.simulator import SIMULATOR

from sdk.cli import cli
from sdk.settings import environment_name
from sdk.testing.simulator import SimulatorServer, serve

Run = Callable[..., Result]


@pytest.fixture(autouse=True)
def folder(dlt_home: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    """Work in an empty folder, with dlt's own files there too and no setting in the environment."""
    monkeypatch.setenv("RUNTIME__LOG_LEVEL", "CRITICAL")
    monkeypatch.setenv("COLUMNS", "120")
    for name in [name for name in os.environ if name.startswith(("SOURCES__", "DESTINATION__"))]:
        monkeypatch.delenv(name)
    yield dlt_home
    Container()[PipelineContext].clear()


@pytest.fixture
def run() -> Run:
    """Run a command in this process."""

    def invoke(*args: str) -> Result:
        return CliRunner().invoke(cli, list(args))

    return invoke


@pytest.fixture
def server() -> Iterator[SimulatorServer]:
    """Simulate a small help desk."""
    with serve(SIMULATOR, scale=0.1) as running:
        yield running


@pytest.fixture
def configured(server: SimulatorServer, monkeypatch: pytest.MonkeyPatch) -> SimulatorServer:
    """Set the environment for the simulated help desk."""
    for name, value in server.settings.items():
        monkeypatch.setenv(environment_name("tickets", name), value)
    return server


@pytest.fixture
def install(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Callable[..., None]:
    """Install made-up distributions."""
    site = tmp_path / "site"
    site.mkdir()
    monkeypatch.syspath_prepend(str(site))

    def add(distribution: str, name: str, module: str = "nowhere", source: str | None = None) -> None:
        info = site / f"{distribution.replace('-', '_')}-1.0.dist-info"
        info.mkdir()
        (info / "METADATA").write_text(f"Metadata-Version: 2.1\nName: {distribution}\nVersion: 1.0\n")
        (info / "entry_points.txt").write_text(f"[sdk.connectors]\n{name} = {module}\n")
        if source is not None:
            (site / f"{module}.py").write_text(source)

    return add
