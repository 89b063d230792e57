"""What the tests of connectors share beside the fixtures of `sdk.testing.pytest_plugin`."""

from collections.abc import Callable
from typing import Any

import pytest
from attrs import evolve

import sdk
from sdk import plugins
from sdk.settings import environment_name


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


@pytest.fixture(autouse=True)
def _one_after_the_other(monkeypatch: pytest.MonkeyPatch) -> None:
    """Send one request after the other: which are asked, and in which order, then depends on the account alone."""
    for name in plugins.connectors():
        monkeypatch.setenv(environment_name(name, "in_flight"), "1")
