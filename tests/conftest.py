"""What takes long, a tiny API on loopback, installed connectors, a clock that stands, no waiting, and dlt by itself."""

from __future__ import annotations

import json
import sys
import threading
from collections import deque
from collections.abc import Callable, Iterator, Sequence
from datetime import UTC, datetime, timedelta
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from importlib import invalidate_caches
from pathlib import Path
from types import ModuleType, SimpleNamespace
from typing import Any, TypeAlias
from urllib.parse import parse_qsl, urlsplit

import pytest
from attrs import define, field, frozen
from hypothesis import settings
from requests.structures import CaseInsensitiveDict

from sdk.connector import Connector
from sdk.paginators import NextLinkPaginator
from sdk.resource import Resource

# The same examples each time, or a change would fail for what somebody else left. The sweep draws others.
settings.register_profile("fixed", derandomize=True)
settings.load_profile("fixed")


def pytest_configure(config: pytest.Config) -> None:
    """Register the mark of what takes long."""
    config.addinivalue_line("markers", "slow: takes seconds; left out unless marks are chosen with -m")


def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    """Leave out what takes long, unless somebody chooses marks (`-m slow`)."""
    if config.getoption("markexpr"):
        return
    slow = [one for one in items if one.get_closest_marker("slow")]
    if slow:
        config.hook.pytest_deselected(items=slow)
        items[:] = [one for one in items if not one.get_closest_marker("slow")]


@pytest.fixture(autouse=True)
def _own_secrets(monkeypatch: pytest.MonkeyPatch) -> None:
    """Let each test hide the secrets that it announced itself, and none of another test's."""
    monkeypatch.setattr("sdk.redaction._forms", set())
    monkeypatch.setattr("sdk.redaction._pattern", None)


@frozen
class Asked:
    """A request that the tiny API got."""

    method: str
    target: str
    headers: CaseInsensitiveDict[str] = field(repr=False)
    body: bytes = field(repr=False)

    @property
    def path(self) -> str:
        """The path, still encoded, without the query."""
        return urlsplit(self.target).path

    @property
    def query(self) -> dict[str, str]:
        """The query parameters; of one that came several times the last."""
        return dict(parse_qsl(urlsplit(self.target).query, keep_blank_values=True))


@frozen
class Reply:
    """What the tiny API answers: *body* as JSON, or the very bytes.

    *raw* replaces everything, head included; *until* holds the answer back.
    """

    body: Any = None
    status: int = 200
    headers: dict[str, str] = field(factory=dict)
    raw: bytes | None = None
    until: threading.Event | None = None

    @property
    def content(self) -> bytes:
        """The body as it is sent."""
        return self.body if isinstance(self.body, bytes) else json.dumps(self.body).encode()


Answer: TypeAlias = Callable[[Asked], Any]

# Nothing at all: the connection ends.
HANGS_UP = Reply(raw=b"")


@define
class TinyApi:
    """An API whose answers a test lays out by path, and which remembers what it was asked.

    A path that nobody laid out is 404.
    """

    url: str = ""
    asked: list[Asked] = field(factory=list)
    _answers: dict[str, Answer] = field(factory=dict)
    _lock: threading.Lock = field(factory=threading.Lock)

    def answer(self, path: str, answer: Answer) -> None:
        """Answer requests for *path* with what *answer* returns."""
        self._answers[path] = answer

    def says(self, path: str, *replies: Any) -> None:
        """Answer requests for *path* with each of *replies* in turn, and with the last from then on."""
        left = deque(one if isinstance(one, Reply) else Reply(one) for one in replies)
        self._answers[path] = lambda _asked: left.popleft() if len(left) > 1 else left[0]

    def lists(self, path: str, *pages: Sequence[Any]) -> None:
        """Answer requests for *path* with *pages*, each with a link to the next."""

        def answer(asked: Asked) -> Reply:
            number = int(asked.query.get("page", "1"))
            more = f"{path}?page={number + 1}" if number < len(pages) else None
            return Reply({"data": list(pages[number - 1]) if pages else [], "next": more})

        self._answers[path] = answer

    def take(self, asked: Asked) -> Reply:
        """Remember a request and return the answer to it."""
        with self._lock:
            self.asked.append(asked)
            answer = self._answers.get(asked.path, lambda _asked: Reply({"code": "unknown_path"}, 404))
            found = answer(asked)
            return Reply(found) if isinstance(found, dict) else found

    @property
    def targets(self) -> list[str]:
        """Paths and queries of the requests so far, in order."""
        return [one.target for one in self.asked]

    def forget(self) -> None:
        """Forget the requests so far."""
        with self._lock:
            self.asked.clear()

    reply = staticmethod(Reply)
    hangs_up = HANGS_UP


class _Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    disable_nagle_algorithm = True
    api: TinyApi

    def do_GET(self) -> None:
        length = int(self.headers.get("Content-Length") or 0)
        asked = Asked(self.command, self.path, CaseInsensitiveDict(self.headers.items()), self.rfile.read(length))
        reply = self.api.take(asked)
        if reply.until is not None:
            reply.until.wait(30)
        if reply.raw is not None:
            self.close_connection = True
            self.wfile.write(reply.raw)
            return
        content = reply.content
        self.send_response(reply.status)
        bare = reply.status in {204, 304}
        given = {"Content-Type": "application/json", **({} if bare else {"Content-Length": str(len(content))})}
        for name, value in {**given, **reply.headers}.items():
            self.send_header(name, value)
        # In one piece, or the client's delayed acknowledgement costs 40 ms.
        self._headers_buffer.append(b"\r\n" + (b"" if bare else content))  # type: ignore[attr-defined]
        self.flush_headers()

    do_POST = do_GET  # noqa: N815 - the standard library's name

    def log_message(self, format: str, *args: Any) -> None:  # noqa: A002 - the standard library's name
        """Say nothing."""


class _Server(ThreadingHTTPServer):
    # Clients keep their connections open, so nothing waits for the threads.
    daemon_threads = True
    block_on_close = False
    request_queue_size = 64


def _serve() -> Iterator[TinyApi]:
    api = TinyApi()
    server = _Server(("127.0.0.1", 0), type("Handler", (_Handler,), {"api": api}))
    api.url = f"http://127.0.0.1:{server.server_address[1]}"
    thread = threading.Thread(target=server.serve_forever, args=(0.01,), daemon=True)
    thread.start()
    yield api
    server.shutdown()
    server.server_close()
    thread.join()


@pytest.fixture
def tiny_api() -> Iterator[TinyApi]:
    """Return an API on loopback that runs until the test ends."""
    yield from _serve()


@pytest.fixture
def foreign_api() -> Iterator[TinyApi]:
    """Return another API, which nobody but its own clients may ask."""
    yield from _serve()


_DECLARED = "connectors_declared_in_tests"

_MODULE = """
import sys
from sdk import hookimpl

@hookimpl
def sdk_declare_connector():
    return sys.modules[{registry!r}].connectors[{name!r}]
"""


@pytest.fixture
def installed(tmp_path_factory: pytest.TempPathFactory, monkeypatch: pytest.MonkeyPatch) -> Iterator[Any]:
    """Return a function that installs a connector, as a distribution of its own; again to replace it."""
    site = tmp_path_factory.mktemp("site-packages")
    monkeypatch.syspath_prepend(site)
    registry: Any = ModuleType(_DECLARED)
    registry.connectors = {}
    monkeypatch.setitem(sys.modules, _DECLARED, registry)

    def install(connector: Connector) -> None:
        name = connector.name
        if name not in registry.connectors:
            info = site / f"fake_{name}-1.0.dist-info"
            info.mkdir()
            (info / "METADATA").write_text(f"Metadata-Version: 2.1\nName: fake-{name}\nVersion: 1.0\n")
            (info / "entry_points.txt").write_text(f"[sdk.connectors]\n{name} = fake_{name}\n")
            (site / f"fake_{name}.py").write_text(_MODULE.format(registry=_DECLARED, name=name))
            invalidate_caches()
        registry.connectors[name] = connector

    yield install
    for name in registry.connectors:
        sys.modules.pop(f"fake_{name}", None)
    invalidate_caches()


@pytest.fixture
def acme(tiny_api: TinyApi, installed: Any) -> Callable[..., Connector]:
    """Return a function that declares the connector `acme` of the tiny API, installs it and returns it.

    A resource may be given by name: its records are at `data`, and `next` links to the next page.
    """

    def declare(*resources: Resource | str, **facts: Any) -> Connector:
        given = [Resource(one, data_selector="data") if isinstance(one, str) else one for one in resources]
        # One request in flight: tests may then say in which order they come.
        facts = {"name": "acme", "base_url": tiny_api.url, "paginator": NextLinkPaginator(), "in_flight": 1, **facts}
        connector = Connector(resources=given, **facts)
        installed(connector)
        return connector

    return declare


@define
class Clock:
    """A clock that stands still until it is told to go on."""

    now: datetime = datetime(2026, 1, 10, 12, tzinfo=UTC)

    def __call__(self) -> datetime:
        """Return the time of day."""
        return self.now

    def advance(self, **amounts: float) -> None:
        """Go on by a `timedelta` of *amounts*."""
        self.now += timedelta(**amounts)


@pytest.fixture
def on_threads(monkeypatch: pytest.MonkeyPatch) -> None:
    """Let questions be sent on threads from the first answer on, as for an API that takes its time."""
    monkeypatch.setattr("sdk.scheduler._WAIT_ONCE", float("-inf"))


@pytest.fixture
def clock() -> Clock:
    """Return a clock that stands at noon of 10 January 2026."""
    return Clock()


@pytest.fixture
def no_waiting(monkeypatch: pytest.MonkeyPatch) -> list[float]:
    """Let waits take no time, and return the list of them."""
    waits: list[float] = []
    monkeypatch.setattr("sdk.attempt.sleep", waits.append)
    monkeypatch.setattr("sdk.auth.endpoint.sleep", waits.append)
    # The pace's clock goes on by what was waited, or a wait would be found to be still ahead.
    monkeypatch.setattr("sdk.client.time", SimpleNamespace(monotonic=lambda: sum(waits)))
    return waits


@pytest.fixture
def dlt_home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    """Return an empty folder to work in, where dlt finds no configuration and keeps what it keeps."""
    from dlt.common.configuration.container import Container
    from dlt.common.configuration.specs.pluggable_run_context import PluggableRunContext

    context = Container()[PluggableRunContext]
    with monkeypatch.context() as inside:
        inside.chdir(tmp_path)
        inside.setenv("DLT_DATA_DIR", str(tmp_path / "dlt"))
        inside.setenv("RUNTIME__DLTHUB_TELEMETRY", "false")
        context.reload()
        yield tmp_path
    context.reload()


@define
class Loaded:
    """A dlt pipeline into a DuckDB file of its own, and what it holds."""

    pipeline: Any

    def run(self, *sources: Any, **options: Any) -> Any:
        """Run the pipeline as any user would."""
        return self.pipeline.run(list(sources) if len(sources) > 1 else sources[0], **options)

    def rows(self, table: str, *columns: str) -> list[Any]:
        """Return the rows of a table in order: tuples of *columns*, or the values of the one column."""
        names = ", ".join(f'"{one}"' for one in columns)
        found = self._select(f'SELECT {names} FROM "{table}" ORDER BY ALL')
        return [row[0] for row in found] if len(columns) == 1 else found

    def columns(self, table: str) -> dict[str, str]:
        """Return the types of a table's columns as the destination has them, dlt's own columns left out."""
        found = self._select(
            "SELECT column_name, data_type FROM information_schema.columns "
            f"WHERE table_name = '{table}' AND column_name NOT LIKE '_dlt%' ORDER BY ordinal_position"
        )
        return dict(found)

    def tables(self) -> list[str]:
        """Return the names of the tables, dlt's own left out."""
        found = self._select(
            "SELECT table_name FROM information_schema.tables WHERE table_name NOT LIKE '_dlt%' "
            f"AND table_schema = '{self.pipeline.dataset_name}' ORDER BY 1"
        )
        return [one for (one,) in found]

    def everything(self) -> dict[str, list[Any]]:
        """Return all rows of all tables, dlt's own among them; nothing when no table was made."""
        schema = self.pipeline.dataset_name
        try:
            names = self._select(f"SELECT table_name FROM information_schema.tables WHERE table_schema = '{schema}'")
        except Exception:  # noqa: BLE001 - nothing was ever loaded: there is no schema, and perhaps no file
            return {}
        return {name: self._select(f'SELECT * FROM "{name}"') for (name,) in names}

    def state(self) -> dict[str, Any]:
        """Return what the resources of `acme` keep."""
        sources = self.pipeline.state.get("sources", {})
        return sources.get("acme", {}).get("resources", {})  # type: ignore[no-any-return]

    def _select(self, query: str) -> list[Any]:
        with self.pipeline.sql_client() as client, client.execute_query(query) as cursor:
            return list(cursor.fetchall())


@pytest.fixture
def pipeline(dlt_home: Path) -> Iterator[Callable[..., Loaded]]:
    """Return a function that makes a pipeline, `loading` by name, into the DuckDB file of that name."""
    import dlt
    from dlt.common.configuration.container import Container
    from dlt.common.pipeline import PipelineContext

    def make(name: str = "loading") -> Loaded:
        target = dlt.destinations.duckdb(str(dlt_home / f"{name}.duckdb"))
        return Loaded(dlt.pipeline(name, destination=target, dataset_name="data"))

    yield make
    Container()[PipelineContext].clear()
