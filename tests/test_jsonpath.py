"""Paths into decoded JSON: dotted, and the JSONPath that dlt uses."""

from __future__ import annotations

import copy
import pickle
from typing import Any

import jsonpath_ng.ext
import pytest
from hypothesis import given
from hypothesis import strategies as st

from sdk import jsonpath
from sdk.jsonpath import MISSING, compile_path, find

BODY: dict[str, Any] = {
    "data": [{"id": 1, "tags": ["a", "b"]}, {"id": 2, "tags": []}, {"id": 3, "tags": ["c"]}],
    "meta": {"page": {"after": "c1", "before": None}, "total": 0, "done": False, "note": ""},
    "@odata.nextLink": "https://api.example.com/?page=2",
    "hydra:member": [1],
    "empty": [],
    "nothing": None,
    "text": "abc",
    "by_id": {"x": {"n": 1}, "y": {"n": 2}},
    "where": 5,
    "Zoë": 6,
    "0": "zero",
    "kubernetes.io/name": 7,
}


@pytest.mark.parametrize(
    ("path", "value"),
    [
        ("", BODY),
        ("$", BODY),
        ("  ", BODY),
        ("meta.page.after", "c1"),
        ("$.meta.page.after", "c1"),
        (".meta.page.after", "c1"),
        (" meta.total ", 0),
        ("meta['page'].after", "c1"),
        ('meta["page"]["after"]', "c1"),
        ("$['meta'].page", {"after": "c1", "before": None}),
        ("['@odata.nextLink']", "https://api.example.com/?page=2"),
        ("['kubernetes.io/name']", 7),
        ("hydra:member[0]", 1),
        ("where", 5),
        ("Zoë", 6),
        ("0", "zero"),
        ("data[0].id", 1),
        ("data.[0].id", 1),
        ("data[ 2 ].tags[0]", "c"),
        ("data[-1].id", 3),
        ("data[-3].id", 1),
        ("data[1].tags", []),
    ],
)
def test_a_plain_path_finds_one_value(path: str, value: object):
    """Names, indexes from either end and quoted names lead to the value itself."""
    assert find(path, BODY) == value


@pytest.mark.parametrize(
    ("path", "value"),
    [
        ("meta.page.before", None),
        ("nothing", None),
        ("empty", []),
        ("meta.total", 0),
        ("meta.done", False),
        ("meta.note", ""),
    ],
)
def test_a_value_that_says_nothing_is_found(path: str, value: object):
    """A null, an empty list, a zero and an empty text are values, not absences."""
    found = find(path, BODY)

    assert found == value
    assert type(found) is type(value)


@pytest.mark.parametrize(
    "path",
    [
        "absent",
        "meta.absent",
        "absent.page",
        "nothing.page",
        "text.page",
        "text[0]",
        "data.id",
        "data[3]",
        "data[-4]",
        "empty[0]",
        "empty[-1]",
        "meta[0]",
        "data.0",
        "['']",
        "absent[*]",
        "text[*]",
        "absent[*].id",
        "data[*].absent",
        "data[*].absent[*]",
        "by_id.*.absent",
        "absent[?(@.id > 1)]",
        "absent[0:2]",
        "text[?(@.id > 1)]",
        "data[?(@.id > 1)].absent",
        "$..absent",
        "data[5,6]",
    ],
)
def test_what_is_not_there_is_missing(path: str):
    """A path that leads nowhere is told from one that leads to nothing."""
    assert find(path, BODY) is MISSING


@pytest.mark.parametrize(
    ("path", "values"),
    [
        ("data[*]", BODY["data"]),
        ("data.*", BODY["data"]),
        ("data[*].id", [1, 2, 3]),
        ("data[*].tags", [["a", "b"], [], ["c"]]),
        ("data[*].tags[*]", ["a", "b", "c"]),
        ("data[*].tags[0]", ["a", "c"]),
        ("by_id.*.n", [1, 2]),
        ("by_id[*].n", [1, 2]),
        ("empty[*]", []),
        ("empty[*].id", []),
        ("nothing[*]", []),
        ("nothing[*].id", []),
    ],
)
def test_a_wildcard_finds_a_list(path: str, values: list[object]):
    """Elements and fields in order; a list without elements, or a null in its place, is an answer."""
    assert find(path, BODY) == values


def test_a_wildcard_skips_what_lacks_the_field():
    """A field that only some elements have is found where it is, and nulls count."""
    assert find("[*].a", [{"a": 1}, {"b": 2}, {"a": None}, 3]) == [1, None]


@pytest.mark.parametrize(
    ("path", "values"),
    [
        ("data[?(@.id > 1)].id", [2, 3]),
        ("data[0:2].id", [1, 2]),
        ("$..after", ["c1"]),
        ("meta.page['after','before']", ["c1", None]),
        ("data[0,2].id", [1, 3]),
        ("data.`len`", [3]),
    ],
)
def test_jsonpath_goes_beyond(path: str, values: list[object]):
    """Filters, slices, descent and several names are those of jsonpath-ng, which dlt uses."""
    assert find(path, BODY) == values


@pytest.mark.parametrize(
    "path", ["data[?(@.id > 9)]", "data[5:9]", "empty[?(@.id > 1)]", "empty[?(@.id > 1)].id", "nothing[0:2]"]
)
def test_a_filter_that_lets_nothing_through_is_an_answer(path: str):
    """The list is there, so a page without a match is an empty page and not a missing one."""
    assert find(path, BODY) == []


@pytest.mark.parametrize(
    "path",
    [
        "data.",
        "$.",
        "a[",
        "a]",
        "a[']",
        "a['b",
        "a[b]c[",
        "a[0]b",
        "$a",
        "*a",
        "[*]b",
        "a b",
        "a..",
        "a[?(",
        "a(b",
        "a#[",
        "a~b",
        "..",
        "$$",
        "[]",
        "a[1.5]",
        "a | ",
        "a,",
    ],
)
def test_a_malformed_path_is_a_value_error(path: str):
    """The mistake is found when the connector is declared, and the text names the path."""
    with pytest.raises(ValueError, match="is neither a dotted path nor a JSONPath") as refusal:
        compile_path(path)
    assert repr(path) in str(refusal.value)


# The union of jsonpath-ng warns that it will go; it is not among the characters.
@given(st.text("ab.[]*$'\"()?@0-19:,!=<>` #é\\+/", max_size=10))
def test_any_text_is_a_path_or_a_value_error(path: str):
    """No other exception comes out of a declaration."""
    try:
        compile_path(path)
    except ValueError:
        return


steps = (
    st.sampled_from(["a", "b", "c-d", "@e", "f_1"]).map(lambda name: f".{name}")
    | st.sampled_from(["a", "b", "x.y", "h:m"]).map(lambda name: f"['{name}']")
    | st.integers(0, 2).map(lambda index: f"[{index}]")
    | st.sampled_from(["[-1]", "[*]", ".*"])
)
paths = st.lists(steps, min_size=1, max_size=4).map(lambda parts: "$" + "".join(parts))
keys = st.sampled_from(["a", "b", "c-d", "@e", "f_1", "x.y", "h:m"])
bodies = st.recursive(
    st.none() | st.integers(0, 3) | st.just("text"),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(keys, inner, max_size=3),
    max_leaves=20,
)


@given(paths, bodies)
def test_the_fast_way_finds_what_jsonpath_ng_finds(path: str, body: object):
    """Where both understand a path, they agree on every value and on its order."""
    expected = [match.value for match in jsonpath_ng.ext.parse(path).find(body)]
    found = find(path, body)

    assert isinstance(compile_path(path), jsonpath._Dotted)
    if found is MISSING:
        assert expected == []
    else:
        assert (found if "*" in path else [found]) == expected


@given(bodies, st.lists(keys | st.integers(0, 2), max_size=4))
def test_a_plain_path_is_repeated_indexing(body: Any, keys_: list[str | int]):
    """A path finds exactly what `body[step][step]` does, and is missing where that fails."""
    expected = body
    for key in keys_:
        fits = isinstance(expected, dict) if isinstance(key, str) else isinstance(expected, list)
        try:
            expected = expected[key] if fits else MISSING
        except (KeyError, IndexError):
            expected = MISSING

    assert find("$" + "".join(f"[{key!r}]" for key in keys_), body) == expected


def test_finding_changes_nothing():
    """A body is handed on after it was searched."""
    before = copy.deepcopy(BODY)
    for path in ("data[*].tags[*]", "by_id.*", "data[?(@.id > 1)]", "$..id"):
        find(path, BODY)

    assert before == BODY


def test_missing_is_false_and_one_of_its_kind():
    """`MISSING` survives copies and processes as the same object."""
    assert not MISSING
    assert repr(MISSING) == "MISSING"
    assert copy.deepcopy(MISSING) is copy.copy(MISSING) is MISSING
    assert pickle.loads(pickle.dumps(MISSING)) is MISSING  # noqa: S301 - our own bytes


def test_a_path_is_compiled_once():
    """The same text gives the same compiled path."""
    assert compile_path("meta.page") is compile_path("meta.page")
