"""A declared rate limit is checked when it is built."""

import pytest

from sdk.limits import RateLimit


@pytest.mark.parametrize("facts", [{"requests": 0}, {"requests": 5, "period": 0}, {"requests": 5, "period": -1}])
def test_a_limit_of_nothing_is_refused(facts):
    """Nobody could ever send."""
    with pytest.raises(ValueError, match=r"must be|> 0"):
        RateLimit(**facts)


def test_limits_of_other_names_are_others():
    """Two kinds of endpoints may have the same numbers and count by themselves."""
    assert RateLimit(5, 60, name="search") != RateLimit(5, 60, name="export")
    assert RateLimit(5) == RateLimit(5, 60.0)
