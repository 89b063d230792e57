"""Blank fields whose values must not be stored, and that nothing else finds."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from difflib import SequenceMatcher
from typing import Any, Final

from attrs import define, field

from sdk.testing.exchanges import Exchanges
from sdk.testing.fakes import Fakes
from sdk.testing.literal_json import Members, Number, parse, written

# What is shorter, or a sentence, would be found where something else is meant.
_KEY: Final = re.compile(r"\S{8,}")
# How a path passes through a list elsewhere; here it does so by itself.
_INDEX: Final = re.compile(r"\[(?:\*|\d*)\]")
# What else is a key in an answer, such as an address, may be personal: it is not shown.
_NAME: Final = re.compile(r"[A-Za-z_][\w-]{0,60}")
_PATHS_AT_MOST: Final = 5_000
_NEAR: Final = 3


@define
class Blanked:
    """The fields to blank.

    A text becomes one that stands for it, the same each time, so that what is asked with it when recording is asked
    when playing too; a number becomes 0, a list or an object an empty one.

    Attributes:
        fields: Dotted names that pass through lists, `data.plate` or `data[*].plate`; `*` is any one name. A name
            without a dot is blanked wherever it stands.
    """

    fields: Sequence[str]
    _fakes: Fakes
    _exchanges: Exchanges
    _met: set[str] = field(factory=set, init=False)
    _paths: dict[str, None] = field(factory=dict, init=False)

    @property
    def unmatched(self) -> tuple[str, ...]:
        """The fields that no answer had so far."""
        return tuple(one for one in self.fields if one not in self._met)

    def nearest(self, wanted: str) -> tuple[str, ...]:
        """Return the dotted names of answers that come nearest to *wanted*; names only, never what is in them."""
        path = ".".join(_names(wanted))

        def likeness(known: str) -> float:
            last, whole = known.rpartition(".")[2], path.rpartition(".")[2]
            return 2 * SequenceMatcher(None, last, whole).ratio() + SequenceMatcher(None, known, path).ratio()

        return tuple(sorted(self._paths, key=likeness, reverse=True)[:_NEAR])

    def body(self, text: str) -> str:
        """Return a JSON body with these fields blanked; any other body as it is."""
        if not self.fields:
            return text
        try:
            value = parse(text)
        except ValueError:
            return text
        self._note(value)
        made = value
        for one in self.fields:
            names = _names(one)
            anywhere = len(names) == 1 and names != ["*"]
            made = self._anywhere(made, names[0], one) if anywhere else self._at(made, names, one)
        return text if made == value else written(made)

    def _at(self, value: Any, names: list[str], whole: str) -> Any:
        match value:
            case list() if names:
                return [self._at(one, names, whole) for one in value]
            case Members(pairs) if names:
                return Members(
                    [(key, self._at(one, names[1:], whole) if names[0] in {key, "*"} else one) for key, one in pairs]
                )
            case _ if names:
                return value
        self._met.add(whole)
        return self._blank(value)

    def _anywhere(self, value: Any, name: str, whole: str) -> Any:
        match value:
            case list():
                return [self._anywhere(one, name, whole) for one in value]
            case Members(pairs):
                return Members(
                    [
                        (key, self._at(one, [], whole) if key == name else self._anywhere(one, name, whole))
                        for key, one in pairs
                    ]
                )
        return value

    def _note(self, value: Any) -> None:
        for path in _paths(value):
            if len(self._paths) >= _PATHS_AT_MOST:
                return
            self._paths[path] = None

    def _blank(self, value: Any) -> Any:
        match value:
            case Number():
                return Number("0")
            case str():
                made = self._fakes.blanked(value)
                return self._exchanges.stand_in(value, made) if made != value and _KEY.fullmatch(value) else made
            case list():
                return []
            case Members():
                return Members([])
            case _:
                return value


def _names(path: str) -> list[str]:
    return _INDEX.sub("", path).removeprefix("$").strip(".").split(".")


def _paths(value: Any, above: str = "") -> Iterator[str]:
    """Yield the dotted names of a value's fields."""
    match value:
        case list():
            for one in value:
                yield from _paths(one, above)
        case Members(pairs):
            for key, one in pairs:
                if _NAME.fullmatch(key):
                    yield f"{above}{key}"
                    yield from _paths(one, f"{above}{key}.")
