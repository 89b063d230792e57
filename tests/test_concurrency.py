"""Several requests in flight: the same records, never more at a time than allowed, and memory that stays bounded."""

from __future__ import annotations

import subprocess
import sys
import threading
import time
from collections.abc import Callable
from typing import Any

import pytest

from sdk.errors import PaginationLoopError, ReadError
from sdk.extraction import Extraction
from sdk.messages import Record
from sdk.opening import open_connector
from sdk.paginators import HasMore, OffsetPaginator, PageNumberPaginator, Total
from sdk.resource import Resource
from tests.gate import Gate

PARTS = Resource("parts", path="/things/{things.id}/parts", data_selector="data")
NOTES = Resource("notes", path="/parts/{parts.id}/notes", data_selector="data")
NUMBERED = PageNumberPaginator(limit=2, limit_param="limit", end=Total("total"))


@pytest.fixture(autouse=True, params=["answered at once", "on threads"])
def speed(request: pytest.FixtureRequest) -> str:
    """Read as from an API that answers at once, and as from one that takes its time."""
    if request.param == "on threads":
        request.getfixturevalue("on_threads")
    return str(request.param)


@pytest.fixture
def extraction() -> Callable[..., Extraction]:
    """Return a function that opens `acme` and begins to read some of its resources."""

    def begin(*wanted: str, in_flight: int, plugins: tuple[object, ...] = ()) -> Extraction:
        opened = open_connector("acme", {"overrides": [], "in_flight": in_flight}, extra_plugins=plugins)
        return Extraction(opened.reader(), wanted, run_start=opened.clock(), in_flight=in_flight)

    return begin


def take_in_turns(extraction: Extraction) -> dict[str, list[Record]]:
    """Take what dlt would: from each resource in turn."""
    got: dict[str, list[Record]] = {name: [] for name in extraction.wanted}
    pulling = {name: extraction.batches(name) for name in extraction.wanted}
    while pulling:
        for name, batches in list(pulling.items()):
            try:
                got[name].extend(next(batches) or ())
            except StopIteration:
                del pulling[name]
    return got


def numbered(asked: Any, records: list[Record], reply: Callable[..., Any]) -> Any:
    """Answer a page of *records* by number."""
    page, limit = int(asked.query["page"]), int(asked.query["limit"])
    return reply({"data": records[(page - 1) * limit : page * limit], "total": len(records)})


class Waits:
    """A plugin that lets each request pass through a gate, on the thread that sends it."""

    def __init__(self, gate: Gate, resource: str) -> None:
        self.gate, self.resource = gate, resource

    def install(self, monkeypatch: pytest.MonkeyPatch) -> None:
        """Stand between the reader and the wire."""
        from sdk.client import Client

        fetch = Client.fetch

        def gated(client: Client, resource: Resource, request: Any, also: frozenset[int] = frozenset()) -> Any:
            page = fetch(client, resource, request, also)
            if resource.name == self.resource:
                self.gate()
            return page

        monkeypatch.setattr(Client, "fetch", gated)


@pytest.mark.parametrize("in_flight", [1, 2, 5, 20])
@pytest.mark.parametrize("wanted", [("things", "parts", "notes"), ("notes", "parts", "things"), ("notes",)])
def test_the_same_records_however_many_are_in_flight(tiny_api, acme, extraction, in_flight, wanted):
    """Parents, children and their children, each with pages; every request is sent once."""
    acme("things", PARTS, NOTES)
    tiny_api.lists("/things", *([{"id": page * 10 + at} for at in range(3)] for page in range(3)))
    for thing in (page * 10 + at for page in range(3) for at in range(3)):
        tiny_api.lists(f"/things/{thing}/parts", [{"id": 100 + thing}], [], [{"id": 200 + thing}])
        tiny_api.lists(f"/parts/{100 + thing}/notes", [{"id": 1}])
        tiny_api.lists(f"/parts/{200 + thing}/notes", [{"id": 1}], [{"id": 2}])

    got = take_in_turns(extraction(*wanted, in_flight=in_flight))

    things = sorted(page * 10 + at for page in range(3) for at in range(3))
    assert sorted(one["_parts_id"] for one in got["notes"]) == sorted(
        [100 + one for one in things] + 2 * [200 + one for one in things]
    )
    if "things" in wanted:
        assert sorted(one["id"] for one in got["things"]) == things
        assert sorted((one["_things_id"], one["id"]) for one in got["parts"]) == sorted(
            (one, first + one) for one in things for first in (100, 200)
        )
    assert len(tiny_api.targets) == len(set(tiny_api.targets))


def test_no_more_than_allowed_are_under_way(tiny_api, acme, extraction, monkeypatch):
    """And just as many as that, when there is as much to do."""
    acme("things", PARTS)
    tiny_api.lists("/things", [{"id": at} for at in range(40)])
    for at in range(40):
        tiny_api.lists(f"/things/{at}/parts", [{"id": at}])
    gate = Gate(4)
    Waits(gate, "parts").install(monkeypatch)

    got = take_in_turns(extraction("parts", in_flight=4))

    assert len(got["parts"]) == 40
    assert gate.most == 4


def test_the_first_request_goes_alone(tiny_api, acme, extraction):
    """A wrong key is not sent to every resource at once: some APIs lock it then."""
    acme(*(f"things_{at}" for at in range(12)))
    for at in range(12):
        tiny_api.says(f"/things_{at}", tiny_api.reply({"code": "unauthorized"}, 401))
    reading = extraction(*(f"things_{at}" for at in range(12)), in_flight=8)

    with pytest.raises(ReadError, match="answered 401"):
        list(reading.batches("things_0"))

    assert tiny_api.targets == ["/things_0"]


def test_pages_that_can_be_addressed_are_fetched_ahead(tiny_api, acme, extraction, monkeypatch):
    """In any order, and taken in theirs; no page is asked for that the total does not announce."""
    acme("things", paginator=NUMBERED)
    records = [{"id": at} for at in range(19)]
    tiny_api.answer("/things", lambda asked: numbered(asked, records, tiny_api.reply))
    gate = Gate(4)
    # The first page comes alone: it says how many follow.
    gate._waiting = 0
    passed = []

    def wait(gate: Gate = gate) -> None:
        passed.append(1)
        if len(passed) > 1:
            gate()

    from sdk.client import Client

    fetch = Client.fetch

    def gated(client: Client, *args: Any) -> Any:
        page = fetch(client, *args)
        wait()
        return page

    monkeypatch.setattr(Client, "fetch", gated)

    got = take_in_turns(extraction("things", in_flight=4))

    assert got["things"] == records
    assert gate.most == 4
    assert sorted(tiny_api.targets) == sorted(f"/things?limit=2&page={page}" for page in range(1, 11))


def test_the_page_past_the_total_is_fetched_ahead(tiny_api, acme, extraction, speed, monkeypatch):
    """The last page is full, so it is sure to be asked for; that there is none ends the list."""
    acme("things", paginator=NUMBERED)
    records = [{"id": at} for at in range(4)]
    past, together = threading.Event(), []

    def answer(asked: Any) -> Any:
        is_past = asked.query["page"] == "3"
        return tiny_api.reply(None, 404) if is_past else numbered(asked, records, tiny_api.reply)

    from sdk.client import Client

    fetch = Client.fetch

    def gated(client: Client, resource: Resource, request: Any, also: frozenset[int]) -> Any:
        page = dict(request.params)["page"]
        if page == "3":
            past.set()
        elif page == "2" and speed == "on threads":
            together.append(past.wait(10))
        return fetch(client, resource, request, also)

    tiny_api.answer("/things", answer)
    monkeypatch.setattr(Client, "fetch", gated)

    got = take_in_turns(extraction("things", in_flight=2))

    assert got["things"] == records
    assert together == ([True] if speed == "on threads" else [])
    assert len(tiny_api.asked) == 3


def test_a_page_fetched_ahead_counts_only_in_its_turn(tiny_api, acme, extraction):
    """A list that becomes shorter while it is read ends where it ends now; what moved is asked for again."""
    acme("things", paginator=OffsetPaginator(limit=2, limit_param="limit", end=Total("total")))
    answered = []

    def answer(asked: Any) -> Any:
        answered.append(asked)
        total = 12 if asked.query["offset"] == "0" else 6
        offset = int(asked.query["offset"])
        return tiny_api.reply({"data": [{"id": offset}, {"id": offset + 1}] if offset < total else [], "total": total})

    tiny_api.answer("/things", answer)

    got = take_in_turns(extraction("things", in_flight=3))

    assert [one["id"] for one in got["things"]] == [0, 1, 2, 3, 0, 1, 2, 3, 4, 5]


def test_nothing_is_fetched_ahead_when_a_plugin_has_a_say_in_paging(tiny_api, acme, extraction):
    """Only it knows what follows."""
    import sdk

    class Last:
        @sdk.hookimpl
        def sdk_paginate(self, page: Any) -> Any:
            return sdk.LAST_PAGE if page.request.param("page") == "2" else None

    acme("things", paginator=NUMBERED)
    records = [{"id": at} for at in range(19)]
    tiny_api.answer("/things", lambda asked: numbered(asked, records, tiny_api.reply))

    got = take_in_turns(extraction("things", in_flight=4, plugins=(Last(),)))

    assert got["things"] == records[:4]
    assert len(tiny_api.targets) == 2


def test_what_must_be_whole_is_read_while_all_else_waits_for_a_commit(tiny_api, acme, extraction, speed, monkeypatch):
    """Answers that come after the extraction was told to pause take no place from what is still to be read."""
    labels = Resource("labels", data_selector="data", paginator=PageNumberPaginator(), write_disposition="replace")
    acme("things", PARTS, labels)
    tiny_api.lists("/things", [{"id": at} for at in range(8)])
    for at in range(8):
        tiny_api.lists(f"/things/{at}/parts", [{"id": at}])
    every = [{"id": at} for at in range(12)]
    tiny_api.answer("/labels", lambda asked: {"data": every[int(asked.query["page"]) - 1 :][:1]})
    asked, go = threading.Semaphore(0), threading.Event()

    from sdk.client import Client

    fetch = Client.fetch

    def gated(client: Client, resource: Resource, *given: Any) -> Any:
        if resource.name == "parts" and speed == "on threads":
            asked.release()
            assert go.wait(10)
        return fetch(client, resource, *given)

    monkeypatch.setattr(Client, "fetch", gated)
    reading = extraction("things", "parts", "labels", in_flight=2)
    pulling = {name: reading.batches(name) for name in reading.wanted}
    got = [*(next(pulling["labels"]) or ())]
    next(pulling["things"])
    if speed == "on threads":
        assert asked.acquire(timeout=10)
        assert asked.acquire(timeout=10)

    reading.pause()
    go.set()
    got += [one for batch in pulling["labels"] for one in batch or ()]

    assert got == every


def test_what_nobody_takes_is_bounded(tiny_api, acme, extraction):
    """A caller that takes from one resource alone, and slowly, has few pages of it read ahead."""
    acme("things")
    tiny_api.lists("/things", *([{"id": at}] for at in range(200)))

    reading = extraction("things", in_flight=4)
    batches = reading.batches("things")
    first = next(batches)
    idle(reading)
    asked_at_first = len(tiny_api.targets)
    for _ in range(20):
        next(batches)
    idle(reading)
    asked_later = len(tiny_api.targets)
    batches.close()

    assert first == [{"id": 0}]
    assert asked_at_first <= 3
    assert asked_later <= 21 + 8 + 1


def test_a_long_list_of_parents_does_not_run_away(tiny_api, acme, extraction):
    """Parents that nobody takes are read no faster than their children are."""
    acme("things", PARTS)
    tiny_api.lists("/things", *([{"id": page * 100 + at} for at in range(100)] for page in range(30)))
    tiny_api.answer("/things", tiny_api._answers["/things"])
    for at in range(3000):
        tiny_api.lists(f"/things/{at}/parts", [{"id": at}])

    reading = extraction("parts", in_flight=2)
    batches = reading.batches("parts")
    next(batches)
    idle(reading)
    pages = [target for target in tiny_api.targets if target.startswith("/things?") or target == "/things"]
    batches.close()

    assert len(pages) <= 2


def test_whoever_is_full_is_taken_from_first(tiny_api, acme, extraction):
    """A resource that has nothing yet says so when another's pages pile up; asked again at once it waits."""
    acme("things", PARTS)
    tiny_api.lists("/things", *([{"id": at}] for at in range(50)))
    for at in range(50):
        # Only the last thing has a part.
        tiny_api.lists(f"/things/{at}/parts", [{"id": at}] if at == 49 else [])

    reading = extraction("things", "parts", in_flight=2)
    parts = reading.batches("parts")
    items = [next(parts)]
    while items[-1] is not None:
        items.append(next(parts))
    rest = [one for batch in parts for one in batch or ()]

    assert items[:-1] == [[] for _ in items[:-1]]
    assert rest == [{"id": 49, "_things_id": 49}]


@pytest.mark.parametrize("in_flight", [1, 4])
def test_a_failure_reaches_whoever_needs_it(tiny_api, acme, extraction, in_flight):
    """The broken resource and its children; what does not hang on it is read to its end."""
    acme("things", PARTS, "others")
    tiny_api.lists("/others", *([{"id": at}] for at in range(5)))
    tiny_api.says("/things", {"data": [{"id": 1}], "next": "/things?page=2"}, {"gone": True})
    tiny_api.lists("/things/1/parts", [{"id": 10}])

    reading = extraction("things", "parts", "others", in_flight=in_flight)

    assert [one for batch in reading.batches("others") for one in batch or ()] == [{"id": at} for at in range(5)]
    for name in ("things", "parts"):
        with pytest.raises(ReadError, match="data_selector 'data' not found"):
            list(reading.batches(name))


def test_parts_wait_for_those_before_them(tiny_api, acme, extraction):
    """What one part handed on, the next does not ask for again."""
    acme(
        "things",
        Resource("open", path="/open", part_of="things", data_selector="data"),
        Resource("changed", path="/things/{log.thing}", part_of="things", data_selector="data", single=True),
        Resource("log", data_selector="data"),
    )
    tiny_api.lists("/things", [{"id": 1}])
    tiny_api.lists("/log", [{"id": 7, "thing": 2}, {"id": 8, "thing": 3}])
    # Late enough for the other part to come first, if it did not wait.
    late = threading.Event()
    tiny_api.says("/open", tiny_api.reply({"data": [{"id": 2}], "next": None}, until=late))
    for at in (2, 3):
        tiny_api.says(f"/things/{at}", {"data": {"id": at}, "next": None})
    threading.Timer(0.3, late.set).start()

    got = take_in_turns(extraction("things", in_flight=8))

    assert sorted(one["id"] for one in got["things"]) == [1, 2, 3]
    assert sorted(tiny_api.targets) == ["/log", "/open", "/things", "/things/3"]


def test_a_loop_ends_also_with_several_in_flight(tiny_api, acme, extraction):
    """The guards see the pages in their order."""
    acme("things", paginator=PageNumberPaginator(end=HasMore("more")))
    tiny_api.says("/things", {"data": [{"id": 1}], "more": True})

    with pytest.raises(PaginationLoopError):
        list(extraction("things", in_flight=8).batches("things"))


def test_threads_go_when_the_reading_ends(tiny_api, acme, extraction):
    """Whether it came to its end or was left."""
    acme("things", PARTS)
    tiny_api.lists("/things", [{"id": at} for at in range(20)])
    for at in range(20):
        tiny_api.lists(f"/things/{at}/parts", [{"id": at}])

    take_in_turns(extraction("parts", in_flight=4))
    left = extraction("parts", in_flight=4).batches("parts")
    next(left)
    left.close()

    def readers() -> list[str]:
        return [one.name for one in threading.enumerate() if one.name.startswith("sdk-reader")]

    # A reader may start another while this looks, and what has not started cannot be joined: hence by looking.
    until = time.monotonic() + 30
    while readers() and time.monotonic() < until:
        time.sleep(0.01)
    assert readers() == []


def test_a_machine_without_threads_left_is_read_with_those_there_are(tiny_api, acme, extraction, speed, monkeypatch):
    """Nothing waits for a thread that could not be started."""
    acme("things", PARTS)
    tiny_api.lists("/things", [{"id": at} for at in range(20)])
    for at in range(20):
        tiny_api.lists(f"/things/{at}/parts", [{"id": at}])
    start, refused = threading.Thread.start, []

    def start_one(thread: threading.Thread) -> None:
        if thread.name.startswith("sdk-reader") and thread.name != "sdk-reader-1":
            refused.append(thread.name)
            raise RuntimeError("can't start new thread")
        start(thread)

    monkeypatch.setattr(threading.Thread, "start", start_one)

    taken = take_in_turns(extraction("parts", in_flight=4))

    assert sorted(one["id"] for one in taken["parts"]) == list(range(20))
    assert bool(refused) is (speed == "on threads")


_LEFT = """
import sys
from sdk import Connector, NextLinkPaginator, Resource
from sdk.client import Client
from sdk.extraction import Extraction
from sdk.opening import now
from sdk.plugins import Hooks
from sdk.reader import Reader

parts = Resource("parts", path="/things/{things.id}/parts", data_selector="data")
things = Resource("things", data_selector="data")
connector = Connector("acme", base_url=sys.argv[1], paginator=NextLinkPaginator(), resources=[things, parts])
reader = Reader(connector, Hooks.of(), Client(connector, Hooks.of()))
batches = Extraction(reader, ["parts"], run_start=now(), in_flight=8).batches("parts")
print(next(batches))
"""


def test_a_process_ends_although_a_reading_goes_on(tiny_api):
    """Whoever takes one page and leaves is not held by threads that are still reading."""
    tiny_api.lists("/things", [{"id": at} for at in range(200)])
    for at in range(200):
        tiny_api.lists(f"/things/{at}/parts", [{"id": at}])

    for _ in range(5):
        done = subprocess.run(  # noqa: S603 - our own code
            [sys.executable, "-c", _LEFT, tiny_api.url], capture_output=True, text=True, timeout=60, check=True
        )
        assert "'_things_id'" in done.stdout


def idle(reading: Extraction) -> None:
    """Wait until nothing more is sent while nobody takes."""
    for _ in range(1000):
        with reading._lock:
            scheduler = reading._scheduler
            # Without threads, what is queued waits for whoever takes next.
            if scheduler.is_idle or not (scheduler.on_threads or scheduler._under_way):
                return
        threading.Event().wait(0.005)
    raise AssertionError("requests go on although nobody takes anything")
