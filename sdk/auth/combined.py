"""Several credentials on one request."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from attrs import frozen
from requests.auth import AuthBase

from sdk.auth.protocols import Refreshable
from sdk.errors import DeclarationError

if TYPE_CHECKING:
    from collections.abc import Iterable

    from requests import PreparedRequest


@frozen(init=False)
class MultiAuth(AuthBase):
    """Add several credentials, in order, as for an API that wants two keys.

    Attributes:
        auths: The schemes. Of two that write the same header the later one wins.
    """

    auths: tuple[AuthBase, ...]

    def __init__(self, *given: AuthBase, auths: Iterable[AuthBase] = ()) -> None:
        # As a keyword too, because that is how `evolve` builds a changed copy.
        self.__attrs_init__((*given, *auths))

    def __attrs_post_init__(self) -> None:
        if problems := list(_problems(self.auths)):
            raise DeclarationError("MultiAuth", problems)

    def __call__(self, r: PreparedRequest) -> PreparedRequest:
        """Return the request with all the credentials."""
        for auth in self.auths:
            r = auth(r)
        return r

    def refresh(self, stale: PreparedRequest) -> bool:
        """Let each scheme that can replace what *stale* carried; one that did is enough to try again."""
        # A list, because `any` would leave the later ones out.
        return any([auth.refresh(stale) for auth in self.auths if isinstance(auth, Refreshable)])  # noqa: C419


def _problems(auths: Iterable[Any]) -> Iterable[str]:
    if not auths:
        yield "needs at least one auth scheme"
    for auth in auths:
        if isinstance(auth, type):
            yield f"{auth.__name__} is a class: write {auth.__name__}(...), or AuthFrom({auth.__name__}, ...)"
        elif not callable(auth):
            yield f"a {type(auth).__name__} is no auth scheme"
