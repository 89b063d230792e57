"""A cassette that was edited into nonsense is refused in one line, which says where; nothing in it is executed."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
import yaml
from hypothesis import given
from hypothesis import strategies as st

from sdk.testing.cassette_format import CassetteError, load

WHOLE = """\
version: 1
recorded:
  secrets:
  - api_key
  openings:
  - clock: '2025-06-01T12:00:00Z'
    base_path: /v1
    settings: {days: 3}
    size:
      pages: 3
      parents: 2
  truths:
  - question: planets
    records: '[{"id": 1}]'
interactions:
- request:
    method: GET
    uri: https://acme.test/v1/planets
    headers:
      Accept:
      - application/json
    body: null
  response:
    status:
      code: 200
      message: OK
    headers:
      Link:
      - <https://acme.test/v1/planets?page=2>
    body:
      string: |-
        [1]
"""


def test_whole() -> None:
    """A cassette as it is written is read."""
    data = load(WHOLE)

    assert [1, ["api_key"], 200] == [
        data["version"],
        data["recorded"]["secrets"],
        data["interactions"][0]["response"]["status"]["code"],
    ]
    assert load("version: 1\ninteractions: []\n") == {"version": 1, "interactions": []}


@pytest.mark.parametrize(
    ("old", "new", "said"),
    [
        ("version: 1", "version: 2", "line 1: version of the cassette is not 1, the only one there is; record it anew"),
        (
            "version: 1",
            "version: '1'",
            "line 1: version of the cassette is not 1, the only one there is; record it anew",
        ),
        ("version: 1\n", "", "line 1: the cassette lacks 'version'"),
        ("interactions:", "interaction:", "line 16: the cassette has no 'interaction'; did you mean 'interactions'?"),
        ("- api_key", "- 5", "line 4: secret 1 is a whole number, not a text; put it in quotes"),
        ("- clock: '2025-06-01T12:00:00Z'\n    base", "- base", "line 6: opening 1 lacks 'clock'"),
        ("'2025-06-01T12:00:00Z'", "noon", "line 6: clock of opening 1 is no moment such as 2025-06-01T12:00:00Z"),
        (
            "'2025-06-01T12:00:00Z'",
            "2025-06-01",
            "line 6: clock of opening 1 is a value like a timestamp, not a text; put it in quotes",
        ),
        ("{days: 3}", "[3]", "line 8: settings of opening 1 is a list, not a mapping"),
        ("{days: 3}", "{days: 3, days: 4}", "line 8: settings of opening 1 has 'days' twice, first in line 8"),
        (
            "{days: 3}",
            "{at: 2025-13-45}",
            "line 1: this is no cassette: one of its values cannot be read; put texts in quotes",
        ),
        ("pages: 3", "pages: 0", "line 10: pages of size of opening 1 is not between 1 and 10000"),
        ("pages: 3", f"pages: {'9' * 5000}", "line 10: pages of size of opening 1 is not between 1 and 10000"),
        ("      parents: 2\n", "", "line 10: size of opening 1 lacks 'parents'"),
        ("'[{\"id\": 1}]'", "'[1]'", "line 14: records of truth 1 is no JSON list of records"),
        ("GET", "[GET]", "line 17: method of request of interaction 1 is a list, not a text"),
        (
            "https://acme.test/v1/planets\n",
            "/v1/planets\n",
            "line 18: uri of request of interaction 1 is no http(s) address",
        ),
        (
            "https://acme.test/v1/planets\n",
            "http://[/\n",
            "line 18: uri of request of interaction 1 is no http(s) address",
        ),
        (
            "      - application/json\n",
            "      - 5\n",
            "line 21: 'Accept' of headers of request of interaction 1 is a whole number, not a text; put it in quotes",
        ),
        (
            "Accept:\n      - application/json",
            "Accept: text",
            "line 20: 'Accept' of headers of request of interaction 1 is a text, not a list",
        ),
        (
            "Accept:\n      - application/json",
            "Accept: []",
            "line 20: 'Accept' of headers of request of interaction 1 has no value",
        ),
        ("    body: null\n", "", "line 17: request of interaction 1 lacks 'body'"),
        ("body: null", "body: {a: 1}", "line 22: body of request of interaction 1 is a mapping, not a text or nothing"),
        ("  response:", "  respons:", "line 24: interaction 1 has no 'respons'; did you mean 'response'?"),
        (WHOLE[WHOLE.index("  response:") :], "", "line 16: interaction 1 lacks 'response'"),
        ("code: 200", "code: OK", "line 25: code of status of response of interaction 1 is a text, not a whole number"),
        ("code: 200", "code: 2000", "line 25: code of status of response of interaction 1 is not between 100 and 599"),
        ("code: 200", "code: -200", "line 25: code of status of response of interaction 1 is not between 100 and 599"),
        (
            "string: |-\n        [1]",
            "string: [1]",
            "line 31: string of body of response of interaction 1 is a list, not a text or nothing",
        ),
        (
            "string: |-\n        [1]",
            "string: !!binary AAAA",
            "line 31: a cassette has no tags and no binary data; write a plain text",
        ),
        (
            "interactions:\n",
            "interactions: !!python/object/apply:os.system ['touch hostile']\nmore:\n",
            "line 15: a cassette has no tags and no binary data; write a plain text",
        ),
        ("{days: 3}", "&a {days: *a}", "line 8: a cassette has no anchors and no aliases; write the value out"),
        ("{days: 3}", "{<<: {days: 3}}", "line 8: a key of settings of opening 1 is not a text; put it in quotes"),
        ("{days: 3}", "{days: " + "[" * 70 + "]" * 70 + "}", "line 8: nested more than 60 deep"),
        ("{days: 3}", "{days: 3", "line 9: this is no YAML: did not find expected ',' or '}'"),
        ("body: null", "body: \x00", "line 22: this is no YAML: control characters are not allowed"),
        ("body: null", "body: a: b", "line 22: this is no YAML: mapping values are not allowed in this context"),
        ("version: 1", "\tversion: 1", "line 1: this is no YAML: found character that cannot start any token"),
        ("version: 1", "--- 5\n---\nversion: 1", "line 2: this is no YAML: but found another document"),
    ],
)
def test_nonsense(old: str, new: str, said: str) -> None:
    """What is wrong is said with its line, and what would do."""
    assert old in WHOLE
    with pytest.raises(CassetteError) as caught:
        load(WHOLE.replace(old, new, 1))

    assert said == str(caught.value)


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("", "line 1: an empty file is no cassette"),
        ("# nothing\n", "line 1: an empty file is no cassette"),
        ("- 1", "line 1: the cassette is a list, not a mapping"),
        ("a word", "line 1: the cassette is a text, not a mapping"),
        ("1: 2", "line 1: a key of the cassette is not a text; put it in quotes"),
        ("\ud800", "line 1: this is no YAML: UnicodeEncodeError"),
        ("x" * (8 * 2**20 + 1), "a cassette of 8,388,609 characters is too large; 8,388,608 are the most"),
        ("[" * 200_000, "line 1: nested more than 60 deep"),
    ],
)
def test_no_cassette(text: str, said: str) -> None:
    """A file that is something else is refused as such."""
    with pytest.raises(CassetteError) as caught:
        load(text)

    assert said == str(caught.value)


def test_nothing_is_executed(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A tag that would run a command runs none."""
    monkeypatch.chdir(tmp_path)
    with pytest.raises(CassetteError, match="no tags"):
        load("version: 1\ninteractions: !!python/object/apply:os.system ['touch hostile']\n")

    assert [] == list(tmp_path.iterdir())


@given(
    st.text() | st.recursive(st.none() | st.integers() | st.text(), st.lists).map(yaml.safe_dump), st.integers(0, 1000)
)
def test_any_damage(junk: str, at: int) -> None:
    """Whatever is written into a cassette, it is read or refused in one line."""
    text: Any = WHOLE[:at] + junk + WHOLE[at:]
    try:
        load(text)
    except CassetteError as error:
        assert "\n" not in str(error)  # noqa: PT017 - both ways out are right
