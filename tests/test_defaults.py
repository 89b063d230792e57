"""Core's own answers: each asks the value that the declaration holds."""

from __future__ import annotations

import inspect

import pytest
import requests
from requests import PreparedRequest
from requests.auth import AuthBase

from sdk import defaults, hookspecs
from sdk.connector import Connector
from sdk.errors import SelectionError
from sdk.messages import LAST_PAGE, Page, Request
from sdk.paginators import PageNumberPaginator, SinglePagePaginator
from sdk.plugins import Hooks
from sdk.resource import Resource

URL = "https://api.example.com/things"


class Signed(AuthBase):
    """Signs with its name."""

    def __init__(self, name: str) -> None:
        self.name = name

    def __call__(self, request: PreparedRequest) -> PreparedRequest:
        """Put it into a header."""
        request.headers["X-Signed"] = self.name
        return request


@pytest.mark.parametrize(
    ("of_connector", "of_resource", "signed"),
    [
        (None, None, None),
        (Signed("connector"), None, "connector"),
        (Signed("connector"), Signed("resource"), "resource"),
        (None, Signed("resource"), "resource"),
    ],
)
def test_the_nearest_credentials_sign(of_connector: AuthBase | None, of_resource: AuthBase | None, signed: str | None):
    """The resource's, else the connector's; without either the request goes out as it is."""
    resource = Resource("things", auth=of_resource)
    connector = Connector("planets", auth=of_connector, resources=[resource])
    request = requests.Request("GET", URL).prepare()

    answer = Hooks.of().authenticate(connector, resource, request)

    assert answer is request
    assert answer.headers.get("X-Signed") == signed


def test_the_path_is_filled_from_the_parent():
    """One path for one parent, its value percent-encoded."""
    parent, child = Resource("things"), Resource("parts", path="/things/{things.id}/parts")
    connector = Connector("planets", resources=[parent, child])

    assert Hooks.of().expand_path(connector, child, parent, {"id": "a/b"}) == ["/things/a%2Fb/parts"]


def test_the_selector_is_followed():
    """What it does not find is its error."""
    resource = Resource("things", data_selector="rows", lift="attributes")
    connector = Connector("planets", resources=[resource])
    page = Page(Request(URL), body={"rows": [{"id": 1, "attributes": {"a": 2}}]})

    assert Hooks.of().select_records(connector, resource, page) == [{"id": 1, "a": 2}]
    with pytest.raises(SelectionError):
        Hooks.of().select_records(connector, resource, Page(Request(URL), body={}))


def test_the_nearest_paginator_goes_on():
    """The resource's, else the connector's."""
    paged, whole = Resource("things"), Resource("moons", paginator=SinglePagePaginator())
    connector = Connector("planets", paginator=PageNumberPaginator(), resources=[paged, whole])
    page = Page(Request(URL, params={"page": "1"}), body=[{"id": 1}])

    assert Hooks.of().paginate(connector, paged, page, [{"id": 1}]) == Request(URL, params={"page": "2"})
    assert Hooks.of().paginate(connector, whole, page, [{"id": 1}]) is LAST_PAGE


def test_core_answers_every_hook_but_the_declaration():
    """A connector is the plugin's to declare; every other step has an answer of last resort."""
    hooks = {name for name, value in vars(hookspecs).items() if name.startswith("sdk_") and inspect.isfunction(value)}
    answered = {name for name in vars(defaults) if name.startswith("sdk_")}

    assert hooks - answered == {"sdk_declare_connector"}
    assert Hooks.of().declare_connector() is None
