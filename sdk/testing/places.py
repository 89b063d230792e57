"""Tell where in a cassette a character stands, in words that a person can look up."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Any, Final

import yaml  # type: ignore[import-untyped]
from attrs import field, frozen

from sdk.testing.cassette_format import Loader

_TOKEN: Final = re.compile(r'"(?:[^"\\]|\\.)*"|[{}\[\],:]')
_KEY: Final = re.compile(r'"?((?:[^"\\]|\\.)*)"\s*:')
_TEXTS: Final = ("string", "body", "records")


@frozen
class Place:
    """A place in a cassette.

    Attributes:
        part: Which part of which exchange: `the answer to request 3`.
        path: Dotted names of the fields of a JSON body, through lists: `data.session_url`.
    """

    part: str = ""
    path: str = ""

    def __str__(self) -> str:
        return " of ".join(filter(None, (self.path, self.part)))


@frozen
class Places:
    """The places of a cassette.

    Attributes:
        text: The cassette.
    """

    text: str
    _root: Any = field(init=False, repr=False)

    def __attrs_post_init__(self) -> None:
        try:
            root = yaml.compose(self.text, Loader=Loader)
        except (yaml.YAMLError, RecursionError, ValueError):
            root = None
        object.__setattr__(self, "_root", root)

    def of(self, at: int) -> Place:
        """Return the place of the character *at*; an empty one where the text is no cassette."""
        names, node = self._found(at)
        path = _path(self.text, self._start(node), at) if names[-1:] and names[-1] in _TEXTS else ""
        match names:
            case ["interactions", int(number), "request", *rest]:
                return Place(f"{_part(rest)} of request {number + 1}", path)
            case ["interactions", int(number), "response", *rest]:
                return Place(f"{_part(rest)} of the answer to request {number + 1}", path)
            case _:
                return Place(".".join(map(str, names)), path)

    def _found(self, at: int) -> tuple[list[Any], Any]:
        """Return the way to the scalar that holds the character *at*, and that scalar."""
        names: list[Any] = []
        node, deeper = self._root, self._root
        while deeper is not None:
            node, deeper = deeper, None
            for name, child in _children(node):
                if child.start_mark.index <= at < child.end_mark.index:
                    names.append(name)
                    deeper = child
                    break
        return names, node

    def _start(self, node: Any) -> int:
        start: int = node.start_mark.index
        # What stands before the value: the sign of a text of several lines, or a quote.
        sign = re.match(r"\|[-+\d]*\n|['\"]", self.text[start : start + 8])
        return start + (sign.end() if sign else 0)


def _part(names: list[Any]) -> str:
    match names:
        case ["headers", str(name), *_]:
            return f"the header {name!r}"
        case ["body", *_]:
            return "the body"
        case ["uri"]:
            return "the address"
        case _:
            return ".".join(map(str, names)) or "a part"


def _children(node: Any) -> Iterator[tuple[Any, Any]]:
    match node:
        case yaml.MappingNode():
            for key, value in node.value:
                yield key.value, value
        case yaml.SequenceNode():
            yield from enumerate(node.value)


def _path(text: str, start: int, at: int) -> str:
    """Return the dotted names that lead to the character *at* of the JSON that begins at *start*."""
    names: list[str | None] = []
    last = ""
    for match in _TOKEN.finditer(text, start, at):
        match match[0]:
            case "{" | "[" as opened:
                names.append("" if opened == "{" else None)
            case "}" | "]":
                names = names[:-1]
            case ":" if names and names[-1] is not None:
                names[-1] = last
            case "," if names and names[-1] is not None:
                names[-1] = ""
            case other:
                last = other[1:-1]
    if names[-1:] == [""] and (key := _KEY.match(text, at)):
        names[-1] = key[1]
    return ".".join(filter(None, names))
