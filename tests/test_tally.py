"""Counts of a read, safe from several threads."""

from __future__ import annotations

import threading

import pytest

from sdk.tally import Tallies, Tally


def test_counters_add_up():
    """Several at a time; the others stay."""
    tally = Tally()

    tally.add(rows=30, pages=1)
    tally.add(rows=12, pages=1)

    assert tally == Tally(rows=42, pages=2)


def test_a_request_is_in_flight_while_it_is():
    """It counts once, when it is sent."""
    tally = Tally()

    with tally.flying():
        assert tally == Tally(requests=1, in_flight=1)

    assert tally == Tally(requests=1)


def test_a_wait_shows_while_it_lasts_and_counts_afterwards():
    """Two threads that wait show the sum of their waits."""
    tally = Tally()

    with tally.pausing(30), tally.pausing(12):
        assert tally == Tally(waiting=42)

    assert tally == Tally(waited=42)


def test_a_failure_leaves_nothing_under_way():
    """A request that raises is over, and so is a wait that is interrupted."""
    tally = Tally()

    with pytest.raises(OSError, match="reset"), tally.flying():
        raise OSError("reset")
    with pytest.raises(KeyboardInterrupt), tally.pausing(3):
        raise KeyboardInterrupt

    assert tally == Tally(requests=1, waited=3)


def test_no_count_is_lost_between_threads():
    """Each of many small additions arrives."""
    tally = Tally()
    threads = [threading.Thread(target=lambda: [tally.add(rows=1) for _ in range(1000)]) for _ in range(8)]

    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()

    assert tally.rows == 8000


def test_each_resource_has_one_tally():
    """It is made when somebody asks, in the order of asking, and stays the same one."""
    tallies = Tallies()

    tallies.of("tickets").add(rows=1)
    tallies.of("problems")
    tallies.of("tickets").add(rows=1)

    assert tallies.items() == [("tickets", Tally(rows=2)), ("problems", Tally())]


def test_two_lists_of_tallies_share_nothing():
    """One load's counts are not another's."""
    Tallies().of("tickets").add(rows=1)

    assert Tallies().items() == []
