"""What is published of a connector agrees with what it declares."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator
from typing import Final

from packaging.requirements import InvalidRequirement, Requirement
from packaging.utils import canonicalize_name
from packaging.version import InvalidVersion, Version

import sdk
from sdk.testing.suite.distribution import Published
from sdk.testing.suite.findings import Finding
from sdk.testing.suite.subject import Subject

_CORE: Final = "connector-sdk"
_BOUNDS: Final = frozenset({"<", "<=", "==", "~=", "==="})

# As few as are written in words.
_NUMBERS: Final = (
    *("no", "one", "two", "three", "four", "five", "six"),
    *("seven", "eight", "nine", "ten", "eleven", "twelve"),
)

# What may be imported from a module of the library; each says in its docstring what is public in it. Own paginators
# and auth schemes are built on these.
_PUBLIC: Final = frozenset({"sdk.auth", "sdk.messages", "sdk.paginators", "sdk.paginators.paginator"})


def names(subject: Subject) -> Iterator[Finding]:
    """The distribution is called after its connector, has a version, and says which library it is for."""
    published = Published.of(subject.name, subject.folder.parent)
    wanted = f"sdk-plugin-{canonicalize_name(subject.name)}"
    if published.name != wanted and not published.name.endswith(f"-{wanted}"):
        yield Finding(
            "misnamed",
            "",
            f"the distribution of connector {subject.name!r} is called {published.name!r}, where people look for "
            f"{wanted!r}; rename it, or put a word of your own before it (acme-{wanted})",
        )
    try:
        Version(published.version)
    except InvalidVersion:
        yield Finding("no-version", "", f"the distribution's version {published.version!r} is none; write one as 0.1.0")
    yield from _dependency(published)


def _dependency(published: Published) -> Iterator[Finding]:
    advice = f'declare dependencies = ["{_CORE}>=0.1,<0.2"]'
    for text in published.distribution.requires or ():
        try:
            requirement = Requirement(text)
        except InvalidRequirement:
            continue
        # What only an extra wants is not what the plugin itself says.
        if canonicalize_name(requirement.name) == _CORE and "extra" not in str(requirement.marker or ""):
            if not any(one.operator in _BOUNDS for one in requirement.specifier):
                yield Finding(
                    "unbound-dependency",
                    "",
                    f"{str(requirement)!r} has no upper bound, so a later {_CORE} may break the plugin; {advice}",
                )
            return
    yield Finding("no-dependency", "", f"the distribution does not depend on {_CORE}; {advice}")


def imports(subject: Subject) -> Iterator[Finding]:
    """Nothing is imported from below the public names, where any release may change everything."""
    for path in Published.of(subject.name, subject.folder.parent).modules():
        for node in ast.walk(ast.parse(path.read_bytes())):
            for private in _private(node):
                line = getattr(node, "lineno", 0)
                yield Finding(
                    "private-import",
                    "",
                    f"{path.name}, line {line}: {private} is below the public names and may change with any release; "
                    "import from sdk, sdk.paginators or sdk.testing",
                )


def _private(node: ast.AST) -> Iterator[str]:
    if isinstance(node, ast.Import):
        for alias in node.names:
            if alias.name.partition(".")[0] == "sdk" and not _is_public(alias.name):
                yield alias.name
    elif isinstance(node, ast.ImportFrom) and node.level == 0 and str(node.module).partition(".")[0] == "sdk":
        for alias in node.names:
            inner = f"{node.module}.{alias.name}"
            if node.module == "sdk":
                if alias.name not in sdk.__all__ and not _is_public(inner):
                    yield inner
            elif not _is_public(str(node.module)):
                yield inner


def _is_public(module: str) -> bool:
    return module == "sdk" or module in _PUBLIC or f"{module}.".startswith("sdk.testing.")


def readme(subject: Subject) -> Iterator[Finding]:
    """The README names each setting and each table."""
    text = Published.of(subject.name, subject.folder.parent).readme
    if not text.strip():
        yield Finding("no-readme", "", "the distribution has no README; write README.md and name it in pyproject.toml")
        return
    for setting in subject.declared.declared_settings:
        if not _mentions(text, setting.name):
            yield Finding("readme-setting", "", f"the README does not mention the setting {setting.name!r}")
    tables = subject.resources
    missing = [name for name in tables if not _mentions(text, name)]
    if missing and not _counts(text, len(tables)):
        yield Finding(
            "readme-table",
            "",
            f"the README mentions neither the tables {', '.join(missing)} nor how many there are; give each its "
            f'row, or write "{len(tables)} table{"" if len(tables) == 1 else "s"}"',
        )


def _counts(text: str, number: int) -> bool:
    """Return whether *text* says how many tables there are; a digit alone is also that of a list."""
    word = f"|{_NUMBERS[number]}" if number < len(_NUMBERS) else ""
    return re.search(rf"(?i)(?<![\w.,-])(?:{number}{word})\s+(?:[a-z]+\s+)?tables?\b", text) is not None


def _mentions(text: str, word: str) -> bool:
    return re.search(rf"(?<![\w-]){re.escape(word)}(?![\w-])", text) is not None
