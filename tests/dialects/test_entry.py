"""The doors: what who comes from dlt relies on, and what dlt itself would say."""

from __future__ import annotations

import graphlib
from typing import Any

import pytest
from dlt.common import logger
from dlt.common.exceptions import DictValidationException
from dlt.extract.exceptions import ResourceExtractionError
from dlt.sources.rest_api import rest_api_source as dlts_source

import sdk
from sdk.dialects import ConfigError

CLIENT = {"base_url": "https://api.example.com"}
STARS = {"type": "resolve", "resource": "stars", "field": "id"}


def of(*resources: Any) -> Any:
    """Return a dictionary with these resources."""
    return {"client": CLIENT, "resources": list(resources)}


@pytest.mark.parametrize(
    "config",
    [
        {"client": CLIENT},
        {"resources": []},
        {"client": {**CLIENT, "pagintor": "auto"}, "resources": ["stars"]},
        of("stars", {"name": "moons", "endpoint": {"path": "moons", "params": {"star": STARS}}}),
        of("stars", {"name": "moons", "endpoint": {"path": "moons/{x.stars.id}"}}),
        of("stars", "dust", {"name": "moons", "endpoint": "{resources.stars.id}/{resources.dust.id}"}),
        of({"name": "moons", "include_from_parent": ["id"]}),
        of({"name": "moons", "endpoint": {"params": {"a": {"type": "resolv"}}}}),
        of("stars", "stars"),
    ],
)
def test_dlts_own_words(config: Any):
    """What dlt says of a dictionary stands at the end, so that who looks for it finds it."""
    with pytest.raises((DictValidationException, ValueError)) as theirs:
        dlts_source(config)
    with pytest.raises(ConfigError) as ours:
        sdk.rest_api_source(config)

    assert ours.value.problems[-1] == f"in dlt's words: {theirs.value}"


def test_values_are_not_repeated():
    """What dlt shows of a value is left out: it may be anything."""
    with pytest.raises(ConfigError) as caught:
        sdk.rest_api_source({"client": {**CLIENT, "headers": ["s3cret-value"]}, "resources": ["stars"]})  # type: ignore[typeddict-item]

    assert "in dlt's words: " in str(caught.value)
    assert "s3cret" not in str(caught.value)


def test_parents_in_a_circle():
    """It is the error that dlt raises, too."""
    with pytest.raises(graphlib.CycleError) as caught:
        sdk.rest_api_resources(
            of({"name": "a", "endpoint": "{resources.b.id}/x"}, {"name": "b", "endpoint": "{resources.a.id}/x"})
        )

    assert isinstance(caught.value, ConfigError)
    assert "'nodes are in a cycle', ['a', 'b', 'a']" in str(caught.value)


def test_two_bodies():
    """It is told when it is read, where dlt tells it; by our own function it is told at once."""
    config = of({"name": "stars", "endpoint": {"method": "POST", "json": {"a": 1}, "data": {"b": 2}}})
    problem = "resources[0].endpoint: json and data are both given; a request has one body"

    source = sdk.rest_api_source(config)
    with pytest.raises(ResourceExtractionError) as caught:
        list(source)
    assert problem in str(caught.value)
    assert "Cannot use both 'json' and 'data' parameters simultaneously" in str(caught.value)
    with pytest.raises(ConfigError) as at_once:
        sdk.from_config(config)
    assert at_once.value.problems == (problem,)


def test_two_bodies_by_the_defaults():
    """One of them may come from the defaults."""
    config = {
        **of({"name": "stars", "endpoint": {"method": "POST", "json": {"a": 1}}}),
        "resource_defaults": {"endpoint": {"data": {"b": 2}}},
    }

    with pytest.raises(ConfigError, match=r"resources\[0\]\.endpoint: json and data are both given"):
        sdk.from_config(config)


def test_requests_in_dlts_log(tiny_api: Any, monkeypatch: pytest.MonkeyPatch):
    """Each request stands in dlt's log as dlt's client writes it there, without what is secret in it."""
    tiny_api.says("/stars", [{"id": 1}])
    said: list[str] = []
    monkeypatch.setattr(logger, "info", said.append)
    endpoint = {"path": "stars", "params": {"api_key": "s3cret-value", "q": "word"}, "paginator": "single_page"}

    list(
        sdk.rest_api_source({"client": {"base_url": tiny_api.url}, "resources": [{"name": "s", "endpoint": endpoint}]})
    )

    assert said == [f"Making GET request to {tiny_api.url}/stars?api_key=***&q=word"]


@pytest.mark.parametrize("build", [dlts_source, sdk.rest_api_source])
def test_order_of_an_offset_and_its_limit(build: Any, tiny_api: Any):
    """They stand in dlt's order: what lies between may compare addresses as they are."""
    tiny_api.says("/stars", {"data": [{"id": 1}]}, {"data": []})
    endpoint = {
        "data_selector": "data",
        "params": {"q": "a"},
        "paginator": {"type": "offset", "limit": 1, "total_path": None},
    }

    list(build({"client": {"base_url": tiny_api.url}, "resources": [{"name": "stars", "endpoint": endpoint}]}))

    assert tiny_api.targets == ["/stars?q=a&offset=0&limit=1", "/stars?q=a&offset=1&limit=1"]
