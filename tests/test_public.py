"""What `import sdk` offers: everything that is public, sorted, and explained."""

from __future__ import annotations

import ast
import inspect
import re
from pathlib import Path
from types import ModuleType

import pytest

import sdk

# A type alias and two values, which their types explain.
WITHOUT_A_DOCSTRING = {"LAST_PAGE", "Record", "hookimpl"}


def rank(name: str) -> tuple[int, str]:
    """Return where a name stands: constants, then classes, then functions (ruff's RUF022)."""
    return (0 if name.isupper() else 1 if name[0].isupper() else 2), name


def imported() -> set[str]:
    """Return the names that `sdk/__init__.py` imports from its own modules."""
    tree = ast.parse(Path(str(sdk.__file__)).read_text())
    nodes = [one for one in ast.walk(tree) if isinstance(one, ast.ImportFrom) and str(one.module).startswith("sdk.")]
    return {alias.asname or alias.name for node in nodes for alias in node.names}


def test_all_is_sorted():
    """Constants, classes, functions, each by name: where to look, and where to add."""
    assert sdk.__all__ == sorted(sdk.__all__, key=rank)


def test_all_is_complete():
    """It names what the package imports from its modules, and nothing else."""
    assert set(sdk.__all__) == imported()
    assert len(sdk.__all__) == len(set(sdk.__all__))


def test_every_name_is_there():
    """Those that are imported late, too, and `dir` shows them."""
    assert set(sdk.__all__) <= set(dir(sdk))
    assert [name for name in sdk.__all__ if not hasattr(sdk, name)] == []


def test_nothing_else_is_public():
    """What is neither in `__all__` nor a module is private."""
    others = {
        name
        for name, value in vars(sdk).items()
        if not name.startswith("_") and not isinstance(value, ModuleType) and name not in sdk.__all__
    }

    assert others <= {"Any", "TYPE_CHECKING", "annotations"}


@pytest.mark.parametrize("name", sorted(set(sdk.__all__) - WITHOUT_A_DOCSTRING))
def test_every_public_object_is_explained(name: str):
    """By a sentence of its own that says more than the name does."""
    doc = vars(getattr(sdk, name)).get("__doc__") if inspect.isclass(getattr(sdk, name)) else getattr(sdk, name).__doc__
    first = (doc or "").strip().split("\n\n")[0]
    words = set(re.findall(r"[a-z]{3,}", first.lower())) - set(re.findall(r"[a-z]+", name.lower()))

    assert first.endswith((".", ":")), f"{name} has no docstring that begins with a sentence"
    assert len(words) >= 3, f"the docstring of {name} says no more than its name"


def test_an_error_is_caught_by_its_base():
    """Whatever this library raises on purpose."""
    errors = {name for name in sdk.__all__ if name.endswith("Error")}

    assert all(issubclass(getattr(sdk, name), sdk.SDKError) for name in errors)


def test_a_name_that_does_not_exist_is_an_attribute_error():
    """As for any module, the late ones notwithstanding."""
    with pytest.raises(AttributeError, match=r"^module 'sdk' has no attribute 'laod'$"):
        sdk.laod  # type: ignore[attr-defined] # noqa: B018
