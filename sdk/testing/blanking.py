"""Blank fields whose values must not be stored, and that nothing else finds."""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import Any, Final

from attrs import define, field

from sdk.testing.exchanges import Exchanges
from sdk.testing.fakes import Fakes
from sdk.testing.literal_json import Members, Number, parse, written

# What is shorter, or a sentence, would be found where something else is meant.
_KEY: Final = re.compile(r"\S{8,}")


@define
class Blanked:
    """The fields to blank.

    A text becomes one that stands for it, the same each time, so that what is asked with it when recording is asked
    when playing too; a number becomes 0, a list or an object an empty one.

    Attributes:
        fields: Dotted names that pass through lists; `*` is any one name.
    """

    fields: Sequence[str]
    _fakes: Fakes
    _exchanges: Exchanges
    _met: set[str] = field(factory=set, init=False)

    @property
    def unmatched(self) -> tuple[str, ...]:
        """The fields that no answer had so far."""
        return tuple(one for one in self.fields if one not in self._met)

    def body(self, text: str) -> str:
        """Return a JSON body with these fields blanked; any other body as it is."""
        if not self.fields:
            return text
        try:
            value = parse(text)
        except ValueError:
            return text
        made = value
        for one in self.fields:
            made = self._at(made, one.split("."), one)
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
