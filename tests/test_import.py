"""What an import costs: neither dlt, nor pyarrow, nor any plugin, until they are needed."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

import pytest

HEAVY = ("click", "dlt", "duckdb", "jsonpath_ng", "pandas", "pyarrow", "rich", "sdk_plugin_fake", "vcr")

PLUGIN = """
from sdk import Connector, Resource, Secret, BearerTokenAuth, SinglePagePaginator, hookimpl

@hookimpl
def sdk_declare_connector():
    return Connector(
        "fake",
        auth=BearerTokenAuth(token=Secret("api_key")),
        paginator=SinglePagePaginator(),
        resources=[Resource("things")],
    )
"""

SERVE = """
import threading
from http.server import BaseHTTPRequestHandler, HTTPServer

class Replying(BaseHTTPRequestHandler):
    def do_GET(self):
        self.send_response(200)
        self.send_header("Content-Length", "11")
        self.end_headers()
        self.wfile.write(b'[{"id": 1}]')

    def log_message(self, *args):
        pass

server = HTTPServer(("127.0.0.1", 0), Replying)
threading.Thread(target=server.handle_request, daemon=True).start()
base_url = f"http://127.0.0.1:{server.server_port}"
"""

READ = f"""
import sdk
{SERVE}
settings = dict(base_url=base_url, api_key="hunter2-import", start_date="2024-01-01")
settings |= dict(overrides=[], in_flight=2, share_limits=False, trust_env=False, max_skips=1)
assert list(sdk.read("fake", "things", **settings)) == [{{"id": 1}}]
server.server_close()
"""


@pytest.fixture
def loaded(tmp_path: Path):
    """Run code in a new interpreter that has one plugin installed; return which heavy modules it loaded."""
    info = tmp_path / "sdk_plugin_fake-1.0.dist-info"
    info.mkdir()
    (info / "METADATA").write_text("Metadata-Version: 2.1\nName: sdk-plugin-fake\nVersion: 1.0\n")
    (info / "entry_points.txt").write_text("[sdk.connectors]\nfake = sdk_plugin_fake\n")
    (tmp_path / "sdk_plugin_fake.py").write_text(PLUGIN)

    def run(code: str) -> set[str]:
        show = f"import sys, json; print(json.dumps([one for one in {HEAVY} if one in sys.modules]))"
        code = f"import sys\nsys.path.insert(0, {str(tmp_path)!r})\n{code}\n{show}"
        command = [sys.executable, "-W", "error", "-c", code]
        done = subprocess.run(command, capture_output=True, text=True, check=False, cwd=tmp_path)  # noqa: S603 - our code
        assert done.returncode == 0, done.stderr
        return set(json.loads(done.stdout))

    return run


@pytest.mark.parametrize(
    ("code", "modules"),
    [
        ("import sdk", set()),
        ("import sdk\nassert 'fake' in sdk.connectors()", set()),
        ("import sdk\nassert 'load' in dir(sdk)", set()),
        ("import sdk\nsdk.RunReport", set()),
        (READ, {"sdk_plugin_fake"}),
    ],
    ids=["import", "connectors", "dir", "report", "read"],
)
def test_what_is_loaded(code: str, modules: set[str], loaded):
    """Importing and listing load nothing; reading with all settings passed loads the one plugin, and no dlt."""
    assert loaded(code) == modules


@pytest.mark.parametrize("name", ["load", "run"])
def test_what_needs_dlt_imports_it_when_asked_for(name: str, loaded):
    """And only then."""
    assert "dlt" in loaded(f"import sdk\nsdk.{name}")


@pytest.mark.parametrize(
    "before",
    ["sdk.run", "sdk.RunReport", "import sdk.runs", "from sdk.runs import RunReport", "import sdk.source, sdk.columns"],
)
def test_names_stay_what_they_are(before: str, loaded):
    """A module of the same name, once it is imported, does not take a function's place."""
    names = "sdk.load, sdk.run, sdk.read, sdk.columns, sdk.connectors"
    loaded(f"import inspect, sdk\n{before}\nimport sdk\nassert all(map(inspect.isfunction, [{names}])), [{names}]")
