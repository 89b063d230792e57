"""The layers of DESIGN.md: who may import whom, read from every import of every module."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from graphlib import TopologicalSorter
from pathlib import Path

import pytest
from attrs import frozen

SDK = Path(__file__).parents[1] / "sdk"

# From the bottom to the top: a module imports from lower layers only.
LAYERS: dict[str, tuple[str, ...]] = {
    "0, what fails": ("redaction", "errors", "checks", "kinds"),
    "1, what travels": (
        "bodies",
        "collector",
        "instants",
        "jsonpath",
        "keys",
        "messages",
        "origin",
        "placeholders",
        "surroundings",
    ),
    "1, made of these": ("caps", "paths", "tally", "waits"),
    "2, one step each": (
        "auth",
        "columns",
        "guards",
        "limits",
        "paginators",
        "quotas",
        "refusals",
        "retry",
        "selectors",
        "transport",
        "windows",
    ),
    "3, declarations": ("resource", "mistakes", "connector"),
    "4, hooks": ("hookspecs", "defaults", "plugins"),
    "5, reading": (
        "checkpoints",
        "failures",
        "skips",
        "cursors",
        "limiter",
        "shared_limiter",
        "telemetry",
        "exchange",
        "attempt",
        "client",
        "courses",
        "capping",
        "partitioner",
        "reader",
        "readings",
        "feeds",
        "planning",
        "scheduler",
        "isolation",
        "advance",
        "extraction",
    ),
    "6, loading": (
        "settings",
        "opening",
        "explanations",
        "records",
        "batches",
        "tables",
        "inferring",
        "repairing",
        "fitting",
        "delivery",
        "plans",
        "side_tables",
        "skips_table",
        "reports",
        "histories",
        "commits",
        "incomplete",
        "legs",
        "source",
        "pipelines",
        "runs",
        "dialects",
        "__init__",
    ),
    "7, around it": ("testing", "templates", "diagnoses", "cli", "__main__"),
}
# In these a module may import those that stand before it; in all others nobody imports a neighbour.
ORDERED = ("0, what fails", "3, declarations", "4, hooks", "5, reading", "6, loading", "7, around it")

# Only the type checker follows these: an attempt and its exchanges are parts of the client, and what is wrong with a
# connector is a part of it, in modules of their own.
TYPES_ONLY = {("attempt", "client"), ("exchange", "client"), ("mistakes", "connector")}

# Who may import dlt, which takes most of a second, or pyarrow.
DOORS_TO_DLT = {
    "settings",
    "tables",
    "inferring",
    "repairing",
    "delivery",
    "side_tables",
    "source",
    "pipelines",
    "runs",
    "dialects",
    "cli",
    "testing",
    "templates",
}


@frozen
class Import:
    """One import: of which module, by which, and whether only the type checker follows it."""

    module: str
    imported: str
    for_types: bool

    @property
    def parts(self) -> tuple[str, str]:
        """The names in the table: packages stand there as one."""
        return part(self.module), part(self.imported)


def part(module: str) -> str:
    """Return the name of a module in the table."""
    return "__init__" if module == "sdk" else module.split(".")[1]


def modules() -> dict[str, Path]:
    """Return all modules by name, packages by their own."""
    found = {}
    for path in SDK.rglob("*.py"):
        names = ("sdk", *path.relative_to(SDK).with_suffix("").parts)
        found[".".join(names[:-1] if names[-1] == "__init__" else names)] = path
    return found


def imports(module: str, path: Path) -> Iterator[Import]:
    """Yield each import in a module, wherever it stands."""
    tree = ast.parse(path.read_text())
    guarded = {id(one) for node in ast.walk(tree) if is_for_types(node) for one in ast.walk(node)}
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            names = [alias.name for alias in node.names]
        elif isinstance(node, ast.ImportFrom):
            assert node.level == 0, f"{module} imports relatively"
            names = [resolved(str(node.module), alias.name) for alias in node.names]
        else:
            continue
        yield from (Import(module, name, id(node) in guarded) for name in dict.fromkeys(names))


def is_for_types(node: ast.AST) -> bool:
    """Return whether *node* is `if TYPE_CHECKING`."""
    return isinstance(node, ast.If) and isinstance(node.test, ast.Name) and node.test.id == "TYPE_CHECKING"


def resolved(module: str, name: str) -> str:
    """Return what `from module import name` imports: a module of that package, or the module itself."""
    inner = f"{module}.{name}"
    return inner if inner in MODULES else module


MODULES = modules()
ALL = [one for name, path in MODULES.items() for one in imports(name, path)]
OURS = [one for one in ALL if one.imported.split(".")[0] == "sdk"]


def test_every_module_has_its_layer():
    """And stands in one only."""
    placed = [name for layer in LAYERS.values() for name in layer]

    assert sorted(placed) == sorted({part(module) for module in MODULES})


@pytest.mark.parametrize("layer", LAYERS)
def test_imports_go_downward(layer: str):
    """From lower layers, and inside a layer only where it has an order."""
    lower: set[str] = set()
    for name, members in LAYERS.items():
        if name == layer:
            break
        lower |= set(members)

    upward = []
    for position, module in enumerate(LAYERS[layer]):
        allowed = lower | {module} | (set(LAYERS[layer][:position]) if layer in ORDERED else set())
        for one in OURS:
            user, used = one.parts
            if user == module and used not in allowed and not (one.for_types and one.parts in TYPES_ONLY):
                upward.append(f"{one.module} imports {one.imported}")

    assert upward == []


def test_the_exceptions_are_still_needed():
    """A list of exceptions only shrinks when somebody looks."""
    assert {one.parts for one in OURS if one.for_types} >= TYPES_ONLY


def test_no_modules_import_one_another():
    """Inside the packages too: each can be read after those that it imports."""
    graph = {
        module: {one.imported for one in OURS if one.module == module and not one.for_types} - {module}
        for module in MODULES
    }

    order = list(TopologicalSorter(graph).static_order())

    assert sorted(order) == sorted(MODULES)


def test_dlt_has_few_doors():
    """What reads an API knows nothing of where the rows go."""
    users = {part(one.module) for one in ALL if one.imported.split(".")[0] in {"dlt", "pyarrow", "duckdb"}}

    assert users <= DOORS_TO_DLT


def test_nobody_imports_the_command():
    """It is a door, not a room."""
    assert {one.module for one in OURS if one.parts[1] == "cli" and one.parts[0] != "cli"} <= {"sdk.__main__"}


def test_only_the_command_prints_with_rich_and_click():
    """The library is as quiet in a notebook as in a service."""
    users = {part(one.module) for one in ALL if one.imported.split(".")[0] in {"rich", "click"}}

    assert users <= {"cli", "testing"}
