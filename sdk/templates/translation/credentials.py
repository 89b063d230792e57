"""A dictionary's credentials as ours: each value that is a secret there is the place of one here."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any, Final

from dlt.sources.helpers.rest_client import auth as dlt_auth
from dlt.sources.rest_api import config_setup
from requests.auth import AuthBase, HTTPBasicAuth

from sdk.templates.names import snake_case
from sdk.templates.translation.code import Call, call
from sdk.templates.translation.drafts import Notes, SettingRow, Settings

# By these names a header, a parameter or a field of a body carries a credential.
TELLING: Final = re.compile(r"(?i)(^|[-_.])(authorization|auth|cookie|key|api[-_]?key|token|secret|password|pwd)$")

_OTHER_KINDS: Final = "write a requests.auth.AuthBase, see the page on auth, and pass it as auth="


def secret(settings: Settings, wanted: str, value: Any, meaning: str, owner: str = "") -> Call:
    """Return the place of a secret."""
    name = settings.name(wanted, value, owner)
    settings.add(SettingRow(name, "secret", "required", meaning))
    return call("Secret", name, description=meaning)


def credentials(given: Any, path: str, settings: Settings, notes: Notes, owner: str = "") -> Call | None:
    """Return *given*, what stands at *path* as `auth`, as one of our schemes."""
    if given is None:
        return None
    kind, fields = _read(given)
    match kind:
        case "bearer":
            meaning = "token of a user who may read everything that is wanted"
            return call("BearerTokenAuth", secret(settings, "token", fields.get("token"), meaning, owner))
        case "api_key":
            meaning = "key of a user who may read everything that is wanted"
            key = secret(settings, "api_key", fields.get("api_key"), meaning, owner)
            location = fields.get("location") or "header"
            named = {} if location == "header" else {"location": location}
            return call("APIKeyAuth", name=fields.get("name") or "Authorization", api_key=key, **named)
        case "http_basic":
            return _pair(fields, settings, owner)
        case "oauth2_client_credentials":
            return _client_credentials(fields, path, settings, notes, owner)
    notes.add(path, f"{kind} has no equivalent, so requests carry no credentials; {_OTHER_KINDS}")
    return None


def _read(given: Any) -> tuple[str, Mapping[str, Any]]:
    """Return the type of a scheme, dlt's word for it where it is one of dlt's, and its fields."""
    if isinstance(given, str):
        given = {"type": given}
    if isinstance(given, AuthBase) and not isinstance(given, dlt_auth.AuthConfigBase):
        is_pair = type(given) is HTTPBasicAuth
        return ("http_basic", vars(given)) if is_pair else (f"the scheme {type(given).__name__}", {})
    if isinstance(given, dlt_auth.AuthConfigBase):
        known = {kind: name for name, kind in config_setup.AUTH_MAP.items() if kind.__module__.startswith("dlt.")}
        return known.get(type(given), f"the scheme {type(given).__name__}"), dict(given)
    name = given.get("type") or "bearer"
    is_ours = config_setup.AUTH_MAP[name].__module__.startswith("dlt.")
    return name if is_ours else f"the registered scheme {name!r}", given


def _pair(fields: Mapping[str, Any], settings: Settings, owner: str) -> Call:
    meaning = "name of a user who may read everything that is wanted"
    username = secret(settings, "username", fields.get("username"), meaning, owner)
    password = fields.get("password")
    # Many APIs take a key for the name, and nothing for the password.
    if password == "":
        return call("HttpBasicAuth", username=username, password="")
    return call(
        "HttpBasicAuth",
        username=username,
        password=secret(settings, "password", password, "password of that user", owner),
    )


def _client_credentials(fields: Mapping[str, Any], path: str, settings: Settings, notes: Notes, owner: str) -> Call:
    url = fields.get("access_token_url")
    name = settings.name("token_url", url, owner)
    meaning = "where access tokens are given out"
    shown = url if isinstance(url, str) and "@" not in url and "?" not in url else None
    settings.add(SettingRow(name, "text", f"`{shown}`" if shown else "required", meaning))
    extra = {
        key: secret(settings, snake_case(str(key)), one, f"what is sent as {key} for an access token", owner)
        if TELLING.search(str(key))
        else one
        for key, one in (fields.get("access_token_request_data") or {}).items()
    }
    if isinstance(fields, dict) and fields.get("session") is not None:
        _session(fields["session"], path, notes)
    lifetime = fields.get("default_token_expiration")
    return call(
        "OAuth2ClientCredentials",
        access_token_url=call("Setting", name, default=shown, description=meaning),
        client_id=secret(settings, "client_id", fields.get("client_id"), "id of a client that may read it all", owner),
        client_secret=secret(settings, "client_secret", fields.get("client_secret"), "secret of that client", owner),
        access_token_request_data=extra or None,
        # dlt sends both in the body.
        send_as="post",
        default_token_expiration=lifetime if lifetime not in {None, 3600} else None,
    )


def _session(given: Any, path: str, notes: Notes) -> None:
    from dlt.sources.helpers import requests

    if given is not requests.client.session:
        notes.add(f"{path}.session", "a session of one's own has no equivalent; ours fetches the tokens")
