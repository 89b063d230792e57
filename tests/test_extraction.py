"""Reading several resources together: each parent once, every cursor moved only when all is in."""

from __future__ import annotations

import json
from collections.abc import Callable, Sequence
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from sdk import Each, Incremental, NumberWindow, Resource, TimeWindow
from sdk.client import Client
from sdk.connector import Connector
from sdk.errors import DeclarationError, ExpansionError, ResponseError, SettingError
from sdk.extraction import Extraction
from sdk.paginators import NextLinkPaginator
from sdk.plugins import Hooks
from sdk.reader import Reader

JANUARY = datetime(2026, 1, 1, tzinfo=UTC)


def listed(name: str, path: str | None = None, **facts: Any) -> Resource:
    """Return a resource whose records are at `data`."""
    return Resource(name, data_selector="data", **({"path": path} if path else {}), **facts)


def changing(name: str, path: str | None = None, **facts: Any) -> Resource:
    """Return a resource that is asked for what changed since a time."""
    incremental = Incremental("at", overlap=timedelta(hours=1))
    return listed(name, path, window=TimeWindow(start_param="since"), incremental=incremental, **facts)


THINGS = listed("things")
PARTS = listed("parts", "/things/{things.id}/parts")
NOTES = listed("notes", "/things/{things.id}/notes")


class Runs:
    """Runs of one connector, one after the other, with the state that a pipeline would keep."""

    def __init__(self, api: Any, clock: Any) -> None:
        self.api = api
        self.clock = clock
        self.states: dict[str, dict[str, Any]] = {}

    def connector(self, *resources: Resource) -> Connector:
        """Return a connector of the API."""
        return Connector("acme", base_url=self.api.url, paginator=NextLinkPaginator(), resources=resources)

    def begin(self, resources: Sequence[Resource], *wanted: str, since: datetime | None = None) -> Extraction:
        """Return an extraction of *wanted*, default all that become tables."""
        connector = self.connector(*resources)
        hooks = Hooks.of()
        names = list(wanted) or [one.name for one in connector.tables]
        return Extraction(
            Reader(connector, hooks, Client(connector, hooks)),
            names,
            run_start=self.clock(),
            since=since,
            states={name: self.states.setdefault(name, {}) for name in names},
        )

    def run(
        self, resources: Sequence[Resource], *wanted: str, since: datetime | None = None
    ) -> dict[str, list[dict[str, Any]]]:
        """Read everything, settle the skips, and return the records; the requests are those of this run."""
        self.api.forget()
        extraction = self.begin(resources, *wanted, since=since)
        found = {name: records(extraction, name) for name in extraction.wanted}
        for name in extraction.wanted:
            extraction.settled(name)
        # As it comes back from a file.
        self.states = json.loads(json.dumps(self.states))
        return found


@pytest.fixture
def runs(tiny_api, clock) -> Runs:
    """Return runs against the tiny API."""
    return Runs(tiny_api, clock)


@pytest.fixture
def changes(tiny_api) -> Callable[..., None]:
    """Return a function that lets a path list those of some records that changed since the time asked for."""

    def serve(path: str, *found: dict[str, Any]) -> None:
        def answer(asked: Any) -> Any:
            since = datetime.fromisoformat(asked.query["since"])
            chosen = [one for one in found if "at" not in one or datetime.fromisoformat(one["at"]) >= since]
            return tiny_api.reply({"data": chosen, "next": None})

        tiny_api.answer(path, answer)

    return serve


def records(extraction: Extraction, name: str) -> list[dict[str, Any]]:
    """Return the records of all batches."""
    return [record for batch in extraction.batches(name) for record in batch]


def thing(number: int, at: str) -> dict[str, Any]:
    """Return a record that changed *at* a time in January 2026, written `day` or `dayThour`."""
    day, _, hour = at.partition("T")
    return {"id": number, "at": f"2026-01-{day}T{hour or '00'}:00:00Z"}


def since(asked: Any) -> str:
    """Return the path that was asked and from when on."""
    return f"{asked.path} {asked.query['since']}" if "since" in asked.query else asked.path


# --- parents and children


def test_a_parent_is_read_once_for_all_its_children(tiny_api, runs):
    """Three tables, one list of things."""
    tiny_api.lists("/things", [{"id": 1}], [{"id": 2}])
    for number in (1, 2):
        tiny_api.lists(f"/things/{number}/parts", [{"id": 10 * number}])
        tiny_api.lists(f"/things/{number}/notes", [{"id": 100 * number}])

    found = runs.run([THINGS, PARTS, NOTES])

    assert found == {
        "things": [{"id": 1}, {"id": 2}],
        "parts": [{"id": 10, "_things_id": 1}, {"id": 20, "_things_id": 2}],
        "notes": [{"id": 100, "_things_id": 1}, {"id": 200, "_things_id": 2}],
    }
    assert [target for target in tiny_api.targets if target.startswith("/things?") or target == "/things"] == [
        "/things",
        "/things?page=2",
    ]
    assert len(tiny_api.asked) == 6


def test_a_parent_is_read_once_when_only_its_children_are_wanted(tiny_api, runs):
    """Nobody takes the parent's records, and it is read for the children all the same."""
    tiny_api.lists("/things", [{"id": 1}])
    tiny_api.lists("/things/1/parts", [{"id": 10}])
    tiny_api.lists("/things/1/notes", [{"id": 100}])

    found = runs.run([THINGS, PARTS, NOTES], "notes", "parts")

    assert found == {"notes": [{"id": 100, "_things_id": 1}], "parts": [{"id": 10, "_things_id": 1}]}
    assert tiny_api.targets == ["/things", "/things/1/notes", "/things/1/parts"]


@pytest.mark.parametrize("order", [("things", "parts", "notes"), ("notes", "things", "parts")])
def test_in_turns(tiny_api, runs, order):
    """Whoever pulls, in whatever order: everybody gets everything, and nothing is asked twice."""
    tiny_api.lists("/things", [{"id": 1}], [{"id": 2}, {"id": 3}], [{"id": 4}])
    for number in (1, 2, 3, 4):
        tiny_api.lists(f"/things/{number}/parts", [{"id": 1}], [{"id": 2}])
        tiny_api.lists(f"/things/{number}/notes", [])
    extraction = runs.begin([THINGS, PARTS, NOTES])
    pulling = {name: extraction.batches(name) for name in order}
    found: dict[str, list[Any]] = {name: [] for name in order}

    while pulling:
        for name in list(pulling):
            batch = next(pulling[name], None)
            if batch is None:
                del pulling[name]
            else:
                found[name] += batch

    assert [one["id"] for one in found["things"]] == [1, 2, 3, 4]
    assert [(one["_things_id"], one["id"]) for one in found["parts"]] == [
        (number, part) for number in (1, 2, 3, 4) for part in (1, 2)
    ]
    assert found["notes"] == []
    assert len(tiny_api.targets) == len(set(tiny_api.targets)) == 3 + 8 + 4


def test_children_of_children(tiny_api, runs):
    """A key travels down as many levels as there are, each level asked as soon as its parent is known."""
    tiny_api.lists("/things", [{"id": 1}], [{"id": 2}])
    tiny_api.lists("/things/1/parts", [{"id": 11}])
    tiny_api.lists("/things/2/parts", [])
    tiny_api.lists("/parts/11/bolts", [{"id": 111}, {"id": 112}])
    tiny_api.lists("/bolts/111/nuts", [{"id": 1}])
    tiny_api.lists("/bolts/112/nuts", [{"id": 1}])
    bolts = listed("bolts", "/parts/{parts.id}/bolts")
    nuts = listed("nuts", "/bolts/{bolts.id}/nuts", include_from_parent=["id", "_parts_id"])

    found = runs.run([nuts, bolts, PARTS, THINGS], "nuts")

    assert found == {
        "nuts": [
            {"id": 1, "_bolts_id": 111, "_bolts__parts_id": 11},
            {"id": 1, "_bolts_id": 112, "_bolts__parts_id": 11},
        ]
    }
    assert tiny_api.targets == [
        "/things",
        "/things/1/parts",
        "/parts/11/bolts",
        "/bolts/111/nuts",
        "/bolts/112/nuts",
        "/things?page=2",
        "/things/2/parts",
    ]


def test_united_parents_are_asked_once_for_each_key(tiny_api, runs):
    """Agents and requesters may be the same person, whose groups are one list."""
    tiny_api.lists("/agents", [{"id": 1}, {"id": 2}])
    tiny_api.lists("/requesters", [{"id": 2}, {"id": 3}])
    for number in (1, 2, 3):
        tiny_api.lists(f"/people/{number}/groups", [{"id": number}])
    groups = listed("groups", "/people/{agents.id|requesters.id}/groups", parent_as="people")

    found = runs.run([listed("agents"), listed("requesters"), groups])

    assert found["groups"] == [{"id": number, "_people_id": number} for number in (1, 2, 3)]
    assert sorted(tiny_api.targets) == [
        "/agents",
        "/people/1/groups",
        "/people/2/groups",
        "/people/3/groups",
        "/requesters",
    ]


def test_a_parent_that_lists_a_record_twice(tiny_api, runs):
    """A list that moves while it is paged repeats records; their children are asked for once."""
    tiny_api.lists("/things", [{"id": 1}], [{"id": 1}, {"id": 2}])
    tiny_api.lists("/things/1/parts", [{"id": 10}])
    tiny_api.lists("/things/2/parts", [])

    found = runs.run([THINGS, PARTS], "parts")

    assert found == {"parts": [{"id": 10, "_things_id": 1}]}
    assert tiny_api.targets.count("/things/1/parts") == 1


def test_a_parent_without_its_key(tiny_api, runs):
    """A child that cannot be asked for is an error: a skipped one would be lost in silence."""
    tiny_api.lists("/things", [{"id": 1, "code": None}])
    coded = listed("parts", "/things/{things.code}/parts")

    with pytest.raises(ExpansionError) as caught:
        runs.run([THINGS, coded])

    assert str(caught.value) == "acme.parts: a record of things has no 'code' for its children: it is null"


def test_an_optional_parent(tiny_api, runs):
    """Where the account has no workspaces the list is read once without one; where it has, once for each."""
    things = listed(
        "things",
        params={"workspace": "{workspaces.id}", "all": True},
        include_from_parent=(),
        unique_key=True,
        optional_parent=True,
    )
    tiny_api.answer("/things", lambda asked: tiny_api.reply({"data": [{"id": len(asked.query)}], "next": None}))
    tiny_api.lists("/workspaces", [])

    assert runs.run([listed("workspaces"), things], "things") == {"things": [{"id": 1}]}
    assert tiny_api.targets == ["/workspaces", "/things?all=true"]

    tiny_api.lists("/workspaces", [{"id": 7}], [{"id": 8}])
    assert runs.run([listed("workspaces"), things], "things") == {"things": [{"id": 2}, {"id": 2}]}
    assert tiny_api.targets == [
        "/workspaces",
        "/things?workspace=7&all=true",
        "/workspaces?page=2",
        "/things?workspace=8&all=true",
    ]


def test_an_optional_parent_lists_all_in_every_run():
    """Workspaces that are there and did not change are not the same as no workspaces."""
    things = listed(
        "things",
        params={"workspace": "{workspaces.id}"},
        include_from_parent=(),
        unique_key=True,
        optional_parent=True,
    )

    with pytest.raises(DeclarationError, match="optional_parent is for parents that are not incremental"):
        Connector("acme", resources=[changing("workspaces"), things])


def test_given_values_stand_in_for_a_parent(tiny_api, runs):
    """A setting that names the things to read: nobody lists them."""
    tiny_api.lists("/things/7/parts", [{"id": 70}])
    tiny_api.lists("/things/8/parts", [{"id": 80}])

    found = runs.run([listed("things", given=["7", "8"], hidden=True), PARTS])

    assert found == {"parts": [{"id": 70, "_things_id": "7"}, {"id": 80, "_things_id": "8"}]}
    assert tiny_api.targets == ["/things/7/parts", "/things/8/parts"]


@pytest.mark.parametrize("given", [None, [], ()])
def test_nothing_given_reads_the_list(tiny_api, runs, given):
    """The setting is there and empty: the API says which things there are."""
    tiny_api.lists("/things", [{"id": 1}])
    tiny_api.lists("/things/1/parts", [])

    runs.run([listed("things", given=given, hidden=True), PARTS])

    assert tiny_api.targets == ["/things", "/things/1/parts"]


def test_each_value_of_a_parameter_is_read(tiny_api, runs):
    """Every combination, also for each parent; without a value the parameter stays out."""
    tiny_api.lists("/things", [{"id": 1}])
    tiny_api.lists("/things/1/parts", [{"id": 10}])
    things = listed("things", params={"kind": Each(["a", "b"]), "open": Each([True], also_without=True)})
    parts = listed("parts", "/things/{things.id}/parts", params={"side": Each(["l", "r"])})

    found = runs.run([things, parts])

    assert found["things"] == [{"id": 1}] * 4
    assert found["parts"] == [{"id": 10, "_things_id": 1}] * 2
    assert tiny_api.targets == [
        "/things?kind=a",
        "/things?kind=a&open=true",
        "/things?kind=b",
        "/things?kind=b&open=true",
        "/things/1/parts?side=l",
        "/things/1/parts?side=r",
    ]


def test_each_of_no_values_is_an_error(tiny_api, runs):
    """A setting that empties the list would read nothing, and say nothing."""
    with pytest.raises(SettingError, match=r"parameter 'kind' is read once for each value, and has none$"):
        runs.run([listed("things", params={"kind": Each([])})])

    assert tiny_api.targets == []


# --- clocks


def test_a_clock_that_is_ahead_hides_nothing(tiny_api, runs, clock):
    """How far a list was read is told by the server's clock: its changes until our noon are still to come."""
    tiny_api.lists("/things", [{"id": 1}])
    clock.now = datetime(2999, 1, 1, tzinfo=UTC)

    runs.run([THINGS])

    assert datetime.fromisoformat(runs.states["things"]["completed"]["at"]) <= datetime.now(UTC)


def test_a_clock_that_is_behind_counts(tiny_api, runs, clock):
    """Then our own start is the earlier one."""
    tiny_api.lists("/things", [{"id": 1}])

    runs.run([THINGS])

    assert datetime.fromisoformat(runs.states["things"]["completed"]["at"]) == clock()


# --- everything forbidden


def test_everything_forbidden_is_an_error(tiny_api, runs):
    """One resource that is forbidden may be gated; where all are, the credentials are wrong."""
    for name in ("things", "others"):
        tiny_api.says(f"/{name}", tiny_api.reply({"code": "access_denied"}, 403))

    with pytest.raises(ResponseError, match=r"^acme: all that was asked answered 403; check base_url$") as caught:
        runs.run([listed("things", skip_statuses={403}), listed("others", skip_statuses={403})])

    assert caught.value.status == 403


def test_one_answer_is_enough(tiny_api, runs):
    """With one that can be read the credentials are right, and the rest is gated."""
    tiny_api.says("/things", tiny_api.reply({"code": "access_denied"}, 403))
    tiny_api.lists("/others", [])

    assert runs.run([listed("things", skip_statuses={403}), listed("others")]) == {"things": [], "others": []}


# --- further ways to read a resource


def test_a_part_adds_what_the_main_list_lacks(tiny_api, runs):
    """Its records are handed on as the resource's own, those that came already left out; children see them too."""
    tiny_api.lists("/things", [{"id": 1}, {"id": 2}])
    tiny_api.lists("/trash", [{"id": 2}, {"id": 3}])
    for number in (1, 2, 3):
        tiny_api.lists(f"/things/{number}/parts", [{"id": number * 10}])

    found = runs.run([THINGS, listed("trash", part_of="things"), PARTS])

    assert found == {
        "things": [{"id": 1}, {"id": 2}, {"id": 3}],
        "parts": [{"id": number * 10, "_things_id": number} for number in (1, 2, 3)],
    }


def test_a_part_for_continuing_runs(tiny_api, runs, changes):
    """Things named by a log of events are asked one by one, in runs where the list shows changes alone."""
    one = listed("one_thing", "/things/{touched.id}", single=True, part_of="things", only_continuing=True)
    events = changing("touched", "/events", hidden=True)
    changes("/things", thing(1, "01"), thing(2, "09"))
    changes("/events", thing(1, "10T12"), thing(2, "10T13"))
    tiny_api.says("/things/1", {"data": {"id": 1, "fresh": True}, "next": None})
    tiny_api.says("/things/2", {"data": {"id": 2, "fresh": True}, "next": None})

    assert runs.run([changing("things"), events, one])["things"] == [thing(1, "01"), thing(2, "09")]
    assert [since(asked) for asked in tiny_api.asked] == ["/things 1970-01-01T00:00:00Z"]

    runs.clock.advance(days=1)
    assert runs.run([changing("things"), events, one])["things"] == [thing(2, "09"), {"id": 1, "fresh": True}]
    assert [since(asked) for asked in tiny_api.asked] == [
        "/things 2026-01-08T23:00:00Z",
        # From the newest change that the list itself showed: the API's clock may be behind ours.
        "/events 2026-01-08T23:00:00Z",
        "/things/1",
    ]


# --- cursors


def test_a_run_begins_where_the_last_one_ended(tiny_api, runs, changes):
    """At the largest cursor, less the overlap; whatever the order of the records."""
    changes("/things", thing(1, "03"), thing(2, "05"), thing(3, "04"))
    runs.run([changing("things")])
    assert [since(one) for one in tiny_api.asked] == ["/things 1970-01-01T00:00:00Z"]

    found = runs.run([changing("things")])

    assert [since(one) for one in tiny_api.asked] == ["/things 2026-01-04T23:00:00Z"]
    assert found == {"things": [thing(2, "05")]}


def test_a_run_without_news_keeps_the_cursor(tiny_api, runs, changes):
    """An empty answer is no reason to begin anew, nor to skip ahead."""
    changes("/things", thing(1, "03"))
    runs.run([changing("things")])
    kept = runs.states["things"]["cursors"]
    changes("/things")

    runs.run([changing("things")])

    assert runs.states["things"]["cursors"] == kept


def test_a_cursor_never_passes_the_start_of_the_run(tiny_api, runs, changes):
    """One record dated 2099 must not end all later reading."""
    changes("/things", thing(1, "03"), {"id": 2, "at": "2099-01-01T00:00:00Z"})
    runs.run([changing("things")])

    runs.run([changing("things")])

    assert [since(one) for one in tiny_api.asked] == ["/things 2026-01-10T11:00:00Z"]


def test_cursors_are_instants(tiny_api, runs, changes):
    """`08:00+02:00` lies before `07:00Z`, though its text is larger."""
    changes("/things", {"id": 1, "at": "2026-01-05T08:00:00+02:00"}, {"id": 2, "at": "2026-01-05T07:00:00Z"})
    runs.run([changing("things")])

    runs.run([changing("things")])

    assert [since(one) for one in tiny_api.asked] == ["/things 2026-01-05T06:00:00Z"]


def test_number_cursors(tiny_api, runs):
    """An id to begin after, as a number and not as text: 10 is more than 9."""
    things = listed(
        "things", window=NumberWindow(start_param="since_id"), incremental=Incremental("id", kind="number", overlap=0)
    )
    tiny_api.lists("/things", [{"id": 9}, {"id": "10"}, {"id": 2}])
    runs.run([things], since=JANUARY)

    runs.run([things], since=JANUARY)

    assert tiny_api.targets == ["/things?since_id=10"]


def test_records_without_a_cursor(tiny_api, runs, changes):
    """They arrive, and move nothing."""
    changes("/things", {"id": 1}, thing(3, "03"))

    assert runs.run([changing("things")]) == {"things": [{"id": 1}, thing(3, "03")]}
    assert runs.run([changing("things")]) == {"things": [{"id": 1}, thing(3, "03")]}
    assert [since(one) for one in tiny_api.asked] == ["/things 2026-01-02T23:00:00Z"]


def test_each_thing_asked_has_its_own_cursor(tiny_api, runs, changes):
    """What is kept for one value of a parameter, or one parent, says nothing of the others."""
    things = changing("things", params={"kind": Each(["a", "b"])})
    parts = changing("parts", "/things/{things.id}/parts")

    def answer(asked: Any) -> Any:
        found = thing(1, "03") if asked.query["kind"] == "a" else thing(2, "06")
        late = datetime.fromisoformat(found["at"]) >= datetime.fromisoformat(asked.query["since"])
        return tiny_api.reply({"data": [found] if late else [], "next": None})

    tiny_api.answer("/things", answer)
    changes("/things/1/parts", thing(10, "02"))
    changes("/things/2/parts", thing(20, "04"))
    runs.run([things, parts])

    runs.run([things, parts])

    assert [(since(one), one.query.get("kind")) for one in tiny_api.asked] == [
        ("/things 2026-01-02T23:00:00Z", "a"),
        ("/things 2026-01-05T23:00:00Z", "b"),
        ("/things/1/parts 2026-01-01T23:00:00Z", None),
        ("/things/2/parts 2026-01-03T23:00:00Z", None),
    ]


def test_children_of_unchanged_parents_are_left_alone(tiny_api, runs, changes):
    """A child is asked for again when its parent changed since the child was last read."""
    changes("/things", thing(1, "01"), thing(2, "05"))
    tiny_api.lists("/things/1/parts", [{"id": 10}])
    tiny_api.lists("/things/2/parts", [{"id": 20}])
    assert len(runs.run([changing("things"), PARTS])["parts"]) == 2

    runs.run([changing("things"), PARTS])

    assert [since(one) for one in tiny_api.asked] == ["/things 2026-01-04T23:00:00Z", "/things/2/parts"]


def test_a_child_that_is_selected_later_reads_all_parents(tiny_api, runs, changes):
    """However often the parents were loaded before; the next run of both is incremental again."""
    changes("/things", thing(1, "01"), thing(2, "05"))
    tiny_api.lists("/things/1/parts", [{"id": 10}])
    tiny_api.lists("/things/2/parts", [{"id": 20}])
    runs.run([changing("things"), PARTS], "things")

    found = runs.run([changing("things"), PARTS])

    assert found["parts"] == [{"id": 10, "_things_id": 1}, {"id": 20, "_things_id": 2}]
    assert [since(one) for one in tiny_api.asked] == [
        "/things 1970-01-01T00:00:00Z",
        "/things/1/parts",
        "/things/2/parts",
    ]

    runs.run([changing("things"), PARTS])
    assert [since(one) for one in tiny_api.asked] == ["/things 2026-01-04T23:00:00Z", "/things/2/parts"]


def test_a_new_child_leaves_the_other_children_alone(tiny_api, runs, changes):
    """One child reads all parents for the first time; the other sees only those that changed for it."""
    changes("/things", thing(1, "01"), thing(2, "05"))
    for number in (1, 2):
        tiny_api.lists(f"/things/{number}/parts", [])
        tiny_api.lists(f"/things/{number}/notes", [])
    runs.run([changing("things"), PARTS, NOTES], "parts")

    runs.run([changing("things"), PARTS, NOTES], "parts", "notes")

    assert [since(one) for one in tiny_api.asked] == [
        "/things 1970-01-01T00:00:00Z",
        "/things/2/parts",
        "/things/1/notes",
        "/things/2/notes",
    ]


def test_an_earlier_start_date_reads_again(tiny_api, runs, changes):
    """What lies before the old date was never read, whatever cursor was kept; the date bounds what is asked."""
    changes("/things", thing(1, "01"), thing(2, "05"), thing(3, "07"))
    things = [changing("things")]
    assert runs.run(things, since=datetime(2026, 1, 4, tzinfo=UTC)) == {"things": [thing(2, "05"), thing(3, "07")]}

    assert runs.run(things, since=datetime(2026, 1, 6, tzinfo=UTC)) == {"things": [thing(3, "07")]}
    assert [since(one) for one in tiny_api.asked] == ["/things 2026-01-06T23:00:00Z"]

    assert len(runs.run(things, since=JANUARY)["things"]) == 3
    assert [since(one) for one in tiny_api.asked] == ["/things 2026-01-01T00:00:00Z"]

    assert runs.run(things, since=JANUARY) == {"things": [thing(3, "07")]}
    assert len(runs.run(things)["things"]) == 3
    assert [since(one) for one in tiny_api.asked] == ["/things 1970-01-01T00:00:00Z"]


def test_a_start_date_bounds_the_overlap(tiny_api, runs, changes):
    """Nothing before it is asked for."""
    start = datetime(2026, 1, 5, 0, 30, tzinfo=UTC)
    changes("/things", thing(1, "05T01"))
    runs.run([changing("things")], since=start)

    runs.run([changing("things")], since=start)

    assert [since(one) for one in tiny_api.asked] == ["/things 2026-01-05T00:30:00Z"]


def test_revisit(tiny_api, runs, changes):
    """A new child does not touch its parent: those of the last days are asked for again."""
    parts = listed("parts", "/things/{things.id}/parts", revisit=timedelta(days=2))
    changes("/things", thing(1, "01"), thing(2, "04"), thing(3, "05"))
    for number in (1, 2, 3):
        tiny_api.lists(f"/things/{number}/parts", [])
    runs.run([changing("things"), parts])

    runs.run([changing("things"), parts])

    assert [since(one) for one in tiny_api.asked] == [
        "/things 2026-01-03T00:00:00Z",
        "/things/2/parts",
        "/things/3/parts",
    ]


def test_closing_early_moves_no_cursor(tiny_api, runs, changes):
    """Who stops after a page has not seen the rest; nor has a child of what was read."""
    tiny_api.lists("/things", [thing(2, "05")], [thing(1, "01")])
    tiny_api.lists("/things/2/parts", [{"id": 20}])
    extraction = runs.begin([changing("things"), PARTS])
    batches = extraction.batches("things")

    assert next(batches) == [thing(2, "05")]
    batches.close()

    assert records(extraction, "parts") == [{"id": 20, "_things_id": 2}]
    assert runs.states == {"things": {}, "parts": {}}
    assert not extraction.is_complete("parts")


def test_an_error_moves_no_cursor(tiny_api, runs):
    """Pages before the error were taken, and are read again in the next run."""
    next_page = {"data": [thing(1, "01")], "next": "/things?page=2"}
    tiny_api.says("/things", next_page, tiny_api.reply(None, 400))
    extraction = runs.begin([changing("things")])

    with pytest.raises(ResponseError):
        records(extraction, "things")

    assert runs.states == {"things": {}}


def test_an_error_in_the_parent_reaches_every_puller(tiny_api, runs):
    """Whoever comes later must not take the broken list for its end."""
    tiny_api.says("/things", {"data": [{"id": 1}], "next": "/things?page=2"}, tiny_api.reply(None, 403))
    tiny_api.lists("/things/1/parts", [{"id": 10}])
    tiny_api.lists("/things/1/notes", [{"id": 100}])
    extraction = runs.begin([THINGS, PARTS, NOTES])
    text = "acme.things: GET /things?page=2 answered 403; "

    for name in ("parts", "things", "notes"):
        got = []
        with pytest.raises(ResponseError) as caught:
            got.extend(batch for batch in extraction.batches(name))
        assert str(caught.value).startswith(text)

    assert tiny_api.targets.count("/things?page=2") == 1
    assert not any(extraction.is_complete(name) for name in extraction.wanted)


def test_an_error_in_a_child_spares_the_parent(tiny_api, runs):
    """The parent's list is whole without it; the child's is not."""
    tiny_api.lists("/things", [{"id": 1}])
    tiny_api.says("/things/1/parts", tiny_api.reply(None, 400))
    extraction = runs.begin([THINGS, PARTS])

    with pytest.raises(ResponseError):
        records(extraction, "parts")

    assert records(extraction, "things") == [{"id": 1}]
    assert (extraction.is_complete("things"), extraction.is_complete("parts")) == (True, False)


# --- skips


GATED = listed("parts", "/things/{things.id}/parts", skip_statuses=[403])


def test_a_skip_is_asked_again_although_its_parent_did_not_change(tiny_api, runs, changes):
    """An account that gets the module later gets its rows, without a change to any parent."""
    changes("/things", thing(1, "01"), thing(2, "05"))
    tiny_api.says("/things/1/parts", tiny_api.reply({}, 403))
    tiny_api.lists("/things/2/parts", [])
    runs.run([changing("things"), GATED])
    kept = runs.states["parts"]["skips"]
    assert [one["request"] for one in kept.values()] == ["GET /things/1/parts"]

    runs.clock.advance(days=1)
    runs.run([changing("things"), GATED])

    assert "/things/1/parts" in tiny_api.targets
    assert runs.states["parts"]["skips"] == kept

    tiny_api.lists("/things/1/parts", [{"id": 10}])
    found = runs.run([changing("things"), GATED])

    assert found["parts"] == [{"id": 10, "_things_id": 1}]
    assert runs.states["parts"]["skips"] == {}
    runs.run([changing("things"), GATED])
    assert "/things/1/parts" not in tiny_api.targets


def test_a_skip_that_its_parent_names_too_is_asked_once(tiny_api, runs):
    """A parent's full list names the skipped child anyway."""
    tiny_api.lists("/things", [{"id": 1}])
    tiny_api.says("/things/1/parts", tiny_api.reply({}, 403))
    runs.run([THINGS, GATED])

    runs.run([THINGS, GATED])

    assert sorted(tiny_api.targets) == ["/things", "/things/1/parts"]


def test_two_parents_that_share_what_is_asked(tiny_api, runs, changes):
    """Both lack their rows, and both get them once these are there."""
    parts = listed("parts", "/owners/{things.owner}/parts", include_from_parent=["id"], skip_statuses=[403])
    changes("/things", *({**thing(number, "01"), "owner": 7} for number in (1, 2)), {**thing(3, "05"), "owner": 8})
    tiny_api.says("/owners/7/parts", tiny_api.reply({}, 403))
    tiny_api.lists("/owners/8/parts", [])
    runs.run([changing("things"), parts])
    tiny_api.lists("/owners/7/parts", [{"id": 70}])

    found = runs.run([changing("things"), parts])

    assert found["parts"] == [{"id": 70, "_things_id": 1}, {"id": 70, "_things_id": 2}]
    assert runs.states["parts"]["skips"] == {}


def test_a_skip_survives_another_base_url(tiny_api, foreign_api, clock, runs, changes):
    """What is remembered is the path: the API may have moved meanwhile."""
    changes("/things", thing(1, "01"), thing(2, "05"))
    tiny_api.says("/things/1/parts", tiny_api.reply({}, 403))
    tiny_api.lists("/things/2/parts", [])
    runs.run([changing("things"), GATED])
    runs.api = foreign_api
    foreign_api.lists("/things", [])
    foreign_api.lists("/things/1/parts", [{"id": 10}])

    assert runs.run([changing("things"), GATED])["parts"] == [{"id": 10, "_things_id": 1}]
    assert tiny_api.url not in str(runs.states)


def test_skips_of_a_parent_that_nobody_else_reads(tiny_api, runs):
    """A hidden level that is gated belongs to the children's skips, and is asked again for them."""
    parts = listed("parts", "/things/{things.id}/parts", skip_statuses=[403], hidden=True)
    bolts = listed("bolts", "/parts/{parts.id}/bolts")
    tiny_api.lists("/things", [{"id": 1}], [{"id": 2}])
    tiny_api.says("/things/1/parts", tiny_api.reply({}, 403))
    tiny_api.lists("/things/2/parts", [{"id": 20}])
    tiny_api.lists("/parts/20/bolts", [{"id": 200}])
    extraction = runs.begin([THINGS, parts, bolts], "bolts")

    assert records(extraction, "bolts") == [{"id": 200, "_parts_id": 20}]
    assert [(one.resource, one.request) for one in extraction.skips("bolts")] == [("parts", "GET /things/1/parts")]

    extraction.settled("bolts")
    tiny_api.lists("/things/1/parts", [{"id": 10}])
    tiny_api.lists("/parts/10/bolts", [{"id": 100}])
    found = runs.run([THINGS, parts, bolts], "bolts")

    assert sorted(one["id"] for one in found["bolts"]) == [100, 200]
    assert runs.states["bolts"]["skips"] == {}


def test_a_skip_of_a_hidden_parent_is_asked_again_although_nothing_changed(tiny_api, runs, changes):
    """The skip is the child's, the records are its parent's: none of these may become rows of the child."""
    parts = listed("parts", "/things/{things.id}/parts", skip_statuses=[403], hidden=True)
    bolts = listed("bolts", "/parts/{parts.id}/bolts")
    changes("/things", thing(1, "01"), thing(2, "05"))
    tiny_api.says("/things/1/parts", tiny_api.reply({}, 403))
    tiny_api.lists("/things/2/parts", [])
    runs.run([changing("things"), parts, bolts], "bolts")
    tiny_api.lists("/things/1/parts", [{"id": 10}])
    tiny_api.lists("/parts/10/bolts", [{"id": 100}])

    found = runs.run([changing("things"), parts, bolts], "bolts")

    assert found == {"bolts": [{"id": 100, "_parts_id": 10}]}
    assert runs.states["bolts"]["skips"] == {}


def test_a_skip_that_becomes_its_parent_s_own(tiny_api, runs, changes):
    """Skipped for a child first, then for the parent itself: it is still skipped, and not repaid."""
    parts = listed("parts", "/things/{things.id}/parts", skip_statuses=[403])
    bolts = listed("bolts", "/parts/{parts.id}/bolts")
    tiny_api.lists("/things", [{"id": 1}])
    tiny_api.says("/things/1/parts", tiny_api.reply({}, 403))
    runs.run([THINGS, parts, bolts], "bolts")
    extraction = runs.begin([THINGS, parts, bolts], "parts", "bolts")
    found = {name: records(extraction, name) for name in ("parts", "bolts")}

    settled = {name: extraction.settled(name) for name in found}

    assert found == {"parts": [], "bolts": []}
    assert [one.request for one in settled["parts"][0]] == ["GET /things/1/parts"]
    assert (settled["parts"][1], settled["bolts"]) == ([], ([], []))


def test_a_skip_remembers_where_its_time_begins(tiny_api, runs, changes):
    """A parent says since when there is anything, and reading begins a day before; a skipped list does so later."""
    window = TimeWindow(start_param="since", initial_value="{things.at}")
    parts = listed("parts", "/things/{things.id}/parts", window=window, skip_statuses=[403])
    changes("/things", thing(1, "01"), thing(2, "05"))
    tiny_api.says("/things/1/parts", tiny_api.reply({}, 403))
    tiny_api.lists("/things/2/parts", [])
    runs.run([changing("things"), parts], "parts")

    runs.run([changing("things"), parts], "parts")

    assert [since(one) for one in tiny_api.asked] == [
        "/things/1/parts 2025-12-31T00:00:00Z",
        "/things 2026-01-04T23:00:00Z",
        "/things/2/parts 2026-01-04T00:00:00Z",
    ]


def test_a_skipped_list_keeps_its_cursor(tiny_api, runs, changes):
    """An incremental child that was skipped is read from its own beginning once it is there."""
    parts = changing("parts", "/things/{things.id}/parts", skip_statuses=[403])
    tiny_api.lists("/things", [{"id": 1}])
    changes("/things/1/parts", thing(10, "02"), thing(11, "04"))
    runs.run([THINGS, parts])
    tiny_api.says("/things/1/parts", tiny_api.reply({}, 403))
    runs.run([THINGS, parts])
    changes("/things/1/parts", thing(10, "02"), thing(11, "04"), thing(12, "05"))

    found = runs.run([THINGS, parts])

    assert [since(one) for one in tiny_api.asked] == ["/things", "/things/1/parts 2026-01-03T23:00:00Z"]
    assert [one["id"] for one in found["parts"]] == [11, 12]


def test_a_list_that_was_skipped_in_part_is_read_whole_again(tiny_api, runs):
    """Of two stretches of time the first was refused: its cursor stays, or that stretch would be lost."""
    window = TimeWindow(start_param="since", end_param="until", step=timedelta(days=5), initial_value="2026-01-01")
    things = listed("things", window=window, incremental=Incremental("at"), skip_statuses=[403])

    def answer(asked: Any) -> Any:
        if asked.query["since"].startswith("2026-01-01"):
            return tiny_api.reply({}, 403)
        return tiny_api.reply({"data": [thing(2, "07")], "next": None})

    tiny_api.answer("/things", answer)
    assert runs.run([things]) == {"things": [thing(2, "07")]}
    tiny_api.lists("/things", [])

    runs.run([things])

    assert tiny_api.asked[0].query["since"] == "2026-01-01T00:00:00Z"
