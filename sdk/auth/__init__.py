"""Credentials for a request, as values.

A scheme is any `requests.auth.AuthBase`: called with a prepared request, it returns it with the credentials in it.
Those here are frozen values that hold `Secret` places until a connector is loaded, and show none of them after.

The client calls them with the *prepared* request of each attempt. That request is sent and forgotten, while the
`Request` that checkpoints and messages hold never meets them: so a key that travels in the query is stored nowhere.
"""

from sdk.auth.combined import MultiAuth
from sdk.auth.foreign import AuthFrom
from sdk.auth.keys import APIKeyAuth, BearerTokenAuth, HttpBasicAuth
from sdk.auth.oauth import OAuth2ClientCredentials
from sdk.auth.protocols import Refreshable, TokenStore
from sdk.auth.refresh_token import OAuth2RefreshToken

__all__ = [
    "APIKeyAuth",
    "AuthFrom",
    "BearerTokenAuth",
    "HttpBasicAuth",
    "MultiAuth",
    "OAuth2ClientCredentials",
    "OAuth2RefreshToken",
    "Refreshable",
    "TokenStore",
]
