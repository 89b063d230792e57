"""What the pages show is what happens: their code is run against the API that they describe."""

from __future__ import annotations

import ast
import json
from collections.abc import Callable
from typing import Any

import pytest
from attrs import define, field

from sdk import Connector, Resource, SDKError, SinglePagePaginator
from sdk.testing.sampling import SampleSize, sample

PAGES = ("auth.md", "hooks.md", "override.md", "paginators.md", "resources.md")

# More than any page shows: the whole list.
_ALL = SampleSize(pages=1000, parents=1000)


@define
class Kitchen:
    """Runs the blocks of a section, one after the other."""

    described: Any
    install: Callable[[Connector], None]
    clock: Any
    names: dict[str, Any] = field(factory=dict)
    value: Any = None
    connector: str = ""
    states: dict[str, Any] = field(factory=dict)
    skips: list[Any] = field(factory=list)

    def take(self, block: Any) -> None:
        """Do what a block says, and hold it to what it shows."""
        if block.title == "the API":
            self.described.describe(block.text)
        elif block.language == "python" and not block.text.startswith("--8<--"):
            self.run(block)
        elif block.language == "json":
            assert self.shown(block.title) == json.loads(block.text)
        elif block.title == "the error":
            assert self.error() == block.text.strip()

    def run(self, block: Any) -> None:
        """Run Python code; a declaration at its end is installed."""
        tree = ast.parse(block.text)
        last = tree.body.pop() if isinstance(tree.body[-1], ast.Expr) else None
        exec(compile(tree, f"line {block.line}", "exec"), self.names)  # noqa: S102 - our own documentation
        if last is None:
            return
        self.value = eval(compile(ast.Expression(last.value), f"line {block.line}", "eval"), self.names)  # noqa: S307 - as above
        if (connector := declared(self.value)) is not None:
            self.install(connector)
            self.connector, self.states = connector.name, {}

    def shown(self, title: str) -> Any:
        """Return what the block titled *title* is to show: the last value, a resource's records, or the skips."""
        if title == "skips":
            return [{"request": one.request, "status": one.status, "reason": one.reason} for one in self.skips]
        return self.read(title.partition(",")[0]) if title else list(self.value)

    def read(self, resource: str) -> list[Any]:
        """Return the records of a resource; a second time it continues from the first."""
        found = sample(self.connector, resource, {}, size=_ALL, clock=self.clock, state=self.states.get(resource))
        if found.failure is not None:
            raise found.failure
        self.states[resource], self.skips = found.state, found.skips
        return found.records

    def error(self) -> str:
        """Return the message with which reading the last declared resource fails."""
        with pytest.raises(SDKError) as caught:
            self.read(declared(self.value).resources[-1].name)  # type: ignore[union-attr] # one was declared
        return str(caught.value)


def declared(value: Any) -> Connector | None:
    """Return the connector that an expression of a page stands for."""
    match value:
        case Connector():
            return value
        case Resource():
            return declared([value])
        case [Resource(), *_]:
            return Connector("planets", paginator=SinglePagePaginator(), resources=value)
    return None


@pytest.mark.usefixtures("dlt_home", "no_waiting")
def test_a_section_does_what_it_shows(section: Any, described: Any, install: Any, clock: Any):
    """Its code gives the records or the error beside it, and asks exactly the requests that it shows."""
    kitchen = Kitchen(described, install, clock)

    for block in (*section.preamble, *section.blocks):
        kitchen.take(block)
