"""However often a reading pauses for a commit, and whenever, it ends, and every record came, once where that counts."""

from __future__ import annotations

from collections.abc import Mapping
from itertools import count, cycle
from random import Random
from typing import Any, Final

import pytest
from attrs import frozen
from hypothesis import event, given, settings
from hypothesis import strategies as st

from sdk.checkpoints import Checkpoint
from sdk.extraction import Extraction
from sdk.opening import Opened
from sdk.paginators import CursorPaginator, EmptyPage, EndRule, PageNumberPaginator, Total
from sdk.resource import Resource, WriteDisposition
from sdk.testing.faults.wire import Answer, Asked, FaultServer
from tests.properties.serving import NOW, mounted, opened

PAGE: Final = 2
TABLES: Final = ("things", "parts", "notes", "labels")
# Each leg brings something, and there are fewer records.
_MOST_LEGS: Final = 200


@frozen
class World:
    """A connector, how it is read, and when it pauses.

    Attributes:
        dispositions: How each table is written.
        wanted: The tables that are read.
        things: How many there are.
        apart: How many of them only a further way of reading lists.
        each: How many parts each thing has, and how many notes each part, in turn.
        labels: How many there are.
        end: How lists that are numbered end.
        pauses: After how many batches each leg pauses, in turn.
        seed: Of the order in which tables are taken from.
    """

    dispositions: Mapping[str, WriteDisposition]
    wanted: tuple[str, ...]
    things: int
    apart: int
    each: tuple[int, ...]
    labels: int
    end: EndRule
    in_flight: int
    pauses: tuple[int, ...]
    seed: int

    @property
    def resources(self) -> list[Resource]:
        """The connector's resources."""
        numbered, walked = PageNumberPaginator(end=self.end), CursorPaginator("next", cursor_param="after")
        return [
            self._resource("things", paginator=numbered),
            *([Resource("others", part_of="things", data_selector="rows", paginator=numbered)] if self.apart else []),
            self._resource("parts", path="/things/{things.id}/parts", paginator=walked),
            self._resource("notes", path="/parts/{parts.id}/notes", paginator=walked, unique_key=True),
            self._resource("labels", paginator=numbered),
        ]

    def _resource(self, name: str, **facts: Any) -> Resource:
        return Resource(name, data_selector="rows", write_disposition=self.dispositions[name], **facts)

    def rows(self, path: str) -> list[dict[str, Any]]:
        """Return the records at *path*."""
        match path.strip("/").split("/"):
            case ["things"]:
                return [{"id": one} for one in range(self.things - self.apart)]
            case ["others"]:
                # Some of these came already.
                return [{"id": one} for one in range(self.things)][-self.apart - 1 :]
            case ["labels"]:
                return [{"id": one} for one in range(self.labels)]
            case [_, above, _]:
                several = self.each[int(above) % len(self.each)]
                return [{"id": 10 * (int(above) + 1) + one} for one in range(several)]
            case _:
                raise AssertionError(path)

    @property
    def truth(self) -> dict[str, list[dict[str, Any]]]:
        """The records of each table."""
        things = [{"id": one} for one in range(self.things)]
        parts = [
            {**part, "_things_id": one["id"]} for one in things for part in self.rows(f"/things/{one['id']}/parts")
        ]
        notes = [{**note, "_parts_id": one["id"]} for one in parts for note in self.rows(f"/parts/{one['id']}/notes")]
        return {"things": things, "parts": parts, "notes": notes, "labels": self.rows("/labels")}

    def __call__(self, asked: Asked) -> Answer:
        """Answer one request."""
        rows = self.rows(asked.path)
        begin = (int(asked.query["page"]) - 1) * PAGE if "page" in asked.query else int(asked.query.get("after", 0))
        more = begin + PAGE if begin + PAGE < len(rows) else None
        return Answer({"rows": rows[begin : begin + PAGE], "next": more, "total": len(rows)})


@st.composite
def worlds(draw: st.DrawFn) -> World:
    """Draw a world."""
    dispositions = {name: draw(st.sampled_from(["merge", "replace", "append"])) for name in TABLES}
    things = draw(st.integers(0, 9))
    return World(
        dispositions,
        tuple(draw(st.lists(st.sampled_from(TABLES), min_size=1, unique=True))),
        things,
        draw(st.integers(0, min(3, things))),
        tuple(draw(st.lists(st.integers(0, 5), min_size=1, max_size=4))),
        draw(st.integers(0, 9)),
        draw(st.sampled_from([EmptyPage(), Total("total")])),
        draw(st.sampled_from([1, 2, 3, 8])),
        tuple(draw(st.lists(st.integers(1, 8), min_size=1, max_size=4))),
        draw(st.integers(0, 1000)),
    )


def read_in_legs(world: World, reader: Opened) -> dict[str, list[dict[str, Any]]]:
    """Read all that is wanted, and pause as the world says."""
    chance = Random(world.seed)  # noqa: S311 - an order that can be drawn again
    pauses, checkpoint = cycle(world.pauses), None
    found: dict[str, list[dict[str, Any]]] = {name: [] for name in world.wanted}
    left = world.wanted
    for legs in count(1):
        assert legs < _MOST_LEGS
        checkpoint = leg(
            Extraction(reader.reader(), left, run_start=NOW, in_flight=world.in_flight, checkpoint=checkpoint),
            found,
            chance,
            next(pauses),
        )
        if checkpoint is None:
            event(f"legs: {min(legs, 9)}")
            return found
        left = checkpoint.left
    raise AssertionError


def leg(
    extraction: Extraction, found: dict[str, list[dict[str, Any]]], chance: Random, pause: int
) -> Checkpoint | None:
    """Take in any order what comes until it pauses after *pause* batches; return where it stands then."""
    pulling = {name: extraction.batches(name) for name in extraction.wanted}
    taken = 0
    while pulling:
        name = chance.choice(list(pulling))
        batch = next(pulling[name], ...)
        if batch is ...:
            del pulling[name]
        elif batch is not None:
            found[name].extend(batch)
            taken += 1
            if taken == pause:
                extraction.pause()
    try:
        return extraction.checkpoint("all of it")
    finally:
        extraction.reader.client.close()


def every_record_once(server: FaultServer, waits: object, world: World) -> None:
    """Whatever is replaced or appended; what is merged may come twice, of a further way to list it, and is merged."""
    with mounted(server, world) as base_url:
        found = read_in_legs(world, opened(base_url, *world.resources, in_flight=world.in_flight))
    truth = world.truth
    for name, records in found.items():
        came = map(repr, records)
        assert sorted(set(came) if world.dispositions[name] == "merge" else came) == sorted(map(repr, truth[name])), (
            name
        )


FEW: Final = settings(max_examples=200, deadline=None)
MANY: Final = settings(max_examples=2000, deadline=None, derandomize=False)

test_few_commits = FEW(given(worlds())(every_record_once))
test_many_commits = pytest.mark.slow(MANY(given(worlds())(every_record_once)))
