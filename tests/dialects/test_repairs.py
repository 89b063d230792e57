"""Words of other dialects: what is taken for what, and told."""

from __future__ import annotations

from typing import Any

import pytest

import sdk
from sdk.dialects import ConfigError, Report
from sdk.dialects.checking import checked
from sdk.dialects.repairs import Extra, repaired
from sdk.retry import RETRIED_STATUSES, RetryPolicy


def of(*resources: Any, **client: Any) -> dict[str, Any]:
    """Return a dictionary of those resources."""
    return {
        "client": {"base_url": "https://api.example.com", **client},
        "resource_defaults": {"primary_key": "id", "write_disposition": "merge"},
        "resources": list(resources),
    }


def asking(name: str, path: str, **endpoint: Any) -> dict[str, Any]:
    """Return a resource."""
    return {"name": name, "endpoint": {"path": path, "data_selector": "data", **endpoint}}


def notes(config: Any) -> list[tuple[str, str]]:
    """Return where something was repaired, and what was done."""
    report = Report(quiet=True)
    repaired(config, report)
    return [(one.path, one.taken) for one in report.notes]


def test_the_type_basic():
    """It is dlt's `http_basic`."""
    config = of(auth={"type": "basic", "username": "u", "password": "p"})

    made = repaired(config, Report(quiet=True)).config

    assert made["client"]["auth"] == {"type": "http_basic", "username": "u", "password": "p"}
    assert notes(config) == [("client.auth.type", "'http_basic' was taken")]
    assert config["client"]["auth"]["type"] == "basic"


def test_the_error_handler():
    """Its numbers are a retry policy; a parent whose children no repeat can cure is passed over in the end."""
    handler = {"retry_on_status_codes": [403, 429], "max_retries": 3, "backoff_factor": 3}
    items = {"path": "/tickets/{resources.tickets.id}/items", "error_handler": handler}
    config = of(asking("tickets", "/tickets", error_handler=handler), {"name": "items", "endpoint": items})

    made = repaired(config, Report(quiet=True))

    policy = RetryPolicy(attempts=4, refusals=4, statuses=RETRIED_STATUSES | {403, 429}, factor=3.0)
    assert made.extras == {"tickets": Extra(retry=policy), "items": Extra(retry=policy, passed_over=frozenset({403}))}
    assert "error_handler" not in made.config["resources"][0]["endpoint"]
    assert notes(config) == [
        (f"resources[{number}].endpoint.error_handler", "an answer 403, 429 is repeated 3 times") for number in (0, 1)
    ]


@pytest.mark.parametrize(
    ("handler", "policy"),
    [
        ({}, RetryPolicy(attempts=5)),
        ({"max_retries": 0}, RetryPolicy(attempts=1)),
        ({"backoff_factor": 1.5}, RetryPolicy(attempts=5, factor=1.5)),
        ({"backoff_factor": 0.5, "max_retries": 2}, RetryPolicy(attempts=3, initial=0.5)),
        ({"retry_on_status_codes": [418]}, RetryPolicy(attempts=5, statuses=RETRIED_STATUSES | {418})),
    ],
)
def test_a_part_of_an_error_handler(handler: Any, policy: RetryPolicy):
    """What it leaves out is as usual; a factor below one is the first wait."""
    config = of(asking("tickets", "/tickets", error_handler=handler))

    assert repaired(config, Report(quiet=True)).extras == {"tickets": Extra(retry=policy)}


@pytest.mark.parametrize(
    "handler",
    [
        {"retries": 3},
        {"max_retries": -1},
        {"max_retries": True},
        {"backoff_factor": "2"},
        {"retry_on_status_codes": 429},
        {"retry_on_status_codes": ["429"]},
    ],
)
def test_no_error_handler(handler: Any):
    """What is none is a mistake of the document, and no default."""
    [mistake] = checked(of(asking("tickets", "/tickets", error_handler=handler)))[0]

    assert mistake.startswith("resources[0].endpoint.error_handler")


def test_a_page_size_on_any_paginator():
    """Sent as the parameter that is named, else as `limit`."""
    pages = {"type": "page_number", "page_param": "page[number]", "limit_param": "page[size]", "limit": 100}
    config = of(
        asking("users", "/users", paginator=pages),
        asking("teams", "/teams", paginator={"type": "cursor", "limit": 25, "cursor_path": "next"}),
        asking("logs", "/logs", paginator={"type": "offset", "limit": 10}),
    )

    made = repaired(config, Report(quiet=True))

    assert made.extras == {
        "users": Extra(size=100, size_param="page[size]"),
        "teams": Extra(size=25, size_param="limit", size_guessed=True),
    }
    assert [one["endpoint"]["paginator"] for one in made.config["resources"]] == [
        {"type": "page_number", "page_param": "page[number]"},
        {"type": "cursor", "cursor_path": "next"},
        {"type": "offset", "limit": 10},
    ]


def test_an_empty_selector_is_the_body():
    """No step leads nowhere."""
    made = repaired(of(asking("monitors", "/monitors", data_selector=[])), Report(quiet=True))

    assert made.config["resources"][0]["endpoint"]["data_selector"] == "$"


def test_a_path_for_a_parameter():
    """It is where the token is; another endpoint whose token is called alike knows the parameter."""
    config = of(
        asking("teams", "/teams", paginator={"type": "cursor", "cursor_param": "pagination.next_offset"}),
        asking("logs", "/logs", paginator={"type": "cursor", "cursor_param": "links.next"}),
        asking(
            "incidents",
            "/incidents",
            paginator={"type": "cursor", "cursor_param": "page[offset]", "cursor_path": "meta.pagination.next_offset"},
        ),
    )

    made = repaired(config, Report(quiet=True)).config

    assert [one["endpoint"]["paginator"] for one in made["resources"][:2]] == [
        {"type": "cursor", "cursor_param": "page[offset]", "cursor_path": "pagination.next_offset"},
        {"type": "cursor", "cursor_param": "links.next", "cursor_path": "links.next"},
    ]


@pytest.mark.parametrize("place", ["{{ stream_partition.category_id }}", "{category_id}", "{parent_id}"])
def test_a_parent_that_only_the_path_names(place: str):
    """It is who lists what stands before the place; its key becomes a part of the child's."""
    config = of(asking("categories", "/v1/categories"), asking("milestones", f"/v1/categories/{place}/milestones"))

    made = repaired(config, Report(quiet=True))

    child = made.config["resources"][1]
    assert child["endpoint"]["path"] == "/v1/categories/{resources.categories.id}/milestones"
    assert (child["include_from_parent"], child["primary_key"]) == (["id"], ["_categories_id", "id"])
    assert made.extras == {"milestones": Extra(passed_over=frozenset({404}))}


def test_several_parents_whose_paths_end_alike():
    """Where nobody lists just that, all whose records are of that kind name it."""
    config = of(
        "epics",
        "groups",
        asking("epics_stories", "epics/{epic_id}/stories"),
        asking("groups_stories", "groups/{group_id}/stories"),
        asking("comments", "stories/{story_id}/comments"),
    )

    made = repaired(config, Report(quiet=True))

    extra = made.extras["comments"]
    assert (extra.parents, extra.parent_as) == (("epics_stories", "groups_stories"), "stories")
    assert made.config["resources"][4]["primary_key"] == ["_stories_id", "id"]


def test_what_is_known_nowhere_stays_a_mistake():
    """A repair is for words whose meaning is clear."""
    config = of(
        asking("a", "/a", error_handlr={}), asking("b", "/x/{y_id}/b", paginator={"type": "cursor", "limit": "many"})
    )

    mistakes, report = checked(config)

    assert [one.partition(": ")[0] for one in mistakes] == [
        "resources[0].endpoint.error_handlr",
        "resources[1].endpoint.paginator.limit",
    ]
    assert [one.path for one in report.notes] == ["resources[1].endpoint.paginator"]


def test_the_drop_in_names_repair_nothing():
    """Dlt refuses these words, and so does its namesake here."""
    config = of(asking("a", "/a", data_selector=[]))

    with pytest.raises(ConfigError, match=r"resources\[0\].endpoint.data_selector: found a list"):
        sdk.rest_api_source(config)  # type: ignore[arg-type]


def test_stories_of_several_lists(tiny_api: Any):
    """Each is asked once, whichever lists hold it, and its records carry its key."""
    tiny_api.says("/epics", [{"id": 1}])
    tiny_api.says("/groups", [{"id": 2}])
    tiny_api.says("/epics/1/stories", [{"id": 10}, {"id": 11}])
    tiny_api.says("/groups/2/stories", [{"id": 11}, {"id": 12}])
    for story in (10, 11):
        tiny_api.says(f"/stories/{story}/comments", [{"id": 1, "text": f"on {story}"}])
    single = {"paginator": "single_page"}
    config = of(
        "epics",
        "groups",
        asking("epics_stories", "epics/{epic_id}/stories", **single),
        asking("groups_stories", "groups/{group_id}/stories", **single),
        asking("comments", "stories/{story_id}/comments", **single),
    )
    config["client"]["base_url"] = tiny_api.url

    source = sdk.from_config(config)
    comments = list(source.with_resources("comments"))

    assert comments == [{"id": 1, "text": "on 10", "_stories_id": 10}, {"id": 1, "text": "on 11", "_stories_id": 11}]
    assert sorted(one for one in tiny_api.targets if "comments" in one) == [
        "/stories/10/comments",
        "/stories/11/comments",
        "/stories/12/comments",
    ]
    # The story that is gone is told, and costs only itself.
    [gone] = [one for one in source.report.notes if one.sort == "ignored"]
    assert gone.found == "GET /stories/12/comments answered 404, whatever was repeated"


def test_a_list_that_stays_refused(tiny_api: Any, no_waiting: list[float]):
    """As the handler says: three repeats, growing waits, and an error; passed over, it would look like an empty one."""
    tiny_api.says("/tickets", tiny_api.reply({}, 403))
    handler = {"retry_on_status_codes": [403], "max_retries": 3, "backoff_factor": 2}
    config = of(asking("tickets", "/tickets", error_handler=handler, paginator="single_page"))
    config["client"]["base_url"] = tiny_api.url

    with pytest.raises(Exception, match=r"rest_api\.tickets: GET /tickets answered 403"):
        list(sdk.from_config(config, in_flight=1))

    assert len(tiny_api.asked) == 4
    assert no_waiting == [1.0, 2.0, 4.0]


def test_children_that_stay_refused(tiny_api: Any, no_waiting: list[float]):
    """Their parent is passed over after the repeats, and told; the other parents' children are there."""
    tiny_api.says("/tickets", {"data": [{"id": 1}, {"id": 2}]})
    tiny_api.says("/tickets/1/items", tiny_api.reply({}, 403))
    tiny_api.says("/tickets/2/items", {"data": [{"id": 7}]})
    handler = {"retry_on_status_codes": [403], "max_retries": 1, "backoff_factor": 2}
    config = of(
        asking("tickets", "/tickets", paginator="single_page"),
        asking("items", "/tickets/{parent_id}/items", error_handler=handler, paginator="single_page"),
    )
    config["client"]["base_url"] = tiny_api.url

    source = sdk.from_config(config, in_flight=1)

    assert list(source.with_resources("items")) == [{"id": 7, "_tickets_id": 2}]
    [told] = [one for one in source.report if one.sort == "ignored"]
    assert told.found == "GET /tickets/1/items answered 403, whatever was repeated"
    assert source.report.passed_over == {"items": 1}


def test_a_hundred_parents_without_children(tiny_api: Any):
    """Each is counted, and only the first of them are told one by one."""
    tiny_api.says("/tickets", {"data": [{"id": number} for number in range(100)]})
    config = of(
        asking("tickets", "/tickets", paginator="single_page"),
        asking("items", "/tickets/{parent_id}/items", paginator="single_page"),
    )
    config["client"]["base_url"] = tiny_api.url

    source = sdk.from_config(config)

    assert list(source.with_resources("items")) == []
    assert source.report.passed_over == {"items": 100}
    told = [str(one) for one in source.report if one.sort == "ignored"]
    assert len(told) == 11
    assert told[-1].startswith("resources[1].endpoint: more of the same; each is counted in report.passed_over")


def test_words_that_are_said_of_all_resources():
    """Of the client's and the defaults' ones a resource has what it does not say itself, also one of a name alone."""
    handler = {"retry_on_status_codes": [404], "max_retries": 2}
    own = {"type": "page_number", "limit": 5, "limit_param": "size"}
    config = {
        **of("plain", asking("own", "/own", paginator=own), asking("items", "/own/{parent_id}/items")),
        "resource_defaults": {"endpoint": {"error_handler": handler, "data_selector": []}},
    }
    config["client"]["paginator"] = {"type": "page_number", "limit": 100}

    made = repaired(config, Report(quiet=True))

    policy = RetryPolicy(attempts=3, statuses=RETRIED_STATUSES | {404})
    sized = {"size": 100, "size_param": "limit", "size_guessed": True}
    assert made.extras == {
        "plain": Extra(retry=policy, **sized),  # type: ignore[arg-type]
        "own": Extra(retry=policy, size=5, size_param="size"),
        "items": Extra(retry=policy, **sized, passed_over=frozenset({404})),  # type: ignore[arg-type]
    }
    assert made.config["client"]["paginator"] == {"type": "page_number"}
    assert made.config["resource_defaults"] == {"endpoint": {"data_selector": "$"}}
    assert [one for one, _ in notes(config)][:3] == [
        "client.paginator.limit",
        "resource_defaults.endpoint.error_handler",
        "resource_defaults.endpoint.data_selector",
    ]


def test_a_place_whose_parent_nobody_lists():
    """Its doubled braces would be sent as they are; it is a mistake wherever it stands."""
    config = of(
        asking("a", "/x/{{ stream_partition.x_id }}/a"),
        asking("b", "/b", params={"of": "{{ stream_slice['b'] }}", "like": ["{{ partition.c }}"], "kept": "{{a}}"}),
    )

    advice = "names no parent; write {resources.<name>.<field>}"
    assert checked(config)[0] == [
        f"resources[0].endpoint.path: '{{{{ stream_partition.x_id }}}}' {advice}",
        f"resources[1].endpoint.params.of: \"{{{{ stream_slice['b'] }}}}\" {advice}",
        f"resources[1].endpoint.params.like[0]: '{{{{ partition.c }}}}' {advice}",
    ]


@pytest.mark.parametrize(
    ("paginator", "asked"),
    [
        ({"type": "json_link", "next_url_path": "next", "limit": 7}, {"limit": "7"}),
        ({"type": "header_link", "limit": 7, "limit_param": "per_page"}, {"per_page": "7"}),
        ({"type": "single_page", "limit": 7}, {"limit": "7"}),
        ({"type": "cursor", "cursor_path": "next", "cursor_param": "c", "limit": 7}, {"limit": "7"}),
        ({"type": "page_number", "base_page": 1, "total_path": "total", "limit": 7}, {"limit": "7", "page": "1"}),
        ({"type": "offset", "limit": 7, "total_path": "total"}, {"limit": "7", "offset": "0"}),
        ({"limit": 7}, {"limit": "7"}),
    ],
)
def test_a_page_size_is_sent(tiny_api: Any, paginator: Any, asked: dict[str, str]):
    """Whatever the paginator, as the parameter that is named or else as `limit`."""
    tiny_api.says("/a", {"data": [{"id": 1}], "total": 1})
    config = of(asking("a", "/a", paginator=paginator))
    config["client"]["base_url"] = tiny_api.url

    assert list(sdk.from_config(config)) == [{"id": 1}]
    assert [one.query for one in tiny_api.asked] == [asked]
