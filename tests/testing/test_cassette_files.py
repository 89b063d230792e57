"""Where cassettes lie, how they are written, and that those of this repository are as they should be."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from vcr.request import Request

from sdk.testing.account import simulator_of
from sdk.testing.cassette_files import CassetteError, Contents, parse, path_of, read, slug, written
from sdk.testing.cassettes import made_up_secret
from sdk.testing.scrubbing import leaks, readable

ROOT = Path(__file__).parents[2]
RECORDED = sorted((ROOT / "cassettes").glob("*/*.yaml"))


@pytest.mark.parametrize(
    "text",
    ['{"a":1,"a":2}', '{"a":1E400}', "[12.50]", "<html>", "", "no", "[0.1000]"],
)
def test_bodies_that_are_no_plain_json(text: str) -> None:
    """A body in which writing it anew would change something stays as it is."""
    assert text == readable(text)


@given(
    st.recursive(
        st.none() | st.booleans() | st.integers() | st.text(),
        lambda inner: st.lists(inner) | st.dictionaries(st.text(), inner),
    )
)
def test_readable(value: Any) -> None:
    """A JSON body is the same value when it is written on several lines."""
    assert value == json.loads(readable(json.dumps(value)))


def test_read(tmp_path: Path) -> None:
    """What cannot be read is said with the file and the line."""
    path = tmp_path / "acme" / "planets.yaml"
    path.parent.mkdir()
    said = []
    for content in (None, b"version: 1\n\xff", b"version: 2\ninteractions: []\n", b"version: 1\ninteractions: []\n"):
        if content is not None:
            path.write_bytes(content)
        try:
            assert Contents() == read(path)
        except CassetteError as error:
            said.append(str(error))

    assert [
        "no cassette acme/planets.yaml",
        "acme/planets.yaml: line 2: this is no UTF-8 text",
        "acme/planets.yaml: line 1: version of the cassette is not 1, the only one there is; record it anew",
    ] == said


def test_folder_in_its_place(tmp_path: Path) -> None:
    """A folder where the file should be is no cassette."""
    (tmp_path / "planets.yaml").mkdir()
    with pytest.raises(CassetteError, match=r"^.*/planets.yaml cannot be read: Is a directory$"):
        read(tmp_path / "planets.yaml")


def test_written() -> None:
    """The heading says how the file is made; writing changes nothing in what is written, and it is read as it was."""
    opening = {"clock": "2025-06-01T12:00:00Z", "settings": {"days": 3}, "size": {"pages": 3, "parents": 2}}
    request = Request("GET", "https://acme.test/a", None, {"Accept": "application/json"})
    response = {"status": {"code": 200, "message": None}, "headers": {"Link": ["x"]}, "body": {"string": b"[1]"}}
    contents = Contents(["api_key"], [opening], [], [request], [response])
    text = written(contents, "acme", "# How {connector} is recorded.\n")
    again = parse(text)

    assert text.startswith("# How acme is recorded.\nversion: 1\n")
    assert {"string": b"[1]"} == response["body"]
    assert (contents.secrets, [opening], [], [response]) == (
        again.secrets,
        again.openings,
        again.truths,
        again.responses,
    )
    assert [request._to_dict()] == [one._to_dict() for one in again.requests]


@given(st.text(), st.text())
def test_names(connector: str, test: str) -> None:
    """Whatever a test is called, its cassette lies in the connector's folder, or has no name at all."""
    folder = Path("/somewhere/cassettes")
    try:
        found = path_of(folder, connector, test)
    except CassetteError:
        return

    assert folder == found.parent.parent
    assert (slug(connector), f"{slug(test)}.yaml") == (found.parent.name, found.name)


@pytest.mark.parametrize("name", ["", "..", "/", "x" * 81])
def test_no_name(name: str) -> None:
    """A name of which nothing usable is left is refused."""
    with pytest.raises(CassetteError):
        slug(name)


def test_link_out_of_the_folder(tmp_path: Path) -> None:
    """A link that leads out of the folder is not followed."""
    (tmp_path / "cassettes").mkdir()
    (tmp_path / "cassettes" / "acme").symlink_to(tmp_path)

    with pytest.raises(CassetteError, match="leads out of"):
        path_of(tmp_path / "cassettes", "acme", "test_it")


@pytest.mark.parametrize("recorded", RECORDED, ids=lambda path: f"{path.parent.name}/{path.stem}")
def test_stored(recorded: Path) -> None:
    """Each cassette of this repository is free of secrets, small, as it would be written today, and some test's."""
    text = recorded.read_text(encoding="utf-8")
    connector = recorded.parent.name
    tests = (ROOT / "tests" / "plugins" / f"test_{connector}.py").read_text(encoding="utf-8")
    secrets = {name: made_up_secret(connector, name) for name in simulator_of(connector).auth.settings}

    assert [] == list(leaks(text, secrets))
    assert "127.0.0.1" not in text
    assert len(text) < 400_000
    assert text == written(parse(text), connector)
    assert any(f"def {recorded.stem[:end]}(" in tests for end in range(5, len(recorded.stem) + 1))


def test_stored_together() -> None:
    """All cassettes together stay small enough to be cloned by everybody."""
    assert sum(one.stat().st_size for one in RECORDED) < 8_000_000
