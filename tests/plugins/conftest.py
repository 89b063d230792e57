"""The fixtures of `sdk.testing.fixtures`: cassettes by the name of the test, recorded with `pytest --record`."""

from sdk.testing.fixtures import (
    account,
    pytest_addoption,
    pytest_configure,
    pytest_runtest_makereport,
    simulate,
    warehouse,
)

__all__ = [
    "account",
    "pytest_addoption",
    "pytest_configure",
    "pytest_runtest_makereport",
    "simulate",
    "warehouse",
]
