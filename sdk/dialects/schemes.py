"""The types of paginators and credentials that a dictionary may name, those registered with dlt among them."""

from __future__ import annotations

import inspect
from collections.abc import Iterable, Mapping
from typing import Any, Final

from dlt.sources.helpers.rest_client.paginators import BasePaginator
from dlt.sources.rest_api import config_setup
from dlt.sources.rest_api import typing as dlt_typing
from requests.auth import AuthBase

from sdk.dialects.values import (
    Check,
    Problems,
    fault,
    is_anything,
    is_count,
    is_dlts_jsonpath,
    is_filled,
    is_flag,
    is_mapping,
    is_number,
    is_session,
    is_size,
    is_text,
    joined,
    keyed,
    nearest,
    one_of,
    optional,
)

_PAGINATOR_VALUES: Final[Mapping[str, Check]] = {
    "base_page": is_count,
    "page": optional(is_count),
    "maximum_page": optional(is_count),
    "limit": is_size,
    "offset": is_count,
    "maximum_offset": optional(is_count),
    "stop_after_empty_page": is_flag,
    "total_path": optional(is_dlts_jsonpath),
    "has_more_path": optional(is_dlts_jsonpath),
    "cursor_path": is_dlts_jsonpath,
    "next_url_path": is_dlts_jsonpath,
    "page_param": optional(is_text),
    "page_body_path": optional(is_text),
    "offset_param": optional(is_text),
    "offset_body_path": optional(is_text),
    "limit_param": optional(is_text),
    "limit_body_path": optional(is_text),
    "cursor_param": optional(is_filled),
    "cursor_body_path": optional(is_filled),
    "cursor_key": is_text,
    "links_next_key": is_text,
}


def is_paginator(value: Any, path: str) -> Problems:
    """Yield the mistakes of a paginator: its name, its options, an instance."""
    known = config_setup.PAGINATOR_MAP
    if isinstance(value, BasePaginator):
        return
    if isinstance(value, str):
        yield from one_of(*known)(value, path)
        if value in known:
            yield from _built(value, {}, path)
        return
    if not isinstance(value, Mapping):
        yield fault(path, value, "the name of a paginator, a mapping with 'type', or an instance")
        return
    name = value.get("type", "auto")
    if not isinstance(name, str) or name not in known:
        yield from one_of(*known)(name, joined(path, "type"))
        return
    options = {key: one for key, one in value.items() if key != "type"}
    checks: dict[str, Check] = {}
    if known[name] is not None:
        parameters = inspect.signature(known[name]).parameters.values()
        if any(one.kind is inspect.Parameter.VAR_KEYWORD for one in parameters):
            checks = dict.fromkeys(options, is_anything)
        is_own = known[name].__module__.startswith("dlt.")
        checks |= {
            one.name: _PAGINATOR_VALUES.get(one.name, is_anything) if is_own else is_anything for one in parameters
        }
    mistakes = list(keyed(options, path, checks))
    yield from mistakes
    if not mistakes:
        yield from _built(name, options, path)


def _built(name: str, options: Mapping[str, Any], path: str) -> Problems:
    try:
        config_setup.create_paginator({"type": name, **options})  # type: ignore[arg-type]
    except (TypeError, ValueError) as error:
        lacking = str(error).partition("missing")[2]
        yield (
            f"{path}: {name!r} lacks{lacking.partition(':')[2] or ' options'}"
            if lacking
            else f"{path}: {str(error).rstrip('.')}"
        )


_AUTH_CONFIGS: Final[Mapping[str, Any]] = {
    "bearer": dlt_typing.BearerTokenAuthConfig,
    "api_key": dlt_typing.ApiKeyAuthConfig,
    "http_basic": dlt_typing.HttpBasicAuthConfig,
    "oauth2_client_credentials": dlt_typing.OAuth2ClientCredentialsConfig,
}
_AUTH_VALUES: Final[Mapping[str, Check]] = {
    "location": optional(one_of("header", "cookie", "query", "param")),
    "name": optional(is_text),
    "access_token_url": is_text,
    "access_token_request_data": optional(is_mapping),
    "default_token_expiration": optional(is_number),
    "session": optional(is_session),
}


def is_auth(value: Any, path: str) -> Problems:
    """Yield the mistakes of credentials: their type, their fields, an instance."""
    known = config_setup.AUTH_MAP
    if isinstance(value, AuthBase):
        return
    if isinstance(value, str):
        if value not in known:
            hint = nearest(value, known)
            # Another text may be the secret itself.
            shown = repr(value) if hint.startswith("did you mean") else "a text"
            yield f"{path}: found {shown}; {hint}"
        return
    if not isinstance(value, Mapping):
        yield fault(path, value, "the name of a scheme, a mapping with 'type', or an instance")
        return
    name = value.get("type", "bearer")
    if not isinstance(name, str) or name not in known:
        yield from one_of(*known)(name, joined(path, "type"))
        return
    config = _AUTH_CONFIGS.get(name)
    if config is None or not known[name].__module__.startswith("dlt."):
        fields = list(known[name].get_resolvable_fields())
        checks: dict[str, Check] = dict.fromkeys(fields, is_anything)
        required: Iterable[str] = ()
    else:
        checks = {key: _AUTH_VALUES.get(key, _secret) for key in config.__annotations__} | {"type": is_anything}
        required = config.__required_keys__ - {"type"}
    yield from keyed({key: one for key, one in value.items() if key != "type"}, path, checks, required)


def _secret(value: Any, path: str) -> Problems:
    # A key of digits is given as a number easily; what it is, is not shown.
    if isinstance(value, bool | Mapping | list | tuple | set):
        yield f"{path}: found a {type(value).__name__}; allowed is a text"
