"""The fixtures of `sdk.testing.fixtures`: cassettes by the name of the test, recorded with `pytest --record`."""

from collections.abc import Callable
from typing import Any

import pytest
from attrs import evolve

import sdk
from sdk import plugins
from sdk.testing.fixtures import (
    account,
    pytest_addoption,
    pytest_configure,
    pytest_runtest_makereport,
    simulate,
    warehouse,
)

__all__ = [
    "account",
    "mutant",
    "pytest_addoption",
    "pytest_configure",
    "pytest_runtest_makereport",
    "simulate",
    "warehouse",
]


class Mutant:
    """A plugin that declares a connector with something wrong in one resource; beside it only what it is read from."""

    def __init__(self, connector: str, resource: str, facts: dict[str, Any]) -> None:
        self.connector, self.resource, self.facts = connector, resource, facts

    @sdk.hookimpl
    def sdk_declare_connector(self) -> sdk.Connector:
        """Declare the connector, with other facts for the resource."""
        declared, _ = plugins.declare(self.connector)
        needed = [self.resource]
        for name in needed:
            needed += [parent for parent in declared.resource(name).parents if parent not in needed]
        read = [one for one in declared.resources if one.name in needed]
        resources = [evolve(one, **self.facts) if one.name == self.resource else one for one in read]
        return evolve(declared, resources=resources)


@pytest.fixture
def mutant(request: pytest.FixtureRequest) -> Callable[..., Mutant]:
    """Return a function that gives the connector of the test's file other facts for one resource."""
    connector = request.path.stem.removeprefix("test_")
    return lambda resource, **facts: Mutant(connector, resource, facts)
