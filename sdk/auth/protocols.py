"""What the client may ask of an auth scheme beside credentials, and what a scheme may ask of its user."""

from __future__ import annotations

from typing import TYPE_CHECKING, Protocol, runtime_checkable

if TYPE_CHECKING:
    from requests import PreparedRequest


@runtime_checkable
class Refreshable(Protocol):
    """A scheme that can get itself new credentials."""

    def refresh(self, stale: PreparedRequest) -> bool:
        """Replace the credentials that *stale* carried, and return whether sending it again makes sense.

        Called by the client when an answer is 401, at most once for each request. Twenty requests that were refused
        with one token cause one refresh: for the others it is enough that the token has changed meanwhile.
        """


@runtime_checkable
class TokenStore(Protocol):
    """Keep a refresh token from run to run, for servers that give a new one with each use.

    Its methods are called by one thread at a time, and neither when all that is needed is a token in hand. An
    exception in either ends the read, named by its type only.
    """

    def load(self) -> str | None:
        """Return the newest refresh token, or `None` when none was saved yet: then the declared one is used.

        Called before each request for a token, and once more when the server refuses the refresh token, since
        another process may have used it in between.
        """

    def save(self, refresh_token: str) -> None:
        """Keep *refresh_token*, which replaces every older one.

        Called when an answer brings a new refresh token, before the access token beside it is used. When it fails,
        it is called again with the next token.
        """
