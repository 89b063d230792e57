"""Auth classes of other packages, declared before their secrets are known."""

from __future__ import annotations

import inspect
import threading
from typing import TYPE_CHECKING, Any, NoReturn

from attrs import field, frozen
from requests.auth import AuthBase

from sdk.auth.fields import revealed, shown
from sdk.auth.protocols import Refreshable
from sdk.errors import DeclarationError, SettingError

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from requests import PreparedRequest


def _name(factory: Any) -> str:
    return getattr(factory, "__name__", type(factory).__name__)


class _Built:
    """Hold the scheme that an `AuthFrom` built, once for all threads; copies share it."""

    __slots__ = ("auth", "lock")

    def __init__(self) -> None:
        self.lock = threading.RLock()
        self.auth: AuthBase | None = None

    def __deepcopy__(self, memo: object) -> _Built:
        return self


@frozen(init=False)
class AuthFrom(AuthBase):
    """Build somebody else's auth scheme when its secrets are known, and ask it.

    Has the shape of `functools.partial`::

        AuthFrom(AWS4Auth, Secret("access_key"), Secret("secret_key"), "eu-west-1", "es")

    The scheme is built with the first request, once, and called
    by one thread at a time: classes that were written for one session seldom promise more.

    Attributes:
        factory: A class or a function that returns a `requests.auth.AuthBase`.
        args: Its arguments. Places in them, also inside lists and mappings, are filled.
        kwargs: Its keyword arguments, likewise.
    """

    factory: Callable[..., AuthBase] = field(alias="_factory", repr=_name)
    args: tuple[Any, ...] = field(alias="_args", repr=lambda args: f"[{', '.join(map(shown, args))}]")
    kwargs: Mapping[str, Any] = field(alias="_kwargs", repr=shown, hash=False)
    _built: _Built = field(init=False, factory=_Built, eq=False, repr=False)

    def __init__(
        self,
        /,
        _factory: Callable[..., AuthBase],
        *args: Any,
        _args: tuple[Any, ...] = (),
        _kwargs: Mapping[str, Any] | None = None,
        **kwargs: Any,
    ) -> None:
        # The underlined ones are for `evolve`; so no name is taken that the factory may want for itself.
        self.__attrs_init__(_factory, (*args, *_args), {**(_kwargs or {}), **kwargs})

    def __attrs_post_init__(self) -> None:
        if problem := _misfit(self.factory, self.args, self.kwargs):
            raise DeclarationError(f"AuthFrom({_name(self.factory)})", [problem])

    def __call__(self, r: PreparedRequest) -> PreparedRequest:
        """Return the request with what the scheme adds to it."""
        with self._built.lock:
            return self._scheme()(r)

    def refresh(self, stale: PreparedRequest) -> bool:
        """Let the scheme replace what *stale* carried, when it can."""
        with self._built.lock:
            scheme = self._scheme()
            return scheme.refresh(stale) if isinstance(scheme, Refreshable) else False

    def _scheme(self) -> AuthBase:
        if self._built.auth is None:
            self._built.auth = self._build()
        return self._built.auth

    def _build(self) -> AuthBase:
        args, kwargs = revealed(self.args), revealed(self.kwargs)
        try:
            auth = self.factory(*args, **kwargs)
        except Exception as error:  # noqa: BLE001 - whatever it is, its text may hold a secret
            failed = type(error).__name__
        else:
            return auth if callable(auth) else self._refuse(f"built a {type(auth).__name__}, which is no auth scheme")
        # Not inside `except`, where the new error would keep the old one as its context.
        return self._refuse(f"refused its arguments ({failed}); check the settings that it is given")

    def _refuse(self, problem: str) -> NoReturn:
        raise SettingError(f"AuthFrom: {_name(self.factory)} {problem}")


def _misfit(factory: Any, args: tuple[Any, ...], kwargs: Mapping[str, Any]) -> str:
    """Return why the arguments do not fit, so that a mistake shows where it is made."""
    if not callable(factory):
        return "is no class or function; pass the class and its arguments side by side"
    try:
        signature = inspect.signature(factory)
    except (TypeError, ValueError):
        return ""  # some classes written in C do not say what they take
    try:
        signature.bind(*args, **kwargs)
    except TypeError as error:
        return str(error)  # names parameters, never values
    return ""
