"""When a request is sent again, and how long to wait before.

Only what a repeat can cure is repeated: transport faults, bodies cut short, and the statuses by which servers say
"not now". A wait that the server names is obeyed; one longer than the run allows ends the run at once, because
knocking early is what gets a key locked.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import datetime
from typing import Any, Final

from attrs import field, frozen

from sdk.checks import number, whole_number
from sdk.jsonpath import MISSING, find
from sdk.kinds import checked, unordered
from sdk.waits import REMAINING_HEADERS, RESET_HEADERS, header, reset_of, seconds_of

# RFC 9110 15.5.9 (408), RFC 8470 (425), RFC 6585 (429), and the 5xx but those that stay: not implemented (501), the
# version of HTTP (505), negotiation (506), a loop (508), an extension (510).
RETRIED_STATUSES: Final = frozenset({408, 425, 429, *range(500, 600)} - {501, 505, 506, 508, 510})
_LIMIT_STATUSES: Final = frozenset({429, 403, 503})


def _statuses(value: Iterable[int]) -> Any:
    return unordered(value)


@frozen(kw_only=True, field_transformer=checked)
class RetryPolicy:
    """Say what is repeated, how often and after which wait.

    Attributes:
        attempts: How often a request is sent at most, the first time included. Refusals for which the server names
            the wait are not counted: obeying them costs time only, and `max_wait` bounds that.
        statuses: Answers after which a repeat makes sense.
        initial: Seconds before the first repeat when the server names none.
        factor: How the wait grows from repeat to repeat.
        longest: Seconds that this growing wait never exceeds.
        max_wait: Seconds of a wait named by the server that are accepted; a longer one ends the run.
        refusals: How many rate-limit refusals in a row are accepted for one request.
        retry_after_path: Where the body of a refusal names the wait, for APIs that do not use a header.
    """

    attempts: int = field(default=5, validator=whole_number(1))
    statuses: frozenset[int] = field(default=RETRIED_STATUSES, converter=_statuses)
    initial: float = field(default=1.0, validator=number(0))
    factor: float = field(default=2.0, validator=number(1))
    longest: float = field(default=60.0, validator=number(0))
    max_wait: float = field(default=900.0, validator=number(0))
    refusals: int = field(default=20, validator=whole_number(1))
    retry_after_path: str = ""

    def backoff(self, tries: int) -> float:
        """Return the seconds to wait after *tries* failed attempts, without jitter."""
        # The exponent is bounded because a float overflows long before a run ends.
        return float(min(self.longest, self.initial * self.factor ** min(tries - 1, 64)))

    def is_refusal(self, status: int, headers: Mapping[str, str]) -> bool:
        """Return whether an answer says "too many requests", in whatever status it says so.

        A 403 counts when it names a wait or an empty quota; a 503 when it names a wait.
        """
        if status == 429:  # noqa: PLR2004 - the status's own number is its best name
            return True
        if status not in _LIMIT_STATUSES:
            return False
        named = header(headers, ("retry-after",))
        return bool(named) or (status == 403 and header(headers, REMAINING_HEADERS) == "0")  # noqa: PLR2004 - as above

    def named_wait(self, headers: Mapping[str, str], body: Any, now: datetime) -> float | None:
        """Return the seconds that the server asks to wait, or `None` when it names no sensible wait."""
        seconds = seconds_of(header(headers, ("retry-after",)), now)
        if seconds is None and self.retry_after_path:
            found = find(self.retry_after_path, body)
            seconds = None if found is MISSING else seconds_of(found, now)
        if seconds is None:
            seconds = reset_of(header(headers, RESET_HEADERS), now)
        # Nothing left to wait, and refused all the same: the server counts in whole seconds, or its clock differs.
        return seconds or None
