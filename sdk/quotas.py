"""What is left of a quota, as servers say it with each answer.

`RateLimit-Remaining` and `RateLimit-Reset` with and without `X-`, in seconds or as a point in time; the one-line forms
of the IETF drafts (`RateLimit: limit=100, remaining=3, reset=20` and `RateLimit: "default";r=3;t=20`); and a name where
an API has several quotas.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from datetime import datetime
from typing import Final

from attrs import frozen

from sdk.waits import REMAINING_HEADERS, RESET_HEADERS, header, number_of, reset_of

_NAMES: Final = ("x-ratelimit-name", "x-ratelimit-resource", "x-ratelimit-bucket", "x-ratelimit-scope")
_PARAMETER: Final = re.compile(r"\b(remaining|reset|r|t)=(\d+(?:\.\d+)?)")
_POLICY: Final = re.compile(r'^\s*"([^"]*)"')


@frozen
class Quota:
    """What is left.

    Attributes:
        name: Which quota, where an API has several; requests to one resource count against the same.
        remaining: Requests left until it is full again.
        reset: Seconds until then.
    """

    name: str
    remaining: float
    reset: float


def quota_of(headers: Mapping[str, str], now: datetime) -> Quota | None:
    """Return what *headers* say is left, `None` when they do not say both how much and until when."""
    line = header(headers, ("ratelimit",))
    if line:
        return _from_line(line)
    remaining = number_of(header(headers, REMAINING_HEADERS))
    reset = reset_of(header(headers, RESET_HEADERS), now)
    if remaining is None or remaining < 0 or reset is None:
        return None
    return Quota(header(headers, _NAMES), remaining, reset)


def _from_line(line: str) -> Quota | None:
    # Of several policies in one line the first is the tightest by convention; their names keep them apart.
    first = line.split(",", maxsplit=1)[0] if ";" in line else line
    said = {name[0] if name == "remaining" else name: float(value) for name, value in _PARAMETER.findall(first)}
    remaining, reset = said.get("r"), said.get("t", said.get("reset"))
    if remaining is None or reset is None:
        return None
    policy = _POLICY.match(first)
    return Quota(policy[1] if policy else "", remaining, reset)
