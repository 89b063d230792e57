"""Characters that a destination, or dlt on the way to it, would change without a word."""

from __future__ import annotations

import logging

import pytest

import sdk
from sdk import Resource, columns

NUL = {"id": 1, "name": "a\x00b\x00", "note": "\\u0000", "tags": {"k\x00": ["\x00", "\\\x00", "\\u0000"]}}
MENDED = {"id": 1, "name": "a\ufffdb\ufffd", "note": "\\u0000", "tags": {"k\ufffd": ["\ufffd", "\\\ufffd", "\\u0000"]}}
# What dlt takes for a decimal, a time, bytes and a mark of nothing; and one that is alone.
MARKED = {"id": 1, "name": "\uf0261.5", "note": "\uf0272024-01-01", "tags": ["\uf02bAAAA", "\uf02ex", "\uf026"]}
UNMARKED = {"id": 1, "name": "\ufffd1.5", "note": "\ufffd2024-01-01", "tags": ["\ufffdAAAA", "\ufffdx", "\uf026"]}


@pytest.fixture
def declared(acme):
    """Declare a resource with one declared text; the others are inferred."""
    acme(Resource("things", data_selector="data", columns=columns(bigint="id", text="name")))


@pytest.mark.parametrize("batches", ["arrow", "rows"])
def test_nul(batches, store, declared, tiny_api, caplog):
    """It arrives where it can be held; PostgreSQL gets U+FFFD for it, and each field is named and counted."""
    tiny_api.lists("/things", [NUL])

    with caplog.at_level(logging.WARNING, "sdk"):
        store.run(sdk.load("acme", batches=batches))

    assert store.rows("things") == [MENDED if store.kind == "postgres" else NUL]
    said = [record.getMessage() for record in caplog.records if record.name.startswith("sdk")]
    assert sorted(said) == (
        [
            "acme.things: 2 NUL characters, which postgres does not hold, in 'name' became U+FFFD",
            "acme.things: 3 NUL characters, which postgres does not hold, in 'tags' became U+FFFD",
        ]
        if store.kind == "postgres"
        else []
    )


def test_marks_of_dlt_in_tables(store, declared, tiny_api, caplog):
    """A text that begins with a character from private use, an icon perhaps, is a text."""
    tiny_api.lists("/things", [MARKED])

    store.run(sdk.load("acme"))

    assert store.rows("things") == [MARKED]
    assert not [record for record in caplog.records if record.name.startswith("sdk")]


def test_marks_of_dlt_in_rows(store, declared, tiny_api, caplog):
    """It would become a decimal or bytes; it stays a text, and what was replaced is said."""
    tiny_api.lists("/things", [MARKED])

    with caplog.at_level(logging.WARNING, "sdk"):
        store.run(sdk.load("acme", batches="rows"))

    assert store.rows("things") == [UNMARKED]
    assert sorted(record.getMessage() for record in caplog.records if record.name.startswith("sdk")) == [
        "acme.things: 1 first characters, by which dlt marks types of its own, in 'name' became U+FFFD",
        "acme.things: 1 first characters, by which dlt marks types of its own, in 'note' became U+FFFD",
        "acme.things: 2 first characters, by which dlt marks types of its own, in 'tags' became U+FFFD",
    ]


@pytest.mark.parametrize("batches", ["arrow", "rows"])
def test_half_a_pair(batches, store, declared, tiny_api):
    """Half of a surrogate pair is no character; it is mended before it gets here, in keys too."""
    body = b'{"data": [{"id": 1, "name": "a\\ud800", "tags": {"\\udc00": "\\ud83d\\ude00"}}], "next": null}'
    tiny_api.says("/things", tiny_api.reply(body))

    store.run(sdk.load("acme", batches=batches))

    assert store.rows("things") == [{"id": 1, "name": "a\ufffd", "tags": {"\ufffd": "\U0001f600"}}]


@pytest.mark.parametrize("batches", ["arrow", "rows"])
def test_texts_that_files_mean_otherwise(batches, stores, declared, tiny_api):
    """What a CSV file or an INSERT statement has a meaning of its own for, with and without an empty text."""
    texts = ["\\.", "a\n\\.\nb", "\\N", "NULL", "null", '"', "''", ",", "\r\n", " ", "$$", "%s", "\\"]
    store = stores("postgres")
    for found in (texts, [*texts, ""]):
        records = [{"id": number, "name": text, "note": text} for number, text in enumerate(["a", *found], start=1)]
        tiny_api.lists("/things", records)
        store.run(sdk.load("acme", batches=batches), write_disposition="replace")

        assert store.rows("things") == records


def test_a_huge_text(store, declared, tiny_api):
    """Five million characters in one value, and of several bytes each."""
    records = [{"id": 1, "name": "ü☃" * 2_500_000, "tags": ["\U0001f600" * 500_000]}, {"id": 2, "name": "b"}]
    tiny_api.lists("/things", records)

    store.run(sdk.load("acme"))

    assert store.rows("things") == records
