"""What faults of paging share, those of tokens and of numbering: fields that say otherwise, a page that is empty."""

from __future__ import annotations

from typing import Any, Final

from sdk.testing.faults.api import ROWS, Api
from sdk.testing.faults.fault import Fault, Must
from sdk.testing.faults.stage import Play, Stage
from sdk.testing.faults.wire import Answer, Asked


def fault(name: str, api: Api, play: Play, must: Must, what: str, **facts: Any) -> Fault:
    """Return a fault of paging."""
    return Fault(name=name, group="pagination", must=must, what=what, play=play, api=api, **facts)


def saying(**fields: Any) -> Play:
    """Answer honestly, with some fields replaced."""
    return lambda stage, asked: stage.good(asked).saying(**fields)


WITHOUT_THIRD: Final = tuple(one for one in ROWS if not 10 < one["id"] <= 15)  # noqa: PLR2004 - page three


def empty_third(stage: Stage, asked: Asked) -> Answer:
    """Leave the rows of the third page out, after the list was cut into pages."""
    good = stage.good(asked)
    return good.saying(items=[one for one in good.body["items"] if not 10 < one["id"] <= 15])  # noqa: PLR2004 - page three
