"""Parents, children and grandchildren: each of them comes, or a skip says whose are missing."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from typing import Any, Final, TypeAlias
from urllib.parse import unquote

import pytest
from attrs import define, field, frozen
from hypothesis import event, given, settings
from hypothesis import strategies as st

from sdk.paginators import CursorPaginator
from sdk.resource import Resource
from sdk.testing.faults.wire import Answer, Asked, FaultServer
from tests.properties.serving import ATTEMPTS, TROUBLES, Ward, mounted, opened, read

Key: TypeAlias = str | int
PAGE: Final = 2
_NEXT: Final = CursorPaginator("next", cursor_param="after")


@frozen
class Family:
    """A tree of records; a child's key tells it from its brothers and sisters, and from nobody else.

    Attributes:
        children: Keys of the children by the key of their parent.
        grandchildren: How many each child has, by its parent's key and its own.
        gone: The answer in place of a parent's children, where there is one.
        again: Parents that the list shows a second time, as lists do that change.
    """

    children: Mapping[Key, Sequence[int]]
    grandchildren: Mapping[tuple[Key, int], int]
    gone: Mapping[Key, int]
    again: Sequence[Key]


@define
class Api:
    """Serves it."""

    family: Family
    sent: Counter[Any] = field(factory=Counter)

    def __call__(self, asked: Asked) -> Answer:
        """Answer one request."""
        family = self.family
        match [unquote(step) for step in asked.path.removeprefix("/").split("/")]:
            case ["parents"]:
                return self.page(asked, [{"id": key} for key in (*family.children, *family.again)])
            case ["parents", parent, "children"]:
                key = self.key(parent)
                if key not in family.children or key in family.gone:
                    return Answer({"message": "no"}, family.gone.get(key, 400))
                return self.page(asked, [{"id": one, "of": key} for one in family.children[key]])
            case ["parents", parent, "children", child, "toys"]:
                place = (self.key(parent), int(child))
                if place not in family.grandchildren:
                    return Answer({"message": "no such child"}, 400)
                toys = range(1, family.grandchildren[place] + 1)
                return self.page(asked, [{"id": one, "of": [*place]} for one in toys])
            case _:
                return Answer({"message": "no such path"}, 400)

    def key(self, text: str) -> Key:
        """Return the key that a path's step is."""
        return next((one for one in self.family.children if str(one) == text), text)

    def page(self, asked: Asked, rows: list[dict[str, Any]]) -> Answer:
        """Return the page that is asked for."""
        place = int(asked.query.get("after", 0))
        more = place + PAGE < len(rows)
        return Answer({"rows": rows[place : place + PAGE], "next": str(place + PAGE) if more else None})


def resources() -> list[Resource]:
    """Return what is declared."""
    facts: dict[str, Any] = {"data_selector": "rows", "paginator": _NEXT}
    return [
        Resource("parents", **facts),
        Resource("children", path="/parents/{parents.id}/children", skip_statuses=[403, 404], **facts),
        Resource("toys", path="/parents/{children._parents_id}/children/{children.id}/toys", **facts),
    ]


# A dot alone is no step of a path, and neither is nothing: no API has such keys.
_texts = st.text(st.characters(codec="utf-8", exclude_categories=["Cc", "Cs"]), min_size=1, max_size=6)
keys = st.integers(1, 2**63 - 1) | _texts.filter(lambda one: one.strip() not in {"", ".", ".."} and not one.isdecimal())


@st.composite
def families(draw: st.DrawFn) -> Family:
    """Return any family."""
    parents = draw(st.lists(keys, min_size=1, max_size=7, unique_by=str))
    children = {one: draw(st.lists(st.integers(1, 4), max_size=4, unique=True)) for one in parents}
    gone = draw(st.dictionaries(st.sampled_from(parents), st.sampled_from([403, 404]), max_size=2))
    grandchildren = {(one, child): draw(st.integers(0, 3)) for one in parents for child in children[one]}
    return Family(children, grandchildren, gone, draw(st.lists(st.sampled_from(parents), max_size=3)))


def finds_every_child(
    server: FaultServer, waits: object, family: Family, troubles: Sequence[Sequence[str]], how: tuple[int, int | None]
) -> None:
    """Each child comes once, with the key of its parent; of those that were skipped none comes, and a skip says so."""
    in_flight, broken = how
    ward = Ward(Api(family), troubles, None if broken is None else broken % len(troubles))
    with mounted(server, ward) as base_url:
        connector = opened(base_url, *resources(), in_flight=in_flight)
        children, toys = read(connector, "children"), read(connector, "toys")

    there = {key: found for key, found in family.children.items() if key not in family.gone}
    event("an error" if children.failure or toys.failure else "all rows")
    if children.failure is None:
        assert Counter((one["_parents_id"], one["id"]) for one in children.records) == Counter(
            (key, child) for key, found in there.items() for child in found
        )
        assert all(one["of"] == one["_parents_id"] for one in children.records)
        assert len(children.skips) == len(family.gone)
    if toys.failure is None:
        assert Counter((*one["of"], one["id"]) for one in toys.records) == Counter(
            (key, child, toy + 1)
            for key, found in there.items()
            for child in found
            for toy in range(toys_of(family, key, child))
        )
        assert len(toys.skips) == len(family.gone)
    assert ward.in_vain or children.failure is toys.failure is None
    assert not ward.in_vain or children.failure or toys.failure
    lists = 1 + len(family.children) + len(family.grandchildren)
    rows = len(family.children) + len(family.again) + sum(map(len, there.values())) + sum(family.grandchildren.values())
    assert ward.asked.total() <= 2 * (lists + rows) + ward.played + ward.in_vain


def toys_of(family: Family, parent: Key, child: int) -> int:
    """Return how many toys a child has."""
    return family.grandchildren[parent, child]


FEW: Final = settings(max_examples=60, deadline=None)
MANY: Final = settings(max_examples=500, deadline=None, derandomize=False)
troubles = st.lists(st.lists(st.sampled_from(sorted(TROUBLES)), max_size=ATTEMPTS - 1), min_size=1, max_size=5)
_drawn = given(families(), troubles, st.tuples(st.sampled_from([1, 8]), st.none() | st.integers(0, 9)))

test_every_child_is_found = FEW(_drawn(finds_every_child))
test_every_child_is_found_in_many_families = pytest.mark.slow(MANY(_drawn(finds_every_child)))
