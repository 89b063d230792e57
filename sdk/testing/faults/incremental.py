"""Faults of going on where the last run ended: ties, late rows, clocks, formats, and runs that fail half way."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from datetime import timedelta
from typing import Any, Final

from attrs import evolve

from sdk.columns import columns
from sdk.instants import parse_instant
from sdk.messages import Record
from sdk.testing.faults.api import ROWS, SIZE, Api, row
from sdk.testing.faults.fault import Fault, Must
from sdk.testing.faults.stage import Play, Stage, in_run, on_page
from sdk.testing.faults.wire import Answer, Asked
from sdk.windows import Incremental, NumberWindow, TimeWindow

_SINCE: Final = TimeWindow(start_param="updated_since")
_CURSOR: Final = Incremental("updated_at")
_COLUMNS: Final = columns(bigint="id", text="name", timestamp="updated_at")


def _api(rows: Sequence[Record] = ROWS, incremental: Incremental = _CURSOR, window: Any = _SINCE, **facts: Any) -> Api:
    return Api(rows=rows, resource={"window": window, "incremental": incremental, **facts})


def _listing(
    *, keep: Callable[[Any, Any], bool], read: Callable[[Any], Any] = parse_instant, reverse: bool = False
) -> Play:
    """List what changed since the parameter says, as the API understands it."""

    def answer(stage: Stage, asked: Asked) -> Answer:
        since = asked.query.get("updated_since")
        found = [one for one in stage.rows if since is None or keep(read(one["updated_at"]), read(since))]
        found.sort(key=lambda one: str(one["updated_at"]), reverse=reverse)
        start = (int(asked.query.get("page", 1)) - 1) * SIZE
        return Answer({"items": found[start : start + SIZE], "total": len(found)})

    return answer


_INCLUSIVE: Final = _listing(keep=lambda value, since: value >= since)
_EXCLUSIVE: Final = _listing(keep=lambda value, since: value > since)
_DESCENDING: Final = _listing(keep=lambda value, since: value >= since, reverse=True)
_NUMBERS: Final = _listing(keep=lambda value, since: float(value) >= float(since), read=lambda value: value)


def _adds(*rows: Record) -> Callable[[Stage], None]:
    """Add rows between two runs, in place of those with the same key."""

    def between(stage: Stage) -> None:
        ids = {one["id"] for one in rows}
        stage.rows[:] = [*(one for one in stage.rows if one["id"] not in ids), *(dict(one) for one in rows)]

    return between


def _nothing(_: Stage) -> None:
    """Change nothing between two runs."""


def _adds_late(stage: Stage) -> None:
    """Add a row before the third run."""
    if stage.run > 2:  # noqa: PLR2004 - the third
        _adds(row(26))(stage)


def _at(number: int, updated_at: Any, **fields: Any) -> Record:
    return {**row(number), "updated_at": updated_at, **fields}


def _fault(  # noqa: PLR0913, PLR0917 - each is a fact of its own
    name: str,
    api: Api,
    play: Play,
    what: str,
    between: Callable[[Stage], None],
    truth: Sequence[Record],
    must: Must = "all rows",
    **facts: Any,
) -> Fault:
    given: Mapping[str, Any] = {"runs": 2, "in_pipeline": True, **facts}
    return Fault(
        name=name, group="incremental", must=must, what=what, play=play, api=api, between=between, truth=truth, **given
    )


_TIE: Final = _at(26, ROWS[-1]["updated_at"])
_LATE: Final = _at(26, row(23)["updated_at"])
_CHANGED: Final = _at(3, row(30)["updated_at"], name="changed")
_LATER: Final = _at(27, "2025-06-02T13:30:00Z")
_FUTURE: Final = (*ROWS, _at(26, "2099-01-01T00:00:00Z"))
_ZONED: Final = (
    _at(1, "2025-06-01T14:00:00+02:00"),
    _at(2, "2025-06-01T12:30:00Z"),
    _at(3, "2025-06-01T08:45:00-04:00"),
    _at(4, "2025-06-01 12:50:00"),
)
_ZONED_NEW: Final = _at(5, "2025-06-01T15:30:00+02:00")
_BY_NUMBER: Final = tuple({"id": number, "name": f"row {number}", "updated_at": str(number)} for number in range(1, 12))
_NUMBER_NEW: Final = {"id": 12, "name": "row 12", "updated_at": "12"}
_BY_EPOCH: Final = tuple(
    {"id": number, "name": f"row {number}", "updated_at": 1_748_779_200 + 60 * number} for number in range(1, 12)
)
_EPOCH_NEW: Final = {"id": 12, "name": "row 12", "updated_at": 1_748_779_200 + 60 * 12}
_NANOS: Final = tuple(_at(n, f"2025-06-01T12:00:00.12345678{n}Z") for n in range(1, 10))
_NANO_NEW: Final = _at(10, "2025-06-01T12:00:00.123456790Z")
_FRACTION: Final = tuple(_at(n, f"2025-06-01T12:00:00.{n}00Z") for n in range(1, 10))
_FRACTION_NEW: Final = _at(10, "2025-06-01T12:00:00.950Z")
_NULLS: Final = (*ROWS[:24], _at(25, None))


def _fails(run: int, page: int, status: int = 500) -> Play:
    """Fail one page of one run, for good."""
    failing = on_page(lambda _stage, _asked: Answer({"message": "no"}, status), page)
    return in_run(run, failing)


def _descending_and_fails(stage: Stage, asked: Asked) -> Answer:
    if stage.run == 1 and asked.query.get("page") == "3":
        return Answer({"message": "no"}, 500)
    return _DESCENDING(stage, asked)


def _error_second(stage: Stage, asked: Asked) -> Answer:
    return Answer({"error": "down"}) if stage.run > 1 else _INCLUSIVE(stage, asked)


def _empty_second(stage: Stage, asked: Asked) -> Answer:
    return Answer({"items": [], "total": 0}) if stage.run == 2 else _INCLUSIVE(stage, asked)  # noqa: PLR2004 - the second


def _ignores(stage: Stage, asked: Asked) -> Answer:
    """Ignore since when rows are wanted."""
    return stage.good(evolve(asked, target=f"/items?page={asked.query['page']}&limit={SIZE}"))


def _clock_behind(stage: Stage, asked: Asked) -> Answer:
    return evolve(_INCLUSIVE(stage, asked), headers={"Date": "Sun, 01 Jun 2025 12:10:00 GMT"})


FAULTS: Final[tuple[Fault, ...]] = (
    _fault("inc_tie", _api(), _INCLUSIVE, "a row with the last row's time comes later", _adds(_TIE), (*ROWS, _TIE)),
    _fault(
        "inc_tie_gt", _api(), _EXCLUSIVE, "the same, where the API leaves the border out", _adds(_TIE), (*ROWS, _TIE)
    ),
    _fault("inc_late", _api(), _INCLUSIVE, "a row becomes visible two minutes late", _adds(_LATE), (*ROWS, _LATE)),
    _fault(
        "inc_update",
        _api(),
        _INCLUSIVE,
        "a row changes",
        _adds(_CHANGED),
        [*(one for one in ROWS if one["id"] != _CHANGED["id"]), _CHANGED],
        slow=True,
    ),
    _fault("inc_new", _api(), _INCLUSIVE, "a row is added", _adds(row(26)), (*ROWS, row(26)), slow=True),
    _fault(
        "inc_empty_second",
        _api(),
        _empty_second,
        "a run finds nothing, and the next finds more",
        _adds_late,
        (*ROWS, row(26)),
        runs=3,
        slow=True,
    ),
    _fault("inc_nothing_new", _api(), _INCLUSIVE, "nothing changes", _nothing, ROWS, slow=True),
    _fault("inc_ignored", _api(), _ignores, "the parameter is ignored", _adds(row(26)), (*ROWS, row(26)), slow=True),
    _fault("inc_future", _api(rows=_FUTURE), _INCLUSIVE, "a row is dated 2099", _adds(_LATER), (*_FUTURE, _LATER)),
    _fault(
        "inc_past",
        _api(rows=(*ROWS, _at(26, "0001-01-01T00:00:00Z"))),
        _INCLUSIVE,
        "a row is dated the year 1",
        _adds(row(27)),
        (*ROWS, row(27)),
        optional=(_at(26, "0001-01-01T00:00:00Z"),),
        slow=True,
    ),
    _fault(
        "inc_tz_text",
        _api(rows=_ZONED, columns=_COLUMNS),
        _INCLUSIVE,
        "times have different zones",
        _adds(_ZONED_NEW),
        (*_ZONED, _ZONED_NEW),
    ),
    _fault(
        "inc_number_text",
        _api(
            rows=_BY_NUMBER,
            incremental=Incremental("updated_at", kind="number", overlap=0),
            window=NumberWindow(start_param="updated_since"),
        ),
        _NUMBERS,
        "numbers are text, and 9 stands behind 10",
        _adds(_NUMBER_NEW),
        (*_BY_NUMBER, _NUMBER_NEW),
    ),
    _fault(
        "inc_epoch",
        _api(
            rows=_BY_EPOCH,
            incremental=Incremental("updated_at", kind="epoch_s"),
            window=TimeWindow(start_param="updated_since", style="epoch_s"),
        ),
        _NUMBERS,
        "times are numbers",
        _adds(_EPOCH_NEW),
        (*_BY_EPOCH, _EPOCH_NEW),
        slow=True,
    ),
    _fault(
        "inc_fraction",
        _api(rows=_FRACTION),
        _INCLUSIVE,
        "times have fractions, and the parameter has none",
        _adds(_FRACTION_NEW),
        (*_FRACTION, _FRACTION_NEW),
        slow=True,
    ),
    _fault(
        "inc_nanoseconds",
        _api(rows=_NANOS),
        _INCLUSIVE,
        "times have nine digits",
        _adds(_NANO_NEW),
        (*_NANOS, _NANO_NEW),
    ),
    _fault(
        "inc_null",
        _api(rows=_NULLS),
        _listing(keep=lambda value, since: value is None or value >= since),
        "a row has no time",
        _adds(row(26)),
        (*_NULLS, row(26)),
        must="all rows or raise",
        slow=True,
    ),
    _fault(
        "inc_garbage",
        _api(rows=(*ROWS, _at(26, "yesterday"))),
        _listing(keep=lambda value, since: value is None or value >= since),
        "a row has a time that is none",
        _adds(row(27)),
        (*ROWS, _at(26, "yesterday"), row(27)),
        must="all rows or raise",
        loaded=(*ROWS, {"id": 26, "name": "row 26", "updated_at__v_text": "yesterday"}, row(27)),
        slow=True,
    ),
    _fault(
        "inc_fail_desc",
        _api(),
        _descending_and_fails,
        "the newest rows come first, and the run fails",
        _nothing,
        ROWS,
        failing={1},
    ),
    _fault("inc_fail_asc", _api(), _fails(1, 3), "the run fails half way", _nothing, ROWS, failing={1}, slow=True),
    _fault(
        "inc_fail_second",
        _api(),
        _fails(2, 2),
        "a further run fails, and the next finds what it missed",
        _adds(row(26)),
        (*ROWS, row(26)),
        runs=3,
        failing={2},
    ),
    _fault(
        "inc_error200_second",
        _api(),
        _error_second,
        "a further run gets an error under a good status",
        _adds(row(26)),
        ROWS,
        must="raise",
    ),
    _fault(
        "inc_clock_behind",
        _api(),
        _clock_behind,
        "the server's clock is behind",
        _adds(row(26)),
        (*ROWS, row(26)),
        slow=True,
    ),
    _fault(
        "inc_replace_error",
        Api(resource={"write_disposition": "replace"}),
        in_run(2, lambda _s, _a: Answer({"error": "down"})),
        "what was loaded is not replaced by an error",
        _nothing,
        ROWS,
        must="raise",
        slow=True,
    ),
    _fault(
        "inc_replace_fails",
        Api(resource={"write_disposition": "replace"}),
        _fails(2, 3),
        "what was loaded is not replaced by half",
        _nothing,
        ROWS,
        must="raise",
    ),
    _fault(
        "inc_deep_overlap",
        _api(incremental=Incremental("updated_at", overlap=timedelta(minutes=30))),
        _INCLUSIVE,
        "a row becomes visible twenty minutes late, as declared",
        _adds(_at(26, row(5)["updated_at"])),
        (*ROWS, _at(26, row(5)["updated_at"])),
        slow=True,
    ),
)
