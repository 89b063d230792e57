"""What the client may ask of a scheme, and the front of the package."""

from __future__ import annotations

from typing import Any

import pytest
from requests.auth import HTTPDigestAuth

import sdk.auth
from sdk.auth import (
    APIKeyAuth,
    AuthFrom,
    BearerTokenAuth,
    HttpBasicAuth,
    MultiAuth,
    OAuth2ClientCredentials,
    OAuth2RefreshToken,
    Refreshable,
    TokenStore,
)

URL = "https://auth.example.com/token"


@pytest.mark.parametrize(
    ("auth", "expected"),
    [
        (APIKeyAuth("a", "q7-a"), False),
        (BearerTokenAuth("q7-a"), False),
        (HttpBasicAuth("q7-a", ""), False),
        (HTTPDigestAuth("a", "b"), False),
        (MultiAuth(BearerTokenAuth("q7-a")), True),
        (AuthFrom(HTTPDigestAuth, "a", "b"), True),
        (OAuth2ClientCredentials(URL, "a", "q7-b"), True),
        (OAuth2RefreshToken(URL, "a", "q7-b", "q7-c"), True),
    ],
)
def test_refreshable(auth: Any, expected: bool) -> None:  # noqa: FBT001 - the fact under test
    """The client can tell which schemes to ask after a 401."""
    assert expected is isinstance(auth, Refreshable)


def test_token_store() -> None:
    """Anything with the two methods is a store."""

    class Store:
        def load(self) -> str | None:
            return None

        def save(self, refresh_token: str) -> None:
            pass

    assert (True, False) == (isinstance(Store(), TokenStore), isinstance({}, TokenStore))


def test_exports() -> None:
    """What is public is listed, sorted."""
    assert sorted(sdk.auth.__all__) == sdk.auth.__all__
    assert [] == [name for name in sdk.auth.__all__ if not hasattr(sdk.auth, name)]
