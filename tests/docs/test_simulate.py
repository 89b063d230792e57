"""The simulators of the page answer what stands there."""

from __future__ import annotations

import ast
import json
from datetime import UTC, datetime
from typing import Any

import pytest
import requests

from sdk.testing.simulator import Endpoint, Simulator, serve

PAGES = ("simulate.md",)
NOW = datetime(2026, 4, 1, tzinfo=UTC)


def run(blocks: Any, names: dict[str, Any]) -> Any:
    """Run the Python blocks in order; return what the last expression stands for, or a `SIMULATOR`."""
    value = None
    for block in blocks:
        tree = ast.parse(block.text)
        last = tree.body.pop() if isinstance(tree.body[-1], ast.Expr) else None
        exec(compile(tree, f"line {block.line}", "exec"), names)  # noqa: S102 - our own documentation
        if last is not None:
            value = eval(compile(ast.Expression(last.value), f"line {block.line}", "eval"), names)  # noqa: S307 - as above
    return value if value is not None else names.get("SIMULATOR")


def test_an_endpoint_answers_what_the_page_shows(section: Any):
    """Each block that is titled with a request shows its answer, or what is named of it."""
    names: dict[str, Any] = {}
    python = [block for block in (*section.preamble, *section.blocks) if block.language == "python"]
    made = run(python, names)
    if isinstance(made, Endpoint):
        made = Simulator(name="planets", tables=(names["PLANETS"],), endpoints=(made,))
    shown = [block for block in section.blocks if "GET " in block.title]
    assert isinstance(made, Simulator)
    assert shown

    for block in shown:
        asked, _, state = block.title.partition("GET ")[2].partition(", ")
        with serve(made, now=NOW, gates=["planets"] if state == "gated" else []) as server:
            answer = requests.get(server.base_url + asked, timeout=10)
            if block.language == "json":
                assert answer.json() == json.loads(block.text)
            else:
                assert answer.headers["Link"] == block.text.strip().replace("</", f"<{server.base_url}/")


def test_the_test_of_the_page_holds(simulate_page: dict[str, Any]):
    """What the page shows as an author's own test passes with its simulator."""
    names = simulate_page

    with serve(names["SIMULATOR"], sizes={"planets": 30}, now=NOW) as server:
        names["test_new_planets"](lambda **_facts: server)


@pytest.fixture
def simulate_page(blocks: Any) -> dict[str, Any]:
    """Return the names of all Python blocks of the page."""
    names: dict[str, Any] = {}
    run([block for block in blocks("simulate.md") if block.language == "python"], names)
    return names
