"""Counts of a read, safe from several threads."""

from __future__ import annotations

import json
import threading
from types import SimpleNamespace

import pytest

from sdk.redaction import conceal
from sdk.tally import Arrivals, Gap, Tallies, Tally


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


@pytest.mark.parametrize(
    ("pages", "missing", "surplus"),
    [
        pytest.param([(3, [1, 2]), (3, [3])], 0, 0, id="as announced"),
        pytest.param([(5, [1, 2]), (5, [3])], 2, 0, id="less than announced"),
        pytest.param([(2, [1, 2]), (2, [3])], 0, 1, id="more than announced"),
        pytest.param([(None, [1, 2]), (None, [3])], 0, 0, id="nothing announced"),
        pytest.param([(3, [1, 2]), (2, [3])], 0, 0, id="rows went away"),
        pytest.param([(3, [1, 2]), (4, [3])], 0, 0, id="rows were added"),
        pytest.param([(3, [1, 2]), (1, [3])], 0, 0, id="the total counts what is left"),
        pytest.param([(3, [1, 2]), (3, [3]), (9, [])], 0, 0, id="a total past the end"),
        pytest.param([(7, [])], 7, 0, id="an empty list of seven"),
        pytest.param([(3, [1, 2]), (3, [2])], 1, 0, id="one came twice and hid another"),
    ],
)
def test_what_came_is_compared_with_what_was_announced(pages, missing, surplus):
    """The lowest total counts for what is missing, the highest for what is too much; each record counts once."""
    arrivals = Arrivals(("id",))

    for total, keys in pages:
        arrivals.take(total, [{"id": key} for key in keys])

    assert (arrivals.missing, arrivals.surplus) == (missing, surplus)


def test_without_a_key_every_record_counts():
    """So does one that lacks its key: nobody knows which it is."""
    keyless, lacking = Arrivals(), Arrivals(("id",))

    keyless.take(3, [{"id": 1}, {"id": 1}])
    lacking.take(3, [{"name": "a"}, {"name": "a"}])

    assert (keyless.arrived, lacking.arrived) == (2, 2)


def test_keys_are_kept_up_to_a_bound(monkeypatch):
    """Beyond it every record counts, so that memory stays flat: a gap may then go unseen, none is invented."""
    monkeypatch.setattr("sdk.tally._KEYS_KEPT", 2)
    arrivals = Arrivals(("id",))

    for keys in ((1, 1, 2), (3, 3)):
        arrivals.take(9, [{"id": key} for key in keys])

    assert arrivals.arrived == 4


def test_the_counts_of_a_list_go_on_after_a_checkpoint():
    """What came before and what was announced then is JSON data."""
    before = Arrivals(("id",))
    before.take(5, [{"id": 1}, {"id": 2}])

    after = Arrivals(("id",), **json.loads(json.dumps(before.to_dict())))
    after.take(5, [{"id": 3}])

    assert after.missing == 2


def test_a_list_that_came_short_is_told():
    """Its records are counted with those of others, and the first few lists are named."""
    tally = Tally()
    for number in range(12):
        arrivals = Arrivals()
        arrivals.take(30, [{"id": 1}] * 27)
        tally.settle(arrivals, f"GET /things/{number}/parts")
    whole = Arrivals()
    whole.take(1, [{"id": 1}])
    tally.settle(whole, "GET /things/99/parts")

    assert (tally.gaps, tally.short_lists, tally.surplus) == (36, 12, 0)
    assert tally.short == [Gap(f"GET /things/{number}/parts", 30, 27) for number in range(10)]
    assert str(tally.short[0]) == "GET /things/0/parts announced 30 and brought 27"


def test_a_gap_holds_no_secret():
    """A request's query may hold a key."""
    conceal("s3cret-of-gaps")

    assert Gap("GET /things?sig=s3cret-of-gaps\x1b[31m", 2, 1).request == "GET /things?sig=*** [31m"


def test_a_resource_takes_from_its_first_request_to_its_last_answer(monkeypatch):
    """Whatever lies between; none when nothing was asked."""
    moments = iter([10.0, 11.0, 40.0, 42.5])
    monkeypatch.setattr("sdk.tally.time", SimpleNamespace(monotonic=lambda: next(moments)))
    tally = Tally()
    assert tally.seconds == 0.0

    for _ in range(2):
        with tally.flying():
            pass

    assert tally.seconds == 32.5
