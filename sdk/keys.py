"""The keys of records as text, many at a time.

A column holds the number 1 and the text "1" alike, so as text they are the same key. Each record of every page goes
through here, some of them several times, which is why it is done by column.
"""

from __future__ import annotations

from collections.abc import Hashable, Mapping, Sequence
from typing import Any


def texts_of(names: Sequence[str], records: Sequence[Mapping[str, Any]]) -> list[Hashable] | None:
    """Return the key of each of *records*, made of the fields *names*; `None` when one lacks a part of it."""
    columns = [[record.get(name) for record in records] for name in names]
    if not columns or any(None in column for column in columns):
        return None
    texts = [list(map(str, column)) for column in columns]
    return list(texts[0] if len(texts) == 1 else zip(*texts, strict=True))
