"""Windows and cursors: what is asked for, piece by piece, and where the next run begins."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from decimal import Decimal
from itertools import pairwise
from typing import Any

import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from sdk.caps import CapTotal
from sdk.instants import EPOCH, INSTANT_FORMATS, InstantFormat, format_instant
from sdk.messages import Interval, Request
from sdk.paths import Template
from sdk.windows import Incremental, NumberWindow, TimeWindow

LIST = Request("https://api.example.com/incidents", params={"sort": "created_at"})
START, NOON, END = (
    datetime(2024, 1, 1, tzinfo=UTC),
    datetime(2024, 2, 29, 12, tzinfo=UTC),
    datetime(2024, 3, 1, tzinfo=UTC),
)
SECOND = timedelta(seconds=1)

instants = st.datetimes(datetime(1990, 1, 1), datetime(2050, 1, 1), timezones=st.just(UTC))  # noqa: DTZ001 - hypothesis adds the zone
spans = st.timedeltas(timedelta(0), timedelta(days=400))
cursors = st.datetimes(timezones=st.just(UTC))


def window(**changes: Any) -> TimeWindow:
    """Return a window with both ends."""
    return TimeWindow(start_param="since", end_param="until", **changes)


@given(instants, spans, st.none() | st.timedeltas(timedelta(hours=1), timedelta(days=300)))
def test_intervals_cover_the_whole_stretch(start: datetime, span: timedelta, step: timedelta | None):
    """They begin at the start, end at the end, share their borders, and none is wider than the step."""
    end = start + span

    found = list(window(step=step).intervals(start, end))

    assert (found[0].start, found[-1].end) == (start, end)
    assert all(before.end == after.start for before, after in pairwise(found))
    assert all(timedelta(0) <= one.end - one.start <= (step or span) for one in found)
    assert all(one.end > one.start for one in found) or span == timedelta(0)


@given(instants, spans, st.sampled_from(INSTANT_FORMATS))
def test_no_format_leaves_a_gap(start: datetime, span: timedelta, style: InstantFormat):
    """What one interval's end is cut off to is where the next one's beginning is cut off to."""
    made = window(step=timedelta(days=90), style=style)

    asked = [made.narrow(LIST, one) for one in made.intervals(start, start + span)]

    assert all(before.param("until") == after.param("since") for before, after in pairwise(asked))


def test_a_stretch_is_read_in_steps():
    """Oldest first; the last interval is as short as what is left."""
    assert list(window(step=timedelta(days=31)).intervals(START, END)) == [
        Interval(START, datetime(2024, 2, 1, tzinfo=UTC)),
        Interval(datetime(2024, 2, 1, tzinfo=UTC), END),
    ]


def test_a_window_without_an_end_has_one_open_interval():
    """An API without an end parameter is asked for all since the start."""
    made = TimeWindow(start_param="updated_since")

    assert list(made.intervals(START, END)) == [Interval(START, None)]
    assert made.narrow(LIST, Interval(START, None)) == LIST.with_params({"updated_since": "2024-01-01T00:00:00Z"})


@pytest.mark.parametrize(
    ("style", "since", "until"),
    [
        ("iso", "2024-01-01T00:00:00Z", "2024-02-29T12:00:00Z"),
        ("iso_ms", "2024-01-01T00:00:00.000Z", "2024-02-29T12:00:00.000Z"),
        ("iso_us", "2024-01-01T00:00:00.000000Z", "2024-02-29T12:00:00.000000Z"),
        ("date", "2024-01-01", "2024-02-29"),
        ("epoch_s", "1704067200", "1709208000"),
        ("epoch_ms", "1704067200000", "1709208000000"),
    ],
)
def test_instants_are_written_as_the_api_reads_them(style: Any, since: str, until: str):
    """The request keeps its other parameters, and its own old interval is replaced."""
    narrowed = window(style=style).narrow(LIST.with_params({"since": "x"}), Interval(START, NOON))

    assert narrowed == LIST.with_params({"since": since, "until": until})


def test_everything_begins_at_the_initial_value():
    """A cursor or a `start_date` counts before it; the default is 1970, as text or as a datetime."""
    assert window().start(None) == EPOCH
    assert window(initial_value="2024-01-01").start(None) == START
    assert window(initial_value=START).start(NOON) == NOON


def test_an_interval_is_cut_in_two():
    """The halves meet in the middle."""
    assert window().split(Interval(START, START + 10 * SECOND), None) == [
        Interval(START, START + 5 * SECOND),
        Interval(START + 5 * SECOND, START + 10 * SECOND),
    ]


@given(instants, spans)
def test_halves_cover_the_interval_and_are_shorter(start: datetime, span: timedelta):
    """No format cuts their border off, both hold something, and halving comes to an end."""
    halves = window().split(Interval(start, start + span), None)

    if not halves:
        assert span < 2 * SECOND
        return
    before, after = halves
    assert (before.start, before.end, after.end) == (start, after.start, start + span)
    assert start < before.end < start + span
    assert before.end.microsecond == 0


@given(st.timedeltas(timedelta(days=1), timedelta(days=30)), spans)
def test_nothing_is_cut_below_the_shortest(shortest: timedelta, span: timedelta):
    """A date parameter cannot tell hours apart."""
    halves = window(shortest=shortest).split(Interval(START, START + span), None)

    assert (halves == []) == (span < 2 * shortest)


def test_an_interval_without_an_end_is_not_cut():
    """Nobody knows its middle."""
    assert TimeWindow(start_param="since").split(Interval(START, None), START) == []


def test_an_open_beginning_is_asked_in_its_own_words():
    """An API that lists everything in one go is asked so, until that is too much."""
    made = window(open_params={"all": "true"}, step=timedelta(days=31))

    assert made.start(None) is None
    assert made.start(NOON) == NOON
    assert list(made.intervals(None, END)) == [Interval(None, END)]
    assert made.narrow(LIST, Interval(None, END)) == LIST.with_params({"all": "true"})


def test_an_open_beginning_is_cut_off_at_the_earliest_record():
    """The first record says where to begin, a moment before it; from there on the steps are as always."""
    made = window(open_params={"all": "true"}, step=timedelta(days=31))
    earliest = START + timedelta(milliseconds=1)

    assert made.split(Interval(None, END), earliest) == list(made.intervals(START - timedelta(seconds=1), END))
    assert made.split(Interval(None, END), None) == []


def test_a_beginning_may_stand_in_a_parent():
    """A place is kept for the reader to fill; until then the beginning is open."""
    made = window(initial_value="{account.created_at}")

    assert made.initial_value == Template("{account.created_at}")
    assert made.start(None) is None
    assert made.start(NOON) == NOON


@pytest.mark.parametrize(
    ("declared", "message"),
    [
        ({"step": timedelta(days=1)}, "needs an end_param"),
        ({"cap": CapTotal("total", 1000)}, "needs an end_param"),
        ({"end_param": "until", "step": timedelta(0)}, "step must be longer than nothing"),
        ({"end_param": "until", "step": timedelta(days=-1)}, "step must be longer than nothing"),
        ({"style": "rfc"}, "style"),
        ({"initial_value": "last week"}, "'last week' is no date or timestamp"),
    ],
)
def test_a_window_that_cannot_work_is_refused(declared: dict[str, Any], message: str):
    """A step backwards would never end; a piece without an end is no piece."""
    with pytest.raises(ValueError, match=message):
        TimeWindow(start_param="since", **declared)


def test_numbers_are_asked_from_the_last_one_on():
    """One interval, open at the end, which nothing cuts."""
    made = NumberWindow(start_param="since_id", initial_value=1)

    assert (made.start(None), made.start(17), made.cap) == (1, 17, None)
    assert list(made.intervals(17, None)) == [Interval(17, None)]
    assert made.narrow(LIST, Interval(17, None)) == LIST.with_params({"since_id": 17})
    assert made.split(Interval(17, None), 17) == []


@pytest.mark.parametrize(
    ("kind", "value", "cursor"),
    [
        ("timestamp", "2024-02-29T13:00:00+01:00", NOON),
        ("timestamp", "Thu, 29 Feb 2024 12:00:00 GMT", NOON),
        ("epoch_s", 1709208000, NOON),
        ("epoch_ms", "1709208000000", NOON),
        ("number", 17, 17),
        ("number", "17", 17),
        ("number", 17.0, 17),
        ("number", "17.5", Decimal("17.5")),
        ("number", 2**70, 2**70),
        ("timestamp", None, None),
        ("timestamp", 1709208000, None),
        ("number", True, None),
        ("number", None, None),
        ("number", "x", None),
        ("number", "NaN", None),
        ("number", float("inf"), None),
        ("number", [1], None),
    ],
)
def test_a_cursor_is_read_from_a_record(kind: Any, value: object, cursor: object):
    """Any vendor's text becomes something that compares; what does not is no cursor."""
    assert Incremental("meta.at", kind=kind).cursor({"meta": {"at": value}}) == cursor


def test_a_record_without_the_field_has_no_cursor():
    """It is handed on and moves nothing."""
    assert Incremental("updated_at").cursor({"id": 1}) is None


@given(cursors)
def test_a_point_in_time_comes_back_from_the_state(cursor: datetime):
    """To the microsecond."""
    incremental = Incremental("updated_at")

    assert incremental.restore(incremental.dump(cursor)) == cursor


@given(st.integers() | st.decimals(allow_nan=False, allow_infinity=False))
def test_a_number_comes_back_from_the_state(cursor: int | Decimal):
    """Numbers larger than any column's too."""
    incremental = Incremental("id", kind="number")

    assert incremental.restore(incremental.dump(cursor)) == cursor


@pytest.mark.parametrize("kind", ["timestamp", "epoch_s", "epoch_ms", "number"])
def test_no_state_is_no_cursor(kind: Any):
    """The first run reads from the beginning."""
    assert Incremental("x", kind=kind).restore(None) is None


def test_a_cursor_never_passes_the_start_of_the_run():
    """One record dated 2099 must not end all later reading; a number knows no time."""
    assert Incremental("at").capped(datetime(2099, 1, 1, tzinfo=UTC), END) == END
    assert Incremental("at").capped(NOON, END) == NOON
    assert Incremental("id", kind="number").capped(2099, END) == 2099


@given(cursors, st.timedeltas(timedelta(0), timedelta(days=400)))
def test_the_next_run_begins_the_overlap_earlier(cursor: datetime, overlap: timedelta):
    """Never after the cursor; earlier by the overlap, except where that would lie before 1970."""
    begin = Incremental("at").back(cursor, overlap)

    assert begin <= cursor
    assert begin == max(cursor - overlap, EPOCH) if cursor - EPOCH > overlap else begin == min(cursor, EPOCH)


def test_numbers_overlap_by_numbers():
    """A duration means nothing to them."""
    incremental = Incremental("id", kind="number", overlap=10)

    assert incremental.back(17, incremental.overlap) == 7
    assert incremental.back(17, timedelta(minutes=5)) == 17


@pytest.mark.parametrize("kind", ["timestamp", "epoch_s", "epoch_ms"])
def test_an_overlap_of_time_is_a_duration(kind: Any):
    """`overlap=300` would fail in the second run only."""
    with pytest.raises(ValueError, match=f"the overlap of a {kind} cursor is a timedelta, not 300"):
        Incremental("at", kind=kind, overlap=300)


def test_an_unknown_kind_is_refused():
    """A misspelt kind fails when it is declared."""
    with pytest.raises(ValueError, match="kind"):
        Incremental("at", kind="epoch")  # type: ignore[arg-type]


@given(instants, st.timedeltas(timedelta(seconds=1), timedelta(days=1)), st.sampled_from(INSTANT_FORMATS))
def test_what_a_format_cuts_off_is_read_again(cursor: datetime, overlap: timedelta, style: InstantFormat):
    """The start that is sent never lies after the start that is meant."""
    assume(overlap >= SECOND)
    begin = Incremental("at").back(cursor, overlap)

    assert format_instant(begin, style) <= format_instant(cursor, style)
