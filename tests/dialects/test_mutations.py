"""A dictionary with anything in any place: it is read, or the mistake is told with its place in the document."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Mapping
from typing import Any, Final, TypeAlias

import pytest
from dlt.common.configuration.exceptions import ConfigFieldMissingException
from hypothesis import given, settings
from hypothesis import strategies as st

import sdk
from sdk.dialects import ConfigError
from tests.dialects.test_equal_to_dlt import AUTHS, CHILDREN, FEATURES, PAGED

Place: TypeAlias = tuple[Any, ...]

CLIENT: Final = {"base_url": "https://api.example.com"}
CORPUS: Final[Mapping[str, Any]] = {
    **{name: {"client": CLIENT, **one} for group in (PAGED, CHILDREN, FEATURES) for name, one in group.items()},
    **{name: {"client": {**CLIENT, "auth": one}, "resources": ["posts"]} for name, one in AUTHS.items()},
    "incremental": {
        "client": {**CLIENT, "headers": {"a": "b"}, "paginator": "auto"},
        "resource_defaults": {"primary_key": "id", "endpoint": {"params": {"per_page": 3}}},
        "resources": [
            {
                "name": "a",
                "endpoint": {"params": {"since": {"type": "incremental", "cursor_path": "u", "initial_value": "2024"}}},
            },
            {
                "name": "b",
                "endpoint": {
                    "path": "b",
                    "incremental": {
                        "cursor_path": "u",
                        "start_param": "since",
                        "initial_value": "2024",
                        "end_param": "until",
                        "convert": str,
                    },
                },
            },
        ],
    },
}
VALUES: Final[tuple[Any, ...]] = (
    *(None, True, -1, 0, 5, 1.5, 10**30, float("nan"), b"x", object(), type, str.upper),
    *("", "x", "\x00", "ünï", "{a", "{resources.nope.id}", "a.b[", "https://"),
    *([], [1], (1,), ["x", {"y": []}], {}, {"bogus": 1}, {1: 2}, {"type": "bogus"}),
)
# The path of a mistake: keys with dots between them, and places in lists.
_PLACE: Final = re.compile(r"(the document|[^\s:]+(\[\d+\])?): \S")


def places(config: Any, above: Place = ()) -> Iterator[Place]:
    """Yield each place in *config*."""
    yield above
    if isinstance(config, dict | list):
        for key in config if isinstance(config, dict) else range(len(config)):
            yield from places(config[key], (*above, key))


def changed(config: Any, place: Place, change: Callable[[Any], Any]) -> Any:
    """Return *config* with a *change* at *place*; what is not on the way there is the same."""
    if not place:
        return change(config)
    made = dict(config) if isinstance(config, dict) else list(config)
    made[place[0]] = changed(config[place[0]], place[1:], change)
    return made


WHERE: Final = [(name, place) for name, config in CORPUS.items() for place in places(config)]


def mistakes(config: Any, place: Place) -> list[str]:
    """Return what is said of *config*, which was changed at *place*; nothing when it is read."""
    try:
        sdk.from_config(config)
    except ConfigError as error:
        return list(error.problems) or ["an error without a mistake"]
    except ConfigFieldMissingException:
        # dlt looks for what credentials lack in its secrets, and says where it did.
        if "auth" not in place:
            raise
    return []


def is_read_or_told(where: tuple[str, Place], value: Any, added: str | None) -> None:
    """No other error comes up, and each mistake says where it is."""
    name, place = where

    def change(before: Any) -> Any:
        return {**before, added: value} if added is not None and isinstance(before, dict) else value

    said = mistakes(changed(CORPUS[name], place, change), place)

    assert [one for one in said if not _PLACE.match(one)] == []


_drawn = given(st.sampled_from(WHERE), st.sampled_from(VALUES), st.none() | st.sampled_from(["bogus", "type", "name"]))

test_some_changes = settings(max_examples=400, deadline=None)(_drawn(is_read_or_told))
test_many_changes = pytest.mark.slow(
    settings(max_examples=10_000, deadline=None, derandomize=False)(_drawn(is_read_or_told))
)
