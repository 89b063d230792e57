"""Characters that get lost on the way: replaced, counted and said."""

from __future__ import annotations

import logging

import pyarrow as pa

from sdk.repairing import Repairs, holds_no_nul, suits_csv


def test_nothing_is_touched_that_is_not_lost():
    """A destination that holds everything gets everything."""
    table = pa.table({"a": ["\x00", "\uf0261"]})

    assert Repairs().table(table, frozenset()) is table
    assert Repairs().value("a", {"\x00": ["\x00", "\uf0261", 1, None]}) == {"\x00": ["\x00", "\uf0261", 1, None]}


def test_what_was_replaced_is_said_once(caplog):
    """For each column how many, until the next batch."""
    repairs = Repairs("postgres", marks=True)

    assert repairs.value("a", ["\x00\x00", "\uf0261"]) == ["\ufffd\ufffd", "\ufffd1"]
    with caplog.at_level(logging.WARNING, "sdk"):
        repairs.say("acme.things")
        repairs.say("acme.things")

    assert [record.getMessage() for record in caplog.records] == [
        "acme.things: 2 NUL characters, which postgres does not hold, in 'a' became U+FFFD",
        "acme.things: 1 first characters, by which dlt marks types of its own, in 'a' became U+FFFD",
    ]


def test_tables():
    """In a text the character, in JSON its escape, and nothing that only looks like it."""
    table = pa.table({"a": ["x\x00", None, r"\u0000"], "j": [r'"\u0000"', None, r'"\\u0000 \\\u0000"'], "n": [1, 2, 3]})

    assert Repairs("postgres").table(table, frozenset({"j"})).to_pydict() == {
        "a": ["x\ufffd", None, r"\u0000"],
        "j": [r'"\ufffd"', None, r'"\\u0000 \\\ufffd"'],
        "n": [1, 2, 3],
    }


def test_formats_that_lose_a_nul():
    """Text ones do, in which dlt leaves it out."""
    assert [holds_no_nul("x", one) for one in ("insert_values", "csv", "parquet", "jsonl", "")] == [
        "x",
        "x",
        "",
        "",
        "",
    ]


def test_what_suits_csv():
    """All but an empty text, which comes back as null."""
    assert suits_csv(pa.table({"a": ["x", None], "n": [1, 2]}))
    assert suits_csv(pa.table({"a": pa.nulls(2, pa.string())}))
    assert not suits_csv(pa.table({"a": ["x", ""]}))
