"""The key of a table: which records a merge would lose, and which are one and the same."""

from __future__ import annotations

from typing import Any

import pytest

from sdk.dialects.keys import Keyed, Keys, disposition, is_merged, keyed
from sdk.errors import ReadError

MERGED = {"primary_key": "id", "write_disposition": "merge"}


def column(name: str) -> str:
    """Return the name of a column."""
    return name.lower().replace("-", "_")


def keys(tell: Any = None, **hints: Any) -> Keys:
    """Return what watches a resource with these hints."""
    key = keyed(hints, ["_posts_id"])
    assert key is not None
    return Keys(key, column, "it otherwise", tell or (lambda _differing, _same: None))


@pytest.mark.parametrize(
    ("given", "found"),
    [
        ("merge", "merge"),
        ({"disposition": "merge", "strategy": "upsert"}, "merge"),
        ({"disposition": "append"}, "append"),
        (None, None),
        (len, len),
    ],
)
def test_the_disposition(given: Any, found: Any):
    """By its name or in a mapping."""
    hints = {"write_disposition": given}

    assert (disposition(hints), is_merged(hints)) == (found, found == "merge")


@pytest.mark.parametrize(
    ("hints", "key"),
    [
        (MERGED, Keyed(("id",), merges=True, stamped=False)),
        ({"primary_key": ["_posts_id", "id"]}, Keyed(("_posts_id", "id"), merges=False, stamped=True)),
        ({}, None),
        ({**MERGED, "primary_key": "author__id"}, None),
        ({**MERGED, "primary_key": len}, None),
        ({**MERGED, "columns": {"id": {"nullable": True}}}, None),
        ({**MERGED, "columns": {"at": {"dedup_sort": "desc"}}}, None),
        ({**MERGED, "columns": {"id": {"data_type": "text"}}}, Keyed(("id",), merges=True, stamped=False)),
        *(
            (
                {"primary_key": "id", "write_disposition": {"disposition": "merge", "strategy": strategy}},
                Keyed(("id",), merges=strategy != "scd2", stamped=False),
            )
            for strategy in ("delete-insert", "upsert", "insert-only", "scd2", None)
        ),
        (
            {"primary_key": "id", "write_disposition": {"disposition": "append"}},
            Keyed(("id",), merges=False, stamped=False),
        ),
    ],
)
def test_the_key(hints: Any, key: Any):
    """It is known where its columns are fields of the record, and no hint says that it may be otherwise."""
    assert keyed(hints, ["_posts_id"]) == key


@pytest.mark.parametrize("record", [{"name": "x"}, {"id": None}, 7, None])
def test_a_record_without_its_key(record: Any):
    """Whatever it is."""
    with pytest.raises(ReadError, match="a record of a page has no 'id', which is the primary key"):
        keys(**MERGED).check([{"id": 1}, record], {}, b"")


def test_a_key_that_is_spelled_as_its_column():
    """A table has it, too."""
    keys(primary_key="user_id", write_disposition="merge").check([{"User-Id": 1}], {}, b"")


@pytest.mark.parametrize("hints", [MERGED, {**MERGED, "write_disposition": {"disposition": "merge"}}])
@pytest.mark.parametrize("other", [{"id": 1, "n": 2}, {"id": "1"}, {"id": True}])
def test_two_records_under_one_key(other: Any, hints: Any):
    """A merge would keep one; the same record twice is none."""
    watching = keys(**hints)

    watching.check([{"id": 1}, {"id": 1}], {}, b"")
    with pytest.raises(ReadError, match="two different records of one page have the same 'id'"):
        watching.check([{"id": 1}, other], {}, b"")


def test_what_is_appended_has_no_key_to_lose():
    """Both rows stand in the table."""
    keys(primary_key="id").check([{"id": 1, "n": 1}, {"id": 1, "n": 2}], {}, b"")


@pytest.mark.parametrize("key", ["id", ["id", "kind"]])
def test_one_key_under_two_parents(key: Any):
    """Different records are lost by a merge, unless the parent is a part of their key; the same one is not."""
    watching = keys(**{**MERGED, "primary_key": key})
    watching.check([{"id": 1, "kind": "a", "n": 1}], {"_posts_id": 1}, b"one")
    watching.check([{"id": 1, "kind": "a", "n": 1}], {"_posts_id": 2}, b"two")
    watching.check([{"id": 1, "kind": "a", "n": 2}], {"_posts_id": 1}, b"one")

    with pytest.raises(ReadError, match=r"different records of two parents have the same 'id'.*: declare it otherwise"):
        watching.check([{"id": 1, "kind": "a", "n": 2}], {"_posts_id": 2}, b"two")
    stamped = keys(primary_key=["_posts_id", "id"], write_disposition="merge")
    stamped.check([{"id": 1, "n": 1}], {"_posts_id": 1}, b"one")
    stamped.check([{"id": 1, "n": 2}], {"_posts_id": 2}, b"two")


TAGS = {1: [{"id": 7, "name": "sql", "position": 1}, {"id": 8, "name": "api", "position": 2}]}


@pytest.mark.parametrize(
    "pages",
    [
        # A name tells the records apart as the key does.
        [*TAGS.values(), [{"id": 7, "name": "sql", "position": 3}]],
        [*TAGS.values(), [{"id": "7", "name": "sql", "position": 3}], [{"id": 8, "name": "api", "role": "main"}]],
        # So does an object, wherever the number of a step stands.
        [
            [{"id": 1, "by": {"n": 5}, "step": "Step 1"}],
            [{"id": 1, "by": {"n": 5}, "n": 1}, {"id": 2, "by": 3}],
        ],
    ],
)
def test_one_record_that_several_parents_show(pages: Any):
    """Each may show it otherwise: it is one row, as with dlt, and that is told."""
    told: list[Any] = []
    watching = keys(lambda *what: told.append(what), **MERGED)

    for number, page in enumerate(pages):
        watching.check(page, {}, b"%d" % number)

    differing, same = told[-1]
    assert not {"id", same} & set(differing)
    assert same in {"name", "by"}


@pytest.mark.parametrize(
    "pages",
    [
        # Nothing is the same.
        [[{"id": 1, "text": "a"}, {"id": 2, "text": "b"}], [{"id": 1, "text": "c"}]],
        # What is the same is so in all records, or is not known to be otherwise.
        [[{"id": 1, "kind": "x", "n": 1}, {"id": 2, "kind": "x", "n": 1}], [{"id": 1, "kind": "x", "n": 2}]],
        [[{"id": 1, "kind": "x", "n": 1}], [{"id": 1, "kind": "x", "n": 2}]],
        # It is made of the key.
        [
            [{"id": 1, "name": "Step 1", "n": 1}, {"id": 2, "name": "Step 2", "n": 1}],
            [{"id": 1, "name": "Step 1", "n": 2}, {"id": 2, "name": "Step 2", "n": 2}],
        ],
        # By chance, as other records show: of this key, or of another one.
        [
            [{"id": 1, "by": "x", "n": 1}, {"id": 2, "by": "y", "n": 1}],
            [{"id": 1, "by": "x", "n": 2}, {"id": 2, "by": "z", "n": 2}],
        ],
        [
            [{"id": 1, "by": "x", "n": 1}, {"id": 2, "by": "y", "n": 1}],
            [{"id": 1, "by": "x", "n": 2}],
            [{"id": 3, "by": "x"}],
        ],
    ],
)
def test_records_that_are_numbered_under_each_parent(pages: Any):
    """A merge would lose all of them but the last parent's."""
    watching = keys(**MERGED)

    with pytest.raises(ReadError, match="different records of two parents have the same 'id'"):  # noqa: PT012 - any page
        for number, page in enumerate(pages):
            watching.check(page, {}, b"%d" % number)
