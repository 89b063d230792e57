"""Any dictionary, through dlt's source and through ours: the same records and tables, by no more requests."""

from __future__ import annotations

from collections.abc import Callable
from itertools import count
from typing import Any, Final

import pytest
from dlt.sources.rest_api import rest_api_source as dlts
from hypothesis import HealthCheck, event, given, settings

import sdk
from sdk.testing.faults.wire import FaultServer
from tests.properties.dictionaries import Api, Row, World, loads, worlds
from tests.properties.serving import mounted


def taken(source: Any, api: Api) -> tuple[list[Row], list[Any]] | Exception:
    """Return the records that *source* hands on and what it asked for them, or why it did not."""
    api.asked.clear()
    try:
        return list(source), list(api.asked)
    except Exception as error:  # noqa: BLE001 - whatever it is, it is compared
        return error


def reads_as_dlt(server: FaultServer, waits: object, world: World) -> None:
    """What dlt reads is read, in its order, and nothing is asked more often."""
    api = Api(world)
    with mounted(server, api) as base_url:
        api.base_url = base_url
        theirs = taken(dlts(world.dictionary(base_url)), api)
        ours = taken(sdk.rest_api_source(world.dictionary(base_url)), api)
    event(f"things: {world.things.style.name}")
    event(f"parts: {world.way}")
    if isinstance(theirs, Exception):
        event("dlt fails")
        return
    assert not isinstance(ours, Exception), ours
    in_order: Callable[[Any], Any] = sorted if world.is_parallel else list
    assert in_order(map(repr, ours[0])) == in_order(map(repr, theirs[0]))
    # Not the same ones: after a short page dlt goes on behind what it asked for, which may be more than there was.
    assert len(ours[1]) <= len(theirs[1])


def loads_as_dlt(server: FaultServer, waits: object, pipeline: Callable[..., Any], worlds: tuple[World, World]) -> None:
    """What dlt loads is loaded, into tables with the same columns and types, now and later."""
    name = f"p{next(_names)}"
    for world in worlds:
        found = []
        for door in (dlts, sdk.rest_api_source):
            api = Api(world)
            with mounted(server, api) as base_url:
                api.base_url = base_url
                found.append(tables(pipeline(f"{name}_{len(found)}"), door(world.dictionary(base_url)), api))
        theirs, ours = found
        if isinstance(theirs, Exception):
            event("dlt fails")
            return
        assert not isinstance(ours, Exception), ours
        assert ours[0] == theirs[0]
        assert ours[1] <= theirs[1]


def tables(loaded: Any, source: Any, api: Api) -> tuple[Any, int] | Exception:
    """Return the tables that *source* is loaded into, and how much was asked for it, or why it was not loaded."""
    try:
        loaded.run(source)
    except Exception as error:  # noqa: BLE001 - whatever it is, it is compared
        return error
    columns = {one: there for one in loaded.tables() if (there := loaded.columns(one))}
    return {one: (there, sorted(loaded.rows(one, *there), key=repr)) for one, there in columns.items()}, len(api.asked)


_names: Final = count()
FEW: Final = settings(max_examples=60, deadline=None)
MANY: Final = settings(max_examples=1500, deadline=None, derandomize=False)
TABLES: Final = settings(
    max_examples=200, deadline=None, derandomize=False, suppress_health_check=[HealthCheck.function_scoped_fixture]
)

test_few_dictionaries = FEW(given(worlds())(reads_as_dlt))
test_many_dictionaries = pytest.mark.slow(MANY(given(worlds())(reads_as_dlt)))
test_many_tables = pytest.mark.slow(TABLES(given(loads())(loads_as_dlt)))
