"""Read a dictionary from a file: JSON, TOML, YAML, or a name in a Python file.

YAML is read as data and nothing else: no key twice, no aliases, and only `true`, `false`, `null` and plain numbers are
anything but text, so that a country `no` stays a country and a date stays what was written.
"""

from __future__ import annotations

import json
import re
import sys
import tomllib
from collections.abc import Mapping, Sequence
from importlib.util import module_from_spec, spec_from_file_location
from pathlib import Path
from typing import Any, Final

import yaml  # type: ignore[import-untyped] # PyYAML comes without types

from sdk.dialects.taking import Taken, missing, taking
from sdk.errors import SettingError

SUFFIXES: Final = (".json", ".toml", ".yaml", ".yml", ".py")

# More than any dictionary holds; what is larger is another file.
_LARGEST: Final = 4 * 2**20


def is_document(text: str) -> bool:
    """Return whether *text* names a file with a dictionary, and no connector."""
    path, _, _ = _split(text)
    return path.suffix.lower() in SUFFIXES


def read(text: str, *, without_secrets: bool = False) -> tuple[str, Any]:
    """Return a name for what *text* names, and the dictionary in it.

    Args:
        text: `FILE.json`, `FILE.toml`, `FILE.yaml`, or `FILE.py:NAME`; without a name the only dictionary that has
            a client and resources, or that is handed to `rest_api_source`.
        without_secrets: Secrets that a Python file looks up may be missing: the dictionary is looked at only.

    Raises:
        SettingError: There is no such file, or it cannot be read as what its name says.
    """
    path, name, shown = _split(text)
    if not path.is_file():
        raise SettingError(f"there is no file {shown}")
    if path.suffix.lower() == ".py":
        return _named(path, name), _from_python(path, name, without_secrets=without_secrets)
    if path.stat().st_size > _LARGEST:
        raise SettingError(f"{shown} is larger than {_LARGEST} bytes; is it a dictionary?")
    try:
        return _named(path, ""), _parsed(path)
    except (ValueError, yaml.YAMLError, RecursionError) as error:
        raise SettingError(f"{shown} cannot be read: {_reason(error)}") from None


def _split(text: str) -> tuple[Path, str, str]:
    file, colon, name = text.rpartition(":")
    if colon and file.lower().endswith(".py"):
        return Path(file), name, file
    return Path(text), "", text


def _named(path: Path, name: str) -> str:
    word = path.stem if not name or name.lower() in {"config", "source", "configuration"} else name
    made = re.sub(r"[^a-z0-9_]+", "_", word.lower()).strip("_")
    return made if made[:1].isalpha() else f"api_{made}"


def _parsed(path: Path) -> Any:
    text = path.read_text(encoding="utf-8-sig")
    match path.suffix.lower():
        case ".json":
            return json.loads(text, object_pairs_hook=_once, parse_constant=_no_number)
        case ".toml":
            return tomllib.loads(text)
        case _:
            return yaml.load(text, Loader=_Loader)  # noqa: S506 - a safe loader, made stricter


def _once(pairs: Sequence[tuple[str, Any]]) -> dict[str, Any]:
    found: dict[str, Any] = {}
    for key, value in pairs:
        if key in found:
            raise ValueError(f"the key {key!r} stands twice in one object")
        found[key] = value
    return found


def _no_number(word: str) -> Any:
    raise ValueError(f"{word} is no number of JSON")


def _reason(error: BaseException) -> str:
    if isinstance(error, RecursionError):
        return "it is nested too deeply"
    mark = getattr(error, "problem_mark", None)
    problem = getattr(error, "problem", None) or str(error)
    return f"line {mark.line + 1}: {problem}" if mark is not None else problem


class _Loader(yaml.SafeLoader):  # type: ignore[misc] # as above
    """Reads YAML as data: what YAML 1.2 calls its core schema, without aliases."""

    yaml_implicit_resolvers: Mapping[str, Any] = {}

    def compose_node(self, parent: Any, index: Any) -> Any:
        """Return the next node.

        Raises:
            YAMLError: It is an alias: ten of them in each other make billions.
        """
        if self.check_event(yaml.AliasEvent):
            event = self.peek_event()
            raise yaml.composer.ComposerError(None, None, "aliases are not read; write it out", event.start_mark)
        return super().compose_node(parent, index)

    def construct_mapping(self, node: Any, deep: bool = False) -> dict[Any, Any]:  # noqa: FBT001, FBT002 - PyYAML's
        """Return a mapping.

        Raises:
            YAMLError: A key stands twice in it.
        """
        seen = set()
        for key_node, _ in node.value:
            key = self.construct_object(key_node, deep=True)
            problem = None
            if not isinstance(key, str):
                problem = "a key must be text"
            elif key in seen:
                problem = f"the key {key!r} stands twice"
            if problem is not None:
                raise yaml.constructor.ConstructorError(None, None, problem, key_node.start_mark)
            seen.add(key)
        made: dict[Any, Any] = super().construct_mapping(node, deep)
        return made


for _tag, _pattern, _begins in (
    ("tag:yaml.org,2002:bool", r"true|false|True|False|TRUE|FALSE", "tTfF"),
    ("tag:yaml.org,2002:int", r"-?(?:0|[1-9][0-9]*)", "-0123456789"),
    ("tag:yaml.org,2002:float", r"-?(?:0|[1-9][0-9]*)(?:\.[0-9]+)?(?:[eE][-+]?[0-9]+)?", "-0123456789"),
    ("tag:yaml.org,2002:null", r"~|null|Null|NULL|", ["~", "n", "N", ""]),
):
    _Loader.add_implicit_resolver(_tag, re.compile(rf"^(?:{_pattern})$"), list(_begins))


def _from_python(path: Path, name: str, *, without_secrets: bool) -> Any:
    """Return the dictionary *name* of a Python file, which is run for that up to where it wants a source."""
    spec = spec_from_file_location(path.stem, path)
    if spec is None or spec.loader is None:
        raise SettingError(f"{path} is no Python file")
    module = module_from_spec(spec)
    failure: Exception | None = None
    sys.path.insert(0, str(path.parent))
    try:
        with taking(without_secrets=without_secrets) as taken:
            spec.loader.exec_module(module)
    except Exception as error:  # noqa: BLE001 - the file's own, told below unless what is wanted was there before
        failure = error
    finally:
        sys.path.remove(str(path.parent))
    if name and hasattr(module, name):
        value = getattr(module, name)
        return value.config if isinstance(value, Taken) else value
    if failure is not None and (name or not taken):
        reason = missing(failure) or f"{type(failure).__name__}: {failure}"
        raise SettingError(f"{path} cannot be run: {reason}") from failure
    if name:
        raise SettingError(f"{path} has no {name!r}")
    return _only_one(path, vars(module), taken)


def _only_one(path: Path, values: Mapping[str, Any], taken: Sequence[Taken]) -> Any:
    """Return the only dictionary among the *values* of a file, or of those that it handed to a source."""
    named = {
        key: value
        for key, value in values.items()
        if isinstance(value, Mapping) and {"client", "resources"} <= value.keys()
    }
    handed = {key: value.config for key, value in values.items() if isinstance(value, Taken)}
    known = {id(value): key for key, value in {**handed, **named}.items()}
    configs = {id(one): one for one in (*named.values(), *(one.config for one in taken))}
    if len(configs) != 1:
        found = f"it has {', '.join(known.values())}" if known else "it has none"
        raise SettingError(f"{path}: name the dictionary that has a client and resources, {path}:NAME; {found}")
    return next(iter(configs.values()))
