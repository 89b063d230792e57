"""Say why an API refused, without repeating what it said: a short machine code, and what would help."""

from __future__ import annotations

import re
from collections.abc import Sequence
from http import HTTPStatus
from typing import Any

from sdk.jsonpath import find

_CODE = re.compile(r"[A-Za-z0-9][A-Za-z0-9_.-]{1,39}")
_PLACES = ("code", "error.code", "errors[0].code", "error", "type", "reason_tag", "error.type")


_ADVICE = {
    400: "the API does not accept this request",
    402: "the account's plan does not include it",
    403: "the credentials lack permission for it, or the account's plan does not include it",
    404: "check base_url; nothing is there",
    422: "the API does not accept this request",
}


def machine_code(body: Any) -> str:
    """Return the short code that an error's body carries, or an empty text.

    Only what looks like a code is taken: free text may echo a credential or a record.
    """
    for place in _PLACES:
        found = find(place, body)
        if isinstance(found, int) and not isinstance(found, bool):
            return str(found)
        if isinstance(found, str) and _CODE.fullmatch(found):
            return found
    return ""


def advice(status: int, secrets: Sequence[str]) -> str:
    """Return what would help against *status*; *secrets* are the names of those that the connector was given."""
    if status == HTTPStatus.UNAUTHORIZED:
        names = " and ".join(repr(name) for name in secrets)
        return f"check the secret {names}" if names else "check the credentials"
    if status >= HTTPStatus.INTERNAL_SERVER_ERROR:
        return "the API fails; run again later"
    return _ADVICE.get(status, "that is no page")
