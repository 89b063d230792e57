"""What declarations are built from: a mistake says whose it is, what was found and what would do."""

from __future__ import annotations

from typing import Any

import pytest

import sdk


@pytest.mark.parametrize(
    ("build", "said"),
    [
        (
            lambda: sdk.Connector("acme", resources=["things"]),
            "connector 'acme': resources[0] must be a Resource or a Choice, not a text",
        ),
        (lambda: sdk.Connector(5), "connector 5: name must be a text, not 5"),
        (lambda: sdk.RetryPolicy(attempts=0), "RetryPolicy: attempts must be a whole number from 1 on, not 0"),
        (lambda: sdk.RetryPolicy(attempts="3"), "RetryPolicy: attempts must be a whole number from 1 on, not '3'"),
        (lambda: sdk.RetryPolicy(factor=0.5), "RetryPolicy: factor must be a number from 1 on, not 0.5"),
        (lambda: sdk.RetryPolicy(longest=float("nan")), "RetryPolicy: longest must be a number from 0 on, not nan"),
        (lambda: sdk.RateLimit(0), "RateLimit: requests must be a whole number from 1 on, not 0"),
        (lambda: sdk.RateLimit(5, 0), "RateLimit: period must be a number above 0, not 0"),
        (lambda: sdk.Column("id", "integer"), "Column: data_type cannot be 'integer'; allowed are 'text', "),
        (lambda: sdk.Setting("API-Key"), "Setting: name must be in snake_case, not 'API-Key'"),
        (lambda: sdk.Secret("key", kind="str"), "Secret: kind cannot be 'str'; allowed are 'text', 'int', "),
        (
            lambda: sdk.Connector("acme", in_flight=1000),
            "Connector: in_flight must be a whole number from 1 to 64, not 1000",
        ),
        (
            lambda: sdk.NextLinkPaginator(take="querry"),
            "NextLinkPaginator: take cannot be 'querry'; did you mean 'query'?",
        ),
        (
            lambda: sdk.PageNumberPaginator(base_unsaid="yes"),
            "PageNumberPaginator: base_unsaid must be True or False, not 'yes'",
        ),
        (lambda: sdk.Total("total", of="rows"), "Total: of cannot be 'rows'; allowed are 'records', 'pages'"),
    ],
)
def test_a_mistake(build: Any, said: str):
    """In one line."""
    with pytest.raises(ValueError, match=r"cannot be|must be") as caught:
        build()

    assert str(caught.value).startswith(said)
    assert "\n" not in str(caught.value)
