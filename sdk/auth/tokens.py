"""An access token, and the cell that keeps the current one for all threads."""

from __future__ import annotations

import copy
import threading
import time
from collections.abc import Callable
from typing import TYPE_CHECKING, Final, TypeAlias

from attrs import frozen

from sdk.errors import ReadError

if TYPE_CHECKING:
    from sdk.redaction import SecretValue

# A tenth of the lifetime, where that is less than the margin asked for.
_MARGIN_AT_MOST: Final = 0.1

clock: Callable[[], float] = time.monotonic
"""Returns the seconds by which tokens age; tests replace it."""


@frozen
class Token:
    """An access token.

    Attributes:
        value: The token itself.
        fresh_until: When to get another, by `clock`: a safety margin ahead of its expiry.
    """

    value: SecretValue
    fresh_until: float

    @classmethod
    def lasting(cls, value: SecretValue, lifetime: float, *, since: float, margin: float) -> Token:
        """Build a token that lives *lifetime* seconds from *since* on."""
        return cls(value, since + lifetime - min(margin, lifetime * _MARGIN_AT_MOST))

    @property
    def header(self) -> str:
        """The `Authorization` header that carries it."""
        return f"Bearer {self.value.reveal()}"

    def is_fresh(self) -> bool:
        """Return whether it may still be used."""
        return clock() < self.fresh_until


Fetch: TypeAlias = Callable[[], Token]


class TokenCell:
    """Keep the current token, and let one thread at a time get the next.

    This class is unusual here: it changes. A token is learned while reading and is shared by every thread, so it
    cannot be part of a frozen value; the value holds this cell instead. `evolve` makes a new one, a copy shares it.
    """

    __slots__ = ("_failure", "_fetches", "_lock", "_token", "rotated")

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._token: Token | None = None
        self._failure: ReadError | None = None
        self._fetches = 0
        #: The newest refresh token, while no store has it. Touched only by a fetch, so under the lock.
        self.rotated: SecretValue | None = None

    def __deepcopy__(self, memo: object) -> TokenCell:
        return self

    def token(self, fetch: Fetch) -> Token:
        """Return the current token, fetched when there is none that is fresh."""
        seen, held = self._fetches, self._token
        if held is not None and held.is_fresh():
            return held
        with self._lock:
            held = self._token
            if held is not None and held.is_fresh():
                return held
            return self._fetched(fetch, seen)

    def replace(self, header: str, fetch: Fetch) -> bool:
        """Fetch another token if *header* carries the current one; return whether there is another now."""
        seen = self._fetches
        with self._lock:
            if self._token is None or self._token.header != header:
                return True
            return self._fetched(fetch, seen).header != header

    def _fetched(self, fetch: Fetch, seen: int) -> Token:
        if self._failure is not None and self._fetches != seen:
            # It failed while this thread waited; twenty wrong passwords in a row are how accounts get locked.
            raise copy.copy(self._failure)
        try:
            self._token, self._failure = fetch(), None
        except ReadError as error:
            self._failure = error
            # A copy, because whoever catches the one raised writes into it where it happened.
            raise copy.copy(error) from None
        finally:
            self._fetches += 1
        return self._token
