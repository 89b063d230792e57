"""The garbage collector looks rarely while pages are read, and as before afterwards."""

from __future__ import annotations

import gc
from collections.abc import Iterator

import pytest

from sdk.collector import collecting_rarely


@pytest.fixture(autouse=True)
def thresholds() -> Iterator[tuple[int, int, int]]:
    """Put Python's own thresholds back, whatever a test leaves."""
    before = gc.get_threshold()
    yield before
    gc.set_threshold(*before)


def test_rarely_inside_and_as_before_afterwards(thresholds: tuple[int, int, int]):
    """Also when what happens inside fails."""
    seen = []

    def read() -> None:
        with collecting_rarely():
            seen.append(gc.get_threshold())
            raise OSError("reset")

    with pytest.raises(OSError, match="reset"):
        read()
    assert seen == [(50_000, *thresholds[1:])]
    assert gc.get_threshold() == thresholds


def test_the_last_one_puts_it_back(thresholds: tuple[int, int, int]):
    """Readings overlap, in whatever order they end."""
    first, second = collecting_rarely(), collecting_rarely()
    first.__enter__()
    second.__enter__()
    first.__exit__(None, None, None)

    assert gc.get_threshold()[0] == 50_000

    second.__exit__(None, None, None)

    assert gc.get_threshold() == thresholds


@pytest.mark.parametrize("mine", [(0, 10, 10), (90_000, 5, 5)])
def test_who_switched_it_off_or_made_it_rarer_keeps_that(mine: tuple[int, int, int]):
    """A collector that is off stays off."""
    gc.set_threshold(*mine)

    with collecting_rarely():
        assert gc.get_threshold() == mine

    assert gc.get_threshold() == mine


def test_what_somebody_sets_meanwhile_stays():
    """It is theirs."""
    with collecting_rarely():
        gc.set_threshold(1234, 5, 6)

    assert gc.get_threshold() == (1234, 5, 6)
