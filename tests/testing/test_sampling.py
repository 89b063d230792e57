"""A sample reads as a run reads, and stops soon."""

from sdk.messages import LAST_PAGE
from sdk.resource import Resource
from sdk.testing.sampling import SampleSize, sample

MOONS = Resource("moons", path="/planets/{planets.id}/moons", data_selector="data")


def test_it_stops_after_a_few_pages_of_each_list(tiny_api, acme):
    """The pages say where the connector would have gone on."""
    acme("planets")
    tiny_api.lists("/planets", *([{"id": at}] for at in range(5)))

    found = sample("acme", "planets", {"overrides": [], "start_date": None}, size=SampleSize(pages=2))

    assert [one["id"] for one in found.records] == [0, 1]
    assert [(one.cut, one.following is LAST_PAGE) for one in found.pages] == [(False, False), (True, False)]
    assert tiny_api.targets == ["/planets", "/planets?page=2"]
    assert not found.is_whole


def test_it_follows_a_few_parents(tiny_api, acme):
    """Each list of children has its own pages; a parent beyond the sample is not asked for."""
    acme("planets", MOONS)
    tiny_api.lists("/planets", [{"id": 1}, {"id": 2}, {"id": 3}])
    tiny_api.lists("/planets/1/moons", [{"id": 10}], [{"id": 11}])
    tiny_api.lists("/planets/2/moons", [{"id": 20}])

    found = sample("acme", "moons", {"overrides": [], "start_date": None}, size=SampleSize(pages=2, parents=2))

    assert found.records == [
        {"id": 10, "_planets_id": 1},
        {"id": 11, "_planets_id": 1},
        {"id": 20, "_planets_id": 2},
    ]
    assert found.is_whole


def test_what_breaks_it_is_kept_beside_what_came(tiny_api, acme):
    """A sample is looked at also when it broke."""
    acme("planets")
    tiny_api.says("/planets", {"data": [{"id": 1}], "next": "/planets?page=2"}, {"gone": True})

    found = sample("acme", "planets", {"overrides": [], "start_date": None})

    assert found.records == [{"id": 1}]
    assert "data_selector 'data' not found" in str(found.failure)
