"""dlt's own paginators and credentials where a dictionary holds or names one."""

from __future__ import annotations

import threading
from collections.abc import Iterator, Mapping, Sequence
from copy import deepcopy
from typing import Any, Final

import orjson
import requests
from attrs import evolve, field, frozen
from dlt.sources.helpers import requests as dlt_requests
from dlt.sources.helpers.rest_client import auth as dlt_auth
from dlt.sources.helpers.rest_client import paginators as dlt_paginators
from dlt.sources.helpers.rest_client.paginators import BasePaginator
from requests.auth import AuthBase

from sdk.auth import APIKeyAuth, OAuth2ClientCredentials
from sdk.dialects.paging import CountingPaginator
from sdk.dialects.tokens import FollowingPaginator, token_paginator
from sdk.messages import LAST_PAGE, EndAnswer, Page, Request
from sdk.paginators.cursor import HeaderCursorPaginator
from sdk.paginators.ends import MissingToken
from sdk.paginators.links import HeaderLinkPaginator
from sdk.paginators.paginator import Paginator
from sdk.paginators.single_page import SinglePagePaginator
from sdk.redaction import SecretValue, conceal

_STATE: Final = "paginator"

# What dlt takes for the total when nobody says where it is: an API need not have one there.
_TOTAL_UNLESS_SAID: Final = "total"


def paginator_of(given: BasePaginator, declared: frozenset[str] = frozenset()) -> Paginator:
    """Return a paginator of ours that pages as *given* does.

    Args:
        given: An instance of dlt's, or of a class of the user's.
        declared: Which of its options the dictionary names.
    """
    kind: Any = type(given)
    made: Paginator
    if kind is dlt_paginators.SinglePagePaginator:
        made = SinglePagePaginator()
    elif kind is dlt_paginators.HeaderLinkPaginator:
        made = HeaderLinkPaginator(links_next_key=_of(given, "links_next_key"))
    elif kind in {dlt_paginators.JSONLinkPaginator, dlt_paginators.JSONResponsePaginator}:
        made = FollowingPaginator(next_url_path=str(_of(given, "next_url_path")), end=MissingToken())
    elif kind is dlt_paginators.HeaderCursorPaginator:
        made = HeaderCursorPaginator(_of(given, "cursor_key"), cursor_param=_of(given, "cursor_param"))
    elif kind is dlt_paginators.JSONResponseCursorPaginator:
        made = token_paginator(
            str(_of(given, "cursor_path")),
            param=_of(given, "cursor_param"),
            body_path=_of(given, "cursor_body_path"),
            stop_after_empty_page=bool(_of(given, "stop_after_empty_page")),
            has_more_path=_text(_of(given, "has_more_path")),
        )
    elif kind in {dlt_paginators.PageNumberPaginator, dlt_paginators.OffsetPaginator}:
        made = _counting(given, declared)
    else:
        made = ForeignPaginator(given)
    return made


def _counting(given: BasePaginator, declared: frozenset[str]) -> CountingPaginator:
    total = _text(_of(given, "total_path"))
    return CountingPaginator(
        param=_of(given, "param_name"),
        body_path=_of(given, "param_body_path"),
        start=_of(given, "initial_value"),
        base=_of(given, "base_index"),
        step=_of(given, "value_step"),
        size_param=getattr(given, "limit_param", None),
        size_body_path=getattr(given, "limit_body_path", None),
        total_path=total,
        total_needed="total_path" in declared or total != _TOTAL_UNLESS_SAID,
        maximum=_of(given, "maximum_value"),
        stop_after_empty_page=bool(_of(given, "stop_after_empty_page")),
        has_more_path=_text(_of(given, "has_more_path")),
        by_offset=isinstance(given, dlt_paginators.OffsetPaginator),
    )


def _of(given: BasePaginator, name: str) -> Any:
    return getattr(given, name)


def _text(path: Any) -> str | None:
    return None if path is None else str(path)


class _Held:
    """A foreign paginator as it stands after a page, inside a request's state."""

    __slots__ = ("paginator",)

    def __init__(self, paginator: BasePaginator) -> None:
        self.paginator = paginator

    def __repr__(self) -> str:
        return f"{type(self.paginator).__name__}({sorted(vars(self.paginator).items(), key=lambda one: one[0])})"


@frozen
class ForeignPaginator(Paginator):
    """Ask a paginator that keeps its own state: a copy of it travels with each request, so that requests stay pure.

    Attributes:
        original: The instance as it was declared; never changed.
    """

    original: BasePaginator = field(eq=False)

    def first_request(self, request: Request) -> Request:
        """Return *request* as the paginator prepares it."""
        paginator, asked = deepcopy(self.original), _as_theirs(request)
        paginator.init_request(asked)
        return _as_ours(asked, request, paginator)

    def next_request(self, page: Page, records: Sequence[Any]) -> EndAnswer:
        """Return the request that the paginator makes of *page*, or `LAST_PAGE`."""
        held = page.request.state.get(_STATE)
        paginator = deepcopy(held.paginator if held is not None else self.original)
        asked = _as_theirs(page.request)
        paginator.update_state(as_response(page), list(records))
        paginator.update_request(asked)
        return _as_ours(asked, page.request, paginator) if paginator.has_next_page else LAST_PAGE

    def stops_at(self, page: Page) -> bool:  # noqa: ARG002
        """Return true: it is the user's own code that ends the list."""
        return True


def as_response(page: Page) -> requests.Response:
    """Return *page* as the response that it was, for code that expects one."""
    made = requests.Response()
    made.status_code = page.status
    made.headers.update(page.headers)
    made.url = page.url
    made.encoding = "utf-8"
    made._content = orjson.dumps(page.body, default=str)  # noqa: SLF001 - there is no public way to build one
    return made


def _as_theirs(request: Request) -> requests.Request:
    return requests.Request(
        request.method,
        request.url,
        headers=dict(request.headers),
        params=_grouped(request.params),
        json=deepcopy(request.json),
        data=request.data,
    )


def _grouped(params: Sequence[tuple[str, str]]) -> dict[str, Any]:
    found: dict[str, Any] = {}
    for name, value in params:
        if name in found:
            before = found[name]
            found[name] = [*before, value] if isinstance(before, list) else [before, value]
        else:
            found[name] = value
    return found


def _as_ours(asked: requests.Request, request: Request, paginator: BasePaginator) -> Request:
    made = evolve(
        request,
        url=str(asked.url),
        method=str(asked.method or request.method),
        params=sent(asked.params or {}),
        headers=dict(asked.headers or {}),
        json=asked.json,
        data=asked.data or None,
    )
    return made.with_state(**{_STATE: _Held(paginator)})


def sent(params: Any) -> tuple[tuple[str, str], ...]:
    """Return query parameters as requests sends them: `True` as it is written in Python, null left out."""
    pairs = params.items() if isinstance(params, Mapping) else params
    found: list[tuple[str, str]] = []
    for name, value in pairs:
        values = value if isinstance(value, list | tuple | set) else (value,)
        found.extend(
            (str(name), one.decode() if isinstance(one, bytes) else str(one)) for one in values if one is not None
        )
    return tuple(found)


@frozen
class ForeignAuth(AuthBase):
    """Ask a scheme that was written for one session: by one thread at a time.

    Attributes:
        scheme: The scheme.
        secrets: The secrets that it holds, to be hidden.
    """

    scheme: AuthBase = field(eq=False, repr=False)
    secrets: tuple[SecretValue, ...] = ()
    _lock: Any = field(factory=threading.RLock, init=False, eq=False, repr=False)

    def __call__(self, r: requests.PreparedRequest) -> requests.PreparedRequest:
        """Return the request with what the scheme adds to it."""
        with self._lock:
            asked = self.scheme(r)
            self._hide()
            return asked

    def refresh(self, stale: requests.PreparedRequest) -> bool:
        """Let the scheme get another token than *stale* carried, when it gets tokens."""
        obtain = getattr(self.scheme, "obtain_token", None)
        if not callable(obtain):
            return False
        with self._lock:
            if stale.headers.get("Authorization") == f"Bearer {getattr(self.scheme, 'access_token', None)}":
                obtain()
                self._hide()
            return True

    def _hide(self) -> None:
        # A token that it got itself; whatever else it holds is hidden already.
        token = getattr(self.scheme, "access_token", None)
        if isinstance(token, str) and len(token) > _SHORTEST:
            conceal(token)

    def __deepcopy__(self, memo: object) -> ForeignAuth:
        return self


def auth_of(scheme: AuthBase) -> AuthBase:
    """Return *scheme* as one that threads may share and whose secrets are hidden."""
    if type(scheme) is dlt_auth.APIKeyAuth and scheme.location == "cookie":
        # dlt names this place and cannot send a key there.
        return APIKeyAuth(scheme.name, scheme.api_key, "cookie")
    if type(scheme) is dlt_auth.OAuth2ClientCredentials and scheme.session is dlt_requests.client.session:
        # dlt's follows redirects with the client's secret, and takes an answer without a token for one.
        return OAuth2ClientCredentials(
            scheme.access_token_url,
            scheme.client_id,
            scheme.client_secret,
            access_token_request_data=scheme.access_token_request_data,
            send_as="post",
            default_token_expiration=scheme.default_token_expiration,
        )
    return ForeignAuth(scheme, tuple(_secrets(scheme)))


def _secrets(scheme: AuthBase) -> Iterator[SecretValue]:
    hidden = "token|api_key|password|access_token|client_secret|private_key|private_key_passphrase|refresh_token"
    for name in hidden.split("|"):
        value = getattr(scheme, name, None)
        if isinstance(value, str) and len(value) > _SHORTEST:
            yield SecretValue(value, name)
            if name == "password":
                # As the header carries both, or what surrounds the password in their Base64 would stay.
                conceal(f"{getattr(scheme, 'username', '')}:{value}")


# What is shorter stands for nothing, and hiding it would make every message unreadable.
_SHORTEST: Final = 3
