"""What a resource's hooks do to an answer, bodies that are no JSON, and sessions that a caller brings."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
import requests

from sdk.client import Client
from sdk.connector import Connector
from sdk.messages import Request
from sdk.plugins import Hooks
from sdk.resource import Resource


def fetched(acme: Callable[..., Connector], api: Any, *hooks: Any, given: Any = None, **facts: Any) -> Any:
    """Return the page of one request."""
    resource = Resource("posts", answer_hooks=hooks)
    client = Client(acme(resource), Hooks.of(), given=given)
    return client.fetch(resource, Request(f"{api.url}/posts", **facts))


def test_hooks_may_change_the_answer(acme: Any, tiny_api: Any):
    """In order, before it is judged: what they leave is what counts."""
    tiny_api.says("/posts", tiny_api.reply(b"{}", 500))

    def mend(response: requests.Response) -> None:
        response.status_code = 200
        response._content = response.content.replace(b"{}", b'{"a": "\xe4"}')

    def name_encoding(response: requests.Response) -> None:
        assert response.status_code == 200
        response.encoding = "windows-1252"

    page = fetched(acme, tiny_api, mend, name_encoding)

    assert (page.status, page.body) == (200, {"a": "ä"})


def test_what_a_hook_raises_ends_the_request(acme: Any, tiny_api: Any):
    """As it is, and without a repeat."""
    tiny_api.says("/posts", tiny_api.reply({}, 503))

    def refuse(response: requests.Response) -> None:
        raise KeyError(response.status_code)

    with pytest.raises(KeyError, match="503"):
        fetched(acme, tiny_api, refuse)
    assert len(tiny_api.asked) == 1


@pytest.mark.parametrize(
    ("data", "body", "kind"),
    [({"a": "b c"}, b"a=b+c", "application/x-www-form-urlencoded"), ("raw", b"raw", None)],
)
def test_bodies_that_are_no_json(acme: Any, tiny_api: Any, data: Any, body: bytes, kind: str | None):
    """A mapping is sent as a form, a text as it is."""
    tiny_api.says("/posts", {})

    fetched(acme, tiny_api, method="POST", data=data)

    assert (tiny_api.asked[0].body, tiny_api.asked[0].headers.get("Content-Type")) == (body, kind)


def test_a_request_with_a_body_of_its_own():
    """It survives a checkpoint, and asks something else than one with another body."""
    request = Request("https://example.com/x", "POST", data={"a": "b"})

    assert Request.from_dict(request.to_dict()) == request
    assert request.identity != Request("https://example.com/x", "POST", data={"a": "c"}).identity
    assert request.identity != Request("https://example.com/x", "POST").identity


def test_a_session_that_the_caller_brought(acme: Any, tiny_api: Any):
    """Its headers and cookies count, its own errors for a status are judged as ours, and it stays open."""

    class Strict(requests.Session):
        def send(self, request: requests.PreparedRequest, **options: Any) -> requests.Response:
            response = super().send(request, **options)
            response.raise_for_status()
            return response

    session = Strict()
    session.headers["User-Agent"] = "theirs"
    session.cookies.set("seen", "yes")
    tiny_api.says("/posts", tiny_api.reply({"code": "gone"}, 404))

    with pytest.raises(Exception, match=r"/posts answered 404 \(gone\)"):
        fetched(acme, tiny_api, given=session)

    assert [(one.headers["User-Agent"], one.headers["Cookie"]) for one in tiny_api.asked] == [("theirs", "seen=yes")]
