"""Read the YAML of a cassette strictly: files are edited by hand, and what is wrong in one is said with its line."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator, Mapping
from difflib import get_close_matches
from typing import Any, Final, NoReturn
from urllib.parse import urlsplit

import yaml  # type: ignore[import-untyped]

from sdk.instants import parse_instant

try:
    from yaml import CSafeLoader as Loader
except ImportError:
    from yaml import SafeLoader as Loader

__all__ = ["CassetteError", "Loader", "load"]

VERSION: Final = 1

_SIZE: Final = 8 * 2**20
_DEPTH: Final = 60
_KINDS: Final = {"str": "a text", "int": "a whole number", "null": "nothing", "map": "a mapping", "seq": "a list"}
_STATUSES: Final = range(100, 600)

_Check = Callable[[Any, str], None]


class CassetteError(ValueError):
    """Report a cassette that is not there, cannot be read or does not go with its test."""


def load(text: str) -> Any:
    """Return the data of a cassette as it is written: plain values of the one format there is, nothing else.

    Raises:
        CassetteError: It is no cassette; the message is one line, which says where.
    """
    if len(text) > _SIZE:
        raise CassetteError(f"a cassette of {len(text):,} characters is too large; {_SIZE:,} are the most")
    try:
        _check_events(text)
        node = yaml.compose(text, Loader=Loader)
    except yaml.MarkedYAMLError as error:
        line = error.problem_mark.line + 1 if error.problem_mark else 1
        raise CassetteError(f"line {line}: this is no YAML: {_said(error.problem)}") from None
    except yaml.reader.ReaderError as error:
        line = text.count("\n", 0, error.position) + 1
        raise CassetteError(f"line {line}: this is no YAML: {_said(error.reason)}") from None
    except (yaml.YAMLError, UnicodeError) as error:
        raise CassetteError(f"line 1: this is no YAML: {type(error).__name__}") from None
    if node is None:
        raise CassetteError("line 1: an empty file is no cassette")
    _cassette(node, "the cassette")
    try:
        return yaml.constructor.SafeConstructor().construct_document(node)
    except (yaml.YAMLError, ValueError, OverflowError):
        raise CassetteError(
            "line 1: this is no cassette: one of its values cannot be read; put texts in quotes"
        ) from None


def _check_events(text: str) -> None:
    """Refuse what makes a small file huge or deep, or builds something else than plain values, before it is built."""
    depth = 0
    for event in yaml.parse(text, Loader=Loader):
        if isinstance(event, yaml.AliasEvent) or getattr(event, "anchor", None):
            _refuse(event, "a cassette has no anchors and no aliases; write the value out")
        if getattr(event, "tag", None):
            _refuse(event, "a cassette has no tags and no binary data; write a plain text")
        depth += isinstance(event, yaml.CollectionStartEvent) - isinstance(event, yaml.CollectionEndEvent)
        if depth > _DEPTH:
            _refuse(event, f"nested more than {_DEPTH} deep")


def _refuse(place: Any, problem: str) -> NoReturn:
    raise CassetteError(f"line {place.start_mark.line + 1}: {problem}")


def _said(problem: str | None) -> str:
    return " ".join((problem or "it cannot be read").split())[:200]


def _kind(node: Any) -> str:
    return str(node.tag.rpartition(":")[2])


def _plain(*kinds: str) -> _Check:
    def check(node: Any, what: str) -> None:
        if (found := _kind(node)) not in kinds:
            quotes = "; put it in quotes" if "str" in kinds and isinstance(node, yaml.ScalarNode) else ""
            wanted = " or ".join(_KINDS[one] for one in kinds)
            _refuse(node, f"{what} is {_KINDS.get(found, f'a value like a {found}')}, not {wanted}{quotes}")

    return check


def _members(node: Any, what: str) -> Iterator[tuple[str, Any]]:
    """Yield the members of a mapping, each once."""
    _plain("map")(node, what)
    seen: dict[str, int] = {}
    for key, value in node.value:
        if _kind(key) != "str":
            _refuse(key, f"a key of {what} is not a text; put it in quotes")
        name = str(key.value)
        if name in seen:
            _refuse(key, f"{what} has {name[:60]!r} twice, first in line {seen[name]}")
        seen[name] = key.start_mark.line + 1
        yield name, value


def _record(needed: Mapping[str, _Check], optional: Mapping[str, _Check] | None = None) -> _Check:
    known = {**needed, **(optional or {})}

    def check(node: Any, what: str) -> None:
        found = dict(_members(node, what))
        for name, value in found.items():
            if name not in known:
                near = get_close_matches(name, known, 1)
                meant = f"did you mean {near[0]!r}?" if near else f"it has {', '.join(known)}"
                _refuse(value, f"{what} has no {name[:60]!r}; {meant}")
        if missing := [name for name in needed if name not in found]:
            _refuse(node, f"{what} lacks {' and '.join(map(repr, missing))}")
        for name, value in found.items():
            known[name](value, f"{name} of {what}")

    return check


def _each(check_one: _Check, what_one: str) -> _Check:
    def check(node: Any, what: str) -> None:
        _plain("seq")(node, what)
        for number, one in enumerate(node.value, 1):
            check_one(one, f"{what_one} {number}" if what_one else what)

    return check


def _any(node: Any, what: str) -> None:
    """Accept plain values, in mappings without double keys."""
    if isinstance(node, yaml.MappingNode):
        for name, value in _members(node, what):
            _any(value, f"{name} of {what}")
    elif isinstance(node, yaml.SequenceNode):
        for one in node.value:
            _any(one, what)


def _settings(node: Any, what: str) -> None:
    _plain("map")(node, what)
    _any(node, what)


def _headers(node: Any, what: str) -> None:
    for name, values in _members(node, what):
        _each(_plain("str"), "")(values, f"{name[:60]!r} of {what}")
        if not values.value:
            _refuse(values, f"{name[:60]!r} of {what} has no value")


def _number(least: int, most: int) -> _Check:
    def check(node: Any, what: str) -> None:
        _plain("int")(node, what)
        digits = str(node.value).replace("_", "")
        if not (
            digits.isascii() and digits.isdigit() and len(digits) <= len(str(most)) and least <= int(digits) <= most
        ):
            _refuse(node, f"{what} is not between {least} and {most}")

    return check


def _version(node: Any, what: str) -> None:
    if node.value != str(VERSION) or _kind(node) != "int":
        _refuse(node, f"{what} is not {VERSION}, the only one there is; record it anew")


def _clock(node: Any, what: str) -> None:
    _plain("str")(node, what)
    try:
        found = parse_instant(node.value)
    except (ValueError, OverflowError):
        found = None
    if found is None:
        _refuse(node, f"{what} is no moment such as 2025-06-01T12:00:00Z")


def _address(node: Any, what: str) -> None:
    _plain("str")(node, what)
    try:
        parts = urlsplit(node.value)
        known = parts.scheme in {"http", "https"} and bool(parts.hostname) and (parts.port is None or parts.port > 0)
    except ValueError:
        known = False
    if not known:
        _refuse(node, f"{what} is no http(s) address")


def _json(node: Any, what: str) -> None:
    _plain("str")(node, what)
    try:
        records = json.loads(node.value)
    except (ValueError, RecursionError):
        records = None
    if not isinstance(records, list) or not all(isinstance(one, dict) for one in records):
        _refuse(node, f"{what} is no JSON list of records")


_TEXT: Final = _plain("str")
_TEXT_OR_NOTHING: Final = _plain("str", "null")

_opening: Final = _record(
    {"clock": _clock, "settings": _settings},
    {"base_path": _TEXT, "size": _record({"pages": _number(1, 10_000), "parents": _number(1, 10_000)})},
)
_recorded: Final = _record(
    {},
    {
        "secrets": _each(_TEXT, "secret"),
        "openings": _each(_opening, "opening"),
        "truths": _each(_record({"question": _TEXT, "records": _json}), "truth"),
    },
)
_request: Final = _record({"method": _TEXT, "uri": _address, "headers": _headers, "body": _TEXT_OR_NOTHING})
_response: Final = _record(
    {
        "status": _record({"code": _number(_STATUSES.start, _STATUSES.stop - 1), "message": _TEXT_OR_NOTHING}),
        "headers": _headers,
        "body": _record({"string": _TEXT_OR_NOTHING}),
    }
)
_interactions: Final = _each(_record({"request": _request, "response": _response}), "interaction")
_cassette: Final = _record({"version": _version, "interactions": _interactions}, {"recorded": _recorded})
