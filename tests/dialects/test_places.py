"""Texts with places."""

from __future__ import annotations

import pytest

from sdk.dialects.places import Place, filled, parsed

PARENT = Place("parent", "id", "posts")


def test_every_form():
    """A parent's field, a value of the cursor, a parameter; doubled braces are braces."""
    assert parsed("a/{resources.posts.id}/{incremental.start_value}/{post_id}/{{x}}") == (
        "a/",
        PARENT,
        "/",
        Place("cursor", "start_value"),
        "/",
        Place("param", "post_id"),
        "/",
        "{",
        "x",
        "}",
    )


def test_braces_in_braces():
    """Each pair is one brace, whatever stands inside."""
    assert filled("{{not {{and}} {{that}}}}", str) == "{not {and} {that}}"


def test_a_field_may_be_a_path():
    """With dots and brackets, as a JSONPath has them."""
    assert parsed("{resources.users.items[0].id}") == (Place("parent", "items[0].id", "users"),)


@pytest.mark.parametrize(("typed", "expected"), [(True, {"a": [7, "x7"], "7": 1}), (False, {"a": ["7", "x7"], "7": 1})])
def test_fill(*, typed: bool, expected: object):
    """A text that is one place becomes the value itself where types count; keys are filled too."""
    value = {"a": ["{resources.posts.id}", "x{resources.posts.id}"], "{resources.posts.id}": 1}

    assert filled(value, lambda _: 7, typed=typed) == expected


def test_a_value_is_never_a_place():
    """What is filled in is not looked at again."""
    assert filled("{resources.posts.id}", lambda _: "{incremental.start_value}") == "{incremental.start_value}"
