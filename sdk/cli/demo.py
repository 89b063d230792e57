"""`sdk run NAME --demo`: load from the connector's simulator, with no account and no settings.

The settings come from the simulator and from the declaration's defaults, never from the environment: what somebody
has set for their real account must not reach a demo, nor the demo their data.
"""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

from attrs import evolve

from sdk import plugins
from sdk.errors import MissingSettingError
from sdk.opening import IN_FLIGHT, Opened, now
from sdk.placeholders import REQUIRED
from sdk.settings import resolve

if TYPE_CHECKING:
    import dlt

    from sdk.connector import Connector
    from sdk.testing.simulator import Endpoint, Simulator


def simulator_of(name: str) -> Simulator:
    """Return the simulator of a connector.

    Raises:
        PluginError: There is none, or it cannot be imported.
    """
    found: Simulator = plugins.load_entry(plugins.find(name, plugins.SIMULATORS, "simulator of a connector"))
    return found


@contextmanager
def demonstrated(name: str, given: Mapping[str, Any], wanted: Collection[str] = ()) -> Iterator[Opened]:
    """Serve the simulator of *name* on loopback, and open the connector on it.

    One small thing is switched off, as modules are in most accounts, so that a skip can be seen; unless somebody
    asked for it by name.
    """
    from sdk.testing.simulator import serve

    declared, hooks = plugins.declare(name)
    simulator = simulator_of(name)
    with serve(simulator, gates=[gate for gate in _gate(declared, simulator) if gate not in wanted]) as server:
        own = {key: value for key, value in given.items() if key != IN_FLIGHT.name}
        at_a_time = resolve(name, [IN_FLIGHT], {IN_FLIGHT.name: given.get(IN_FLIGHT.name, declared.in_flight)})
        filled = declared.filled(_values(declared, server.settings, own), at_a_time[IN_FLIGHT.name])
        # The simulator sets no pace, and a demo should not take the minutes that a real account may.
        yield Opened(evolve(filled, rate_limit=None), hooks, now)


def demo_pipeline(name: str, to: str | None) -> dlt.Pipeline:
    """Return the pipeline of a demo, which begins from nothing each time.

    It never touches what `sdk run` loads: its state and its dataset have names of their own.
    """
    import dlt

    from sdk.pipelines import destination

    return dlt.pipeline(
        pipeline_name=f"{name}_demo",
        destination=destination(to or f"duckdb:///{name}_demo.duckdb"),
        dataset_name=f"{name}_demo_data",
        refresh="drop_sources",
    )


def _values(declared: Connector, served: Mapping[str, str], given: Mapping[str, Any]) -> dict[str, Any]:
    """Return a value for each setting, without looking anywhere for those that are not here."""
    passed = {**given, **served}
    here = [setting for setting in declared.declared_settings if setting.name in passed]
    values = {setting.name: setting.default for setting in declared.declared_settings}
    values.update(resolve(declared.name, here, passed))
    lacking = [name for name, value in values.items() if value is REQUIRED]
    if lacking:
        raise MissingSettingError(
            f"the simulator of {declared.name!r} gives no value for {', '.join(lacking)}; pass it with --set"
        )
    return values


def _gate(declared: Connector, simulator: Simulator) -> Iterator[str]:
    """Yield the smallest resource without parents and children that a run would skip if it were off."""
    parents = {parent for resource in declared.resources for parent in resource.parents}
    endpoints = {endpoint.name: endpoint for endpoint in simulator.endpoints}
    found = {
        resource.name: len(resource.columns)
        for resource in declared.tables
        if resource.name not in parents and not resource.parents and resource.name in endpoints
        if _refusal(simulator, endpoints[resource.name]) in resource.skip_statuses
    }
    if found:
        yield min(found, key=found.__getitem__)


def _refusal(simulator: Simulator, endpoint: Endpoint) -> int:
    """Return the status that the simulator answers for an endpoint that is off."""
    from sdk.testing.simulator import Call

    call = Call(endpoint.method, endpoint.path, now=now())
    return (endpoint.gate or simulator.errors.gated)(call).status
