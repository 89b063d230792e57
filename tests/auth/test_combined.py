"""Several credentials on one request."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from requests import PreparedRequest
from requests.auth import AuthBase

from sdk.auth import APIKeyAuth, BearerTokenAuth, MultiAuth, Refreshable
from sdk.errors import DeclarationError
from sdk.placeholders import Secret, fill


class Renewing(AuthBase):
    """A scheme that says whether it could refresh, and remembers that it was asked."""

    def __init__(self, *, able: bool) -> None:
        self.able = able
        self.stale: list[PreparedRequest] = []

    def __call__(self, r: PreparedRequest) -> PreparedRequest:
        """Return the request."""
        return r

    def refresh(self, stale: PreparedRequest) -> bool:
        """Answer as told."""
        self.stale.append(stale)
        return self.able


def test_all_are_applied_in_order(sent: Callable[..., dict[str, str]]) -> None:
    """An API that wants two keys gets both; of two for one header the later counts."""
    auth = MultiAuth(APIKeyAuth("A", Secret("a")), APIKeyAuth("B", Secret("b")), APIKeyAuth("A", Secret("c")))

    assert {"A": "q7-c", "B": "q7-b"} == sent(fill(auth, {"a": "q7-a", "b": "q7-b", "c": "q7-c"}))


def test_refresh_reaches_each(prepared: Callable[..., PreparedRequest]) -> None:
    """Every scheme that can refresh is asked, and one that could is enough to try again."""
    able, unable, stale = Renewing(able=True), Renewing(able=False), prepared()
    auth = MultiAuth(able, BearerTokenAuth("q7-fixed"), unable)

    assert isinstance(auth, Refreshable)
    assert auth.refresh(stale)
    assert [stale] == able.stale == unable.stale
    assert not MultiAuth(unable, BearerTokenAuth("q7-fixed")).refresh(stale)


@pytest.mark.parametrize(
    ("auths", "message"),
    [
        ([], "MultiAuth: needs at least one auth scheme"),
        (
            [BearerTokenAuth, "q7-not-shown"],
            (
                "MultiAuth: BearerTokenAuth is a class: write BearerTokenAuth(...), or AuthFrom(BearerTokenAuth, ...); "
                "a str is no auth scheme"
            ),
        ),
    ],
)
def test_mistakes(auths: list[Any], message: str) -> None:
    """What is no scheme is refused when declared, all together."""
    with pytest.raises(DeclarationError) as caught:
        MultiAuth(*auths)

    assert message == str(caught.value)
