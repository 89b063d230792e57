"""Say who may call, and word the refusals: in one of three ways, as recorded, each path in its own."""

from __future__ import annotations

from functools import partial
from http import HTTPStatus
from typing import Any, Final

from sdk.testing.simulator import AllOf, Call, ErrorReplies, HeaderKey, Reply

KEYS: Final = AllOf(HeaderKey("DD-API-KEY"), HeaderKey("DD-APPLICATION-KEY", setting="application_key"))
"""Two keys, each in its own header."""

_AS_OBJECTS = ("/v2/incidents", "/v2/teams", "/v2/users", "/v2/downtime")
_AS_ONE_OBJECT = ("/v2/team",)


def _refused(status: int, detail: str, call: Call, **source: str) -> Reply:
    """Word a refusal in the one of three ways that the path has."""
    title = HTTPStatus(status).phrase
    body: dict[str, Any] = {"errors": [detail]}
    if call.path.endswith(_AS_ONE_OBJECT):
        body = {"error": {"code": title.lower().replace(" ", "_"), "message": detail, "details": []}}
    elif call.path.endswith(_AS_OBJECTS):
        body = {"errors": [{"status": str(status), "title": title, "detail": detail, "source": source}]}
    return Reply(status, body)


def forbidden(call: Call) -> Reply:
    """Answer a caller whose application key lacks the one permission that the path needs."""
    return _refused(403, "Forbidden", call)


def product_off(call: Call) -> Reply:
    """Answer a caller whose account lacks a product."""
    return _refused(404, "The product is not available", call)


def synthetics_off(call: Call) -> Reply:
    """Answer a caller whose account lacks the product that makes synthetic tests."""
    return _refused(404, "Synthetic Monitoring is not activated for the user", call)


def _unauthorized(call: Call) -> Reply:
    """Answer a caller without an API key by 401; a wrong key, or a missing second one, by 403."""
    if KEYS.headers[0] not in call.headers:
        return _refused(401, "Unauthorized", call)
    return forbidden(call)


ERRORS: Final = ErrorReplies(
    unauthorized=_unauthorized,
    not_found=partial(_refused, 404, "Not found"),
    wrong_method=partial(_refused, 405, "Method not allowed"),
    gated=forbidden,
    invalid=lambda call, name, reason: _refused(400, f"Invalid parameter {name}: {reason}", call, parameter=name),
)
"""How a call is refused; the body is the path's own."""
