"""Points in time, from any vendor's text to any parameter's."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta, timezone, tzinfo
from email.utils import format_datetime
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sdk.instants import EPOCH, INSTANT_FORMATS, format_instant, parse_instant

NOON = datetime(2024, 2, 29, 12, 0, 0, 123456, tzinfo=UTC)
STEPS = {
    "iso": timedelta(seconds=1),
    "iso_ms": timedelta(milliseconds=1),
    "iso_us": timedelta(microseconds=1),
    "date": timedelta(days=1),
    "epoch_s": timedelta(seconds=1),
    "epoch_ms": timedelta(milliseconds=1),
}
UNITS: dict[str, Any] = {"epoch_s": "s", "epoch_ms": "ms"}

zones = st.timezones() | st.builds(lambda minutes: timezone(timedelta(minutes=minutes)), st.integers(-1439, 1439))
instants = st.datetimes(timezones=st.just(UTC))


class Undecided(tzinfo):
    """A zone that does not know its offset."""

    def utcoffset(self, _: datetime | None) -> None:
        """Return nothing."""


@pytest.mark.parametrize(
    ("style", "text"),
    [
        ("iso", "2024-02-29T12:00:00Z"),
        ("iso_ms", "2024-02-29T12:00:00.123Z"),
        ("iso_us", "2024-02-29T12:00:00.123456Z"),
        ("date", "2024-02-29"),
        ("epoch_s", "1709208000"),
        ("epoch_ms", "1709208000123"),
    ],
)
def test_each_style_is_written_and_read_back(style: Any, text: str):
    """What the style cannot hold is cut off, never rounded up."""
    assert format_instant(NOON, style) == text
    assert parse_instant(text, UNITS.get(style)) == NOON - (NOON - EPOCH) % STEPS[style]


def test_every_style_is_tested_here():
    """A new style needs a row in this module."""
    assert set(STEPS) == set(INSTANT_FORMATS)


@given(instants, st.sampled_from(sorted(STEPS)))
def test_a_written_instant_is_read_back_truncated(instant: datetime, style: Any):
    """From the year 1 to 9999, reading what was written gives the instant, cut to the style's step."""
    assert parse_instant(format_instant(instant, style), UNITS.get(style)) == instant - (instant - EPOCH) % STEPS[style]


@given(st.datetimes(datetime(2, 1, 1), datetime(9998, 1, 1), timezones=zones), st.sampled_from(sorted(STEPS)))  # noqa: DTZ001
def test_the_zone_makes_no_difference(instant: datetime, style: Any):
    """An instant is written the same whichever zone it came in."""
    assert format_instant(instant, style) == format_instant(instant.astimezone(UTC), style)


def test_a_naive_instant_is_utc_in_both_directions(monkeypatch: pytest.MonkeyPatch):
    """The machine's own zone never enters."""
    import time

    monkeypatch.setenv("TZ", "America/New_York")
    time.tzset()
    try:
        naive = NOON.replace(tzinfo=None)
        undecided = NOON.replace(tzinfo=Undecided())
        assert [parse_instant(one) for one in (naive, undecided)] == [NOON, NOON]
        assert [format_instant(one, "iso") for one in (naive, undecided)] == ["2024-02-29T12:00:00Z"] * 2
    finally:
        monkeypatch.undo()
        time.tzset()


@pytest.mark.parametrize(
    "text",
    [
        "2024-02-29T12:00:00Z",
        "2024-02-29t12:00:00z",
        "2024-02-29T12:00Z",
        "2024-02-29T12:00",
        "2024-02-29 12:00:00",
        "2024-02-29 12:00:00 UTC",
        "2024-02-29 12:00:00UTC",
        "2024-02-29 12:00:00 Z",
        "2024-02-29T12:00:00+00:00",
        "2024-02-29T12:00:00-0000",
        "2024-02-29T14:00:00+02:00",
        "2024-02-29T14:00:00+0200",
        "2024-02-29T14:00:00+02",
        "2024-02-29 14:00:00 +0200",
        "2024-02-29T06:30:00-05:30",
        "2024-03-01T02:00:00+14:00",
        "  2024-02-29T12:00:00Z\n",
        "Thu, 29 Feb 2024 12:00:00 GMT",
        "Thu, 29 Feb 2024 12:00:00 UTC",
        "Thu, 29 Feb 2024 12:00:00 UT",
        "Thu, 29 Feb 2024 12:00:00",
        "Thu, 29 Feb 2024 12:00:00 -0000",
        "Thu, 29 Feb 2024 14:00:00 +0200",
    ],
)
def test_one_instant_in_many_spellings(text: str):
    """ISO 8601 with any offset, and HTTP dates, with or without a unit for numbers."""
    noon = NOON.replace(microsecond=0)

    assert parse_instant(text) == noon
    assert parse_instant(text, "s") == noon


@pytest.mark.parametrize("separator", [".", ","])
@pytest.mark.parametrize("digits", range(1, 13))
def test_fractions_of_any_length(digits: int, separator: str):
    """Beyond microseconds digits are cut off."""
    fraction = "123456789123"[:digits]
    expected = NOON.replace(microsecond=int(fraction.ljust(6, "0")[:6]))

    assert parse_instant(f"2024-02-29T12:00:00{separator}{fraction}Z") == expected
    assert parse_instant(f"2024-02-29T14:00:00{separator}{fraction}+02:00") == expected


@pytest.mark.parametrize(
    ("value", "unit", "expected"),
    [
        (0, "s", EPOCH),
        (1709208000, "s", NOON.replace(microsecond=0)),
        ("1709208000", "s", NOON.replace(microsecond=0)),
        (1709208000123, "ms", NOON.replace(microsecond=123000)),
        ("1709208000123", "ms", NOON.replace(microsecond=123000)),
        (1709208000.5, "s", NOON.replace(microsecond=500000)),
        ("1709208000.5", "s", NOON.replace(microsecond=500000)),
        (-1, "s", EPOCH - timedelta(seconds=1)),
        ("-1", "ms", EPOCH - timedelta(milliseconds=1)),
        ("2024-02-29T12:00:00.123456Z", "ms", NOON),
    ],
)
def test_numbers_since_the_epoch(value: object, unit: Any, expected: datetime):
    """With a unit numbers are read, also as text; ISO text is still ISO text."""
    assert parse_instant(value, unit) == expected


def test_dates_are_midnight_in_utc():
    """A day begins when it begins in UTC."""
    midnight = datetime(2024, 2, 29, tzinfo=UTC)

    assert parse_instant(date(2024, 2, 29)) == midnight
    assert parse_instant("2024-02-29") == midnight


def test_an_http_date_is_read_as_it_is_written():
    """The standard library's own HTTP dates are understood."""
    noon = NOON.replace(microsecond=0)

    assert parse_instant(format_datetime(noon, usegmt=True)) == noon


@pytest.mark.parametrize(
    "value",
    [
        None,
        True,
        False,
        "",
        "now",
        "2024",
        "20240229",
        "2024-W09",
        "2024-02-30",
        "2024-13-01T00:00:00Z",
        "2024-02-29T25:00:00Z",
        "2024-02-29T12:00:00 CEST",
        "2024-02-29T12:00:00+25:00",
        "2024-02-29T12:00:00Z trailing",
        "0001-01-01T00:00:00+02:00",
        "9999-12-31T23:59:59-02:00",
        "Thu, 99 Feb 2024 12:00:00 GMT",
        "Xyz, 01 Foo 2024 12:00:00 GMT",
        "Thu, 29 Feb 2024 12:00:00 CEST",
        "Thu, 29 Feb 2024 12:00:00 GMT and more",
        "Thu, 29 Feb 2024 12:00:00 +9999",
        "\uff12\uff10\uff12\uff14-02-29",
        1709208000,
        1709208000.0,
        [],
        {},
        b"2024-02-29",
        datetime.min.replace(tzinfo=timezone(timedelta(hours=2))),
        datetime.max.replace(tzinfo=timezone(timedelta(hours=-2))),
    ],
)
def test_what_states_no_instant_is_none(value: object):
    """Garbage, numbers without a unit, and instants outside the calendar are `None`, never an exception."""
    assert parse_instant(value) is None


@pytest.mark.parametrize(
    "value", [True, 10**30, -(10**30), float("nan"), float("inf"), "9" * 5000, "1e9", "", None, []]
)
@pytest.mark.parametrize("unit", ["s", "ms"])
def test_numbers_that_are_no_instant_are_none(value: object, unit: Any):
    """Out of range, not finite, too long or no number at all."""
    assert parse_instant(value, unit) is None


@given(
    st.text()
    | st.from_regex(r"\d{4}-\d\d-\d\d([T ]\d\d:\d\d(:\d\d(\.\d+)?)?)?( ?(Z|UTC|[+-]\d\d:?\d\d))?", fullmatch=True)
    | st.from_regex(r"[A-Z][a-z]{2}, \d{1,2} [A-Z][a-z]{2} \d{4} \d\d:\d\d:\d\d( [A-Z+\-0-9]{2,5})?", fullmatch=True)
    | st.integers()
    | st.floats()
    | st.datetimes(timezones=st.none() | zones)
    | st.dates(),
    st.sampled_from([None, "s", "ms"]),
)
def test_an_instant_is_always_aware_and_in_utc(value: object, unit: Any):
    """Whatever comes in, nothing naive comes out and nothing is raised."""
    found = parse_instant(value, unit)

    assert found is None or found.tzinfo is UTC


def test_instants_compare_by_time_and_not_by_text():
    """`T08:00:00+02:00` is earlier than `T07:00:00Z`, although its text is later."""
    early, late = "2024-01-01T08:00:00+02:00", "2024-01-01T07:00:00Z"

    assert early > late
    assert parse_instant(early) < parse_instant(late)
