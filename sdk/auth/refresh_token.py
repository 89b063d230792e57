"""Access tokens in the name of a user, and the refresh token that has to outlive the run."""

from __future__ import annotations

import logging
from typing import TYPE_CHECKING, Any, Literal

from attrs import field, frozen

from sdk.auth.endpoint import TokenError, shown_url
from sdk.auth.fields import Place, as_key, key_field, shown
from sdk.auth.oauth import TokenAuth
from sdk.auth.protocols import TokenStore
from sdk.errors import ReadError
from sdk.jsonpath import find
from sdk.placeholders import reveal
from sdk.redaction import SecretValue, conceal

if TYPE_CHECKING:
    from collections.abc import Iterator

    from sdk.auth.tokens import Token

_logger = logging.getLogger(__name__)


@frozen
class OAuth2RefreshToken(TokenAuth):
    """Get access tokens in the name of a user who signed in once (RFC 6749, section 6).

    A server that gives a new refresh token with each use makes the old one worthless. With a *token_store* the new
    one is saved there before the access token is used; without one it lives as long as this value, and a warning
    says that the next run will need another.

    The rest of the attributes are those of `OAuth2ClientCredentials`; `client_secret` may be empty, for a public
    client.

    Attributes:
        refresh_token: The refresh token to begin with, and to fall back to when the stored one is refused: whoever
            signs in anew changes this one.
        token_store: Where a new refresh token is kept.
    """

    refresh_token: Place = field(converter=as_key, validator=key_field, repr=shown)
    token_store: TokenStore | None = field(default=None, repr=lambda store: type(store).__name__)

    def _fetch(self) -> Token:
        refused: TokenError | None = None
        for refresh_token in self._candidates():
            try:
                token, answer = self.ask_for({"grant_type": "refresh_token", "refresh_token": refresh_token})
            except TokenError as error:
                if error.code != "invalid_grant":
                    raise
                refused = error
            else:
                self._keep(find("refresh_token", answer.body), refresh_token)
                return token
        assert refused is not None  # the declared token is always tried
        raise refused

    def _candidates(self) -> Iterator[str]:
        """Yield the refresh tokens that may be valid, newest first; each is looked up when the one before failed."""
        tried: set[str] = set()
        # The store twice: another process may have used what was in it, and have saved the next by now.
        for look in (self._unsaved, self._stored, self._stored, lambda: reveal(self.refresh_token)):
            if (found := look()) and found not in tried:
                tried.add(found)
                yield found

    def _unsaved(self) -> str | None:
        return self._cell.rotated.reveal() if self._cell.rotated else None

    def _stored(self) -> str | None:
        return self._at_store("load")

    def _keep(self, new: Any, used: str) -> None:
        if isinstance(new, str) and new and new != used:
            if self.token_store is None and self._cell.rotated is None:
                _logger.warning(
                    "token endpoint %s replaces the refresh token with each use and there is no token_store to keep "
                    "it: the next run needs a new one",
                    shown_url(reveal(self.access_token_url)),
                )
            self._cell.rotated = SecretValue(new)
        if self.token_store is not None and self._cell.rotated is not None:
            self._at_store("save", self._cell.rotated.reveal())
            self._cell.rotated = None

    def _at_store(self, verb: Literal["load", "save"], *given: str) -> str | None:
        if self.token_store is None:
            return None
        try:
            found = getattr(self.token_store, verb)(*given)
        except Exception as error:  # noqa: BLE001 - the user's code, whose errors may hold the token
            failed = type(error).__name__
        else:
            if isinstance(found, str):
                conceal(found)
            return found if isinstance(found, str) else None
        store = type(self.token_store).__name__
        raise ReadError(f"token_store could not {verb} the refresh token: {failed} in {store}")

    def _problems(self) -> list[str]:
        problems = super()._problems()
        store: object = self.token_store
        if not isinstance(store, TokenStore | None):
            problems.append(f"token_store must have load() and save(), a {type(store).__name__} has not")
        return problems
