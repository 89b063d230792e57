"""The same dictionaries against the APIs that the documents were abstracted from, as their connectors' simulators are.

What a simulator lists to requests that ask for nothing further is known: the rows that a dictionary can get. Where the
API has more, no answer shows it, and the report must; where rows are cut off, the run must fail.
"""

from __future__ import annotations

from collections.abc import Callable
from importlib.metadata import entry_points
from typing import Any, Final

import pytest
from attrs import evolve, field, frozen
from sdk_plugin_stories.simulator import simulator as stories_simulator

import sdk
from sdk.testing.simulator import Simulator, SimulatorServer, serve

ALL: Final = "all rows that the API has"
LISTED: Final = "all rows that the API lists unasked; the report says what a connector asks for"

# What the simulator calls the paths of the document, which have newer ones.
DEPRECATED: Final = {"catalog_types": "catalog_types_v2", "incident_roles": "incident_roles_v1"}

Config = dict[str, Any]


def _incidents(config: Config, server: SimulatorServer) -> None:
    config["client"]["auth"]["api_key"] = f"Token token={server.secrets['api_key']}"
    config["client"]["headers"] = {"Accept": "application/vnd.pagerduty+json;version=2"}


def _incident_response(config: Config, server: SimulatorServer) -> None:
    config["client"]["auth"]["token"] = server.secrets["api_key"]


def _observability(config: Config, server: SimulatorServer) -> None:
    config["client"]["auth"] |= {"name": "DD-API-KEY", "api_key": server.secrets["api_key"]}
    config["client"]["headers"] = {"DD-APPLICATION-KEY": server.secrets["application_key"]}


def _tickets(config: Config, server: SimulatorServer) -> None:
    config["client"]["auth"] |= {"username": server.secrets["api_key"], "password": server.secrets["api_key"]}


def _stories(config: Config, server: SimulatorServer) -> None:
    config["client"]["auth"] |= {"name": "Shortcut-Token", "api_key": server.secrets["api_key"]}
    for one in config["resources"]:
        one["endpoint"]["path"] = one["endpoint"]["path"].removeprefix("/v1")


@frozen
class Seed:
    """One document.

    Attributes:
        admitted: Changes what no answer tells: where the API is, and what it wants to be let in.
        outcomes: What comes of each resource, or a part of the error.
        sizes: How many rows some tables have.
    """

    admitted: Callable[[Config, SimulatorServer], None]
    outcomes: dict[str, str]
    sizes: dict[str, int] = field(factory=dict)


def _each(names: str, outcome: str) -> dict[str, str]:
    return dict.fromkeys(names.split(), outcome)


SEEDS: Final = {
    "incidents": Seed(
        _incidents,
        {**_each("teams services users priorities", ALL), **_each("incidents incident_logs", LISTED)},
        {"incidents": 900},
    ),
    "incident_response": Seed(
        _incident_response,
        {
            **_each("actions follow_ups users incidents", LISTED),
            **_each("catalog_types custom_fields incident_roles incident_timestamps incident_updates", ALL),
            **_each("incident_statuses workflows severities schedules", ALL),
        },
    ),
    "observability": Seed(
        _observability,
        {
            **_each("audit_logs logs metrics", LISTED),
            **_each("dashboards downtimes incident_teams incidents monitors service_level_objectives", ALL),
            **_each("synthetic_tests users", ALL),
        },
        {"logs": 20_000},
    ),
    "tickets": Seed(
        _tickets,
        {
            **_each("tickets satisfaction_survey_responses requested_items problems changes releases", LISTED),
            **_each("assets software purchase_orders", LISTED),
            **_each("requesters agents locations products vendors", ALL),
        },
        {"tickets": 1500, "problems": 120, "assets": 200},
    ),
    "stories": Seed(
        _stories,
        {
            **_each("categories categories_milestones categories_objectives custom_fields epic_workflow epics", ALL),
            **_each("epics_comments epics_stories files groups groups_stories iterations iterations_stories", ALL),
            **_each("labels member members milestones milestones_epics objectives objectives_epics workflows", ALL),
            # Of stories in no epic, iteration or group nothing is listed: the connector finds as many.
            **_each("stories_comments story_history", "as many as the connector"),
            "search_epics": "GET /search/epics answered 400 Client Error: Bad Request; the API does not accept this "
            "request; for 'search_epics' the connector 'stories' sends 'query': sdk describe stories",
        },
    ),
}


def _described(name: str) -> Simulator:
    [found] = entry_points(group="sdk.simulators", name=name)
    made: Simulator = found.load()
    return getattr(made, "SIMULATOR", made)


def _unasked(simulator: Simulator) -> Simulator:
    """Return *simulator* with the truth of those who ask for nothing beside a list."""
    endpoints = tuple(evolve(one, complete=lambda _seeding: ({},)) for one in simulator.endpoints)
    return evolve(simulator, endpoints=endpoints)


@pytest.fixture
def opened(documented: Any, monkeypatch: pytest.MonkeyPatch) -> Callable[[str, SimulatorServer], Config]:
    """Return a function that returns a document's dictionary, nothing of it changed but where the API is."""

    def config(name: str, server: SimulatorServer) -> Config:
        taken: list[Config] = []
        with monkeypatch.context() as instead:
            instead.setattr(sdk, "from_config", taken.append)
            documented.run(name)
        taken[0]["client"]["base_url"] = server.base_url
        return taken[0]

    return config


def _rows(records: Any) -> list[str]:
    return sorted(repr(sorted(one.items())) for one in records)


@pytest.mark.parametrize("name", SEEDS)
def test_every_resource(opened: Any, name: str):
    """All that the API lists comes once; a resource that hides rows is named in the report; the rest is an error."""
    seed = SEEDS[name]
    sizes = seed.sizes
    with serve(_unasked(_described(name)), sizes=sizes) as server, serve(_described(name), sizes=sizes) as whole:
        config = opened(name, server)
        assert {one["name"] for one in config["resources"]} == set(seed.outcomes)
        seed.admitted(config, server)
        source = sdk.from_config(config)
        advice = [one.found + one.taken for one in source.report if one.sort == "advice"]
        found = {one: _outcome(source, one, server, whole) for one in seed.outcomes}

    assert found == seed.outcomes
    assert advice[0].startswith(f"the connector '{name}' reads ")
    where = {one["name"]: f"resources[{number}]" for number, one in enumerate(config["resources"])}
    told = {one.path: one.taken for one in source.report if one.sort == "advice"}
    for hidden in (one for one, outcome in found.items() if outcome == LISTED):
        assert where[hidden] in told or any(repr(hidden) in text for text in told.values()), hidden


def _outcome(source: Any, name: str, server: SimulatorServer, whole: SimulatorServer) -> str:
    """Return what came of a resource; rows that should not be there, or are missing, are none of the outcomes."""
    try:
        rows = list(source.with_resources(name))
    except Exception as error:  # noqa: BLE001 - whatever is raised is what came of it
        text = str(error.__cause__)
        place = f"rest_api.{name}: "
        return text.removeprefix(place) if text.startswith(place) else f"an error without its place: {text}"
    if name in {"stories_comments", "story_history"}:
        listed = ("epics_stories", "iterations_stories", "groups_stories")
        reached = {one["id"]: None for parent in listed for one in server.truth(parent)}
        same = _rows(rows) == _rows(server.truth(name, parents=reached))
        return "as many as the connector" if same else "not as many as the connector"
    named = DEPRECATED.get(name, name)
    if not rows or _rows(rows) != _rows(server.truth(named)):
        return f"{len(rows)} rows, of which the API lists {len(server.truth(named))}"
    return ALL if len(rows) == len(whole.truth(named)) else LISTED


@pytest.mark.parametrize(
    ("name", "resource", "told", "hint"),
    [
        ("incidents", "teams", "GET /teams answered 401", "reads it page by page"),
        ("observability", "users", "GET /v2/users?page[number]=0&page[size]=100 answered 401", "reads it"),
        ("stories", "labels", "GET /v1/labels answered 401", "reads it at '/labels'"),
    ],
)
def test_what_lets_nobody_in(opened: Any, name: str, resource: str, told: str, hint: str):
    """How a key is sent, and where lists are, no answer tells: the error names the resource and who knows."""
    with serve(_described(name)) as server, pytest.raises(Exception, match="answered") as caught:
        list(sdk.from_config(opened(name, server)).with_resources(resource))

    text = str(caught.value.__cause__)
    assert text.startswith(f"rest_api.{resource}: {told}")
    assert text.endswith(f"the connector '{name}' {hint}: sdk describe {name}")


@pytest.mark.parametrize(
    ("resource", "size", "told"),
    [
        ("dashboards", 130, "100 records came, a whole page of this list by the connector 'observability'"),
        ("service_level_objectives", 1100, "page one with 1000 records is not all, by 'metadata.page.total_count'"),
        ("synthetic_tests", 130, "page one with 100 records is not all, by 'total'"),
    ],
)
def test_a_list_that_is_cut_off(opened: Any, resource: str, size: int, told: str):
    """A page that is not all is an error, also where only a connector knows how long pages are."""
    with serve(_described("observability"), sizes={resource: size}) as server:
        config = opened("observability", server)
        _observability(config, server)

        with pytest.raises(Exception, match="records") as caught:
            list(sdk.from_config(config).with_resources(resource))

    assert str(caught.value.__cause__).startswith(f"rest_api.{resource}: {told}")


def test_stories_that_are_cut_off(opened: Any):
    """The API ends a group's stories after a thousand and says nothing."""
    with serve(stories_simulator(), sizes={"groups": 1, "stories": 1700}) as server:
        config = opened("stories", server)
        _stories(config, server)

        with pytest.raises(Exception, match="1000 records came, a whole page of this list by the connector 'stories'"):
            list(sdk.from_config(config).with_resources("groups_stories"))


def test_a_key_that_no_record_has(documented: Any, opened: Any):
    """A merge by it loads nothing: the run says which resource, and which key a connector takes, before it loads."""
    with serve(_described("observability")) as server:
        config = opened("observability", server)
        _observability(config, server)

        with pytest.raises(Exception, match=r"rest_api\.synthetic_tests: none of 55 records has 'id'") as caught:
            documented.pipeline("keys").run(sdk.from_config(config).with_resources("synthetic_tests"))

        assert "has the key 'public_id' for it: sdk describe observability" in str(caught.value)
        config["resources"][9]["primary_key"] = "public_id"
        loaded = documented.pipeline("more_keys")
        loaded.run(sdk.from_config(config).with_resources("synthetic_tests"))
        assert len(loaded.rows("synthetic_tests", "public_id")) == 55
