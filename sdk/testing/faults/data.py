"""What faults of data share, those of values and of shapes: answers that are written down byte by byte."""

from __future__ import annotations

from typing import Any, Final

from attrs import evolve

from sdk.messages import Record
from sdk.testing.faults.api import Api
from sdk.testing.faults.fault import Fault, Must
from sdk.testing.faults.stage import Play, Stage
from sdk.testing.faults.wire import Answer, Asked

_ONE: Final = Api(style="single", rows=())


def raw(content: bytes, kind: str = "application/json") -> Play:
    """Answer with these very bytes."""

    def answer(stage: Stage, asked: Asked) -> Answer:
        good = stage.good(asked)
        return good if good.status != 200 else evolve(good, body=content, headers={"Content-Type": kind})  # noqa: PLR2004 - the credential was right

    return answer


def records(*texts: str) -> Play:
    """Answer with records that are written down, since Python would write some otherwise."""
    return raw(f'{{"items": [{", ".join(texts)}]}}'.encode("utf-8", "surrogatepass"))


def fault(name: str, play: Play, must: Must, what: str, *truth: Record, api: Api = _ONE, **facts: Any) -> Fault:
    """Return the fault of one answer, of which *truth* is every row."""
    return Fault(name=name, group="data", must=must, what=what, play=play, api=api, truth=truth, **facts)


def one_value(name: str, text: str, must: Must, what: str, *value: Any, in_table: Any = ..., **facts: Any) -> Fault:
    """Return the fault of one value, written as *text*, beside a row that is harmless."""
    plain = {"id": 1, "name": "plain"}
    truth = [plain, {"id": 2, "value": value[0]}] if value else [plain]
    if in_table is not ...:
        facts["loaded"] = [plain, {"id": 2, **in_table}]
    play = records('{"id": 1, "name": "plain"}', f'{{"id": 2, "value": {text}}}')
    return fault(name, play, must, what, *truth, **{"in_pipeline": in_table is not ..., **facts})
