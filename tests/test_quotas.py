"""What is left of a quota, in the dialects in which servers say it."""

from datetime import UTC, datetime

import pytest
from requests.structures import CaseInsensitiveDict

from sdk.quotas import Quota, quota_of

NOW = datetime(2026, 1, 10, 12, tzinfo=UTC)
EPOCH = int(NOW.timestamp())


@pytest.mark.parametrize(
    ("headers", "expected"),
    [
        ({}, None),
        ({"X-RateLimit-Remaining": "7", "X-RateLimit-Reset": "30"}, Quota("", 7, 30)),
        ({"X-RateLimit-Remaining": "7", "X-RateLimit-Reset": str(EPOCH + 30)}, Quota("", 7, 30)),
        ({"X-Rate-Limit-Remaining": "7", "X-Rate-Limit-Reset": str((EPOCH + 30) * 1000)}, Quota("", 7, 30)),
        ({"RateLimit-Remaining": "0", "RateLimit-Reset": "1.5"}, Quota("", 0, 1.5)),
        ({"RateLimit": "limit=100, remaining=50, reset=30"}, Quota("", 50, 30)),
        ({"RateLimit": '"default";r=50;t=30'}, Quota("default", 50, 30)),
        ({"RateLimit": '"burst";r=5;t=1, "daily";r=900;t=3600'}, Quota("burst", 5, 1)),
        (
            {"X-RateLimit-Name": "logs", "X-RateLimit-Remaining": "7", "X-RateLimit-Reset": "30"},
            Quota("logs", 7, 30),
        ),
        ({"X-RateLimit-Remaining": "7"}, None),
        ({"X-RateLimit-Reset": "30"}, None),
        ({"X-RateLimit-Remaining": "lots", "X-RateLimit-Reset": "30"}, None),
        ({"X-RateLimit-Remaining": "-1", "X-RateLimit-Reset": "30"}, None),
        ({"RateLimit": "none"}, None),
    ],
)
def test_dialects(headers: dict[str, str], expected: Quota | None):
    """Seconds left or a point in time, one line or several, with a name or without; nonsense is nothing."""
    assert quota_of(CaseInsensitiveDict(headers), NOW) == expected
