"""Explanations: who answers each hook, what is in force, and who said so."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from datetime import timedelta
from pathlib import Path
from types import ModuleType
from typing import Any

import pytest
from attrs import evolve

from sdk import (
    APIKeyAuth,
    BearerTokenAuth,
    Choice,
    Connector,
    Each,
    Incremental,
    MultiAuth,
    OAuth2ClientCredentials,
    PageNumberPaginator,
    RateLimit,
    Resource,
    RetryPolicy,
    Secret,
    Setting,
    TimeWindow,
    Total,
    columns,
    hookimpl,
)
from sdk.errors import SettingError, UnknownConnectorError
from sdk.explanations import Explanation, explain, explained


@pytest.fixture(autouse=True)
def _home(dlt_home: Path) -> None:
    """Let no configuration of anybody switch overrides on."""


@pytest.fixture
def shop(acme: Callable[..., Connector]) -> Connector:
    """Declare an API with a bit of everything."""
    return acme(
        Resource(
            "people", data_selector="data", incremental=Incremental("changed"), window=TimeWindow(start_param="since")
        ),
        Resource(
            "orders",
            path="/people/{people.id}/orders",
            data_selector="data",
            params={"kind": Each(Setting("kinds", kind="list", default=[]), also_without=True), "sort": "id"},
            paginator=PageNumberPaginator(base_page=0, end=Total("meta.total")),
            columns=columns(bigint="id", epoch_ms="at"),
            skip_statuses={403},
            revisit=timedelta(days=2),
            retry=RetryPolicy(attempts=2),
            auth=APIKeyAuth("X-Orders", Secret("orders_key")),
            filter=_is_wanted,
        ),
        "plain",
        auth=BearerTokenAuth(Secret("api_key")),
        rate_limit=RateLimit(Setting("rate", kind="int", default=60)),
    )


def _is_wanted(record: dict[str, Any]) -> bool:
    return bool(record)


def said(explanation: Explanation) -> dict[str, tuple[str, str]]:
    """Return the facts by name; of several with one name the first."""
    return {one.name: (one.value, one.origin) for one in reversed(explanation.facts)}


def asked(explanation: Explanation, hook: str) -> list[tuple[str, str, bool]]:
    """Return who is asked for a hook, in order: role, name, and whether it is around the others."""
    return [(one.owner.role, one.owner.name, one.wraps) for one in explanation.step(hook).answers]


def test_core_answers_what_nobody_else_does(shop: Connector):
    """Each hook has a step, in the order in which a read asks them."""
    found = explain("acme", "plain")

    assert [one.hook for one in found.steps] == [
        "sdk_declare_connector",
        "sdk_expand_path",
        "sdk_authenticate",
        "sdk_select_records",
        "sdk_paginate",
    ]
    assert asked(found, "sdk_declare_connector") == [("connector", "acme", False)]
    assert asked(found, "sdk_paginate") == [("core", "core", False)]
    assert [one.why for one in found.steps] == [
        "connector acme answers",
        "never asked: no place names a parent",
        "core answers: BearerTokenAuth of the connector",
        "core answers: data_selector 'data'",
        "core answers: NextLinkPaginator of the connector",
    ]
    assert [one.is_asked for one in found.steps] == [True, False, True, True, True]


def test_every_answer_has_its_place(shop: Connector):
    """The file, and the line of its decorator: where one would look."""
    for step in explain("acme", "orders").steps:
        for answer in step.answers:
            line = Path(answer.file).read_text().splitlines()[answer.line - 1]
            assert line.strip().startswith("@hookimpl")


def test_plugins_stand_in_the_order_in_which_pluggy_asks_them(shop: Connector):
    """Wrappers from the outside in, then the others; the caller's before the connector's before core's."""
    log: list[str] = []

    def plugin(name: str, **options: Any) -> ModuleType:
        def sdk_authenticate(request: Any) -> Any:
            log.append(name)
            if options:
                return (yield)

        def answering(request: Any) -> None:
            log.append(name)

        made = ModuleType(name)
        made.sdk_authenticate = (
            hookimpl(**options)(sdk_authenticate) if options else hookimpl(specname="sdk_authenticate")(answering)
        )
        return made

    given = [plugin("first"), plugin("around", wrapper=True), plugin("last")]
    found = explained("acme", plugins=given)
    order = [name for _, name, _ in asked(found.resource("plain"), "sdk_authenticate")]

    resource = found.connector.resource("plain")
    found.hooks.authenticate(evolve(found.connector, auth=None), resource, object())  # type: ignore[arg-type]
    assert order == ["around", "last", "first", "core"]
    assert [*log, "core"] == order
    assert found.resource("plain").step("sdk_authenticate").why == (
        "caller last answers; where it says None, caller first, then core: BearerTokenAuth of the connector"
    )


def test_facts_of_a_resource_that_says_much(shop: Connector):
    """Settings by name, no secret, and who said each."""
    facts = said(explain("acme", "orders"))

    assert facts["method"] == ("GET", "core default")
    assert facts["path"] == ("/people/{people.id}/orders", "resource")
    assert facts["parent"] == ("people: {people.id} in path by its id", "resource")
    assert facts["param"] == ("kind: each of <kinds>, and without", "resource")
    assert facts["auth"] == (
        "APIKeyAuth(name='X-Orders', api_key=<orders_key>), in the header X-Orders; secrets orders_key",
        "resource",
    )
    assert facts["paginator"] == (
        "PageNumberPaginator(base_page=0, end=Total(path='meta.total')): count pages up in a query parameter",
        "resource",
    )
    assert facts["end"] == (
        "Total(path='meta.total'): end when the pages so far address as much as the number at 'meta.total'",
        "resource",
    )
    assert facts["filter"][0].startswith("_is_wanted (test_explanations.py:")
    assert facts["incremental"] == ("with its parent: only for people that changed", "core default")
    assert facts["revisit"] == ("parents that changed within 2 days before the cursor", "resource")
    assert facts["retry"][0].startswith("at most 2 attempts, after 408, 425, 429, ")
    assert facts["retry"][1] == "resource"
    assert facts["rate_limit"] == ("<rate> requests in 60 s", "connector")
    assert facts["skip_statuses"] == ("403", "resource")
    assert facts["primary_key"] == ("_people_id, id", "core default")
    assert facts["include_from_parent"] == ("_people_id from people.id", "core default")


def test_facts_of_a_resource_that_says_little(shop: Connector):
    """What the connector says, and what core does."""
    facts = said(explain("acme", "plain"))

    assert facts["path"] == ("/plain", "core default")
    assert facts["auth"] == (
        "BearerTokenAuth(<api_key>), in the header Authorization; secrets api_key",
        "connector",
    )
    assert facts["paginator"] == ("NextLinkPaginator(): follow the link found in the body", "connector")
    assert facts["end"][1] == "core default"
    assert facts["incremental"] == ("no: each run reads everything", "core default")
    assert facts["primary_key"] == ("id", "core default")
    assert facts["columns"] == ("all others arrive as what they are", "core default")


def test_a_window_in_words(shop: Connector):
    """The parameter, the beginning, the cursor and the overlap."""
    facts = said(explain("acme", "people"))

    assert facts["window"] == (
        "from since on, as iso; without a cursor or start_date it begins at the beginning of time",
        "resource",
    )
    assert facts["incremental"] == (
        "from the largest changed (timestamp) of the last complete run, 5 minutes before it",
        "resource",
    )
    assert facts["children"] == ("orders", "connector")


def test_only_settings_that_matter(shop: Connector):
    """Those of its parents too, and none of its neighbours."""
    names = {one.name for one in explain("acme", "orders").settings}
    plain = {one.name for one in explain("acme", "plain").settings}

    assert names == {"api_key", "orders_key", "kinds", "rate", "start_date"}
    assert plain == {"api_key", "rate"}


def test_what_an_override_changed_is_said_by_it(shop: Connector):
    """An override may replace a part of the declaration."""

    class Mine:
        @hookimpl(wrapper=True)
        def sdk_declare_connector(self) -> Iterator[None]:
            connector = yield
            return evolve(connector, auth=APIKeyAuth("X-Mine", Secret("mine")))  # type: ignore[misc]

    found = explain("acme", "plain", plugins=[Mine()])

    assert said(found)["auth"][1] == "override"
    assert said(found)["paginator"][1] == "connector"
    assert asked(found, "sdk_declare_connector") == [("caller", "Mine", True), ("connector", "acme", False)]


def test_no_secret_is_in_an_explanation(acme: Callable[..., Connector]):
    """Not even one that an author wrote into the declaration."""
    acme(
        "plain",
        auth=MultiAuth(
            APIKeyAuth("X-Key", "hunter2-literal"),
            OAuth2ClientCredentials("https://example.com/token", "hunter2-id", "hunter2-secret"),
        ),
    )

    found = explain("acme", "plain")

    assert "hunter2" not in repr(found.to_dict())
    assert "in the header X-Key and in the header Authorization, with a token from" in said(found)["auth"][0]


def test_a_choice_of_resources_is_explained_by_its_default(acme: Callable[..., Connector]):
    """As a load without that setting would read it."""
    picks = Setting("version", choices=("one", "two"), default="two")
    acme(Choice(picks, {one: Resource("things", path=f"/{one}/things") for one in ("one", "two")}))

    assert said(explain("acme", "things"))["path"] == ("/two/things", "resource")


def test_an_unknown_resource_or_override_is_an_error(shop: Connector):
    """With the nearest."""
    with pytest.raises(SettingError, match=r"has no resource 'order'; did you mean 'orders'\?$"):
        explain("acme", "order")
    with pytest.raises(UnknownConnectorError, match="no override 'nobody' is installed"):
        explain("acme", "orders", overrides=["nobody"])


@pytest.mark.parametrize("name", ["incident_response", "incidents", "observability", "stories", "tickets"])
def test_every_resource_can_be_explained(name: str):
    """Hidden ones and parts too."""
    found = explained(name)

    for resource in found.connector.resources:
        explanation = found.resource(resource.name)
        assert all(step.answers for step in explanation.steps)
        assert all(fact.value for fact in explanation.facts)
