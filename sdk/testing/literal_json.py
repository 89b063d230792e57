"""Change texts inside JSON, and leave everything else as it was written: numbers, double keys, order."""

from __future__ import annotations

import json
from collections.abc import Sequence
from typing import Any

from attrs import frozen


class Number(str):
    """A number as it was written: `1.50` and `1E400` would be others after a parser read them."""

    __slots__ = ()


@frozen
class Members:
    """The members of an object, in order; a name may be there twice."""

    pairs: Sequence[tuple[str, Any]]

    def get(self, name: str) -> Any:
        """Return the last value under *name*, as parsers do, or `None`."""
        return dict(self.pairs).get(name)


def parse(text: str) -> Any:
    """Return what *text* says, objects as `Members` and numbers as `Number`.

    Raises:
        ValueError: It is no JSON, or too deep.
    """
    try:
        return json.loads(text, parse_float=Number, parse_int=Number, parse_constant=Number, object_pairs_hook=Members)
    except RecursionError:
        raise ValueError("JSON too deep") from None


def written(value: Any) -> str:
    """Return the JSON text of what `parse` returned."""
    match value:
        case Number():
            return str(value)
        case Members(pairs):
            return "{" + ", ".join(f"{_quoted(name)}: {written(one)}" for name, one in pairs) + "}"
        case list():
            return "[" + ", ".join(map(written, value)) + "]"
        case str():
            return _quoted(value)
        case _:
            return json.dumps(value)


def _quoted(text: str) -> str:
    # Half a character, which JSON can hold and UTF-8 cannot, is written as an escape.
    return json.dumps(text, ensure_ascii=any("\ud800" <= one <= "\udfff" for one in text))
