"""The functions of a dictionary's processing steps: copied where they stand for themselves, else asked of the author.

A function is its author's own code. One that needs nothing but its argument and Python's own names is copied; for any
other a place is left that fails when it is reached, since rows that a step should have dropped or made anonymous must
not arrive as if it had.
"""

from __future__ import annotations

import ast
import builtins
import inspect
from collections.abc import Callable, Iterator, Mapping, Sequence
from pathlib import Path
from types import CodeType, FunctionType
from typing import Any, Final

from attrs import define, field

from sdk.templates.translation.code import Name
from sdk.templates.translation.drafts import Notes

_VERBS: Final = {"filter": "keep", "map": "change"}
_HEAD: Final = '''"""What is done with records before they are handed on."""

from typing import Any

from sdk import Record
'''


@define
class Functions:
    """The functions of all steps, as the text of a module.

    Attributes:
        module: The package that the module is in.
        texts: The functions, by their names.
    """

    module: str
    texts: dict[str, str] = field(factory=dict)

    @property
    def text(self) -> str:
        """The module; empty without a function."""
        return "\n\n".join((_HEAD, *self.texts.values())) if self.texts else ""

    def steps(self, given: Sequence[Mapping[str, Any]], resource: str, path: str, notes: Notes) -> dict[str, Name]:
        """Return the arguments of *resource* that do what its steps did."""
        flat = [
            (f"{path}[{number}].{kind}", kind, step[kind])
            for number, step in enumerate(given)
            for kind in ("filter", "map", "yield_map")
            if step.get(kind) is not None
        ]
        kinds = [kind for _, kind, _ in flat]
        if kinds in (["filter"], ["map"], ["filter", "map"]):
            return {kind: self._step(kind, function, resource, where, notes) for where, kind, function in flat}
        if not flat:
            return {}
        notes.add(path, f"{', '.join(kinds)} is not one filter and then one map; write what they do in steps.py")
        return {"map": self._left(f"change_{resource}", path)}

    def _step(self, kind: str, function: Callable[..., Any], resource: str, where: str, notes: Notes) -> Name:
        name = f"{_VERBS[kind]}_{resource}"
        found = _copied(function, name, f"Do what `{where}` did.")
        if found is None:
            notes.add(
                where, "the function needs more than its argument, or has no text of its own; write it in steps.py"
            )
            return self._left(name, where)
        self.texts[name] = f"{found}\n"
        return Name(f"steps.{name}")

    def _left(self, name: str, where: str) -> Name:
        self.texts[name] = (
            f"def {name}(record: Record) -> Any:\n"
            f'    """Do what `{where}` did."""\n'
            f'    raise NotImplementedError("write what {where} did")\n'
        )
        return Name(f"steps.{name}")


def _copied(function: Any, name: str, docstring: str) -> str | None:
    """Return the text of *function* under another name, or `None` where it cannot stand for itself."""
    if not isinstance(function, FunctionType) or not _stands_alone(function):
        return None
    node = _node(function)
    if node is None or len(node.args.args) != 1 or ast.unparse(node.args) != node.args.args[0].arg:
        return None
    argument = ast.arg(node.args.args[0].arg, ast.Name("Record"))
    body: list[ast.stmt] = [ast.Return(node.body)] if isinstance(node, ast.Lambda) else list(node.body)
    if isinstance(node, ast.FunctionDef) and ast.get_docstring(node) is not None:
        body = body[1:]
    made = ast.FunctionDef(
        name,
        ast.arguments(posonlyargs=[], args=[argument], kwonlyargs=[], kw_defaults=[], defaults=[]),
        [ast.Expr(ast.Constant(docstring)), *body],
        [],
        ast.Name("Any"),
    )
    return ast.unparse(ast.fix_missing_locations(made)).replace(f"'''{docstring}'''", f'"""{docstring}"""')


def _stands_alone(function: FunctionType) -> bool:
    if function.__code__.co_freevars or function.__defaults__ or function.__kwdefaults__:
        return False
    known = function.__globals__.keys() - vars(builtins).keys()
    return not any(name in known for code in _codes(function.__code__) for name in code.co_names)


def _codes(code: CodeType) -> Iterator[CodeType]:
    yield code
    for one in code.co_consts:
        if isinstance(one, CodeType):
            yield from _codes(one)


def _node(function: FunctionType) -> ast.FunctionDef | ast.Lambda | None:
    """Return the one piece of the function's file that compiles to it."""
    file = inspect.getsourcefile(function)
    if file is None or not Path(file).is_file():
        return None
    tree = ast.parse(Path(file).read_text(encoding="utf-8"))
    found: list[ast.FunctionDef | ast.Lambda] = [
        node
        for node in ast.walk(tree)
        if isinstance(node, ast.FunctionDef | ast.Lambda)
        and node.lineno == function.__code__.co_firstlineno
        and _same(node, function.__code__)
    ]
    # Two that are the same code on one line are the same function.
    return found[0] if found else None


def _same(node: ast.FunctionDef | ast.Lambda, code: CodeType) -> bool:
    if isinstance(node, ast.FunctionDef):
        return node.name == code.co_name and not node.decorator_list
    made = compile(ast.fix_missing_locations(ast.Expression(node)), "<lambda>", "eval")
    [inner] = [one for one in made.co_consts if isinstance(one, CodeType)]
    return (inner.co_code, inner.co_names, inner.co_varnames) == (code.co_code, code.co_names, code.co_varnames) and (
        _constants(inner) == _constants(code)
    )


def _constants(code: CodeType) -> list[Any]:
    return [_constants(one) if isinstance(one, CodeType) else one for one in code.co_consts]
