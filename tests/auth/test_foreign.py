"""Auth classes of other packages."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import attrs
import pytest
from requests import PreparedRequest
from requests.auth import AuthBase
from requests.auth import HTTPBasicAuth as ForeignBasicAuth

from sdk.auth import AuthFrom, OAuth2ClientCredentials
from sdk.errors import DeclarationError, SettingError
from sdk.placeholders import Secret, fill, placeholders


class Signing(AuthBase):
    """A foreign scheme that wants its secrets when built."""

    def __init__(self, access_key: str, secret_key: str, region: str, *, tags: dict[str, Any] | None = None) -> None:
        if region == "nowhere":
            raise ValueError(f"cannot sign with {secret_key}")
        self.line = f"{access_key}/{secret_key}/{region}/{tags}"

    def __call__(self, r: PreparedRequest) -> PreparedRequest:
        """Return the request."""
        r.headers["Signature"] = self.line
        return r


@pytest.fixture
def declared() -> AuthFrom:
    """Return a declaration with secrets in all kinds of places."""
    return AuthFrom(Signing, Secret("access"), Secret("secret"), "eu", tags={"a": [Secret("tag")], "b": (1,)})


SECRETS = {"access": "q7-access", "secret": "q7-secret", "tag": "q7-tag"}


def test_secrets_reach_the_foreign_class(declared: AuthFrom, sent: Callable[..., dict[str, str]]) -> None:
    """Places are filled however deep, and the class gets plain text."""
    assert {"access", "secret", "tag"} == {one.name for one in placeholders(declared)}
    assert {"Signature": "q7-access/q7-secret/eu/{'a': ['q7-tag'], 'b': (1,)}"} == sent(fill(declared, SECRETS))


def test_built_once(lock: Any, sent: Callable[..., Any], together: Callable[..., list[Any]]) -> None:
    """Nothing is built before the first request, and twenty first requests build one."""
    built = []

    def slow(user: str, password: str) -> ForeignBasicAuth:
        lock.wait_for(20)
        built.append(user)
        return ForeignBasicAuth(user, password)

    auth = AuthFrom(slow, "a", "b")
    auth._built.lock = lock
    before = list(built)

    assert [{"Authorization": "Basic YTpi"}] * 20 == together(20, lambda: sent(auth))
    assert ([], ["a"]) == (before, built)


def test_nothing_is_shown(declared: AuthFrom) -> None:
    """Arguments given as plain text are hidden too, since any of them may be a secret."""
    assert (
        "AuthFrom(factory=Signing, args=[SecretValue('***'), SecretValue('***'), '***'], "
        "kwargs={'tags': '***'})" == repr(attrs.evolve(fill(declared, SECRETS), _kwargs={"tags": "plain"}))
    )


def test_requests_own_class(sent: Callable[..., dict[str, str]]) -> None:
    """Any `AuthBase` will do."""
    assert {"Authorization": "Basic YTpi"} == sent(AuthFrom(ForeignBasicAuth, "a", password="b"))


@pytest.mark.parametrize(
    ("make", "message"),
    [
        (lambda: AuthFrom(Signing, "a"), "AuthFrom(Signing): missing a required argument: 'secret_key'"),
        (
            lambda: AuthFrom(Signing, "a", "b", "c", regoin="q7"),
            "AuthFrom(Signing): got an unexpected keyword argument 'regoin'",
        ),
        (
            lambda: AuthFrom("q7-not-shown"),  # type: ignore[arg-type]
            "AuthFrom(str): is no class or function; pass the class and its arguments side by side",
        ),
    ],
)
def test_mistakes_in_a_declaration(make: Callable[[], Any], message: str) -> None:
    """Arguments that do not fit are found where they are written, not at the first request."""
    with pytest.raises(DeclarationError) as caught:
        make()

    assert message == str(caught.value)


def test_refused_arguments(prepared: Callable[..., PreparedRequest]) -> None:
    """What the foreign class says may hold a secret, so only the kind of its error is passed on."""
    auth = AuthFrom(Signing, "q7-a", "q7-plain-and-never-announced", "nowhere")

    with pytest.raises(SettingError) as caught:
        auth(prepared())

    assert (
        "AuthFrom: Signing refused its arguments (ValueError); check the settings that it is given",
        None,
        None,
    ) == (str(caught.value), caught.value.__cause__, caught.value.__context__)


def test_no_auth_scheme(prepared: Callable[..., PreparedRequest]) -> None:
    """A factory that returns something else is named."""
    with pytest.raises(SettingError) as caught:
        AuthFrom(dict)(prepared())  # type: ignore[arg-type]

    assert "AuthFrom: dict built a dict, which is no auth scheme" == str(caught.value)


def test_refresh_is_forwarded(server: Any, prepared: Callable[..., PreparedRequest]) -> None:
    """A foreign scheme that can refresh does, and one that cannot says no."""
    auth = AuthFrom(OAuth2ClientCredentials, server.url, "client", "q7-client-secret")
    stale = auth(prepared())

    assert auth.refresh(stale)
    assert "Bearer token-2" == auth(prepared()).headers["Authorization"]
    assert not AuthFrom(ForeignBasicAuth, "a", "b").refresh(stale)
