"""Names for a connector: which can be one, which is the nearest that can, and which are taken."""

from __future__ import annotations

import keyword
import re
import unicodedata
from collections.abc import Iterator
from importlib.util import find_spec
from typing import Final

from sdk import plugins

# Stricter than what a declaration takes: two underscores in a row are dlt's sign for a table within a table.
SNAKE_CASE: Final = re.compile(r"[a-z][a-z0-9]*(_[a-z0-9]+)*")

# File systems end at 255 bytes, some destinations at 63 for the name of a schema, and a demo's ends in `_demo_data`.
_LONGEST: Final = 50

_PREFIX: Final = "sdk_plugin_"


def module_of(name: str) -> str:
    """Return the import package of the plugin that offers connector *name*."""
    return f"{_PREFIX}{name}"


def distribution_of(name: str) -> str:
    """Return the distribution of the plugin that offers connector *name*."""
    return module_of(name).replace("_", "-")


def check_name(name: str) -> Iterator[str]:
    """Yield what keeps *name* from being a new connector's name here: what it is, and who has it already."""
    wrong = _fault(name)
    if wrong:
        nearest = snake_case(name)
        yield f"name {name!r} {wrong}; {f'try {nearest!r}' if nearest else 'choose one such as planets'}"
        return
    owner = next((one for one in plugins.installed() if one.name == name), None)
    if owner is not None:
        yield f"name {name!r} is taken: {owner.distribution} {owner.version} is installed and offers it; choose another"
    elif find_spec(module_of(name)) is not None:
        yield f"name {name!r} is taken: a module {module_of(name)} can be imported here already; choose another"


def _fault(name: str) -> str:
    if not SNAKE_CASE.fullmatch(name):
        return "is not snake_case"
    if len(name) > _LONGEST:
        return f"has {len(name)} characters, and {_LONGEST} are the most"
    if keyword.iskeyword(name):
        return "is a word of Python"
    return "is this program's own" if name == "sdk" else ""


def snake_case(text: str) -> str:
    """Return the nearest name in snake_case that can be a connector's; empty when nothing of *text* can stay."""
    plain = unicodedata.normalize("NFKD", text).encode("ascii", "ignore").decode()
    # `HTTPErrors` and `myAPI` are two words each.
    apart = re.sub(r"(?<=[a-z0-9])(?=[A-Z])|(?<=[A-Z])(?=[A-Z][a-z])", "_", plain)
    name = re.sub(r"[^a-z0-9]+", "_", apart.lower()).strip("_").removeprefix(_PREFIX)
    if not re.search("[a-z]", name):
        return ""
    if name[0].isdecimal():
        name = f"api_{name}"
    name = name[:_LONGEST].rstrip("_")
    return f"{name}_api" if _fault(name) else name
