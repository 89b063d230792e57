"""The five hooks: their order of calls, what their docstrings say, and their rows in CONTRIBUTING.md."""

from __future__ import annotations

import inspect
import json
import re
import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from importlib.metadata import EntryPoint
from itertools import pairwise
from pathlib import Path
from types import ModuleType
from typing import Any

import pytest
from requests import PreparedRequest

import sdk
from sdk import LAST_PAGE, Connector, HasMore, Page, PageNumberPaginator, Record, Resource, hookimpl, hookspecs, plugins
from sdk.plugins import Hooks, Installed

SPECS = {name: value for name, value in vars(hookspecs).items() if name.startswith("sdk_")}
CONTRIBUTING = Path(__file__).parents[1] / "CONTRIBUTING.md"

REPLIES: dict[str, object] = {
    "/tickets?page=1": {"rows": [{"id": 1}], "more": True},
    "/tickets?page=2": {"rows": [{"id": 2}], "more": False},
    "/tickets/1/items?page=1": {"rows": [{"id": 10}], "more": True},
    "/tickets/1/items?page=2": {"rows": [{"id": 11}], "more": False},
    "/tickets/2/items?page=1": {"rows": [{"id": 20}], "more": False},
}


class Replying(BaseHTTPRequestHandler):
    """Answer with the canned reply of a path."""

    def do_GET(self) -> None:
        """Send it."""
        body = json.dumps(REPLIES[self.path]).encode()
        self.send_response(200)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *_: object) -> None:
        """Be quiet."""


@pytest.fixture(scope="module")
def base_url() -> Iterator[str]:
    """Serve the replies on loopback."""
    with ThreadingHTTPServer(("127.0.0.1", 0), Replying) as server:
        thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01})
        thread.start()
        yield f"http://127.0.0.1:{server.server_port}"
        server.shutdown()
        thread.join()


@pytest.fixture
def help_desk(monkeypatch: pytest.MonkeyPatch) -> None:
    """Install a connector of tickets and their items, each in pages."""

    class Plugin:
        """What its entry point names."""

        @hookimpl
        def sdk_declare_connector(self) -> Connector:
            """Declare it."""
            return Connector(
                "help_desk",
                paginator=PageNumberPaginator(end=HasMore("more")),
                resources=[
                    Resource("tickets", data_selector="rows"),
                    Resource("items", path="/tickets/{tickets.id}/items", data_selector="rows"),
                ],
            )

    entry_point = EntryPoint("help_desk", "help_desk", plugins.CONNECTORS)
    monkeypatch.setattr(plugins, "find", lambda *_: Installed("help_desk", "help-desk", "1.0", entry_point))
    monkeypatch.setattr(plugins, "load_entry", lambda _: Plugin())


def read(resource: str, base_url: str, *others: object) -> list[Record]:
    """Read a resource with all settings passed, one request after the other."""
    settings = {"base_url": base_url, "start_date": "2024-01-01", "overrides": [], "in_flight": 1}
    return list(sdk.read("help_desk", resource, plugins=others, **settings))


class Log:
    """Implement every hook, have no opinion, and note each call."""

    def __init__(self) -> None:
        self.calls: list[tuple[Any, ...]] = []

    @hookimpl
    def sdk_declare_connector(self) -> None:
        """Note it."""
        self.calls.append(("sdk_declare_connector",))

    @hookimpl
    def sdk_authenticate(self, resource: Resource, request: PreparedRequest) -> None:
        """Note whose request it is, and for what."""
        self.calls.append(("sdk_authenticate", resource.name, request.path_url))

    @hookimpl
    def sdk_expand_path(self, resource: Resource, parent_resource: Resource, parent: Record) -> None:
        """Note the child, and its parent's record."""
        self.calls.append(("sdk_expand_path", resource.name, parent_resource.name, parent["id"]))

    @hookimpl
    def sdk_select_records(self, resource: Resource, page: Page) -> None:
        """Note the page."""
        self.calls.append(("sdk_select_records", resource.name, page.request.param("page")))

    @hookimpl
    def sdk_paginate(self, resource: Resource, page: Page, records: list[Record]) -> None:
        """Note the page, and how many records it held."""
        self.calls.append(("sdk_paginate", resource.name, page.request.param("page"), len(records)))


@pytest.mark.usefixtures("help_desk")
def test_the_hooks_are_called_in_their_order(base_url: str):
    """Of a small load, each call: a child with two parents, one on each of two pages."""
    log = Log()

    items = read("items", base_url, log)

    assert items == [{"id": 10, "_tickets_id": 1}, {"id": 11, "_tickets_id": 1}, {"id": 20, "_tickets_id": 2}]
    assert log.calls == [
        ("sdk_declare_connector",),
        ("sdk_authenticate", "tickets", "/tickets?page=1"),
        ("sdk_select_records", "tickets", "1"),
        ("sdk_expand_path", "items", "tickets", 1),
        ("sdk_authenticate", "items", "/tickets/1/items?page=1"),
        ("sdk_select_records", "items", "1"),
        ("sdk_paginate", "items", "1", 1),
        ("sdk_authenticate", "items", "/tickets/1/items?page=2"),
        ("sdk_select_records", "items", "2"),
        ("sdk_paginate", "items", "2", 1),
        ("sdk_paginate", "tickets", "1", 1),
        ("sdk_authenticate", "tickets", "/tickets?page=2"),
        ("sdk_select_records", "tickets", "2"),
        ("sdk_expand_path", "items", "tickets", 2),
        ("sdk_authenticate", "items", "/tickets/2/items?page=1"),
        ("sdk_select_records", "items", "1"),
        ("sdk_paginate", "items", "1", 1),
        ("sdk_paginate", "tickets", "2", 1),
    ]


@pytest.mark.usefixtures("help_desk")
def test_the_numbered_list_names_the_hooks_in_the_order_of_their_first_calls(base_url: str):
    """The module's docstring, for one page of one child: declare, expand, authenticate, select, paginate."""
    log = Log()

    read("items", base_url, log)

    numbered = re.findall(r"^\d\. .*?`(sdk_\w+)`", hookspecs.__doc__ or "", re.MULTILINE)
    of_the_child = [call[0] for call in log.calls if call[1:2] != ("tickets",)]
    assert sorted(numbered) == sorted(SPECS)
    assert list(dict.fromkeys(of_the_child)) == numbered


@pytest.mark.usefixtures("help_desk")
def test_a_page_is_handed_on_before_the_next_is_asked_for(base_url: str):
    """`sdk_paginate` comes after the page's records were taken: whoever stops early asks nothing more."""
    log = Log()
    records = sdk.read("help_desk", "tickets", plugins=[log], base_url=base_url, start_date="2024-01-01", overrides=[])

    assert next(records) == {"id": 1}
    assert [call[0] for call in log.calls] == ["sdk_declare_connector", "sdk_authenticate", "sdk_select_records"]


@pytest.mark.usefixtures("help_desk")
def test_an_override_counts_for_its_load_only(base_url: str):
    """The same connector read again, without it, is read as declared."""

    class FirstPage:
        """Looks at one page of everything."""

        @hookimpl(wrapper=True)
        def sdk_paginate(self) -> Iterator[None]:
            """Take the answer and stop."""
            yield
            return LAST_PAGE

    assert read("tickets", base_url, FirstPage()) == [{"id": 1}]
    assert read("tickets", base_url) == [{"id": 1}, {"id": 2}]


@pytest.mark.usefixtures("help_desk")
def test_an_empty_answer_skips_a_parent(base_url: str):
    """`[]` is an answer, where `None` is no opinion."""

    class FirstTicket:
        """Wants the items of ticket 1 alone."""

        @hookimpl
        def sdk_expand_path(self, parent: Record) -> list[str] | None:
            """Skip all others."""
            return None if parent["id"] == 1 else []

    assert [item["id"] for item in read("items", base_url, FirstTicket())] == [10, 11]


def test_plugins_are_asked_from_the_last_registered_to_the_first():
    """Core, connector, overrides, the caller's: whoever stands nearer to the call is asked first."""
    connector, override, caller = (ModuleType(name) for name in ("connector", "override", "caller"))

    registered = [name for name, _ in Hooks.of(connector, override, caller).manager.list_name_plugin()]

    assert registered == ["core", "connector", "override", "caller"]


@pytest.mark.parametrize("hook", SPECS)
def test_each_hook_takes_one_answer(hook: str):
    """The first that is not `None`."""
    assert getattr(Hooks.of().manager.hook, hook).spec.opts["firstresult"] is True


@pytest.mark.parametrize("hook", SPECS)
def test_a_docstring_has_its_parts_in_order(hook: str):
    """What to return, who calls it, what stops it, what core does, arguments, answers, an example, since when."""
    text = inspect.getdoc(SPECS[hook]) or ""
    arguments = list(inspect.signature(SPECS[hook]).parameters)
    parts = [
        r"\AReturn .+\.\n",
        r"^Called by .+",
        r"^Stops at the first answer that is not `None`\.$",
        r"^Core .+",
        *([r"^Args:$"] if arguments else []),
        *(rf"^    {name}: .+" for name in arguments),
        r"^Returns:$",
        r"^Example:$",
        r"^    .+::$",
        r"^        @hookimpl",
        r"^\.\. versionadded:: \d+\.\d+$",
    ]

    found = [re.search(part, text, re.MULTILINE) for part in parts]

    assert [part for part, match in zip(parts, found, strict=True) if match is None] == []
    starts = [match.start() for match in found if match]
    assert all(before < after for before, after in pairwise(starts))


@pytest.mark.parametrize("hook", SPECS)
def test_the_example_of_a_hook_is_one(hook: str):
    """It runs as Python, and pluggy takes it for an implementation of that hook."""
    text = inspect.getdoc(SPECS[hook]) or ""
    code = inspect.cleandoc(re.search(r"::\n\n(.*?)\n\n\.\. versionadded", text, re.DOTALL)[1])  # type: ignore[index]
    module = ModuleType("example")
    names = {"hookimpl": hookimpl, "LAST_PAGE": LAST_PAGE}

    exec(code, vars(module) | names, vars(module))  # noqa: S102 - our own documentation

    assert hook in vars(module)
    Hooks.of(module)


@pytest.mark.parametrize("hook", SPECS)
def test_contributing_shows_each_hook_with_its_arguments(hook: str):
    """Its table has a row for each, `name(arguments)`, annotations or not."""
    assert CONTRIBUTING.exists(), "CONTRIBUTING.md is missing: its table of the five hooks is part of the contract"
    rows = re.findall(rf"^\|\s*`{hook}\((.*?)\)", CONTRIBUTING.read_text(), re.MULTILINE)

    shown = [[one.partition(":")[0].strip() for one in row.split(",") if one.strip()] for row in rows]

    assert shown == [list(inspect.signature(SPECS[hook]).parameters)], f"CONTRIBUTING.md has no row for {hook}"
